/* Formatting: format specs of int, float and str, str.format(), and the % operator. */
#include "rabbit.h"
#include <math.h>

typedef struct {
    uint32_t fill, type;
    char align, sign, comma;    /* 0: not given */
    bool alternate, zero, no_minus_zero;
    Size width, precision;      /* -1: not given */
} Spec;

enum { MOST_DIGITS = 100000000 };

static Size read_number(Object *s, Size *i)
{
    Size value = -1;
    while (*i < STR_LEN(s) && Char_IsDigit(Str_At(s, *i)) && value <= MOST_DIGITS) {
        value = (value < 0 ? 0 : value) * 10 + (Size)(Str_At(s, (*i)++) - '0');
    }
    return value;
}

static bool one_of(uint32_t c, const char *set) { return c != 0 && c < 128 && strchr(set, (int)c) != NULL; }

/* The character there; 0 behind the end. */
static uint32_t char_at(Object *s, Size i) { return i < STR_LEN(s) ? Str_At(s, i) : 0; }

/* [[fill]align][sign][#][0][width][,|_][.precision][type] */
static int parse_spec(Object *s, Spec *spec, Object *value)
{
    Size i = 0, n = STR_LEN(s);
#define AT(k) char_at(s, (k))
    *spec = (Spec){.fill = ' ', .width = -1, .precision = -1};
    bool fill_given = false;
    if (n > 1 && one_of(AT(1), "<>=^")) {
        spec->fill = AT(0), spec->align = (char)AT(1);
        fill_given = true;
        i = 2;
    } else if (one_of(AT(0), "<>=^")) {
        spec->align = (char)AT(i++);
    }
    if (one_of(AT(i), "+- ")) spec->sign = (char)AT(i++);
    if (AT(i) == 'z') spec->no_minus_zero = true, i++;
    if (AT(i) == '#') spec->alternate = true, i++;
    if (AT(i) == '0') {
        spec->zero = true, i++;
        spec->fill = !fill_given ? '0' : spec->fill;
        spec->align = spec->align == 0 ? (Str_Check(value) ? '<' : '=') : spec->align;
    }
    spec->width = read_number(s, &i);
    if (spec->width > MOST_DIGITS) {
        return Err_Minus(Err_Set(EXC(ValueError), "Too many decimal digits in format string"));
    }
    if (one_of(AT(i), ",_")) spec->comma = (char)AT(i++);
    if (spec->comma != 0 && one_of(AT(i), ",_")) {
        return Err_Minus((uint32_t)spec->comma == AT(i) ? Err_Set(EXC(ValueError), "Cannot specify '%c' with '%c'.", spec->comma, spec->comma)
                         : Err_Set(EXC(ValueError), "Cannot specify both ',' and '_'."));
    }
    if (AT(i) == '.') {
        i++;
        spec->precision = read_number(s, &i);
        if (spec->precision < 0) {
            return Err_Minus(Err_Set(EXC(ValueError), "Format specifier missing precision"));
        }
        if (spec->precision > MOST_DIGITS) {
            return Err_Minus(Err_Set(EXC(ValueError), "Too many decimal digits in format string"));
        }
    }
    if (i < n) spec->type = AT(i++);
    bool grouped = spec->comma == ',' ? one_of(spec->type, "defgEFG%") : one_of(spec->type, "dboxXefgEFG%");
    uint32_t type = spec->type != 0 ? spec->type : Str_Check(value) ? 's' : 0;
    if (i >= n && spec->comma != 0 && type != 0 && !grouped) {
        return Err_Minus(Err_Set(EXC(ValueError), "Cannot specify '%c' with '%c'.", spec->comma, (int)type));
    }
    if (i < n) {
        return Err_Minus(Err_Set(EXC(ValueError), "Invalid format specifier '%U' for object of type '%T'", s, value));
    }
#undef AT
    return 0;
}

static Object *unknown_type(Spec *spec, Object *value)
{
    if (spec->type <= 32 || spec->type >= 128) {
        return Err_Set(EXC(ValueError), "Unknown format code '\\x%x' for object of type '%T'", (unsigned)spec->type, value);
    }
    return Err_Set(EXC(ValueError), "Unknown format code '%c' for object of type '%T'", (int)spec->type, value);
}

/* sign, prefix and body in the width asked for */
static Object *pad(Spec *spec, const char *sign, const char *prefix, Object *body, char usual)
{
    if (body == NULL) {
        return NULL;
    }
    Size used = (Size)strlen(sign) + (Size)strlen(prefix) + STR_LEN(body);
    Size room = spec->width > used ? spec->width - used : 0;
    char align = spec->align != 0 ? spec->align : usual;
    Size left = align == '>' ? room : align == '^' ? room / 2 : 0;
    Buf b;
    Buf_Init(&b);
    Buf_Fill(&b, spec->fill, left);
    Buf_Ascii(&b, sign);
    Buf_Ascii(&b, prefix);
    Buf_Fill(&b, spec->fill, align == '=' ? room : 0);
    Buf_Own(&b, body);
    Buf_Fill(&b, spec->fill, align == '=' ? 0 : room - left);
    return Buf_Finish(&b);
}

/* Put separators into the leading digits of `text`; with '=' and zeros, widen to `width` digits first. */
static Object *group(const char *text, char comma, int every, Size zero_width)
{
    Size digits = (Size)strspn(text, every == 3 ? "0123456789" : "0123456789abcdefABCDEF"), rest = (Size)strlen(text) - digits;
    Size total = digits;
    while (zero_width > 0 && total + (total - 1) / every + rest < zero_width) {
        total++;
    }
    Buf b;
    Buf_Init(&b);
    for (Size i = 0; i < total; i++) {
        if (i > 0 && (total - i) % every == 0) Buf_Char(&b, (uint8_t)comma);
        Buf_Char(&b, i < total - digits ? '0' : (uint8_t)text[i - (total - digits)]);
    }
    Buf_Ascii(&b, text + digits);
    return Buf_Finish(&b);
}

static const char *sign_text(Spec *spec, bool negative)
{
    return negative ? "-" : spec->sign == '+' ? "+" : spec->sign == ' ' ? " " : "";
}

static Object *finish_number(Spec *spec, bool negative, const char *prefix, const char *text, int every)
{
    const char *sign = sign_text(spec, negative);
    Object *body;
    if (spec->comma != 0 && (every != 3 || Char_IsDigit((uint8_t)text[0]))) {
        Size zeros = spec->align == '=' && spec->fill == '0' ? spec->width - (Size)strlen(sign) - (Size)strlen(prefix) : 0;
        body = group(text, spec->comma, every, zeros);
    } else {
        body = Str_New(text);
    }
    return pad(spec, sign, prefix, body, '>');
}

static Object *format_double(double value, Spec *spec);

static Object *format_int(Object *value, Spec *spec)
{
    static const struct { char type; int base; const char *prefix; } bases[] = {
        {'b', 2, "0b"}, {'o', 8, "0o"}, {'x', 16, "0x"}, {'X', 16, "0X"}, {'d', 10, ""}, {'n', 10, ""}, {0, 10, ""}};
    bool whole = spec->type == 0 || one_of(spec->type, "bcdoxXn");
    if (spec->precision >= 0 && whole) {
        return Err_Set(EXC(ValueError), "Precision not allowed in integer format specifier");
    }
    if (spec->no_minus_zero && whole) {
        return Err_Set(EXC(ValueError), "Negative zero coercion (z) not allowed in integer format specifier");
    }
    if (spec->type == 'c') {
        if (spec->sign != 0 || spec->alternate) {
            return Err_Set(EXC(ValueError), "%s not allowed with integer format specifier 'c'", spec->sign != 0 ? "Sign" : "Alternate form (#)");
        }
        Size point = Number_AsSize(value, NULL);
        if (point < 0 || point > 0x10FFFF) {
            return Err_Occurred() ? NULL : Err_Set(EXC(OverflowError), "%%c arg not in range(0x110000)");
        }
        return pad(spec, "", "", Str_FromChar((uint32_t)point), '<');
    }
    if (one_of(spec->type, "eEfFgG%")) {
        double x = Int_AsDouble(value);
        return x == -1.0 && Err_Occurred() ? NULL : format_double(x, spec);
    }
    for (Size i = 0; i < COUNT(bases); i++) {
        if ((uint32_t)bases[i].type != spec->type) {
            continue;
        }
        Object *digits = Int_ToStr(value, bases[i].base, false);
        if (digits != NULL && spec->type == 'X') {
            ASSIGN(digits, CallMethod(digits, ID(upper), 0, NULL));
        }
        if (digits == NULL) {
            return NULL;
        }
        const char *text = Str_Text(digits);
        bool negative = text[0] == '-';
        Object *r = finish_number(spec, negative, spec->alternate ? bases[i].prefix : "", text + negative, bases[i].base == 10 ? 3 : 4);
        Unref(digits);
        return r;
    }
    return unknown_type(spec, value);
}

/* Cut zeros off the end of the digits in front of `end`, and a point that is left bare. */
static void cut_zeros(char *text)
{
    char *exponent = strchr(text, 'e'), *end = exponent == NULL ? text + strlen(text) : exponent;
    char *last = end;
    if (memchr(text, '.', (size_t)(end - text)) == NULL) {
        return;
    }
    while (last[-1] == '0') last--;
    if (last[-1] == '.') last--;
    memmove(last, end, strlen(end) + 1);
}

/* No type: as repr(), or with a precision as 'g' that keeps one digit behind the point. */
static void shortest_or_general(char *out, size_t size, double x, Spec *spec)
{
    if (spec->precision < 0) {
        Float_Shortest(x, out);
        char *e = strchr(out, 'e');
        if (spec->alternate && e != NULL && memchr(out, '.', (size_t)(e - out)) == NULL) {
            memmove(e + 1, e, strlen(e) + 1);
            *e = '.';
        }
        return;
    }
    int precision = (int)(spec->precision == 0 ? 1 : spec->precision);
    snprintf(out, size, spec->alternate ? "%#.*e" : "%.*e", precision - 1, x);
    int point = atoi(strchr(out, 'e') + 1) + 1;
    bool exponent = point <= -4 || point > precision - 1;
    if (!exponent) {
        snprintf(out, size, spec->alternate ? "%#.*f" : "%.*f", precision - point, x);
    }
    if (!spec->alternate) {
        cut_zeros(out);
        if (!exponent && strchr(out, '.') == NULL) strcat(out, ".0");
    }
}

static Object *format_double(double value, Spec *spec)
{
    Size precision = spec->precision < 0 ? 6 : spec->precision;
    if (precision > 100000) {
        return Err_Set(EXC(ValueError), "precision too big");
    }
    size_t size = (size_t)precision + 400;
    char *text = Mem_Alloc(size), format[8] = "%.*f";
    if (text == NULL) {
        return Err_NoMemory();
    }
    double x = fabs(value);
    bool negative = signbit(value) && !isnan(value);
    if (spec->comma != 0 && spec->type == 'n') {
        Mem_Free(text);
        return Err_Set(EXC(ValueError), "Cannot specify '%c' with 'n'.", spec->comma);
    }
    if (isnan(x) || isinf(x)) {
        strcpy(text, isnan(x) ? "nan" : "inf");
    } else if (spec->type == 0) {
        shortest_or_general(text, size, x, spec);
    } else {
        format[spec->alternate ? 4 : 3] = spec->type == '%' ? 'f' : spec->type == 'n' ? 'g' : (char)spec->type;
        if (spec->alternate) Mem_Copy(format, "%#.*", 4);
        snprintf(text, size, format, (int)precision, spec->type == '%' ? x * 100 : x);
    }
    if (spec->no_minus_zero && negative && strspn(text, "0.e+-%") == strlen(text)) {
        negative = false;
    }
    if (one_of(spec->type, "EFG")) {
        for (char *p = text; *p != '\0'; p++) *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 32 : *p);
    }
    if (spec->type == '%') {
        strcat(text, "%");
    }
    Object *r = finish_number(spec, negative, "", text, 3);
    Mem_Free(text);
    return r;
}

static Object *format_str(Object *value, Spec *spec)
{
    if (spec->type != 0 && spec->type != 's') {
        return unknown_type(spec, value);
    }
    if (spec->sign != 0 || spec->no_minus_zero || spec->alternate || spec->align == '=') {
        return Err_Set(EXC(ValueError), spec->sign == ' ' ? "Space not allowed in string format specifier"
                       : spec->sign != 0 ? "Sign not allowed in string format specifier"
                       : spec->no_minus_zero ? "Negative zero coercion (z) not allowed in string format specifier"
                       : spec->alternate ? "Alternate form (#) not allowed in string format specifier"
                       : "'=' alignment not allowed in string format specifier");
    }
    if (spec->comma != 0) {
        return Err_Set(EXC(ValueError), "Cannot specify '%c' with 's'.", spec->comma);
    }
    Size end = spec->precision >= 0 && spec->precision < STR_LEN(value) ? spec->precision : STR_LEN(value);
    return pad(spec, "", "", Str_Sub(value, 0, end), '<');
}

/* Both parts with the same precision and type, the width for the whole. */
static Object *format_complex(Object *value, Spec *spec)
{
    if (spec->type != 0 && !one_of(spec->type, "eEfFgGn")) {
        return unknown_type(spec, value);
    }
    if (spec->zero || spec->fill == '0' || spec->align == '=') {
        return Err_Set(EXC(ValueError), spec->zero || spec->fill == '0' ? "Zero padding is not allowed in complex format specifier"
                       : "'=' alignment flag is not allowed in complex format specifier");
    }
    double re = COMPLEX_REAL(value), im = COMPLEX_IMAG(value);
    bool plain = spec->type == 0, only_imag = plain && re == 0 && !signbit(re);
    Spec part = *spec;
    part.width = -1, part.align = 0;
    part.type = plain ? (spec->precision < 0 ? 0 : 'g') : spec->type;
    Object *real = format_double(re, &part);
    part.sign = only_imag ? spec->sign : '+';
    Object *imag = real == NULL ? NULL : format_double(im, &part), *body = NULL;
    if (imag != NULL) {
        const char *a = Str_Text(real), *b = Str_Text(imag);
        size_t na = strlen(a), nb = strlen(b);
        bool cut_a = part.type == 0 && na > 2 && strcmp(a + na - 2, ".0") == 0, cut_b = part.type == 0 && nb > 2 && strcmp(b + nb - 2, ".0") == 0;
        Size cut = spec->alternate ? 1 : 2;     /* with '#' the point stays */
        Object *ra = Str_FromUtf8(a, (Size)na - cut * cut_a, NULL), *rb = Str_FromUtf8(b, (Size)nb - cut * cut_b, NULL);
        body = ra == NULL || rb == NULL ? NULL : only_imag ? Str_Format("%Uj", rb) : plain ? Str_Format("(%U%Uj)", ra, rb) : Str_Format("%U%Uj", ra, rb);
        XUnref(ra), XUnref(rb);
    }
    XUnref(real), XUnref(imag);
    return pad(spec, "", "", body, '>');
}

Object *Str_FormatSpec(Object *value, Object *text)
{
    Spec spec;
    if (!Str_Check(text)) {
        return Err_Set(EXC(TypeError), "__format__() argument must be str, not %T", text);
    }
    if (STR_LEN(text) == 0) {
        return Object_Str(value);
    }
    if (parse_spec(text, &spec, value) < 0) {
        return NULL;
    }
    if (Str_Check(value)) {
        return format_str(value, &spec);
    }
    if (TYPE(value)->unary[UN_FLOAT] == NULL && IsType(value, &Complex_Type)) {
        return format_complex(value, &spec);
    }
    return Int_Check(value) ? format_int(value, &spec) : one_of(spec.type, "eEfFgGn%") || spec.type == 0
        ? format_double(FLOAT_VALUE(value), &spec) : unknown_type(&spec, value);
}

/* ---- str.format ---- */
typedef struct { Object **args; Size n; Object *kwnames, *mapping; Size next; int depth; } Fields;      /* next -1: numbered by hand */

static Object *expand(Object *s, Size start, Size end, Fields *f);

static Object *lookup_first(Object *name, Fields *f)
{
    Size i = 0, number = read_number(name, &i);
    bool numbered = number >= 0 && i == STR_LEN(name);
    if ((STR_LEN(name) == 0 && f->next < 0) || (numbered && f->next > 0)) {
        return Err_Set(EXC(ValueError), numbered ? "cannot switch from automatic field numbering to manual field specification"
                       : "cannot switch from manual field specification to automatic field numbering");
    }
    if ((STR_LEN(name) == 0 || numbered) && f->mapping != NULL) {
        return Err_Set(EXC(ValueError), "Format string contains positional fields");
    }
    if (STR_LEN(name) == 0) {
        number = f->next++;
    } else if (numbered) {
        f->next = -1;
    } else {
        if (f->mapping != NULL) {
            return Object_GetItem(f->mapping, name);
        }
        for (Size k = 0; f->kwnames != NULL && k < TUPLE_LEN(f->kwnames); k++) {
            if (Str_Equal(TUPLE_ITEM(f->kwnames, k), name)) {
                return Ref(f->args[f->n + k]);
            }
        }
        return Err_Key(name);
    }
    return number < f->n ? Ref(f->args[number])
        : Err_Set(EXC(IndexError), "Replacement index %zd out of range for positional args tuple", number);
}

/* first(.attribute|[index])* */
static Object *lookup(Object *s, Size start, Size end, Fields *f)
{
    Size i = start;
    while (i < end && !one_of(Str_At(s, i), ".[")) i++;
    Object *name = Str_Sub(s, start, i), *value = name == NULL ? NULL : lookup_first(name, f);
    XUnref(name);
    while (value != NULL && i < end) {
        bool dot = Str_At(s, i) == '.';
        Size from = ++i;
        while (i < end && (dot ? !one_of(Str_At(s, i), ".[") : Str_At(s, i) != ']')) i++;
        Object *part = Str_Intern(Str_Sub(s, from, i));
        if (part == NULL) {
            CLEAR(value);
        } else if (dot) {
            ASSIGN(value, Object_GetAttr(value, part));
        } else {
            Size k = 0, number = read_number(part, &k);
            Object *key = number >= 0 && k == STR_LEN(part) ? Int_FromLong(number) : Ref(part);
            ASSIGN(value, Object_GetItem(value, key));
            Unref(key);
            i++;
        }
        XUnref(part);
    }
    return value;
}

static Object *convert(Object *value, uint32_t how)
{
    return how == 'r' ? Object_Repr(value) : how == 's' ? Object_Str(value) : how == 'a' ? Str_AsciiRepr(value)
        : Err_Set(EXC(ValueError), "Unknown conversion specifier %c", (int)how);
}

/* The field s[start:end], without its braces. */
static Object *format_field(Object *s, Size start, Size end, Fields *f)
{
    Size name_end = start, brackets = 0;
    for (; name_end < end; name_end++) {
        uint32_t c = Str_At(s, name_end);
        brackets += (c == '[') - (c == ']');
        if (brackets == 0 && one_of(c, "!:")) break;
    }
    Object *value = lookup(s, start, name_end, f);
    Size i = name_end;
    if (value != NULL && i < end && Str_At(s, i) == '!') {
        if (i + 1 >= end) {                     /* behind a bare '!' the brace that should end the field is taken for the specifier */
            ASSIGN(value, Err_Set(EXC(ValueError), end + 1 < STR_LEN(s) ? "expected ':' after conversion specifier" : "unmatched '{' in format spec"));
        } else if (i + 2 < end && Str_At(s, i + 2) != ':') {
            ASSIGN(value, Err_Set(EXC(ValueError), "expected ':' after conversion specifier"));
        } else {
            ASSIGN(value, convert(value, Str_At(s, i + 1)));
        }
        i += 2;
    }
    Object *spec = value == NULL ? NULL : i < end ? expand(s, i + 1, end, f) : Ref(interp.empty_str);
    Object *r = spec == NULL ? NULL : Object_Format(value, spec);
    XUnref(value), XUnref(spec);
    return r;
}

static Object *expand(Object *s, Size start, Size end, Fields *f)
{
    if (++f->depth > 2) {
        return Err_Set(EXC(ValueError), "Max string recursion exceeded");
    }
    Buf b;
    Buf_Init(&b);
    for (Size i = start; i < end && !b.failed; i++) {
        uint32_t c = Str_At(s, i), next = i + 1 < end ? Str_At(s, i + 1) : 0;
        if (!one_of(c, "{}") || c == next) {
            Buf_Char(&b, c);
            i += one_of(c, "{}");
            continue;
        }
        Size close = i + 1, depth = 1;
        for (; c == '{' && close < end; close++) {
            depth += (Str_At(s, close) == '{') - (Str_At(s, close) == '}');
            if (depth == 0) break;
        }
        if (c == '}' || close >= end) {
            Err_Set(EXC(ValueError), c == '}' ? "Single '}' encountered in format string"
                    : i + 1 >= end ? "Single '{' encountered in format string" : "expected '}' before end of string");
            b.failed = true;
        } else {
            Buf_Own(&b, format_field(s, i + 1, close, f));
            i = close;
        }
    }
    f->depth--;
    return Buf_Finish(&b);
}

Object *Str_MethodFormat(Object *self, Object **args, Size n, Object *kwnames)
{
    Fields f = {args, n, kwnames, NULL, 0, 0};
    return expand(self, 0, STR_LEN(self), &f);
}

Object *Str_FormatMap(Object *self, Object *mapping)
{
    Fields f = {NULL, 0, NULL, mapping, 0, 0};
    return expand(self, 0, STR_LEN(self), &f);
}

/* ---- the % operator ---- */
typedef struct { Object *args; Size next; bool bytes; } Percent;      /* bytes: all text is Latin-1 for bytes */

static Object *next_arg(Percent *p)
{
    if (!Tuple_Check(p->args)) {
        return p->next++ == 0 ? p->args : Err_Set(EXC(TypeError), "not enough arguments for format string");
    }
    return p->next < TUPLE_LEN(p->args) ? TUPLE_ITEM(p->args, p->next++)
        : Err_Set(EXC(TypeError), "not enough arguments for format string");
}

/* With a precision: at least so many digits; the flag 0 still fills the width. */
static Object *percent_int(Object *number, Spec *spec)
{
    uint32_t type = spec->type;
    if (type == 'c') {
        spec->precision = -1, spec->sign = 0, spec->alternate = false;
        spec->fill = ' ', spec->align = spec->align == '<' ? '<' : '>';
        return format_int(number, spec);
    }
    spec->type = one_of(type, "diu") ? 'd' : type;
    if (spec->precision < 0) {
        return format_int(number, spec);
    }
    bool negative = ((Int *)number)->size < 0;
    Spec plain = {.fill = '0', .align = '=', .width = spec->precision + negative, .precision = -1, .type = spec->type};
    Object *digits = format_int(number, &plain), *body = digits == NULL ? NULL : Str_Sub(digits, negative, STR_LEN(digits));
    XUnref(digits);
    const char *prefix = !spec->alternate ? "" : type == 'x' ? "0x" : type == 'X' ? "0X" : type == 'o' ? "0o" : "";
    return pad(spec, sign_text(spec, negative), prefix, body, '>');
}

static bool is_octets(Object *o) { return Bytes_Check(o) || IsType(o, &ByteArray_Type); }
static Object *as_latin1(Object *octets)
{
    Object *bytes = Bytes_Like(octets), *text = bytes == NULL ? NULL : Bytes_Decode(((Bytes *)bytes)->data, ((Bytes *)bytes)->len, "latin-1", NULL);
    XUnref(bytes);
    return text;
}

/* What %s and %b put into bytes. */
static Object *octets_text(Object *value)
{
    if (is_octets(value)) {
        return as_latin1(value);
    }
    Object *name = Str_Id("__bytes__"), *bytes = NULL, *text = NULL;
    if (name != NULL && Type_Lookup(TYPE(value), name) != NULL) {
        bytes = CallSpecial(value, name, 0, NULL);
        text = bytes == NULL ? NULL : Bytes_Check(bytes) ? as_latin1(bytes) : Err_Set(EXC(TypeError), "__bytes__ returned non-bytes (type %T)", bytes);
    } else if (name != NULL) {
        Err_Set(EXC(TypeError), "%%b requires a bytes-like object, or an object that implements __bytes__, not '%T'", value);
    }
    XUnref(name), XUnref(bytes);
    return text;
}

/* The one character of %c, for bytes. */
static Object *octet(Object *value)
{
    Object *text = is_octets(value) ? as_latin1(value) : NULL;
    Size point = text != NULL ? (STR_LEN(text) == 1 ? (Size)Str_At(text, 0) : -2) : Int_Check(value) ? Number_AsSize(value, NULL) : -2;
    bool wrong = !Int_Check(value) && point == -2;
    XUnref(text);
    if (wrong) {
        return Err_Occurred() ? NULL : Err_Set(EXC(TypeError), "%%c requires an integer in range(256) or a single byte");
    }
    return point < 0 || point > 255 ? Err_Set(EXC(OverflowError), "%%c arg not in range(256)") : Str_FromChar((uint32_t)point);
}

static Object *percent_value(Object *value, Spec *spec, Size at, bool bytes)
{
    uint32_t type = spec->type;
    if (one_of(type, bytes ? "srab" : "sra")) {
        Object *text = type == 'r' && !bytes ? Object_Repr(value) : one_of(type, "ra") ? Str_AsciiRepr(value)
            : bytes ? octets_text(value) : Object_Str(value);
        spec->type = 0;
        spec->sign = 0;
        spec->alternate = false;
        spec->fill = ' ';
        spec->align = spec->align == '<' ? '<' : '>';
        Object *r = text == NULL ? NULL : format_str(text, spec);
        XUnref(text);
        return r;
    }
    if (type == 'c' && (bytes || (Str_Check(value) && STR_LEN(value) == 1))) {
        spec->fill = ' ', spec->align = spec->align == '<' ? '<' : '>';         /* zeros are for numbers */
        return bytes ? pad(spec, "", "", octet(value), '>') : pad(spec, "", "", Ref(value), '>');
    }
    if (type == 'c' && !Int_Check(value)) {
        return Err_Set(EXC(TypeError), "%%c requires int or char");
    }
    if (one_of(type, "diuxXoc")) {
        Object *number = IsType(value, &Float_Type) && one_of(type, "diu") ? TYPE(value)->unary[UN_INT](value)
            : Int_Check(value) ? Ref(value) : Err_Set(EXC(TypeError), "%%%c format: a%s is required, not %T", (int)type,
                                                      one_of(type, "diu") ? " real number" : "n integer", value);
        Object *r = number == NULL ? NULL : percent_int(number, spec);
        XUnref(number);
        return r;
    }
    if (one_of(type, "eEfFgG")) {
        double x = Float_AsDouble(value);
        if (bytes && x == -1.0 && Err_Swallow(EXC(TypeError))) {
            return Err_Set(EXC(TypeError), "float argument required, not %T", value);
        }
        return x == -1.0 && Err_Occurred() ? NULL : format_double(x, spec);
    }
    return Err_Set(EXC(ValueError), "unsupported format character '%c' (0x%x) at index %zd", (int)type, (unsigned)type, at);
}

/* Anything that takes subscripts, but what is usually given as it stands. */
static bool is_mapping(const Percent *p)
{
    return TYPE(p->args)->getitem != NULL && !Tuple_Check(p->args) && !Str_Check(p->args) && !(p->bytes && is_octets(p->args));
}

/* After a '%': flags, width, precision, type. Moves *i behind it. */
static Object *percent_one(Object *s, Size *i, Percent *p)
{
    Spec spec = {.fill = ' ', .align = '>', .width = -1, .precision = -1};
    Object *value = NULL;
    Size n = STR_LEN(s);
#define AT(k) char_at(s, (k))
    if (AT(*i) == '%') {
        ++*i;
        return Str_New("%");
    }
    if (AT(*i) == '(') {
        Size from = ++*i;
        while (*i < n && AT(*i) != ')') ++*i;
        if (!is_mapping(p)) {
            return Err_Set(EXC(TypeError), "format requires a mapping");
        }
        Object *key = Str_Sub(s, from, (*i)++);
        if (key != NULL && p->bytes) {
            ASSIGN(key, Bytes_Encode(key, "latin-1", NULL));
        }
        value = key == NULL ? NULL : Object_GetItem(p->args, key);
        XUnref(key);
        if (value == NULL) return NULL;
    }
    for (; one_of(AT(*i), "-+ #0"); ++*i) {
        uint32_t c = AT(*i);
        if (c == '-') spec.align = '<', spec.fill = ' ';
        else if (c == '0' && spec.align != '<') spec.fill = '0', spec.align = '=';
        else if (c == '#') spec.alternate = true;
        else if (c == '+' || (c == ' ' && spec.sign == 0)) spec.sign = (char)c;
    }
    Size *sizes[] = {&spec.width, &spec.precision};
    for (int k = 0; k < 2; k++) {
        if (k == 1 && AT(*i) != '.') break;
        *i += k;
        if (AT(*i) == '*') {
            Object *o = next_arg(p);
            *sizes[k] = o == NULL ? -1 : Number_AsSize(o, EXC(OverflowError));
            if (Err_Occurred()) return NULL;
            if (k == 0 && spec.width < 0) spec.align = '<', spec.width = -spec.width;
            ++*i;
        } else {
            *sizes[k] = read_number(s, i);
            if (*sizes[k] > MOST_DIGITS) {
                XUnref(value);
                return Err_Set(EXC(ValueError), k == 0 ? "width too big" : "precision too big");
            }
            if (k == 1 && spec.precision < 0) spec.precision = 0;
        }
    }
    while (one_of(AT(*i), "hlL")) ++*i;
    if (*i >= n) {
        XUnref(value);
        return Err_Set(EXC(ValueError), "incomplete format");
    }
    spec.type = AT((*i)++);
#undef AT
    if (value == NULL && (value = XRef(next_arg(p))) == NULL) {
        return NULL;
    }
    Object *r = percent_value(value, &spec, *i - 1, p->bytes);
    Unref(value);
    return r;
}

static Object *percent(Object *s, Object *args, bool bytes)
{
    Percent p = {args, 0, bytes};
    Buf b;
    Buf_Init(&b);
    for (Size i = 0; i < STR_LEN(s) && !b.failed;) {
        uint32_t c = Str_At(s, i++);
        if (c != '%') Buf_Char(&b, c);
        else Buf_Own(&b, percent_one(s, &i, &p));
    }
    bool all_used = Tuple_Check(args) ? p.next >= TUPLE_LEN(args) : p.next > 0 || is_mapping(&p);
    if (!b.failed && !all_used) {
        Buf_Free(&b);
        return Err_Set(EXC(TypeError), "not all arguments converted during %s formatting", bytes ? "bytes" : "string");
    }
    return Buf_Finish(&b);
}

Object *Str_Percent(Object *s, Object *args) { return percent(s, args, false); }

Object *Bytes_Percent(Object *octets, Object *args)
{
    Object *text = as_latin1(octets), *done = text == NULL ? NULL : percent(text, args, true);
    Object *r = done == NULL ? NULL : Bytes_Encode(done, "latin-1", NULL);
    XUnref(text), XUnref(done);
    return r;
}
