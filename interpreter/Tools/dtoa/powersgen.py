"""Write the powers of ten that Objects/dtoa.c multiplies by: `powersgen.py OUTPUT`.

Each is 10**k as 128 bits, the top bit set, rounded up (Giulietti, "The Schubfach way to render doubles", 2020).
"""

import sys
from fractions import Fraction
from pathlib import Path

SMALLEST, LARGEST = -292, 324


def significand(k):
    """The least integer g of 128 bits with g * 2**e >= 10**k for some e."""
    value = Fraction(10) ** k
    exponent = value.numerator.bit_length() - value.denominator.bit_length() - 128
    while value / Fraction(2) ** exponent >= 1 << 128:
        exponent += 1
    while value / Fraction(2) ** exponent < 1 << 127:
        exponent -= 1
    scaled = value / Fraction(2) ** exponent
    return -(-scaled.numerator // scaled.denominator)


def main(output):
    lines = ["/* Written by Tools/dtoa/powersgen.py. */", f"enum {{ POWER_MIN = {SMALLEST} }};"]
    lines.append("static const uint64_t powers_of_ten[][2] = {")
    for k in range(SMALLEST, LARGEST + 1):
        g = significand(k)
        lines.append(f"    {{0x{g >> 64:016x}u, 0x{g & (1 << 64) - 1:016x}u}},")
    target = Path(output)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join([*lines, "};", ""]), encoding="ascii")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("powersgen.py: name the file to write, for example: powersgen.py build/generated/powers_of_ten.h")
    main(sys.argv[1])
