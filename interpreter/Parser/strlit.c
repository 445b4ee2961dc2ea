/* String literals: escapes, bytes, adjacent strings, and f-strings, whose expressions are cut out
   and parsed on their own. */
#include "rabbit.h"
#include "parser.h"

enum { MAX_FSTRING_DEPTH = 2 };
typedef struct { Parser *p; Token *tok; bool raw, bytes; NodeList *parts; Buf text; int line, depth; } Literal;

static int hex_value(char c) { return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1; }

/* Up to n hex digits at *s; -1 when there are fewer or they are too big. */
static int64_t read_hex(const char **s, const char *end, int n)
{
    int64_t value = 0;
    for (int i = 0; i < n; i++, ++*s) {
        if (*s >= end || hex_value(**s) < 0) {
            return -1;
        }
        value = value * 16 + hex_value(**s);
    }
    return value > 0x10FFFF ? -1 : value;
}

/* One escape, *s behind the backslash. */
static int escape(Literal *l, const char **s, const char *end)
{
    static const char names[] = "\\'\"abfnrtv", values[] = "\\'\"\a\b\f\n\r\t\v";
    char c = *(*s)++;
    const char *at = strchr(names, c);
    if (c != '\0' && at != NULL) {
        Buf_Char(&l->text, (uint8_t)values[at - names]);
        return 0;
    }
    if (c == '\n') {
        return 0;
    }
    if (c >= '0' && c <= '7') {
        uint32_t value = (uint32_t)(c - '0');
        for (int i = 0; i < 2 && *s < end && **s >= '0' && **s <= '7'; i++) {
            value = value * 8 + (uint32_t)(*(*s)++ - '0');
        }
        Buf_Char(&l->text, l->bytes ? value & 0xff : value);
        return 0;
    }
    int digits = c == 'x' ? 2 : l->bytes ? 0 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (digits > 0) {
        int64_t value = read_hex(s, end, digits);
        if (value < 0) {
            return Err_Minus(Parse_Fail(l->p, l->tok, l->bytes ? "(value error) invalid \\x escape"
                                        : "(unicode error) 'unicodeescape' codec can't decode bytes: truncated or illegal \\%cXX escape", c));
        }
        Buf_Char(&l->text, (uint32_t)value);
        return 0;
    }
    if (c == 'N' && !l->bytes) {
        return Err_Minus(Parse_Fail(l->p, l->tok, "(unicode error) \\N{...} names are not supported yet"));
    }
    Buf_Char(&l->text, '\\');
    --*s;
    return 0;
}

/* Plain text s..end into l->text. */
static int plain(Literal *l, const char *s, const char *end)
{
    while (s < end) {
        if (*s == '\\' && !l->raw) {
            s++;
            TRY_INT(escape(l, &s, end));
            continue;
        }
        if (*s == '\r') {
            s += s + 1 < end && s[1] == '\n';
            Buf_Char(&l->text, '\n');
            s++;
            continue;
        }
        const char *from = s;
        do s++; while (s < end && *s != '\\' && *s != '\r');
        if (*from == '\\') {
            Buf_Char(&l->text, '\\');
            from++;
        }
        if (l->bytes) {
            for (; from < s; from++) {
                if ((uint8_t)*from >= 128) {
                    return Err_Minus(Parse_Fail(l->p, l->tok, "bytes can only contain ASCII literal characters"));
                }
                Buf_Char(&l->text, (uint8_t)*from);
            }
        } else if (from < s) {
            Buf_Own(&l->text, Str_FromUtf8(from, s - from, NULL));
        }
    }
    return Err_Occurred() ? -1 : 0;
}

/* What was collected becomes a CONST among the parts. */
static int flush_text(Literal *l)
{
    if (l->text.len == 0) {
        return 0;
    }
    Node *n = Node_New(l->p, N_CONST, l->tok);
    Object *s = Buf_Finish(&l->text);
    if (n == NULL || (n->name = Arena_Own(l->p->arena, s)) == NULL) {
        return -1;
    }
    return NodeList_Add(l->p, l->parts, n);
}

/* Where the expression that starts at s ends: at a '}', ':', '!' or '=' that belongs to the field. */
static const char *expression_end(const char *s, const char *end)
{
    int depth = 0;
    for (; s < end; s++) {
        char c = *s;
        if (c == '\'' || c == '"') {
            int n = s + 2 < end && s[1] == c && s[2] == c ? 3 : 1;
            const char *q = s + n;
            while (q < end && !(*q == c && (n == 1 || (q + 2 < end && q[1] == c && q[2] == c)))) q += *q == '\\' ? 2 : 1;
            s = q + n - 1;
            continue;
        }
        if (c == '(' || c == '[' || c == '{') depth++;
        if (depth == 0 && (c == '}' || c == ':')) return s;
        if (depth == 0 && c == '!' && !(s + 1 < end && s[1] == '=')) return s;
        if (c == ')' || c == ']' || c == '}') depth--;
        if (c == '!' && s + 1 < end && s[1] == '=') s++;
        else if (depth == 0 && c == '=' && s + 1 < end) {
            if (s[1] == '=') { s++; continue; }
            bool part = strchr("<>=!+-*/%&|^@", s[-1]) != NULL;
            if (!part) return s;
        }
    }
    return s;
}

static int fields(Literal *l, const char **s, const char *end, bool spec);

/* The format spec after ':', which may have fields of its own; *s ends on '}'. */
static Node *format_spec(Literal *l, const char **s, const char *end)
{
    NodeList parts = {0};
    Literal inner = {.p = l->p, .tok = l->tok, .raw = l->raw, .parts = &parts, .line = l->line, .depth = l->depth + 1};
    Buf_Init(&inner.text);
    Node *n = Node_New(l->p, N_JOINEDSTR, l->tok);
    if (l->depth >= MAX_FSTRING_DEPTH) {
        return Parse_Fail(l->p, l->tok, "f-string: expressions nested too deeply");
    }
    if (n == NULL || fields(&inner, s, end, true) < 0) {
        Buf_Free(&inner.text);
        return NULL;
    }
    n->s1 = SEQ(parts);
    return n;
}

static int missing(Literal *l, const char *what) { return Err_Minus(Parse_Fail(l->p, l->tok, "f-string: expecting '%s'", what)); }

/* {expression [=] [!conversion] [:spec]}, *s behind the brace. */
static int field(Literal *l, const char **s, const char *end)
{
    const char *start = *s, *stop = expression_end(start, end);
    Node *n = Node_New(l->p, N_FORMATTED, l->tok);
    const char *last = stop;
    while (last > start && Char_IsSpace((uint8_t)last[-1])) last--;
    const char *first = start;
    while (first < last && Char_IsSpace((uint8_t)*first)) first++;
    if (first == last) {
        return Err_Minus(Parse_Fail(l->p, l->tok, stop < end ? "f-string: valid expression required before '%c'" : "f-string: expecting '}'", *stop));
    }
    *s = stop;
    bool debug = *s < end && **s == '=';
    if (debug) {
        do ++*s; while (*s < end && Char_IsSpace((uint8_t)**s));
        bool raw = l->raw;
        l->raw = true;
        int r = plain(l, start, *s);
        l->raw = raw;
        TRY_INT(r);
    }
    TRY_INT(flush_text(l));
    if (n == NULL || (n->a = Parse_Sub(l->p, first, last, l->line)) == NULL) {
        return -1;
    }
    if (*s < end && **s == '!') {
        n->op = (*s)[1];
        if (n->op != 'r' && n->op != 's' && n->op != 'a') {
            return Err_Minus(Parse_Fail(l->p, l->tok, "f-string: invalid conversion character: expected 's', 'r', or 'a'"));
        }
        *s += 2;
    }
    if (*s < end && **s == ':') {
        ++*s;
        if ((n->b = format_spec(l, s, end)) == NULL) {
            return -1;
        }
    } else if (debug && n->op == 0) {
        n->op = 'r';
    }
    if (*s >= end || **s != '}') {
        return missing(l, "}");
    }
    ++*s;
    return NodeList_Add(l->p, l->parts, n);
}

/* Text and fields. In a spec, stops on its '}'. */
static int fields(Literal *l, const char **s, const char *end, bool spec)
{
    while (*s < end) {
        const char *from = *s;
        while (*s < end && **s != '{' && **s != '}') {
            if (!l->raw && **s == '\\' && *s + 2 < end && (*s)[1] == 'N' && (*s)[2] == '{') break;
            *s += **s == '\\' && !l->raw && *s + 1 < end ? 2 : 1;
        }
        if (*s > end) *s = end;
        TRY_INT(plain(l, from, *s));
        if (*s >= end || (spec && **s == '}')) {
            break;
        }
        char c = **s;
        if (!spec && *s + 1 < end && (*s)[1] == c) {
            Buf_Char(&l->text, (uint8_t)c);
            *s += 2;
        } else if (c == '{') {
            ++*s;
            TRY_INT(field(l, s, end));
        } else {
            return Err_Minus(Parse_Fail(l->p, l->tok, c == '}' ? "f-string: single '}' is not allowed" : "(unicode error) \\N{...} names are not supported yet"));
        }
    }
    return spec ? flush_text(l) : 0;
}

/* One token; text without fields stays in l->text, so that neighbours join. */
static int one_literal(Literal *l, Token *t, bool *is_f)
{
    const char *s = t->start, *end = t->end;
    bool f = false;
    l->tok = t, l->line = t->line, l->raw = l->bytes = false;
    for (; *s != '"' && *s != '\''; s++) {
        l->raw = l->raw || (*s | 32) == 'r';
        l->bytes = l->bytes || (*s | 32) == 'b';
        f = f || (*s | 32) == 'f';
    }
    int quotes = end - s >= 6 && s[1] == *s && s[2] == *s ? 3 : 1;
    s += quotes, end -= quotes;
    *is_f = *is_f || f;
    return f ? fields(l, &s, end, false) : plain(l, s, end);
}

Node *Parse_Strings(Parser *p)
{
    Token *first = p->tok;
    NodeList parts = {0};
    Literal l = {.p = p, .parts = &parts};
    bool is_f = false, any_bytes = false, any_str = false;
    Buf_Init(&l.text);
    for (; p->tok->kind == TK_STRING; p->tok++) {
        if (one_literal(&l, p->tok, &is_f) < 0) {
            Buf_Free(&l.text);
            return NULL;
        }
        any_bytes = any_bytes || l.bytes;
        any_str = any_str || !l.bytes;
    }
    if (any_bytes && (any_str || is_f)) {
        Buf_Free(&l.text);
        return Parse_Fail(p, first, "cannot mix bytes and nonbytes literals");
    }
    Node *n = Node_New(p, is_f ? N_JOINEDSTR : N_CONST, first);
    if (n == NULL) {
        Buf_Free(&l.text);
        return NULL;
    }
    if (is_f) {
        l.tok = first;
        if (flush_text(&l) < 0) return NULL;
        n->s1 = SEQ(parts);
        return n;
    }
    Object *value = Buf_Finish(&l.text);
    if (value != NULL && any_bytes) {
        ASSIGN(value, Bytes_Encode(value, "latin-1", NULL));
    }
    n->name = Arena_Own(p->arena, value);
    return n->name == NULL ? NULL : n;
}

Node *Parse_Sub(Parser *parent, const char *start, const char *end, int line)
{
    size_t n = (size_t)(end - start);
    char *copy = Arena_Alloc(parent->arena, n + 1);
    if (copy == NULL || !Stack_Ok(" during compilation")) {
        return NULL;
    }
    Mem_Copy(copy, start, n);
    Tokens tokens = {NULL, 0, 0};
    Node *r = NULL;
    if (Lex(&tokens, copy, copy + n, parent->filename, line, true) == 0) {
        Parser p = {parent->arena, parent->source, parent->filename, tokens.items, true};
        r = Parse_StarExprs(&p);
        if (r != NULL && p.tok->kind != TK_END) {
            r = Parse_Fail(&p, p.tok, "invalid syntax");
        }
    }
    Tokens_Free(&tokens);
    return r;
}
