/* The program rabbit: its command line, where its library lies, and which code it runs. */
#include "rabbit.h"
#include "compile.h"
#include "gitinfo.h"
#include "patchlevel.h"
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

enum { USAGE = 2, UNBALANCED = 99 };
typedef struct {
    const char *command, *module, *file;
    int rest, nwarnings;
    const char **warnings;              /* what each -W says, in order; room for every word of the command line */
    char whole[PATH_MAX];               /* the file's path from the root, as code objects and __file__ name it */
} Job;

static const char usage[] =
    "usage: rabbit [option] ... [-c command | -m module | file | -] [argument] ...\n"
    "  -c command   run this program text\n"
    "  -m module    run a module of the library as a program\n"
    "  -            read the program from standard input (the default)\n"
    "  -X showrefcount   say at exit what is left: [references, blocks]; a debug build with anything left ends with status 99\n"
    "  -X trace     a debug build shows each instruction before it runs\n"
    "  -X plain     run without the quick instructions\n"
    "  -X no_debug_ranges   keep lines only, no columns: tracebacks do without carets (also PYTHONNODEBUGRANGES)\n"
    "  -W filter    action:message:category:module:line of the module warnings; the last one given goes first (also PYTHONWARNINGS)\n"
    "  -u           do not buffer standard output\n"
    "  -V, -VV      print the version; twice: with branch and commit\n"
    "  -h           print this text\n"
    "  -E           take no notice of PYTHONPATH, PYTHONWARNINGS and the like\n"
    "  -I           -E, and neither the program's folder nor the present one in sys.path\n"
    "  -b -B -d -i -O -q -s -S -v -x   are accepted, as CPython's\n"
    "PYTHONPATH     folders, with colons between them, that are searched before the library\n"
    "example: rabbit -m test.worker\n";

/* --- the command line --- */

static int bad_usage(const char *what, const char *value)
{
    fprintf(stderr, "rabbit: %s '%s'\nTry `rabbit -h' for more information.\n", what, value);
    return -1;
}

static void set_xoption(const char *value)
{
    static const struct { const char *name; size_t offset; } flags[] = {
        {"showrefcount", offsetof(Config, showrefcount)}, {"trace", offsetof(Config, trace)}, {"plain", offsetof(Config, plain)},
        {"no_debug_ranges", offsetof(Config, no_debug_ranges)}};
    for (Size i = 0; i < COUNT(flags); i++) {
        if (strcmp(value, flags[i].name) == 0) {
            *(bool *)((char *)&interp.config + flags[i].offset) = true;
        }
    }
}

/* A letter without a value. 0 go on, 1 said all there is to say, -1 wrong. */
static int plain_letter(char letter, const char *word)
{
    switch (letter) {
    case 'h': fputs(usage, stdout); return 1;
    case 'u': interp.config.unbuffered = true; return 0;
    case 'E': interp.config.ignore_env = true; return 0;
    case 'I': interp.config.isolated = interp.config.ignore_env = true; return 0;
    case 'q': interp.config.quiet = true; return 0;
    case 'b': interp.config.bytes_warning++; return 0;
    case 'v': interp.config.verbose++; return 0;
    case 'O': interp.config.optimize++; return 0;
    case 'B': case 'd': case 'i': case 's': case 'S': case 'x': return 0;
    default: return bad_usage("unknown option", word);
    }
}

static int print_version(const char *word)
{
    char commit[10];
    snprintf(commit, sizeof(commit), "%.9s", RABBIT_GIT_COMMIT);
    const char *branch = *RABBIT_GIT_BRANCH == '\0' ? "HEAD" : RABBIT_GIT_BRANCH;
    if (strcmp(word, "-VV") == 0 && *commit != '\0') {
        printf("Rabbit %s (%s:%s)\n", PY_VERSION, branch, commit);
    } else {
        printf("Rabbit %s\n", PY_VERSION);
    }
    return 1;
}

/* One word of options; *at moves on to a value that is a word of its own. */
static int option_word(char **argv, int argc, int *at, Job *job)
{
    const char *word = argv[*at];
    if (strcmp(word, "--version") == 0 || word[1] == 'V') {
        return print_version(word);
    }
    if (strcmp(word, "--help") == 0) {
        return plain_letter('h', word);
    }
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        if (strchr("cmWX", *letter) == NULL) {
            int r = plain_letter(*letter, word);
            if (r != 0) {
                return r;
            }
            continue;
        }
        const char *value = letter[1] != '\0' ? letter + 1 : *at + 1 < argc ? argv[++*at] : NULL;
        if (value == NULL) {
            return bad_usage("argument expected for the option", word);
        }
        switch (*letter) {
        case 'c': job->command = value; break;
        case 'm': job->module = value; break;
        case 'X': set_xoption(value); break;
        case 'W': job->warnings[job->nwarnings++] = value; break;
        default: break;
        }
        return 0;
    }
    return 0;
}

static int parse_arguments(int argc, char **argv, Job *job)
{
    int at = 1;
    for (; at < argc && job->command == NULL && job->module == NULL; at++) {
        if (argv[at][0] != '-' || argv[at][1] == '\0') {
            job->file = strcmp(argv[at], "-") == 0 ? NULL : argv[at];
            job->rest = at + 1;
            return 0;
        }
        int r = option_word(argv, argc, &at, job);
        if (r != 0) {
            return r;
        }
    }
    job->rest = at;
    return 0;
}

/* --- sys.path and sys.argv --- */

/* A variable of the environment, NULL where it is empty, missing, or to be ignored. */
static const char *variable(const char *name)
{
    const char *value = interp.config.ignore_env ? NULL : getenv(name);
    return value == NULL || *value == '\0' ? NULL : value;
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static int own_folder(char folder[PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    if (n < 0) {
        return -1;
    }
    folder[n] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    return 0;
}

/* RABBITHOME; beside the program; below the prefix it was installed to; in the source it was built from. */
static void find_library(char library[PATH_MAX])
{
    char folder[PATH_MAX];
    const char *home = variable("RABBITHOME");
    if (home != NULL) {
        snprintf(library, PATH_MAX, "%s", home);
        return;
    }
    if (own_folder(folder) == 0) {
        if (snprintf(library, PATH_MAX, "%s/Lib", folder) < PATH_MAX && is_folder(library)) {
            return;
        }
        if (snprintf(library, PATH_MAX, "%s/../lib/rabbit%d.%d", folder, PY_MAJOR_VERSION, PY_MINOR_VERSION) < PATH_MAX
            && is_folder(library)) {
            return;
        }
    }
    snprintf(library, PATH_MAX, "%s/Lib", RABBIT_SRCDIR);
    if (!is_folder(library)) {
        snprintf(library, PATH_MAX, "%s/lib/rabbit%d.%d", RABBIT_PREFIX, PY_MAJOR_VERSION, PY_MINOR_VERSION);
    }
}

static Object *from_text(const char *text) { return Str_FromUtf8(text, (Size)strlen(text), "surrogateescape"); }

/* `name` below the present folder, unless it begins at the root. As it is where there is no such folder, or no room. */
static void make_whole(char whole[PATH_MAX], const char *name)
{
    char here[PATH_MAX];
    if (*name == '/' || getcwd(here, sizeof(here)) == NULL || snprintf(whole, PATH_MAX, "%s/%s", here, name) >= PATH_MAX) {
        snprintf(whole, PATH_MAX, "%s", name);
    }
}

/* Each part of `text` as a str of its own at the end of the list. Folders are made whole; an empty one is the present one. */
static int append_parts(Object *list, const char *text, char separator, bool folders)
{
    for (const char *end = text; text != NULL && end != NULL; text = end + 1) {
        end = strchr(text, separator);
        Size n = end == NULL ? (Size)strlen(text) : end - text;
        char part[PATH_MAX], whole[PATH_MAX];
        snprintf(part, sizeof(part), "%.*s", (int)(n < PATH_MAX ? n : PATH_MAX - 1), text);
        if (folders) {
            make_whole(whole, part);
            size_t last = strlen(whole) - 1;
            whole[last > 0 && whole[last] == '/' ? last : last + 1] = '\0';
        }
        TRY_INT(List_AppendNew(list, from_text(folders ? whole : part)));
    }
    return 0;
}

/* What comes first in sys.path: the program's folder, or the present one. New. */
static Object *first_path(const Job *job)
{
    if (job->file == NULL) {
        char *here = job->module != NULL ? getcwd(NULL, 0) : NULL;
        Object *path = from_text(here == NULL ? "" : here);
        free(here);
        return path;
    }
    char whole[PATH_MAX];
    if (realpath(job->file, whole) == NULL) {
        return from_text("");
    }
    return from_text(dirname(whole));
}

/* Beside a program that was built and not installed lies the module that the build wrote. */
static int add_generated(Object *path)
{
    static const char *const places[] = {"%s/opcode.py", "%s/out/opcode.py"};
    char folder[PATH_MAX], file[PATH_MAX];
    struct stat info;
    for (Size i = 0; own_folder(folder) == 0 && i < COUNT(places); i++) {
        if (snprintf(file, sizeof(file), places[i], folder) < PATH_MAX && stat(file, &info) == 0) {
            return List_AppendNew(path, from_text(dirname(file)));
        }
    }
    return 0;
}

static int set_paths(const Job *job)
{
    char library[PATH_MAX];
    find_library(library);
    Object *path = Sys_Get("path");
    if (!interp.config.isolated) {
        TRY_INT(List_AppendNew(path, first_path(job)));
    }
    TRY_INT(append_parts(path, variable("PYTHONPATH"), ':', true));
    TRY_INT(List_AppendNew(path, from_text(library)));
    return add_generated(path);
}

static int set_argv(const Job *job, int argc, char **argv)
{
    Object *list = Sys_Get("argv");
    TRY_INT(List_AppendNew(list, from_text(job->command != NULL ? "-c" : job->module != NULL ? "-m" : job->file != NULL ? job->file : "")));
    for (int i = job->rest; i < argc; i++) {
        TRY_INT(List_AppendNew(list, from_text(argv[i])));
    }
    char whole[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", whole, PATH_MAX - 1);
    whole[n < 0 ? 0 : n] = '\0';
    return Dict_SetNew(interp.sys, "executable", from_text(whole));
}

/* sys.warnoptions, the weakest first. The module reads them when it is imported, and says there what it does not understand. */
static int set_warnings(const Job *job)
{
    Object *list = Sys_Get("warnoptions");
    TRY_INT(append_parts(list, variable("PYTHONWARNINGS"), ',', false));
    for (int i = 0; i < job->nwarnings; i++) {
        TRY_INT(List_AppendNew(list, from_text(job->warnings[i])));
    }
    if (interp.config.bytes_warning > 0) {
        TRY_INT(List_AppendNew(list, from_text(interp.config.bytes_warning > 1 ? "error::BytesWarning" : "default::BytesWarning")));
    }
    if (LIST_LEN(list) > 0) {
        Object *name = Str_Id("warnings"), *module = name == NULL ? NULL : Import_Module(name, NULL, None, 0);
        XUnref(name), XUnref(module);
        Err_Clear();                    /* without a library there is nobody to warn */
    }
    return 0;
}

/* --- running --- */

static Object *main_module(void)
{
    Object *module = Import_AddModule(ID(__main__));
    if (module == NULL) {
        return NULL;
    }
    Object *builtins = Dict_GetStr(interp.modules, "builtins");
    return Dict_SetStr(MODULE_DICT(module), "__builtins__", builtins) < 0 ? NULL : module;
}

static Object *run_code(Object *bytes, const char *name, ParseMode mode)
{
    Object *module = main_module();
    Object *code = module == NULL || bytes == NULL ? NULL
        : Compile_Source(((Bytes *)bytes)->data, ((Bytes *)bytes)->len, name, mode);
    Object *r = code == NULL ? NULL : Eval_Code(code, MODULE_DICT(module), MODULE_DICT(module));
    XUnref(code);
    return r;
}

static Object *run_file(Job *job)
{
    make_whole(job->whole, job->file);
    const char *name = job->whole;
    Object *path = from_text(name), *module = main_module();
    Object *bytes = path == NULL || module == NULL || Dict_SetStr(MODULE_DICT(module), "__file__", path) < 0 ? NULL : Read_Whole(path);
    XUnref(path);
    if (bytes == NULL && Err_Matches(EXC(OSError))) {
        fprintf(stderr, "rabbit: can't open file '%s': [Errno %d] %s\n", name, errno, strerror(errno));
        Err_Clear();
        return Err_SetObject(EXC(SystemExit), Int_FromLong(USAGE));
    }
    Object *r = bytes == NULL ? NULL : run_code(bytes, name, MODE_EXEC | PARSE_SCRIPT);
    XUnref(bytes);
    return r;
}

static Object *read_stdin(void)
{
    char block[4096];
    Object *all = Bytes_New("", 0);
    for (ssize_t n; all != NULL && (n = read(0, block, sizeof(block))) > 0;) {
        Object *part = Bytes_New(block, n);
        ASSIGN(all, part == NULL ? NULL : Number_Binary(all, part, NB_ADD));
        XUnref(part);
    }
    return all;
}

/* -m: a module, or a package's __main__, under the name __main__; its package is the one it lies in. */
static Object *run_module(const char *name)
{
    bool package = false;
    Object *dotted = from_text(name), *path = dotted == NULL ? NULL : Import_FindSource(dotted, &package);
    if (path != NULL && package) {
        Object *inner = Str_Format("%U.__main__", dotted);
        ASSIGN(dotted, inner);
        ASSIGN(path, inner == NULL ? NULL : Import_FindSource(dotted, &package));
    }
    if (path == NULL) {
        if (!Err_Occurred()) {
            fprintf(stderr, "rabbit: No module named %s\n", name);
            Object *one = Int_FromLong(1);
            Err_SetObject(EXC(SystemExit), one);
            XUnref(one);
        }
        XUnref(dotted);
        return NULL;
    }
    Object *module = main_module(), *r = NULL;
    Size dot = Str_Find(dotted, interp.chars['.'], 0, STR_LEN(dotted), true);
    Object *parent = Str_Sub(dotted, 0, dot < 0 ? 0 : dot), *bytes = parent == NULL ? NULL : Read_Whole(path);
    if (bytes != NULL && Dict_SetStr(MODULE_DICT(module), "__package__", parent) == 0
        && Dict_SetStr(MODULE_DICT(module), "__file__", path) == 0) {
        Object *argv = Sys_Get("argv");
        ASSIGN(LIST_ITEM(argv, 0), Ref(path));
        r = run_code(bytes, Str_Text(path), MODE_EXEC | PARSE_BYTES);
    }
    XUnref(dotted), XUnref(path), XUnref(parent), XUnref(bytes);
    return r;
}

static Object *run(Job *job)
{
    if (job->module != NULL) {
        return run_module(job->module);
    }
    if (job->file != NULL) {
        return run_file(job);
    }
    Object *bytes = job->command != NULL ? Bytes_New(job->command, (Size)strlen(job->command)) : read_stdin();
    Object *r = bytes == NULL ? NULL : job->command != NULL ? run_code(bytes, "<string>", MODE_EXEC) : run_code(bytes, "<stdin>", MODE_EXEC | PARSE_SCRIPT);
    XUnref(bytes);
    return r;
}

static void read_environment(void)
{
    interp.config.no_debug_ranges |= variable("PYTHONNODEBUGRANGES") != NULL;
}

/* In a debug build that was asked to look, what is left is a bug of ours and beats the program's own status. */
static int finish(int status)
{
    bool show = interp.config.showrefcount;
    Size refs = Interp_Finish(), blocks = interp.blocks;
    if (show) {
        fprintf(stderr, "[%zd refs, %zd blocks]\n", refs, blocks);
    }
#ifdef Py_DEBUG
    if (show && (refs != 0 || blocks != 0)) {
        fputs("rabbit: the balance at the end is wrong: every reference that was taken must be given back\n", stderr);
        status = UNBALANCED;
    }
#endif
    if (blocks == 0) {
        Mem_Finish();
    }
    return status;
}

int main(int argc, char **argv)
{
    Job job = {.rest = 1, .warnings = calloc((size_t)argc + 1, sizeof(char *))};
    int r = job.warnings == NULL ? 0 : parse_arguments(argc, argv, &job), status = 0;
    if (r != 0) {
        free(job.warnings);
        return r < 0 ? USAGE : 0;
    }
    read_environment();
    if (job.warnings == NULL || !Interp_Init() || set_paths(&job) < 0 || set_argv(&job, argc, argv) < 0 || set_warnings(&job) < 0) {
        fputs("rabbit: cannot start: not enough memory\n", stderr);
        free(job.warnings);
        return 1;
    }
    free(job.warnings);
    Object *result = run(&job);
    if (result == NULL) {
        Print_UncaughtAndExitCode(&status);
    }
    XUnref(result);
    Flush_Stdio();
    return finish(status);
}
