/* Types: readiness of the static ones, classes made by type(), the method resolution order (C3).
   Invariant: a ready type has dict, bases and mro; base lists know their direct subclasses, borrowed. */
#include "rabbit.h"

Object *Type_Name(Type *type)
{
    const char *dot = strrchr(type->name, '.');
    return type->heap_name != NULL ? Ref(type->heap_name) : Str_New(dot != NULL ? dot + 1 : type->name);
}

int Type_IsSubtype(Type *a, Type *b)
{
    if (a->mro == NULL) {
        for (; a != NULL && a != b; a = a->base) { }
        return a == b || b == &Object_Type;
    }
    for (Size i = 0; i < TUPLE_LEN(a->mro); i++) {
        if (TUPLE_ITEM(a->mro, i) == (Object *)b) {
            return 1;
        }
    }
    return 0;
}

Object *Type_Search(Type *type, Object *name)
{
    Hash hash = Object_Hash(name);
    for (Size i = 0; type->mro != NULL && i < TUPLE_LEN(type->mro); i++) {
        Object *dict = ((Type *)TUPLE_ITEM(type->mro, i))->dict;
        if (dict == NULL) {                     /* a class that the collector is taking apart */
            continue;
        }
        Table *t = &((Dict *)dict)->table;
        Size number = Table_Find(t, name, hash);
        if (number >= 0) {
            return t->entries[number].value;
        }
    }
    return NULL;
}

int Type_AddSubclass(Type *base, Type *sub)
{
    Type **more = Mem_Realloc(base->subclasses, (size_t)(base->nsubclasses + 1) * sizeof(Type *));
    if (more == NULL) {
        return Err_Minus(Err_NoMemory());
    }
    base->subclasses = more;
    base->subclasses[base->nsubclasses++] = sub;
    return 0;
}

static void remove_subclass(Type *base, Type *sub)
{
    for (Size i = 0; i < base->nsubclasses; i++) {
        if (base->subclasses[i] == sub) {
            base->nsubclasses--;
            Mem_Move(&base->subclasses[i], &base->subclasses[i + 1], (size_t)(base->nsubclasses - i) * sizeof(Type *));
            break;
        }
    }
    if (base->nsubclasses == 0) {
        Mem_Free(base->subclasses);
        base->subclasses = NULL;
    }
}

static void no_order(Type *type)
{
    Buf names;
    Buf_Init(&names);
    for (Size i = 0; i < TUPLE_LEN(type->bases); i++) {
        Buf_Ascii(&names, i > 0 ? ", " : "");
        Buf_Own(&names, Type_Name((Type *)TUPLE_ITEM(type->bases, i)));
    }
    Object *text = Buf_Finish(&names);
    if (text != NULL) {
        Err_Set(EXC(TypeError), "Cannot create a consistent method resolution\norder (MRO) for bases %U", text);
    }
    XUnref(text);
}

/* C3: take the first head that is in no other tail. `lists` is a list of lists; it is used up. */
static Object *c3_merge(Type *type, Object *lists)
{
    Object *mro = List_New(0);
    if (mro == NULL || List_Append(mro, (Object *)type) < 0) {
        goto fail;
    }
    for (;;) {
        Object *candidate = NULL;
        bool empty = true;
        for (Size i = 0; i < LIST_LEN(lists) && candidate == NULL; i++) {
            Object *list = LIST_ITEM(lists, i);
            if (LIST_LEN(list) == 0) {
                continue;
            }
            empty = false;
            candidate = LIST_ITEM(list, 0);
            for (Size j = 0; j < LIST_LEN(lists) && candidate != NULL; j++) {
                Object *other = LIST_ITEM(lists, j);
                for (Size k = 1; k < LIST_LEN(other); k++) {
                    if (LIST_ITEM(other, k) == candidate) {
                        candidate = NULL;
                        break;
                    }
                }
            }
        }
        if (empty) {
            break;
        }
        if (candidate == NULL) {
            no_order(type);
            goto fail;
        }
        if (List_Append(mro, candidate) < 0) {
            goto fail;
        }
        for (Size i = 0; i < LIST_LEN(lists); i++) {
            Object *list = LIST_ITEM(lists, i);
            if (LIST_LEN(list) > 0 && LIST_ITEM(list, 0) == candidate && List_SetSlice(list, 0, 1, NULL) < 0) {
                goto fail;
            }
        }
    }
    Object *tuple = List_ToTuple(mro);
    Unref(mro);
    return tuple;
fail:
    XUnref(mro);
    return NULL;
}

/* A base that is named twice is told apart from an order that cannot be. */
static int check_duplicates(Object *bases)
{
    for (Size i = 0; i < TUPLE_LEN(bases); i++) {
        for (Size k = i + 1; k < TUPLE_LEN(bases); k++) {
            if (TUPLE_ITEM(bases, i) == TUPLE_ITEM(bases, k)) {
                return Err_Minus(Err_Set(EXC(TypeError), "duplicate base class %s", ((Type *)TUPLE_ITEM(bases, i))->name));
            }
        }
    }
    return 0;
}

Object *Type_Mro(Type *type)
{
    if (check_duplicates(type->bases) < 0) {
        return NULL;
    }
    Object *lists = List_New(0), *mro = NULL;
    for (Size i = 0; lists != NULL && i < TUPLE_LEN(type->bases); i++) {
        Type *base = (Type *)TUPLE_ITEM(type->bases, i);
        Object *order = base->mro != NULL ? List_FromIter(base->mro)
            : Err_Set(EXC(TypeError), "Cannot extend an incomplete type '%s'", base->name);
        if (List_AppendNew(lists, order) < 0) {
            CLEAR(lists);
        }
    }
    if (lists != NULL && List_AppendNew(lists, List_FromIter(type->bases)) == 0) {
        mro = c3_merge(type, lists);
    }
    XUnref(lists);
    return mro;
}

/* Put a static type's methods and getsets into its dict. */
static int add_methods(Type *type, const MethodDef *methods)
{
    for (const MethodDef *def = methods; def != NULL && def->name != NULL; def++) {
        Object *o = MethodDescr_New(def, type);
        if (o != NULL && (def->kind & METH_CLASS)) {
            ASSIGN(o, ClassMethod_New(o));
        } else if (o != NULL && (def->kind & METH_STATIC)) {
            Object *plain = Builtin_New(def, NULL, NULL);
            ASSIGN(o, plain == NULL ? NULL : StaticMethod_New(plain));
            XUnref(plain);
        }
        TRY_INT(Dict_SetNew(type->dict, def->name, o));
    }
    return 0;
}

static int add_members(Type *type)
{
    TRY_INT(add_methods(type, type->methods));
    TRY_INT(type == &Bytes_Type ? add_methods(type, Bytes_Methods) : 0);
    TRY_INT(type == &Str_Type ? add_methods(type, Str_CaseMethods) : 0);
    for (const GetSetDef *def = type->getsets; def != NULL && def->name != NULL; def++) {
        TRY_INT(Dict_SetNew(type->dict, def->name, GetSet_New(def, type)));
    }
    return 0;
}

/* What the first class with a __dict__ or with weak references has in its own dict. */
static Object *first_weakref(Object *o)
{
    WeakRef *w = Weak_First(o);
    return Ref(w == NULL ? None : (Object *)w);
}
static const GetSetDef dict_getset = {"__dict__", Object_DictAttribute, Object_SetDictAttribute};
static const GetSetDef weakref_getset = {"__weakref__", first_weakref, NULL};

static int add_layout_attributes(Type *type)
{
    if ((type->flags & T_HASDICT) && !(type->base->flags & (T_HASDICT | T_TYPE))) {
        TRY_INT(Dict_SetNew(type->dict, "__dict__", GetSet_New(&dict_getset, type)));
    }
    if ((type->flags & T_WEAK) && !(type->base->flags & T_WEAK)) {
        TRY_INT(Dict_SetNew(type->dict, "__weakref__", GetSet_New(&weakref_getset, type)));
    }
    return 0;
}

int Type_Ready(Type *type)
{
    if (type->flags & T_READY) {
        return 0;
    }
    if (type->base == NULL && type != &Object_Type) {
        type->base = &Object_Type;
    }
    if (type->base != NULL && Type_Ready(type->base) < 0) {
        return -1;
    }
    type->flags |= T_READY | (type->base != NULL ? type->base->flags & T_INHERITED : 0);
    type->dict = Dict_New();
    type->bases = type->base == NULL ? Tuple_New(0) : Tuple_Pack(1, type->base);
    if (type->dict == NULL || type->bases == NULL || Type_AddSlotWrappers(type) < 0 || add_members(type) < 0) {
        return -1;
    }
    if ((type->flags & T_HASDICT) && !(type->base->flags & T_HASDICT)) {
        TRY_INT(Dict_SetNew(type->dict, "__dict__", GetSet_New(&dict_getset, type)));
    }
    const char *doc = type->doc != NULL ? type->doc : Doc_Of(type->name);
    if (Dict_Get(type->dict, ID(__doc__)) == NULL) {     /* a descriptor for the instances' goes first */
        TRY_INT(Dict_SetNew(type->dict, "__doc__", doc == NULL ? Ref(None) : Str_New(doc)));
    }
    type->mro = Type_Mro(type);
    if (type->mro == NULL) {
        return -1;
    }
    if (type->base != NULL) {
        Type_InheritSlots(type, type->base);
    }
    return 0;
}

void Type_Forget(Type *type)
{
    CLEAR(type->dict);
    CLEAR(type->bases);
    CLEAR(type->mro);
    Type_Modified(type);
    Mem_Free(type->subclasses);
    type->subclasses = NULL;
    type->nsubclasses = 0;
    type->flags &= ~(unsigned)T_READY;
}

/* ---- classes made at run time ---- */

/* The ancestor that gave the instances their layout. */
static Type *solid_base(Type *type)
{
    while (type->base != NULL && type->size == type->base->size && type->nslots == type->base->nslots) {
        type = type->base;
    }
    return type;
}

/* The base whose memory layout all others share. */
static Type *best_base(Object *bases)
{
    Type *winner = NULL, *layout = NULL;
    for (Size i = 0; i < TUPLE_LEN(bases); i++) {
        Object *b = TUPLE_ITEM(bases, i);
        if (!IS_A(b, T_TYPE)) {
            return Err_Set(EXC(TypeError), "bases must be types");
        }
        Type *base = (Type *)b, *solid = solid_base(base);
        if (!(base->flags & T_BASE)) {
            return Err_Set(EXC(TypeError), "type '%s' is not an acceptable base type", base->name);
        }
        if (winner == NULL || (!Type_IsSubtype(layout, solid) && Type_IsSubtype(solid, layout))) {
            winner = base, layout = solid;
        } else if (!Type_IsSubtype(layout, solid)) {
            return Err_Set(EXC(TypeError), "multiple bases have instance lay-out conflict");
        }
    }
    return winner;
}

static Type *best_metaclass(Type *meta, Object *bases)
{
    for (Size i = 0; i < TUPLE_LEN(bases); i++) {
        Type *m = TYPE(TUPLE_ITEM(bases, i));
        if (Type_IsSubtype(m, meta)) {
            meta = m;
        } else if (!Type_IsSubtype(meta, m)) {
            return Err_Set(EXC(TypeError), "metaclass conflict: the metaclass of a derived class must be a (non-strict) "
                           "subclass of the metaclasses of all its bases");
        }
    }
    return meta;
}

static int add_slot(Type *type, Object *name)
{
    Object *mangled = Str_Mangle(type->heap_name, name);
    if (mangled != NULL && Dict_Get(type->dict, mangled) != NULL) {
        Err_Set(EXC(ValueError), "%R in __slots__ conflicts with class variable", name);
        CLEAR(mangled);
    }
    Object *member = mangled == NULL ? NULL : Member_New(mangled, type, type->nslots++);
    int r = member == NULL ? -1 : Dict_Set(type->dict, mangled, member);
    XUnref(mangled), XUnref(member);
    return r;
}

/* One Member per name in __slots__. Without "__dict__" among them, instances have no dict of their own. */
static int add_slots(Type *type, Object *slots)
{
    Object *names = Str_Check(slots) ? Tuple_Pack(1, slots) : Tuple_FromIter(slots);
    if (names == NULL) {
        return -1;
    }
    if (TUPLE_LEN(names) > 0 && (type->base->flags & (T_INT | T_TUPLE | T_BYTES))) {
        Unref(names);
        return Err_Minus(Err_Set(EXC(TypeError), "nonempty __slots__ not supported for subtype of '%s'", type->base->name));
    }
    bool dict = (type->base->flags & T_HASDICT) != 0, weak = (type->base->flags & T_WEAK) != 0;
    int r = 0;
    for (Size i = 0; r == 0 && i < TUPLE_LEN(names); i++) {
        Object *name = TUPLE_ITEM(names, i);
        if (!Str_Check(name)) {
            r = Err_Minus(Err_Set(EXC(TypeError), "__slots__ items must be strings, not '%T'", name));
        } else if (!Str_IsIdentifier(name)) {
            r = Err_Minus(Err_Set(EXC(TypeError), "__slots__ must be identifiers"));
        } else if (STR_IS(name, "__dict__") || STR_IS(name, "__weakref__")) {
            bool *has = STR_IS(name, "__dict__") ? &dict : &weak;
            r = *has ? Err_Minus(Err_Set(EXC(TypeError), "%U slot disallowed: we already got one", name)) : 0;
            *has = true;
        } else {
            r = add_slot(type, name);
        }
    }
    Unref(names);
    for (Size i = 0; i < TUPLE_LEN(type->bases); i++) {
        dict = dict || (((Type *)TUPLE_ITEM(type->bases, i))->flags & T_HASDICT);
        weak = weak || (((Type *)TUPLE_ITEM(type->bases, i))->flags & T_WEAK);
    }
    if (!weak) {
        type->flags &= ~(unsigned)T_WEAK;
    }
    if (!dict) {
        type->flags &= ~(unsigned)T_HASDICT;
        type->room = 0;
    }
    return r;
}

static int wrap_special(Type *type, Object *name, Object *(*wrap)(Object *))
{
    Object *f = Dict_Get(type->dict, name);
    if (f == NULL || TYPE(f) != &Function_Type) {
        return 0;
    }
    Object *wrapped = wrap(f);
    int r = wrapped == NULL ? -1 : Dict_Set(type->dict, name, wrapped);
    XUnref(wrapped);
    return r;
}

static int fill_dict(Type *type)
{
    if (Dict_Get(type->dict, ID(__module__)) == NULL && THREAD->frame != NULL) {
        Object *module = Dict_Get(THREAD->frame->globals, ID(__name__));
        TRY_INT(module == NULL ? 0 : Dict_Set(type->dict, ID(__module__), module));
    }
    Object *qualname = NULL;
    if (Dict_Pop(type->dict, ID(__qualname__), &qualname) < 0) {
        return -1;
    }
    type->qualname = qualname == NULL ? Ref(type->heap_name) : qualname;
    if (!Str_Check(type->qualname)) {
        return Err_Minus(Err_Set(EXC(TypeError), "type __qualname__ must be a str, not %T", type->qualname));
    }
    if (Dict_Get(type->dict, ID(__doc__)) == NULL) {
        TRY_INT(Dict_Set(type->dict, ID(__doc__), None));
    }
    if (Dict_Get(type->dict, ID(__eq__)) != NULL && Dict_Get(type->dict, ID(__hash__)) == NULL) {
        TRY_INT(Dict_Set(type->dict, ID(__hash__), None));
    }
    TRY_INT(wrap_special(type, ID(__new__), StaticMethod_New));
    TRY_INT(wrap_special(type, ID(__init_subclass__), ClassMethod_New));
    TRY_INT(wrap_special(type, ID(__class_getitem__), ClassMethod_New));
    Object *cell = NULL;
    int found = Dict_Pop(type->dict, ID(__classcell__), &cell);
    if (found == 1 && TYPE(cell) != &Cell_Type) {
        Err_Set(EXC(TypeError), "type.__new__: '__classcell__' must be a nonlocal cell, not %R", TYPE(cell));
        found = -1;
    } else if (found == 1) {
        ASSIGN(((Cell *)cell)->value, Ref(type));
    }
    XUnref(cell);
    return found < 0 ? -1 : 0;
}

/* Say in a note of the exception on its way which attribute it was about. */
static void note_set_name(Type *type, Object *name, Object *value)
{
    Object *exc = Err_Fetch(), *text = Str_Format("Error calling __set_name__ on '%T' instance %R in '%s'", value, name, type->name);
    Object *id = Str_Id("add_note"), *done = text == NULL || id == NULL ? NULL : CallMethod(exc, id, 1, &text);
    XUnref(text), XUnref(id), XUnref(done);
    Err_Restore(exc);
}

static int call_set_names(Type *type)
{
    Object *copy = Dict_Copy(type->dict), *name, *value;
    int r = copy == NULL ? -1 : 0;
    for (Size pos = 0; r == 0 && Dict_Next(copy, &pos, &name, &value);) {
        Object *method = Type_Lookup(TYPE(value), ID(__set_name__));
        if (method != NULL) {
            Object *args[] = {(Object *)type, name};
            Object *done = CallSpecial(value, ID(__set_name__), 2, args);
            r = done == NULL ? -1 : 0;
            XUnref(done);
            if (r < 0) {
                note_set_name(type, name, value);
            }
        }
    }
    XUnref(copy);
    return r;
}

static int call_init_subclass(Type *type, Object **kwvalues, Object *kwnames)
{
    Object *super = Call2((Object *)&Super_Type, (Object *)type, (Object *)type);
    Object *hook = super == NULL ? NULL : Object_GetAttr(super, ID(__init_subclass__));
    Object *done = hook == NULL ? NULL : Call(hook, kwvalues, 0, kwnames);
    XUnref(super);
    XUnref(hook);
    XUnref(done);
    return done == NULL ? -1 : 0;
}

/* What a metaclass of the program's own answers for mro(), as a tuple of classes; it may ask type.mro() itself. New. */
static Object *asked_mro(Type *type)
{
    Object *name = Str_Id("mro"), *found = name == NULL ? NULL : Type_Lookup(TYPE(type), name);
    if (found == NULL || TYPE(found) == &MethodDescr_Type) {
        XUnref(name);
        return Err_Occurred() ? NULL : Type_Mro(type);
    }
    type->flags |= T_OWN_ORDER;
    Object *answer = CallSpecial((Object *)type, name, 0, NULL), *mro = answer == NULL ? NULL : Tuple_FromIter(answer);
    Unref(name);
    XUnref(answer);
    if (mro != NULL && TUPLE_LEN(mro) == 0) {
        Err_Set(EXC(TypeError), "type MRO must not be empty");
        CLEAR(mro);
    }
    for (Size i = 0; mro != NULL && i < TUPLE_LEN(mro); i++) {
        Object *item = TUPLE_ITEM(mro, i);
        if (!IS_A(item, T_TYPE)) {
            Err_Set(EXC(TypeError), "mro() returned a non-class ('%T')", item);
            CLEAR(mro);
        } else if (!Type_IsSubtype(solid_base(type), solid_base((Type *)item))) {
            Err_Set(EXC(TypeError), "mro() returned base with unsuitable layout ('%s')", ((Type *)item)->name);
            CLEAR(mro);
        }
    }
    return mro;
}

static int register_with_bases(Type *type)
{
    for (Size i = 0; i < TUPLE_LEN(type->bases); i++) {
        if (Type_AddSubclass((Type *)TUPLE_ITEM(type->bases, i), type) < 0) {
            while (i-- > 0) remove_subclass((Type *)TUPLE_ITEM(type->bases, i), type);
            return -1;
        }
    }
    return 0;
}

Object *Type_New(Object *name, Object *bases, Object *dict, Type *meta, Object **kwvalues, Object *kwnames)
{
    Object *own_bases = TUPLE_LEN(bases) > 0 ? Ref(bases) : Tuple_Pack(1, &Object_Type);
    Type *base = own_bases == NULL ? NULL : best_base(own_bases);
    meta = base == NULL ? NULL : best_metaclass(meta, own_bases);
    Type *type = meta == NULL ? NULL : Object_Alloc(meta, 0);
    if (type == NULL) {
        XUnref(own_bases);
        return NULL;
    }
    type->bases = own_bases;
    type->heap_name = Ref(name);
    type->name = Str_Text(name);
    type->base = Ref(base);
    type->size = base->size;
    type->nslots = base->nslots;
    type->flags = T_HEAP | T_READY | T_GC | T_BASE | T_HASDICT | (base->flags & T_INHERITED);
    type->flags |= base->flags & (T_INT | T_TUPLE | T_BYTES) ? 0 : T_WEAK;
    type->room = base->room > 0 ? base->room : base->flags & T_TYPE ? 0 : INLINE_FIRST;
    type->dict = Dict_Copy(dict);
    Object *slots = type->dict == NULL ? NULL : Dict_Get(type->dict, ID(__slots__));
    if (type->dict == NULL || (slots != NULL && add_slots(type, slots) < 0) || fill_dict(type) < 0
        || add_layout_attributes(type) < 0) {
        goto fail;
    }
    type->mro = asked_mro(type);
    if (type->mro == NULL || register_with_bases(type) < 0) {
        goto fail;
    }
    Type_InheritSlots(type, base);
    if (Type_FixSlots(type, NULL) < 0 || call_set_names(type) < 0 || call_init_subclass(type, kwvalues, kwnames) < 0) {
        goto fail;
    }
    return (Object *)type;
fail:
    Unref(type);
    return NULL;
}

/* type(x), type(name, bases, dict, **kw) */
static Object *type_new(Type *meta, Object **args, Size n, Object *kwnames)
{
    if (n == 1 && meta == &Type_Type && kwnames == NULL) {
        return Ref(TYPE(args[0]));
    }
    if (n != 3) {
        return Err_Set(EXC(TypeError), "type() takes 1 or 3 arguments");
    }
    static const struct { unsigned flag; const char *name; } wanted[] = {{T_STR, "str"}, {T_TUPLE, "tuple"}, {T_DICT, "dict"}};
    for (Size i = 0; i < COUNT(wanted); i++) {
        if (!IS_A(args[i], wanted[i].flag)) {
            return Err_Set(EXC(TypeError), "type.__new__() argument %zd must be %s, not %T", i + 1, wanted[i].name, args[i]);
        }
    }
    return Type_New(args[0], args[1], args[2], meta, args + n, kwnames);
}

static int type_init(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)self, (void)args, (void)kwnames;
    return n == 1 || n == 3 ? 0 : Err_Minus(Err_Set(EXC(TypeError), "type.__init__() takes 1 or 3 arguments"));
}

static Object *type_call(Object *self, Object **args, Size n, Object *kwnames)
{
    Type *type = (Type *)self;
    if (type->new == NULL) {
        return Err_Set(EXC(TypeError), "cannot create '%s' instances", type->name);
    }
    Object *o = type->new(type, args, n, kwnames);
    if (o == NULL || (type == &Type_Type && n == 1) || !IsType(o, type) || TYPE(o)->init == NULL) {
        return o;
    }
    if (TYPE(o)->init(o, args, n, kwnames) < 0) {
        CLEAR(o);
    }
    return o;
}

/* As for instances, but what is found in the mro is a descriptor bound to the class. */
static Object *type_getattro(Object *self, Object *name)
{
    Type *type = (Type *)self;
    Object *meta = XRef(Type_Lookup(TYPE(self), name)), *r;
    TernaryFn get = meta == NULL ? NULL : TYPE(meta)->descr_get;
    if (get != NULL && TYPE(meta)->descr_set != NULL) {
        r = get(meta, self, (Object *)TYPE(self));
        Unref(meta);
        return r;
    }
    Object *found = XRef(Type_Lookup(type, name));
    if (found != NULL) {
        XUnref(meta);
        if (TYPE(found)->descr_get != NULL) {
            ASSIGN(found, TYPE(found)->descr_get(found, NULL, self));
        }
        return found;
    }
    if (get != NULL) {
        r = get(meta, self, (Object *)TYPE(self));
        Unref(meta);
        return r;
    }
    return meta != NULL ? meta : Err_Set(EXC(AttributeError), "type object '%s' has no attribute '%U'", type->name, name);
}

static int type_setattro(Object *self, Object *name, Object *value)
{
    Type *type = (Type *)self;
    if (!Str_Check(name)) {
        return Err_Minus(Err_Set(EXC(TypeError), "attribute name must be string, not '%T'", name));
    }
    if (!(type->flags & T_HEAP)) {
        return Err_Minus(Err_Set(EXC(TypeError), "cannot set '%U' attribute of immutable type '%s'", name, type->name));
    }
    Object *meta = Type_Lookup(TYPE(self), name);
    if (meta != NULL && TYPE(meta)->descr_set != NULL) {
        return TYPE(meta)->descr_set(meta, self, value);
    }
    Type_Modified(type);                        /* before, for the old value may die; after, for a strange key may run code */
    if (value == NULL) {
        Object *old;
        int found = Dict_Pop(type->dict, name, &old);
        if (found <= 0) {
            return found < 0 ? -1 : Err_Minus(Err_Set(EXC(AttributeError), "type object '%s' has no attribute '%U'", type->name, name));
        }
        Type_Modified(type);
        Unref(old);
    } else if (Dict_Set(type->dict, name, value) < 0) {
        return -1;
    }
    Type_Modified(type);
    return Type_FixSlots(type, name);
}

static Object *type_repr(Object *self)
{
    Type *type = (Type *)self;
    Object *module = Dict_Get(type->dict, ID(__module__)), *name = type->qualname;
    if (module != NULL && name != NULL && Str_Check(module) && Str_Check(name) && !STR_IS(module, "builtins")) {
        return Str_Format("<class '%U.%U'>", module, name);
    }
    return Str_Format("<class '%s'>", type->name);
}

static int type_traverse(Object *self, VisitFn visit, void *arg)
{
    Type *type = (Type *)self;
    VISIT(type->dict);
    VISIT(type->bases);
    VISIT(type->mro);
    VISIT(type->base);
    return 0;
}

static void type_clear(Object *self)
{
    Type *type = (Type *)self;
    if (!(type->flags & T_HEAP)) {
        return;
    }
    for (Size i = 0; type->bases != NULL && i < TUPLE_LEN(type->bases); i++) {
        remove_subclass((Type *)TUPLE_ITEM(type->bases, i), type);
    }
    Type_Modified(type);
    CLEAR(type->dict);
    CLEAR(type->bases);
    CLEAR(type->mro);
    if (type->head.refcnt == 0) {               /* instances may outlive a mere tp_clear */
        if (type->shared != NULL) {
            Table_Clear(type->shared);
            Mem_Free(type->shared);
            type->shared = NULL;
        }
        CLEAR(type->base);
        CLEAR(type->heap_name);
        CLEAR(type->qualname);
        Mem_Free(type->subclasses);
        type->subclasses = NULL;
    }
}

static Object *type_get_name(Object *self) { return Type_Name((Type *)self); }
static int type_set_name(Object *self, Object *value)
{
    Type *type = (Type *)self;
    if (!(type->flags & T_HEAP) || value == NULL || !Str_Check(value)) {
        return Err_Minus(Err_Set(EXC(TypeError), "can only assign string to %s.__name__", type->name));
    }
    ASSIGN(type->heap_name, Ref(value));
    type->name = Str_Text(value);
    return 0;
}

static Object *from_dict(Object *self, Object *id, Object *fallback)
{
    Object *found = Dict_Get(((Type *)self)->dict, id);
    if (found != NULL && TYPE(found)->descr_get == NULL) {
        XUnref(fallback);
        return Ref(found);
    }
    return fallback;
}
static int into_dict(Object *self, Object *id, Object *value)
{
    if (!(((Type *)self)->flags & T_HEAP) || value == NULL) {
        return Err_Minus(Err_Set(EXC(TypeError), "cannot change '%U' of class '%s'", id, ((Type *)self)->name));
    }
    Type_Modified((Type *)self);
    return Dict_Set(((Type *)self)->dict, id, value);
}
static Object *type_get_qualname(Object *self) { Type *type = (Type *)self; return type->qualname != NULL ? Ref(type->qualname) : Type_Name(type); }
static int type_set_qualname(Object *self, Object *value)
{
    Type *type = (Type *)self;
    if (!(type->flags & T_HEAP) || value == NULL || !Str_Check(value)) {
        return Err_Minus(Err_Set(EXC(TypeError), "can only assign string to %s.__qualname__, not '%T'", type->name, value));
    }
    ASSIGN(type->qualname, Ref(value));
    return 0;
}
static Object *type_get_module(Object *self) { return from_dict(self, ID(__module__), Ref(ID(builtins))); }
static int type_set_module(Object *self, Object *value) { return into_dict(self, ID(__module__), value); }
static Object *type_get_doc(Object *self)
{
    const char *doc = ((Type *)self)->flags & T_HEAP ? NULL : Doc_Of(((Type *)self)->name);     /* where the dict has a descriptor */
    return from_dict(self, ID(__doc__), doc == NULL ? Ref(None) : Str_New(doc));
}
static int type_set_doc(Object *self, Object *value) { return into_dict(self, ID(__doc__), value); }
static Object *type_get_bases(Object *self) { return Ref(((Type *)self)->bases); }
/* ---- other bases for a class that exists ---- */

static Type *check_bases(Type *type, Object *bases)
{
    if (bases == NULL) {
        return Err_Set(EXC(TypeError), "cannot delete '__bases__' attribute of immutable type '%s'", type->name);
    }
    if (!Tuple_Check(bases)) {
        return Err_Set(EXC(TypeError), "can only assign tuple to %s.__bases__, not %T", type->name, bases);
    }
    if (TUPLE_LEN(bases) == 0) {
        return Err_Set(EXC(TypeError), "can only assign non-empty tuple to %s.__bases__, not ()", type->name);
    }
    for (Size i = 0; i < TUPLE_LEN(bases); i++) {
        Object *b = TUPLE_ITEM(bases, i);
        if (!IS_A(b, T_TYPE)) {
            return Err_Set(EXC(TypeError), "%s.__bases__ must be tuple of classes, not '%T'", type->name, b);
        }
        if (Type_IsSubtype((Type *)b, type)) {
            return Err_Set(EXC(TypeError), "a __bases__ item causes an inheritance cycle");
        }
    }
    Type *base = best_base(bases);
    if (base != NULL && ((base->flags ^ type->base->flags) & T_GC)) {
        return Err_Set(EXC(TypeError), "__bases__ assignment: '%s' deallocator differs from '%s'", base->name, type->base->name);
    }
    if (base != NULL && (solid_base(base) != solid_base(type->base) || ((base->flags ^ type->base->flags) & T_INHERITED))) {
        return Err_Set(EXC(TypeError), "__bases__ assignment: '%s' object layout differs from '%s'", base->name, type->base->name);
    }
    return base;
}

/* New orders for the class and all below it; each class and its old order go into `old`, a list. */
static int renew_order(Type *type, Object *old)
{
    Object *mro = asked_mro(type);
    if (mro == NULL || List_Append(old, (Object *)type) < 0 || List_Append(old, type->mro) < 0) {
        XUnref(mro);
        return -1;
    }
    ASSIGN(type->mro, mro);
    for (Size i = 0; i < type->nsubclasses; i++) {
        TRY_INT(renew_order(type->subclasses[i], old));
    }
    return 0;
}

static int fix_below(Type *type)
{
    TRY_INT(Type_FixSlots(type, NULL));
    for (Size i = 0; i < type->nsubclasses; i++) {
        TRY_INT(fix_below(type->subclasses[i]));
    }
    return 0;
}

/* All or nothing: an order that cannot be leaves the class and those below it as they were. */
static int type_set_bases(Object *self, Object *bases)
{
    Type *type = (Type *)self, *base = check_bases(type, bases);
    if (base != NULL && type->mro == NULL) {
        base = Err_Set(EXC(TypeError), "__bases__ assignment: '%s' is not complete yet", type->name);
    }
    Object *old = base == NULL ? NULL : List_New(0), *old_bases = type->bases;
    if (old == NULL) {
        return -1;
    }
    Type_Modified(type);
    type->bases = Ref(bases);
    int r = renew_order(type, old);
    r = r < 0 ? r : register_with_bases(type);
    if (r < 0) {
        for (Size i = LIST_LEN(old) / 2 - 1; i >= 0; i--) {
            ASSIGN(((Type *)LIST_ITEM(old, 2 * i))->mro, Ref(LIST_ITEM(old, 2 * i + 1)));
        }
        ASSIGN(type->bases, old_bases);
    } else {
        for (Size i = 0; i < TUPLE_LEN(old_bases); i++) {
            remove_subclass((Type *)TUPLE_ITEM(old_bases, i), type);
        }
        ASSIGN(type->base, Ref(base));
        Unref(old_bases);
        r = fix_below(type);
    }
    Unref(old);
    return r;
}
static Object *type_get_base(Object *self) { return Ref(((Type *)self)->base != NULL ? (Object *)((Type *)self)->base : None); }
static Object *type_get_mro(Object *self) { Object *mro = ((Type *)self)->mro; return Ref(mro == NULL ? None : mro); }     /* None: mro() runs */
static Object *type_get_dict(Object *self) { return MappingProxy_New(((Type *)self)->dict); }

/* ---- abstract classes: the set of names is kept in the class's own dict, whether it is empty in a flag ---- */
static Object *type_get_abstract(Object *self)
{
    Object *name = Str_Id("__abstractmethods__"), *found = name == NULL || self == (Object *)&Type_Type ? NULL : Dict_Get(((Type *)self)->dict, name);
    Object *r = found != NULL ? Ref(found) : name == NULL ? NULL : Err_Set(EXC(AttributeError), "type object '%s' has no attribute '__abstractmethods__'", ((Type *)self)->name);
    XUnref(name);
    return r;
}
static int type_set_abstract(Object *self, Object *value)
{
    Type *type = (Type *)self;
    int any = value == NULL ? 0 : Object_IsTrue(value);
    Object *name = any < 0 ? NULL : Str_Id("__abstractmethods__");
    int r = name == NULL ? -1 : value == NULL ? Dict_Del(type->dict, name) : Dict_Set(type->dict, name, value);
    XUnref(name);
    if (r < 0) {
        return value == NULL && Err_Swallow(EXC(KeyError)) ? Err_Minus(Err_Set(EXC(AttributeError), "__abstractmethods__")) : -1;
    }
    Type_Modified(type);
    type->flags = any ? type->flags | T_UNFINISHED : type->flags & ~(unsigned)T_UNFINISHED;
    return 0;
}
void *Type_RefuseAbstract(Type *type)
{
    Object *names = type_get_abstract((Object *)type), *list = names == NULL ? NULL : List_FromIter(names);
    Object *between = Str_New("', '"), *text = NULL;
    if (list != NULL && between != NULL && List_Sort(list, NULL, false) == 0 && (text = Str_Join(between, list)) != NULL) {
        Err_Set(EXC(TypeError), "Can't instantiate abstract class %s without an implementation for abstract method%s '%U'", type->name,
                LIST_LEN(list) > 1 ? "s" : "", text);
    }
    XUnref(names), XUnref(list), XUnref(between), XUnref(text);
    return NULL;
}

/* Numbers that programs look at: the bits are CPython's. */
static Object *type_get_flags(Object *self)
{
    unsigned f = ((Type *)self)->flags;
    return Int_FromLong((f & T_HEAP ? 1 << 9 : 1 << 8) | (f & T_BASE ? 1 << 10 : 0) | (f & T_GC ? 1 << 14 : 0) | (f & T_UNFINISHED ? 1 << 20 : 0)
                        | (f & T_INT ? 1 << 24 : 0) | (f & T_LIST ? 1 << 25 : 0) | (f & T_TUPLE ? 1 << 26 : 0) | (f & T_BYTES ? 1 << 27 : 0)
                        | (f & T_STR ? 1 << 28 : 0) | (f & T_DICT ? 1 << 29 : 0) | (f & T_EXC ? 1 << 30 : 0) | (f & T_TYPE ? (int64_t)1 << 31 : 0) | 1 << 12);
}
static Object *type_get_basicsize(Object *self) { return Int_FromLong(((Type *)self)->size); }
static Object *type_get_itemsize(Object *self) { unsigned f = ((Type *)self)->flags; return Int_FromLong(f & T_INT ? 4 : f & T_TUPLE ? 8 : f & T_BYTES ? 1 : 0); }
static Object *type_get_dictoffset(Object *self) { return Int_FromLong(((Type *)self)->flags & T_HASDICT ? -8 : 0); }
static Object *type_get_weakrefoffset(Object *self) { return Int_FromLong(((Type *)self)->flags & T_WEAK ? -16 : 0); }
static Object *type_get_annotations(Object *self)
{
    Object *found = from_dict(self, ID(__annotations__), NULL);
    if (found == NULL && (found = Dict_New()) != NULL && into_dict(self, ID(__annotations__), found) < 0) {
        CLEAR(found);
    }
    return found;
}
static int type_set_annotations(Object *self, Object *value) { return into_dict(self, ID(__annotations__), value); }

static Object *type_subclasses(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)args, (void)n, (void)kwnames;
    Type *type = (Type *)self;
    return List_From((Object **)type->subclasses, type->nsubclasses);
}

static Object *type_mro(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)args, (void)n, (void)kwnames;
    Object *tuple = Type_Mro((Type *)self), *list = tuple == NULL ? NULL : List_FromIter(tuple);
    XUnref(tuple);
    return list;
}

static Object *type_prepare(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)self, (void)args, (void)n, (void)kwnames;
    return Dict_New();
}

static Object *type_instancecheck(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)n, (void)kwnames;
    return Bool_From(IsType(args[0], (Type *)self));
}

static Object *type_subclasscheck(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)n, (void)kwnames;
    if (!IS_A(args[0], T_TYPE)) {
        return Err_Set(EXC(TypeError), "issubclass() arg 1 must be a class");
    }
    return Bool_From(Type_IsSubtype((Type *)args[0], (Type *)self));
}

static const MethodDef type_methods[] = {
    {"__subclasses__", type_subclasses, 0, 0, NULL, 0},
    {"mro", type_mro, 0, 0, NULL, 0},
    {"__prepare__", type_prepare, 0, 0, NULL, METH_CLASS | METH_RAW},
    {"__instancecheck__", type_instancecheck, 1, 1, NULL, 0},
    {"__subclasscheck__", type_subclasscheck, 1, 1, NULL, 0},
    {NULL, NULL, 0, 0, NULL, 0},
};
static const GetSetDef type_getsets[] = {
    {"__name__", type_get_name, type_set_name}, {"__qualname__", type_get_qualname, type_set_qualname},
    {"__module__", type_get_module, type_set_module}, {"__doc__", type_get_doc, type_set_doc},
    {"__bases__", type_get_bases, type_set_bases}, {"__base__", type_get_base, NULL}, {"__mro__", type_get_mro, NULL},
    {"__abstractmethods__", type_get_abstract, type_set_abstract}, {"__flags__", type_get_flags, NULL},
    {"__basicsize__", type_get_basicsize, NULL}, {"__itemsize__", type_get_itemsize, NULL},
    {"__dictoffset__", type_get_dictoffset, NULL}, {"__weakrefoffset__", type_get_weakrefoffset, NULL},
    {"__dict__", type_get_dict, NULL}, {"__annotations__", type_get_annotations, type_set_annotations},
    {NULL, NULL, NULL},
};

Type Type_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "type", .size = sizeof(Type), .flags = T_BASE | T_GC | T_TYPE,
    .traverse = type_traverse, .clear = type_clear, .repr = type_repr, .call = type_call,
    .getattro = type_getattro, .setattro = type_setattro, .new = type_new, .init = type_init,
    .nb = {[NB_OR] = Type_Or}, .methods = type_methods, .getsets = type_getsets,
};
