/* Functions, bound methods, functions written in C, cells: the callables and what they hold. */
#include "rabbit.h"

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames
static Object *or_none(Object *o) { return Ref(o == NULL ? None : o); }

/* ---- function ---- */
Object *Function_New(Code *code, Object *globals, Object *qualname)
{
    Function *f = Object_Alloc(&Function_Type, 0);
    if (f != NULL) {
        f->code = Ref(code);
        f->globals = Ref(globals);
        f->builtins = Ref(Frame_Builtins(globals));
        f->name = Ref(code->name);
        f->qualname = Ref(qualname);
        f->module = XRef(Dict_Get(globals, ID(__name__)));
        Object *doc = TUPLE_LEN(code->consts) > 0 ? TUPLE_ITEM(code->consts, 0) : None;
        f->doc = Ref(Str_Check(doc) && (code->flags & CODE_NEWLOCALS) ? doc : None);
    }
    return (Object *)f;
}
static int function_traverse(Object *o, VisitFn visit, void *arg)
{
    Function *f = (Function *)o;
    VISIT(f->code);
    VISIT(f->globals);
    VISIT(f->builtins);
    VISIT(f->defaults);
    VISIT(f->kwdefaults);
    VISIT(f->closure);
    VISIT(f->doc);
    VISIT(f->annotations);
    VISIT(f->module);
    VISIT(f->type_params);
    return 0;
}
static void function_clear(Object *o)
{
    Function *f = (Function *)o;
    CLEAR(f->globals);
    CLEAR(f->builtins);
    CLEAR(f->defaults);
    CLEAR(f->kwdefaults);
    CLEAR(f->closure);
    CLEAR(f->name);
    CLEAR(f->qualname);
    CLEAR(f->module);
    CLEAR(f->doc);
    CLEAR(f->annotations);
    CLEAR(f->type_params);
    if (o->refcnt == 0) {
        CLEAR(f->code);
    }
}
static Object *function_repr(Object *o) { return Str_Format("<function %U at %p>", ((Function *)o)->qualname, o); }
static Object *function_get(Object *self, Object *instance, Object *type) { (void)type; return instance == NULL ? Ref(self) : Method_New(self, instance); }
#define STR_ATTR(field) \
    static Object *function_##field(Object *o) { return or_none(((Function *)o)->field); } \
    static int function_set_##field(Object *o, Object *value) { ASSIGN(((Function *)o)->field, Ref(value == NULL ? None : value)); return 0; }
static Object *function_name(Object *o) { return Ref(((Function *)o)->name); }
static Object *function_qualname(Object *o) { return Ref(((Function *)o)->qualname); }
static int set_text(Object **field, Object *value, const char *what)
{
    if (value == NULL || !Str_Check(value)) {
        return Err_Minus(Err_Set(EXC(TypeError), "%s must be set to a string object", what));
    }
    ASSIGN(*field, Ref(value));
    return 0;
}
static int function_set_name(Object *o, Object *value) { return set_text(&((Function *)o)->name, value, "__name__"); }
static int function_set_qualname(Object *o, Object *value) { return set_text(&((Function *)o)->qualname, value, "__qualname__"); }
STR_ATTR(module)
STR_ATTR(doc)
static int set_optional(Object **field, Object *value, unsigned flag, const char *what)
{
    if (value != NULL && value != None && !IS_A(value, flag)) {
        return Err_Minus(Err_Set(EXC(TypeError), "%s must be set to a %s object", what, flag == T_DICT ? "dict" : "tuple"));
    }
    ASSIGN(*field, value == NULL || value == None ? NULL : Ref(value));
    return 0;
}
static Object *function_defaults(Object *o) { return or_none(((Function *)o)->defaults); }
static int function_set_defaults(Object *o, Object *value) { return set_optional(&((Function *)o)->defaults, value, T_TUPLE, "__defaults__"); }
static Object *function_kwdefaults(Object *o) { return or_none(((Function *)o)->kwdefaults); }
static int function_set_kwdefaults(Object *o, Object *value) { return set_optional(&((Function *)o)->kwdefaults, value, T_DICT, "__kwdefaults__"); }
static Object *function_closure(Object *o) { return or_none(((Function *)o)->closure); }
static Object *function_code(Object *o) { return Ref(((Function *)o)->code); }
static int function_set_code(Object *o, Object *value)
{
    Function *f = (Function *)o;
    if (value == NULL || TYPE(value) != &Code_Type) {
        return Err_Minus(Err_Set(EXC(TypeError), "__code__ must be set to a code object"));
    }
    int has = f->closure == NULL ? 0 : (int)TUPLE_LEN(f->closure), wants = ((Code *)value)->nfrees;
    if (has != wants) {
        return Err_Minus(Err_Set(EXC(ValueError), "%U() requires a code object with %d free vars, not %d", f->name, has, wants));
    }
    ASSIGN(f->code, Ref(value));
    return 0;
}
static Object *function_globals(Object *o) { return Ref(((Function *)o)->globals); }
static Object *function_annotations(Object *o)
{
    Function *f = (Function *)o;
    if (f->annotations == NULL) {
        f->annotations = Dict_New();
    }
    return XRef(f->annotations);
}
static int function_set_annotations(Object *o, Object *value) { return set_optional(&((Function *)o)->annotations, value, T_DICT, "__annotations__"); }
static Object *function_builtins(Object *o) { return Ref(((Function *)o)->builtins); }
static Object *function_type_params(Object *o) { return Ref(((Function *)o)->type_params == NULL ? interp.empty_tuple : ((Function *)o)->type_params); }
static int function_set_type_params(Object *o, Object *value)
{
    if (value == NULL || !Tuple_Check(value)) {
        return Err_Minus(Err_Set(EXC(TypeError), "__type_params__ must be set to a tuple"));
    }
    ASSIGN(((Function *)o)->type_params, Ref(value));
    return 0;
}
static const GetSetDef function_getsets[] = {
    {"__name__", function_name, function_set_name}, {"__qualname__", function_qualname, function_set_qualname},
    {"__module__", function_module, function_set_module}, {"__doc__", function_doc, function_set_doc},
    {"__defaults__", function_defaults, function_set_defaults}, {"__kwdefaults__", function_kwdefaults, function_set_kwdefaults},
    {"__closure__", function_closure, NULL}, {"__code__", function_code, function_set_code}, {"__globals__", function_globals, NULL},
    {"__builtins__", function_builtins, NULL}, {"__type_params__", function_type_params, function_set_type_params},
    {"__annotations__", function_annotations, function_set_annotations}, {NULL, NULL, NULL}};
/* function(code, globals, name=None, argdefs=None, closure=None) */
static Object *function_new(Type *type, Object **args, Size n, Object *kwnames)
{
    static const char *const names[] = {"code", "globals", "name", "argdefs", "closure"};
    Object *v[5] = {NULL};
    (void)type;
    for (Size i = 0; i < n && i < 5; i++) {
        v[i] = args[i];
    }
    for (Size i = 0; kwnames != NULL && i < TUPLE_LEN(kwnames); i++) {
        for (int k = 0; k < 5; k++) {
            if (STR_IS(TUPLE_ITEM(kwnames, i), names[k])) v[k] = args[n + i];
        }
    }
    if (v[0] == NULL || TYPE(v[0]) != &Code_Type || v[1] == NULL || !Dict_Check(v[1])) {
        return Err_Set(EXC(TypeError), "function() needs a code object and a dict of globals");
    }
    Object *closure = v[4] == NULL || v[4] == None ? NULL : v[4];
    Size wants = ((Code *)v[0])->nfrees, has = closure == NULL ? 0 : Tuple_Check(closure) ? TUPLE_LEN(closure) : -1;
    if (has != wants) {
        return Err_Set(closure == NULL ? EXC(TypeError) : EXC(ValueError), "%U requires closure of length %zd, not %zd", ((Code *)v[0])->name, wants, has);
    }
    Function *f = (Function *)Function_New((Code *)v[0], v[1], ((Code *)v[0])->qualname);
    if (f != NULL && v[2] != NULL && v[2] != None && function_set_name((Object *)f, v[2]) < 0) {
        CLEAR(f);
    }
    if (f != NULL && v[3] != NULL && function_set_defaults((Object *)f, v[3]) < 0) {
        CLEAR(f);
    }
    if (f != NULL) {
        f->closure = XRef(closure);
    }
    return (Object *)f;
}
static int ready_made(Object *self, Object **args, Size n, Object *kwnames) { IGNORE; return 0; }
Type Function_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "function", .size = sizeof(Function), .flags = T_GC | T_HASDICT, .new = function_new, .init = ready_made,
    .traverse = function_traverse, .clear = function_clear, .repr = function_repr, .call = Function_Call,
    .descr_get = function_get, .getsets = function_getsets,
};

/* ---- bound method ---- */
Object *Method_New(Object *func, Object *self)
{
    Method *m = Object_Alloc(&Method_Type, 0);
    if (m != NULL) {
        m->func = Ref(func), m->self = Ref(self);
    }
    return (Object *)m;
}
static int method_traverse(Object *o, VisitFn visit, void *arg) { VISIT(((Method *)o)->func); VISIT(((Method *)o)->self); return 0; }
static void method_clear(Object *o) { CLEAR(((Method *)o)->func); CLEAR(((Method *)o)->self); }
static Object *method_call(Object *o, Object **args, Size n, Object *kwnames)
{
    Method *m = (Method *)o;
    Size total = n + (kwnames == NULL ? 0 : TUPLE_LEN(kwnames));
    Object *few[8], **stack = total < 8 ? few : Mem_Alloc((size_t)(total + 1) * sizeof(Object *));
    if (stack == NULL) {
        return Err_NoMemory();
    }
    stack[0] = m->self;
    if (total > 0) {
        Mem_Copy(stack + 1, args, (size_t)total * sizeof(Object *));
    }
    Object *func = Ref(m->func), *self = Ref(m->self);
    Object *r = Call(func, stack, n + 1, kwnames);
    Unref(func), Unref(self);
    if (stack != few) {
        Mem_Free(stack);
    }
    return r;
}
static Object *method_repr(Object *o)
{
    Method *m = (Method *)o;
    Object *name;
    if (Object_LookupAttr(m->func, ID(__qualname__), &name) < 0) {
        return NULL;
    }
    Object *r = Str_Format("<bound method %S of %R>", name == NULL ? ID(name) : name, m->self);
    XUnref(name);
    return r;
}
static Object *method_compare(Object *a, Object *b, int op)
{
    if (TYPE(a) != &Method_Type || TYPE(b) != &Method_Type || (op != CMP_EQ && op != CMP_NE)) {
        return Ref(NotImplemented);
    }
    Method *x = (Method *)a, *y = (Method *)b;
    return Bool_From((x->func == y->func && x->self == y->self) == (op == CMP_EQ));
}
static Hash method_hash(Object *o)
{
    Hash h = Hash_Pointer(((Method *)o)->func) ^ Hash_Pointer(((Method *)o)->self);
    return h == -1 ? -2 : h;
}
/* What the method itself does not have, its function may. */
static Object *method_getattro(Object *o, Object *name)
{
    if (Type_Lookup(&Method_Type, name) != NULL && !STR_IS(name, "__doc__")) {
        return Object_GenericGetAttr(o, name);
    }
    return Object_GetAttr(((Method *)o)->func, name);
}
static Object *method_func(Object *o) { return Ref(((Method *)o)->func); }
static Object *method_self(Object *o) { return Ref(((Method *)o)->self); }
static const GetSetDef method_getsets[] = {{"__func__", method_func, NULL}, {"__self__", method_self, NULL}, {NULL, NULL, NULL}};
static Object *method_new(Type *type, Object **args, Size n, Object *kwnames)
{
    (void)type, (void)kwnames;
    return n == 2 ? Method_New(args[0], args[1]) : Err_Set(EXC(TypeError), "method expected 2 arguments, got %zd", n);
}
Type Method_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "method", .size = sizeof(Method), .flags = T_GC, .traverse = method_traverse, .new = method_new,
    .clear = method_clear, .call = method_call, .repr = method_repr, .richcompare = method_compare, .hash = method_hash,
    .getattro = method_getattro, .getsets = method_getsets,
};

/* ---- function written in C ---- */
Object *Builtin_New(const MethodDef *def, Object *self, Object *module)
{
    Builtin *b = Object_Alloc(&Builtin_Type, 0);
    if (b != NULL) {
        b->def = def, b->self = XRef(self), b->module = XRef(module);
    }
    return (Object *)b;
}
static int builtin_traverse(Object *o, VisitFn visit, void *arg) { VISIT(((Builtin *)o)->self); VISIT(((Builtin *)o)->module); return 0; }
static void builtin_clear(Object *o) { CLEAR(((Builtin *)o)->self); CLEAR(((Builtin *)o)->module); }
static Object *builtin_call(Object *o, Object **args, Size n, Object *kwnames)
{
    return CallDef(((Builtin *)o)->def, ((Builtin *)o)->self, args, n, kwnames);
}
static Object *builtin_repr(Object *o)
{
    Builtin *b = (Builtin *)o;
    return b->self == NULL || IsType(b->self, &Module_Type) ? Str_Format("<built-in function %s>", b->def->name)
        : Str_Format("<built-in method %s of %T object at %p>", b->def->name, b->self, b->self);
}
static Object *builtin_name(Object *o) { return Str_New(((Builtin *)o)->def->name); }
static Object *builtin_qualname(Object *o)
{
    Builtin *b = (Builtin *)o;
    return b->self == NULL || IsType(b->self, &Module_Type) ? Str_New(b->def->name)
        : Str_Format("%s.%s", IS_A(b->self, T_TYPE) ? ((Type *)b->self)->name : TYPE(b->self)->name, b->def->name);
}
static Object *builtin_module(Object *o) { return or_none(((Builtin *)o)->module); }
static Object *builtin_self(Object *o) { return or_none(((Builtin *)o)->self); }
static Object *builtin_doc(Object *o)
{
    Builtin *f = (Builtin *)o;
    bool ours = f->module != NULL && Str_Check(f->module) && STR_IS(f->module, "builtins");
    const char *doc = ours ? Doc_Of(f->def->name) : NULL;
    return doc == NULL ? Ref(None) : Str_New(doc);
}
static Object *builtin_compare(Object *a, Object *b, int op)
{
    if (TYPE(a) != &Builtin_Type || TYPE(b) != &Builtin_Type || (op != CMP_EQ && op != CMP_NE)) {
        return Ref(NotImplemented);
    }
    Builtin *x = (Builtin *)a, *y = (Builtin *)b;
    return Bool_From((x->def == y->def && x->self == y->self) == (op == CMP_EQ));
}
static Hash builtin_hash(Object *o)
{
    Hash h = Hash_Pointer(((Builtin *)o)->def) ^ Hash_Pointer(((Builtin *)o)->self);
    return h == -1 ? -2 : h;
}
static const GetSetDef builtin_getsets[] = {
    {"__name__", builtin_name, NULL}, {"__qualname__", builtin_qualname, NULL}, {"__module__", builtin_module, NULL},
    {"__self__", builtin_self, NULL}, {"__doc__", builtin_doc, NULL}, {NULL, NULL, NULL}};
Type Builtin_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "builtin_function_or_method", .size = sizeof(Builtin), .flags = T_GC | T_ABSTRACT,
    .traverse = builtin_traverse, .clear = builtin_clear, .call = builtin_call, .repr = builtin_repr, .getsets = builtin_getsets,
    .richcompare = builtin_compare, .hash = builtin_hash,
};

/* ---- cell ---- */
Object *Cell_New(Object *value)
{
    Cell *c = Object_Alloc(&Cell_Type, 0);
    if (c != NULL) {
        c->value = XRef(value);
    }
    return (Object *)c;
}
static int cell_traverse(Object *o, VisitFn visit, void *arg) { VISIT(((Cell *)o)->value); return 0; }
static void cell_clear(Object *o) { CLEAR(((Cell *)o)->value); }
static Object *cell_get(Object *o) { return ((Cell *)o)->value == NULL ? Err_Set(EXC(ValueError), "Cell is empty") : Ref(((Cell *)o)->value); }
static int cell_set(Object *o, Object *value) { ASSIGN(((Cell *)o)->value, XRef(value)); return 0; }
static Object *cell_new(Type *type, Object **args, Size n, Object *kwnames)
{
    (void)type;
    return n > 1 || kwnames != NULL ? Err_Set(EXC(TypeError), "cell expected at most 1 argument, got %zd", n) : Cell_New(n == 1 ? args[0] : NULL);
}
static Object *cell_repr(Object *o)
{
    Object *value = ((Cell *)o)->value;
    return value == NULL ? Str_Format("<cell at %p: empty>", o) : Str_Format("<cell at %p: %T object at %p>", o, value, value);
}
static const GetSetDef cell_getsets[] = {{"cell_contents", cell_get, cell_set}, {NULL, NULL, NULL}};
Type Cell_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "cell", .size = sizeof(Cell), .flags = T_GC, .new = cell_new, .init = ready_made, .repr = cell_repr,
    .traverse = cell_traverse, .clear = cell_clear, .getsets = cell_getsets,
};
