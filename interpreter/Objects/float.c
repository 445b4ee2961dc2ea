/* float: a double. Arithmetic is C's; what Python adds are the signs of // and %, the exact comparison with
   ints, and the errors. How one is shown is in dtoa.c. */
#include "rabbit.h"
#include <ctype.h>
#include <math.h>

Object *Float_New(double value)
{
    Float *f = Object_Alloc(&Float_Type, 0);
    if (f != NULL) {
        f->value = value;
    }
    return (Object *)f;
}

double Float_AsDouble(Object *o)
{
    if (IsType(o, &Float_Type)) {
        return FLOAT_VALUE(o);
    }
    if (Int_Check(o)) {
        return Int_AsDouble(o);
    }
    int op = TYPE(o)->unary[UN_FLOAT] != NULL ? UN_FLOAT : UN_INDEX;
    if (TYPE(o)->unary[op] == NULL) {
        Err_Set(EXC(TypeError), "must be real number, not %T", o);
        return -1.0;
    }
    Object *r = TYPE(o)->unary[op](o);
    if (r == NULL) {
        return -1.0;
    }
    double value = -1.0;
    if (op == UN_FLOAT && !IsType(r, &Float_Type)) {
        Err_Set(EXC(TypeError), "%T.__float__ returned non-float (type %T)", o, r);
    } else {
        value = IsType(r, &Float_Type) ? FLOAT_VALUE(r) : Int_AsDouble(r);
    }
    Unref(r);
    return value;
}

static Object *float_repr(Object *o)
{
    char text[32];
    Float_Shortest(FLOAT_VALUE(o), text);
    return Str_New(text);
}

/* The number that is written in n bytes; `shown` is the object they come from. */
static Object *from_bytes(const char *s, Size n, Object *shown)
{
    Size k = 0;
    char *copy = Mem_Alloc((size_t)n + 1), *end;
    if (copy == NULL) {
        return Err_NoMemory();
    }
    Size from = 0, to = n;
    while (from < to && Char_IsSpace((uint8_t)s[from])) from++;
    while (to > from && Char_IsSpace((uint8_t)s[to - 1])) to--;
    bool ok = to > from;
    for (Size i = from; i < to; i++) {
        if (s[i] == '_') {
            ok = ok && i > from && Char_IsDigit((uint8_t)s[i - 1]) && Char_IsDigit((uint8_t)s[i + 1]);
        } else {
            ok = ok && s[i] != '\0' && (s[i] | 32) != 'x' && s[i] != '(';
            copy[k++] = s[i];
        }
    }
    copy[k] = '\0';
    double value = ok ? strtod(copy, &end) : 0;
    ok = ok && *end == '\0' && !Char_IsSpace((uint8_t)copy[0]);
    Mem_Free(copy);
    return ok ? Float_New(value) : Err_Set(EXC(ValueError), "could not convert string to float: %R", shown);
}

Object *Float_FromText(Object *text)
{
    Object *digits = Int_AsciiDigits(text);
    Object *r = digits == NULL ? NULL : from_bytes(((Bytes *)digits)->data, STR_LEN(text), text);
    XUnref(digits);
    return r;
}

/* 1: *out is the value, 0: not a number of ours, -1: exception */
static int as_operand(Object *o, double *out)
{
    if (IsType(o, &Float_Type)) {
        *out = FLOAT_VALUE(o);
        return 1;
    }
    if (!Int_Check(o)) {
        return 0;
    }
    *out = Int_AsDouble(o);
    return *out == -1.0 && Err_Occurred() ? -1 : 1;
}
#define OPERANDS(a, b) \
    double x, y; \
    int got = as_operand(a, &x); \
    if (got == 1) got = as_operand(b, &y); \
    if (got < 1) return got < 0 ? NULL : Ref(NotImplemented)

static Object *float_add(Object *a, Object *b) { OPERANDS(a, b); return Float_New(x + y); }
static Object *float_sub(Object *a, Object *b) { OPERANDS(a, b); return Float_New(x - y); }
static Object *float_mul(Object *a, Object *b) { OPERANDS(a, b); return Float_New(x * y); }
static Object *float_truediv(Object *a, Object *b)
{
    OPERANDS(a, b);
    return y == 0 ? Err_Set(EXC(ZeroDivisionError), "float division by zero") : Float_New(x / y);
}
static double floor_mod(double x, double y)
{
    double r = fmod(x, y);
    if (r == 0) {
        return copysign(0.0, y);
    }
    return (r < 0) != (y < 0) ? r + y : r;
}
static double floor_div(double x, double y)
{
    double q = (x - floor_mod(x, y)) / y, f = floor(q);
    if (q == 0) {
        return copysign(0.0, x / y);
    }
    return q - f > 0.5 ? f + 1 : f;
}
static Object *float_mod(Object *a, Object *b)
{
    OPERANDS(a, b);
    return y == 0 ? Err_Set(EXC(ZeroDivisionError), "float modulo") : Float_New(floor_mod(x, y));
}
static Object *float_floordiv(Object *a, Object *b)
{
    OPERANDS(a, b);
    return y == 0 ? Err_Set(EXC(ZeroDivisionError), "float floor division by zero") : Float_New(floor_div(x, y));
}
static Object *float_divmod(Object *a, Object *b)
{
    OPERANDS(a, b);
    if (y == 0) {
        return Err_Set(EXC(ZeroDivisionError), "float divmod()");
    }
    Object *q = Float_New(floor_div(x, y)), *r = Float_New(floor_mod(x, y));
    Object *pair = q == NULL || r == NULL ? NULL : Tuple_Pack(2, q, r);
    XUnref(q), XUnref(r);
    return pair;
}
static Object *overflow(void)
{
    Object *number = Int_FromLong(34), *text = Str_New("Numerical result out of range"), *args[] = {number, text};
    Object *exc = number == NULL || text == NULL ? NULL : Call((Object *)EXC(OverflowError), args, 2, NULL);
    XUnref(number), XUnref(text);
    return exc == NULL ? NULL : Err_Raise(exc);
}
static Object *float_pow(Object *a, Object *b)
{
    OPERANDS(a, b);
    if (x == 0 && y < 0) {
        return Err_Set(EXC(ZeroDivisionError), "0.0 cannot be raised to a negative power");
    }
    if (x < 0 && y != floor(y) && !isinf(x)) {
        return Complex_Pow(a, b);
    }
    double r = pow(x, y);
    if (isinf(r) && !isinf(x) && !isinf(y)) {
        return overflow();
    }
    return Float_New(r);
}

/* Exact against ints of any size: compare whole parts as ints when the double cannot hold one. */
static int compare_int(double x, Object *b)
{
    if (isinf(x)) {
        return x < 0 ? -1 : 1;
    }
    Object *whole = Int_FromDouble(x);
    if (whole == NULL) {
        return -2;
    }
    int c = Int_Compare(whole, b);
    Unref(whole);
    double fraction = x - trunc(x);
    return c != 0 ? c : fraction > 0 ? 1 : fraction < 0 ? -1 : 0;
}
static Object *float_compare(Object *a, Object *b, int op)
{
    double x = FLOAT_VALUE(a), y;
    int c;
    if (Int_Check(b) && !isnan(x)) {
        c = compare_int(x, b);
        if (c == -2) {
            return NULL;
        }
    } else if (!IsType(b, &Float_Type) && !Int_Check(b)) {
        return Ref(NotImplemented);
    } else {
        y = Int_Check(b) ? 0 : FLOAT_VALUE(b);
        if (isnan(x) || isnan(y)) {
            return Bool_From(op == CMP_NE);
        }
        c = x < y ? -1 : x > y;
    }
    const bool answers[] = {c < 0, c <= 0, c == 0, c != 0, c > 0, c >= 0};
    return Bool_From(answers[op]);
}

Hash Float_HashDouble(double value, Object *self)
{
    if (isnan(value)) {
        return Hash_Pointer(self);
    }
    if (isinf(value)) {
        return value < 0 ? -314159 : 314159;
    }
    const uint64_t prime = ((uint64_t)1 << 61) - 1;
    int e;
    double m = frexp(fabs(value), &e);
    uint64_t h = 0;
    while (m != 0) {
        h = ((h << 28) & prime) | h >> (61 - 28);
        m *= 268435456.0;
        e -= 28;
        uint64_t y = (uint64_t)m;
        m -= (double)y;
        h += y;
        h = h >= prime ? h - prime : h;
    }
    e = e >= 0 ? e % 61 : 61 - 1 - ((-1 - e) % 61);
    h = e == 0 ? h : ((h << e) & prime) | h >> (61 - e);
    Hash r = value < 0 ? -(Hash)h : (Hash)h;
    return r == -1 ? -2 : r;
}
static Hash float_hash(Object *o) { return Float_HashDouble(FLOAT_VALUE(o), o); }
static int float_truth(Object *o) { return FLOAT_VALUE(o) != 0; }
static Object *float_neg(Object *o) { return Float_New(-FLOAT_VALUE(o)); }
static Object *float_abs(Object *o) { return Float_New(fabs(FLOAT_VALUE(o))); }
static Object *float_pos(Object *o) { return TYPE(o) == &Float_Type ? Ref(o) : Float_New(FLOAT_VALUE(o)); }
static Object *float_int(Object *o) { return Int_FromDouble(trunc(FLOAT_VALUE(o))); }

static Object *float_new(Type *type, Object **args, Size n, Object *kwnames)
{
    if (n > 1 || kwnames != NULL) {
        return Err_Set(EXC(TypeError), "float expected at most 1 argument, got %zd", n);
    }
    Object *value;
    if (n == 1 && Str_Check(args[0])) {
        value = Float_FromText(args[0]);
    } else if (n == 1 && Bytes_Check(args[0])) {
        value = from_bytes(((Bytes *)args[0])->data, ((Bytes *)args[0])->len, args[0]);
    } else if (n == 1 && IsType(args[0], &ByteArray_Type)) {
        value = from_bytes(((ByteArray *)args[0])->data, ((ByteArray *)args[0])->len, args[0]);
    } else {
        double x = n == 0 ? 0.0 : Float_AsDouble(args[0]);
        if (x == -1.0 && Err_Matches(EXC(TypeError)) && TYPE(args[0])->unary[UN_FLOAT] == NULL) {
            Err_Clear();
            return Err_Set(EXC(TypeError), "float() argument must be a string or a real number, not '%T'", args[0]);
        }
        value = x == -1.0 && Err_Occurred() ? NULL : Float_New(x);
    }
    if (value == NULL || type == &Float_Type) {
        return value;
    }
    Float *f = Object_Alloc(type, 0);
    if (f != NULL) {
        f->value = FLOAT_VALUE(value);
    }
    Unref(value);
    return (Object *)f;
}

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames
DEF(float_is_integer) { IGNORE; double x = FLOAT_VALUE(self); return Bool_From(!isinf(x) && x == floor(x)); }
DEF(float_trunc) { IGNORE; return float_int(self); }
DEF(float_floor) { IGNORE; return Int_FromDouble(floor(FLOAT_VALUE(self))); }
DEF(float_ceil) { IGNORE; return Int_FromDouble(ceil(FLOAT_VALUE(self))); }
/* Correctly rounded, half to even, by way of the decimal digits. */
static Object *round_digits(double x, Size digits)
{
    char text[700];
    if (digits < -308) {
        return Float_New(copysign(0.0, x));
    }
    if (digits >= 0) {
        snprintf(text, sizeof(text), "%.*f", (int)digits, x);
        return Float_New(strtod(text, NULL));
    }
    double unit = pow(10, (double)-digits), whole = rint(x / unit);
    if (fabs(x / unit - trunc(x / unit)) == 0.5 && fmod(whole, 2) != 0) {
        whole -= copysign(1, x);
    }
    snprintf(text, sizeof(text), "%.0fe%d", whole, (int)-digits);
    double r = strtod(text, NULL);
    return isinf(r) ? Err_Set(EXC(OverflowError), "rounded value too large to represent") : Float_New(r);
}
DEF(float_round)
{
    IGNORE;
    double x = FLOAT_VALUE(self);
    if (n == 0 || args[0] == None) {
        return Int_FromDouble(rint(x));
    }
    Size digits = Number_AsSize(args[0], NULL);
    if (digits == -1 && Err_Occurred()) {
        return NULL;
    }
    if (isnan(x) || isinf(x) || digits > 320) {
        return Float_New(x);
    }
    return isinf(x) ? Float_New(x) : round_digits(x, digits);
}
DEF(float_format) { IGNORE; return Str_FormatSpec(self, args[0]); }
DEF(float_conjugate) { IGNORE; return float_pos(self); }
DEF(float_hex)
{
    IGNORE;
    char text[64];
    double x = FLOAT_VALUE(self);
    if (!isfinite(x)) {
        return float_repr(self);
    }
    int e = 0;
    double m = frexp(fabs(x), &e);
    if (x == 0) {
        return Str_New(signbit(x) ? "-0x0.0p+0" : "0x0.0p+0");
    }
    int shift = e - 1 < -1022 ? -1022 - (e - 1) : 0;     /* subnormal: leading 0 */
    uint64_t bits = (uint64_t)ldexp(m, 53 - shift);
    snprintf(text, sizeof(text), "%s0x%d.%013llxp%+d", x < 0 ? "-" : "", (int)(bits >> 52), (unsigned long long)(bits & (((uint64_t)1 << 52) - 1)), e - 1 + shift);
    return Str_New(text);
}
/* [sign] [0x] hex digits [. hex digits] [p exponent], correctly rounded by strtod; or inf, nan. */
DEF(float_fromhex)
{
    IGNORE;
    if (!Str_Check(args[0])) {
        return Err_Set(EXC(TypeError), "bad argument type for built-in operation");
    }
    Size len;
    const char *text = Str_Utf8Len(args[0], &len);
    char copy[1100];
    if (text == NULL) {
        return NULL;
    }
    const char *p = text + strspn(text, " \t\n\r\f\v"), *end;
    while (len > 0 && text + len > p && strchr(" \t\n\r\f\v", text[len - 1]) != NULL) len--;
    Size left = text + len - p;
    bool minus = left > 0 && *p == '-';
    if (left > 0 && (*p == '-' || *p == '+')) p++, left--;
    if (left <= 0 || left > 1000) {
        return Err_Set(EXC(ValueError), "invalid hexadecimal floating-point string");
    }
    bool prefixed = left > 1 && p[0] == '0' && (p[1] | 32) == 'x', word = (p[0] | 32) == 'i' || (p[0] | 32) == 'n';
    snprintf(copy, sizeof(copy), "%s%.*s", prefixed || word ? "" : "0x", (int)left, p);
    char *stop;
    double x = strtod(copy, &stop);
    end = copy + strlen(copy);
    bool digit = word || isxdigit((unsigned char)copy[2]) || (copy[2] == '.' && isxdigit((unsigned char)copy[3]));
    if (stop != end || !digit || strlen(copy) < (size_t)left || strchr(copy, '(') != NULL) {
        return Err_Set(EXC(ValueError), "invalid hexadecimal floating-point string");
    }
    if (isinf(x) && !word) {
        return Err_Set(EXC(OverflowError), "hexadecimal value too large to represent as a float");
    }
    Object *value = Float_New(minus ? -x : x);
    if (value == NULL || self == (Object *)&Float_Type) {
        return value;
    }
    Object *r = Call1(self, value);
    Unref(value);
    return r;
}
DEF(float_as_integer_ratio)
{
    IGNORE;
    int e;
    double x = FLOAT_VALUE(self), m = frexp(x, &e);
    if (!isfinite(x)) {
        return isnan(x) ? Err_Set(EXC(ValueError), "cannot convert NaN to integer ratio")
            : Err_Set(EXC(OverflowError), "cannot convert Infinity to integer ratio");
    }
    Object *top = Int_FromDouble(ldexp(m, 53)), *bottom = Int_FromLong(1), *two = Int_FromLong(2);
    for (e -= 53; e > 0 && top != NULL; e--) {
        ASSIGN(top, Number_Binary(top, two, NB_MUL));
    }
    for (; e < 0 && top != NULL && bottom != NULL; e++) {
        if (((Int *)top)->size != 0 && ((Int *)top)->digit[0] & 1) {
            ASSIGN(bottom, Number_Binary(bottom, two, NB_MUL));
        } else {
            ASSIGN(top, Number_Binary(top, two, NB_FLOORDIV));
        }
    }
    Object *pair = top == NULL || bottom == NULL ? NULL : Tuple_Pack(2, top, bottom);
    XUnref(top), XUnref(bottom);
    return pair;
}
static Object *float_zero(Object *self) { (void)self; return Float_New(0.0); }
static const MethodDef float_methods[] = {
    {"is_integer", float_is_integer, 0, 0, NULL, 0}, {"__round__", float_round, 0, 1, NULL, 0}, {"__trunc__", float_trunc, 0, 0, NULL, 0},
    {"__floor__", float_floor, 0, 0, NULL, 0}, {"__ceil__", float_ceil, 0, 0, NULL, 0}, {"__format__", float_format, 1, 1, NULL, 0},
    {"hex", float_hex, 0, 0, NULL, 0}, {"fromhex", float_fromhex, 1, 1, NULL, METH_CLASS}, {"conjugate", float_conjugate, 0, 0, NULL, 0},
    {"as_integer_ratio", float_as_integer_ratio, 0, 0, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};
static const GetSetDef float_getsets[] = {{"real", float_pos, NULL}, {"imag", float_zero, NULL}, {NULL, NULL, NULL}};
Type Float_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "float", .size = sizeof(Float), .flags = T_BASE, .new = float_new,
    .repr = float_repr, .hash = float_hash, .richcompare = float_compare, .truth = float_truth,
    .nb = {[NB_ADD] = float_add, [NB_SUB] = float_sub, [NB_MUL] = float_mul, [NB_TRUEDIV] = float_truediv,
           [NB_FLOORDIV] = float_floordiv, [NB_MOD] = float_mod, [NB_POW] = float_pow, [NB_DIVMOD] = float_divmod},
    .unary = {[UN_NEG] = float_neg, [UN_POS] = float_pos, [UN_ABS] = float_abs, [UN_INT] = float_int, [UN_FLOAT] = float_pos},
    .methods = float_methods, .getsets = float_getsets,
};
