/* The longer instructions. Arguments are borrowed from the stack; results are new. */
#include "rabbit.h"
#include "compile.h"
#include "evalhelp.h"

Object *Eval_NoName(Type *type, const char *format, Object *name)
{
    Err_Set(type, format, name);
    Object *exc = Err_Fetch();
    if (exc != NULL && Object_SetAttr(exc, ID(name), name) < 0) {
        CLEAR(exc);
        return NULL;
    }
    Err_Restore(exc);
    return NULL;
}

Object *Eval_LoadGlobal(Frame *f, Object *name)
{
    Object *value = Dict_Get(f->globals, name);
    if (value == NULL && !Err_Occurred()) {
        value = Dict_Get(f->builtins, name);
    }
    return value != NULL ? Ref(value) : Err_Occurred() ? NULL : Eval_NoName(EXC(NameError), "name '%U' is not defined", name);
}

Object *Eval_LoadName(Frame *f, Object *name)
{
    if (f->locals == NULL) {
        return Err_Set(EXC(SystemError), "no locals when loading %R", name);
    }
    if (TYPE(f->locals) == &Dict_Type) {
        Object *value = Dict_Get(f->locals, name);
        return value != NULL ? Ref(value) : Err_Occurred() ? NULL : Eval_LoadGlobal(f, name);
    }
    Object *value = Object_GetItem(f->locals, name);
    return value != NULL || !Err_Swallow(EXC(KeyError)) ? value : Eval_LoadGlobal(f, name);
}

int Eval_Deref(Frame *f, int arg, Object **name)
{
    bool cell = arg < f->code->ncells;
    *name = cell ? TUPLE_ITEM(f->code->cellvars, arg) : TUPLE_ITEM(f->code->freevars, arg - f->code->ncells);
    Eval_NoName(cell ? EXC(UnboundLocalError) : EXC(NameError),
                cell ? "cannot access local variable '%U' where it is not associated with a value"
                     : "cannot access free variable '%U' where it is not associated with a value in enclosing scope", *name);
    return -1;
}

static int unpack_error(Size wanted, Size got, bool star, bool more)
{
    if (more) {
        return Err_Minus(Err_Set(EXC(ValueError), "too many values to unpack (expected %zd)", wanted));
    }
    return Err_Minus(Err_Set(EXC(ValueError), star ? "not enough values to unpack (expected at least %zd, got %zd)"
                             : "not enough values to unpack (expected %zd, got %zd)", wanted, got));
}

/* The first item ends up on top of the stack: top[-1] is its place, later ones go below. */
int Eval_Unpack(Object *seq, Size before, Size after, bool star, Object **top)
{
    if (TYPE(seq)->iter == NULL && TYPE(seq)->getitem == NULL) {
        return Err_Minus(Err_Set(EXC(TypeError), "cannot unpack non-iterable %T object", seq));
    }
    Object *list = TYPE(seq) == &List_Type || TYPE(seq) == &Tuple_Type ? List_FromIter(seq) : NULL;
    if (list == NULL && !Err_Occurred()) {
        Object *it = Object_GetIter(seq), *item;
        list = it == NULL ? NULL : List_New(0);
        while (list != NULL && (star || LIST_LEN(list) <= before) && (item = Iter_Next(it)) != NULL) {
            if (List_AppendNew(list, item) < 0) CLEAR(list);
        }
        XUnref(it);
    }
    if (list == NULL || Err_Occurred()) {
        XUnref(list);
        return -1;
    }
    Size n = LIST_LEN(list), least = before + after;
    if (star ? n < least : n != before) {
        Unref(list);
        return unpack_error(least, n, star, n > least);
    }
    Object *middle = NULL;
    if (star && (middle = List_From(((List *)list)->items + before, n - least)) == NULL) {
        Unref(list);
        return -1;
    }
    for (Size i = 0; i < before; i++) {
        *--top = Ref(LIST_ITEM(list, i));
    }
    if (star) {
        *--top = middle;
    }
    for (Size i = n - after; i < n; i++) {
        *--top = Ref(LIST_ITEM(list, i));
    }
    Unref(list);
    return 0;
}

Object *Eval_Compare(Object *a, Object *b, int op)
{
    int r;
    switch (op) {
    case COMPARE_IS: return Bool_From(a == b);
    case COMPARE_IS_NOT: return Bool_From(a != b);
    case COMPARE_IN: return Bool_From(Object_Contains(b, a));
    case COMPARE_NOT_IN: r = Object_Contains(b, a); return Bool_From(r < 0 ? r : !r);
    default: return Object_Compare(a, b, op);
    }
}

Object *Eval_BuildMap(Object **pairs, Size n)
{
    Object *d = Dict_New();
    for (Size i = 0; d != NULL && i < n; i++) {
        if (Dict_Set(d, pairs[2 * i], pairs[2 * i + 1]) < 0) {
            CLEAR(d);
        }
    }
    return d;
}

Object *Eval_BuildString(Object **parts, Size n)
{
    Buf b;
    Buf_Init(&b);
    for (Size i = 0; i < n; i++) {
        Buf_Str(&b, parts[i]);
    }
    return Buf_Finish(&b);
}

static Object *ascii_of(Object *value)
{
    Object *text = Object_Repr(value), *r;
    if (text == NULL) {
        return NULL;
    }
    Buf b;
    Buf_Init(&b);
    for (Size i = 0; i < STR_LEN(text); i++) {
        uint32_t c = Str_At(text, i);
        char escape[16] = "";
        if (c >= 128) {
            snprintf(escape, sizeof(escape), c < 256 ? "\\x%02x" : c < 65536 ? "\\u%04x" : "\\U%08x", c);
            Buf_Ascii(&b, escape);
        } else {
            Buf_Char(&b, c);
        }
    }
    Unref(text);
    r = Buf_Finish(&b);
    return r;
}

Object *Eval_Format(Object *value, int arg, Object *spec)
{
    int how = arg >> 1;
    Object *converted = how == 'r' ? Object_Repr(value) : how == 's' ? Object_Str(value) : how == 'a' ? ascii_of(value) : Ref(value);
    Object *r = converted == NULL ? NULL : Object_Format(converted, spec == NULL ? interp.empty_str : spec);
    XUnref(converted);
    return r;
}

static const char *callee_name(Object *callee)
{
    return TYPE(callee) == &Function_Type ? Str_Text(((Function *)callee)->qualname) : TYPE(callee)->name;
}

int Eval_Merge(Object *dict, Object *other, Object *callee)
{
    Object *copy = Dict_New(), *key, *value;
    int r = copy == NULL ? -1 : 0;
    if (r == 0 && TYPE(other)->getitem == NULL) {
        r = Err_Minus(Err_Set(EXC(TypeError), "%s() argument after ** must be a mapping, not %T", callee_name(callee), other));
    }
    r = r == 0 ? Dict_Update(copy, other) : r;
    for (Size pos = 0; r == 0 && Dict_Next(copy, &pos, &key, &value);) {
        if (Dict_Get(dict, key) != NULL) {
            r = Err_Minus(Err_Set(EXC(TypeError), "%s() got multiple values for keyword argument '%S'", callee_name(callee), key));
        } else {
            r = Dict_Set(dict, key, value);
        }
    }
    XUnref(copy);
    return r;
}

static bool catchable(Object *type)
{
    return IS_A(type, T_TYPE) && Type_IsSubtype((Type *)type, EXC(BaseException));
}

int Eval_ExcMatch(Object *exc, Object *type)
{
    if (Tuple_Check(type)) {
        int found = 0;
        for (Size i = 0; found == 0 && i < TUPLE_LEN(type); i++) {
            found = Tuple_Check(TUPLE_ITEM(type, i)) ? -2 : Eval_ExcMatch(exc, TUPLE_ITEM(type, i));
        }
        if (found != -2) {
            return found;
        }
    }
    if (!catchable(type)) {
        return Err_Minus(Err_Set(EXC(TypeError), "catching classes that do not inherit from BaseException is not allowed"));
    }
    return IsType(exc, (Type *)type);
}

int Eval_Raise(int n, Object **args)
{
    if (n == 0) {
        Object *handled = Err_Handled();
        if (handled == NULL) {
            Err_Set(EXC(RuntimeError), "No active exception to reraise");
            return 1;
        }
        Err_Restore(Ref(handled));
        return 0;
    }
    Object *exc = Exc_FromValue(args[0]);
    if (exc != NULL && n == 2) {
        Object *cause = args[1] == None ? NULL : Exc_FromValue(args[1]);
        if (cause == NULL && args[1] != None) {
            if (Err_Swallow(EXC(TypeError))) Err_Set(EXC(TypeError), "exception causes must derive from BaseException");
            Unref(exc);
            return 1;
        }
        ASSIGN(EXC_OF(exc)->cause, cause);
        EXC_OF(exc)->suppress = true;
    }
    if (exc != NULL) {
        Err_Raise(exc);
    }
    return 1;
}

Object *Eval_WithExit(Object *exit, Object *exc)
{
    Object *args[] = {None, None, None};
    if (exc != NULL) {
        args[0] = (Object *)TYPE(exc), args[1] = exc;
        args[2] = EXC_OF(exc)->traceback == NULL ? None : EXC_OF(exc)->traceback;
    }
    return Call(exit, args, 3, NULL);
}

static Object *special(Object *o, Object *name)
{
    Object *f = XRef(Type_Lookup(TYPE(o), name));
    if (f != NULL && TYPE(f)->descr_get != NULL) {
        ASSIGN(f, TYPE(f)->descr_get(f, o, (Object *)TYPE(o)));
    }
    return f;
}

int Eval_Enter(Object *manager, Object **exit, Object **entered)
{
    Object *enter = special(manager, ID(__enter__));
    *exit = enter == NULL ? NULL : special(manager, ID(__exit__));
    if (*exit == NULL) {
        if (!Err_Occurred()) {
            Err_Set(EXC(TypeError), "'%T' object does not support the context manager protocol%s", manager,
                    enter == NULL ? "" : " (missed __exit__ method)");
        }
        XUnref(enter);
        return -1;
    }
    *entered = Call0(enter);
    Unref(enter);
    if (*entered == NULL) {
        CLEAR(*exit);
        return -1;
    }
    return 0;
}

Object *Eval_CallEx(Object *f, Object *args, Object *kwargs)
{
    if (!Tuple_Check(args) && TYPE(args)->iter == NULL && TYPE(args)->getitem == NULL) {
        return Err_Set(EXC(TypeError), "%s() argument after * must be an iterable, not %T", callee_name(f), args);
    }
    Object *tuple = Tuple_FromIter(args), *r = tuple == NULL ? NULL : CallEx(f, tuple, kwargs);
    XUnref(tuple);
    return r;
}

/* extra: closure (8), annotations (4), keyword defaults (2), defaults (1), in this order when present. */
Object *Eval_MakeFunction(Frame *f, Object *code, Object *qualname, int flags, Object **extra)
{
    Function *fn = (Function *)Function_New((Code *)code, f->globals, qualname);
    if (fn == NULL) {
        return NULL;
    }
    if (flags & 1) fn->defaults = Ref(*extra++);
    if (flags & 2) fn->kwdefaults = Ref(*extra++);
    if (flags & 4) fn->annotations = Ref(*extra++);
    if (flags & 8) fn->closure = Ref(*extra++);
    return (Object *)fn;
}

Object *Eval_YieldFromIter(Object *o)
{
    return TYPE(o) == &Gen_Type ? Ref(o) : Object_GetIter(o);
}
