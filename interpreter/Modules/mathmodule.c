/* The module math: C's functions on doubles. Those on whole numbers are in mathintegers.c. */
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
/* What the type says in __floor__ and its like, or by way of a double (trunc: not). */
static Object *by_method(Object *o, const char *name, double (*f)(double))
{
    Object *id = Str_Id(name), *method = id == NULL || TYPE(o) == &Float_Type ? NULL : Type_Lookup(TYPE(o), id);
    Object *r = id == NULL ? NULL : method != NULL ? CallMethod(o, id, 0, NULL) : f != NULL ? rounded(o, f)
        : Err_Set(EXC(TypeError), "type %T doesn't define __trunc__ method", o);
    XUnref(id);
    return r;
}
DEF(math_floor) { IGNORE; return by_method(args[0], "__floor__", floor); }
DEF(math_ceil) { IGNORE; return by_method(args[0], "__ceil__", ceil); }
DEF(math_trunc) { IGNORE; return by_method(args[0], "__trunc__", TYPE(args[0]) == &Float_Type ? trunc : NULL); }

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

static double ulp(double x)
{
    x = fabs(x);
    double next = nextafter(x, INFINITY);
    return !isfinite(x) ? x : isinf(next) ? x - nextafter(x, 0) : next - x;
}
static double log1p_(double x) { return log1p(x); }
ONE(acosh) ONE(asinh) ONE(atanh) ONE(erfc) ONE(exp2) ONE(ulp)
DEF(math_log1p) { IGNORE; return apply1(log1p_, args[0]); }
TWO(remainder)

/* Poles are errors of the domain; lgamma is infinite there. */
DEF(math_gamma)
{
    IGNORE;
    double x;
    if (as_double(args[0], &x) < 0) {
        return NULL;
    }
    if (x == 0 || (x < 0 && x == floor(x))) {
        return Err_Set(EXC(ValueError), "math domain error");
    }
    return checked(tgamma(x), isfinite(x), isnan(x));
}
DEF(math_lgamma)
{
    IGNORE;
    double x;
    if (as_double(args[0], &x) < 0) {
        return NULL;
    }
    return x <= 0 && x == floor(x) && isfinite(x) ? Err_Set(EXC(ValueError), "math domain error") : Float_New(isinf(x) ? INFINITY : lgamma(x));
}

DEF(math_frexp)
{
    IGNORE;
    double x;
    int e = 0;
    if (as_double(args[0], &x) < 0) {
        return NULL;
    }
    double m = isfinite(x) ? frexp(x, &e) : x;
    Object *part = Float_New(m), *exponent = Int_FromLong(e), *r = part == NULL || exponent == NULL ? NULL : Tuple_Pack(2, part, exponent);
    XUnref(part), XUnref(exponent);
    return r;
}
DEF(math_ldexp)
{
    IGNORE;
    double x;
    if (as_double(args[0], &x) < 0) {
        return NULL;
    }
    if (!Int_Check(args[1])) {
        return Err_Set(EXC(TypeError), "Expected an int as second argument to ldexp.");
    }
    int over;
    int64_t e = Int_AsLong(args[1], &over);
    double r = ldexp(x, e > 100000 ? 100000 : e < -100000 ? -100000 : (int)e);
    return isinf(r) && isfinite(x) ? Err_Set(EXC(OverflowError), "math range error") : Float_New(r);
}
DEF(math_modf)
{
    IGNORE;
    double x, whole;
    if (as_double(args[0], &x) < 0) {
        return NULL;
    }
    double fraction = isinf(x) ? copysign(0.0, x) : modf(x, &whole);
    Object *a = Float_New(fraction), *b = Float_New(isinf(x) ? x : whole), *r = a == NULL || b == NULL ? NULL : Tuple_Pack(2, a, b);
    XUnref(a), XUnref(b);
    return r;
}
DEF(math_nextafter)
{
    IGNORE;
    double x, y;
    if (as_double(args[0], &x) < 0 || as_double(args[1], &y) < 0) {
        return NULL;
    }
    Size steps = args[2] == NULL || args[2] == None ? 1 : Number_AsSize(args[2], NULL);
    if (steps < 0) {
        return Err_Occurred() ? NULL : Err_Set(EXC(ValueError), "steps must be a non-negative integer");
    }
    for (; steps > 0 && x != y; steps--) {
        x = nextafter(x, y);
    }
    return Float_New(isnan(y) ? y : x);
}

/* Exact sum (J. Shewchuk, 1997): partial sums that do not overlap; the result is rounded once. */
typedef struct { double parts[64]; int n; double special; bool infinite; } Sum;
static void sum_add(Sum *s, double x)
{
    int kept = 0;
    if (!isfinite(x)) {
        s->special += x;
        s->infinite = true;
        return;
    }
    for (int i = 0; i < s->n; i++) {
        double y = s->parts[i], big = fabs(x) < fabs(y) ? y : x, small = fabs(x) < fabs(y) ? x : y;
        double high = big + small, low = small - (high - big);
        if (low != 0) {
            s->parts[kept++] = low;
        }
        x = high;
    }
    s->parts[kept] = x;
    s->n = kept + 1;
}
static double sum_total(Sum *s)
{
    if (s->infinite) {
        return s->special;
    }
    double high = 0, low = 0;
    int i = s->n;
    while (i > 0 && low == 0) {
        double x = high, y = s->parts[--i];
        high = x + y;
        low = y - (high - x);
    }
    if (i > 0 && ((low < 0 && s->parts[i - 1] < 0) || (low > 0 && s->parts[i - 1] > 0))) {
        double twice = low * 2, x = high + twice;   /* half way: the rest decides */
        if (twice == x - high) {
            high = x;
        }
    }
    return high;
}
static Object *sum_result(Sum *s)
{
    double total = sum_total(s);
    return isinf(total) && !s->infinite ? Err_Set(EXC(OverflowError), "intermediate overflow in fsum") : Float_New(total);
}
DEF(math_fsum)
{
    IGNORE;
    Sum sum = {.n = 0};
    Object *it = Object_GetIter(args[0]), *item;
    while (it != NULL && (item = Iter_Next(it)) != NULL) {
        double x = Float_AsDouble(item);
        Unref(item);
        if (x == -1.0 && Err_Occurred()) {
            break;
        }
        sum_add(&sum, x);
    }
    XUnref(it);
    return it == NULL || Err_Occurred() ? NULL : sum_result(&sum);
}
DEF(math_dist)
{
    IGNORE;
    Object *p = Tuple_FromIter(args[0]), *q = p == NULL ? NULL : Tuple_FromIter(args[1]), *r = NULL;
    double sum = 0;
    if (q != NULL && TUPLE_LEN(p) != TUPLE_LEN(q)) {
        Err_Set(EXC(ValueError), "both points must have the same number of dimensions");
    } else if (q != NULL) {
        for (Size i = 0; i < TUPLE_LEN(p); i++) {
            double a, b;
            if (as_double(TUPLE_ITEM(p, i), &a) < 0 || as_double(TUPLE_ITEM(q, i), &b) < 0) {
                break;
            }
            sum = hypot(sum, a - b);
        }
        r = Err_Occurred() ? NULL : Float_New(sum);
    }
    XUnref(p), XUnref(q);
    return r;
}

#define ENTRY(name, count) {#name, math_##name, count, count, NULL, 0}
static const MethodDef functions[] = {
    ENTRY(acos, 1), ENTRY(asin, 1), ENTRY(atan, 1), ENTRY(cos, 1), ENTRY(cosh, 1), ENTRY(exp, 1), ENTRY(fabs, 1), ENTRY(sin, 1),
    ENTRY(sinh, 1), ENTRY(sqrt, 1), ENTRY(tan, 1), ENTRY(tanh, 1), ENTRY(expm1, 1), ENTRY(cbrt, 1), ENTRY(erf, 1),
    ENTRY(atan2, 2), ENTRY(copysign, 2), ENTRY(fmod, 2), ENTRY(pow, 2), ENTRY(log2, 1), ENTRY(log10, 1), ENTRY(floor, 1),
    ENTRY(ceil, 1), ENTRY(trunc, 1), ENTRY(isnan, 1), ENTRY(isinf, 1), ENTRY(isfinite, 1), ENTRY(degrees, 1), ENTRY(radians, 1),
    ENTRY(acosh, 1), ENTRY(asinh, 1), ENTRY(atanh, 1), ENTRY(erfc, 1), ENTRY(exp2, 1), ENTRY(ulp, 1), ENTRY(log1p, 1), ENTRY(remainder, 2),
    ENTRY(gamma, 1), ENTRY(lgamma, 1), ENTRY(frexp, 1), ENTRY(ldexp, 2), ENTRY(modf, 1), ENTRY(fsum, 1), ENTRY(dist, 2),
    {"nextafter", math_nextafter, 2, 3, "x y * steps", 0}, {"log", math_log, 1, 2, NULL, 0}, {"hypot", math_hypot, 0, -1, NULL, 0},
    {"isclose", math_isclose, 2, 2, "a b * rel_tol abs_tol", 0}, {NULL, NULL, 0, 0, NULL, 0},
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
    TRY_INT(Module_AddFunctions(module, functions));
    return Module_AddFunctions(module, Math_Integers);
}
