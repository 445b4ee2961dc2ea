/* Multiplication of magnitudes: schoolbook for short ones, Karatsuba's three half products above.
   All functions work on arrays of 30-bit digits, least significant first. */
#include "rabbit.h"
#include "intmath.h"

enum { KARATSUBA_FROM = 60 };           /* digits of the shorter factor; measured */

/* r[0..n+m) = a * b */
static void schoolbook(uint32_t *r, const uint32_t *a, Size n, const uint32_t *b, Size m)
{
    memset(r, 0, (size_t)(n + m) * sizeof(*r));
    for (Size i = 0; i < n; i++) {
        uint64_t carry = 0, f = a[i];
        for (Size j = 0; j < m; j++) {
            carry += r[i + j] + f * b[j];
            r[i + j] = (uint32_t)carry & DIGIT_MASK;
            carry >>= DIGIT_BITS;
        }
        r[i + m] = (uint32_t)carry;
    }
}

/* r[0..n) += a[0..m), m <= n; what is carried out of r is lost (there is none when it fits). */
static void add_to(uint32_t *r, Size n, const uint32_t *a, Size m)
{
    uint32_t carry = 0;
    for (Size i = 0; i < n && (i < m || carry != 0); i++) {
        carry += r[i] + (i < m ? a[i] : 0);
        r[i] = carry & DIGIT_MASK;
        carry >>= DIGIT_BITS;
    }
}

/* r[0..n) -= a[0..m); the result is not negative. */
static void subtract_from(uint32_t *r, Size n, const uint32_t *a, Size m)
{
    uint32_t borrow = 0;
    for (Size i = 0; i < n && (i < m || borrow != 0); i++) {
        uint32_t d = r[i] - (i < m ? a[i] : 0) - borrow;
        r[i] = d & DIGIT_MASK;
        borrow = d >> 31;
    }
}

/* The sum of both parts of a, in h + 1 digits. */
static void sum_of_halves(uint32_t *sum, const uint32_t *a, Size n, Size h)
{
    memcpy(sum, a, (size_t)h * sizeof(*sum));
    sum[h] = 0;
    add_to(sum, h + 1, a + h, n - h);
}

static int multiply(uint32_t *r, const uint32_t *a, Size n, const uint32_t *b, Size m);

/* (a1 B + a0)(b1 B + b0) = z2 B^2 + ((a1 + a0)(b1 + b0) - z2 - z0) B + z0, both longer than h digits. */
static int karatsuba(uint32_t *r, const uint32_t *a, Size n, const uint32_t *b, Size m, Size h)
{
    uint32_t *sums = Mem_Alloc((size_t)(4 * h + 4) * sizeof(*sums)), *middle = sums == NULL ? NULL : sums + 2 * h + 2;
    if (sums == NULL) {
        return -1;
    }
    sum_of_halves(sums, a, n, h);
    sum_of_halves(sums + h + 1, b, m, h);
    int done = multiply(middle, sums, h + 1, sums + h + 1, h + 1);
    if (done == 0) done = multiply(r, a, h, b, h);
    if (done == 0) done = multiply(r + 2 * h, a + h, n - h, b + h, m - h);
    if (done == 0) {
        subtract_from(middle, 2 * h + 2, r, 2 * h);
        subtract_from(middle, 2 * h + 2, r + 2 * h, n + m - 2 * h);
        Size used = 2 * h + 2;
        while (used > 0 && middle[used - 1] == 0) used--;
        add_to(r + h, n + m - h, middle, used);
    }
    Mem_Free(sums);
    return done;
}

/* The longer factor in pieces as long as the shorter one. */
static int by_pieces(uint32_t *r, const uint32_t *a, Size n, const uint32_t *b, Size m)
{
    uint32_t *product = Mem_Alloc((size_t)(2 * m) * sizeof(*product));
    if (product == NULL) {
        return -1;
    }
    memset(r, 0, (size_t)(n + m) * sizeof(*r));
    int done = 0;
    for (Size at = 0; done == 0 && at < n; at += m) {
        Size len = n - at < m ? n - at : m;
        done = len >= m ? multiply(product, a + at, len, b, m) : multiply(product, b, m, a + at, len);
        add_to(r + at, n + m - at, product, len + m);
    }
    Mem_Free(product);
    return done;
}

/* 0, or -1 without memory (no exception set); n >= m. */
static int multiply(uint32_t *r, const uint32_t *a, Size n, const uint32_t *b, Size m)
{
    if (m > n) {
        return multiply(r, b, m, a, n);
    }
    if (m < KARATSUBA_FROM) {
        schoolbook(r, b, m, a, n);
        return 0;
    }
    Size h = (n + 1) / 2;
    return m > h ? karatsuba(r, a, n, b, m, h) : by_pieces(r, a, n, b, m);
}

Object *Int_MulBig(Object *x, Object *y)
{
    Int *a = (Int *)x, *b = (Int *)y;
    Size n = a->size < 0 ? -a->size : a->size, m = b->size < 0 ? -b->size : b->size;
    Int *r = Int_Alloc(n + m);
    if (r == NULL) {
        return NULL;
    }
    if (multiply(r->digit, a->digit, n, b->digit, m) < 0) {
        Unref(r);
        return Err_NoMemory();
    }
    if ((a->size < 0) != (b->size < 0)) {
        r->size = -r->size;
    }
    return Int_Normal(r);
}
