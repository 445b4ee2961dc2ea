/* Iterators: over sequences, tables and callables; enumerate, zip, map, filter, reversed;
   list[int]; and the guard against objects that contain themselves. */
#include "rabbit.h"
#include "layouts.h"

/* ---- sequences, forwards and backwards ---- */

static Object *seqiter_make(Object *seq, Size next, int step)
{
    SeqIter *it = Object_Alloc(&SeqIter_Type, 0);
    if (it != NULL) {
        it->seq = Ref(seq), it->next = next, it->step = step;
    }
    return (Object *)it;
}
Object *SeqIter_New(Object *seq) { return seqiter_make(seq, 0, 1); }
Object *SeqIter_NewReversed(Object *seq, Size len) { return seqiter_make(seq, len - 1, -1); }

static Object *seqiter_item(Object *seq, Size i)
{
    if (TYPE(seq) == &List_Type) return i < LIST_LEN(seq) ? Ref(LIST_ITEM(seq, i)) : NULL;
    if (TYPE(seq) == &Tuple_Type) return i < TUPLE_LEN(seq) ? Ref(TUPLE_ITEM(seq, i)) : NULL;
    if (TYPE(seq) == &Str_Type) return i < STR_LEN(seq) ? Str_FromChar(Str_At(seq, i)) : NULL;
    if (TYPE(seq)->len != NULL && TYPE(seq)->iter == SeqIter_New && i >= TYPE(seq)->len(seq)) return NULL;
    Object *index = Int_FromLong(i), *item = index == NULL ? NULL : Object_GetItem(seq, index);
    XUnref(index);
    if (item == NULL && !Err_Swallow(EXC(IndexError))) {
        Err_Swallow(EXC(StopIteration));
    }
    return item;
}
static Object *seqiter_next(Object *o)
{
    SeqIter *it = (SeqIter *)o;
    Object *item = it->seq == NULL || it->next < 0 ? NULL : seqiter_item(it->seq, it->next);
    if (item == NULL) {
        CLEAR(it->seq);
        return NULL;
    }
    it->next += it->step;
    return item;
}
static int seqiter_traverse(Object *o, VisitFn visit, void *arg) { VISIT(((SeqIter *)o)->seq); return 0; }
static void seqiter_clear(Object *o) { CLEAR(((SeqIter *)o)->seq); }
static Object *seqiter_hint(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)args, (void)n, (void)kwnames;
    SeqIter *it = (SeqIter *)self;
    Size len = it->seq == NULL || TYPE(it->seq)->len == NULL ? 0 : TYPE(it->seq)->len(it->seq);
    return len < 0 ? NULL : Int_FromLong(it->seq == NULL ? 0 : it->step < 0 ? it->next + 1 : len > it->next ? len - it->next : 0);
}
static const MethodDef seqiter_methods[] = {{"__length_hint__", seqiter_hint, 0, 0, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};
#define ITER_TYPE(variable, text, layout, prefix, ...) \
    Type variable = {.head = IMMORTAL_HEAD(&Type_Type), .name = text, .size = sizeof(layout), .traverse = prefix##_traverse, \
        .clear = prefix##_clear, .iter = Object_SelfIter, .iternext = prefix##_next, __VA_ARGS__}
ITER_TYPE(SeqIter_Type, "iterator", SeqIter, seqiter, .flags = T_GC | T_ABSTRACT, .methods = seqiter_methods);

/* ---- iter(callable, sentinel) ---- */
typedef struct { Object head; Object *callable, *sentinel; } CallIter;
Object *CallIter_New(Object *callable, Object *sentinel)
{
    CallIter *it = Object_Alloc(&CallIter_Type, 0);
    if (it != NULL) {
        it->callable = Ref(callable), it->sentinel = Ref(sentinel);
    }
    return (Object *)it;
}
static int calliter_traverse(Object *o, VisitFn visit, void *arg) { VISIT(((CallIter *)o)->callable); VISIT(((CallIter *)o)->sentinel); return 0; }
static void calliter_clear(Object *o) { CLEAR(((CallIter *)o)->callable); CLEAR(((CallIter *)o)->sentinel); }
static Object *calliter_next(Object *o)
{
    CallIter *it = (CallIter *)o;
    Object *item = it->callable == NULL ? NULL : Call0(it->callable);
    int end = item == NULL || it->sentinel == NULL ? 0 : Object_CompareBool(item, it->sentinel, CMP_EQ);
    if (end != 0) {
        CLEAR(item);
        calliter_clear(o);
    }
    return item;
}
ITER_TYPE(CallIter_Type, "callable_iterator", CallIter, calliter, .flags = T_GC | T_ABSTRACT);

/* ---- dict and set ---- */
typedef struct { Object head; Object *owner; Table *table; Size pos, used; int what; bool back; } TableIter;
static Object *tableiter_make(Object *owner, Table *table, int what, bool back)
{
    TableIter *it = Object_Alloc(&TableIter_Type, 0);
    if (it != NULL) {
        it->owner = Ref(owner), it->table = table, it->what = what, it->used = table->used, it->back = back;
        it->pos = back ? table->fill : 0;
    }
    return (Object *)it;
}
Object *TableIter_New(Object *owner, Table *table, int what) { return tableiter_make(owner, table, what, false); }
Object *TableIter_NewReversed(Object *owner, Table *table, int what) { return tableiter_make(owner, table, what, true); }
static int tableiter_traverse(Object *o, VisitFn visit, void *arg) { VISIT(((TableIter *)o)->owner); return 0; }
static void tableiter_clear(Object *o) { CLEAR(((TableIter *)o)->owner); }
static bool tableiter_step(TableIter *it, Entry **e)
{
    if (!it->back) {
        return Table_Next(it->table, &it->pos, e);
    }
    while (it->pos > 0 && it->pos <= it->table->fill) {
        *e = &it->table->entries[--it->pos];
        if ((*e)->key != NULL) {
            return true;
        }
    }
    return false;
}
static Object *tableiter_next(Object *o)
{
    TableIter *it = (TableIter *)o;
    Entry *e;
    if (it->owner == NULL) {
        return NULL;
    }
    if (it->used != it->table->used) {
        it->used = -1;
        return Err_Set(EXC(RuntimeError), "%s changed size during iteration", Dict_Check(it->owner) ? "dictionary" : "Set");
    }
    if (!tableiter_step(it, &e)) {
        CLEAR(it->owner);
        return NULL;
    }
    return it->what == 0 ? Ref(e->key) : it->what == 1 ? Ref(e->value) : Tuple_Pack(2, e->key, e->value);
}
static Object *tableiter_hint(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)args, (void)n, (void)kwnames;
    TableIter *it = (TableIter *)self;
    return Int_FromLong(it->owner == NULL ? 0 : it->used - (it->pos < it->used ? it->pos : it->used));
}
static const MethodDef tableiter_methods[] = {{"__length_hint__", tableiter_hint, 0, 0, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};
ITER_TYPE(TableIter_Type, "dict_keyiterator", TableIter, tableiter, .flags = T_GC | T_ABSTRACT, .methods = tableiter_methods);

/* ---- enumerate, map, filter, zip, reversed: a function and some iterators ---- */
typedef struct { Object head; Object *func, *iters; int64_t count; bool strict; } Pipe;
static Object *pipe_make(Type *type, Object *func, Object **sources, Size n)
{
    Pipe *p = Object_Alloc(type, 0);
    if (p == NULL) {
        return NULL;
    }
    p->func = XRef(func);
    p->iters = Tuple_New(n);
    if (p->iters == NULL) {
        CLEAR(p);
    }
    for (Size i = 0; p != NULL && i < n; i++) {
        TUPLE_ITEM(p->iters, i) = Object_GetIter(sources[i]);
        if (TUPLE_ITEM(p->iters, i) == NULL) {
            CLEAR(p);
        }
    }
    return (Object *)p;
}
static int pipe_traverse(Object *o, VisitFn visit, void *arg) { VISIT(((Pipe *)o)->func); VISIT(((Pipe *)o)->iters); return 0; }
static void pipe_clear(Object *o) { CLEAR(((Pipe *)o)->func); CLEAR(((Pipe *)o)->iters); }
#define SOURCE(o, i) TUPLE_ITEM(((Pipe *)(o))->iters, i)
#define SOURCES(o) (((Pipe *)(o))->iters == NULL ? 0 : TUPLE_LEN(((Pipe *)(o))->iters))

static Object *enumerate_new(Type *type, Object **args, Size n, Object *kwnames)
{
    Size all = n + (kwnames == NULL ? 0 : TUPLE_LEN(kwnames));
    if (all < 1 || all > 2) {
        return Err_Set(EXC(TypeError), "enumerate() missing required argument 'iterable' (pos 1)");
    }
    Size start = all == 2 ? Number_AsSize(args[1], EXC(OverflowError)) : 0;
    Object *p = start == -1 && Err_Occurred() ? NULL : pipe_make(type, NULL, args, 1);
    if (p != NULL) {
        ((Pipe *)p)->count = start;
    }
    return p;
}
static Object *enumerate_next(Object *o)
{
    Object *item = Iter_Next(SOURCE(o, 0));
    Object *number = item == NULL ? NULL : Int_FromLong(((Pipe *)o)->count++);
    Object *pair = number == NULL ? NULL : Tuple_Pack(2, number, item);
    XUnref(item), XUnref(number);
    return pair;
}
static Object *map_new(Type *type, Object **args, Size n, Object *kwnames)
{
    (void)kwnames;
    return n < 2 ? Err_Set(EXC(TypeError), "map() must have at least two arguments.") : pipe_make(type, args[0], args + 1, n - 1);
}
/* One item of each source, or NULL when one is at its end. */
static Object *next_tuple(Object *o)
{
    Size n = SOURCES(o);
    Object *t = Tuple_New(n);
    for (Size i = 0; t != NULL && i < n; i++) {
        Object *item = Iter_Next(SOURCE(o, i));
        if (item == NULL) {
            Unref(t);
            return NULL;
        }
        TUPLE_ITEM(t, i) = item;
    }
    return t;
}
static Object *map_next(Object *o)
{
    if (SOURCES(o) == 1) {
        Object *item = Iter_Next(SOURCE(o, 0)), *r = item == NULL ? NULL : Call1(((Pipe *)o)->func, item);
        XUnref(item);
        return r;
    }
    Object *t = next_tuple(o), *r = t == NULL ? NULL : Call(((Pipe *)o)->func, ((Tuple *)t)->items, TUPLE_LEN(t), NULL);
    XUnref(t);
    return r;
}
static Object *filter_new(Type *type, Object **args, Size n, Object *kwnames)
{
    (void)kwnames;
    return n != 2 ? Err_Set(EXC(TypeError), "filter expected 2 arguments, got %zd", n) : pipe_make(type, args[0], args + 1, 1);
}
static Object *filter_next(Object *o)
{
    Object *item, *f = ((Pipe *)o)->func;
    while ((item = Iter_Next(SOURCE(o, 0))) != NULL) {
        Object *r = f == None ? Ref(item) : Call1(f, item);
        int truth = r == NULL ? -1 : Object_IsTrue(r);
        XUnref(r);
        if (truth == 1) {
            return item;
        }
        Unref(item);
        if (truth < 0) {
            return NULL;
        }
    }
    return NULL;
}
static Object *zip_new(Type *type, Object **args, Size n, Object *kwnames)
{
    int strict = 0;
    if (kwnames != NULL) {
        if (TUPLE_LEN(kwnames) != 1 || !STR_IS(TUPLE_ITEM(kwnames, 0), "strict")) {
            return Err_Set(EXC(TypeError), "zip() takes only the keyword argument 'strict'");
        }
        strict = Object_IsTrue(args[n]);
    }
    Object *p = strict < 0 ? NULL : pipe_make(type, NULL, args, n);
    if (p != NULL) {
        ((Pipe *)p)->strict = strict;
    }
    return p;
}
/* One source ended at index i: with strict=True the others must end too. */
static Object *zip_ended(Object *o, Size i)
{
    if (!((Pipe *)o)->strict || Err_Occurred()) {
        return NULL;
    }
    if (i > 0) {
        return Err_Set(EXC(ValueError), "zip() argument %zd is shorter than argument%s %s%zd", i + 1, i == 1 ? "" : "s", i == 1 ? "" : "1-", i);
    }
    for (i = 1; i < SOURCES(o); i++) {
        Object *item = Iter_Next(SOURCE(o, i));
        if (item != NULL) {
            Unref(item);
            return Err_Set(EXC(ValueError), "zip() argument %zd is longer than argument%s %s%zd", i + 1, i == 1 ? "" : "s", i == 1 ? "" : "1-", i);
        }
        if (Err_Occurred()) return NULL;
    }
    return NULL;
}
static Object *zip_next(Object *o)
{
    Size n = SOURCES(o);
    Object *t = n == 0 ? NULL : Tuple_New(n);
    for (Size i = 0; t != NULL && i < n; i++) {
        if ((TUPLE_ITEM(t, i) = Iter_Next(SOURCE(o, i))) == NULL) {
            Unref(t);
            return zip_ended(o, i);
        }
    }
    return t;
}
static Object *reversed_new(Type *type, Object **args, Size n, Object *kwnames)
{
    (void)type, (void)kwnames;
    if (n != 1) {
        return Err_Set(EXC(TypeError), "reversed expected 1 argument, got %zd", n);
    }
    if (Type_Lookup(TYPE(args[0]), ID(__reversed__)) != NULL) {
        return CallSpecial(args[0], ID(__reversed__), 0, NULL);
    }
    if (TYPE(args[0])->getitem == NULL || TYPE(args[0])->len == NULL) {
        return Err_Set(EXC(TypeError), "'%T' object is not reversible", args[0]);
    }
    Size len = Object_Len(args[0]);
    return len < 0 ? NULL : SeqIter_NewReversed(args[0], len);
}
#define PIPE_TYPE(variable, text, prefix) \
    Type variable = {.head = IMMORTAL_HEAD(&Type_Type), .name = text, .size = sizeof(Pipe), .flags = T_GC | T_BASE, .new = prefix##_new, \
        .traverse = pipe_traverse, .clear = pipe_clear, .iter = Object_SelfIter, .iternext = prefix##_next}
PIPE_TYPE(Enumerate_Type, "enumerate", enumerate);
PIPE_TYPE(Map_Type, "map", map);
PIPE_TYPE(Filter_Type, "filter", filter);
PIPE_TYPE(Zip_Type, "zip", zip);
Type Reversed_Type = {.head = IMMORTAL_HEAD(&Type_Type), .name = "reversed", .size = sizeof(Object), .new = reversed_new};

/* ---- the guard: a bit of the container says that its repr is under way ---- */
int Repr_Enter(Object *o)
{
    if (GC_HEAD(o)->bits & REPR_UNDER_WAY) {
        return 1;
    }
    GC_HEAD(o)->bits |= REPR_UNDER_WAY;
    return 0;
}

void Repr_Leave(Object *o) { GC_HEAD(o)->bits &= (uint8_t)~REPR_UNDER_WAY; }
