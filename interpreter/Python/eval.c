/* The virtual machine. One C activation runs many frames: a call of a Python function, a step of a generator and the
   making of an instance push a frame and go on here, so that Python's depth does not use up C's stack.
   What each instruction does is in bytecodes.def; here is how frames are entered and left, and where exceptions go. */
#include "vm.h"
#include "layouts.h"

#define CONST(i) TUPLE_ITEM(f->code->consts, i)
#define NAME(i) TUPLE_ITEM(f->code->names, i)
#define JUMP(n) (ip += (n))
#define FAIL() goto error
#define FAIL_AFTER(n, condition) do { if (condition) { sp -= (n); goto error; } } while (0)
#define LOAD_FRAME() (slots = f->slots, sp = f->sp, ip = f->ip, caches = Quick_Of(f->code)->caches)
#define CACHE (&caches[arg])
#define ENTER(frame) do { f->sp = sp; f = (frame); goto start; } while (0)
#define ENTER_GEN(g, sent, from) do { f->sp = sp; f = Gen_StepIn(g, from); *f->sp++ = (sent); goto start; } while (0)
#define CASE(name) op_##name: f->ip = ip;
#define PLAIN(name) op_##name:
#define NEXT() do { TRACE(); const Instr instr_ = *ip++; arg = INSTR_ARG(instr_); goto *targets[INSTR_OP(instr_)]; } while (0)
#ifdef Py_DEBUG
#define TRACE() do { if (interp.config.trace) trace(f, ip, sp); } while (0)
#else
#define TRACE() ((void)0)
#endif

#ifdef Py_DEBUG
#include "opcode_metadata.h"
/* -X trace: each instruction before it runs, with the depth of the stack. */
static void trace(Frame *f, const Instr *ip, Object **sp)
{
    fprintf(stderr, "%*s%s %4d %-24s %6d  stack %d\n", THREAD->depth, "", Str_Text(f->code->qualname), (int)(ip - Quick_Of(f->code)->instrs),
            Op_Info[INSTR_OP(*ip)].name, (int)INSTR_ARG(*ip), (int)(sp - f->slots) - Quick_Of(f->code)->nslots);
}
#endif

static void drop_values(Object **values, Size n)
{
    while (n > 0) {
        Object *o = values[--n];
        XUnref(o);
    }
}

/* ---- frames: in and out ---- */

/* Give the newest frame's place on the stack back. */
static inline void release(Frame *f)
{
    Thread *th = THREAD;
    th->frames_next = (char *)f;
    if ((char *)f == (char *)th->chunk->data && th->chunk->back != NULL) {
        Frame_DropChunk();
    }
}

/* A frame of the stack has returned; its stack is empty. */
static inline void pop(Frame *f)
{
    if (f->object != NULL) {
        Frame_Pop(f);
        return;
    }
    Thread *th = THREAD;
    th->frame = f->back;
    th->depth--;
    Object **end = f->slots + Quick_Of(f->code)->nslots;
    for (Object **slot = f->slots; slot < end; slot++) {
        XUnref(*slot);
    }
    XUnref(f->locals);
    Unref(f->code);
    Unref(f->func);
    release(f);
}

static inline bool resumable(Gen *g) { return g->state <= GEN_SUSPENDED; }

/* The frame is finished, by return or by exception; its stack is empty. */
static void leave_frame(Frame *f)
{
    if (f->owner == FRAME_ON_GEN) {
        Gen *g = GEN_OF(f);
        Gen_StepOut(g);
        Gen_Finish(g);
    } else {
        pop(f);
    }
}

/* The frame of a call. `base` is where the operands begin on the stack: callable and arguments are used up,
   whether it succeeds or not. */
static inline Frame *call_function(Function *fn, Object **base, Object **args, Size n, Object *names)
{
    Quick *q = Quick_Of(fn->code);
    if (q != NULL && q->simple == n && names == NULL) {
        Frame *callee = Frame_Begin(fn);
        if (callee == NULL) {
            drop_values(args, n);
            return NULL;
        }
        for (Size i = 0; i < n; i++) {
            callee->slots[i] = args[i];
        }
        for (Size i = n; i < q->nslots; i++) {
            callee->slots[i] = NULL;
        }
        return callee;
    }
    Frame *callee = Frame_PushCall(fn, args, names == NULL ? n : n - TUPLE_LEN(names), names);
    drop_values(base, args + n - base);
    return callee;
}

/* Does the class make its instances as object does and fill them with an __init__ in Python? *init: borrowed. */
static inline bool makes_instance(Type *type, Object **init)
{
    if (type->new != Object_Type.new || (type->flags & (T_HEAP | T_ABSTRACT)) != T_HEAP) {
        return false;
    }
    *init = Type_Lookup(type, ID(__init__));
    return *init != NULL && TYPE(*init) == &Function_Type;
}

/* The frame of __init__. Leaves the new instance alone at `base`, or nothing when it fails. */
static Frame *call_class(Type *type, Function *init, Object **base, Object **args, Size n, Object *names)
{
    Object *made = Object_Alloc(type, 0);
    Frame *callee = NULL;
    Quick *q = Quick_Of(init->code);
    if (made != NULL && q != NULL && q->simple == n + 1 && names == NULL && (callee = Frame_Begin(Ref(init))) != NULL) {
        callee->slots[0] = Ref(made);
        for (Size i = 0; i < n; i++) {
            callee->slots[i + 1] = args[i];
        }
        for (Size i = n + 1; i < q->nslots; i++) {
            callee->slots[i] = NULL;
        }
        args[-1] = NULL;
        base[0] = made;
        Unref(type);
        return callee;
    }
    if (made != NULL && !Err_Occurred()) {
        Object *few[16], **all = n < COUNT(few) ? few : Mem_Alloc((size_t)(n + 1) * sizeof(Object *));
        if (all == NULL) {
            Err_NoMemory();
        } else {
            all[0] = made;
            Mem_Copy(all + 1, args, (size_t)n * sizeof(Object *));
            callee = Frame_PushCall(init, all, n + 1 - (names == NULL ? 0 : TUPLE_LEN(names)), names);
        }
        if (all != few) {
            Mem_Free(all);
        }
    }
    drop_values(base, args + n - base);
    if (callee == NULL) {
        CLEAR(made);
    }
    base[0] = made;
    return callee;
}

/* ---- quick ways ---- */
static inline bool small_int(Object *o, int64_t *value)
{
    Int *i = (Int *)o;
    if (TYPE(o) != &Int_Type || (size_t)(i->size + 1) > 2) {
        return false;
    }
    *value = i->size * (int64_t)i->digit[0];
    return true;
}
static inline bool small_ints(Object *a, Object *b, int64_t *x, int64_t *y) { return small_int(a, x) && small_int(b, y); }

static inline bool to_double(Object *o, double *value)
{
    int64_t i;
    if (TYPE(o) == &Float_Type) {
        *value = FLOAT_VALUE(o);
        return true;
    }
    if (small_int(o, &i)) {
        *value = (double)i;
        return true;
    }
    return false;
}
/* At least one of them is a float, the other one too or a small int. */
static inline bool floats(Object *a, Object *b, double *x, double *y)
{
    return (TYPE(a) == &Float_Type || TYPE(b) == &Float_Type) && to_double(a, x) && to_double(b, y);
}

/* The result of two operands that are on top of the stack. A float that nobody else holds takes the new value. */
#define INT_RESULT(value) do { \
    Object *int_ = Int_FromLong(value); \
    if (int_ == NULL) FAIL(); \
    Unref(left), Unref(right); \
    sp--; \
    sp[-1] = int_; \
    NEXT(); } while (0)
#define FLOAT_RESULT(value) do { \
    double float_ = (value); \
    sp--; \
    if (TYPE(left) == &Float_Type && left->refcnt == 1) { \
        FLOAT_VALUE(left) = float_; \
        Unref(right); \
        NEXT(); \
    } \
    if (TYPE(right) == &Float_Type && right->refcnt == 1) { \
        FLOAT_VALUE(right) = float_; \
        sp[-1] = right; \
        Unref(left); \
        NEXT(); \
    } \
    Object *new_ = Float_New(float_); \
    if (new_ == NULL) { sp++; FAIL(); } \
    Unref(left), Unref(right); \
    sp[-1] = new_; \
    NEXT(); } while (0)
#define ARITHMETIC(op, formula) do { \
    int64_t x, y; \
    double a, b; \
    if (small_ints(left, right, &x, &y)) INT_RESULT(formula); \
    if (floats(left, right, &a, &b)) FLOAT_RESULT(a op b); } while (0)

/* *x becomes the result; false: not here. */
static inline bool int_operation(int op, int64_t *x, int64_t y)
{
    int64_t v = *x;
    switch (op % NB_OP_INPLACE) {
    case NB_OP_AND: *x = v & y; return true;
    case NB_OP_OR: *x = v | y; return true;
    case NB_OP_XOR: *x = v ^ y; return true;
    case NB_OP_RSHIFT:
        if (y < 0 || y > 60) return false;
        *x = v >> y;
        return true;
    case NB_OP_REMAINDER:
        if (y == 0) return false;
        *x = v % y;
        *x += *x != 0 && (*x < 0) != (y < 0) ? y : 0;
        return true;
    default:
        if (y == 0) return false;
        *x = v / y - (v % y != 0 && (v < 0) != (y < 0));
        return true;
    }
}

static inline int ordered(bool less, bool equal, int op)
{
    switch (op) {
    case CMP_LT: return less;
    case CMP_LE: return less || equal;
    case CMP_EQ: return equal;
    case CMP_NE: return !equal;
    case CMP_GT: return !less && !equal;
    default: return !less;
    }
}

/* 0, 1, or -1: not of the quick kinds */
static inline int quick_compare(Object *a, Object *b, int op)
{
    int64_t x, y;
    if (small_ints(a, b, &x, &y)) {
        return ordered(x < y, x == y, op);
    }
    if (TYPE(a) == &Float_Type && TYPE(b) == &Float_Type) {
        double u = FLOAT_VALUE(a), v = FLOAT_VALUE(b);
        return u != u || v != v ? op == CMP_NE : ordered(u < v, u == v, op);
    }
    if (TYPE(a) == &Str_Type && TYPE(b) == &Str_Type && (op == CMP_EQ || op == CMP_NE)) {
        return Str_Equal(a, b) == (op == CMP_EQ);
    }
    return -1;
}

static inline bool list_index(Object *list, Object *key, Size *i)
{
    int64_t at;
    if (!small_int(key, &at)) {
        return false;
    }
    *i = at < 0 ? at + LIST_LEN(list) : at;
    return *i >= 0 && *i < LIST_LEN(list);
}

/* Borrowed; NULL without exception: ask in the general way. */
static inline Object *quick_item(Object *o, Object *key)
{
    int64_t i;
    if (TYPE(o) == &List_Type && small_int(key, &i)) {
        i = i < 0 ? i + LIST_LEN(o) : i;
        return i >= 0 && i < LIST_LEN(o) ? LIST_ITEM(o, i) : NULL;
    }
    if (TYPE(o) == &Tuple_Type && small_int(key, &i)) {
        i = i < 0 ? i + TUPLE_LEN(o) : i;
        return i >= 0 && i < TUPLE_LEN(o) ? TUPLE_ITEM(o, i) : NULL;
    }
    return NULL;
}

static inline Object **unpackable(Object *o, Size n)
{
    if (TYPE(o) == &Tuple_Type) {
        return TUPLE_LEN(o) == n ? ((Tuple *)o)->items : NULL;
    }
    return TYPE(o) == &List_Type && LIST_LEN(o) == n ? ((List *)o)->items : NULL;
}

/* New; NULL: the end, or an exception. */
static inline Object *next_of_sequence(SeqIter *it)
{
    Object *seq = it->seq;
    if (seq != NULL && it->step == 1) {
        if (TYPE(seq) == &List_Type && it->next < LIST_LEN(seq)) {
            return Ref(LIST_ITEM(seq, it->next++));
        }
        if (TYPE(seq) == &Tuple_Type && it->next < TUPLE_LEN(seq)) {
            return Ref(TUPLE_ITEM(seq, it->next++));
        }
    }
    return SeqIter_Type.iternext((Object *)it);
}

/* ---- exceptions ---- */

/* Where the raised exception is handled in this frame: the stack is cut and the exception pushed. False: nowhere. What is
   guarded is where the machine stands (*ip); what a handler is told (lasti) is f->ip, which RERAISE sets back. */
static bool find_handler(Frame *f, Object ***sp, const Instr **ip)
{
    Quick *q = Quick_Of(f->code);
    Object **base = f->slots + q->nslots;
    Handler h;
    bool found = Code_Handler(f->code, (int)(*ip - q->instrs) - 1, &h);
    int depth = found ? h.depth : 0;
    assert(*sp - base >= depth);
    drop_values(base + depth, *sp - base - depth);
    *sp = base + depth;
    if (!found) {
        return false;
    }
    Object *exc = Err_Fetch();
    if (h.lasti) {
        Object *lasti = Int_FromLong(Frame_Index(f));
        if (lasti == NULL) {                    /* no memory: that is now the exception, without its place */
            lasti = Ref(interp.small - SMALL_MIN);
            ASSIGN(exc, Err_Fetch());
        }
        *(*sp)++ = lasti;
    }
    *(*sp)++ = exc;
    *ip = q->instrs + h.target;
    return true;
}

static bool init_returned(Object *value)
{
    if (value != None) {
        Err_Set(EXC(TypeError), "__init__() should return None, not '%T'", value);
    }
    Unref(value);
    return value == None;
}

Object *Eval_Frame(Frame *entry, bool throwing)
{
#include "opcode_targets.h"
    Thread *const th = THREAD;
    Frame *f = entry;
    Object **sp, **slots, *returned, *kwnames = NULL;
    const Instr *ip;
    Cache *caches;
    int arg, how;

    if (!Stack_Ok(" while calling a Python object")) {

        throwing = true;
    }
    if (throwing) {
        LOAD_FRAME();
        goto error;
    }
start:
    LOAD_FRAME();
    NEXT();

#include "cases.h"

op_unknown:
    f->ip = ip;
    Err_Set(EXC(SystemError), "unknown opcode %d", (int)INSTR_OP(ip[-1]));
    goto error;

leave:                                          /* `returned` is the result, the stack is empty */
    f->sp = sp;
    how = f->how;
    Frame *back = f->back;
    leave_frame(f);
    f = back;
resume:                                         /* f goes on with what it waited for */
    if (how == FRAME_FROM_C) {
        return returned;
    }
    LOAD_FRAME();
    if (how == FRAME_FROM_CALL) {
        *sp++ = returned;
    } else if (how == FRAME_FROM_CLASS) {
        if (!init_returned(returned)) {
            goto error;
        }
    } else if (how == FRAME_FROM_FOR) {
        Unref(returned);
        returned = *--sp;
        Unref(returned);
        JUMP(INSTR_ARG(ip[-1]) + 1);
    } else {
        *sp++ = returned;
        JUMP(INSTR_ARG(ip[-1]));
    }
    NEXT();

error:
    assert(Err_Occurred() != NULL);
    Traceback_Here(f);
unwind:
    if (find_handler(f, &sp, &ip)) {
        kwnames = NULL;
        NEXT();
    }
    f->sp = sp;
    how = f->how;
    Frame *caller = f->back;
    leave_frame(f);
    if (how == FRAME_FROM_C) {
        return NULL;
    }
    f = caller;
    LOAD_FRAME();
    goto error;
}
