/* Descriptors: methods written in C, getset and member attributes, property, classmethod,
   staticmethod, and super. */
#include "rabbit.h"
#include "layouts.h"

/* ---- methods of C types ---- */

Object *MethodDescr_New(const MethodDef *def, Type *owner)
{
    MethodDescr *d = Object_Alloc(&MethodDescr_Type, 0);
    if (d != NULL) {
        d->def = def, d->owner = owner;
    }
    return (Object *)d;
}

static Object *methoddescr_call(Object *self, Object **args, Size n, Object *kwnames)
{
    MethodDescr *d = (MethodDescr *)self;
    if (d->def->kind & METH_CLASS) {
        return CallDef(d->def, args[0], args + 1, n - 1, kwnames);
    }
    if (n < 1 || !IsType(args[0], d->owner)) {
        return Err_Set(EXC(TypeError), "unbound method %s.%s() needs an argument of type '%s'", d->owner->name, d->def->name, d->owner->name);
    }
    return CallDef(d->def, args[0], args + 1, n - 1, kwnames);
}

static Object *methoddescr_get(Object *self, Object *instance, Object *type)
{
    (void)type;
    return instance == NULL ? Ref(self) : Builtin_New(((MethodDescr *)self)->def, instance, NULL);
}
static Object *methoddescr_repr(Object *self)
{
    MethodDescr *d = (MethodDescr *)self;
    return Str_Format("<method '%s' of '%s' objects>", d->def->name, d->owner->name);
}
static Object *methoddescr_name(Object *self) { return Str_New(((MethodDescr *)self)->def->name); }
static Object *methoddescr_qualname(Object *self) { return Str_Format("%s.%s", ((MethodDescr *)self)->owner->name, ((MethodDescr *)self)->def->name); }
static Object *descr_no_doc(Object *self) { (void)self; return Ref(None); }
static const GetSetDef methoddescr_getsets[] = {
    {"__name__", methoddescr_name, NULL}, {"__qualname__", methoddescr_qualname, NULL}, {"__doc__", descr_no_doc, NULL}, {NULL, NULL, NULL}};
Type MethodDescr_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "method_descriptor", .size = sizeof(MethodDescr), .flags = T_ABSTRACT,
    .repr = methoddescr_repr, .call = methoddescr_call, .descr_get = methoddescr_get, .getsets = methoddescr_getsets,
};

/* ---- getset ---- */
typedef struct { Object head; const GetSetDef *def; Type *owner; } GetSet;

Object *GetSet_New(const GetSetDef *def, Type *owner)
{
    GetSet *d = Object_Alloc(&GetSet_Type, 0);
    if (d != NULL) {
        d->def = def, d->owner = owner;
    }
    return (Object *)d;
}
static Object *getset_get(Object *self, Object *instance, Object *type)
{
    (void)type;
    return instance == NULL ? Ref(self) : ((GetSet *)self)->def->get(instance);
}
static int getset_set(Object *self, Object *instance, Object *value)
{
    GetSet *d = (GetSet *)self;
    if (d->def->set == NULL) {
        return Err_Minus(Err_Set(EXC(AttributeError), "attribute '%s' of '%s' objects is not writable", d->def->name, d->owner->name));
    }
    return d->def->set(instance, value);
}
static Object *getset_repr(Object *self) { return Str_Format("<attribute '%s' of '%s' objects>", ((GetSet *)self)->def->name, ((GetSet *)self)->owner->name); }
static Object *getset_name(Object *self) { return Str_New(((GetSet *)self)->def->name); }
static const GetSetDef getset_getsets[] = {{"__name__", getset_name, NULL}, {NULL, NULL, NULL}};
Type GetSet_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "getset_descriptor", .size = sizeof(GetSet), .flags = T_ABSTRACT,
    .repr = getset_repr, .descr_get = getset_get, .descr_set = getset_set, .getsets = getset_getsets,
};

/* ---- a slot of __slots__: the owner is borrowed, it holds us in its dict ---- */

Object *Member_New(Object *name, Type *owner, Size index)
{
    Member *m = Object_Alloc(&Member_Type, 0);
    if (m != NULL) {
        m->name = Ref(name), m->owner = owner, m->index = index;
    }
    return (Object *)m;
}
static int member_check(Member *m, Object *instance)
{
    if (TYPE(instance)->nslots > m->index && Type_Lookup(TYPE(instance), m->name) != NULL && IsType(instance, m->owner)) {
        return 0;
    }
    return Err_Minus(Err_Set(EXC(TypeError), "descriptor '%U' for '%s' objects doesn't apply to a '%T' object", m->name, m->owner->name, instance));
}
static Object *member_get(Object *self, Object *instance, Object *type)
{
    (void)type;
    Member *m = (Member *)self;
    if (instance == NULL) {
        return Ref(self);
    }
    if (member_check(m, instance) < 0) {
        return NULL;
    }
    Object *value = *Object_Slot(instance, m->index);
    return value != NULL ? Ref(value) : Err_Set(EXC(AttributeError), "'%T' object has no attribute '%U'", instance, m->name);
}
static int member_set(Object *self, Object *instance, Object *value)
{
    Member *m = (Member *)self;
    TRY_INT(member_check(m, instance));
    Object **slot = Object_Slot(instance, m->index);
    if (value == NULL && *slot == NULL) {
        return Err_Minus(Err_SetObject(EXC(AttributeError), m->name));
    }
    ASSIGN(*slot, XRef(value));
    return 0;
}
static void member_clear(Object *self) { CLEAR(((Member *)self)->name); }
Type Member_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "member_descriptor", .size = sizeof(Member), .flags = T_ABSTRACT,
    .clear = member_clear, .descr_get = member_get, .descr_set = member_set,
};

/* ---- property ---- */

static Object *property_new(Type *type, Object **args, Size n, Object *kwnames)
{
    (void)args, (void)n, (void)kwnames;
    return Object_Alloc(type, 0);
}
static int property_init(Object *self, Object **args, Size n, Object *kwnames)
{
    static const char *const names[] = {"fget", "fset", "fdel", "doc"};
    Property *p = (Property *)self;
    Object *values[4] = {NULL};
    if (n > 4) {
        return Err_Minus(Err_Set(EXC(TypeError), "property expected at most 4 arguments, got %zd", n));
    }
    Mem_Copy(values, args, (size_t)n * sizeof(Object *));
    for (Size i = 0; kwnames != NULL && i < TUPLE_LEN(kwnames); i++) {
        int k = 0;
        for (; k < 4 && !STR_IS(TUPLE_ITEM(kwnames, i), names[k]); k++) { }
        if (k == 4) {
            return Err_Minus(Err_Set(EXC(TypeError), "'%U' is an invalid keyword argument for property()", TUPLE_ITEM(kwnames, i)));
        }
        values[k] = args[n + i];
    }
    Object **fields[] = {&p->get, &p->set, &p->del, &p->doc};
    if (p->get != NULL) {
        Type_Modified(&Object_Type);            /* made anew: whoever remembers the getter must ask again */
    }
    for (int k = 0; k < 4; k++) {
        ASSIGN(*fields[k], values[k] == None ? NULL : XRef(values[k]));
    }
    if (p->doc == NULL && p->get != NULL && Object_LookupAttr(p->get, ID(__doc__), &p->doc) < 0) {
        return -1;
    }
    return 0;
}
static void *no_accessor(Property *p, Object *instance, const char *which)
{
    return p->name == NULL ? Err_Set(EXC(AttributeError), "property of '%T' object has no %s", instance, which)
        : Err_Set(EXC(AttributeError), "property %R of '%T' object has no %s", p->name, instance, which);
}
static Object *property_get(Object *self, Object *instance, Object *type)
{
    (void)type;
    Property *p = (Property *)self;
    if (instance == NULL) {
        return Ref(self);
    }
    if (p->get == NULL) {
        return no_accessor(p, instance, "getter");
    }
    return Call1(p->get, instance);
}
static int property_set(Object *self, Object *instance, Object *value)
{
    Property *p = (Property *)self;
    Object *f = value == NULL ? p->del : p->set;
    if (f == NULL) {
        return Err_Minus(no_accessor(p, instance, value == NULL ? "deleter" : "setter"));
    }
    Object *r = value == NULL ? Call1(f, instance) : Call2(f, instance, value);
    XUnref(r);
    return r == NULL ? -1 : 0;
}
static Object *property_with(Object *self, Object *get, Object *set, Object *del)
{
    Property *p = (Property *)self;
    Object *args[] = {get != NULL ? get : p->get, set != NULL ? set : p->set, del != NULL ? del : p->del, p->doc};
    for (int i = 0; i < 4; i++) {
        args[i] = args[i] == NULL ? None : args[i];
    }
    Object *r = Call((Object *)TYPE(self), args, 4, NULL);
    if (r != NULL && IsType(r, &Property_Type)) {
        ASSIGN(((Property *)r)->name, XRef(p->name));
    }
    return r;
}
#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames
DEF(property_getter) { IGNORE; return property_with(self, args[0], NULL, NULL); }
DEF(property_setter) { IGNORE; return property_with(self, NULL, args[0], NULL); }
DEF(property_deleter) { IGNORE; return property_with(self, NULL, NULL, args[0]); }
DEF(property_set_name) { IGNORE; ASSIGN(((Property *)self)->name, Ref(args[1])); return Ref(None); }
static int property_traverse(Object *self, VisitFn visit, void *arg)
{
    Property *p = (Property *)self;
    VISIT(p->get);
    VISIT(p->set);
    VISIT(p->del);
    VISIT(p->doc);
    return 0;
}
static void property_clear(Object *self)
{
    Property *p = (Property *)self;
    CLEAR(p->get);
    CLEAR(p->set);
    CLEAR(p->del);
    CLEAR(p->doc);
    CLEAR(p->name);
}
static Object *or_none(Object *o) { return Ref(o == NULL ? None : o); }
static Object *property_fget(Object *self) { return or_none(((Property *)self)->get); }
static Object *property_fset(Object *self) { return or_none(((Property *)self)->set); }
static Object *property_fdel(Object *self) { return or_none(((Property *)self)->del); }
static Object *property_doc(Object *self) { return or_none(((Property *)self)->doc); }
static const MethodDef property_methods[] = {
    {"getter", property_getter, 1, 1, NULL, 0}, {"setter", property_setter, 1, 1, NULL, 0},
    {"deleter", property_deleter, 1, 1, NULL, 0}, {"__set_name__", property_set_name, 2, 2, NULL, 0},
    {NULL, NULL, 0, 0, NULL, 0}};
static const GetSetDef property_getsets[] = {
    {"fget", property_fget, NULL}, {"fset", property_fset, NULL}, {"fdel", property_fdel, NULL}, {"__doc__", property_doc, NULL}, {NULL, NULL, NULL}};
Type Property_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "property", .size = sizeof(Property), .flags = T_BASE | T_GC,
    .traverse = property_traverse, .clear = property_clear, .new = property_new, .init = property_init,
    .descr_get = property_get, .descr_set = property_set, .methods = property_methods, .getsets = property_getsets,
};

/* ---- classmethod, staticmethod ---- */
typedef struct { Object head; Object *func; } Wrapped;

static Object *wrapped_make(Type *type, Object *func)
{
    Wrapped *w = Object_Alloc(type, 0);
    if (w != NULL) {
        w->func = Ref(func);
    }
    return (Object *)w;
}
Object *ClassMethod_New(Object *func) { return wrapped_make(&ClassMethod_Type, func); }
Object *StaticMethod_New(Object *func) { return wrapped_make(&StaticMethod_Type, func); }
static Object *wrapped_new(Type *type, Object **args, Size n, Object *kwnames)
{
    if (n != 1 || kwnames != NULL) {
        return Err_Set(EXC(TypeError), "%s expected 1 argument, got %zd", type->name, n);
    }
    return wrapped_make(type, args[0]);
}
static int wrapped_init(Object *self, Object **args, Size n, Object *kwnames) { IGNORE; return 0; }
static int wrapped_traverse(Object *self, VisitFn visit, void *arg) { VISIT(((Wrapped *)self)->func); return 0; }
static void wrapped_clear(Object *self) { CLEAR(((Wrapped *)self)->func); }
static Object *classmethod_get(Object *self, Object *instance, Object *type)
{
    Object *cls = type != NULL ? type : (Object *)TYPE(instance), *f = ((Wrapped *)self)->func;
    if (TYPE(f)->descr_get != NULL && TYPE(f) != &Function_Type && TYPE(f) != &MethodDescr_Type) {
        return TYPE(f)->descr_get(f, cls, (Object *)TYPE(cls));
    }
    return TYPE(f) == &MethodDescr_Type ? Builtin_New(((MethodDescr *)f)->def, cls, NULL) : Method_New(f, cls);
}
static Object *staticmethod_get(Object *self, Object *instance, Object *type) { (void)instance, (void)type; return Ref(((Wrapped *)self)->func); }
static Object *staticmethod_call(Object *self, Object **args, Size n, Object *kwnames) { return Call(((Wrapped *)self)->func, args, n, kwnames); }
static Object *wrapped_func(Object *self) { return Ref(((Wrapped *)self)->func); }
static Object *wrapped_getattro(Object *self, Object *name)
{
    static const char *const shared[] = {"__name__", "__qualname__", "__module__", "__doc__", "__isabstractmethod__"};
    for (Size i = 0; i < COUNT(shared); i++) {
        if (Str_EqualAscii(name, shared[i])) {
            return Object_GetAttr(((Wrapped *)self)->func, name);
        }
    }
    return Object_GenericGetAttr(self, name);
}
static const GetSetDef wrapped_getsets[] = {{"__func__", wrapped_func, NULL}, {"__wrapped__", wrapped_func, NULL}, {NULL, NULL, NULL}};
Type ClassMethod_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "classmethod", .size = sizeof(Wrapped), .flags = T_BASE | T_GC | T_HASDICT,
    .traverse = wrapped_traverse, .clear = wrapped_clear, .new = wrapped_new, .init = wrapped_init, .getattro = wrapped_getattro,
    .descr_get = classmethod_get, .getsets = wrapped_getsets,
};
Type StaticMethod_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "staticmethod", .size = sizeof(Wrapped), .flags = T_BASE | T_GC | T_HASDICT,
    .traverse = wrapped_traverse, .clear = wrapped_clear, .new = wrapped_new, .init = wrapped_init, .getattro = wrapped_getattro,
    .descr_get = staticmethod_get, .call = staticmethod_call, .getsets = wrapped_getsets,
};

/* ---- super ---- */
typedef struct { Object head; Type *cls; Object *self; Type *self_type; } Super;

/* super() without arguments: __class__ from the closure, self from the first local. */
static int super_from_frame(Object **cls, Object **self)
{
    Frame *f = THREAD->frame;
    if (f == NULL || f->code->argcount == 0) {
        return Err_Minus(Err_Set(EXC(RuntimeError), "super(): no arguments"));
    }
    Code *code = f->code;
    *self = f->slots[0];
    if (*self != NULL && (code->kinds[0] & VAR_CELL) && TYPE(*self) == &Cell_Type) {
        *self = ((Cell *)*self)->value;
    }
    const char *missing = *self == NULL ? "arg[0] deleted" : "__class__ cell not found";
    for (int i = code->nlocalsplus - code->nfrees; *self != NULL && i < code->nlocalsplus; i++) {
        if (STR_IS(TUPLE_ITEM(code->localsplus, i), "__class__")) {
            *cls = ((Cell *)f->slots[i])->value;
            missing = "empty __class__ cell";
        }
    }
    return *cls != NULL ? 0 : Err_Minus(Err_Set(EXC(RuntimeError), "super(): %s", missing));
}
static Object *super_new(Type *type, Object **args, Size n, Object *kwnames)
{
    Object *cls = n > 0 ? args[0] : NULL, *self = n > 1 ? args[1] : NULL;
    if (kwnames != NULL) {
        return Err_Set(EXC(TypeError), "super() takes no keyword arguments");
    }
    if (n > 2) {
        return Err_Set(EXC(TypeError), "super expected at most 2 arguments, got %zd", n);
    }
    if (n == 0 && super_from_frame(&cls, &self) < 0) {
        return NULL;
    }
    if (!IS_A(cls, T_TYPE)) {
        return Err_Set(EXC(TypeError), "super() argument 1 must be a type, not %T", cls);
    }
    Type *self_type = NULL;
    if (self != NULL && IS_A(self, T_TYPE) && Type_IsSubtype((Type *)self, (Type *)cls)) {
        self_type = (Type *)self;
    } else if (self != NULL && IsType(self, (Type *)cls)) {
        self_type = TYPE(self);
    } else if (self != NULL) {
        return Err_Set(EXC(TypeError), "super(type, obj): obj must be an instance or subtype of type");
    }
    Super *s = Object_Alloc(type, 0);
    if (s != NULL) {
        s->cls = Ref(cls), s->self = XRef(self), s->self_type = XRef(self_type);
    }
    return (Object *)s;
}
static int super_init(Object *self, Object **args, Size n, Object *kwnames) { IGNORE; return 0; }

static Object *super_getattro(Object *self, Object *name)
{
    Super *s = (Super *)self;
    Object *mro = s->self_type == NULL ? NULL : s->self_type->mro;
    Size i = 0, n = mro == NULL ? 0 : TUPLE_LEN(mro);
    while (i < n && TUPLE_ITEM(mro, i) != (Object *)s->cls) {
        i++;
    }
    for (i++; i < n && !STR_IS(name, "__class__"); i++) {
        Object *found = Dict_Get(((Type *)TUPLE_ITEM(mro, i))->dict, name);
        if (found != NULL) {
            Ref(found);
            if (TYPE(found)->descr_get != NULL) {
                Object *instance = s->self == (Object *)s->self_type ? NULL : s->self;
                ASSIGN(found, TYPE(found)->descr_get(found, instance, (Object *)s->self_type));
            }
            return found;
        }
    }
    return Object_GenericGetAttr(self, name);
}
/* As a descriptor an unbound super binds itself. */
static Object *super_get(Object *self, Object *instance, Object *type)
{
    (void)type;
    Super *s = (Super *)self;
    return instance == NULL || instance == None || s->self != NULL ? Ref(self) : Call2((Object *)TYPE(self), (Object *)s->cls, instance);
}
static Object *super_thisclass(Object *self) { Type *t = ((Super *)self)->cls; return Ref(t == NULL ? None : (Object *)t); }
static Object *super_self(Object *self) { return or_none(((Super *)self)->self); }
static Object *super_self_class(Object *self) { return or_none((Object *)((Super *)self)->self_type); }
static const GetSetDef super_getsets[] = {{"__thisclass__", super_thisclass, NULL}, {"__self__", super_self, NULL},
    {"__self_class__", super_self_class, NULL}, {NULL, NULL, NULL}};
static Object *super_repr(Object *self)
{
    Super *s = (Super *)self;
    return s->self_type == NULL ? Str_Format("<super: <class '%s'>, NULL>", s->cls->name)
        : Str_Format("<super: <class '%s'>, <%s object>>", s->cls->name, s->self_type->name);
}
static int super_traverse(Object *self, VisitFn visit, void *arg)
{
    VISIT(((Super *)self)->cls);
    VISIT(((Super *)self)->self);
    VISIT(((Super *)self)->self_type);
    return 0;
}
static void super_clear(Object *self)
{
    CLEAR(((Super *)self)->cls);
    CLEAR(((Super *)self)->self);
    CLEAR(((Super *)self)->self_type);
}
Type Super_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "super", .size = sizeof(Super), .flags = T_BASE | T_GC, .repr = super_repr,
    .traverse = super_traverse, .clear = super_clear, .new = super_new, .init = super_init, .getattro = super_getattro,
    .descr_get = super_get, .getsets = super_getsets,
};
