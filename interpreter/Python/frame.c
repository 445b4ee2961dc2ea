/* Frames: the variables of one run of a code object; and how arguments become variables.
   Slots: locals, then cells and free variables, then the stack. */
#include "rabbit.h"

Object *Frame_Builtins(Object *globals)
{
    Object *b = globals == NULL ? NULL : Dict_Get(globals, ID(__builtins__));
    if (b != NULL && IsType(b, &Module_Type)) {
        b = MODULE_DICT(b);
    }
    return b != NULL && Dict_Check(b) ? b : interp.builtins;
}

Frame *Frame_New(Code *code, Object *globals, Object *builtins, Object *locals)
{
    int slots = code->nlocals + code->ncells + code->nfrees + code->stacksize;
    Frame *f = Object_Alloc(&Frame_Type, slots * (Size)sizeof(Object *) + code->nblocks * (Size)sizeof(Block));
    if (f != NULL) {
        f->code = Ref(code);
        f->globals = Ref(globals);
        f->builtins = Ref(builtins);
        f->locals = XRef(locals);
        f->blocks = (Block *)&f->slots[slots];
    }
    return f;
}

/* Fresh cells for the cell variables (taking over arguments), the closure for the free ones. */
static int make_cells(Frame *f, Object *closure)
{
    Code *code = f->code;
    for (int i = 0; i < code->ncells; i++) {
        int arg = code->cell_arg[i];
        Object *cell = Cell_New(arg < 0 ? NULL : f->slots[arg]);
        if (cell == NULL) {
            return -1;
        }
        if (arg >= 0) {
            CLEAR(f->slots[arg]);
        }
        f->slots[code->nlocals + i] = cell;
    }
    for (int i = 0; i < code->nfrees; i++) {
        f->slots[code->nlocals + code->ncells + i] = Ref(TUPLE_ITEM(closure, i));
    }
    return 0;
}

/* ---- binding arguments ---- */
static Object *names_list(Frame *f, int from, int to, Size *count)
{
    Object *list = List_New(0);
    for (int i = from; list != NULL && i < to; i++) {
        if (f->slots[i] == NULL && List_AppendNew(list, Object_Repr(TUPLE_ITEM(f->code->varnames, i))) < 0) {
            CLEAR(list);
        }
    }
    *count = list == NULL ? 0 : LIST_LEN(list);
    return list;
}

/* "'a', 'b', and 'c'" */
static int missing(Frame *f, Function *fn, int from, int to, const char *what)
{
    Size n;
    Object *names = names_list(f, from, to, &n);
    Buf b;
    Buf_Init(&b);
    for (Size i = 0; i < n; i++) {
        Buf_Ascii(&b, i == 0 ? "" : n == 2 ? " and " : i == n - 1 ? ", and " : ", ");
        Buf_Str(&b, LIST_ITEM(names, i));
    }
    Object *text = names == NULL ? NULL : Buf_Finish(&b);
    if (text != NULL) {
        Err_Set(EXC(TypeError), "%U() missing %zd required %s argument%s: %U", fn->qualname, n, what, n == 1 ? "" : "s", text);
    }
    XUnref(names), XUnref(text);
    return -1;
}

static int too_many(Function *fn, Size given)
{
    Code *c = fn->code;
    Size defaults = fn->defaults == NULL ? 0 : TUPLE_LEN(fn->defaults), least = c->argcount - defaults;
    if (defaults > 0) {
        return Err_Minus(Err_Set(EXC(TypeError), "%U() takes from %zd to %d positional arguments but %zd %s given", fn->qualname, least,
                                 c->argcount, given, given == 1 ? "was" : "were"));
    }
    return Err_Minus(Err_Set(EXC(TypeError), "%U() takes %d positional argument%s but %zd %s given", fn->qualname, c->argcount,
                             c->argcount == 1 ? "" : "s", given, given == 1 ? "was" : "were"));
}

static int find_param(Code *code, Object *name, int from)
{
    int end = code->argcount + code->kwonly;
    for (int i = from; i < end; i++) {
        if (TUPLE_ITEM(code->varnames, i) == name) {
            return i;
        }
    }
    for (int i = from; i < end; i++) {
        if (Str_Equal(TUPLE_ITEM(code->varnames, i), name)) {
            return i;
        }
    }
    return -1;
}

static int bind_keywords(Frame *f, Function *fn, Object **values, Object *kwnames)
{
    Code *code = f->code;
    Object *extra = NULL;
    if (code->flags & CODE_VARKEYWORDS) {
        extra = f->slots[code->argcount + code->kwonly + ((code->flags & CODE_VARARGS) != 0)] = Dict_New();
        if (extra == NULL) {
            return -1;
        }
    }
    for (Size i = 0; kwnames != NULL && i < TUPLE_LEN(kwnames); i++) {
        Object *name = TUPLE_ITEM(kwnames, i);
        int at = find_param(code, name, code->posonly);
        if (at >= 0 && f->slots[at] != NULL) {
            return Err_Minus(Err_Set(EXC(TypeError), "%U() got multiple values for argument '%U'", fn->qualname, name));
        }
        if (at >= 0) {
            f->slots[at] = Ref(values[i]);
        } else if (extra != NULL) {
            TRY_INT(Dict_Set(extra, name, values[i]));
        } else if (find_param(code, name, 0) >= 0) {
            return Err_Minus(Err_Set(EXC(TypeError), "%U() got some positional-only arguments passed as keyword arguments: '%U'", fn->qualname, name));
        } else {
            return Err_Minus(Err_Set(EXC(TypeError), "%U() got an unexpected keyword argument '%U'", fn->qualname, name));
        }
    }
    return 0;
}

static int fill_defaults(Frame *f, Function *fn)
{
    Code *code = f->code;
    int defaults = fn->defaults == NULL ? 0 : (int)TUPLE_LEN(fn->defaults), first = code->argcount - defaults;
    for (int i = 0; i < code->argcount; i++) {
        if (f->slots[i] == NULL && i < first) {
            return missing(f, fn, 0, first, "positional");
        }
        if (f->slots[i] == NULL) {
            f->slots[i] = Ref(TUPLE_ITEM(fn->defaults, i - first));
        }
    }
    int lacking = 0;
    for (int i = code->argcount; i < code->argcount + code->kwonly; i++) {
        if (f->slots[i] == NULL && fn->kwdefaults != NULL) {
            f->slots[i] = XRef(Dict_Get(fn->kwdefaults, TUPLE_ITEM(code->varnames, i)));
        }
        lacking += f->slots[i] == NULL;
    }
    return lacking == 0 ? 0 : missing(f, fn, code->argcount, code->argcount + code->kwonly, "keyword-only");
}

static int bind(Frame *f, Function *fn, Object **args, Size n, Object *kwnames)
{
    Code *code = f->code;
    Size plain = n < code->argcount ? n : code->argcount;
    for (Size i = 0; i < plain; i++) {
        f->slots[i] = Ref(args[i]);
    }
    if (code->flags & CODE_VARARGS) {
        Object *rest = Tuple_From(args + plain, n - plain);
        f->slots[code->argcount + code->kwonly] = rest;
        TRY_INT(rest == NULL ? -1 : 0);
    }
    if (kwnames != NULL || (code->flags & CODE_VARKEYWORDS)) {
        TRY_INT(bind_keywords(f, fn, args + n, kwnames));
    }
    if (n > code->argcount && !(code->flags & CODE_VARARGS)) {
        return too_many(fn, n);
    }
    return n < code->argcount || code->kwonly > 0 ? fill_defaults(f, fn) : 0;
}

Frame *Frame_ForCall(Function *fn, Object **args, Size n, Object *kwnames)
{
    Frame *f = Frame_New(fn->code, fn->globals, fn->builtins, NULL);
    if (f == NULL) {
        return NULL;
    }
    if (bind(f, fn, args, n, kwnames) < 0 || make_cells(f, fn->closure) < 0) {
        Unref(f);
        return NULL;
    }
    return f;
}

Object *Frame_RunBody(Object *o, Object *namespace)
{
    Function *fn = (Function *)o;
    Frame *f = Frame_New(fn->code, fn->globals, fn->builtins, namespace);
    if (f == NULL || make_cells(f, fn->closure) < 0) {
        XUnref(f);
        return NULL;
    }
    Object *r = Eval_Frame(f, NULL);
    Unref(f);
    return r;
}

Object *Function_Call(Object *o, Object **args, Size n, Object *kwnames)
{
    Function *fn = (Function *)o;
    Frame *f = Frame_ForCall(fn, args, n, kwnames);
    if (f == NULL) {
        return NULL;
    }
    if (fn->code->flags & CODE_GENERATOR) {
        return Gen_New(f, fn->name, fn->qualname);
    }
    Object *r = Eval_Frame(f, NULL);
    Unref(f);
    return r;
}

Object *Eval_Code(Object *o, Object *globals, Object *locals)
{
    Code *code = (Code *)o;
    if (code->nfrees > 0) {
        return Err_Set(EXC(TypeError), "code object passed to exec() may not contain free variables");
    }
    Frame *f = Frame_New(code, globals, Frame_Builtins(globals), locals);
    if (f == NULL || make_cells(f, NULL) < 0) {
        XUnref(f);
        return NULL;
    }
    Object *r = Eval_Frame(f, NULL);
    Unref(f);
    return r;
}

/* ---- the frame as an object ---- */
int Frame_Line(Frame *f)
{
    int at = f->ip > 0 ? f->ip - 1 : 0;
    return f->code->ninstrs == 0 ? f->code->firstline : f->code->lines[at];
}

static int copy_slot(Object *dict, Object *name, Object *value, bool cell)
{
    value = cell && value != NULL ? ((Cell *)value)->value : value;
    if (value != NULL) {
        return Dict_Set(dict, name, value);
    }
    Object *old;
    int r = Dict_Pop(dict, name, &old);
    if (r == 1) {
        Unref(old);
    }
    return r < 0 ? -1 : 0;
}

Object *Frame_Locals(Frame *f)
{
    Code *c = f->code;
    if (f->locals != NULL && !(c->flags & CODE_OPTIMIZED)) {
        return f->locals;
    }
    if (f->locals == NULL && (f->locals = Dict_New()) == NULL) {
        return NULL;
    }
    for (int i = 0; i < c->nlocals + c->ncells + c->nfrees; i++) {
        bool cell = i >= c->nlocals, is_arg = false;
        for (int k = 0; !cell && k < c->ncells; k++) {
            is_arg = is_arg || c->cell_arg[k] == i;         /* lives in its cell */
        }
        Object *name = !cell ? TUPLE_ITEM(c->varnames, i) : i < c->nlocals + c->ncells ? TUPLE_ITEM(c->cellvars, i - c->nlocals)
            : TUPLE_ITEM(c->freevars, i - c->nlocals - c->ncells);
        if (!is_arg && copy_slot(f->locals, name, f->slots[i], cell) < 0) {
            return NULL;
        }
    }
    return f->locals;
}

static int frame_slots(Frame *f) { return f->code == NULL ? 0 : f->code->nlocals + f->code->ncells + f->code->nfrees; }
static int frame_traverse(Object *o, VisitFn visit, void *arg)
{
    Frame *f = (Frame *)o;
    VISIT(f->globals);
    VISIT(f->builtins);
    VISIT(f->locals);
    for (int i = 0; i < frame_slots(f) + f->top; i++) {
        VISIT(f->slots[i]);
    }
    return 0;
}
static void frame_clear(Object *o)
{
    Frame *f = (Frame *)o;
    int n = frame_slots(f) + f->top;
    f->top = 0;
    for (int i = 0; i < n; i++) {
        CLEAR(f->slots[i]);
    }
    CLEAR(f->globals);
    CLEAR(f->builtins);
    CLEAR(f->locals);
    if (o->refcnt == 0) {
        CLEAR(f->code);
    }
}
static Object *or_none(void *o) { return Ref(o == NULL ? None : (Object *)o); }
static Object *frame_code(Object *o) { return or_none(((Frame *)o)->code); }
static Object *frame_globals(Object *o) { return or_none(((Frame *)o)->globals); }
static Object *frame_builtins(Object *o) { return or_none(((Frame *)o)->builtins); }
static Object *frame_locals(Object *o) { return XRef(Frame_Locals((Frame *)o)); }
static Object *frame_back(Object *o) { return or_none(((Frame *)o)->back); }
static Object *frame_lineno(Object *o) { return Int_FromLong(Frame_Line((Frame *)o)); }
static Object *frame_repr(Object *o)
{
    Frame *f = (Frame *)o;
    return Str_Format("<frame at %p, file %R, line %d, code %U>", o, f->code->filename, Frame_Line(f), f->code->name);
}
/* Drop the variables of a frame that is finished, so that a kept traceback keeps nothing else. */
static Object *frame_clear_method(Object *self, Object **args, Size n, Object *kwnames)
{
    (void)args, (void)n, (void)kwnames;
    Frame *f = (Frame *)self;
    if (f->ip >= 0 && f->back != NULL) {
        return Err_Set(EXC(RuntimeError), "cannot clear an executing frame");
    }
    for (int i = 0; f->gen == NULL && i < frame_slots(f); i++) {
        CLEAR(f->slots[i]);
    }
    return Ref(None);
}
static const MethodDef frame_methods[] = {{"clear", frame_clear_method, 0, 0, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};
static const GetSetDef frame_getsets[] = {
    {"f_code", frame_code, NULL}, {"f_globals", frame_globals, NULL}, {"f_builtins", frame_builtins, NULL}, {"f_locals", frame_locals, NULL},
    {"f_back", frame_back, NULL}, {"f_lineno", frame_lineno, NULL}, {NULL, NULL, NULL}};
Type Frame_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "frame", .size = sizeof(Frame) - sizeof(Object *), .flags = T_GC | T_ABSTRACT,
    .traverse = frame_traverse, .clear = frame_clear, .repr = frame_repr, .methods = frame_methods, .getsets = frame_getsets,
};
