/* Generators, and what coroutines and asynchronous generators have in common with them. A generator owns its frame; the
   machine steps into it and out again. It keeps what its except blocks were handling when it yielded. */
#include "vm.h"

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames
#define GEN(o) ((Gen *)(o))

static const char *kind(Gen *g)
{
    return TYPE(g) == &Coro_Type ? "coroutine" : TYPE(g) == &AsyncGen_Type ? "async generator" : "generator";
}

static void note_origin(Gen *g)
{
    Frame *f = g->frame.back;
    for (int left = THREAD->origin_depth; left > 0 && f != NULL; left--, f = f->back) {
        Object *line = Int_FromLong(Frame_Line(f)), *entry = line == NULL ? NULL : Tuple_Pack(3, f->code->filename, line, f->code->name);
        Object *one = entry == NULL ? NULL : Tuple_Pack(1, entry);
        ASSIGN(g->origin, one == NULL ? NULL : g->origin == NULL ? Ref(one) : Number_Binary(g->origin, one, NB_ADD));
        XUnref(line), XUnref(entry), XUnref(one);
    }
    Err_Clear();
}

/* The frame's content moves; the caller gives its place on the stack back. */
Object *Gen_New(Frame *f)
{
    Code *code = f->code;
    Type *type = code->flags & CODE_COROUTINE ? &Coro_Type : code->flags & CODE_ASYNC_GENERATOR ? &AsyncGen_Type : &Gen_Type;
    Gen *g = Object_Alloc(type, (code->nlocalsplus + code->stacksize) * (Size)sizeof(Object *));
    if (g == NULL) {
        return NULL;
    }
    g->name = Ref(f->func->name);
    g->qualname = Ref(f->func->qualname);
    memcpy(&g->frame, f, FRAME_SIZE(code->nlocalsplus));
    g->frame.owner = FRAME_ON_GEN;
    g->frame.sp = g->frame.slots + code->nlocalsplus;
    if (f->object != NULL) {
        f->object->frame = &g->frame;
    }
    THREAD->frame = f->back;
    THREAD->depth--;
    if (type == &Coro_Type && THREAD->origin_depth > 0) {
        note_origin(g);
    }
    g->frame.back = NULL;
    return (Object *)g;
}

void Gen_Finish(Gen *g)
{
    g->state = GEN_FINISHED;
    CLEAR(g->exc.exc);
    Frame_Leave(&g->frame);
}

Object *Gen_WaitsFor(Gen *g)
{
    if (g->state != GEN_SUSPENDED) {
        return NULL;
    }
    Instr next = *g->frame.ip;
    return INSTR_OP(next) == OP_RESUME && (INSTR_ARG(next) & 3) >= 2 ? g->frame.sp[-1] : NULL;
}

static int refuse(Gen *g, Object *value)
{
    if (g->state == GEN_RUNNING) {
        Err_Clear();
        return Err_Minus(Err_Set(EXC(ValueError), "%s already executing", kind(g)));
    }
    if (g->state == GEN_CREATED && value != NULL && value != None) {
        return Err_Minus(Err_Set(EXC(TypeError), "can't send non-None value to a just-started %s", kind(g)));
    }
    if (THREAD->depth >= THREAD->depth_limit) {
        return Err_Minus(Err_Set(EXC(RecursionError), "maximum recursion depth exceeded"));
    }
    return 0;
}

int Gen_Resume(Gen *g, Object *value, Object **result)
{
    *result = NULL;
    if (g->state == GEN_FINISHED) {
        if (TYPE(g) == &Coro_Type) {
            Err_Clear();
            return Err_Minus(Err_Set(EXC(RuntimeError), "cannot reuse already awaited coroutine"));
        }
        *result = value == NULL ? NULL : Ref(None);
        return value == NULL ? -1 : 0;
    }
    TRY_INT(refuse(g, value));
    Ref(g);
    *g->frame.sp++ = Ref(value == NULL ? None : value);     /* also when an exception goes in: handlers count on its place */
    *result = Eval_Frame(Gen_StepIn(g, FRAME_FROM_C), value == NULL);
    int r = *result == NULL ? -1 : g->state == GEN_SUSPENDED ? 1 : 0;
    Unref(g);
    return r;
}

int Gen_Send(Object *iterator, Object *value, Object **result)
{
    if (TYPE(iterator) == &Gen_Type || TYPE(iterator) == &Coro_Type) {
        return Gen_Resume(GEN(iterator), value, result);
    }
    *result = value == None && TYPE(iterator)->iternext != NULL ? TYPE(iterator)->iternext(iterator) : CallMethod(iterator, ID(send), 1, &value);
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

Object *Gen_SetStop(Object *value)
{
    if (value == None) {
        Err_SetObject(EXC(StopIteration), NULL);
    } else {
        Object *exc = Call1((Object *)EXC(StopIteration), value);
        if (exc != NULL) {
            Err_Raise(exc);
        }
    }
    XUnref(value);
    return NULL;
}

static Object *gen_next(Object *o)
{
    Object *result;
    int r = Gen_Resume(GEN(o), None, &result);
    if (r != 0) {
        return result;
    }
    if (result == None) {
        return NULL;
    }
    return Gen_SetStop(result);
}

Object *Gen_Answer(int r, Object *result) { return r == 0 ? Gen_SetStop(result) : result; }

DEF(gen_send)
{
    IGNORE;
    Object *result;
    int r = Gen_Resume(GEN(self), args[0], &result);
    return Gen_Answer(r, result);
}

/* Close the iterator that the generator delegates to: 0, or -1 with an exception. */
static int close_gen(Gen *g);
static int close_inner(Object *inner)
{
    if (TYPE(inner) == &Gen_Type || TYPE(inner) == &Coro_Type) {
        return close_gen(GEN(inner));
    }
    Object *method;
    int has = Object_LookupAttr(inner, ID(close), &method);
    if (has <= 0) {
        return has;
    }
    Object *r = Call0(method);
    Unref(method);
    XUnref(r);
    return r == NULL ? -1 : 0;
}

static Object *go_on(Gen *g)
{
    Object *result;
    int r = Gen_Resume(g, NULL, &result);
    return Gen_Answer(r, result);
}

/* Hand the exception to what the generator waits for; *here: that has no way to take it. Borrows exc. */
static Object *throw_into(Object *inner, Object *exc, bool closes, bool *here)
{
    *here = false;
    if (TYPE(inner) == &Gen_Type || TYPE(inner) == &Coro_Type) {
        return Gen_Throw(GEN(inner), Ref(exc), closes);
    }
    Object *method, *r = NULL;
    int has = Object_LookupAttr(inner, ID(throw), &method);
    if (has == 1) {
        r = Call1(method, exc);
        Unref(method);
    }
    *here = has == 0;
    return r;
}

/* While the inner one runs, the generator counts as running and its frame as the caller's. */
static void inner_begins(Gen *g)
{
    g->state = GEN_RUNNING;
    g->frame.back = THREAD->frame;
    THREAD->frame = &g->frame;
}
static void inner_ends(Gen *g)
{
    THREAD->frame = g->frame.back;
    g->frame.back = NULL;
    g->state = GEN_SUSPENDED;
}

Object *Gen_Throw(Gen *g, Object *exc, bool closes)
{
    Object *inner = XRef(Gen_WaitsFor(g)), *r = NULL;
    bool here = inner == NULL;
    if (inner != NULL && closes && IsType(exc, EXC(GeneratorExit))) {
        inner_begins(g);
        here = close_inner(inner) == 0;
        inner_ends(g);
    } else if (inner != NULL) {
        inner_begins(g);
        r = throw_into(inner, exc, closes, &here);
        inner_ends(g);
    }
    XUnref(inner);
    if (here) {
        Err_Raise(exc);
    } else {
        Unref(exc);
    }
    return r != NULL ? r : go_on(g);
}

Object *Exc_FromThrow(Object **args, Size n)
{
    Object *value = n > 1 && args[1] != None ? args[1] : NULL, *tb = n > 2 && args[2] != None ? args[2] : NULL, *exc;
    if (tb != NULL && TYPE(tb) != &Traceback_Type) {
        return Err_Set(EXC(TypeError), "throw() third argument must be a traceback object");
    }
    if (value != NULL && Exc_Check(args[0])) {
        return Err_Set(EXC(TypeError), "instance exception may not have a separate value");
    }
    if (!Exc_Check(args[0]) && !(IS_A(args[0], T_TYPE) && Type_IsSubtype((Type *)args[0], EXC(BaseException)))) {
        return Err_Set(EXC(TypeError), "exceptions must be classes or instances deriving from BaseException, not %T", args[0]);
    }
    if (value != NULL && IsType(value, (Type *)args[0])) {
        exc = Ref(value);
    } else {
        exc = value == NULL ? Exc_FromValue(args[0]) : Tuple_Check(value) ? CallEx(args[0], value, NULL) : Call1(args[0], value);
    }
    if (exc != NULL && tb != NULL) {
        ASSIGN(EXC_OF(exc)->traceback, Ref(tb));
    }
    return exc;
}

DEF(gen_throw)
{
    IGNORE;
    Object *exc = Exc_FromThrow(args, n);
    return exc == NULL ? NULL : Gen_Throw(GEN(self), exc, true);
}

/* 0 closed, -1 exception */
static int close_gen(Gen *g)
{
    if (g->state == GEN_CREATED) {
        Gen_Finish(g);
    }
    if (g->state == GEN_FINISHED) {
        return 0;
    }
    Object *inner = XRef(Gen_WaitsFor(g)), *r;
    int bad = 0;
    if (inner != NULL) {
        inner_begins(g);
        bad = close_inner(inner);
        inner_ends(g);
        Unref(inner);
    }
    if (bad == 0) {
        Err_SetObject(EXC(GeneratorExit), NULL);
    }
    int more = Gen_Resume(g, NULL, &r);
    XUnref(r);
    if (more == 1) {
        return Err_Minus(Err_Set(EXC(RuntimeError), "%s ignored GeneratorExit", kind(g)));
    }
    return more == 0 || Err_Swallow(EXC(StopIteration)) || Err_Swallow(EXC(GeneratorExit)) ? 0 : -1;
}
DEF(gen_close) { IGNORE; return close_gen(GEN(self)) < 0 ? NULL : Ref(None); }

/* "sys:1: RuntimeWarning: coroutine 'f' was never awaited": at the end, when no module can be asked any more. */
static void say_unawaited(Gen *g)
{
    Object *text = Str_Format("sys:1: RuntimeWarning: coroutine '%U' was never awaited\n", g->qualname);
    if (text != NULL) {
        Write_Stdio("stderr", text);
        Unref(text);
    }
    Err_Clear();
}

/* It dies and has not begun. The module `warnings` decides what becomes of that. */
static void warn_unawaited(Gen *g)
{
    Object *self = (Object *)g, *module_name = Str_Id("warnings"), *name = Str_Id("_warn_unawaited_coroutine");
    Object *module = THREAD->frame == NULL || module_name == NULL || name == NULL ? NULL : Import_Module(module_name, NULL, None, 0);
    Object *r = module == NULL ? NULL : CallMethod(module, name, 1, &self);
    if (module == NULL) {
        Err_Clear();
        say_unawaited(g);
    } else if (r == NULL) {
        Err_Unraisable(self);
    }
    XUnref(module_name), XUnref(name), XUnref(module), XUnref(r);
}

/* A suspended generator that dies runs its finally blocks. */
static void gen_del(Object *o)
{
    Gen *g = GEN(o);
    if (g->state == GEN_FINISHED) {
        return;
    }
    if (g->finalizer != NULL && !g->closed) {
        Object *r = Call1(g->finalizer, o);
        if (r == NULL) {
            Err_Unraisable(g->finalizer);
        }
        XUnref(r);
        return;
    }
    if (TYPE(g) == &Coro_Type && g->state == GEN_CREATED) {
        warn_unawaited(g);
    }
    if (close_gen(g) < 0) {
        Err_Unraisable(o);
    }
}

static int gen_traverse(Object *o, VisitFn visit, void *arg)
{
    Gen *g = GEN(o);
    VISIT(g->exc.exc);
    VISIT(g->finalizer);
    return g->state <= GEN_SUSPENDED ? Frame_Visit(&g->frame, visit, arg) : 0;
}
static void gen_clear(Object *o)
{
    Gen *g = GEN(o);
    if (g->state <= GEN_SUSPENDED && g->name != NULL) {
        Gen_Finish(g);
    }
    CLEAR(g->exc.exc);
    CLEAR(g->finalizer);
    CLEAR(g->origin);
    if (o->refcnt == 0) {
        CLEAR(g->name);
        CLEAR(g->qualname);
    }
}
static Object *gen_repr(Object *o) { return Str_Format("<%s object %U at %p>", TYPE(o)->name, GEN(o)->qualname, o); }
static Object *or_none(void *o) { return Ref(o == NULL ? None : (Object *)o); }
static Object *gen_name(Object *o) { return Ref(GEN(o)->name); }
static Object *gen_qualname(Object *o) { return Ref(GEN(o)->qualname); }
static int set_text(Object **field, Object *value, const char *what)
{
    if (value == NULL || !Str_Check(value)) {
        return Err_Minus(Err_Set(EXC(TypeError), "%s must be set to a string object", what));
    }
    ASSIGN(*field, Ref(value));
    return 0;
}
static int gen_set_name(Object *o, Object *value) { return set_text(&GEN(o)->name, value, "__name__"); }
static int gen_set_qualname(Object *o, Object *value) { return set_text(&GEN(o)->qualname, value, "__qualname__"); }
static Object *gen_frame(Object *o) { return GEN(o)->state == GEN_FINISHED ? Ref(None) : XRef(Frame_Object(&GEN(o)->frame)); }
static Object *gen_code(Object *o) { return GEN(o)->state == GEN_FINISHED ? Ref(None) : Ref(GEN(o)->frame.code); }
static Object *gen_running(Object *o) { return Bool_From(GEN(o)->state == GEN_RUNNING); }
static Object *gen_suspended(Object *o) { return Bool_From(GEN(o)->state == GEN_SUSPENDED); }
static Object *gen_yieldfrom(Object *o) { return or_none(Gen_WaitsFor(GEN(o))); }
static Object *coro_origin(Object *o) { return or_none(GEN(o)->origin); }
static Object *async_stepping(Object *o) { return Bool_From(GEN(o)->stepping); }

#define COMMON_GETSETS(prefix, waits, running) \
    {"__name__", gen_name, gen_set_name}, {"__qualname__", gen_qualname, gen_set_qualname}, {prefix "_frame", gen_frame, NULL}, \
    {prefix "_code", gen_code, NULL}, {prefix "_running", running, NULL}, {prefix "_suspended", gen_suspended, NULL}, \
    {prefix "_" waits, gen_yieldfrom, NULL}
static const GetSetDef gen_getsets[] = {COMMON_GETSETS("gi", "yieldfrom", gen_running), {NULL, NULL, NULL}};
static const GetSetDef coro_getsets[] = {COMMON_GETSETS("cr", "await", gen_running), {"cr_origin", coro_origin, NULL}, {NULL, NULL, NULL}};
static const GetSetDef async_getsets[] = {COMMON_GETSETS("ag", "await", async_stepping), {NULL, NULL, NULL}};

/* ---- what `await` may wait for ---- */
typedef struct { Object head; Gen *coro; } CoroWrapper;
DEF(coro_await)
{
    IGNORE;
    CoroWrapper *w = Object_Alloc(&CoroWrapper_Type, 0);
    if (w != NULL) {
        w->coro = Ref(self);
    }
    return (Object *)w;
}
#define CORO(o) ((Object *)((CoroWrapper *)(o))->coro)
DEF(wrapper_send) { return gen_send(CORO(self), args, n, kwnames); }
DEF(wrapper_throw) { return gen_throw(CORO(self), args, n, kwnames); }
DEF(wrapper_close) { return gen_close(CORO(self), args, n, kwnames); }
static Object *wrapper_next(Object *self) { return gen_next(CORO(self)); }
static int wrapper_traverse(Object *self, VisitFn visit, void *arg) { VISIT(CORO(self)); return 0; }
static void wrapper_clear(Object *self) { CLEAR(((CoroWrapper *)self)->coro); }

static bool is_coroutine(Object *o)
{
    return TYPE(o) == &Coro_Type
        || (TYPE(o) == &Gen_Type && GEN(o)->state != GEN_FINISHED && (GEN(o)->frame.code->flags & CODE_ITERABLE_COROUTINE));
}

static Object *cannot_await(Object *o, int where)
{
    if (where == 0) {
        return Err_Set(EXC(TypeError), "object %T can't be used in 'await' expression", o);
    }
    return Err_Set(EXC(TypeError), "'async with' received an object from %s that does not implement __await__: %T",
                   where == 1 ? "__aenter__" : "__aexit__", o);
}

Object *Coro_GetIter(Object *o, int where)
{
    if (is_coroutine(o)) {
        return Gen_WaitsFor(GEN(o)) == NULL || TYPE(o) != &Coro_Type ? Ref(o)
            : Err_Set(EXC(RuntimeError), "coroutine is being awaited already");
    }
    if (Type_Lookup(TYPE(o), ID(__await__)) == NULL) {
        return cannot_await(o, where);
    }
    Object *r = CallSpecial(o, ID(__await__), 0, NULL);
    if (r != NULL && is_coroutine(r)) {
        Err_Set(EXC(TypeError), "__await__() returned a coroutine");
        CLEAR(r);
    } else if (r != NULL && TYPE(r)->iternext == NULL) {
        Err_Set(EXC(TypeError), "__await__() returned non-iterator of type '%T'", r);
        CLEAR(r);
    }
    return r;
}

static const MethodDef gen_methods[] = {
    {"send", gen_send, 1, 1, NULL, 0}, {"throw", gen_throw, 1, 3, NULL, 0}, {"close", gen_close, 0, 0, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};
static const MethodDef coro_methods[] = {
    {"send", gen_send, 1, 1, NULL, 0}, {"throw", gen_throw, 1, 3, NULL, 0}, {"close", gen_close, 0, 0, NULL, 0},
    {"__await__", coro_await, 0, 0, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};
static const MethodDef wrapper_methods[] = {
    {"send", wrapper_send, 1, 1, NULL, 0}, {"throw", wrapper_throw, 1, 3, NULL, 0}, {"close", wrapper_close, 0, 0, NULL, 0},
    {NULL, NULL, 0, 0, NULL, 0}};

#define GEN_TYPE(variable, text, ...) Type variable = { \
    .head = IMMORTAL_HEAD(&Type_Type), .name = text, .size = sizeof(Gen) - sizeof(Object *), .flags = T_GC | T_ABSTRACT, \
    .traverse = gen_traverse, .clear = gen_clear, .del = gen_del, .repr = gen_repr, __VA_ARGS__}
GEN_TYPE(Gen_Type, "generator", .iter = Object_SelfIter, .iternext = gen_next, .methods = gen_methods, .getsets = gen_getsets);
GEN_TYPE(Coro_Type, "coroutine", .methods = coro_methods, .getsets = coro_getsets);
GEN_TYPE(AsyncGen_Type, "async_generator", .methods = AsyncGen_Methods, .getsets = async_getsets);
Type CoroWrapper_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "coroutine_wrapper", .size = sizeof(CoroWrapper), .flags = T_GC | T_ABSTRACT,
    .traverse = wrapper_traverse, .clear = wrapper_clear, .iter = Object_SelfIter, .iternext = wrapper_next, .methods = wrapper_methods,
};
