/* mappingproxy: a view of a mapping that cannot be written through; the __dict__ of a class is one. */
#include "rabbit.h"

typedef struct { Object head; Object *mapping; } Proxy;
#define MAPPING(o) (((Proxy *)(o))->mapping)
#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames

Object *MappingProxy_New(Object *mapping)
{
    Proxy *p = Object_Alloc(&MappingProxy_Type, 0);
    if (p != NULL) {
        p->mapping = Ref(mapping);
    }
    return (Object *)p;
}

static Object *proxy_new(Type *type, Object **args, Size n, Object *kwnames)
{
    (void)type;
    if (n != 1 || kwnames != NULL) {
        return Err_Set(EXC(TypeError), "mappingproxy() takes exactly one argument (%zd given)", n);
    }
    if (TYPE(args[0])->getitem == NULL || List_Check(args[0]) || Tuple_Check(args[0])) {
        return Err_Set(EXC(TypeError), "mappingproxy() argument must be a mapping, not %T", args[0]);
    }
    return MappingProxy_New(args[0]);
}

static int proxy_traverse(Object *o, VisitFn visit, void *arg) { VISIT(MAPPING(o)); return 0; }
static void proxy_clear(Object *o) { CLEAR(MAPPING(o)); }
static Object *proxy_repr(Object *o) { return Str_Format("mappingproxy(%R)", MAPPING(o)); }
static Object *proxy_str(Object *o) { return Object_Str(MAPPING(o)); }
static Size proxy_len(Object *o) { return Object_Len(MAPPING(o)); }
static Object *proxy_getitem(Object *o, Object *key) { return Object_GetItem(MAPPING(o), key); }
static int proxy_contains(Object *o, Object *key) { return Object_Contains(MAPPING(o), key); }
static Object *proxy_iter(Object *o) { return Object_GetIter(MAPPING(o)); }
static Hash proxy_hash(Object *o) { return Object_Hash(MAPPING(o)); }
static Object *proxy_compare(Object *a, Object *b, int op)
{
    return Object_Compare(TYPE(a) == &MappingProxy_Type ? MAPPING(a) : a, TYPE(b) == &MappingProxy_Type ? MAPPING(b) : b, op);
}
static Object *proxy_or(Object *a, Object *b)
{
    return Number_Binary(TYPE(a) == &MappingProxy_Type ? MAPPING(a) : a, TYPE(b) == &MappingProxy_Type ? MAPPING(b) : b, NB_OR);
}

static Object *pass_on(Object *self, const char *name, Object **args, Size n)
{
    Object *id = Str_Id(name), *r = id == NULL ? NULL : CallMethod(MAPPING(self), id, n, args);
    XUnref(id);
    return r;
}
#define PASS(name) DEF(proxy_##name) { IGNORE; return pass_on(self, #name, args, n); }
PASS(get) PASS(keys) PASS(values) PASS(items) PASS(copy) PASS(__reversed__)
static const MethodDef proxy_methods[] = {
    {"get", proxy_get, 1, 2, NULL, 0}, {"keys", proxy_keys, 0, 0, NULL, 0}, {"values", proxy_values, 0, 0, NULL, 0},
    {"items", proxy_items, 0, 0, NULL, 0}, {"copy", proxy_copy, 0, 0, NULL, 0}, {"__reversed__", proxy___reversed__, 0, 0, NULL, 0},
    {"__class_getitem__", GenericAlias_Make, 1, 1, NULL, METH_CLASS}, {NULL, NULL, 0, 0, NULL, 0}};
Type MappingProxy_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "mappingproxy", .size = sizeof(Proxy), .flags = T_GC, .new = proxy_new,
    .traverse = proxy_traverse, .clear = proxy_clear, .repr = proxy_repr, .str = proxy_str, .hash = proxy_hash,
    .richcompare = proxy_compare, .len = proxy_len, .iter = proxy_iter, .getitem = proxy_getitem, .contains = proxy_contains,
    .nb = {[NB_OR] = proxy_or}, .methods = proxy_methods,
};
