/* Code, functions, cells, frames, generators: what the virtual machine works on. */
#ifndef RABBIT_CODE_H
#define RABBIT_CODE_H
#include "object.h"
#include "state.h"
#include "location.h"

typedef uint32_t Instr;                 /* opcode in the low 8 bits, argument above */
#define INSTR(op, arg) ((Instr)(op) | (Instr)(arg) << 8)
#define INSTR_OP(instr) ((int)((instr) & 0xff))
#define INSTR_ARG(instr) ((int32_t)(instr) >> 8)
enum {
    CODE_OPTIMIZED = 1, CODE_NEWLOCALS = 2, CODE_VARARGS = 4, CODE_VARKEYWORDS = 8, CODE_NESTED = 16, CODE_GENERATOR = 32,
    CODE_COROUTINE = 128, CODE_ITERABLE_COROUTINE = 256, CODE_ASYNC_GENERATOR = 512, CODE_FUTURE_ANNOTATIONS = 0x1000000
};

/* What a variable of `localsplus` is. An argument that a nested function uses is VAR_LOCAL | VAR_CELL. VAR_HIDDEN: of an
   inlined comprehension in a class or module; no program sees it by name. */
enum { VAR_HIDDEN = 16, VAR_LOCAL = 32, VAR_CELL = 64, VAR_FREE = 128 };

/* Instructions start..end-1 are guarded: an exception there drops the stack to `depth`, pushes the number of the
   instruction if `lasti`, pushes the exception, and goes on at `target`. */
typedef struct { int start, end, target, depth; bool lasti; } Handler;

/* Immutable but for `caches`, one block that the virtual machine may hang here; it dies with the code. */
typedef struct Code {
    Object head;
    Object *name, *qualname, *filename;
    Object *consts, *names, *localsplus;                    /* tuples; localsplus: names of locals, cells, frees */
    uint8_t *kinds;                                         /* VAR_..., one for each of localsplus */
    Instr *instrs;
    Handler *handlers;                                      /* in the order of `start`, no two overlap */
    uint8_t *locations;                                     /* as co_linetable, one unit an instruction */
    int ninstrs, nhandlers, locations_len;
    int argcount, posonly, kwonly, flags, stacksize, firstline;     /* argcount: the positional ones, posonly included */
    int nlocals, ncells, nfrees, nlocalsplus;               /* ncells: those that are arguments too; the frees come last */
    void *caches;
} Code;

bool Code_Handler(Code *code, int ip, Handler *out);        /* false: nobody guards this instruction */
void Code_Location(Code *code, int ip, Location *out);      /* line -1: none; columns -1: not known */
int Code_Line(Code *code, int ip);                          /* -1: none */

typedef struct {
    Object head;
    Code *code;
    Object *globals, *builtins, *defaults, *kwdefaults, *closure, *name, *qualname, *module, *doc, *annotations, *type_params;
} Function;

typedef struct { Object head; Object *func, *self; } Method;
typedef struct { Object head; const MethodDef *def; Object *self, *module; } Builtin;
typedef struct { Object head; Object *value; } Cell;
/* A frame: one run of a code object. It lies on the thread's stack of frames, or in a generator, or, when it is
   finished and somebody still looks at it, in its FrameObject; `slots` are the variables (localsplus), then the stack.
   `ip` and `sp` are up to date only while the frame waits for another; ip[-1] is the instruction under way. */
typedef struct Frame {
    struct Frame *back;                 /* who called, while it runs */
    Code *code;                         /* owned, as func, locals and object are */
    Function *func;
    Object *globals, *builtins;         /* borrowed from func */
    Object *locals;                     /* the namespace of a module or class; of a function a dict made for f_locals */
    struct FrameObject *object;         /* NULL as long as nobody asked */
    const Instr *ip;                    /* in the machine's own copy of the code: use Frame_Index */
    Object **sp;
    uint8_t owner, how;                 /* FRAME_ON_..., FRAME_FROM_... */
    Object *slots[1];
} Frame;
enum { FRAME_ON_STACK, FRAME_ON_GEN, FRAME_ON_OBJECT };
/* Who gets the result: C, the caller's stack, nobody (__init__), a FOR_ITER, a SEND. */
enum { FRAME_FROM_C, FRAME_FROM_CALL, FRAME_FROM_CLASS, FRAME_FROM_FOR, FRAME_FROM_SEND };
#define FRAME_SIZE(count) (offsetof(Frame, slots) + (size_t)(count) * sizeof(Object *))

/* The frame as a program sees it. Once the frame is finished, it lies in `own` and `back` holds on to the caller's. */
typedef struct FrameObject {
    Object head;
    Frame *frame;
    struct FrameObject *back;
    Frame own;                          /* last: it goes on */
} FrameObject;

/* Generator, coroutine and asynchronous generator. */
typedef struct Gen {
    Object head;
    Object *name, *qualname;
    ExcItem exc;                        /* what its except blocks were handling when it yielded */
    Object *finalizer;                  /* asynchronous ones: the hook, or NULL */
    Object *origin;                     /* coroutines: where it was made, or NULL */
    uint8_t state;                      /* GEN_... */
    bool hooked, closed, stepping;      /* asynchronous ones: hooks called; aclose() began; a step is under way */
    Frame frame;                        /* last: it goes on */
} Gen;
enum { GEN_CREATED, GEN_SUSPENDED, GEN_RUNNING, GEN_FINISHED };
#define GEN_OF(frame_) ((Gen *)((char *)(frame_) - offsetof(Gen, frame)))
static inline bool Gen_Check(Object *o);

typedef struct Traceback {
    Object head;
    struct Traceback *next;
    FrameObject *frame;
    int line, ip;                       /* ip: number of the instruction, -1: none */
} Traceback;

extern Type Code_Type, Function_Type, Method_Type, Builtin_Type, Cell_Type, Frame_Type, Traceback_Type;
extern Type Gen_Type, Coro_Type, AsyncGen_Type, CoroWrapper_Type, AsyncSend_Type, AsyncThrow_Type, AsyncValue_Type, AnextOr_Type;
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

/* frame.c */
Frame *Frame_Push(Function *f, Object *locals);         /* steals f, takes locals' reference itself; NULL: exception */
/* Push the frame of a call and bind its arguments; those are borrowed, `func` too. */
Frame *Frame_PushCall(Function *func, Object **args, Size n, Object *kwnames);
void Frame_Pop(Frame *f);                               /* finished: gives back all it holds */
FrameObject *Frame_Object(Frame *f);                    /* borrowed; NULL: exception */
Object *Frame_RunBody(Object *function, Object *namespace);     /* a class body */
Object *Frame_Locals(Frame *f);                         /* borrowed dict, refreshed */
int Frame_Index(Frame *f);                              /* of the instruction under way; -1: not begun */
int Frame_Line(Frame *f);
int Frame_Visit(Frame *f, VisitFn visit, void *arg);    /* of a frame that waits */
void Frame_Clear(Frame *f);                             /* drops the variables and the stack */
void Frame_Leave(Frame *f);                             /* the generator's: let the object keep what it shows, then drop all */
Object *Frame_Builtins(Object *globals);                /* borrowed */
Object *Function_Call(Object *f, Object **args, Size n, Object *kwnames);

/* eval.c */
Object *Eval_Frame(Frame *f, bool throwing);            /* runs until f returns or yields; throwing: an exception is set and goes in */
Object *Eval_Code(Object *code, Object *globals, Object *locals);
Instr *Eval_Prepare(Code *code);                        /* the machine's own copy; NULL: MemoryError set */

/* gen.c */
Object *Gen_New(Frame *f);                              /* moves the frame, which is the thread's newest, into a generator */
/* 1: *result yielded, 0: returned *result, -1: exception. value NULL: an exception is set and goes in. */
int Gen_Resume(Gen *g, Object *value, Object **result);
int Gen_Send(Object *iterator, Object *value, Object **result);     /* the same for any iterator */
void Gen_Finish(Gen *g);                                /* its frame is done */
Object *Gen_WaitsFor(Gen *g);                          /* what it waits for; borrowed, may be NULL */
Object *Coro_GetIter(Object *awaitable, int where);     /* GET_AWAITABLE */
Object *Async_GetIter(Object *o);                       /* GET_AITER */
Object *Async_GetNext(Object *iterator);                /* GET_ANEXT */
Object *Async_Next(Object *iterator, Object *otherwise); /* anext(); otherwise may be NULL */
Object *Async_Wrap(Object *value);                      /* steals: what an asynchronous generator yields */
static inline bool Gen_Check(Object *o) { return o->type == &Gen_Type || o->type == &Coro_Type || o->type == &AsyncGen_Type; }

/* traceback.c */
int Traceback_Here(Frame *f);                           /* add f to the raised exception */
void Traceback_Print(Object *exc, Object *file);        /* chain, traceback, message */
Object *Traceback_Format(Object *exc);                  /* the same, as str */
void Print_UncaughtAndExitCode(int *status);            /* SystemExit too; clears the exception */
#endif
