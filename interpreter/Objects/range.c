/* slice and range, and how an index or a slice meets a length. Ranges count in machine words;
   those that do not fit have their parts in a tuple (widerange.c). */
#include "rabbit.h"
#include "layouts.h"

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames

int Index_Resolve(Object *index, Size len, const char *what, Size *out)
{
    if (!Int_Check(index) && TYPE(index)->unary[UN_INDEX] == NULL) {
        char name[32];
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(what, " "), what);
        return Err_Minus(strcmp(name, "string") == 0 ? Err_Set(EXC(TypeError), "string indices must be integers, not '%T'", index)
                         : Err_Set(EXC(TypeError), "%s indices must be integers or slices, not %T", name, index));
    }
    Size i = Number_AsSize(index, EXC(IndexError));
    if (i == -1 && Err_Occurred()) {
        return -1;
    }
    i = i < 0 ? i + len : i;
    if (i < 0 || i >= len) {
        return Err_Minus(Err_Set(EXC(IndexError), strcmp(what, "string") == 0 ? "%s index out of range" : "%s out of range", what));
    }
    *out = i;
    return 0;
}

Object *Slice_New(Object *start, Object *stop, Object *step)
{
    Slice *s = Object_Alloc(&Slice_Type, 0);
    if (s != NULL) {
        s->start = Ref(start == NULL ? None : start);
        s->stop = Ref(stop == NULL ? None : stop);
        s->step = Ref(step == NULL ? None : step);
    }
    return (Object *)s;
}

static int bound(Object *o, Size fallback, Size len, Size low, Size high, Size *out)
{
    *out = fallback;
    if (o == None) {
        return 0;
    }
    if (!Int_Check(o) && TYPE(o)->unary[UN_INDEX] == NULL) {
        return Err_Minus(Err_Set(EXC(TypeError), "slice indices must be integers or None or have an __index__ method"));
    }
    Size i = Number_AsSize(o, NULL);
    if (i == -1 && Err_Occurred()) {
        return -1;
    }
    i = i < 0 ? i + len : i;
    *out = i < low ? low : i > high ? high : i;
    return 0;
}

int Slice_Resolve(Object *slice, Size len, Size *start, Size *stop, Size *step, Size *count)
{
    Slice *s = (Slice *)slice;
    *step = 1;
    if (s->step != None) {
        *step = Number_AsSize(s->step, NULL);
        if (*step == 0 || (*step == -1 && Err_Occurred())) {
            return Err_Occurred() ? -1 : Err_Minus(Err_Set(EXC(ValueError), "slice step cannot be zero"));
        }
        *step = *step < -PTRDIFF_MAX ? -PTRDIFF_MAX : *step;
    }
    bool down = *step < 0;
    Size low = down ? -1 : 0, high = down ? len - 1 : len;
    TRY_INT(bound(s->start, down ? high : low, len, low, high, start));
    TRY_INT(bound(s->stop, down ? low : high, len, low, high, stop));
    *count = 0;
    if (down && *stop < *start) *count = (*start - *stop - 1) / -*step + 1;
    if (!down && *start < *stop) *count = (*stop - *start - 1) / *step + 1;
    return 0;
}

static Object *slice_new(Type *type, Object **args, Size n, Object *kwnames)
{
    (void)type;
    if (n < 1 || n > 3 || kwnames != NULL) {
        return Err_Set(EXC(TypeError), "slice expected 1 to 3 arguments, got %zd", n);
    }
    return n == 1 ? Slice_New(NULL, args[0], NULL) : Slice_New(args[0], args[1], n > 2 ? args[2] : NULL);
}
static Object *slice_repr(Object *o)
{
    Slice *s = (Slice *)o;
    return Str_Format("slice(%R, %R, %R)", s->start, s->stop, s->step);
}
static Object *slice_compare(Object *a, Object *b, int op)
{
    if (TYPE(a) != &Slice_Type || TYPE(b) != &Slice_Type) {
        return Ref(NotImplemented);
    }
    Slice *s = (Slice *)a, *t = (Slice *)b;
    Object *x = Tuple_Pack(3, s->start, s->stop, s->step), *y = Tuple_Pack(3, t->start, t->stop, t->step);
    Object *r = x == NULL || y == NULL ? NULL : Object_Compare(x, y, op);
    XUnref(x), XUnref(y);
    return r;
}
static Hash slice_hash(Object *o)
{
    Slice *s = (Slice *)o;
    Object *items[] = {s->start, s->stop, s->step};
    uint64_t acc = HASH_SEED;
    for (int i = 0; i < COUNT(items); i++) {
        Hash h = Object_Hash(items[i]);
        if (h == -1) return -1;
        acc = Hash_Mix(acc, h);
    }
    return Hash_Mixed(acc);
}
static int slice_traverse(Object *o, VisitFn visit, void *arg)
{
    VISIT(((Slice *)o)->start);
    VISIT(((Slice *)o)->stop);
    VISIT(((Slice *)o)->step);
    return 0;
}
static void slice_clear(Object *o)
{
    CLEAR(((Slice *)o)->start);
    CLEAR(((Slice *)o)->stop);
    CLEAR(((Slice *)o)->step);
}
static Object *slice_start(Object *o) { return Ref(((Slice *)o)->start); }
static Object *slice_stop(Object *o) { return Ref(((Slice *)o)->stop); }
static Object *slice_step(Object *o) { return Ref(((Slice *)o)->step); }
DEF(slice_indices)
{
    IGNORE;
    Size len = Number_AsSize(args[0], EXC(OverflowError)), start, stop, step, count;
    if ((len == -1 && Err_Occurred()) || Slice_Resolve(self, len, &start, &stop, &step, &count) < 0) {
        return NULL;
    }
    Object *a = Int_FromLong(start), *b = Int_FromLong(stop), *c = Int_FromLong(step);
    Object *r = Tuple_Pack(3, a, b, c);
    Unref(a), Unref(b), Unref(c);
    return r;
}
static const MethodDef slice_methods[] = {{"indices", slice_indices, 1, 1, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};
static const GetSetDef slice_getsets[] = {{"start", slice_start, NULL}, {"stop", slice_stop, NULL}, {"step", slice_step, NULL}, {NULL, NULL, NULL}};
Type Slice_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "slice", .size = sizeof(Slice), .flags = T_GC, .traverse = slice_traverse,
    .clear = slice_clear, .new = slice_new, .repr = slice_repr, .richcompare = slice_compare, .hash = slice_hash,
    .methods = slice_methods, .getsets = slice_getsets,
};

/* ---- range ---- */
typedef struct { Object head; int64_t start, stop, step; Size len; Object *wide; } Range;     /* wide: the parts, and the rest is not used */
enum { NARROW_BITS = 61 };                      /* so that no end of a slice leaves the machine word */

static Object *range_make(int64_t start, int64_t stop, int64_t step)
{
    Range *r = Object_Alloc(&Range_Type, 0);
    if (r != NULL) {
        r->start = start, r->stop = stop, r->step = step;
        uint64_t span = step > 0 ? (uint64_t)stop - (uint64_t)start : (uint64_t)start - (uint64_t)stop;
        uint64_t stride = step > 0 ? (uint64_t)step : 0 - (uint64_t)step;
        bool any = step > 0 ? start < stop : start > stop;
        uint64_t len = any ? (span - 1) / stride + 1 : 0;
        r->len = len > PTRDIFF_MAX ? PTRDIFF_MAX : (Size)len;
    }
    return (Object *)r;
}
static bool is_narrow(Object *i, int64_t *out)
{
    int over;
    *out = Int_AsLong(i, &over);
    return over == 0 && *out < (int64_t)1 << NARROW_BITS && *out > -((int64_t)1 << NARROW_BITS);
}

Object *Range_FromInts(Object *start, Object *stop, Object *step)
{
    int64_t v[3];
    if (((Int *)step)->size == 0) {
        return Err_Set(EXC(ValueError), "range() arg 3 must not be zero");
    }
    if (is_narrow(start, &v[0]) && is_narrow(stop, &v[1]) && is_narrow(step, &v[2])) {
        return range_make(v[0], v[1], v[2]);
    }
    Object *parts = Wide_Parts(start, stop, step);
    Range *r = parts == NULL ? NULL : Object_Alloc(&Range_Type, 0);
    if (r == NULL) {
        XUnref(parts);
        return NULL;
    }
    r->wide = parts;
    return (Object *)r;
}

static Object *part(Object *o, int which)
{
    Range *r = (Range *)o;
    const int64_t parts[] = {r->start, r->stop, r->step, r->len};
    return r->wide != NULL ? Ref(TUPLE_ITEM(r->wide, which)) : Int_FromLong(parts[which]);
}

static Object *parts_of(Object *o)
{
    if (((Range *)o)->wide != NULL) {
        return Ref(((Range *)o)->wide);
    }
    Object *start = part(o, 0), *stop = part(o, 1), *step = part(o, 2);
    Object *parts = start == NULL || stop == NULL || step == NULL ? NULL : Wide_Parts(start, stop, step);
    XUnref(start), XUnref(stop), XUnref(step);
    return parts;
}
static void range_clear(Object *o) { CLEAR(((Range *)o)->wide); }

static Object *range_new(Type *type, Object **args, Size n, Object *kwnames)
{
    (void)type;
    if (n < 1 || n > 3 || kwnames != NULL) {
        return Err_Set(EXC(TypeError), n < 1 ? "range expected at least 1 argument, got %zd" : "range expected at most 3 arguments, got %zd", n);
    }
    Object *v[3] = {NULL}, *zero = Int_FromLong(0), *one = Int_FromLong(1), *r = NULL;
    bool whole = zero != NULL && one != NULL;
    for (Size i = 0; whole && i < n; i++) {
        v[i] = Number_Index(args[i]);
        whole = v[i] != NULL;
    }
    if (whole) {
        r = n == 1 ? Range_FromInts(zero, v[0], one) : Range_FromInts(v[0], v[1], n == 3 ? v[2] : one);
    }
    XUnref(zero), XUnref(one), XUnref(v[0]), XUnref(v[1]), XUnref(v[2]);
    return r;
}
static Object *iter_make(int64_t start, int64_t step, Size left)
{
    RangeIter *it = Object_Alloc(&RangeIter_Type, 0);
    if (it != NULL) {
        it->next = start, it->step = step, it->left = left;
    }
    return (Object *)it;
}
static Object *range_iter(Object *o) { Range *r = (Range *)o; return r->wide != NULL ? Wide_Iter(r->wide) : iter_make(r->start, r->step, r->len); }
static Object *rangeiter_next(Object *o)
{
    RangeIter *it = (RangeIter *)o;
    if (it->left == 0) {
        return NULL;
    }
    int64_t value = it->next;
    it->left--;
    it->next = (int64_t)((uint64_t)value + (uint64_t)it->step);
    return Int_FromLong(value);
}
DEF(range_reversed)
{
    IGNORE;
    Range *r = (Range *)self;
    return r->wide != NULL ? Wide_Reversed(r->wide) : iter_make(r->start + (r->len - 1) * r->step, -r->step, r->len);
}
DEF(rangeiter_hint) { IGNORE; return Int_FromLong(((RangeIter *)self)->left); }
static Size range_len(Object *o)
{
    Range *r = (Range *)o;
    int over = 0;
    Size len = r->wide == NULL ? r->len : (Size)Int_AsLong(TUPLE_ITEM(r->wide, 3), &over);
    return over == 0 ? len : Err_Minus(Err_Set(EXC(OverflowError), "Python int too large to convert to C ssize_t"));
}
static int range_truth(Object *o)
{
    Range *r = (Range *)o;
    return r->wide == NULL ? r->len != 0 : ((Int *)TUPLE_ITEM(r->wide, 3))->size != 0;
}
static Object *range_repr(Object *o)
{
    Range *r = (Range *)o;
    if (r->wide != NULL) {
        Object *step = TUPLE_ITEM(r->wide, 2);
        int over;
        return Int_AsLong(step, &over) == 1 ? Str_Format("range(%R, %R)", TUPLE_ITEM(r->wide, 0), TUPLE_ITEM(r->wide, 1))
            : Str_Format("range(%R, %R, %R)", TUPLE_ITEM(r->wide, 0), TUPLE_ITEM(r->wide, 1), step);
    }
    return r->step == 1 ? Str_Format("range(%zd, %zd)", (Size)r->start, (Size)r->stop)
        : Str_Format("range(%zd, %zd, %zd)", (Size)r->start, (Size)r->stop, (Size)r->step);
}
static Object *range_getitem(Object *o, Object *key)
{
    Range *r = (Range *)o;
    Size start, stop, step, count;
    if (r->wide != NULL) {
        return TYPE(key) == &Slice_Type ? Wide_Slice(r->wide, key) : Wide_Item(r->wide, key);
    }
    if (TYPE(key) != &Slice_Type) {
        return Index_Resolve(key, r->len, "range object index", &start) < 0 ? NULL : Int_FromLong(r->start + start * r->step);
    }
    if (Slice_Resolve(key, r->len, &start, &stop, &step, &count) < 0) {
        return NULL;
    }
    int64_t stride;
    if (__builtin_mul_overflow(r->step, step, &stride) || stride >= (int64_t)1 << NARROW_BITS || stride <= -((int64_t)1 << NARROW_BITS)) {
        Object *parts = parts_of(o), *wide = parts == NULL ? NULL : Wide_Slice(parts, key);
        XUnref(parts);
        return wide;
    }
    return range_make(r->start + start * r->step, r->start + stop * r->step, stride);
}
static bool range_has(Range *r, int64_t x)
{
    bool inside = r->step > 0 ? x >= r->start && x < r->stop : x <= r->start && x > r->stop;
    return inside && (x - r->start) % r->step == 0;
}
static int range_contains(Object *o, Object *item)
{
    int over;
    Object *wide = ((Range *)o)->wide;
    if (wide != NULL && Int_Check(item)) {
        Object *at = Wide_Find(wide, item);
        XUnref(at);
        return at != NULL ? 1 : Err_Occurred() ? -1 : 0;
    }
    if (Int_Check(item)) {
        int64_t x = Int_AsLong(item, &over);
        return over == 0 && range_has((Range *)o, x);
    }
    Object *list = List_FromIter(o);
    int r = list == NULL ? -1 : Object_Contains(list, item);
    XUnref(list);
    return r;
}
static Object *range_compare(Object *a, Object *b, int op)
{
    if (TYPE(a) != &Range_Type || TYPE(b) != &Range_Type || (op != CMP_EQ && op != CMP_NE)) {
        return Ref(NotImplemented);
    }
    Range *x = (Range *)a, *y = (Range *)b;
    if (x->wide != NULL || y->wide != NULL) {
        Object *left = parts_of(a), *right = parts_of(b);
        Object *r = left == NULL || right == NULL ? NULL : Bool_From(Wide_Equal(left, right) == (op == CMP_EQ));
        XUnref(left), XUnref(right);
        return r;
    }
    bool same = x->len == y->len && (x->len == 0 || (x->start == y->start && (x->len == 1 || x->step == y->step)));
    return Bool_From(same == (op == CMP_EQ));
}
static Hash range_hash(Object *o)
{
    static const int which[] = {3, 0, 2};       /* the length; the start when there is an item, the step when there are more */
    uint64_t h = 0, len = 0;
    for (uint64_t i = 0; i < COUNT(which) && (i == 0 || len >= i); i++) {
        int over;
        Object *value = part(o, which[i]);
        if (value == NULL) {
            return -1;
        }
        int64_t word = Int_AsLong(value, &over);
        word = over != 0 ? Object_Hash(value) : word;
        len = i > 0 ? len : over != 0 ? UINT64_MAX : (uint64_t)word;
        h = (h ^ (uint64_t)word) * 1000003u;
        Unref(value);
    }
    return (Hash)h == -1 ? -2 : (Hash)h;
}
DEF(range_index)
{
    IGNORE;
    Range *r = (Range *)self;
    int over = 1;
    if (r->wide != NULL) {
        Object *at = Int_Check(args[0]) ? Wide_Find(r->wide, args[0]) : NULL;
        return at != NULL || Err_Occurred() ? at : Err_Set(EXC(ValueError), "%R is not in range", args[0]);
    }
    int64_t x = Int_Check(args[0]) ? Int_AsLong(args[0], &over) : 0;
    return over == 0 && range_has(r, x) ? Int_FromLong((x - r->start) / r->step) : Err_Set(EXC(ValueError), "%R is not in range", args[0]);
}
DEF(range_count)
{
    IGNORE;
    int r = range_contains(self, args[0]);
    return r < 0 ? NULL : Int_FromLong(r);
}
static Object *range_start(Object *o) { return part(o, 0); }
static Object *range_stop(Object *o) { return part(o, 1); }
static Object *range_step(Object *o) { return part(o, 2); }
static const MethodDef range_methods[] = {
    {"__reversed__", range_reversed, 0, 0, NULL, 0}, {"index", range_index, 1, 1, NULL, 0}, {"count", range_count, 1, 1, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};
static const GetSetDef range_getsets[] = {{"start", range_start, NULL}, {"stop", range_stop, NULL}, {"step", range_step, NULL}, {NULL, NULL, NULL}};
Type Range_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "range", .size = sizeof(Range), .new = range_new, .repr = range_repr, .hash = range_hash,
    .clear = range_clear, .richcompare = range_compare, .truth = range_truth, .len = range_len, .iter = range_iter, .getitem = range_getitem, .contains = range_contains,
    .methods = range_methods, .getsets = range_getsets,
};
static const MethodDef rangeiter_methods[] = {{"__length_hint__", rangeiter_hint, 0, 0, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};
Type RangeIter_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "range_iterator", .size = sizeof(RangeIter), .flags = T_ABSTRACT,
    .iter = Object_SelfIter, .iternext = rangeiter_next, .methods = rangeiter_methods,
};
