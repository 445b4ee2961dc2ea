/* bytearray: bytes that change. What only reads is asked of a copy as bytes; what changes is done in place. */
#include "rabbit.h"

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames
#define DATA(o) BYTEARRAY_DATA(o)
#define LEN(o) BYTEARRAY_LEN(o)

static int resize(Object *o, Size len)
{
    ByteArray *b = (ByteArray *)o;
    if (len > b->cap) {
        Size cap = len + len / 8 + 16;
        char *data = Mem_Realloc(b->data, (size_t)cap);
        if (data == NULL) {
            return Err_Minus(Err_NoMemory());
        }
        b->data = data, b->cap = cap;
    }
    b->len = len;
    return 0;
}

/* Put `insert` (n bytes, not a part of o) in the place of o[start:end]. */
static int replace_range(Object *o, Size start, Size end, const char *insert, Size n)
{
    Size old = LEN(o), tail = old - end;
    if (n > end - start) {
        TRY_INT(resize(o, old + n - (end - start)));
    }
    Mem_Move(DATA(o) + start + n, DATA(o) + end, (size_t)tail);
    Mem_Copy(DATA(o) + start, insert, (size_t)n);
    return resize(o, start + n + tail);
}

static Object *from_bytes(Type *type, Object *bytes)
{
    Object *o = bytes == NULL ? NULL : Object_Alloc(type, 0);
    if (o != NULL && replace_range(o, 0, 0, ((Bytes *)bytes)->data, ((Bytes *)bytes)->len) < 0) {
        CLEAR(o);
    }
    XUnref(bytes);
    return o;
}

/* As bytes: of anything that bytes() takes, or of what is in us. New. */
static Object *as_bytes(Object *o) { return IsType(o, &ByteArray_Type) ? Bytes_New(DATA(o), LEN(o)) : Bytes_Check(o) ? Ref(o) : Call1((Object *)&Bytes_Type, o); }

static Object *bytearray_new(Type *type, Object **args, Size n, Object *kwnames)
{
    (void)args, (void)n, (void)kwnames;
    return Object_Alloc(type, 0);
}
static int bytearray_init(Object *self, Object **args, Size n, Object *kwnames)
{
    Object *bytes = n == 1 && kwnames == NULL && IsType(args[0], &ByteArray_Type) ? as_bytes(args[0]) : Call((Object *)&Bytes_Type, args, n, kwnames);
    int r = bytes == NULL ? -1 : replace_range(self, 0, LEN(self), ((Bytes *)bytes)->data, ((Bytes *)bytes)->len);
    XUnref(bytes);
    return r;
}
static void bytearray_clear(Object *o)
{
    Mem_Free(DATA(o));
    *(ByteArray *)o = (ByteArray){((ByteArray *)o)->head, 0, 0, NULL};
}
static Object *bytearray_repr(Object *o)
{
    Object *bytes = as_bytes(o), *shown = bytes == NULL ? NULL : Object_Repr(bytes);
    if (shown != NULL && Str_At(shown, 1) == '"') {     /* here the other quote is escaped all the same */
        Object *quote = Str_New("'"), *escaped = quote == NULL ? NULL : Str_New("\\'");
        ASSIGN(shown, escaped == NULL ? NULL : Str_Replace(shown, quote, escaped, -1));
        XUnref(quote), XUnref(escaped);
    }
    Object *r = shown == NULL ? NULL : Str_Format("%T(%U)", o, shown);
    XUnref(bytes), XUnref(shown);
    return r;
}
static Object *bytearray_compare(Object *a, Object *b, int op)
{
    if ((!Bytes_Check(a) && !IsType(a, &ByteArray_Type)) || (!Bytes_Check(b) && !IsType(b, &ByteArray_Type))) {
        return Ref(NotImplemented);
    }
    Object *x = as_bytes(a), *y = x == NULL ? NULL : as_bytes(b), *r = y == NULL ? NULL : Object_Compare(x, y, op);
    XUnref(x), XUnref(y);
    return r;
}
static Size bytearray_len(Object *o) { return LEN(o); }
static Object *bytearray_getitem(Object *o, Object *key)
{
    Size i;
    if (TYPE(key) != &Slice_Type) {
        return Index_Resolve(key, LEN(o), "bytearray", &i) < 0 ? NULL : Int_FromLong((uint8_t)DATA(o)[i]);
    }
    Object *bytes = as_bytes(o), *part = bytes == NULL ? NULL : Object_GetItem(bytes, key);
    XUnref(bytes);
    return from_bytes(&ByteArray_Type, part);
}
static int byte_value(Object *o, char *out)
{
    Size c = Number_AsSize(o, NULL);
    if (c < 0 || c > 255) {
        return Err_Occurred() ? -1 : Err_Minus(Err_Set(EXC(ValueError), "byte must be in range(0, 256)"));
    }
    *out = (char)c;
    return 0;
}
static int set_slice(Object *o, Object *key, Object *value)
{
    Size start, stop, step, count;
    TRY_INT(Slice_Resolve(key, LEN(o), &start, &stop, &step, &count));
    Object *bytes = value == NULL ? Bytes_New(NULL, 0) : as_bytes(value);
    if (bytes == NULL) {
        return -1;
    }
    Size n = ((Bytes *)bytes)->len;
    int r = 0;
    if (step == 1) {
        r = replace_range(o, start, start + count, ((Bytes *)bytes)->data, n);
    } else if (value == NULL) {
        for (Size k = 0; k < count; k++) {      /* from the highest down, so that the places before stay */
            Size at = step > 0 ? start + (count - 1 - k) * step : start + k * step;
            replace_range(o, at, at + 1, NULL, 0);
        }
    } else if (n != count) {
        r = Err_Minus(Err_Set(EXC(ValueError), "attempt to assign bytes of size %zd to extended slice of size %zd", n, count));
    } else {
        for (Size k = 0; k < count; k++) DATA(o)[start + k * step] = ((Bytes *)bytes)->data[k];
    }
    Unref(bytes);
    return r;
}
static int bytearray_setitem(Object *o, Object *key, Object *value)
{
    Size i;
    char c;
    if (TYPE(key) == &Slice_Type) {
        return set_slice(o, key, value);
    }
    TRY_INT(Index_Resolve(key, LEN(o), "bytearray", &i));
    if (value == NULL) {
        return replace_range(o, i, i + 1, NULL, 0);
    }
    TRY_INT(byte_value(value, &c));
    DATA(o)[i] = c;
    return 0;
}
static int bytearray_contains(Object *o, Object *item)
{
    Object *bytes = as_bytes(o), *wanted = bytes == NULL ? NULL : IsType(item, &ByteArray_Type) ? as_bytes(item) : Ref(item);
    int r = wanted == NULL ? -1 : Object_Contains(bytes, wanted);
    XUnref(bytes), XUnref(wanted);
    return r;
}
static Object *bytearray_add(Object *a, Object *b)
{
    Object *x = Bytes_Like(a), *y = x == NULL ? NULL : Bytes_Like(b);
    if (y == NULL) {
        XUnref(x);
        return Err_Swallow(EXC(TypeError)) ? Ref(NotImplemented) : NULL;
    }
    Object *sum = Number_Binary(x, y, NB_ADD);
    Unref(x), Unref(y);
    return IsType(a, &ByteArray_Type) ? from_bytes(&ByteArray_Type, sum) : sum;
}
static Object *bytearray_iadd(Object *a, Object *b)
{
    Object *y = Bytes_Like(b);
    int r = y == NULL ? -1 : replace_range(a, LEN(a), LEN(a), ((Bytes *)y)->data, ((Bytes *)y)->len);
    XUnref(y);
    return r < 0 ? NULL : Ref(a);
}
static Object *bytearray_mod(Object *a, Object *b)
{
    if (!IsType(a, &ByteArray_Type)) {
        return Ref(NotImplemented);
    }
    Object *bytes = Bytes_Percent(a, b), *r = bytes == NULL ? NULL : Call1((Object *)&ByteArray_Type, bytes);
    XUnref(bytes);
    return r;
}
static Object *bytearray_mul(Object *a, Object *b)
{
    Object *array = IsType(a, &ByteArray_Type) ? a : b, *count = array == a ? b : a;
    Object *bytes = as_bytes(array), *r = bytes == NULL ? NULL : Number_Binary(bytes, count, NB_MUL);
    XUnref(bytes);
    return from_bytes(&ByteArray_Type, r);
}

DEF(bytearray_append) { IGNORE; char c; return byte_value(args[0], &c) < 0 || replace_range(self, LEN(self), LEN(self), &c, 1) < 0 ? NULL : Ref(None); }
DEF(bytearray_extend)
{
    IGNORE;
    Object *bytes = as_bytes(args[0]);
    int r = bytes == NULL ? -1 : replace_range(self, LEN(self), LEN(self), ((Bytes *)bytes)->data, ((Bytes *)bytes)->len);
    XUnref(bytes);
    return r < 0 ? NULL : Ref(None);
}
DEF(bytearray_insert)
{
    IGNORE;
    char c;
    Size i = Number_AsSize(args[0], NULL);
    if ((i == -1 && Err_Occurred()) || byte_value(args[1], &c) < 0) {
        return NULL;
    }
    i = i < 0 ? i + LEN(self) : i;
    i = i < 0 ? 0 : i > LEN(self) ? LEN(self) : i;
    return replace_range(self, i, i, &c, 1) < 0 ? NULL : Ref(None);
}
DEF(bytearray_pop)
{
    IGNORE;
    Size i = args[0] == NULL ? -1 : Number_AsSize(args[0], NULL);
    if (LEN(self) == 0 || Err_Occurred()) {
        return Err_Occurred() ? NULL : Err_Set(EXC(IndexError), "pop from empty bytearray");
    }
    i = i < 0 ? i + LEN(self) : i;
    if (i < 0 || i >= LEN(self)) {
        return Err_Set(EXC(IndexError), "pop index out of range");
    }
    uint8_t c = (uint8_t)DATA(self)[i];
    return replace_range(self, i, i + 1, NULL, 0) < 0 ? NULL : Int_FromLong(c);
}
DEF(bytearray_remove)
{
    IGNORE;
    char c;
    if (byte_value(args[0], &c) < 0) {
        return NULL;
    }
    char *at = LEN(self) == 0 ? NULL : memchr(DATA(self), c, (size_t)LEN(self));
    return at == NULL ? Err_Set(EXC(ValueError), "value not found in bytearray")
        : replace_range(self, at - DATA(self), at - DATA(self) + 1, NULL, 0) < 0 ? NULL : Ref(None);
}
DEF(bytearray_reverse)
{
    IGNORE;
    for (Size i = 0, k = LEN(self) - 1; i < k; i++, k--) {
        char c = DATA(self)[i];
        DATA(self)[i] = DATA(self)[k];
        DATA(self)[k] = c;
    }
    return Ref(None);
}
DEF(bytearray_clear_) { IGNORE; bytearray_clear(self); return Ref(None); }
DEF(bytearray_copy) { IGNORE; return from_bytes(&ByteArray_Type, as_bytes(self)); }

/* What bytes can do: asked of a copy; bytes in the answer become bytearrays. */
static Object *converted(Object *r)
{
    if (r != NULL && TYPE(r) == &Bytes_Type) {
        return from_bytes(&ByteArray_Type, r);
    }
    Object **items = r == NULL ? NULL : List_Check(r) ? ((List *)r)->items : Tuple_Check(r) ? ((Tuple *)r)->items : NULL;
    for (Size i = 0; items != NULL && i < (List_Check(r) ? LIST_LEN(r) : TUPLE_LEN(r)); i++) {
        Object *part = from_bytes(&ByteArray_Type, Ref(items[i]));
        if (part == NULL) {
            Unref(r);
            return NULL;
        }
        ASSIGN(items[i], part);
    }
    return r;
}
static Object *ask_bytes(Object *self, const char *method, Object **args, Size n, Object *kwnames)
{
    Object *bytes = as_bytes(self), *f = bytes == NULL ? NULL : Object_GetAttrStr(bytes, method);
    Object *r = f == NULL ? NULL : Call(f, args, n, kwnames);
    XUnref(bytes), XUnref(f);
    return converted(r);
}
#define SHARED(X) \
    X(capitalize) X(center) X(count) X(decode) X(endswith) X(expandtabs) X(find) X(hex) X(index) X(isalnum) X(isalpha) X(isascii) \
    X(isdigit) X(islower) X(isspace) X(istitle) X(isupper) X(join) X(ljust) X(lower) X(lstrip) X(partition) X(removeprefix) \
    X(removesuffix) X(replace) X(rfind) X(rindex) X(rjust) X(rpartition) X(rsplit) X(rstrip) X(split) X(splitlines) X(startswith) \
    X(strip) X(swapcase) X(title) X(translate) X(upper) X(zfill)
#define X(name) DEF(bytearray_##name) { return ask_bytes(self, #name, args, n, kwnames); }
SHARED(X)
#undef X
DEF(bytearray_fromhex)
{
    IGNORE;
    Object *f = Object_GetAttrStr((Object *)&Bytes_Type, "fromhex"), *bytes = f == NULL ? NULL : Call1(f, args[0]);
    XUnref(f);
    return from_bytes((Type *)self, bytes);
}

static const MethodDef bytearray_methods[] = {
#define X(name) {#name, bytearray_##name, 0, -1, NULL, METH_RAW},
    SHARED(X)
#undef X
    {"append", bytearray_append, 1, 1, NULL, 0}, {"extend", bytearray_extend, 1, 1, NULL, 0}, {"insert", bytearray_insert, 2, 2, NULL, 0},
    {"pop", bytearray_pop, 0, 1, NULL, 0}, {"remove", bytearray_remove, 1, 1, NULL, 0}, {"reverse", bytearray_reverse, 0, 0, NULL, 0},
    {"clear", bytearray_clear_, 0, 0, NULL, 0}, {"copy", bytearray_copy, 0, 0, NULL, 0}, {"fromhex", bytearray_fromhex, 1, 1, NULL, METH_CLASS},
    {NULL, NULL, 0, 0, NULL, 0}};
Type ByteArray_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "bytearray", .size = sizeof(ByteArray), .flags = T_BASE, .clear = bytearray_clear,
    .new = bytearray_new, .init = bytearray_init, .repr = bytearray_repr, .hash = Hash_NotImplemented, .richcompare = bytearray_compare,
    .len = bytearray_len, .iter = SeqIter_New, .getitem = bytearray_getitem, .setitem = bytearray_setitem, .contains = bytearray_contains,
    .nb = {[NB_ADD] = bytearray_add, [NB_MUL] = bytearray_mul, [NB_MOD] = bytearray_mod}, .inplace = {[NB_ADD] = bytearray_iadd}, .methods = bytearray_methods,
};
