/* The Unicode database: two levels of tables lead from a code point to the record it shares with all
   that behave alike; case mappings of several characters and compositions are searched in sorted tables.
   The tables are read-only and generated (Tools/unicode/ucdgen.py). */
#include "rabbit.h"

typedef struct { uint8_t category; uint16_t flags; int32_t upper, lower, title; uint8_t digit, combining; } UcdRecord;
typedef struct { uint32_t point, forms[4][3]; } UcdSpecial;
typedef struct { uint32_t point, start, n; } UcdDecomposition;
typedef struct { uint32_t first, second, composed; } UcdPair;
#include "ucd_tables.h"

/* Hangul syllables are composed of three parts by arithmetic (chapter 3.12 of the standard). */
enum { L_BASE = 0x1100, V_BASE = 0x1161, T_BASE_ = 0x11A7, S_BASE = 0xAC00, L_N = 19, V_N = 21, T_N = 28, S_N = L_N * V_N * T_N };

static const UcdRecord *record(uint32_t c)
{
    if (c > 0x10FFFF) {
        c = 0x10FFFF;
    }
    return &ucd_records[ucd_second[((uint32_t)ucd_first[c >> UCD_BLOCK_BITS] << UCD_BLOCK_BITS) + (c & ((1u << UCD_BLOCK_BITS) - 1))]];
}

const char *Ucd_Version(void) { return UCD_VERSION; }
#define ASK(name, flag) bool name(uint32_t c) { return (record(c)->flags & (flag)) != 0; }
ASK(Char_IsSpace, UCD_SPACE)
ASK(Char_IsAlpha, UCD_ALPHA)
ASK(Char_IsUpper, UCD_UPPER)
ASK(Char_IsLower, UCD_LOWER)
ASK(Char_IsTitle, UCD_TITLE)
ASK(Char_IsPrintable, UCD_PRINTABLE)
ASK(Char_IsLinebreak, UCD_LINEBREAK)
ASK(Char_IsDecimal, UCD_DECIMAL)
ASK(Char_IsNumberDigit, UCD_DIGIT)
ASK(Char_IsNumeric, UCD_NUMERIC)
ASK(Char_IsXidStart, UCD_XID_START)
ASK(Char_IsXidContinue, UCD_XID_CONTINUE)
ASK(Char_IsCased, UCD_CASED)
ASK(Char_IsCaseIgnorable, UCD_CASE_IGNORABLE)

int Char_DigitValue(uint32_t c) { return record(c)->digit == 255 ? -1 : record(c)->digit; }
const char *Char_Category(uint32_t c) { return ucd_categories[record(c)->category]; }
uint32_t Char_Upper(uint32_t c) { return c + (uint32_t)record(c)->upper; }
uint32_t Char_Lower(uint32_t c) { return c + (uint32_t)record(c)->lower; }
uint32_t Char_Title(uint32_t c) { return c + (uint32_t)record(c)->title; }

#define BINARY_SEARCH(table, row, wanted) \
    for (Size low = 0, high = COUNT(table); low < high;) { \
        Size middle = (low + high) / 2; \
        if (table[middle].point == (wanted)) { row = &table[middle]; break; } \
        if (table[middle].point < (wanted)) low = middle + 1; \
        else high = middle; \
    }

int Char_Fold(uint32_t c, int how, uint32_t out[3])
{
    const UcdRecord *r = record(c);
    const UcdSpecial *special = NULL;
    if (r->flags & UCD_SPECIAL) {
        BINARY_SEARCH(ucd_special, special, c)
    }
    if (special == NULL) {
        const int32_t shifts[] = {r->upper, r->lower, r->title, r->lower};
        out[0] = c + (uint32_t)shifts[how];
        return 1;
    }
    int n = 0;
    for (; n < 3 && (n == 0 || special->forms[how][n] != 0); n++) {
        out[n] = special->forms[how][n];
    }
    return n;
}

/* ---- normal form KC ---- */
typedef struct { uint32_t *points; Size n, cap; } Points;

static int push(Points *p, uint32_t c)
{
    if (p->n == p->cap) {
        Size cap = p->cap * 2 + 16;
        uint32_t *more = Mem_Realloc(p->points, (size_t)cap * sizeof(uint32_t));
        if (more == NULL) {
            return Err_Minus(Err_NoMemory());
        }
        p->points = more, p->cap = cap;
    }
    p->points[p->n++] = c;
    return 0;
}

static int decompose(Points *p, uint32_t c)
{
    if (c >= S_BASE && c < S_BASE + S_N) {
        uint32_t s = c - S_BASE, t = s % T_N;
        TRY_INT(push(p, L_BASE + s / (V_N * T_N)));
        TRY_INT(push(p, V_BASE + s % (V_N * T_N) / T_N));
        return t == 0 ? 0 : push(p, T_BASE_ + t);
    }
    const UcdDecomposition *row = NULL;
    BINARY_SEARCH(ucd_decompositions, row, c)
    if (row == NULL) {
        return push(p, c);
    }
    for (uint32_t i = 0; i < row->n; i++) {
        TRY_INT(push(p, ucd_decomposed[row->start + i]));
    }
    return 0;
}

/* Combining marks in the order of their classes; marks of the same class stay as they are. */
static void reorder(Points *p)
{
    for (Size i = 1; i < p->n; i++) {
        uint32_t c = p->points[i];
        uint8_t class = record(c)->combining;
        Size k = i;
        while (class != 0 && k > 0 && record(p->points[k - 1])->combining > class) {
            p->points[k] = p->points[k - 1];
            k--;
        }
        p->points[k] = c;
    }
}

/* What two characters make together, or 0. */
static uint32_t composed(uint32_t a, uint32_t b)
{
    if (a >= L_BASE && a < L_BASE + L_N && b >= V_BASE && b < V_BASE + V_N) {
        return S_BASE + ((a - L_BASE) * V_N + (b - V_BASE)) * T_N;
    }
    if (a >= S_BASE && a < S_BASE + S_N && (a - S_BASE) % T_N == 0 && b > T_BASE_ && b < T_BASE_ + T_N) {
        return a + (b - T_BASE_);
    }
    Size low = 0, high = COUNT(ucd_pairs);
    while (low < high) {
        Size middle = (low + high) / 2;
        const UcdPair *pair = &ucd_pairs[middle];
        if (pair->first == a && pair->second == b) {
            return pair->composed;
        }
        if (pair->first < a || (pair->first == a && pair->second < b)) low = middle + 1;
        else high = middle;
    }
    return 0;
}

/* Each mark joins the starter before it unless a mark in between has the same or a higher class. */
static void compose(Points *p)
{
    Size kept = 0, starter = -1;
    int last = -1;                              /* class of what was kept since the starter; -1: nothing */
    for (Size i = 0; i < p->n; i++) {
        uint32_t c = p->points[i];
        int class = record(c)->combining;
        uint32_t both = starter >= 0 && (last < class || last == -1) ? composed(p->points[starter], c) : 0;
        if (both != 0) {
            p->points[starter] = both;
            continue;
        }
        if (class == 0) {
            starter = kept;
            last = -1;
        } else {
            last = class;
        }
        p->points[kept++] = c;
    }
    p->n = kept;
}

Object *Str_Nfkc(Object *s)
{
    if (((Str *)s)->ascii) {
        return Ref(s);
    }
    Points p = {NULL, 0, 0};
    Object *r = NULL;
    bool ok = true;
    for (Size i = 0; ok && i < STR_LEN(s); i++) {
        ok = decompose(&p, Str_At(s, i)) == 0;
    }
    if (ok) {
        reorder(&p);
        compose(&p);
        r = Str_FromPoints(p.points, p.n);
    }
    Mem_Free(p.points);
    return r;
}
