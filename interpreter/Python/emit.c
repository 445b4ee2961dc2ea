/* Writing instructions: what the code generator calls for one instruction, constant, name, label or unit at a time.
   A unit is one code object in the making. */
#include <math.h>
#include "rabbit.h"
#include "codegen.h"
#include "opcode_metadata.h"

Object *Own(Compiler *c, Object *o) { return Arena_Own(c->arena, o); }

int Compile_Fail(Compiler *c, Location at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Object *text = Own(c, Str_FormatV(format, args));
    va_end(args);
    return text == NULL ? -1 : Syntax_Fail(&c->where, at, "%U", text);
}

/* ---- instructions and labels ---- */
static void *grown(Compiler *c, const void *items, int n, int *cap, size_t size)
{
    int more = *cap == 0 ? 16 : 2 * *cap;
    void *new = Arena_Alloc(c->arena, (size_t)more * size);
    if (new != NULL) {
        Mem_Copy(new, items, (size_t)n * size);
        *cap = more;
    }
    return new;
}

int Emit(Compiler *c, Location at, int op, int arg)
{
    InsList *list = &c->unit->code;
    if (list->n == list->cap) {
        Ins *items = grown(c, list->items, list->n, &list->cap, sizeof(Ins));
        if (items == NULL) return -1;
        list->items = items;
    }
    list->items[list->n++] = (Ins){op, arg, at};
    return 0;
}

int Label_New(Compiler *c)
{
    Unit *u = c->unit;
    if (u->nlabels == u->caplabels) {
        int *labels = grown(c, u->labels, u->nlabels, &u->caplabels, sizeof(int));
        if (labels == NULL) return -1;
        u->labels = labels;
    }
    u->labels[u->nlabels] = -1;
    return u->nlabels++;
}

void Label_Here(Compiler *c, int label) { c->unit->labels[label] = c->unit->code.n; }

/* ---- indices ---- */
int Index_Of(Compiler *c, Object *dict, Object *key)
{
    (void)c;
    Object *index = Dict_Get(dict, key);
    if (index != NULL) return (int)Int_AsLong(index, &(int){0});
    if (Err_Occurred()) return -1;
    int n = (int)DICT_LEN(dict);
    index = Int_FromLong(n);
    int r = index == NULL ? -1 : Dict_Set(dict, key, index);
    XUnref(index);
    return r < 0 ? -1 : n;
}


static Object *keys_of_items(Object *items)
{
    Object *keys = Tuple_New(TUPLE_LEN(items));
    for (Size i = 0; keys != NULL && i < TUPLE_LEN(items); i++) {
        if ((TUPLE_ITEM(keys, i) = Const_Key(TUPLE_ITEM(items, i))) == NULL) CLEAR(keys);
    }
    return keys;
}

static Object *frozenset_key(Object *set)
{
    Object *items = Tuple_FromIter(set), *keys = items == NULL ? NULL : keys_of_items(items);
    Object *all = keys == NULL ? NULL : FrozenSet_New(keys);
    Object *key = all == NULL ? NULL : Tuple_Pack(2, &FrozenSet_Type, all);
    XUnref(items), XUnref(keys), XUnref(all);
    return key;
}

static Object *float_key(Object *value)
{
    double x = ((Float *)value)->value;
    return x != 0 ? Tuple_Pack(2, &Float_Type, value) : Tuple_Pack(3, &Float_Type, value, signbit(x) ? True : False);
}

static Object *complex_key(Object *value)
{
    const Complex *z = (const Complex *)value;
    return Tuple_Pack(4, &Complex_Type, value, signbit(z->real) ? True : False, signbit(z->imag) ? True : False);
}

static Object *identity_key(Object *value)
{
    Object *address = Int_FromLong((int64_t)(intptr_t)value), *key = address == NULL ? NULL : Tuple_Pack(2, TYPE(value), address);
    XUnref(address);
    return key;
}

/* Two constants are one when their keys are equal: the same value, type and sign, down through tuples. New. */
Object *Const_Key(Object *value)
{
    if (!Stack_Ok(" during compilation")) return NULL;
    Type *type = TYPE(value);
    if (type == &Float_Type) return float_key(value);
    if (type == &Complex_Type) return complex_key(value);
    if (type == &FrozenSet_Type) return frozenset_key(value);
    if (type == &Int_Type || type == &Str_Type || type == &Bytes_Type || type == &Bool_Type || type == &Code_Type || value == None
        || value == Ellipsis) {
        return Tuple_Pack(2, type, value);
    }
    if (type != &Tuple_Type) return identity_key(value);
    Object *keys = keys_of_items(value), *key = keys == NULL ? NULL : Tuple_Pack(2, type, keys);
    XUnref(keys);
    return key;
}

static bool looks_like_name(Object *s)
{
    for (Size i = 0; i < STR_LEN(s); i++) {
        uint32_t ch = Str_At(s, i);
        if (ch >= 128 || !(Char_IsAlpha(ch) || Char_IsDigit(ch) || ch == '_')) return false;
    }
    return true;
}

/* The items of a constant tuple are the one object each, too. In place: nobody else has seen the tuple. */
static int unify_items(Compiler *c, Object *tuple)
{
    for (Size i = 0; i < TUPLE_LEN(tuple); i++) {
        Object *one = Const_Unique(c, TUPLE_ITEM(tuple, i));
        if (one == NULL) return -1;
        ASSIGN(TUPLE_ITEM(tuple, i), Ref(one));
    }
    return 0;
}

static Object *unified_set(Compiler *c, Object *set)
{
    Object *items = Tuple_FromIter(set), *r = items != NULL && unify_items(c, items) == 0 ? FrozenSet_New(items) : NULL;
    XUnref(items);
    return r;
}

/* Strings that look like names are interned, so that attribute look-ups by them are quick. New. */
static Object *unified(Compiler *c, Object *value)
{
    if (TYPE(value) == &Str_Type) return looks_like_name(value) ? Str_Intern(Ref(value)) : Ref(value);
    if (TYPE(value) == &FrozenSet_Type) return unified_set(c, value);
    return TYPE(value) == &Tuple_Type && unify_items(c, value) < 0 ? NULL : Ref(value);
}

static Object *unique_by_key(Compiler *c, Object *key, Object *value)
{
    Object *known = Dict_Get(c->const_cache, key);
    if (known != NULL || Err_Occurred()) return known;
    Object *one = unified(c, value);
    int r = one == NULL ? -1 : Dict_Set(c->const_cache, key, one);
    XUnref(one);
    return r < 0 ? NULL : one;
}

Object *Const_Unique(Compiler *c, Object *value)
{
    Object *key = Const_Key(value), *one = key == NULL ? NULL : unique_by_key(c, key, value);
    XUnref(key);
    return one;
}

int Const_Index(Compiler *c, Object *value)
{
    Unit *u = c->unit;
    Object *key = Const_Key(value), *one = key == NULL ? NULL : unique_by_key(c, key, value);
    int index = one == NULL ? -1 : Index_Of(c, u->const_index, key);
    if (index == LIST_LEN(u->consts) && List_Append(u->consts, one) < 0) index = -1;
    XUnref(key);
    return index;
}

int Emit_Const(Compiler *c, Location at, Object *value)
{
    int index = Const_Index(c, value);
    return index < 0 ? -1 : Emit(c, at, OP_LOAD_CONST, index);
}

int Emit_NewConst(Compiler *c, Location at, Object *value)
{
    int r = value == NULL ? -1 : Emit_Const(c, at, value);
    XUnref(value);
    return r;
}

int Emit_Attr(Compiler *c, Location at, int op, Object *name, int low, int shift)
{
    Object *mangled = Name_Mangle(c->unit->private, name, c->arena);
    int index = mangled == NULL ? -1 : Index_Of(c, c->unit->names, mangled);
    return index < 0 ? -1 : Emit(c, at, op, index << shift | low);
}

/* ---- names ---- */
Place Name_Place(Compiler *c, Object *mangled, int *flags)
{
    *flags = Scope_Flags(c->unit->scope, mangled);
    return *flags < 0 ? PLACE_UNKNOWN : Place_Of(*flags);
}

static int forbid_debug(Compiler *c, Location at, Object *name, ExprContext how)
{
    if (how == Ctx_Load || !STR_IS(name, "__debug__")) return 0;
    return Compile_Fail(c, at, how == Ctx_Store ? "cannot assign to __debug__" : "cannot delete __debug__");
}

static int emit_classdict(Compiler *c, Location at)
{
    Object *name = Own(c, Str_Id("__classdict__"));
    int index = name == NULL ? -1 : Index_Of(c, c->unit->frees, name);
    return index < 0 ? -1 : Emit(c, at, OP_LOAD_DEREF, index);
}

/* In a class the namespace hides a cell of a function around it. */
static int emit_deref(Compiler *c, Location at, Object *name, ExprContext how, Place place)
{
    static const int ops[] = {OP_LOAD_DEREF, OP_STORE_DEREF, OP_DELETE_DEREF};
    Unit *u = c->unit;
    int op = ops[how];
    if (how == Ctx_Load && u->scope->kind == SCOPE_CLASS && u->inlined_depth == 0) {
        op = OP_LOAD_FROM_DICT_OR_DEREF;
        EMIT(at, LOAD_LOCALS, 0);
    } else if (how == Ctx_Load && u->scope->sees_class) {
        op = OP_LOAD_FROM_DICT_OR_DEREF;
        TRY(emit_classdict(c, at));
    }
    int index = Index_Of(c, place == PLACE_FREE ? u->frees : u->cells, name);
    return index < 0 ? -1 : Emit(c, at, op, index);
}

static int emit_global(Compiler *c, Location at, Object *name, ExprContext how, Place place)
{
    static const int ops[] = {OP_LOAD_GLOBAL, OP_STORE_GLOBAL, OP_DELETE_GLOBAL};
    int op = ops[how], index = Index_Of(c, c->unit->names, name);
    if (how == Ctx_Load && c->unit->scope->sees_class && place == PLACE_GLOBAL_IMPLICIT) {
        op = OP_LOAD_FROM_DICT_OR_GLOBALS;
        TRY(emit_classdict(c, at));
    }
    return index < 0 ? -1 : Emit(c, at, op, op == OP_LOAD_GLOBAL ? index << 1 : index);
}

static int emit_local(Compiler *c, Location at, Object *name, ExprContext how)
{
    static const int ops[] = {OP_LOAD_FAST, OP_STORE_FAST, OP_DELETE_FAST};
    int index = Index_Of(c, c->unit->locals, name);
    return index < 0 ? -1 : Emit(c, at, ops[how], index);
}

static int emit_by_name(Compiler *c, Location at, Object *name, ExprContext how)
{
    static const int ops[] = {OP_LOAD_NAME, OP_STORE_NAME, OP_DELETE_NAME};
    int index = Index_Of(c, c->unit->names, name);
    if (index >= 0 && how == Ctx_Load && c->unit->scope->kind == SCOPE_CLASS && c->unit->inlined_depth > 0) {
        return Emit(c, at, OP_LOAD_GLOBAL, index << 1);
    }
    return index < 0 ? -1 : Emit(c, at, ops[how], index);
}

int Name_Emit(Compiler *c, Location at, Object *written, ExprContext how)
{
    TRY(forbid_debug(c, at, written, how));
    Object *name = Name_Mangle(c->unit->private, written, c->arena);
    int flags = -1;
    Place place = name == NULL ? PLACE_UNKNOWN : Name_Place(c, name, &flags);
    TRY(flags);
    bool function = Scope_IsFunction(c->unit->scope);
    switch (place) {
    case PLACE_FREE: case PLACE_CELL: return emit_deref(c, at, name, how, place);
    case PLACE_LOCAL:
        if (function || Dict_Get(c->unit->hidden, name) == True) return emit_local(c, at, name, how);
        return Err_Occurred() ? -1 : emit_by_name(c, at, name, how);
    case PLACE_GLOBAL_IMPLICIT: return function ? emit_global(c, at, name, how, place) : emit_by_name(c, at, name, how);
    case PLACE_GLOBAL_EXPLICIT: return emit_global(c, at, name, how, place);
    default: return emit_by_name(c, at, name, how);
    }
}

/* ---- what has to be undone ---- */
int Undo_Push(Compiler *c, Location at, UndoKind kind, int start, int exit, const void *datum)
{
    Unit *u = c->unit;
    if (u->nundo >= MAX_UNDO) return Compile_Fail(c, at, "too many statically nested blocks");
    u->undo[u->nundo++] = (Undo){kind, start, exit, datum};
    return 0;
}

void Undo_Pop(Compiler *c) { c->unit->nundo--; }

/* ---- units ---- */
static int set_index(Object *dict, Object *name, Size index)
{
    Object *o = Int_FromLong((int64_t)index);
    int r = o == NULL ? -1 : Dict_Set(dict, name, o);
    XUnref(o);
    return r;
}

/* The names that live in `place` or bear `flag`, sorted, numbered from `first`. Borrowed from the arena. */
static Object *numbered(Compiler *c, Scope *s, Place place, int flag, Size first)
{
    Object *dict = Own(c, Dict_New()), *names = Own(c, dict == NULL ? NULL : List_New(0)), *name, *flags;
    if (names == NULL) return NULL;
    for (Size pos = 0; Dict_Next(s->symbols, &pos, &name, &flags);) {
        int f = (int)Int_AsLong(flags, &(int){0});
        if ((Place_Of(f) == place || (f & flag)) && List_Append(names, name) < 0) return NULL;
    }
    if (List_Sort(names, NULL, false) < 0) return NULL;
    for (Size i = 0; i < LIST_LEN(names); i++) {
        if (set_index(dict, LIST_ITEM(names, i), first++) < 0) return NULL;
    }
    return dict;
}

static int number_variables(Compiler *c, Unit *u)
{
    Scope *s = u->scope;
    if ((u->locals = Own(c, Dict_New())) == NULL) return -1;
    for (Size i = 0; i < LIST_LEN(s->params); i++) TRY(set_index(u->locals, LIST_ITEM(s->params, i), i));
    u->cells = numbered(c, s, PLACE_CELL, DEF_COMP_CELL, 0);
    if (u->cells == NULL) return -1;
    if (s->needs_class_cell) TRY(set_index(u->cells, ID(__class__), DICT_LEN(u->cells)));
    if (s->needs_classdict) {
        Object *name = Own(c, Str_Id("__classdict__"));
        TRY(name == NULL ? -1 : set_index(u->cells, name, DICT_LEN(u->cells)));
    }
    u->frees = numbered(c, s, PLACE_FREE, DEF_FREE_CLASS, DICT_LEN(u->cells));
    return u->frees == NULL ? -1 : 0;
}

static int starts_globally(Unit *u, Unit *parent, Arena *arena, bool *global)
{
    if (u->kind != UNIT_FUNCTION && u->kind != UNIT_ASYNC_FUNCTION && u->kind != UNIT_CLASS) return 0;
    Object *name = Name_Mangle(parent->private, u->name, arena);
    int flags = name == NULL ? -1 : Scope_Flags(parent->scope, name);
    TRY(flags);
    *global = Place_Of(flags) == PLACE_GLOBAL_EXPLICIT;
    return 0;
}

/* `C.f.<locals>.g`; a scope of type parameters does not show. */
static int set_qualname(Compiler *c, Unit *u)
{
    Unit *parent = u->outer;
    u->qualname = u->name;
    if (parent != NULL && parent->outer != NULL && parent->kind == UNIT_TYPE_PARAMS) parent = parent->outer;
    if (parent == NULL || parent->outer == NULL) return 0;
    bool global = false;
    TRY(starts_globally(u, parent, c->arena, &global));
    if (global) return 0;
    bool function = parent->kind == UNIT_FUNCTION || parent->kind == UNIT_ASYNC_FUNCTION || parent->kind == UNIT_LAMBDA;
    u->qualname = Own(c, Str_Format(function ? "%U.<locals>.%U" : "%U.%U", parent->qualname, u->name));
    return u->qualname == NULL ? -1 : 0;
}

static Scope *scope_for(Compiler *c, const void *node)
{
    return c->unit == NULL ? c->top : Scope_Child(c->unit->scope, node);
}

int Unit_Enter(Compiler *c, UnitKind kind, Object *name, const void *node, int line)
{
    Unit *u = Arena_Alloc(c->arena, sizeof(Unit));
    if (u == NULL || (u->scope = scope_for(c, node)) == NULL) return -1;
    u->outer = c->unit, u->kind = kind, u->name = name, u->firstline = line;
    u->private = u->outer == NULL ? NULL : u->outer->private;
    Object **const dicts[] = {&u->const_index, &u->names, &u->hidden};
    for (int i = 0; i < COUNT(dicts); i++) {
        if ((*dicts[i] = Own(c, Dict_New())) == NULL) return -1;
    }
    if ((u->consts = Own(c, List_New(0))) == NULL) return -1;
    TRY(number_variables(c, u));
    TRY(set_qualname(c, u));
    c->unit = u;
    return Emit(c, (Location){kind == UNIT_MODULE ? 0 : line, 0, line, 0}, OP_RESUME, 0);
}

void Unit_Leave(Compiler *c) { c->unit = c->unit->outer; }

/* Falling off the end returns; what cannot be reached is thrown away later. */
Object *Unit_Finish(Compiler *c, bool add_none)
{
    if (add_none && Emit_Const(c, NOWHERE, None) < 0) return NULL;
    if (Emit(c, NOWHERE, OP_RETURN_VALUE, 0) < 0) return NULL;
    Object *code = Own(c, Assemble(c, c->unit));
    Unit_Leave(c);
    return code;
}
