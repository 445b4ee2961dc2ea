/* The inside of the compiler: what the code generator writes and the graph of blocks takes over. Internal to Python/. */
#ifndef RABBIT_CODEGEN_H
#define RABBIT_CODEGEN_H
#include "compile.h"
#include "symtable.h"
#include "opcode_ids.h"

#define TRY(expression) do { if ((expression) < 0) return -1; } while (0)
#define NOWHERE NOT_KNOWN

/* An instruction as it is generated. The argument of a jump is a label until the assembler knows better. */
typedef struct { int op, arg; Location at; } Ins;
typedef struct { Ins *items; int n, cap; } InsList;

/* What `break`, `continue` and `return` have to undo on their way out, innermost last. */
typedef enum {
    UNDO_WHILE, UNDO_FOR, UNDO_TRY, UNDO_FINALLY, UNDO_FINALLY_END, UNDO_WITH, UNDO_ASYNC_WITH, UNDO_HANDLER,
    UNDO_EXCEPT, UNDO_EXCEPT_GROUP, UNDO_VALUE, UNDO_ASYNC_COMP
} UndoKind;
typedef struct { UndoKind kind; int start, exit; const void *datum; } Undo;
enum { MAX_UNDO = 20, STACK_GUIDELINE = 30, NO_LABEL = -1 };

typedef enum { UNIT_MODULE, UNIT_CLASS, UNIT_FUNCTION, UNIT_ASYNC_FUNCTION, UNIT_LAMBDA, UNIT_COMPREHENSION, UNIT_TYPE_PARAMS } UnitKind;

/* One code object being written. The dicts map a name (a constant's key) to its index. */
typedef struct Unit {
    struct Unit *outer;
    UnitKind kind;
    Scope *scope;
    Object *name, *qualname, *private;
    Object *consts, *const_index, *names, *locals, *cells, *frees, *hidden;     /* consts: a list */
    InsList code;
    int *labels, nlabels, caplabels;            /* label -> instruction it stands before, -1: not placed */
    Undo undo[MAX_UNDO];
    int nundo, inlined_depth, argcount, posonly, kwonly, firstline;
} Unit;

typedef struct {
    Arena *arena;
    Where where;
    Scope *top;
    Unit *unit;
    Object *const_cache;                        /* key -> the one constant of this compilation */
    int optimize;
    int last_future_line;
    bool interactive, future_annotations;
} Compiler;

/* ---- emit.c: all return 0 (or what they say), or -1 with an exception set ---- */
int Emit(Compiler *c, Location at, int op, int arg);
int Emit_Const(Compiler *c, Location at, Object *value);                /* borrowed */
int Emit_NewConst(Compiler *c, Location at, Object *value);             /* steals; NULL: -1 */
int Emit_Attr(Compiler *c, Location at, int op, Object *name, int low, int shift);      /* mangled name << shift | low */
int Label_New(Compiler *c);                                             /* a label, or -1 */
void Label_Here(Compiler *c, int label);
int Index_Of(Compiler *c, Object *dict, Object *key);                   /* adds it when missing */
int Const_Index(Compiler *c, Object *value);
Object *Const_Unique(Compiler *c, Object *value);                      /* the one object for this constant; borrowed */
int Name_Emit(Compiler *c, Location at, Object *name, ExprContext how);
Place Name_Place(Compiler *c, Object *mangled, int *flags);             /* *flags -1: exception */
Object *Own(Compiler *c, Object *o);                                    /* steals; borrowed from the arena */
int Undo_Push(Compiler *c, Location at, UndoKind kind, int start, int exit, const void *datum);
void Undo_Pop(Compiler *c);
int Unit_Enter(Compiler *c, UnitKind kind, Object *name, const void *node, int line);
void Unit_Leave(Compiler *c);
Object *Unit_Finish(Compiler *c, bool add_none);                        /* the unit's Code (borrowed); leaves the unit */

#define EMIT(at, op, arg) TRY(Emit(c, at, OP_##op, (int)(arg)))
#define CONST(at, value) TRY(Emit_Const(c, at, value))
#define NEW_CONST(at, value) TRY(Emit_NewConst(c, at, value))
#define LABEL(name) int name = Label_New(c); if (name < 0) return -1
#define HERE(label) Label_Here(c, label)
int Compile_Fail(Compiler *c, Location at, const char *format, ...);    /* SyntaxError; always -1 */

/* ---- codegen_*.c ---- */
int Gen_Expr(Compiler *c, Expr *e);
int Gen_Exprs(Compiler *c, ExprSeq *s);
int Gen_JumpIf(Compiler *c, Location at, Expr *e, int label, bool when);
int Gen_Elements(Compiler *c, Location at, ExprSeq *elts, int pushed, int kind);        /* OP_BUILD_LIST, _SET or _TUPLE */
int Gen_Call(Compiler *c, Location at, int already, ExprSeq *args, KeywordSeq *keywords);
int Gen_Yield(Compiler *c, Location at);                                /* what is on top; what is sent will be */
int Gen_YieldFrom(Compiler *c, Location at, bool await);
int Gen_Await(Compiler *c, Location at, int where);
int Gen_Compare(Compiler *c, Location at, Cmpop op);
int Gen_BinaryOp(Compiler *c, Location at, Operator op, bool inplace);
int Gen_Slice(Compiler *c, Expr *slice);                                /* how many it pushes, or -1 */
Location Attr_Location(Location at, Expr *attribute);
bool Is_TwoPartSlice(Expr *e);
int Gen_Stmts(Compiler *c, StmtSeq *s, Size from);
int Gen_Stmt(Compiler *c, Stmt *s);
int Gen_Body(Compiler *c, Location at, StmtSeq *body);
int Gen_Return(Compiler *c, Stmt *s);
int Gen_Try(Compiler *c, Stmt *s);
int Gen_TryStar(Compiler *c, Stmt *s);
int Gen_With(Compiler *c, Stmt *s, Size item);
int Gen_Unwind(Compiler *c, Location *at, Undo *undo, bool keep_top);
int Gen_UnwindAll(Compiler *c, Location *at, bool keep_top, Undo **loop);
int Gen_Match(Compiler *c, Stmt *s);
int Gen_Function(Compiler *c, Stmt *s);
int Gen_Class(Compiler *c, Stmt *s);
int Gen_TypeAlias(Compiler *c, Stmt *s);
int Gen_Lambda(Compiler *c, Expr *e);
int Gen_Comprehension(Compiler *c, Expr *e);
int Gen_Annotation(Compiler *c, Expr *e);                               /* or its text, under the future */
int Gen_Closure(Compiler *c, Location at, Object *code, int flags);
int Gen_StopIterationHandler(Compiler *c);
int Gen_Import(Compiler *c, Stmt *s);
int Gen_ImportFrom(Compiler *c, Stmt *s);
int Warn_Compare(Compiler *c, Expr *e);
int Warn_Assert(Compiler *c, Stmt *s);
int Warn_Called(Compiler *c, Expr *function);
int Warn_Subscript(Compiler *c, Expr *e);
Object *Doc_String(StmtSeq *body);                                      /* borrowed; NULL: none */

/* ---- fold.c, unparse.c ---- */
int Fold_Module(Mod *tree, Arena *arena, int optimize, bool future_annotations);
Object *Unparse(Expr *e);                                               /* new */

/* ---- cfg.c, cfg_peephole.c, cfg_lines.c, cfg_locals.c, assemble.c ---- */
typedef struct Block Block;
typedef struct { int op, arg; Location at; Block *target, *handler; } Node;     /* handler: who guards it, or NULL */
struct Block {
    Block *next;
    Node *ins;
    int n, cap, label, depth, preds, offset;    /* depth of the stack at the start, -1: not known */
    Block *guards[MAX_UNDO + 2];                /* the handlers around at the start, innermost last */
    int nguards;
    bool visited, cold, warm, handles, lasti;   /* handles: an exception comes here, lasti: with the place of the error */
    uint64_t unbound;                           /* bit i: variable i may be unbound at the start */
};
typedef struct { Arena *arena; Unit *unit; Block *entry; Compiler *c; } Graph;

int Graph_Build(Graph *g, Unit *u);
int Graph_Optimize(Graph *g);
int Graph_Normalize(Graph *g);                                          /* blocks and jumps as the machine has them */
int Graph_MoveColdBlocks(Graph *g);
int Graph_CheckUnbound(Graph *g);
int Graph_ResolveLines(Graph *g);
int Block_Optimize(Graph *g, Block *b);
void Block_DropNops(Block *b);
int Block_Append(Graph *g, Block *b, Node ins);
Block *Block_New(Graph *g);
Node *Block_Last(Block *b);                                             /* NULL: empty */
Block *Block_NonEmpty(Block *b);                                        /* b or the next one that is not empty */
bool Node_Jumps(const Node *i);
bool Node_Pushes(const Node *i);                                        /* SETUP_... */
bool Block_FallsThrough(Block *b);
bool Block_Exits(Block *b);
Object *Assemble(Compiler *c, Unit *u);                                 /* a new Code */

#endif
