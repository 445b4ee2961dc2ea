/* Indentation: the blanks at a line's start become INDENTs and DEDENTs. Columns are counted twice, with tabs to the next multiple of
   8 and with tabs of 1: where the two disagree about what is deeper, the line's meaning would hang on the width of a tab. */
#include "rabbit.h"
#include "parser.h"

typedef struct { int col, strict; } Depth;

static int inconsistent(Lexer *x)
{
    x->cur = x->line_end;
    return Lex_Fail(x, EXC(TabError), 1, 0, "inconsistent use of tabs and spaces in indentation");
}

int Lex_Continuation(Lexer *x)
{
    int c = Lex_Next(x);
    if (c != '\n') {
        return Lex_Fail(x, EXC(SyntaxError), Source_Column(x->shown, x->cur), 0, "unexpected character after line continuation character");
    }
    c = Lex_Next(x);
    if (c == END) {
        x->failed = true;
        if (x->level > 0) return T_ERROR;       /* then the open bracket is what is wrong */
        return Lex_Fail(x, EXC(SyntaxError), Source_Column(x->line_start, x->cur), -1, "unexpected EOF while parsing");
    }
    Lex_Back(x, c);
    return c;
}

/* Count the blanks. After a backslash only the first line's count matters. Returns the byte behind them (put back), or T_ERROR. */
static int count_blanks(Lexer *x, Depth *depth)
{
    Depth first = {0, 0};
    bool joined = false;
    for (;;) {
        int c = Lex_Next(x);
        switch (c) {
        case ' ': depth->col++, depth->strict++; break;
        case '\t': depth->col = (depth->col / 8 + 1) * 8, depth->strict++; break;
        case '\f': depth->col = depth->strict = 0; break;
        case '\\':
            if (!joined || first.col == 0) first = *depth;
            joined = true;
            if (Lex_Continuation(x) == T_ERROR) return T_ERROR;
            break;
        default:
            Lex_Back(x, c);
            if (joined && first.col > 0) *depth = first;
            return c;
        }
    }
}

static int deeper(Lexer *x, Depth d)
{
    if (x->indent + 1 >= MAX_INDENTS) {
        x->cur = x->line_end;
        return Lex_Fail(x, EXC(IndentationError), 1, 0, "too many levels of indentation");
    }
    if (d.strict <= x->indents[x->indent].strict) return inconsistent(x);
    x->pending++;
    x->indent++;
    x->indents[x->indent].col = d.col, x->indents[x->indent].strict = d.strict;
    return 0;
}

static int shallower(Lexer *x, Depth d)
{
    while (x->indent > 0 && d.col < x->indents[x->indent].col) {
        x->pending--;
        x->indent--;
    }
    if (d.col != x->indents[x->indent].col) {
        x->cur = x->line_end;
        return Lex_Fail(x, EXC(IndentationError), Source_Column(x->line_start, x->line_end), -1, "unindent does not match any outer indentation level");
    }
    return d.strict != x->indents[x->indent].strict ? inconsistent(x) : 0;
}

int Lex_Indentation(Lexer *x)
{
    Depth d = {0, 0};
    int c = count_blanks(x, &d);
    if (x->failed) return T_ERROR;
    if (c == '#' || c == '\n') {
        x->blank_line = true;
        return 0;
    }
    if (x->level > 0) return 0;
    if (d.col == x->indents[x->indent].col) return d.strict != x->indents[x->indent].strict ? inconsistent(x) : 0;
    return d.col > x->indents[x->indent].col ? deeper(x, d) : shallower(x, d);
}
