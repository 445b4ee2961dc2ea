/* The functions of the module math on whole numbers of any size. */
#include "rabbit.h"

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames

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
    Object *index = Number_Index(args[0]);
    int over = 0;
    Size last = index == NULL ? -1 : Int_AsLong(index, &over);
    XUnref(index);
    if (index == NULL || over > 0) {
        return index == NULL ? NULL : Err_Set(EXC(OverflowError), "factorial() argument should not exceed %zd", INT64_MAX);
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

DEF(math_lcm)
{
    IGNORE;
    Object *total = Int_FromLong(1);
    for (Size i = 0; total != NULL && i < n; i++) {
        Object *index = Number_Index(args[i]), *common = index == NULL ? NULL : gcd(total, index);
        Object *part = common == NULL ? NULL : Object_IsTrue(common) ? Number_Binary(index, common, NB_FLOORDIV) : Int_FromLong(0);
        Object *product = part == NULL ? NULL : Number_Binary(total, part, NB_MUL);
        ASSIGN(total, product == NULL ? NULL : Number_Unary(product, UN_ABS));
        XUnref(index), XUnref(common), XUnref(part), XUnref(product);
    }
    return total;
}

/* n * (n-1) * ... over k factors, divided by k! as it goes when `divide`. */
static Object *falling(Object *whole, Size k, bool divide)
{
    Object *r = Int_FromLong(1);
    for (Size i = 0; r != NULL && i < k; i++) {
        Object *step = Int_FromLong(i), *factor = step == NULL ? NULL : Number_Binary(whole, step, NB_SUB);
        ASSIGN(r, factor == NULL ? NULL : Number_Binary(r, factor, NB_MUL));
        XUnref(step), XUnref(factor);
        if (r != NULL && divide) {
            Object *by = Int_FromLong(i + 1);
            ASSIGN(r, by == NULL ? NULL : Number_Binary(r, by, NB_FLOORDIV));
            XUnref(by);
        }
    }
    return r;
}

/* How many ways: the two arguments as n >= 0 and k >= 0; k NULL: k = n. */
static Object *ways(Object **args, bool divide)
{
    Object *whole = Number_Index(args[0]), *part = whole == NULL ? NULL : args[1] == NULL || args[1] == None ? Ref(whole) : Number_Index(args[1]);
    Object *r = NULL;
    if (part != NULL && (((Int *)whole)->size < 0 || ((Int *)part)->size < 0)) {
        Err_Set(EXC(ValueError), "%s must be a non-negative integer", ((Int *)whole)->size < 0 ? "n" : "k");
    } else if (part != NULL && Int_Compare(part, whole) > 0) {
        r = Int_FromLong(0);
    } else if (part != NULL) {
        Object *other = Number_Binary(whole, part, NB_SUB);
        int over;
        Size k = other == NULL ? 0 : Int_AsLong(divide && Int_Compare(other, part) < 0 ? other : part, &over);
        r = other == NULL ? NULL : over != 0 ? Err_Set(EXC(OverflowError), "k must not exceed %zd", INT64_MAX) : falling(whole, k, divide);
        XUnref(other);
    }
    XUnref(whole), XUnref(part);
    return r;
}
DEF(math_comb) { IGNORE; return ways(args, true); }
DEF(math_perm) { IGNORE; return ways(args, false); }

DEF(math_prod)
{
    IGNORE;
    Object *r = Ref(args[1] == NULL ? Int_FromLong(1) : args[1]), *it = Object_GetIter(args[0]), *item;
    while (r != NULL && it != NULL && (item = Iter_Next(it)) != NULL) {
        ASSIGN(r, Number_Binary(r, item, NB_MUL));
        Unref(item);
    }
    if (it == NULL || Err_Occurred()) {
        CLEAR(r);
    }
    XUnref(it);
    return r;
}

const MethodDef Math_Integers[] = {
    {"gcd", math_gcd, 0, -1, NULL, 0}, {"lcm", math_lcm, 0, -1, NULL, 0}, {"factorial", math_factorial, 1, 1, NULL, 0},
    {"isqrt", math_isqrt, 1, 1, NULL, 0}, {"comb", math_comb, 2, 2, NULL, 0}, {"perm", math_perm, 1, 2, NULL, 0},
    {"prod", math_prod, 1, 1, "iterable * start", 0}, {NULL, NULL, 0, 0, NULL, 0},
};
