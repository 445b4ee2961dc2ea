/* The stages of the compiler in order, and what they share: the module's unit, future statements, SyntaxErrors. */
#include <unistd.h>
#include "rabbit.h"
#include "codegen.h"

/* ---- SyntaxErrors ---- */
/* The text of a line is shown only when it comes from a file: what a string holds nobody can look up. New. */
static Object *source_line(const Where *where, int line)
{
    const char *source = where->source, *name = Str_Utf8(where->filename);
    if (name == NULL) Err_Clear();
    if (source == NULL || name == NULL || line < 1 || access(name, R_OK) != 0) return Ref(None);
    for (int i = 1; i < line && source != NULL; i++) {
        source = strchr(source, '\n');
        source = source == NULL ? NULL : source + 1;
    }
    if (source == NULL || *source == '\0') return Ref(None);
    size_t n = strcspn(source, "\n");
    return Str_FromUtf8(source, (Size)n + (source[n] == '\n'), "replace");
}

/* The exception's arguments as CPython has them: (message, (file, line, column, text, end line, end column)). */
static Object *error_details(const Where *where, Location at)
{
    Object *t = Tuple_New(6);
    if (t == NULL) return NULL;
    TUPLE_ITEM(t, 0) = Ref(where->filename);
    TUPLE_ITEM(t, 1) = Int_FromLong(at.line), TUPLE_ITEM(t, 2) = Int_FromLong(at.col + 1);
    TUPLE_ITEM(t, 3) = source_line(where, at.line);
    TUPLE_ITEM(t, 4) = Int_FromLong(at.end_line), TUPLE_ITEM(t, 5) = at.end_col < 0 ? Ref(None) : Int_FromLong(at.end_col + 1);
    for (Size i = 0; i < 6; i++) {
        if (TUPLE_ITEM(t, i) == NULL) CLEAR(t);
        if (t == NULL) break;
    }
    return t;
}

static int set_details(Object *exc, Object *details)
{
    static const char *const names[] = {"filename", "lineno", "offset", "text", "end_lineno", "end_offset"};
    for (Size i = 0; i < COUNT(names); i++) {
        TRY(Object_SetAttrStr(exc, names[i], TUPLE_ITEM(details, i)));
    }
    return 0;
}

int Syntax_Fail(const Where *where, Location at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Object *message = Str_FormatV(format, args);
    va_end(args);
    Object *details = message == NULL ? NULL : error_details(where, at);
    Object *exc = details == NULL ? NULL : Call2((Object *)EXC(SyntaxError), message, details);
    if (exc != NULL && set_details(exc, details) == 0) Err_Raise(Ref(exc));
    XUnref(message), XUnref(details), XUnref(exc);
    return -1;
}

/* ---- from __future__ import ... ---- */
typedef struct { const Where *where; bool *annotations; int *last_line; } Future;

static int read_feature(Future *f, Stmt *s, Object *name)
{
    static const char *const accepted[] = {
        "nested_scopes", "generators", "division", "absolute_import", "with_statement", "print_function",
        "unicode_literals", "barry_as_FLUFL", "generator_stop"};
    if (STR_IS(name, "annotations")) {
        *f->annotations = true;
        return 0;
    }
    for (Size i = 0; i < COUNT(accepted); i++) {
        if (STR_IS(name, accepted[i])) return 0;
    }
    Location at = s->at;
    at.end_col = -1;                                    /* nothing but the beginning is told */
    if (STR_IS(name, "braces")) return Syntax_Fail(f->where, at, "not a chance");
    return Syntax_Fail(f->where, at, "future feature %U is not defined", name);
}

static bool is_future(Stmt *s)
{
    return s->kind == ImportFrom_kind && s->ImportFrom.level == 0 && s->ImportFrom.module != NULL
        && STR_IS(s->ImportFrom.module, "__future__");
}

/* Future statements stand at the beginning, behind the docstring. */
static int read_futures(Mod *tree, Future *f)
{
    StmtSeq *body = tree->kind == Module_kind ? tree->Module.body : tree->kind == Interactive_kind ? tree->Interactive.body : NULL;
    for (Size i = body != NULL && Doc_String(body) != NULL; body != NULL && i < body->n && is_future(body->at[i]); i++) {
        AliasSeq *names = body->at[i]->ImportFrom.names;
        for (Size j = 0; j < names->n; j++) TRY(read_feature(f, body->at[i], names->at[j]->name));
        *f->last_line = body->at[i]->at.line;
    }
    return 0;
}

/* ---- the module ---- */
static int gen_module(Compiler *c, Mod *tree)
{
    switch (tree->kind) {
    case Module_kind: return Gen_Body(c, (Location){1, 0, 1, 0}, tree->Module.body);
    case Interactive_kind:
        c->interactive = true;
        return Gen_Body(c, (Location){1, 0, 1, 0}, tree->Interactive.body);
    default: return Gen_Expr(c, tree->Expression.body);
    }
}

static Object *compile_module(Compiler *c, Mod *tree)
{
    Object *name = Own(c, Str_Id("<module>"));
    c->top = name == NULL ? NULL : Symtable_Build(tree, c->arena, &c->where, c->future_annotations);
    if (c->top == NULL || Unit_Enter(c, UNIT_MODULE, name, tree, 1) < 0 || gen_module(c, tree) < 0) return NULL;
    return XRef(Unit_Finish(c, tree->kind != Expression_kind));
}

static Object *compile_tree(Mod *tree, Arena *arena, const char *source, const char *filename, int flags, int optimize)
{
    Compiler c = {.arena = arena, .optimize = optimize < 0 ? interp.config.optimize : optimize};
    c.where = (Where){arena, Arena_Own(arena, Str_FromUtf8(filename, (Size)strlen(filename), "surrogateescape")), source};
    c.const_cache = c.where.filename == NULL ? NULL : Arena_Own(arena, Dict_New());
    c.future_annotations = flags & CODE_FUTURE_ANNOTATIONS;
    Future f = {&c.where, &c.future_annotations, &c.last_future_line};
    if (c.const_cache == NULL || read_futures(tree, &f) < 0) return NULL;
    if (Fold_Module(tree, arena, c.optimize, c.future_annotations) < 0) return NULL;
    return compile_module(&c, tree);
}

Object *Compile_Tree(Mod *tree, Arena *arena, const char *filename, ParseMode mode)
{
    (void)mode;
    return compile_tree(tree, arena, NULL, filename, 0, -1);
}

Object *Compile_SourceEx(const char *source, Size len, const char *filename, ParseMode mode, int flags, int optimize)
{
    Arena arena;
    if (Arena_Init(&arena) < 0) return NULL;
    Mod *tree = Ast_Parse(&arena, source, len, filename, mode);
    Object *code = tree == NULL ? NULL : compile_tree(tree, &arena, source, filename, flags, optimize);
    Arena_Free(&arena);
    return code;
}

Object *Compile_Source(const char *source, Size len, const char *filename, ParseMode mode)
{
    return Compile_SourceEx(source, len, filename, mode, 0, -1);
}
