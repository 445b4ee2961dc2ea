/* The lexer: indentation as tokens, lines joined inside brackets, UTF-8 names. The source ends with '\0'. */
#include "rabbit.h"
#include "lexer.h"

enum { MAX_INDENT = 100, MAX_BRACKETS = 200, TAB = 8 };

typedef struct {
    Tokens *out;
    const char *source, *p, *end, *line_start, *filename;
    int line, nindents, indents[MAX_INDENT + 1], nbrackets;
    char brackets[MAX_BRACKETS];
    int bracket_lines[MAX_BRACKETS];
    bool base_brackets;         /* an f-string's expression: as if in parentheses */
} Lexer;

static const char *const keywords[] = {
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else",
    "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise",
    "return", "try", "while", "with", "yield"};
static const char *const operators[] = {                /* longest first */
    "**=", "//=", "<<=", ">>=", "...", "!=", "**", "//", "<<", ">>", "<=", ">=", "==", "->", ":=", "+=", "-=", "*=", "/=", "%=",
    "&=", "|=", "^=", "@=", "+", "-", "*", "/", "%", "@", "&", "|", "^", "~", "<", ">", "(", ")", "[", "]", "{", "}", ",", ":", ".",
    ";", "="};

bool Is_Keyword(const char *text, Size n)
{
    for (Size i = 0; i < COUNT(keywords); i++) {
        if ((Size)strlen(keywords[i]) == n && memcmp(keywords[i], text, (size_t)n) == 0) {
            return true;
        }
    }
    return false;
}

void Tokens_Free(Tokens *tokens)
{
    Mem_Free(tokens->items);
    *tokens = (Tokens){NULL, 0, 0};
}

static int fail_at(Lexer *lx, Type *type, int line, int col, const char *message)
{
    Err_Syntax(type, lx->filename, line, col, lx->base_brackets ? NULL : lx->source, "%s", message);
    return -1;
}
static int fail(Lexer *lx, const char *message) { return fail_at(lx, EXC(SyntaxError), lx->line, (int)(lx->p - lx->line_start), message); }

static int emit(Lexer *lx, TokenKind kind, const char *start, const char *end, int line, int col)
{
    Tokens *t = lx->out;
    if (t->n == t->cap) {
        Size cap = t->cap * 2 + 64;
        Token *items = Mem_Realloc(t->items, (size_t)cap * sizeof(Token));
        if (items == NULL) {
            return Err_Minus(Err_NoMemory());
        }
        t->items = items;
        t->cap = cap;
    }
    t->items[t->n++] = (Token){kind, line, col, start, end};
    return 0;
}

static void new_line(Lexer *lx)
{
    lx->line++;
    lx->line_start = lx->p;
}

static bool name_start(const char *p) { return (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '_' || (uint8_t)*p >= 128; }
static bool name_part(const char *p) { return name_start(p) || Char_IsDigit((uint8_t)*p); }

/* The white space before a line's first token. Blank and comment lines have none. */
static int read_indent(Lexer *lx)
{
    int column = 0;
    const char *p = lx->p;
    for (;; p++) {
        if (*p == ' ') column++;
        else if (*p == '\t') column = column / TAB * TAB + TAB;
        else if (*p == '\f') column = 0;
        else break;
    }
    lx->p = p;
    if (*p == '#' || *p == '\n' || *p == '\r' || p >= lx->end || (*p == '\\' && p[1] == '\n')) {
        return 0;
    }
    int top = lx->indents[lx->nindents];
    if (column > top) {
        if (lx->nindents + 1 >= MAX_INDENT) {
            return fail_at(lx, EXC(IndentationError), lx->line, column, "too many levels of indentation");
        }
        lx->indents[++lx->nindents] = column;
        return emit(lx, TK_INDENT, p, p, lx->line, column);
    }
    while (column < lx->indents[lx->nindents]) {
        lx->nindents--;
        TRY_INT(emit(lx, TK_DEDENT, p, p, lx->line, column));
    }
    if (column != lx->indents[lx->nindents]) {
        return fail_at(lx, EXC(IndentationError), lx->line, column, "unindent does not match any outer indentation level");
    }
    return 0;
}

static int lex_name(Lexer *lx)
{
    const char *start = lx->p;
    while (name_part(lx->p)) lx->p++;
    Size n = lx->p - start;
    return emit(lx, Is_Keyword(start, n) ? TK_KEYWORD : TK_NAME, start, lx->p, lx->line, (int)(start - lx->line_start));
}

static bool digit_of(char c, int base)
{
    int v = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : 99;
    return v < base;
}

/* digits with single underscores; false: malformed */
static bool digits(Lexer *lx, int base)
{
    const char *start = lx->p;
    while (digit_of(*lx->p, base) || (*lx->p == '_' && digit_of(lx->p[1], base))) lx->p++;
    return lx->p > start;
}

static int lex_number(Lexer *lx)
{
    const char *start = lx->p;
    int base = *start != '0' ? 10 : (start[1] | 32) == 'x' ? 16 : (start[1] | 32) == 'o' ? 8 : (start[1] | 32) == 'b' ? 2 : 10;
    if (base != 10) {
        lx->p += 2;
        if (!digits(lx, base)) {
            return fail(lx, base == 16 ? "invalid hexadecimal literal" : base == 8 ? "invalid octal literal" : "invalid binary literal");
        }
    } else {
        digits(lx, 10);
        bool real = false;
        if (*lx->p == '.') {
            lx->p++, real = true;
            digits(lx, 10);
        }
        const char *e = lx->p;
        if ((*e | 32) == 'e' && (Char_IsDigit((uint8_t)e[1]) || ((e[1] == '+' || e[1] == '-') && Char_IsDigit((uint8_t)e[2])))) {
            lx->p += e[1] == '+' || e[1] == '-' ? 2 : 1, real = true;
            digits(lx, 10);
        }
        if (!real && *start == '0' && strspn(start, "0_") < (size_t)(lx->p - start)) {
            return fail(lx, "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers");
        }
        if ((*lx->p | 32) == 'j') {
            return fail(lx, "complex numbers are not supported");
        }
    }
    if (*lx->p == '_' || (name_part(lx->p) && !(lx->p > start && Char_IsDigit((uint8_t)*lx->p)))) {
        const char *q = lx->p;
        while (name_part(q)) q++;
        if (!Is_Keyword(lx->p, q - lx->p)) {
            return fail(lx, base == 16 ? "invalid hexadecimal literal" : base == 8 ? "invalid octal literal" : base == 2 ? "invalid binary literal" : "invalid decimal literal");
        }
    }
    if (Char_IsDigit((uint8_t)*lx->p)) {
        return fail(lx, base == 8 ? "invalid digit in octal literal" : "invalid digit in binary literal");
    }
    return emit(lx, TK_NUMBER, start, lx->p, lx->line, (int)(start - lx->line_start));
}

/* How many of the characters at p are a string prefix; -1: no string starts here. */
static int string_prefix(const char *p)
{
    int n = 0;
    while (n < 2 && strchr("rRbBuUfF", p[n]) != NULL && p[n] != '\0') n++;
    return p[n] == '"' || p[n] == '\'' ? n : -1;
}

static int lex_string(Lexer *lx, int prefix)
{
    const char *start = lx->p;
    int line = lx->line, col = (int)(start - lx->line_start);
    char quote = start[prefix];
    bool triple = start[prefix + 1] == quote && start[prefix + 2] == quote;
    lx->p += prefix + (triple ? 3 : 1);
    for (;; lx->p++) {
        char c = *lx->p;
        if (lx->p >= lx->end || (c == '\n' && !triple)) {
            Err_Syntax(EXC(SyntaxError), lx->filename, line, col, lx->base_brackets ? NULL : lx->source,
                       triple ? "unterminated triple-quoted string literal (detected at line %d)" : "unterminated string literal (detected at line %d)", lx->line);
            return -1;
        }
        if (c == '\\' && lx->p + 1 < lx->end) {
            lx->p++;
            if (*lx->p == '\r' && lx->p[1] == '\n') lx->p++;
        }
        if (*lx->p == '\n') {
            lx->line++;
            lx->line_start = lx->p + 1;
        } else if (c == quote && (!triple || (lx->p[1] == quote && lx->p[2] == quote))) {
            lx->p += triple ? 3 : 1;
            return emit(lx, TK_STRING, start, lx->p, line, col);
        }
    }
}

static int bracket(Lexer *lx, char c)
{
    if (c == '(' || c == '[' || c == '{') {
        if (lx->nbrackets >= MAX_BRACKETS) {
            return fail(lx, "too many nested parentheses");
        }
        lx->bracket_lines[lx->nbrackets] = lx->line;
        lx->brackets[lx->nbrackets++] = c;
        return 0;
    }
    if (c != ')' && c != ']' && c != '}') {
        return 0;
    }
    char open = c == ')' ? '(' : c == ']' ? '[' : '{', text[80];
    if (lx->nbrackets == 0) {
        snprintf(text, sizeof(text), "unmatched '%c'", c);
        return fail(lx, text);
    }
    if (lx->brackets[--lx->nbrackets] != open) {
        snprintf(text, sizeof(text), "closing parenthesis '%c' does not match opening parenthesis '%c'", c, lx->brackets[lx->nbrackets]);
        return fail(lx, text);
    }
    return 0;
}

static int lex_operator(Lexer *lx)
{
    for (Size i = 0; i < COUNT(operators); i++) {
        size_t n = strlen(operators[i]);
        if (strncmp(lx->p, operators[i], n) == 0) {
            TRY_INT(n == 1 ? bracket(lx, *lx->p) : 0);
            const char *start = lx->p;
            lx->p += n;
            return emit(lx, TK_OP, start, lx->p, lx->line, (int)(start - lx->line_start));
        }
    }
    return fail(lx, *lx->p == '!' || *lx->p == '$' || *lx->p == '?' || *lx->p == '`' ? "invalid syntax" : "invalid non-printable character");
}

/* A line's end outside of brackets is a token, unless the line was empty. */
static int line_end(Lexer *lx)
{
    const char *at = lx->p;
    lx->p += *lx->p == '\r' && lx->p[1] == '\n' ? 2 : 1;
    Tokens *t = lx->out;
    bool open = lx->nbrackets > 0 || lx->base_brackets;
    TokenKind last = t->n == 0 ? TK_NEWLINE : t->items[t->n - 1].kind;
    if (!open && last != TK_NEWLINE && last != TK_INDENT && last != TK_DEDENT) {
        TRY_INT(emit(lx, TK_NEWLINE, at, at, lx->line, (int)(at - lx->line_start)));
    }
    new_line(lx);
    return open ? 0 : read_indent(lx);
}

static int lex_one(Lexer *lx)
{
    char c = *lx->p;
    int prefix;
    if (c == ' ' || c == '\t' || c == '\f') {
        lx->p++;
        return 0;
    }
    if (c == '#') {
        while (lx->p < lx->end && *lx->p != '\n' && *lx->p != '\r') lx->p++;
        return 0;
    }
    if (c == '\n' || c == '\r') {
        return line_end(lx);
    }
    if (c == '\\') {
        lx->p++;
        if (*lx->p != '\n' && *lx->p != '\r') {
            return fail(lx, lx->p >= lx->end ? "unexpected EOF while parsing" : "unexpected character after line continuation character");
        }
        lx->p += *lx->p == '\r' && lx->p[1] == '\n' ? 2 : 1;
        new_line(lx);
        return 0;
    }
    if ((prefix = string_prefix(lx->p)) >= 0) {
        return lex_string(lx, prefix);
    }
    if (name_start(lx->p)) {
        return lex_name(lx);
    }
    return Char_IsDigit((uint8_t)c) || (c == '.' && Char_IsDigit((uint8_t)lx->p[1])) ? lex_number(lx) : lex_operator(lx);
}

int Lex(Tokens *tokens, const char *source, const char *end, const char *filename, int line, bool inside_brackets)
{
    Lexer lx = {.out = tokens, .source = source, .p = source, .end = end, .line_start = source, .filename = filename, .line = line,
                .base_brackets = inside_brackets};
    if (!inside_brackets && end - source >= 3 && memcmp(source, "\xef\xbb\xbf", 3) == 0) {
        lx.p += 3;
    }
    TRY_INT(inside_brackets ? 0 : read_indent(&lx));
    while (lx.p < end) {
        TRY_INT(lex_one(&lx));
    }
    if (lx.nbrackets > 0) {
        char text[40];
        snprintf(text, sizeof(text), "'%c' was never closed", lx.brackets[lx.nbrackets - 1]);
        return fail_at(&lx, EXC(SyntaxError), lx.bracket_lines[lx.nbrackets - 1], 0, text);
    }
    Size n = tokens->n;
    TokenKind last = n == 0 ? TK_NEWLINE : tokens->items[n - 1].kind;
    int col = (int)(lx.p - lx.line_start);
    if (!inside_brackets && last != TK_NEWLINE && last != TK_DEDENT) {
        TRY_INT(emit(&lx, TK_NEWLINE, lx.p, lx.p, lx.line, col));
    }
    while (!inside_brackets && lx.nindents-- > 0) {
        TRY_INT(emit(&lx, TK_DEDENT, lx.p, lx.p, lx.line, col));
    }
    return emit(&lx, TK_END, lx.p, lx.p, lx.line, col);
}
