/* The syntax tree: one shape of node for all kinds; nodes.def says which field means what.
   Nodes live in an arena and die together; so do the constants they own. */
#ifndef RABBIT_AST_H
#define RABBIT_AST_H
#include "object.h"

typedef enum {
#define NODE(kind, fields) N_##kind,
#include "nodes.def"
#undef NODE
} NodeKind;

typedef struct Node Node;
typedef struct { Size n; Node **items; } Seq;
struct Node {
    NodeKind kind;
    int op, line, col;
    Node *a, *b, *c, *d;
    Seq s1, s2, s3, s4;
    Object *name;               /* borrowed from the arena */
};

typedef struct ArenaBlock ArenaBlock;
typedef struct { ArenaBlock *blocks; Object *objects; } Arena;

int Arena_Init(Arena *arena);
void Arena_Free(Arena *arena);
void *Arena_Alloc(Arena *arena, size_t size);           /* zeroed; NULL: MemoryError set */
Object *Arena_Own(Arena *arena, Object *o);             /* steals o, returns it borrowed; NULL stays NULL */

enum { UNARY_NEG, UNARY_POS, UNARY_INVERT, UNARY_NOT };
enum { BOOL_AND, BOOL_OR };
enum { COMPARE_IN = CMP_GE + 1, COMPARE_NOT_IN, COMPARE_IS, COMPARE_IS_NOT };

typedef enum { MODE_EXEC, MODE_EVAL, MODE_SINGLE } ParseMode;
Node *Parse_Source(Arena *arena, const char *source, Size len, const char *filename, ParseMode mode);
#endif
