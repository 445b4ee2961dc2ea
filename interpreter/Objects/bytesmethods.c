/* The methods of bytes. Those that know about letters and white space know ASCII only; the others go through
   strings of Latin-1, one character a byte, and back. */
#include "rabbit.h"

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames
#define DATA(o) ((const uint8_t *)((Bytes *)(o))->data)
#define LEN(o) (((Bytes *)(o))->len)

static bool is_space(uint8_t c) { return c == ' ' || (c >= 9 && c <= 13); }
static bool is_upper(uint8_t c) { return c >= 'A' && c <= 'Z'; }
static bool is_lower(uint8_t c) { return c >= 'a' && c <= 'z'; }
static bool is_alpha(uint8_t c) { return is_upper(c) || is_lower(c); }
static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }
static bool is_alnum(uint8_t c) { return is_alpha(c) || is_digit(c); }
static uint8_t flip(uint8_t c) { return is_alpha(c) ? c ^ 0x20 : c; }

/* What may stand where bytes are asked for, as exact bytes (new); TypeError otherwise. */
Object *Bytes_Like(Object *o)
{
    if (Bytes_Check(o)) {
        return Ref(o);
    }
    if (IsType(o, &ByteArray_Type)) {
        return Bytes_New(BYTEARRAY_DATA(o), BYTEARRAY_LEN(o));
    }
    return Err_Set(EXC(TypeError), "a bytes-like object is required, not '%T'", o);
}

static Object *latin1(Object *bytes) { return Bytes_Decode((const char *)DATA(bytes), LEN(bytes), "latin-1", NULL); }

/* An argument for the string method: bytes as text, a tuple of them too; ints and None as they are. */
static Object *as_text(Object *arg, bool number)
{
    if (Tuple_Check(arg)) {
        Object *t = Tuple_New(TUPLE_LEN(arg));
        for (Size i = 0; t != NULL && i < TUPLE_LEN(arg); i++) {
            if ((TUPLE_ITEM(t, i) = as_text(TUPLE_ITEM(arg, i), false)) == NULL) {
                CLEAR(t);
            }
        }
        return t;
    }
    if (Str_Check(arg)) {
        return Err_Set(EXC(TypeError), number ? "argument should be integer or bytes-like object, not 'str'" : "a bytes-like object is required, not 'str'");
    }
    if (!Bytes_Check(arg) && !IsType(arg, &ByteArray_Type)) {
        return Ref(arg);
    }
    Object *bytes = Bytes_Like(arg), *text = bytes == NULL ? NULL : latin1(bytes);
    XUnref(bytes);
    return text;
}

/* The answer of the string method back into bytes, in lists and tuples too. Steals r. */
static Object *as_bytes(Object *r)
{
    if (r == NULL || !(Str_Check(r) || List_Check(r) || Tuple_Check(r))) {
        return r;
    }
    if (Str_Check(r)) {
        Object *bytes = Bytes_Encode(r, "latin-1", NULL);
        Unref(r);
        return bytes;
    }
    Object **items = List_Check(r) ? ((List *)r)->items : ((Tuple *)r)->items;
    Size n = List_Check(r) ? LIST_LEN(r) : TUPLE_LEN(r);
    for (Size i = 0; i < n; i++) {
        Object *bytes = Bytes_Encode(items[i], "latin-1", NULL);
        if (bytes == NULL) {
            Unref(r);
            return NULL;
        }
        ASSIGN(items[i], bytes);
    }
    return r;
}

/* find and its kin also take the number of a byte. */
static Object *one_byte(Object *arg)
{
    Size c = Number_AsSize(arg, NULL);
    if (c < 0 || c > 255) {
        return Err_Occurred() ? NULL : Err_Set(EXC(ValueError), "byte must be in range(0, 256)");
    }
    return Str_FromChar((uint32_t)c);
}

static Object *via_str(Object *self, const char *method, Object **args, Size n, bool byte_first)
{
    Object *own[3] = {NULL}, *text = latin1(self), *name = text == NULL ? NULL : Str_Id(method), *r = NULL;
    bool ok = name != NULL;
    for (Size i = 0; ok && i < n && i < 3; i++) {
        own[i] = byte_first && i == 0 && Int_Check(args[0]) ? one_byte(args[0]) : as_text(args[i], byte_first && i == 0);
        ok = own[i] != NULL;
    }
    if (ok) {
        r = as_bytes(CallMethod(text, name, n, own));
    }
    XUnref(text), XUnref(name), XUnref(own[0]), XUnref(own[1]), XUnref(own[2]);
    return r;
}
#define VIA(name, number) DEF(bytes_##name) { IGNORE; return via_str(self, #name, args, n, number); }
VIA(find, true) VIA(rfind, true) VIA(index, true) VIA(rindex, true) VIA(count, true) VIA(startswith, false) VIA(endswith, false)
VIA(replace, false) VIA(partition, false) VIA(rpartition, false) VIA(removeprefix, false) VIA(removesuffix, false)
VIA(center, false) VIA(ljust, false) VIA(rjust, false) VIA(zfill, false)
DEF(bytes_expandtabs) { IGNORE; return via_str(self, "expandtabs", args, args[0] != NULL, false); }

static Object *stripped(Object *self, Object *chars, bool left, bool right)
{
    Object *set = chars == NULL || chars == None ? NULL : Bytes_Like(chars);
    if (set == NULL && Err_Occurred()) {
        return NULL;
    }
    Size start = 0, end = LEN(self);
#define IN_SET(c) (set == NULL ? is_space(c) : LEN(set) > 0 && memchr(DATA(set), (c), (size_t)LEN(set)) != NULL)
    while (left && start < end && IN_SET(DATA(self)[start])) start++;
    while (right && end > start && IN_SET(DATA(self)[end - 1])) end--;
    XUnref(set);
    return Bytes_New((const char *)DATA(self) + start, end - start);
}
DEF(bytes_strip) { IGNORE; return stripped(self, args[0], true, true); }
DEF(bytes_lstrip) { IGNORE; return stripped(self, args[0], true, false); }
DEF(bytes_rstrip) { IGNORE; return stripped(self, args[0], false, true); }

/* At runs of ASCII white space. From the right the pieces are found last first. */
static Object *split_space(Object *self, Size max, bool right)
{
    Object *list = List_New(0);
    Size start = 0, end = LEN(self);
    const uint8_t *data = DATA(self);
    while (list != NULL) {
        while (!right && start < end && is_space(data[start])) start++;
        while (right && start < end && is_space(data[end - 1])) end--;
        if (start >= end) {
            break;
        }
        Size from = start, to = end;
        if (max != 0 && !right) for (to = start; to < end && !is_space(data[to]);) to++;
        if (max != 0 && right) for (from = end; from > start && !is_space(data[from - 1]);) from--;
        if (List_AppendNew(list, Bytes_New((const char *)data + from, to - from)) < 0) {
            CLEAR(list);
        }
        if (max-- == 0) {
            break;
        }
        if (right) end = from;
        else start = to;
    }
    if (list != NULL && right) {
        List_Reverse(list);
    }
    return list;
}
static Object *split(Object *self, Object **args, bool right)
{
    Size max = args[1] == NULL ? -1 : Number_AsSize(args[1], NULL);
    if (max == -1 && Err_Occurred()) {
        return NULL;
    }
    if (args[0] == NULL || args[0] == None) {
        return split_space(self, max, right);
    }
    return via_str(self, right ? "rsplit" : "split", args, args[1] == NULL ? 1 : 2, false);
}
DEF(bytes_split) { IGNORE; return split(self, args, false); }
DEF(bytes_rsplit) { IGNORE; return split(self, args, true); }
DEF(bytes_splitlines)
{
    IGNORE;
    int keep = args[0] == NULL ? 0 : Object_IsTrue(args[0]);
    Object *list = keep < 0 ? NULL : List_New(0);
    const uint8_t *data = DATA(self);
    for (Size start = 0, len = LEN(self); list != NULL && start < len;) {
        Size end = start;
        while (end < len && data[end] != '\n' && data[end] != '\r') end++;
        Size next = end + (end < len) + (end + 1 < len && data[end] == '\r' && data[end + 1] == '\n');
        if (List_AppendNew(list, Bytes_New((const char *)data + start, (keep ? next : end) - start)) < 0) {
            CLEAR(list);
        }
        start = next;
    }
    return list;
}

static Object *mapped(Object *self, uint8_t (*map)(uint8_t c, bool inside))
{
    Object *r = Bytes_New(NULL, LEN(self));
    bool inside = false;
    for (Size i = 0; r != NULL && i < LEN(self); i++) {
        ((Bytes *)r)->data[i] = (char)map(DATA(self)[i], inside);
        inside = is_alpha(DATA(self)[i]);
    }
    return r;
}
static uint8_t to_upper(uint8_t c, bool inside) { (void)inside; return is_lower(c) ? flip(c) : c; }
static uint8_t to_lower(uint8_t c, bool inside) { (void)inside; return is_upper(c) ? flip(c) : c; }
static uint8_t to_other(uint8_t c, bool inside) { (void)inside; return flip(c); }
static uint8_t to_title(uint8_t c, bool inside) { return inside ? to_lower(c, inside) : to_upper(c, inside); }
DEF(bytes_upper) { IGNORE; return mapped(self, to_upper); }
DEF(bytes_lower) { IGNORE; return mapped(self, to_lower); }
DEF(bytes_swapcase) { IGNORE; return mapped(self, to_other); }
DEF(bytes_title) { IGNORE; return mapped(self, to_title); }
DEF(bytes_capitalize)
{
    IGNORE;
    Object *r = mapped(self, to_lower);
    if (r != NULL && LEN(r) > 0) {
        ((Bytes *)r)->data[0] = (char)to_upper(DATA(r)[0], false);
    }
    return r;
}

static Object *all_of(Object *self, bool (*test)(uint8_t))
{
    for (Size i = 0; i < LEN(self); i++) {
        if (!test(DATA(self)[i])) {
            return Ref(False);
        }
    }
    return Bool_From(LEN(self) > 0);
}
static Object *one_case(Object *self, bool (*good)(uint8_t), bool (*bad)(uint8_t))
{
    bool any = false;
    for (Size i = 0; i < LEN(self); i++) {
        if (bad(DATA(self)[i])) {
            return Ref(False);
        }
        any = any || good(DATA(self)[i]);
    }
    return Bool_From(any);
}
DEF(bytes_isalnum) { IGNORE; return all_of(self, is_alnum); }
DEF(bytes_isalpha) { IGNORE; return all_of(self, is_alpha); }
DEF(bytes_isdigit) { IGNORE; return all_of(self, is_digit); }
DEF(bytes_isspace) { IGNORE; return all_of(self, is_space); }
DEF(bytes_isupper) { IGNORE; return one_case(self, is_upper, is_lower); }
DEF(bytes_islower) { IGNORE; return one_case(self, is_lower, is_upper); }
DEF(bytes_isascii)
{
    IGNORE;
    Size i = 0;
    while (i < LEN(self) && DATA(self)[i] < 128) i++;
    return Bool_From(i == LEN(self));
}
DEF(bytes_istitle)
{
    IGNORE;
    bool inside = false, any = false;
    for (Size i = 0; i < LEN(self); i++) {
        uint8_t c = DATA(self)[i];
        if ((is_upper(c) && inside) || (is_lower(c) && !inside)) {
            return Ref(False);
        }
        inside = is_alpha(c);
        any = any || inside;
    }
    return Bool_From(any);
}

static int hex_value(uint32_t c) { return c < 128 && is_digit((uint8_t)c) ? (int)c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (int)(c | 32) - 'a' + 10 : -1; }
DEF(bytes_fromhex)
{
    IGNORE;
    if (!Str_Check(args[0])) {
        return Err_Set(EXC(TypeError), "fromhex() argument must be str, not %T", args[0]);
    }
    Object *r = Bytes_New(NULL, STR_LEN(args[0]) / 2 + 1);
    Size k = 0;
    for (Size i = 0; r != NULL && i < STR_LEN(args[0]); i += 2) {
        while (i < STR_LEN(args[0]) && Str_At(args[0], i) < 128 && is_space((uint8_t)Str_At(args[0], i))) i++;
        if (i >= STR_LEN(args[0])) {
            break;
        }
        int high = hex_value(Str_At(args[0], i)), low = i + 1 < STR_LEN(args[0]) ? hex_value(Str_At(args[0], i + 1)) : -1;
        if (high < 0 || low < 0) {
            Unref(r);
            return Err_Set(EXC(ValueError), "non-hexadecimal number found in fromhex() arg at position %zd", high < 0 ? i : i + 1);
        }
        ((Bytes *)r)->data[k++] = (char)(high << 4 | low);
    }
    if (r != NULL) {
        LEN(r) = k;
        ((Bytes *)r)->data[k] = '\0';
    }
    if (r != NULL && self != (Object *)&Bytes_Type) {
        ASSIGN(r, Call1(self, r));
    }
    return r;
}
DEF(bytes_maketrans)
{
    IGNORE;
    Object *from = Bytes_Like(args[0]), *to = from == NULL ? NULL : Bytes_Like(args[1]), *r = NULL;
    if (to != NULL && LEN(from) != LEN(to)) {
        Err_Set(EXC(ValueError), "maketrans arguments must have same length");
    } else if (to != NULL && (r = Bytes_New(NULL, 256)) != NULL) {
        for (int i = 0; i < 256; i++) ((Bytes *)r)->data[i] = (char)i;
        for (Size i = 0; i < LEN(from); i++) ((Bytes *)r)->data[DATA(from)[i]] = (char)DATA(to)[i];
    }
    XUnref(from), XUnref(to);
    return r;
}
DEF(bytes_translate)
{
    IGNORE;
    Object *table = args[0] == None ? NULL : Bytes_Like(args[0]), *gone = args[1] == NULL || Err_Occurred() ? NULL : Bytes_Like(args[1]), *r = NULL;
    if (table != NULL && LEN(table) != 256) {
        Err_Set(EXC(ValueError), "translation table must be 256 characters long");
    }
    if (!Err_Occurred() && (r = Bytes_New(NULL, LEN(self))) != NULL) {
        Size k = 0;
        for (Size i = 0; i < LEN(self); i++) {
            uint8_t c = DATA(self)[i];
            if (gone == NULL || LEN(gone) == 0 || memchr(DATA(gone), c, (size_t)LEN(gone)) == NULL) {
                ((Bytes *)r)->data[k++] = (char)(table == NULL ? c : DATA(table)[c]);
            }
        }
        LEN(r) = k;
        ((Bytes *)r)->data[k] = '\0';
    }
    XUnref(table), XUnref(gone);
    return r;
}

#define M(name, min, max) {#name, bytes_##name, min, max, NULL, 0}
const MethodDef Bytes_Methods[] = {
    M(find, 1, 3), M(rfind, 1, 3), M(index, 1, 3), M(rindex, 1, 3), M(count, 1, 3), M(startswith, 1, 3), M(endswith, 1, 3), M(strip, 0, 1),
    M(lstrip, 0, 1), M(rstrip, 0, 1), M(replace, 2, 3), M(partition, 1, 1), M(rpartition, 1, 1), M(removeprefix, 1, 1), M(removesuffix, 1, 1),
    M(center, 1, 2), M(ljust, 1, 2), M(rjust, 1, 2), M(zfill, 1, 1), M(upper, 0, 0), M(lower, 0, 0), M(title, 0, 0), M(capitalize, 0, 0),
    M(swapcase, 0, 0), M(isalnum, 0, 0), M(isalpha, 0, 0), M(isascii, 0, 0), M(isdigit, 0, 0), M(islower, 0, 0), M(isspace, 0, 0),
    M(istitle, 0, 0), M(isupper, 0, 0), {"split", bytes_split, 0, 2, "sep maxsplit", 0}, {"rsplit", bytes_rsplit, 0, 2, "sep maxsplit", 0},
    {"splitlines", bytes_splitlines, 0, 1, "keepends", 0}, {"expandtabs", bytes_expandtabs, 0, 1, "tabsize", 0},
    {"fromhex", bytes_fromhex, 1, 1, NULL, METH_CLASS}, {"maketrans", bytes_maketrans, 2, 2, NULL, METH_STATIC},
    {"translate", bytes_translate, 1, 2, "table delete", 0}, {NULL, NULL, 0, 0, NULL, 0}};
