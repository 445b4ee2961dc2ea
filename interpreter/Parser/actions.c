/* The grammar's actions that are more than one constructor: expressions, calls, sequences. (Parameters, patterns, imports and other
   statements: actions_stmt.c.) */
#include "rabbit.h"
#include "parser.h"

/* ---- sequences ---- */

void *Seq_One(Parser *p, void *item)
{
    AnySeq *s = item == NULL ? NULL : Ast_Seq(1, p->arena);
    if (s != NULL) s->at[0] = item;
    return s;
}

void *Seq_Prepend(Parser *p, void *item, AnySeq *rest)
{
    AnySeq *s = rest == NULL ? NULL : Ast_Seq(rest->n + 1, p->arena);
    if (s == NULL) return NULL;
    s->at[0] = item;
    Mem_Copy(s->at + 1, rest->at, (size_t)rest->n * sizeof(void *));
    return s;
}

void *Seq_Join(Parser *p, AnySeq *a, AnySeq *b)
{
    AnySeq *s = Ast_Seq(a->n + b->n, p->arena);
    if (s == NULL) return NULL;
    Mem_Copy(s->at, a->at, (size_t)a->n * sizeof(void *));
    Mem_Copy(s->at + a->n, b->at, (size_t)b->n * sizeof(void *));
    return s;
}

void *Seq_Flatten(Parser *p, AnySeq *of_sequences)
{
    Size n = 0;
    for (Size i = 0; i < of_sequences->n; i++) n += ((AnySeq *)of_sequences->at[i])->n;
    AnySeq *s = Ast_Seq(n, p->arena);
    n = 0;
    for (Size i = 0; s != NULL && i < of_sequences->n; i++) {
        AnySeq *part = of_sequences->at[i];
        Mem_Copy(s->at + n, part->at, (size_t)part->n * sizeof(void *));
        n += part->n;
    }
    return s;
}

void *Seq_Names(Parser *p, AnySeq *names)
{
    AnySeq *s = Ast_Seq(names->n, p->arena);
    for (Size i = 0; s != NULL && i < names->n; i++) s->at[i] = Name_Id(names->at[i]);
    return s;
}

/* ---- contexts ---- */

static ExprSeq *set_all(Parser *p, ExprSeq *all, ExprContext context)
{
    ExprSeq *s = Ast_Seq(all->n, p->arena);
    for (Size i = 0; s != NULL && i < all->n; i++) {
        s->at[i] = Set_Context(p, all->at[i], context);
        if (s->at[i] == NULL) return NULL;
    }
    return s;
}

Expr *Set_Context(Parser *p, Expr *e, ExprContext context)
{
    if (e == NULL || !Stack_Ok(" during compilation")) return NULL;
    Expr *copy = Arena_Alloc(p->arena, sizeof(Expr));
    if (copy == NULL) return NULL;
    *copy = *e;
    switch (e->kind) {
    case Name_kind: copy->Name.ctx = context; break;
    case Attribute_kind: copy->Attribute.ctx = context; break;
    case Subscript_kind: copy->Subscript.ctx = context; break;
    case Starred_kind:
        copy->Starred.ctx = context;
        copy->Starred.value = Set_Context(p, e->Starred.value, context);
        return copy->Starred.value == NULL ? NULL : copy;
    case Tuple_kind:
        copy->Tuple.ctx = context;
        copy->Tuple.elts = set_all(p, e->Tuple.elts, context);
        return copy->Tuple.elts == NULL ? NULL : copy;
    case List_kind:
        copy->List.ctx = context;
        copy->List.elts = set_all(p, e->List.elts, context);
        return copy->List.elts == NULL ? NULL : copy;
    default: return e;
    }
    return copy;
}

/* ---- operators ---- */

static const Operator operator_of[T_COUNT] = {
    [T_PLUS] = Op_Add, [T_MINUS] = Op_Sub, [T_STAR] = Op_Mult, [T_AT] = Op_MatMult, [T_SLASH] = Op_Div, [T_PERCENT] = Op_Mod,
    [T_DOUBLESTAR] = Op_Pow, [T_LEFTSHIFT] = Op_LShift, [T_RIGHTSHIFT] = Op_RShift, [T_VBAR] = Op_BitOr, [T_CIRCUMFLEX] = Op_BitXor,
    [T_AMPER] = Op_BitAnd, [T_DOUBLESLASH] = Op_FloorDiv,
    [T_PLUSEQUAL] = Op_Add, [T_MINEQUAL] = Op_Sub, [T_STAREQUAL] = Op_Mult, [T_ATEQUAL] = Op_MatMult, [T_SLASHEQUAL] = Op_Div,
    [T_PERCENTEQUAL] = Op_Mod, [T_DOUBLESTAREQUAL] = Op_Pow, [T_LEFTSHIFTEQUAL] = Op_LShift, [T_RIGHTSHIFTEQUAL] = Op_RShift,
    [T_VBAREQUAL] = Op_BitOr, [T_CIRCUMFLEXEQUAL] = Op_BitXor, [T_AMPEREQUAL] = Op_BitAnd, [T_DOUBLESLASHEQUAL] = Op_FloorDiv,
};

Expr *Make_BinOp(Parser *p, Expr *left, Token *op, Expr *right, Location at, Arena *arena)
{
    (void)p;
    return Ast_BinOp(left, operator_of[op->kind], right, at, arena);
}

Expr *Make_UnaryOp(Parser *p, Token *op, Expr *value, Location at, Arena *arena)
{
    (void)p;
    Unaryop which = op->kind == T_PLUS ? Unary_UAdd : op->kind == T_MINUS ? Unary_USub : Unary_Invert;
    return Ast_UnaryOp(which, value, at, arena);
}

static const Cmpop comparison_of[T_COUNT] = {
    [T_EQEQUAL] = Cmp_Eq, [T_NOTEQUAL] = Cmp_NotEq, [T_LESS] = Cmp_Lt, [T_LESSEQUAL] = Cmp_LtE, [T_GREATER] = Cmp_Gt,
    [T_GREATEREQUAL] = Cmp_GtE, [T_KW_IN] = Cmp_In, [T_KW_IS] = Cmp_Is, [T_KW_NOT] = Cmp_NotIn,
};

/* `second` is the other word of "is not" and "not in". */
ComparePair *Make_ComparePair(Parser *p, Token *op, Token *second, Expr *right)
{
    ComparePair *pair = Arena_Alloc(p->arena, sizeof(ComparePair));
    if (pair == NULL) return NULL;
    pair->op = op->kind == T_KW_IS && second != NULL ? Cmp_IsNot : comparison_of[op->kind];
    pair->right = right;
    return pair;
}

Expr *Make_Compare(Parser *p, Expr *left, AnySeq *pairs, Location at, Arena *arena)
{
    (void)p;
    CmpopSeq *ops = Ast_Seq(pairs->n, arena);
    ExprSeq *rights = Ast_Seq(pairs->n, arena);
    if (ops == NULL || rights == NULL) return NULL;
    for (Size i = 0; i < pairs->n; i++) {
        ComparePair *pair = pairs->at[i];
        ops->at[i] = pair->op, rights->at[i] = pair->right;
    }
    return Ast_Compare(left, ops, rights, at, arena);
}

/* ---- displays and slices ---- */

KeyValue *Make_Pair(Parser *p, Expr *key, Expr *value)
{
    KeyValue *pair = Arena_Alloc(p->arena, sizeof(KeyValue));
    if (pair != NULL) *pair = (KeyValue){key, value};
    return pair;
}

Expr *Make_Dict(Parser *p, AnySeq *pairs, Location at, Arena *arena)
{
    (void)p;
    Size n = pairs == NULL ? 0 : pairs->n;
    ExprSeq *keys = Ast_Seq(n, arena), *values = Ast_Seq(n, arena);
    if (keys == NULL || values == NULL) return NULL;
    for (Size i = 0; i < n; i++) {
        KeyValue *pair = pairs->at[i];
        keys->at[i] = pair->key, values->at[i] = pair->value;
    }
    return Ast_Dict(keys, values, at, arena);
}

SliceStep *Make_Step(Parser *p, Expr *value)
{
    SliceStep *step = Arena_Alloc(p->arena, sizeof(SliceStep));
    if (step != NULL) step->value = value;
    return step;
}

/* ---- calls ---- */

static CallArgs *make_args(Parser *p, void *args, void *keywords)
{
    CallArgs *all = args == NULL || keywords == NULL ? NULL : Arena_Alloc(p->arena, sizeof(CallArgs));
    if (all != NULL) *all = (CallArgs){args, keywords, {0, 0, 0, 0}};
    return all;
}

CallArgs *Make_NoArgs(Parser *p) { return make_args(p, SEQ(NULL), SEQ(NULL)); }
CallArgs *Make_OneArg(Parser *p, Expr *arg) { return make_args(p, Seq_One(p, arg), SEQ(NULL)); }

/* Among the keywords may be starred ones, which go behind the positional arguments. */
CallArgs *Make_Args(Parser *p, AnySeq *positional, AnySeq *keywords, Location at, Arena *arena)
{
    Size npos = positional == NULL ? 0 : positional->n, nkw = keywords == NULL ? 0 : keywords->n, stars = 0;
    for (Size i = 0; i < nkw; i++) stars += ((KeywordOrStarred *)keywords->at[i])->starred != NULL;
    AnySeq *args = Ast_Seq(npos + stars, arena), *words = Ast_Seq(nkw - stars, arena);
    if (args == NULL || words == NULL) return NULL;
    for (Size i = 0; i < npos; i++) args->at[i] = positional->at[i];
    for (Size i = 0, star = npos, word = 0; i < nkw; i++) {
        KeywordOrStarred *one = keywords->at[i];
        if (one->starred != NULL) args->at[star++] = one->starred;
        else words->at[word++] = one->keyword;
    }
    CallArgs *all = make_args(p, args, words);
    if (all != NULL) all->at = at;
    return all;
}

KeywordOrStarred *Make_Keyword(Parser *p, Expr *name, Expr *value, Location at, Arena *arena)
{
    Keyword *keyword = Ast_keyword(Name_Id(name), value, at, arena);
    KeywordOrStarred *one = keyword == NULL ? NULL : Arena_Alloc(p->arena, sizeof(KeywordOrStarred));
    if (one != NULL) one->keyword = keyword;
    return one;
}

KeywordOrStarred *Make_StarredArg(Parser *p, Expr *starred)
{
    KeywordOrStarred *one = Arena_Alloc(p->arena, sizeof(KeywordOrStarred));
    if (one != NULL) one->starred = starred;
    return one;
}

Expr *Make_Call(Parser *p, Expr *func, CallArgs *args, Location at, Arena *arena)
{
    if (args == NULL) args = Make_NoArgs(p);
    return args == NULL ? NULL : Ast_Call(func, (ExprSeq *)args->args, (KeywordSeq *)args->keywords, at, arena);
}
