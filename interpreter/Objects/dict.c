/* dict: a Table with values. keys(), values() and items() are live views. */
#include "rabbit.h"

#define TABLE(o) (&((Dict *)(o))->table)

Object *Dict_New(void) { return Object_Alloc(&Dict_Type, 0); }

Object *Dict_Get(Object *d, Object *key)
{
    Hash hash = TYPE(key) == &Str_Type && ((Str *)key)->hash != -1 ? ((Str *)key)->hash : Object_Hash(key);
    if (hash == -1) {
        return NULL;
    }
    Size number = Table_Find(TABLE(d), key, hash);
    return number < 0 ? NULL : TABLE(d)->entries[number].value;
}

Size Dict_Find(Object *d, Object *key)
{
    Hash hash = Object_Hash(key);
    return hash == -1 ? TABLE_ERROR : Table_Find(TABLE(d), key, hash);
}

Object *Dict_GetStr(Object *d, const char *key)
{
    Object *id = Str_Id(key), *value = id == NULL ? NULL : Dict_Get(d, id);
    XUnref(id);
    return value;
}

int Dict_Set(Object *d, Object *key, Object *value)
{
    Hash hash = Object_Hash(key);
    return hash == -1 ? -1 : Table_Set(TABLE(d), key, hash, value);
}

int Dict_SetStr(Object *d, const char *key, Object *value)
{
    Object *id = Str_Id(key);
    int r = id == NULL ? -1 : Dict_Set(d, id, value);
    XUnref(id);
    return r;
}

int Dict_SetNew(Object *d, const char *key, Object *value)
{
    int r = value == NULL ? -1 : Dict_SetStr(d, key, value);
    XUnref(value);
    return r;
}

int Dict_Pop(Object *d, Object *key, Object **value)
{
    Hash hash = Object_Hash(key);
    Entry gone;
    int r = hash == -1 ? -1 : Table_Remove(TABLE(d), key, hash, &gone);
    if (r == 1) {
        *value = gone.value;
        Unref(gone.key);
    }
    return r;
}

int Dict_Del(Object *d, Object *key)
{
    Object *value;
    int r = Dict_Pop(d, key, &value);
    if (r == 1) {
        Unref(value);
    } else if (r == 0) {
        Err_Key(key);
    }
    return r == 1 ? 0 : -1;
}

bool Dict_Next(Object *d, Size *pos, Object **key, Object **value)
{
    Entry *e;
    if (!Table_Next(TABLE(d), pos, &e)) {
        return false;
    }
    *key = e->key;
    *value = e->value;
    return true;
}

Object *Dict_Copy(Object *d)
{
    Object *copy = Dict_New();
    if (copy != NULL && Table_Copy(TABLE(copy), TABLE(d)) < 0) {
        CLEAR(copy);
    }
    return copy;
}

Object *Dict_Keys(Object *d)
{
    Object *list = List_New(0), *key, *value;
    for (Size pos = 0; list != NULL && Dict_Next(d, &pos, &key, &value);) {
        if (List_Append(list, key) < 0) {
            CLEAR(list);
        }
    }
    return list;
}

static int update_from_dict(Object *d, Object *other)
{
    Object *key, *value;
    for (Size pos = 0; Dict_Next(other, &pos, &key, &value);) {
        Ref(key), Ref(value);
        int r = Dict_Set(d, key, value);
        Unref(key), Unref(value);
        if (r < 0) {
            return -1;
        }
    }
    return 0;
}

static int update_from_mapping(Object *d, Object *other, Object *keys)
{
    Object *it = Object_GetIter(keys), *key;
    int r = it == NULL ? -1 : 0;
    while (r == 0 && (key = Iter_Next(it)) != NULL) {
        Object *value = Object_GetItem(other, key);
        r = value == NULL ? -1 : Dict_Set(d, key, value);
        XUnref(value);
        Unref(key);
    }
    XUnref(it);
    return Err_Occurred() ? -1 : r;
}

static int update_from_pairs(Object *d, Object *other)
{
    Object *it = Object_GetIter(other), *pair;
    int r = it == NULL ? -1 : 0;
    for (Size i = 0; r == 0 && (pair = Iter_Next(it)) != NULL; i++) {
        Object *both = TYPE(pair)->iter == NULL && TYPE(pair)->getitem == NULL ? NULL : List_FromIter(pair);
        if (both == NULL) {
            r = Err_Occurred() ? -1 : Err_Minus(Err_Set(EXC(TypeError), "cannot convert dictionary update sequence element #%zd to a sequence", i));
        } else if (LIST_LEN(both) != 2) {
            r = Err_Minus(Err_Set(EXC(ValueError), "dictionary update sequence element #%zd has length %zd; 2 is required", i, LIST_LEN(both)));
        } else {
            r = Dict_Set(d, LIST_ITEM(both, 0), LIST_ITEM(both, 1));
        }
        XUnref(both);
        Unref(pair);
    }
    XUnref(it);
    return Err_Occurred() ? -1 : r;
}

int Dict_Update(Object *d, Object *other)
{
    if (Dict_Check(other)) {
        return update_from_dict(d, other);
    }
    Object *method;
    int has = Object_LookupAttr(other, ID(keys), &method);
    if (has <= 0) {
        return has < 0 ? -1 : update_from_pairs(d, other);
    }
    Object *keys = Call0(method);
    int r = keys == NULL ? -1 : update_from_mapping(d, other, keys);
    XUnref(keys);
    Unref(method);
    return r;
}

static int dict_traverse(Object *o, VisitFn visit, void *arg) { return Table_Traverse(TABLE(o), visit, arg); }
static void dict_clear(Object *o) { Table_Clear(TABLE(o)); }

static Object *dict_repr(Object *o)
{
    int inside = Repr_Enter(o);
    if (inside != 0) {
        return inside < 0 ? NULL : Str_New("{...}");
    }
    Buf b;
    Buf_Init(&b);
    Buf_Char(&b, '{');
    Object *key, *value;
    bool first = true;
    for (Size pos = 0; !b.failed && Dict_Next(o, &pos, &key, &value); first = false) {
        Ref(key), Ref(value);
        if (!first) Buf_Ascii(&b, ", ");
        Buf_Own(&b, Object_Repr(key));
        Buf_Ascii(&b, ": ");
        if (!b.failed) Buf_Own(&b, Object_Repr(value));
        Unref(key), Unref(value);
    }
    Buf_Char(&b, '}');
    Repr_Leave(o);
    return Buf_Finish(&b);
}

static int same_items(Object *a, Object *b)
{
    Object *key, *value;
    int same = 1;
    for (Size pos = 0; same == 1 && Dict_Next(a, &pos, &key, &value);) {
        Ref(key), Ref(value);
        Object *other = XRef(Dict_Get(b, key));
        same = other == NULL ? (Err_Occurred() ? -1 : 0) : Object_CompareBool(value, other, CMP_EQ);
        XUnref(other);
        Unref(key), Unref(value);
    }
    return same;
}

static Object *dict_compare(Object *a, Object *b, int op)
{
    if (!Dict_Check(a) || !Dict_Check(b) || (op != CMP_EQ && op != CMP_NE)) {
        return Ref(NotImplemented);
    }
    int same = DICT_LEN(a) == DICT_LEN(b) ? same_items(a, b) : 0;
    return same < 0 ? NULL : Bool_From(same == (op == CMP_EQ));
}

static Size dict_len(Object *o) { return DICT_LEN(o); }
static Object *dict_getitem(Object *o, Object *key)
{
    Object *value = Dict_Get(o, key);
    if (value != NULL || Err_Occurred()) {
        return XRef(value);
    }
    if (TYPE(o) != &Dict_Type && Type_Lookup(TYPE(o), ID(__missing__)) != NULL) {
        return CallSpecial(o, ID(__missing__), 1, &key);
    }
    return Err_Key(key);
}
static int dict_setitem(Object *o, Object *key, Object *value) { return value == NULL ? Dict_Del(o, key) : Dict_Set(o, key, value); }
static int dict_contains(Object *o, Object *key)
{
    Object *value = Dict_Get(o, key);
    return value != NULL ? 1 : Err_Occurred() ? -1 : 0;
}
static Object *dict_iter(Object *o) { return TableIter_New(o, TABLE(o), 0); }

static Object *dict_or(Object *a, Object *b)
{
    if (!Dict_Check(a) || !Dict_Check(b)) {
        return Ref(NotImplemented);
    }
    Object *r = Dict_Copy(a);
    if (r != NULL && Dict_Update(r, b) < 0) {
        CLEAR(r);
    }
    return r;
}
static Object *dict_ior(Object *a, Object *b) { return Dict_Update(a, b) < 0 ? NULL : Ref(a); }

static int update_call(Object *self, Object **args, Size n, Object *kwnames)
{
    if (n > 1) {
        return Err_Minus(Err_Set(EXC(TypeError), "dict expected at most 1 argument, got %zd", n));
    }
    TRY_INT(n == 1 ? Dict_Update(self, args[0]) : 0);
    for (Size i = 0; kwnames != NULL && i < TUPLE_LEN(kwnames); i++) {
        TRY_INT(Dict_Set(self, TUPLE_ITEM(kwnames, i), args[n + i]));
    }
    return 0;
}
static Object *dict_new(Type *type, Object **args, Size n, Object *kwnames)
{
    (void)args, (void)n, (void)kwnames;
    return Object_Alloc(type, 0);
}

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames
DEF(dict_get)
{
    IGNORE;
    Object *value = Dict_Get(self, args[0]);
    return value != NULL ? Ref(value) : Err_Occurred() ? NULL : Ref(n > 1 ? args[1] : None);
}
DEF(dict_setdefault)
{
    IGNORE;
    Object *value = Dict_Get(self, args[0]);
    if (value != NULL || Err_Occurred()) {
        return XRef(value);
    }
    value = n > 1 ? args[1] : None;
    return Dict_Set(self, args[0], value) < 0 ? NULL : Ref(value);
}
DEF(dict_pop)
{
    IGNORE;
    Object *value;
    int r = Dict_Pop(self, args[0], &value);
    return r == 1 ? value : r < 0 ? NULL : n > 1 ? Ref(args[1]) : Err_Key(args[0]);
}
DEF(dict_popitem)
{
    IGNORE;
    Table *t = TABLE(self);
    if (t->used == 0) {
        return Err_Set(EXC(KeyError), "popitem(): dictionary is empty");
    }
    Size number = t->fill - 1;
    while (t->entries[number].key == NULL) {
        number--;
    }
    Entry gone;
    Table_RemoveAt(t, number, &gone);
    Object *pair = Tuple_Pack(2, gone.key, gone.value);
    Unref(gone.key), Unref(gone.value);
    return pair;
}
DEF(dict_update) { IGNORE; return update_call(self, args, n, kwnames) < 0 ? NULL : Ref(None); }
DEF(dict_clear_) { IGNORE; Table_Clear(TABLE(self)); return Ref(None); }
DEF(dict_copy) { IGNORE; return Dict_Copy(self); }
DEF(dict_fromkeys)
{
    IGNORE;
    Object *d = Call0(self), *it = d == NULL ? NULL : Object_GetIter(args[0]), *key;
    int r = it == NULL ? -1 : 0;
    while (r == 0 && (key = Iter_Next(it)) != NULL) {
        r = Object_SetItem(d, key, n > 1 ? args[1] : None);
        Unref(key);
    }
    XUnref(it);
    if (r < 0 || Err_Occurred()) {
        CLEAR(d);
    }
    return d;
}
DEF(dict_reversed) { IGNORE; return TableIter_NewReversed(self, TABLE(self), 0); }

/* ---- views ---- */
typedef struct { Object head; Object *dict; } View;
static Object *view_new(Type *type, Object *dict)
{
    View *v = Object_Alloc(type, 0);
    if (v != NULL) {
        v->dict = Ref(dict);
    }
    return (Object *)v;
}
DEF(dict_keys) { IGNORE; return view_new(&DictKeys_Type, self); }
DEF(dict_values) { IGNORE; return view_new(&DictValues_Type, self); }
DEF(dict_items) { IGNORE; return view_new(&DictItems_Type, self); }
#define VIEWED(o) (((View *)(o))->dict)
static int view_kind(Object *o) { return TYPE(o) == &DictKeys_Type ? 0 : TYPE(o) == &DictValues_Type ? 1 : 2; }
static int view_traverse(Object *o, VisitFn visit, void *arg) { VISIT(VIEWED(o)); return 0; }
static void view_clear(Object *o) { CLEAR(VIEWED(o)); }
static Size view_len(Object *o) { return DICT_LEN(VIEWED(o)); }
static Object *view_iter(Object *o) { return TableIter_New(VIEWED(o), TABLE(VIEWED(o)), view_kind(o)); }
static Object *view_repr(Object *o)
{
    int inside = Repr_Enter(o);
    if (inside != 0) {
        return inside < 0 ? NULL : Str_New("...");
    }
    Object *list = List_FromIter(o), *r = list == NULL ? NULL : Str_Format("%s(%R)", TYPE(o)->name, list);
    XUnref(list);
    Repr_Leave(o);
    return r;
}
static int keys_contains(Object *o, Object *key) { return dict_contains(VIEWED(o), key); }
static int items_contains(Object *o, Object *pair)
{
    if (!Tuple_Check(pair) || TUPLE_LEN(pair) != 2) {
        return 0;
    }
    Object *value = XRef(Dict_Get(VIEWED(o), TUPLE_ITEM(pair, 0)));
    int r = value == NULL ? (Err_Occurred() ? -1 : 0) : Object_CompareBool(value, TUPLE_ITEM(pair, 1), CMP_EQ);
    XUnref(value);
    return r;
}
/* keys and items behave as sets */
static Object *view_compare(Object *a, Object *b, int op)
{
    bool view_b = TYPE(b) == &DictKeys_Type || TYPE(b) == &DictItems_Type;
    if (!view_b && !Set_Check(b)) {
        return Ref(NotImplemented);
    }
    Object *x = Set_New(a), *y = view_b ? Set_New(b) : Ref(b);
    Object *r = x == NULL || y == NULL ? NULL : Object_Compare(x, y, op);
    XUnref(x), XUnref(y);
    return r;
}
static Object *view_binary(Object *a, Object *b, int op)
{
    Object *x = Set_New(a), *y = x == NULL ? NULL : Set_New(b);
    Object *r = y == NULL ? NULL : Number_Binary(x, y, op);
    XUnref(x), XUnref(y);
    return r;
}
static Object *view_and(Object *a, Object *b) { return view_binary(a, b, NB_AND); }
static Object *view_or(Object *a, Object *b) { return view_binary(a, b, NB_OR); }
static Object *view_sub(Object *a, Object *b) { return view_binary(a, b, NB_SUB); }
static Object *view_xor(Object *a, Object *b) { return view_binary(a, b, NB_XOR); }
DEF(view_reversed) { IGNORE; return TableIter_NewReversed(VIEWED(self), TABLE(VIEWED(self)), view_kind(self)); }
DEF(view_isdisjoint)
{
    IGNORE;
    Object *common = view_and(self, args[0]);
    bool none = common != NULL && Object_Len(common) == 0;
    XUnref(common);
    return common == NULL ? NULL : Bool_From(none);
}
static const MethodDef set_view_methods[] = {
    {"__reversed__", view_reversed, 0, 0, NULL, 0}, {"isdisjoint", view_isdisjoint, 1, 1, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};
static const MethodDef view_methods[] = {{"__reversed__", view_reversed, 0, 0, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};
#define VIEW_TYPE(variable, text, ...) \
    Type variable = {.head = IMMORTAL_HEAD(&Type_Type), .name = text, .size = sizeof(View), .flags = T_GC | T_ABSTRACT, \
        .traverse = view_traverse, .clear = view_clear, .repr = view_repr, .len = view_len, .iter = view_iter, .getsets = view_getsets, __VA_ARGS__}
static Object *view_mapping(Object *self) { return MappingProxy_New(VIEWED(self)); }
static const GetSetDef view_getsets[] = {{"mapping", view_mapping, NULL}, {NULL, NULL, NULL}};
#define SET_LIKE .methods = set_view_methods, .hash = Hash_NotImplemented, .richcompare = view_compare, \
    .nb = {[NB_AND] = view_and, [NB_OR] = view_or, [NB_SUB] = view_sub, [NB_XOR] = view_xor}
VIEW_TYPE(DictKeys_Type, "dict_keys", .contains = keys_contains, SET_LIKE);
VIEW_TYPE(DictItems_Type, "dict_items", .contains = items_contains, SET_LIKE);
VIEW_TYPE(DictValues_Type, "dict_values", .methods = view_methods);

const MethodDef Dict_Methods[] = {
    {"get", dict_get, 1, 2, NULL, 0}, {"setdefault", dict_setdefault, 1, 2, NULL, 0}, {"pop", dict_pop, 1, 2, NULL, 0},
    {"popitem", dict_popitem, 0, 0, NULL, 0}, {"update", dict_update, 0, -1, NULL, METH_RAW}, {"clear", dict_clear_, 0, 0, NULL, 0},
    {"copy", dict_copy, 0, 0, NULL, 0}, {"fromkeys", dict_fromkeys, 1, 2, NULL, METH_CLASS}, {"keys", dict_keys, 0, 0, NULL, 0},
    {"values", dict_values, 0, 0, NULL, 0}, {"items", dict_items, 0, 0, NULL, 0}, {"__reversed__", dict_reversed, 0, 0, NULL, 0},
    {"__class_getitem__", GenericAlias_Make, 1, 1, NULL, METH_CLASS}, {NULL, NULL, 0, 0, NULL, 0}};
Type Dict_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "dict", .size = sizeof(Dict), .flags = T_BASE | T_GC | T_DICT,
    .traverse = dict_traverse, .clear = dict_clear, .new = dict_new, .init = update_call, .repr = dict_repr,
    .hash = Hash_NotImplemented, .richcompare = dict_compare, .len = dict_len, .iter = dict_iter, .getitem = dict_getitem,
    .setitem = dict_setitem, .contains = dict_contains, .nb = {[NB_OR] = dict_or}, .inplace = {[NB_OR] = dict_ior}, .methods = Dict_Methods,
};
