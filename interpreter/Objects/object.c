/* What every object can do: be made, be shown, be hashed, be compared, die.
   Dying: __del__, then the type's clear(), then __dict__ and __slots__, then the memory. A chain of
   deaths deeper than DEEP waits in Thread.deferred, so that C does not recurse with its length. */
#include "rabbit.h"

enum { DEEP = 40 };

#ifdef Py_DEBUG
void Ref_CountUp(void) { interp.total_refs++; }
void Ref_CountDown(void) { interp.total_refs--; }
#endif

static size_t head_size(Type *type, Size room)
{
    if (!(type->flags & T_GC)) {
        return 0;
    }
    return sizeof(GcHead) + (size_t)((type->nslots + room + 1) & ~(Size)1) * sizeof(Object *);
}

/* Where the memory of an object starts. */
static void *block_of(Object *o)
{
    return (char *)o - (IS_A(o, T_GC) ? head_size(TYPE(o), GC_HEAD(o)->room) : 0);
}

void *Object_Alloc(Type *type, Size extra)
{
    if ((type->flags & T_GC) && interp.gc.generation[0].count > interp.gc.generation[0].threshold) {
        Gc_RunIfDue();
    }
    size_t head = head_size(type, type->room);
    char *block = Mem_Zalloc(head + (size_t)type->size + (size_t)extra);
    if (block == NULL) {
        return Err_NoMemory();
    }
    Object *o = (Object *)(block + head);
    o->refcnt = 1;
    COUNT_UP();
    o->type = type;
    if (type->flags & T_HEAP) {
        Ref(type);
    }
    if (type->flags & T_GC) {
        GC_HEAD(o)->room = type->room;
        Gc_Track(o);
    }
    return o;
}

void Object_MakeImmortal(Object *o)
{
#ifdef Py_DEBUG
    interp.total_refs -= o->refcnt < IMMORTAL ? o->refcnt : 0;
#endif
    o->refcnt = IMMORTAL;
    if (o->type->flags & T_GC) {
        Gc_Untrack(o);
    }
}

/* Where the value of the index-th slot (__slots__) is kept: before the GcHead. */
Object **Object_Slot(Object *o, Size index)
{
    return (Object **)GC_HEAD(o) - 1 - index;
}

static void free_object(Object *o)
{
    Type *type = o->type;
    void *block = block_of(o);
    if (type->flags & T_GC) {
        Gc_Untrack(o);
    }
    if (type->clear != NULL) {
        type->clear(o);
    }
    if (type->flags & T_GC) {
        CLEAR(GC_HEAD(o)->dict);
        Instance_Drop(o);
        for (Size i = 0; i < type->nslots; i++) {
            CLEAR(*Object_Slot(o, i));
        }
    }
    Mem_Free(block);
    if (type->flags & T_HEAP) {
        Unref(type);
    }
}

/* Run __del__ once. True when the object lives on. */
static bool finalize(Object *o)
{
    Type *type = o->type;
    if (type->del == NULL || GC_HEAD(o)->finalized) {
        return false;
    }
    GC_HEAD(o)->finalized = 1;
    o->refcnt = 1;
    COUNT_UP();
    Object *raised = Err_Fetch();
    type->del(o);
    Err_Restore(raised);
    COUNT_DOWN();
    if (--o->refcnt > 0) {
        Gc_Track(o);
        return true;
    }
    return false;
}

static void destroy(Object *o)
{
    o->refcnt = 0;
    if (IS_A(o, T_GC)) {
        GC_HEAD(o)->bits &= (uint8_t)~WEAK_DYING;
    }
    if (!finalize(o)) {
        if (IS_A(o, T_GC) && (GC_HEAD(o)->bits & WEAK_REFERRED)) {
            Weak_Died(o);
        }
        free_object(o);
    }
}

void Object_Dealloc(Object *o)
{
    Thread *th = THREAD;
    if (th->dealloc_depth >= DEEP) {
        if (o->type->flags & T_GC) {
            Gc_Untrack(o);
            GC_HEAD(o)->bits |= WEAK_DYING;     /* its count is no count any more */
            if (IS_A(o, T_WEAKREF)) {
                Weak_Detach((WeakRef *)o);
            }
        }
        o->refcnt = (Size)(intptr_t)th->deferred;
        th->deferred = o;
        return;
    }
    th->dealloc_depth++;
    destroy(o);
    while (th->dealloc_depth == 1 && th->deferred != NULL) {
        Object *next = th->deferred;
        th->deferred = (Object *)(intptr_t)next->refcnt;
        destroy(next);
    }
    th->dealloc_depth--;
}

Object *Object_Repr(Object *o)
{
    if (o == NULL) {
        return Str_New("<NULL>");
    }
    if (!Stack_Ok(" while getting the repr of an object")) {
        return NULL;
    }
    Object *text = TYPE(o)->repr(o);
    if (text != NULL && !Str_Check(text)) {
        Err_Set(EXC(TypeError), "__repr__ returned non-string (type %T)", text);
        CLEAR(text);
    }
    return text;
}

Object *Object_Str(Object *o)
{
    if (o == NULL) {
        return Str_New("<NULL>");
    }
    if (TYPE(o) == &Str_Type) {
        return Ref(o);
    }
    if (TYPE(o)->str == NULL) {
        return Object_Repr(o);
    }
    if (!Stack_Ok(" while getting the str of an object")) {
        return NULL;
    }
    Object *text = TYPE(o)->str(o);
    if (text != NULL && !Str_Check(text)) {
        Err_Set(EXC(TypeError), "__str__ returned non-string (type %T)", text);
        CLEAR(text);
    }
    return text;
}

Hash Hash_Pointer(const void *p)
{
    uintptr_t x = (uintptr_t)p;
    Hash h = (Hash)((x >> 4) | (x << 60));
    return h == -1 ? -2 : h;
}

Hash Hash_NotImplemented(Object *o)
{
    Err_Set(EXC(TypeError), "unhashable type: '%T'", o);
    return -1;
}

Hash Object_Hash(Object *o)
{
    if (TYPE(o)->hash == NULL) {
        return Hash_NotImplemented(o);
    }
    return Stack_Ok(" while hashing an object") ? TYPE(o)->hash(o) : -1;
}

static const int reflected[] = {CMP_GT, CMP_GE, CMP_EQ, CMP_NE, CMP_LT, CMP_LE};
static const char *const compare_text[] = {"<", "<=", "==", "!=", ">", ">="};

/* A subclass on the right is asked first; then left, then right. */
static Object *rich_compare(Object *a, Object *b, int op)
{
    bool right_asked = false;
    Object *r;
    if (TYPE(a) != TYPE(b) && Type_IsSubtype(TYPE(b), TYPE(a)) && TYPE(b)->richcompare != NULL) {
        right_asked = true;
        if ((r = TYPE(b)->richcompare(b, a, reflected[op])) != NotImplemented) {
            return r;
        }
        Unref(r);
    }
    if (TYPE(a)->richcompare != NULL) {
        if ((r = TYPE(a)->richcompare(a, b, op)) != NotImplemented) {
            return r;
        }
        Unref(r);
    }
    if (!right_asked && TYPE(b)->richcompare != NULL) {
        if ((r = TYPE(b)->richcompare(b, a, reflected[op])) != NotImplemented) {
            return r;
        }
        Unref(r);
    }
    if (op == CMP_EQ || op == CMP_NE) {
        return Bool_From((a == b) == (op == CMP_EQ));
    }
    return Err_Set(EXC(TypeError), "'%s' not supported between instances of '%T' and '%T'", compare_text[op], a, b);
}

Object *Object_Compare(Object *a, Object *b, int op)
{
    return Stack_Ok(" in comparison") ? rich_compare(a, b, op) : NULL;
}

int Object_CompareBool(Object *a, Object *b, int op)
{
    if (a == b && (op == CMP_EQ || op == CMP_NE)) {
        return op == CMP_EQ;
    }
    Object *r = Object_Compare(a, b, op);
    if (r == NULL) {
        return -1;
    }
    int truth = Object_IsTrue(r);
    Unref(r);
    return truth;
}

int Object_IsTrue(Object *o)
{
    if (o == True) return 1;
    if (o == False || o == None) return 0;
    if (TYPE(o)->truth != NULL) {
        return TYPE(o)->truth(o);
    }
    if (TYPE(o)->len != NULL) {
        Size n = TYPE(o)->len(o);
        return n < 0 ? -1 : n > 0;
    }
    return 1;
}

/* The type object `object`. */
static Object *object_repr(Object *o)
{
    Object *module = Type_Lookup(TYPE(o), ID(__module__));
    Object *name = TYPE(o)->qualname;
    if ((TYPE(o)->flags & T_HEAP) && module != NULL && Str_Check(module) && name != NULL && Str_Check(name)
        && !STR_IS(module, "builtins")) {
        return Str_Format("<%U.%U object at %p>", module, name, o);
    }
    return Str_Format("<%T object at %p>", o, o);
}

static Object *object_str(Object *o) { return Object_Repr(o); }
static Hash object_hash(Object *o) { return Hash_Pointer(o); }

static Object *object_compare(Object *a, Object *b, int op)
{
    if (op == CMP_EQ) {
        return Ref(a == b ? True : NotImplemented);
    }
    if (op != CMP_NE || TYPE(a)->richcompare == NULL) {
        return Ref(NotImplemented);
    }
    Object *equal = TYPE(a)->richcompare(a, b, CMP_EQ);
    if (equal == NULL || equal == NotImplemented) {
        return equal;
    }
    int truth = Object_IsTrue(equal);
    Unref(equal);
    return truth < 0 ? NULL : Bool_From(!truth);
}

/* Extra arguments are an error, unless the class has the other of __new__ and __init__ of its own. */
static Object *object_new(Type *type, Object **args, Size n, Object *kwnames)
{
    (void)args;
    if ((n > 0 || kwnames != NULL) && (type->new != object_new || type->init == Object_Type.init)) {
        return Err_Set(EXC(TypeError), "%s() takes no arguments", type->name);
    }
    if (type->flags & T_UNFINISHED) {
        return Type_RefuseAbstract(type);
    }
    if (type->flags & T_ABSTRACT) {
        return Err_Set(EXC(TypeError), "cannot create '%s' instances", type->name);
    }
    return Object_Alloc(type, 0);
}

static int object_init(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)args;
    Type *type = TYPE(self);
    if ((n > 0 || kwnames != NULL) && (type->init != object_init || type->new == object_new)) {
        Err_Set(EXC(TypeError), "%s.__init__() takes exactly one argument (the instance to initialize)", type->name);
        return -1;
    }
    return 0;
}

static Object *object_format(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)n, (void)kwnames;
    if (!Str_Check(args[0]) || STR_LEN(args[0]) > 0) {
        return Err_Set(EXC(TypeError), "unsupported format string passed to %T.__format__", self);
    }
    return Object_Str(self);
}

static Object *object_dir(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)args, (void)n, (void)kwnames;
    return Object_Dir(self);
}

static Object *object_init_subclass(Object *cls, Object **args, Size n, Object *kwnames)
{
    (void)args, (void)n;
    bool any = kwnames != NULL && TUPLE_LEN(kwnames) > 0;
    return any ? Err_Set(EXC(TypeError), "%s.__init_subclass__() takes no keyword arguments", ((Type *)cls)->name) : Ref(None);
}

static Object *object_subclasshook(Object *cls, Object **args, Size n, Object *kwnames)
{
    (void)cls, (void)args, (void)n, (void)kwnames;
    return Ref(NotImplemented);
}

static Object *object_sizeof(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)args, (void)n, (void)kwnames;
    return Int_FromLong(TYPE(self)->size + (Size)((char *)self - (char *)block_of(self)));
}

static Object *object_reduce(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)args, (void)n, (void)kwnames;
    return Err_Set(EXC(TypeError), "cannot pickle '%T' object", self);
}

static Object *object_get_class(Object *o) { return Ref(TYPE(o)); }

static int object_set_class(Object *o, Object *value)
{
    if (value == NULL || !IS_A(value, T_TYPE)) {
        return Err_Minus(value == NULL ? Err_Set(EXC(TypeError), "can't delete __class__ attribute")
                         : Err_Set(EXC(TypeError), "__class__ must be set to a class, not '%T' object", value));
    }
    Type *from = TYPE(o), *to = (Type *)value;
    if (!(from->flags & to->flags & T_HEAP) && !(IsType(o, &Module_Type) && Type_IsSubtype(to, &Module_Type))) {
        return Err_Minus(Err_Set(EXC(TypeError), "__class__ assignment only supported for mutable types or ModuleType subclasses"));
    }
    if (to->size != from->size || to->nslots != from->nslots || to->clear != from->clear || ((to->flags ^ from->flags) & (T_HASDICT | T_GC | T_WEAK))) {
        return Err_Minus(Err_Set(EXC(TypeError), "__class__ assignment: '%s' object layout differs from '%s'", to->name, from->name));
    }
    TRY_INT(Instance_Dict(o));
    ASSIGN(o->type, Ref(value));
    return 0;
}

Object *Object_DictAttribute(Object *o)
{
    Object *dict = Object_Dict(o);
    return dict != NULL || Err_Occurred() ? XRef(dict) : Err_Set(EXC(AttributeError), "'%T' object has no attribute '__dict__'", o);
}

int Object_SetDictAttribute(Object *o, Object *value)
{
    if (!IS_A(o, T_HASDICT) || value == NULL || !Dict_Check(value)) {
        return Err_Minus(Err_Set(EXC(TypeError), "__dict__ must be set to a dictionary"));
    }
    TRY_INT(Instance_Dict(o));
    ASSIGN(GC_HEAD(o)->dict, Ref(value));
    return 0;
}

static const MethodDef object_methods[] = {
    {"__format__", object_format, 1, 1, NULL, 0},
    {"__dir__", object_dir, 0, 0, NULL, 0},
    {"__init_subclass__", object_init_subclass, 0, 0, NULL, METH_CLASS | METH_RAW},
    {"__sizeof__", object_sizeof, 0, 0, NULL, 0}, {"__subclasshook__", object_subclasshook, 1, 1, NULL, METH_CLASS},
    {"__reduce__", object_reduce, 0, 0, NULL, 0},
    {NULL, NULL, 0, 0, NULL, 0},
};
static const GetSetDef object_getsets[] = {
    {"__class__", object_get_class, object_set_class},
    {NULL, NULL, NULL},
};

Type Object_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "object", .size = sizeof(Object), .flags = T_BASE,
    .repr = object_repr, .str = object_str, .hash = object_hash, .richcompare = object_compare,
    .getattro = Object_GenericGetAttr, .setattro = Object_GenericSetAttr,
    .new = object_new, .init = object_init, .methods = object_methods, .getsets = object_getsets,
};

/* The singletons */
static Object *none_repr(Object *o) { (void)o; return Str_New("None"); }
static int none_truth(Object *o) { (void)o; return 0; }
static Object *notimplemented_repr(Object *o) { (void)o; return Str_New("NotImplemented"); }
static Object *ellipsis_repr(Object *o) { (void)o; return Str_New("Ellipsis"); }

Object None_Object = IMMORTAL_HEAD(&None_Type);
Object NotImplemented_Object = IMMORTAL_HEAD(&NotImplemented_Type);
Object Ellipsis_Object = IMMORTAL_HEAD(&Ellipsis_Type);
/* Called, their types give the one there is. */
static Object *the_one(Type *type, Object **args, Size n, Object *kwnames)
{
    (void)args;
    if (n > 0 || kwnames != NULL) {
        return Err_Set(EXC(TypeError), "%s takes no arguments", type == &Ellipsis_Type ? "EllipsisType" : type->name);
    }
    return Ref(type == &None_Type ? None : type == &Ellipsis_Type ? Ellipsis : NotImplemented);
}
Type None_Type = {.head = IMMORTAL_HEAD(&Type_Type), .name = "NoneType", .size = sizeof(Object),
    .flags = T_ABSTRACT, .new = the_one, .repr = none_repr, .truth = none_truth};
Type NotImplemented_Type = {.head = IMMORTAL_HEAD(&Type_Type), .name = "NotImplementedType", .size = sizeof(Object),
    .flags = T_ABSTRACT, .new = the_one, .repr = notimplemented_repr};
Type Ellipsis_Type = {.head = IMMORTAL_HEAD(&Type_Type), .name = "ellipsis", .size = sizeof(Object),
    .flags = T_ABSTRACT, .new = the_one, .repr = ellipsis_repr};
