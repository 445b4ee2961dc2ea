/* set and frozenset: a Table without values. */
#include "rabbit.h"

#define TABLE(o) (&((Set *)(o))->table)
#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames

static Object *make(Type *type, Object *iterable)
{
    Set *s = Object_Alloc(type, 0);
    if (s != NULL) {
        s->hash = -1;
        if (iterable != NULL && Set_Update((Object *)s, iterable) < 0) {
            CLEAR(s);
        }
    }
    return (Object *)s;
}
Object *Set_New(Object *iterable) { return make(&Set_Type, iterable); }
Object *FrozenSet_New(Object *iterable) { return make(&FrozenSet_Type, iterable); }

int Set_Add(Object *s, Object *item)
{
    Hash hash = Object_Hash(item);
    return hash == -1 ? -1 : Table_Set(TABLE(s), item, hash, NULL);
}
/* A set is looked for as if it were frozen. */
int Set_Contains(Object *s, Object *item)
{
    Object *frozen = IsType(item, &Set_Type) ? FrozenSet_New(item) : Ref(item);
    Hash hash = frozen == NULL ? -1 : Object_Hash(frozen);
    Size number = hash == -1 ? TABLE_ERROR : Table_Find(TABLE(s), frozen, hash);
    XUnref(frozen);
    return number == TABLE_ERROR ? -1 : number >= 0;
}
int Set_Update(Object *s, Object *iterable)
{
    if (Set_Check(iterable) && s != iterable) {
        Entry *e;
        for (Size pos = 0; Table_Next(TABLE(iterable), &pos, &e);) {
            Object *key = Ref(e->key);
            int r = Table_Set(TABLE(s), key, e->hash, NULL);
            Unref(key);
            if (r < 0) return -1;
        }
        return 0;
    }
    Object *it = Object_GetIter(iterable), *item;
    int r = it == NULL ? -1 : 0;
    while (r == 0 && (item = Iter_Next(it)) != NULL) {
        r = Set_Add(s, item);
        Unref(item);
    }
    XUnref(it);
    return Err_Occurred() ? -1 : r;
}
/* 1 removed, 0 missing, -1 */
static int discard(Object *s, Object *item)
{
    Object *frozen = IsType(item, &Set_Type) ? FrozenSet_New(item) : Ref(item);
    Hash hash = frozen == NULL ? -1 : Object_Hash(frozen);
    Entry gone;
    int r = hash == -1 ? -1 : Table_Remove(TABLE(s), frozen, hash, &gone);
    XUnref(frozen);
    if (r == 1) {
        Unref(gone.key);
    }
    return r;
}

static int set_traverse(Object *o, VisitFn visit, void *arg) { return Table_Traverse(TABLE(o), visit, arg); }
static void set_clear(Object *o) { Table_Clear(TABLE(o)); }
static Size set_len(Object *o) { return TABLE(o)->used; }
static Object *set_iter(Object *o) { return TableIter_New(o, TABLE(o), 0); }

static Object *set_repr(Object *o)
{
    int inside = Repr_Enter(o);
    if (inside != 0) {
        return inside < 0 ? NULL : Str_Format("%s(...)", TYPE(o)->name);
    }
    Object *list = List_FromIter(o), *r = NULL;
    if (list != NULL && LIST_LEN(list) == 0) {
        r = Str_Format("%s()", TYPE(o)->name);
    } else if (list != NULL) {
        Object *items = Repr_Sequence(((List *)list)->items, LIST_LEN(list), "{", "}");
        r = items == NULL ? NULL : TYPE(o) == &Set_Type ? Ref(items) : Str_Format("%s(%U)", TYPE(o)->name, items);
        XUnref(items);
    }
    XUnref(list);
    Repr_Leave(o);
    return r;
}

static Hash frozenset_hash(Object *o)
{
    Set *s = (Set *)o;
    uint64_t h = 0;
    Entry *e;
    if (s->hash != -1) {
        return s->hash;
    }
    for (Size pos = 0; Table_Next(&s->table, &pos, &e);) {
        uint64_t x = (uint64_t)e->hash;
        h ^= (x ^ 89869747u ^ (x << 16)) * 3644798167u;
    }
    h ^= ((uint64_t)s->table.used + 1) * 1927868237u;
    h ^= (h >> 11) ^ (h >> 25);
    h = h * 69069u + 907133923u;
    s->hash = (Hash)h == -1 ? 590923713 : (Hash)h;
    return s->hash;
}

/* Is every item of a in b? */
static int subset(Object *a, Object *b)
{
    Entry *e;
    int in = 1;
    for (Size pos = 0; in == 1 && Table_Next(TABLE(a), &pos, &e);) {
        Object *key = Ref(e->key);
        Size number = Table_Find(TABLE(b), key, e->hash);
        in = number == TABLE_ERROR ? -1 : number >= 0;
        Unref(key);
    }
    return in;
}
static Object *set_compare(Object *a, Object *b, int op)
{
    if (!Set_Check(a) || !Set_Check(b)) {
        return Ref(NotImplemented);
    }
    Size x = TABLE(a)->used, y = TABLE(b)->used;
    int r;
    switch (op) {
    case CMP_EQ: return Bool_From(x == y ? subset(a, b) : 0);
    case CMP_NE: r = x == y ? subset(a, b) : 0; return Bool_From(r < 0 ? r : !r);
    case CMP_LE: return Bool_From(x <= y ? subset(a, b) : 0);
    case CMP_LT: return Bool_From(x < y ? subset(a, b) : 0);
    case CMP_GE: return Bool_From(y <= x ? subset(b, a) : 0);
    default: return Bool_From(y < x ? subset(b, a) : 0);
    }
}

static Type *result_type(Object *a) { return IsType(a, &FrozenSet_Type) ? &FrozenSet_Type : &Set_Type; }

/* Keep the items of a that are (in == true) or are not in b. */
static Object *filter(Object *a, Object *b, bool in)
{
    Object *r = make(result_type(a), NULL), *other = Set_Check(b) ? Ref(b) : Set_New(b);
    Entry *e;
    int ok = r == NULL || other == NULL ? -1 : 0;
    for (Size pos = 0; ok == 0 && Table_Next(TABLE(a), &pos, &e);) {
        Object *key = Ref(e->key);
        Size found = Table_Find(TABLE(other), key, e->hash);
        if (found == TABLE_ERROR) ok = -1;
        else if ((found >= 0) == in) ok = Table_Set(TABLE(r), key, e->hash, NULL);
        Unref(key);
    }
    XUnref(other);
    if (ok < 0) {
        CLEAR(r);
    }
    return r;
}
static Object *unite(Object *a, Object *b)
{
    Object *r = make(result_type(a), a);
    if (r != NULL && Set_Update(r, b) < 0) {
        CLEAR(r);
    }
    return r;
}
static Object *differ(Object *a, Object *b)
{
    Object *other = Set_Check(b) ? Ref(b) : Set_New(b), *left = other == NULL ? NULL : filter(a, other, false);
    Object *right = left == NULL ? NULL : filter(other, a, false);
    XUnref(other);
    if (right == NULL || Set_Update(left, right) < 0) {
        CLEAR(left);
    }
    XUnref(right);
    return left;
}
#define SETS_ONLY(a, b) if (!Set_Check(a) || !Set_Check(b)) return Ref(NotImplemented)
static Object *set_or(Object *a, Object *b) { SETS_ONLY(a, b); return unite(a, b); }
static Object *set_and(Object *a, Object *b) { SETS_ONLY(a, b); return filter(a, b, true); }
static Object *set_sub(Object *a, Object *b) { SETS_ONLY(a, b); return filter(a, b, false); }
static Object *set_xor(Object *a, Object *b) { SETS_ONLY(a, b); return differ(a, b); }

/* Take over the contents of `from` (stolen); NULL passes the exception on. */
static Object *become(Object *s, Object *from)
{
    if (from == NULL) {
        return NULL;
    }
    Table old = *TABLE(s);
    *TABLE(s) = *TABLE(from);
    *TABLE(from) = old;
    Unref(from);
    return Ref(s);
}
static Object *set_ior(Object *a, Object *b) { SETS_ONLY(a, b); return Set_Update(a, b) < 0 ? NULL : Ref(a); }
static Object *set_iand(Object *a, Object *b) { SETS_ONLY(a, b); return become(a, filter(a, b, true)); }
static Object *set_isub(Object *a, Object *b) { SETS_ONLY(a, b); return become(a, filter(a, b, false)); }
static Object *set_ixor(Object *a, Object *b) { SETS_ONLY(a, b); return become(a, differ(a, b)); }

static Object *set_new(Type *type, Object **args, Size n, Object *kwnames)
{
    (void)kwnames;
    if (Type_IsSubtype(type, &Set_Type)) {
        return make(type, NULL);
    }
    if (n > 1) {
        return Err_Set(EXC(TypeError), "frozenset expected at most 1 argument, got %zd", n);
    }
    return n == 1 && type == &FrozenSet_Type && TYPE(args[0]) == type ? Ref(args[0]) : make(type, n == 1 ? args[0] : NULL);
}
static int set_init(Object *self, Object **args, Size n, Object *kwnames)
{
    if (n > 1 || kwnames != NULL) {
        return Err_Minus(Err_Set(EXC(TypeError), "set expected at most 1 argument, got %zd", n));
    }
    Table_Clear(TABLE(self));
    return n == 0 ? 0 : Set_Update(self, args[0]);
}

DEF(set_add) { IGNORE; return Set_Add(self, args[0]) < 0 ? NULL : Ref(None); }
DEF(set_discard) { IGNORE; return discard(self, args[0]) < 0 ? NULL : Ref(None); }
DEF(set_remove)
{
    IGNORE;
    int r = discard(self, args[0]);
    return r < 0 ? NULL : r == 0 ? Err_Key(args[0]) : Ref(None);
}
DEF(set_pop)
{
    IGNORE;
    Table *t = TABLE(self);
    for (Size i = 0; i < t->fill; i++) {
        if (t->entries[i].key != NULL) {
            Entry gone;
            Table_RemoveAt(t, i, &gone);
            return gone.key;
        }
    }
    return Err_Set(EXC(KeyError), "pop from an empty set");
}
DEF(set_clear_) { IGNORE; Table_Clear(TABLE(self)); return Ref(None); }
DEF(set_copy) { IGNORE; return make(result_type(self), self); }

static Object *fold(Object *self, Object **args, Size n, Object *(*step)(Object *, Object *))
{
    Object *r = make(result_type(self), self);
    for (Size i = 0; r != NULL && i < n; i++) {
        ASSIGN(r, step(r, args[i]));
    }
    return r;
}
static Object *step_and(Object *a, Object *b) { return filter(a, b, true); }
static Object *step_sub(Object *a, Object *b) { return filter(a, b, false); }
static Object *nothing(Object *o) { XUnref(o); return o == NULL ? NULL : Ref(None); }
DEF(set_union) { IGNORE; return fold(self, args, n, unite); }
DEF(set_intersection) { IGNORE; return fold(self, args, n, step_and); }
DEF(set_difference) { IGNORE; return fold(self, args, n, step_sub); }
DEF(set_symmetric_difference) { IGNORE; return differ(self, args[0]); }
DEF(set_update)
{
    IGNORE;
    for (Size i = 0; i < n; i++) {
        if (Set_Update(self, args[i]) < 0) return NULL;
    }
    return Ref(None);
}
DEF(set_intersection_update) { IGNORE; return nothing(become(self, fold(self, args, n, step_and))); }
DEF(set_difference_update) { IGNORE; return nothing(become(self, fold(self, args, n, step_sub))); }
DEF(set_symmetric_difference_update) { IGNORE; return nothing(become(self, differ(self, args[0]))); }
static Object *test(Object *a, Object *b, int how)
{
    Object *other = Set_Check(b) ? Ref(b) : Set_New(b), *both = NULL;
    int r = other == NULL ? -1 : how == '<' ? subset(a, other) : how == '>' ? subset(other, a) : 0;
    if (how == '&' && r == 0) {
        both = filter(a, other, true);
        r = both == NULL ? -1 : TABLE(both)->used == 0;
    }
    XUnref(other), XUnref(both);
    return Bool_From(r);
}
DEF(set_issubset) { IGNORE; return test(self, args[0], '<'); }
DEF(set_issuperset) { IGNORE; return test(self, args[0], '>'); }
DEF(set_isdisjoint) { IGNORE; return test(self, args[0], '&'); }

#define COMMON_METHODS \
    {"copy", set_copy, 0, 0, NULL, 0}, {"union", set_union, 0, -1, NULL, 0}, {"intersection", set_intersection, 0, -1, NULL, 0}, \
    {"difference", set_difference, 0, -1, NULL, 0}, {"symmetric_difference", set_symmetric_difference, 1, 1, NULL, 0}, \
    {"issubset", set_issubset, 1, 1, NULL, 0}, {"issuperset", set_issuperset, 1, 1, NULL, 0}, {"isdisjoint", set_isdisjoint, 1, 1, NULL, 0}, \
    {"__class_getitem__", GenericAlias_Make, 1, 1, NULL, METH_CLASS}
const MethodDef FrozenSet_Methods[] = {COMMON_METHODS, {NULL, NULL, 0, 0, NULL, 0}};
const MethodDef Set_Methods[] = {
    COMMON_METHODS, {"add", set_add, 1, 1, NULL, 0}, {"discard", set_discard, 1, 1, NULL, 0}, {"remove", set_remove, 1, 1, NULL, 0},
    {"pop", set_pop, 0, 0, NULL, 0}, {"clear", set_clear_, 0, 0, NULL, 0}, {"update", set_update, 0, -1, NULL, 0},
    {"intersection_update", set_intersection_update, 0, -1, NULL, 0}, {"difference_update", set_difference_update, 0, -1, NULL, 0},
    {"symmetric_difference_update", set_symmetric_difference_update, 1, 1, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};
#define COMMON .size = sizeof(Set), .flags = T_BASE | T_GC, .traverse = set_traverse, .clear = set_clear, .new = set_new, \
    .repr = set_repr, .richcompare = set_compare, .len = set_len, .iter = set_iter, .contains = Set_Contains, \
    .nb = {[NB_OR] = set_or, [NB_AND] = set_and, [NB_SUB] = set_sub, [NB_XOR] = set_xor}
Type Set_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "set", COMMON, .hash = Hash_NotImplemented, .init = set_init, .methods = Set_Methods,
    .inplace = {[NB_OR] = set_ior, [NB_AND] = set_iand, [NB_SUB] = set_isub, [NB_XOR] = set_ixor},
};
static int frozenset_init(Object *self, Object **args, Size n, Object *kwnames) { IGNORE; return 0; }
Type FrozenSet_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "frozenset", COMMON, .hash = frozenset_hash, .init = frozenset_init, .methods = FrozenSet_Methods,
};
