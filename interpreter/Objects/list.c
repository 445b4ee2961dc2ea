/* list: a growing array. Invariant: items[0..len) are owned; code that may run during a change
   sees the list either before or after it. The methods are in list_methods.c. */
#include "rabbit.h"

static int reserve(List *l, Size n)
{
    if (n <= l->cap) {
        return 0;
    }
    Size cap = n + (n >> 3) + 6;
    Object **items = cap > PTRDIFF_MAX / 16 ? NULL : Mem_Realloc(l->items, (size_t)cap * sizeof(Object *));
    if (items == NULL) {
        return Err_Minus(Err_NoMemory());
    }
    l->items = items;
    l->cap = cap;
    return 0;
}

Object *List_New(Size n)
{
    List *l = Object_Alloc(&List_Type, 0);
    if (l != NULL && n > 0) {
        if (reserve(l, n) < 0) {
            Unref(l);
            return NULL;
        }
        memset(l->items, 0, (size_t)n * sizeof(Object *));
        l->len = n;
    }
    return (Object *)l;
}

Object *List_From(Object **items, Size n)
{
    Object *l = List_New(n);
    for (Size i = 0; l != NULL && i < n; i++) {
        LIST_ITEM(l, i) = Ref(items[i]);
    }
    return l;
}

Object *List_FromIter(Object *iterable)
{
    Object *l = List_New(0);
    if (l != NULL && List_Extend(l, iterable) < 0) {
        CLEAR(l);
    }
    return l;
}

int List_Append(Object *list, Object *item)
{
    List *l = (List *)list;
    TRY_INT(reserve(l, l->len + 1));
    l->items[l->len++] = Ref(item);
    return 0;
}

int List_AppendNew(Object *list, Object *item)
{
    if (item == NULL) {
        return -1;
    }
    int r = List_Append(list, item);
    Unref(item);
    return r;
}

int List_Insert(Object *list, Size index, Object *item)
{
    List *l = (List *)list;
    TRY_INT(reserve(l, l->len + 1));
    index = index < 0 ? index + l->len : index;
    index = index < 0 ? 0 : index > l->len ? l->len : index;
    Mem_Move(&l->items[index + 1], &l->items[index], (size_t)(l->len - index) * sizeof(Object *));
    l->items[index] = Ref(item);
    l->len++;
    return 0;
}

int List_Extend(Object *list, Object *iterable)
{
    if (TYPE(iterable) == &List_Type || TYPE(iterable) == &Tuple_Type) {
        bool is_list = TYPE(iterable) == &List_Type;
        Size n = is_list ? LIST_LEN(iterable) : TUPLE_LEN(iterable);
        TRY_INT(reserve((List *)list, LIST_LEN(list) + n));
        Object **items = is_list ? ((List *)iterable)->items : ((Tuple *)iterable)->items;
        for (Size i = 0; i < n; i++) {
            ((List *)list)->items[LIST_LEN(list)++] = Ref(items[i]);
        }
        return 0;
    }
    Object *it = Object_GetIter(iterable), *item;
    if (it == NULL) {
        return -1;
    }
    int r = 0;
    while (r == 0 && (item = Iter_Next(it)) != NULL) {
        r = List_AppendNew(list, item);
    }
    Unref(it);
    return Err_Occurred() ? -1 : r;
}

Object *List_ToTuple(Object *list) { return Tuple_From(((List *)list)->items, LIST_LEN(list)); }

void List_Reverse(Object *list)
{
    for (Size i = 0, j = LIST_LEN(list) - 1; i < j; i++, j--) {
        Object *swap = LIST_ITEM(list, i);
        LIST_ITEM(list, i) = LIST_ITEM(list, j);
        LIST_ITEM(list, j) = swap;
    }
}

/* The old items are kept in `gone` until the list is whole again: their deaths may look at it. */
int List_SetSlice(Object *list, Size start, Size end, Object *values)
{
    List *l = (List *)list;
    Object *new = values == NULL ? List_New(0) : List_FromIter(values);
    if (new == NULL) {
        return -1;
    }
    end = end < start ? start : end;
    Size old_n = end - start, n = LIST_LEN(new);
    Object *gone = List_From(l->items + start, old_n);
    if (gone == NULL || reserve(l, l->len - old_n + n) < 0) {
        XUnref(gone);
        Unref(new);
        return -1;
    }
    Object **at = l->items + start;
    for (Size i = 0; i < old_n; i++) {
        Unref(at[i]);                           /* `gone` still holds it */
    }
    Mem_Move(at + n, l->items + end, (size_t)(l->len - end) * sizeof(Object *));
    for (Size i = 0; i < n; i++) {
        at[i] = Ref(LIST_ITEM(new, i));
    }
    l->len += n - old_n;
    Unref(gone);
    Unref(new);
    return 0;
}

static int list_traverse(Object *o, VisitFn visit, void *arg)
{
    for (Size i = 0; i < LIST_LEN(o); i++) {
        VISIT(LIST_ITEM(o, i));
    }
    return 0;
}
static void list_clear(Object *o)
{
    List *l = (List *)o;
    Object **items = l->items;
    Size n = l->len;
    l->items = NULL;
    l->len = l->cap = 0;
    for (Size i = n; i-- > 0;) {
        XUnref(items[i]);
    }
    Mem_Free(items);
}

static Object *list_repr(Object *o)
{
    int inside = Repr_Enter(o);
    if (inside != 0) {
        return inside < 0 ? NULL : Str_New("[...]");
    }
    Buf b;
    Buf_Init(&b);
    Buf_Char(&b, '[');
    for (Size i = 0; i < LIST_LEN(o) && !b.failed; i++) {
        if (i > 0) Buf_Ascii(&b, ", ");
        Object *item = Ref(LIST_ITEM(o, i));
        Buf_Own(&b, Object_Repr(item));
        Unref(item);
    }
    Buf_Char(&b, ']');
    Repr_Leave(o);
    return Buf_Finish(&b);
}

static Object *list_compare(Object *a, Object *b, int op)
{
    if (!List_Check(a) || !List_Check(b)) {
        return Ref(NotImplemented);
    }
    if (LIST_LEN(a) != LIST_LEN(b) && (op == CMP_EQ || op == CMP_NE)) {
        return Bool_From(op == CMP_NE);
    }
    for (Size i = 0; i < LIST_LEN(a) && i < LIST_LEN(b); i++) {
        Object *x = Ref(LIST_ITEM(a, i)), *y = Ref(LIST_ITEM(b, i)), *r = NULL;
        int same = Object_CompareBool(x, y, CMP_EQ);
        if (same == 0) {
            r = op == CMP_EQ || op == CMP_NE ? Bool_From(op == CMP_NE) : Object_Compare(x, y, op);
        }
        Unref(x), Unref(y);
        if (same <= 0) {
            return r;
        }
    }
    Size x = LIST_LEN(a), y = LIST_LEN(b);
    const bool answers[] = {x < y, x <= y, x == y, x != y, x > y, x >= y};
    return Bool_From(answers[op]);
}

static Size list_len(Object *o) { return LIST_LEN(o); }

static Object *list_getitem(Object *o, Object *key)
{
    Size start, stop, step, count;
    if (TYPE(key) != &Slice_Type) {
        return Index_Resolve(key, LIST_LEN(o), "list index", &start) < 0 ? NULL : Ref(LIST_ITEM(o, start));
    }
    if (Slice_Resolve(key, LIST_LEN(o), &start, &stop, &step, &count) < 0) {
        return NULL;
    }
    Object *r = List_New(count);
    for (Size i = 0; r != NULL && i < count; i++) {
        LIST_ITEM(r, i) = Ref(LIST_ITEM(o, start + i * step));
    }
    return r;
}

/* l[a:b:step] = values, or del: rebuilt item by item. */
static int set_extended(Object *o, Size start, Size step, Size count, Object *values)
{
    if (values == NULL) {
        if (step < 0) {
            start += (count - 1) * step, step = -step;
        }
        for (Size i = count; i-- > 0;) {
            TRY_INT(List_SetSlice(o, start + i * step, start + i * step + 1, NULL));
        }
        return 0;
    }
    Object *new = List_FromIter(values);
    if (new == NULL || LIST_LEN(new) != count) {
        if (new != NULL) {
            Err_Set(EXC(ValueError), "attempt to assign sequence of size %zd to extended slice of size %zd", LIST_LEN(new), count);
            Unref(new);
        }
        return -1;
    }
    for (Size i = 0; i < count && start + i * step < LIST_LEN(o); i++) {
        ASSIGN(LIST_ITEM(o, start + i * step), Ref(LIST_ITEM(new, i)));
    }
    Unref(new);
    return 0;
}

static int list_setitem(Object *o, Object *key, Object *value)
{
    Size start, stop, step, count;
    if (TYPE(key) != &Slice_Type) {
        TRY_INT(Index_Resolve(key, LIST_LEN(o), "list assignment index", &start));
        if (value == NULL) {
            return List_SetSlice(o, start, start + 1, NULL);
        }
        ASSIGN(LIST_ITEM(o, start), Ref(value));
        return 0;
    }
    if (Slice_Resolve(key, LIST_LEN(o), &start, &stop, &step, &count) < 0) {
        return -1;
    }
    if (step == 1) {
        if (value != NULL && TYPE(value)->iter == NULL && TYPE(value)->getitem == NULL) {
            return Err_Minus(Err_Set(EXC(TypeError), "can only assign an iterable"));
        }
        return List_SetSlice(o, start, start + count, value);
    }
    return set_extended(o, start, step, count, value);
}

static Object *list_add(Object *a, Object *b)
{
    if (!List_Check(a) || !List_Check(b)) {
        return Ref(NotImplemented);
    }
    Object *r = List_From(((List *)a)->items, LIST_LEN(a));
    if (r != NULL && List_Extend(r, b) < 0) {
        CLEAR(r);
    }
    return r;
}
static Object *list_iadd(Object *a, Object *b) { return List_Extend(a, b) < 0 ? NULL : Ref(a); }
static Object *list_mul(Object *a, Object *b)
{
    Object *l = List_Check(a) ? a : b, *count = l == a ? b : a;
    if (!Int_Check(count)) {
        return Ref(NotImplemented);
    }
    Size n = Number_AsSize(count, EXC(OverflowError)), len = LIST_LEN(l);
    if (n == -1 && Err_Occurred()) {
        return NULL;
    }
    n = n < 0 ? 0 : n;
    Object *r = n > 0 && len > PTRDIFF_MAX / 16 / n ? Err_NoMemory() : List_New(n * len);
    for (Size i = 0; r != NULL && i < n * len; i++) {
        LIST_ITEM(r, i) = Ref(LIST_ITEM(l, i % len));
    }
    return r;
}
static Object *list_imul(Object *a, Object *b)
{
    Object *r = list_mul(a, b);
    if (r == NULL || r == NotImplemented) {
        return r;
    }
    int done = List_SetSlice(a, 0, LIST_LEN(a), r);
    Unref(r);
    return done < 0 ? NULL : Ref(a);
}
static Object *list_new(Type *type, Object **args, Size n, Object *kwnames)
{
    (void)args, (void)n, (void)kwnames;
    return Object_Alloc(type, 0);
}
static int list_init(Object *self, Object **args, Size n, Object *kwnames)
{
    if (n > 1 || kwnames != NULL) {
        return Err_Minus(Err_Set(EXC(TypeError), "list expected at most 1 argument, got %zd", n));
    }
    TRY_INT(List_SetSlice(self, 0, LIST_LEN(self), NULL));
    return n == 0 ? 0 : List_Extend(self, args[0]);
}
Type List_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "list", .size = sizeof(List), .flags = T_BASE | T_GC | T_LIST,
    .traverse = list_traverse, .clear = list_clear, .new = list_new, .init = list_init, .repr = list_repr,
    .hash = Hash_NotImplemented, .richcompare = list_compare, .len = list_len, .iter = SeqIter_New,
    .getitem = list_getitem, .setitem = list_setitem,
    .nb = {[NB_ADD] = list_add, [NB_MUL] = list_mul}, .inplace = {[NB_ADD] = list_iadd, [NB_MUL] = list_imul}, .methods = List_Methods,
};
