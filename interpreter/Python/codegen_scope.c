/* Code for what has a scope of its own: functions, lambdas, classes, comprehensions; and the module. */
#include "rabbit.h"
#include "compile.h"

#define EMIT(op, arg) TRY(Emit(c, OP_##op, (int)(arg)))
#define JUMP(op, label) TRY(Emit_Jump(c, OP_##op, label))

/* Push the cells that the code's free variables need; 8 when there are any. */
static int closure(Compiler *c, Code *code)
{
    Unit *u = c->unit;
    if (code->nfrees == 0) {
        return 0;
    }
    for (int i = 0; i < code->nfrees; i++) {
        Object *name = TUPLE_ITEM(code->freevars, i), *index = Dict_Get(u->cellvars, name);
        int at = index != NULL ? (int)Number_AsSize(index, NULL) : 0;
        if (index == NULL) {
            index = Dict_Get(u->freevars, name);
            if (index == NULL) {
                return Err_Minus(Err_Set(EXC(SystemError), "no cell for free variable %R", name));
            }
            at = (int)(Number_AsSize(index, NULL) + DICT_LEN(u->cellvars));
        }
        EMIT(LOAD_CLOSURE, at);
    }
    EMIT(BUILD_TUPLE, code->nfrees);
    return 8;
}

/* `code` (borrowed) becomes a function; defaults and annotations lie on the stack already. */
static int make_function(Compiler *c, Object *code, int flags)
{
    int more = closure(c, (Code *)code);
    TRY(more);
    TRY(Emit_Const(c, code));
    TRY(Emit_Const(c, ((Code *)code)->qualname));
    return Emit(c, OP_MAKE_FUNCTION, flags | more);
}

static int add_local(Compiler *c, Object *written)
{
    Object *name = Name_Mangle(c->unit->scope->class_name, written);
    int index = name == NULL ? -1 : Name_Index(c->unit->varnames, name);
    XUnref(name);
    return index;
}

static int declare_params(Compiler *c, Node *args)
{
    Unit *u = c->unit;
    for (Size i = 0; i < args->s1.n; i++) TRY(add_local(c, args->s1.items[i]->name));
    for (Size i = 0; i < args->s2.n; i++) TRY(add_local(c, args->s2.items[i]->name));
    if (args->a != NULL) TRY(add_local(c, args->a->name));
    if (args->b != NULL) TRY(add_local(c, args->b->name));
    u->argcount = (int)args->s1.n, u->posonly = args->op, u->kwonly = (int)args->s2.n;
    u->flags |= (args->a != NULL ? CODE_VARARGS : 0) | (args->b != NULL ? CODE_VARKEYWORDS : 0);
    return 0;
}

static int add_const(Compiler *c, Object *value)
{
    TRY(Emit_Const(c, value));
    c->unit->code.n--;                          /* only its place among the constants is wanted */
    return 0;
}

static int return_none(Compiler *c)
{
    TRY(Emit_Const(c, None));
    return Emit(c, OP_RETURN_VALUE, 0);
}

static bool is_docstring(Seq body)
{
    return body.n > 0 && body.items[0]->kind == N_EXPR && body.items[0]->a->kind == N_CONST && Str_Check(body.items[0]->a->name);
}

static int function_body(Compiler *c, Node *n)
{
    Unit *u = c->unit;
    bool doc = n->kind == N_FUNCTION && is_docstring(n->s1);
    u->flags |= CODE_OPTIMIZED | CODE_NEWLOCALS | (u->scope->generator ? CODE_GENERATOR : 0);
    TRY(add_const(c, doc ? n->s1.items[0]->a->name : None));
    TRY(declare_params(c, n->d));
    if (n->kind == N_LAMBDA) {
        TRY(Gen_Expr(c, n->a));
        return Emit(c, OP_RETURN_VALUE, 0);
    }
    TRY(Gen_Body(c, n->s1));
    return return_none(c);
}

static int defaults(Compiler *c, Node *args, int *flags)
{
    if (args->s3.n > 0) {
        for (Size i = 0; i < args->s3.n; i++) TRY(Gen_Expr(c, args->s3.items[i]));
        EMIT(BUILD_TUPLE, args->s3.n);
        *flags |= 1;
    }
    int n = 0;
    for (Size i = 0; i < args->s4.n; i++) {
        if (args->s4.items[i] != NULL) {
            Object *name = Name_Mangle(c->unit->scope->class_name, args->s2.items[i]->name);
            int r = name == NULL ? -1 : Emit_Const(c, name);
            XUnref(name);
            TRY(r);
            TRY(Gen_Expr(c, args->s4.items[i]));
            n++;
        }
    }
    if (n > 0) {
        EMIT(BUILD_MAP, n);
        *flags |= 2;
    }
    return 0;
}

static int annotation(Compiler *c, Object *name, Node *value, int *n)
{
    if (value == NULL) {
        return 0;
    }
    TRY(Emit_Const(c, name));
    ++*n;
    return Gen_Expr(c, value);
}

static int annotations(Compiler *c, Node *n, int *flags)
{
    Node *args = n->d;
    int count = 0;
    for (Size i = 0; i < args->s1.n; i++) TRY(annotation(c, args->s1.items[i]->name, args->s1.items[i]->a, &count));
    if (args->a != NULL) TRY(annotation(c, args->a->name, args->a->a, &count));
    for (Size i = 0; i < args->s2.n; i++) TRY(annotation(c, args->s2.items[i]->name, args->s2.items[i]->a, &count));
    if (args->b != NULL) TRY(annotation(c, args->b->name, args->b->a, &count));
    TRY(annotation(c, ID(return_), n->a, &count));
    if (count > 0) {
        EMIT(BUILD_MAP, count);
        *flags |= 4;
    }
    return 0;
}

/* Decorators are computed first and called last. */
static int call_decorators(Compiler *c, Seq decorators)
{
    for (Size i = 0; i < decorators.n; i++) EMIT(CALL, 1);
    return 0;
}
static int push_decorators(Compiler *c, Seq decorators)
{
    for (Size i = 0; i < decorators.n; i++) {
        TRY(Gen_Expr(c, decorators.items[i]));
        EMIT(PUSH_NULL, 0);
    }
    return 0;
}

/* Compile the unit that `body` fills. New code object, or NULL. */
static Object *compile_unit(Compiler *c, Node *n, Object *name, int (*body)(Compiler *, Node *))
{
    Scope *scope = Scope_Of(c->unit->scope, n);
    if (scope == NULL) {
        return Err_Set(EXC(SystemError), "no scope for %U", name);
    }
    Unit *before = c->unit;
    Object *code = NULL;
    if (Unit_Enter(c, scope, name, n->line) == 0 && body(c, n) == 0) {
        code = Assemble(c, c->unit);
    }
    if (c->unit != before) {
        Unit_Leave(c);
    }
    return code;
}

int Gen_Function(Compiler *c, Node *n)
{
    int flags = 0;
    bool lambda = n->kind == N_LAMBDA;
    if (!lambda) TRY(push_decorators(c, n->s2));
    TRY(defaults(c, n->d, &flags));
    if (!lambda) TRY(annotations(c, n, &flags));
    Object *name = lambda ? Str_Id("<lambda>") : Ref(n->name);
    Object *code = name == NULL ? NULL : compile_unit(c, n, name, function_body);
    int r = code == NULL ? -1 : make_function(c, code, flags);
    XUnref(code), XUnref(name);
    TRY(r);
    return lambda ? 0 : call_decorators(c, n->s2);
}

/* ---- classes ---- */
static int class_body(Compiler *c, Node *n)
{
    Unit *u = c->unit;
    TRY(Gen_Name(c, ID(__name__), 'l', n->line));
    TRY(Gen_Name(c, ID(__module__), 's', n->line));
    TRY(Emit_Const(c, u->qualname));
    TRY(Gen_Name(c, ID(__qualname__), 's', n->line));
    if (is_docstring(n->s1)) {
        int index = Name_Index(u->names, ID(__doc__));
        TRY(Emit_Const(c, n->s1.items[0]->a->name));
        TRY(index < 0 ? -1 : Emit(c, OP_STORE_NAME, index));
    }
    TRY(Gen_Body(c, n->s1));
    if (!u->scope->needs_class_cell) {
        return return_none(c);
    }
    int index = Name_Index(u->cellvars, ID(__class__)), name = Name_Index(u->names, ID(__classcell__));
    TRY(index);
    TRY(name);
    EMIT(LOAD_CLOSURE, index);
    EMIT(STORE_NAME, name);
    return return_none(c);
}

int Gen_Class(Compiler *c, Node *n)
{
    TRY(push_decorators(c, n->s2));
    bool star = false;
    for (Size i = 0; i < n->s3.n; i++) star = star || n->s3.items[i]->kind == N_STARRED;
    for (Size i = 0; i < n->s4.n; i++) star = star || n->s4.items[i]->name == NULL;
    EMIT(LOAD_BUILD_CLASS, 0);
    if (!star && n->s3.n + n->s4.n <= 1000) EMIT(PUSH_NULL, 0);
    Object *code = compile_unit(c, n, n->name, class_body);
    int r = code == NULL ? -1 : make_function(c, code, 0);
    XUnref(code);
    TRY(r);
    TRY(Emit_Const(c, n->name));
    TRY(Gen_Arguments(c, n->s3, n->s4, 2));
    return call_decorators(c, n->s2);
}

/* ---- comprehensions ---- */
static int comp_element(Compiler *c, Node *n)
{
    int below = (int)n->s1.n + 1;
    TRY(Gen_Expr(c, n->a));
    switch (n->kind) {
    case N_LISTCOMP: return Emit(c, OP_LIST_APPEND, below);
    case N_SETCOMP: return Emit(c, OP_SET_ADD, below);
    case N_DICTCOMP: TRY(Gen_Expr(c, n->b)); return Emit(c, OP_MAP_ADD, below);
    default: EMIT(YIELD_VALUE, 0); return Emit(c, OP_POP_TOP, 0);
    }
}

static int comp_loop(Compiler *c, Node *n, Size level)
{
    if (level == n->s1.n) {
        return comp_element(c, n);
    }
    Node *f = n->s1.items[level];
    int start = Label_New(c), end = Label_New(c);
    TRY(end);
    if (level == 0) {
        EMIT(LOAD_FAST, 0);
    } else {
        TRY(Gen_Expr(c, f->b));
        EMIT(GET_ITER, 0);
    }
    Label_Here(c, start);
    JUMP(FOR_ITER, end);
    TRY(Gen_Store(c, f->a));
    for (Size i = 0; i < f->s1.n; i++) {
        TRY(Gen_Expr(c, f->s1.items[i]));
        JUMP(POP_JUMP_IF_FALSE, start);
    }
    TRY(comp_loop(c, n, level + 1));
    JUMP(JUMP, start);
    return Label_Here(c, end);
}

static int comp_body(Compiler *c, Node *n)
{
    Unit *u = c->unit;
    Object *dot = Str_Id(".0");
    int r = dot == NULL ? -1 : Name_Index(u->varnames, dot);
    XUnref(dot);
    TRY(r);
    u->argcount = 1;
    u->flags |= CODE_OPTIMIZED | CODE_NEWLOCALS | (n->kind == N_GENEXP ? CODE_GENERATOR : 0);
    TRY(add_const(c, None));
    if (n->kind != N_GENEXP) {
        TRY(Emit(c, n->kind == N_LISTCOMP ? OP_BUILD_LIST : n->kind == N_SETCOMP ? OP_BUILD_SET : OP_BUILD_MAP, 0));
    }
    TRY(comp_loop(c, n, 0));
    if (n->kind == N_GENEXP) TRY(Emit_Const(c, None));
    return Emit(c, OP_RETURN_VALUE, 0);
}

int Gen_Comprehension(Compiler *c, Node *n)
{
    static const char *const names[] = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"};
    Object *name = Str_Id(names[n->kind - N_LISTCOMP]), *code = name == NULL ? NULL : compile_unit(c, n, name, comp_body);
    int r = code == NULL ? -1 : make_function(c, code, 0);
    XUnref(code), XUnref(name);
    TRY(r);
    EMIT(PUSH_NULL, 0);
    TRY(Gen_Expr(c, n->s1.items[0]->b));
    EMIT(GET_ITER, 0);
    return Emit(c, OP_CALL, 1);
}

/* ---- the module ---- */
static int module_body(Compiler *c, Node *n, ParseMode mode)
{
    if (mode == MODE_EVAL) {
        TRY(Gen_Expr(c, n->a));
        return Emit(c, OP_RETURN_VALUE, 0);
    }
    if (mode == MODE_EXEC && is_docstring(n->s1)) {
        TRY(Emit_Const(c, n->s1.items[0]->a->name));
        TRY(Gen_Name(c, ID(__doc__), 's', n->line));
    }
    TRY(Gen_Body(c, n->s1));
    return return_none(c);
}

static Object *compile_tree(Arena *arena, Node *tree, const char *filename, ParseMode mode)
{
    Compiler c = {arena, filename, Arena_Own(arena, Str_Intern(Str_FromUtf8(filename, (Size)strlen(filename), "surrogateescape"))), NULL, mode == MODE_SINGLE};
    Scope *scope = c.filename_object == NULL ? NULL : Symtable_Build(arena, tree, filename);
    Object *name = scope == NULL ? NULL : Str_Id("<module>"), *code = NULL;
    if (name != NULL && Unit_Enter(&c, scope, name, 1) == 0 && module_body(&c, tree, mode) == 0) {
        code = Assemble(&c, c.unit);
    }
    while (c.unit != NULL) {
        Unit_Leave(&c);
    }
    XUnref(name);
    return code;
}

/* SyntaxErrors found after parsing do not have the source line yet. */
static void add_source_line(const char *source)
{
    Object *exc = Err_Fetch();
    Object *dict = exc == NULL ? NULL : Object_Dict(exc), *text = dict == NULL ? NULL : Dict_Get(dict, ID(text)), *line = dict == NULL ? NULL : Dict_Get(dict, ID(lineno));
    if (exc != NULL && IsType(exc, EXC(SyntaxError)) && text == None && line != NULL && Int_Check(line)) {
        for (Size n = Number_AsSize(line, NULL); n > 1 && source != NULL; n--) {
            source = strchr(source, '\n');
            source = source == NULL ? NULL : source + 1;
        }
        Object *s = source == NULL ? NULL : Str_FromUtf8(source, (Size)strcspn(source, "\n"), "replace");
        if (s != NULL) Object_SetAttr(exc, ID(text), s);
        XUnref(s);
        Err_Clear();
    }
    Err_Restore(exc);
}

Object *Compile_Source(const char *source, Size len, const char *filename, ParseMode mode)
{
    Arena arena;
    if (Arena_Init(&arena) < 0) {
        return NULL;
    }
    Node *tree = Parse_Source(&arena, source, len, filename, mode);
    Object *code = tree == NULL ? NULL : compile_tree(&arena, tree, filename, mode);
    if (tree != NULL && code == NULL) {
        add_source_line(source);
    }
    Arena_Free(&arena);
    return code;
}
