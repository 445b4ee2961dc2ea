/* Weak references. Which object has some is a bit in its GcHead; where they hang is a table from the
   object's address to the first of a chain, so that objects without any pay nothing.
   Invariant: a WeakRef with a target is in that target's chain; those that can be shared (no callback,
   no subclass) come first. */
#include "rabbit.h"

static Size place_of(WeakTable *t, Object *target)
{
    uint64_t mixed = (uint64_t)(uintptr_t)target >> 4;
    return (Size)((mixed ^ mixed >> 12) & (uint64_t)(t->cap - 1));
}

/* The entry of the target, or the free one where it would be. */
static WeakEntry *entry_of(WeakTable *t, Object *target)
{
    Size i = place_of(t, target);
    while (t->entries[i].target != NULL && t->entries[i].target != target) {
        i = (i + 1) & (t->cap - 1);
    }
    return &t->entries[i];
}

static int grow(WeakTable *t)
{
    Size cap = t->cap == 0 ? 16 : t->cap * 2;
    WeakTable bigger = {Mem_Zalloc((size_t)cap * sizeof(WeakEntry)), t->used, cap};
    if (bigger.entries == NULL) {
        return Err_Minus(Err_NoMemory());
    }
    for (Size i = 0; i < t->cap; i++) {
        if (t->entries[i].target != NULL) {
            *entry_of(&bigger, t->entries[i].target) = t->entries[i];
        }
    }
    Mem_Free(t->entries);
    *t = bigger;
    return 0;
}

/* Take the entry out and move up those that a search would no longer find behind the hole. */
static void remove_entry(WeakTable *t, WeakEntry *entry)
{
    Size hole = entry - t->entries;
    entry->target = NULL;
    for (Size i = (hole + 1) & (t->cap - 1); t->entries[i].target != NULL; i = (i + 1) & (t->cap - 1)) {
        Size home = place_of(t, t->entries[i].target);
        if (((i - home) & (t->cap - 1)) >= ((i - hole) & (t->cap - 1))) {
            t->entries[hole] = t->entries[i];
            t->entries[i].target = NULL;
            hole = i;
        }
    }
    if (--t->used == 0) {
        Mem_Free(t->entries);
        *t = (WeakTable){NULL, 0, 0};
    }
}

WeakRef *Weak_First(Object *o)
{
    if (!IS_A(o, T_GC) || !(*Gc_Bits(o) & WEAK_REFERRED)) {
        return NULL;
    }
    return entry_of(&interp.weak, o)->first;
}

static bool shareable(WeakRef *w)
{
    return w->callback == NULL && (TYPE(w) == &WeakRef_Type || TYPE(w) == &WeakProxy_Type || TYPE(w) == &WeakCallableProxy_Type);
}

static int attach(WeakRef *w, Object *target)
{
    WeakTable *t = &interp.weak;
    if (t->used * 3 >= t->cap * 2) {
        TRY_INT(grow(t));
    }
    WeakEntry *entry = entry_of(t, target);
    if (entry->target == NULL) {
        *entry = (WeakEntry){target, NULL};
        t->used++;
    }
    *Gc_Bits(target) |= WEAK_REFERRED;
    WeakRef *before = NULL;
    for (WeakRef *other = entry->first; !shareable(w) && other != NULL && shareable(other); other = other->next) {
        before = other;
    }
    w->target = target;
    w->prev = before;
    w->next = before != NULL ? before->next : entry->first;
    if (w->next != NULL) w->next->prev = w;
    if (before != NULL) before->next = w;
    else entry->first = w;
    return 0;
}

void Weak_Detach(WeakRef *w)
{
    Object *target = w->target;
    if (target == NULL) {
        return;
    }
    WeakEntry *entry = entry_of(&interp.weak, target);
    if (w->prev != NULL) w->prev->next = w->next;
    else entry->first = w->next;
    if (w->next != NULL) w->next->prev = w->prev;
    w->target = NULL;
    w->prev = w->next = NULL;
    if (entry->first == NULL) {
        remove_entry(&interp.weak, entry);
        *Gc_Bits(target) &= (uint8_t)~WEAK_REFERRED;
    }
}

static void call_back(WeakRef *w)
{
    Object *callback = w->callback, *raised = Err_Fetch();
    w->callback = NULL;
    Object *r = Call1(callback, (Object *)w);
    if (r == NULL) {
        Err_Unraisable(callback);
    }
    XUnref(r), Unref(callback);
    Err_Restore(raised);
}

/* All are cleared before the first callback runs. Those that wait are kept alive and chained by `next`. */
void Weak_Died(Object *o)
{
    WeakRef *waiting = NULL, **last = &waiting;
    for (WeakRef *w; (w = Weak_First(o)) != NULL;) {
        Weak_Detach(w);
        if (w->callback != NULL) {
            *last = Ref(w);
            last = &w->next;
        }
    }
    while (waiting != NULL) {
        WeakRef *w = waiting;
        waiting = w->next;
        w->next = NULL;
        call_back(w);
        Unref(w);
    }
}

/* ---- the types ---- */

/* Without a callback one reference serves everybody. */
static Object *known_ref(Type *type, Object *target, Object *callback)
{
    for (WeakRef *w = callback == NULL ? Weak_First(target) : NULL; w != NULL && shareable(w); w = w->next) {
        if (TYPE(w) == type) {
            return Ref(w);
        }
    }
    return NULL;
}

Object *Weak_New(Type *type, Object *target, Object *callback)
{
    callback = callback == None ? NULL : callback;
    if (!IS_A(target, T_WEAK)) {
        return Err_Set(EXC(TypeError), "cannot create weak reference to '%T' object", target);
    }
    Object *known = known_ref(type, target, callback);
    if (known != NULL) {
        return known;
    }
    WeakRef *w = Object_Alloc(type, 0);
    if (w != NULL) {
        w->hash = -1;
        w->callback = XRef(callback);
        if (attach(w, target) < 0) {
            CLEAR(w);
        }
    }
    return (Object *)w;
}

/* The target, new, or NULL without exception when it is dead or about to be. */
Object *Weak_Get(Object *ref)
{
    Object *target = ((WeakRef *)ref)->target;
    return target == NULL || (*Gc_Bits(target) & WEAK_DYING) ? NULL : Ref(target);
}

static Object *weakref_new(Type *type, Object **args, Size n, Object *kwnames)
{
    if (n < 1 || n > 2) {
        return Err_Set(EXC(TypeError), n < 1 ? "__new__ expected at least 1 argument, got %zd" : "__new__ expected at most 2 arguments, got %zd", n);
    }
    return kwnames != NULL && type == &WeakRef_Type ? Err_Set(EXC(TypeError), "ref() takes no keyword arguments")
        : Weak_New(type, args[0], n > 1 ? args[1] : NULL);
}
static int weakref_init(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)self, (void)args, (void)kwnames;
    return n <= 2 ? 0 : Err_Minus(Err_Set(EXC(TypeError), "__init__ expected at most 2 arguments, got %zd", n));
}

static Object *weakref_call(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)args;
    if (n > 0 || kwnames != NULL) {
        return Err_Set(EXC(TypeError), "weakref expected at most 0 arguments, got %zd", n);
    }
    Object *target = Weak_Get(self);
    return target == NULL ? Ref(None) : target;
}

static Object *weakref_repr(Object *self)
{
    Object *target = Weak_Get(self), *name = NULL;
    if (target == NULL) {
        return Str_Format("<weakref at %p; dead>", self);
    }
    if (Object_LookupAttr(target, ID(__name__), &name) < 0) {
        Unref(target);
        return NULL;
    }
    Object *r = name != NULL && Str_Check(name) ? Str_Format("<weakref at %p; to '%T' at %p (%U)>", self, target, target, name)
        : Str_Format("<weakref at %p; to '%T' at %p>", self, target, target);
    XUnref(name), Unref(target);
    return r;
}

static Hash weakref_hash(Object *self)
{
    WeakRef *w = (WeakRef *)self;
    if (w->hash == -1) {
        Object *target = Weak_Get(self);
        if (target == NULL) {
            return Err_Minus(Err_Set(EXC(TypeError), "weak object has gone away"));
        }
        w->hash = Object_Hash(target);
        Unref(target);
    }
    return w->hash;
}

/* By their targets while both live, by themselves after that. */
static Object *weakref_compare(Object *a, Object *b, int op)
{
    if ((op != CMP_EQ && op != CMP_NE) || !IsType(a, &WeakRef_Type) || !IsType(b, &WeakRef_Type)) {
        return Ref(NotImplemented);
    }
    Object *x = Weak_Get(a), *y = Weak_Get(b);
    Object *r = x == NULL || y == NULL ? Bool_From((a == b) == (op == CMP_EQ)) : Object_Compare(x, y, op);
    XUnref(x), XUnref(y);
    return r;
}

static int weakref_traverse(Object *o, VisitFn visit, void *arg) { VISIT(((WeakRef *)o)->callback); return 0; }
static void weakref_clear(Object *o)
{
    Weak_Detach((WeakRef *)o);
    CLEAR(((WeakRef *)o)->callback);
}
static Object *weakref_get_callback(Object *o) { Object *c = ((WeakRef *)o)->callback; return Ref(c == NULL ? None : c); }
static const GetSetDef weakref_getsets[] = {{"__callback__", weakref_get_callback, NULL}, {NULL, NULL, NULL}};
static const MethodDef weakref_methods[] = {{"__class_getitem__", GenericAlias_Make, 1, 1, NULL, METH_CLASS}, {NULL, NULL, 0, 0, NULL, 0}};
Type WeakRef_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "weakref.ReferenceType", .size = sizeof(WeakRef), .flags = T_BASE | T_GC | T_WEAKREF,
    .traverse = weakref_traverse, .clear = weakref_clear, .new = weakref_new, .init = weakref_init, .call = weakref_call,
    .repr = weakref_repr, .hash = weakref_hash, .richcompare = weakref_compare, .getsets = weakref_getsets, .methods = weakref_methods,
};

/* ---- proxies: every operation goes to the target ---- */
static Object *alive(Object *proxy)
{
    Object *target = Weak_Get(proxy);
    return target != NULL ? target : Err_Set(EXC(ReferenceError), "weakly-referenced object no longer exists");
}
/* What a proxy stands for, or the object itself; new. */
static Object *unwrap(Object *o)
{
    return TYPE(o) == &WeakProxy_Type || TYPE(o) == &WeakCallableProxy_Type ? alive(o) : Ref(o);
}

#define PASS(result, failed, call) \
    do { \
        Object *target = alive(self); \
        if (target == NULL) return failed; \
        result r = call; \
        Unref(target); \
        return r; \
    } while (0)
static Object *proxy_getattro(Object *self, Object *name) { PASS(Object *, NULL, Object_GetAttr(target, name)); }
static int proxy_setattro(Object *self, Object *name, Object *value) { PASS(int, -1, Object_SetAttr(target, name, value)); }
static Object *proxy_str(Object *self) { PASS(Object *, NULL, Object_Str(target)); }
static Object *proxy_call(Object *self, Object **args, Size n, Object *kwnames) { PASS(Object *, NULL, Call(target, args, n, kwnames)); }
static Object *proxy_iter(Object *self) { PASS(Object *, NULL, Object_GetIter(target)); }
static int proxy_truth(Object *self) { PASS(int, -1, Object_IsTrue(target)); }
static Size proxy_len(Object *self) { PASS(Size, -1, Object_Len(target)); }
static Object *proxy_getitem(Object *self, Object *key) { PASS(Object *, NULL, Object_GetItem(target, key)); }
static int proxy_setitem(Object *self, Object *key, Object *value) { PASS(int, -1, Object_SetItem(target, key, value)); }
static int proxy_contains(Object *self, Object *item) { PASS(int, -1, Object_Contains(target, item)); }
static Object *proxy_iternext(Object *self)
{
    PASS(Object *, NULL, TYPE(target)->iternext != NULL ? TYPE(target)->iternext(target)
         : Err_Set(EXC(TypeError), "Weakref proxy referenced a non-iterator '%T' object", target));
}
static Object *proxy_repr(Object *self)
{
    Object *target = Weak_Get(self), *r = Str_Format("<weakproxy at %p to %T at %p>", self, target == NULL ? None : target, target);
    XUnref(target);
    return r;
}
static Object *both(Object *a, Object *b, int op, Object *(*apply)(Object *, Object *, int))
{
    Object *x = unwrap(a), *y = x == NULL ? NULL : unwrap(b), *r = y == NULL ? NULL : apply(x, y, op);
    XUnref(x), XUnref(y);
    return r;
}
static Object *proxy_compare(Object *a, Object *b, int op) { return both(a, b, op, Object_Compare); }
static Object *unary(Object *self, int op) { PASS(Object *, NULL, Number_Unary(target, op)); }

#define X(upper, lower, text) \
    static Object *proxy_##lower(Object *a, Object *b) { return both(a, b, NB_##upper, Number_Binary); } \
    static Object *proxy_i##lower(Object *a, Object *b) { return both(a, b, NB_##upper, Number_Inplace); }
BINARY_OPS(X)
#undef X
#define UNARY(name, op) static Object *proxy_##name(Object *self) { return unary(self, op); }
UNARY(neg, UN_NEG) UNARY(pos, UN_POS) UNARY(invert, UN_INVERT) UNARY(abs, UN_ABS) UNARY(int, UN_INT) UNARY(float, UN_FLOAT)
static Object *proxy_index(Object *self) { PASS(Object *, NULL, Number_Index(target)); }

#define X(upper, lower, text) [NB_##upper] = proxy_##lower,
#define Y(upper, lower, text) [NB_##upper] = proxy_i##lower,
#define PROXY(variable, text, ...) \
    Type variable = { \
        .head = IMMORTAL_HEAD(&Type_Type), .name = text, .size = sizeof(WeakRef), .flags = T_GC | T_ABSTRACT | T_WEAKREF, \
        .traverse = weakref_traverse, .clear = weakref_clear, .getattro = proxy_getattro, .setattro = proxy_setattro, .repr = proxy_repr, \
        .str = proxy_str, .hash = Hash_NotImplemented, .richcompare = proxy_compare, .iter = proxy_iter, .iternext = proxy_iternext, \
        .truth = proxy_truth, .len = proxy_len, .getitem = proxy_getitem, .setitem = proxy_setitem, .contains = proxy_contains, \
        .nb = {BINARY_OPS(X)}, .inplace = {BINARY_OPS(Y)}, \
        .unary = {[UN_NEG] = proxy_neg, [UN_POS] = proxy_pos, [UN_INVERT] = proxy_invert, [UN_ABS] = proxy_abs, [UN_INT] = proxy_int, \
                  [UN_FLOAT] = proxy_float, [UN_INDEX] = proxy_index}, \
        __VA_ARGS__ }
PROXY(WeakProxy_Type, "weakref.ProxyType", .doc = NULL);
PROXY(WeakCallableProxy_Type, "weakref.CallableProxyType", .call = proxy_call);
#undef X
#undef Y
