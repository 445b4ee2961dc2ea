/* Strings, whole; f-strings, in pieces: their start, stretches of text, and the tokens of the expressions between, for which the lexer
   goes back to its regular way of reading (LexMode). */
#include "rabbit.h"
#include "parser.h"

/* The cursor is behind the first quote: take two more if they are there. 1 or 3; 0: an empty string. */
static int count_quotes(Lexer *x, int quote)
{
    int c = Lex_Next(x);
    if (c != quote) {
        Lex_Back(x, c);
        return 1;
    }
    c = Lex_Next(x);
    if (c == quote) return 3;
    Lex_Back(x, c);
    return 0;
}

/* Go back to where the string began, and say so there. */
static int unterminated(Lexer *x, const char *start, const char *line_start, int line, const char *what)
{
    int detected = x->line;
    x->cur = start + 1;
    x->line_start = line_start;
    x->line = line;
    return Lex_Error(x, "unterminated %s (detected at line %d)", what, detected);
}

/* Text that ends inside of a string could go on, and so x->at_end says after the error. */
static int string_never_ends(Lexer *x, int quote, int quotes)
{
    bool at_end = x->at_end;
    LexMode *mode = Lex_Mode(x);
    if (x->mode > 0 && mode->quote == quote && mode->quotes == quotes) {
        x->cur = x->token + 1, x->line_start = x->token_line_start, x->line = x->token_line;
        return Lex_Error(x, "f-string: expecting '}'");
    }
    unterminated(x, x->token, x->token_line_start, x->token_line, quotes == 3 ? "triple-quoted string literal" : "string literal");
    x->at_end = at_end;
    return T_ERROR;
}

/* A prefix may come before the quote: x->token tells where it all began. */
int Lex_String(Lexer *x, int quote)
{
    x->token_line = x->line, x->token_line_start = x->line_start;
    int quotes = count_quotes(x, quote), seen = 0;
    if (quotes == 0) return T_STRING;
    while (seen < quotes) {
        int c = Lex_Next(x);
        if (c == END || (quotes == 1 && c == '\n')) return string_never_ends(x, quote, quotes);
        seen = c == quote ? seen + 1 : 0;
        if (c == '\\') Lex_Next(x);
    }
    return T_STRING;
}

int Lex_FStringStart(Lexer *x, int quote)
{
    x->token_line = x->line, x->token_line_start = x->line_start;
    int c = Lex_Next(x), quotes = 1;
    if (c == quote) {
        int after = Lex_Next(x);
        quotes = after == quote ? 3 : 1;
        if (quotes == 1) Lex_Back(x, after), Lex_Back(x, c);
    } else {
        Lex_Back(x, c);
    }
    if (x->mode + 1 >= MAX_FSTRINGS) return Lex_Error(x, "too many nested f-strings");
    bool raw = *x->token == 'r' || *x->token == 'R' || x->token[1] == 'r' || x->token[1] == 'R';
    x->modes[++x->mode] = (LexMode){.literal = true, .raw = raw, .quote = quote, .quotes = quotes, .fields = -1,
                                    .start = x->token, .line_start = x->line_start, .line = x->line};
    return T_FSTRING_START;
}

/* The cursor is on a '{' that opens a field: the next token is read the regular way. */
static void open_field(Lexer *x)
{
    LexMode *mode = Lex_Mode(x);
    if (++mode->fields >= MAX_FIELDS) Lex_Error(x, "f-string: expressions nested too deeply");
    mode->literal = false;
}

static bool closing_quotes(const Lexer *x)
{
    const LexMode *mode = &x->modes[x->mode];
    for (int i = 0; i < mode->quotes; i++) {
        if (x->cur + i >= x->end || x->cur[i] != mode->quote) return false;
    }
    return true;
}

/* Behind a backslash. `*named`: a \N{ has begun, whose brace opens no field. */
static void skip_escape(Lexer *x, bool *named)
{
    LexMode *mode = Lex_Mode(x);
    int c = Lex_Next(x);
    if (c == '{' || c == '}') {
        if (!mode->raw) Lex_Warn(x, "invalid escape sequence '\\%s'", c == '{' ? "{" : "}");
        Lex_Back(x, c);
    } else if (c == 'N' && !mode->raw) {
        c = Lex_Next(x);
        *named = c == '{';
        if (c != '{') Lex_Back(x, c);
    }
}

/* A '{' in the text. */
static int brace_open(Lexer *x, bool in_spec)
{
    int c = Lex_Next(x);
    if (c == '{' && !in_spec) {
        x->token_end = x->cur - 1;
        return T_FSTRING_MIDDLE;
    }
    Lex_Back(x, c), Lex_Back(x, '{');
    open_field(x);
    return T_FSTRING_MIDDLE;
}

static int brace_close(Lexer *x, bool in_spec)
{
    LexMode *mode = Lex_Mode(x);
    int c = Lex_Next(x);
    if (c == '}' && !in_spec && mode->brackets == 0) {
        x->token_end = x->cur - 1;
        return T_FSTRING_MIDDLE;
    }
    Lex_Back(x, c), Lex_Back(x, '}');
    mode->literal = false;
    return T_FSTRING_MIDDLE;
}

static int text_never_ends(Lexer *x)
{
    LexMode *mode = Lex_Mode(x);
    return unterminated(x, mode->start, mode->line_start, mode->line,
                        mode->quotes == 3 ? "triple-quoted f-string literal" : "f-string literal");
}

static int middle(Lexer *x)
{
    LexMode *mode = Lex_Mode(x);
    bool named = false;
    for (int seen = 0; seen < mode->quotes;) {
        bool in_spec = mode->field_done && mode->fields >= 0;
        int c = Lex_Next(x);
        if (c == END || (mode->quotes == 1 && c == '\n')) {
            if (!in_spec || c != '\n') return text_never_ends(x);
            Lex_Back(x, c);
            mode->literal = false;
            return T_FSTRING_MIDDLE;
        }
        seen = c == mode->quote ? seen + 1 : 0;
        if (c == '{') return brace_open(x, in_spec);
        if (c == '}' && named) return T_FSTRING_MIDDLE;
        if (c == '}') return brace_close(x, in_spec);
        if (c == '\\') skip_escape(x, &named);
        if (x->failed) return T_ERROR;
    }
    x->cur -= mode->quotes;
    return T_FSTRING_MIDDLE;
}

int Lex_FStringText(Lexer *x)
{
    LexMode *mode = Lex_Mode(x);
    int c = Lex_Next(x);
    Lex_Back(x, c);
    x->token = x->cur;
    x->token_line = x->line, x->token_line_start = x->line_start;
    if (c == '{' && x->cur[1] != '{') {
        open_field(x);
        return x->failed ? T_ERROR : Lex_Regular(x);
    }
    if (!closing_quotes(x)) return middle(x);
    x->cur += mode->quotes;
    x->mode--;
    return T_FSTRING_END;
}
