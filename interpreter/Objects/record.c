/* A record is a tuple whose __dict__ has the fields by name; __name__ is for repr. */
#include "rabbit.h"
#include "record.h"

static Object *fill(Object *r, const char *name, const char *fields, Object **values, Size n)
{
    Object *dict = Object_Dict(r);
    if (dict == NULL || Dict_SetNew(dict, "__name__", Str_New(name)) < 0) {
        return NULL;
    }
    for (Size i = 0; i < n; i++, fields += strspn(fields, " ")) {
        size_t len = strcspn(fields, " ");
        Object *field = Str_Intern(Str_FromUtf8(fields, (Size)len, NULL));
        TUPLE_ITEM(r, i) = XRef(values[i]);
        TUPLE_LEN(r) = i + 1;
        int done = field == NULL || values[i] == NULL ? -1 : Dict_Set(dict, field, values[i]);
        XUnref(field);
        if (done < 0) {
            return NULL;
        }
        fields += len;
    }
    return r;
}

Object *Record_New(const char *name, const char *fields, Object **values)
{
    Size n = 1;
    for (const char *p = fields; *p != '\0'; p++) n += *p == ' ';
    Object *r = Object_Alloc(&Record_Type, n * (Size)sizeof(Object *));
    if (r != NULL && fill(r, name, fields, values, n) == NULL) {
        CLEAR(r);
    }
    for (Size i = 0; i < n; i++) {
        XUnref(values[i]);
    }
    return r;
}

static Object *record_repr(Object *o)
{
    Object *dict = Object_Dict(o), *key, *value;
    Buf b;
    Buf_Init(&b);
    Size i = -1;
    for (Size pos = 0; !b.failed && Dict_Next(dict, &pos, &key, &value); i++) {
        if (i < 0) Buf_Own(&b, Str_Format("%S(", value));
        else Buf_Own(&b, Str_Format(i > 0 ? ", %S=%R" : "%S=%R", key, value));
    }
    Buf_Char(&b, ')');
    return Buf_Finish(&b);
}

Type Record_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "record", .size = sizeof(Tuple) - sizeof(Object *), .base = &Tuple_Type,
    .flags = T_GC | T_HASDICT | T_ABSTRACT, .repr = record_repr,
};
