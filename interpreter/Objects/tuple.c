/* tuple: fixed items. The empty one is shared and immortal. */
#include "rabbit.h"
#include <stdarg.h>

Object *Tuple_New(Size n)
{
    if (n == 0 && interp.empty_tuple != NULL) {
        return Ref(interp.empty_tuple);
    }
    Tuple *t = n > PTRDIFF_MAX / 16 ? Err_NoMemory() : Object_Alloc(&Tuple_Type, n * (Size)sizeof(Object *));
    if (t != NULL) {
        t->len = n;
    }
    return (Object *)t;
}

Object *Tuple_From(Object **items, Size n)
{
    Object *t = Tuple_New(n);
    for (Size i = 0; t != NULL && i < n; i++) {
        TUPLE_ITEM(t, i) = Ref(items[i]);
    }
    return t;
}

Object *Tuple_Pack(Size n, ...)
{
    Object *t = Tuple_New(n);
    va_list args;
    va_start(args, n);
    for (Size i = 0; t != NULL && i < n; i++) {
        TUPLE_ITEM(t, i) = Ref(va_arg(args, void *));
    }
    va_end(args);
    return t;
}

Object *Tuple_FromIter(Object *iterable)
{
    if (TYPE(iterable) == &Tuple_Type) {
        return Ref(iterable);
    }
    Object *list = List_FromIter(iterable), *t = list == NULL ? NULL : List_ToTuple(list);
    XUnref(list);
    return t;
}

Object *Tuple_Sub(Object *t, Size start, Size end) { return Tuple_From(&TUPLE_ITEM(t, start), end > start ? end - start : 0); }

static int tuple_traverse(Object *o, VisitFn visit, void *arg)
{
    for (Size i = 0; i < TUPLE_LEN(o); i++) {
        VISIT(TUPLE_ITEM(o, i));
    }
    return 0;
}
static void tuple_clear(Object *o)
{
    Size n = TUPLE_LEN(o);
    TUPLE_LEN(o) = 0;
    for (Size i = 0; i < n; i++) {
        CLEAR(TUPLE_ITEM(o, i));
    }
}

Object *Repr_Sequence(Object **items, Size n, const char *open, const char *close)
{
    Buf b;
    Buf_Init(&b);
    Buf_Ascii(&b, open);
    for (Size i = 0; i < n && !b.failed; i++) {
        if (i > 0) Buf_Ascii(&b, ", ");
        Buf_Own(&b, Object_Repr(items[i]));
    }
    Buf_Ascii(&b, close);
    return Buf_Finish(&b);
}
static Object *tuple_repr(Object *o)
{
    return Repr_Sequence(&TUPLE_ITEM(o, 0), TUPLE_LEN(o), "(", TUPLE_LEN(o) == 1 ? ",)" : ")");
}

static Hash tuple_hash(Object *o)
{
    uint64_t acc = HASH_SEED;
    for (Size i = 0; i < TUPLE_LEN(o); i++) {
        Hash h = Object_Hash(TUPLE_ITEM(o, i));
        if (h == -1) {
            return -1;
        }
        acc = Hash_Mix(acc, h);
    }
    return Hash_Mixed(acc + ((uint64_t)TUPLE_LEN(o) ^ (HASH_SEED ^ 3527539u)));
}

static Object *tuple_compare(Object *a, Object *b, int op)
{
    if (!Tuple_Check(a) || !Tuple_Check(b)) {
        return Ref(NotImplemented);
    }
    Size n = TUPLE_LEN(a) < TUPLE_LEN(b) ? TUPLE_LEN(a) : TUPLE_LEN(b), i = 0;
    for (; i < n; i++) {
        int same = Object_CompareBool(TUPLE_ITEM(a, i), TUPLE_ITEM(b, i), CMP_EQ);
        if (same < 0) return NULL;
        if (same == 0) break;
    }
    if (i < n) {
        return op == CMP_EQ || op == CMP_NE ? Bool_From(op == CMP_NE) : Object_Compare(TUPLE_ITEM(a, i), TUPLE_ITEM(b, i), op);
    }
    Size x = TUPLE_LEN(a), y = TUPLE_LEN(b);
    const bool answers[] = {x < y, x <= y, x == y, x != y, x > y, x >= y};
    return Bool_From(answers[op]);
}

static Size tuple_len(Object *o) { return TUPLE_LEN(o); }
static Object *tuple_getitem(Object *o, Object *key)
{
    Size start, stop, step, count;
    if (TYPE(key) != &Slice_Type) {
        return Index_Resolve(key, TUPLE_LEN(o), "tuple index", &start) < 0 ? NULL : Ref(TUPLE_ITEM(o, start));
    }
    if (Slice_Resolve(key, TUPLE_LEN(o), &start, &stop, &step, &count) < 0) {
        return NULL;
    }
    Object *r = Tuple_New(count);
    for (Size i = 0; r != NULL && i < count; i++) {
        TUPLE_ITEM(r, i) = Ref(TUPLE_ITEM(o, start + i * step));
    }
    return r;
}
static Object *tuple_add(Object *a, Object *b)
{
    if (!Tuple_Check(a) || !Tuple_Check(b)) {
        return Ref(NotImplemented);
    }
    Object *r = Tuple_New(TUPLE_LEN(a) + TUPLE_LEN(b));
    for (Size i = 0; r != NULL && i < TUPLE_LEN(r); i++) {
        TUPLE_ITEM(r, i) = Ref(i < TUPLE_LEN(a) ? TUPLE_ITEM(a, i) : TUPLE_ITEM(b, i - TUPLE_LEN(a)));
    }
    return r;
}
static Object *tuple_mul(Object *a, Object *b)
{
    Object *t = Tuple_Check(a) ? a : b, *count = t == a ? b : a;
    if (!Int_Check(count)) {
        return Ref(NotImplemented);
    }
    Size n = Number_AsSize(count, EXC(OverflowError)), len = TUPLE_LEN(t);
    if (n == -1 && Err_Occurred()) {
        return NULL;
    }
    n = n < 0 ? 0 : n;
    Object *r = n > 0 && len > PTRDIFF_MAX / 16 / n ? Err_NoMemory() : Tuple_New(n * len);
    for (Size i = 0; r != NULL && i < n * len; i++) {
        TUPLE_ITEM(r, i) = Ref(TUPLE_ITEM(t, i % len));
    }
    return r;
}
static Object *tuple_new(Type *type, Object **args, Size n, Object *kwnames)
{
    if (n > 1 || kwnames != NULL) {
        if (type == &Tuple_Type || n > 1) {
            return Err_Set(EXC(TypeError), "tuple expected at most 1 argument, got %zd", n);
        }
    }
    Object *t = n == 0 ? Tuple_New(0) : Tuple_FromIter(args[0]);
    if (t == NULL || type == &Tuple_Type) {
        return t;
    }
    Tuple *r = Object_Alloc(type, TUPLE_LEN(t) * (Size)sizeof(Object *));
    for (Size i = 0; r != NULL && i < TUPLE_LEN(t); i++) {
        r->items[i] = Ref(TUPLE_ITEM(t, i));
        r->len = i + 1;
    }
    Unref(t);
    return (Object *)r;
}
#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames
DEF(tuple_count)
{
    IGNORE;
    Size count = 0;
    for (Size i = 0; i < TUPLE_LEN(self); i++) {
        int same = Object_CompareBool(TUPLE_ITEM(self, i), args[0], CMP_EQ);
        if (same < 0) return NULL;
        count += same;
    }
    return Int_FromLong(count);
}
DEF(tuple_index)
{
    IGNORE;
    for (Size i = 0; i < TUPLE_LEN(self); i++) {
        int same = Object_CompareBool(TUPLE_ITEM(self, i), args[0], CMP_EQ);
        if (same != 0) return same < 0 ? NULL : Int_FromLong(i);
    }
    return Err_Set(EXC(ValueError), "tuple.index(x): x not in tuple");
}
static const MethodDef tuple_methods[] = {
    {"count", tuple_count, 1, 1, NULL, 0}, {"index", tuple_index, 1, 1, NULL, 0},
    {"__class_getitem__", GenericAlias_Make, 1, 1, NULL, METH_CLASS}, {NULL, NULL, 0, 0, NULL, 0}};
Type Tuple_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "tuple", .size = sizeof(Tuple) - sizeof(Object *), .flags = T_BASE | T_GC | T_TUPLE,
    .traverse = tuple_traverse, .clear = tuple_clear, .new = tuple_new, .repr = tuple_repr, .hash = tuple_hash,
    .richcompare = tuple_compare, .len = tuple_len, .iter = SeqIter_New, .getitem = tuple_getitem,
    .nb = {[NB_ADD] = tuple_add, [NB_MUL] = tuple_mul}, .methods = tuple_methods,
};
