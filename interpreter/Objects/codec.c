/* The codecs: UTF-8, ASCII, Latin-1 and UTF-16 in either byte order, and what the error handlers put in place of what cannot be said.
   UTF-8 itself is str's own form (str.c). */
#include "rabbit.h"

typedef enum { NO_CODEC, UTF_8, ASCII, LATIN_1, UTF_16_LE, UTF_16_BE, UTF_16 } Codec;     /* UTF_16: with a mark that tells the order */

#define BYTE_ORDER_MARK 0xFEFF

static const struct { const char *name; Codec codec; } names[] = {
    {"utf-8", UTF_8}, {"utf8", UTF_8}, {"utf_8", UTF_8}, {"ascii", ASCII}, {"us-ascii", ASCII}, {"latin-1", LATIN_1}, {"latin1", LATIN_1},
    {"iso-8859-1", LATIN_1}, {"utf-16-le", UTF_16_LE}, {"utf-16le", UTF_16_LE}, {"utf_16_le", UTF_16_LE}, {"utf-16-be", UTF_16_BE},
    {"utf-16be", UTF_16_BE}, {"utf_16_be", UTF_16_BE},
    {"utf-16", UTF_16}, {"utf16", UTF_16}, {"utf_16", UTF_16}};
static const char *const proper[] = {"", "utf-8", "ascii", "latin-1", "utf-16-le", "utf-16-be", "utf-16"};

static Codec find_codec(const char *encoding)
{
    for (Size i = 0; encoding != NULL && i < COUNT(names); i++) {
        if (strcasecmp(encoding, names[i].name) == 0) {
            return names[i].codec;
        }
    }
    if (encoding != NULL) {
        Err_Set(EXC(LookupError), "unknown encoding: %s", encoding);
    }
    return encoding == NULL ? UTF_8 : NO_CODEC;
}

static bool is(const char *errors, const char *handler) { return errors != NULL && strcmp(errors, handler) == 0; }
static bool is_strict(const char *errors) { return errors == NULL || is(errors, "strict"); }

/* ---- from text ---- */

static bool encodable(uint32_t c, Codec codec)
{
    return codec == ASCII ? c < 128 : codec == LATIN_1 ? c < 256 : c < 0xD800 || c >= 0xE000;
}

/* The characters from `at` on that cannot be said go into the exception together. */
static Size cannot_encode(Object *s, Size at, Codec codec)
{
    Size end = at + 1;
    while (end < STR_LEN(s) && !encodable(Str_At(s, end), codec)) end++;
    const char *why = codec == ASCII ? "ordinal not in range(128)" : codec == LATIN_1 ? "ordinal not in range(256)" : "surrogates not allowed";
    Err_Unicode(EXC(UnicodeEncodeError), proper[codec], Ref(s), at, end, why);
    return -1;
}

/* ASCII in place of s[at], at most 10 bytes. How many; -1: exception. */
static Size substitute(char *out, Object *s, Size at, Codec codec, const char *errors)
{
    uint32_t c = Str_At(s, at);
    if (is(errors, "ignore")) return 0;
    if (is(errors, "replace")) return sprintf(out, "?");
    if (is(errors, "xmlcharrefreplace")) return sprintf(out, "&#%u;", c);
    if (is(errors, "backslashreplace")) return sprintf(out, c < 256 ? "\\x%02x" : c < 65536 ? "\\u%04x" : "\\U%08x", c);
    if (is(errors, "surrogateescape") && c >= 0xDC80 && c <= 0xDCFF) {
        *out = (char)(c & 0xFF);
        return 1;
    }
    if (is(errors, "surrogatepass") && codec == UTF_8) {
        return sprintf(out, "%c%c%c", (int)(0xE0 | c >> 12), (int)(0x80 | (c >> 6 & 0x3F)), (int)(0x80 | (c & 0x3F)));
    }
    if (!is_strict(errors) && !is(errors, "surrogateescape") && !is(errors, "surrogatepass")) {
        Err_Set(EXC(LookupError), "unknown error handler name '%s'", errors);
        return -1;
    }
    return cannot_encode(s, at, codec);
}

static Size put_unit(char *out, uint32_t unit, Codec codec)
{
    out[codec == UTF_16_BE] = (char)(unit & 0xFF);
    out[codec != UTF_16_BE] = (char)(unit >> 8);
    return 2;
}

/* One character that the codec knows. */
static Size put_point(char *out, uint32_t c, Codec codec)
{
    if (codec == UTF_8) {
        return Utf8_Put(out, c);
    }
    if (codec < UTF_16_LE) {
        *out = (char)c;
        return 1;
    }
    if (c < 0x10000) {
        return put_unit(out, c, codec);
    }
    put_unit(out, 0xD800 + ((c - 0x10000) >> 10), codec);
    return 2 + put_unit(out + 2, 0xDC00 + (c & 0x3FF), codec);
}

/* What a handler wrote, in the units of the codec. */
static Size widen(char *out, Size n, Codec codec)
{
    char narrow[16];
    if (codec < UTF_16_LE || n < 0) {
        return n;
    }
    Mem_Copy(narrow, out, (size_t)n);
    for (Size i = 0; i < n; i++) {
        put_unit(out + 2 * i, (uint8_t)narrow[i], codec);
    }
    return 2 * n;
}

static Object *encode(Object *s, Codec codec, const char *errors)
{
    static const int most[] = {0, 4, 1, 1, 4, 4, 4};
    Size bad = 0, k = codec == UTF_16 ? 2 : 0;
    for (Size i = 0; i < STR_LEN(s); i++) {
        bad += !encodable(Str_At(s, i), codec);
    }
    Object *r = Bytes_New(NULL, k + STR_LEN(s) * most[codec] + bad * 20);
    if (r != NULL && codec == UTF_16) {
        put_unit(((Bytes *)r)->data, BYTE_ORDER_MARK, codec);
    }
    for (Size i = 0; r != NULL && i < STR_LEN(s); i++) {
        char *out = ((Bytes *)r)->data + k;
        uint32_t c = Str_At(s, i);
        Size n = encodable(c, codec) ? put_point(out, c, codec) : widen(out, substitute(out, s, i, codec, errors), codec);
        if (n < 0) {
            CLEAR(r);
        }
        k += n;
    }
    if (r != NULL) {
        ((Bytes *)r)->len = k;
        ((Bytes *)r)->data[k] = '\0';
    }
    return r;
}

Object *Bytes_Encode(Object *s, const char *encoding, const char *errors)
{
    Codec codec = find_codec(encoding);
    if (codec == UTF_8 && (is_strict(errors) || ((Str *)s)->ascii)) {
        Size n;
        const char *utf8 = Str_Utf8Len(s, &n);
        return utf8 == NULL ? NULL : Bytes_New(utf8, n);
    }
    return codec == NO_CODEC ? NULL : encode(s, codec, errors);
}

/* ---- to text ---- */

bool Codec_Bad(Buf *b, const char *codec, const char *bytes, Size n, Size at, Size end, const char *why, const char *errors)
{
    bool high = true;
    char text[8];
    for (Size i = at; i < end; i++) high = high && (bytes[i] & 0x80) != 0;
    if (is_strict(errors) || is(errors, "surrogatepass") || (is(errors, "surrogateescape") && !high)) {
        Err_Unicode(EXC(UnicodeDecodeError), codec, Bytes_New(bytes, n), at, end, why);
        return false;
    }
    if (is(errors, "replace")) {
        Buf_Char(b, 0xFFFD);
    } else if (is(errors, "surrogateescape") || is(errors, "backslashreplace")) {
        for (Size i = at; i < end; i++) {
            snprintf(text, sizeof(text), "\\x%02x", (uint8_t)bytes[i]);
            if (errors[0] == 's') Buf_Char(b, 0xDC00u + (uint8_t)bytes[i]);
            else Buf_Ascii(b, text);
        }
    } else if (!is(errors, "ignore")) {
        Err_Set(EXC(LookupError), "unknown error handler name '%s'", errors);
        return false;
    }
    return true;
}

/* The order that a mark at the beginning names; the mark itself is passed over. Little-endian where there is none. */
static Codec order_of(const char *bytes, Size n, Size *at)
{
    uint32_t first = n < 2 ? 0 : (uint32_t)(uint8_t)bytes[0] << 8 | (uint8_t)bytes[1];
    *at = first == BYTE_ORDER_MARK || first == 0xFFFE ? 2 : 0;
    return first == BYTE_ORDER_MARK ? UTF_16_BE : UTF_16_LE;
}

static uint32_t unit_at(const char *bytes, Size i, Codec codec)
{
    return (uint32_t)(uint8_t)bytes[i + (codec == UTF_16_LE)] << 8 | (uint8_t)bytes[i + (codec == UTF_16_BE)];
}

/* One character of UTF-16 at i: how many bytes, or minus how many are in error, and why. */
static Size utf16_point(const char *bytes, Size n, Size i, Codec codec, uint32_t *c, const char **why)
{
    *why = "truncated data";
    if (i + 1 >= n) return -1;
    *c = unit_at(bytes, i, codec);
    if (*c < 0xD800 || *c >= 0xE000) return 2;
    *why = "illegal encoding";
    if (*c >= 0xDC00) return -2;
    *why = "unexpected end of data";
    if (i + 3 >= n) return i - n;
    uint32_t low = unit_at(bytes, i + 2, codec);
    *why = "illegal UTF-16 surrogate";
    if (low < 0xDC00 || low >= 0xE000) return -2;
    *c = 0x10000 + ((*c & 0x3FF) << 10 | (low & 0x3FF));
    return 4;
}

static Size narrow_point(const char *bytes, Size i, Codec codec, uint32_t *c, const char **why)
{
    *c = (uint8_t)bytes[i];
    *why = "ordinal not in range(128)";
    return codec == ASCII && *c >= 128 ? -1 : 1;
}

Object *Bytes_Decode(const char *bytes, Size n, const char *encoding, const char *errors)
{
    Codec codec = find_codec(encoding);
    if (codec == NO_CODEC || codec == UTF_8) {
        return codec == NO_CODEC ? NULL : Str_FromUtf8(bytes, n, errors);
    }
    const char *name = proper[codec];
    Size i = 0;
    if (codec == UTF_16) {
        codec = order_of(bytes, n, &i);
    }
    Buf b;
    Buf_Init(&b);
    while (i < n) {
        uint32_t c = 0;
        const char *why;
        Size taken = codec < UTF_16_LE ? narrow_point(bytes, i, codec, &c, &why) : utf16_point(bytes, n, i, codec, &c, &why);
        if (taken > 0) {
            Buf_Char(&b, c);
        } else if (!Codec_Bad(&b, name, bytes, n, i, i - taken, why, errors)) {
            Buf_Free(&b);
            return NULL;
        }
        i += taken < 0 ? -taken : taken;
    }
    return Buf_Finish(&b);
}
