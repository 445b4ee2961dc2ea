/* Import: sys.modules first, then the modules written in C, then sys.path (or the package's
   __path__). A module that fails while it runs is taken out of sys.modules again. */
#include "rabbit.h"
#include "compile.h"
#include <sys/stat.h>

static const struct { const char *name; int (*init)(Object *); } c_modules[] = {
#define X(name) {#name, Init_##name},
    C_MODULES(X)
#undef X
};

bool Import_IsBuiltin(Object *name)
{
    for (Size i = 0; i < COUNT(c_modules); i++) {
        if (Str_EqualAscii(name, c_modules[i].name)) {
            return true;
        }
    }
    return false;
}

Object *Import_AddModule(Object *name)
{
    Object *module = Dict_Get(interp.modules, name);
    if (module == NULL && !Err_Occurred()) {
        module = Module_New(name);
        int r = module == NULL ? -1 : Dict_Set(interp.modules, name, module);
        XUnref(module);
        return r < 0 ? NULL : module;
    }
    return module;
}

static bool is_file(Object *path)
{
    struct stat info;
    return stat(Str_Text(path), &info) == 0 && S_ISREG(info.st_mode);
}

/* `base` is a directory, `name` the last part of the module's name. */
static Object *find_in(Object *base, Object *name, bool *package)
{
    static const struct { const char *format; bool package; } shapes[] = {{"%U%s%U/__init__.py", true}, {"%U%s%U.py", false}};
    const char *slash = STR_LEN(base) == 0 || Str_At(base, STR_LEN(base) - 1) == '/' ? "" : "/";
    for (Size i = 0; i < COUNT(shapes); i++) {
        Object *path = Str_Format(shapes[i].format, base, slash, name);
        if (path == NULL || is_file(path)) {
            *package = shapes[i].package;
            return path;
        }
        Unref(path);
    }
    return NULL;
}

static Object *find_on(Object *search, Object *name, bool *package)
{
    Object *list = search == NULL || search == None ? NULL : List_FromIter(search), *found = NULL;
    for (Size i = 0; list != NULL && found == NULL && i < LIST_LEN(list); i++) {
        if (Str_Check(LIST_ITEM(list, i))) {
            found = find_in(LIST_ITEM(list, i), name, package);
        }
    }
    XUnref(list);
    return found;
}

static Object *last_part(Object *dotted, Object **parent)
{
    Size dot = Str_Find(dotted, interp.chars['.'], 0, STR_LEN(dotted), true);
    *parent = dot < 0 ? NULL : Str_Intern(Str_Sub(dotted, 0, dot));
    return Str_Sub(dotted, dot + 1, STR_LEN(dotted));
}

static int set_package(Object *dict, Object *name, Object *path, bool package)
{
    Object *parent, *last = last_part(name, &parent);
    int r = last == NULL ? -1 : Dict_Set(dict, ID(__package__), package ? name : parent != NULL ? parent : interp.empty_str);
    XUnref(last), XUnref(parent);
    if (r == 0 && package) {
        Size slash = Str_Find(path, interp.chars['/'], 0, STR_LEN(path), true);
        Object *dir = Str_Sub(path, 0, slash < 0 ? 0 : slash), *list = dir == NULL ? NULL : List_From(&dir, 1);
        r = Dict_SetNew(dict, "__path__", list);
        XUnref(dir);
    }
    return r;
}

/* Read, compile and run `path` as module `name`. */
static Object *load_source(Object *name, Object *path, bool package)
{
    Object *bytes = Read_Whole(path);
    Object *code = bytes == NULL ? NULL : Compile_Source(((Bytes *)bytes)->data, ((Bytes *)bytes)->len, Str_Text(path), MODE_EXEC | PARSE_BYTES);
    XUnref(bytes);
    Object *module = code == NULL ? NULL : XRef(Import_AddModule(name));
    if (module == NULL) {
        XUnref(code);
        return NULL;
    }
    Object *dict = MODULE_DICT(module), *r = NULL;
    if (Dict_Set(dict, ID(__file__), path) == 0 && Dict_Set(dict, ID(__builtins__), interp.builtins) == 0
        && set_package(dict, name, path, package) == 0) {
        r = Eval_Code(code, dict, dict);
    }
    Unref(code);
    if (r == NULL) {
        Object *raised = Err_Fetch(), *old;
        if (Dict_Pop(interp.modules, name, &old) == 1) {
            Unref(old);
        }
        Err_Restore(raised);
        Unref(module);
        return NULL;
    }
    Unref(r);
    Object *now = XRef(Dict_Get(interp.modules, name));     /* it may have replaced itself */
    Unref(module);
    return now != NULL ? now : Err_Set(EXC(ImportError), "module '%U' not found in sys.modules after its import", name);
}

static Object *load_c(Object *name)
{
    for (Size i = 0; i < COUNT(c_modules); i++) {
        if (STR_IS(name, c_modules[i].name)) {
            Object *module = Import_AddModule(name);
            if (module != NULL && c_modules[i].init(module) < 0) {
                return NULL;
            }
            return XRef(module);
        }
    }
    return NULL;
}

static Object *not_found(Object *name, Object *parent)
{
    Object *text = parent == NULL ? Str_Format("No module named '%U'", name)
        : Str_Format("No module named '%U'; '%U' is not a package", name, parent);
    Object *exc = text == NULL ? NULL : Call1((Object *)EXC(ModuleNotFoundError), text);
    if (exc != NULL && Object_SetAttr(exc, ID(name), name) == 0) {
        Err_Raise(Ref(exc));
    }
    XUnref(text), XUnref(exc);
    return NULL;
}

static Object *import_dotted(Object *name);

/* Where submodules of `parent` are looked for (new); parent NULL: sys.path. NULL without exception:
   the import of the parent has put the module into sys.modules itself, as os does with os.path. */
static Object *search_path(Object *parent, Object *name, Object **parent_module)
{
    *parent_module = NULL;
    if (parent == NULL) {
        return XRef(Sys_Get("path"));
    }
    *parent_module = import_dotted(parent);
    Object *path = NULL;
    if (*parent_module != NULL && Object_LookupAttr(*parent_module, ID(__path__), &path) == 0
        && Dict_Get(interp.modules, name) == NULL) {
        not_found(name, parent);
    }
    return path;
}

/* The module with this absolute name, its parents imported first. */
/* None in sys.modules says that nobody shall import it. */
static Object *halted(Object *name)
{
    Err_Set(EXC(ModuleNotFoundError), "import of %U halted; None in sys.modules", name);
    Object *exc = Err_Fetch();
    if (exc != NULL && Object_SetAttr(exc, ID(name), name) < 0) {
        Unref(exc);
        return NULL;
    }
    Err_Restore(exc);
    return NULL;
}

static Object *import_dotted(Object *name)
{
    Object *module = XRef(Dict_Get(interp.modules, name));
    if (module == None) {
        Unref(module);
        return halted(name);
    }
    if (module != NULL || !Stack_Ok(" while importing") || (module = load_c(name)) != NULL || Err_Occurred()) {
        return module;
    }
    Object *parent, *parent_module = NULL, *last = last_part(name, &parent), *path = NULL;
    Object *search = last == NULL ? NULL : search_path(parent, name, &parent_module);
    bool package = false;
    if (!Err_Occurred() && (module = XRef(Dict_Get(interp.modules, name))) == NULL && search != NULL) {
        path = find_on(search, last, &package);
        if (path != NULL) {
            module = load_source(name, path, package);
        } else if (!Err_Occurred()) {
            not_found(name, NULL);
        }
    }
    if (module != NULL && parent_module != NULL && Object_SetAttr(parent_module, last, module) < 0) {
        CLEAR(module);
    }
    XUnref(parent), XUnref(parent_module), XUnref(last), XUnref(search), XUnref(path);
    return module;
}

Object *Import_FindSource(Object *dotted, bool *package)
{
    Object *parent, *parent_module, *last = last_part(dotted, &parent);
    Object *search = last == NULL ? NULL : search_path(parent, dotted, &parent_module);
    Object *path = search == NULL ? NULL : find_on(search, last, package);
    if (last != NULL) {
        XUnref(parent_module);
    }
    XUnref(parent), XUnref(last), XUnref(search);
    return path;
}

/* "from ..a import b" in package p.q: level 2 gives p.a */
static Object *absolute_name(Object *name, Object *globals, int level)
{
    Object *package = globals == NULL ? NULL : Dict_Get(globals, ID(__package__));
    if (package == NULL || !Str_Check(package)) {
        Object *own = globals == NULL ? NULL : Dict_Get(globals, ID(__name__)), *parent;
        if (own == NULL || !Str_Check(own)) {
            return Err_Set(EXC(ImportError), "attempted relative import with no known parent package");
        }
        if (Dict_Get(globals, ID(__path__)) != NULL) {
            package = own;
        } else {
            Object *last = last_part(own, &parent);
            XUnref(last);
            Object *r = parent == NULL ? Err_Set(EXC(ImportError), "attempted relative import with no known parent package")
                : Str_Format(STR_LEN(name) > 0 ? "%U.%U" : "%U", parent, name);
            XUnref(parent);
            return Str_Intern(r);
        }
    }
    Size end = STR_LEN(package);
    if (end == 0) {
        return Err_Set(EXC(ImportError), "attempted relative import with no known parent package");
    }
    for (; level > 1; level--) {
        end = Str_Find(package, interp.chars['.'], 0, end, true);
        if (end < 0) {
            return Err_Set(EXC(ImportError), "attempted relative import beyond top-level package");
        }
    }
    Object *base = Str_Sub(package, 0, end);
    Object *r = base == NULL ? NULL : Str_Format(STR_LEN(name) > 0 ? "%U.%U" : "%U", base, name);
    XUnref(base);
    return Str_Intern(r);
}

static int import_listed(Object *module, Object *name, Object *fromlist)
{
    Object *path;
    int has = Object_LookupAttr(module, ID(__path__), &path);
    XUnref(path);
    if (has <= 0) {
        return has;
    }
    Object *items = Tuple_FromIter(fromlist);
    int r = items == NULL ? -1 : 0;
    for (Size i = 0; r == 0 && i < TUPLE_LEN(items); i++) {
        Object *item = TUPLE_ITEM(items, i), *known;
        if (!Str_Check(item) || STR_IS(item, "*") || (has = Object_LookupAttr(module, item, &known)) != 0) {
            if (Str_Check(item) && !STR_IS(item, "*")) XUnref(known);
            continue;
        }
        Object *full = Str_Intern(Str_Format("%U.%U", name, item)), *sub = full == NULL ? NULL : import_dotted(full);
        if (sub == NULL && Err_Matches(EXC(ModuleNotFoundError))) {
            Object *missing = Dict_Get(Object_Dict(THREAD->raised), ID(name));
            if (missing != NULL && full != NULL && Object_CompareBool(missing, full, CMP_EQ) == 1) Err_Clear();
        }
        XUnref(full), XUnref(sub);
        r = Err_Occurred() ? -1 : 0;
    }
    XUnref(items);
    return r;
}

/* What `import a.b` binds is a; with a fromlist it is a.b. */
Object *Import_Module(Object *name, Object *globals, Object *fromlist, int level)
{
    Object *full = level > 0 ? absolute_name(name, globals, level) : Str_Intern(Ref(name));
    if (full != NULL && STR_LEN(full) == 0) {
        Unref(full);
        return Err_Set(EXC(ValueError), "Empty module name");
    }
    Object *module = full == NULL ? NULL : import_dotted(full);
    int listed = fromlist == NULL || fromlist == None ? 0 : Object_IsTrue(fromlist);
    if (module != NULL && listed > 0) {
        if (import_listed(module, full, fromlist) < 0) {
            CLEAR(module);
        }
    } else if (module != NULL && STR_LEN(name) > 0) {
        Size dot = Str_Find(name, interp.chars['.'], 0, STR_LEN(name), false);
        if (dot >= 0) {
            Object *first = Str_Sub(full, 0, STR_LEN(full) - (STR_LEN(name) - dot));
            ASSIGN(module, first == NULL ? NULL : XRef(Dict_Get(interp.modules, first)));
            XUnref(first);
        }
    }
    XUnref(full);
    return module;
}

Object *Import_Name(const char *dotted)
{
    Object *name = Str_Id(dotted), *module = name == NULL ? NULL : import_dotted(name);
    XUnref(name);
    return module;
}

Object *Import_From(Object *module, Object *name)
{
    Object *value;
    int has = Object_LookupAttr(module, name, &value);
    if (has != 0) {
        return value;
    }
    Object *own;
    if (Object_LookupAttr(module, ID(__name__), &own) < 0) {
        return NULL;
    }
    if (own != NULL && Str_Check(own)) {            /* a submodule that is still being imported */
        Object *full = Str_Format("%U.%U", own, name);
        value = full == NULL ? NULL : XRef(Dict_Get(interp.modules, full));
        XUnref(full);
    }
    Object *file;
    if (value == NULL && !Err_Occurred() && Object_LookupAttr(module, ID(__file__), &file) >= 0) {
        Object *text = Str_Format("cannot import name %R from %R (%S)", name, own == NULL ? None : own, file == NULL ? ID(name) : file);
        if (file == NULL && text != NULL) {
            ASSIGN(text, Str_Format("cannot import name %R from %R (unknown location)", name, own == NULL ? None : own));
        }
        Object *exc = text == NULL ? NULL : Call1((Object *)EXC(ImportError), text);
        if (exc != NULL && own != NULL && Object_SetAttr(exc, ID(name), own) == 0) {
            Err_Raise(Ref(exc));
        }
        XUnref(text), XUnref(exc), XUnref(file);
    }
    XUnref(own);
    return value;
}

int Import_Star(Object *module, Object *locals)
{
    Object *names;
    int has = Object_LookupAttr(module, ID(__all__), &names);
    if (has < 0) {
        return -1;
    }
    Object *list = has ? List_FromIter(names) : IS_A(module, T_HASDICT) ? Dict_Keys(Object_Dict(module)) : List_New(0);
    XUnref(names);
    int r = list == NULL ? -1 : 0;
    for (Size i = 0; r == 0 && i < LIST_LEN(list); i++) {
        Object *name = LIST_ITEM(list, i);
        if (!has && (!Str_Check(name) || STR_LEN(name) == 0 || Str_At(name, 0) == '_')) {
            continue;
        }
        Object *value = Object_GetAttr(module, name);
        r = value == NULL ? -1 : Object_SetItem(locals, name, value);
        XUnref(value);
    }
    XUnref(list);
    return r;
}
