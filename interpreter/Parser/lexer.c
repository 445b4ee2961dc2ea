/* Characters to tokens, one at a time: blanks, comments, operators and brackets. What is longer has a file of its own: lex_indent.c,
   lex_name.c, lex_number.c, lex_string.c. Invariant: line_start <= cur <= line_end, and `line` is the number of that line. */
#include "rabbit.h"
#include "parser.h"

void Lex_Init(Lexer *x, Source *source)
{
    memset(x, 0, offsetof(Lexer, open));
    x->source = source;
    x->cur = x->line_start = x->line_end = x->shown = source->text;
    x->end = source->end;
    x->at_line_start = true;
    x->level = x->indent = x->pending = x->mode = 0;
    x->indents[0].col = x->indents[0].strict = 0;
    x->modes[0] = (LexMode){.fields = -1};
}

/* ---- bytes ---- */

static bool next_line(Lexer *x)
{
    if (x->cur >= x->end) {
        x->at_end = true;
        return false;
    }
    x->line_start = x->cur;
    if (x->token == NULL) x->shown = x->cur;
    x->line++;
    const char *newline = memchr(x->cur, '\n', (size_t)(x->end - x->cur));
    x->line_end = newline == NULL ? x->end : newline + 1;
    return true;
}

int Lex_Next(Lexer *x)
{
    return x->cur == x->line_end && !next_line(x) ? END : (uint8_t)*x->cur++;
}

void Lex_Back(Lexer *x, int c)
{
    if (c != END) x->cur--;
}

/* ---- errors ---- */

static int raise_at(Lexer *x, int col, int end_col, const char *format, va_list args)
{
    Object *text = Str_FromUtf8(x->line_start, (Size)strcspn(x->line_start, "\n"), "replace");
    Location where = {x->line, col, x->line, end_col < 0 ? col : end_col};
    x->failed = true, x->at_end = false;
    Syntax_RaiseV(x->source, EXC(SyntaxError), text, where, format, args);
    return T_ERROR;
}

int Lex_Error(Lexer *x, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    raise_at(x, Source_Column(x->line_start, x->cur), -1, format, args);
    va_end(args);
    return T_ERROR;
}

int Lex_ErrorAt(Lexer *x, int col, int end_col, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    raise_at(x, col, end_col, format, args);
    va_end(args);
    return T_ERROR;
}

/* The line for an exception. The one that is being read comes with its newline, and with the lines before it that the same token
   began on. */
Object *Lex_Line(const Lexer *x, int line)
{
    if (line < x->line) return Source_LineText(x->source, line);
    return Str_FromUtf8(x->shown, x->line_end - x->shown, "replace");
}

/* An error in the current line, at a column that counts characters; what the end is, differs too. */
int Lex_Fail(Lexer *x, Type *type, int col, int end_col, const char *message)
{
    x->failed = true;
    if (x->scanning) return T_ERROR;
    Syntax_Raise(x->source, type, Lex_Line(x, x->line), (Location){x->line, col, x->line, end_col}, "%s", message);
    return T_ERROR;
}

/* ---- operators ---- */

/* By first character, the operators that begin with it; longest first would not be needed, for all are tried. */
static const struct { int kind; uint8_t length; char text[4]; } operators[] = {
#define TOKEN(name)
#define OPERATOR(name, text) {T_##name, sizeof(text) - 1, text},
#define KEYWORD(name, text)
#define SOFT(name, text)
#include "Grammar/tokens.def"
#undef TOKEN
#undef OPERATOR
#undef KEYWORD
#undef SOFT
};

/* The longest operator at `at`; its length goes to *length (1 and T_OTHER when there is none). */
static int find_operator(const char *at, int *length)
{
    int kind = T_OTHER;
    *length = 0;
    for (Size i = 0; i < COUNT(operators); i++) {
        if (operators[i].text[0] == *at && operators[i].length > *length
            && strncmp(operators[i].text, at, operators[i].length) == 0) {
            kind = operators[i].kind, *length = operators[i].length;
        }
    }
    *length += *length == 0;
    return kind;
}

/* ---- brackets ---- */

static void open_bracket(Lexer *x, int c)
{
    if (x->level >= MAX_BRACKETS) {
        Lex_Error(x, "too many nested parentheses");
        return;
    }
    x->open[x->level].bracket = (char)c;
    x->open[x->level].line = x->line;
    x->open[x->level].col = (int)(x->token - x->line_start);
    x->level++;
    if (x->mode > 0) Lex_Mode(x)->brackets++;
}

static bool fits(int open, int close)
{
    return (open == '(' && close == ')') || (open == '[' && close == ']') || (open == '{' && close == '}');
}

static int wrong_bracket(Lexer *x, int open, int c)
{
    LexMode *mode = Lex_Mode(x);
    if (x->mode > 0 && open == '{' && mode->brackets - 1 == mode->fields) return Lex_Error(x, "f-string: unmatched '%c'", c);
    int line = x->open[x->level].line;
    if (line != x->line) {
        return Lex_Error(x, "closing parenthesis '%c' does not match opening parenthesis '%c' on line %d", c, open, line);
    }
    return Lex_Error(x, "closing parenthesis '%c' does not match opening parenthesis '%c'", c, open);
}

/* T_ERROR when it closes nothing, or something else. */
static int close_bracket(Lexer *x, int c)
{
    LexMode *mode = Lex_Mode(x);
    if (x->mode > 0 && mode->brackets == 0 && c == '}') return Lex_Error(x, "f-string: single '}' is not allowed");
    if (x->level == 0) return Lex_Error(x, "unmatched '%c'", c);
    int open = x->open[--x->level].bracket;
    if (!fits(open, c)) return wrong_bracket(x, open, c);
    if (x->mode > 0 && --mode->brackets == mode->fields && c == '}') {
        mode->fields--;
        mode->literal = true;
    }
    return T_OTHER;
}

/* In a field of an f-string, ':' at its own level begins the format: true then. '!', ':' and '}' end the expression. */
static bool field_mark(Lexer *x, int c)
{
    LexMode *mode = Lex_Mode(x);
    if (x->mode == 0 || mode->fields < 0 || strchr(":}!{", c) == NULL) return false;
    int around = mode->brackets - (c != '{');
    if (around == 0) mode->field_done = c != '{';
    if (c != ':' || around != mode->fields) return false;
    mode->literal = true;
    return true;
}

static int punctuation(Lexer *x, int c)
{
    if (field_mark(x, c)) return T_COLON;
    int length, kind = find_operator(x->cur - 1, &length);
    x->cur += length - 1;
    if (x->cur == x->end && length < 3) x->at_end = true;       /* it could have been longer */
    if (length > 1) return kind;
    if (strchr("([{", c) != NULL) open_bracket(x, c);
    if (strchr(")]}", c) != NULL) close_bracket(x, c);
    if (kind == T_OTHER && !Char_IsPrintable((uint32_t)c)) return Lex_Error(x, "invalid non-printable character U+00%c%c", "0123456789ABCDEF"[c >> 4], "0123456789ABCDEF"[c & 15]);
    return kind;
}

/* ---- one token ---- */

static int newline(Lexer *x)
{
    x->at_line_start = true;
    return T_NEWLINE;
}

static int after_dot(Lexer *x)
{
    int c = Lex_Next(x);
    Lex_Back(x, c);
    return c >= '0' && c <= '9' ? Lex_Number(x, '.') : punctuation(x, '.');
}

static int at_end(const Lexer *x)
{
    return x->level > 0 ? T_ERROR : T_ENDMARKER;
}

/* Blanks, comments and joined lines; returns the first byte behind them, with x->token on it. */
static int skip_blanks(Lexer *x)
{
    for (;;) {
        int c;
        x->token = NULL;
        do c = Lex_Next(x); while (c == ' ' || c == '\t' || c == '\f');
        x->token = x->cur - (c != END);
        for (bool comment = c == '#'; comment && c != '\n' && c != END;) c = Lex_Next(x);
        if (c != '\\') return c;
        Lex_Continuation(x);
        if (x->failed) return c;
    }
}

int Lex_Regular(Lexer *x)
{
again:
    x->blank_line = false, x->token = NULL;
    if (x->at_line_start) {
        x->at_line_start = false;
        Lex_Indentation(x);
        if (x->failed) return T_ERROR;
    }
    x->token = x->cur;
    if (x->pending != 0) {
        bool in = x->pending > 0;
        x->pending += in ? -1 : 1;
        return in ? T_INDENT : T_DEDENT;
    }
    int c = skip_blanks(x);
    if (x->failed) return T_ERROR;
    x->token_line = x->line, x->token_line_start = x->line_start;
    if (c == END) return at_end(x);
    if (c == '\n') {
        int kind = newline(x);
        if (x->blank_line || x->level > 0) goto again;
        return kind;
    }
    if (Lex_IsNameStart(c)) return Lex_Name(x, c);
    if (c >= '0' && c <= '9') return Lex_Number(x, c);
    if (c == '"' || c == '\'') return Lex_String(x, c);
    return c == '.' ? after_dot(x) : punctuation(x, c);
}

static bool is_text(int kind)
{
    return kind >= T_STRING && kind <= T_FSTRING_END;
}

/* Strings begin on token_line, all others on the line where they end. */
int Lex_Token(Lexer *x, Token *t)
{
    x->token_end = NULL;
    t->kind = x->mode > 0 && Lex_Mode(x)->literal ? Lex_FStringText(x) : Lex_Regular(x);
    if (x->failed) t->kind = T_ERROR;
    bool text = is_text(t->kind);
    const char *end = x->token_end != NULL ? x->token_end : x->cur - (t->kind == T_NEWLINE);
    t->text = x->token, t->end = end, t->level = x->level;
    t->at.line = text ? x->token_line : x->line;
    t->at.col = (int)(x->token - (text ? x->token_line_start : x->line_start));
    t->at.end_line = x->line;
    t->at.end_col = (int)(x->cur - x->line_start);
    if (t->kind == T_INDENT || t->kind == T_DEDENT || t->kind == T_ENDMARKER || x->token == NULL) t->at.col = t->at.end_col = -1;
    t->memo = NULL, t->node = NULL;
    return t->kind;
}
