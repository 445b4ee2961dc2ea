/* Operators, subscripts, iteration, by way of the slots of the types. */
#include "rabbit.h"

static const char *const op_text[] = {
#define X(upper, lower, text) text,
    BINARY_OPS(X)
#undef X
};

/* The left type's slot, then the right one's; a subclass on the right goes first. */
static Object *binary(Object *a, Object *b, int op)
{
    BinaryFn left = TYPE(a)->nb[op], right = TYPE(b) == TYPE(a) ? NULL : TYPE(b)->nb[op];
    if (right == left) {
        right = NULL;
    }
    if (left != NULL && right != NULL && Type_IsSubtype(TYPE(b), TYPE(a))) {
        BinaryFn swap = left;
        left = right, right = swap;
    }
    Object *r = left == NULL ? Ref(NotImplemented) : left(a, b);
    if (r == NotImplemented && right != NULL) {
        Unref(r);
        r = right(a, b);
    }
    return r;
}

static bool is_repeated(Object *o) { return IS_A(o, T_LIST | T_TUPLE | T_STR | T_BYTES) || IsType(o, &ByteArray_Type); }

static Object *unsupported(Object *a, Object *b, int op, const char *suffix)
{
    if (op == NB_ADD && (List_Check(a) || Tuple_Check(a) || Str_Check(a)) && TYPE(a)->base == &Object_Type) {
        return Err_Set(EXC(TypeError), "can only concatenate %s (not \"%T\") to %s", TYPE(a)->name, b, TYPE(a)->name);
    }
    if (op == NB_ADD && (Bytes_Check(a) || IsType(a, &ByteArray_Type))) {
        return Err_Set(EXC(TypeError), "can't concat %T to %T", b, a);
    }
    if (op == NB_MUL && (is_repeated(a) || is_repeated(b))) {
        return Err_Set(EXC(TypeError), "can't multiply sequence by non-int of type '%T'", is_repeated(a) ? b : a);
    }
    return Err_Set(EXC(TypeError), "unsupported operand type(s) for %s%s: '%T' and '%T'", op_text[op], suffix, a, b);
}

Object *Number_Binary(Object *a, Object *b, int op)
{
    Object *r = binary(a, b, op);
    if (r != NotImplemented) {
        return r;
    }
    Unref(r);
    return unsupported(a, b, op, op == NB_POW ? " or pow()" : "");
}

Object *Number_Inplace(Object *a, Object *b, int op)
{
    if (TYPE(a)->inplace[op] != NULL) {
        Object *r = TYPE(a)->inplace[op](a, b);
        if (r != NotImplemented) {
            return r;
        }
        Unref(r);
    }
    Object *r = binary(a, b, op);
    if (r != NotImplemented) {
        return r;
    }
    Unref(r);
    return unsupported(a, b, op, "=");
}

Object *Number_Unary(Object *o, int op)
{
    static const char *const text[] = {"unary -", "unary +", "unary ~", "abs()", "int()", "float()", "index"};
    if (TYPE(o)->unary[op] != NULL) {
        return TYPE(o)->unary[op](o);
    }
    return Err_Set(EXC(TypeError), "bad operand type for %s: '%T'", text[op], o);
}

Object *Number_Index(Object *o)
{
    if (Int_Check(o)) {
        return Ref(o);
    }
    if (TYPE(o)->unary[UN_INDEX] == NULL) {
        return Err_Set(EXC(TypeError), "'%T' object cannot be interpreted as an integer", o);
    }
    Object *r = TYPE(o)->unary[UN_INDEX](o);
    if (r != NULL && !Int_Check(r)) {
        Err_Set(EXC(TypeError), "__index__ returned non-int (type %T)", r);
        CLEAR(r);
    }
    return r;
}

Size Number_AsSize(Object *o, Type *overflow)
{
    Object *index = Number_Index(o);
    if (index == NULL) {
        return -1;
    }
    int over;
    Size value = Int_AsLong(index, &over);
    Unref(index);
    if (over != 0 && overflow != NULL) {
        Err_Set(overflow, "cannot fit '%T' into an index-sized integer", o);
        return -1;
    }
    return value;
}

Object *Object_GetItem(Object *o, Object *key)
{
    if (TYPE(o)->getitem != NULL) {
        return TYPE(o)->getitem(o, key);
    }
    if (IS_A(o, T_TYPE)) {
        Object *method;
        int found = Object_LookupAttr(o, ID(__class_getitem__), &method);
        if (found != 0) {
            Object *r = found < 0 ? NULL : Call1(method, key);
            XUnref(method);
            return r;
        }
        return Err_Set(EXC(TypeError), "type '%s' is not subscriptable", ((Type *)o)->name);
    }
    return Err_Set(EXC(TypeError), "'%T' object is not subscriptable", o);
}

int Object_SetItem(Object *o, Object *key, Object *value)
{
    if (TYPE(o)->setitem != NULL) {
        return TYPE(o)->setitem(o, key, value);
    }
    return Err_Minus(Err_Set(EXC(TypeError), "'%T' object %s", o, value == NULL ? "doesn't support item deletion"
                             : "does not support item assignment"));
}

Size Object_Len(Object *o)
{
    if (TYPE(o)->len != NULL) {
        return TYPE(o)->len(o);
    }
    return Err_Minus(Err_Set(EXC(TypeError), "object of type '%T' has no len()", o));
}

Object *Object_SelfIter(Object *o) { return Ref(o); }

Object *Object_GetIter(Object *o)
{
    Object *it = NULL;
    if (TYPE(o)->iter != NULL) {
        it = TYPE(o)->iter(o);
    } else if (TYPE(o)->getitem != NULL && !Dict_Check(o)) {
        return SeqIter_New(o);
    } else {
        return Err_Set(EXC(TypeError), "'%T' object is not iterable", o);
    }
    if (it != NULL && TYPE(it)->iternext == NULL) {
        Err_Set(EXC(TypeError), "iter() returned non-iterator of type '%T'", it);
        CLEAR(it);
    }
    return it;
}

Object *Iter_Next(Object *it)
{
    Object *item = Stack_Ok(" while iterating") ? TYPE(it)->iternext(it) : NULL;
    if (item == NULL && THREAD->raised != NULL) {
        Err_Swallow(EXC(StopIteration));
    }
    return item;
}

int Object_Contains(Object *o, Object *item)
{
    if (TYPE(o)->contains != NULL) {
        return TYPE(o)->contains(o, item);
    }
    if (TYPE(o)->iter == NULL && TYPE(o)->getitem == NULL) {
        return Err_Minus(Err_Set(EXC(TypeError), "argument of type '%T' is not iterable", o));
    }
    Object *it = Object_GetIter(o), *next;
    if (it == NULL) {
        return -1;
    }
    int found = 0;
    while (found == 0 && (next = Iter_Next(it)) != NULL) {
        found = Object_CompareBool(next, item, CMP_EQ);
        Unref(next);
    }
    Unref(it);
    return Err_Occurred() ? -1 : found;
}

Object *Object_Format(Object *o, Object *spec)
{
    if (TYPE(o) == &Str_Type && STR_LEN(spec) == 0) {
        return Ref(o);
    }
    Object *r = CallSpecial(o, ID(__format__), 1, &spec);
    if (r != NULL && !Str_Check(r)) {
        Err_Set(EXC(TypeError), "__format__ must return a str, not %T", r);
        CLEAR(r);
    }
    return r;
}

/* isinstance and issubclass: a class, or a tuple of them, or what its metaclass says. */
static int check_class(Object *o, Object *cls, Object *hook, int (*plain)(Object *, Object *))
{
    if (TYPE(cls) == &Type_Type) {
        return plain(o, cls);
    }
    if (Tuple_Check(cls)) {
        if (!Stack_Ok(" in __instancecheck__")) {
            return -1;
        }
        int found = 0;
        for (Size i = 0; found == 0 && i < TUPLE_LEN(cls); i++) {
            found = check_class(o, TUPLE_ITEM(cls, i), hook, plain);
        }
        return found;
    }
    if (Type_Lookup(TYPE(cls), hook) != NULL) {
        Object *r = CallMethod(cls, hook, 1, &o);
        int truth = r == NULL ? -1 : Object_IsTrue(r);
        XUnref(r);
        return truth;
    }
    return plain(o, cls);
}

static int plain_instance(Object *o, Object *cls)
{
    if (!IS_A(cls, T_TYPE)) {
        return Err_Minus(Err_Set(EXC(TypeError), "isinstance() arg 2 must be a type, a tuple of types, or a union"));
    }
    if (IsType(o, (Type *)cls)) {
        return 1;
    }
    Object *declared;
    if (Object_LookupAttr(o, ID(__class__), &declared) < 0) {
        return -1;
    }
    int r = declared != NULL && IS_A(declared, T_TYPE) && Type_IsSubtype((Type *)declared, (Type *)cls);
    XUnref(declared);
    return r;
}

static int plain_subclass(Object *a, Object *cls)
{
    if (!IS_A(a, T_TYPE)) {
        return Err_Minus(Err_Set(EXC(TypeError), "issubclass() arg 1 must be a class"));
    }
    if (!IS_A(cls, T_TYPE)) {
        return Err_Minus(Err_Set(EXC(TypeError), "issubclass() arg 2 must be a class, a tuple of classes, or a union"));
    }
    return Type_IsSubtype((Type *)a, (Type *)cls);
}

int Object_IsInstance(Object *o, Object *classinfo)
{
    if ((Object *)TYPE(o) == classinfo) {
        return 1;
    }
    return check_class(o, classinfo, ID(__instancecheck__), plain_instance);
}

int Object_IsSubclass(Object *cls, Object *classinfo)
{
    return check_class(cls, classinfo, ID(__subclasscheck__), plain_subclass);
}
