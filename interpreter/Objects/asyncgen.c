/* Asynchronous generators: `async for` and what asend(), athrow() and aclose() return. What such a generator yields is
   wrapped (AsyncValue), so that it can be told from what its awaits let through to the event loop; a wrapped value ends
   the step with StopIteration(value). */
#include "vm.h"

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames
enum { STEP_NEW, STEP_GOING, STEP_DONE };

typedef struct { Object head; Object *value; } AsyncValue;
/* One step: `value` is what asend() sends; `exc` what athrow() raises; neither for aclose(). */
typedef struct { Object head; Gen *gen; Object *value, *exc; int state; } Step;
#define STEP(o) ((Step *)(o))

Object *Async_Wrap(Object *value)
{
    AsyncValue *w = value == NULL ? NULL : Object_Alloc(&AsyncValue_Type, 0);
    if (w == NULL) {
        XUnref(value);
        return NULL;
    }
    w->value = value;
    return (Object *)w;
}
static int value_traverse(Object *o, VisitFn visit, void *arg) { VISIT(((AsyncValue *)o)->value); return 0; }
static void value_clear(Object *o) { CLEAR(((AsyncValue *)o)->value); }
Type AsyncValue_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "async_generator_wrapped_value", .size = sizeof(AsyncValue), .flags = T_GC | T_ABSTRACT,
    .traverse = value_traverse, .clear = value_clear,
};

/* ---- making a step ---- */
static int call_hooks(Gen *g)
{
    if (g->hooked) {
        return 0;
    }
    g->hooked = true;
    g->finalizer = XRef(THREAD->async_final);
    Object *first = XRef(THREAD->async_first), *r = first == NULL ? NULL : Call1(first, (Object *)g);
    int bad = first != NULL && r == NULL ? -1 : 0;
    XUnref(first), XUnref(r);
    return bad;
}

static Object *new_step(Type *type, Gen *g, Object *value, Object *exc)
{
    Step *s = call_hooks(g) < 0 ? NULL : Object_Alloc(type, 0);
    if (s != NULL) {
        s->gen = Ref(g), s->value = XRef(value), s->exc = XRef(exc);
    }
    return (Object *)s;
}
Object *AsyncSend_New(Gen *g, Object *value) { return new_step(&AsyncSend_Type, g, value, NULL); }

DEF(agen_aiter) { IGNORE; return Ref(self); }
DEF(agen_anext) { IGNORE; return AsyncSend_New((Gen *)self, None); }
DEF(agen_asend) { IGNORE; return AsyncSend_New((Gen *)self, args[0]); }
DEF(agen_aclose) { IGNORE; return new_step(&AsyncThrow_Type, (Gen *)self, NULL, NULL); }
DEF(agen_athrow)
{
    IGNORE;
    Object *exc = Exc_FromThrow(args, n), *r = exc == NULL ? NULL : new_step(&AsyncThrow_Type, (Gen *)self, NULL, exc);
    XUnref(exc);
    return r;
}
const MethodDef AsyncGen_Methods[] = {
    {"__aiter__", agen_aiter, 0, 0, NULL, 0}, {"__anext__", agen_anext, 0, 0, NULL, 0}, {"asend", agen_asend, 1, 1, NULL, 0},
    {"athrow", agen_athrow, 1, 3, NULL, 0}, {"aclose", agen_aclose, 0, 0, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};

/* ---- running a step ---- */
static bool ended(void) { return Err_Matches(EXC(StopAsyncIteration)) || Err_Matches(EXC(GeneratorExit)); }

/* Of Gen_Resume: a yielded value ends the step, a return ends the iteration, anything else goes up to the loop. */
static Object *unwrap(Gen *g, int r, Object *result)
{
    if (r == 0) {
        Unref(result);
        result = Err_SetObject(EXC(StopAsyncIteration), NULL);
    }
    if (result == NULL) {
        g->closed = g->closed || ended();
        g->stepping = false;
    } else if (TYPE(result) == &AsyncValue_Type) {
        Object *value = Ref(((AsyncValue *)result)->value);
        Unref(result);
        g->stepping = false;
        result = Gen_SetStop(value);
    }
    return result;
}

/* The same for Gen_Throw, where a return has become StopIteration already. */
static Object *unwrap_thrown(Gen *g, Object *result)
{
    if (result == NULL && g->state == GEN_FINISHED && Err_Swallow(EXC(StopIteration))) {
        Err_SetObject(EXC(StopAsyncIteration), NULL);
    }
    return unwrap(g, result == NULL ? -1 : 1, result);
}

static int begin(Step *s, const char *what)
{
    if (s->gen->stepping) {
        s->state = STEP_DONE;
        return Err_Minus(Err_Set(EXC(RuntimeError), "%s(): asynchronous generator is already running", what));
    }
    s->state = STEP_GOING;
    s->gen->stepping = true;
    return 0;
}

static Object *send_step(Step *s, Object *value)
{
    if (s->state == STEP_DONE) {
        return Err_Set(EXC(RuntimeError), "cannot reuse already awaited __anext__()/asend()");
    }
    if (s->state == STEP_NEW) {
        if (begin(s, "anext") < 0) {
            return NULL;
        }
        value = value == None ? s->value : value;
    }
    Object *result;
    int r = Gen_Resume(s->gen, value, &result);
    result = unwrap(s->gen, r, result);
    s->state = result == NULL ? STEP_DONE : s->state;
    return result;
}

static Object *ignored_exit(Gen *g, Object *result)
{
    g->stepping = false;
    Unref(result);
    return Err_Set(EXC(RuntimeError), "async generator ignored GeneratorExit");
}

/* The end of an athrow() or aclose() step that raised; for aclose() the end of the generator is what was wanted. */
static Object *throw_failed(Step *s)
{
    s->gen->stepping = false;
    s->state = STEP_DONE;
    if (s->exc == NULL && ended()) {
        Err_Clear();
        Err_SetObject(EXC(StopIteration), NULL);
    }
    return NULL;
}

static Object *first_throw(Step *s, Object *value)
{
    Gen *g = s->gen;
    if (g->closed) {
        s->state = STEP_DONE;
        return Err_SetObject(EXC(StopAsyncIteration), NULL);
    }
    if (value != None) {
        return Err_Set(EXC(RuntimeError), "can't send non-None value to a just-started coroutine");
    }
    if (begin(s, s->exc == NULL ? "aclose" : "athrow") < 0) {
        return NULL;
    }
    g->closed = g->closed || s->exc == NULL;
    Object *exc = s->exc != NULL ? Ref(s->exc) : Call0((Object *)EXC(GeneratorExit)), *r = exc == NULL ? NULL : Gen_Throw(g, exc, false);
    if (s->exc == NULL && r != NULL && TYPE(r) == &AsyncValue_Type) {
        return ignored_exit(g, r);
    }
    r = unwrap_thrown(g, r);
    return r != NULL ? r : throw_failed(s);
}

static Object *throw_step(Step *s, Object *value)
{
    Gen *g = s->gen;
    if (s->state == STEP_DONE || (s->state == STEP_NEW && g->state == GEN_FINISHED && !g->closed && s->exc != NULL)) {
        return Err_Set(EXC(RuntimeError), "cannot reuse already awaited aclose()/athrow()");
    }
    if (s->state == STEP_NEW && s->exc == NULL && g->state == GEN_FINISHED) {
        s->state = STEP_DONE;
        return Gen_SetStop(Ref(None));
    }
    if (s->state == STEP_NEW) {
        return first_throw(s, value);
    }
    Object *result;
    int r = Gen_Resume(g, value, &result);
    if (s->exc == NULL && r == 1 && TYPE(result) == &AsyncValue_Type) {
        return ignored_exit(g, result);
    }
    result = unwrap(g, r, result);
    return result != NULL ? result : throw_failed(s);
}

static Object *step(Step *s, Object *value) { return TYPE(s) == &AsyncSend_Type ? send_step(s, value) : throw_step(s, value); }
static Object *step_next(Object *self) { return step(STEP(self), None); }
DEF(step_send) { IGNORE; return step(STEP(self), args[0]); }
DEF(step_throw)
{
    IGNORE;
    Step *s = STEP(self);
    if (s->state == STEP_DONE) {
        return Err_Set(EXC(RuntimeError), TYPE(s) == &AsyncSend_Type ? "cannot reuse already awaited __anext__()/asend()"
                       : "cannot reuse already awaited aclose()/athrow()");
    }
    if (s->state == STEP_NEW && begin(s, TYPE(s) == &AsyncSend_Type ? "anext" : s->exc == NULL ? "aclose" : "athrow") < 0) {
        return NULL;
    }
    Object *exc = Exc_FromThrow(args, n), *r = exc == NULL ? NULL : Gen_Throw(s->gen, exc, false);
    r = unwrap_thrown(s->gen, r);
    s->state = r == NULL ? STEP_DONE : s->state;
    return r;
}
DEF(step_close)
{
    IGNORE;
    STEP(self)->state = STEP_DONE;
    return Ref(None);
}
DEF(step_await) { IGNORE; return Ref(self); }
static int step_traverse(Object *o, VisitFn visit, void *arg)
{
    VISIT(STEP(o)->gen);
    VISIT(STEP(o)->value);
    VISIT(STEP(o)->exc);
    return 0;
}
static void step_clear(Object *o)
{
    CLEAR(STEP(o)->gen);
    CLEAR(STEP(o)->value);
    CLEAR(STEP(o)->exc);
}
static const MethodDef step_methods[] = {
    {"send", step_send, 1, 1, NULL, 0}, {"throw", step_throw, 1, 3, NULL, 0}, {"close", step_close, 0, 0, NULL, 0},
    {"__await__", step_await, 0, 0, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};
#define STEP_TYPE(variable, text) Type variable = { \
    .head = IMMORTAL_HEAD(&Type_Type), .name = text, .size = sizeof(Step), .flags = T_GC | T_ABSTRACT, .traverse = step_traverse, \
    .clear = step_clear, .iter = Object_SelfIter, .iternext = step_next, .methods = step_methods}
STEP_TYPE(AsyncSend_Type, "async_generator_asend");
STEP_TYPE(AsyncThrow_Type, "async_generator_athrow");

/* ---- `async for` ---- */
Object *Async_GetIter(Object *o)
{
    if (Type_Lookup(TYPE(o), ID(__aiter__)) == NULL) {
        return Err_Set(EXC(TypeError), "'async for' requires an object with __aiter__ method, got %T", o);
    }
    Object *iter = CallSpecial(o, ID(__aiter__), 0, NULL);
    if (iter != NULL && Type_Lookup(TYPE(iter), ID(__anext__)) == NULL) {
        Err_Set(EXC(TypeError), "'async for' received an object from __aiter__ that does not implement __anext__: %T", iter);
        CLEAR(iter);
    }
    return iter;
}

Object *Async_GetNext(Object *iter)
{
    if (TYPE(iter) == &AsyncGen_Type) {
        return AsyncSend_New((Gen *)iter, None);
    }
    if (Type_Lookup(TYPE(iter), ID(__anext__)) == NULL) {
        return Err_Set(EXC(TypeError), "'async for' requires an iterator with __anext__ method, got %T", iter);
    }
    Object *next = CallSpecial(iter, ID(__anext__), 0, NULL), *r = next == NULL ? NULL : Coro_GetIter(next, 0);
    if (next != NULL && r == NULL) {
        Object *cause = Err_Fetch();
        Err_Set(EXC(TypeError), "'async for' received an invalid object from __anext__: %T", next);
        Object *exc = Err_Fetch();
        if (exc != NULL && cause != NULL) {
            ASSIGN(EXC_OF(exc)->cause, Ref(cause));
            ASSIGN(EXC_OF(exc)->context, Ref(cause));
            EXC_OF(exc)->suppress = true;
        }
        XUnref(cause);
        Err_Restore(exc);
    }
    XUnref(next);
    return r;
}

/* ---- aiter() and anext() ---- */
typedef struct { Object head; Object *awaitable, *otherwise; } NextOr;
#define NEXT_OR(o) ((NextOr *)(o))

Object *Async_Next(Object *iterator, Object *otherwise)
{
    if (Type_Lookup(TYPE(iterator), ID(__anext__)) == NULL) {
        return Err_Set(EXC(TypeError), "'%T' object is not an async iterator", iterator);
    }
    Object *awaitable = TYPE(iterator) == &AsyncGen_Type ? AsyncSend_New((Gen *)iterator, None) : CallSpecial(iterator, ID(__anext__), 0, NULL);
    if (awaitable == NULL || otherwise == NULL) {
        return awaitable;
    }
    NextOr *n = Object_Alloc(&AnextOr_Type, 0);
    if (n == NULL) {
        Unref(awaitable);
        return NULL;
    }
    n->awaitable = awaitable, n->otherwise = Ref(otherwise);
    return (Object *)n;
}

/* The end of the iteration becomes the value that was given for it. Steals result. */
static Object *or_otherwise(NextOr *n, Object *result)
{
    if (result == NULL && Err_Swallow(EXC(StopAsyncIteration))) {
        return Gen_SetStop(Ref(n->otherwise));
    }
    return result;
}

static Object *call_inner(NextOr *n, const char *method, Object **args, Size count)
{
    Object *iter = Coro_GetIter(n->awaitable, 0), *name = iter == NULL ? NULL : Str_Id(method);
    Object *r = name == NULL ? NULL : CallMethod(iter, name, count, args);
    XUnref(iter), XUnref(name);
    return or_otherwise(n, r);
}
static Object *next_or_next(Object *self)
{
    Object *iter = Coro_GetIter(NEXT_OR(self)->awaitable, 0), *r = NULL, *none = None;
    if (iter != NULL && TYPE(iter)->iternext != NULL) {
        r = TYPE(iter)->iternext(iter);
    } else if (iter != NULL) {
        r = CallMethod(iter, ID(send), 1, &none);
    }
    XUnref(iter);
    return or_otherwise(NEXT_OR(self), r);
}
DEF(next_or_send) { IGNORE; return call_inner(NEXT_OR(self), "send", args, 1); }
DEF(next_or_throw) { IGNORE; return call_inner(NEXT_OR(self), "throw", args, n); }
DEF(next_or_close) { IGNORE; return call_inner(NEXT_OR(self), "close", args, 0); }
static int next_or_traverse(Object *o, VisitFn visit, void *arg) { VISIT(NEXT_OR(o)->awaitable); VISIT(NEXT_OR(o)->otherwise); return 0; }
static void next_or_clear(Object *o) { CLEAR(NEXT_OR(o)->awaitable); CLEAR(NEXT_OR(o)->otherwise); }
static const MethodDef next_or_methods[] = {
    {"send", next_or_send, 1, 1, NULL, 0}, {"throw", next_or_throw, 1, 3, NULL, 0}, {"close", next_or_close, 0, 0, NULL, 0},
    {"__await__", step_await, 0, 0, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};
Type AnextOr_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "anext_awaitable", .size = sizeof(NextOr), .flags = T_GC | T_ABSTRACT,
    .traverse = next_or_traverse, .clear = next_or_clear, .iter = Object_SelfIter, .iternext = next_or_next, .methods = next_or_methods,
};
