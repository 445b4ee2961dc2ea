/* str: case, and what kind of characters it is made of, as the Unicode database has it (ucd.c). */
#include "rabbit.h"

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames

static void add_folded(Buf *b, uint32_t c, int how)
{
    uint32_t out[3];
    int n = Char_Fold(c, how, out);
    for (int i = 0; i < n; i++) {
        Buf_Char(b, out[i]);
    }
}

/* A capital sigma at the end of a word becomes a final one: a cased letter is before it and none behind,
   characters that case ignores looked past. */
static bool final_sigma(Object *s, Size at)
{
    Size i = at - 1, k = at + 1;
    while (i >= 0 && Char_IsCaseIgnorable(Str_At(s, i))) i--;
    while (k < STR_LEN(s) && Char_IsCaseIgnorable(Str_At(s, k))) k++;
    return i >= 0 && Char_IsCased(Str_At(s, i)) && !(k < STR_LEN(s) && Char_IsCased(Str_At(s, k)));
}

static void add_lower(Buf *b, Object *s, Size i)
{
    uint32_t c = Str_At(s, i);
    if (c == 0x3A3) {
        Buf_Char(b, final_sigma(s, i) ? 0x3C2 : 0x3C3);
    } else {
        add_folded(b, c, FOLD_LOWER);
    }
}

static Object *ascii_case(Object *self, uint8_t first, uint8_t last)
{
    Size n = STR_LEN(self);
    const uint8_t *from = STR_DATA(self);
    Str *r = Object_Alloc(&Str_Type, n + 1);
    if (r == NULL) {
        return NULL;
    }
    r->len = n, r->hash = -1, r->kind = 1, r->ascii = true;
    uint8_t *to = STR_DATA(r);
    for (Size i = 0; i < n; i++) {
        to[i] = from[i] ^ (uint8_t)(from[i] >= first && from[i] <= last ? 0x20 : 0);
    }
    return (Object *)r;
}

DEF(str_upper)
{
    IGNORE;
    if (((Str *)self)->ascii && STR_LEN(self) > 1) {
        return ascii_case(self, 'a', 'z');
    }
    Buf b;
    Buf_Init(&b);
    for (Size i = 0; i < STR_LEN(self); i++) add_folded(&b, Str_At(self, i), FOLD_UPPER);
    return Buf_Finish(&b);
}
DEF(str_lower)
{
    IGNORE;
    if (((Str *)self)->ascii && STR_LEN(self) > 1) {
        return ascii_case(self, 'A', 'Z');
    }
    Buf b;
    Buf_Init(&b);
    for (Size i = 0; i < STR_LEN(self); i++) add_lower(&b, self, i);
    return Buf_Finish(&b);
}
DEF(str_casefold)
{
    IGNORE;
    if (((Str *)self)->ascii && STR_LEN(self) > 1) {
        return ascii_case(self, 'A', 'Z');
    }
    Buf b;
    Buf_Init(&b);
    for (Size i = 0; i < STR_LEN(self); i++) add_folded(&b, Str_At(self, i), FOLD_CASE);
    return Buf_Finish(&b);
}
DEF(str_title)
{
    IGNORE;
    Buf b;
    Buf_Init(&b);
    bool inside = false;
    for (Size i = 0; i < STR_LEN(self); i++) {
        if (inside) add_lower(&b, self, i);
        else add_folded(&b, Str_At(self, i), FOLD_TITLE);
        inside = Char_IsCased(Str_At(self, i));
    }
    return Buf_Finish(&b);
}
DEF(str_capitalize)
{
    IGNORE;
    Buf b;
    Buf_Init(&b);
    for (Size i = 0; i < STR_LEN(self); i++) {
        if (i == 0) add_folded(&b, Str_At(self, i), FOLD_TITLE);
        else add_lower(&b, self, i);
    }
    return Buf_Finish(&b);
}
DEF(str_swapcase)
{
    IGNORE;
    Buf b;
    Buf_Init(&b);
    for (Size i = 0; i < STR_LEN(self); i++) {
        uint32_t c = Str_At(self, i);
        if (Char_IsUpper(c)) add_lower(&b, self, i);
        else if (Char_IsLower(c)) add_folded(&b, c, FOLD_UPPER);
        else Buf_Char(&b, c);
    }
    return Buf_Finish(&b);
}

static bool is_alnum(uint32_t c) { return Char_IsAlpha(c) || Char_IsDecimal(c) || Char_IsNumberDigit(c) || Char_IsNumeric(c); }
static Object *all_of(Object *self, bool (*test)(uint32_t), bool empty)
{
    for (Size i = 0; i < STR_LEN(self); i++) {
        if (!test(Str_At(self, i))) {
            return Ref(False);
        }
    }
    return Bool_From(STR_LEN(self) > 0 || empty);
}
DEF(str_isdigit) { IGNORE; return all_of(self, Char_IsNumberDigit, false); }
DEF(str_isdecimal) { IGNORE; return all_of(self, Char_IsDecimal, false); }
DEF(str_isnumeric) { IGNORE; return all_of(self, Char_IsNumeric, false); }
DEF(str_isalpha) { IGNORE; return all_of(self, Char_IsAlpha, false); }
DEF(str_isalnum) { IGNORE; return all_of(self, is_alnum, false); }
DEF(str_isspace) { IGNORE; return all_of(self, Char_IsSpace, false); }
DEF(str_isascii) { IGNORE; return Bool_From(((Str *)self)->ascii); }
DEF(str_isprintable) { IGNORE; return all_of(self, Char_IsPrintable, true); }

static Object *one_case(Object *self, bool (*good)(uint32_t), bool (*bad)(uint32_t))
{
    bool any = false;
    for (Size i = 0; i < STR_LEN(self); i++) {
        uint32_t c = Str_At(self, i);
        if (bad(c) || Char_IsTitle(c)) {
            return Ref(False);
        }
        any = any || good(c);
    }
    return Bool_From(any);
}
DEF(str_isupper) { IGNORE; return one_case(self, Char_IsUpper, Char_IsLower); }
DEF(str_islower) { IGNORE; return one_case(self, Char_IsLower, Char_IsUpper); }
DEF(str_istitle)
{
    IGNORE;
    bool inside = false, any = false;
    for (Size i = 0; i < STR_LEN(self); i++) {
        uint32_t c = Str_At(self, i);
        bool upper = Char_IsUpper(c) || Char_IsTitle(c), lower = Char_IsLower(c);
        if ((upper && inside) || (lower && !inside)) {
            return Ref(False);
        }
        inside = upper || lower;
        any = any || inside;
    }
    return Bool_From(any);
}
bool Str_IsIdentifier(Object *s)
{
    for (Size i = 0; i < STR_LEN(s); i++) {
        uint32_t c = Str_At(s, i);
        if (!(i == 0 ? Char_IsXidStart(c) : Char_IsXidContinue(c))) {
            return false;
        }
    }
    return STR_LEN(s) > 0;
}
DEF(str_isidentifier) { IGNORE; return Bool_From(Str_IsIdentifier(self)); }

/* A name that begins with two underscores and ends otherwise is private to the class: the class's name goes in front. */
Object *Str_Mangle(Object *private, Object *name)
{
    Size n = STR_LEN(name), skip = 0;
    if (n < 3 || Str_At(name, 0) != '_' || Str_At(name, 1) != '_'
        || (Str_At(name, n - 1) == '_' && Str_At(name, n - 2) == '_') || Str_Find(name, interp.chars['.'], 0, n, false) >= 0) {
        return Ref(name);
    }
    while (skip < STR_LEN(private) && Str_At(private, skip) == '_') skip++;
    if (skip == STR_LEN(private)) return Ref(name);
    Object *stripped = Str_Sub(private, skip, STR_LEN(private));
    Object *mangled = stripped == NULL ? NULL : Str_Format("_%U%U", stripped, name);
    XUnref(stripped);
    return mangled == NULL ? NULL : Str_Intern(mangled);
}

const MethodDef Str_CaseMethods[] = {
    {"upper", str_upper, 0, 0, NULL, 0}, {"lower", str_lower, 0, 0, NULL, 0}, {"title", str_title, 0, 0, NULL, 0},
    {"capitalize", str_capitalize, 0, 0, NULL, 0}, {"swapcase", str_swapcase, 0, 0, NULL, 0}, {"casefold", str_casefold, 0, 0, NULL, 0},
    {"isdigit", str_isdigit, 0, 0, NULL, 0}, {"isdecimal", str_isdecimal, 0, 0, NULL, 0}, {"isnumeric", str_isnumeric, 0, 0, NULL, 0},
    {"isalpha", str_isalpha, 0, 0, NULL, 0}, {"isalnum", str_isalnum, 0, 0, NULL, 0}, {"isspace", str_isspace, 0, 0, NULL, 0},
    {"isascii", str_isascii, 0, 0, NULL, 0}, {"isprintable", str_isprintable, 0, 0, NULL, 0}, {"isupper", str_isupper, 0, 0, NULL, 0},
    {"islower", str_islower, 0, 0, NULL, 0}, {"istitle", str_istitle, 0, 0, NULL, 0}, {"isidentifier", str_isidentifier, 0, 0, NULL, 0},
    {NULL, NULL, 0, 0, NULL, 0},
};
