/* Modules are their dicts. */
#include "rabbit.h"

Object *Module_New(Object *name)
{
    Object *m = Object_Alloc(&Module_Type, 0), *dict = m == NULL ? NULL : Object_Dict(m);
    if (dict == NULL || Dict_Set(dict, ID(__name__), name) < 0 || Dict_Set(dict, ID(__doc__), None) < 0
        || Dict_Set(dict, ID(__package__), None) < 0 || Dict_Set(dict, ID(__loader__), None) < 0 || Dict_Set(dict, ID(__spec__), None) < 0) {
        CLEAR(m);
    }
    return m;
}

int Module_AddFunctions(Object *module, const MethodDef *defs)
{
    Object *name = Dict_Get(MODULE_DICT(module), ID(__name__));
    for (; defs->name != NULL; defs++) {
        TRY_INT(Dict_SetNew(MODULE_DICT(module), defs->name, Builtin_New(defs, NULL, name)));
    }
    return 0;
}

static Object *module_new(Type *type, Object **args, Size n, Object *kwnames)
{
    (void)args, (void)n, (void)kwnames;
    Object *m = Object_Alloc(type, 0);
    if (m != NULL && Object_Dict(m) == NULL) {
        CLEAR(m);
    }
    return m;
}
static int module_init(Object *self, Object **args, Size n, Object *kwnames)
{
    Size all = n + (kwnames == NULL ? 0 : TUPLE_LEN(kwnames));
    if (all < 1 || all > 2 || !Str_Check(args[0])) {
        return Err_Minus(Err_Set(EXC(TypeError), "module() needs a name: module(name, doc=None)"));
    }
    TRY_INT(Dict_Set(MODULE_DICT(self), ID(__name__), args[0]));
    return Dict_Set(MODULE_DICT(self), ID(__doc__), all > 1 ? args[1] : None);
}
static Object *module_getattro(Object *o, Object *name)
{
    Object *r = Object_GenericGetAttr(o, name);
    if (r != NULL || !Err_Swallow(EXC(AttributeError))) {
        return r;
    }
    Object *hook = Dict_Get(MODULE_DICT(o), ID(__getattr__)), *self = Dict_Get(MODULE_DICT(o), ID(__name__));
    if (hook != NULL) {
        return Call1(hook, name);
    }
    return self != NULL && Str_Check(self) ? Err_Set(EXC(AttributeError), "module '%U' has no attribute '%U'", self, name)
        : Err_Set(EXC(AttributeError), "module has no attribute '%U'", name);
}
static Object *module_repr(Object *o)
{
    Object *name = Dict_Get(MODULE_DICT(o), ID(__name__)), *file = Dict_Get(MODULE_DICT(o), ID(__file__));
    bool builtin = name != NULL && Str_Check(name) && (Import_IsBuiltin(name) || STR_IS(name, "__main__"));
    return file != NULL ? Str_Format("<module %R from %R>", name == NULL ? None : name, file)
        : Str_Format(builtin ? "<module %R (built-in)>" : "<module %R>", name == NULL ? None : name);
}
Type Module_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "module", .size = sizeof(Module), .flags = T_BASE | T_GC | T_HASDICT,
    .new = module_new, .init = module_init, .getattro = module_getattro, .repr = module_repr,
};
