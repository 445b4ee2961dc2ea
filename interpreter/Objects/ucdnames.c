/* Names of characters, for \N{...}: a sorted table, and two rules for the names that are not in it
   (Hangul syllables spell their parts, unified ideographs their number). */
#include "rabbit.h"
#include "ucd_names.h"

static const char *const hangul_first[] = {"G", "GG", "N", "D", "DD", "R", "M", "B", "BB", "S", "SS", "", "J", "JJ", "C", "K", "T", "P", "H"};
static const char *const hangul_vowel[] = {"A", "AE", "YA", "YAE", "EO", "E", "YEO", "YE", "O", "WA", "WAE", "OE", "YO", "U", "WEO", "WE",
    "WI", "YU", "EU", "YI", "I"};
static const char *const hangul_last[] = {"", "G", "GG", "GS", "N", "NJ", "NH", "D", "L", "LG", "LM", "LB", "LS", "LT", "LP", "LH", "M", "B",
    "BS", "S", "SS", "NG", "J", "C", "K", "T", "P", "H"};

/* Skip the longest part that `text` begins with; returns its number, or -1. */
static int take(const char **text, const char *const parts[], int n)
{
    int best = -1;
    size_t longest = 0;
    for (int i = 0; i < n; i++) {
        size_t len = strlen(parts[i]);
        if (strncmp(*text, parts[i], len) == 0 && (best < 0 || len > longest)) {
            best = i, longest = len;
        }
    }
    *text += longest;
    return best;
}

static uint32_t hangul(const char *text)
{
    int first = take(&text, hangul_first, COUNT(hangul_first)), vowel = take(&text, hangul_vowel, COUNT(hangul_vowel));
    int last = take(&text, hangul_last, COUNT(hangul_last));
    return first < 0 || vowel < 0 || last < 0 || *text != '\0' ? UINT32_MAX : 0xAC00u + (uint32_t)((first * 21 + vowel) * 28 + last);
}

static bool is_ideograph(uint32_t c)
{
    return Char_IsAlpha(c) && ((c >= 0x3400 && c < 0x4DC0) || (c >= 0x4E00 && c < 0xA000) || (c >= 0x20000 && c < 0x2F800) || (c >= 0x30000 && c < 0x323B0));
}

static uint32_t ideograph(const char *digits)
{
    size_t n = strspn(digits, "0123456789ABCDEF");
    uint32_t c = n == strlen(digits) && (n == 4 || n == 5) ? (uint32_t)strtoul(digits, NULL, 16) : UINT32_MAX;
    return c != UINT32_MAX && is_ideograph(c) ? c : UINT32_MAX;
}

uint32_t Char_ByName(const char *name, Size n)
{
    static const char hangul_start[] = "HANGUL SYLLABLE ", ideograph_start[] = "CJK UNIFIED IDEOGRAPH-";
    char upper[128];
    if (n <= 0 || n >= (Size)sizeof(upper)) {
        return UINT32_MAX;
    }
    for (Size i = 0; i < n; i++) {
        upper[i] = (char)(name[i] >= 'a' && name[i] <= 'z' ? name[i] - 32 : name[i]);
    }
    upper[n] = '\0';
    if (strncmp(upper, hangul_start, sizeof(hangul_start) - 1) == 0) {
        return hangul(upper + sizeof(hangul_start) - 1);
    }
    if (strncmp(upper, ideograph_start, sizeof(ideograph_start) - 1) == 0) {
        return ideograph(upper + sizeof(ideograph_start) - 1);
    }
    for (Size low = 0, high = COUNT(ucd_named); low < high;) {
        Size middle = (low + high) / 2;
        int c = strcmp(ucd_names + ucd_name_at[middle], upper);
        if (c == 0) return ucd_named[middle];
        if (c < 0) low = middle + 1;
        else high = middle;
    }
    return UINT32_MAX;
}
