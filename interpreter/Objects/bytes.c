/* bytes: immutable octets, the little of them that files and tests need. */
#include "rabbit.h"

Object *Bytes_New(const char *data, Size n)
{
    Bytes *b = Object_Alloc(&Bytes_Type, n);
    if (b != NULL) {
        b->len = n;
        b->hash = -1;
        if (data != NULL) {
            Mem_Copy(b->data, data, (size_t)n);
        }
    }
    return (Object *)b;
}

static Object *bytes_repr(Object *o)
{
    Bytes *s = (Bytes *)o;
    char quote = memchr(s->data, '\'', (size_t)s->len) != NULL && memchr(s->data, '"', (size_t)s->len) == NULL ? '"' : '\'';
    Buf b;
    Buf_Init(&b);
    Buf_Char(&b, 'b');
    Buf_Char(&b, (uint8_t)quote);
    for (Size i = 0; i < s->len; i++) {
        uint8_t c = (uint8_t)s->data[i];
        char text[8];
        if (c == quote || c == '\\') snprintf(text, sizeof(text), "\\%c", c);
        else if (c == '\n') strcpy(text, "\\n");
        else if (c == '\r') strcpy(text, "\\r");
        else if (c == '\t') strcpy(text, "\\t");
        else snprintf(text, sizeof(text), c >= 32 && c < 127 ? "%c" : "\\x%02x", c);
        Buf_Ascii(&b, text);
    }
    Buf_Char(&b, (uint8_t)quote);
    return Buf_Finish(&b);
}
static Hash bytes_hash(Object *o)
{
    Bytes *b = (Bytes *)o;
    if (b->hash == -1) {
        b->hash = Hash_Bytes(b->data, b->len);
    }
    return b->hash;
}
static Object *bytes_compare(Object *a, Object *b, int op)
{
    if (!Bytes_Check(a) || !Bytes_Check(b)) {
        return Ref(NotImplemented);
    }
    Bytes *x = (Bytes *)a, *y = (Bytes *)b;
    int c = memcmp(x->data, y->data, (size_t)(x->len < y->len ? x->len : y->len));
    c = c != 0 ? c : (x->len > y->len) - (x->len < y->len);
    const bool answers[] = {c < 0, c <= 0, c == 0, c != 0, c > 0, c >= 0};
    return Bool_From(answers[op]);
}
static Size bytes_len(Object *o) { return ((Bytes *)o)->len; }
static Object *bytes_getitem(Object *o, Object *key)
{
    Bytes *b = (Bytes *)o;
    Size i, stop, step, count;
    if (TYPE(key) != &Slice_Type) {
        return Index_Resolve(key, b->len, "index", &i) < 0 ? NULL : Int_FromLong((uint8_t)b->data[i]);
    }
    if (Slice_Resolve(key, b->len, &i, &stop, &step, &count) < 0) {
        return NULL;
    }
    Object *r = Bytes_New(NULL, count);
    for (Size k = 0; r != NULL && k < count; k++) {
        ((Bytes *)r)->data[k] = b->data[i + k * step];
    }
    return r;
}
static Object *bytes_add(Object *a, Object *b)
{
    if (!Bytes_Check(a) || !Bytes_Check(b)) {
        return Bytes_Check(a) && IsType(b, &ByteArray_Type) ? ByteArray_Type.nb[NB_ADD](a, b) : Ref(NotImplemented);
    }
    Bytes *x = (Bytes *)a, *y = (Bytes *)b;
    Object *r = Bytes_New(NULL, x->len + y->len);
    if (r != NULL) {
        Mem_Copy(((Bytes *)r)->data, x->data, (size_t)x->len);
        Mem_Copy(((Bytes *)r)->data + x->len, y->data, (size_t)y->len);
    }
    return r;
}
static Object *bytes_mod(Object *a, Object *b) { return Bytes_Check(a) ? Bytes_Percent(a, b) : Ref(NotImplemented); }
static Object *bytes_mul(Object *a, Object *b)
{
    Object *s = Bytes_Check(a) ? a : b, *count = s == a ? b : a;
    if (!Int_Check(count)) {
        return Ref(NotImplemented);
    }
    Size n = Number_AsSize(count, EXC(OverflowError)), len = ((Bytes *)s)->len;
    if (n < 0) {
        n = 0;
    }
    if (Err_Occurred()) {
        return NULL;
    }
    if (n > 0 && len > PTRDIFF_MAX / 4 / n) {
        return len > PTRDIFF_MAX / n ? Err_Set(EXC(OverflowError), "repeated bytes are too long") : Err_NoMemory();
    }
    Object *r = Bytes_New(NULL, n * len);
    for (Size i = 0; r != NULL && i < n; i++) {
        Mem_Copy(((Bytes *)r)->data + i * len, ((Bytes *)s)->data, (size_t)len);
    }
    return r;
}
static int bytes_contains(Object *o, Object *item)
{
    Bytes *b = (Bytes *)o;
    if (Bytes_Check(item)) {
        return memmem(b->data, (size_t)b->len, ((Bytes *)item)->data, (size_t)((Bytes *)item)->len) != NULL;
    }
    if (!Int_Check(item) && TYPE(item)->unary[UN_INDEX] == NULL) {
        Object *bytes = Bytes_Like(item);
        int r = bytes == NULL ? -1 : bytes_contains(o, bytes);
        XUnref(bytes);
        return r;
    }
    Size c = Number_AsSize(item, NULL);
    if ((c == -1 && Err_Occurred()) || c < 0 || c > 255) {
        return Err_Occurred() ? -1 : Err_Minus(Err_Set(EXC(ValueError), "byte must be in range(0, 256)"));
    }
    return memchr(b->data, (int)c, (size_t)b->len) != NULL;
}
static Object *bytes_from_iter(Object *iterable)
{
    Object *list = List_FromIter(iterable), *r = list == NULL ? NULL : Bytes_New(NULL, LIST_LEN(list));
    for (Size i = 0; r != NULL && i < LIST_LEN(list); i++) {
        Size c = Number_AsSize(LIST_ITEM(list, i), NULL);
        if ((c == -1 && Err_Occurred()) || c < 0 || c > 255) {
            CLEAR(r);
            if (!Err_Occurred()) Err_Set(EXC(ValueError), "bytes must be in range(0, 256)");
        } else {
            ((Bytes *)r)->data[i] = (char)c;
        }
    }
    XUnref(list);
    return r;
}
static Object *make_bytes(Object **args, Size n, Object *kwnames)
{
    Size all = n + (kwnames == NULL ? 0 : TUPLE_LEN(kwnames));
    if (all == 0) {
        return Bytes_New(NULL, 0);
    }
    if (Str_Check(args[0])) {
        return all < 2 ? Err_Set(EXC(TypeError), "string argument without an encoding")
            : Bytes_Encode(args[0], Str_Text(args[1]), all > 2 ? Str_Text(args[2]) : NULL);
    }
    if (Int_Check(args[0])) {
        Size len = Number_AsSize(args[0], EXC(OverflowError));
        return len < 0 ? Err_Occurred() ? NULL : Err_Set(EXC(ValueError), "negative count") : Bytes_New(NULL, len);
    }
    if (Bytes_Check(args[0]) || IsType(args[0], &ByteArray_Type)) {
        return Bytes_Check(args[0]) && TYPE(args[0]) != &Bytes_Type ? Bytes_New(((Bytes *)args[0])->data, ((Bytes *)args[0])->len) : Bytes_Like(args[0]);
    }
    Object *name = Str_Id("__bytes__"), *method = name == NULL ? NULL : Type_Lookup(TYPE(args[0]), name), *r = NULL;
    if (method != NULL) {
        r = CallMethod(args[0], name, 0, NULL);
        if (r != NULL && !Bytes_Check(r)) {
            Err_Set(EXC(TypeError), "__bytes__ returned non-bytes (type %T)", r);
            CLEAR(r);
        }
    } else if (name != NULL && TYPE(args[0])->unary[UN_INDEX] != NULL) {
        Size len = Number_AsSize(args[0], EXC(OverflowError));
        r = len < 0 ? (Err_Occurred() ? NULL : Err_Set(EXC(ValueError), "negative count")) : Bytes_New(NULL, len);
    } else if (name != NULL) {
        r = TYPE(args[0])->iter == NULL && TYPE(args[0])->getitem == NULL ? Err_Set(EXC(TypeError), "cannot convert '%T' object to bytes", args[0])
            : bytes_from_iter(args[0]);
    }
    XUnref(name);
    return r;
}
static Object *bytes_new(Type *type, Object **args, Size n, Object *kwnames)
{
    Object *plain = make_bytes(args, n, kwnames);
    if (plain == NULL || type == &Bytes_Type) {
        return plain;
    }
    Bytes *b = Object_Alloc(type, ((Bytes *)plain)->len);
    if (b != NULL) {
        b->len = ((Bytes *)plain)->len, b->hash = -1;
        Mem_Copy(b->data, ((Bytes *)plain)->data, (size_t)b->len);
    }
    Unref(plain);
    return (Object *)b;
}

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames
static const char *text_or_null(Object *o) { return o != NULL && Str_Check(o) ? Str_Utf8(o) : NULL; }
DEF(bytes_decode) { IGNORE; return Bytes_Decode(((Bytes *)self)->data, ((Bytes *)self)->len, text_or_null(args[0]), text_or_null(args[1])); }
DEF(bytes_hex)
{
    IGNORE;
    Size every = n > 1 ? Number_AsSize(args[1], NULL) : 1, len = ((Bytes *)self)->len;
    Object *sep = args[0];
    if (Err_Occurred()) {
        return NULL;
    }
    if (sep != NULL && !((Str_Check(sep) && STR_LEN(sep) == 1) || (Bytes_Check(sep) && ((Bytes *)sep)->len == 1))) {
        return Str_Check(sep) || Bytes_Check(sep) ? Err_Set(EXC(ValueError), "sep must be length 1.") : Err_Set(EXC(TypeError), "sep must be str or bytes.");
    }
    uint32_t between = sep == NULL ? 0 : Str_Check(sep) ? Str_At(sep, 0) : (uint8_t)((Bytes *)sep)->data[0];
    Buf b;
    Buf_Init(&b);
    for (Size i = 0; i < len; i++) {
        bool cut = every > 0 ? (len - i) % every == 0 : every < 0 && i % -every == 0;
        if (i > 0 && sep != NULL && cut) Buf_Char(&b, between);
        Buf_Char(&b, (uint8_t)"0123456789abcdef"[(uint8_t)((Bytes *)self)->data[i] >> 4]);
        Buf_Char(&b, (uint8_t)"0123456789abcdef"[(uint8_t)((Bytes *)self)->data[i] & 15]);
    }
    return Buf_Finish(&b);
}
/* The items as bytes, in a new list, and how long all are together. */
static Object *join_items(Object *iterable, Size *total)
{
    Object *items = List_FromIter(iterable);
    for (Size i = 0; items != NULL && i < LIST_LEN(items); i++) {
        Object *item = LIST_ITEM(items, i), *bytes = Bytes_Like(item);
        if (bytes == NULL) {
            if (Err_Swallow(EXC(TypeError))) {
                Err_Set(EXC(TypeError), "sequence item %zd: expected a bytes-like object, %T found", i, item);
            }
            CLEAR(items);
            break;
        }
        *total += ((Bytes *)bytes)->len;
        ASSIGN(LIST_ITEM(items, i), bytes);
    }
    return items;
}
DEF(bytes_join)
{
    IGNORE;
    Size total = 0, at = 0, gap = ((Bytes *)self)->len;
    Object *items = join_items(args[0], &total), *r = NULL;
    if (items != NULL && (r = Bytes_New(NULL, total + (LIST_LEN(items) > 0 ? (LIST_LEN(items) - 1) * gap : 0))) != NULL) {
        for (Size i = 0; i < LIST_LEN(items); i++) {
            Bytes *item = (Bytes *)LIST_ITEM(items, i);
            if (i > 0) {
                Mem_Copy(((Bytes *)r)->data + at, ((Bytes *)self)->data, (size_t)gap);
                at += gap;
            }
            Mem_Copy(((Bytes *)r)->data + at, item->data, (size_t)item->len);
            at += item->len;
        }
    }
    XUnref(items);
    return r;
}
#define M(name, min, max) {#name, bytes_##name, min, max, NULL, 0}
static const MethodDef bytes_methods[] = {
    {"decode", bytes_decode, 0, 2, "encoding errors", 0}, M(hex, 0, 2), M(join, 1, 1), {NULL, NULL, 0, 0, NULL, 0}};
Type Bytes_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "bytes", .size = sizeof(Bytes), .flags = T_BYTES | T_BASE, .new = bytes_new,
    .repr = bytes_repr, .hash = bytes_hash, .richcompare = bytes_compare, .len = bytes_len, .iter = SeqIter_New,
    .getitem = bytes_getitem, .contains = bytes_contains, .nb = {[NB_ADD] = bytes_add, [NB_MUL] = bytes_mul, [NB_MOD] = bytes_mod}, .methods = bytes_methods,
};
