/* Schoolbook arithmetic on 30-bit digits, magnitudes first, signs afterwards.
   A result under construction holds its number of digits in `size`; Int_Normal makes it canonical. */
#include "rabbit.h"
#include "intmath.h"
#include <math.h>

static Size count_of(Int *a) { return a->size < 0 ? -a->size : a->size; }

Int *Int_Alloc(Size digits)
{
    Int *r = Object_Alloc(&Int_Type, (digits > 1 ? digits - 1 : 0) * (Size)sizeof(uint32_t));
    if (r != NULL) {
        r->size = digits;
    }
    return r;
}

Int *Int_Copy(Int *a)
{
    Int *r = Int_Alloc(count_of(a));
    if (r != NULL) {
        Mem_Copy(r->digit, a->digit, (size_t)count_of(a) * sizeof(uint32_t));
        r->size = a->size;
    }
    return r;
}

Object *Int_Normal(Int *r)
{
    if (r == NULL) {
        return NULL;
    }
    Size n = count_of(r);
    while (n > 0 && r->digit[n - 1] == 0) {
        n--;
    }
    r->size = r->size < 0 ? -n : n;
    if (n <= 1) {
        int over;
        int64_t value = Int_AsLong((Object *)r, &over);
        if (value >= SMALL_MIN && value <= SMALL_MAX) {
            Unref(r);
            return Int_FromLong(value);
        }
    }
    return (Object *)r;
}

static int compare_magnitude(Int *a, Int *b)
{
    Size n = count_of(a);
    if (n != count_of(b)) {
        return n < count_of(b) ? -1 : 1;
    }
    while (n-- > 0) {
        if (a->digit[n] != b->digit[n]) {
            return a->digit[n] < b->digit[n] ? -1 : 1;
        }
    }
    return 0;
}

static Int *add_magnitude(Int *a, Int *b)
{
    if (count_of(a) < count_of(b)) {
        Int *swap = a;
        a = b, b = swap;
    }
    Size n = count_of(a), m = count_of(b);
    Int *r = Int_Alloc(n + 1);
    uint32_t carry = 0;
    for (Size i = 0; r != NULL && i < n; i++) {
        carry += a->digit[i] + (i < m ? b->digit[i] : 0);
        r->digit[i] = carry & DIGIT_MASK;
        carry >>= DIGIT_BITS;
    }
    if (r != NULL) {
        r->digit[n] = carry;
    }
    return r;
}

/* |a| - |b|, negative size when |a| < |b| */
static Int *sub_magnitude(Int *a, Int *b)
{
    bool negative = compare_magnitude(a, b) < 0;
    if (negative) {
        Int *swap = a;
        a = b, b = swap;
    }
    Size n = count_of(a), m = count_of(b);
    Int *r = Int_Alloc(n);
    uint32_t borrow = 0;
    for (Size i = 0; r != NULL && i < n; i++) {
        uint32_t d = a->digit[i] - (i < m ? b->digit[i] : 0) - borrow;
        r->digit[i] = d & DIGIT_MASK;
        borrow = d >> 31;
    }
    if (r != NULL && negative) {
        r->size = -r->size;
    }
    return r;
}

Object *Int_AddBig(Object *x, Object *y, bool subtract)
{
    Int *a = (Int *)x, *b = (Int *)y;
    bool b_negative = (b->size < 0) != subtract;
    bool a_negative = a->size < 0;
    Int *r = a_negative == b_negative ? add_magnitude(a, b) : sub_magnitude(a, b);
    if (r != NULL && a_negative) {
        r->size = -r->size;
    }
    return Int_Normal(r);
}

/* r = |a| / d in place of a fresh copy; returns the remainder */
static uint32_t div_small(uint32_t *digits, Size n, uint32_t d)
{
    uint64_t rest = 0;
    for (Size i = n; i-- > 0;) {
        rest = rest << DIGIT_BITS | digits[i];
        digits[i] = (uint32_t)(rest / d);
        rest %= d;
    }
    return (uint32_t)rest;
}

static uint32_t shift_left(uint32_t *to, const uint32_t *from, Size n, int bits)
{
    uint64_t carry = 0;
    for (Size i = 0; i < n; i++) {
        carry |= (uint64_t)from[i] << bits;
        to[i] = (uint32_t)carry & DIGIT_MASK;
        carry >>= DIGIT_BITS;
    }
    return (uint32_t)carry;
}

/* Knuth's algorithm D on magnitudes, |a| >= |b|, b of two digits or more. `u` becomes the remainder. */
static void divide(uint32_t *q, uint32_t *u, const uint32_t *v, Size n, Size m)
{
    for (Size j = n - m; j >= 0; j--) {
        uint64_t top = (uint64_t)u[j + m] << DIGIT_BITS | u[j + m - 1];
        uint64_t guess = top / v[m - 1], rest = top % v[m - 1];
        while (guess > DIGIT_MASK || guess * v[m - 2] > (rest << DIGIT_BITS | u[j + m - 2])) {
            guess--;
            rest += v[m - 1];
            if (rest > DIGIT_MASK) {
                break;
            }
        }
        int64_t borrow = 0;
        for (Size i = 0; i < m; i++) {
            int64_t d = (int64_t)u[i + j] - (int64_t)(guess * v[i] & DIGIT_MASK) + borrow;
            u[i + j] = (uint32_t)(d & DIGIT_MASK);
            borrow = (d >> DIGIT_BITS) - (int64_t)(guess * v[i] >> DIGIT_BITS);
        }
        int64_t last = (int64_t)u[j + m] + borrow;
        u[j + m] = (uint32_t)(last & DIGIT_MASK);
        if (last < 0) {
            guess--;
            uint32_t carry = 0;
            for (Size i = 0; i < m; i++) {
                carry += u[i + j] + v[i];
                u[i + j] = carry & DIGIT_MASK;
                carry >>= DIGIT_BITS;
            }
            u[j + m] = (u[j + m] + carry) & DIGIT_MASK;
        }
        q[j] = (uint32_t)guess;
    }
}

/* Magnitudes: quotient and rest, not yet normal, positive. */
static Int *divmod_magnitude(Int *a, Int *b, Int **rest)
{
    Size n = count_of(a), m = count_of(b);
    if (compare_magnitude(a, b) < 0) {
        *rest = Int_Copy(a);
        if (*rest != NULL) {
            (*rest)->size = n;
        }
        return *rest == NULL ? NULL : Int_Alloc(0);
    }
    Int *q = Int_Alloc(m == 1 ? n : n - m + 1);
    *rest = q == NULL ? NULL : Int_Alloc(m == 1 ? 1 : n + 1);
    Int *v = *rest == NULL || m == 1 ? NULL : Int_Alloc(m);
    if (*rest == NULL || (m > 1 && v == NULL)) {
        XUnref(q), XUnref(*rest);
        return NULL;
    }
    if (m == 1) {
        Mem_Copy(q->digit, a->digit, (size_t)n * sizeof(uint32_t));
        (*rest)->digit[0] = div_small(q->digit, n, b->digit[0]);
        return q;
    }
    int bits = __builtin_clz(b->digit[m - 1]) - 2;
    shift_left(v->digit, b->digit, m, bits);
    (*rest)->digit[n] = shift_left((*rest)->digit, a->digit, n, bits);
    divide(q->digit, (*rest)->digit, v->digit, n, m);
    uint32_t *u = (*rest)->digit;
    for (Size i = 0; i < m; i++) {
        u[i] = (uint32_t)(((uint64_t)u[i + 1] << DIGIT_BITS | u[i]) >> bits) & DIGIT_MASK;
    }
    memset(u + m, 0, (size_t)(n + 1 - m) * sizeof(uint32_t));
    Unref(v);
    return q;
}

/* Signs: the quotient is floored, the rest has the sign of b. */
Object *Int_DivModBig(Object *x, Object *y, Object **rest)
{
    Int *a = (Int *)x, *b = (Int *)y, *r;
    Int *q = divmod_magnitude(a, b, &r);
    if (q == NULL) {
        return NULL;
    }
    if (a->size < 0) {
        r->size = -r->size;
    }
    if ((a->size < 0) != (b->size < 0)) {
        q->size = -q->size;
    }
    Object *quotient = Int_Normal(q);
    *rest = Int_Normal(r);
    Size s = ((Int *)*rest)->size;
    if (s != 0 && (s < 0) != (b->size < 0)) {
        ASSIGN(*rest, Int_AddBig(*rest, y, false));
        ASSIGN(quotient, Int_AddBig(quotient, Int_FromLong(1), true));
        if (*rest == NULL || quotient == NULL) {
            CLEAR(*rest);
            CLEAR(quotient);
        }
    }
    return quotient;
}

Object *Int_Shift(Object *x, int64_t count)
{
    Int *a = (Int *)x;
    if (count < 0) {                            /* floor division by a power of two */
        Object *one = Int_FromLong(1), *unit = Int_Shift(one, -count), *rest;
        Object *q = unit == NULL ? NULL : Int_DivModBig(x, unit, &rest);
        XUnref(unit);
        if (q != NULL) {
            Unref(rest);
        }
        return q;
    }
    Size n = count_of(a), words = count / DIGIT_BITS;
    Int *r = Int_Alloc(n + words + 1);
    if (r == NULL) {
        return NULL;
    }
    r->digit[n + words] = shift_left(r->digit + words, a->digit, n, (int)(count % DIGIT_BITS));
    if (a->size < 0) {
        r->size = -r->size;
    }
    return Int_Normal(r);
}

/* Digit i of the infinite two's complement of a; `carry` starts at 1. */
static uint32_t complement_digit(Int *a, Size i, uint32_t *carry)
{
    uint32_t d = i < count_of(a) ? a->digit[i] : 0;
    if (a->size >= 0) {
        return d;
    }
    d = (~d & DIGIT_MASK) + *carry;
    *carry = d >> DIGIT_BITS;
    return d & DIGIT_MASK;
}

Object *Int_Bitwise(Object *x, Object *y, char op)
{
    Int *a = (Int *)x, *b = (Int *)y;
    Size n = (count_of(a) > count_of(b) ? count_of(a) : count_of(b)) + 1;
    Int *r = Int_Alloc(n);
    if (r == NULL) {
        return NULL;
    }
    uint32_t ca = 1, cb = 1;
    for (Size i = 0; i < n; i++) {
        uint32_t p = complement_digit(a, i, &ca), q = complement_digit(b, i, &cb);
        r->digit[i] = op == '&' ? p & q : op == '|' ? p | q : p ^ q;
    }
    if (r->digit[n - 1] >> (DIGIT_BITS - 1)) {  /* negative: back to sign and magnitude */
        uint32_t carry = 1;
        for (Size i = 0; i < n; i++) {
            carry += ~r->digit[i] & DIGIT_MASK;
            r->digit[i] = carry & DIGIT_MASK;
            carry >>= DIGIT_BITS;
        }
        r->size = -r->size;
    }
    return Int_Normal(r);
}

static Object *absolute(Object *a) { return Number_Unary(a, UN_ABS); }

/* Magnitudes, correctly rounded: scale so that the quotient has 64 bits or more, mark that something is
   left over, round once. Where the result is subnormal its last bit but two is the double's last bit. */
static Object *true_quotient(Object *a, Object *b, bool negative)
{
    int64_t shift = 66 - (Int_BitLength(a) - Int_BitLength(b));
    shift = shift < 0 ? 0 : shift > 1076 ? 1076 : shift;
    Object *scaled = Int_Shift(a, shift), *rest = NULL, *q = scaled == NULL ? NULL : Int_DivMod(scaled, b, &rest);
    XUnref(scaled);
    if (q == NULL) {
        return NULL;
    }
    if (((Int *)rest)->size != 0) {
        ASSIGN(q, Int_Bitwise(q, Int_FromLong(1), '|'));
    }
    Unref(rest);
    double value = q == NULL ? -1.0 : Int_AsDouble(q);
    XUnref(q);
    if (value == -1.0 && Err_Swallow(EXC(OverflowError))) {
        return Err_Set(EXC(OverflowError), "integer division result too large for a float");
    }
    value = ldexp(value, (int)-shift);
    return Err_Occurred() ? NULL : isinf(value) ? Err_Set(EXC(OverflowError), "integer division result too large for a float")
        : Float_New(negative ? -value : value);
}

Object *Int_TrueDiv(Object *a, Object *b)
{
    if (((Int *)b)->size == 0) {
        return Err_Set(EXC(ZeroDivisionError), "division by zero");
    }
    if (Int_BitLength(a) <= 53 && Int_BitLength(b) <= 53) {
        return Float_New(Int_AsDouble(a) / Int_AsDouble(b));
    }
    Object *x = absolute(a), *y = x == NULL ? NULL : absolute(b);
    Object *r = y == NULL ? NULL : true_quotient(x, y, (((Int *)a)->size < 0) != (((Int *)b)->size < 0));
    XUnref(x), XUnref(y);
    return r;
}

/* The inverse of a modulo m, by Euclid's algorithm run backwards. */
static Object *inverse(Object *a, Object *m)
{
    Object *r0 = Ref(m), *r1 = Number_Binary(a, m, NB_MOD), *t0 = Int_FromLong(0), *t1 = Int_FromLong(1);
    while (r1 != NULL && t1 != NULL && ((Int *)r1)->size != 0) {
        Object *rest = NULL, *q = Int_DivMod(r0, r1, &rest), *step = q == NULL ? NULL : Number_Binary(q, t1, NB_MUL);
        Object *next = step == NULL ? NULL : Number_Binary(t0, step, NB_SUB);
        XUnref(q), XUnref(step);
        ASSIGN(r0, r1);
        r1 = rest;
        ASSIGN(t0, t1);
        t1 = next;
    }
    bool ok = r1 != NULL && t1 != NULL;
    bool one = ok && ((Int *)r0)->digit[0] == 1 && (((Int *)r0)->size == 1 || ((Int *)r0)->size == -1);
    Object *r = !ok ? NULL : one ? (((Int *)r0)->size > 0 ? Ref(t0) : Number_Unary(t0, UN_NEG)) : Err_Set(EXC(ValueError), "base is not invertible for the given modulus");
    XUnref(r0), XUnref(r1), XUnref(t0), XUnref(t1);
    return r;
}

static Object *mul_mod(Object *a, Object *b, Object *m)
{
    Object *r = Number_Binary(a, b, NB_MUL);
    if (r != NULL && m != NULL) {
        ASSIGN(r, Number_Binary(r, m, NB_MOD));
    }
    return r;
}

/* Square and multiply from the top bit down. */
static Object *power(Object *a, Object *b, Object *m)
{
    Object *r = Int_FromLong(1);
    for (Size bit = Int_BitLength(b); r != NULL && bit-- > 0;) {
        ASSIGN(r, mul_mod(r, r, m));
        if (r != NULL && ((Int *)b)->digit[bit / DIGIT_BITS] >> (bit % DIGIT_BITS) & 1) {
            ASSIGN(r, mul_mod(r, a, m));
        }
    }
    if (r != NULL && m != NULL) {               /* an exponent of 0 has met no modulus yet */
        ASSIGN(r, Number_Binary(r, m, NB_MOD));
    }
    return r;
}

Object *Int_PowMod(Object *a, Object *b, Object *m)
{
    if (m != NULL && ((Int *)m)->size == 0) {
        return Err_Set(EXC(ValueError), "pow() 3rd argument cannot be 0");
    }
    if (((Int *)b)->size < 0 && m == NULL) {
        Object *x = Float_New(Int_AsDouble(a)), *y = Float_New(Int_AsDouble(b));
        Object *r = x == NULL || y == NULL || Err_Occurred() ? NULL : Number_Binary(x, y, NB_POW);
        XUnref(x), XUnref(y);
        return r;
    }
    if (m == NULL && Int_BitLength(a) > 1 && Int_BitLength(b) > 40) {
        return Err_NoMemory();
    }
    Object *base = Ref(a), *exponent = absolute(b);
    if (exponent != NULL && ((Int *)b)->size < 0) {
        ASSIGN(base, inverse(a, m));
    } else if (m != NULL && base != NULL) {
        ASSIGN(base, Number_Binary(a, m, NB_MOD));
    }
    Object *r = base == NULL || exponent == NULL ? NULL : power(base, exponent, m);
    XUnref(base), XUnref(exponent);
    return r;
}

/* ---- text ---- */
static int digit_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'z') return c - 'a' + 10;
    if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
    return 99;
}

/* digits[0..*n) = digits * base + add */
static void multiply_add(Int *r, uint32_t base, uint32_t add)
{
    uint64_t carry = add;
    for (Size i = 0; i < r->size || carry != 0; i++) {
        carry += (uint64_t)r->digit[i] * base;
        r->digit[i] = (uint32_t)carry & DIGIT_MASK;
        carry >>= DIGIT_BITS;
        r->size = i + 1 > r->size ? i + 1 : r->size;
    }
}

static int read_prefix(const char **p, int base)
{
    const char *s = *p;
    int found = s[0] != '0' ? 0 : (s[1] | 32) == 'x' ? 16 : (s[1] | 32) == 'o' ? 8 : (s[1] | 32) == 'b' ? 2 : 0;
    if (found != 0 && (base == 0 || base == found)) {
        *p += s[2] == '_' ? 3 : 2;
        return found;
    }
    return base == 0 ? 10 : base;
}

Object *Int_FromText(const char *text, int base)
{
    const char *p = text;
    while (*p == ' ' || (*p >= '\t' && *p <= '\r')) p++;
    bool negative = *p == '-', zero_only = false;
    p += *p == '-' || *p == '+';
    int asked = base;
    const char *before = p;
    base = read_prefix(&p, base);
    zero_only = asked == 0 && p == before && *p == '0';
    size_t length = strlen(p);
    Size digits = 0;
    for (const char *c = p; *c != '\0' && (base & (base - 1)) != 0; c++) digits += digit_value(*c) < base;
    if (interp.config.int_max_str_digits > 0 && digits > interp.config.int_max_str_digits) {
        return Err_Set(EXC(ValueError), "Exceeds the limit (%d digits) for integer string conversion: value has %zd digits; "
                       "use sys.set_int_max_str_digits() to increase the limit", interp.config.int_max_str_digits, digits);
    }
    Int *r = Int_Alloc((Size)(length * 6 / DIGIT_BITS + 2));
    if (r == NULL) {
        return NULL;
    }
    r->size = 0;
    const char *start = p;
    for (; digit_value(*p) < base || (*p == '_' && p > start && p[-1] != '_'); p++) {
        if (*p != '_') {
            multiply_add(r, (uint32_t)base, (uint32_t)digit_value(*p));
            zero_only = zero_only && *p == '0';
        } else if (digit_value(p[1]) >= base) {
            break;
        }
    }
    const char *end = p;
    while (*p == ' ' || (*p >= '\t' && *p <= '\r')) p++;
    bool leading_zero = asked == 0 && base == 10 && *start == '0' && !zero_only;
    if (end == start || *p != '\0' || leading_zero) {
        Unref(r);
        return Err_Set(EXC(ValueError), "invalid literal for int() with base %d: '%s'", asked, text);
    }
    r->size = negative ? -r->size : r->size;
    return Int_Normal(r);
}

/* Conversion to decimal takes time quadratic in the length: true with ValueError beyond the limit. */
static bool too_many_digits(double digits)
{
    int limit = interp.config.int_max_str_digits;
    if (limit == 0 || digits <= limit) {
        return false;
    }
    Err_Set(EXC(ValueError), "Exceeds the limit (%d digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit", limit);
    return true;
}

Object *Int_ToStr(Object *o, int base, bool prefix)
{
    Int *a = (Int *)o;
    Size bits = Int_BitLength(o);
    if (base == 10 && too_many_digits((double)bits * 0.30102999566398120 - 1)) {
        return NULL;
    }
    Int *work = Int_Copy(a);
    char *text = work == NULL ? NULL : Mem_Alloc((size_t)bits + 8), *p = text == NULL ? NULL : text + bits + 7;
    if (text == NULL) {
        XUnref(work);
        return work == NULL ? NULL : Err_NoMemory();
    }
    *p = '\0';
    Size n = count_of(work);
    uint32_t chunk = base == 10 ? 1000000000u : (uint32_t)base;
    do {
        uint32_t rest = div_small(work->digit, n, chunk);
        while (n > 0 && work->digit[n - 1] == 0) n--;
        for (int k = 0; k < (base == 10 ? 9 : 1) && (n > 0 || rest != 0 || k == 0); k++, rest /= (uint32_t)base) {
            *--p = "0123456789abcdefghijklmnopqrstuvwxyz"[rest % (uint32_t)base];
        }
    } while (n > 0);
    if (prefix && base != 10) {
        *--p = base == 16 ? 'x' : base == 8 ? 'o' : 'b';
        *--p = '0';
    }
    if (a->size < 0) {
        *--p = '-';
    }
    bool ok = base != 10 || !too_many_digits((double)strlen(p) - (a->size < 0));
    Object *r = ok ? Str_New(p) : NULL;
    Mem_Free(text);
    Unref(work);
    return r;
}
