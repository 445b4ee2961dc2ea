/* Where every name lives, first part: walk the tree, open a Scope for every block of code, and note what each does with
   which name. The second part, which decides, is scopes.c. All objects and scopes belong to the arena. */
#include "rabbit.h"
#include "symtable.h"

#define TRY(expression) do { if ((expression) < 0) return -1; } while (0)

typedef struct {
    Arena *arena;
    const Where *where;
    Scope *top, *cur;
    struct { Scope **at; int n, cap; } stack;   /* the scopes around, outermost first, `cur` included */
    Object *private;
    bool future_annotations;
} Builder;

static int visit_expr(Builder *b, Expr *e);
static int visit_stmts(Builder *b, StmtSeq *s);

Object *Name_Mangle(Object *private, Object *name, Arena *arena)
{
    if (private == NULL) return name;
    Object *mangled = Str_Mangle(private, name);
    if (mangled == name) Unref(mangled);
    return mangled == NULL || mangled == name ? mangled : Arena_Own(arena, mangled);
}

int Scope_Flags(Scope *scope, Object *name)
{
    Object *flags = Dict_Get(scope->symbols, name);
    return flags != NULL ? (int)Int_AsLong(flags, &(int){0}) : Err_Occurred() ? -1 : 0;
}

Scope *Scope_Child(Scope *scope, const void *node)
{
    for (int i = 0; i < scope->nchildren; i++) {
        if (scope->children[i]->node == node) return scope->children[i];
    }
    return Err_Set(EXC(SystemError), "no scope was made for a block of code");
}

/* ---- scopes ---- */
static int grow(Arena *arena, Scope ***items, int n, int *cap)
{
    if (n < *cap) return 0;
    int more = *cap == 0 ? 4 : 2 * *cap;
    Scope **new = Arena_Alloc(arena, (size_t)more * sizeof(Scope *));
    if (new == NULL) return -1;
    Mem_Copy(new, *items, (size_t)n * sizeof(Scope *));
    *items = new, *cap = more;
    return 0;
}

static int adopt(Builder *b, Scope *parent, Scope *s)
{
    TRY(grow(b->arena, &parent->children, parent->nchildren, &parent->cap));
    parent->children[parent->nchildren++] = s;
    return 0;
}

/* Annotations that are kept as text leave no trace: their scope is nobody's child. */
static int enter(Builder *b, Object *name, ScopeKind kind, const void *node)
{
    Scope *s = Arena_Alloc(b->arena, sizeof(Scope)), *parent = b->cur;
    if (s == NULL || (s->symbols = Arena_Own(b->arena, Dict_New())) == NULL || (s->params = Arena_Own(b->arena, List_New(0))) == NULL) {
        return -1;
    }
    s->kind = kind, s->node = node, s->name = name;
    if (parent != NULL) {
        s->nested = parent->nested || Scope_IsFunction(parent);
        s->comp_iter_depth = parent->comp_iter_depth;
        if (kind != SCOPE_ANNOTATION) TRY(adopt(b, parent, s));
    }
    TRY(grow(b->arena, &b->stack.at, b->stack.n, &b->stack.cap));
    b->stack.at[b->stack.n++] = s;
    b->cur = s;
    return 0;
}

static void leave(Builder *b)
{
    b->stack.n--;
    b->cur = b->stack.n > 0 ? b->stack.at[b->stack.n - 1] : NULL;
}

static int set_flags(Scope *s, Object *name, int flags)
{
    Object *value = Int_FromLong(flags);
    int r = value == NULL ? -1 : Dict_Set(s->symbols, name, value);
    XUnref(value);
    return r;
}

static int check_clash(Builder *b, Object *name, int old, int flag, Location at)
{
    if (old & flag & DEF_PARAM) return Syntax_Fail(b->where, at, "duplicate argument '%U' in function definition", name);
    if (old & flag & DEF_TYPE_PARAM) return Syntax_Fail(b->where, at, "duplicate type parameter '%U'", name);
    return 0;
}

/* `name` is as written. A loop variable of a comprehension must not be the target of a := there. */
static int note_in(Builder *b, Scope *s, Object *name, int flag, Location at)
{
    Object *real = Name_Mangle(b->private, name, b->arena);
    int old = real == NULL ? -1 : Scope_Flags(s, real);
    TRY(old);
    TRY(check_clash(b, name, old, flag, at));
    int flags = old | flag;
    if (s->comp_target) {
        if (flags & (DEF_GLOBAL | DEF_NONLOCAL)) {
            return Syntax_Fail(b->where, at, "comprehension inner loop cannot rebind assignment expression target '%U'", name);
        }
        flags |= DEF_COMP_ITER;
    }
    if (flags != old) TRY(set_flags(s, real, flags));
    if (flag & DEF_PARAM) return List_Append(s->params, real);
    if ((flag & DEF_GLOBAL) == 0) return 0;
    old = Scope_Flags(b->top, real);
    TRY(old);
    return set_flags(b->top, real, old | flag);
}

static int note(Builder *b, Object *name, int flag, Location at) { return note_in(b, b->cur, name, flag, at); }

static int note_ascii(Builder *b, const char *name, int flag, Location at)
{
    Object *o = Arena_Own(b->arena, Str_Id(name));
    return o == NULL ? -1 : note(b, o, flag, at);
}

static int looked_up(Builder *b, Object *name)
{
    Object *real = Name_Mangle(b->private, name, b->arena);
    return real == NULL ? -1 : Scope_Flags(b->cur, real);
}

/* So that the analysis can say where a global or nonlocal statement stands. */
static int record_directive(Builder *b, Object *name, Location at)
{
    if (b->cur->directives == NULL && (b->cur->directives = Arena_Own(b->arena, List_New(0))) == NULL) return -1;
    Object *real = Name_Mangle(b->private, name, b->arena);
    const int numbers[] = {at.line, at.col, at.end_line, at.end_col};
    Object *row = real == NULL ? NULL : Tuple_New(5);
    if (row == NULL) return -1;
    TUPLE_ITEM(row, 0) = Ref(real);
    for (int i = 0; i < 4; i++) {
        if ((TUPLE_ITEM(row, i + 1) = Int_FromLong(numbers[i])) == NULL) return Err_Minus((Unref(row), NULL));
    }
    return List_AppendNew(b->cur->directives, row);
}

/* ---- expressions ---- */
static int visit_exprs(Builder *b, ExprSeq *s)
{
    for (Size i = 0; i < s->n; i++) {
        TRY(s->at[i] == NULL ? 0 : visit_expr(b, s->at[i]));
    }
    return 0;
}

static int visit_optional(Builder *b, Expr *e) { return e == NULL ? 0 : visit_expr(b, e); }

static int visit_keywords(Builder *b, KeywordSeq *s)
{
    for (Size i = 0; i < s->n; i++) TRY(visit_expr(b, s->at[i]->value));
    return 0;
}

static int refuse_in_annotation(Builder *b, const char *what, Location at)
{
    static const char *const places[] = {
        [SCOPE_ANNOTATION] = "an annotation", [SCOPE_TYPE_ALIAS] = "a type alias",
        [SCOPE_TYPE_PARAMS] = "the definition of a generic", [SCOPE_TYPE_BOUND] = "a TypeVar bound"};
    const char *place = places[b->cur->kind];
    return place == NULL ? 0 : Syntax_Fail(b->where, at, "%s cannot be used within %s", what, place);
}

static int refuse_yield_in_comprehension(Builder *b, Location at)
{
    static const char *const names[] = {
        [COMP_LIST] = "list comprehension", [COMP_SET] = "set comprehension", [COMP_DICT] = "dict comprehension",
        [COMP_GENERATOR] = "generator expression"};
    return b->cur->comp == COMP_NONE ? 0 : Syntax_Fail(b->where, at, "'yield' inside %s", names[b->cur->comp]);
}

static int visit_yield(Builder *b, Expr *value, Location at)
{
    TRY(refuse_in_annotation(b, "yield expression", at));
    TRY(visit_optional(b, value));
    b->cur->generator = true;
    return refuse_yield_in_comprehension(b, at);
}

static int named_outside(Builder *b, Scope *s, Expr *target)
{
    static const char *const places[] = {
        [SCOPE_CLASS] = "in a class body", [SCOPE_TYPE_PARAMS] = "within the definition of a generic",
        [SCOPE_TYPE_ALIAS] = "in a type alias", [SCOPE_TYPE_BOUND] = "in a TypeVar bound"};
    return Syntax_Fail(b->where, target->at, "assignment expression within a comprehension cannot be used %s", places[s->kind]);
}

/* The target of a := in a comprehension belongs to the block around all comprehensions. */
static int extend_named(Builder *b, Expr *target)
{
    Object *name = target->Name.id, *real = Name_Mangle(b->private, name, b->arena);
    if (real == NULL) return -1;
    for (int i = b->stack.n - 1; i >= 0; i--) {
        Scope *s = b->stack.at[i];
        int flags = Scope_Flags(s, real);
        TRY(flags);
        if (s->comp != COMP_NONE) {
            if ((flags & DEF_COMP_ITER) && (flags & DEF_LOCAL)) {
                return Syntax_Fail(b->where, target->at, "assignment expression cannot rebind comprehension iteration variable '%U'", name);
            }
            continue;
        }
        if (s->kind != SCOPE_FUNCTION && s->kind != SCOPE_MODULE) return named_outside(b, s, target);
        bool global = s->kind == SCOPE_MODULE || (flags & DEF_GLOBAL);
        TRY(note(b, name, global ? DEF_GLOBAL : DEF_NONLOCAL, target->at));
        TRY(record_directive(b, name, target->at));
        return note_in(b, s, name, s->kind == SCOPE_MODULE ? DEF_GLOBAL : DEF_LOCAL, target->at);
    }
    return 0;
}

static int visit_named(Builder *b, Expr *e)
{
    TRY(refuse_in_annotation(b, "named expression", e->at));
    if (b->cur->comp_iter_depth > 0) {
        return Syntax_Fail(b->where, e->at, "assignment expression cannot be used in a comprehension iterable expression");
    }
    if (b->cur->comp != COMP_NONE) TRY(extend_named(b, e->NamedExpr.target));
    TRY(visit_expr(b, e->NamedExpr.value));
    return visit_expr(b, e->NamedExpr.target);
}

static int visit_name(Builder *b, Expr *e)
{
    Object *id = e->Name.id;
    TRY(note(b, id, e->Name.ctx == Ctx_Load ? USE : DEF_LOCAL, e->at));
    if (e->Name.ctx == Ctx_Load && Scope_IsFunction(b->cur) && STR_IS(id, "super")) {
        return note(b, ID(__class__), USE, e->at);
    }
    return 0;
}

static int visit_target(Builder *b, Expr *target)
{
    b->cur->comp_target = true;
    int r = visit_expr(b, target);
    b->cur->comp_target = false;
    return r;
}

static int visit_iterable(Builder *b, Expr *iter)
{
    Scope *s = b->cur;
    s->comp_iter_depth++;
    int r = visit_expr(b, iter);
    s->comp_iter_depth--;
    return r;
}

static int visit_generators(Builder *b, ComprehensionSeq *generators)
{
    for (Size i = 0; i < generators->n; i++) {
        Comprehension *g = generators->at[i];
        TRY(visit_target(b, g->target));
        if (i > 0) TRY(visit_iterable(b, g->iter));
        TRY(visit_exprs(b, g->ifs));
        b->cur->coroutine |= g->is_async != 0;
    }
    return 0;
}

/* The first iterable is computed outside and comes in as the argument `.0`. */
static int visit_comprehension(Builder *b, Expr *e, CompKind kind, ComprehensionSeq *generators, Expr *elt, Expr *value)
{
    static const char *const names[] = {
        [COMP_LIST] = "<listcomp>", [COMP_SET] = "<setcomp>", [COMP_DICT] = "<dictcomp>", [COMP_GENERATOR] = "<genexpr>"};
    TRY(visit_iterable(b, generators->at[0]->iter));
    Object *name = Arena_Own(b->arena, Str_Id(names[kind]));
    TRY(name == NULL ? -1 : enter(b, name, SCOPE_FUNCTION, e));
    b->cur->comp = kind;
    TRY(note_ascii(b, ".0", DEF_PARAM, e->at));
    TRY(visit_generators(b, generators));
    TRY(visit_optional(b, value));
    TRY(visit_expr(b, elt));
    b->cur->generator = kind == COMP_GENERATOR;
    bool async = b->cur->coroutine && kind != COMP_GENERATOR;
    leave(b);
    b->cur->coroutine |= async;
    return 0;
}

static int note_arg(Builder *b, Arg *a) { return a == NULL ? 0 : note(b, a->arg, DEF_PARAM, a->at); }

static int note_args(Builder *b, ArgSeq *s)
{
    for (Size i = 0; i < s->n; i++) TRY(note_arg(b, s->at[i]));
    return 0;
}

static int visit_parameters(Builder *b, Arguments *a)
{
    TRY(note_args(b, a->posonlyargs));
    TRY(note_args(b, a->args));
    TRY(note_args(b, a->kwonlyargs));
    TRY(note_arg(b, a->vararg));
    TRY(note_arg(b, a->kwarg));
    b->cur->varargs = a->vararg != NULL, b->cur->varkeywords = a->kwarg != NULL;
    return 0;
}

static int visit_lambda(Builder *b, Expr *e)
{
    TRY(visit_exprs(b, e->Lambda.args->defaults));
    TRY(visit_exprs(b, e->Lambda.args->kw_defaults));
    Object *name = Arena_Own(b->arena, Str_Id("lambda"));
    TRY(name == NULL ? -1 : enter(b, name, SCOPE_FUNCTION, e));
    TRY(visit_parameters(b, e->Lambda.args));
    TRY(visit_expr(b, e->Lambda.body));
    leave(b);
    return 0;
}

static int visit_compound(Builder *b, Expr *e)
{
    switch (e->kind) {
    case NamedExpr_kind: return visit_named(b, e);
    case Lambda_kind: return visit_lambda(b, e);
    case ListComp_kind: return visit_comprehension(b, e, COMP_LIST, e->ListComp.generators, e->ListComp.elt, NULL);
    case SetComp_kind: return visit_comprehension(b, e, COMP_SET, e->SetComp.generators, e->SetComp.elt, NULL);
    case DictComp_kind: return visit_comprehension(b, e, COMP_DICT, e->DictComp.generators, e->DictComp.key, e->DictComp.value);
    case GeneratorExp_kind: return visit_comprehension(b, e, COMP_GENERATOR, e->GeneratorExp.generators, e->GeneratorExp.elt, NULL);
    case Yield_kind: return visit_yield(b, e->Yield.value, e->at);
    case YieldFrom_kind: return visit_yield(b, e->YieldFrom.value, e->at);
    case Await_kind:
        TRY(refuse_in_annotation(b, "await expression", e->at));
        TRY(visit_expr(b, e->Await.value));
        b->cur->coroutine = true;
        return 0;
    case Name_kind: return visit_name(b, e);
    default: return 0;
    }
}

static int visit_parts(Builder *b, Expr *e)
{
    switch (e->kind) {
    case BoolOp_kind: return visit_exprs(b, e->BoolOp.values);
    case BinOp_kind: TRY(visit_expr(b, e->BinOp.left)); return visit_expr(b, e->BinOp.right);
    case UnaryOp_kind: return visit_expr(b, e->UnaryOp.operand);
    case IfExp_kind: TRY(visit_expr(b, e->IfExp.test)); TRY(visit_expr(b, e->IfExp.body)); return visit_expr(b, e->IfExp.orelse);
    case Dict_kind: TRY(visit_exprs(b, e->Dict.keys)); return visit_exprs(b, e->Dict.values);
    case Set_kind: return visit_exprs(b, e->Set.elts);
    case Compare_kind: TRY(visit_expr(b, e->Compare.left)); return visit_exprs(b, e->Compare.comparators);
    case Call_kind: TRY(visit_expr(b, e->Call.func)); TRY(visit_exprs(b, e->Call.args)); return visit_keywords(b, e->Call.keywords);
    case FormattedValue_kind: TRY(visit_expr(b, e->FormattedValue.value)); return visit_optional(b, e->FormattedValue.format_spec);
    case JoinedStr_kind: return visit_exprs(b, e->JoinedStr.values);
    case Attribute_kind: return visit_expr(b, e->Attribute.value);
    case Subscript_kind: TRY(visit_expr(b, e->Subscript.value)); return visit_expr(b, e->Subscript.slice);
    case Starred_kind: return visit_expr(b, e->Starred.value);
    case List_kind: return visit_exprs(b, e->List.elts);
    case Tuple_kind: return visit_exprs(b, e->Tuple.elts);
    case Slice_kind: TRY(visit_optional(b, e->Slice.lower)); TRY(visit_optional(b, e->Slice.upper)); return visit_optional(b, e->Slice.step);
    default: return visit_compound(b, e);
    }
}

static int visit_expr(Builder *b, Expr *e) { return Stack_Ok(" during compilation") ? visit_parts(b, e) : -1; }

/* ---- annotations and type parameters ---- */
static int visit_annotation(Builder *b, Expr *e)
{
    if (e == NULL) return 0;
    if (!b->future_annotations) return visit_expr(b, e);
    Object *name = Arena_Own(b->arena, Str_Id("_annotation"));
    TRY(name == NULL ? -1 : enter(b, name, SCOPE_ANNOTATION, e));
    TRY(visit_expr(b, e));
    leave(b);
    return 0;
}

static int visit_arg_annotations(Builder *b, ArgSeq *s)
{
    for (Size i = 0; i < s->n; i++) TRY(visit_annotation(b, s->at[i]->annotation));
    return 0;
}

static int visit_annotations(Builder *b, Arguments *a, Expr *returns)
{
    TRY(visit_arg_annotations(b, a->posonlyargs));
    TRY(visit_arg_annotations(b, a->args));
    TRY(a->vararg == NULL ? 0 : visit_annotation(b, a->vararg->annotation));
    TRY(a->kwarg == NULL ? 0 : visit_annotation(b, a->kwarg->annotation));
    TRY(visit_arg_annotations(b, a->kwonlyargs));
    return visit_annotation(b, returns);
}

static int see_class(Builder *b, bool sees, Location at)
{
    b->cur->sees_class = sees;
    return sees ? note_ascii(b, "__classdict__", USE, at) : 0;
}

static int visit_type_param(Builder *b, TypeParam *p)
{
    TRY(note(b, p->TypeVar.name, DEF_TYPE_PARAM | DEF_LOCAL, p->at));       /* all three kinds begin with the name */
    if (p->kind != TypeVar_kind || p->TypeVar.bound == NULL) return 0;
    bool sees = b->cur->sees_class;
    TRY(enter(b, p->TypeVar.name, SCOPE_TYPE_BOUND, p));
    TRY(see_class(b, sees, p->TypeVar.bound->at));
    TRY(visit_expr(b, p->TypeVar.bound));
    leave(b);
    return 0;
}

static bool any_default(ExprSeq *s)
{
    for (Size i = 0; i < s->n; i++) {
        if (s->at[i] != NULL) return true;
    }
    return false;
}

/* The scope of type parameters lies around what they belong to; a class keeps their tuple in `.type_params`. */
static int enter_type_params(Builder *b, Stmt *s, Object *name, TypeParamSeq *params, Arguments *args)
{
    bool in_class = b->cur->kind == SCOPE_CLASS;
    TRY(enter(b, name, SCOPE_TYPE_PARAMS, params));
    TRY(see_class(b, in_class, s->at));
    if (s->kind == ClassDef_kind) {
        TRY(note_ascii(b, ".type_params", DEF_LOCAL | USE, s->at));
        b->private = name;
        TRY(note_ascii(b, ".generic_base", DEF_LOCAL | USE, s->at));
    }
    if (args != NULL) TRY(note_ascii(b, ".defaults", DEF_PARAM, s->at));
    if (args != NULL && any_default(args->kw_defaults)) TRY(note_ascii(b, ".kwdefaults", DEF_PARAM, s->at));
    for (Size i = 0; i < params->n; i++) TRY(visit_type_param(b, params->at[i]));
    return 0;
}

/* ---- statements ---- */
static int visit_function(Builder *b, Stmt *s)
{
    Arguments *args = s->FunctionDef.args;
    TypeParamSeq *params = s->FunctionDef.type_params;
    TRY(note(b, s->FunctionDef.name, DEF_LOCAL, s->at));
    TRY(visit_exprs(b, args->defaults));
    TRY(visit_exprs(b, args->kw_defaults));
    TRY(visit_exprs(b, s->FunctionDef.decorator_list));
    if (params->n > 0) TRY(enter_type_params(b, s, s->FunctionDef.name, params, args));
    TRY(visit_annotations(b, args, s->FunctionDef.returns));
    TRY(enter(b, s->FunctionDef.name, SCOPE_FUNCTION, s));
    b->cur->coroutine = s->kind == AsyncFunctionDef_kind;
    TRY(visit_parameters(b, args));
    TRY(visit_stmts(b, s->FunctionDef.body));
    leave(b);
    if (params->n > 0) leave(b);
    return 0;
}

static int visit_class(Builder *b, Stmt *s)
{
    Object *private = b->private, *name = s->ClassDef.name;
    TypeParamSeq *params = s->ClassDef.type_params;
    TRY(note(b, name, DEF_LOCAL, s->at));
    TRY(visit_exprs(b, s->ClassDef.decorator_list));
    if (params->n > 0) TRY(enter_type_params(b, s, name, params, NULL));
    TRY(visit_exprs(b, s->ClassDef.bases));
    TRY(visit_keywords(b, s->ClassDef.keywords));
    TRY(enter(b, name, SCOPE_CLASS, s));
    b->private = name;
    if (params->n > 0) {
        TRY(note_ascii(b, "__type_params__", DEF_LOCAL, s->at));
        TRY(note_ascii(b, ".type_params", USE, s->at));
    }
    TRY(visit_stmts(b, s->ClassDef.body));
    leave(b);
    if (params->n > 0) leave(b);
    b->private = private;
    return 0;
}

static int visit_type_alias(Builder *b, Stmt *s)
{
    TypeParamSeq *params = s->TypeAlias.type_params;
    Object *name = s->TypeAlias.name->Name.id;
    TRY(visit_expr(b, s->TypeAlias.name));
    bool in_class = b->cur->kind == SCOPE_CLASS;
    if (params->n > 0) TRY(enter_type_params(b, s, name, params, NULL));
    TRY(enter(b, name, SCOPE_TYPE_ALIAS, s));
    TRY(see_class(b, in_class, s->TypeAlias.value->at));
    TRY(visit_expr(b, s->TypeAlias.value));
    leave(b);
    if (params->n > 0) leave(b);
    return 0;
}

static int note_annotated(Builder *b, Stmt *s)
{
    Expr *target = s->AnnAssign.target;
    if (target->kind != Name_kind) return visit_expr(b, target);
    Object *name = target->Name.id;
    int flags = looked_up(b, name);
    TRY(flags);
    if ((flags & (DEF_GLOBAL | DEF_NONLOCAL)) && b->cur != b->top && s->AnnAssign.simple) {
        return Syntax_Fail(b->where, s->at, "annotated name '%U' can't be %s", name, flags & DEF_GLOBAL ? "global" : "nonlocal");
    }
    if (s->AnnAssign.simple) return note(b, name, DEF_ANNOT | DEF_LOCAL, target->at);
    return s->AnnAssign.value == NULL ? 0 : note(b, name, DEF_LOCAL, target->at);
}

static int visit_annotated(Builder *b, Stmt *s)
{
    TRY(note_annotated(b, s));
    TRY(visit_annotation(b, s->AnnAssign.annotation));
    return visit_optional(b, s->AnnAssign.value);
}

static int visit_directive(Builder *b, Stmt *s, ObjectSeq *names, int flag, const char *word)
{
    for (Size i = 0; i < names->n; i++) {
        Object *name = names->at[i];
        int flags = looked_up(b, name);
        TRY(flags);
        if (flags & DEF_PARAM) return Syntax_Fail(b->where, s->at, "name '%U' is parameter and %s", name, word);
        if (flags & USE) return Syntax_Fail(b->where, s->at, "name '%U' is used prior to %s declaration", name, word);
        if (flags & DEF_ANNOT) return Syntax_Fail(b->where, s->at, "annotated name '%U' can't be %s", name, word);
        if (flags & DEF_LOCAL) return Syntax_Fail(b->where, s->at, "name '%U' is assigned to before %s declaration", name, word);
        TRY(note(b, name, flag, s->at));
        TRY(record_directive(b, name, s->at));
    }
    return 0;
}

static int visit_aliases(Builder *b, AliasSeq *names)
{
    for (Size i = 0; i < names->n; i++) {
        Alias *a = names->at[i];
        Object *name = a->asname != NULL ? a->asname : a->name;
        if (STR_IS(name, "*")) {
            if (b->cur->kind != SCOPE_MODULE) return Syntax_Fail(b->where, a->at, "import * only allowed at module level");
            continue;
        }
        Size dot = Str_Find(name, interp.chars['.'], 0, STR_LEN(name), false);
        if (dot >= 0) name = Arena_Own(b->arena, Str_Sub(name, 0, dot));
        TRY(name == NULL ? -1 : note(b, name, DEF_IMPORT, a->at));
    }
    return 0;
}

static int visit_handlers(Builder *b, ExcepthandlerSeq *s)
{
    for (Size i = 0; i < s->n; i++) {
        Excepthandler *h = s->at[i];
        TRY(visit_optional(b, h->ExceptHandler.type));
        if (h->ExceptHandler.name != NULL) TRY(note(b, h->ExceptHandler.name, DEF_LOCAL, h->at));
        TRY(visit_stmts(b, h->ExceptHandler.body));
    }
    return 0;
}

static int visit_with(Builder *b, WithitemSeq *items, StmtSeq *body)
{
    for (Size i = 0; i < items->n; i++) {
        TRY(visit_expr(b, items->at[i]->context_expr));
        TRY(visit_optional(b, items->at[i]->optional_vars));
    }
    return visit_stmts(b, body);
}

static int visit_pattern(Builder *b, Pattern *p);
static int visit_patterns(Builder *b, PatternSeq *s)
{
    for (Size i = 0; i < s->n; i++) TRY(visit_pattern(b, s->at[i]));
    return 0;
}

static int note_capture(Builder *b, Object *name, Location at) { return name == NULL ? 0 : note(b, name, DEF_LOCAL, at); }

static int visit_pattern(Builder *b, Pattern *p)
{
    if (!Stack_Ok(" during compilation")) return -1;
    switch (p->kind) {
    case MatchValue_kind: return visit_expr(b, p->MatchValue.value);
    case MatchSequence_kind: return visit_patterns(b, p->MatchSequence.patterns);
    case MatchMapping_kind:
        TRY(visit_exprs(b, p->MatchMapping.keys));
        TRY(visit_patterns(b, p->MatchMapping.patterns));
        return note_capture(b, p->MatchMapping.rest, p->at);
    case MatchClass_kind:
        TRY(visit_expr(b, p->MatchClass.cls));
        TRY(visit_patterns(b, p->MatchClass.patterns));
        return visit_patterns(b, p->MatchClass.kwd_patterns);
    case MatchStar_kind: return note_capture(b, p->MatchStar.name, p->at);
    case MatchAs_kind:
        if (p->MatchAs.pattern != NULL) TRY(visit_pattern(b, p->MatchAs.pattern));
        return note_capture(b, p->MatchAs.name, p->at);
    case MatchOr_kind: return visit_patterns(b, p->MatchOr.patterns);
    default: return 0;
    }
}

static int visit_match(Builder *b, Stmt *s)
{
    TRY(visit_expr(b, s->Match.subject));
    for (Size i = 0; i < s->Match.cases->n; i++) {
        MatchCase *m = s->Match.cases->at[i];
        TRY(visit_pattern(b, m->pattern));
        TRY(visit_optional(b, m->guard));
        TRY(visit_stmts(b, m->body));
    }
    return 0;
}

static int visit_try(Builder *b, Stmt *s)
{
    TRY(visit_stmts(b, s->Try.body));
    TRY(visit_stmts(b, s->Try.orelse));
    TRY(visit_handlers(b, s->Try.handlers));
    return visit_stmts(b, s->Try.finalbody);
}

static int visit_simple(Builder *b, Stmt *s)
{
    switch (s->kind) {
    case Return_kind:
        b->cur->returns_value |= s->Return.value != NULL;
        return visit_optional(b, s->Return.value);
    case Delete_kind: return visit_exprs(b, s->Delete.targets);
    case Assign_kind: TRY(visit_exprs(b, s->Assign.targets)); return visit_expr(b, s->Assign.value);
    case AugAssign_kind: TRY(visit_expr(b, s->AugAssign.target)); return visit_expr(b, s->AugAssign.value);
    case AnnAssign_kind: return visit_annotated(b, s);
    case Raise_kind: TRY(visit_optional(b, s->Raise.exc)); return visit_optional(b, s->Raise.cause);
    case Assert_kind: TRY(visit_expr(b, s->Assert.test)); return visit_optional(b, s->Assert.msg);
    case Import_kind: return visit_aliases(b, s->Import.names);
    case ImportFrom_kind: return visit_aliases(b, s->ImportFrom.names);
    case Global_kind: return visit_directive(b, s, s->Global.names, DEF_GLOBAL, "global");
    case Nonlocal_kind: return visit_directive(b, s, s->Nonlocal.names, DEF_NONLOCAL, "nonlocal");
    case Expr_kind: return visit_expr(b, s->Expr.value);
    default: return 0;
    }
}

static int visit_stmt(Builder *b, Stmt *s)
{
    if (!Stack_Ok(" during compilation")) return -1;
    switch (s->kind) {
    case FunctionDef_kind: case AsyncFunctionDef_kind: return visit_function(b, s);
    case ClassDef_kind: return visit_class(b, s);
    case TypeAlias_kind: return visit_type_alias(b, s);
    case For_kind: case AsyncFor_kind:
        TRY(visit_expr(b, s->For.target));
        TRY(visit_expr(b, s->For.iter));
        TRY(visit_stmts(b, s->For.body));
        return visit_stmts(b, s->For.orelse);
    case While_kind: TRY(visit_expr(b, s->While.test)); TRY(visit_stmts(b, s->While.body)); return visit_stmts(b, s->While.orelse);
    case If_kind: TRY(visit_expr(b, s->If.test)); TRY(visit_stmts(b, s->If.body)); return visit_stmts(b, s->If.orelse);
    case With_kind: case AsyncWith_kind: return visit_with(b, s->With.items, s->With.body);
    case Match_kind: return visit_match(b, s);
    case Try_kind: case TryStar_kind: return visit_try(b, s);
    default: return visit_simple(b, s);
    }
}

static int visit_stmts(Builder *b, StmtSeq *s)
{
    for (Size i = 0; i < s->n; i++) TRY(visit_stmt(b, s->at[i]));
    return 0;
}

static int visit_mod(Builder *b, Mod *tree)
{
    switch (tree->kind) {
    case Module_kind: return visit_stmts(b, tree->Module.body);
    case Interactive_kind: return visit_stmts(b, tree->Interactive.body);
    default: return visit_expr(b, tree->Expression.body);
    }
}

Scope *Symtable_Build(Mod *tree, Arena *arena, const Where *where, bool future_annotations)
{
    Builder b = {.arena = arena, .where = where, .future_annotations = future_annotations};
    Object *name = Arena_Own(arena, Str_Id("top"));
    if (name == NULL || enter(&b, name, SCOPE_MODULE, tree) < 0) return NULL;
    b.top = b.cur;
    return visit_mod(&b, tree) < 0 || Scopes_Decide(b.top, arena, where) < 0 ? NULL : b.top;
}
