/* The longer instructions. Arguments are borrowed from the stack; results are new. */
#include "vm.h"

void *Eval_NoName(Type *type, const char *format, Object *name)
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

void *Eval_NoLocal(Frame *f, int slot)
{
    Object *name = TUPLE_ITEM(f->code->localsplus, slot);
    if (f->code->kinds[slot] & VAR_FREE) {
        return Eval_NoName(EXC(NameError), "cannot access free variable '%U' where it is not associated with a value in enclosing scope", name);
    }
    return Eval_NoName(EXC(UnboundLocalError), "cannot access local variable '%U' where it is not associated with a value", name);
}

Object *Eval_LoadGlobal(Frame *f, Object *name)
{
    Object *value = Dict_Get(f->globals, name);
    if (value == NULL && !Err_Occurred()) {
        value = Dict_Get(f->builtins, name);
    }
    return value != NULL ? Ref(value) : Err_Occurred() ? NULL : Eval_NoName(EXC(NameError), "name '%U' is not defined", name);
}

/* In a dict, or in any mapping. NULL without exception: not there. */
Object *Eval_LookIn(Object *mapping, Object *key)
{
    if (TYPE(mapping) == &Dict_Type) {
        return XRef(Dict_Get(mapping, key));
    }
    Object *value = Object_GetItem(mapping, key);
    if (value == NULL) {
        Err_Swallow(EXC(KeyError));
    }
    return value;
}

Object *Eval_LoadName(Frame *f, Object *name)
{
    if (f->locals == NULL) {
        return Err_Set(EXC(SystemError), "no locals when loading %R", name);
    }
    Object *value = Eval_LookIn(f->locals, name);
    return value != NULL || Err_Occurred() ? value : Eval_LoadGlobal(f, name);
}

int Eval_SetupAnnotations(Frame *f)
{
    if (f->locals == NULL) {
        return Err_Minus(Err_Set(EXC(SystemError), "no locals found when setting up annotations"));
    }
    Object *there = Eval_LookIn(f->locals, ID(__annotations__)), *fresh = there == NULL && !Err_Occurred() ? Dict_New() : NULL;
    int r = there != NULL ? 0 : fresh == NULL ? -1 : Object_SetItem(f->locals, ID(__annotations__), fresh);
    XUnref(there), XUnref(fresh);
    return r;
}

/* yield from: a coroutine only where one may be awaited. */
Object *Eval_YieldFromIter(Frame *f, Object *o)
{
    if (TYPE(o) == &Coro_Type && !(f->code->flags & (CODE_COROUTINE | CODE_ITERABLE_COROUTINE))) {
        return Err_Set(EXC(TypeError), "cannot 'yield from' a coroutine object in a non-coroutine generator");
    }
    return TYPE(o) == &Gen_Type || TYPE(o) == &Coro_Type ? Ref(o) : Object_GetIter(o);
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

Object *Eval_BuildSet(Object **values, Size n)
{
    Object *set = Set_New(NULL);
    for (Size i = 0; set != NULL && i < n; i++) {
        if (Set_Add(set, values[i]) < 0) {
            CLEAR(set);
        }
    }
    return set;
}

Object *Eval_ConstKeyMap(Object *keys, Object **values)
{
    Object *d = Dict_New();
    for (Size i = 0; d != NULL && i < TUPLE_LEN(keys); i++) {
        if (Dict_Set(d, TUPLE_ITEM(keys, i), values[i]) < 0) {
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

/* how: 0 as it is, 1 str, 2 repr, 3 ascii */
Object *Eval_Format(Object *value, int how, Object *spec)
{
    Object *converted = how == 2 ? Object_Repr(value) : how == 1 ? Object_Str(value) : how == 3 ? ascii_of(value) : Ref(value);
    if (converted != NULL && spec == NULL && TYPE(converted) == &Str_Type) {
        return converted;
    }
    Object *r = converted == NULL ? NULL : Object_Format(converted, spec == NULL ? interp.empty_str : spec);
    XUnref(converted);
    return r;
}

int Eval_Extend(Object *list, Object *value)
{
    if (TYPE(value)->iter == NULL && TYPE(value)->getitem == NULL) {
        return Err_Minus(Err_Set(EXC(TypeError), "Value after * must be an iterable, not %T", value));
    }
    return List_Extend(list, value);
}

int Eval_DictUpdate(Object *dict, Object *value)
{
    Object *keys;
    int has = Dict_Check(value) ? 1 : Object_LookupAttr(value, ID(keys), &keys);
    if (has == 0) {
        return Err_Minus(Err_Set(EXC(TypeError), "'%T' object is not a mapping", value));
    }
    if (has == 1 && !Dict_Check(value)) {
        Unref(keys);
    }
    return has < 0 ? -1 : Dict_Update(dict, value);
}

/* `module.qualname()` as an error calls it; "()" only behind functions. A new str. */
static Object *callee_text(Object *callee)
{
    Object *name = NULL, *module = NULL, *r;
    if (Object_LookupAttr(callee, ID(__qualname__), &name) < 0 || (name != NULL && Object_LookupAttr(callee, ID(__module__), &module) < 0)) {
        XUnref(name);
        return NULL;
    }
    if (name == NULL) {
        return Object_Str(callee);
    }
    if (module != NULL && module != None && !(Str_Check(module) && STR_IS(module, "builtins"))) {
        r = Str_Format("%S.%S()", module, name);
    } else {
        r = Str_Format("%S()", name);
    }
    Unref(name), XUnref(module);
    return r;
}

static int callee_error(Object *callee, const char *format, Object *what)
{
    Object *text = callee_text(callee);
    if (text != NULL) {
        Err_Set(EXC(TypeError), format, text, what);
    }
    XUnref(text);
    return -1;
}

int Eval_Merge(Object *dict, Object *other, Object *callee)
{
    Object *copy = Dict_New(), *key, *value;
    int r = copy == NULL ? -1 : Eval_DictUpdate(copy, other);
    if (r < 0 && copy != NULL && Err_Matches(EXC(TypeError)) && !Dict_Check(other)) {
        Err_Clear();
        callee_error(callee, "%U argument after ** must be a mapping, not %T", other);
    }
    for (Size pos = 0; r == 0 && Dict_Next(copy, &pos, &key, &value);) {
        r = Dict_Get(dict, key) != NULL ? callee_error(callee, "%U got multiple values for keyword argument '%S'", key)
            : Err_Occurred() ? -1 : Dict_Set(dict, key, value);
    }
    XUnref(copy);
    return r;
}

Object *Eval_CallEx(Object *f, Object *args, Object *kwargs)
{
    if (!Tuple_Check(args) && TYPE(args)->iter == NULL && TYPE(args)->getitem == NULL) {
        callee_error(f, "%U argument after * must be an iterable, not %T", args);
        return NULL;
    }
    if (kwargs != NULL && TYPE(kwargs) != &Dict_Type) {
        Object *copy = Dict_New(), *result = NULL;
        if (copy != NULL && Eval_Merge(copy, kwargs, f) == 0) {
            result = Eval_CallEx(f, args, copy);
        }
        XUnref(copy);
        return result;
    }
    Object *tuple = TYPE(args) == &Tuple_Type ? Ref(args) : Tuple_FromIter(args), *r = tuple == NULL ? NULL : CallEx(f, tuple, kwargs);
    XUnref(tuple);
    return r;
}

static bool catchable(Object *type)
{
    return IS_A(type, T_TYPE) && Type_IsSubtype((Type *)type, EXC(BaseException));
}

static int not_catchable(void)
{
    return Err_Minus(Err_Set(EXC(TypeError), "catching classes that do not inherit from BaseException is not allowed"));
}

int Eval_CheckCatchable(Object *type)
{
    for (Size i = 0; Tuple_Check(type) && i < TUPLE_LEN(type); i++) {
        if (!catchable(TUPLE_ITEM(type, i))) {
            return not_catchable();
        }
    }
    return Tuple_Check(type) || catchable(type) ? 0 : not_catchable();
}

int Eval_ExcMatch(Object *exc, Object *type)
{
    TRY_INT(Eval_CheckCatchable(type));
    bool found = !Tuple_Check(type) && IsType(exc, (Type *)type);
    for (Size i = 0; Tuple_Check(type) && !found && i < TUPLE_LEN(type); i++) {
        found = IsType(exc, (Type *)TUPLE_ITEM(type, i));
    }
    return found;
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

static int no_manager(Object *manager, bool async, bool enter)
{
    if (!Err_Occurred()) {
        Err_Set(EXC(TypeError), "'%T' object does not support the %s protocol%s", manager, async ? "asynchronous context manager" : "context manager",
                !enter ? "" : async ? " (missed __aexit__ method)" : " (missed __exit__ method)");
    }
    return -1;
}

int Eval_Enter(Object *manager, bool async, Object **exit, Object **entered)
{
    Object *enter = special(manager, async ? ID(__aenter__) : ID(__enter__));
    *exit = enter == NULL ? NULL : special(manager, async ? ID(__aexit__) : ID(__exit__));
    if (*exit == NULL) {
        no_manager(manager, async, enter != NULL);
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

/* `annotations` is a tuple of names and values, alternating. */
static Object *annotations_dict(Object *annotations)
{
    return Tuple_Check(annotations) ? Eval_BuildMap(((Tuple *)annotations)->items, TUPLE_LEN(annotations) / 2) : Ref(annotations);
}

Object *Eval_MakeFunction(Frame *f, Object *code, Object *defaults, Object *kwdefaults, Object *annotations, Object *closure)
{
    Function *fn = (Function *)Function_New((Code *)code, f->globals, ((Code *)code)->qualname);
    if (fn == NULL) {
        return NULL;
    }
    fn->defaults = XRef(defaults);
    fn->kwdefaults = XRef(kwdefaults);
    fn->closure = XRef(closure);
    if (annotations != NULL && (fn->annotations = annotations_dict(annotations)) == NULL) {
        CLEAR(fn);
    }
    return (Object *)fn;
}

Object *Eval_ImportName(Frame *f, Object *name, Object *fromlist, Object *level)
{
    Object *import = Dict_Get(f->builtins, ID(__import__));
    if (import == NULL) {
        return Err_Occurred() ? NULL : Err_Set(EXC(ImportError), "__import__ not found");
    }
    Object *args[5] = {name, f->globals, f->locals == NULL ? None : f->locals, fromlist, level};
    return Call(import, args, 5, NULL);
}

/* NULL without exception: they have none. */
Object *Eval_Behind(Type *cls, Type *type, Object *name)
{
    Object *mro = type->mro;
    Size i = 0, n = mro == NULL ? 0 : TUPLE_LEN(mro);
    while (i < n && TUPLE_ITEM(mro, i) != (Object *)cls) {
        i++;
    }
    for (i++; i < n; i++) {
        Object *dict = ((Type *)TUPLE_ITEM(mro, i))->dict, *found = dict == NULL ? NULL : Dict_Get(dict, name);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

/* super(cls, self).name without an object for super. With `method`, a function comes unbound and *first is set: call it
   with self; otherwise *first is NULL. */
Object *Eval_Super(Object *super, Object *cls, Object *self, Object *name, bool method, bool two, Object **first)
{
    *first = NULL;
    bool of_class = IS_A(cls, T_TYPE) && IS_A(self, T_TYPE) && Type_IsSubtype((Type *)self, (Type *)cls);
    if (super == (Object *)&Super_Type && IS_A(cls, T_TYPE) && name != ID(__class__) && (of_class || IsType(self, (Type *)cls))) {
        Object *found = Eval_Behind((Type *)cls, of_class ? (Type *)self : TYPE(self), name);
        if (found != NULL && method && !of_class && TYPE(found) == &Function_Type) {
            *first = Ref(found);
            return Ref(self);
        }
        if (found != NULL) {
            TernaryFn get = TYPE(found)->descr_get;
            return get == NULL ? Ref(found) : get(found, of_class ? NULL : self, of_class ? self : (Object *)TYPE(self));
        }
    }
    Object *args[] = {cls, self}, *object = Call(super, args, two || super == (Object *)&Super_Type ? 2 : 0, NULL);
    Object *r = object == NULL ? NULL : Object_GetAttr(object, name);
    XUnref(object);
    return r;
}

/* By number of BINARY_OP: the slot. */
static const uint8_t binary_slots[] = {NB_ADD, NB_AND, NB_FLOORDIV, NB_LSHIFT, NB_MATMUL, NB_MUL, NB_MOD, NB_OR, NB_POW, NB_RSHIFT, NB_SUB, NB_TRUEDIV, NB_XOR};

Object *Eval_BinaryOp(Object *a, Object *b, int op)
{
    return op < NB_OP_INPLACE ? Number_Binary(a, b, binary_slots[op]) : Number_Inplace(a, b, binary_slots[op - NB_OP_INPLACE]);
}

Object *Eval_Slice(Object *o, Object *start, Object *stop)
{
    Object *slice = Slice_New(start, stop, NULL), *r = slice == NULL ? NULL : Object_GetItem(o, slice);
    XUnref(slice);
    return r;
}

int Eval_SetSlice(Object *o, Object *start, Object *stop, Object *value)
{
    Object *slice = Slice_New(start, stop, NULL);
    int r = slice == NULL ? -1 : Object_SetItem(o, slice, value);
    XUnref(slice);
    return r;
}

/* Put the text of `tail` behind that of s, which nobody else holds. Steals s. */
static Object *grow_string(Str *s, Str *tail)
{
    size_t kind = s->kind, len = (size_t)s->len, more = (size_t)tail->len;
    Mem_Free(s->utf8);
    s->utf8 = NULL;
    s->hash = -1;
    Str *r = Mem_Realloc(s, sizeof(Str) + (len + more + 1) * kind);
    if (r == NULL) {
        Unref(s);
        return Err_NoMemory();
    }
    char *end = (char *)STR_DATA(r) + len * kind;
    Mem_Copy(end, STR_DATA(tail), more * kind);
    memset(end + more * kind, 0, kind);
    r->len += tail->len;
    r->ascii = r->ascii && tail->ascii;
    return (Object *)r;
}

/* left + right. When the next instruction stores the result where left came from, left may have no other owner: then it
   grows in place. Steals left, borrows right. */
Object *Eval_StrAppend(Object *left, Object *right, Object **slots, Instr next)
{
    int op = INSTR_OP(next);
    bool stored = op == OP_STORE_FAST || op == OP_STORE_FAST_LOAD_FAST || op == OP_STORE_FAST_STORE_FAST;
    if (stored && left->refcnt == 2 && slots[INSTR_ARG(next)] == left && left != right) {
        CLEAR(slots[INSTR_ARG(next)]);
    }
    Str *s = (Str *)left, *tail = (Str *)right;
    if (left->refcnt == 1 && !s->interned && s->kind == tail->kind && s->len > 0 && s->len < PTRDIFF_MAX / 8 - tail->len) {
        return grow_string(s, tail);
    }
    Object *r = Str_Concat(left, right);
    Unref(left);
    return r;
}
