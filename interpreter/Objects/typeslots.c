/* The bridge between slots and __dunder__ methods, in both directions, from one table:
   a slot of a C type becomes a SlotWrapper in its dict; a Python method fills its slot with a
   function (slot_*) that looks the method up and calls it. */
#include "rabbit.h"

typedef Object *(*WrapFn)(Object *self, Object **args, Size n, void *slot);
typedef struct {
    const char *name;
    Size offset;
    void *generic;              /* what goes into the slot of a Python class */
    WrapFn wrap;                /* how to call the slot of a C type */
    int min, max, op;
} SlotDef;
typedef struct { Object head; const SlotDef *def; Type *owner; void *fn; } SlotWrapper;

static void **slot_at(Type *type, Size offset) { return (void **)((char *)type + offset); }

/* ---- Python method behind a slot ---- */

/* Look `name` up on the type and call it with self first. NULL without exception: no such method. */
static Object *call_special(Object *self, Object *name, Object **args, Size n)
{
    Object *f = Type_Lookup(TYPE(self), name);
    if (f == NULL) {
        return NULL;
    }
    Ref(f);
    Object *stack[4] = {self}, *r;
    Mem_Copy(stack + 1, args, (size_t)n * sizeof(Object *));
    if (TYPE(f) == &Function_Type || TYPE(f) == &SlotWrapper_Type || TYPE(f) == &MethodDescr_Type) {
        r = Call(f, stack, n + 1, NULL);
    } else {
        if (TYPE(f)->descr_get != NULL) {
            ASSIGN(f, TYPE(f)->descr_get(f, self, (Object *)TYPE(self)));
        }
        if (f == NULL && n == 1 && Err_Swallow(EXC(AttributeError))) {
            return NULL;                        /* a binary method that cannot be had is as good as none */
        }
        r = f == NULL ? NULL : Call(f, args, n, NULL);
    }
    XUnref(f);
    return r;
}

static Object *call_required(Object *self, Object *name, Object **args, Size n)
{
    Object *r = call_special(self, name, args, n);
    if (r == NULL && !Err_Occurred()) {
        Err_Set(EXC(AttributeError), "'%T' object has no attribute '%U'", self, name);
    }
    return r;
}

#define SLOT_UNARY(fn, dunder) \
    static Object *fn(Object *self) { return call_required(self, ID(dunder), NULL, 0); }
#define SLOT_BY_TEXT(fn, dunder) \
    static Object *fn(Object *self) \
    { \
        Object *name = Str_Id(dunder); \
        Object *r = name == NULL ? NULL : call_required(self, name, NULL, 0); \
        XUnref(name); \
        return r; \
    }
SLOT_UNARY(slot_repr, __repr__)
SLOT_UNARY(slot_str, __str__)
SLOT_UNARY(slot_iternext, __next__)
SLOT_BY_TEXT(slot_neg, "__neg__")
SLOT_BY_TEXT(slot_pos, "__pos__")
SLOT_BY_TEXT(slot_invert, "__invert__")
SLOT_BY_TEXT(slot_abs, "__abs__")
SLOT_BY_TEXT(slot_int, "__int__")
SLOT_BY_TEXT(slot_float, "__float__")
SLOT_BY_TEXT(slot_index, "__index__")

static Object *slot_iter(Object *self)
{
    if (Type_Lookup(TYPE(self), ID(__iter__)) == None) {
        return Err_Set(EXC(TypeError), "'%T' object is not iterable", self);
    }
    return call_required(self, ID(__iter__), NULL, 0);
}

static Hash slot_hash(Object *self)
{
    Object *r = call_required(self, ID(__hash__), NULL, 0);
    if (r == NULL) {
        return -1;
    }
    Hash h = -1;
    if (!Int_Check(r)) {
        Err_Set(EXC(TypeError), "__hash__ method should return an integer");
    } else {
        h = Int_Type.hash(r);
    }
    Unref(r);
    return h;
}

static Object *slot_call(Object *self, Object **args, Size n, Object *kwnames)
{
    Object *f = Type_Lookup(TYPE(self), ID(__call__));
    if (f == NULL) {
        return Err_Set(EXC(TypeError), "'%T' object is not callable", self);
    }
    Ref(f);
    if (TYPE(f)->descr_get != NULL) {
        ASSIGN(f, TYPE(f)->descr_get(f, self, (Object *)TYPE(self)));
    }
    Object *r = f == NULL ? NULL : Call(f, args, n, kwnames);
    XUnref(f);
    return r;
}

/* __getattribute__, then __getattr__ when that says AttributeError. */
static Object *slot_getattro(Object *self, Object *name)
{
    Object *f = Type_Lookup(TYPE(self), ID(__getattribute__)), *r;
    if (f != NULL && TYPE(f) == &SlotWrapper_Type) {
        r = ((BinaryFn)((SlotWrapper *)f)->fn)(self, name);
    } else {
        r = call_required(self, ID(__getattribute__), &name, 1);
    }
    if (r != NULL || !Err_Matches(EXC(AttributeError)) || Type_Lookup(TYPE(self), ID(__getattr__)) == NULL) {
        return r;
    }
    Err_Clear();
    return call_required(self, ID(__getattr__), &name, 1);
}

static int done(Object *r)
{
    XUnref(r);
    return r == NULL ? -1 : 0;
}

static int slot_setattro(Object *self, Object *name, Object *value)
{
    Object *args[] = {name, value};
    return done(call_required(self, value == NULL ? ID(__delattr__) : ID(__setattr__), args, value == NULL ? 1 : 2));
}

static Object *slot_richcompare(Object *self, Object *other, int op)
{
    static const char *const names[] = {"__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__"};
    Object *name = Str_Id(names[op]);
    Object *r = name == NULL ? NULL : call_special(self, name, &other, 1);
    XUnref(name);
    return r == NULL && !Err_Occurred() ? Ref(NotImplemented) : r;
}

static Object *bound(Object *self, Object *name)
{
    Object *f = XRef(Type_Lookup(TYPE(self), name));
    if (f != NULL && TYPE(f)->descr_get != NULL) {
        ASSIGN(f, TYPE(f)->descr_get(f, self, (Object *)TYPE(self)));
    }
    return f;
}

static int slot_init(Object *self, Object **args, Size n, Object *kwnames)
{
    Object *f = bound(self, ID(__init__));
    Object *r = f == NULL ? NULL : Call(f, args, n, kwnames);
    XUnref(f);
    if (r != NULL && r != None) {
        Err_Set(EXC(TypeError), "__init__() should return None, not '%T'", r);
        CLEAR(r);
    }
    return done(r);
}

static Object *slot_new(Type *type, Object **args, Size n, Object *kwnames)
{
    Object *f = Object_GetAttr((Object *)type, ID(__new__));
    if (f == NULL) {
        return NULL;
    }
    Size kw = kwnames == NULL ? 0 : TUPLE_LEN(kwnames);
    Object **stack = Mem_Alloc((size_t)(n + kw + 1) * sizeof(Object *)), *r = NULL;
    if (stack == NULL) {
        Err_NoMemory();
    } else {
        stack[0] = (Object *)type;
        Mem_Copy(stack + 1, args, (size_t)(n + kw) * sizeof(Object *));
        r = Call(f, stack, n + 1, kwnames);
        Mem_Free(stack);
    }
    Unref(f);
    return r;
}

static void slot_del(Object *self)
{
    Object *r = call_special(self, ID(__del__), NULL, 0);
    if (r == NULL && Err_Occurred()) {
        Err_Unraisable(Type_Lookup(TYPE(self), ID(__del__)));
    }
    XUnref(r);
}

static Object *slot_descr_get(Object *self, Object *instance, Object *type)
{
    Object *args[] = {instance == NULL ? None : instance, type == NULL ? None : type};
    Object *r = call_special(self, ID(__get__), args, 2);
    return r == NULL && !Err_Occurred() ? Ref(self) : r;
}

static int slot_descr_set(Object *self, Object *instance, Object *value)
{
    Object *args[] = {instance, value};
    return done(call_required(self, value == NULL ? ID(__delete__) : ID(__set__), args, value == NULL ? 1 : 2));
}

static int slot_truth(Object *self)
{
    Object *r = call_required(self, ID(__bool__), NULL, 0);
    if (r != NULL && TYPE(r) != &Bool_Type) {
        Err_Set(EXC(TypeError), "__bool__ should return bool, returned %T", r);
        CLEAR(r);
    }
    XUnref(r);
    return r == NULL ? -1 : r == True;
}

static Size slot_len(Object *self)
{
    Object *r = call_required(self, ID(__len__), NULL, 0);
    Size n = r == NULL ? -1 : Number_AsSize(r, EXC(OverflowError));
    XUnref(r);
    if (n < 0 && !Err_Occurred()) {
        Err_Set(EXC(ValueError), "__len__() should return >= 0");
    }
    return n;
}

static Object *slot_getitem(Object *self, Object *key) { return call_required(self, ID(__getitem__), &key, 1); }

static int slot_setitem(Object *self, Object *key, Object *value)
{
    Object *args[] = {key, value};
    return done(call_required(self, value == NULL ? ID(__delitem__) : ID(__setitem__), args, value == NULL ? 1 : 2));
}

static int slot_contains(Object *self, Object *item)
{
    if (Type_Lookup(TYPE(self), ID(__contains__)) == None) {
        return Err_Minus(Err_Set(EXC(TypeError), "'%T' object is not a container", self));
    }
    Object *r = call_required(self, ID(__contains__), &item, 1);
    int truth = r == NULL ? -1 : Object_IsTrue(r);
    XUnref(r);
    return truth;
}

static Object *call_by_text(Object *self, const char *name, Object *other)
{
    Object *id = Str_Id(name);
    Object *r = id == NULL ? NULL : call_special(self, id, &other, 1);
    XUnref(id);
    return r == NULL && !Err_Occurred() ? Ref(NotImplemented) : r;
}

/* One slot stands for __op__ (self on the left) and __rop__ (self on the right). */
static Object *binary_special(Object *a, Object *b, BinaryFn slot, int op, const char *name, const char *rname)
{
    Object *r = Ref(NotImplemented);
    bool right = TYPE(b)->nb[op] == slot && TYPE(b) != TYPE(a);
    if (TYPE(a)->nb[op] == slot) {
        if (right && Type_IsSubtype(TYPE(b), TYPE(a))) {
            Object *id = Str_Id(rname);
            bool overrides = id != NULL && Type_Lookup(TYPE(b), id) != Type_Lookup(TYPE(a), id);
            XUnref(id);
            if (overrides && (r = call_by_text(b, rname, a)) != NotImplemented) {
                return r;
            }
            right = !overrides;
        }
        if ((r = call_by_text(a, name, b)) != NotImplemented) {
            return r;
        }
    }
    return right || TYPE(a)->nb[op] != slot ? call_by_text(b, rname, a) : r;
}

#define X(upper, lower, text) \
    static Object *slot_##lower(Object *a, Object *b) \
    { return binary_special(a, b, slot_##lower, NB_##upper, "__" #lower "__", "__r" #lower "__"); } \
    static Object *slot_i##lower(Object *a, Object *b) { return call_by_text(a, "__i" #lower "__", b); }
BINARY_OPS(X)
#undef X

/* ---- C slot behind a method ---- */

#define UNUSED_ARGS (void)args, (void)n, (void)slot
static Object *from_int(int r) { return r < 0 ? NULL : Ref(None); }

static Object *wrap_unary(Object *self, Object **args, Size n, void *slot) { UNUSED_ARGS; return ((UnaryFn)slot)(self); }
static Object *wrap_next(Object *self, Object **args, Size n, void *slot)
{
    UNUSED_ARGS;
    Object *r = ((UnaryFn)slot)(self);
    return r == NULL && !Err_Occurred() ? Err_Set(EXC(StopIteration), NULL) : r;
}
static Object *wrap_hash(Object *self, Object **args, Size n, void *slot)
{
    UNUSED_ARGS;
    Hash h = ((Hash (*)(Object *))slot)(self);
    return h == -1 ? NULL : Int_FromLong(h);
}
static Object *wrap_truth(Object *self, Object **args, Size n, void *slot) { UNUSED_ARGS; return Bool_From(((int (*)(Object *))slot)(self)); }
static Object *wrap_len(Object *self, Object **args, Size n, void *slot)
{
    UNUSED_ARGS;
    Size len = ((Size (*)(Object *))slot)(self);
    return len < 0 ? NULL : Int_FromLong(len);
}
static Object *wrap_binary(Object *self, Object **args, Size n, void *slot) { (void)n; return ((BinaryFn)slot)(self, args[0]); }
static Object *wrap_reflected(Object *self, Object **args, Size n, void *slot) { (void)n; return ((BinaryFn)slot)(args[0], self); }
static Object *wrap_contains(Object *self, Object **args, Size n, void *slot) { (void)n; return Bool_From(((int (*)(Object *, Object *))slot)(self, args[0])); }
static Object *wrap_set(Object *self, Object **args, Size n, void *slot) { return from_int(((int (*)(Object *, Object *, Object *))slot)(self, args[0], n > 1 ? args[1] : NULL)); }
static Object *wrap_get(Object *self, Object **args, Size n, void *slot)
{
    Object *instance = args[0] == None ? NULL : args[0], *type = n > 1 && args[1] != None ? args[1] : NULL;
    return ((TernaryFn)slot)(self, instance, type);
}
#define WRAP_COMPARE(name, op) \
    static Object *name(Object *self, Object **args, Size n, void *slot) \
    { (void)n; return ((Object *(*)(Object *, Object *, int))slot)(self, args[0], op); }
WRAP_COMPARE(wrap_lt, CMP_LT)
WRAP_COMPARE(wrap_le, CMP_LE)
WRAP_COMPARE(wrap_eq, CMP_EQ)
WRAP_COMPARE(wrap_ne, CMP_NE)
WRAP_COMPARE(wrap_gt, CMP_GT)
WRAP_COMPARE(wrap_ge, CMP_GE)
/* __init__ and __call__ take keywords, so SlotWrapper_Call handles them itself. */
static Object *wrap_raw(Object *self, Object **args, Size n, void *slot) { (void)self; UNUSED_ARGS; return NULL; }

#define SLOT(name, member, generic, wrap, min, max) {name, offsetof(Type, member), (void *)generic, wrap, min, max, 0}
static const SlotDef slot_defs[] = {
    SLOT("__repr__", repr, slot_repr, wrap_unary, 0, 0),
    SLOT("__str__", str, slot_str, wrap_unary, 0, 0),
    SLOT("__hash__", hash, slot_hash, wrap_hash, 0, 0),
    SLOT("__call__", call, slot_call, wrap_raw, 0, -1),
    SLOT("__getattribute__", getattro, slot_getattro, wrap_binary, 1, 1),
    SLOT("__getattr__", getattro, slot_getattro, NULL, 1, 1),
    SLOT("__setattr__", setattro, slot_setattro, wrap_set, 2, 2),
    SLOT("__delattr__", setattro, slot_setattro, wrap_set, 1, 1),
    SLOT("__lt__", richcompare, slot_richcompare, wrap_lt, 1, 1),
    SLOT("__le__", richcompare, slot_richcompare, wrap_le, 1, 1),
    SLOT("__eq__", richcompare, slot_richcompare, wrap_eq, 1, 1),
    SLOT("__ne__", richcompare, slot_richcompare, wrap_ne, 1, 1),
    SLOT("__gt__", richcompare, slot_richcompare, wrap_gt, 1, 1),
    SLOT("__ge__", richcompare, slot_richcompare, wrap_ge, 1, 1),
    SLOT("__iter__", iter, slot_iter, wrap_unary, 0, 0),
    SLOT("__next__", iternext, slot_iternext, wrap_next, 0, 0),
    SLOT("__init__", init, slot_init, wrap_raw, 0, -1),
    SLOT("__new__", new, slot_new, NULL, 0, 0),
    SLOT("__del__", del, slot_del, NULL, 0, 0),
    SLOT("__get__", descr_get, slot_descr_get, wrap_get, 1, 2),
    SLOT("__set__", descr_set, slot_descr_set, wrap_set, 2, 2),
    SLOT("__delete__", descr_set, slot_descr_set, wrap_set, 1, 1),
    SLOT("__bool__", truth, slot_truth, wrap_truth, 0, 0),
    SLOT("__len__", len, slot_len, wrap_len, 0, 0),
    SLOT("__getitem__", getitem, slot_getitem, wrap_binary, 1, 1),
    SLOT("__setitem__", setitem, slot_setitem, wrap_set, 2, 2),
    SLOT("__delitem__", setitem, slot_setitem, wrap_set, 1, 1),
    SLOT("__contains__", contains, slot_contains, wrap_contains, 1, 1),
#define X(upper, lower, text) \
    SLOT("__" #lower "__", nb[NB_##upper], slot_##lower, wrap_binary, 1, 1), \
    SLOT("__r" #lower "__", nb[NB_##upper], slot_##lower, wrap_reflected, 1, 1), \
    SLOT("__i" #lower "__", inplace[NB_##upper], slot_i##lower, wrap_binary, 1, 1),
    BINARY_OPS(X)
#undef X
    SLOT("__neg__", unary[UN_NEG], slot_neg, wrap_unary, 0, 0),
    SLOT("__pos__", unary[UN_POS], slot_pos, wrap_unary, 0, 0),
    SLOT("__invert__", unary[UN_INVERT], slot_invert, wrap_unary, 0, 0),
    SLOT("__abs__", unary[UN_ABS], slot_abs, wrap_unary, 0, 0),
    SLOT("__int__", unary[UN_INT], slot_int, wrap_unary, 0, 0),
    SLOT("__float__", unary[UN_FLOAT], slot_float, wrap_unary, 0, 0),
    SLOT("__index__", unary[UN_INDEX], slot_index, wrap_unary, 0, 0),
};

static Object *wrapper_call(Object *self, Object **args, Size n, Object *kwnames)
{
    SlotWrapper *w = (SlotWrapper *)self;
    if (n < 1 || !IsType(args[0], w->owner)) {
        return Err_Set(EXC(TypeError), "descriptor '%s' requires a '%s' object", w->def->name, w->owner->name);
    }
    if (w->def->offset == offsetof(Type, init)) {
        return from_int(((int (*)(Object *, Object **, Size, Object *))w->fn)(args[0], args + 1, n - 1, kwnames));
    }
    if (w->def->offset == offsetof(Type, call)) {
        return ((CallFn)w->fn)(args[0], args + 1, n - 1, kwnames);
    }
    if (No_Keywords(w->def->name, kwnames) < 0) {
        return NULL;
    }
    if (n - 1 < w->def->min || n - 1 > w->def->max + (strcmp(w->def->name, "__pow__") == 0)) {
        return Err_Set(EXC(TypeError), "%s expected %d argument%s, got %zd", w->def->name, w->def->max,
                       w->def->max == 1 ? "" : "s", n - 1);
    }
    return w->def->wrap(args[0], args + 1, n - 1, w->fn);
}

static Object *wrapper_get(Object *self, Object *instance, Object *type)
{
    (void)type;
    return instance == NULL ? Ref(self) : Method_New(self, instance);
}
static Object *wrapper_repr(Object *self)
{
    SlotWrapper *w = (SlotWrapper *)self;
    return Str_Format("<slot wrapper '%s' of '%s' objects>", w->def->name, w->owner->name);
}
static Object *wrapper_name(Object *self) { return Str_New(((SlotWrapper *)self)->def->name); }
static const GetSetDef wrapper_getsets[] = {{"__name__", wrapper_name, NULL}, {NULL, NULL, NULL}};
Type SlotWrapper_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "wrapper_descriptor", .size = sizeof(SlotWrapper), .flags = T_ABSTRACT,
    .repr = wrapper_repr, .call = wrapper_call, .descr_get = wrapper_get, .getsets = wrapper_getsets,
};

/* __new__ of a C type: type.__new__(cls, ...) */
static Object *new_wrapper(Object *self, Object **args, Size n, Object *kwnames)
{
    Type *type = (Type *)self;
    if (n < 1) {
        return Err_Set(EXC(TypeError), "%s.__new__(): not enough arguments", type->name);
    }
    if (!IS_A(args[0], T_TYPE)) {
        return Err_Set(EXC(TypeError), "%s.__new__(X): X is not a type object (%T)", type->name, args[0]);
    }
    Type *asked = (Type *)args[0], *of_c = asked;
    if (!Type_IsSubtype(asked, type)) {
        return Err_Set(EXC(TypeError), "%s.__new__(%s): %s is not a subtype of %s", type->name, asked->name, asked->name, type->name);
    }
    while (of_c->flags & T_HEAP) of_c = of_c->base;
    if (of_c->new != type->new) {               /* it would leave what the nearer C type needs unset */
        return Err_Set(EXC(TypeError), "%s.__new__(%s) is not safe, use %s.__new__()", type->name, asked->name, of_c->name);
    }
    return type->new((Type *)args[0], args + 1, n - 1, kwnames);
}
static const MethodDef new_def = {"__new__", new_wrapper, 0, -1, NULL, METH_RAW};

int Type_AddSlotWrappers(Type *type)
{
    if (type->new != NULL) {
        TRY_INT(Dict_SetNew(type->dict, "__new__", Builtin_New(&new_def, (Object *)type, NULL)));
    }
    for (Size i = 0; i < COUNT(slot_defs); i++) {
        const SlotDef *def = &slot_defs[i];
        void *fn = *slot_at(type, def->offset);
        if (fn == NULL || def->wrap == NULL) {
            continue;
        }
        if (fn == (void *)Hash_NotImplemented) {
            TRY_INT(Dict_SetStr(type->dict, "__hash__", None));
            continue;
        }
        SlotWrapper *w = Object_Alloc(&SlotWrapper_Type, 0);
        if (w == NULL) {
            return -1;
        }
        w->def = def, w->owner = type, w->fn = fn;
        TRY_INT(Dict_SetNew(type->dict, def->name, (Object *)w));
    }
    return 0;
}

void Type_InheritSlots(Type *type, Type *base)
{
    if (type->richcompare == NULL && type->hash == NULL) {
        type->richcompare = base->richcompare;
        type->hash = base->hash;
    }
    for (Size i = 0; i < COUNT(slot_defs); i++) {
        Size offset = slot_defs[i].offset;
        if (*slot_at(type, offset) == NULL && offset != offsetof(Type, hash) && offset != offsetof(Type, richcompare)) {
            *slot_at(type, offset) = *slot_at(base, offset);
        }
    }
    if (type->traverse == NULL) type->traverse = base->traverse;
    if (type->clear == NULL) type->clear = base->clear;
}

/* Which function serves this slot, given what the mro says about one of its names? */
static void *serve(Type *type, const SlotDef *def, Object *found)
{
    if (found == None && def->offset == offsetof(Type, hash)) {
        return (void *)Hash_NotImplemented;
    }
    if (TYPE(found) == &SlotWrapper_Type) {
        SlotWrapper *w = (SlotWrapper *)found;
        return w->def == def && Type_IsSubtype(type, w->owner) ? w->fn : def->generic;
    }
    if (def->offset == offsetof(Type, new) && TYPE(found) == &Builtin_Type && ((Builtin *)found)->def == &new_def) {
        return (void *)((Type *)((Builtin *)found)->self)->new;
    }
    return def->generic;
}

/* All names that share a slot must agree, or the generic function decides at run time. */
static int fix_slot(Type *type, Size offset)
{
    void *fn = NULL;
    for (Size i = 0; i < COUNT(slot_defs); i++) {
        const SlotDef *def = &slot_defs[i];
        if (def->offset != offset) {
            continue;
        }
        Object *name = Str_Id(def->name);
        if (name == NULL) {
            return -1;
        }
        Object *found = Type_Lookup(type, name);
        Unref(name);
        if (found != NULL) {
            void *wanted = serve(type, def, found);
            fn = fn == NULL || fn == wanted ? wanted : def->generic;
        }
    }
    *slot_at(type, offset) = fn;
    return 0;
}

static bool is_dunder(Object *name)
{
    Size n = STR_LEN(name);
    return n > 4 && Str_At(name, 0) == '_' && Str_At(name, 1) == '_' && Str_At(name, n - 1) == '_';
}

int Type_FixSlots(Type *type, Object *name)
{
    if (name != NULL && !is_dunder(name)) {
        return 0;
    }
    for (Size i = 0; i < COUNT(slot_defs); i++) {
        bool again = i > 0 && slot_defs[i].offset == slot_defs[i - 1].offset;
        if (name == NULL ? !again : Str_EqualAscii(name, slot_defs[i].name)) {
            TRY_INT(fix_slot(type, slot_defs[i].offset));
        }
    }
    for (Size i = 0; name != NULL && i < type->nsubclasses; i++) {
        TRY_INT(Type_FixSlots(type->subclasses[i], name));
    }
    return 0;
}
