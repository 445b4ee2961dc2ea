/* Frames: the thread's stack of them, and what a program sees of one.
   A frame lives on the stack until its code returns. When somebody has asked for its object by then, the object takes
   the variables over; that is the only time they move. */
#include "vm.h"

enum { CHUNK = 256 << 10 };

Object *Frame_Builtins(Object *globals)
{
    Object *b = globals == NULL ? NULL : Dict_Get(globals, ID(__builtins__));
    if (b != NULL && IsType(b, &Module_Type)) {
        b = MODULE_DICT(b);
    }
    return b != NULL && Dict_Check(b) ? b : interp.builtins;
}

/* ---- the stack ---- */
int Frame_NewChunk(size_t size)
{
    Thread *th = THREAD;
    size_t room = size + sizeof(struct FrameChunk) > CHUNK ? size + sizeof(struct FrameChunk) : CHUNK;
    struct FrameChunk *chunk = Mem_Alloc(room);
    if (chunk == NULL) {
        return Err_Minus(Err_NoMemory());
    }
    chunk->back = th->chunk;
    chunk->next = th->frames_next;
    chunk->end = (char *)chunk + room;
    th->chunk = chunk;
    th->frames_next = (char *)chunk->data;
    th->frames_end = chunk->end;
    return 0;
}

void Frame_DropChunk(void)
{
    Thread *th = THREAD;
    struct FrameChunk *chunk = th->chunk;
    th->chunk = chunk->back;
    th->frames_next = chunk->next;
    th->frames_end = th->chunk == NULL ? NULL : th->chunk->end;
    Mem_Free(chunk);
}

static int enter(Function *fn)
{
    Thread *th = THREAD;
    if (th->depth >= th->depth_limit) {
        return Err_Minus(Err_Set(EXC(RecursionError), "maximum recursion depth exceeded"));
    }
    if (Quick_Of(fn->code) == NULL && Eval_Prepare(fn->code) == NULL) {
        return -1;
    }
    size_t size = Quick_Of(fn->code)->size;
    return (size_t)(th->frames_end - th->frames_next) >= size ? 0 : Frame_NewChunk(size);
}

Frame *Frame_Push(Function *fn, Object *locals)
{
    if (enter(fn) < 0) {
        Unref(fn);
        return NULL;
    }
    Frame *f = Frame_Begin(fn);
    Quick *q = Quick_Of(fn->code);
    memset(f->slots, 0, (size_t)q->nslots * sizeof(Object *));
    f->locals = XRef(locals);
    return f;
}

void Frame_Clear(Frame *f)
{
    Object **end = f->slots + Quick_Of(f->code)->nslots;
    while (f->sp > end) {
        Object *o = *--f->sp;
        XUnref(o);
    }
    for (Object **slot = f->slots; slot < end; slot++) {
        CLEAR(*slot);
    }
    CLEAR(f->locals);
}

/* The object takes over the variables, the code and the function; what called stays reachable through `back`. */
static void keep(Frame *f, FrameObject *o)
{
    size_t size = FRAME_SIZE(Quick_Of(f->code)->nslots);
    Object *raised = Err_Fetch();
    if (f->back != NULL && o->back == NULL) {
        o->back = XRef(Frame_Object(f->back));
    }
    Err_Clear();
    Err_Restore(raised);
    Object **end = f->slots + Quick_Of(f->code)->nslots;
    while (f->sp > end) {
        Object *value = *--f->sp;
        XUnref(value);
    }
    memcpy(&o->own, f, size);
    o->own.owner = FRAME_ON_OBJECT;
    o->own.object = NULL;
    o->own.back = NULL;
    o->own.sp = o->own.slots + Quick_Of(f->code)->nslots;
    o->frame = &o->own;
}

void Frame_Leave(Frame *f)
{
    FrameObject *o = f->object;
    f->object = NULL;
    if (o != NULL && o->head.refcnt > 1) {
        keep(f, o);
        Unref(o);
        return;
    }
    Frame_Clear(f);
    if (o != NULL) {
        o->frame = NULL;
        Unref(o);
    }
    Unref(f->code);
    Unref(f->func);
}

void Frame_Pop(Frame *f)
{
    Thread *th = THREAD;
    th->frame = f->back;
    th->depth--;
    Frame_Leave(f);
    th->frames_next = (char *)f;
    if ((char *)f == (char *)th->chunk->data && th->chunk->back != NULL) {
        Frame_DropChunk();
    }
}

/* ---- running code from C ---- */
static Object *run_and_pop(Frame *f)
{
    if (f == NULL) {
        return NULL;
    }
    f->how = FRAME_FROM_C;
    return Eval_Frame(f, false);
}

Object *Function_Call(Object *o, Object **args, Size n, Object *kwnames)
{
    return run_and_pop(Frame_PushCall((Function *)o, args, n, kwnames));
}

Object *Frame_RunBody(Object *o, Object *namespace)
{
    return run_and_pop(Frame_Push(Ref(o), namespace));
}

Object *Eval_Code(Object *o, Object *globals, Object *locals)
{
    Code *code = (Code *)o;
    if (code->nfrees > 0) {
        return Err_Set(EXC(TypeError), "code object passed to exec() may not contain free variables");
    }
    Object *fn = Function_New(code, globals, code->qualname);
    return fn == NULL ? NULL : run_and_pop(Frame_Push((Function *)fn, locals));
}

/* ---- what a program sees ---- */
FrameObject *Frame_Object(Frame *f)
{
    if (f->object == NULL) {
        FrameObject *o = Object_Alloc(&Frame_Type, (Size)Quick_Of(f->code)->nslots * (Size)sizeof(Object *));
        if (o != NULL) {
            o->frame = f;
            f->object = o;
        }
    }
    return f->object;
}

int Frame_Index(Frame *f) { return (int)(f->ip - Quick_Of(f->code)->instrs) - 1; }

int Frame_Line(Frame *f)
{
    int index = Frame_Index(f), line = index < 0 ? f->code->firstline : Code_Line(f->code, index);
    return line < 0 ? f->code->firstline : line;
}

static int put_local(Object *dict, Object *name, Object *value)
{
    if (value != NULL) {
        return Dict_Set(dict, name, value);
    }
    Object *old;
    int r = Dict_Pop(dict, name, &old);
    if (r == 1) {
        Unref(old);
    }
    return r < 0 ? -1 : 0;
}

Object *Frame_Locals(Frame *f)
{
    Code *c = f->code;
    if (f->locals != NULL && !(c->flags & CODE_OPTIMIZED)) {
        return f->locals;
    }
    if (f->locals == NULL && (f->locals = Dict_New()) == NULL) {
        return NULL;
    }
    for (int i = 0; i < c->nlocalsplus; i++) {
        Object *value = f->slots[i];
        if (c->kinds[i] & VAR_HIDDEN) {
            continue;
        }
        if (value != NULL && (c->kinds[i] & (VAR_CELL | VAR_FREE)) && TYPE(value) == &Cell_Type) {
            value = ((Cell *)value)->value;
        }
        if (put_local(f->locals, TUPLE_ITEM(c->localsplus, i), value) < 0) {
            return NULL;
        }
    }
    return f->locals;
}

int Frame_Visit(Frame *f, VisitFn visit, void *arg)
{
    VISIT(f->func);
    VISIT(f->locals);
    VISIT(f->object);
    for (Object **p = f->slots; p < f->sp; p++) {
        VISIT(*p);
    }
    return 0;
}

#define FRAME(o) (((FrameObject *)(o))->frame)
static int frame_traverse(Object *o, VisitFn visit, void *arg)
{
    FrameObject *self = (FrameObject *)o;
    VISIT(self->back);
    return self->frame == &self->own ? Frame_Visit(self->frame, visit, arg) : 0;
}

/* The collector clears a cycle's frame while it is still referred to: then code and function stay, for those who look. */
static void frame_clear(Object *o)
{
    FrameObject *self = (FrameObject *)o;
    Frame *f = self->frame;
    CLEAR(self->back);
    if (f != &self->own) {
        return;
    }
    Frame_Clear(f);
    if (o->refcnt == 0) {
        self->frame = NULL;
        Unref(f->code);
        Unref(f->func);
    }
}

static Object *or_none(void *o) { return Ref(o == NULL ? None : (Object *)o); }
static Object *frame_code(Object *o) { return Ref(FRAME(o)->code); }
static Object *frame_globals(Object *o) { return or_none(FRAME(o)->func->globals); }
static Object *frame_builtins(Object *o) { return or_none(FRAME(o)->func->builtins); }
static Object *frame_locals(Object *o) { return XRef(Frame_Locals(FRAME(o))); }
static Object *frame_back(Object *o)
{
    FrameObject *self = (FrameObject *)o;
    if (self->frame->owner == FRAME_ON_OBJECT || self->frame->back == NULL) {
        return or_none(self->back);
    }
    return XRef(Frame_Object(self->frame->back));
}
static Object *frame_lineno(Object *o) { return Int_FromLong(Frame_Line(FRAME(o))); }
static Object *frame_lasti(Object *o) { return Int_FromLong(2 * (int64_t)Frame_Index(FRAME(o))); }
static Object *frame_trace(Object *o) { (void)o; return Ref(None); }
static Object *frame_repr(Object *o)
{
    Frame *f = FRAME(o);
    return Str_Format("<frame at %p, file %R, line %d, code %U>", o, f->code->filename, Frame_Line(f), f->code->name);
}

/* Drop the variables of a frame that does not run, so that a kept traceback keeps nothing else. */
static Object *frame_clear_method(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)args, (void)n, (void)kwnames;
    Frame *f = FRAME(self);
    if (f->owner == FRAME_ON_STACK || (f->owner == FRAME_ON_GEN && GEN_OF(f)->state == GEN_RUNNING)) {
        return Err_Set(EXC(RuntimeError), "cannot clear an executing frame");
    }
    if (f->owner == FRAME_ON_GEN) {
        return CallMethod((Object *)GEN_OF(f), ID(close), 0, NULL);
    }
    Frame_Clear(f);
    return Ref(None);
}
static const MethodDef frame_methods[] = {{"clear", frame_clear_method, 0, 0, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};
static const GetSetDef frame_getsets[] = {
    {"f_code", frame_code, NULL}, {"f_globals", frame_globals, NULL}, {"f_builtins", frame_builtins, NULL}, {"f_locals", frame_locals, NULL},
    {"f_back", frame_back, NULL}, {"f_lineno", frame_lineno, NULL}, {"f_lasti", frame_lasti, NULL}, {"f_trace", frame_trace, NULL},
    {NULL, NULL, NULL}};
Type Frame_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "frame", .size = sizeof(FrameObject) - sizeof(Object *), .flags = T_GC | T_ABSTRACT,
    .traverse = frame_traverse, .clear = frame_clear, .repr = frame_repr, .methods = frame_methods, .getsets = frame_getsets,
};
