/* The module _weakref: references and proxies; the collections are in Lib/weakref.py. */
#include "rabbit.h"

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames

DEF(weakref_proxy)
{
    IGNORE;
    Type *type = TYPE(args[0])->call != NULL ? &WeakCallableProxy_Type : &WeakProxy_Type;
    return Weak_New(type, args[0], args[1]);
}

DEF(weakref_count)
{
    IGNORE;
    Size count = 0;
    for (WeakRef *w = Weak_First(args[0]); w != NULL; w = w->next) {
        count++;
    }
    return Int_FromLong(count);
}

DEF(weakref_list)
{
    IGNORE;
    Object *list = List_New(0);
    for (WeakRef *w = Weak_First(args[0]); list != NULL && w != NULL; w = w->next) {
        if (List_Append(list, (Object *)w) < 0) {
            CLEAR(list);
        }
    }
    return list;
}

static const MethodDef functions[] = {
    {"proxy", weakref_proxy, 1, 2, NULL, 0}, {"getweakrefcount", weakref_count, 1, 1, NULL, 0},
    {"getweakrefs", weakref_list, 1, 1, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0},
};

int Init__weakref(Object *module)
{
    Object *dict = MODULE_DICT(module);
    TRY_INT(Module_AddFunctions(module, functions));
    TRY_INT(Dict_SetStr(dict, "ref", (Object *)&WeakRef_Type));
    TRY_INT(Dict_SetStr(dict, "ReferenceType", (Object *)&WeakRef_Type));
    TRY_INT(Dict_SetStr(dict, "ProxyType", (Object *)&WeakProxy_Type));
    return Dict_SetStr(dict, "CallableProxyType", (Object *)&WeakCallableProxy_Type);
}
