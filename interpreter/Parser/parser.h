/* Inside the parser: the lexer, which cuts one token at a time; the tokens kept, with what the grammar has found at each (memo); and
   the runtime that the generated rules stand on. Everything lives in the arena or dies with the Parser. */
#ifndef RABBIT_PARSER_H
#define RABBIT_PARSER_H
#include "ast.h"
#include "ucd.h"

#define ATTRIBUTE_UNUSED __attribute__((unused))

enum {
#define TOKEN(name) T_##name,
#define OPERATOR(name, text) T_##name,
#define KEYWORD(name, text) T_##name,
#define SOFT(name, text)
#include "Grammar/tokens.def"
#undef TOKEN
#undef OPERATOR
#undef KEYWORD
#undef SOFT
    T_COUNT
};

typedef struct Memo {
    struct Memo *next;
    int rule, mark;             /* the rule asked here, where it ended */
    void *value;
} Memo;

/* `text` and `end` point into the source; `level` counts the brackets open around it. */
typedef struct {
    int kind, level;
    const char *text, *end;
    Location at;
    Memo *memo;
    Expr *node;                 /* made when first asked for */
} Token;

/* ---- the source (source.c, encoding.c) ---- */

/* Where errors point to. `text` is what the lexer reads: UTF-8, '\n' only, '\0' behind it. `characters`: columns of errors count those;
   otherwise bytes, as in CPython for files that name no encoding. */
typedef struct {
    char *text, *end;
    Object *filename;           /* owned */
    bool characters, script;    /* script: what was asked for, read line by line in CPython */
} Source;

int Source_Init(Source *source, const char *text, Size len, const char *filename, unsigned from, bool whole);
Object *Source_FromFile(const char *text, Size len, const char *filename, bool script, bool *characters);
void Source_Free(Source *source);
Object *Source_LineText(const Source *source, int line);                    /* without its newline */
int Source_Column(const char *line_start, const char *at);              /* characters before it */

/* ---- the lexer (lexer.c, lex_indent.c, lex_number.c, lex_string.c, lex_name.c) ---- */

enum { MAX_BRACKETS = 200, MAX_INDENTS = 100, MAX_FSTRINGS = 150, MAX_FIELDS = 3, END = -1 };

/* An f-string that is being read, or (the first) the text around all. `fields` counts those open around, less one; `brackets` all that
   were opened in fields. */
typedef struct {
    bool literal;               /* reading text, not an expression */
    bool raw, field_done;       /* field_done: the expression of the innermost field has ended */
    int quote, quotes;          /* the character, and 1 or 3 of it */
    int brackets, fields;
    const char *start, *line_start;
    int line;
} LexMode;

typedef struct {
    Source *source;
    const char *cur, *line_start, *line_end, *end;
    const char *token, *token_line_start;       /* where the token begins, and its line */
    const char *shown;                          /* where the line begins that exceptions show */
    const char *token_end;                      /* where it ends, when that is not at cur; NULL otherwise */
    int line, token_line;
    bool at_line_start, blank_line, at_end;
    bool failed;                                /* whoever sets it makes the token a T_ERROR */
    bool silent;                                /* nothing more to warn of */
    bool scanning;                              /* looking ahead for worse: only what concerns one token is raised */
    int level;
    struct { char bracket; int line, col; } open[MAX_BRACKETS];
    int indent, pending;                        /* pending: INDENTs to hand out, or DEDENTs when negative */
    struct { int col, strict; } indents[MAX_INDENTS];   /* strict: counted with tabs of one */
    int mode;
    LexMode modes[MAX_FSTRINGS];
} Lexer;

void Lex_Init(Lexer *x, Source *source);
int Lex_Token(Lexer *x, Token *t);              /* the next one; T_ERROR: an exception is set, or x->at_end inside brackets */
int Lex_Next(Lexer *x);                         /* a byte, or END */
void Lex_Back(Lexer *x, int c);
int Lex_Error(Lexer *x, const char *format, ...);               /* SyntaxError that ends where the lexer is; T_ERROR */
int Lex_ErrorAt(Lexer *x, int col, int end_col, const char *format, ...);   /* columns from 1, end -1: unknown */
int Lex_Fail(Lexer *x, Type *type, int col, int end_col, const char *message);
Object *Lex_Line(const Lexer *x, int line);     /* as an exception shows it; new */
int Lex_Regular(Lexer *x);                      /* a token outside of f-string text: its kind */
void Lex_Indentation(Lexer *x);
void Lex_Continuation(Lexer *x);                /* what is behind a backslash has to be the line's end */
int Lex_Number(Lexer *x, int first);
int Lex_String(Lexer *x, int quote);
int Lex_FStringStart(Lexer *x, int quote);
int Lex_FStringText(Lexer *x);
int Lex_Name(Lexer *x, int first);
bool Lex_IsNameStart(int c);
bool Lex_IsNameChar(int c);
int Lex_NameKind(const char *text, Size n);     /* T_NAME or a keyword */
static inline LexMode *Lex_Mode(Lexer *x) { return &x->modes[x->mode]; }

/* ---- the runtime (peg_rt.c) ---- */

typedef struct {
    Arena *arena;
    Source *source;
    Lexer lexer;
    ParseMode mode;
    Token **tokens;
    int ntokens, room;
    int mark, depth;
    bool failed, explain, started, incomplete_allowed;
    struct { void **at; Size n, room; } items;  /* sequences that are being collected */
} Parser;

typedef void *(*RuleFn)(Parser *);

int Peg_Fill(Parser *p);                        /* one more token; -1: exception */
bool Peg_Enter(Parser *p);
bool Peg_Known(Parser *p, int rule, void **result);
void Peg_Remember(Parser *p, int start, int rule, void *result);
void *Peg_Token(Parser *p, int kind);
void *Peg_AnyToken(Parser *p, uint64_t low, uint64_t high);
void *Peg_Word(Parser *p, const char *text);
void *Peg_Name(Parser *p);
void *Peg_Number(Parser *p);
void *Peg_Many(Parser *p, RuleFn item, int least);
void *Peg_List(Parser *p, RuleFn item, int separator);
bool Peg_Ahead(Parser *p, RuleFn item);
bool Peg_NotAhead(Parser *p, RuleFn item);
void *Peg_Demand(Parser *p, int kind, const char *what);
void *Peg_DemandRule(Parser *p, RuleFn item, const char *what);
Location Peg_Span(Parser *p, int start);
Token *Peg_Last(Parser *p);                     /* the last one taken */

/* The kind at the mark, T_ERROR after a failure. */
static inline int Peg_Kind(Parser *p)
{
    return p->mark < p->ntokens || Peg_Fill(p) == 0 ? p->tokens[p->mark]->kind : T_ERROR;
}

static inline bool Peg_Sees(Parser *p, uint64_t low, uint64_t high)
{
    int kind = Peg_Kind(p);
    return !p->failed && ((kind < 64 ? low >> kind : high >> (kind - 64)) & 1) != 0;
}

/* ---- errors (syntaxerror.c) ---- */

void *Syntax_Raise(const Source *source, Type *type, Object *text, Location chars, const char *format, ...);
void *Syntax_RaiseV(const Source *source, Type *type, Object *text, Location chars, const char *format, va_list args);
void *Syntax_At(Parser *p, Type *type, Location bytes, const char *format, ...);    /* columns in bytes from 0 */
void *Syntax_Here(Parser *p, Type *type, const char *format, ...);      /* at the last token seen */
void *Syntax_Next(Parser *p, const char *format, ...);                  /* at the next token to be taken */
Location Syntax_Range(Location from, Location to);
Location Syntax_ToHere(Parser *p, Location from);                       /* up to where the lexer is */
void *Syntax_Unclosed(Parser *p);
void *Syntax_Decoding(Parser *p);               /* the UnicodeDecodeError that is set becomes a SyntaxError */
void Syntax_Explain(Parser *p, Token *last);    /* the parse failed: some exception will be set */
void Syntax_CheckRest(Parser *p);               /* an error of the lexer further on wins over the one that is set */

/* ---- warnings (syntaxwarning.c) ---- */

int Syntax_Warn(const Source *source, int line, const char *format, ...);
void Lex_Warn(Lexer *x, const char *format, const char *what);

/* ---- literals (strlit.c, numlit.c) ---- */

Object *Number_Literal(Parser *p, Token *t);
Expr *String_Constant(Parser *p, Token *t);
Expr *String_FMiddle(Parser *p, Token *t, bool raw);
Object *String_Decode(Parser *p, Token *t, Object *raw);
Expr *String_Join(Parser *p, AnySeq *parts, Location at, Arena *arena);
Expr *FString_Make(Parser *p, Token *start, AnySeq *parts, Location at, Arena *arena);
Expr *FString_Field(Parser *p, Token *brace, Expr *value, Token *debug, Token *conversion, Expr *spec, Token *close, Location at,
                    Arena *arena);
Expr *FString_Spec(Parser *p, AnySeq *parts, Location at, Arena *arena);
Token *FString_Conversion(Parser *p, Token *mark, Expr *name);

/* ---- what the grammar's actions call (actions.c) ---- */
#include "Parser/actions.h"

#endif
