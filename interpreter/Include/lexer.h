/* Tokens: the whole source is cut at once, so that the parser can look ahead as far as it likes. */
#ifndef RABBIT_LEXER_H
#define RABBIT_LEXER_H
#include "object.h"

typedef enum { TK_END, TK_NEWLINE, TK_INDENT, TK_DEDENT, TK_NAME, TK_KEYWORD, TK_NUMBER, TK_STRING, TK_OP } TokenKind;
typedef struct {
    TokenKind kind;
    int line, col;              /* line from 1, column from 0 */
    const char *start, *end;    /* in the source */
} Token;
typedef struct { Token *items; Size n, cap; } Tokens;

/* 0, or -1 with SyntaxError. `line` and `col` are where the text starts (for f-strings). */
int Lex(Tokens *tokens, const char *source, const char *end, const char *filename, int line, bool inside_brackets);
void Tokens_Free(Tokens *tokens);
bool Is_Keyword(const char *text, Size n);
#endif
