/* The class statement: __build_class__ finds the bases, the metaclass and the namespace, runs the body, makes the class. */
#include "rabbit.h"

/* Put what stands for a base that is no class into the list: what its __mro_entries__ says, or itself. */
static int add_base(Object *list, Object *base, Object *bases)
{
    Object *hook = NULL;
    int has = IS_A(base, T_TYPE) ? 0 : Object_LookupAttr(base, ID(__mro_entries__), &hook);
    if (has <= 0) {
        return has < 0 ? -1 : List_Append(list, base);
    }
    Object *entries = Call1(hook, bases);
    Unref(hook);
    if (entries != NULL && !Tuple_Check(entries)) {
        Err_Set(EXC(TypeError), "__mro_entries__ must return a tuple");
        CLEAR(entries);
    }
    int r = entries == NULL ? -1 : List_Extend(list, entries);
    XUnref(entries);
    return r;
}

/* The tuple of real bases; the same one when all are classes. New. */
static Object *real_bases(Object *bases)
{
    Size i = 0;
    while (i < TUPLE_LEN(bases) && IS_A(TUPLE_ITEM(bases, i), T_TYPE)) i++;
    if (i == TUPLE_LEN(bases)) {
        return Ref(bases);
    }
    Object *list = List_New(0), *r;
    for (i = 0; list != NULL && i < TUPLE_LEN(bases); i++) {
        if (add_base(list, TUPLE_ITEM(bases, i), bases) < 0) {
            CLEAR(list);
        }
    }
    r = list == NULL ? NULL : List_ToTuple(list);
    XUnref(list);
    return r;
}

/* The metaclass that fits all bases. Borrowed; NULL: exception. */
static Object *choose_metaclass(Object *meta, Object *bases)
{
    for (Size i = 0; i < TUPLE_LEN(bases); i++) {
        Object *other = (Object *)TYPE(TUPLE_ITEM(bases, i));
        if (!IS_A(meta, T_TYPE) || Type_IsSubtype((Type *)meta, (Type *)other)) {
            continue;
        }
        if (!Type_IsSubtype((Type *)other, (Type *)meta)) {
            return Err_Set(EXC(TypeError), "metaclass conflict: the metaclass of a derived class must be a (non-strict) "
                           "subclass of the metaclasses of all its bases");
        }
        meta = other;
    }
    return meta;
}

/* The class's namespace from metaclass.__prepare__, or a dict. */
static Object *prepare(Object *meta, Object *name, Object *bases, Object *keywords)
{
    Object *hook, *space;
    int found = Object_LookupAttr(meta, ID(__prepare__), &hook);
    if (found <= 0) {
        return found < 0 ? NULL : Dict_New();
    }
    Object *args = Tuple_Pack(2, name, bases);
    space = args == NULL ? NULL : CallEx(hook, args, keywords);
    XUnref(args);
    Unref(hook);
    if (space != NULL && TYPE(space)->getitem == NULL) {
        Err_Set(EXC(TypeError), "%s.__prepare__() must return a mapping, not %T", IS_A(meta, T_TYPE) ? ((Type *)meta)->name : "<metaclass>", space);
        CLEAR(space);
    }
    return space;
}

/* The cell of __class__ must have been filled with this very class by type.__new__. */
static int check_cell(Object *cell, Object *cls, Object *name)
{
    if (TYPE(cell) != &Cell_Type || !IS_A(cls, T_TYPE) || ((Cell *)cell)->value == cls) {
        return 0;
    }
    Object *value = ((Cell *)cell)->value;
    return Err_Minus(value == NULL
        ? Err_Set(EXC(RuntimeError), "__class__ not set defining %R as %R. Was __classcell__ propagated to type.__new__?", name, cls)
        : Err_Set(EXC(TypeError), "__class__ set to %R defining %R as %R", value, name, cls));
}

static Object *make_class(Object *meta, Object *name, Object *bases, Object *space, Object *keywords, Object *cell)
{
    Object *args = Tuple_Pack(3, name, bases, space);
    Object *cls = args == NULL ? NULL : CallEx(meta, args, keywords);
    XUnref(args);
    if (cls != NULL && check_cell(cell, cls, name) < 0) {
        CLEAR(cls);
    }
    return cls;
}

/* `given` is what the statement says, `bases` what that comes to. */
static Object *build_with(Object *function, Object *name, Object *given, Object *bases, Object *keywords)
{
    Object *named = NULL, *meta, *original = NULL;
    if (Dict_Pop(keywords, ID(metaclass), &named) < 0) {
        return NULL;
    }
    meta = named != NULL ? named : TUPLE_LEN(bases) > 0 ? (Object *)TYPE(TUPLE_ITEM(bases, 0)) : (Object *)&Type_Type;
    meta = choose_metaclass(meta, bases);
    Object *space = meta == NULL ? NULL : prepare(meta, name, bases, keywords), *cls = NULL;
    Object *cell = space == NULL ? NULL : Frame_RunBody(function, space);
    if (cell != NULL && given != bases) {
        original = Str_Id("__orig_bases__");
        if (original == NULL || Object_SetItem(space, original, given) < 0) {
            CLEAR(cell);
        }
    }
    if (cell != NULL) {
        cls = make_class(meta, name, bases, space, keywords, cell);
    }
    XUnref(named), XUnref(space), XUnref(cell), XUnref(original);
    return cls;
}

/* __build_class__(function, name, *bases, metaclass=..., **keywords) */
Object *Build_Class(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)self;
    if (n < 2 || TYPE(args[0]) != &Function_Type) {
        return Err_Set(EXC(TypeError), "__build_class__: needs a function and a name");
    }
    Object *bases = Tuple_From(args + 2, n - 2), *keywords = Kw_ToDict(args + n, kwnames), *cls = NULL;
    Object *real = bases == NULL ? NULL : real_bases(bases);
    if (real != NULL && keywords != NULL) {
        cls = build_with(args[0], args[1], bases, real, keywords);
    }
    XUnref(bases), XUnref(real), XUnref(keywords);
    return cls;
}
