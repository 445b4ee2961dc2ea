/* Indentation: the blanks at a line's start become INDENTs and DEDENTs. Columns are counted twice, with tabs to the next multiple of
   8 and with tabs of 1: where the two disagree about what is deeper, the line's meaning would hang on the width of a tab. */
#include "rabbit.h"
#include "parser.h"

typedef struct { int col, strict; } Depth;

static void inconsistent(Lexer *x)
{
    x->cur = x->line_end;
    Lex_Fail(x, EXC(TabError), 1, 0, "inconsistent use of tabs and spaces in indentation");
}

void Lex_Continuation(Lexer *x)
{
    int c = Lex_Next(x);
    if (c != '\n') {
        Lex_Fail(x, EXC(SyntaxError), Source_Column(x->shown, x->cur), 0, "unexpected character after line continuation character");
        return;
    }
    c = Lex_Next(x);
    Lex_Back(x, c);
    if (c != END) return;
    x->failed = true;
    if (x->level > 0) return;                   /* then the open bracket is what is wrong */
    Lex_Fail(x, EXC(SyntaxError), Source_Column(x->line_start, x->cur), -1, "unexpected EOF while parsing");
}

/* Count the blanks. After a backslash only the first line's count matters. Returns the byte behind them, which is put back. */
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
            Lex_Continuation(x);
            if (x->failed) return END;
            break;
        default:
            Lex_Back(x, c);
            if (joined && first.col > 0) *depth = first;
            return c;
        }
    }
}

static void deeper(Lexer *x, Depth d)
{
    if (x->indent + 1 >= MAX_INDENTS) {
        x->cur = x->line_end;
        Lex_Fail(x, EXC(IndentationError), 1, 0, "too many levels of indentation");
    } else if (d.strict <= x->indents[x->indent].strict) {
        inconsistent(x);
    } else {
        x->pending++;
        x->indent++;
        x->indents[x->indent].col = d.col, x->indents[x->indent].strict = d.strict;
    }
}

static void shallower(Lexer *x, Depth d)
{
    while (x->indent > 0 && d.col < x->indents[x->indent].col) {
        x->pending--;
        x->indent--;
    }
    if (d.col != x->indents[x->indent].col) {
        x->cur = x->line_end;
        int col = Source_Column(x->line_start, x->line_end);
        Lex_Fail(x, EXC(IndentationError), col, -1, "unindent does not match any outer indentation level");
    } else if (d.strict != x->indents[x->indent].strict) {
        inconsistent(x);
    }
}

void Lex_Indentation(Lexer *x)
{
    Depth d = {0, 0};
    int c = count_blanks(x, &d);
    if (x->failed) return;
    x->blank_line = c == '#' || c == '\n';
    if (x->blank_line || x->level > 0) return;
    if (d.col > x->indents[x->indent].col) deeper(x, d);
    else if (d.col < x->indents[x->indent].col) shallower(x, d);
    else if (d.strict != x->indents[x->indent].strict) inconsistent(x);
}
