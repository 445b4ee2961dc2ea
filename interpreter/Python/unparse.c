/* The text of an expression, for annotations that `from __future__ import annotations` leaves unevaluated: what
   CPython's compiler writes, with no more parentheses than the precedence asks for. */
#include "rabbit.h"
#include "codegen.h"

/* Precedence, weakest first. */
enum { P_NAMED, P_TUPLE, P_TEST, P_OR, P_AND, P_NOT, P_CMP, P_BOR, P_BXOR, P_BAND, P_SHIFT, P_ARITH, P_TERM, P_FACTOR, P_POWER, P_AWAIT, P_ATOM };

typedef struct { Buf *out; bool failed; } Text;

static void write_expr(Text *t, Expr *e, int level);
static void write(Text *t, const char *ascii) { Buf_Ascii(t->out, ascii); }
static void write_str(Text *t, Object *s) { Buf_Str(t->out, s); }
static void open_if(Text *t, bool yes) { if (yes) write(t, "("); }
static void close_if(Text *t, bool yes) { if (yes) write(t, ")"); }

static void write_list(Text *t, ExprSeq *s, int level)
{
    for (Size i = 0; i < s->n; i++) {
        if (i > 0) write(t, ", ");
        write_expr(t, s->at[i], level);
    }
}

/* ---- operators ---- */
static void write_boolop(Text *t, Expr *e, int level)
{
    bool and = e->BoolOp.op == Bool_And;
    int own = and ? P_AND : P_OR;
    open_if(t, level > own);
    for (Size i = 0; i < e->BoolOp.values->n; i++) {
        if (i > 0) write(t, and ? " and " : " or ");
        write_expr(t, e->BoolOp.values->at[i], own + 1);
    }
    close_if(t, level > own);
}

static void write_binop(Text *t, Expr *e, int level)
{
    static const struct { const char *text; int level; } rows[] = {
        [Op_Add] = {" + ", P_ARITH}, [Op_Sub] = {" - ", P_ARITH}, [Op_Mult] = {" * ", P_TERM}, [Op_MatMult] = {" @ ", P_TERM},
        [Op_Div] = {" / ", P_TERM}, [Op_Mod] = {" % ", P_TERM}, [Op_LShift] = {" << ", P_SHIFT}, [Op_RShift] = {" >> ", P_SHIFT},
        [Op_BitOr] = {" | ", P_BOR}, [Op_BitXor] = {" ^ ", P_BXOR}, [Op_BitAnd] = {" & ", P_BAND},
        [Op_FloorDiv] = {" // ", P_TERM}, [Op_Pow] = {" ** ", P_POWER}};
    int own = rows[e->BinOp.op].level;
    bool right = e->BinOp.op == Op_Pow;
    open_if(t, level > own);
    write_expr(t, e->BinOp.left, own + right);
    write(t, rows[e->BinOp.op].text);
    write_expr(t, e->BinOp.right, own + !right);
    close_if(t, level > own);
}

static void write_unary(Text *t, Expr *e, int level)
{
    static const struct { const char *text; int level; } rows[] = {
        [Unary_Invert] = {"~", P_FACTOR}, [Unary_Not] = {"not ", P_NOT}, [Unary_UAdd] = {"+", P_FACTOR}, [Unary_USub] = {"-", P_FACTOR}};
    int own = rows[e->UnaryOp.op].level;
    open_if(t, level > own);
    write(t, rows[e->UnaryOp.op].text);
    write_expr(t, e->UnaryOp.operand, own);
    close_if(t, level > own);
}

static void write_compare(Text *t, Expr *e, int level)
{
    static const char *const words[] = {
        [Cmp_Eq] = " == ", [Cmp_NotEq] = " != ", [Cmp_Lt] = " < ", [Cmp_LtE] = " <= ", [Cmp_Gt] = " > ", [Cmp_GtE] = " >= ",
        [Cmp_Is] = " is ", [Cmp_IsNot] = " is not ", [Cmp_In] = " in ", [Cmp_NotIn] = " not in "};
    open_if(t, level > P_CMP);
    write_expr(t, e->Compare.left, P_CMP + 1);
    for (Size i = 0; i < e->Compare.ops->n; i++) {
        write(t, words[e->Compare.ops->at[i]]);
        write_expr(t, e->Compare.comparators->at[i], P_CMP + 1);
    }
    close_if(t, level > P_CMP);
}

static void write_ternary(Text *t, Expr *e, int level)
{
    open_if(t, level > P_TEST);
    write_expr(t, e->IfExp.body, P_TEST + 1);
    write(t, " if ");
    write_expr(t, e->IfExp.test, P_TEST + 1);
    write(t, " else ");
    write_expr(t, e->IfExp.orelse, P_TEST);
    close_if(t, level > P_TEST);
}

/* ---- lambda ---- */
static void write_arg(Text *t, Arg *a, Expr *value, bool *first)
{
    if (!*first) write(t, ", ");
    *first = false;
    write_str(t, a->arg);
    if (value == NULL) return;
    write(t, "=");
    write_expr(t, value, P_TEST);
}

static void write_star(Text *t, const char *star, Arg *a, bool *first)
{
    if (!*first) write(t, ", ");
    *first = false;
    write(t, star);
    if (a != NULL) write_str(t, a->arg);
}

static void write_arguments(Text *t, Arguments *a)
{
    bool first = true;
    Size positional = a->posonlyargs->n + a->args->n, plain = positional - a->defaults->n;
    for (Size i = 0; i < positional; i++) {
        Arg *arg = i < a->posonlyargs->n ? a->posonlyargs->at[i] : a->args->at[i - a->posonlyargs->n];
        write_arg(t, arg, i >= plain ? a->defaults->at[i - plain] : NULL, &first);
        if (i + 1 == a->posonlyargs->n) write(t, ", /");
    }
    if (a->vararg != NULL || a->kwonlyargs->n > 0) write_star(t, "*", a->vararg, &first);
    for (Size i = 0; i < a->kwonlyargs->n; i++) write_arg(t, a->kwonlyargs->at[i], a->kw_defaults->at[i], &first);
    if (a->kwarg != NULL) write_star(t, "**", a->kwarg, &first);
}

static void write_lambda(Text *t, Expr *e, int level)
{
    Arguments *a = e->Lambda.args;
    bool any = a->posonlyargs->n + a->args->n > 0;       /* `lambda*args`: so CPython writes it */
    open_if(t, level > P_TEST);
    write(t, any ? "lambda " : "lambda");
    write_arguments(t, a);
    write(t, ": ");
    write_expr(t, e->Lambda.body, P_TEST);
    close_if(t, level > P_TEST);
}

/* ---- displays, calls, items ---- */
static void write_dict(Text *t, Expr *e)
{
    write(t, "{");
    for (Size i = 0; i < e->Dict.values->n; i++) {
        if (i > 0) write(t, ", ");
        if (e->Dict.keys->at[i] == NULL) {
            write(t, "**");
            write_expr(t, e->Dict.values->at[i], P_BOR);
            continue;
        }
        write_expr(t, e->Dict.keys->at[i], P_TEST);
        write(t, ": ");
        write_expr(t, e->Dict.values->at[i], P_TEST);
    }
    write(t, "}");
}

static void write_generators(Text *t, ComprehensionSeq *s)
{
    for (Size i = 0; i < s->n; i++) {
        Comprehension *g = s->at[i];
        write(t, g->is_async ? " async for " : " for ");
        write_expr(t, g->target, P_TUPLE);
        write(t, " in ");
        write_expr(t, g->iter, P_TEST + 1);
        for (Size j = 0; j < g->ifs->n; j++) {
            write(t, " if ");
            write_expr(t, g->ifs->at[j], P_TEST + 1);
        }
    }
}

static void write_comprehension(Text *t, const char *open, Expr *elt, Expr *value, ComprehensionSeq *generators, const char *close)
{
    write(t, open);
    write_expr(t, elt, P_TEST);
    if (value != NULL) {
        write(t, ": ");
        write_expr(t, value, P_TEST);
    }
    write_generators(t, generators);
    write(t, close);
}

static void write_tuple(Text *t, ExprSeq *elts, int level)
{
    open_if(t, elts->n == 0 || level > P_TUPLE);
    write_list(t, elts, P_TEST);
    if (elts->n == 1) write(t, ",");
    close_if(t, elts->n == 0 || level > P_TUPLE);
}

static void write_call(Text *t, Expr *e)
{
    ExprSeq *args = e->Call.args;
    KeywordSeq *keywords = e->Call.keywords;
    write_expr(t, e->Call.func, P_ATOM);
    if (args->n == 1 && keywords->n == 0 && args->at[0]->kind == GeneratorExp_kind) {
        write_expr(t, args->at[0], P_ATOM);
        return;
    }
    write(t, "(");
    write_list(t, args, P_TEST);
    for (Size i = 0; i < keywords->n; i++) {
        Keyword *k = keywords->at[i];
        if (i > 0 || args->n > 0) write(t, ", ");
        if (k->arg != NULL) write_str(t, k->arg);
        write(t, k->arg != NULL ? "=" : "**");
        write_expr(t, k->value, P_TEST);
    }
    write(t, ")");
}

static void write_slice(Text *t, Expr *e)
{
    if (e->Slice.lower != NULL) write_expr(t, e->Slice.lower, P_TEST);
    write(t, ":");
    if (e->Slice.upper != NULL) write_expr(t, e->Slice.upper, P_TEST);
    if (e->Slice.step == NULL) return;
    write(t, ":");
    write_expr(t, e->Slice.step, P_TEST);
}

static void write_attribute(Text *t, Expr *e)
{
    Expr *value = e->Attribute.value;
    write_expr(t, value, P_ATOM);
    write(t, value->kind == Constant_kind && TYPE(value->Constant.value) == &Int_Type ? " ." : ".");
    write_str(t, e->Attribute.attr);
}

/* ---- strings and other constants ---- */
static void join_fstring(Text *t, ExprSeq *values, bool spec);

static void write_replacement(Text *t, Expr *e)
{
    Buf inner;
    Buf_Init(&inner);
    Text part = {&inner, false};
    write_expr(&part, e->FormattedValue.value, P_TEST + 1);
    Object *text = Buf_Finish(&inner);
    if (text == NULL) {
        t->failed = true;
        return;
    }
    write(t, STR_LEN(text) > 0 && Str_At(text, 0) == '{' ? "{ " : "{");
    write_str(t, text);
    Unref(text);
    if (e->FormattedValue.conversion > 0) {
        write(t, "!");
        Buf_Char(t->out, (uint32_t)e->FormattedValue.conversion);
    }
    if (e->FormattedValue.format_spec != NULL) {
        write(t, ":");
        Expr *spec = e->FormattedValue.format_spec;
        if (spec->kind == JoinedStr_kind) join_fstring(t, spec->JoinedStr.values, true);
        else if (spec->kind == Constant_kind) write_str(t, spec->Constant.value);
    }
    write(t, "}");
}

static void join_fstring(Text *t, ExprSeq *values, bool spec)
{
    for (Size i = 0; i < values->n; i++) {
        Expr *e = values->at[i];
        if (e->kind == FormattedValue_kind) {
            write_replacement(t, e);
            continue;
        }
        if (e->kind != Constant_kind || !Str_Check(e->Constant.value)) continue;
        for (Size k = 0; k < STR_LEN(e->Constant.value); k++) {
            uint32_t ch = Str_At(e->Constant.value, k);
            if (!spec && (ch == '{' || ch == '}')) Buf_Char(t->out, ch);
            Buf_Char(t->out, ch);
        }
    }
}

static void write_repr(Text *t, Object *value)
{
    Object *text = value == Ellipsis ? Str_New("...") : Object_Repr(value);
    if (text == NULL) t->failed = true;
    else write_str(t, text);
    XUnref(text);
}

/* `write` first the f-string's text, then its repr as a whole. */
static void write_fstring(Text *t, Expr *e)
{
    Buf body;
    Buf_Init(&body);
    Text inner = {&body, false};
    if (e->kind == FormattedValue_kind) write_replacement(&inner, e);
    else join_fstring(&inner, e->JoinedStr.values, false);
    Object *text = Buf_Finish(&body);
    write(t, "f");
    if (text == NULL || inner.failed) t->failed = true;
    else write_repr(t, text);
    XUnref(text);
}

/* ---- all of it ---- */
static void write_prefixed(Text *t, const char *word, Expr *value, int own, int inner, int level)
{
    open_if(t, level > own);
    write(t, word);
    if (value != NULL) write_expr(t, value, inner);
    close_if(t, level > own);
}

static void write_named(Text *t, Expr *e, int level)
{
    open_if(t, level > P_NAMED);
    write_expr(t, e->NamedExpr.target, P_ATOM);
    write(t, " := ");
    write_expr(t, e->NamedExpr.value, P_ATOM);
    close_if(t, level > P_NAMED);
}

static void write_subscript(Text *t, Expr *e)
{
    write_expr(t, e->Subscript.value, P_ATOM);
    write(t, "[");
    write_expr(t, e->Subscript.slice, P_TUPLE);
    write(t, "]");
}

static void write_any(Text *t, Expr *e, int level)
{
    switch (e->kind) {
    case BoolOp_kind: write_boolop(t, e, level); return;
    case BinOp_kind: write_binop(t, e, level); return;
    case UnaryOp_kind: write_unary(t, e, level); return;
    case Lambda_kind: write_lambda(t, e, level); return;
    case IfExp_kind: write_ternary(t, e, level); return;
    case Dict_kind: write_dict(t, e); return;
    case Set_kind: write(t, "{"); write_list(t, e->Set.elts, P_TEST); write(t, "}"); return;
    case ListComp_kind: write_comprehension(t, "[", e->ListComp.elt, NULL, e->ListComp.generators, "]"); return;
    case SetComp_kind: write_comprehension(t, "{", e->SetComp.elt, NULL, e->SetComp.generators, "}"); return;
    case DictComp_kind: write_comprehension(t, "{", e->DictComp.key, e->DictComp.value, e->DictComp.generators, "}"); return;
    case GeneratorExp_kind: write_comprehension(t, "(", e->GeneratorExp.elt, NULL, e->GeneratorExp.generators, ")"); return;
    case Await_kind: write_prefixed(t, "await ", e->Await.value, P_AWAIT, P_ATOM, level); return;
    case Yield_kind:
        write(t, e->Yield.value == NULL ? "(yield" : "(yield ");
        if (e->Yield.value != NULL) write_expr(t, e->Yield.value, P_TUPLE);
        write(t, ")");
        return;
    case YieldFrom_kind: write(t, "(yield from "); write_expr(t, e->YieldFrom.value, P_TEST); write(t, ")"); return;
    case Compare_kind: write_compare(t, e, level); return;
    case Call_kind: write_call(t, e); return;
    case JoinedStr_kind: case FormattedValue_kind: write_fstring(t, e); return;
    case Constant_kind:
        if (e->Constant.kind != NULL) write(t, "u");
        write_repr(t, e->Constant.value);
        return;
    case Attribute_kind: write_attribute(t, e); return;
    case Starred_kind: write(t, "*"); write_expr(t, e->Starred.value, P_BOR); return;
    case Name_kind: write_str(t, e->Name.id); return;
    case List_kind: write(t, "["); write_list(t, e->List.elts, P_TEST); write(t, "]"); return;
    case Tuple_kind: write_tuple(t, e->Tuple.elts, level); return;
    case Subscript_kind: write_subscript(t, e); return;
    case Slice_kind: write_slice(t, e); return;
    case NamedExpr_kind: write_named(t, e, level); return;
    default: return;
    }
}

static void write_expr(Text *t, Expr *e, int level)
{
    if (t->failed) return;
    if (!Stack_Ok(" during compilation")) t->failed = true;
    else write_any(t, e, level);
}

Object *Unparse(Expr *e)
{
    Buf out;
    Buf_Init(&out);
    Text t = {&out, false};
    write_expr(&t, e, P_TEST);
    if (!t.failed) return Buf_Finish(&out);
    Buf_Free(&out);
    return NULL;
}
