/* What the grammar's actions call. All of it is borrowed from the arena; a function that fails returns NULL with an exception set. */
#ifndef RABBIT_ACTIONS_H
#define RABBIT_ACTIONS_H

typedef struct { Expr *key, *value; } KeyValue;                 /* key NULL: ** */
typedef struct { Cmpop op; Expr *right; } ComparePair;
typedef struct { Arg *arg; Expr *value; } ParamDefault;         /* value NULL: none */
typedef struct { AnySeq *plain, *with; } SlashDefault;          /* of Arg, of ParamDefault */
typedef struct { Arg *arg; AnySeq *rest; Arg *kwds; } StarEtc;
typedef struct { Expr *key; Pattern *pattern; } KeyPattern;
typedef struct { Keyword *keyword; Expr *starred; } KeywordOrStarred;
typedef struct { AnySeq *args, *keywords; Location at; } CallArgs;
typedef struct { Expr *value; } SliceStep;                      /* value NULL: a colon with nothing behind it */

/* Sequences. SEQ and ARGS put an empty one where the grammar found none. */
#define SEQ(seq) ((seq) != NULL ? (void *)(seq) : Ast_Seq(0, p->arena))
#define ARGS(args) ((args) != NULL ? (args) : Make_Arguments(p, NULL, NULL, NULL, NULL, NULL))
void *Seq_One(Parser *p, void *item);
void *Seq_Prepend(Parser *p, void *item, AnySeq *rest);
void *Seq_Join(Parser *p, AnySeq *a, AnySeq *b);
void *Seq_Flatten(Parser *p, AnySeq *of_sequences);
void *Seq_Names(Parser *p, AnySeq *names);                      /* Name nodes to identifiers */

static inline Object *Name_Id(const Expr *name) { return name == NULL ? NULL : name->Name.id; }
static inline Expr *Slice_Step(const SliceStep *step) { return step == NULL ? NULL : step->value; }

/* Expressions */
Expr *Set_Context(Parser *p, Expr *e, ExprContext context);     /* a copy; tuples, lists and stars all the way down */
Expr *Make_BinOp(Parser *p, Expr *left, Token *op, Expr *right, Location at, Arena *arena);
Expr *Make_UnaryOp(Parser *p, Token *op, Expr *value, Location at, Arena *arena);
Expr *Make_Compare(Parser *p, Expr *left, AnySeq *pairs, Location at, Arena *arena);
ComparePair *Make_ComparePair(Parser *p, Token *op, Token *second, Expr *right);
Expr *Make_Dict(Parser *p, AnySeq *pairs, Location at, Arena *arena);
KeyValue *Make_Pair(Parser *p, Expr *key, Expr *value);
SliceStep *Make_Step(Parser *p, Expr *value);
Expr *Number_Real(Parser *p, Expr *number);
Expr *Number_Imaginary(Parser *p, Expr *number);

/* Calls and classes */
CallArgs *Make_NoArgs(Parser *p);
CallArgs *Make_OneArg(Parser *p, Expr *arg);
CallArgs *Make_Args(Parser *p, AnySeq *positional, AnySeq *keywords, Location at, Arena *arena);
KeywordOrStarred *Make_Keyword(Parser *p, Expr *name, Expr *value, Location at, Arena *arena);
KeywordOrStarred *Make_StarredArg(Parser *p, Expr *starred);
Expr *Make_Call(Parser *p, Expr *func, CallArgs *args, Location at, Arena *arena);
Stmt *Make_Class(Parser *p, Expr *name, AnySeq *params, CallArgs *bases, AnySeq *body, Location at, Arena *arena);
Stmt *Decorate(Parser *p, AnySeq *decorators, Stmt *definition);

/* Parameters */
ParamDefault *Make_Default(Parser *p, Arg *arg, Expr *value);
SlashDefault *Make_Slash(Parser *p, AnySeq *plain, AnySeq *with);
StarEtc *Make_Star(Parser *p, Arg *arg, AnySeq *rest, Arg *kwds);
Arguments *Make_Arguments(Parser *p, AnySeq *slash, SlashDefault *slash_with, AnySeq *plain, AnySeq *with, StarEtc *star);

/* Statements */
Stmt *Assign_Annotated(Parser *p, Expr *target, Expr *annotation, Expr *value, int simple, Location at, Arena *arena);
Stmt *Assign_Augmented(Parser *p, Expr *target, Token *op, Expr *value, Location at, Arena *arena);
int Import_Level(const AnySeq *dots);
Alias *Import_All(Parser *p, Location at, Arena *arena);
Expr *Import_Dotted(Parser *p, Expr *left, Expr *right, Location at, Arena *arena);
TypeParam *Type_NoBound(Parser *p, Token *colon, Expr *what, const char *kind);

/* Patterns */
Pattern *Pattern_Or(Parser *p, AnySeq *all, Location at, Arena *arena);
KeyPattern *Pattern_Key(Parser *p, Expr *key, Pattern *pattern);
Pattern *Pattern_Mapping(Parser *p, AnySeq *items, Expr *rest, Location at, Arena *arena);
Pattern *Pattern_Class(Parser *p, Expr *cls, AnySeq *positional, AnySeq *keywords, Location at, Arena *arena);

/* What the invalid_ rules say; always NULL. A node, token or anything else with `at` says where. */
#define ERROR_AT(where, ...) Syntax_At(p, EXC(SyntaxError), (where)->at, __VA_ARGS__)
#define ERROR_RANGE(from, to, ...) Syntax_At(p, EXC(SyntaxError), Syntax_Range((from)->at, (to)->at), __VA_ARGS__)
#define ERROR_FROM(from, ...) Syntax_At(p, EXC(SyntaxError), Syntax_ToHere(p, (from)->at), __VA_ARGS__)
#define ERROR_HERE(...) Syntax_Here(p, EXC(SyntaxError), __VA_ARGS__)
#define ERROR_NEXT(...) Syntax_Next(p, __VA_ARGS__)
#define NO_BLOCK(token, what) \
    Syntax_Here(p, EXC(IndentationError), "expected an indented block after " what " on line %d", (token)->at.line)
enum { TARGET_STORE, TARGET_FOR, TARGET_DELETE };
const char *Expr_Name(const Expr *e);                           /* what messages call it */
static inline Expr *Seq_Last(const void *seq) { const ExprSeq *s = seq; return s->at[s->n - 1]; }
void *Explain_Comma(Parser *p, Expr *a, Expr *b);
void *Soft_Beginning(Parser *p, const Expr *name);            /* not NULL: the beginning of a soft keyword */
void *Explain_Legacy(Parser *p, Expr *name, Expr *rest);
void *Explain_Key(Parser *p, Expr *key);
void *Explain_Genexp(Parser *p, Expr *elt, void *fors);
void *Explain_CallGenexp(Parser *p, CallArgs *args, void *fors);
void *Explain_Positional(Parser *p, CallArgs *args);
void *Explain_Constant(Parser *p, Token *constant, Token *equal);
void *Explain_Target(Parser *p, Expr *target, int use);
void *Explain_Patterns(Parser *p, void *patterns);

#endif
