/* Ranges that machine words cannot hold. Their parts are a tuple of four ints: start, stop, step, length. */
#include "rabbit.h"
#include "layouts.h"

#define START(parts) TUPLE_ITEM(parts, 0)
#define STOP(parts) TUPLE_ITEM(parts, 1)
#define STEP(parts) TUPLE_ITEM(parts, 2)
#define LENGTH(parts) TUPLE_ITEM(parts, 3)

static int sign(Object *i) { Size size = ((Int *)i)->size; return (size > 0) - (size < 0); }

/* Steals both, so that sums can stand inside each other; NULL in, NULL out. */
static Object *calc(Object *a, Object *b, int op)
{
    Object *r = a == NULL || b == NULL ? NULL : Number_Binary(a, b, op);
    XUnref(a), XUnref(b);
    return r;
}

static Object *length(Object *start, Object *stop, Object *step)
{
    Object *low = sign(step) > 0 ? start : stop, *high = sign(step) > 0 ? stop : start;
    if (Int_Compare(low, high) >= 0) {
        return Int_FromLong(0);
    }
    Object *span = calc(calc(Ref(high), Ref(low), NB_SUB), Int_FromLong(1), NB_SUB);
    return calc(calc(span, Number_Unary(step, UN_ABS), NB_FLOORDIV), Int_FromLong(1), NB_ADD);
}

Object *Wide_Parts(Object *start, Object *stop, Object *step)
{
    Object *len = length(start, stop, step), *parts = len == NULL ? NULL : Tuple_Pack(4, start, stop, step, len);
    XUnref(len);
    return parts;
}

static Object *item(Object *parts, Object *index)
{
    return calc(calc(Ref(index), Ref(STEP(parts)), NB_MUL), Ref(START(parts)), NB_ADD);
}

static Object *from_end(Object *index, Object *parts)
{
    return index != NULL && sign(index) < 0 ? calc(index, Ref(LENGTH(parts)), NB_ADD) : index;
}

Object *Wide_Item(Object *parts, Object *key)
{
    if (!Int_Check(key) && TYPE(key)->unary[UN_INDEX] == NULL) {
        return Err_Set(EXC(TypeError), "range indices must be integers or slices, not %T", key);
    }
    Object *index = from_end(Number_Index(key), parts), *r = NULL;
    if (index != NULL) {
        bool inside = sign(index) >= 0 && Int_Compare(index, LENGTH(parts)) < 0;
        r = inside ? item(parts, index) : Err_Set(EXC(IndexError), "range object index out of range");
    }
    XUnref(index);
    return r;
}

/* One end of a slice, between low and high. */
static Object *bound(Object *o, Object *fallback, Object *parts, Object *low, Object *high)
{
    if (o == None) {
        return Ref(fallback);
    }
    if (!Int_Check(o) && TYPE(o)->unary[UN_INDEX] == NULL) {
        return Err_Set(EXC(TypeError), "slice indices must be integers or None or have an __index__ method");
    }
    Object *i = from_end(Number_Index(o), parts);
    if (i != NULL && (Int_Compare(i, low) < 0 || Int_Compare(i, high) > 0)) {
        ASSIGN(i, Ref(Int_Compare(i, low) < 0 ? low : high));
    }
    return i;
}

Object *Wide_Slice(Object *parts, Object *slice)
{
    Slice *s = (Slice *)slice;
    Object *step = s->step == None ? Int_FromLong(1) : Number_Index(s->step);
    if (step == NULL || sign(step) == 0) {
        XUnref(step);
        return step == NULL ? NULL : Err_Set(EXC(ValueError), "slice step cannot be zero");
    }
    bool down = sign(step) < 0;
    Object *low = Int_FromLong(down ? -1 : 0), *high = calc(Ref(LENGTH(parts)), Int_FromLong(down ? 1 : 0), NB_SUB), *r = NULL;
    Object *from = low == NULL || high == NULL ? NULL : bound(s->start, down ? high : low, parts, low, high);
    Object *to = from == NULL ? NULL : bound(s->stop, down ? low : high, parts, low, high);
    Object *ends[] = {from == NULL ? NULL : item(parts, from), to == NULL ? NULL : item(parts, to), calc(step, Ref(STEP(parts)), NB_MUL)};
    if (ends[0] != NULL && ends[1] != NULL && ends[2] != NULL) {
        r = Range_FromInts(ends[0], ends[1], ends[2]);
    }
    XUnref(low), XUnref(high), XUnref(from), XUnref(to);
    XUnref(ends[0]), XUnref(ends[1]), XUnref(ends[2]);
    return r;
}

/* Where x is in the range, from 0. NULL without exception: nowhere. */
Object *Wide_Find(Object *parts, Object *x)
{
    bool up = sign(STEP(parts)) > 0;
    int from = Int_Compare(x, START(parts)), to = Int_Compare(x, STOP(parts));
    if (!(up ? from >= 0 && to < 0 : from <= 0 && to > 0)) {
        return NULL;
    }
    Object *rest = NULL, *distance = calc(Ref(x), Ref(START(parts)), NB_SUB);
    Object *r = distance == NULL ? NULL : Int_DivMod(distance, STEP(parts), &rest);
    bool exact = r != NULL && sign(rest) == 0;
    XUnref(distance), XUnref(rest);
    if (!exact) {
        CLEAR(r);
    }
    return r;
}

int Wide_Equal(Object *a, Object *b)
{
    int len = Int_Compare(LENGTH(a), LENGTH(b)), start = Int_Compare(START(a), START(b)), step = Int_Compare(STEP(a), STEP(b));
    int over;
    return len == 0 && (sign(LENGTH(a)) == 0 || (start == 0 && (step == 0 || Int_AsLong(LENGTH(a), &over) == 1)));
}

/* ---- the iterator ---- */
typedef struct { Object head; Object *next, *step, *left; } WideIter;

/* Steals next and step. */
static Object *wide_iter(Object *next, Object *step, Object *left)
{
    WideIter *it = next == NULL || step == NULL ? NULL : Object_Alloc(&WideIter_Type, 0);
    if (it == NULL) {
        XUnref(next), XUnref(step);
        return NULL;
    }
    it->next = next, it->step = step, it->left = Ref(left);
    return (Object *)it;
}
Object *Wide_Iter(Object *parts) { return wide_iter(Ref(START(parts)), Ref(STEP(parts)), LENGTH(parts)); }
Object *Wide_Reversed(Object *parts)
{
    Object *last = calc(Ref(LENGTH(parts)), Int_FromLong(1), NB_SUB), *first = last == NULL ? NULL : item(parts, last);
    XUnref(last);
    return wide_iter(first, Number_Unary(STEP(parts), UN_NEG), LENGTH(parts));
}
static Object *wideiter_next(Object *o)
{
    WideIter *it = (WideIter *)o;
    if (sign(it->left) == 0) {
        return NULL;
    }
    Object *next = Number_Binary(it->next, it->step, NB_ADD), *left = calc(Ref(it->left), Int_FromLong(1), NB_SUB);
    if (next == NULL || left == NULL) {
        XUnref(next), XUnref(left);
        return NULL;
    }
    Object *value = it->next;
    it->next = next;
    ASSIGN(it->left, left);
    return value;
}
static void wideiter_clear(Object *o) { CLEAR(((WideIter *)o)->next); CLEAR(((WideIter *)o)->step); CLEAR(((WideIter *)o)->left); }
static Object *wideiter_hint(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)args, (void)n, (void)kwnames;
    return Ref(((WideIter *)self)->left);
}
static const MethodDef wideiter_methods[] = {{"__length_hint__", wideiter_hint, 0, 0, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};
Type WideIter_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "longrange_iterator", .size = sizeof(WideIter), .flags = T_ABSTRACT,
    .clear = wideiter_clear, .iter = Object_SelfIter, .iternext = wideiter_next, .methods = wideiter_methods,
};
