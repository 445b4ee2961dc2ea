/* The module math: C's functions on doubles, and a few on whole numbers of any size. */
#include "rabbit.h"
#include <errno.h>
#include <math.h>

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames

/* A result that is no number, from numbers: outside of the domain; an infinite one: too large. */
static Object *checked(double value, bool finite, bool nan_in)
{
    if (isnan(value) && !nan_in) {
        return Err_Set(EXC(ValueError), "math domain error");
    }
    if (isinf(value) && finite) {
        return Err_Set(EXC(OverflowError), "math range error");
    }
    return Float_New(value);
}

static Object *apply1(double (*f)(double), Object *o)
{
    double x = Float_AsDouble(o);
    return x == -1.0 && Err_Occurred() ? NULL : checked(f(x), isfinite(x), isnan(x));
}

static Object *apply2(double (*f)(double, double), Object *a, Object *b)
{
    double x = Float_AsDouble(a), y = x == -1.0 && Err_Occurred() ? 0 : Float_AsDouble(b);
    return Err_Occurred() ? NULL : checked(f(x, y), isfinite(x) && isfinite(y), isnan(x) || isnan(y));
}

#define ONE(name) DEF(math_##name) { IGNORE; return apply1(name, args[0]); }
#define TWO(name) DEF(math_##name) { IGNORE; return apply2(name, args[0], args[1]); }
ONE(acos) ONE(asin) ONE(atan) ONE(cos) ONE(cosh) ONE(exp) ONE(fabs) ONE(sin) ONE(sinh) ONE(sqrt) ONE(tan) ONE(tanh)
ONE(expm1) ONE(cbrt) ONE(erf)
TWO(atan2) TWO(copysign) TWO(fmod) TWO(pow)

static Object *logarithm(double (*f)(double), Object *o)
{
    if (Int_Check(o)) {         /* larger than a double: by halves */
        Size bits = Int_BitLength(o), shift = bits > 1000 ? bits - 1000 : 0;
        Object *by = Int_FromLong(shift), *small = by == NULL ? NULL : Number_Binary(o, by, NB_RSHIFT);
        double x = small == NULL ? -1.0 : Int_AsDouble(small);
        XUnref(by), XUnref(small);
        if (Err_Occurred()) {
            return NULL;
        }
        return x <= 0 ? Err_Set(EXC(ValueError), "math domain error") : Float_New(f(x) + (double)shift * f(2.0));
    }
    double x = Float_AsDouble(o);
    if (x == -1.0 && Err_Occurred()) {
        return NULL;
    }
    return x <= 0 ? Err_Set(EXC(ValueError), "math domain error") : Float_New(f(x));
}
DEF(math_log)
{
    IGNORE;
    Object *value = logarithm(log, args[0]), *base = value == NULL || args[1] == NULL ? NULL : logarithm(log, args[1]);
    if (value == NULL || args[1] == NULL || base == NULL) {
        if (args[1] != NULL) {
            CLEAR(value);
        }
        return value;
    }
    Object *r = Number_Binary(value, base, NB_TRUEDIV);
    Unref(value), Unref(base);
    return r;
}
DEF(math_log2) { IGNORE; return logarithm(log2, args[0]); }
DEF(math_log10) { IGNORE; return logarithm(log10, args[0]); }

static Object *rounded(Object *o, double (*f)(double))
{
    if (Int_Check(o)) {
        return Ref(o);
    }
    double x = Float_AsDouble(o);
    return x == -1.0 && Err_Occurred() ? NULL : Int_FromDouble(f(x));
}
DEF(math_floor) { IGNORE; return rounded(args[0], floor); }
DEF(math_ceil) { IGNORE; return rounded(args[0], ceil); }
DEF(math_trunc) { IGNORE; return rounded(args[0], trunc); }

static int as_double(Object *o, double *x)
{
    *x = Float_AsDouble(o);
    return *x == -1.0 && Err_Occurred() ? -1 : 0;
}
#define TEST(name) DEF(math_##name) { IGNORE; double x; return as_double(args[0], &x) < 0 ? NULL : Bool_From(name(x) != 0); }
TEST(isnan) TEST(isinf) TEST(isfinite)
DEF(math_degrees) { IGNORE; double x; return as_double(args[0], &x) < 0 ? NULL : Float_New(x * (180.0 / M_PI)); }
DEF(math_radians) { IGNORE; double x; return as_double(args[0], &x) < 0 ? NULL : Float_New(x * (M_PI / 180.0)); }

DEF(math_hypot)
{
    IGNORE;
    double sum = 0;
    for (Size i = 0; i < n; i++) {
        double x;
        if (as_double(args[i], &x) < 0) {
            return NULL;
        }
        sum = hypot(sum, x);
    }
    return Float_New(sum);
}

DEF(math_isclose)
{
    IGNORE;
    double a, b, relative = 1e-9, absolute = 0;
    if (as_double(args[0], &a) < 0 || as_double(args[1], &b) < 0 || (n > 2 && args[2] != NULL && as_double(args[2], &relative) < 0)
        || (n > 3 && args[3] != NULL && as_double(args[3], &absolute) < 0)) {
        return NULL;
    }
    if (relative < 0 || absolute < 0) {
        return Err_Set(EXC(ValueError), "tolerances must be non-negative");
    }
    double apart = fabs(a - b);
    bool close = a == b || (!isinf(a) && !isinf(b)
        && (apart <= fabs(relative * b) || apart <= fabs(relative * a) || apart <= absolute));
    return Bool_From(close);
}

/* --- whole numbers --- */

static Object *gcd(Object *a, Object *b)
{
    a = Number_Unary(a, UN_ABS);
    b = Number_Unary(b, UN_ABS);
    while (a != NULL && b != NULL && Object_IsTrue(b)) {
        Object *rest = Number_Binary(a, b, NB_MOD);
        ASSIGN(a, b);
        b = rest;
    }
    if (b == NULL) {
        CLEAR(a);
    }
    XUnref(b);
    return a;
}
DEF(math_gcd)
{
    IGNORE;
    Object *total = Int_FromLong(0);
    for (Size i = 0; total != NULL && i < n; i++) {
        Object *index = Number_Index(args[i]);
        ASSIGN(total, index == NULL ? NULL : gcd(total, index));
        XUnref(index);
    }
    return total;
}

DEF(math_factorial)
{
    IGNORE;
    Size last = Number_AsSize(args[0], EXC(OverflowError));
    if (last == -1 && Err_Occurred()) {
        return NULL;
    }
    if (last < 0) {
        return Err_Set(EXC(ValueError), "factorial() not defined for negative values");
    }
    Object *product = Int_FromLong(1);
    for (Size i = 2; product != NULL && i <= last; i++) {
        Object *factor = Int_FromLong(i);
        ASSIGN(product, factor == NULL ? NULL : Number_Binary(product, factor, NB_MUL));
        XUnref(factor);
    }
    return product;
}

/* (x + n // x) // 2 */
static Object *newton_step(Object *number, Object *x)
{
    Object *quotient = Number_Binary(number, x, NB_FLOORDIV);
    Object *sum = quotient == NULL ? NULL : Number_Binary(x, quotient, NB_ADD), *one = Int_FromLong(1);
    Object *half = sum == NULL || one == NULL ? NULL : Number_Binary(sum, one, NB_RSHIFT);
    XUnref(quotient), XUnref(sum), XUnref(one);
    return half;
}
DEF(math_isqrt)
{
    IGNORE;
    Object *number = Number_Index(args[0]), *one = Int_FromLong(1);
    Object *by = number == NULL ? NULL : Int_FromLong((Int_BitLength(number) + 1) / 2);
    Object *x = by == NULL || one == NULL ? NULL : Number_Binary(one, by, NB_LSHIFT);
    if (number != NULL && ((Int *)number)->size < 0) {
        CLEAR(x);
        Err_Set(EXC(ValueError), "isqrt() argument must be nonnegative");
    }
    while (x != NULL && Object_IsTrue(number)) {        /* from above; it falls until it is right */
        Object *next = newton_step(number, x);
        if (next != NULL && Int_Compare(next, x) >= 0) {
            Unref(next);
            break;
        }
        ASSIGN(x, next);
    }
    if (x != NULL && !Object_IsTrue(number)) {
        ASSIGN(x, Ref(number));
    }
    XUnref(number), XUnref(one), XUnref(by);
    return x;
}

#define ENTRY(name, count) {#name, math_##name, count, count, NULL, 0}
static const MethodDef functions[] = {
    ENTRY(acos, 1), ENTRY(asin, 1), ENTRY(atan, 1), ENTRY(cos, 1), ENTRY(cosh, 1), ENTRY(exp, 1), ENTRY(fabs, 1), ENTRY(sin, 1),
    ENTRY(sinh, 1), ENTRY(sqrt, 1), ENTRY(tan, 1), ENTRY(tanh, 1), ENTRY(expm1, 1), ENTRY(cbrt, 1), ENTRY(erf, 1),
    ENTRY(atan2, 2), ENTRY(copysign, 2), ENTRY(fmod, 2), ENTRY(pow, 2), ENTRY(log2, 1), ENTRY(log10, 1), ENTRY(floor, 1),
    ENTRY(ceil, 1), ENTRY(trunc, 1), ENTRY(isnan, 1), ENTRY(isinf, 1), ENTRY(isfinite, 1), ENTRY(degrees, 1), ENTRY(radians, 1),
    ENTRY(factorial, 1), ENTRY(isqrt, 1), {"log", math_log, 1, 2, NULL, 0}, {"hypot", math_hypot, 0, -1, NULL, 0},
    {"gcd", math_gcd, 0, -1, NULL, 0}, {"isclose", math_isclose, 2, 4, "a b * rel_tol abs_tol", 0}, {NULL, NULL, 0, 0, NULL, 0},
};

int Init_math(Object *module)
{
    Object *dict = MODULE_DICT(module);
    const struct { const char *name; double value; } constants[] = {
        {"pi", M_PI}, {"e", M_E}, {"tau", 2 * M_PI}, {"inf", INFINITY}, {"nan", (double)NAN},
    };
    for (size_t i = 0; i < sizeof(constants) / sizeof(*constants); i++) {
        TRY_INT(Dict_SetNew(dict, constants[i].name, Float_New(constants[i].value)));
    }
    return Module_AddFunctions(module, functions);
}
