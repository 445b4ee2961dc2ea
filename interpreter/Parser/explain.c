/* What the grammar's invalid_ rules say when they know more than where: they look at what was parsed before they speak. All return NULL,
   with an exception or without: then the rule has nothing to say. */
#include "rabbit.h"
#include "parser.h"

/* ---- names for expressions ---- */

static const char *const names[AST_KIND_COUNT] = {
    [Attribute_kind] = "attribute", [Subscript_kind] = "subscript", [Starred_kind] = "starred", [Name_kind] = "name", [List_kind] = "list",
    [Tuple_kind] = "tuple", [Lambda_kind] = "lambda", [Call_kind] = "function call", [BoolOp_kind] = "expression",
    [BinOp_kind] = "expression", [UnaryOp_kind] = "expression", [GeneratorExp_kind] = "generator expression",
    [Yield_kind] = "yield expression", [YieldFrom_kind] = "yield expression", [Await_kind] = "await expression",
    [ListComp_kind] = "list comprehension", [SetComp_kind] = "set comprehension", [DictComp_kind] = "dict comprehension",
    [Dict_kind] = "dict literal", [Set_kind] = "set display", [JoinedStr_kind] = "f-string expression",
    [FormattedValue_kind] = "f-string expression", [Compare_kind] = "comparison", [IfExp_kind] = "conditional expression",
    [NamedExpr_kind] = "named expression", [Constant_kind] = "literal", [Slice_kind] = "slice",
};

const char *Expr_Name(const Expr *e)
{
    Object *value = e->kind == Constant_kind ? e->Constant.value : NULL;
    if (value == None) return "None";
    if (value == True) return "True";
    if (value == False) return "False";
    return value == Ellipsis ? "ellipsis" : names[e->kind];
}

/* ---- targets ---- */

static Expr *wrong_target(Parser *p, Expr *e, int use);

static Expr *wrong_among(Parser *p, ExprSeq *all, int use)
{
    for (Size i = 0; i < all->n; i++) {
        Expr *wrong = wrong_target(p, all->at[i], use);
        if (wrong != NULL) return wrong;
    }
    return NULL;
}

/* The first part that cannot be assigned to (or deleted). `for a in b` was read as a comparison: its left side counts. */
static Expr *wrong_target(Parser *p, Expr *e, int use)
{
    if (!Stack_Ok(" during compilation")) {
        p->failed = true;
        return NULL;
    }
    switch (e->kind) {
    case Name_kind: case Attribute_kind: case Subscript_kind: return NULL;
    case List_kind: return wrong_among(p, e->List.elts, use);
    case Tuple_kind: return wrong_among(p, e->Tuple.elts, use);
    case Starred_kind: return use == TARGET_DELETE ? e : wrong_target(p, e->Starred.value, use);
    case Compare_kind:
        if (use != TARGET_FOR) return e;
        return e->Compare.ops->at[0] == Cmp_In ? wrong_target(p, e->Compare.left, use) : NULL;
    default: return e;
    }
}

void *Explain_Target(Parser *p, Expr *target, int use)
{
    Expr *wrong = wrong_target(p, target, use);
    if (wrong == NULL) return NULL;
    return ERROR_AT(wrong, use == TARGET_DELETE ? "cannot delete %s" : "cannot assign to %s", Expr_Name(wrong));
}

/* ---- two expressions in a row ---- */

/* `print` and `exec` were statements once. */
static bool is_legacy(const Expr *e)
{
    return e->kind == Name_kind && (STR_IS(e->Name.id, "print") || STR_IS(e->Name.id, "exec"));
}

void *Explain_Comma(Parser *p, Expr *a, Expr *b)
{
    if (is_legacy(a) || p->tokens[p->mark - 1]->level == 0) return NULL;
    return ERROR_RANGE(a, b, "invalid syntax. Perhaps you forgot a comma?");
}

/* Any beginning will do, and so `(c d)` gets no hint at a comma: thus compares CPython 3.12. */
void *Soft_Beginning(Parser *p, const Expr *name)
{
    static const char *const soft[] = {
#define TOKEN(name)
#define OPERATOR(name, text)
#define KEYWORD(name, text)
#define SOFT(name, text) text,
#include "Grammar/tokens.def"
#undef TOKEN
#undef OPERATOR
#undef KEYWORD
#undef SOFT
    };
    const char *text = Str_Text(name->Name.id);
    for (Size i = 0; i < COUNT(soft); i++) {
        if (strncmp(soft[i], text, strlen(text)) == 0) return p;
    }
    return NULL;
}

void *Explain_Legacy(Parser *p, Expr *name, Expr *rest)
{
    if (!is_legacy(name)) return NULL;
    return ERROR_RANGE(name, rest, "Missing parentheses in call to '%U'. Did you mean %U(...)?", Name_Id(name), Name_Id(name));
}

void *Explain_Key(Parser *p, Expr *key)
{
    Location at = {key->at.line, key->at.end_col - 1, key->at.end_line, -1};
    return Syntax_At(p, EXC(SyntaxError), at, "':' expected after dictionary key");
}

/* ---- calls ---- */

static const char bare_genexp[] = "Generator expression must be parenthesized";

/* Where the last `for` clause ends. */
static Expr *last_of(void *fors)
{
    const ComprehensionSeq *all = fors;
    const Comprehension *last = all->at[all->n - 1];
    return last->ifs->n > 0 ? last->ifs->at[last->ifs->n - 1] : last->iter;
}

void *Explain_Genexp(Parser *p, Expr *elt, void *fors)
{
    return ERROR_RANGE(elt, last_of(fors), bare_genexp);
}

/* A single argument with `for` behind it is a generator expression as it should be. */
void *Explain_CallGenexp(Parser *p, CallArgs *args, void *fors)
{
    if (args->args->n <= 1) return NULL;
    return ERROR_RANGE(Seq_Last(args->args), last_of(fors), bare_genexp);
}

void *Explain_Positional(Parser *p, CallArgs *args)
{
    bool unpacked = false;
    const KeywordSeq *all = (const KeywordSeq *)args->keywords;
    for (Size i = 0; i < all->n; i++) unpacked = unpacked || all->at[i]->arg == NULL;
    return ERROR_HERE(unpacked ? "positional argument follows keyword argument unpacking" : "positional argument follows keyword argument");
}

void *Explain_Constant(Parser *p, Token *constant, Token *equal)
{
    const char *name = constant->kind == T_KW_TRUE ? "True" : constant->kind == T_KW_FALSE ? "False" : "None";
    return ERROR_RANGE(constant, equal, "cannot assign to %s", name);
}

void *Explain_Patterns(Parser *p, void *patterns)
{
    const PatternSeq *all = patterns;
    return ERROR_RANGE(all->at[0], all->at[all->n - 1], "positional patterns follow keyword patterns");
}
