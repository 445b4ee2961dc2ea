/* Code, functions, cells, frames, generators: what the virtual machine works on. */
#ifndef RABBIT_CODE_H
#define RABBIT_CODE_H
#include "object.h"
#include "state.h"

typedef uint32_t Instr;                 /* opcode in the low 8 bits, argument above */
enum { CODE_VARARGS = 4, CODE_VARKEYWORDS = 8, CODE_NESTED = 16, CODE_GENERATOR = 32, CODE_NEWLOCALS = 2, CODE_OPTIMIZED = 1 };

typedef struct {
    Object head;
    Object *name, *qualname, *filename, *consts, *names, *varnames, *cellvars, *freevars;
    Instr *instrs;
    int32_t *lines;                     /* one per instruction */
    int *cell_arg;                      /* per cell variable: the argument it starts from, or -1 */
    int ninstrs, argcount, posonly, kwonly, flags, nlocals, ncells, nfrees, stacksize, nblocks, firstline;
} Code;

typedef struct {
    Object head;
    Code *code;
    Object *globals, *builtins, *defaults, *kwdefaults, *closure, *name, *qualname, *module, *doc, *annotations;
} Function;

typedef struct { Object head; Object *func, *self; } Method;
typedef struct { Object head; const MethodDef *def; Object *self, *module; } Builtin;
typedef struct { Object head; Object *value; } Cell;
typedef struct { int handler, level; } Block;

/* A frame owns its variables. `top` counts the stack items while it does not run, and is 0 while
   it runs, so that the collector never looks at a stack that moves. */
typedef struct Frame {
    Object head;
    struct Frame *back;                 /* borrowed: who called, while running */
    Code *code;
    Object *globals, *builtins, *locals;
    Block *blocks;
    struct Gen *gen;                    /* borrowed: the generator that owns this frame */
    int ip, top, nblocks;
    bool entry;                         /* its return leaves the C function that runs it */
    Object *slots[1];                   /* locals, cells and frees, then the stack */
} Frame;

typedef struct Gen {
    Object head;
    Frame *frame;                       /* NULL: finished */
    Object *name, *qualname;
    ExcItem exc;
    bool running, started;
} Gen;

typedef struct Traceback {
    Object head;
    struct Traceback *next;
    Frame *frame;
    int line, ip;
} Traceback;

extern Type Code_Type, Function_Type, Method_Type, Builtin_Type, Cell_Type, Frame_Type, Gen_Type, Traceback_Type;
extern Type MethodDescr_Type, SlotWrapper_Type, GetSet_Type, Member_Type, Property_Type, ClassMethod_Type, StaticMethod_Type;

Object *Function_New(Code *code, Object *globals, Object *qualname);
Object *Method_New(Object *func, Object *self);
Object *Builtin_New(const MethodDef *def, Object *self, Object *module);
Object *Cell_New(Object *value);
Object *MethodDescr_New(const MethodDef *def, Type *owner);
Object *GetSet_New(const GetSetDef *def, Type *owner);
Object *Member_New(Object *name, Type *owner, Size index);
Object *ClassMethod_New(Object *func);
Object *StaticMethod_New(Object *func);

/* eval.c, frame.c */
Frame *Frame_New(Code *code, Object *globals, Object *builtins, Object *locals);
Frame *Frame_ForCall(Function *f, Object **args, Size n, Object *kwnames);  /* binds the arguments */
Object *Frame_RunBody(Object *function, Object *namespace);     /* a class body */
Object *Frame_Locals(Frame *f);                         /* borrowed dict, refreshed */
int Frame_Line(Frame *f);
Object *Eval_Frame(Frame *f, Object *sent);             /* sent: stolen, pushed first (NULL: nothing, or an exception is set) */
Object *Eval_Code(Object *code, Object *globals, Object *locals);
Object *Function_Call(Object *f, Object **args, Size n, Object *kwnames);
Object *Frame_Builtins(Object *globals);                /* borrowed */

/* gen.c */
Object *Gen_New(Frame *frame, Object *name, Object *qualname);      /* steals frame */
/* 1: *result yielded, 0: returned *result, -1: exception */
int Gen_Resume(Gen *g, Object *value, Object **result);
int Gen_SendTo(Object *iterator, Object *value, Object **result);   /* any iterator; for yield from */

/* traceback.c */
int Traceback_Here(Frame *f);                           /* add f to the raised exception */
void Traceback_Print(Object *exc, Object *file);        /* chain, traceback, message */
Object *Traceback_Format(Object *exc);                  /* the same, as str */
void Print_UncaughtAndExitCode(int *status);            /* SystemExit too; clears the exception */
#endif
