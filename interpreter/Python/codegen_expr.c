/* Code for expressions. Every function leaves its value on top of the stack, or says what it leaves. */
#include "rabbit.h"
#include "codegen.h"

int Gen_Exprs(Compiler *c, ExprSeq *s)
{
    for (Size i = 0; i < s->n; i++) TRY(Gen_Expr(c, s->at[i]));
    return 0;
}

/* ---- operators ---- */
int Gen_BinaryOp(Compiler *c, Location at, Operator op, bool inplace)
{
    static const int args[] = {
        [Op_Add] = NB_OP_ADD, [Op_Sub] = NB_OP_SUBTRACT, [Op_Mult] = NB_OP_MULTIPLY, [Op_MatMult] = NB_OP_MATRIX_MULTIPLY,
        [Op_Div] = NB_OP_TRUE_DIVIDE, [Op_Mod] = NB_OP_REMAINDER, [Op_Pow] = NB_OP_POWER, [Op_LShift] = NB_OP_LSHIFT,
        [Op_RShift] = NB_OP_RSHIFT, [Op_BitOr] = NB_OP_OR, [Op_BitXor] = NB_OP_XOR, [Op_BitAnd] = NB_OP_AND,
        [Op_FloorDiv] = NB_OP_FLOOR_DIVIDE};
    return Emit(c, at, OP_BINARY_OP, args[op] + (inplace ? NB_OP_INPLACE : 0));
}

int Gen_Compare(Compiler *c, Location at, Cmpop op)
{
    static const struct { int op, arg; } rows[] = {
        [Cmp_Lt] = {OP_COMPARE_OP, CMP_LT << 4}, [Cmp_LtE] = {OP_COMPARE_OP, CMP_LE << 4},
        [Cmp_Eq] = {OP_COMPARE_OP, CMP_EQ << 4}, [Cmp_NotEq] = {OP_COMPARE_OP, CMP_NE << 4},
        [Cmp_Gt] = {OP_COMPARE_OP, CMP_GT << 4}, [Cmp_GtE] = {OP_COMPARE_OP, CMP_GE << 4},
        [Cmp_Is] = {OP_IS_OP, 0}, [Cmp_IsNot] = {OP_IS_OP, 1}, [Cmp_In] = {OP_CONTAINS_OP, 0}, [Cmp_NotIn] = {OP_CONTAINS_OP, 1}};
    return Emit(c, at, rows[op].op, rows[op].arg);
}

static int gen_unary(Compiler *c, Expr *e)
{
    TRY(Gen_Expr(c, e->UnaryOp.operand));
    switch (e->UnaryOp.op) {
    case Unary_Invert: return Emit(c, e->at, OP_UNARY_INVERT, 0);
    case Unary_Not: return Emit(c, e->at, OP_UNARY_NOT, 0);
    case Unary_USub: return Emit(c, e->at, OP_UNARY_NEGATIVE, 0);
    default: return Emit(c, e->at, OP_CALL_INTRINSIC_1, INTRINSIC_1_UNARY_POSITIVE);
    }
}

static int gen_boolop(Compiler *c, Expr *e)
{
    ExprSeq *values = e->BoolOp.values;
    int op = e->BoolOp.op == Bool_And ? OP_POP_JUMP_IF_FALSE : OP_POP_JUMP_IF_TRUE;
    LABEL(end);
    for (Size i = 0; i < values->n - 1; i++) {
        TRY(Gen_Expr(c, values->at[i]));
        EMIT(e->at, COPY, 1);
        TRY(Emit(c, e->at, op, end));
        EMIT(e->at, POP_TOP, 0);
    }
    TRY(Gen_Expr(c, values->at[values->n - 1]));
    HERE(end);
    return 0;
}

/* The left side is kept for the next comparison while the result of this one is looked at. */
static int gen_chain_link(Compiler *c, Expr *e, Size i)
{
    TRY(Gen_Expr(c, e->Compare.comparators->at[i]));
    EMIT(e->at, SWAP, 2);
    EMIT(e->at, COPY, 2);
    return Gen_Compare(c, e->at, e->Compare.ops->at[i]);
}

static int gen_chain(Compiler *c, Expr *e, Size last)
{
    LABEL(cleanup);
    for (Size i = 0; i < last; i++) {
        TRY(gen_chain_link(c, e, i));
        EMIT(e->at, COPY, 1);
        EMIT(e->at, POP_JUMP_IF_FALSE, cleanup);
        EMIT(e->at, POP_TOP, 0);
    }
    TRY(Gen_Expr(c, e->Compare.comparators->at[last]));
    TRY(Gen_Compare(c, e->at, e->Compare.ops->at[last]));
    LABEL(end);
    EMIT(NOWHERE, JUMP, end);
    HERE(cleanup);
    EMIT(e->at, SWAP, 2);
    EMIT(e->at, POP_TOP, 0);
    HERE(end);
    return 0;
}

static int gen_compare(Compiler *c, Expr *e)
{
    Size last = e->Compare.ops->n - 1;
    TRY(Warn_Compare(c, e));
    TRY(Gen_Expr(c, e->Compare.left));
    if (last > 0) return gen_chain(c, e, last);
    TRY(Gen_Expr(c, e->Compare.comparators->at[0]));
    return Gen_Compare(c, e->at, e->Compare.ops->at[0]);
}

/* ---- jumps on a condition ---- */
static int jump_if_boolop(Compiler *c, Location at, Expr *e, int label, bool when)
{
    ExprSeq *values = e->BoolOp.values;
    bool decides = e->BoolOp.op == Bool_Or;             /* the truth that ends the evaluation early */
    int early = label;
    if (decides != when && (early = Label_New(c)) < 0) return -1;
    for (Size i = 0; i < values->n - 1; i++) TRY(Gen_JumpIf(c, at, values->at[i], early, decides));
    TRY(Gen_JumpIf(c, at, values->at[values->n - 1], label, when));
    if (early != label) HERE(early);
    return 0;
}

static int jump_if_ternary(Compiler *c, Location at, Expr *e, int label, bool when)
{
    LABEL(end);
    LABEL(orelse);
    TRY(Gen_JumpIf(c, at, e->IfExp.test, orelse, false));
    TRY(Gen_JumpIf(c, at, e->IfExp.body, label, when));
    EMIT(NOWHERE, JUMP, end);
    HERE(orelse);
    TRY(Gen_JumpIf(c, at, e->IfExp.orelse, label, when));
    HERE(end);
    return 0;
}

static int jump_if_chain(Compiler *c, Expr *e, int label, bool when)
{
    Size last = e->Compare.ops->n - 1;
    LABEL(cleanup);
    TRY(Warn_Compare(c, e));
    TRY(Gen_Expr(c, e->Compare.left));
    for (Size i = 0; i < last; i++) {
        TRY(gen_chain_link(c, e, i));
        EMIT(e->at, POP_JUMP_IF_FALSE, cleanup);
    }
    TRY(Gen_Expr(c, e->Compare.comparators->at[last]));
    TRY(Gen_Compare(c, e->at, e->Compare.ops->at[last]));
    TRY(Emit(c, e->at, when ? OP_POP_JUMP_IF_TRUE : OP_POP_JUMP_IF_FALSE, label));
    LABEL(end);
    EMIT(NOWHERE, JUMP, end);
    HERE(cleanup);
    EMIT(e->at, POP_TOP, 0);
    if (!when) EMIT(NOWHERE, JUMP, label);
    HERE(end);
    return 0;
}

/* Leaves nothing: goes to `label` when the truth of e is `when`, else on. */
int Gen_JumpIf(Compiler *c, Location at, Expr *e, int label, bool when)
{
    if (!Stack_Ok(" during compilation")) return -1;
    if (e->kind == UnaryOp_kind && e->UnaryOp.op == Unary_Not) return Gen_JumpIf(c, at, e->UnaryOp.operand, label, !when);
    if (e->kind == BoolOp_kind) return jump_if_boolop(c, at, e, label, when);
    if (e->kind == IfExp_kind) return jump_if_ternary(c, at, e, label, when);
    if (e->kind == Compare_kind && e->Compare.ops->n > 1) return jump_if_chain(c, e, label, when);
    TRY(Gen_Expr(c, e));
    return Emit(c, e->at, when ? OP_POP_JUMP_IF_TRUE : OP_POP_JUMP_IF_FALSE, label);
}

static int gen_ternary(Compiler *c, Expr *e)
{
    LABEL(end);
    LABEL(orelse);
    TRY(Gen_JumpIf(c, e->at, e->IfExp.test, orelse, false));
    TRY(Gen_Expr(c, e->IfExp.body));
    EMIT(NOWHERE, JUMP, end);
    HERE(orelse);
    TRY(Gen_Expr(c, e->IfExp.orelse));
    HERE(end);
    return 0;
}

/* ---- displays ---- */
static bool all_constant(ExprSeq *s, Size from, Size to)
{
    for (Size i = from; i < to; i++) {
        if (s->at[i] == NULL || s->at[i]->kind != Constant_kind) return false;
    }
    return true;
}

static Object *tuple_of_constants(ExprSeq *s, Size from, Size to)
{
    Object *t = Tuple_New(to - from);
    for (Size i = from; t != NULL && i < to; i++) TUPLE_ITEM(t, i - from) = Ref(s->at[i]->Constant.value);
    return t;
}

/* A tuple of unknown length is a list until it is complete. */
typedef struct { int build, add, extend; bool tuple; } Display;

static Display display_of(int kind)
{
    if (kind == OP_BUILD_SET) return (Display){OP_BUILD_SET, OP_SET_ADD, OP_SET_UPDATE, false};
    return (Display){OP_BUILD_LIST, OP_LIST_APPEND, OP_LIST_EXTEND, kind == OP_BUILD_TUPLE};
}

static int gen_constant_display(Compiler *c, Location at, ExprSeq *elts, int pushed, Display d)
{
    Object *all = Own(c, tuple_of_constants(elts, 0, elts->n));
    if (all != NULL && d.build == OP_BUILD_SET) all = Own(c, FrozenSet_New(all));
    if (all == NULL) return -1;
    if (d.tuple && pushed == 0) return Emit_Const(c, at, all);
    TRY(Emit(c, at, d.build, pushed));
    CONST(at, all);
    TRY(Emit(c, at, d.extend, 1));
    return d.tuple ? Emit(c, at, OP_CALL_INTRINSIC_1, INTRINSIC_1_LIST_TO_TUPLE) : 0;
}

static int gen_growing_display(Compiler *c, Location at, ExprSeq *elts, int pushed, Display d, bool big)
{
    bool built = big;
    if (big) TRY(Emit(c, at, d.build, pushed));
    for (Size i = 0; i < elts->n; i++) {
        Expr *e = elts->at[i];
        bool star = e->kind == Starred_kind;
        if (star && !built) TRY(Emit(c, at, d.build, (int)i + pushed));
        built |= star;
        TRY(Gen_Expr(c, star ? e->Starred.value : e));
        if (built) TRY(Emit(c, at, star ? d.extend : d.add, 1));
    }
    return d.tuple ? Emit(c, at, OP_CALL_INTRINSIC_1, INTRINSIC_1_LIST_TO_TUPLE) : 0;
}

static bool any_starred(ExprSeq *s)
{
    for (Size i = 0; i < s->n; i++) {
        if (s->at[i]->kind == Starred_kind) return true;
    }
    return false;
}

/* `pushed` items lie on the stack already and come first. */
int Gen_Elements(Compiler *c, Location at, ExprSeq *elts, int pushed, int kind)
{
    Display d = display_of(kind);
    if (elts->n > 2 && all_constant(elts, 0, elts->n)) return gen_constant_display(c, at, elts, pushed, d);
    bool big = elts->n + pushed > STACK_GUIDELINE;
    if (big || any_starred(elts)) return gen_growing_display(c, at, elts, pushed, d, big);
    TRY(Gen_Exprs(c, elts));
    return Emit(c, at, kind, (int)elts->n + pushed);
}

static int gen_pairs(Compiler *c, Expr *e, Size from, Size to)
{
    ExprSeq *keys = e->Dict.keys, *values = e->Dict.values;
    Size n = to - from;
    bool big = n * 2 > STACK_GUIDELINE;
    if (n > 1 && !big && all_constant(keys, from, to)) {
        for (Size i = from; i < to; i++) TRY(Gen_Expr(c, values->at[i]));
        NEW_CONST(e->at, tuple_of_constants(keys, from, to));
        return Emit(c, e->at, OP_BUILD_CONST_KEY_MAP, (int)n);
    }
    if (big) EMIT(e->at, BUILD_MAP, 0);
    for (Size i = from; i < to; i++) {
        TRY(Gen_Expr(c, keys->at[i]));
        TRY(Gen_Expr(c, values->at[i]));
        if (big) EMIT(e->at, MAP_ADD, 1);
    }
    return big ? 0 : Emit(c, e->at, OP_BUILD_MAP, (int)n);
}

/* The pairs from..to join the dict, or are its beginning. */
static int gen_more_pairs(Compiler *c, Expr *e, Size from, Size to, bool *have)
{
    if (from == to) return 0;
    TRY(gen_pairs(c, e, from, to));
    if (*have) EMIT(e->at, DICT_UPDATE, 1);
    *have = true;
    return 0;
}

static int gen_dict(Compiler *c, Expr *e)
{
    Size n = e->Dict.values->n, begin = 0;
    bool have = false;
    for (Size i = 0; i < n; i++) {
        if (e->Dict.keys->at[i] == NULL) {
            TRY(gen_more_pairs(c, e, begin, i, &have));
            if (!have) EMIT(e->at, BUILD_MAP, 0);
            have = true;
            TRY(Gen_Expr(c, e->Dict.values->at[i]));
            EMIT(e->at, DICT_UPDATE, 1);
            begin = i + 1;
        } else if ((i - begin) * 2 > STACK_GUIDELINE) {
            TRY(gen_more_pairs(c, e, begin, i + 1, &have));
            begin = i + 1;
        }
    }
    TRY(gen_more_pairs(c, e, begin, n, &have));
    return have ? 0 : Emit(c, e->at, OP_BUILD_MAP, 0);
}

/* `a, *b, c = ...` */
static int gen_unpack(Compiler *c, Location at, ExprSeq *elts)
{
    bool star = false;
    for (Size i = 0; i < elts->n; i++) {
        if (elts->at[i]->kind != Starred_kind) continue;
        if (star) return Compile_Fail(c, at, "multiple starred expressions in assignment");
        Size after = elts->n - i - 1;
        if (i >= 1 << 8 || after >= INT32_MAX >> 16) return Compile_Fail(c, at, "too many expressions in star-unpacking assignment");
        EMIT(at, UNPACK_EX, i + (after << 8));
        star = true;
    }
    if (!star) EMIT(at, UNPACK_SEQUENCE, elts->n);
    for (Size i = 0; i < elts->n; i++) {
        Expr *e = elts->at[i];
        TRY(Gen_Expr(c, e->kind == Starred_kind ? e->Starred.value : e));
    }
    return 0;
}

static int gen_sequence(Compiler *c, Expr *e, ExprSeq *elts, ExprContext ctx, int kind)
{
    if (ctx == Ctx_Store) return gen_unpack(c, e->at, elts);
    return ctx == Ctx_Load ? Gen_Elements(c, e->at, elts, 0, kind) : Gen_Exprs(c, elts);
}

/* ---- strings ---- */
static int gen_joined(Compiler *c, Expr *e)
{
    ExprSeq *values = e->JoinedStr.values;
    if (values->n <= STACK_GUIDELINE) {
        TRY(Gen_Exprs(c, values));
        return values->n == 1 ? 0 : Emit(c, e->at, OP_BUILD_STRING, (int)values->n);
    }
    CONST(e->at, interp.empty_str);
    TRY(Emit_Attr(c, e->at, OP_LOAD_ATTR, ID(join), 1, 1));
    EMIT(e->at, BUILD_LIST, 0);
    for (Size i = 0; i < values->n; i++) {
        TRY(Gen_Expr(c, values->at[i]));
        EMIT(e->at, LIST_APPEND, 1);
    }
    return Emit(c, e->at, OP_CALL, 1);
}

static int gen_formatted(Compiler *c, Expr *e)
{
    int how = e->FormattedValue.conversion;
    int arg = how == 's' ? 1 : how == 'r' ? 2 : how == 'a' ? 3 : 0;
    TRY(Gen_Expr(c, e->FormattedValue.value));
    if (e->FormattedValue.format_spec != NULL) {
        TRY(Gen_Expr(c, e->FormattedValue.format_spec));
        arg |= 4;
    }
    return Emit(c, e->at, OP_FORMAT_VALUE, arg);
}

/* ---- attributes, items ---- */
/* An attribute on a later line than its object begins is at the attribute's name. */
Location Attr_Location(Location at, Expr *a)
{
    if (at.line == a->at.end_line) return at;
    at.line = a->at.end_line;
    Size len = STR_LEN(a->Attribute.attr);
    if (len <= a->at.end_col) at.col = a->at.end_col - (int)len;
    else at.col = at.end_col = -1;
    return at;
}

/* 1 when `a` is an attribute of super() or super(x, y) that needs no super object: `super` is the built-in one and, with
   no arguments, there are a first argument and the cell __class__. */
static int is_plain_super(Compiler *c, Expr *a)
{
    Expr *call = a->Attribute.value;
    if (call->kind != Call_kind || call->Call.func->kind != Name_kind || !STR_IS(call->Call.func->Name.id, "super")) return 0;
    if (call->Call.keywords->n > 0 || STR_IS(a->Attribute.attr, "__class__") || any_starred(call->Call.args)) return 0;
    Object *super = call->Call.func->Name.id;
    int flags, top = Scope_Flags(c->top, super);
    Place place = Name_Place(c, super, &flags);
    if (flags < 0 || top < 0) return -1;
    if (place != PLACE_GLOBAL_IMPLICIT || Place_Of(top) != PLACE_UNKNOWN) return 0;
    if (call->Call.args->n != 0) return call->Call.args->n == 2;
    if (c->unit->argcount == 0) return 0;
    place = Name_Place(c, ID(__class__), &flags);
    return flags < 0 ? -1 : place == PLACE_FREE;
}

/* Pushes super, the class, and the object. */
static int gen_super_parts(Compiler *c, Expr *call)
{
    TRY(Name_Emit(c, call->Call.func->at, call->Call.func->Name.id, Ctx_Load));
    if (call->Call.args->n == 2) return Gen_Exprs(c, call->Call.args);
    TRY(Name_Emit(c, call->at, ID(__class__), Ctx_Load));
    return Name_Emit(c, call->at, LIST_ITEM(c->unit->scope->params, 0), Ctx_Load);
}

static int gen_super_attribute(Compiler *c, Expr *a, bool method)
{
    Expr *call = a->Attribute.value;
    TRY(gen_super_parts(c, call));
    TRY(Emit_Attr(c, a->at, OP_LOAD_SUPER_ATTR, a->Attribute.attr, (call->Call.args->n == 2 ? 2 : 0) | method, 2));
    return Emit(c, Attr_Location(a->at, a), OP_NOP, 0);
}

static int gen_attribute(Compiler *c, Expr *e)
{
    if (e->Attribute.ctx == Ctx_Load) {
        int super = is_plain_super(c, e);
        if (super != 0) return super < 0 ? -1 : gen_super_attribute(c, e, false);
    }
    TRY(Gen_Expr(c, e->Attribute.value));
    Location at = Attr_Location(e->at, e);
    switch (e->Attribute.ctx) {
    case Ctx_Load: return Emit_Attr(c, at, OP_LOAD_ATTR, e->Attribute.attr, 0, 1);
    case Ctx_Del: return Emit_Attr(c, at, OP_DELETE_ATTR, e->Attribute.attr, 0, 0);
    default:
        if (STR_IS(e->Attribute.attr, "__debug__")) return Compile_Fail(c, e->at, "cannot assign to __debug__");
        return Emit_Attr(c, at, OP_STORE_ATTR, e->Attribute.attr, 0, 0);
    }
}

bool Is_TwoPartSlice(Expr *e) { return e->kind == Slice_kind && e->Slice.step == NULL; }

int Gen_Slice(Compiler *c, Expr *e)
{
    Expr *const parts[] = {e->Slice.lower, e->Slice.upper};
    for (int i = 0; i < 2; i++) {
        if (parts[i] != NULL) TRY(Gen_Expr(c, parts[i]));
        else CONST(e->at, None);
    }
    if (e->Slice.step == NULL) return 2;
    TRY(Gen_Expr(c, e->Slice.step));
    return 3;
}

static int gen_subscript(Compiler *c, Expr *e)
{
    static const int ops[] = {OP_BINARY_SUBSCR, OP_STORE_SUBSCR, OP_DELETE_SUBSCR};
    Expr *slice = e->Subscript.slice;
    ExprContext ctx = e->Subscript.ctx;
    if (ctx == Ctx_Load) TRY(Warn_Subscript(c, e));
    TRY(Gen_Expr(c, e->Subscript.value));
    if (ctx != Ctx_Del && Is_TwoPartSlice(slice)) {
        TRY(Gen_Slice(c, slice));
        return Emit(c, e->at, ctx == Ctx_Load ? OP_BINARY_SLICE : OP_STORE_SLICE, 0);
    }
    TRY(Gen_Expr(c, slice));
    return Emit(c, e->at, ops[ctx], 0);
}

/* ---- calls ---- */
static int check_keywords(Compiler *c, KeywordSeq *keywords)
{
    for (Size i = 0; i < keywords->n; i++) {
        Keyword *k = keywords->at[i];
        if (k->arg == NULL) continue;
        if (STR_IS(k->arg, "__debug__")) return Compile_Fail(c, k->at, "cannot assign to __debug__");
        for (Size j = i + 1; j < keywords->n; j++) {
            if (keywords->at[j]->arg != NULL && Str_Equal(k->arg, keywords->at[j]->arg)) {
                return Compile_Fail(c, keywords->at[j]->at, "keyword argument repeated: %U", k->arg);
            }
        }
    }
    return 0;
}

static bool any_double_star(KeywordSeq *s)
{
    for (Size i = 0; i < s->n; i++) {
        if (s->at[i]->arg == NULL) return true;
    }
    return false;
}

static Object *keyword_names(KeywordSeq *s, Size from, Size to)
{
    Object *names = Tuple_New(to - from);
    for (Size i = from; names != NULL && i < to; i++) TUPLE_ITEM(names, i - from) = Ref(s->at[i]->arg);
    return names;
}

/* Values on the stack, their names beside. */
static int gen_keywords(Compiler *c, Location at, KeywordSeq *s)
{
    if (s->n == 0) return 0;
    for (Size i = 0; i < s->n; i++) TRY(Gen_Expr(c, s->at[i]->value));
    Object *names = Own(c, keyword_names(s, 0, s->n));
    int index = names == NULL ? -1 : Const_Index(c, names);
    return index < 0 ? -1 : Emit(c, at, OP_KW_NAMES, index);
}

/* A dict of the keywords from..to. */
static int gen_keyword_dict(Compiler *c, Location at, KeywordSeq *s, Size from, Size to)
{
    Size n = to - from;
    bool big = n * 2 > STACK_GUIDELINE;
    if (n > 1 && !big) {
        for (Size i = from; i < to; i++) TRY(Gen_Expr(c, s->at[i]->value));
        NEW_CONST(at, keyword_names(s, from, to));
        return Emit(c, at, OP_BUILD_CONST_KEY_MAP, (int)n);
    }
    if (big) EMIT(NOWHERE, BUILD_MAP, 0);
    for (Size i = from; i < to; i++) {
        CONST(at, s->at[i]->arg);
        TRY(Gen_Expr(c, s->at[i]->value));
        if (big) EMIT(NOWHERE, MAP_ADD, 1);
    }
    return big ? 0 : Emit(c, at, OP_BUILD_MAP, (int)n);
}

static int gen_more_keywords(Compiler *c, Location at, KeywordSeq *s, Size from, Size to, bool *have)
{
    if (from == to) return 0;
    TRY(gen_keyword_dict(c, at, s, from, to));
    if (*have) EMIT(at, DICT_MERGE, 1);
    *have = true;
    return 0;
}

static int gen_merged_keywords(Compiler *c, Location at, KeywordSeq *s)
{
    bool have = false;
    Size begin = 0;
    for (Size i = 0; i < s->n; i++) {
        if (s->at[i]->arg != NULL) continue;
        TRY(gen_more_keywords(c, at, s, begin, i, &have));
        if (!have) EMIT(at, BUILD_MAP, 0);
        have = true;
        TRY(Gen_Expr(c, s->at[i]->value));
        EMIT(at, DICT_MERGE, 1);
        begin = i + 1;
    }
    return gen_more_keywords(c, at, s, begin, s->n, &have);
}

static int gen_call_ex(Compiler *c, Location at, int already, ExprSeq *args, KeywordSeq *keywords)
{
    if (already == 0 && args->n == 1 && args->at[0]->kind == Starred_kind) TRY(Gen_Expr(c, args->at[0]->Starred.value));
    else TRY(Gen_Elements(c, at, args, already, OP_BUILD_TUPLE));
    if (keywords->n > 0) TRY(gen_merged_keywords(c, at, keywords));
    return Emit(c, at, OP_CALL_FUNCTION_EX, keywords->n > 0);
}

/* `already` positional arguments lie on the stack, above the function. */
int Gen_Call(Compiler *c, Location at, int already, ExprSeq *args, KeywordSeq *keywords)
{
    TRY(check_keywords(c, keywords));
    if (args->n + keywords->n * 2 > STACK_GUIDELINE || any_starred(args) || any_double_star(keywords)) {
        return gen_call_ex(c, at, already, args, keywords);
    }
    TRY(Gen_Exprs(c, args));
    TRY(gen_keywords(c, at, keywords));
    return Emit(c, at, OP_CALL, already + (int)(args->n + keywords->n));
}

static int imported(Compiler *c, Expr *e)
{
    int flags = e->kind == Name_kind ? Scope_Flags(c->top, e->Name.id) : 0;
    return flags < 0 ? -1 : (flags & DEF_IMPORT) != 0;
}

/* 1: e calls a method, and the pair (method, self) can be had without making a bound method. */
static int is_method_call(Compiler *c, Expr *e)
{
    Expr *m = e->Call.func;
    ExprSeq *args = e->Call.args;
    KeywordSeq *keywords = e->Call.keywords;
    if (m->kind != Attribute_kind || m->Attribute.ctx != Ctx_Load) return 0;
    if (args->n + keywords->n + (keywords->n != 0) >= STACK_GUIDELINE || any_starred(args) || any_double_star(keywords)) return 0;
    int module = imported(c, m->Attribute.value);
    return module < 0 ? -1 : !module;
}

static int gen_method_call(Compiler *c, Expr *e)
{
    Expr *m = e->Call.func;
    Location at = Attr_Location(m->at, m);
    int super = is_plain_super(c, m);
    TRY(super);
    if (super) {
        TRY(gen_super_attribute(c, m, true));
    } else {
        TRY(Gen_Expr(c, m->Attribute.value));
        TRY(Emit_Attr(c, at, OP_LOAD_ATTR, m->Attribute.attr, 1, 1));
    }
    TRY(Gen_Exprs(c, e->Call.args));
    TRY(gen_keywords(c, at, e->Call.keywords));
    return Emit(c, Attr_Location(e->at, m), OP_CALL, (int)(e->Call.args->n + e->Call.keywords->n));
}

static int gen_call(Compiler *c, Expr *e)
{
    TRY(check_keywords(c, e->Call.keywords));
    int method = is_method_call(c, e);
    if (method != 0) return method < 0 ? -1 : gen_method_call(c, e);
    TRY(Warn_Called(c, e->Call.func));
    EMIT(e->Call.func->at, PUSH_NULL, 0);
    TRY(Gen_Expr(c, e->Call.func));
    return Gen_Call(c, e->at, 0, e->Call.args, e->Call.keywords);
}

/* ---- generators and coroutines ---- */
/* The iterator and None lie on the stack; its result will. */
int Gen_YieldFrom(Compiler *c, Location at, bool await)
{
    LABEL(send);
    LABEL(fail);
    LABEL(exit);
    HERE(send);
    EMIT(at, SEND, exit);
    EMIT(at, SETUP_FINALLY, fail);
    EMIT(at, YIELD_VALUE, 0);
    EMIT(NOWHERE, POP_BLOCK, 0);
    EMIT(at, RESUME, await ? 3 : 2);
    EMIT(at, JUMP_NO_INTERRUPT, send);
    HERE(fail);
    EMIT(at, CLEANUP_THROW, 0);
    HERE(exit);
    return Emit(c, at, OP_END_SEND, 0);
}

/* `where`: 0 await, 1 after __aenter__, 2 after __aexit__ */
int Gen_Await(Compiler *c, Location at, int where)
{
    EMIT(at, GET_AWAITABLE, where);
    CONST(at, None);
    return Gen_YieldFrom(c, at, true);
}

static int gen_yield(Compiler *c, Expr *e)
{
    if (!Scope_IsFunction(c->unit->scope)) return Compile_Fail(c, e->at, "'yield' outside function");
    if (e->Yield.value != NULL) TRY(Gen_Expr(c, e->Yield.value));
    else CONST(e->at, None);
    return Gen_Yield(c, e->at);
}

int Gen_Yield(Compiler *c, Location at)
{
    Scope *s = c->unit->scope;
    if (s->generator && s->coroutine) EMIT(at, CALL_INTRINSIC_1, INTRINSIC_1_ASYNC_GEN_WRAP);
    EMIT(at, YIELD_VALUE, 0);
    return Emit(c, at, OP_RESUME, 1);
}

static int gen_yield_from(Compiler *c, Expr *e)
{
    if (!Scope_IsFunction(c->unit->scope)) return Compile_Fail(c, e->at, "'yield' outside function");
    if (c->unit->kind == UNIT_ASYNC_FUNCTION) return Compile_Fail(c, e->at, "'yield from' inside async function");
    TRY(Gen_Expr(c, e->YieldFrom.value));
    EMIT(e->at, GET_YIELD_FROM_ITER, 0);
    CONST(e->at, None);
    return Gen_YieldFrom(c, e->at, false);
}

static int gen_await(Compiler *c, Expr *e)
{
    if (!Scope_IsFunction(c->unit->scope)) return Compile_Fail(c, e->at, "'await' outside function");
    if (c->unit->kind != UNIT_ASYNC_FUNCTION && c->unit->kind != UNIT_COMPREHENSION) {
        return Compile_Fail(c, e->at, "'await' outside async function");
    }
    TRY(Gen_Expr(c, e->Await.value));
    return Gen_Await(c, e->at, 0);
}

/* ---- the rest ---- */
static int gen_named(Compiler *c, Expr *e)
{
    TRY(Gen_Expr(c, e->NamedExpr.value));
    EMIT(e->at, COPY, 1);
    return Gen_Expr(c, e->NamedExpr.target);
}

static int gen_slice_object(Compiler *c, Expr *e)
{
    int n = Gen_Slice(c, e);
    return n < 0 ? -1 : Emit(c, e->at, OP_BUILD_SLICE, n);
}

static int gen_starred(Compiler *c, Expr *e)
{
    return Compile_Fail(c, e->at, e->Starred.ctx == Ctx_Store ? "starred assignment target must be in a list or tuple"
                                                               : "can't use starred expression here");
}

static int gen_any(Compiler *c, Expr *e)
{
    switch (e->kind) {
    case BoolOp_kind: return gen_boolop(c, e);
    case NamedExpr_kind: return gen_named(c, e);
    case BinOp_kind:
        TRY(Gen_Expr(c, e->BinOp.left));
        TRY(Gen_Expr(c, e->BinOp.right));
        return Gen_BinaryOp(c, e->at, e->BinOp.op, false);
    case UnaryOp_kind: return gen_unary(c, e);
    case Lambda_kind: return Gen_Lambda(c, e);
    case IfExp_kind: return gen_ternary(c, e);
    case Dict_kind: return gen_dict(c, e);
    case Set_kind: return Gen_Elements(c, e->at, e->Set.elts, 0, OP_BUILD_SET);
    case ListComp_kind: case SetComp_kind: case DictComp_kind: case GeneratorExp_kind: return Gen_Comprehension(c, e);
    case Await_kind: return gen_await(c, e);
    case Yield_kind: return gen_yield(c, e);
    case YieldFrom_kind: return gen_yield_from(c, e);
    case Compare_kind: return gen_compare(c, e);
    case Call_kind: return gen_call(c, e);
    case FormattedValue_kind: return gen_formatted(c, e);
    case JoinedStr_kind: return gen_joined(c, e);
    case Constant_kind: return Emit_Const(c, e->at, e->Constant.value);
    case Attribute_kind: return gen_attribute(c, e);
    case Subscript_kind: return gen_subscript(c, e);
    case Starred_kind: return gen_starred(c, e);
    case Name_kind: return Name_Emit(c, e->at, e->Name.id, e->Name.ctx);
    case List_kind: return gen_sequence(c, e, e->List.elts, e->List.ctx, OP_BUILD_LIST);
    case Tuple_kind: return gen_sequence(c, e, e->Tuple.elts, e->Tuple.ctx, OP_BUILD_TUPLE);
    case Slice_kind: return gen_slice_object(c, e);
    default: return Err_Minus(Err_Set(EXC(SystemError), "no code is known for expression kind %d", e->kind));
    }
}

int Gen_Expr(Compiler *c, Expr *e) { return Stack_Ok(" during compilation") ? gen_any(c, e) : -1; }
