/* The module unicodedata: what Objects/ucd.c knows, for programs. Normal form KC only. */
#include "rabbit.h"

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames

/* The one code point of the argument, or -1 with TypeError. */
static int64_t one_point(Object *o, const char *what)
{
    if (!Str_Check(o) || STR_LEN(o) != 1) {
        return Err_Minus(Err_Set(EXC(TypeError), "%s() argument must be a unicode character, not %T", what, o));
    }
    return Str_At(o, 0);
}

DEF(ud_category)
{
    IGNORE;
    int64_t c = one_point(args[0], "category");
    return c < 0 ? NULL : Str_New(Char_Category((uint32_t)c));
}

DEF(ud_digit)
{
    IGNORE;
    int64_t c = one_point(args[0], "digit");
    int value = c < 0 ? -1 : Char_DigitValue((uint32_t)c);
    if (c < 0 || value >= 0) {
        return c < 0 ? NULL : Int_FromLong(value);
    }
    return n > 1 ? Ref(args[1]) : Err_Set(EXC(ValueError), "not a digit");
}

DEF(ud_lookup)
{
    IGNORE;
    if (!Str_Check(args[0])) {
        return Err_Set(EXC(TypeError), "lookup() argument must be str, not %T", args[0]);
    }
    Size len;
    const char *name = Str_Utf8Len(args[0], &len);
    if (name == NULL) {
        return NULL;
    }
    uint32_t c = Char_ByName(name, len);
    return c == UINT32_MAX ? Err_Set(EXC(KeyError), "undefined character name '%U'", args[0]) : Str_FromChar(c);
}

DEF(ud_normalize)
{
    IGNORE;
    if (!Str_Check(args[0]) || !Str_Check(args[1])) {
        return Err_Set(EXC(TypeError), "normalize() arguments must be str");
    }
    return STR_IS(args[0], "NFKC") ? Str_Nfkc(args[1]) : Err_Set(EXC(ValueError), "invalid normalization form: only NFKC is known here");
}

static const MethodDef functions[] = {
    {"category", ud_category, 1, 1, NULL, 0}, {"digit", ud_digit, 1, 2, NULL, 0}, {"lookup", ud_lookup, 1, 1, NULL, 0},
    {"normalize", ud_normalize, 2, 2, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0},
};

int Init_unicodedata(Object *module)
{
    TRY_INT(Module_AddFunctions(module, functions));
    return Dict_SetNew(MODULE_DICT(module), "unidata_version", Str_New(Ucd_Version()));
}
