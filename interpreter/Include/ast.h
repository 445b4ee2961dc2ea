/* The syntax tree: what the parser hands to the compiler. Its kinds are described in Grammar/nodes.def, from which
   Tools/ast/astgen.py writes ast_nodes.h and ast_nodes.c. Nodes live in an arena and die together; so do the objects
   (names, constants) that they borrow from it. */
#ifndef RABBIT_AST_H
#define RABBIT_AST_H
#include "object.h"
#include "location.h"

typedef struct ArenaBlock ArenaBlock;
typedef struct { ArenaBlock *blocks; Object *objects; } Arena;

int Arena_Init(Arena *arena);
void Arena_Free(Arena *arena);
void *Arena_Alloc(Arena *arena, size_t size);           /* zeroed; NULL: MemoryError set */
Object *Arena_Own(Arena *arena, Object *o);             /* steals o, returns it borrowed; NULL stays NULL */

#include "ast_nodes.h"

/* A sequence of n empty places, of any of the typed kinds: `ExprSeq *s = Ast_Seq(n, arena)`. NULL: MemoryError set. */
void *Ast_Seq(Size n, Arena *arena);

/* The kinds as data, for walkers that treat every node alike. */
typedef enum {
    AST_NODE, AST_IDENTIFIER, AST_STRING, AST_CONSTANT, AST_INT,
    AST_EXPR_CONTEXT, AST_BOOLOP, AST_OPERATOR, AST_UNARYOP, AST_CMPOP
} AstFieldSort;
enum { AST_SEQUENCE = 1, AST_OPTIONAL = 2 };
typedef struct { const char *name; AstFieldSort sort; int flags; size_t offset; } AstField;
typedef struct { const char *name; int nfields; bool located; const AstField *fields; } AstKind;
typedef struct { int kind; Location at; } AnyNode;      /* how every node begins */
extern const AstKind Ast_Kinds[];
extern const char *const *const Ast_EnumNames[];        /* by sort, then by value */

typedef enum { MODE_EXEC, MODE_EVAL, MODE_SINGLE, PARSE_BYTES = 4, PARSE_INCOMPLETE = 8, PARSE_SCRIPT = 16 } ParseMode;

/* Parse UTF-8 source; with `mode | PARSE_BYTES` what a file holds, whose byte order mark or coding cookie counts; with
   `| PARSE_SCRIPT` the same of the program that was asked for, whose every line must be what it claims to be, comments too;
   with `| PARSE_INCOMPLETE`, for a prompt, what only ends too early is SyntaxError("incomplete input"). NULL with SyntaxError,
   IndentationError, TabError, RecursionError or MemoryError set. */
Mod *Ast_Parse(Arena *arena, const char *source, Size len, const char *filename, ParseMode mode);

/* What `ast.dump(tree, include_attributes=attributes)` prints under CPython 3.12. A new str. */
Object *Ast_Dump(Mod *tree, bool attributes);

#endif
