/* Inside the virtual machine: its own copy of a code object's instructions, the quick way into a frame, and the longer
   instructions as functions (evalhelp.c, intrinsics.c, match.c, unwind.c).
   The copy has one word for each word of the original, so that numbers of instructions mean the same in both; it may name
   quick instructions, and where one remembers something its argument is the number of a Cache. */
#ifndef RABBIT_VM_H
#define RABBIT_VM_H
#include "rabbit.h"
#include "opcode_ids.h"

/* What an instruction remembers. All borrowed: good only while the versions hold (cache.h). */
typedef struct {
    uint32_t arg;                       /* the argument that it had */
    uint32_t version, version2;
    int32_t index;
    Object *value;
    const void *key;
    uint32_t misses;
} Cache;

typedef struct Quick {
    int simple;                         /* so many positional arguments and nothing else; -1: less simple */
    int nslots;                         /* variables: where the stack begins */
    size_t size;                        /* of a frame, in bytes */
    Cache *caches;                      /* behind the instructions, in the same block */
    Instr instrs[1];
} Quick;

static inline Quick *Quick_Of(Code *code) { return code->caches; }

struct FrameChunk {
    struct FrameChunk *back;
    char *next, *end;                   /* `next`: how far the chunk before was filled when this one began */
    Object *data[1];
};
int Frame_NewChunk(size_t size);
void Frame_DropChunk(void);
void Frame_Detach(Frame *f);

/* Put an empty frame for the function on the stack. Steals fn. NULL: exception. */
static inline Frame *Frame_Begin(Function *fn)
{
    Thread *th = THREAD;
    Quick *q = Quick_Of(fn->code);
    if (q == NULL || th->depth >= th->depth_limit || (size_t)(th->frames_end - th->frames_next) < q->size) {
        return Frame_Push(fn, NULL);
    }
    Frame *f = (Frame *)th->frames_next;
    th->frames_next += q->size;
    th->depth++;
    f->back = th->frame;
    f->code = Ref(fn->code);
    f->func = fn;
    f->globals = fn->globals, f->builtins = fn->builtins;
    f->locals = NULL, f->object = NULL;
    f->ip = q->instrs;
    f->sp = f->slots + q->nslots;
    f->owner = FRAME_ON_STACK;
    th->frame = f;
    return f;
}

/* The generator goes on; the value of its yield must be on its stack, or an exception be set. */
static inline Frame *Gen_StepIn(Gen *g, int how)
{
    Thread *th = THREAD;
    Frame *f = &g->frame;
    f->how = (uint8_t)how;
    f->back = th->frame;
    th->frame = f;
    th->depth++;
    g->exc.prev = th->exc_top;
    th->exc_top = &g->exc;
    g->state = GEN_RUNNING;
    return f;
}

static inline void Gen_StepOut(Gen *g)
{
    Thread *th = THREAD;
    th->exc_top = g->exc.prev;
    g->exc.prev = NULL;
    th->frame = g->frame.back;
    th->depth--;
}

/* gen.c, asyncgen.c */
Object *Gen_Throw(Gen *g, Object *exc, bool closes);    /* steals exc; closes: GeneratorExit closes what it waits for */
Object *Gen_Answer(int r, Object *result);              /* of Gen_Resume: a return becomes StopIteration */
Object *Gen_SetStop(Object *value);                     /* steals value; NULL with StopIteration set */
Object *Exc_FromThrow(Object **args, Size n);           /* what throw(type, value, traceback) is to raise */
Object *AsyncSend_New(Gen *g, Object *value);
extern const MethodDef AsyncGen_Methods[];

/* evalhelp.c: arguments borrowed, results new */
void *Eval_NoName(Type *type, const char *format, Object *name);
void *Eval_NoLocal(Frame *f, int slot);
Object *Eval_LoadGlobal(Frame *f, Object *name);
Object *Eval_LoadName(Frame *f, Object *name);
Object *Eval_LookIn(Object *mapping, Object *key);      /* NULL without exception: not there */
int Eval_SetupAnnotations(Frame *f);
Object *Eval_YieldFromIter(Frame *f, Object *o);
int Eval_Unpack(Object *seq, Size before, Size after, bool star, Object **top);
Object *Eval_BuildMap(Object **pairs, Size n);
Object *Eval_BuildSet(Object **values, Size n);
Object *Eval_BuildString(Object **parts, Size n);
Object *Eval_ConstKeyMap(Object *keys, Object **values);
Object *Eval_Format(Object *value, int how, Object *spec);
int Eval_Extend(Object *list, Object *value);
int Eval_DictUpdate(Object *dict, Object *value);
int Eval_Merge(Object *dict, Object *other, Object *callee);
int Eval_ExcMatch(Object *exc, Object *type);
int Eval_CheckCatchable(Object *type);
int Eval_Raise(int n, Object **args);                   /* 1: an error here, 0: go on with the exception as it is */
Object *Eval_WithExit(Object *exit, Object *exc);
int Eval_Enter(Object *manager, bool async, Object **exit, Object **entered);
Object *Eval_CallEx(Object *f, Object *args, Object *kwargs);
Object *Eval_MakeFunction(Frame *f, Object *code, Object *defaults, Object *kwdefaults, Object *annotations, Object *closure);
Object *Eval_ImportName(Frame *f, Object *name, Object *fromlist, Object *level);
Object *Eval_Super(Object *super, Object *cls, Object *self, Object *name, bool method, bool two, Object **first);
Object *Eval_BinaryOp(Object *a, Object *b, int op);
Object *Eval_Slice(Object *o, Object *start, Object *stop);
int Eval_SetSlice(Object *o, Object *start, Object *stop, Object *value);

Object *Eval_Behind(Type *cls, Type *type, Object *name);       /* what the classes behind cls in type's order have; borrowed */
Object *Eval_StrAppend(Object *left, Object *right, Object **slots, Instr next);       /* steals left */

/* quick.c: look whether a quick instruction may take the place of ip[-1] */
Object *Quick_LearnGlobal(Frame *f, Cache *c, const Instr *ip);
void Quick_LearnAttr(Object *o, Object *name, Cache *c, const Instr *ip);
void Quick_LearnStore(Object *o, Object *name, Cache *c, const Instr *ip);
void Quick_LearnSuper(Object *super, Object *cls, Object *self, Object *name, Cache *c, const Instr *ip);

/* intrinsics.c */
Object *Intrinsic_1(Frame *f, int which, Object *value);
Object *Intrinsic_2(int which, Object *first, Object *second);
int Group_Match(Object *exc, Object *type, Object **rest, Object **match);      /* CHECK_EG_MATCH */

/* match.c: NULL is an exception; None means no match */
Object *Match_Keys(Object *subject, Object *keys);
Object *Match_Class(Object *subject, Object *type, Size n, Object *names);
bool Match_IsMapping(Object *o);
bool Match_IsSequence(Object *o);
#endif
