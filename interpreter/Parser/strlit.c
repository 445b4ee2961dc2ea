/* The values of string literals: prefixes and escapes of one literal, or of one stretch of an f-string's text. What neighbours become
   together is in fstring.c. */
#include "rabbit.h"
#include "parser.h"

/* `base` counts what CPython's decoder would have seen before `s`: its positions are part of the message. */
typedef struct { Parser *p; Token *t; const char *s, *end; Buf text; bool bytes, warned; Size base; } Literal;

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What the standard decoder of escapes would say about start..end of its input. */
static int bad_escape(Literal *l, Size start, Size end, const char *why)
{
    if (end - start == 1) {
        return Err_Minus(Syntax_Here(l->p, EXC(SyntaxError), "(unicode error) 'unicodeescape' codec can't decode byte 0x5c in position %zd: %s", start, why));
    }
    return Err_Minus(Syntax_Here(l->p, EXC(SyntaxError), "(unicode error) 'unicodeescape' codec can't decode bytes in position %zd-%zd: %s",
                                 start, end - 1, why));
}

/* \xHH, \uHHHH, \UHHHHHHHH; l->s is behind the letter. */
static int hex_escape(Literal *l, const char *from, int digits)
{
    static const char *const truncated[] = {[2] = "truncated \\xXX escape", [4] = "truncated \\uXXXX escape", [8] = "truncated \\UXXXXXXXX escape"};
    uint64_t value = 0;
    Size start = l->base + (from - l->s);
    const char *letter = l->s;
    for (int i = 0; i < digits; i++, l->s++) {
        int digit = l->s < l->end ? hex_value(*l->s) : -1;
        if (digit >= 0) {
            value = value * 16 + (uint64_t)digit;
        } else if (l->bytes) {
            return Err_Minus(Syntax_Here(l->p, EXC(SyntaxError), "(value error) invalid \\x escape at position %zd", start));
        } else {
            return bad_escape(l, start, start + 2 + (l->s - letter), truncated[digits]);
        }
    }
    if (value > 0x10FFFF) return bad_escape(l, start, start + 2 + digits, "illegal Unicode character");
    Buf_Char(&l->text, (uint32_t)value);
    return 0;
}

/* \N{NAME}; l->s is behind the N. */
static int named_escape(Literal *l, const char *from)
{
    Size start = l->base + (from - l->s);
    if (l->s >= l->end || *l->s != '{') return bad_escape(l, start, start + 2, "malformed \\N character escape");
    const char *name = l->s + 1, *close = memchr(name, '}', (size_t)(l->end - name));
    if (close == NULL || close == name) {
        return bad_escape(l, start, start + 2 + ((close == NULL ? l->end : close) - l->s), "malformed \\N character escape");
    }
    uint32_t point = Char_ByName(name, close - name);
    Size length = close + 1 - l->s;
    if (point == UINT32_MAX) return bad_escape(l, start, start + 2 + length, "unknown Unicode character name");
    l->s = close + 1;
    Buf_Char(&l->text, point);
    return 0;
}

/* One warning a literal. */
static int warn(Literal *l, const char *format, const char *what)
{
    if (l->warned || l->p->explain) return 0;
    l->warned = true;
    int said = Syntax_Warn(l->p->source, l->t->at.line, format, what);
    if (said == 1 && l->t->kind == T_FSTRING_START) Syntax_Here(l->p, EXC(SyntaxError), format, what);
    else if (said == 1) Syntax_At(l->p, EXC(SyntaxError), l->t->at, format, what);
    return said == 0 ? 0 : -1;
}

static int octal_escape(Literal *l, char first)
{
    uint32_t value = (uint32_t)(first - '0');
    for (int i = 0; i < 2 && l->s < l->end && *l->s >= '0' && *l->s <= '7'; i++) value = value * 8 + (uint32_t)(*l->s++ - '0');
    Buf_Char(&l->text, l->bytes ? value & 0xff : value);
    char digits[12];
    if (value > 0377) snprintf(digits, sizeof(digits), "%o", value);
    return value > 0377 ? warn(l, "invalid octal escape sequence '\\%s'", digits) : 0;
}

/* l->s is behind the backslash. `base` is kept such that base - s of the two does not change over what is copied one to one. */
static int escape(Literal *l)
{
    static const char letters[] = "\\'\"abfnrtv", values[] = "\\'\"\a\b\f\n\r\t\v";
    if (l->s >= l->end) {       /* f'\{x}': what the backslash was for is not here */
        Buf_Char(&l->text, '\\');
        return 0;
    }
    const char *from = l->s - 1;
    char c = *l->s++;
    const char *at = c == '\0' ? NULL : strchr(letters, c);
    if (at != NULL) {
        Buf_Char(&l->text, (uint8_t)values[at - letters]);
        return 0;
    }
    if (c == '\n') return 0;
    if (c >= '0' && c <= '7') return octal_escape(l, c);
    if (c == 'x') return hex_escape(l, from, 2);
    if (!l->bytes && c == 'u') return hex_escape(l, from, 4);
    if (!l->bytes && c == 'U') return hex_escape(l, from, 8);
    if (!l->bytes && c == 'N') return named_escape(l, from);
    Buf_Char(&l->text, '\\');
    l->s--;
    const char letter[] = {c, '\0'};
    bool said = l->t->kind == T_FSTRING_START && (c == '{' || c == '}');        /* by the lexer */
    return said || (uint8_t)c >= 128 ? 0 : warn(l, "invalid escape sequence '\\%s'", letter);
}

/* Up to the next backslash. Characters beyond ASCII count ten in the positions, for CPython escapes them before it decodes. */
static int copy_plain(Literal *l)
{
    const char *from = l->s;
    const char *stop = memchr(from, '\\', (size_t)(l->end - from));
    l->s = stop == NULL ? l->end : stop;
    for (const char *c = from; c < l->s; c++) {
        if ((uint8_t)*c >= 0xC0) l->base += 10;
        if ((uint8_t)*c >= 0x80) l->base--;
    }
    if (!l->bytes) {
        Buf_Own(&l->text, Str_FromUtf8(from, l->s - from, NULL));
        return Err_Occurred() ? -1 : 0;
    }
    for (; from < l->s; from++) Buf_Char(&l->text, (uint8_t)*from);
    return 0;
}

/* Escapes to characters; a new str, for bytes with one character a byte. */
static Object *decode(Parser *p, Token *t, const char *s, const char *end, bool bytes)
{
    Literal l = {.p = p, .t = t, .s = s, .end = end, .bytes = bytes};
    const char *begin = s;
    Size extra = 0;
    Buf_Init(&l.text);
    while (l.s < end) {
        int r;
        l.base = 0;
        if (*l.s != '\\') {
            r = copy_plain(&l);
            extra += l.base;
        } else {
            l.s++;
            l.base = (l.s + 1 - begin) + extra;
            r = escape(&l);
        }
        if (r < 0) {
            Buf_Free(&l.text);
            return NULL;
        }
    }
    return Buf_Finish(&l.text);
}

/* A new str out of the text s..end. */
static Object *text_value(Parser *p, Token *t, const char *s, const char *end, bool raw)
{
    if (raw || memchr(s, '\\', (size_t)(end - s)) == NULL) return Str_FromUtf8(s, end - s, NULL);
    return decode(p, t, s, end, false);
}

static Object *bytes_value(Parser *p, Token *t, const char *s, const char *end, bool raw)
{
    for (const char *c = s; c < end; c++) {
        if ((uint8_t)*c >= 128) return Syntax_At(p, EXC(SyntaxError), t->at, "bytes can only contain ASCII literal characters");
    }
    if (raw || memchr(s, '\\', (size_t)(end - s)) == NULL) return Bytes_New(s, end - s);
    Object *text = decode(p, t, s, end, true);
    Object *r = text == NULL ? NULL : Bytes_Encode(text, "latin-1", NULL);
    XUnref(text);
    return r;
}

Expr *String_Constant(Parser *p, Token *t)
{
    const char *s = t->text, *end = t->end;
    bool raw = false, bytes = false;
    for (; *s != '"' && *s != '\''; s++) {
        raw = raw || (*s | 32) == 'r';
        bytes = bytes || (*s | 32) == 'b';
    }
    int quotes = end - s >= 6 && s[1] == *s && s[2] == *s ? 3 : 1;
    s += quotes, end -= quotes;
    Object *kind = NULL, *value = Arena_Own(p->arena, bytes ? bytes_value(p, t, s, end, raw) : text_value(p, t, s, end, raw));
    if (value == NULL) return Syntax_Decoding(p);
    if (*t->text == 'u' && (kind = Arena_Own(p->arena, Str_Id("u"))) == NULL) return NULL;
    return Ast_Constant(value, kind, t->at, p->arena);
}

/* A stretch of an f-string's text; `raw`: as it stands. */
Expr *String_FMiddle(Parser *p, Token *t, bool raw)
{
    Object *value = Arena_Own(p->arena, text_value(p, t, t->text, t->end, raw));
    return value == NULL ? Syntax_Decoding(p) : Ast_Constant(value, NULL, t->at, p->arena);
}

/* Decode what String_FMiddle left raw; t is the f-string's start. */
Object *String_Decode(Parser *p, Token *t, Object *raw)
{
    Size n;
    const char *s = Str_Utf8Len(raw, &n);
    return s == NULL ? NULL : Arena_Own(p->arena, text_value(p, t, s, s + n, false));
}
