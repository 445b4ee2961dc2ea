/* str: making, taking apart, comparing, UTF-8 in and out, interning.
   Interned strings are in interp.interned, which does not count its keys: a dying string leaves it. */
#include "rabbit.h"

/* One code point at p. Returns how many bytes it takes, or minus the number of bytes that a well-formed one could begin with (at least
   one): those are in error together. `more`: bytes wanted behind the first, -1 when no code point begins so. */
static int decode_point(const uint8_t *p, const uint8_t *end, uint32_t *point, int *more)
{
    uint8_t c = *p;
    *more = c < 0x80 ? 0 : c >= 0xC2 && c < 0xE0 ? 1 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xF0 && c < 0xF5 ? 3 : -1;
    if (*more < 0) return -1;
    /* The second byte's range keeps out what is too long, surrogates, and what is beyond Unicode. */
    uint8_t low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80, high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    *point = *more == 0 ? c : c & (0x3Fu >> *more);
    for (int k = 1; k <= *more; k++) {
        if (p + k >= end || p[k] < low || p[k] > high) return -k;
        *point = *point << 6 | (p[k] & 0x3F);
        low = 0x80, high = 0xBF;
    }
    return *more + 1;
}

/* `bad` bytes from `at` on are no code point: as `errors` says. */
static bool undecodable(Buf *b, const char *bytes, Size at, Size n, int bad, int more, const char *errors)
{
    const char *why = more < 0 ? "invalid start byte" : at + bad == n ? "unexpected end of data" : "invalid continuation byte";
    return Codec_Bad(b, "utf-8", bytes, n, at, at + bad, why, errors);
}

Object *Str_FromUtf8(const char *bytes, Size n, const char *errors)
{
    Buf b;
    Buf_Init(&b);
    const uint8_t *p = (const uint8_t *)bytes, *end = p + n;
    while (p < end) {
        uint32_t c = 0;
        int more, taken = decode_point(p, end, &c, &more);
        if (taken > 0) {
            Buf_Char(&b, c);
        } else if (!undecodable(&b, bytes, (Size)(p - (const uint8_t *)bytes), n, -taken, more, errors)) {
            Buf_Free(&b);
            return NULL;
        }
        p += taken < 0 ? -taken : taken;
    }
    return Buf_Finish(&b);
}

Object *Str_New(const char *ascii) { return Str_FromUtf8(ascii, (Size)strlen(ascii), "replace"); }

Object *Str_FromPoints(const uint32_t *points, Size n)
{
    Buf b;
    Buf_Init(&b);
    for (Size i = 0; i < n; i++) {
        Buf_Char(&b, points[i]);
    }
    return Buf_Finish(&b);
}

Object *Str_FromChar(uint32_t point) { return Str_FromPoints(&point, 1); }

Object *Str_Sub(Object *s, Size start, Size end)
{
    if (start <= 0 && end >= STR_LEN(s) && TYPE(s) == &Str_Type) {
        return Ref(s);
    }
    Buf b;
    Buf_Init(&b);
    Buf_Range(&b, s, start, end);
    return Buf_Finish(&b);
}

Object *Str_Concat(Object *a, Object *b)
{
    if (STR_LEN(a) == 0 && TYPE(b) == &Str_Type) return Ref(b);
    if (STR_LEN(b) == 0 && TYPE(a) == &Str_Type) return Ref(a);
    Str *x = (Str *)a, *y = (Str *)b;
    if (x->kind == 1 && y->kind == 1) {
        Str *r = Object_Alloc(&Str_Type, x->len + y->len + 1);
        if (r == NULL) {
            return NULL;
        }
        r->len = x->len + y->len, r->hash = -1, r->kind = 1, r->ascii = x->ascii && y->ascii;
        Mem_Copy(STR_DATA(r), STR_DATA(x), (size_t)x->len);
        Mem_Copy((char *)STR_DATA(r) + x->len, STR_DATA(y), (size_t)y->len);
        return (Object *)r;
    }
    Buf buf;
    Buf_Init(&buf);
    Buf_Str(&buf, a);
    Buf_Str(&buf, b);
    return Buf_Finish(&buf);
}

Object *Str_Join(Object *sep, Object *iterable)
{
    if (TYPE(iterable)->iter == NULL && TYPE(iterable)->getitem == NULL) {
        return Err_Set(EXC(TypeError), "can only join an iterable");
    }
    Object *items = List_FromIter(iterable);
    if (items == NULL) {
        return NULL;
    }
    Buf b;
    Buf_Init(&b);
    for (Size i = 0; i < LIST_LEN(items); i++) {
        Object *item = LIST_ITEM(items, i);
        if (!Str_Check(item)) {
            Err_Set(EXC(TypeError), "sequence item %zd: expected str instance, %T found", i, item);
            Buf_Free(&b);
            Unref(items);
            return NULL;
        }
        if (i > 0) {
            Buf_Str(&b, sep);
        }
        Buf_Str(&b, item);
    }
    Unref(items);
    return Buf_Finish(&b);
}

bool Str_Equal(Object *a, Object *b)
{
    Str *x = (Str *)a, *y = (Str *)b;
    return x == y || (x->len == y->len && x->kind == y->kind && memcmp(STR_DATA(x), STR_DATA(y), (size_t)(x->len * x->kind)) == 0);
}

bool Str_EqualAscii(Object *s, const char *ascii)
{
    Size n = (Size)strlen(ascii);
    return ((Str *)s)->kind == 1 && STR_LEN(s) == n && memcmp(STR_DATA(s), ascii, (size_t)n) == 0;
}

static bool match_at(Object *s, Object *sub, Size at)
{
    for (Size k = 0; k < STR_LEN(sub); k++) {
        if (Str_At(s, at + k) != Str_At(sub, k)) {
            return false;
        }
    }
    return true;
}

Size Str_Find(Object *s, Object *sub, Size start, Size end, bool right)
{
    Size m = STR_LEN(sub);
    end = end > STR_LEN(s) ? STR_LEN(s) : end;
    if (end - start < m) {
        return -1;
    }
    if (!right && ((Str *)s)->kind == 1 && ((Str *)sub)->kind == 1) {
        char *data = STR_DATA(s), *hit = memmem(data + start, (size_t)(end - start), STR_DATA(sub), (size_t)m);
        return hit == NULL ? -1 : hit - data;
    }
    for (Size i = 0; i <= end - start - m; i++) {
        Size at = right ? end - m - i : start + i;
        if (match_at(s, sub, at)) {
            return at;
        }
    }
    return -1;
}

/* ---- UTF-8 out ---- */
Size Utf8_Put(char *out, uint32_t c)
{
    if (c < 0x80) { out[0] = (char)c; return 1; }
    if (c < 0x800) { out[0] = (char)(0xC0 | c >> 6); out[1] = (char)(0x80 | (c & 0x3F)); return 2; }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12); out[1] = (char)(0x80 | (c >> 6 & 0x3F)); out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18); out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F)); out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

const char *Str_Utf8Len(Object *o, Size *n)
{
    Str *s = (Str *)o;
    if (s->ascii) {
        *n = s->len;
        return STR_DATA(s);
    }
    if (s->utf8 == NULL) {
        char *out = Mem_Alloc((size_t)s->len * 4 + 1);
        if (out == NULL) {
            return Err_NoMemory();
        }
        Size k = 0;
        for (Size i = 0; i < s->len; i++) {
            uint32_t c = Str_At(s, i);
            if (c >= 0xD800 && c < 0xE000) {
                Size end = i + 1;
                while (end < s->len && (Str_At(s, end) & ~0x7FFu) == 0xD800) end++;
                Mem_Free(out);
                return Err_Unicode(EXC(UnicodeEncodeError), "utf-8", Ref(o), i, end, "surrogates not allowed");
            }
            k += Utf8_Put(out + k, c);
        }
        out[k] = '\0';
        s->utf8 = out;
        s->utf8_len = k;
    }
    *n = s->utf8_len;
    return s->utf8;
}

const char *Str_Utf8(Object *s)
{
    Size n;
    return Str_Utf8Len(s, &n);
}

const char *Str_Text(Object *s)
{
    Object *raised = Err_Fetch();
    const char *text = Str_Utf8(s);
    Err_Restore(raised);
    return text == NULL ? "?" : text;
}

/* ---- interning ---- */
Object *Str_Intern(Object *s)
{
    if (s == NULL || TYPE(s) != &Str_Type || ((Str *)s)->interned) {
        return s;
    }
    Hash hash = Object_Hash(s);
    Size number = Table_Find(&interp.interned, s, hash);
    if (number >= 0) {
        Object *known = Ref(interp.interned.entries[number].key);
        Unref(s);
        return known;
    }
    if (Table_Set(&interp.interned, s, hash, NULL) < 0) {
        Err_Clear();
        return s;
    }
    ((Str *)s)->interned = true;
    if (s->refcnt < IMMORTAL) {                 /* the table's own reference does not count */
        s->refcnt--;
        COUNT_DOWN();
    }
    return s;
}

Object *Str_Id(const char *ascii) { return Str_Intern(Str_New(ascii)); }

static void str_clear(Object *o)
{
    Str *s = (Str *)o;
    if (s->interned) {
        Entry gone;
        s->interned = false;
        if (s->looked_up) {
            Lookup_Forget(o);
        }
        Table_Remove(&interp.interned, o, s->hash, &gone);
    }
    Mem_Free(s->utf8);
    s->utf8 = NULL;
}

static Hash str_hash(Object *o)
{
    Str *s = (Str *)o;
    if (s->hash != -1) {
        return s->hash;
    }
    s->hash = Hash_Bytes(STR_DATA(s), s->len * s->kind);
    return s->hash;
}

static Object *str_compare(Object *a, Object *b, int op)
{
    if (!Str_Check(a) || !Str_Check(b)) {
        return Ref(NotImplemented);
    }
    if (op == CMP_EQ || op == CMP_NE) {
        return Bool_From(Str_Equal(a, b) == (op == CMP_EQ));
    }
    Size n = STR_LEN(a) < STR_LEN(b) ? STR_LEN(a) : STR_LEN(b), i = 0;
    while (i < n && Str_At(a, i) == Str_At(b, i)) {
        i++;
    }
    int c = i == n ? (STR_LEN(a) > STR_LEN(b)) - (STR_LEN(a) < STR_LEN(b)) : Str_At(a, i) < Str_At(b, i) ? -1 : 1;
    const bool answers[] = {c < 0, c <= 0, false, false, c > 0, c >= 0};
    return Bool_From(answers[op]);
}

Object *Str_AsciiRepr(Object *o)
{
    Object *repr = Object_Repr(o);
    if (repr == NULL || ((Str *)repr)->ascii) {
        return repr;
    }
    Buf b;
    Buf_Init(&b);
    for (Size i = 0; i < STR_LEN(repr); i++) {
        uint32_t c = Str_At(repr, i);
        char text[16];
        if (c < 128) {
            Buf_Char(&b, c);
            continue;
        }
        snprintf(text, sizeof(text), c < 256 ? "\\x%02x" : c < 65536 ? "\\u%04x" : "\\U%08x", c);
        Buf_Ascii(&b, text);
    }
    Unref(repr);
    return Buf_Finish(&b);
}

Object *Str_Repr(Object *s)
{
    uint32_t quote = '\'';
    bool has_double = false;
    for (Size i = 0; i < STR_LEN(s); i++) {
        has_double = has_double || Str_At(s, i) == '"';
        quote = Str_At(s, i) == '\'' ? '"' : quote;
    }
    quote = has_double ? '\'' : quote;
    Buf b;
    Buf_Init(&b);
    Buf_Char(&b, quote);
    for (Size i = 0; i < STR_LEN(s); i++) {
        uint32_t c = Str_At(s, i);
        char text[16] = "";
        if (c == quote || c == '\\') snprintf(text, sizeof(text), "\\%c", (int)c);
        else if (c == '\n') strcpy(text, "\\n");
        else if (c == '\r') strcpy(text, "\\r");
        else if (c == '\t') strcpy(text, "\\t");
        else if (c < 256 && !Char_IsPrintable(c)) snprintf(text, sizeof(text), "\\x%02x", c);
        else if (!Char_IsPrintable(c)) snprintf(text, sizeof(text), c < 65536 ? "\\u%04x" : "\\U%08x", c);
        if (text[0] != '\0') Buf_Ascii(&b, text);
        else Buf_Char(&b, c);
    }
    Buf_Char(&b, quote);
    return Buf_Finish(&b);
}

static Object *str_str(Object *s) { return TYPE(s) == &Str_Type ? Ref(s) : Str_Sub(s, 0, STR_LEN(s)); }
static Size str_len(Object *s) { return STR_LEN(s); }

static Object *str_add(Object *a, Object *b)
{
    return Str_Check(a) && Str_Check(b) ? Str_Concat(a, b) : Ref(NotImplemented);
}

static Object *str_mul(Object *a, Object *b)
{
    Object *s = Str_Check(a) ? a : b, *count = s == a ? b : a;
    if (!Int_Check(count)) {
        return Ref(NotImplemented);
    }
    Size n = Number_AsSize(count, EXC(OverflowError));
    if (n < 0 && Err_Occurred()) {
        return NULL;
    }
    if (n > 0 && STR_LEN(s) > PTRDIFF_MAX / 8 / n) {
        return STR_LEN(s) > PTRDIFF_MAX / n ? Err_Set(EXC(OverflowError), "repeated string is too long") : Err_NoMemory();
    }
    Buf buf;
    Buf_Init(&buf);
    while (n-- > 0 && !buf.failed) {
        Buf_Str(&buf, s);
    }
    return Buf_Finish(&buf);
}

static Object *str_mod(Object *a, Object *b) { return Str_Check(a) ? Str_Percent(a, b) : Ref(NotImplemented); }

static Object *str_getitem(Object *s, Object *key)
{
    if (TYPE(key) != &Slice_Type) {
        Size i;
        return Index_Resolve(key, STR_LEN(s), "string", &i) < 0 ? NULL : Str_FromChar(Str_At(s, i));
    }
    Size start, stop, step, count;
    if (Slice_Resolve(key, STR_LEN(s), &start, &stop, &step, &count) < 0) {
        return NULL;
    }
    if (step == 1) {
        return Str_Sub(s, start, start + count);
    }
    Buf b;
    Buf_Init(&b);
    for (Size i = 0; i < count; i++) {
        Buf_Char(&b, Str_At(s, start + i * step));
    }
    return Buf_Finish(&b);
}

static int str_contains(Object *s, Object *sub)
{
    if (!Str_Check(sub)) {
        return Err_Minus(Err_Set(EXC(TypeError), "'in <string>' requires string as left operand, not %T", sub));
    }
    return Str_Find(s, sub, 0, STR_LEN(s), false) >= 0;
}

static Object *decode_argument(Object **args, Size n)
{
    if (!Bytes_Check(args[0])) {
        return Err_Set(EXC(TypeError), "decoding to str: need a bytes-like object, %T found", args[0]);
    }
    const char *encoding = Str_Check(args[1]) ? Str_Utf8(args[1]) : NULL;
    const char *errors = n > 2 && Str_Check(args[2]) ? Str_Utf8(args[2]) : NULL;
    return Bytes_Decode(((Bytes *)args[0])->data, ((Bytes *)args[0])->len, encoding, errors);
}

static Object *str_new(Type *type, Object **args, Size n, Object *kwnames)
{
    Size kw = kwnames == NULL ? 0 : TUPLE_LEN(kwnames);
    Object *s = n + kw == 0 ? Ref(interp.empty_str) : n + kw == 1 ? Object_Str(args[0]) : n + kw <= 3 ? decode_argument(args, n + kw)
        : Err_Set(EXC(TypeError), "str() takes at most 3 arguments");
    if (s == NULL || type == &Str_Type) {
        return s;
    }
    Str *from = (Str *)s, *r = Object_Alloc(type, (from->len + 1) * from->kind);
    if (r != NULL) {
        r->len = from->len, r->hash = -1, r->kind = from->kind, r->ascii = from->ascii;
        Mem_Copy(STR_DATA(r), STR_DATA(from), (size_t)(from->len * from->kind));
    }
    Unref(s);
    return (Object *)r;
}

Type Str_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "str", .size = sizeof(Str), .flags = T_BASE | T_STR, .new = str_new,
    .clear = str_clear, .repr = Str_Repr, .str = str_str, .hash = str_hash, .richcompare = str_compare, .len = str_len,
    .iter = SeqIter_New, .getitem = str_getitem, .contains = str_contains,
    .nb = {[NB_ADD] = str_add, [NB_MUL] = str_mul, [NB_MOD] = str_mod}, .methods = Str_Methods,
};
