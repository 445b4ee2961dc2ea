/* From tree to code: the symbol table decides where every name lives, the code generator
   writes instructions, the assembler resolves jumps and measures the stack. */
#ifndef RABBIT_COMPILE_H
#define RABBIT_COMPILE_H
#include "ast.h"
#include "code.h"

enum {
#define OP(name, effect, jump) OP_##name,
#include "opcodes.def"
#undef OP
    OP_COUNT
};

/* What is known about a name in a scope. */
enum { SYM_ASSIGNED = 1, SYM_USED = 2, SYM_PARAM = 4, SYM_GLOBAL = 8, SYM_NONLOCAL = 16,
       SYM_CELL = 32, SYM_FREE = 64, SYM_LOCAL = 128, SYM_IMPLICIT_GLOBAL = 256, SYM_COMP_TARGET = 512 };
typedef enum { SCOPE_MODULE, SCOPE_FUNCTION, SCOPE_CLASS } ScopeKind;

typedef struct Scope {
    ScopeKind kind;
    Node *node;
    struct Scope *parent, *first_child, *next_sibling, *last_child;
    Object *symbols;            /* owned by the arena: dict name -> int flags */
    Object *class_name;         /* borrowed: for private names */
    bool generator, comprehension, has_star_args, needs_class_cell;
} Scope;

Scope *Symtable_Build(Arena *arena, Node *module, const char *filename);    /* NULL: SyntaxError */
Scope *Scope_Of(Scope *parent, Node *node);
int Scope_Flags(Scope *scope, Object *name);            /* 0: unknown; -1: exception */
Object *Name_Mangle(Object *class_name, Object *name);  /* new */

/* One code object being written. */
typedef struct { Instr *instrs; int32_t *lines; int n, cap; } InstrBuf;
typedef enum { FB_LOOP, FB_TRY, FB_FINALLY, FB_HANDLER, FB_HANDLER_NAME, FB_FINALLY_END, FB_WITH, FB_VALUE } FBlockKind;
typedef struct FBlock {
    FBlockKind kind;
    int start, end;             /* labels of a loop */
    bool for_loop;
    Node *node;                 /* the try of FB_FINALLY, the handler of FB_HANDLER_NAME */
    struct FBlock *prev;
} FBlock;

typedef struct Unit {
    Scope *scope;
    Object *name, *qualname;    /* owned */
    Object *consts, *const_index, *names, *varnames, *cellvars, *freevars;  /* dicts name -> index; consts a list */
    InstrBuf code;
    int *labels, nlabels, caplabels;    /* label -> instruction, -1: not placed */
    FBlock *fblock;
    int line, argcount, posonly, kwonly, flags, firstline;
    struct Unit *prev;
} Unit;

typedef struct { Arena *arena; const char *filename; Object *filename_object; Unit *unit; bool interactive; } Compiler;

Object *Compile_Source(const char *source, Size len, const char *filename, ParseMode mode);   /* a Code */

/* assemble.c: all return 0, or -1 with an exception */
int Emit(Compiler *c, int op, int arg);
int Emit_Jump(Compiler *c, int op, int label);
int Emit_Const(Compiler *c, Object *value);             /* borrowed */
int Label_New(Compiler *c);                             /* -1: exception */
int Label_Here(Compiler *c, int label);
int Name_Index(Object *dict, Object *name);
Object *Assemble(Compiler *c, Unit *u);                 /* a Code */
int Unit_Enter(Compiler *c, Scope *scope, Object *name, int line);
void Unit_Leave(Compiler *c);

/* codegen_*.c */
int Gen_Expr(Compiler *c, Node *n);
int Gen_Store(Compiler *c, Node *target);
int Gen_Delete(Compiler *c, Node *target);
int Gen_Name(Compiler *c, Object *name, char how, int line);    /* how: 'l'oad 's'tore 'd'elete */
int Gen_Function(Compiler *c, Node *n);                 /* FUNCTION, LAMBDA: leaves it on the stack */
int Gen_Arguments(Compiler *c, Seq args, Seq keywords, int already);    /* and the call */
int Gen_Comprehension(Compiler *c, Node *n);
int Gen_Body(Compiler *c, Seq body);
int Gen_Class(Compiler *c, Node *n);
int Gen_Annotate(Compiler *c, Node *n);
int Gen_Augmented(Compiler *c, Node *n);
int Gen_Try(Compiler *c, Node *n);
int Gen_With(Compiler *c, Node *n, Size item);
int Gen_Unwind(Compiler *c, FBlock *until, bool keep_top, bool stop_at_loop, FBlock **loop);
int Gen_Fail(Compiler *c, Node *n, const char *message);
Object *Gen_Qualname(Compiler *c, Object *name);
#define TRY(expression) do { if ((expression) < 0) return -1; } while (0)
#endif
