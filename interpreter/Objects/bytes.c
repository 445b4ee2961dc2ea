/* bytes: immutable octets, the little of them that files and tests need; and the codecs. */
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

static char fold(const char *encoding)
{
    if (encoding == NULL || strcasecmp(encoding, "utf-8") == 0 || strcasecmp(encoding, "utf8") == 0 || strcasecmp(encoding, "utf_8") == 0) return 'u';
    if (strcasecmp(encoding, "ascii") == 0 || strcasecmp(encoding, "us-ascii") == 0) return 'a';
    if (strcasecmp(encoding, "latin-1") == 0 || strcasecmp(encoding, "latin1") == 0 || strcasecmp(encoding, "iso-8859-1") == 0) return 'l';
    Err_Set(EXC(LookupError), "unknown encoding: %s", encoding);
    return 0;
}

static Object *encode_narrow(Object *s, uint32_t limit, const char *codec, const char *errors)
{
    Object *r = Bytes_New(NULL, STR_LEN(s));
    Size k = 0;
    for (Size i = 0; r != NULL && i < STR_LEN(s); i++) {
        uint32_t c = Str_At(s, i);
        if (c < limit) {
            ((Bytes *)r)->data[k++] = (char)c;
        } else if (errors != NULL && strcmp(errors, "strict") != 0) {
            if (strcmp(errors, "ignore") != 0) ((Bytes *)r)->data[k++] = '?';
        } else {
            Unref(r);
            return Err_Set(EXC(UnicodeEncodeError), "'%s' codec can't encode character %R in position %zd: ordinal not in range(%d)",
                           codec, interp.chars['?'], i, (int)limit);
        }
    }
    if (r != NULL) {
        ((Bytes *)r)->len = k;
        ((Bytes *)r)->data[k] = '\0';
    }
    return r;
}

/* Lone surrogates: U+DC80.. become the byte they stand for with surrogateescape, otherwise '?'. */
static Object *encode_loose(Object *s, const char *errors)
{
    Object *list = Bytes_New(NULL, STR_LEN(s) * 6);
    Size k = 0;
    for (Size i = 0; list != NULL && i < STR_LEN(s); i++) {
        uint32_t c = Str_At(s, i);
        char *out = ((Bytes *)list)->data;
        if (c >= 0xD800 && c < 0xE000) {
            if (strcmp(errors, "surrogateescape") == 0 && c >= 0xDC80 && c <= 0xDCFF) out[k++] = (char)(c & 0xFF);
            else if (strcmp(errors, "backslashreplace") == 0) k += sprintf(out + k, "\\u%04x", c);
            else if (strcmp(errors, "ignore") != 0) out[k++] = '?';
            continue;
        }
        Object *one = Str_FromChar(c);
        Size n = 0;
        const char *utf8 = one == NULL ? NULL : Str_Utf8Len(one, &n);
        if (utf8 != NULL) {
            Mem_Copy(out + k, utf8, (size_t)n);
            k += n;
        }
        XUnref(one);
    }
    if (list != NULL) {
        ((Bytes *)list)->len = k;
        ((Bytes *)list)->data[k] = '\0';
    }
    return list;
}

Object *Bytes_Encode(Object *s, const char *encoding, const char *errors)
{
    char codec = fold(encoding);
    if (codec == 0) {
        return NULL;
    }
    if (codec != 'u') {
        return encode_narrow(s, codec == 'a' ? 128 : 256, codec == 'a' ? "ascii" : "latin-1", errors);
    }
    Size n;
    const char *utf8 = Str_Utf8Len(s, &n);
    if (utf8 == NULL && errors != NULL && strcmp(errors, "strict") != 0 && Err_Swallow(EXC(UnicodeEncodeError))) {
        return encode_loose(s, errors);
    }
    return utf8 == NULL ? NULL : Bytes_New(utf8, n);
}

Object *Bytes_Decode(const char *bytes, Size n, const char *encoding, const char *errors)
{
    char codec = fold(encoding);
    if (codec == 0 || codec == 'u') {
        return codec == 0 ? NULL : Str_FromUtf8(bytes, n, errors);
    }
    Buf b;
    Buf_Init(&b);
    for (Size i = 0; i < n; i++) {
        uint8_t c = (uint8_t)bytes[i];
        if (codec == 'a' && c >= 128 && (errors == NULL || strcmp(errors, "strict") == 0)) {
            Buf_Free(&b);
            return Err_Set(EXC(UnicodeDecodeError), "'ascii' codec can't decode byte 0x%x in position %zd: ordinal not in range(128)", (unsigned)c, i);
        }
        Buf_Char(&b, codec == 'a' && c >= 128 ? 0xFFFD : c);
    }
    return Buf_Finish(&b);
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
    uint64_t h = 0xcbf29ce484222325u;
    for (Size i = 0; i < b->len; i++) {
        h = (h ^ (uint8_t)b->data[i]) * 0x100000001b3u;
    }
    h ^= h >> 32;
    return (Hash)h == -1 ? -2 : (Hash)h;
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
        return Ref(NotImplemented);
    }
    Bytes *x = (Bytes *)a, *y = (Bytes *)b;
    Object *r = Bytes_New(NULL, x->len + y->len);
    if (r != NULL) {
        Mem_Copy(((Bytes *)r)->data, x->data, (size_t)x->len);
        Mem_Copy(((Bytes *)r)->data + x->len, y->data, (size_t)y->len);
    }
    return r;
}
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
    if (Err_Occurred() || (n > 0 && len > PTRDIFF_MAX / 4 / n)) {
        return Err_Occurred() ? NULL : Err_NoMemory();
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
    Size c = Number_AsSize(item, EXC(ValueError));
    return c == -1 && Err_Occurred() ? -1 : memchr(b->data, (int)c, (size_t)b->len) != NULL;
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
static Object *bytes_new(Type *type, Object **args, Size n, Object *kwnames)
{
    (void)type;
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
    return Bytes_Check(args[0]) ? Ref(args[0]) : bytes_from_iter(args[0]);
}

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames
static const char *text_or_null(Object *o) { return o != NULL && Str_Check(o) ? Str_Utf8(o) : NULL; }
DEF(bytes_decode) { IGNORE; return Bytes_Decode(((Bytes *)self)->data, ((Bytes *)self)->len, text_or_null(args[0]), text_or_null(args[1])); }
DEF(bytes_hex)
{
    IGNORE;
    Buf b;
    Buf_Init(&b);
    for (Size i = 0; i < ((Bytes *)self)->len; i++) {
        char text[4];
        snprintf(text, sizeof(text), "%02x", (uint8_t)((Bytes *)self)->data[i]);
        Buf_Ascii(&b, text);
    }
    return Buf_Finish(&b);
}
/* The rest goes through Latin-1 strings: one character per byte. */
static Object *via_str(Object *self, const char *method, Object **args, Size n)
{
    Object *text = Bytes_Decode(((Bytes *)self)->data, ((Bytes *)self)->len, "latin-1", NULL), *own[3] = {NULL};
    Object *name = Str_Id(method), *r = NULL;
    for (Size i = 0; i < n && i < 3; i++) {
        own[i] = Bytes_Check(args[i]) ? Bytes_Decode(((Bytes *)args[i])->data, ((Bytes *)args[i])->len, "latin-1", NULL) : Ref(args[i]);
    }
    if (text != NULL && name != NULL && !Err_Occurred()) {
        r = CallMethod(text, name, n, own);
    }
    for (Size i = 0; i < n && i < 3; i++) XUnref(own[i]);
    XUnref(text), XUnref(name);
    if (r != NULL && Str_Check(r)) {
        ASSIGN(r, Bytes_Encode(r, "latin-1", NULL));
    } else if (r != NULL && List_Check(r)) {
        for (Size i = 0; i < LIST_LEN(r); i++) {
            ASSIGN(LIST_ITEM(r, i), Bytes_Encode(LIST_ITEM(r, i), "latin-1", NULL));
        }
    }
    return r;
}
#define VIA(name) DEF(bytes_##name) { IGNORE; return via_str(self, #name, args, n); }
VIA(find) VIA(rfind) VIA(index) VIA(count) VIA(startswith) VIA(endswith) VIA(strip) VIA(lstrip) VIA(rstrip) VIA(split) VIA(replace)
VIA(upper) VIA(lower) VIA(splitlines) VIA(isdigit)
DEF(bytes_join)
{
    IGNORE;
    Object *items = List_FromIter(args[0]), *r = items == NULL ? NULL : Bytes_New(NULL, 0);
    for (Size i = 0; r != NULL && i < LIST_LEN(items); i++) {
        if (i > 0) ASSIGN(r, bytes_add(r, self));
        if (!Bytes_Check(LIST_ITEM(items, i))) {
            CLEAR(r);
            Err_Set(EXC(TypeError), "sequence item %zd: expected a bytes-like object, %T found", i, LIST_ITEM(items, i));
        } else if (r != NULL) {
            ASSIGN(r, bytes_add(r, LIST_ITEM(items, i)));
        }
    }
    XUnref(items);
    return r;
}
#define M(name, min, max) {#name, bytes_##name, min, max, NULL, 0}
static const MethodDef bytes_methods[] = {
    {"decode", bytes_decode, 0, 2, "encoding errors", 0}, M(hex, 0, 0), M(join, 1, 1), M(find, 1, 3), M(rfind, 1, 3), M(index, 1, 3),
    M(count, 1, 3), M(startswith, 1, 3), M(endswith, 1, 3), M(strip, 0, 1), M(lstrip, 0, 1), M(rstrip, 0, 1), M(split, 0, 2),
    M(replace, 2, 3), M(upper, 0, 0), M(lower, 0, 0), M(splitlines, 0, 1), M(isdigit, 0, 0), {NULL, NULL, 0, 0, NULL, 0}};
Type Bytes_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "bytes", .size = sizeof(Bytes), .flags = T_BYTES, .new = bytes_new,
    .repr = bytes_repr, .hash = bytes_hash, .richcompare = bytes_compare, .len = bytes_len, .iter = SeqIter_New,
    .getitem = bytes_getitem, .contains = bytes_contains, .nb = {[NB_ADD] = bytes_add, [NB_MUL] = bytes_mul}, .methods = bytes_methods,
};
