"""Write Rabbit's Unicode tables: `ucdgen.py FOLDER` makes ucd_tables.h and ucd_names.h in FOLDER.

Everything comes from the str methods and the unicodedata module of the Python that runs this, so Rabbit knows the
Unicode version of its build host (UCD_VERSION). Code points that behave alike share a record; two levels of
tables lead from a code point to its record. Standard library only.
"""

import sys
import unicodedata
from pathlib import Path

POINTS = 0x110000
BLOCK_BITS = 7  # code points a block of the second level: 1 << BLOCK_BITS
HANGUL = range(0xAC00, 0xD7A4)  # composed and decomposed by arithmetic, named by rule
FLAGS = (
    "ALPHA",
    "LOWER",
    "UPPER",
    "TITLE",
    "DECIMAL",
    "DIGIT",
    "NUMERIC",
    "SPACE",
    "PRINTABLE",
    "LINEBREAK",
    "XID_START",
    "XID_CONTINUE",
    "CASED",
    "CASE_IGNORABLE",
    "SPECIAL",
)
CATEGORIES = (
    "Cn",
    "Lu",
    "Ll",
    "Lt",
    "Mn",
    "Mc",
    "Me",
    "Nd",
    "Nl",
    "No",
    "Zs",
    "Zl",
    "Zp",
    "Cc",
    "Cf",
    "Cs",
    "Co",
    "Lm",
    "Lo",
    "Pc",
    "Pd",
    "Ps",
    "Pe",
    "Pi",
    "Pf",
    "Po",
    "Sm",
    "Sc",
    "Sk",
    "So",
)
# Names that unicodedata.lookup knows beside the official ones; those it does not know are left out.
ALIASES = (
    "NULL", "START OF HEADING", "START OF TEXT", "END OF TEXT", "END OF TRANSMISSION", "ENQUIRY",
    "ACKNOWLEDGE", "ALERT",
    "BACKSPACE", "CHARACTER TABULATION", "HORIZONTAL TABULATION", "LINE FEED", "NEW LINE", "END OF LINE",
    "LINE TABULATION", "VERTICAL TABULATION", "FORM FEED", "CARRIAGE RETURN", "SHIFT OUT", "SHIFT IN",
    "DATA LINK ESCAPE", "DEVICE CONTROL ONE", "DEVICE CONTROL TWO", "DEVICE CONTROL THREE", "DEVICE CONTROL FOUR",
    "NEGATIVE ACKNOWLEDGE", "SYNCHRONOUS IDLE", "END OF TRANSMISSION BLOCK", "CANCEL", "END OF MEDIUM", "SUBSTITUTE",
    "ESCAPE", "INFORMATION SEPARATOR FOUR", "FILE SEPARATOR", "GROUP SEPARATOR", "RECORD SEPARATOR", "UNIT SEPARATOR",
    "DELETE", "NEXT LINE", "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "TAB", "LF", "NL", "EOL",
    "VT", "FF", "CR", "SO", "SI", "DLE", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US", "SP", "DEL", "NEL", "NBSP",
    "SHY", "CGJ", "ZWSP", "ZWNJ", "ZWJ", "LRM", "RLM", "NNBSP", "MMSP", "WJ", "BYTE ORDER MARK", "BOM", "ZWNBSP",
)  # fmt: skip


def cased(char):
    """Does a letter right after `char` stay small in a title?"""
    return (char + "a").title()[-1] == "a"


def case_ignorable(char):
    """Does the rule for the final sigma look past `char`? It looks past both neighbours, and stops at cased ones."""
    return ("a\u03a3" + char + "a").lower()[1] == "\u03c3" and (char + "\u03a3").lower()[-1] == "\u03c3"


def is_linebreak(char):
    return len((char + "x").splitlines()) == 2


def flags_of(char):
    answers = (
        char.isalpha(), char.islower(), char.isupper(), unicodedata.category(char) == "Lt", char.isdecimal(),
        char.isdigit(),
        char.isnumeric(), char.isspace(), char.isprintable(), is_linebreak(char), char.isidentifier(),
        ("a" + char).isidentifier(), cased(char), case_ignorable(char), False,
    )  # fmt: skip
    return sum(1 << i for i, answer in enumerate(answers) if answer)


def record_of(char, special):
    """(category, flags, upper, lower, title as differences, value of a digit, combining class)."""
    forms = [char.upper(), char.lower(), char.title(), char.casefold()]
    flags = flags_of(char)
    plain = [form if len(form) == 1 else char for form in forms]
    if any(len(form) > 1 for form in forms) or plain[3] != plain[1]:
        flags |= 1 << FLAGS.index("SPECIAL")
        special[ord(char)] = forms
    shifts = [ord(form) - ord(char) for form in plain[:3]]
    digit = unicodedata.digit(char, 255)
    return (CATEGORIES.index(unicodedata.category(char)), flags, *shifts, digit, unicodedata.combining(char))


def all_records():
    """(records, the number of its record for each code point, special case forms)."""
    known, numbers, special = {}, [0] * POINTS, {}
    for point in range(POINTS):
        char = chr(point)
        category = unicodedata.category(char)
        if category in ("Cn", "Co") and 0xE000 < point < 0x10FFFF:
            key = (CATEGORIES.index(category), 0, 0, 0, 0, 255, 0)
        else:
            key = record_of(char, special)
        numbers[point] = known.setdefault(key, len(known))
    return list(known), numbers, special


def two_levels(numbers):
    """(first, second): the record of p is second[(first[p >> B] << B) + (p & mask)]."""
    size = 1 << BLOCK_BITS
    blocks, first = {}, []
    for start in range(0, len(numbers), size):
        block = tuple(numbers[start : start + size])
        first.append(blocks.setdefault(block, len(blocks)))
    return first, [number for block in blocks for number in block]


def array(kind, name, values, per_line=24):
    lines = [f"static const {kind} {name}[] = {{"]
    for start in range(0, len(values), per_line):
        lines.append("    " + ",".join(map(str, values[start : start + per_line])) + ",")
    return [*lines, "};"]


def decompositions():
    """{point: its full compatible decomposition} for all but Hangul syllables."""
    found = {}
    for point in range(POINTS):
        char = chr(point)
        if point not in HANGUL and unicodedata.decomposition(char):
            found[point] = [ord(c) for c in unicodedata.normalize("NFKD", char)]
    return found


def compositions():
    """[(first, second, composed)], sorted: what normal form C puts together, Hangul apart."""
    pairs = []
    for point in range(POINTS):
        parts = unicodedata.decomposition(chr(point)).split()
        if len(parts) == 2 and not parts[0].startswith("<") and point not in HANGUL:
            first, second = (int(part, 16) for part in parts)
            if unicodedata.normalize("NFC", chr(first) + chr(second)) == chr(point):
                pairs.append((first, second, point))
    return sorted(pairs)


def tables():
    records, numbers, special = all_records()
    first, second = two_levels(numbers)
    lines = ["/* Written by Tools/unicode/ucdgen.py from the build host's Unicode database. */"]
    lines.append(f'#define UCD_VERSION "{unicodedata.unidata_version}"')
    lines.append(f"enum {{ UCD_BLOCK_BITS = {BLOCK_BITS} }};")
    lines.append("enum {" + ", ".join(f"UCD_{name} = 1 << {i}" for i, name in enumerate(FLAGS)) + "};")
    lines.append("static const char ucd_categories[][3] = {" + ", ".join(f'"{name}"' for name in CATEGORIES) + "};")
    lines.append("static const UcdRecord ucd_records[] = {")
    lines += ["    {" + ", ".join(map(str, record)) + "}," for record in records]
    lines.append("};")
    lines += array("uint16_t", "ucd_first", first)
    lines += array("uint16_t", "ucd_second", second)
    lines += special_case(special)
    lines += normalisation()
    return "\n".join(lines) + "\n"


def special_case(special):
    lines = ["static const UcdSpecial ucd_special[] = {"]
    for point, forms in sorted(special.items()):
        texts = ["{" + ", ".join(str(ord(c)) for c in form) + "}" for form in forms]
        lines.append(f"    {{{point}, {{{', '.join(texts)}}}}},")
    return [*lines, "};"]


def normalisation():
    found = decompositions()
    pool, rows = [], []
    for point, parts in sorted(found.items()):
        rows.append(f"    {{{point}, {len(pool)}, {len(parts)}}},")
        pool += parts
    lines = ["static const UcdDecomposition ucd_decompositions[] = {", *rows, "};"]
    lines += array("uint32_t", "ucd_decomposed", pool)
    lines.append("static const UcdPair ucd_pairs[] = {")
    lines += [f"    {{{a}, {b}, {c}}}," for a, b, c in compositions()]
    return [*lines, "};"]


def all_names():
    """[(name, code point)], sorted by name; names made by rule (Hangul, CJK unified ideographs) left out."""
    found = {}
    for point in range(POINTS):
        name = unicodedata.name(chr(point), None)
        if name and point not in HANGUL and not name.startswith("CJK UNIFIED IDEOGRAPH-"):
            found[name] = point
    for alias in ALIASES:
        try:
            found.setdefault(alias, ord(unicodedata.lookup(alias)))
        except KeyError:
            continue
    return sorted(found.items())


def names():
    entries = all_names()
    offsets, at = [], 0
    lines = [
        "/* Written by Tools/unicode/ucdgen.py: the names of characters, sorted. */",
        "static const char ucd_names[] =",
    ]
    for name, _point in entries:
        offsets.append(at)
        at += len(name) + 1
        lines.append(f'    "{name}\\0"')
    lines[-1] += ";"
    lines += array("uint32_t", "ucd_name_at", offsets)
    lines += array("uint32_t", "ucd_named", [point for _name, point in entries])
    return "\n".join(lines) + "\n"


def main(folder):
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for name, text in (("ucd_tables.h", tables()), ("ucd_names.h", names())):
        part = target / (name + ".new")
        part.write_text(text, encoding="ascii")
        part.replace(target / name)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("ucdgen.py: name the folder for ucd_tables.h and ucd_names.h, for example: ucdgen.py build/generated")
    main(sys.argv[1])
