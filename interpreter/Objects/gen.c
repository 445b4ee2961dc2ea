/* Generators. A generator owns its frame; while it runs, the frame is the thread's, with a
   reference of its own. It keeps what its except blocks were handling when it yielded. */
#include "rabbit.h"
#include "compile.h"

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames

Object *Gen_New(Frame *frame, Object *name, Object *qualname)
{
    Gen *g = Object_Alloc(&Gen_Type, 0);
    if (g == NULL) {
        Unref(frame);
        return NULL;
    }
    g->frame = frame;
    frame->gen = g;
    g->name = Ref(name);
    g->qualname = Ref(qualname);
    return (Object *)g;
}

static void finish(Gen *g)
{
    Frame *f = g->frame;
    g->frame = NULL;
    if (f != NULL) {
        f->gen = NULL;
        Unref(f);
    }
    CLEAR(g->exc.exc);
}

/* A StopIteration that leaves a generator would end somebody else's loop: make it a RuntimeError. */
static void forbid_stop(void)
{
    if (!Err_Matches(EXC(StopIteration))) {
        return;
    }
    Object *stop = Err_Fetch();
    Err_Set(EXC(RuntimeError), "generator raised StopIteration");
    Object *error = Err_Fetch();
    ASSIGN(EXC_OF(error)->cause, Ref(stop));
    ASSIGN(EXC_OF(error)->context, stop);
    EXC_OF(error)->suppress = true;
    Err_Restore(error);
}

/* Run until the next yield. `value` is borrowed; NULL: an exception is set and goes in. */
int Gen_Resume(Gen *g, Object *value, Object **result)
{
    *result = NULL;
    if (g->running) {
        Err_Clear();
        return Err_Minus(Err_Set(EXC(ValueError), "generator already executing"));
    }
    if (g->frame == NULL) {
        *result = value == NULL ? NULL : Ref(None);
        return value == NULL ? -1 : 0;
    }
    if (!g->started && value != NULL && value != None) {
        return Err_Minus(Err_Set(EXC(TypeError), "can't send non-None value to a just-started generator"));
    }
    Object *sent = value == NULL || !g->started ? NULL : Ref(value);
    Frame *f = g->frame;
    Ref(g);
    g->running = g->started = true;
    g->exc.prev = THREAD->exc_top;
    THREAD->exc_top = &g->exc;
    *result = Eval_Frame(f, sent);
    THREAD->exc_top = g->exc.prev;
    g->exc.prev = NULL;
    g->running = false;
    int r = *result == NULL ? -1 : f->ip < 0 ? 0 : 1;
    if (r != 1) {
        finish(g);
    }
    if (r < 0) {
        forbid_stop();
    }
    Unref(g);
    return r;
}

static Object *gen_next(Object *o)
{
    Object *result;
    int r = Gen_Resume((Gen *)o, None, &result);
    if (r == 0) {
        if (result != None) {
            Object *value = result;
            Err_SetObject(EXC(StopIteration), value);
        }
        CLEAR(result);
    }
    return result;
}

/* yield from: any iterator. */
int Gen_SendTo(Object *iterator, Object *value, Object **result)
{
    if (TYPE(iterator) == &Gen_Type) {
        return Gen_Resume((Gen *)iterator, value, result);
    }
    *result = value == None ? TYPE(iterator)->iternext(iterator) : CallMethod(iterator, ID(send), 1, &value);
    if (*result != NULL) {
        return 1;
    }
    if (!Err_Occurred()) {
        *result = Ref(None);
        return 0;
    }
    if (!Err_Matches(EXC(StopIteration))) {
        return -1;
    }
    Object *stop = Err_Fetch();
    *result = Exc_StopValue(stop);
    Unref(stop);
    return *result == NULL ? -1 : 0;
}

static Object *answer(int r, Object *result)
{
    if (r == 0) {
        Err_SetObject(EXC(StopIteration), result == None ? NULL : result);
        CLEAR(result);
    }
    return result;
}
DEF(gen_send)
{
    IGNORE;
    Object *result;
    int r = Gen_Resume((Gen *)self, args[0], &result);
    return answer(r, result);
}

static Object *throw_in(Gen *g, Object *exc);

/* Close the iterator that the generator delegates to: 0, or -1 with an exception. */
static int close_inner(Object *inner)
{
    Object *method;
    if (TYPE(inner) != &Gen_Type && Object_LookupAttr(inner, ID(close), &method) == 0) {
        return 0;
    }
    Object *r = CallMethod(inner, ID(close), 0, NULL);
    if (TYPE(inner) != &Gen_Type) {
        XUnref(method);
    }
    XUnref(r);
    return r == NULL ? -1 : 0;
}

/* The iterator under `yield from` lies on top of the frame's stack. Borrowed. */
static Object *delegate(Gen *g)
{
    Frame *f = g->frame;
    if (f == NULL || g->running || f->top == 0 || f->ip <= 0 || (f->code->instrs[f->ip] & 0xff) != OP_YIELD_FROM) {
        return NULL;
    }
    int base = f->code->nlocals + f->code->ncells + f->code->nfrees;
    return f->slots[base + f->top - 1];
}

/* Hand an exception to the inner iterator first. Steals exc. */
static Object *throw_delegated(Gen *g, Object *inner, Object *exc)
{
    Object *result = NULL, *method;
    Ref(inner);
    int closes = IsType(exc, EXC(GeneratorExit)), has = 1;
    g->running = true;
    if (closes) {
        int r = close_inner(inner);
        g->running = false;
        Unref(inner);
        if (r < 0) {
            Unref(exc);
        } else {
            Err_Raise(exc);
        }
        int done = Gen_Resume(g, NULL, &result);
        return answer(done, result);
    }
    if (TYPE(inner) == &Gen_Type) {
        result = throw_in((Gen *)inner, Ref(exc));
    } else if ((has = Object_LookupAttr(inner, ID(throw), &method)) == 1) {
        result = Call1(method, exc);
        Unref(method);
    } else if (has == 0) {
        Err_Raise(Ref(exc));
    }
    g->running = false;
    Unref(inner);
    Unref(exc);
    if (result != NULL) {
        return result;
    }
    Frame *f = g->frame;
    if (has == 1 && Err_Matches(EXC(StopIteration))) {     /* the inner one returned: go on behind the yield from */
        Object *stop = Err_Fetch(), *value = Exc_StopValue(stop);
        Unref(stop);
        int base = f->code->nlocals + f->code->ncells + f->code->nfrees;
        Object *iterator = f->slots[base + f->top - 1];
        f->slots[base + f->top - 1] = NULL;
        f->top--;
        f->ip++;
        Unref(iterator);
        int r = Gen_Resume(g, value, &result);
        XUnref(value);
        return answer(r, result);
    }
    int r = Gen_Resume(g, NULL, &result);
    return answer(r, result);
}

/* Steals exc. */
static Object *throw_in(Gen *g, Object *exc)
{
    Object *inner = delegate(g), *result;
    if (inner != NULL) {
        return throw_delegated(g, inner, exc);
    }
    Err_Raise(exc);
    if (g->frame != NULL && !g->started && !g->running) {
        finish(g);
        return NULL;
    }
    int r = Gen_Resume(g, NULL, &result);
    return answer(r, result);
}

DEF(gen_throw)
{
    IGNORE;
    Object *value = n > 1 && args[1] != None ? args[1] : NULL, *exc;
    if (value != NULL && Exc_Check(value)) {
        exc = Ref(value);
    } else {
        exc = value != NULL ? Call1(args[0], value) : Exc_FromValue(args[0]);
    }
    return exc == NULL ? NULL : throw_in((Gen *)self, exc);
}

/* 0 closed, -1 exception */
static int close_gen(Gen *g)
{
    if (g->frame == NULL || (!g->started && !g->running)) {
        finish(g);
        return 0;
    }
    Object *exc = Call0((Object *)EXC(GeneratorExit));
    Object *r = exc == NULL ? NULL : throw_in(g, exc);
    if (r != NULL) {
        Unref(r);
        return Err_Minus(Err_Set(EXC(RuntimeError), "generator ignored GeneratorExit"));
    }
    return Err_Swallow(EXC(StopIteration)) || Err_Swallow(EXC(GeneratorExit)) ? 0 : -1;
}
DEF(gen_close) { IGNORE; return close_gen((Gen *)self) < 0 ? NULL : Ref(None); }

/* A suspended generator that dies runs its finally blocks. */
static void gen_del(Object *o)
{
    Gen *g = (Gen *)o;
    if (g->frame != NULL && g->started && g->frame->nblocks > 0 && close_gen(g) < 0) {
        Err_Unraisable(o);
    }
}

static int gen_traverse(Object *o, VisitFn visit, void *arg)
{
    Gen *g = (Gen *)o;
    VISIT(g->frame);
    VISIT(g->exc.exc);
    return 0;
}
static void gen_clear(Object *o)
{
    finish((Gen *)o);
    CLEAR(((Gen *)o)->name);
    CLEAR(((Gen *)o)->qualname);
}
static Object *gen_repr(Object *o) { return Str_Format("<generator object %U at %p>", ((Gen *)o)->qualname, o); }
static Object *gen_name(Object *o) { return Ref(((Gen *)o)->name); }
static Object *gen_qualname(Object *o) { return Ref(((Gen *)o)->qualname); }
static Object *gen_frame(Object *o) { return Ref(((Gen *)o)->frame == NULL ? None : (Object *)((Gen *)o)->frame); }
static Object *gen_running(Object *o) { return Bool_From(((Gen *)o)->running); }
static Object *gen_yieldfrom(Object *o) { Object *inner = delegate((Gen *)o); return Ref(inner == NULL ? None : inner); }
static const MethodDef gen_methods[] = {
    {"send", gen_send, 1, 1, NULL, 0}, {"throw", gen_throw, 1, 3, NULL, 0}, {"close", gen_close, 0, 0, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};
static const GetSetDef gen_getsets[] = {
    {"__name__", gen_name, NULL}, {"__qualname__", gen_qualname, NULL}, {"gi_frame", gen_frame, NULL}, {"gi_running", gen_running, NULL},
    {"gi_yieldfrom", gen_yieldfrom, NULL}, {NULL, NULL, NULL}};
Type Gen_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "generator", .size = sizeof(Gen), .flags = T_GC | T_ABSTRACT, .traverse = gen_traverse,
    .clear = gen_clear, .del = gen_del, .repr = gen_repr, .iter = Object_SelfIter, .iternext = gen_next, .methods = gen_methods, .getsets = gen_getsets,
};
