/* The grammar's actions for statements: definitions and their parameters, assignments, imports, patterns. */
#include "rabbit.h"
#include "parser.h"

/* ---- definitions ---- */

Stmt *Make_Class(Parser *p, Expr *name, AnySeq *params, CallArgs *bases, AnySeq *body, Location at, Arena *arena)
{
    if (bases == NULL) bases = Make_NoArgs(p);
    if (bases == NULL) return NULL;
    return Ast_ClassDef(Name_Id(name), (ExprSeq *)bases->args, (KeywordSeq *)bases->keywords, (StmtSeq *)body, SEQ(NULL), SEQ(params), at, arena);
}

/* The definition itself was made without; nobody else holds it yet. */
Stmt *Decorate(Parser *p, AnySeq *decorators, Stmt *definition)
{
    (void)p;
    ExprSeq *all = (ExprSeq *)decorators;
    switch (definition->kind) {
    case ClassDef_kind: definition->ClassDef.decorator_list = all; break;
    case FunctionDef_kind: definition->FunctionDef.decorator_list = all; break;
    default: definition->AsyncFunctionDef.decorator_list = all; break;
    }
    return definition;
}

ParamDefault *Make_Default(Parser *p, Arg *arg, Expr *value)
{
    ParamDefault *one = Arena_Alloc(p->arena, sizeof(ParamDefault));
    if (one != NULL) *one = (ParamDefault){arg, value};
    return one;
}

SlashDefault *Make_Slash(Parser *p, AnySeq *plain, AnySeq *with)
{
    SlashDefault *one = Arena_Alloc(p->arena, sizeof(SlashDefault));
    if (one != NULL) *one = (SlashDefault){plain, with};
    return one;
}

StarEtc *Make_Star(Parser *p, Arg *arg, AnySeq *rest, Arg *kwds)
{
    StarEtc *one = Arena_Alloc(p->arena, sizeof(StarEtc));
    if (one != NULL) *one = (StarEtc){arg, rest, kwds};
    return one;
}

static Size length(const AnySeq *s) { return s == NULL ? 0 : s->n; }

/* The names of `plain`, then those of `with`. */
static ArgSeq *all_names(Parser *p, AnySeq *plain, AnySeq *with)
{
    Size n = length(plain);
    ArgSeq *s = Ast_Seq(n + length(with), p->arena);
    if (s == NULL) return NULL;
    for (Size i = 0; i < n; i++) s->at[i] = plain->at[i];
    for (Size i = 0; i < length(with); i++) s->at[n + i] = ((ParamDefault *)with->at[i])->arg;
    return s;
}

static ExprSeq *all_values(Parser *p, AnySeq *a, AnySeq *b)
{
    Size n = length(a);
    ExprSeq *s = Ast_Seq(n + length(b), p->arena);
    if (s == NULL) return NULL;
    for (Size i = 0; i < n; i++) s->at[i] = ((ParamDefault *)a->at[i])->value;
    for (Size i = 0; i < length(b); i++) s->at[n + i] = ((ParamDefault *)b->at[i])->value;
    return s;
}

/* `slash` and `slash_with` stand before "/", `plain` and `with` behind it. */
Arguments *Make_Arguments(Parser *p, AnySeq *slash, SlashDefault *slash_with, AnySeq *plain, AnySeq *with, StarEtc *star)
{
    AnySeq *early = slash_with == NULL ? NULL : slash_with->with, *rest = star == NULL ? NULL : star->rest;
    ArgSeq *posonly = all_names(p, slash_with == NULL ? slash : slash_with->plain, early);
    ArgSeq *args = all_names(p, plain, with), *kwonly = all_names(p, NULL, rest);
    ExprSeq *defaults = all_values(p, early, with), *kw_defaults = all_values(p, NULL, rest);
    if (posonly == NULL || args == NULL || kwonly == NULL || defaults == NULL || kw_defaults == NULL) return NULL;
    return Ast_arguments(posonly, args, star == NULL ? NULL : star->arg, kwonly, kw_defaults, star == NULL ? NULL : star->kwds, defaults,
                         p->arena);
}

/* ---- assignments ---- */

Stmt *Assign_Annotated(Parser *p, Expr *target, Expr *annotation, Expr *value, int simple, Location at, Arena *arena)
{
    Expr *stored = Set_Context(p, target, Ctx_Store);
    return stored == NULL ? NULL : Ast_AnnAssign(stored, annotation, value, simple, at, arena);
}

Stmt *Assign_Augmented(Parser *p, Expr *target, Token *op, Expr *value, Location at, Arena *arena)
{
    Expr *binary = Make_BinOp(p, target, op, value, at, arena);
    return binary == NULL ? NULL : Ast_AugAssign(target, binary->BinOp.op, value, at, arena);
}

/* ---- imports and type parameters ---- */

int Import_Level(const AnySeq *dots)
{
    int level = 0;
    for (Size i = 0; i < dots->n; i++) level += ((Token *)dots->at[i])->kind == T_ELLIPSIS ? 3 : 1;
    return level;
}

Alias *Import_All(Parser *p, Location at, Arena *arena)
{
    Object *star = Arena_Own(p->arena, Str_Id("*"));
    return star == NULL ? NULL : Ast_alias(star, NULL, at, arena);
}

Expr *Import_Dotted(Parser *p, Expr *left, Expr *right, Location at, Arena *arena)
{
    Object *text = Str_Format("%U.%U", Name_Id(left), Name_Id(right));
    Object *id = Arena_Own(p->arena, text == NULL ? NULL : Str_Intern(text));
    return id == NULL ? NULL : Ast_Name(id, Ctx_Load, at, arena);
}

TypeParam *Type_NoBound(Parser *p, Token *colon, Expr *what, const char *kind)
{
    Location at = colon->at;
    const Token *last = Peg_Last(p);
    at.end_line = last->at.end_line, at.end_col = last->at.end_col;
    return Syntax_At(p, EXC(SyntaxError), at, "cannot use %s with %s", what->kind == Tuple_kind ? "constraints" : "bound", kind);
}

/* ---- patterns ---- */

Pattern *Pattern_Or(Parser *p, AnySeq *all, Location at, Arena *arena)
{
    (void)p;
    return all->n == 1 ? all->at[0] : Ast_MatchOr((PatternSeq *)all, at, arena);
}

KeyPattern *Pattern_Key(Parser *p, Expr *key, Pattern *pattern)
{
    KeyPattern *one = Arena_Alloc(p->arena, sizeof(KeyPattern));
    if (one != NULL) *one = (KeyPattern){key, pattern};
    return one;
}

/* Two sequences out of one of KeyPattern: the keys (as identifiers when `names`) and the patterns. */
static int split_pairs(Parser *p, AnySeq *pairs, bool names, AnySeq **keys, PatternSeq **patterns)
{
    *keys = Ast_Seq(length(pairs), p->arena), *patterns = Ast_Seq(length(pairs), p->arena);
    if (*keys == NULL || *patterns == NULL) return -1;
    for (Size i = 0; i < length(pairs); i++) {
        KeyPattern *one = pairs->at[i];
        (*keys)->at[i] = names ? (void *)Name_Id(one->key) : one->key;
        (*patterns)->at[i] = one->pattern;
    }
    return 0;
}

Pattern *Pattern_Mapping(Parser *p, AnySeq *items, Expr *rest, Location at, Arena *arena)
{
    AnySeq *keys;
    PatternSeq *patterns;
    if (split_pairs(p, items, false, &keys, &patterns) < 0) return NULL;
    return Ast_MatchMapping((ExprSeq *)keys, patterns, Name_Id(rest), at, arena);
}

Pattern *Pattern_Class(Parser *p, Expr *cls, AnySeq *positional, AnySeq *keywords, Location at, Arena *arena)
{
    AnySeq *names;
    PatternSeq *patterns;
    if (split_pairs(p, keywords, true, &names, &patterns) < 0) return NULL;
    return Ast_MatchClass(cls, SEQ(positional), (ObjectSeq *)names, patterns, at, arena);
}
