/* Exceptions: the types, and how C raises and catches. Invariant: Thread.raised is NULL or an
   instance of BaseException; raising sets __context__ to what is being handled. */
#include "rabbit.h"
#include "record.h"
#include <errno.h>

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames

/* ---- raising from C ---- */
static Object *exc_new(Type *type, Object **args, Size n, Object *kwnames);

Object *Err_Occurred(void) { return THREAD->raised; }

Object *Err_Fetch(void)
{
    Object *exc = THREAD->raised;
    THREAD->raised = NULL;
    return exc;
}
void Err_Restore(Object *exc) { ASSIGN(THREAD->raised, exc); }
void Err_Clear(void) { CLEAR(THREAD->raised); }
bool Err_Matches(Type *type) { return THREAD->raised != NULL && IsType(THREAD->raised, type); }
bool Err_Swallow(Type *type)
{
    if (!Err_Matches(type)) {
        return false;
    }
    Err_Clear();
    return true;
}

Object *Err_Handled(void)
{
    ExcItem *item = THREAD->exc_top;
    while (item != NULL && item->exc == NULL) {
        item = item->prev;
    }
    return item == NULL ? NULL : item->exc;
}

/* Make `handled` the context of exc, cutting exc out of that chain first. */
static void set_context(Object *exc, Object *handled)
{
    if (handled == NULL || handled == exc || EXC_OF(exc)->context == handled) {
        return;
    }
    for (Object *o = handled; EXC_OF(o)->context != NULL; o = EXC_OF(o)->context) {
        if (EXC_OF(o)->context == exc) {
            CLEAR(EXC_OF(o)->context);
            break;
        }
    }
    ASSIGN(EXC_OF(exc)->context, Ref(handled));
}

void *Err_Raise(Object *exc)
{
    set_context(exc, Err_Handled());
    Err_Restore(exc);
    return NULL;
}

static Object *make_exception(Type *type, Object *arg)
{
    Object *exc = type->new(type, &arg, arg == NULL ? 0 : 1, NULL);
    if (exc != NULL && type->init(exc, &arg, arg == NULL ? 0 : 1, NULL) < 0) {
        CLEAR(exc);
    }
    return exc;
}

void *Err_SetObject(Type *type, Object *value)
{
    Object *exc = make_exception(type, value);
    return exc == NULL ? NULL : Err_Raise(exc);
}

void *Err_Set(Type *type, const char *format, ...)
{
    Object *text = NULL;
    if (format != NULL) {
        va_list args;
        va_start(args, format);
        text = Str_FormatV(format, args);
        va_end(args);
        if (text == NULL) {
            return NULL;
        }
    }
    Err_SetObject(type, text);
    XUnref(text);
    return NULL;
}

void *Err_Key(Object *key) { return Err_SetObject(EXC(KeyError), key); }

/* Made of one small block. Should even that be missing, a block kept for this moment is given back
   first; after that there is nothing left to say. */
void *Err_NoMemory(void)
{
    bool enabled = interp.gc.enabled;
    interp.gc.enabled = false;
    interp.nomemory.suspended++;
    Object *exc = exc_new(EXC(MemoryError), NULL, 0, NULL);
    if (exc == NULL && interp.reserve != NULL) {
        free(interp.reserve);
        interp.reserve = NULL;
        exc = exc_new(EXC(MemoryError), NULL, 0, NULL);
    }
    if (exc == NULL) {
        fputs("Fatal Python error: out of memory\n", stderr);
        abort();
    }
    interp.nomemory.suspended--;
    interp.gc.enabled = enabled;
    return Err_Raise(exc);
}

/* The subclass of OSError for this errno. */
static Type *type_for_errno(Size number)
{
    static const struct { int number, type; } by_number[] = {
        {ENOENT, EXC_FileNotFoundError}, {EEXIST, EXC_FileExistsError}, {EACCES, EXC_PermissionError}, {EPERM, EXC_PermissionError},
        {EISDIR, EXC_IsADirectoryError}, {ENOTDIR, EXC_NotADirectoryError}, {EPIPE, EXC_BrokenPipeError}, {EAGAIN, EXC_BlockingIOError},
        {ECHILD, EXC_ChildProcessError}, {EINTR, EXC_InterruptedError}, {ESRCH, EXC_ProcessLookupError}, {ETIMEDOUT, EXC_TimeoutError},
        {ECONNREFUSED, EXC_ConnectionRefusedError}, {ECONNRESET, EXC_ConnectionResetError}, {ECONNABORTED, EXC_ConnectionAbortedError}};
    for (Size i = 0; i < COUNT(by_number); i++) {
        if (by_number[i].number == number) {
            return &Exc_Types[by_number[i].type];
        }
    }
    return EXC(OSError);
}

void *Err_FromErrno(Object *filename)
{
    int saved = errno;
    Type *type = type_for_errno(saved);
    Object *number = Int_FromLong(saved), *text = Str_New(strerror(saved));
    Object *args[] = {number, text, filename};
    Object *exc = number == NULL || text == NULL ? NULL : Call((Object *)type, args, filename == NULL ? 2 : 3, NULL);
    XUnref(number), XUnref(text);
    return exc == NULL ? NULL : Err_Raise(exc);
}

/* The line of the source goes into .text, so that the traceback can show it. */
void *Err_Syntax(Type *type, const char *filename, int line, int col, const char *source, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Object *message = Str_FormatV(format, args);
    va_end(args);
    Object *exc = message == NULL ? NULL : Call1((Object *)type, message);
    for (int i = 1; source != NULL && i < line; i++) {
        source = strchr(source, '\n');
        source = source == NULL ? NULL : source + 1;
    }
    Object *text = source == NULL ? Ref(None) : Str_FromUtf8(source, (Size)strcspn(source, "\n"), "replace");
    Object *file = Str_FromUtf8(filename, (Size)strlen(filename), "surrogateescape"), *where = Int_FromLong(line), *offset = Int_FromLong(col + 1);
    if (exc != NULL && text != NULL && file != NULL && where != NULL && offset != NULL
        && Object_SetAttr(exc, ID(filename), file) == 0 && Object_SetAttr(exc, ID(lineno), where) == 0
        && Object_SetAttr(exc, ID(offset), offset) == 0 && Object_SetAttr(exc, ID(text), text) == 0) {
        Err_Raise(Ref(exc));
    }
    XUnref(message), XUnref(exc), XUnref(text), XUnref(file), XUnref(where), XUnref(offset);
    return NULL;
}

Object *Exc_FromValue(Object *value)
{
    if (Exc_Check(value)) {
        return Ref(value);
    }
    if (IS_A(value, T_TYPE) && Type_IsSubtype((Type *)value, EXC(BaseException))) {
        Object *exc = Call0(value);
        if (exc != NULL && !Exc_Check(exc)) {
            Err_Set(EXC(TypeError), "calling %R should have returned an instance of BaseException, not '%T'", value, exc);
            CLEAR(exc);
        }
        return exc;
    }
    return Err_Set(EXC(TypeError), "exceptions must derive from BaseException");
}

Object *Exc_StopValue(Object *exc)
{
    return Object_GetAttr(exc, ID(value));
}

/* sys.unraisablehook, when a program has set one. False: there is none, or it failed itself. */
static bool call_unraisable_hook(Object *exc, Object *where)
{
    Object *hook = XRef(Sys_Get("unraisablehook")), *tb = EXC_OF(exc)->traceback;
    if (hook == NULL || hook == None) {
        XUnref(hook);
        return false;
    }
    Object *values[] = {Ref(TYPE(exc)), Ref(exc), Ref(tb == NULL ? None : tb), Ref(None), Ref(where == NULL ? None : where)};
    Object *info = Record_New("UnraisableHookArgs", "exc_type exc_value exc_traceback err_msg object", values);
    Object *r = info == NULL ? NULL : Call1(hook, info);
    XUnref(hook), XUnref(info), XUnref(r);
    Err_Clear();
    return r != NULL;
}

void Err_Unraisable(Object *where)
{
    Object *exc = Err_Fetch();
    if (exc == NULL) {
        return;
    }
    if (call_unraisable_hook(exc, where)) {
        Unref(exc);
        return;
    }
    Object *text = Traceback_Format(exc), *head = Str_Format("Exception ignored in: %R\n", where == NULL ? None : where);
    if (text != NULL && head != NULL) {
        Write_Stdio("stderr", head);
        Write_Stdio("stderr", text);
    }
    XUnref(text), XUnref(head);
    Err_Clear();
    Unref(exc);
}

/* ---- the instances ---- */
static Object *exc_new(Type *type, Object **args, Size n, Object *kwnames)
{
    (void)kwnames;
    if (type == EXC(OSError) && n >= 2 && Int_Check(args[0])) {
        int over;
        type = type_for_errno(Int_AsLong(args[0], &over));
    }
    Exception *e = Object_Alloc(type, 0);
    if (e != NULL && (e->args = Tuple_From(args, n)) == NULL) {
        CLEAR(e);
    }
    return (Object *)e;
}

static int put(Object *self, Object *name, Object *value)
{
    Object *dict = Object_Dict(self);
    return dict == NULL ? -1 : Dict_Set(dict, name, value == NULL ? None : value);
}

/* Keyword arguments that only name attributes (ImportError(name=), AttributeError(obj=)). */
static int take_keywords(Object *self, Object **args, Size n, Object *kwnames)
{
    for (Size i = 0; kwnames != NULL && i < TUPLE_LEN(kwnames); i++) {
        Object *name = TUPLE_ITEM(kwnames, i);
        if (!STR_IS(name, "name") && !STR_IS(name, "path") && !STR_IS(name, "obj")) {
            return Err_Minus(Err_Set(EXC(TypeError), "'%U' is an invalid keyword argument for %T", name, self));
        }
        TRY_INT(put(self, name, args[n + i]));
    }
    return 0;
}

static int exc_init(Object *self, Object **args, Size n, Object *kwnames)
{
    if (kwnames != NULL && !IsType(self, EXC(ImportError)) && !IsType(self, EXC(AttributeError)) && !IsType(self, EXC(NameError))) {
        return Err_Minus(Err_Set(EXC(TypeError), "%T() takes no keyword arguments", self));
    }
    Object *t = Tuple_From(args, n);
    if (t == NULL) {
        return -1;
    }
    ASSIGN(EXC_OF(self)->args, t);
    return take_keywords(self, args, n, kwnames);
}

#define ARG(i) (n > (i) ? args[i] : None)
static int stop_init(Object *self, Object **args, Size n, Object *kwnames)
{
    TRY_INT(exc_init(self, args, n, kwnames));
    return put(self, ID(value), ARG(0));
}
static int exit_init(Object *self, Object **args, Size n, Object *kwnames)
{
    TRY_INT(exc_init(self, args, n, kwnames));
    return put(self, ID(code), n > 1 ? EXC_OF(self)->args : ARG(0));
}
static int import_init(Object *self, Object **args, Size n, Object *kwnames)
{
    TRY_INT(put(self, ID(msg), ARG(0)));
    TRY_INT(put(self, ID(name), NULL));
    TRY_INT(put(self, ID(path), NULL));
    return exc_init(self, args, n, kwnames);
}
static int attribute_init(Object *self, Object **args, Size n, Object *kwnames)
{
    TRY_INT(put(self, ID(name), NULL));
    TRY_INT(IsType(self, EXC(AttributeError)) ? put(self, ID(obj), NULL) : 0);
    return exc_init(self, args, n, kwnames);
}
static int os_init(Object *self, Object **args, Size n, Object *kwnames)
{
    TRY_INT(exc_init(self, args, n > 2 ? 2 : n, NULL));
    (void)kwnames;
    TRY_INT(put(self, ID(errno_), n > 1 ? args[0] : None));
    TRY_INT(put(self, ID(strerror), n > 1 ? args[1] : None));
    return put(self, ID(filename), ARG(2));
}
static int syntax_init(Object *self, Object **args, Size n, Object *kwnames)
{
    TRY_INT(exc_init(self, args, n, kwnames));
    Object *names[] = {ID(filename), ID(lineno), ID(offset), ID(text), ID(end_lineno), ID(end_offset), ID(print_file_and_line)};
    TRY_INT(put(self, ID(msg), ARG(0)));
    for (Size i = 0; i < COUNT(names); i++) {
        bool given = n > 1 && Tuple_Check(args[1]) && TUPLE_LEN(args[1]) > i;
        TRY_INT(put(self, names[i], given ? TUPLE_ITEM(args[1], i) : NULL));
    }
    return 0;
}

static int exc_traverse(Object *o, VisitFn visit, void *arg)
{
    VISIT(EXC_OF(o)->args);
    VISIT(EXC_OF(o)->traceback);
    VISIT(EXC_OF(o)->context);
    VISIT(EXC_OF(o)->cause);
    return 0;
}
static void exc_clear(Object *o)
{
    CLEAR(EXC_OF(o)->args);
    CLEAR(EXC_OF(o)->traceback);
    CLEAR(EXC_OF(o)->context);
    CLEAR(EXC_OF(o)->cause);
}

static Object *exc_str(Object *o)
{
    Object *args = EXC_OF(o)->args;
    return TUPLE_LEN(args) == 0 ? Ref(interp.empty_str) : Object_Str(TUPLE_LEN(args) == 1 ? TUPLE_ITEM(args, 0) : args);
}
static Object *exc_repr(Object *o)
{
    Object *args = EXC_OF(o)->args;
    return TUPLE_LEN(args) == 1 ? Str_Format("%T(%R)", o, TUPLE_ITEM(args, 0)) : Str_Format("%T%R", o, args);
}
static Object *key_str(Object *o)
{
    Object *args = EXC_OF(o)->args;
    return TUPLE_LEN(args) == 1 ? Object_Repr(TUPLE_ITEM(args, 0)) : exc_str(o);
}
/* Borrowed attribute, NULL when missing or None. */
static Object *attr(Object *o, Object *name)
{
    Object *dict = Object_Dict(o), *value = dict == NULL ? NULL : Dict_Get(dict, name);
    return value == None ? NULL : value;
}
static Object *os_str(Object *o)
{
    Object *number = attr(o, ID(errno_)), *text = attr(o, ID(strerror)), *file = attr(o, ID(filename));
    if (number == NULL || text == NULL) {
        return exc_str(o);
    }
    return file == NULL ? Str_Format("[Errno %S] %S", number, text) : Str_Format("[Errno %S] %S: %R", number, text, file);
}
static Object *syntax_str(Object *o)
{
    Object *message = attr(o, ID(msg)), *file = attr(o, ID(filename)), *line = attr(o, ID(lineno));
    if (message == NULL) {
        return exc_str(o);
    }
    if (line == NULL || file == NULL || !Str_Check(file)) {
        return line == NULL ? Object_Str(message) : Str_Format("%S (line %S)", message, line);
    }
    Object *slash = interp.chars['/'];
    Size at = Str_Find(file, slash, 0, STR_LEN(file), true);
    Object *base = Str_Sub(file, at + 1, STR_LEN(file)), *r = base == NULL ? NULL : Str_Format("%S (%U, line %S)", message, base, line);
    XUnref(base);
    return r;
}

static Object *exc_get_args(Object *o) { return Ref(EXC_OF(o)->args); }
static int exc_set_args(Object *o, Object *value)
{
    Object *t = value == NULL ? Err_Set(EXC(TypeError), "args may not be deleted") : Tuple_FromIter(value);
    if (t == NULL) {
        return -1;
    }
    ASSIGN(EXC_OF(o)->args, t);
    return 0;
}
static Object *or_none(Object *o) { return Ref(o == NULL ? None : o); }
/* `kind` is "cause" or "context"; NULL: a traceback. */
static int set_checked(Object **slot, Object *value, bool good, const char *kind)
{
    if (value == NULL && kind != NULL) {
        return Err_Minus(Err_Set(EXC(TypeError), "__%s__ may not be deleted", kind));
    }
    if (value == NULL) {
        return Err_Minus(Err_Set(EXC(TypeError), "__traceback__ may not be deleted"));
    }
    if (value != None && !good) {
        return Err_Minus(kind == NULL ? Err_Set(EXC(TypeError), "__traceback__ must be a traceback or None")
                         : Err_Set(EXC(TypeError), "exception %s must be None or derive from BaseException", kind));
    }
    ASSIGN(*slot, value == None ? NULL : Ref(value));
    return 0;
}
static Object *exc_get_traceback(Object *o) { return or_none(EXC_OF(o)->traceback); }
static int exc_set_traceback(Object *o, Object *v) { return set_checked(&EXC_OF(o)->traceback, v, v != NULL && TYPE(v) == &Traceback_Type, NULL); }
static Object *exc_get_context(Object *o) { return or_none(EXC_OF(o)->context); }
static int exc_set_context(Object *o, Object *v) { return set_checked(&EXC_OF(o)->context, v, v != NULL && Exc_Check(v), "context"); }
static Object *exc_get_cause(Object *o) { return or_none(EXC_OF(o)->cause); }
static int exc_set_cause(Object *o, Object *v)
{
    EXC_OF(o)->suppress = true;
    return set_checked(&EXC_OF(o)->cause, v, v != NULL && Exc_Check(v), "cause");
}
static Object *exc_get_suppress(Object *o) { return Bool_From(EXC_OF(o)->suppress); }
static int exc_set_suppress(Object *o, Object *v)
{
    int truth = v == NULL ? 0 : Object_IsTrue(v);
    EXC_OF(o)->suppress = truth > 0;
    return truth < 0 ? -1 : 0;
}
DEF(exc_with_traceback) { IGNORE; return exc_set_traceback(self, args[0]) < 0 ? NULL : Ref(self); }
DEF(exc_add_note)
{
    IGNORE;
    if (!Str_Check(args[0])) {
        return Err_Set(EXC(TypeError), "note must be a str, not '%T'", args[0]);
    }
    Object *dict = Object_Dict(self), *notes = dict == NULL ? NULL : Dict_Get(dict, ID(__notes__));
    if (notes == NULL) {
        if (dict == NULL || Dict_SetNew(dict, "__notes__", List_New(0)) < 0) {
            return NULL;
        }
        notes = Dict_Get(dict, ID(__notes__));
    }
    return !List_Check(notes) ? Err_Set(EXC(TypeError), "Cannot add note: __notes__ is not a list") : List_Append(notes, args[0]) < 0 ? NULL : Ref(None);
}
static const MethodDef exc_methods[] = {
    {"with_traceback", exc_with_traceback, 1, 1, NULL, 0}, {"add_note", exc_add_note, 1, 1, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0}};
static const GetSetDef exc_getsets[] = {
    {"args", exc_get_args, exc_set_args}, {"__traceback__", exc_get_traceback, exc_set_traceback},
    {"__context__", exc_get_context, exc_set_context}, {"__cause__", exc_get_cause, exc_set_cause},
    {"__suppress_context__", exc_get_suppress, exc_set_suppress}, {NULL, NULL, NULL}};

/* ---- the table of types ---- */
#define EXC_Object (-1)
static const struct { const char *name; int base; } exc_table[] = {
#define X(name, base) {#name, EXC_##base},
    EXCEPTIONS(X)
#undef X
};
static const struct { int type; int (*init)(Object *, Object **, Size, Object *); UnaryFn str; } exc_special[] = {
    {EXC_BaseException, exc_init, exc_str}, {EXC_StopIteration, stop_init, NULL}, {EXC_SystemExit, exit_init, NULL},
    {EXC_ImportError, import_init, NULL}, {EXC_AttributeError, attribute_init, NULL}, {EXC_NameError, attribute_init, NULL},
    {EXC_OSError, os_init, os_str}, {EXC_SyntaxError, syntax_init, syntax_str}, {EXC_KeyError, NULL, key_str},
    {EXC_UnicodeDecodeError, UnicodeExc_Init, UnicodeExc_Str}, {EXC_UnicodeEncodeError, UnicodeExc_Init, UnicodeExc_Str},
    {EXC_UnicodeTranslateError, UnicodeExc_Init, UnicodeExc_Str}};
Type Exc_Types[EXC_COUNT];

int Exc_Init(void)
{
    for (int i = 0; i < EXC_COUNT; i++) {
        Type *t = &Exc_Types[i];
        int base = exc_table[i].base;
        *t = (Type){.head = IMMORTAL_HEAD(&Type_Type), .name = exc_table[i].name, .size = sizeof(Exception),
                    .flags = T_BASE | T_GC | T_HASDICT | T_EXC, .base = base < 0 ? &Object_Type : &Exc_Types[base], .new = exc_new};
        if (base < 0) {
            t->traverse = exc_traverse, t->clear = exc_clear, t->repr = exc_repr;
            t->methods = exc_methods, t->getsets = exc_getsets;
        }
    }
    for (Size i = 0; i < COUNT(exc_special); i++) {
        Exc_Types[exc_special[i].type].init = exc_special[i].init;
        Exc_Types[exc_special[i].type].str = exc_special[i].str;
    }
    for (int i = 0; i < EXC_COUNT; i++) {
        TRY_INT(Type_Ready(&Exc_Types[i]));
    }
    return 0;
}

void Exc_Finish(void)
{
    Type_Forget(&Group_Type);
    for (int i = 0; i < EXC_COUNT; i++) {
        Type_Forget(&Exc_Types[i]);
    }
}

int Exc_Publish(Object *builtins)
{
    for (int i = 0; i < EXC_COUNT; i++) {
        TRY_INT(Dict_SetStr(builtins, exc_table[i].name, (Object *)&Exc_Types[i]));
    }
    TRY_INT(Group_Publish(builtins));
    TRY_INT(Dict_SetStr(builtins, "EnvironmentError", (Object *)EXC(OSError)));
    return Dict_SetStr(builtins, "IOError", (Object *)EXC(OSError));
}
