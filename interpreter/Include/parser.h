/* The parser's inside: shared by the expression and the statement half. Every function returns a
   node, or NULL with SyntaxError (or RecursionError) set. */
#ifndef RABBIT_PARSER_H
#define RABBIT_PARSER_H
#include "ast.h"
#include "lexer.h"

typedef struct {
    Arena *arena;
    const char *source, *filename;
    Token *tok;                 /* the current one; the last is TK_END */
    bool fstring;               /* inside an f-string's braces */
} Parser;

typedef struct { Node **items; Size n, cap; } NodeList;

Node *Node_New(Parser *p, NodeKind kind, Token *at);
int NodeList_Add(Parser *p, NodeList *list, Node *node);        /* node NULL: -1 */
#define SEQ(list) ((Seq){(list).n, (list).items})
#define TRY_NODE(expression) do { if ((expression) < 0) return NULL; } while (0)

bool Tok_Is(Parser *p, const char *text);               /* operator or keyword */
bool Tok_IsAt(Token *t, const char *text);
bool Tok_Accept(Parser *p, const char *text);
int Tok_Expect(Parser *p, const char *text);
void *Parse_Fail(Parser *p, Token *at, const char *format, ...);
Object *Parse_Name(Parser *p);                          /* borrowed: an identifier */

Node *Parse_Expression(Parser *p);                      /* no star, no comma, no := */
Node *Parse_NamedExpr(Parser *p);
Node *Parse_Disjunction(Parser *p);                     /* below the conditional expression */
Node *Parse_Binary(Parser *p, int level);               /* level 1: bitwise or and tighter */
Node *Parse_StarExprs(Parser *p);                       /* a, *b, c: a tuple when there is a comma */
Node *Parse_Targets(Parser *p);                         /* of for, del: up to `in`, `=` and the like */
Node *Parse_Arguments(Parser *p, const char *end, bool annotations);   /* of def and lambda, up to `end` */
int Parse_CallArgs(Parser *p, Seq *args, Seq *keywords);                /* after "(", through ")" */
Node *Parse_Strings(Parser *p);                         /* adjacent string tokens */
Node *Parse_Sub(Parser *parent, const char *start, const char *end, int line);  /* an f-string's expression */
int Check_Target(Parser *p, Node *target, Token *at, const char *verb);
Node *Parse_File(Parser *p, ParseMode mode);
#endif
