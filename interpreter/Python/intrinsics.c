/* CALL_INTRINSIC_1 and CALL_INTRINSIC_2: rare things that the compiler cannot say otherwise; and exception groups, as
   `except*` takes them apart. */
#include "vm.h"

static Object *print_value(Object *value)
{
    Object *hook = XRef(Sys_Get("displayhook")), *r;
    if (hook == NULL) {
        return Err_Occurred() ? NULL : Err_Set(EXC(RuntimeError), "lost sys.displayhook");
    }
    r = Call1(hook, value);
    Unref(hook);
    return r;
}

static Object *import_star(Frame *f, Object *module)
{
    if (f->locals == NULL) {
        return Err_Set(EXC(SystemError), "no locals found during 'import *'");
    }
    return Import_Star(module, f->locals) < 0 ? NULL : Ref(None);
}

/* A StopIteration that leaves a generator would end somebody else's loop: make it a RuntimeError. */
static Object *stop_error(Frame *f, Object *exc)
{
    int flags = f->code->flags;
    const char *what = flags & CODE_ASYNC_GENERATOR ? "async generator" : flags & CODE_COROUTINE ? "coroutine" : "generator";
    bool async_stop = (flags & CODE_ASYNC_GENERATOR) && IsType(exc, EXC(StopAsyncIteration));
    if (!IsType(exc, EXC(StopIteration)) && !async_stop) {
        return Ref(exc);
    }
    Err_Set(EXC(RuntimeError), "%s raised %s", what, async_stop ? "StopAsyncIteration" : "StopIteration");
    Object *error = Err_Fetch();
    if (error != NULL) {
        ASSIGN(EXC_OF(error)->cause, Ref(exc));
        ASSIGN(EXC_OF(error)->context, Ref(exc));
        EXC_OF(error)->suppress = true;
    }
    return error;
}

/* TypeVar and its kin live in the module typing. */
static Object *typing_call(const char *name, Object **args, Size n)
{
    Object *module = Import_Name("typing"), *maker = module == NULL ? NULL : Object_GetAttrStr(module, name);
    Object *r = maker == NULL ? NULL : Call(maker, args, n, NULL);
    XUnref(module), XUnref(maker);
    return r;
}

static Object *subscript_generic(Object *parameters)
{
    Object *module = Import_Name("typing"), *generic = module == NULL ? NULL : Object_GetAttrStr(module, "Generic");
    Object *r = generic == NULL ? NULL : Object_GetItem(generic, parameters);
    XUnref(module), XUnref(generic);
    return r;
}

Object *Intrinsic_1(Frame *f, int which, Object *value)
{
    switch (which) {
    case INTRINSIC_1_PRINT: return print_value(value);
    case INTRINSIC_1_IMPORT_STAR: return import_star(f, value);
    case INTRINSIC_1_STOPITERATION_ERROR: return stop_error(f, value);
    case INTRINSIC_1_ASYNC_GEN_WRAP: return Async_Wrap(Ref(value));
    case INTRINSIC_1_UNARY_POSITIVE: return Number_Unary(value, UN_POS);
    case INTRINSIC_1_LIST_TO_TUPLE: return List_ToTuple(value);
    case INTRINSIC_1_TYPEVAR: return typing_call("TypeVar", &value, 1);
    case INTRINSIC_1_PARAMSPEC: return typing_call("ParamSpec", &value, 1);
    case INTRINSIC_1_TYPEVARTUPLE: return typing_call("TypeVarTuple", &value, 1);
    case INTRINSIC_1_SUBSCRIPT_GENERIC: return subscript_generic(value);
    case INTRINSIC_1_TYPEALIAS: return typing_call("_lazy_alias", ((Tuple *)value)->items, TUPLE_LEN(value));
    default: return Err_Set(EXC(SystemError), "unknown intrinsic function %d", which);
    }
}

/* ---- exception groups ---- */
static Type *group_type(void) { return &Group_Type; }
static bool is_group(Object *exc) { return IsType(exc, group_type()); }

static int no_groups(Object *type)
{
    for (Size i = 0; Tuple_Check(type) && i < TUPLE_LEN(type); i++) {
        TRY_INT(no_groups(TUPLE_ITEM(type, i)));
    }
    if (!Tuple_Check(type) && Type_IsSubtype((Type *)type, group_type())) {
        return Err_Minus(Err_Set(EXC(TypeError), "catching ExceptionGroup with except* is not allowed. Use except instead."));
    }
    return 0;
}

/* An ExceptionGroup, or a BaseExceptionGroup where it must be one. */
static Object *make_group(const char *message, Object *excs)
{
    Object *text = Str_New(message), *r = text == NULL ? NULL : Call2((Object *)group_type(), text, excs);
    XUnref(text);
    return r;
}

/* A single exception is caught as a group of one, which was raised here. */
static Object *wrap_single(Object *exc)
{
    Object *one = Tuple_Pack(1, exc), *group = one == NULL ? NULL : make_group("", one);
    XUnref(one);
    if (group != NULL && EXC_OF(exc)->traceback != NULL) {
        Object *raised = Err_Fetch();
        Err_Restore(Ref(group));
        Traceback_Here(THREAD->frame);
        Err_Clear();
        Err_Restore(raised);
    }
    return group;
}

static int split(Object *exc, Object *by, Object **match, Object **rest)
{
    Object *pair = CallMethod(exc, ID(split), 1, &by);
    if (pair != NULL && (!Tuple_Check(pair) || TUPLE_LEN(pair) < 2)) {
        Err_Set(EXC(TypeError), "%T.split must return a tuple, not %T", exc, pair);
        CLEAR(pair);
    }
    if (pair == NULL) {
        return -1;
    }
    *match = Ref(TUPLE_ITEM(pair, 0)), *rest = Ref(TUPLE_ITEM(pair, 1));
    Unref(pair);
    return 0;
}

int Group_Match(Object *exc, Object *type, Object **rest, Object **match)
{
    TRY_INT(Eval_CheckCatchable(type));
    TRY_INT(no_groups(type));
    *match = *rest = NULL;
    if (exc == None) {
        *match = Ref(None), *rest = Ref(None);
        return 0;
    }
    int whole = Eval_ExcMatch(exc, type);
    if (whole < 0) {
        return -1;
    }
    if (whole) {
        *match = is_group(exc) ? Ref(exc) : wrap_single(exc);
        *rest = Ref(None);
        return *match == NULL ? -1 : 0;
    }
    if (is_group(exc)) {
        return split(exc, type, match, rest);
    }
    *match = Ref(None), *rest = Ref(exc);
    return 0;
}

/* A part of orig that was not handled bears orig's own traceback, cause, context and notes. */
static bool same_origin(Object *exc, Object *orig)
{
    Exception *a = EXC_OF(exc), *b = EXC_OF(orig);
    Object *notes_a = Object_Dict(exc), *notes_b = Object_Dict(orig);
    notes_a = notes_a == NULL ? NULL : Dict_Get(notes_a, ID(__notes__));
    notes_b = notes_b == NULL ? NULL : Dict_Get(notes_b, ID(__notes__));
    return is_group(exc) && notes_a == notes_b && a->traceback == b->traceback && a->cause == b->cause && a->context == b->context;
}

/* Put the identities of the exceptions at the leaves into the set. */
static int add_leaves(Object *exc, Object *ids)
{
    if (!is_group(exc)) {
        Object *id = Int_FromLong((int64_t)(intptr_t)exc);
        int r = id == NULL ? -1 : Set_Add(ids, id);
        XUnref(id);
        return r;
    }
    Object *excs = Stack_Ok(" in exception group") ? Object_GetAttrStr(exc, "exceptions") : NULL;
    int r = excs == NULL ? -1 : 0;
    for (Size i = 0; r == 0 && i < TUPLE_LEN(excs); i++) {
        r = add_leaves(TUPLE_ITEM(excs, i), ids);
    }
    XUnref(excs);
    return r;
}

/* The group without the leaves that are not in the set; None when nothing is left. */
static Object *projection(Object *exc, Object *ids)
{
    Object *id = Int_FromLong((int64_t)(intptr_t)exc);
    if (id == NULL || !is_group(exc)) {
        int in = id == NULL ? -1 : Set_Contains(ids, id);
        XUnref(id);
        return in < 0 ? NULL : Ref(in ? exc : None);
    }
    Unref(id);
    Object *excs = Stack_Ok(" in exception group") ? Object_GetAttrStr(exc, "exceptions") : NULL, *kept = excs == NULL ? NULL : List_New(0);
    for (Size i = 0; kept != NULL && i < TUPLE_LEN(excs); i++) {
        Object *part = projection(TUPLE_ITEM(excs, i), ids);
        if (part == NULL || (part != None && List_Append(kept, part) < 0)) {
            CLEAR(kept);
        }
        XUnref(part);
    }
    Object *r = kept == NULL ? NULL : LIST_LEN(kept) == 0 ? Ref(None) : NULL;
    if (kept != NULL && r == NULL) {
        Object *derive = Object_GetAttrStr(exc, "derive");
        r = derive == NULL ? NULL : Call1(derive, kept);
        XUnref(derive);
        if (r != NULL && Exc_Check(r)) {
            ASSIGN(EXC_OF(r)->traceback, XRef(EXC_OF(exc)->traceback));
            ASSIGN(EXC_OF(r)->cause, XRef(EXC_OF(exc)->cause));
            ASSIGN(EXC_OF(r)->context, XRef(EXC_OF(exc)->context));
            EXC_OF(r)->suppress = EXC_OF(exc)->suppress;
            Object *dict = Object_Dict(exc), *notes = dict == NULL ? NULL : Dict_Get(dict, ID(__notes__));
            if (notes != NULL && Object_SetAttr(r, ID(__notes__), notes) < 0) {
                CLEAR(r);
            }
        }
    }
    XUnref(excs), XUnref(kept);
    return r;
}

/* Part the exceptions that the except* blocks left into new ones (the result) and, as identities of leaves, those that are
   parts of orig. */
static Object *new_ones(Object *orig, Object *excs, Object *ids, bool *parts)
{
    Object *raised = List_New(0);
    *parts = false;
    for (Size i = 0; raised != NULL && i < LIST_LEN(excs); i++) {
        Object *exc = LIST_ITEM(excs, i);
        if (exc == None) {
            continue;
        }
        bool part = same_origin(exc, orig);
        *parts = *parts || part;
        if ((part ? add_leaves(exc, ids) : List_Append(raised, exc)) < 0) {
            CLEAR(raised);
        }
    }
    return raised;
}

static Object *prepare_reraise(Object *orig, Object *excs)
{
    if (!is_group(orig)) {                      /* a single one: at most one block ran */
        return Ref(LIST_LEN(excs) == 0 ? None : LIST_ITEM(excs, 0));
    }
    bool parts = false;
    Object *ids = Set_New(NULL), *raised = ids == NULL ? NULL : new_ones(orig, excs, ids, &parts), *r = NULL;
    Object *left = raised == NULL ? NULL : parts ? projection(orig, ids) : Ref(None);
    if (left != NULL && LIST_LEN(raised) == 0) {
        r = Ref(left);
    } else if (left != NULL && (left == None || List_Append(raised, left) == 0)) {
        r = LIST_LEN(raised) == 1 ? Ref(LIST_ITEM(raised, 0)) : make_group("", raised);
    }
    XUnref(ids), XUnref(raised), XUnref(left);
    return r;
}

Object *Intrinsic_2(int which, Object *first, Object *second)
{
    Object *args[] = {first, second};
    switch (which) {
    case INTRINSIC_2_PREP_RERAISE_STAR: return prepare_reraise(first, second);
    case INTRINSIC_2_TYPEVAR_WITH_BOUND: return typing_call("_bound_typevar", args, 2);
    case INTRINSIC_2_TYPEVAR_WITH_CONSTRAINTS: return typing_call("_constrained_typevar", args, 2);
    case INTRINSIC_2_SET_FUNCTION_TYPE_PARAMS: return Object_SetAttrStr(first, "__type_params__", second) < 0 ? NULL : Ref(first);
    default: return Err_Set(EXC(SystemError), "unknown intrinsic function %d", which);
    }
}
