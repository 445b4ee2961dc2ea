/* UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError: which part of what could not be brought from text to bytes or back. */
#include "rabbit.h"

/* The new object that `object` is goes into the exception; NULL: it could not be made, and that is the exception. */
void *Err_Unicode(Type *type, const char *codec, Object *object, Size start, Size end, const char *why)
{
    Object *args[] = {Str_New(codec), object, Int_FromLong(start), Int_FromLong(end), Str_New(why)}, *exc = NULL;
    bool whole = true;
    for (Size i = 0; i < COUNT(args); i++) whole = whole && args[i] != NULL;
    exc = whole ? Call((Object *)type, args, COUNT(args), NULL) : NULL;
    for (Size i = 0; i < COUNT(args); i++) XUnref(args[i]);
    return exc == NULL ? NULL : Err_Raise(exc);
}

/* What the arguments are, in order: e encoding, b bytes, s text, n a position, r the reason. */
static const char *shape(Object *self)
{
    return IsType(self, EXC(UnicodeDecodeError)) ? "ebnmr" : IsType(self, EXC(UnicodeEncodeError)) ? "esnmr" : "snmr";
}

static int check(char kind, Object *value, Size number)
{
    if (kind == 'n' || kind == 'm') {
        Size at = Number_AsSize(value, EXC(OverflowError));
        return at == -1 && Err_Occurred() ? -1 : 0;
    }
    if (kind == 'b') {
        return Bytes_Check(value) || IsType(value, &ByteArray_Type) ? 0
            : Err_Minus(Err_Set(EXC(TypeError), "a bytes-like object is required, not '%T'", value));
    }
    return Str_Check(value) ? 0 : Err_Minus(Err_Set(EXC(TypeError), "argument %zd must be str, not %T", number, value));
}

int UnicodeExc_Init(Object *self, Object **args, Size n, Object *kwnames)
{
    const char *kinds = shape(self);
    Size wanted = (Size)strlen(kinds);
    TRY_INT(EXC(BaseException)->init(self, args, n, kwnames));
    if (n != wanted) {
        return Err_Minus(Err_Set(EXC(TypeError), "function takes exactly %zd arguments (%zd given)", wanted, n));
    }
    Object *dict = Object_Dict(self);
    for (Size i = 0; i < n; i++) {
        char kind = kinds[i];
        Object *name = kind == 'e' ? ID(encoding) : kind == 'n' ? ID(start) : kind == 'm' ? ID(end) : kind == 'r' ? ID(reason) : ID(object);
        TRY_INT(check(kind, args[i], i + 1));
        TRY_INT(dict == NULL ? -1 : Dict_Set(dict, name, args[i]));
    }
    return 0;
}

/* Where it is: start and end, which any program may have set. -1: exception. */
static int position(Object *dict, Size *start, Size *end)
{
    Object *from = Dict_Get(dict, ID(start)), *to = Dict_Get(dict, ID(end));
    *start = from == NULL ? 0 : Number_AsSize(from, EXC(OverflowError));
    *end = to == NULL ? 0 : Number_AsSize(to, EXC(OverflowError));
    return Err_Occurred() ? -1 : 0;
}

/* The one byte or character that it is about, as it is shown; false: there are several. */
static bool one_item(Object *object, Size start, Size end, char out[16])
{
    bool text = object != NULL && Str_Check(object), bytes = object != NULL && Bytes_Check(object);
    Size len = text ? STR_LEN(object) : bytes ? ((Bytes *)object)->len : 0;
    if (start < 0 || start >= len || end != start + 1) {
        return false;
    }
    uint32_t c = text ? Str_At(object, start) : (uint8_t)((Bytes *)object)->data[start];
    snprintf(out, 16, bytes ? "0x%02x" : c < 256 ? "\\x%02x" : c < 65536 ? "\\u%04x" : "\\U%08x", c);
    return true;
}

Object *UnicodeExc_Str(Object *self)
{
    Object *dict = Object_Dict(self), *object = dict == NULL ? NULL : Dict_Get(dict, ID(object));
    Object *codec = object == NULL ? NULL : Dict_Get(dict, ID(encoding)), *why = object == NULL ? NULL : Dict_Get(dict, ID(reason));
    Size start, end;
    char item[16];
    if (object == NULL || why == NULL) {
        return dict == NULL ? NULL : Ref(interp.empty_str);        /* __init__ has not run */
    }
    if (position(dict, &start, &end) < 0) {
        return NULL;
    }
    bool one = one_item(object, start, end, item), decode = IsType(self, EXC(UnicodeDecodeError));
    const char *noun = decode ? "byte" : "character", *verb = decode ? "decode" : codec != NULL ? "encode" : "translate";
    Object *where = one ? Str_Format(decode ? "%s %s in position %zd" : "%s '%s' in position %zd", noun, item, start)
        : Str_Format("%ss in position %zd-%zd", noun, start, end - 1);
    Object *r = where == NULL ? NULL : codec != NULL ? Str_Format("'%S' codec can't %s %U: %S", codec, verb, where, why)
        : Str_Format("can't %s %U: %S", verb, where, why);
    XUnref(where);
    return r;
}
