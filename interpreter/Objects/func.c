/* Functions, bound methods, functions written in C, cells, code objects: the callables and what they hold. */
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
    CLEAR(f->code);
}
static Object *function_repr(Object *o) { return Str_Format("<function %U at %p>", ((Function *)o)->qualname, o); }
static Object *function_get(Object *self, Object *instance, Object *type) { (void)type; return instance == NULL ? Ref(self) : Method_New(self, instance); }
#define STR_ATTR(field) \
    static Object *function_##field(Object *o) { return or_none(((Function *)o)->field); } \
    static int function_set_##field(Object *o, Object *value) { ASSIGN(((Function *)o)->field, Ref(value == NULL ? None : value)); return 0; }
static Object *function_name(Object *o) { return Ref(((Function *)o)->name); }
static Object *function_qualname(Object *o) { return Ref(((Function *)o)->qualname); }
static int set_text(Object **field, Object *value)
{
    if (value == NULL || !Str_Check(value)) {
        return Err_Minus(Err_Set(EXC(TypeError), "the name must be set to a string object"));
    }
    ASSIGN(*field, Ref(value));
    return 0;
}
static int function_set_name(Object *o, Object *value) { return set_text(&((Function *)o)->name, value); }
static int function_set_qualname(Object *o, Object *value) { return set_text(&((Function *)o)->qualname, value); }
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
    if (value == NULL || TYPE(value) != &Code_Type || ((Code *)value)->nfrees != ((Function *)o)->code->nfrees) {
        return Err_Minus(Err_Set(EXC(TypeError), "__code__ must be set to a code object with as many free variables"));
    }
    ASSIGN(((Function *)o)->code, Ref(value));
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
static const GetSetDef function_getsets[] = {
    {"__name__", function_name, function_set_name}, {"__qualname__", function_qualname, function_set_qualname},
    {"__module__", function_module, function_set_module}, {"__doc__", function_doc, function_set_doc},
    {"__defaults__", function_defaults, function_set_defaults}, {"__kwdefaults__", function_kwdefaults, function_set_kwdefaults},
    {"__closure__", function_closure, NULL}, {"__code__", function_code, function_set_code}, {"__globals__", function_globals, NULL},
    {"__annotations__", function_annotations, function_set_annotations}, {NULL, NULL, NULL}};
Type Function_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "function", .size = sizeof(Function), .flags = T_GC | T_HASDICT | T_ABSTRACT,
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
static Object *builtin_doc(Object *o) { (void)o; return Ref(None); }
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
static const GetSetDef cell_getsets[] = {{"cell_contents", cell_get, cell_set}, {NULL, NULL, NULL}};
Type Cell_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "cell", .size = sizeof(Cell), .flags = T_GC | T_ABSTRACT,
    .traverse = cell_traverse, .clear = cell_clear, .getsets = cell_getsets,
};

/* ---- code: immutable and without cycles, so the collector need not know it ---- */
static void code_clear(Object *o)
{
    Code *c = (Code *)o;
    CLEAR(c->name);
    CLEAR(c->qualname);
    CLEAR(c->filename);
    CLEAR(c->consts);
    CLEAR(c->names);
    CLEAR(c->varnames);
    CLEAR(c->cellvars);
    CLEAR(c->freevars);
    Mem_Free(c->instrs);
    Mem_Free(c->lines);
    Mem_Free(c->cell_arg);
    c->instrs = NULL, c->lines = NULL, c->cell_arg = NULL;
}
static Object *code_repr(Object *o)
{
    Code *c = (Code *)o;
    return Str_Format("<code object %U at %p, file \"%U\", line %d>", c->name, o, c->filename, c->firstline);
}
#define CODE_OBJECT(field) static Object *code_##field(Object *o) { return Ref(((Code *)o)->field); }
#define CODE_INT(field) static Object *code_##field(Object *o) { return Int_FromLong(((Code *)o)->field); }
CODE_OBJECT(name) CODE_OBJECT(qualname) CODE_OBJECT(filename) CODE_OBJECT(consts) CODE_OBJECT(names) CODE_OBJECT(varnames)
CODE_OBJECT(cellvars) CODE_OBJECT(freevars)
CODE_INT(argcount) CODE_INT(posonly) CODE_INT(kwonly) CODE_INT(flags) CODE_INT(nlocals) CODE_INT(stacksize) CODE_INT(firstline)
static const GetSetDef code_getsets[] = {
    {"co_name", code_name, NULL}, {"co_qualname", code_qualname, NULL}, {"co_filename", code_filename, NULL}, {"co_consts", code_consts, NULL},
    {"co_names", code_names, NULL}, {"co_varnames", code_varnames, NULL}, {"co_cellvars", code_cellvars, NULL}, {"co_freevars", code_freevars, NULL},
    {"co_argcount", code_argcount, NULL}, {"co_posonlyargcount", code_posonly, NULL}, {"co_kwonlyargcount", code_kwonly, NULL},
    {"co_flags", code_flags, NULL}, {"co_nlocals", code_nlocals, NULL}, {"co_stacksize", code_stacksize, NULL},
    {"co_firstlineno", code_firstline, NULL}, {NULL, NULL, NULL}};
Type Code_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "code", .size = sizeof(Code), .flags = T_ABSTRACT, .clear = code_clear,
    .repr = code_repr, .getsets = code_getsets,
};
