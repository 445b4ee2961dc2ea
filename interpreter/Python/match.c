/* What `match` asks of its subject: the values of keys, the attributes of a class pattern. */
#include "vm.h"

enum { ABC_SEQUENCE = 1 << 5, ABC_MAPPING = 1 << 6 };

/* Classes tell what they are by __abc_tpflags__, as collections.abc does. */
static bool says(Object *o, int64_t flag)
{
    int overflow;
    Object *name = Str_Id("__abc_tpflags__"), *flags = name == NULL ? NULL : Type_Lookup(TYPE(o), name);
    bool yes = flags != NULL && Int_Check(flags) && (Int_AsLong(flags, &overflow) & flag);
    XUnref(name);
    Err_Clear();
    return yes;
}

bool Match_IsMapping(Object *o) { return Dict_Check(o) || (IS_A(o, T_HEAP) && says(o, ABC_MAPPING)); }
bool Match_IsSequence(Object *o)
{
    return List_Check(o) || Tuple_Check(o) || TYPE(o) == &Range_Type || (IS_A(o, T_HEAP) && !Str_Check(o) && !Bytes_Check(o) && says(o, ABC_SEQUENCE));
}

static int note_seen(Object *seen, Object *key, Type *error, const char *format, const char *who)
{
    int again = Set_Contains(seen, key);
    if (again == 0) {
        return Set_Add(seen, key);
    }
    return again < 0 ? -1 : Err_Minus(who == NULL ? Err_Set(error, format, key) : Err_Set(error, format, who, key));
}

/* 1 found, 0 not, -1 exception */
static int look_up(Object *subject, Object *key, Object **value)
{
    if (TYPE(subject) == &Dict_Type) {
        *value = XRef(Dict_Get(subject, key));
        return *value != NULL ? 1 : Err_Occurred() ? -1 : 0;
    }
    Object *missing = Tuple_Pack(1, None), *args[] = {key, missing};
    *value = missing == NULL ? NULL : CallMethod(subject, ID(get), 2, args);
    int r = *value == NULL ? -1 : *value != missing;
    if (r == 0) {
        CLEAR(*value);
    }
    XUnref(missing);
    return r;
}

Object *Match_Keys(Object *subject, Object *keys)
{
    Size n = TUPLE_LEN(keys);
    Object *seen = Set_New(NULL), *values = seen == NULL ? NULL : List_New(0), *value, *r = NULL;
    int found = values == NULL ? -1 : 1;
    for (Size i = 0; found == 1 && i < n; i++) {
        Object *key = TUPLE_ITEM(keys, i);
        found = note_seen(seen, key, EXC(ValueError), "mapping pattern checks duplicate key (%R)", NULL) < 0 ? -1 : look_up(subject, key, &value);
        if (found == 1 && List_AppendNew(values, value) < 0) {
            found = -1;
        }
    }
    r = found == 1 ? List_ToTuple(values) : found == 0 ? Ref(None) : NULL;
    XUnref(seen), XUnref(values);
    return r;
}

/* 1 the value is in the list, 0 there is no such attribute, -1 exception */
static int take_attribute(Object *subject, Type *type, Object *name, Object *seen, Object *values)
{
    Object *value;
    TRY_INT(note_seen(seen, name, EXC(TypeError), "%s() got multiple sub-patterns for attribute %R", type->name));
    int found = Object_LookupAttr(subject, name, &value);
    return found == 1 && List_AppendNew(values, value) < 0 ? -1 : found;
}

/* The built-in types whose one positional pattern is the subject itself. */
static bool matches_itself(Type *type)
{
    return (type->flags & (T_INT | T_STR | T_LIST | T_TUPLE | T_DICT | T_BYTES)) || Type_IsSubtype(type, &Float_Type)
        || Type_IsSubtype(type, &Set_Type) || Type_IsSubtype(type, &FrozenSet_Type);
}

static int too_many(Type *type, Size allowed, Size given)
{
    return Err_Minus(Err_Set(EXC(TypeError), "%s() accepts %zd positional sub-pattern%s (%zd given)", type->name, allowed,
                             allowed == 1 ? "" : "s", given));
}

/* The positional patterns, by the names in __match_args__. */
static int take_positional(Object *subject, Type *type, Size n, Object *seen, Object *values)
{
    Object *names;
    int has = Object_LookupAttr((Object *)type, ID(__match_args__), &names), found = 1;
    if (has == 0 && matches_itself(type)) {
        return n > 1 ? too_many(type, 1, n) : List_Append(values, subject) < 0 ? -1 : 1;
    }
    if (has <= 0) {
        return has < 0 ? -1 : too_many(type, 0, n);
    }
    if (!Tuple_Check(names)) {
        found = Err_Minus(Err_Set(EXC(TypeError), "%s.__match_args__ must be a tuple (got %T)", type->name, names));
    } else if (TUPLE_LEN(names) < n) {
        found = too_many(type, TUPLE_LEN(names), n);
    }
    for (Size i = 0; found == 1 && i < n; i++) {
        Object *name = TUPLE_ITEM(names, i);
        found = Str_Check(name) ? take_attribute(subject, type, name, seen, values)
            : Err_Minus(Err_Set(EXC(TypeError), "__match_args__ elements must be strings (got %T)", name));
    }
    Unref(names);
    return found;
}

Object *Match_Class(Object *subject, Object *cls, Size n, Object *names)
{
    if (!IS_A(cls, T_TYPE)) {
        return Err_Set(EXC(TypeError), "called match pattern must be a class");
    }
    int found = Object_IsInstance(subject, cls);
    if (found <= 0) {
        return found < 0 ? NULL : Ref(None);
    }
    Object *seen = Set_New(NULL), *values = seen == NULL ? NULL : List_New(0);
    found = values == NULL ? -1 : n == 0 ? 1 : take_positional(subject, (Type *)cls, n, seen, values);
    for (Size i = 0; found == 1 && i < TUPLE_LEN(names); i++) {
        found = take_attribute(subject, (Type *)cls, TUPLE_ITEM(names, i), seen, values);
    }
    Object *r = found == 1 ? List_ToTuple(values) : found == 0 ? Ref(None) : NULL;
    XUnref(seen), XUnref(values);
    return r;
}
