/* list[int] and int | str: types with arguments, and unions. Both only remember what they were made of. */
#include "rabbit.h"

/* How a type is shown inside of brackets or a union. */
static Object *shown(Object *part)
{
    if (part == (Object *)&None_Type) {
        return Str_New("None");
    }
    if (part == Ellipsis) {
        return Str_New("...");
    }
    if (!IS_A(part, T_TYPE)) {
        return Object_Repr(part);
    }
    Object *module = NULL, *name = NULL, *r = NULL;
    if (Object_LookupAttr(part, ID(__module__), &module) >= 0 && Object_LookupAttr(part, ID(__qualname__), &name) >= 0) {
        bool plain = module == NULL || !Str_Check(module) || STR_IS(module, "builtins");
        r = name == NULL ? Object_Repr(part) : plain ? Ref(name) : Str_Format("%U.%S", module, name);
    }
    XUnref(module), XUnref(name);
    return r;
}

static Object *joined(Object *args, const char *between, Buf *b)
{
    for (Size i = 0; i < TUPLE_LEN(args) && !b->failed; i++) {
        if (i > 0) {
            Buf_Ascii(b, between);
        }
        Buf_Own(b, shown(TUPLE_ITEM(args, i)));
    }
    return NULL;
}

/* ---- list[int] ---- */
typedef struct { Object head; Object *origin, *args; } Alias;
#define ORIGIN(o) (((Alias *)(o))->origin)
#define ARGS(o) (((Alias *)(o))->args)

Object *GenericAlias_New(Object *cls, Object *item)
{
    Alias *a = Object_Alloc(&Generic_Type, 0);
    if (a != NULL) {
        a->origin = Ref(cls);
        if ((a->args = Tuple_Check(item) ? Ref(item) : Tuple_Pack(1, item)) == NULL) {
            CLEAR(a);
        }
    }
    return (Object *)a;
}
Object *GenericAlias_Make(Object *cls, Object **args, Size n, Object *kwnames)
{
    (void)n, (void)kwnames;
    return GenericAlias_New(cls, args[0]);
}
static Object *alias_new(Type *type, Object **args, Size n, Object *kwnames)
{
    (void)type;
    return n == 2 && kwnames == NULL ? GenericAlias_New(args[0], args[1]) : Err_Set(EXC(TypeError), "GenericAlias expected 2 arguments, got %zd", n);
}
static int alias_traverse(Object *o, VisitFn visit, void *arg) { VISIT(ORIGIN(o)); VISIT(ARGS(o)); return 0; }
static void alias_clear(Object *o) { CLEAR(ORIGIN(o)); CLEAR(ARGS(o)); }

/* The object that is made remembers what it was asked for, where it can. */
static Object *alias_call(Object *self, Object **args, Size n, Object *kwnames)
{
    Object *r = Call(ORIGIN(self), args, n, kwnames);
    if (r != NULL && Object_SetAttrStr(r, "__orig_class__", self) < 0 && !Err_Swallow(EXC(AttributeError)) && !Err_Swallow(EXC(TypeError))) {
        CLEAR(r);
    }
    return r;
}
static Object *alias_repr(Object *self)
{
    Buf b;
    Buf_Init(&b);
    Buf_Own(&b, shown(ORIGIN(self)));
    Buf_Char(&b, '[');
    if (TUPLE_LEN(ARGS(self)) == 0) {
        Buf_Ascii(&b, "()");
    }
    joined(ARGS(self), ", ", &b);
    Buf_Char(&b, ']');
    return Buf_Finish(&b);
}
static Hash alias_hash(Object *self)
{
    Hash a = Object_Hash(ORIGIN(self)), b = a == -1 ? -1 : Object_Hash(ARGS(self));
    return b == -1 ? -1 : (a ^ b) == -1 ? -2 : a ^ b;
}
static Object *alias_compare(Object *a, Object *b, int op)
{
    if (TYPE(a) != &Generic_Type || TYPE(b) != &Generic_Type || (op != CMP_EQ && op != CMP_NE)) {
        return Ref(NotImplemented);
    }
    int same = Object_CompareBool(ORIGIN(a), ORIGIN(b), CMP_EQ);
    same = same == 1 ? Object_CompareBool(ARGS(a), ARGS(b), CMP_EQ) : same;
    return same < 0 ? NULL : Bool_From(same == (op == CMP_EQ));
}
/* What the alias does not have itself its origin may. */
static Object *alias_getattro(Object *self, Object *name)
{
    Size n = STR_LEN(name);
    bool dunder = n > 4 && Str_At(name, 0) == '_' && Str_At(name, 1) == '_';
    bool own = Type_Lookup(&Generic_Type, name) != NULL && !(dunder && (STR_IS(name, "__module__") || STR_IS(name, "__doc__") || STR_IS(name, "__name__")));
    return own || (dunder && STR_IS(name, "__class__")) ? Object_GenericGetAttr(self, name) : Object_GetAttr(ORIGIN(self), name);
}
static Object *alias_mro_entries(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)args, (void)n, (void)kwnames;
    return Tuple_Pack(1, ORIGIN(self));
}
static Object *alias_no_check(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)self, (void)args, (void)n, (void)kwnames;
    return Err_Set(EXC(TypeError), "isinstance() argument 2 cannot be a parameterized generic");
}
static Object *alias_get_origin(Object *self) { return Ref(ORIGIN(self)); }
static Object *alias_get_args(Object *self) { return Ref(ARGS(self)); }
static Object *alias_get_parameters(Object *self) { (void)self; return Ref(interp.empty_tuple); }
static const GetSetDef alias_getsets[] = {{"__origin__", alias_get_origin, NULL}, {"__args__", alias_get_args, NULL},
    {"__parameters__", alias_get_parameters, NULL}, {NULL, NULL, NULL}};
static const MethodDef alias_methods[] = {{"__mro_entries__", alias_mro_entries, 1, 1, NULL, 0}, {"__instancecheck__", alias_no_check, 1, 1, NULL, 0},
    {"__subclasscheck__", alias_no_check, 1, 1, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};
static Object *type_or(Object *a, Object *b) { return Type_Or(a, b); }
Type Generic_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "types.GenericAlias", .size = sizeof(Alias), .flags = T_GC, .traverse = alias_traverse,
    .clear = alias_clear, .new = alias_new, .call = alias_call, .repr = alias_repr, .hash = alias_hash, .richcompare = alias_compare,
    .getattro = alias_getattro, .nb = {[NB_OR] = type_or}, .getsets = alias_getsets, .methods = alias_methods,
};

/* ---- int | str ---- */
typedef struct { Object head; Object *args; } Union;
#define MEMBERS(o) (((Union *)(o))->args)

static bool can_unite(Object *o) { return o == None || IS_A(o, T_TYPE) || TYPE(o) == &Generic_Type || TYPE(o) == &Union_Type; }

/* Append the members of `o` that the list does not have yet. */
static int add_members(Object *list, Object *o)
{
    if (TYPE(o) != &Union_Type) {
        o = o == None ? (Object *)&None_Type : o;
        int known = Object_Contains(list, o);
        return known < 0 ? -1 : known ? 0 : List_Append(list, o);
    }
    for (Size i = 0; i < TUPLE_LEN(MEMBERS(o)); i++) {
        TRY_INT(add_members(list, TUPLE_ITEM(MEMBERS(o), i)));
    }
    return 0;
}

Object *Type_Or(Object *a, Object *b)
{
    if (!can_unite(a) || !can_unite(b)) {
        return Ref(NotImplemented);
    }
    Object *list = List_New(0), *r = NULL;
    if (list != NULL && add_members(list, a) == 0 && add_members(list, b) == 0) {
        Union *u = LIST_LEN(list) == 1 ? NULL : Object_Alloc(&Union_Type, 0);
        r = LIST_LEN(list) == 1 ? Ref(LIST_ITEM(list, 0)) : (Object *)u;
        if (u != NULL && (u->args = List_ToTuple(list)) == NULL) {
            CLEAR(r);
        }
    }
    XUnref(list);
    return r;
}
static int union_traverse(Object *o, VisitFn visit, void *arg) { VISIT(MEMBERS(o)); return 0; }
static void union_clear(Object *o) { CLEAR(MEMBERS(o)); }
static Object *union_repr(Object *self)
{
    Buf b;
    Buf_Init(&b);
    joined(MEMBERS(self), " | ", &b);
    return Buf_Finish(&b);
}
static Hash union_hash(Object *self)
{
    Object *set = FrozenSet_New(MEMBERS(self));
    Hash h = set == NULL ? -1 : Object_Hash(set);
    XUnref(set);
    return h;
}
static Object *union_compare(Object *a, Object *b, int op)
{
    if (TYPE(a) != &Union_Type || TYPE(b) != &Union_Type || (op != CMP_EQ && op != CMP_NE)) {
        return Ref(NotImplemented);
    }
    Object *x = Set_New(MEMBERS(a)), *y = x == NULL ? NULL : Set_New(MEMBERS(b)), *r = y == NULL ? NULL : Object_Compare(x, y, op);
    XUnref(x), XUnref(y);
    return r;
}
static Object *check(Object *self, Object *o, int (*one)(Object *, Object *), const char *what)
{
    int found = 0;
    for (Size i = 0; found == 0 && i < TUPLE_LEN(MEMBERS(self)); i++) {
        if (TYPE(TUPLE_ITEM(MEMBERS(self), i)) == &Generic_Type) {
            return Err_Set(EXC(TypeError), "%s() argument 2 cannot be a parameterized generic", what);
        }
        found = one(o, TUPLE_ITEM(MEMBERS(self), i));
    }
    return found < 0 ? NULL : Bool_From(found);
}
static Object *union_instancecheck(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)n, (void)kwnames;
    return check(self, args[0], Object_IsInstance, "isinstance");
}
static Object *union_subclasscheck(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)n, (void)kwnames;
    return check(self, args[0], Object_IsSubclass, "issubclass");
}
static Object *union_get_args(Object *self) { return Ref(MEMBERS(self)); }
static const GetSetDef union_getsets[] = {{"__args__", union_get_args, NULL}, {"__parameters__", alias_get_parameters, NULL}, {NULL, NULL, NULL}};
static const MethodDef union_methods[] = {{"__instancecheck__", union_instancecheck, 1, 1, NULL, 0},
    {"__subclasscheck__", union_subclasscheck, 1, 1, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};
Type Union_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "types.UnionType", .size = sizeof(Union), .flags = T_GC | T_ABSTRACT, .traverse = union_traverse,
    .clear = union_clear, .repr = union_repr, .hash = union_hash, .richcompare = union_compare, .nb = {[NB_OR] = type_or},
    .getsets = union_getsets, .methods = union_methods,
};
