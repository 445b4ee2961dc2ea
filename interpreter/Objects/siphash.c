/* SipHash-1-3 (J.-P. Aumasson and D. J. Bernstein, 2012) with a key of this process, for str and bytes: who does
   not know the key cannot choose keys that collide. PYTHONHASHSEED fixes it: 0 for no key, or a number. */
#include "rabbit.h"
#include <sys/random.h>

#define ROTATE(x, b) ((x) << (b) | (x) >> (64 - (b)))
typedef struct { uint64_t a, b, c, d; } State;

static void sip_round(State *v)
{
    v->a += v->b, v->b = ROTATE(v->b, 13) ^ v->a, v->a = ROTATE(v->a, 32);
    v->c += v->d, v->d = ROTATE(v->d, 16) ^ v->c;
    v->a += v->d, v->d = ROTATE(v->d, 21) ^ v->a;
    v->c += v->b, v->b = ROTATE(v->b, 17) ^ v->c, v->c = ROTATE(v->c, 32);
}

/* A word whose first byte in memory is the lowest, on every machine: equal bytes have equal hashes. */
static uint64_t from_little(uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap64(word);
#else
    return word;
#endif
}

/* The last 0 to 7 bytes, the length in the top byte. */
static uint64_t tail(const uint8_t *p, size_t n, size_t left)
{
    uint64_t last = (uint64_t)n << 56;
    for (size_t i = 0; i < left; i++) {
        last |= (uint64_t)p[i] << (8 * i);
    }
    return last;
}

Hash Hash_Bytes(const void *data, Size size)
{
    const uint8_t *p = data;
    size_t n = (size_t)size;
    if (n == 0) {
        return 0;
    }
    State v = {interp.hash_key[0] ^ 0x736f6d6570736575u, interp.hash_key[1] ^ 0x646f72616e646f6du,
               interp.hash_key[0] ^ 0x6c7967656e657261u, interp.hash_key[1] ^ 0x7465646279746573u};
    size_t left = n;
    for (; left >= 8; left -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        word = from_little(word);
        v.d ^= word;
        sip_round(&v);
        v.a ^= word;
    }
    uint64_t last = tail(p, n, left);
    v.d ^= last;
    sip_round(&v);
    v.a ^= last;
    v.c ^= 0xff;
    sip_round(&v), sip_round(&v), sip_round(&v);
    Hash h = (Hash)(v.a ^ v.b ^ v.c ^ v.d);
    return h == -1 ? -2 : h;
}

/* A seed is spread over the key by the same generator as CPython's, so that equal seeds give equal hashes. */
static void spread(uint32_t seed, uint64_t key[2])
{
    uint8_t bytes[16];
    for (int i = 0; i < 16; i++) {
        seed = seed * 214013 + 2531011;
        bytes[i] = (uint8_t)(seed >> 16);
    }
    memcpy(key, bytes, sizeof(bytes));
    key[0] = from_little(key[0]), key[1] = from_little(key[1]);
}

void Hash_Seed(const char *text)
{
    uint64_t *key = interp.hash_key;
    char *end;
    unsigned long seed = text == NULL || *text == '\0' ? 0 : strtoul(text, &end, 10);
    bool number = text != NULL && *text >= '0' && *text <= '9' && *end == '\0' && seed <= UINT32_MAX;
    key[0] = key[1] = 0;
    if (number && seed > 0) {
        spread((uint32_t)seed, key);
    } else if (!number && getrandom(key, 16, 0) != 16) {
        key[0] = (uint64_t)(uintptr_t)&key, key[1] = key[0] * 0x9E3779B97F4A7C15u;
    }
}
