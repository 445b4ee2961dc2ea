/* Attributes: data descriptors of the type, then the instance's __dict__, then the rest of the type.
   Names are borrowed; values are new references. */
#include "rabbit.h"

Object *Object_GetAttr(Object *o, Object *name)
{
    if (!Str_Check(name)) {
        return Err_Set(EXC(TypeError), "attribute name must be string, not '%T'", name);
    }
    return TYPE(o)->getattro(o, name);
}

Object *Object_GetAttrStr(Object *o, const char *name)
{
    Object *id = Str_Id(name);
    Object *value = id == NULL ? NULL : Object_GetAttr(o, id);
    XUnref(id);
    return value;
}

int Object_LookupAttr(Object *o, Object *name, Object **result)
{
    *result = Object_GetAttr(o, name);
    if (*result != NULL) {
        return 1;
    }
    return Err_Swallow(EXC(AttributeError)) ? 0 : -1;
}

int Object_SetAttr(Object *o, Object *name, Object *value)
{
    if (!Str_Check(name)) {
        Err_Set(EXC(TypeError), "attribute name must be string, not '%T'", name);
        return -1;
    }
    return TYPE(o)->setattro(o, name, value);
}

int Object_SetAttrStr(Object *o, const char *name, Object *value)
{
    Object *id = Str_Id(name);
    int r = id == NULL ? -1 : Object_SetAttr(o, id, value);
    XUnref(id);
    return r;
}

Object *Object_Dict(Object *o)
{
    if (!IS_A(o, T_HASDICT)) {
        return NULL;
    }
    if (GC_HEAD(o)->dict == NULL && Instance_Dict(o) == 0 && GC_HEAD(o)->dict == NULL) {
        GC_HEAD(o)->dict = Dict_New();
    }
    return GC_HEAD(o)->dict;
}

static Object *instance_get(Object *o, Object *name)
{
    if (!IS_A(o, T_HASDICT)) {
        return NULL;
    }
    Object *dict = GC_HEAD(o)->dict;
    if (dict == NULL && GC_HEAD(o)->nvalues > 0) {
        if (TYPE(name) == &Str_Type) {
            Size i = Instance_Index(TYPE(o), name);
            return i < 0 ? NULL : XRef(Instance_Get(o, i));
        }
        dict = Object_Dict(o);
    }
    return dict == NULL ? NULL : XRef(Dict_Get(dict, name));
}

static Object *no_attribute(Object *o, Object *name)
{
    Err_Set(EXC(AttributeError), "'%T' object has no attribute '%U'", o, name);
    Object *exc = Err_Fetch();
    if (exc != NULL && Object_SetAttr(exc, ID(name), name) == 0 && Object_SetAttr(exc, ID(obj), o) == 0) {
        Err_Restore(exc);
        return NULL;
    }
    XUnref(exc);
    return NULL;
}

Object *Object_GenericGetAttr(Object *o, Object *name)
{
    Object *found = XRef(Type_Lookup(TYPE(o), name));
    TernaryFn get = found == NULL ? NULL : TYPE(found)->descr_get;
    Object *value;
    if (get != NULL && TYPE(found)->descr_set != NULL) {
        value = get(found, o, (Object *)TYPE(o));
        Unref(found);
        return value;
    }
    if ((value = instance_get(o, name)) != NULL || Err_Occurred()) {
        XUnref(found);
        return value;
    }
    if (get != NULL) {
        value = get(found, o, (Object *)TYPE(o));
        Unref(found);
        return value;
    }
    return found != NULL ? found : no_attribute(o, name);
}

/* 1 done, 0 not a matter of inline attributes, -1 exception */
static int set_inline(Object *o, Object *name, Object *value)
{
    if (GC_HEAD(o)->dict != NULL || TYPE(o)->room == 0 || TYPE(name) != &Str_Type) {
        return 0;
    }
    Size i = Instance_Index(TYPE(o), name);
    return i >= 0 && Instance_Put(o, i, value) ? 1 : Instance_Learn(o, name, value);
}

int Object_GenericSetAttr(Object *o, Object *name, Object *value)
{
    Object *found = Type_Lookup(TYPE(o), name);
    if (found != NULL && TYPE(found)->descr_set != NULL) {
        Ref(found);
        int r = TYPE(found)->descr_set(found, o, value);
        Unref(found);
        return r;
    }
    int inside = value != NULL && IS_A(o, T_HASDICT) ? set_inline(o, name, value) : 0;
    if (inside != 0) {
        return inside < 0 ? -1 : 0;
    }
    Object *dict = Object_Dict(o);
    if (dict == NULL) {
        if (!Err_Occurred()) {
            Err_Set(EXC(AttributeError), found == NULL ? "'%T' object has no attribute '%U'"
                    : "'%T' object attribute '%U' is read-only", o, name);
        }
        return -1;
    }
    if (value != NULL) {
        return Dict_Set(dict, name, value);
    }
    Object *old;
    int r = Dict_Pop(dict, name, &old);
    if (r == 1) {
        Unref(old);
    } else if (r == 0) {
        no_attribute(o, name);
    }
    return r == 1 ? 0 : -1;
}

/* For a call o.name(...): plain functions of the class come unbound, so that no bound method is made. */
int Object_GetMethod(Object *o, Object *name, Object **method)
{
    *method = NULL;
    if (TYPE(o)->getattro == Object_GenericGetAttr) {
        Object *found = Type_Lookup(TYPE(o), name);
        if (found != NULL && (TYPE(found) == &Function_Type || TYPE(found) == &MethodDescr_Type)) {
            Ref(found);
            Object *own = instance_get(o, name);
            if (own == NULL && !Err_Occurred()) {
                *method = found;
                return 1;
            }
            Unref(found);
            *method = own;
            return own == NULL ? -1 : 0;
        }
    }
    *method = Object_GetAttr(o, name);
    return *method == NULL ? -1 : 0;
}

static int add_names(Object *names, Object *dict)
{
    return dict == NULL ? 0 : Dict_Update(names, dict);
}

Object *Object_Dir(Object *o)
{
    Object *names = Dict_New();
    Type *type = IS_A(o, T_TYPE) ? (Type *)o : TYPE(o);
    int r = names == NULL ? -1 : 0;
    if (type != (Type *)o && IS_A(o, T_HASDICT) && r == 0) {
        r = Instance_Dict(o) < 0 ? -1 : add_names(names, GC_HEAD(o)->dict);
    }
    for (Size i = 0; r == 0 && !IsType(o, &Module_Type) && type->mro != NULL && i < TUPLE_LEN(type->mro); i++) {
        r = add_names(names, ((Type *)TUPLE_ITEM(type->mro, i))->dict);
    }
    Object *list = r < 0 ? NULL : Dict_Keys(names);
    XUnref(names);
    if (list != NULL && List_Sort(list, NULL, false) < 0) {
        CLEAR(list);
    }
    return list;
}
