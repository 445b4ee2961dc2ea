/* The shortest decimal that reads back as the same double, and of those the nearest: the algorithm
   Schubfach (R. Giulietti, 2020). The interval that rounds to the double is scaled by a power of ten so that
   at most two candidates of the shortest length lie in it; one multiplication per bound decides. */
#include "rabbit.h"
#include <math.h>
#include "powers_of_ten.h"

typedef struct { uint64_t digits; int exponent; } Decimal;      /* digits * 10**exponent */

static int floor_log10_pow2(int e, bool three_quarters) { return (e * 1262611 - (three_quarters ? 524031 : 0)) >> 22; }
static int floor_log2_pow10(int e) { return (e * 1741647) >> 19; }

/* The top 64 bits of a 192 bit product, the last bit telling whether anything was cut off. */
static uint64_t round_to_odd(const uint64_t g[2], uint64_t c)
{
    unsigned __int128 low = (unsigned __int128)g[1] * c, high = (unsigned __int128)g[0] * c + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* For a positive, finite double, given as c * 2**q. */
static Decimal shortest(uint64_t c, int q, bool lower_is_closer)
{
    bool odd = c & 1;
    int k = floor_log10_pow2(q, lower_is_closer), h = q + floor_log2_pow10(-k) + 1;
    const uint64_t *g = powers_of_ten[-k - POWER_MIN];
    uint64_t left = round_to_odd(g, (4 * c - 2 + lower_is_closer) << h) + odd, middle = round_to_odd(g, (4 * c) << h);
    uint64_t right = round_to_odd(g, (4 * c + 2) << h) - odd, s = middle / 4;
    if (s >= 10) {
        uint64_t tens = s / 10;
        bool down = left <= 40 * tens, up = 40 * tens + 40 <= right;
        if (down != up) {
            return (Decimal){tens + up, k + 1};
        }
    }
    bool down = left <= 4 * s, up = 4 * s + 4 <= right;
    if (down != up) {
        return (Decimal){s + up, k};
    }
    uint64_t half = 4 * s + 2;
    return (Decimal){s + (middle > half || (middle == half && (s & 1))), k};
}

static Decimal decimal_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
    int exponent = (int)(bits >> 52 & 0x7FF);
    Decimal d = exponent == 0 ? shortest(fraction, -1074, false)
        : shortest(fraction | (uint64_t)1 << 52, exponent - 1075, fraction == 0 && exponent > 1);
    while (d.digits % 10 == 0) {
        d.digits /= 10;
        d.exponent++;
    }
    return d;
}

int Float_Digits(double value, char digits[20], int *point)
{
    if (value == 0) {
        strcpy(digits, "0");
        *point = 1;
        return 1;
    }
    Decimal d = decimal_of(fabs(value));
    int n = snprintf(digits, 20, "%llu", (unsigned long long)d.digits);
    *point = n + d.exponent;
    return n;
}

/* As repr() writes it: with an exponent below 1e-4 and from 1e16 on. */
void Float_Shortest(double value, char out[32])
{
    if (isnan(value) || isinf(value)) {
        strcpy(out, isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
        return;
    }
    char digits[20];
    int point, n = Float_Digits(value, digits, &point);
    char *p = out;
    if (signbit(value)) *p++ = '-';
    if (point > 16 || point < -3) {
        p += sprintf(p, n > 1 ? "%c.%s" : "%c%s", digits[0], digits + 1);
        sprintf(p, "e%c%02d", point > 0 ? '+' : '-', abs(point - 1));
    } else if (point <= 0) {
        p += sprintf(p, "0.");
        memset(p, '0', (size_t)-point);
        strcpy(p - point, digits);
    } else if (n <= point) {
        strcpy(p, digits);
        memset(p + n, '0', (size_t)(point - n));
        strcpy(p + point, ".0");
    } else {
        memcpy(p, digits, (size_t)point);
        p[point] = '.';
        strcpy(p + point + 1, digits + point);
    }
}
