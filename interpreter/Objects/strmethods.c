/* The methods of str. */
#include "rabbit.h"

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames

static int need_str(Object *o, const char *what)
{
    return Str_Check(o) ? 0 : Err_Minus(Err_Set(EXC(TypeError), "%s%smust be str, not %T", what == NULL ? "" : what, what == NULL ? "" : " ", o));
}

/* Optional start and end of find and its kin, as slices count. */
static int bounds(Object *self, Object **args, Size n, Size *start, Size *end)
{
    *start = 0, *end = STR_LEN(self);
    Size *out[] = {start, end};
    for (int i = 0; i < 2; i++) {
        if (n > i + 1 && args[i + 1] != None) {
            Size value = Number_AsSize(args[i + 1], NULL);
            if (value == -1 && Err_Occurred()) {
                return -1;
            }
            value = value < 0 ? value + STR_LEN(self) : value;
            *out[i] = value < 0 ? 0 : value;
        }
    }
    *end = *end > STR_LEN(self) ? STR_LEN(self) : *end;
    return 0;
}

static Size find_in(Object *self, Object **args, Size n, bool right)
{
    Size start, end;
    if (need_str(args[0], NULL) < 0 || bounds(self, args, n, &start, &end) < 0) {
        return -2;
    }
    return start > end ? -1 : Str_Find(self, args[0], start, end, right);
}
static Object *find_result(Size at, bool strict)
{
    if (at == -2) {
        return NULL;
    }
    return at < 0 && strict ? Err_Set(EXC(ValueError), "substring not found") : Int_FromLong(at);
}
DEF(str_find) { IGNORE; return find_result(find_in(self, args, n, false), false); }
DEF(str_rfind) { IGNORE; return find_result(find_in(self, args, n, true), false); }
DEF(str_index) { IGNORE; return find_result(find_in(self, args, n, false), true); }
DEF(str_rindex) { IGNORE; return find_result(find_in(self, args, n, true), true); }

DEF(str_count)
{
    IGNORE;
    Size start, end, count = 0;
    if (need_str(args[0], NULL) < 0 || bounds(self, args, n, &start, &end) < 0) {
        return NULL;
    }
    Size m = STR_LEN(args[0]);
    if (m == 0) {
        return Int_FromLong(end < start ? 0 : end - start + 1);
    }
    for (Size at; (at = Str_Find(self, args[0], start, end, false)) >= 0; start = at + m) {
        count++;
    }
    return Int_FromLong(count);
}

static bool edge_matches(Object *self, Object *part, Size start, Size end, bool at_end)
{
    Size m = STR_LEN(part);
    if (end - start < m) {
        return false;
    }
    Size at = at_end ? end - m : start;
    return Str_Find(self, part, at, at + m, false) == at;
}
static Object *edge(Object *self, Object **args, Size n, bool at_end)
{
    Size start, end;
    if (bounds(self, args, n, &start, &end) < 0) {
        return NULL;
    }
    if (!Tuple_Check(args[0])) {
        return !Str_Check(args[0]) ? Err_Set(EXC(TypeError), "%s first arg must be str or a tuple of str, not %T", at_end ? "endswith" : "startswith", args[0])
            : Bool_From(edge_matches(self, args[0], start, end, at_end));
    }
    for (Size i = 0; i < TUPLE_LEN(args[0]); i++) {
        Object *part = TUPLE_ITEM(args[0], i);
        if (!Str_Check(part)) {
            return Err_Set(EXC(TypeError), "tuple for %s must only contain str, not %T", at_end ? "endswith" : "startswith", part);
        }
        if (edge_matches(self, part, start, end, at_end)) {
            return Ref(True);
        }
    }
    return Ref(False);
}
DEF(str_startswith) { IGNORE; return edge(self, args, n, false); }
DEF(str_endswith) { IGNORE; return edge(self, args, n, true); }
DEF(str_removeprefix)
{
    IGNORE;
    if (need_str(args[0], "removeprefix() argument") < 0) return NULL;
    Size m = edge_matches(self, args[0], 0, STR_LEN(self), false) ? STR_LEN(args[0]) : 0;
    return Str_Sub(self, m, STR_LEN(self));
}
DEF(str_removesuffix)
{
    IGNORE;
    if (need_str(args[0], "removesuffix() argument") < 0) return NULL;
    Size m = edge_matches(self, args[0], 0, STR_LEN(self), true) ? STR_LEN(args[0]) : 0;
    return Str_Sub(self, 0, STR_LEN(self) - m);
}

static bool strips(uint32_t c, Object *chars)
{
    if (chars == NULL || chars == None) {
        return Char_IsSpace(c);
    }
    for (Size i = 0; i < STR_LEN(chars); i++) {
        if (Str_At(chars, i) == c) {
            return true;
        }
    }
    return false;
}
static Object *strip(Object *self, Object *chars, bool left, bool right)
{
    if (chars != NULL && chars != None && !Str_Check(chars)) {
        return Err_Set(EXC(TypeError), "%sstrip arg must be None or str", left && right ? "" : left ? "l" : "r");
    }
    Size start = 0, end = STR_LEN(self);
    while (left && start < end && strips(Str_At(self, start), chars)) start++;
    while (right && end > start && strips(Str_At(self, end - 1), chars)) end--;
    return Str_Sub(self, start, end);
}
DEF(str_strip) { IGNORE; return strip(self, args[0], true, true); }
DEF(str_lstrip) { IGNORE; return strip(self, args[0], true, false); }
DEF(str_rstrip) { IGNORE; return strip(self, args[0], false, true); }

/* Runs of white space separate when sep is NULL or None. */
static Object *split_space(Object *s, Size max, bool right)
{
    Object *list = List_New(0);
    Size start = 0, end = STR_LEN(s);
    int r = list == NULL ? -1 : 0;
    while (r == 0) {
        while (start < end && Char_IsSpace(Str_At(s, right ? end - 1 : start))) right ? end-- : start++;
        if (start >= end) {
            break;
        }
        Size from = start, to = end;
        if (max-- == 0) {
            while (!right && to > from && Char_IsSpace(Str_At(s, to - 1))) to = right ? to : to - 1;
            while (right && from < to && Char_IsSpace(Str_At(s, from))) from++;
            r = List_AppendNew(list, Str_Sub(s, right ? from : start, right ? end : STR_LEN(s)));
            (void)to;
            break;
        }
        if (right) {
            for (from = end; from > start && !Char_IsSpace(Str_At(s, from - 1)); from--) { }
            end = from;
        } else {
            for (to = start; to < end && !Char_IsSpace(Str_At(s, to)); to++) { }
            start = to;
        }
        r = List_AppendNew(list, Str_Sub(s, from, to));
    }
    if (r < 0) {
        CLEAR(list);
    } else if (right) {
        List_Reverse(list);
    }
    return list;
}

Object *Str_Split(Object *s, Object *sep, Size max, bool right)
{
    if (sep == NULL || sep == None) {
        return split_space(s, max, right);
    }
    if (!Str_Check(sep)) {
        return Err_Set(EXC(TypeError), "must be str or None, not %T", sep);
    }
    if (STR_LEN(sep) == 0) {
        return Err_Set(EXC(ValueError), "empty separator");
    }
    Object *list = List_New(0);
    Size start = 0, end = STR_LEN(s), at;
    int r = list == NULL ? -1 : 0;
    while (r == 0 && max-- != 0 && (at = Str_Find(s, sep, start, end, right)) >= 0) {
        r = List_AppendNew(list, right ? Str_Sub(s, at + STR_LEN(sep), end) : Str_Sub(s, start, at));
        if (right) end = at;
        else start = at + STR_LEN(sep);
    }
    if (r < 0 || List_AppendNew(list, Str_Sub(s, start, end)) < 0) {
        CLEAR(list);
    } else if (right) {
        List_Reverse(list);
    }
    return list;
}
static Object *split(Object *self, Object **args, bool right)
{
    Size max = args[1] == NULL ? -1 : Number_AsSize(args[1], NULL);
    return max == -1 && Err_Occurred() ? NULL : Str_Split(self, args[0], max, right);
}
DEF(str_split) { IGNORE; return split(self, args, false); }
DEF(str_rsplit) { IGNORE; return split(self, args, true); }

static bool line_end(uint32_t c) { return c < 0x85 ? (c >= 10 && c <= 13) || (c >= 0x1c && c <= 0x1e) : Char_IsLinebreak(c); }
DEF(str_splitlines)
{
    IGNORE;
    int keep = args[0] == NULL ? 0 : Object_IsTrue(args[0]);
    Object *list = keep < 0 ? NULL : List_New(0);
    Size len = STR_LEN(self), start = 0;
    while (list != NULL && start < len) {
        Size end = start;
        while (end < len && !line_end(Str_At(self, end))) end++;
        Size next = end + (end < len) + (end + 1 < len && Str_At(self, end) == '\r' && Str_At(self, end + 1) == '\n');
        if (List_AppendNew(list, Str_Sub(self, start, keep ? next : end)) < 0) {
            CLEAR(list);
        }
        start = next;
    }
    return list;
}
DEF(str_join) { IGNORE; return Str_Join(self, args[0]); }

Object *Str_Replace(Object *s, Object *from, Object *to, Size max)
{
    Buf b;
    Buf_Init(&b);
    Size start = 0, m = STR_LEN(from), len = STR_LEN(s), at;
    while (max-- != 0 && start <= len && (at = Str_Find(s, from, start, len, false)) >= 0) {
        Buf_Range(&b, s, start, at);
        Buf_Str(&b, to);
        if (m == 0) {
            Buf_Range(&b, s, at, at + 1 > len ? len : at + 1);
        }
        start = at + (m == 0 ? 1 : m);
    }
    Buf_Range(&b, s, start, len);
    return Buf_Finish(&b);
}
DEF(str_replace)
{
    IGNORE;
    if (need_str(args[0], "replace() argument 1") < 0 || need_str(args[1], "replace() argument 2") < 0) {
        return NULL;
    }
    Size max = args[2] == NULL ? -1 : Number_AsSize(args[2], NULL);
    return max == -1 && Err_Occurred() ? NULL : Str_Replace(self, args[0], args[1], max);
}

/* ---- padding ---- */
static Object *pad(Object *self, Object **args, Size n, char how)
{
    Size width = Number_AsSize(args[0], EXC(OverflowError));
    uint32_t fill = ' ';
    if (width == -1 && Err_Occurred()) {
        return NULL;
    }
    if (n > 1) {
        if (!Str_Check(args[1]) || STR_LEN(args[1]) != 1) {
            return Err_Set(EXC(TypeError), "The fill character must be exactly one character long");
        }
        fill = Str_At(args[1], 0);
    }
    Size room = width - STR_LEN(self), left = how == '<' ? 0 : how == '>' ? room : room / 2 + (room & width & 1);
    if (room <= 0) {
        return Str_Sub(self, 0, STR_LEN(self));
    }
    Buf b;
    Buf_Init(&b);
    Buf_Fill(&b, fill, left);
    Buf_Str(&b, self);
    Buf_Fill(&b, fill, room - left);
    return Buf_Finish(&b);
}
DEF(str_ljust) { IGNORE; return pad(self, args, n, '<'); }
DEF(str_rjust) { IGNORE; return pad(self, args, n, '>'); }
DEF(str_center) { IGNORE; return pad(self, args, n, '^'); }
DEF(str_zfill)
{
    IGNORE;
    Size width = Number_AsSize(args[0], EXC(OverflowError));
    if (width == -1 && Err_Occurred()) {
        return NULL;
    }
    Size sign = STR_LEN(self) > 0 && (Str_At(self, 0) == '-' || Str_At(self, 0) == '+');
    Buf b;
    Buf_Init(&b);
    Buf_Range(&b, self, 0, sign);
    Buf_Fill(&b, '0', width - STR_LEN(self));
    Buf_Range(&b, self, sign, STR_LEN(self));
    return Buf_Finish(&b);
}
DEF(str_expandtabs)
{
    IGNORE;
    Size size = args[0] == NULL ? 8 : Number_AsSize(args[0], NULL), column = 0;
    Buf b;
    Buf_Init(&b);
    for (Size i = 0; i < STR_LEN(self); i++) {
        uint32_t c = Str_At(self, i);
        Size spaces = c == '\t' && size > 0 ? size - column % size : 0;
        Buf_Fill(&b, ' ', spaces);
        if (c != '\t') Buf_Char(&b, c);
        column = c == '\n' || c == '\r' ? 0 : column + (c == '\t' ? spaces : 1);
    }
    return Err_Occurred() ? (Buf_Free(&b), NULL) : Buf_Finish(&b);
}

static Object *partition(Object *self, Object *sep, bool right)
{
    if (need_str(sep, NULL) < 0 || STR_LEN(sep) == 0) {
        return Err_Occurred() ? NULL : Err_Set(EXC(ValueError), "empty separator");
    }
    Size at = Str_Find(self, sep, 0, STR_LEN(self), right);
    Object *e = interp.empty_str;
    if (at < 0) {
        return right ? Tuple_Pack(3, e, e, self) : Tuple_Pack(3, self, e, e);
    }
    Object *head = Str_Sub(self, 0, at), *tail = Str_Sub(self, at + STR_LEN(sep), STR_LEN(self));
    Object *r = head == NULL || tail == NULL ? NULL : Tuple_Pack(3, head, sep, tail);
    XUnref(head), XUnref(tail);
    return r;
}
DEF(str_partition) { IGNORE; return partition(self, args[0], false); }
DEF(str_rpartition) { IGNORE; return partition(self, args[0], true); }

static const char *text_or_null(Object *o) { return o != NULL && Str_Check(o) ? Str_Utf8(o) : NULL; }
DEF(str_encode) { IGNORE; return Bytes_Encode(self, text_or_null(args[0]), text_or_null(args[1])); }

static int map_point(Object *table, Object *key, Object *value)
{
    if (!Str_Check(key)) {
        return Int_Check(key) ? Dict_Set(table, key, value)
            : Err_Minus(Err_Set(EXC(TypeError), "keys in translate table must be strings or integers"));
    }
    if (STR_LEN(key) != 1) {
        return Err_Minus(Err_Set(EXC(ValueError), "string keys in translate table must be of length 1"));
    }
    Object *point = Int_FromLong(Str_At(key, 0));
    int r = point == NULL ? -1 : Dict_Set(table, point, value);
    XUnref(point);
    return r;
}
/* Each character of `from` leads to the one at the same place in `to`; to NULL: to None. */
static int map_points(Object *table, Object *from, Object *to)
{
    for (Size i = 0; i < STR_LEN(from); i++) {
        Object *a = Int_FromLong(Str_At(from, i)), *b = to == NULL ? Ref(None) : Int_FromLong(Str_At(to, i));
        int r = a == NULL || b == NULL ? -1 : Dict_Set(table, a, b);
        XUnref(a), XUnref(b);
        TRY_INT(r);
    }
    return 0;
}
static int fill_table(Object *table, Object **args, Size n)
{
    Object *key, *value;
    if (n == 1) {
        if (!Dict_Check(args[0])) {
            return Err_Minus(Err_Set(EXC(TypeError), "if you give only one argument to maketrans it must be a dict"));
        }
        for (Size pos = 0; Dict_Next(args[0], &pos, &key, &value);) {
            TRY_INT(map_point(table, key, value));
        }
        return 0;
    }
    for (Size i = 0; i < n; i++) {
        if (!Str_Check(args[i])) {
            return Err_Minus(i == 0 ? Err_Set(EXC(TypeError), "first maketrans argument must be a string if there is a second argument")
                             : Err_Set(EXC(TypeError), "maketrans() argument %zd must be str, not %T", i + 1, args[i]));
        }
    }
    if (STR_LEN(args[0]) != STR_LEN(args[1])) {
        return Err_Minus(Err_Set(EXC(ValueError), "the first two maketrans arguments must have equal length"));
    }
    TRY_INT(map_points(table, args[0], args[1]));
    return n > 2 ? map_points(table, args[2], NULL) : 0;
}
DEF(str_maketrans)
{
    IGNORE;
    Object *table = Dict_New();
    if (table != NULL && fill_table(table, args, n) < 0) {
        CLEAR(table);
    }
    return table;
}
static void add_point(Buf *b, Object *number)
{
    Size point = Number_AsSize(number, NULL);
    if (point < 0 || point > 0x10FFFF) {
        Err_Set(EXC(ValueError), "character mapping must be in range(0x110000)");
        b->failed = true;
    } else {
        Buf_Char(b, (uint32_t)point);
    }
}
DEF(str_format_map)
{
    IGNORE;
    return Str_FormatMap(self, args[0]);
}
DEF(str_newargs) { IGNORE; Object *s = Str_Sub(self, 0, STR_LEN(self)), *r = s == NULL ? NULL : Tuple_Pack(1, s); XUnref(s); return r; }
DEF(str_translate)
{
    IGNORE;
    Buf b;
    Buf_Init(&b);
    for (Size i = 0; i < STR_LEN(self) && !b.failed; i++) {
        Object *point = Int_FromLong(Str_At(self, i)), *to = point == NULL ? NULL : Object_GetItem(args[0], point);
        XUnref(point);
        if (to == NULL && !Err_Swallow(EXC(LookupError))) b.failed = true;
        else if (to == NULL) Buf_Char(&b, Str_At(self, i));
        else if (Int_Check(to)) add_point(&b, to);
        else if (Str_Check(to)) Buf_Str(&b, to);
        else if (to != None) b.failed = Err_Set(EXC(TypeError), "character mapping must return integer, None or str") == NULL;
        XUnref(to);
    }
    return Buf_Finish(&b);
}
DEF(str_format_) { IGNORE; return Str_FormatSpec(self, args[0]); }

const MethodDef Str_Methods[] = {
    {"find", str_find, 1, 3, NULL, 0}, {"rfind", str_rfind, 1, 3, NULL, 0}, {"index", str_index, 1, 3, NULL, 0},
    {"rindex", str_rindex, 1, 3, NULL, 0}, {"count", str_count, 1, 3, NULL, 0},
    {"startswith", str_startswith, 1, 3, NULL, 0}, {"endswith", str_endswith, 1, 3, NULL, 0},
    {"removeprefix", str_removeprefix, 1, 1, NULL, 0}, {"removesuffix", str_removesuffix, 1, 1, NULL, 0},
    {"strip", str_strip, 0, 1, NULL, 0}, {"lstrip", str_lstrip, 0, 1, NULL, 0}, {"rstrip", str_rstrip, 0, 1, NULL, 0},
    {"split", str_split, 0, 2, "sep maxsplit", 0}, {"rsplit", str_rsplit, 0, 2, "sep maxsplit", 0},
    {"splitlines", str_splitlines, 0, 1, "keepends", 0}, {"join", str_join, 1, 1, NULL, 0}, {"replace", str_replace, 2, 3, NULL, 0},
    {"ljust", str_ljust, 1, 2, NULL, 0}, {"rjust", str_rjust, 1, 2, NULL, 0}, {"center", str_center, 1, 2, NULL, 0},
    {"zfill", str_zfill, 1, 1, NULL, 0}, {"expandtabs", str_expandtabs, 0, 1, "tabsize", 0},
    {"partition", str_partition, 1, 1, NULL, 0}, {"rpartition", str_rpartition, 1, 1, NULL, 0},
    {"encode", str_encode, 0, 2, "encoding errors", 0}, {"format", Str_MethodFormat, 0, -1, NULL, METH_RAW},
    {"maketrans", str_maketrans, 1, 3, NULL, METH_STATIC}, {"translate", str_translate, 1, 1, NULL, 0},
    {"__format__", str_format_, 1, 1, NULL, 0}, {"format_map", str_format_map, 1, 1, NULL, 0}, {"__getnewargs__", str_newargs, 0, 0, NULL, 0},
    {NULL, NULL, 0, 0, NULL, 0}};
