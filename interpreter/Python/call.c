/* Calls: every callable answers to (args, n, kwnames). Arguments are borrowed from the caller, who
   keeps them alive for the whole call. */
#include "rabbit.h"

Object *Call(Object *f, Object **args, Size n, Object *kwnames)
{
    CallFn call = TYPE(f)->call;
    if (call == NULL) {
        return Err_Set(EXC(TypeError), "'%T' object is not callable", f);
    }
    if (!Stack_Ok(" while calling a Python object")) {
        return NULL;
    }
    Object *r = call(f, args, n, kwnames != NULL && TUPLE_LEN(kwnames) == 0 ? NULL : kwnames);
    assert((r == NULL) == (Err_Occurred() != NULL));
    return r;
}

Object *Call0(Object *f) { return Call(f, NULL, 0, NULL); }
Object *Call1(Object *f, Object *a) { return Call(f, &a, 1, NULL); }
Object *Call2(Object *f, Object *a, Object *b)
{
    Object *args[] = {a, b};
    return Call(f, args, 2, NULL);
}

Object *CallEx(Object *f, Object *args, Object *kwargs)
{
    Size n = TUPLE_LEN(args), kw = kwargs == NULL ? 0 : DICT_LEN(kwargs);
    if (kw == 0) {
        return Call(f, ((Tuple *)args)->items, n, NULL);
    }
    Object *names = Tuple_New(kw), *values = List_From(((Tuple *)args)->items, n), *key, *value, *r = NULL;
    Size i = 0;
    for (Size pos = 0; names != NULL && values != NULL && Dict_Next(kwargs, &pos, &key, &value);) {
        if (!Str_Check(key)) {
            Err_Set(EXC(TypeError), "keywords must be strings");
            CLEAR(values);
        } else {
            TUPLE_ITEM(names, i++) = Ref(key);
            if (List_Append(values, value) < 0) CLEAR(values);
        }
    }
    if (names != NULL && values != NULL) {
        r = Call(f, ((List *)values)->items, n, names);
    }
    XUnref(names), XUnref(values);
    return r;
}

/* Call a method that Object_GetMethod found. Steals method. */
static Object *call_found(Object *o, Object *method, bool unbound, Size n, Object **args)
{
    Object *stack[5], *r;
    if (unbound && n < COUNT(stack)) {
        stack[0] = o;
        Mem_Copy(stack + 1, args, (size_t)n * sizeof(Object *));
        r = Call(method, stack, n + 1, NULL);
    } else if (unbound) {
        Object *bound = Method_New(method, o);
        r = bound == NULL ? NULL : Call(bound, args, n, NULL);
        XUnref(bound);
    } else {
        r = Call(method, args, n, NULL);
    }
    Unref(method);
    return r;
}

Object *CallMethod(Object *o, Object *name, Size n, Object **args)
{
    Object *method;
    int unbound = Object_GetMethod(o, name, &method);
    return unbound < 0 ? NULL : call_found(o, method, unbound, n, args);
}

/* A special method is looked for in the class alone: what the instance has under that name does not count. */
Object *CallSpecial(Object *o, Object *name, Size n, Object **args)
{
    Object *method = XRef(Type_Lookup(TYPE(o), name));
    if (method == NULL) {
        return Err_Occurred() ? NULL : Err_Set(EXC(AttributeError), "'%T' object has no attribute '%U'", o, name);
    }
    bool unbound = TYPE(method) == &Function_Type || TYPE(method) == &MethodDescr_Type;
    if (!unbound && TYPE(method)->descr_get != NULL) {
        ASSIGN(method, TYPE(method)->descr_get(method, o, (Object *)TYPE(o)));
    }
    return method == NULL ? NULL : call_found(o, method, unbound, n, args);
}

int No_Keywords(const char *name, Object *kwnames)
{
    return kwnames == NULL || TUPLE_LEN(kwnames) == 0 ? 0 : Err_Minus(Err_Set(EXC(TypeError), "%s() takes no keyword arguments", name));
}

Object *Kw_ToDict(Object **values, Object *kwnames)
{
    Object *dict = Dict_New();
    for (Size i = 0; dict != NULL && kwnames != NULL && i < TUPLE_LEN(kwnames); i++) {
        if (Dict_Set(dict, TUPLE_ITEM(kwnames, i), values[i]) < 0) {
            CLEAR(dict);
        }
    }
    return dict;
}

/* ---- methods written in C ---- */
enum { MAX_PARAMS = 10 };

/* Where `name` is among the words of `params`; "*" does not count. -1: nowhere. */
static int param_index(const char *params, Object *name)
{
    int index = 0;
    for (const char *p = params; *p != '\0'; p += strspn(p, " ")) {
        size_t len = strcspn(p, " ");
        if (!(len == 1 && *p == '*')) {
            if ((Size)len == STR_LEN(name) && ((Str *)name)->ascii && memcmp(STR_DATA(name), p, len) == 0) {
                return index;
            }
            index++;
        }
        p += len;
    }
    return -1;
}

static int count_params(const char *params)
{
    int n = 0;
    for (const char *p = params; *p != '\0'; p += strspn(p, " ")) {
        n += *p != '*';
        p += strcspn(p, " ");
    }
    return n;
}

static Object *wrong_count(const MethodDef *def, Size n)
{
    if (def->min == def->max && def->max == 0) {
        return Err_Set(EXC(TypeError), "%s() takes no arguments (%zd given)", def->name, n);
    }
    if (def->min == def->max && def->max == 1) {
        return Err_Set(EXC(TypeError), "%s() takes exactly one argument (%zd given)", def->name, n);
    }
    if (def->min == def->max) {
        return Err_Set(EXC(TypeError), "%s expected %d arguments, got %zd", def->name, def->max, n);
    }
    bool few = n < def->min;
    int limit = few ? def->min : def->max;
    return Err_Set(EXC(TypeError), "%s expected at %s %d argument%s, got %zd", def->name, few ? "least" : "most", limit, limit == 1 ? "" : "s", n);
}

static Object *call_by_name(const MethodDef *def, Object *self, Object **args, Size n, Object *kwnames)
{
    Object *slots[MAX_PARAMS] = {NULL};
    if (n > def->max) {
        return wrong_count(def, n);
    }
    if (n > 0) {
        Mem_Copy(slots, args, (size_t)n * sizeof(Object *));
    }
    for (Size i = 0; kwnames != NULL && i < TUPLE_LEN(kwnames); i++) {
        int at = param_index(def->params, TUPLE_ITEM(kwnames, i));
        if (at < 0) {
            return Err_Set(EXC(TypeError), "'%U' is an invalid keyword argument for %s()", TUPLE_ITEM(kwnames, i), def->name);
        }
        if (slots[at] != NULL) {
            return Err_Set(EXC(TypeError), "argument for %s() given by name ('%U') and position (%d)", def->name, TUPLE_ITEM(kwnames, i), at + 1);
        }
        slots[at] = args[n + i];
    }
    for (int i = 0; i < def->min; i++) {
        if (slots[i] == NULL) {
            return Err_Set(EXC(TypeError), "%s() missing required argument (pos %d)", def->name, i + 1);
        }
    }
    return def->fn(self, slots, count_params(def->params), NULL);
}

Object *CallDef(const MethodDef *def, Object *self, Object **args, Size n, Object *kwnames)
{
    if (def->kind & METH_RAW) {
        return def->fn(self, args, n, kwnames);
    }
    if (def->params != NULL) {
        return call_by_name(def, self, args, n, kwnames);
    }
    if (No_Keywords(def->name, kwnames) < 0) {
        return NULL;
    }
    if (n < def->min || (def->max >= 0 && n > def->max)) {
        return wrong_count(def, n);
    }
    if (def->max < 0 || def->max > 6) {
        return def->fn(self, args, n, NULL);
    }
    Object *padded[7] = {NULL};
    for (Size i = 0; i < n; i++) {
        padded[i] = args[i];
    }
    return def->fn(self, padded, n, NULL);
}
