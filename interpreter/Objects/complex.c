/* complex: two doubles. Whatever a float or an int is mixed with becomes complex first. */
#include "rabbit.h"
#include <math.h>

Object *Complex_New(double real, double imag)
{
    Complex *c = Object_Alloc(&Complex_Type, 0);
    if (c != NULL) {
        c->real = real, c->imag = imag;
    }
    return (Object *)c;
}

typedef struct { double re, im; } Pair;

/* 1: *out is the value, 0: not a number of ours, -1: exception */
static int as_operand(Object *o, Pair *out)
{
    if (IsType(o, &Complex_Type)) {
        *out = (Pair){COMPLEX_REAL(o), COMPLEX_IMAG(o)};
        return 1;
    }
    if (!Int_Check(o) && !IsType(o, &Float_Type)) {
        return 0;
    }
    *out = (Pair){Float_AsDouble(o), 0.0};
    return out->re == -1.0 && Err_Occurred() ? -1 : 1;
}
#define OPERANDS(a, b) \
    Pair x, y; \
    int got = as_operand(a, &x); \
    if (got == 1) got = as_operand(b, &y); \
    if (got < 1) return got < 0 ? NULL : Ref(NotImplemented)

static Object *from_pair(Pair p) { return Complex_New(p.re, p.im); }
static Pair times(Pair x, Pair y) { return (Pair){x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re}; }

/* Divide by the larger part first, so that nothing overflows on the way (R. L. Smith, 1962). */
static Pair quotient(Pair x, Pair y)
{
    if (fabs(y.re) >= fabs(y.im)) {
        double ratio = y.im / y.re, below = y.re + y.im * ratio;
        return (Pair){(x.re + x.im * ratio) / below, (x.im - x.re * ratio) / below};
    }
    if (fabs(y.im) >= fabs(y.re)) {
        double ratio = y.re / y.im, below = y.re * ratio + y.im;
        return (Pair){(x.re * ratio + x.im) / below, (x.im * ratio - x.re) / below};
    }
    return (Pair){NAN, NAN};
}

static Object *complex_add(Object *a, Object *b) { OPERANDS(a, b); return Complex_New(x.re + y.re, x.im + y.im); }
static Object *complex_sub(Object *a, Object *b) { OPERANDS(a, b); return Complex_New(x.re - y.re, x.im - y.im); }
static Object *complex_mul(Object *a, Object *b) { OPERANDS(a, b); return from_pair(times(x, y)); }
static Object *complex_truediv(Object *a, Object *b)
{
    OPERANDS(a, b);
    return y.re == 0 && y.im == 0 ? Err_Set(EXC(ZeroDivisionError), "complex division by zero") : from_pair(quotient(x, y));
}

/* Small whole exponents by multiplication, so that they are exact where they can be. */
static Pair whole_power(Pair x, long n)
{
    Pair r = {1, 0}, base = x;
    for (long left = labs(n); left > 0; left >>= 1, base = times(base, base)) {
        if (left & 1) {
            r = times(r, base);
        }
    }
    return n >= 0 ? r : quotient((Pair){1, 0}, r);
}

static Pair power(Pair x, Pair y)
{
    double length = pow(hypot(x.re, x.im), y.re), angle = atan2(x.im, x.re), turn = angle * y.re;
    if (y.im != 0) {
        length /= exp(angle * y.im);
        turn += y.im * log(hypot(x.re, x.im));
    }
    return (Pair){length * cos(turn), length * sin(turn)};
}

static Object *complex_pow(Object *a, Object *b)
{
    OPERANDS(a, b);
    if (x.re == 0 && x.im == 0) {
        if (y.im != 0 || y.re < 0) {
            return Err_Set(EXC(ZeroDivisionError), "0.0 to a negative or complex power");
        }
        return Complex_New(y.re == 0 ? 1 : 0, 0);
    }
    bool whole = y.im == 0 && y.re == floor(y.re) && fabs(y.re) <= 100;
    Pair r = whole ? whole_power(x, (long)y.re) : power(x, y);
    if ((isinf(r.re) || isinf(r.im)) && isfinite(x.re) && isfinite(x.im) && isfinite(y.re) && isfinite(y.im)) {
        return Err_Set(EXC(OverflowError), "complex exponentiation");
    }
    return from_pair(r);
}
Object *Complex_Pow(Object *a, Object *b) { return complex_pow(a, b); }

static Object *complex_compare(Object *a, Object *b, int op)
{
    Pair x, y;
    if (op != CMP_EQ && op != CMP_NE) {
        return Ref(NotImplemented);
    }
    if (Int_Check(b)) {                         /* exactly, also when the int has no double */
        Object *real = Float_New(COMPLEX_REAL(a)), *r = real == NULL ? NULL : Object_Compare(real, b, CMP_EQ);
        bool equal = r == True && COMPLEX_IMAG(a) == 0;
        XUnref(real), XUnref(r);
        return r == NULL ? NULL : Bool_From(equal == (op == CMP_EQ));
    }
    if (as_operand(a, &x) < 1 || as_operand(b, &y) < 1) {
        return Ref(NotImplemented);
    }
    return Bool_From((x.re == y.re && x.im == y.im) == (op == CMP_EQ));
}

static Hash complex_hash(Object *o)
{
    uint64_t re = (uint64_t)Float_HashDouble(COMPLEX_REAL(o), o), im = (uint64_t)Float_HashDouble(COMPLEX_IMAG(o), o);
    Hash h = (Hash)(re + 1000003u * im);
    return h == -1 ? -2 : h;
}

/* A part as repr writes it, without ".0". */
static void part_text(double value, char out[32])
{
    Float_Shortest(value, out);
    size_t n = strlen(out);
    if (n > 2 && strcmp(out + n - 2, ".0") == 0) {
        out[n - 2] = '\0';
    }
}

static Object *complex_repr(Object *o)
{
    double re = COMPLEX_REAL(o), im = COMPLEX_IMAG(o);
    char real[32], imag[32];
    part_text(re, real);
    part_text(im, imag);
    if (re == 0 && !signbit(re)) {
        return Str_Format("%sj", imag);
    }
    return Str_Format("(%s%s%sj)", real, imag[0] == '-' ? "" : "+", imag);
}

static int complex_truth(Object *o) { return COMPLEX_REAL(o) != 0 || COMPLEX_IMAG(o) != 0; }
static Object *complex_neg(Object *o) { return Complex_New(-COMPLEX_REAL(o), -COMPLEX_IMAG(o)); }
static Object *complex_pos(Object *o) { return TYPE(o) == &Complex_Type ? Ref(o) : Complex_New(COMPLEX_REAL(o), COMPLEX_IMAG(o)); }
static Object *complex_abs(Object *o)
{
    double length = hypot(COMPLEX_REAL(o), COMPLEX_IMAG(o));
    if (isinf(length) && isfinite(COMPLEX_REAL(o)) && isfinite(COMPLEX_IMAG(o))) {
        return Err_Set(EXC(OverflowError), "absolute value too large");
    }
    return Float_New(length);
}

/* ---- complex("1+2j"), complex(real, imag) ---- */

/* A float at *p, which moves behind it. False: none there. */
static bool read_part(const char **p, double *value)
{
    const char *digits = *p + (**p == '+' || **p == '-');
    if (!Char_IsDigit((uint8_t)*digits) && *digits != '.' && (*digits | 32) != 'i' && (*digits | 32) != 'n') {
        return false;
    }
    if (digits[0] == '0' && (digits[1] | 32) == 'x') {
        return false;
    }
    char *end;
    *value = strtod(*p, &end);
    bool moved = end != *p;
    *p = end;
    return moved;
}

static bool parse(const char *p, Pair *out)
{
    double first = 0;
    *out = (Pair){0, 0};
    bool number = read_part(&p, &first);
    if (!number && (*p == 'j' || *p == 'J' || ((*p == '+' || *p == '-') && (p[1] | 32) == 'j'))) {
        first = *p == '-' ? -1 : 1;
        p += *p == '+' || *p == '-';
    } else if (!number) {
        return false;
    }
    if ((*p | 32) == 'j') {
        out->im = first;
        return p[1] == '\0';
    }
    out->re = first;
    if (*p == '+' || *p == '-') {
        double second = *p == '-' ? -1 : 1;
        if (!read_part(&p, &second)) {
            p++;
        }
        out->im = second;
        return (*p | 32) == 'j' && p[1] == '\0';
    }
    return *p == '\0';
}

static Object *from_text(Object *text)
{
    Size n, k = 0;
    const char *s = Str_Utf8Len(text, &n);
    char *copy = s == NULL ? NULL : Mem_Alloc((size_t)n + 1);
    if (copy == NULL) {
        return s == NULL ? NULL : Err_NoMemory();
    }
    Size from = 0, to = n;
    while (from < to && Char_IsSpace((uint8_t)s[from])) from++;
    while (to > from && Char_IsSpace((uint8_t)s[to - 1])) to--;
    bool bracket = to - from > 1 && s[from] == '(' && s[to - 1] == ')';
    for (from += bracket, to -= bracket; bracket && from < to && Char_IsSpace((uint8_t)s[from]);) from++;
    while (bracket && to > from && Char_IsSpace((uint8_t)s[to - 1])) to--;
    bool ok = to > from;
    for (Size i = from; i < to; i++) {
        bool between = s[i] == '_' && i > from && Char_IsDigit((uint8_t)s[i - 1]) && Char_IsDigit((uint8_t)s[i + 1]);
        ok = ok && s[i] != '\0' && !Char_IsSpace((uint8_t)s[i]) && (s[i] != '_' || between);
        if (s[i] != '_') copy[k++] = s[i];
    }
    copy[k] = '\0';
    Pair value;
    ok = ok && parse(copy, &value);
    Mem_Free(copy);
    return ok ? from_pair(value) : Err_Set(EXC(ValueError), "complex() arg is a malformed string");
}

/* Any number, also by __complex__. Returns 1, or -1 with TypeError. */
static int as_complex(Object *o, Pair *out, const char *which)
{
    int got = as_operand(o, out);
    if (got != 0) {
        return got;
    }
    Object *name = Str_Id("__complex__"), *method = NULL;
    if (name == NULL || (Type_Lookup(TYPE(o), name) != NULL && Object_LookupAttr(o, name, &method) < 0)) {
        XUnref(name);
        return -1;
    }
    Unref(name);
    if (method != NULL) {
        Object *r = Call0(method);
        Unref(method);
        if (r != NULL && !IsType(r, &Complex_Type)) {
            Err_Set(EXC(TypeError), "%T.__complex__() returned non-complex (type %T)", o, r);
            CLEAR(r);
        }
        got = r == NULL ? -1 : as_operand(r, out);
        XUnref(r);
        return got;
    }
    if (TYPE(o)->unary[UN_FLOAT] == NULL && TYPE(o)->unary[UN_INDEX] == NULL) {
        return Err_Minus(Err_Set(EXC(TypeError), "complex() %s argument must be a %snumber, not '%T'", which,
                                 strcmp(which, "first") == 0 ? "string or a " : "", o));
    }
    *out = (Pair){Float_AsDouble(o), 0};
    return out->re == -1.0 && Err_Occurred() ? -1 : 1;
}

static Object *make(Type *type, Object *re, Object *im)
{
    Pair x = {0, 0}, y = {0, 0};
    if (re != NULL && Str_Check(re)) {
        return im != NULL ? Err_Set(EXC(TypeError), "complex() can't take second arg if first is a string") : from_text(re);
    }
    if (im != NULL && Str_Check(im)) {
        return Err_Set(EXC(TypeError), "complex() second arg can't be a string");
    }
    if ((re != NULL && as_complex(re, &x, "first") < 0) || (im != NULL && as_complex(im, &y, "second") < 0)) {
        return NULL;
    }
    (void)type;
    bool complex_im = im != NULL && IsType(im, &Complex_Type), complex_re = re != NULL && !Int_Check(re) && !IsType(re, &Float_Type);
    return Complex_New(complex_im ? x.re - y.im : x.re, im == NULL ? x.im : complex_re ? x.im + y.re : y.re);
}

static Object *complex_new(Type *type, Object **args, Size n, Object *kwnames)
{
    Object *parts[2] = {n > 0 ? args[0] : NULL, n > 1 ? args[1] : NULL};
    if (n > 2) {
        return Err_Set(EXC(TypeError), "complex() takes at most 2 arguments (%zd given)", n);
    }
    for (Size i = 0; kwnames != NULL && i < TUPLE_LEN(kwnames); i++) {
        Object *name = TUPLE_ITEM(kwnames, i);
        int at = STR_IS(name, "real") ? 0 : STR_IS(name, "imag") ? 1 : -1;
        if (at < 0 || parts[at] != NULL) {
            return Err_Set(EXC(TypeError), "'%U' is an invalid keyword argument for complex()", name);
        }
        parts[at] = args[n + i];
    }
    Object *value = make(type, parts[0], parts[1]);
    if (value == NULL || type == &Complex_Type) {
        return value;
    }
    Complex *c = Object_Alloc(type, 0);
    if (c != NULL) {
        c->real = COMPLEX_REAL(value), c->imag = COMPLEX_IMAG(value);
    }
    Unref(value);
    return (Object *)c;
}

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames
DEF(complex_conjugate) { IGNORE; return Complex_New(COMPLEX_REAL(self), -COMPLEX_IMAG(self)); }
DEF(complex_complex) { IGNORE; return complex_pos(self); }
DEF(complex_newargs)
{
    IGNORE;
    Object *re = Float_New(COMPLEX_REAL(self)), *im = Float_New(COMPLEX_IMAG(self)), *r = re == NULL || im == NULL ? NULL : Tuple_Pack(2, re, im);
    XUnref(re), XUnref(im);
    return r;
}
DEF(complex_format)
{
    IGNORE;
    if (!Str_Check(args[0])) {
        return Err_Set(EXC(TypeError), "__format__() argument must be str, not %T", args[0]);
    }
    return STR_LEN(args[0]) == 0 ? Object_Str(self) : Str_FormatSpec(self, args[0]);
}
static Object *complex_real(Object *o) { return Float_New(COMPLEX_REAL(o)); }
static Object *complex_imag(Object *o) { return Float_New(COMPLEX_IMAG(o)); }
static const MethodDef complex_methods[] = {
    {"conjugate", complex_conjugate, 0, 0, NULL, 0}, {"__complex__", complex_complex, 0, 0, NULL, 0},
    {"__getnewargs__", complex_newargs, 0, 0, NULL, 0}, {"__format__", complex_format, 1, 1, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};
static const GetSetDef complex_getsets[] = {{"real", complex_real, NULL}, {"imag", complex_imag, NULL}, {NULL, NULL, NULL}};
Type Complex_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "complex", .size = sizeof(Complex), .flags = T_BASE, .new = complex_new,
    .repr = complex_repr, .hash = complex_hash, .richcompare = complex_compare, .truth = complex_truth,
    .nb = {[NB_ADD] = complex_add, [NB_SUB] = complex_sub, [NB_MUL] = complex_mul, [NB_TRUEDIV] = complex_truediv, [NB_POW] = complex_pow},
    .unary = {[UN_NEG] = complex_neg, [UN_POS] = complex_pos, [UN_ABS] = complex_abs},
    .methods = complex_methods, .getsets = complex_getsets,
};
