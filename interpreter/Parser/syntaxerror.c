/* SyntaxError and its kin: where they point to, and which error is said when several could be. */
#include "rabbit.h"
#include "parser.h"

/* (filename, lineno, offset, text, end_lineno, end_offset), as Python's constructor takes it. */
static Object *details(const Source *source, Object *text, Location at)
{
    Object *line = Int_FromLong(at.line), *col = Int_FromLong(at.col);
    Object *end_line = Int_FromLong(at.end_line), *end_col = Int_FromLong(at.end_col);
    Object *all = NULL;
    if (line != NULL && col != NULL && end_line != NULL && end_col != NULL && text != NULL) {
        all = Tuple_From((Object *[]){source->filename, line, col, text, end_line, end_col}, 6);
    }
    XUnref(line), XUnref(col), XUnref(end_line), XUnref(end_col), XUnref(text);
    return all;
}

/* The end is no argument that every SyntaxError reads, so it is set as well. */
static int set_end(Object *exc, Object *all)
{
    TRY_INT(Object_SetAttrStr(exc, "end_lineno", TUPLE_ITEM(all, 4)));
    return Object_SetAttrStr(exc, "end_offset", TUPLE_ITEM(all, 5));
}

/* Steals text (the line; NULL: an exception is set). Columns in characters from 1. Always NULL. */
void *Syntax_RaiseV(const Source *source, Type *type, Object *text, Location chars, const char *format, va_list args)
{
    Object *all = details(source, text, chars);
    Object *message = all == NULL ? NULL : Str_FormatV(format, args);
    Object *exc = message == NULL ? NULL : Call2((Object *)type, message, all);
    if (exc != NULL && set_end(exc, all) == 0) Err_Raise(Ref(exc));
    XUnref(all), XUnref(message), XUnref(exc);
    return NULL;
}

void *Syntax_Raise(const Source *source, Type *type, Object *text, Location chars, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Syntax_RaiseV(source, type, text, chars, format, args);
    va_end(args);
    return NULL;
}

/* How many characters the first n bytes of the line are, one that is cut counted as well. */
static int characters(const Source *source, Object *text, int n)
{
    Size length;
    const char *line = Str_Utf8Len(text, &length);
    if (line == NULL) Err_Clear();
    if (line == NULL || !source->characters) return n;
    return Source_Column(line, line + (n < length + 1 ? n : length + 1));
}

/* The end of `at` is behind the last byte; -1 is nobody knows, and becomes 0. */
static void *raise_in(Parser *p, Type *type, Location at, const char *format, va_list args)
{
    p->failed = true;
    if (Err_Occurred()) return NULL;
    Object *text = Lex_Line(&p->lexer, at.line);
    if (text == NULL) return NULL;
    at.col = characters(p->source, text, at.col + 1);
    at.end_col = at.end_col < 0 ? 0 : characters(p->source, text, at.end_col + 1);
    return Syntax_RaiseV(p->source, type, text, at, format, args);
}

/* A token without a place of its own (INDENT, DEDENT, the end): the lexer's is taken. */
static void *raise_here(Parser *p, Type *type, const Token *last, const char *format, va_list args)
{
    if (last->at.col >= 0) return raise_in(p, type, last->at, format, args);
    p->failed = true;
    if (Err_Occurred()) return NULL;
    const Lexer *x = &p->lexer;
    Object *text = Lex_Line(x, last->at.line);
    int col = text == NULL || (p->source->script && x->at_end) ? 0 : characters(p->source, text, (int)(x->cur - x->line_start));
    return Syntax_RaiseV(p->source, type, text, (Location){last->at.line, col, last->at.line, -1}, format, args);
}

void *Syntax_At(Parser *p, Type *type, Location bytes, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    raise_in(p, type, bytes, format, args);
    va_end(args);
    return NULL;
}

void *Syntax_Here(Parser *p, Type *type, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (p->ntokens > 0) {
        Token *last = p->tokens[p->ntokens - 1];
        if (last->kind == T_ERROR && p->lexer.at_end && p->lexer.level > 0) {
            Syntax_Unclosed(p);
        } else {
            raise_here(p, type, last, format, args);
        }
    } else {
        raise_in(p, type, (Location){0, -1, 0, -1}, format, args);
    }
    va_end(args);
    return NULL;
}

void *Syntax_Next(Parser *p, const char *format, ...)
{
    if (Peg_Kind(p) == T_ERROR && p->failed) return NULL;
    va_list args;
    va_start(args, format);
    raise_in(p, EXC(SyntaxError), p->tokens[p->mark]->at, format, args);
    va_end(args);
    return NULL;
}

Location Syntax_Range(Location from, Location to)
{
    return (Location){from.line, from.col, to.end_line, to.end_col};
}

Location Syntax_ToHere(Parser *p, Location from)
{
    const Lexer *x = &p->lexer;
    return (Location){from.line, from.col, x->line, (int)(x->cur - x->line_start) - 1};
}

/* The innermost bracket that is still open. */
void *Syntax_Unclosed(Parser *p)
{
    const Lexer *x = &p->lexer;
    int line = x->open[x->level - 1].line, col = x->open[x->level - 1].col;
    return Syntax_At(p, EXC(SyntaxError), (Location){line, col, line, -1}, "'%c' was never closed", x->open[x->level - 1].bracket);
}

void *Syntax_Decoding(Parser *p)
{
    if (!Err_Matches(EXC(UnicodeDecodeError))) return NULL;
    Object *raised = Err_Fetch();
    Object *message = Object_Str(raised);
    Unref(raised);
    if (message != NULL) Syntax_Here(p, EXC(SyntaxError), "(unicode error) %U", message);
    XUnref(message);
    return NULL;
}

/* The lexer goes on to the end of the text. What it finds wrong explains more than what the grammar could say, unless it is inside of an
   f-string or a matter of lines. */
void Syntax_CheckRest(Parser *p)
{
    Lexer *x = &p->lexer;
    if (x->failed) return;
    Object *kept = Err_Fetch();
    int line = p->tokens[p->ntokens - 1]->at.line, kind;
    Token t;
    x->scanning = true;
    do kind = Lex_Token(x, &t); while (kind != T_ERROR && kind != T_ENDMARKER);
    if (kind == T_ERROR && !Err_Occurred() && x->level > 0 && line > x->open[x->level - 1].line) Syntax_Unclosed(p);
    if (Err_Occurred() && x->mode == 0) {
        XUnref(kept);
    } else {
        Err_Restore(kept);
    }
}

/* Both passes have failed; `last` is the furthest token of the first. */
void Syntax_Explain(Parser *p, Token *last)
{
    if (!Err_Occurred()) {
        if (last->kind == T_INDENT || last->kind == T_DEDENT) {
            Syntax_Here(p, EXC(IndentationError), last->kind == T_INDENT ? "unexpected indent" : "unexpected unindent");
            return;
        }
        p->failed = false;
        Syntax_At(p, EXC(SyntaxError), last->at, "invalid syntax");
    }
    if (Err_Matches(EXC(SyntaxError))) Syntax_CheckRest(p);
}
