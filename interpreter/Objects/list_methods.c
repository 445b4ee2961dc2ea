/* The methods of list. Arguments are borrowed; whatever goes into the list is given a reference
   of the list's own, and whatever comes out of it is given to the caller or dropped. */
#include "rabbit.h"

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames

DEF(list_append) { IGNORE; return List_Append(self, args[0]) < 0 ? NULL : Ref(None); }
DEF(list_extend) { IGNORE; return List_Extend(self, args[0]) < 0 ? NULL : Ref(None); }

DEF(list_insert)
{
    IGNORE;
    Size index = Number_AsSize(args[0], EXC(OverflowError));
    if (index == -1 && Err_Occurred()) {
        return NULL;
    }
    return List_Insert(self, index, args[1]) < 0 ? NULL : Ref(None);
}

/* The reference that the list held goes to the caller. */
DEF(list_pop)
{
    IGNORE;
    Size index = LIST_LEN(self) - 1;
    if (LIST_LEN(self) == 0) {
        return Err_Set(EXC(IndexError), "pop from empty list");
    }
    if (n > 0 && Index_Resolve(args[0], LIST_LEN(self), "pop index", &index) < 0) {
        return NULL;
    }
    Object *item = Ref(LIST_ITEM(self, index));
    if (List_SetSlice(self, index, index + 1, NULL) < 0) {
        CLEAR(item);
    }
    return item;
}

/* Where `item` is between start and end: an index, -1 when absent, -2 with an exception.
   Each candidate is held while it is compared, for __eq__ may change the list. */
static Size find_item(Object *list, Object *item, Size start, Size end)
{
    for (Size i = start; i < end && i < LIST_LEN(list); i++) {
        Object *candidate = Ref(LIST_ITEM(list, i));
        int same = Object_CompareBool(candidate, item, CMP_EQ);
        Unref(candidate);
        if (same != 0) {
            return same < 0 ? -2 : i;
        }
    }
    return -1;
}

DEF(list_remove)
{
    IGNORE;
    Size at = find_item(self, args[0], 0, PTRDIFF_MAX);
    if (at == -1) {
        return Err_Set(EXC(ValueError), "list.remove(x): x not in list");
    }
    return at < 0 || List_SetSlice(self, at, at + 1, NULL) < 0 ? NULL : Ref(None);
}

static int slice_bound(Object *self, Object *o, Size fallback, Size *out)
{
    *out = fallback;
    if (o == NULL) {
        return 0;
    }
    Size value = Number_AsSize(o, NULL);
    if (value == -1 && Err_Occurred()) {
        return -1;
    }
    value = value < 0 ? value + LIST_LEN(self) : value;
    *out = value < 0 ? 0 : value;
    return 0;
}

DEF(list_index)
{
    IGNORE;
    Size start, end;
    if (slice_bound(self, args[1], 0, &start) < 0 || slice_bound(self, args[2], PTRDIFF_MAX, &end) < 0) {
        return NULL;
    }
    Size at = find_item(self, args[0], start, end);
    return at >= 0 ? Int_FromLong(at) : at == -2 ? NULL : Err_Set(EXC(ValueError), "%R is not in list", args[0]);
}

DEF(list_count)
{
    IGNORE;
    Size count = 0;
    for (Size at = -1; (at = find_item(self, args[0], at + 1, PTRDIFF_MAX)) >= 0;) {
        count++;
    }
    return Err_Occurred() ? NULL : Int_FromLong(count);
}

DEF(list_clear) { IGNORE; return List_SetSlice(self, 0, LIST_LEN(self), NULL) < 0 ? NULL : Ref(None); }
DEF(list_copy) { IGNORE; return List_From(((List *)self)->items, LIST_LEN(self)); }
DEF(list_reverse) { IGNORE; List_Reverse(self); return Ref(None); }
DEF(list_reversed) { IGNORE; return SeqIter_NewReversed(self, LIST_LEN(self)); }

DEF(list_sort)
{
    IGNORE;
    int reverse = args[1] == NULL ? 0 : Object_IsTrue(args[1]);
    return reverse < 0 || List_Sort(self, args[0], reverse) < 0 ? NULL : Ref(None);
}

const MethodDef List_Methods[] = {
    {"append", list_append, 1, 1, NULL, 0}, {"extend", list_extend, 1, 1, NULL, 0}, {"insert", list_insert, 2, 2, NULL, 0},
    {"pop", list_pop, 0, 1, NULL, 0}, {"remove", list_remove, 1, 1, NULL, 0}, {"index", list_index, 1, 3, NULL, 0},
    {"count", list_count, 1, 1, NULL, 0}, {"clear", list_clear, 0, 0, NULL, 0}, {"copy", list_copy, 0, 0, NULL, 0},
    {"reverse", list_reverse, 0, 0, NULL, 0}, {"__reversed__", list_reversed, 0, 0, NULL, 0},
    {"sort", list_sort, 0, 0, "* key reverse", 0}, {"__class_getitem__", GenericAlias_Make, 1, 1, NULL, METH_CLASS},
    {NULL, NULL, 0, 0, NULL, 0}};

/* ---- sorting: a stable merge sort on (key, item) pairs, with binary insertion for short runs ---- */
typedef struct { Object *key, *item; } Pair;

/* Is b < a? -1 with an exception. */
static int less(Pair *b, Pair *a)
{
    return Object_CompareBool(b->key, a->key, CMP_LT);
}

static int merge(Pair *from, Pair *to, Size middle, Size n)
{
    Size i = 0, j = middle, k = 0;
    while (i < middle && j < n) {
        int right = less(&from[j], &from[i]);
        if (right < 0) {
            return -1;
        }
        to[k++] = right ? from[j++] : from[i++];
    }
    Mem_Copy(to + k, from + i, (size_t)(middle - i) * sizeof(Pair));
    Mem_Copy(to + k + middle - i, from + j, (size_t)(n - j) * sizeof(Pair));
    return 0;
}

static int insertion_sort(Pair *a, Size n)
{
    for (Size i = 1; i < n; i++) {
        Pair pivot = a[i];
        Size low = 0, high = i;
        while (low < high) {
            Size middle = (low + high) / 2;
            int left = less(&pivot, &a[middle]);
            if (left < 0) {
                return -1;
            }
            if (left) high = middle;
            else low = middle + 1;
        }
        Mem_Move(&a[low + 1], &a[low], (size_t)(i - low) * sizeof(Pair));
        a[low] = pivot;
    }
    return 0;
}

static int sort_pairs(Pair *a, Pair *scratch, Size n)
{
    if (n <= 16) {
        return insertion_sort(a, n);
    }
    Size middle = n / 2;
    if (sort_pairs(a, scratch, middle) < 0 || sort_pairs(a + middle, scratch, n - middle) < 0) {
        return -1;
    }
    int ordered = less(&a[middle], &a[middle - 1]);
    if (ordered <= 0) {
        return ordered;
    }
    Mem_Copy(scratch, a, (size_t)n * sizeof(Pair));
    return merge(scratch, a, middle, n);
}

static void reverse_pairs(Pair *a, Size n)
{
    for (Size i = 0, j = n - 1; i < j; i++, j--) {
        Pair swap = a[i];
        a[i] = a[j], a[j] = swap;
    }
}

static int make_keys(Pair *pairs, Size n, Object *key)
{
    for (Size i = 0; i < n; i++) {
        pairs[i].key = key == NULL || key == None ? Ref(pairs[i].item) : Call1(key, pairs[i].item);
        if (pairs[i].key == NULL) {
            return -1;
        }
    }
    return 0;
}

/* The list is empty while it is sorted, so that keys and comparisons cannot see a half-made order.
   Reversing before and after keeps equal items in their order. */
int List_Sort(Object *list, Object *key, bool reverse)
{
    List *l = (List *)list;
    Size n = l->len, cap = l->cap;
    Object **items = l->items;
    Pair *pairs = Mem_Zalloc((size_t)n * 2 * sizeof(Pair));
    if (pairs == NULL) {
        return Err_Minus(Err_NoMemory());
    }
    l->items = NULL;
    l->len = l->cap = 0;
    for (Size i = 0; i < n; i++) {
        pairs[i].item = items[i];
    }
    int r = make_keys(pairs, n, key);
    if (r == 0) {
        if (reverse) reverse_pairs(pairs, n);
        r = sort_pairs(pairs, pairs + n, n);
        if (reverse) reverse_pairs(pairs, n);
    }
    Object *stray = l->len > 0 ? List_From(l->items, l->len) : NULL;
    if (l->items != NULL) {
        List_SetSlice(list, 0, l->len, NULL);
        Mem_Free(l->items);
    }
    for (Size i = 0; i < n; i++) {
        items[i] = pairs[i].item;
    }
    l->items = items;
    l->len = n;
    l->cap = cap;
    for (Size i = 0; i < n; i++) {
        XUnref(pairs[i].key);
    }
    Mem_Free(pairs);
    if (stray != NULL && r == 0) {
        r = Err_Minus(Err_Set(EXC(ValueError), "list modified during sort"));
    }
    XUnref(stray);
    return r;
}
