/* Numbers: where they end, and what may not follow them. Their values are made in numlit.c. */
#include "rabbit.h"
#include "parser.h"

static bool is_digit(int c) { return c >= '0' && c <= '9'; }
static bool is_octal(int c) { return c >= '0' && c <= '7'; }
static bool is_binary(int c) { return c == '0' || c == '1'; }
static bool is_hex(int c) { return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f' && c > 64); }

static int invalid(Lexer *x, int c, const char *what)
{
    Lex_Back(x, c);
    return Lex_Error(x, "invalid %s literal", what);
}

/* Behind the number comes c. A keyword may follow without a blank (`1if x else y`), no other name. */
static int finish(Lexer *x, int c, const char *what)
{
    static const char *const may_follow[] = {"and", "else", "for", "if", "in", "is", "or", "not"};
    Lex_Back(x, c);
    for (Size i = 0; i < COUNT(may_follow); i++) {
        if (c == END || strncmp(x->cur, may_follow[i], strlen(may_follow[i])) != 0) continue;
        Lex_Warn(x, "invalid %s literal", what);
        return T_NUMBER;
    }
    if (c >= 128 || !Lex_IsNameChar(c)) return T_NUMBER;
    return Lex_Error(x, "invalid %s literal", what);
}

/* Digits with single underscores between, from a digit or from behind one. The byte behind them, or T_ERROR and x->failed. */
static int digits(Lexer *x, bool (*good)(int), const char *what)
{
    for (;;) {
        int c;
        do c = Lex_Next(x); while (good(c));
        if (c != '_') return c;
        c = Lex_Next(x);
        if (!good(c)) return invalid(x, c, what);
    }
}

static int wrong_digit(Lexer *x, int c, const char *what)
{
    return Lex_Error(x, "invalid digit '%c' in %s literal", c, what);
}

/* Behind 0x, 0o or 0b. */
static int in_base(Lexer *x, bool (*good)(int), const char *what)
{
    bool decimal = good != is_hex;
    int c = Lex_Next(x);
    if (c == '_') c = Lex_Next(x);
    if (!good(c)) return decimal && is_digit(c) ? wrong_digit(x, c, what) : invalid(x, c, what);
    for (;;) {
        do c = Lex_Next(x); while (good(c));
        if (c != '_') break;
        c = Lex_Next(x);
        if (!good(c)) return decimal && is_digit(c) ? wrong_digit(x, c, what) : invalid(x, c, what);
    }
    return decimal && is_digit(c) ? wrong_digit(x, c, what) : finish(x, c, what);
}

static int imaginary(Lexer *x) { return finish(x, Lex_Next(x), "imaginary"); }

/* c is the 'e'. When no digits follow, the number has ended before it. */
static int exponent(Lexer *x, int e)
{
    int c = Lex_Next(x);
    if (c == '+' || c == '-') {
        c = Lex_Next(x);
        if (!is_digit(c)) return invalid(x, c, "decimal");
    } else if (!is_digit(c)) {
        Lex_Back(x, c);
        return finish(x, e, "decimal");
    }
    c = digits(x, is_digit, "decimal");
    if (x->failed) return T_ERROR;
    return c == 'j' || c == 'J' ? imaginary(x) : finish(x, c, "decimal");
}

static int after_digits(Lexer *x, int c)
{
    if (c == 'e' || c == 'E') return exponent(x, c);
    return c == 'j' || c == 'J' ? imaginary(x) : finish(x, c, "decimal");
}

static int fraction(Lexer *x)
{
    int c = Lex_Next(x);
    if (is_digit(c)) c = digits(x, is_digit, "decimal");
    return x->failed ? T_ERROR : after_digits(x, c);
}

/* c comes behind the first 0: more zeros may follow, other digits only in a float. */
static int from_zero(Lexer *x, int c)
{
    while (c == '0' || c == '_') {
        if (c == '_') {
            c = Lex_Next(x);
            if (!is_digit(c)) return invalid(x, c, "decimal");
            if (c != '0') break;
        }
        c = Lex_Next(x);
    }
    const char *zeros = x->cur;
    bool more = is_digit(c);
    if (more) c = digits(x, is_digit, "decimal");
    if (x->failed) return T_ERROR;
    if (c == '.') return fraction(x);
    if (!more || c == 'e' || c == 'E' || c == 'j' || c == 'J') return after_digits(x, c);
    Lex_Back(x, c);
    return Lex_ErrorAt(x, (int)(x->token + 1 - x->line_start), (int)(zeros - x->line_start),
                       "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers");
}

int Lex_Number(Lexer *x, int first)
{
    if (first == '.') return fraction(x);
    if (first != '0') {
        int c = digits(x, is_digit, "decimal");
        if (x->failed) return T_ERROR;
        return c == '.' ? fraction(x) : after_digits(x, c);
    }
    int c = Lex_Next(x);
    switch (c) {
    case 'x': case 'X': return in_base(x, is_hex, "hexadecimal");
    case 'o': case 'O': return in_base(x, is_octal, "octal");
    case 'b': case 'B': return in_base(x, is_binary, "binary");
    default: return from_zero(x, c);
    }
}
