/* BaseExceptionGroup and ExceptionGroup: several exceptions that go up together. A group never changes; split() and
   subgroup() make new ones that bear the traceback, cause, context and notes of the old. */
#include "rabbit.h"

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames
typedef struct { Exception base; Object *message, *excs; } Group;
#define GROUP(o) ((Group *)(o))
#define IS_GROUP(o) IsType(o, &Group_Type)

static int check_members(Object *excs, bool *all_plain)
{
    *all_plain = true;
    if (TUPLE_LEN(excs) == 0) {
        return Err_Minus(Err_Set(EXC(ValueError), "second argument (exceptions) must be a non-empty sequence"));
    }
    for (Size i = 0; i < TUPLE_LEN(excs); i++) {
        Object *exc = TUPLE_ITEM(excs, i);
        if (!Exc_Check(exc)) {
            return Err_Minus(Err_Set(EXC(ValueError), "Item %zd of second argument (exceptions) is not an exception", i));
        }
        *all_plain = *all_plain && IsType(exc, EXC(Exception));
    }
    return 0;
}

/* BaseExceptionGroup of plain exceptions only becomes an ExceptionGroup; borrowed, NULL with TypeError. */
static Type *choose_type(Type *type, bool all_plain)
{
    Object *plain = Dict_GetStr(interp.builtins, "ExceptionGroup");
    if (plain == NULL && Err_Occurred()) {
        return NULL;
    }
    if (type == &Group_Type) {
        return all_plain && plain != NULL ? (Type *)plain : type;
    }
    if (!all_plain && type == (Type *)plain) {
        return Err_Set(EXC(TypeError), "Cannot nest BaseExceptions in an ExceptionGroup");
    }
    if (!all_plain && Type_IsSubtype(type, EXC(Exception))) {
        return Err_Set(EXC(TypeError), "Cannot nest BaseExceptions in '%s'", type->name);
    }
    return type;
}

static Object *group_new(Type *type, Object **args, Size n, Object *kwnames)
{
    bool all_plain;
    if (n != 2 || kwnames != NULL) {
        return Err_Set(EXC(TypeError), "BaseExceptionGroup.__new__() takes exactly 2 arguments (%zd given)", n);
    }
    if (!Str_Check(args[0])) {
        return Err_Set(EXC(TypeError), "BaseExceptionGroup.__new__() argument 1 must be str, not %T", args[0]);
    }
    if (TYPE(args[1])->getitem == NULL || TYPE(args[1])->len == NULL || Dict_Check(args[1])) {
        return Err_Set(EXC(TypeError), "second argument (exceptions) must be a sequence");
    }
    Object *excs = Tuple_FromIter(args[1]);
    if (excs == NULL || check_members(excs, &all_plain) < 0 || (type = choose_type(type, all_plain)) == NULL) {
        XUnref(excs);
        return NULL;
    }
    Group *g = Object_Alloc(type, 0);
    if (g == NULL || (g->base.args = Tuple_From(args, n)) == NULL) {
        Unref(excs);
        XUnref(g);
        return NULL;
    }
    g->message = Ref(args[0]);
    g->excs = excs;
    return (Object *)g;
}
static int group_init(Object *self, Object **args, Size n, Object *kwnames)
{
    return kwnames == NULL ? EXC(BaseException)->init(self, args, n, NULL)
        : Err_Minus(Err_Set(EXC(TypeError), "%T() takes no keyword arguments", self));
}

static int group_traverse(Object *o, VisitFn visit, void *arg)
{
    VISIT(GROUP(o)->excs);
    return EXC(BaseException)->traverse(o, visit, arg);
}
static void group_clear(Object *o)
{
    CLEAR(GROUP(o)->excs);
    CLEAR(GROUP(o)->message);
    EXC(BaseException)->clear(o);
}
static Object *group_str(Object *o)
{
    Size n = GROUP(o)->excs == NULL ? 0 : TUPLE_LEN(GROUP(o)->excs);
    return Str_Format("%U (%zd sub-exception%s)", GROUP(o)->message, n, n > 1 ? "s" : "");
}
static Object *group_message(Object *o) { return Ref(GROUP(o)->message); }
static Object *group_exceptions(Object *o) { return Ref(GROUP(o)->excs); }

/* ---- taking apart ---- */
static bool is_exception_type(Object *o) { return IS_A(o, T_TYPE) && Type_IsSubtype((Type *)o, EXC(BaseException)); }

static int check_matcher(Object *by)
{
    bool good = is_exception_type(by) || (!IS_A(by, T_TYPE) && TYPE(by)->call != NULL && !Tuple_Check(by));
    for (Size i = 0; Tuple_Check(by) && (good = i < TUPLE_LEN(by)) && is_exception_type(TUPLE_ITEM(by, i)); i++) {
        if (i == TUPLE_LEN(by) - 1) {
            return 0;
        }
    }
    return good && !Tuple_Check(by) ? 0 : Err_Minus(Err_Set(EXC(TypeError), "expected a function, exception type or tuple of exception types"));
}

static int matches(Object *exc, Object *by)
{
    if (IS_A(by, T_TYPE) || Tuple_Check(by)) {
        return Object_IsInstance(exc, by);
    }
    Object *r = Call1(by, exc);
    int truth = r == NULL ? -1 : Object_IsTrue(r);
    XUnref(r);
    return truth;
}

static int copy_notes(Object *to, Object *from)
{
    Object *dict = Object_Dict(from), *notes = dict == NULL ? NULL : Dict_Get(dict, ID(__notes__));
    Object *copy = notes == NULL ? NULL : List_Check(notes) ? List_FromIter(notes) : Ref(notes);
    int r = notes == NULL ? 0 : copy == NULL ? -1 : Object_SetAttr(to, ID(__notes__), copy);
    XUnref(copy);
    return r;
}

/* A group like `orig` of the exceptions in the list; None for none. */
static Object *derive(Object *orig, Object *list)
{
    if (LIST_LEN(list) == 0) {
        return Ref(None);
    }
    Object *name = Str_Id("derive"), *r = name == NULL ? NULL : CallMethod(orig, name, 1, &list);
    XUnref(name);
    if (r != NULL && !IS_GROUP(r)) {
        Err_Set(EXC(TypeError), "derive must return an instance of BaseExceptionGroup");
        CLEAR(r);
    }
    if (r != NULL) {
        Exception *to = EXC_OF(r), *from = EXC_OF(orig);
        ASSIGN(to->traceback, XRef(from->traceback));
        ASSIGN(to->context, XRef(from->context));
        ASSIGN(to->cause, XRef(from->cause));
        to->suppress = from->suppress;
        if (copy_notes(r, orig) < 0) {
            CLEAR(r);
        }
    }
    return r;
}

static int split(Object *exc, Object *by, Object **match, Object **rest);

/* The members, each to its list. */
static int split_members(Object *group, Object *by, Object *yes, Object *no)
{
    int r = 0;
    for (Size i = 0; r == 0 && i < TUPLE_LEN(GROUP(group)->excs); i++) {
        Object *match, *rest;
        r = split(TUPLE_ITEM(GROUP(group)->excs, i), by, &match, &rest);
        if (r == 0) {
            r = (match != None && List_Append(yes, match) < 0) || (rest != None && List_Append(no, rest) < 0) ? -1 : 0;
            Unref(match), Unref(rest);
        }
    }
    return r;
}

/* New references; None where there is nothing. */
static int split(Object *exc, Object *by, Object **match, Object **rest)
{
    *match = *rest = NULL;
    int whole = matches(exc, by);
    if (whole < 0 || !Stack_Ok(" in exceptiongroup_split_recursive")) {
        return -1;
    }
    if (whole || !IS_GROUP(exc)) {
        *match = Ref(whole ? exc : None), *rest = Ref(whole ? None : exc);
        return 0;
    }
    Object *yes = List_New(0), *no = List_New(0);
    if (yes != NULL && no != NULL && split_members(exc, by, yes, no) == 0) {
        *match = derive(exc, yes);
        *rest = *match == NULL ? NULL : derive(exc, no);
    }
    XUnref(yes), XUnref(no);
    if (*rest == NULL) {
        CLEAR(*match);
        return -1;
    }
    return 0;
}

DEF(group_split)
{
    IGNORE;
    Object *match, *rest;
    if (check_matcher(args[0]) < 0 || split(self, args[0], &match, &rest) < 0) {
        return NULL;
    }
    Object *pair = Tuple_Pack(2, match, rest);
    Unref(match), Unref(rest);
    return pair;
}
DEF(group_subgroup)
{
    IGNORE;
    Object *match, *rest;
    if (check_matcher(args[0]) < 0 || split(self, args[0], &match, &rest) < 0) {
        return NULL;
    }
    Unref(rest);
    return match;
}
DEF(group_derive) { IGNORE; return Call2((Object *)&Group_Type, GROUP(self)->message, args[0]); }

static const MethodDef group_methods[] = {
    {"split", group_split, 1, 1, NULL, 0}, {"subgroup", group_subgroup, 1, 1, NULL, 0}, {"derive", group_derive, 1, 1, NULL, 0},
    {"__class_getitem__", GenericAlias_Make, 1, 1, NULL, METH_CLASS}, {NULL, NULL, 0, 0, NULL, 0}};
static const GetSetDef group_getsets[] = {{"message", group_message, NULL}, {"exceptions", group_exceptions, NULL}, {NULL, NULL, NULL}};
Type Group_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "BaseExceptionGroup", .size = sizeof(Group), .flags = T_BASE | T_GC | T_HASDICT | T_EXC,
    .base = EXC(BaseException), .traverse = group_traverse, .clear = group_clear, .new = group_new, .init = group_init, .str = group_str,
    .methods = group_methods, .getsets = group_getsets,
};

int Group_Publish(Object *builtins)
{
    TRY_INT(Type_Ready(&Group_Type));
    TRY_INT(Dict_SetStr(builtins, "BaseExceptionGroup", (Object *)&Group_Type));
    Object *name = Str_New("ExceptionGroup"), *bases = Tuple_Pack(2, &Group_Type, EXC(Exception)), *dict = Dict_New(), *module = Str_New("builtins");
    int r = -1;
    if (name != NULL && bases != NULL && dict != NULL && module != NULL && Dict_Set(dict, ID(__module__), module) == 0) {
        r = Dict_SetNew(builtins, "ExceptionGroup", Type_New(name, bases, dict, &Type_Type, NULL, NULL));
    }
    XUnref(name), XUnref(bases), XUnref(dict), XUnref(module);
    return r;
}
