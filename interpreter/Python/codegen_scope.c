/* Code for what has a code object of its own: functions, lambdas, classes, type parameters and aliases. */
#include "rabbit.h"
#include "codegen.h"

/* MAKE_FUNCTION's argument */
enum { WITH_DEFAULTS = 1, WITH_KWDEFAULTS = 2, WITH_ANNOTATIONS = 4, WITH_CLOSURE = 8 };

Object *Doc_String(StmtSeq *body)
{
    Expr *e = body->n > 0 && body->at[0]->kind == Expr_kind ? body->at[0]->Expr.value : NULL;
    return e != NULL && e->kind == Constant_kind && Str_Check(e->Constant.value) ? e->Constant.value : NULL;
}

/* ---- closures ---- */
/* Where the cell for an inner function's free variable is here. A class binds its own __class__. */
static int closure_index(Compiler *c, Object *name)
{
    Unit *u = c->unit;
    bool own = u->kind == UNIT_CLASS && (STR_IS(name, "__class__") || STR_IS(name, "__classdict__"));
    int flags = own ? PLACE_CELL << PLACE_SHIFT : Scope_Flags(u->scope, name);
    TRY(flags);
    Object *index = Dict_Get(Place_Of(flags) == PLACE_CELL ? u->cells : u->frees, name);
    if (index != NULL) return (int)Int_AsLong(index, &(int){0});
    return Err_Occurred() ? -1 : Err_Minus(Err_Set(EXC(SystemError), "no cell for the free variable %R of %R", name, u->name));
}

/* A function from `object`, a Code; what `flags` tells lies on the stack. */
int Gen_Closure(Compiler *c, Location at, Object *object, int flags)
{
    Code *code = (Code *)object;
    for (int i = code->nlocalsplus - code->nfrees; i < code->nlocalsplus; i++) {
        int index = closure_index(c, TUPLE_ITEM(code->localsplus, i));
        TRY(index < 0 ? -1 : Emit(c, at, OP_LOAD_CLOSURE, index));
    }
    if (code->nfrees > 0) {
        EMIT(at, BUILD_TUPLE, code->nfrees);
        flags |= WITH_CLOSURE;
    }
    CONST(at, object);
    return Emit(c, at, OP_MAKE_FUNCTION, flags);
}

/* ---- parameters ---- */
static int gen_kwdefaults(Compiler *c, Location at, Arguments *a, int *flags)
{
    Object *names = Own(c, List_New(0));
    if (names == NULL) return -1;
    for (Size i = 0; i < a->kwonlyargs->n; i++) {
        if (a->kw_defaults->at[i] == NULL) continue;
        Object *name = Name_Mangle(c->unit->private, a->kwonlyargs->at[i]->arg, c->arena);
        TRY(name == NULL ? -1 : List_Append(names, name));
        TRY(Gen_Expr(c, a->kw_defaults->at[i]));
    }
    if (LIST_LEN(names) == 0) return 0;
    NEW_CONST(at, List_ToTuple(names));
    *flags |= WITH_KWDEFAULTS;
    return Emit(c, at, OP_BUILD_CONST_KEY_MAP, (int)LIST_LEN(names));
}

static int gen_defaults(Compiler *c, Location at, Arguments *a, int *flags)
{
    if (a->defaults->n > 0) {
        TRY(Gen_Exprs(c, a->defaults));
        EMIT(at, BUILD_TUPLE, a->defaults->n);
        *flags |= WITH_DEFAULTS;
    }
    return gen_kwdefaults(c, at, a, flags);
}

int Gen_Annotation(Compiler *c, Expr *e)
{
    return c->future_annotations ? Emit_NewConst(c, e->at, Unparse(e)) : Gen_Expr(c, e);
}

/* `*args: *Ts` is annotated with the one item that is unpacked. */
static int gen_annotation_value(Compiler *c, Location at, Expr *e)
{
    if (c->future_annotations || e->kind != Starred_kind) return Gen_Annotation(c, e);
    TRY(Gen_Expr(c, e->Starred.value));
    return Emit(c, at, OP_UNPACK_SEQUENCE, 1);
}

static int gen_annotation_pair(Compiler *c, Location at, Object *written, Expr *e, int *n)
{
    if (e == NULL) return 0;
    Object *name = Name_Mangle(c->unit->private, written, c->arena);
    TRY(name == NULL ? -1 : Emit_Const(c, at, name));
    *n += 2;
    return gen_annotation_value(c, at, e);
}

static int gen_arg_annotations(Compiler *c, Location at, ArgSeq *s, int *n)
{
    for (Size i = 0; i < s->n; i++) TRY(gen_annotation_pair(c, at, s->at[i]->arg, s->at[i]->annotation, n));
    return 0;
}

/* A tuple of names and values by turns. */
static int gen_annotations(Compiler *c, Location at, Arguments *a, Expr *returns, int *flags)
{
    int n = 0;
    TRY(gen_arg_annotations(c, at, a->args, &n));
    TRY(gen_arg_annotations(c, at, a->posonlyargs, &n));
    if (a->vararg != NULL) TRY(gen_annotation_pair(c, at, a->vararg->arg, a->vararg->annotation, &n));
    TRY(gen_arg_annotations(c, at, a->kwonlyargs, &n));
    if (a->kwarg != NULL) TRY(gen_annotation_pair(c, at, a->kwarg->arg, a->kwarg->annotation, &n));
    TRY(gen_annotation_pair(c, at, ID(return_), returns, &n));
    if (n == 0) return 0;
    *flags |= WITH_ANNOTATIONS;
    return Emit(c, at, OP_BUILD_TUPLE, n);
}

static int check_args(Compiler *c, ArgSeq *s)
{
    for (Size i = 0; i < s->n; i++) {
        if (STR_IS(s->at[i]->arg, "__debug__")) return Compile_Fail(c, s->at[i]->at, "cannot assign to __debug__");
    }
    return 0;
}

static int check_arguments(Compiler *c, Arguments *a)
{
    Arg *const stars[] = {a->vararg, a->kwarg};
    TRY(check_args(c, a->posonlyargs));
    TRY(check_args(c, a->args));
    TRY(check_args(c, a->kwonlyargs));
    for (int i = 0; i < 2; i++) {
        if (stars[i] != NULL && STR_IS(stars[i]->arg, "__debug__")) return Compile_Fail(c, stars[i]->at, "cannot assign to __debug__");
    }
    return 0;
}

static void count_arguments(Unit *u, Arguments *a)
{
    u->argcount = (int)(a->posonlyargs->n + a->args->n);
    u->posonly = (int)a->posonlyargs->n;
    u->kwonly = (int)a->kwonlyargs->n;
}

/* ---- functions ---- */
/* All of a generator's body is guarded: a StopIteration that comes out of it becomes a RuntimeError. */
int Gen_StopIterationHandler(Compiler *c)
{
    Unit *u = c->unit;
    LABEL(handler);
    EMIT(NOWHERE, NOP, 0);                              /* makes room for the one in front */
    Mem_Move(u->code.items + 1, u->code.items, (size_t)(u->code.n - 1) * sizeof(Ins));
    u->code.items[0] = (Ins){OP_SETUP_CLEANUP, handler, NOWHERE};
    for (int i = 0; i < u->nlabels; i++) {
        if (u->labels[i] >= 0) u->labels[i]++;
    }
    CONST(NOWHERE, None);
    EMIT(NOWHERE, RETURN_VALUE, 0);
    HERE(handler);
    EMIT(NOWHERE, CALL_INTRINSIC_1, INTRINSIC_1_STOPITERATION_ERROR);
    return Emit(c, NOWHERE, OP_RERAISE, 1);
}

static int add_const(Compiler *c, Object *value) { return Const_Index(c, value) < 0 ? -1 : 0; }

/* The first constant is the docstring, or None. */
static Object *function_code(Compiler *c, Stmt *s, int firstline)
{
    UnitKind kind = s->kind == AsyncFunctionDef_kind ? UNIT_ASYNC_FUNCTION : UNIT_FUNCTION;
    StmtSeq *body = s->FunctionDef.body;
    if (Unit_Enter(c, kind, s->FunctionDef.name, s, firstline) < 0) return NULL;
    Object *doc = c->optimize < 2 ? Doc_String(body) : NULL;
    if (add_const(c, doc != NULL ? doc : None) < 0) return NULL;
    count_arguments(c->unit, s->FunctionDef.args);
    if (Gen_Stmts(c, body, doc != NULL ? 1 : 0) < 0) return NULL;
    Scope *scope = c->unit->scope;
    if ((scope->generator || scope->coroutine) && Gen_StopIterationHandler(c) < 0) return NULL;
    return Unit_Finish(c, true);
}

static int make_function(Compiler *c, Stmt *s, int flags, int firstline)
{
    TRY(gen_annotations(c, s->at, s->FunctionDef.args, s->FunctionDef.returns, &flags));
    Object *code = function_code(c, s, firstline);
    return code == NULL ? -1 : Gen_Closure(c, s->at, code, flags);
}

static int enter_type_params(Compiler *c, Object *name, TypeParamSeq *params, int firstline)
{
    Object *title = Str_Format("<generic parameters of %U>", name);
    title = title == NULL ? NULL : Own(c, Str_Intern(title));
    return title == NULL ? -1 : Unit_Enter(c, UNIT_TYPE_PARAMS, title, params, firstline);
}

static int gen_type_params(Compiler *c, TypeParamSeq *params);

/* `def f[T](...)`: a function around makes the type parameters, then f, and is called at once; the defaults, computed
   outside, come in as its arguments. */
static int make_generic_function(Compiler *c, Stmt *s, int flags, int firstline)
{
    int n = (flags & WITH_DEFAULTS ? 1 : 0) + (flags & WITH_KWDEFAULTS ? 1 : 0);
    if (n == 2) EMIT(s->at, SWAP, 2);
    TRY(enter_type_params(c, s->FunctionDef.name, s->FunctionDef.type_params, firstline));
    TRY(gen_type_params(c, s->FunctionDef.type_params));
    for (int i = 0; i < n; i++) EMIT(s->at, LOAD_FAST, i);
    TRY(make_function(c, s, flags, firstline));
    EMIT(s->at, SWAP, 2);
    EMIT(s->at, CALL_INTRINSIC_2, INTRINSIC_2_SET_FUNCTION_TYPE_PARAMS);
    c->unit->argcount = n;
    Object *code = Unit_Finish(c, false);
    TRY(code == NULL ? -1 : Gen_Closure(c, s->at, code, 0));
    if (n > 0) EMIT(s->at, SWAP, n + 1);
    return Emit(c, s->at, OP_CALL, n);
}

static int apply_decorators(Compiler *c, ExprSeq *decorators)
{
    for (Size i = decorators->n - 1; i >= 0; i--) EMIT(decorators->at[i]->at, CALL, 0);
    return 0;
}

int Gen_Function(Compiler *c, Stmt *s)
{
    Arguments *args = s->FunctionDef.args;
    ExprSeq *decorators = s->FunctionDef.decorator_list;
    int flags = 0, firstline = decorators->n > 0 ? decorators->at[0]->at.line : s->at.line;
    bool generic = s->FunctionDef.type_params->n > 0;
    TRY(check_arguments(c, args));
    TRY(Gen_Exprs(c, decorators));
    if (generic) EMIT(s->at, PUSH_NULL, 0);
    TRY(gen_defaults(c, s->at, args, &flags));
    TRY(generic ? make_generic_function(c, s, flags, firstline) : make_function(c, s, flags, firstline));
    TRY(apply_decorators(c, decorators));
    return Name_Emit(c, s->at, s->FunctionDef.name, Ctx_Store);
}

int Gen_Lambda(Compiler *c, Expr *e)
{
    int flags = 0;
    Object *name = Own(c, Str_Id("<lambda>"));
    if (name == NULL) return -1;
    TRY(check_arguments(c, e->Lambda.args));
    TRY(gen_defaults(c, e->at, e->Lambda.args, &flags));
    TRY(Unit_Enter(c, UNIT_LAMBDA, name, e, e->at.line));
    TRY(add_const(c, None));
    count_arguments(c->unit, e->Lambda.args);
    TRY(Gen_Expr(c, e->Lambda.body));
    bool generator = c->unit->scope->generator;
    if (!generator) EMIT(((Location){e->at.line, 0, e->at.line, 0}), RETURN_VALUE, 0);
    Object *code = Unit_Finish(c, !generator);
    return code == NULL ? -1 : Gen_Closure(c, e->at, code, flags);
}

/* ---- classes ---- */
static bool has_annotations(StmtSeq *body);
static bool stmt_has_annotations(Stmt *s)
{
    switch (s->kind) {
    case AnnAssign_kind: return true;
    case For_kind: case AsyncFor_kind: return has_annotations(s->For.body) || has_annotations(s->For.orelse);
    case While_kind: return has_annotations(s->While.body) || has_annotations(s->While.orelse);
    case If_kind: return has_annotations(s->If.body) || has_annotations(s->If.orelse);
    case With_kind: case AsyncWith_kind: return has_annotations(s->With.body);
    case Match_kind:
        for (Size i = 0; i < s->Match.cases->n; i++) {
            if (has_annotations(s->Match.cases->at[i]->body)) return true;
        }
        return false;
    case Try_kind: case TryStar_kind:
        for (Size i = 0; i < s->Try.handlers->n; i++) {
            if (has_annotations(s->Try.handlers->at[i]->ExceptHandler.body)) return true;
        }
        return has_annotations(s->Try.body) || has_annotations(s->Try.finalbody) || has_annotations(s->Try.orelse);
    default: return false;
    }
}

static bool has_annotations(StmtSeq *body)
{
    for (Size i = 0; i < body->n; i++) {
        if (stmt_has_annotations(body->at[i])) return true;
    }
    return false;
}

/* The body of a module or class: __annotations__ when they are needed, then the docstring. */
int Gen_Body(Compiler *c, Location at, StmtSeq *body)
{
    if (c->unit->kind == UNIT_MODULE && body->n > 0) at = body->at[0]->at;
    if (has_annotations(body)) EMIT(at, SETUP_ANNOTATIONS, 0);
    Object *doc = c->optimize < 2 ? Doc_String(body) : NULL;
    if (doc != NULL) {
        TRY(Gen_Expr(c, body->at[0]->Expr.value));
        TRY(Name_Emit(c, NOWHERE, ID(__doc__), Ctx_Store));
    }
    return Gen_Stmts(c, body, doc != NULL ? 1 : 0);
}

static int name_ascii(Compiler *c, Location at, const char *name, ExprContext how)
{
    Object *o = Own(c, Str_Id(name));
    return o == NULL ? -1 : Name_Emit(c, at, o, how);
}

static int class_prologue(Compiler *c, Stmt *s, Location at)
{
    TRY(Name_Emit(c, at, ID(__name__), Ctx_Load));
    TRY(Name_Emit(c, at, ID(__module__), Ctx_Store));
    CONST(at, c->unit->qualname);
    TRY(Name_Emit(c, at, ID(__qualname__), Ctx_Store));
    if (s->ClassDef.type_params->n > 0) {
        TRY(name_ascii(c, at, ".type_params", Ctx_Load));
        TRY(name_ascii(c, at, "__type_params__", Ctx_Store));
    }
    if (!c->unit->scope->needs_classdict) return 0;
    EMIT(at, LOAD_LOCALS, 0);
    return Emit(c, at, OP_STORE_DEREF, (int)DICT_LEN(c->unit->cells) - 1);
}

/* The body's result is the cell __class__ that type() will fill, or None. */
static int class_epilogue(Compiler *c)
{
    Scope *scope = c->unit->scope;
    if (scope->needs_classdict) {
        EMIT(NOWHERE, LOAD_CLOSURE, DICT_LEN(c->unit->cells) - 1);
        TRY(name_ascii(c, NOWHERE, "__classdictcell__", Ctx_Store));
    }
    if (!scope->needs_class_cell) {
        CONST(NOWHERE, None);
    } else {
        EMIT(NOWHERE, LOAD_CLOSURE, Int_AsLong(Dict_Get(c->unit->cells, ID(__class__)), &(int){0}));
        EMIT(NOWHERE, COPY, 1);
        TRY(Name_Emit(c, NOWHERE, ID(__classcell__), Ctx_Store));
    }
    return Emit(c, NOWHERE, OP_RETURN_VALUE, 0);
}

static Object *class_code(Compiler *c, Stmt *s, int firstline)
{
    Location at = {firstline, 0, firstline, 0};
    if (Unit_Enter(c, UNIT_CLASS, s->ClassDef.name, s, firstline) < 0) return NULL;
    c->unit->private = s->ClassDef.name;
    if (class_prologue(c, s, at) < 0 || Gen_Body(c, at, s->ClassDef.body) < 0 || class_epilogue(c) < 0) return NULL;
    return Unit_Finish(c, true);
}

static int class_call(Compiler *c, Stmt *s, ExprSeq *bases, int firstline, bool generic)
{
    Object *code = class_code(c, s, firstline);
    if (code == NULL) return -1;
    EMIT(s->at, PUSH_NULL, 0);
    EMIT(s->at, LOAD_BUILD_CLASS, 0);
    TRY(Gen_Closure(c, s->at, code, 0));
    CONST(s->at, s->ClassDef.name);
    if (generic) {
        TRY(name_ascii(c, s->at, ".type_params", Ctx_Load));
        EMIT(s->at, CALL_INTRINSIC_1, INTRINSIC_1_SUBSCRIPT_GENERIC);
        TRY(name_ascii(c, s->at, ".generic_base", Ctx_Store));
    }
    return Gen_Call(c, s->at, 2, bases, s->ClassDef.keywords);
}

/* `class C[T](B)`: typing.Generic[T] is one more base. */
static ExprSeq *generic_bases(Compiler *c, Stmt *s)
{
    ExprSeq *bases = s->ClassDef.bases, *all = Ast_Seq(bases->n + 1, c->arena);
    Object *name = Own(c, Str_Id(".generic_base"));
    if (all == NULL || name == NULL) return NULL;
    for (Size i = 0; i < bases->n; i++) all->at[i] = bases->at[i];
    all->at[bases->n] = Ast_Name(name, Ctx_Load, s->at, c->arena);
    return all->at[bases->n] == NULL ? NULL : all;
}

static int make_generic_class(Compiler *c, Stmt *s, int firstline)
{
    EMIT(s->at, PUSH_NULL, 0);
    TRY(enter_type_params(c, s->ClassDef.name, s->ClassDef.type_params, firstline));
    c->unit->private = s->ClassDef.name;
    TRY(gen_type_params(c, s->ClassDef.type_params));
    TRY(name_ascii(c, s->at, ".type_params", Ctx_Store));
    ExprSeq *bases = generic_bases(c, s);
    TRY(bases == NULL ? -1 : class_call(c, s, bases, firstline, true));
    Object *code = Unit_Finish(c, false);
    TRY(code == NULL ? -1 : Gen_Closure(c, s->at, code, 0));
    return Emit(c, s->at, OP_CALL, 0);
}

int Gen_Class(Compiler *c, Stmt *s)
{
    ExprSeq *decorators = s->ClassDef.decorator_list;
    int firstline = decorators->n > 0 ? decorators->at[0]->at.line : s->at.line;
    TRY(Gen_Exprs(c, decorators));
    TRY(s->ClassDef.type_params->n > 0 ? make_generic_class(c, s, firstline) : class_call(c, s, s->ClassDef.bases, firstline, false));
    TRY(apply_decorators(c, decorators));
    return Name_Emit(c, s->at, s->ClassDef.name, Ctx_Store);
}

/* ---- type parameters and aliases ---- */
/* The bound is computed when somebody asks for it: a function. */
static int gen_type_bound(Compiler *c, TypeParam *p)
{
    Expr *bound = p->TypeVar.bound;
    TRY(Unit_Enter(c, UNIT_TYPE_PARAMS, p->TypeVar.name, p, bound->at.line));
    TRY(Gen_Expr(c, bound));
    EMIT(p->at, RETURN_VALUE, 0);
    Object *code = Unit_Finish(c, true);
    TRY(code == NULL ? -1 : Gen_Closure(c, p->at, code, 0));
    return Emit(c, p->at, OP_CALL_INTRINSIC_2,
                bound->kind == Tuple_kind ? INTRINSIC_2_TYPEVAR_WITH_CONSTRAINTS : INTRINSIC_2_TYPEVAR_WITH_BOUND);
}

static int gen_type_param(Compiler *c, TypeParam *p)
{
    CONST(p->at, p->TypeVar.name);                      /* all three kinds begin with the name */
    if (p->kind == TypeVar_kind && p->TypeVar.bound != NULL) TRY(gen_type_bound(c, p));
    else EMIT(p->at, CALL_INTRINSIC_1, p->kind == TypeVar_kind ? INTRINSIC_1_TYPEVAR
              : p->kind == ParamSpec_kind ? INTRINSIC_1_PARAMSPEC : INTRINSIC_1_TYPEVARTUPLE);
    EMIT(p->at, COPY, 1);
    return Name_Emit(c, p->at, p->TypeVar.name, Ctx_Store);
}

/* Binds each, and leaves the tuple of all. */
static int gen_type_params(Compiler *c, TypeParamSeq *params)
{
    for (Size i = 0; i < params->n; i++) TRY(gen_type_param(c, params->at[i]));
    return Emit(c, params->at[0]->at, OP_BUILD_TUPLE, (int)params->n);
}

static int gen_alias_value(Compiler *c, Stmt *s, Object *name)
{
    TRY(Unit_Enter(c, UNIT_FUNCTION, name, s, s->at.line));
    TRY(add_const(c, None));
    TRY(Gen_Expr(c, s->TypeAlias.value));
    EMIT(s->at, RETURN_VALUE, 0);
    Object *code = Unit_Finish(c, false);
    TRY(code == NULL ? -1 : Gen_Closure(c, s->at, code, 0));
    EMIT(s->at, BUILD_TUPLE, 3);
    return Emit(c, s->at, OP_CALL_INTRINSIC_1, INTRINSIC_1_TYPEALIAS);
}

int Gen_TypeAlias(Compiler *c, Stmt *s)
{
    TypeParamSeq *params = s->TypeAlias.type_params;
    Object *name = s->TypeAlias.name->Name.id;
    if (params->n > 0) {
        EMIT(s->at, PUSH_NULL, 0);
        TRY(enter_type_params(c, name, params, s->at.line));
    }
    CONST(s->at, name);
    TRY(params->n > 0 ? gen_type_params(c, params) : Emit_Const(c, s->at, None));
    TRY(gen_alias_value(c, s, name));
    if (params->n > 0) {
        Object *code = Unit_Finish(c, false);
        TRY(code == NULL ? -1 : Gen_Closure(c, s->at, code, 0));
        EMIT(s->at, CALL, 0);
    }
    return Name_Emit(c, s->at, name, Ctx_Store);
}
