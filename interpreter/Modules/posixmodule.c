/* The module posix: the part of the operating system that tests and tools need. */
#include "rabbit.h"
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames

extern char **environ;

/* A path as C text, borrowed from `o`; NULL: TypeError or ValueError. */
static const char *path_text(Object *o)
{
    if (Bytes_Check(o)) {
        return ((Bytes *)o)->data;
    }
    if (!Str_Check(o)) {
        return Err_Set(EXC(TypeError), "path should be string or bytes, not %T", o);
    }
    Size len;
    const char *text = Str_Utf8Len(o, &len);
    if (text != NULL && (Size)strlen(text) != len) {
        return Err_Set(EXC(ValueError), "embedded null character in path");
    }
    return text;
}

static Object *done(int r, Object *path) { return r < 0 ? Err_FromErrno(path) : Ref(None); }

static Object *from_text(const char *text) { return Str_FromUtf8(text, (Size)strlen(text), "surrogateescape"); }

/* --- what stat tells --- */

typedef struct { Object head; struct stat info; } Stat;

#define FIELD(name, expression) static Object *stat_##name(Object *o) { struct stat *info = &((Stat *)o)->info; return expression; }
FIELD(mode, Int_FromLong(info->st_mode))
FIELD(size, Int_FromLong(info->st_size))
FIELD(ino, Int_FromLong((int64_t)info->st_ino))
FIELD(nlink, Int_FromLong((int64_t)info->st_nlink))
FIELD(uid, Int_FromLong(info->st_uid))
FIELD(mtime, Float_New((double)info->st_mtim.tv_sec + (double)info->st_mtim.tv_nsec * 1e-9))
static const GetSetDef stat_getsets[] = {
    {"st_mode", stat_mode, NULL}, {"st_size", stat_size, NULL}, {"st_ino", stat_ino, NULL}, {"st_nlink", stat_nlink, NULL},
    {"st_uid", stat_uid, NULL}, {"st_mtime", stat_mtime, NULL}, {NULL, NULL, NULL},
};
Type Stat_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "stat_result", .size = sizeof(Stat), .flags = T_ABSTRACT, .getsets = stat_getsets,
};

static Object *stat_with(int (*f)(const char *, struct stat *), Object *path)
{
    const char *text = path_text(path);
    Stat *result = text == NULL ? NULL : Object_Alloc(&Stat_Type, 0);
    if (result != NULL && f(text, &result->info) < 0) {
        CLEAR(result);
        return Err_FromErrno(path);
    }
    return (Object *)result;
}
DEF(posix_stat) { IGNORE; return stat_with(stat, args[0]); }
DEF(posix_lstat) { IGNORE; return stat_with(lstat, args[0]); }

/* --- files and folders --- */

DEF(posix_getcwd)
{
    IGNORE;
    char *text = getcwd(NULL, 0);
    Object *path = text == NULL ? Err_FromErrno(NULL) : from_text(text);
    free(text);
    return path;
}

#define ON_PATH(name, call) \
    DEF(posix_##name) { IGNORE; const char *path = path_text(args[0]); return path == NULL ? NULL : done(call, args[0]); }
ON_PATH(chdir, chdir(path))
ON_PATH(unlink, unlink(path))
ON_PATH(rmdir, rmdir(path))

DEF(posix_mkdir)
{
    IGNORE;
    const char *path = path_text(args[0]);
    Size mode = args[1] == NULL ? 0777 : Number_AsSize(args[1], EXC(OverflowError));
    return path == NULL || Err_Occurred() ? NULL : done(mkdir(path, (mode_t)mode), args[0]);
}

DEF(posix_rename)
{
    IGNORE;
    const char *from = path_text(args[0]), *to = from == NULL ? NULL : path_text(args[1]);
    return to == NULL ? NULL : done(rename(from, to), args[0]);
}

DEF(posix_listdir)
{
    IGNORE;
    const char *path = n > 0 ? path_text(args[0]) : ".";
    DIR *folder = path == NULL ? NULL : opendir(path);
    if (folder == NULL) {
        return path == NULL ? NULL : Err_FromErrno(n > 0 ? args[0] : NULL);
    }
    Object *names = List_New(0);
    for (struct dirent *entry; names != NULL && (entry = readdir(folder)) != NULL;) {
        bool dots = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        if (!dots && List_AppendNew(names, from_text(entry->d_name)) < 0) {
            CLEAR(names);
        }
    }
    closedir(folder);
    return names;
}

/* --- processes --- */

DEF(posix_getpid) { IGNORE; return Int_FromLong(getpid()); }
DEF(posix_getppid) { IGNORE; return Int_FromLong(getppid()); }
DEF(posix_abort) { IGNORE; abort(); return NULL; }
DEF(posix_exit)
{
    IGNORE;
    Size code = Number_AsSize(args[0], EXC(OverflowError));
    if (!Err_Occurred()) {
        _exit((int)code);
    }
    return NULL;
}
DEF(posix_kill)
{
    IGNORE;
    Size pid = Number_AsSize(args[0], EXC(OverflowError)), number = Number_AsSize(args[1], EXC(OverflowError));
    return Err_Occurred() ? NULL : done(kill((pid_t)pid, (int)number), NULL);
}
DEF(posix_close) { IGNORE; Size fd = Number_AsSize(args[0], EXC(OverflowError)); return Err_Occurred() ? NULL : done(close((int)fd), NULL); }
DEF(posix_isatty) { IGNORE; Size fd = Number_AsSize(args[0], EXC(OverflowError)); return Err_Occurred() ? NULL : Bool_From(isatty((int)fd)); }
DEF(posix_urandom)
{
    IGNORE;
    Size size = Number_AsSize(args[0], EXC(OverflowError));
    if (size < 0) {
        return Err_Occurred() ? NULL : Err_Set(EXC(ValueError), "negative argument not allowed");
    }
    Object *bytes = Bytes_New(NULL, size);
    FILE *source = bytes == NULL ? NULL : fopen("/dev/urandom", "rb");
    if (source == NULL || fread(((Bytes *)bytes)->data, 1, (size_t)size, source) != (size_t)size) {
        Err_FromErrno(NULL);
        CLEAR(bytes);
    }
    if (source != NULL) {
        fclose(source);
    }
    return bytes;
}

/* --- the environment --- */

DEF(posix_putenv)
{
    IGNORE;
    const char *name = path_text(args[0]), *value = name == NULL ? NULL : path_text(args[1]);
    return value == NULL ? NULL : done(setenv(name, value, 1), NULL);
}
DEF(posix_unsetenv) { IGNORE; const char *name = path_text(args[0]); return name == NULL ? NULL : done(unsetenv(name), NULL); }

static Object *environment(void)
{
    Object *dict = Dict_New();
    for (char **entry = environ; dict != NULL && entry != NULL && *entry != NULL; entry++) {
        char *sign = strchr(*entry, '=');
        if (sign == NULL) {
            continue;
        }
        Object *name = Str_FromUtf8(*entry, sign - *entry, "surrogateescape"), *value = from_text(sign + 1);
        if (name == NULL || value == NULL || Dict_Set(dict, name, value) < 0) {
            CLEAR(dict);
        }
        XUnref(name), XUnref(value);
    }
    return dict;
}

static const MethodDef functions[] = {
    {"stat", posix_stat, 1, 1, NULL, 0}, {"lstat", posix_lstat, 1, 1, NULL, 0}, {"getcwd", posix_getcwd, 0, 0, NULL, 0},
    {"chdir", posix_chdir, 1, 1, NULL, 0}, {"unlink", posix_unlink, 1, 1, NULL, 0}, {"remove", posix_unlink, 1, 1, NULL, 0},
    {"rmdir", posix_rmdir, 1, 1, NULL, 0}, {"mkdir", posix_mkdir, 1, 2, NULL, 0}, {"rename", posix_rename, 2, 2, NULL, 0},
    {"listdir", posix_listdir, 0, 1, NULL, 0}, {"getpid", posix_getpid, 0, 0, NULL, 0}, {"getppid", posix_getppid, 0, 0, NULL, 0},
    {"abort", posix_abort, 0, 0, NULL, 0}, {"_exit", posix_exit, 1, 1, NULL, 0}, {"kill", posix_kill, 2, 2, NULL, 0},
    {"close", posix_close, 1, 1, NULL, 0}, {"isatty", posix_isatty, 1, 1, NULL, 0}, {"urandom", posix_urandom, 1, 1, NULL, 0},
    {"putenv", posix_putenv, 2, 2, NULL, 0}, {"unsetenv", posix_unsetenv, 1, 1, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0},
};

int Init_posix(Object *module)
{
    TRY_INT(Dict_SetNew(MODULE_DICT(module), "environ", environment()));
    return Module_AddFunctions(module, functions);
}
