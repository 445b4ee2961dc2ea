/* The module sys: what the interpreter tells of itself, and its standard streams. */
#include "rabbit.h"
#include "gitinfo.h"
#include "patchlevel.h"
#include "record.h"

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames
enum { LEAST_DEPTH = 1, MOST_DEPTH = 1000000000 };

Object *Sys_Get(const char *name) { return interp.sys == NULL ? NULL : Dict_GetStr(interp.sys, name); }

/* None is no argument, a tuple is all of them. */
DEF(sys_exit)
{
    IGNORE;
    if (n > 0 && Tuple_Check(args[0])) {
        Object *exc = CallEx((Object *)EXC(SystemExit), args[0], NULL);
        return exc == NULL ? NULL : Err_Raise(exc);
    }
    return Err_SetObject(EXC(SystemExit), n > 0 && args[0] != None ? args[0] : NULL);
}

DEF(sys_exc_info)
{
    IGNORE;
    Object *exc = Err_Handled();
    if (exc == NULL) {
        return Tuple_Pack(3, None, None, None);
    }
    Object *traceback = EXC_OF(exc)->traceback;
    return Tuple_Pack(3, TYPE(exc), exc, traceback == NULL ? None : traceback);
}
DEF(sys_exception) { IGNORE; Object *exc = Err_Handled(); return Ref(exc == NULL ? None : exc); }

#ifdef Py_DEBUG
DEF(sys_gettotalrefcount) { IGNORE; return Int_FromLong(interp.total_refs); }

/* set_nomemory(start, stop=0): allocations number start (counted from 0) up to stop fail; 0: all the rest.
   Returns what was asked for; nothing is allocated after the switch. */
DEF(sys_set_nomemory)
{
    IGNORE;
    Size start = Number_AsSize(args[0], EXC(OverflowError)), stop = n > 1 ? Number_AsSize(args[1], EXC(OverflowError)) : 0;
    if (Err_Occurred()) {
        return NULL;
    }
    if (start < 0 || stop < 0) {
        return Err_Set(EXC(ValueError), "set_nomemory: start and stop count from 0, not %zd and %zd", start, stop);
    }
    interp.nomemory.count = 0;
    interp.nomemory.stop = stop;
    interp.nomemory.start = start;
    return Ref(None);
}

/* Returns how many allocations were asked for since set_nomemory. */
DEF(sys_clear_nomemory)
{
    IGNORE;
    interp.nomemory.start = -1;
    return Int_FromLong(interp.nomemory.count);
}
#endif
DEF(sys_getallocatedblocks) { IGNORE; return Int_FromLong(interp.blocks); }

/* The caller's argument counts too, as CPython's does. */
DEF(sys_getrefcount) { IGNORE; return Int_FromLong(args[0]->refcnt); }

DEF(sys_getsizeof) { IGNORE; return Int_FromLong(TYPE(args[0])->size); }

DEF(sys_intern)
{
    IGNORE;
    if (TYPE(args[0]) != &Str_Type) {
        return Err_Set(EXC(TypeError), "intern() argument must be str, not %T", args[0]);
    }
    return Str_Intern(Ref(args[0]));
}

DEF(sys_getrecursionlimit) { IGNORE; return Int_FromLong(THREAD->depth_limit); }
DEF(sys_setrecursionlimit)
{
    IGNORE;
    Size limit = Number_AsSize(args[0], EXC(OverflowError));
    if (limit == -1 && Err_Occurred()) {
        return NULL;
    }
    if (limit < LEAST_DEPTH) {
        return Err_Set(EXC(ValueError), "recursion limit must be greater or equal than %d", LEAST_DEPTH);
    }
    if (limit > MOST_DEPTH) {
        return Err_Set(EXC(ValueError), "recursion limit must be at most %d", MOST_DEPTH);
    }
    if (limit <= THREAD->depth) {
        return Err_Set(EXC(RecursionError), "cannot set the recursion limit to %zd at the recursion depth %d: the limit is too low",
                       limit, THREAD->depth);
    }
    THREAD->depth_limit = (int)limit;
    return Ref(None);
}

DEF(sys_getframe)
{
    IGNORE;
    Size depth = n > 0 ? Number_AsSize(args[0], EXC(OverflowError)) : 0;
    Frame *f = THREAD->frame;
    for (; f != NULL && depth > 0; depth--) {
        f = f->back;
    }
    return f == NULL ? Err_Set(EXC(ValueError), "call stack is not deep enough") : XRef(Frame_Object(f));
}

DEF(sys_get_int_max_str_digits) { IGNORE; return Int_FromLong(interp.config.int_max_str_digits); }
DEF(sys_set_int_max_str_digits)
{
    IGNORE;
    Size limit = Number_AsSize(args[0], EXC(OverflowError));
    if (limit == -1 && Err_Occurred()) {
        return NULL;
    }
    if (limit != 0 && (limit < 640 || limit > INT32_MAX)) {
        return Err_Set(EXC(ValueError), "maxdigits must be 0 or larger than 640");
    }
    interp.config.int_max_str_digits = (int)limit;
    return Ref(None);
}

DEF(sys_getdefaultencoding) { IGNORE; return Str_New("utf-8"); }

DEF(sys_debugmallocstats)
{
    IGNORE;
    Mem_PrintStats(stderr);
    for (int i = 0; i < GENERATIONS; i++) {
        fprintf(stderr, "%12td objects in generation %d of the collector\n", Gc_ListLength(&interp.gc.generation[i].list), i);
    }
    return Ref(None);
}

DEF(sys_excepthook)
{
    IGNORE;
    if (Exc_Check(args[1])) {
        Object *text = Traceback_Format(args[1]);
        int r = text == NULL ? -1 : Write_Stdio("stderr", text);
        XUnref(text);
        return r < 0 ? NULL : Ref(None);
    }
    return Ref(None);
}

/* What an interactive program shows of an expression's value; it is kept as builtins._. */
DEF(sys_displayhook)
{
    IGNORE;
    if (args[0] == None) {
        return Ref(None);
    }
    Object *text = Dict_SetStr(interp.builtins, "_", None) < 0 ? NULL : Object_Repr(args[0]);
    Object *line = text == NULL ? NULL : Str_Format("%U\n", text);
    int r = line == NULL ? -1 : Write_Stdio("stdout", line);
    XUnref(text), XUnref(line);
    return r < 0 || Dict_SetStr(interp.builtins, "_", args[0]) < 0 ? NULL : Ref(None);
}

static const MethodDef functions[] = {
    {"displayhook", sys_displayhook, 1, 1, NULL, 0}, {"__displayhook__", sys_displayhook, 1, 1, NULL, 0},
    {"exit", sys_exit, 0, 1, NULL, 0}, {"exc_info", sys_exc_info, 0, 0, NULL, 0}, {"exception", sys_exception, 0, 0, NULL, 0},
#ifdef Py_DEBUG
    {"gettotalrefcount", sys_gettotalrefcount, 0, 0, NULL, 0},
    {"set_nomemory", sys_set_nomemory, 1, 2, NULL, 0}, {"clear_nomemory", sys_clear_nomemory, 0, 0, NULL, 0},
#endif
    {"getallocatedblocks", sys_getallocatedblocks, 0, 0, NULL, 0}, {"getrefcount", sys_getrefcount, 1, 1, NULL, 0},
    {"getsizeof", sys_getsizeof, 1, 2, NULL, 0}, {"intern", sys_intern, 1, 1, NULL, 0},
    {"getrecursionlimit", sys_getrecursionlimit, 0, 0, NULL, 0}, {"setrecursionlimit", sys_setrecursionlimit, 1, 1, NULL, 0},
    {"get_int_max_str_digits", sys_get_int_max_str_digits, 0, 0, NULL, 0},
    {"set_int_max_str_digits", sys_set_int_max_str_digits, 1, 1, "maxdigits", 0},
    {"_getframe", sys_getframe, 0, 1, NULL, 0}, {"getdefaultencoding", sys_getdefaultencoding, 0, 0, NULL, 0},
    {"getfilesystemencoding", sys_getdefaultencoding, 0, 0, NULL, 0}, {"_debugmallocstats", sys_debugmallocstats, 0, 0, NULL, 0},
    {"excepthook", sys_excepthook, 3, 3, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0},
};

/* --- what does not change --- */

/* `1.3.0a1+ (main:abc1234, debug build)` */
static Object *version_text(void)
{
    char commit[10] = "";
    snprintf(commit, sizeof(commit), "%.9s", RABBIT_GIT_COMMIT);
    const char *branch = RABBIT_GIT_BRANCH;
#ifdef Py_DEBUG
    const char *kind = "debug build";
#else
    const char *kind = "release build";
#endif
    if (*commit == '\0') {
        return Str_Format("%s (%s)", PY_VERSION, kind);
    }
    return Str_Format("%s (%s:%s, %s)", PY_VERSION, *branch == '\0' ? "HEAD" : branch, commit, kind);
}

static const char *level_name(void)
{
    return PY_RELEASE_LEVEL == PY_RELEASE_LEVEL_ALPHA ? "alpha" : PY_RELEASE_LEVEL == PY_RELEASE_LEVEL_BETA ? "beta"
         : PY_RELEASE_LEVEL == PY_RELEASE_LEVEL_GAMMA ? "candidate" : "final";
}

static Object *version_info(void)
{
    Object *values[] = {Int_FromLong(PY_MAJOR_VERSION), Int_FromLong(PY_MINOR_VERSION), Int_FromLong(PY_MICRO_VERSION), Str_New(level_name()),
                        Int_FromLong(PY_RELEASE_SERIAL)};
    return Record_New("sys.version_info", "major minor micro releaselevel serial", values);
}

static Object *flags(void)
{
    const Config *c = &interp.config;
    Object *values[] = {
        Int_FromLong(0), Int_FromLong(0), Int_FromLong(0), Int_FromLong(c->optimize), Int_FromLong(c->dont_write), Int_FromLong(c->isolated),
        Int_FromLong(c->no_site), Int_FromLong(c->ignore_env), Int_FromLong(c->verbose), Int_FromLong(c->bytes_warning), Int_FromLong(c->quiet),
        Int_FromLong(0), Int_FromLong(c->isolated), Ref(False), Int_FromLong(1), Ref(c->isolated ? True : False)};
    return Record_New("sys.flags", "debug inspect interactive optimize dont_write_bytecode no_user_site no_site ignore_environment verbose "
                      "bytes_warning quiet hash_randomization isolated dev_mode utf8_mode safe_path", values);
}

/* A module is the simplest object with attributes that C can make. */
static Object *implementation(void)
{
    Object *name = Str_Id("implementation"), *space = name == NULL ? NULL : Module_New(name);
    XUnref(name);
    if (space == NULL || Dict_SetNew(MODULE_DICT(space), "name", Str_New("rabbit")) < 0
        || Dict_SetNew(MODULE_DICT(space), "version", version_info()) < 0
        || Dict_SetNew(MODULE_DICT(space), "hexversion", Int_FromLong(PY_VERSION_HEX)) < 0
        || Dict_SetNew(MODULE_DICT(space), "cache_tag", Ref(None)) < 0) {
        CLEAR(space);
    }
    return space;
}

static Object *git_info(void)
{
    Object *product = Str_New("Rabbit"), *branch = Str_New(RABBIT_GIT_BRANCH), *commit = Str_New(RABBIT_GIT_COMMIT), *info = NULL;
    if (product != NULL && branch != NULL && commit != NULL) {
        info = Tuple_Pack(3, product, branch, commit);
    }
    XUnref(product), XUnref(branch), XUnref(commit);
    return info;
}

static int add_streams(Object *dict)
{
    static const struct { const char *name, *hidden, *shown, *mode; } streams[] = {
        {"stdin", "__stdin__", "<stdin>", "r"}, {"stdout", "__stdout__", "<stdout>", "w"}, {"stderr", "__stderr__", "<stderr>", "w"},
    };
    for (int fd = 0; fd < 3; fd++) {
        Object *name = Str_New(streams[fd].shown), *file = name == NULL ? NULL : File_New(fd, streams[fd].mode, name, false);
        XUnref(name);
        if (file == NULL || Dict_SetStr(dict, streams[fd].hidden, file) < 0) {
            XUnref(file);
            return -1;
        }
        TRY_INT(Dict_SetNew(dict, streams[fd].name, file));
    }
    return 0;
}

static Object *byteorder(void)
{
    const union { uint16_t whole; uint8_t parts[2]; } probe = {1};
    return Str_New(probe.parts[0] == 1 ? "little" : "big");
}

int Init_sys(Object *module)
{
    Object *dict = MODULE_DICT(module);
    TRY_INT(Module_AddFunctions(module, functions));
    TRY_INT(Dict_SetStr(dict, "modules", interp.modules));
    TRY_INT(Dict_SetNew(dict, "version", version_text()));
    TRY_INT(Dict_SetNew(dict, "version_info", version_info()));
    TRY_INT(Dict_SetNew(dict, "flags", flags()));
    TRY_INT(Dict_SetNew(dict, "hexversion", Int_FromLong(PY_VERSION_HEX)));
    TRY_INT(Dict_SetNew(dict, "implementation", implementation()));
    TRY_INT(Dict_SetNew(dict, "_git", git_info()));
    TRY_INT(Dict_SetNew(dict, "platform", Str_New("linux")));
    TRY_INT(Dict_SetNew(dict, "byteorder", byteorder()));
    TRY_INT(Dict_SetNew(dict, "maxsize", Int_FromLong(INT64_MAX)));
    TRY_INT(Dict_SetNew(dict, "maxunicode", Int_FromLong(0x10ffff)));
    TRY_INT(Dict_SetNew(dict, "prefix", Str_New(RABBIT_PREFIX)));
    TRY_INT(Dict_SetNew(dict, "path", List_New(0)));
    TRY_INT(Dict_SetNew(dict, "argv", List_New(0)));
    TRY_INT(Dict_SetNew(dict, "warnoptions", List_New(0)));
    TRY_INT(Dict_SetStr(dict, "dont_write_bytecode", True));
    return add_streams(dict);
}
