/* How the arguments of a call become the variables of its frame, and what is said when they do not fit. */
#include "vm.h"

static Object *names_list(Frame *f, int from, int to, Size *count)
{
    Object *list = List_New(0);
    for (int i = from; list != NULL && i < to; i++) {
        if (f->slots[i] == NULL && List_AppendNew(list, Object_Repr(TUPLE_ITEM(f->code->localsplus, i))) < 0) {
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
        if (TUPLE_ITEM(code->localsplus, i) == name) {
            return i;
        }
    }
    for (int i = from; i < end; i++) {
        if (Str_Equal(TUPLE_ITEM(code->localsplus, i), name)) {
            return i;
        }
    }
    return -1;
}

/* Keywords that are the names of positional-only parameters; all of them are named. */
static int positional_only(Function *fn, Object *kwnames)
{
    Buf b;
    Buf_Init(&b);
    for (Size i = 0; i < TUPLE_LEN(kwnames); i++) {
        int at = find_param(fn->code, TUPLE_ITEM(kwnames, i), 0);
        if (at >= 0 && at < fn->code->posonly) {
            Buf_Ascii(&b, b.len > 0 ? ", " : "");
            Buf_Str(&b, TUPLE_ITEM(kwnames, i));
        }
    }
    Object *text = Buf_Finish(&b);
    if (text != NULL) {
        Err_Set(EXC(TypeError), "%U() got some positional-only arguments passed as keyword arguments: '%U'", fn->qualname, text);
    }
    XUnref(text);
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
            return positional_only(fn, kwnames);
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
            f->slots[i] = XRef(Dict_Get(fn->kwdefaults, TUPLE_ITEM(code->localsplus, i)));
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

Frame *Frame_PushCall(Function *fn, Object **args, Size n, Object *kwnames)
{
    Frame *f = Frame_Push(Ref(fn), NULL);
    if (f == NULL) {
        return NULL;
    }
    if (Quick_Of(f->code)->simple == n && kwnames == NULL) {
        for (Size i = 0; i < n; i++) {
            f->slots[i] = Ref(args[i]);
        }
        return f;
    }
    if (bind(f, fn, args, n, kwnames) < 0) {
        Frame_Pop(f);
        return NULL;
    }
    return f;
}
