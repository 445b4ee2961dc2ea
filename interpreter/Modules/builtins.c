/* The module builtins: the functions that every program has, and the names of the built-in types. */
#include "rabbit.h"
#include "compile.h"

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames

/* --- printing --- */

static int write_items(Object *file, Object **args, Size n, Object *sep, Object *end)
{
    for (Size i = 0; i < n; i++) {
        Object *text = Object_Str(args[i]);
        int r = text == NULL || (i > 0 && Write_To(file, sep) < 0) ? -1 : Write_To(file, text);
        XUnref(text);
        TRY_INT(r);
    }
    return Write_To(file, end);
}

static Object *keyword(Object **values, Object *kwnames, const char *name)
{
    for (Size i = 0; kwnames != NULL && i < TUPLE_LEN(kwnames); i++) {
        if (STR_IS(TUPLE_ITEM(kwnames, i), name)) {
            return values[i] == None ? NULL : values[i];
        }
    }
    return NULL;
}

static int known_keywords(const char *function, Object *kwnames, const char *const *names)
{
    for (Size i = 0; kwnames != NULL && i < TUPLE_LEN(kwnames); i++) {
        const char *const *name = names;
        while (*name != NULL && !STR_IS(TUPLE_ITEM(kwnames, i), *name)) {
            name++;
        }
        if (*name == NULL) {
            return Err_Minus(Err_Set(EXC(TypeError), "'%U' is an invalid keyword argument for %s()", TUPLE_ITEM(kwnames, i), function));
        }
    }
    return 0;
}

DEF(builtin_print)
{
    IGNORE;
    static const char *const names[] = {"sep", "end", "file", "flush", NULL};
    if (known_keywords("print", kwnames, names) < 0) {
        return NULL;
    }
    Object *file = keyword(args + n, kwnames, "file"), *flush = keyword(args + n, kwnames, "flush");
    Object *sep = keyword(args + n, kwnames, "sep"), *end = keyword(args + n, kwnames, "end");
    const struct { const char *name; Object *value; } texts[] = {{"sep", sep}, {"end", end}};
    for (Size i = 0; i < COUNT(texts); i++) {
        if (texts[i].value != NULL && !Str_Check(texts[i].value)) {
            return Err_Set(EXC(TypeError), "%s must be None or a string, not %T", texts[i].name, texts[i].value);
        }
    }
    file = file != NULL ? file : Sys_Get("stdout");
    if (file == NULL || file == None) {
        return Err_Occurred() != NULL ? NULL : Ref(None);
    }
    Ref(file);
    sep = sep == NULL ? Str_New(" ") : Ref(sep);
    end = end == NULL ? Str_New("\n") : Ref(end);
    int r = sep == NULL || end == NULL ? -1 : write_items(file, args, n, sep, end);
    XUnref(sep), XUnref(end);
    if (r == 0 && flush != NULL && Object_IsTrue(flush) > 0) {
        Object *done = CallMethod(file, ID(flush), 0, NULL);
        r = done == NULL ? -1 : 0;
        XUnref(done);
    }
    Unref(file);
    return r < 0 ? NULL : Ref(None);
}

/* --- attributes --- */

DEF(builtin_getattr)
{
    IGNORE;
    Object *value;
    if (n == 2) {
        return Object_GetAttr(args[0], args[1]);
    }
    int found = Object_LookupAttr(args[0], args[1], &value);
    return found == 0 ? Ref(args[2]) : value;
}
DEF(builtin_hasattr)
{
    IGNORE;
    Object *value;
    int found = Object_LookupAttr(args[0], args[1], &value);
    XUnref(value);
    return found < 0 ? NULL : Bool_From(found);
}
DEF(builtin_setattr) { IGNORE; return Object_SetAttr(args[0], args[1], args[2]) < 0 ? NULL : Ref(None); }
DEF(builtin_delattr) { IGNORE; return Object_SetAttr(args[0], args[1], NULL) < 0 ? NULL : Ref(None); }
DEF(builtin_dir)
{
    IGNORE;
    if (n == 0) {
        Object *names = Dict_Keys(Frame_Locals(THREAD->frame));
        if (names != NULL && List_Sort(names, NULL, false) < 0) {
            CLEAR(names);
        }
        return names;
    }
    Object *names = IS_A(args[0], T_TYPE) ? Object_Dir(args[0]) : CallSpecial(args[0], ID(__dir__), 0, NULL), *list = names == NULL ? NULL : List_FromIter(names);
    XUnref(names);
    if (list != NULL && List_Sort(list, NULL, false) < 0) {
        CLEAR(list);
    }
    return list;
}
DEF(builtin_vars)
{
    IGNORE;
    if (n == 0) {
        return XRef(Frame_Locals(THREAD->frame));
    }
    Object *dict;
    int found = Object_LookupAttr(args[0], ID(__dict__), &dict);
    return found == 0 ? Err_Set(EXC(TypeError), "vars() argument must have __dict__ attribute") : dict;
}
DEF(builtin_globals) { IGNORE; return Ref(THREAD->frame->globals); }
DEF(builtin_locals) { IGNORE; return XRef(Frame_Locals(THREAD->frame)); }
DEF(builtin_isinstance) { IGNORE; int r = Object_IsInstance(args[0], args[1]); return r < 0 ? NULL : Bool_From(r); }
DEF(builtin_issubclass) { IGNORE; int r = Object_IsSubclass(args[0], args[1]); return r < 0 ? NULL : Bool_From(r); }
DEF(builtin_callable) { IGNORE; return Bool_From(TYPE(args[0])->call != NULL); }
DEF(builtin_id) { IGNORE; return Int_FromLong((int64_t)(intptr_t)args[0]); }
DEF(builtin_hash) { IGNORE; Hash h = Object_Hash(args[0]); return h == -1 && Err_Occurred() ? NULL : Int_FromLong(h); }
DEF(builtin_repr) { IGNORE; return Object_Repr(args[0]); }
DEF(builtin_len) { IGNORE; Size len = Object_Len(args[0]); return len < 0 ? NULL : Int_FromLong(len); }
DEF(builtin_format) { IGNORE; return Object_Format(args[0], n > 1 ? args[1] : interp.empty_str); }

DEF(builtin_ascii)
{
    IGNORE;
    Object *text = Object_Repr(args[0]);
    Buf b;
    Buf_Init(&b);
    for (Size i = 0; text != NULL && i < STR_LEN(text); i++) {
        uint32_t c = Str_At(text, i);
        char escape[16];
        if (c < 128) {
            Buf_Char(&b, c);
            continue;
        }
        snprintf(escape, sizeof(escape), c < 256 ? "\\x%02x" : c < 65536 ? "\\u%04x" : "\\U%08x", c);
        Buf_Ascii(&b, escape);
    }
    Object *result = Buf_Finish(&b);
    if (text == NULL) {
        CLEAR(result);
    }
    XUnref(text);
    return result;
}

/* --- iteration --- */

DEF(builtin_iter)
{
    IGNORE;
    if (n == 1) {
        return Object_GetIter(args[0]);
    }
    return TYPE(args[0])->call == NULL ? Err_Set(EXC(TypeError), "iter(v, w): v must be callable") : CallIter_New(args[0], args[1]);
}

DEF(builtin_next)
{
    IGNORE;
    if (TYPE(args[0])->iternext == NULL) {
        return Err_Set(EXC(TypeError), "'%T' object is not an iterator", args[0]);
    }
    Object *item = TYPE(args[0])->iternext(args[0]);
    if (item != NULL || (Err_Occurred() && !Err_Matches(EXC(StopIteration)))) {
        return item;
    }
    if (n > 1) {
        Err_Clear();
        return Ref(args[1]);
    }
    return Err_Occurred() ? NULL : Err_SetObject(EXC(StopIteration), NULL);
}

/* any and all: the first item whose truth is `decides` ends the walk. */
static Object *first_that(Object *iterable, bool decides)
{
    Object *it = Object_GetIter(iterable), *item;
    if (it == NULL) {
        return NULL;
    }
    bool found = false;
    while (!found && (item = Iter_Next(it)) != NULL) {
        int truth = Object_IsTrue(item);
        Unref(item);
        if (truth < 0) {
            break;
        }
        found = truth == decides;
    }
    Unref(it);
    return Err_Occurred() ? NULL : Bool_From(found == decides);
}
DEF(builtin_any) { IGNORE; return first_that(args[0], true); }
DEF(builtin_all) { IGNORE; return first_that(args[0], false); }

DEF(builtin_sum)
{
    IGNORE;
    Object *total = args[1] != NULL ? Ref(args[1]) : Int_FromLong(0), *it = Object_GetIter(args[0]), *item;
    if (total != NULL && Str_Check(total)) {
        Err_Set(EXC(TypeError), "sum() can't sum strings [use ''.join(seq) instead]");
        CLEAR(total);
    }
    while (total != NULL && it != NULL && (item = Iter_Next(it)) != NULL) {
        Object *next = Number_Binary(total, item, NB_ADD);
        Unref(item);
        ASSIGN(total, next);
    }
    if (Err_Occurred()) {
        CLEAR(total);
    }
    XUnref(it);
    return total;
}

/* The least (op CMP_LT) or greatest (CMP_GT) of what `it` gives, by `key`. NULL without exception: none. */
static Object *best_of(Object *it, Object *key, int op)
{
    Object *best = NULL, *best_key = NULL, *item;
    while ((item = Iter_Next(it)) != NULL) {
        Object *k = key == NULL ? Ref(item) : Call1(key, item);
        int better = k == NULL ? -1 : best == NULL ? 1 : 0;
        if (better == 0) {
            Object *r = Object_Compare(k, best_key, op);
            better = r == NULL ? -1 : Object_IsTrue(r);
            XUnref(r);
        }
        if (better > 0) {
            ASSIGN(best, item);
            ASSIGN(best_key, k);
            continue;
        }
        Unref(item);
        XUnref(k);
        if (better < 0) {
            break;
        }
    }
    XUnref(best_key);
    if (Err_Occurred()) {
        CLEAR(best);
    }
    return best;
}

static Object *min_max(const char *name, Object **args, Size n, Object *kwnames, int op)
{
    static const char *const names[] = {"key", "default", NULL};
    if (known_keywords(name, kwnames, names) < 0) {
        return NULL;
    }
    Object *key = keyword(args + n, kwnames, "key"), *fallback = NULL;
    for (Size i = 0; kwnames != NULL && i < TUPLE_LEN(kwnames); i++) {
        fallback = STR_IS(TUPLE_ITEM(kwnames, i), "default") ? args[n + i] : fallback;
    }
    if (n == 0) {
        return Err_Set(EXC(TypeError), "%s expected at least 1 argument, got 0", name);
    }
    if (n > 1 && fallback != NULL) {
        return Err_Set(EXC(TypeError), "Cannot specify a default for %s() with multiple positional arguments", name);
    }
    Object *items = n > 1 ? Tuple_From(args, n) : Ref(args[0]), *it = items == NULL ? NULL : Object_GetIter(items);
    Object *best = it == NULL ? NULL : best_of(it, key, op);
    XUnref(items), XUnref(it);
    if (best != NULL || Err_Occurred()) {
        return best;
    }
    return fallback != NULL ? Ref(fallback) : Err_Set(EXC(ValueError), "%s() iterable argument is empty", name);
}
DEF(builtin_min) { IGNORE; return min_max("min", args, n, kwnames, CMP_LT); }
DEF(builtin_max) { IGNORE; return min_max("max", args, n, kwnames, CMP_GT); }

DEF(builtin_sorted)
{
    IGNORE;
    static const char *const names[] = {"key", "reverse", NULL};
    if (n != 1) {
        return Err_Set(EXC(TypeError), "sorted expected 1 argument, got %zd", n);
    }
    if (known_keywords("sort", kwnames, names) < 0) {
        return NULL;
    }
    Object *reverse = keyword(args + n, kwnames, "reverse");
    int backwards = reverse == NULL ? 0 : Object_IsTrue(reverse);
    Object *list = backwards < 0 ? NULL : List_FromIter(args[0]);
    if (list != NULL && List_Sort(list, keyword(args + n, kwnames, "key"), backwards) < 0) {
        CLEAR(list);
    }
    return list;
}

/* --- numbers and characters --- */

DEF(builtin_abs) { IGNORE; return Number_Unary(args[0], UN_ABS); }
DEF(builtin_divmod) { IGNORE; return Number_Binary(args[0], args[1], NB_DIVMOD); }
DEF(builtin_pow)
{
    IGNORE;
    if (args[2] == NULL || args[2] == None) {
        return Number_Binary(args[0], args[1], NB_POW);
    }
    for (int i = 0; i < 3; i++) {
        if (!Int_Check(args[i])) {
            return Err_Set(EXC(TypeError), "pow() 3rd argument not allowed unless all arguments are integers");
        }
    }
    return Int_PowMod(args[0], args[1], args[2]);
}
DEF(builtin_round)
{
    IGNORE;
    Object *method = Type_Lookup(TYPE(args[0]), ID(__round__));
    if (method == NULL) {
        return Err_Set(EXC(TypeError), "type %T doesn't define __round__ method", args[0]);
    }
    return CallSpecial(args[0], ID(__round__), args[1] == NULL || args[1] == None ? 0 : 1, args + 1);
}
static Object *in_base(Object *o, int base)
{
    Object *index = Number_Index(o), *text = index == NULL ? NULL : Int_ToStr(index, base, true);
    XUnref(index);
    return text;
}
DEF(builtin_hex) { IGNORE; return in_base(args[0], 16); }
DEF(builtin_oct) { IGNORE; return in_base(args[0], 8); }
DEF(builtin_bin) { IGNORE; return in_base(args[0], 2); }
DEF(builtin_chr)
{
    IGNORE;
    Size point = Number_AsSize(args[0], EXC(OverflowError));
    if (point == -1 && Err_Occurred()) {
        return NULL;
    }
    if (point != (int)point) {
        return Err_Set(EXC(OverflowError), "Python int too large to convert to C int");
    }
    if (point < 0 || point > 0x10ffff) {
        return Err_Set(EXC(ValueError), "chr() arg not in range(0x110000)");
    }
    return Str_FromChar((uint32_t)point);
}
DEF(builtin_ord)
{
    IGNORE;
    bool bytes = Bytes_Check(args[0]);
    if (!bytes && !Str_Check(args[0])) {
        return Err_Set(EXC(TypeError), "ord() expected string of length 1, but %T found", args[0]);
    }
    Size len = bytes ? ((Bytes *)args[0])->len : STR_LEN(args[0]);
    if (len != 1) {
        return Err_Set(EXC(TypeError), "ord() expected a character, but string of length %zd found", len);
    }
    return Int_FromLong(bytes ? (unsigned char)((Bytes *)args[0])->data[0] : (int64_t)Str_At(args[0], 0));
}

/* --- code --- */

/* Source as UTF-8 text; bytes are taken as they are. Borrowed from `source`. */
static const char *source_text(Object *source, const char *what, Size *len)
{
    if (Str_Check(source)) {
        return Str_Utf8Len(source, len);
    }
    if (Bytes_Check(source)) {
        *len = ((Bytes *)source)->len;
        return ((Bytes *)source)->data;
    }
    return Err_Set(EXC(TypeError), "%s() arg 1 must be a string, bytes or code object", what);
}

/* The future statements of the code that runs hold for what it compiles. */
static int inherited_flags(void)
{
    return THREAD->frame == NULL ? 0 : THREAD->frame->code->flags & CODE_FUTURE_ANNOTATIONS;
}

/* compile()'s flags: of the future statements only `annotations` makes a difference. INCOMPLETE is what a prompt asks with, to tell
   text that is wrong from text that goes on (codeop calls it PyCF_ALLOW_INCOMPLETE_INPUT). -1: exception. */
enum { INCOMPLETE = 0x4000 };
static int compile_flags(Object *given, Object *dont_inherit)
{
    enum { FUTURES = 0x1fe0010 };               /* all that __future__ lists */
    Size flags = given == NULL ? 0 : Number_AsSize(given, EXC(OverflowError));
    int alone = dont_inherit == NULL ? 0 : Object_IsTrue(dont_inherit);
    if (Err_Occurred()) {
        return -1;
    }
    if (flags & ~(Size)(FUTURES | INCOMPLETE | COMPILE_DONT_INHERIT)) {
        return Err_Minus(Err_Set(EXC(ValueError), "compile(): unrecognised flags"));
    }
    return (int)(flags & (CODE_FUTURE_ANNOTATIONS | INCOMPLETE)) | (alone ? 0 : inherited_flags());
}

DEF(builtin_compile)
{
    IGNORE;
    static const struct { const char *name; ParseMode mode; } modes[] = {{"exec", MODE_EXEC}, {"eval", MODE_EVAL}, {"single", MODE_SINGLE}};
    Size len;
    const char *source = source_text(args[0], "compile", &len);
    if (source == NULL) {
        return NULL;
    }
    if (!Str_Check(args[1]) || !Str_Check(args[2])) {
        return Err_Set(EXC(TypeError), "compile() needs a file name and a mode, both strings");
    }
    int flags = compile_flags(args[3], args[4]);
    Size optimize = args[5] == NULL ? -1 : Number_AsSize(args[5], EXC(OverflowError));
    if (flags < 0 || (optimize == -1 && Err_Occurred())) {
        return NULL;
    }
    if (optimize < -1 || optimize > 2) {
        return Err_Set(EXC(ValueError), "compile(): invalid optimize value");
    }
    for (size_t i = 0; i < 3; i++) {
        if (STR_IS(args[2], modes[i].name)) {
            ParseMode mode = modes[i].mode | (Bytes_Check(args[0]) ? PARSE_BYTES : 0);
            if (flags & INCOMPLETE) mode |= PARSE_INCOMPLETE;
            return Compile_SourceEx(source, len, Str_Text(args[1]), mode, flags & ~INCOMPLETE, (int)optimize);
        }
    }
    return Err_Set(EXC(ValueError), "compile() mode must be 'exec', 'eval' or 'single'");
}

/* The namespaces that exec and eval run in; given ones must be dicts (locals: any mapping). Borrowed. */
static int choose_spaces(Object **args, const char *what, Object **globals, Object **locals)
{
    *globals = args[1] == NULL || args[1] == None ? NULL : args[1];
    *locals = args[2] == NULL || args[2] == None ? NULL : args[2];
    if (*globals != NULL && !Dict_Check(*globals)) {
        return Err_Minus(Err_Set(EXC(TypeError), "%s() globals must be a dict, not %T", what, *globals));
    }
    if (*locals != NULL && TYPE(*locals)->getitem == NULL) {
        return Err_Minus(strcmp(what, "eval") == 0 ? Err_Set(EXC(TypeError), "locals must be a mapping")
                         : Err_Set(EXC(TypeError), "locals must be a mapping or None, not %T", *locals));
    }
    if (*globals == NULL) {
        *globals = THREAD->frame->globals;
        *locals = *locals != NULL ? *locals : Frame_Locals(THREAD->frame);
        return *locals == NULL ? -1 : 0;
    }
    *locals = *locals != NULL ? *locals : *globals;
    if (Dict_Get(*globals, ID(__builtins__)) == NULL) {
        Object *module = Dict_GetStr(interp.modules, "builtins");
        return module == NULL && Err_Occurred() ? -1 : Dict_Set(*globals, ID(__builtins__), module == NULL ? interp.builtins : module);
    }
    return 0;
}

static Object *run_source(Object **args, const char *what, ParseMode mode)
{
    Object *globals, *locals;
    if (choose_spaces(args, what, &globals, &locals) < 0) {
        return NULL;
    }
    if (TYPE(args[0]) == &Code_Type) {
        return Eval_Code(args[0], globals, locals);
    }
    Size len;
    const char *source = source_text(args[0], what, &len);
    while (source != NULL && mode == MODE_EVAL && len > 0 && (*source == ' ' || *source == '\t')) {
        source++, len--;                        /* an expression may stand behind blanks */
    }
    Object *code = source == NULL ? NULL
        : Compile_SourceEx(source, len, "<string>", mode | (Bytes_Check(args[0]) ? PARSE_BYTES : 0), inherited_flags(), -1);
    Object *r = code == NULL ? NULL : Eval_Code(code, globals, locals);
    XUnref(code);
    return r;
}
DEF(builtin_eval) { IGNORE; return run_source(args, "eval", MODE_EVAL); }
DEF(builtin_exec)
{
    IGNORE;
    Object *r = run_source(args, "exec", MODE_EXEC);
    XUnref(r);
    return r == NULL ? NULL : Ref(None);
}

DEF(builtin_import)
{
    IGNORE;
    Size level = args[4] == NULL ? 0 : Number_AsSize(args[4], EXC(OverflowError));
    if (!Str_Check(args[0])) {
        return Err_Set(EXC(TypeError), "module name must be a string");
    }
    Object *globals = args[1] != NULL && Dict_Check(args[1]) ? args[1] : NULL;
    return Import_Module(args[0], globals, args[3] == NULL ? None : args[3], (int)level);
}

DEF(builtin_input)
{
    IGNORE;
    Object *file = Sys_Get("stdin");
    if (n > 0 && (Write_Stdio("stdout", args[0]) < 0)) {
        return NULL;
    }
    Flush_Stdio();
    Object *name = Str_Id("readline"), *line = file == NULL || name == NULL ? NULL : CallMethod(file, name, 0, NULL);
    XUnref(name);
    if (line != NULL && STR_LEN(line) == 0) {
        CLEAR(line);
        return Err_Set(EXC(EOFError), "EOF when reading a line");
    }
    if (line != NULL && Str_At(line, STR_LEN(line) - 1) == '\n') {
        ASSIGN(line, Str_Sub(line, 0, STR_LEN(line) - 1));
    }
    return line;
}

DEF(builtin_aiter)
{
    IGNORE;
    return Type_Lookup(TYPE(args[0]), ID(__aiter__)) != NULL ? Async_GetIter(args[0])
        : Err_Set(EXC(TypeError), "'%T' object is not an async iterable", args[0]);
}
DEF(builtin_anext) { IGNORE; return Async_Next(args[0], args[1]); }

static const MethodDef functions[] = {
    {"__build_class__", Build_Class, 0, -1, NULL, METH_RAW},
    {"__import__", builtin_import, 1, 5, "name globals locals fromlist level", 0},
    {"abs", builtin_abs, 1, 1, NULL, 0}, {"aiter", builtin_aiter, 1, 1, NULL, 0}, {"anext", builtin_anext, 1, 2, NULL, 0}, {"all", builtin_all, 1, 1, NULL, 0}, {"any", builtin_any, 1, 1, NULL, 0},
    {"ascii", builtin_ascii, 1, 1, NULL, 0}, {"bin", builtin_bin, 1, 1, NULL, 0}, {"callable", builtin_callable, 1, 1, NULL, 0},
    {"chr", builtin_chr, 1, 1, NULL, 0}, {"compile", builtin_compile, 3, 6, "source filename mode flags dont_inherit optimize", 0},
    {"delattr", builtin_delattr, 2, 2, NULL, 0}, {"dir", builtin_dir, 0, 1, NULL, 0}, {"divmod", builtin_divmod, 2, 2, NULL, 0},
    {"eval", builtin_eval, 1, 3, NULL, 0}, {"exec", builtin_exec, 1, 3, NULL, 0}, {"format", builtin_format, 1, 2, NULL, 0},
    {"getattr", builtin_getattr, 2, 3, NULL, 0}, {"globals", builtin_globals, 0, 0, NULL, 0},
    {"hasattr", builtin_hasattr, 2, 2, NULL, 0}, {"hash", builtin_hash, 1, 1, NULL, 0}, {"hex", builtin_hex, 1, 1, NULL, 0},
    {"id", builtin_id, 1, 1, NULL, 0}, {"input", builtin_input, 0, 1, NULL, 0},
    {"isinstance", builtin_isinstance, 2, 2, NULL, 0}, {"issubclass", builtin_issubclass, 2, 2, NULL, 0},
    {"iter", builtin_iter, 1, 2, NULL, 0}, {"len", builtin_len, 1, 1, NULL, 0}, {"locals", builtin_locals, 0, 0, NULL, 0},
    {"max", builtin_max, 0, -1, NULL, METH_RAW}, {"min", builtin_min, 0, -1, NULL, METH_RAW},
    {"next", builtin_next, 1, 2, NULL, 0}, {"oct", builtin_oct, 1, 1, NULL, 0},
    {"open", File_Open, 1, 6, "file mode buffering encoding errors newline", 0}, {"ord", builtin_ord, 1, 1, NULL, 0},
    {"pow", builtin_pow, 2, 3, "base exp mod", 0}, {"print", builtin_print, 0, -1, NULL, METH_RAW},
    {"repr", builtin_repr, 1, 1, NULL, 0}, {"round", builtin_round, 1, 2, "number ndigits", 0},
    {"setattr", builtin_setattr, 3, 3, NULL, 0}, {"sorted", builtin_sorted, 0, -1, NULL, METH_RAW},
    {"sum", builtin_sum, 1, 2, "iterable start", 0}, {"vars", builtin_vars, 0, 1, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0},
};

static const struct { const char *name; Type *type; } types[] = {
    {"object", &Object_Type}, {"type", &Type_Type}, {"int", &Int_Type}, {"bool", &Bool_Type}, {"float", &Float_Type}, {"complex", &Complex_Type}, {"bytearray", &ByteArray_Type},
    {"str", &Str_Type}, {"bytes", &Bytes_Type}, {"tuple", &Tuple_Type}, {"list", &List_Type}, {"dict", &Dict_Type},
    {"set", &Set_Type}, {"frozenset", &FrozenSet_Type}, {"slice", &Slice_Type}, {"range", &Range_Type},
    {"enumerate", &Enumerate_Type}, {"zip", &Zip_Type}, {"map", &Map_Type}, {"filter", &Filter_Type},
    {"reversed", &Reversed_Type}, {"property", &Property_Type}, {"classmethod", &ClassMethod_Type},
    {"staticmethod", &StaticMethod_Type}, {"super", &Super_Type},
};

int Init_builtins(Object *module)
{
    Object *dict = MODULE_DICT(module);
    TRY_INT(Module_AddFunctions(module, functions));
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        TRY_INT(Dict_SetStr(dict, types[i].name, (Object *)types[i].type));
    }
    const struct { const char *name; Object *value; } constants[] = {
        {"None", None}, {"True", True}, {"False", False}, {"NotImplemented", NotImplemented}, {"Ellipsis", Ellipsis},
        {"__debug__", True},
    };
    for (size_t i = 0; i < sizeof(constants) / sizeof(*constants); i++) {
        TRY_INT(Dict_SetStr(dict, constants[i].name, constants[i].value));
    }
    return Exc_Publish(dict);
}
