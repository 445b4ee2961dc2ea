/* Code for `match`. A pattern consumes the subject on top of the stack. Captured values stay on the stack until the whole
   pattern has matched, then they are stored; a failure jumps to where as many items are popped as lie there then. */
#include "rabbit.h"
#include "codegen.h"

typedef struct {
    Object *stores;             /* list: the names of the captured values, lowest first */
    int *fail, nfail, cap;      /* fail[n]: the label where n items are popped on the way to the next case */
    int on_top;                 /* items above the captured values */
    bool irrefutable;           /* may a pattern that always matches stand here? */
} Context;

static int gen_pattern(Compiler *c, Context *pc, Pattern *p);

static bool is_wildcard(Pattern *p) { return p->kind == MatchAs_kind && p->MatchAs.name == NULL; }
static bool is_star_wildcard(Pattern *p) { return p->kind == MatchStar_kind && p->MatchStar.name == NULL; }

/* ---- failing ---- */
static int ensure_fail(Compiler *c, Context *pc, int n)
{
    if (n >= pc->cap) {
        int cap = 2 * n + 8, *fail = Arena_Alloc(c->arena, (size_t)cap * sizeof(int));
        if (fail == NULL) return -1;
        Mem_Copy(fail, pc->fail, (size_t)pc->nfail * sizeof(int));
        pc->fail = fail, pc->cap = cap;
    }
    for (; pc->nfail <= n; pc->nfail++) {
        LABEL(label);
        pc->fail[pc->nfail] = label;
    }
    return 0;
}

static int jump_to_fail(Compiler *c, Location at, Context *pc, int op)
{
    int pops = pc->on_top + (int)LIST_LEN(pc->stores);
    TRY(ensure_fail(c, pc, pops));
    return Emit(c, at, op, pc->fail[pops]);
}

static int emit_fail(Compiler *c, Location at, Context *pc)
{
    int n = pc->nfail;
    pc->nfail = 0;
    if (n == 0) return 0;
    while (--n > 0) {
        HERE(pc->fail[n]);
        EMIT(at, POP_TOP, 0);
    }
    HERE(pc->fail[0]);
    return 0;
}

/* ---- captures ---- */
/* The top goes below count - 1 others. */
static int rotate(Compiler *c, Location at, int count)
{
    while (count > 1) EMIT(at, SWAP, count--);
    return 0;
}

static int check_unstored(Compiler *c, Location at, Context *pc, Object *name)
{
    for (Size i = 0; i < LIST_LEN(pc->stores); i++) {
        if (Str_Equal(LIST_ITEM(pc->stores, i), name)) return Compile_Fail(c, at, "multiple assignments to name %R in pattern", name);
    }
    return 0;
}

static int capture(Compiler *c, Location at, Object *name, Context *pc)
{
    if (name == NULL) return Emit(c, at, OP_POP_TOP, 0);
    if (STR_IS(name, "__debug__")) return Compile_Fail(c, at, "cannot assign to __debug__");
    TRY(check_unstored(c, at, pc, name));
    TRY(rotate(c, at, pc->on_top + (int)LIST_LEN(pc->stores) + 1));
    return List_Append(pc->stores, name);
}

static int gen_subpattern(Compiler *c, Context *pc, Pattern *p)
{
    bool old = pc->irrefutable;
    pc->irrefutable = true;
    TRY(gen_pattern(c, pc, p));
    pc->irrefutable = old;
    return 0;
}

static int gen_as(Compiler *c, Context *pc, Pattern *p)
{
    Object *name = p->MatchAs.name;
    if (p->MatchAs.pattern != NULL) {
        pc->on_top++;
        EMIT(p->at, COPY, 1);
        TRY(gen_pattern(c, pc, p->MatchAs.pattern));
        pc->on_top--;
        return capture(c, p->at, name, pc);
    }
    if (!pc->irrefutable && name != NULL) return Compile_Fail(c, p->at, "name capture %R makes remaining patterns unreachable", name);
    if (!pc->irrefutable) return Compile_Fail(c, p->at, "wildcard makes remaining patterns unreachable");
    return capture(c, p->at, name, pc);
}

/* ---- values ---- */
static bool is_value_expr(Expr *e)
{
    return e->kind == Constant_kind || e->kind == Attribute_kind;
}

static int gen_value(Compiler *c, Context *pc, Pattern *p)
{
    if (!is_value_expr(p->MatchValue.value)) return Compile_Fail(c, p->at, "patterns may only match literals and attribute lookups");
    TRY(Gen_Expr(c, p->MatchValue.value));
    TRY(Gen_Compare(c, p->at, Cmp_Eq));
    return jump_to_fail(c, p->at, pc, OP_POP_JUMP_IF_FALSE);
}

static int gen_singleton(Compiler *c, Context *pc, Pattern *p)
{
    CONST(p->at, p->MatchSingleton.value);
    TRY(Gen_Compare(c, p->at, Cmp_Is));
    return jump_to_fail(c, p->at, pc, OP_POP_JUMP_IF_FALSE);
}

/* ---- sequences ---- */
static int check_length(Compiler *c, Location at, Context *pc, Size n, Cmpop op)
{
    EMIT(at, GET_LEN, 0);
    NEW_CONST(at, Int_FromLong((int64_t)n));
    TRY(Gen_Compare(c, at, op));
    return jump_to_fail(c, at, pc, OP_POP_JUMP_IF_FALSE);
}

static int unpack_patterns(Compiler *c, Location at, PatternSeq *s)
{
    Size star = -1;
    for (Size i = 0; i < s->n; i++) {
        if (s->at[i]->kind == MatchStar_kind) star = i;
    }
    if (star < 0) return Emit(c, at, OP_UNPACK_SEQUENCE, (int)s->n);
    Size after = s->n - star - 1;
    if (star >= 1 << 8 || after >= INT32_MAX >> 16) {
        return Compile_Fail(c, at, "too many expressions in star-unpacking sequence pattern");
    }
    return Emit(c, at, OP_UNPACK_EX, (int)(star + (after << 8)));
}

static int sequence_by_unpacking(Compiler *c, Location at, Context *pc, PatternSeq *s)
{
    TRY(unpack_patterns(c, at, s));
    pc->on_top += (int)s->n;
    for (Size i = 0; i < s->n; i++) {
        pc->on_top--;
        TRY(gen_subpattern(c, pc, s->at[i]));
    }
    return 0;
}

/* With `*_` nothing need be unpacked: the items asked for are fetched by index, from the end by the length less some. */
static int sequence_by_index(Compiler *c, Location at, Context *pc, PatternSeq *s, Size star)
{
    pc->on_top++;
    for (Size i = 0; i < s->n; i++) {
        if (i == star || is_wildcard(s->at[i])) continue;
        EMIT(at, COPY, 1);
        if (i < star) {
            NEW_CONST(at, Int_FromLong((int64_t)i));
        } else {
            EMIT(at, GET_LEN, 0);
            NEW_CONST(at, Int_FromLong((int64_t)(s->n - i)));
            TRY(Gen_BinaryOp(c, at, Op_Sub, false));
        }
        EMIT(at, BINARY_SUBSCR, 0);
        TRY(gen_subpattern(c, pc, s->at[i]));
    }
    pc->on_top--;
    return Emit(c, at, OP_POP_TOP, 0);
}

static int gen_sequence(Compiler *c, Context *pc, Pattern *p)
{
    PatternSeq *s = p->MatchSequence.patterns;
    Size star = -1;
    bool only_wildcards = true, star_wildcard = false;
    for (Size i = 0; i < s->n; i++) {
        if (s->at[i]->kind == MatchStar_kind) {
            if (star >= 0) return Compile_Fail(c, p->at, "multiple starred names in sequence pattern");
            star = i, star_wildcard = is_star_wildcard(s->at[i]);
            only_wildcards &= star_wildcard;
        } else {
            only_wildcards &= is_wildcard(s->at[i]);
        }
    }
    pc->on_top++;
    EMIT(p->at, MATCH_SEQUENCE, 0);
    TRY(jump_to_fail(c, p->at, pc, OP_POP_JUMP_IF_FALSE));
    if (star < 0) TRY(check_length(c, p->at, pc, s->n, Cmp_Eq));
    else if (s->n > 1) TRY(check_length(c, p->at, pc, s->n - 1, Cmp_GtE));
    pc->on_top--;
    if (only_wildcards) return Emit(c, p->at, OP_POP_TOP, 0);
    return star_wildcard ? sequence_by_index(c, p->at, pc, s, star) : sequence_by_unpacking(c, p->at, pc, s);
}

/* ---- mappings ---- */
static int gen_keys(Compiler *c, Pattern *p, Object *seen)
{
    ExprSeq *keys = p->MatchMapping.keys;
    for (Size i = 0; i < keys->n; i++) {
        Expr *key = keys->at[i];
        if (key->kind == Constant_kind) {
            int known = Set_Contains(seen, key->Constant.value);
            if (known != 0) return known < 0 ? -1 : Compile_Fail(c, p->at, "mapping pattern checks duplicate key (%R)", key->Constant.value);
            TRY(Set_Add(seen, key->Constant.value));
        } else if (key->kind != Attribute_kind) {
            return Compile_Fail(c, p->at, "mapping pattern keys may only match literals and attribute lookups");
        }
        TRY(Gen_Expr(c, key));
    }
    return 0;
}

/* `**rest`: a copy of the subject without the keys. Stack: subject, keys. */
static int gen_rest(Compiler *c, Location at, int n)
{
    EMIT(at, BUILD_MAP, 0);
    EMIT(at, SWAP, 3);
    EMIT(at, DICT_UPDATE, 2);
    EMIT(at, UNPACK_SEQUENCE, n);
    for (; n > 0; n--) {
        EMIT(at, COPY, 1 + n);
        EMIT(at, SWAP, 2);
        EMIT(at, DELETE_SUBSCR, 0);
    }
    return 0;
}

/* The tuple on top is None where the pattern fails. */
static int fail_if_none(Compiler *c, Location at, Context *pc)
{
    EMIT(at, COPY, 1);
    CONST(at, None);
    EMIT(at, IS_OP, 1);
    return jump_to_fail(c, at, pc, OP_POP_JUMP_IF_FALSE);
}

static int match_keys(Compiler *c, Context *pc, Pattern *p)
{
    PatternSeq *s = p->MatchMapping.patterns;
    Object *seen = Own(c, Set_New(NULL));
    TRY(seen == NULL ? -1 : gen_keys(c, p, seen));
    EMIT(p->at, BUILD_TUPLE, s->n);
    EMIT(p->at, MATCH_KEYS, 0);
    pc->on_top += 2;
    TRY(fail_if_none(c, p->at, pc));
    EMIT(p->at, UNPACK_SEQUENCE, s->n);
    pc->on_top += (int)s->n - 1;
    for (Size i = 0; i < s->n; i++) {
        pc->on_top--;
        TRY(gen_subpattern(c, pc, s->at[i]));
    }
    pc->on_top -= 2;
    return 0;
}

static int gen_mapping(Compiler *c, Context *pc, Pattern *p)
{
    Size n = p->MatchMapping.keys->n;
    Object *rest = p->MatchMapping.rest;
    pc->on_top++;
    EMIT(p->at, MATCH_MAPPING, 0);
    TRY(jump_to_fail(c, p->at, pc, OP_POP_JUMP_IF_FALSE));
    if (n == 0 && rest == NULL) {
        pc->on_top--;
        return Emit(c, p->at, OP_POP_TOP, 0);
    }
    if (n > 0) TRY(check_length(c, p->at, pc, n, Cmp_GtE));
    TRY(match_keys(c, pc, p));
    if (rest != NULL) {
        TRY(gen_rest(c, p->at, (int)n));
        return capture(c, p->at, rest, pc);
    }
    EMIT(p->at, POP_TOP, 0);
    return Emit(c, p->at, OP_POP_TOP, 0);
}

/* ---- classes ---- */
static int check_attributes(Compiler *c, ObjectSeq *names, PatternSeq *patterns)
{
    for (Size i = 0; i < names->n; i++) {
        if (STR_IS(names->at[i], "__debug__")) return Compile_Fail(c, patterns->at[i]->at, "cannot assign to __debug__");
        for (Size j = i + 1; j < names->n; j++) {
            if (Str_Equal(names->at[i], names->at[j])) {
                return Compile_Fail(c, patterns->at[j]->at, "attribute name repeated in class pattern: %U", names->at[i]);
            }
        }
    }
    return 0;
}

static int gen_class(Compiler *c, Context *pc, Pattern *p)
{
    PatternSeq *args = p->MatchClass.patterns, *kwargs = p->MatchClass.kwd_patterns;
    ObjectSeq *names = p->MatchClass.kwd_attrs;
    Size n = args->n + names->n;
    TRY(check_attributes(c, names, kwargs));
    TRY(Gen_Expr(c, p->MatchClass.cls));
    NEW_CONST(p->at, Tuple_From(names->at, names->n));
    EMIT(p->at, MATCH_CLASS, args->n);
    pc->on_top++;
    TRY(fail_if_none(c, p->at, pc));
    EMIT(p->at, UNPACK_SEQUENCE, n);
    pc->on_top += (int)n - 1;
    for (Size i = 0; i < n; i++) {
        Pattern *sub = i < args->n ? args->at[i] : kwargs->at[i - args->n];
        pc->on_top--;
        TRY(is_wildcard(sub) ? Emit(c, p->at, OP_POP_TOP, 0) : gen_subpattern(c, pc, sub));
    }
    return 0;
}

/* ---- alternatives ---- */
static Size index_of(Object *list, Object *name)
{
    for (Size i = 0; i < LIST_LEN(list); i++) {
        if (Str_Equal(LIST_ITEM(list, i), name)) return i;
    }
    return -1;
}

/* The first `from + 1` captures of this alternative go up to `to`, in the list and on the stack. */
static int move_captures(Compiler *c, Location at, Object *stores, Size from, Size to)
{
    Size n = from + 1;
    Object *moved = Own(c, List_New(0));
    if (moved == NULL) return -1;
    for (Size i = 0; i < n; i++) TRY(List_Append(moved, LIST_ITEM(stores, i)));
    TRY(List_SetSlice(stores, 0, n, NULL));
    TRY(List_SetSlice(stores, to - from, to - from, moved));
    for (Size i = 0; i < n; i++) TRY(rotate(c, at, (int)to + 1));
    return 0;
}

/* Every alternative leaves its captures in the order of the first one. */
static int order_captures(Compiler *c, Pattern *p, Location at, Object *stores, Object *control)
{
    if (LIST_LEN(stores) != LIST_LEN(control)) return Compile_Fail(c, p->at, "alternative patterns bind different names");
    for (Size to = LIST_LEN(control) - 1; to >= 0; to--) {
        Size from = index_of(stores, LIST_ITEM(control, to));
        if (from < 0) return Compile_Fail(c, p->at, "alternative patterns bind different names");
        if (from != to) TRY(move_captures(c, at, stores, from, to));
    }
    return 0;
}

static int gen_alternative(Compiler *c, Context *outer, Pattern *p, Size i, int end, Object **control)
{
    Pattern *alt = p->MatchOr.patterns->at[i];
    Context pc = {.stores = Own(c, List_New(0)), .irrefutable = i == p->MatchOr.patterns->n - 1 && outer->irrefutable};
    if (pc.stores == NULL) return -1;
    EMIT(alt->at, COPY, 1);
    TRY(gen_pattern(c, &pc, alt));
    if (*control == NULL) *control = pc.stores;
    else TRY(order_captures(c, p, alt->at, pc.stores, *control));
    EMIT(alt->at, JUMP, end);
    return emit_fail(c, alt->at, &pc);
}

static int gen_or(Compiler *c, Context *pc, Pattern *p)
{
    Object *control = NULL;
    LABEL(end);
    for (Size i = 0; i < p->MatchOr.patterns->n; i++) TRY(gen_alternative(c, pc, p, i, end, &control));
    EMIT(p->at, POP_TOP, 0);
    TRY(jump_to_fail(c, p->at, pc, OP_JUMP));
    HERE(end);
    int rotations = (int)LIST_LEN(control) + 1 + pc->on_top + (int)LIST_LEN(pc->stores);
    for (Size i = 0; i < LIST_LEN(control); i++) {
        TRY(rotate(c, p->at, rotations));
        TRY(check_unstored(c, p->at, pc, LIST_ITEM(control, i)));
        TRY(List_Append(pc->stores, LIST_ITEM(control, i)));
    }
    return Emit(c, p->at, OP_POP_TOP, 0);
}

static int gen_pattern(Compiler *c, Context *pc, Pattern *p)
{
    if (!Stack_Ok(" during compilation")) return -1;
    switch (p->kind) {
    case MatchValue_kind: return gen_value(c, pc, p);
    case MatchSingleton_kind: return gen_singleton(c, pc, p);
    case MatchSequence_kind: return gen_sequence(c, pc, p);
    case MatchMapping_kind: return gen_mapping(c, pc, p);
    case MatchClass_kind: return gen_class(c, pc, p);
    case MatchStar_kind: return capture(c, p->at, p->MatchStar.name, pc);
    case MatchAs_kind: return gen_as(c, pc, p);
    default: return gen_or(c, pc, p);
    }
}

/* ---- the statement ---- */
/* keep: other cases follow, which need the subject too. */
static int gen_case(Compiler *c, MatchCase *m, bool keep, bool last, int end)
{
    Location at = m->pattern->at;
    Context pc = {.stores = Own(c, List_New(0)), .irrefutable = m->guard != NULL || last};
    if (pc.stores == NULL) return -1;
    if (keep) EMIT(at, COPY, 1);
    TRY(gen_pattern(c, &pc, m->pattern));
    for (Size i = 0; i < LIST_LEN(pc.stores); i++) TRY(Name_Emit(c, at, LIST_ITEM(pc.stores, i), Ctx_Store));
    if (m->guard != NULL) {
        TRY(ensure_fail(c, &pc, 0));
        TRY(Gen_JumpIf(c, at, m->guard, pc.fail[0], false));
    }
    if (keep) EMIT(at, POP_TOP, 0);
    TRY(Gen_Stmts(c, m->body, 0));
    EMIT(NOWHERE, JUMP, end);
    return emit_fail(c, at, &pc);
}

/* A last `case _` needs no subject. */
static int gen_default(Compiler *c, MatchCase *m, int end)
{
    EMIT(m->pattern->at, NOP, 0);
    if (m->guard != NULL) TRY(Gen_JumpIf(c, m->pattern->at, m->guard, end, false));
    return Gen_Stmts(c, m->body, 0);
}

int Gen_Match(Compiler *c, Stmt *s)
{
    MatchCaseSeq *cases = s->Match.cases;
    Pattern *last = cases->at[cases->n - 1]->pattern;
    bool has_default = cases->n > 1 && is_wildcard(last) && last->MatchAs.pattern == NULL;
    Size n = cases->n - has_default;
    LABEL(end);
    TRY(Gen_Expr(c, s->Match.subject));
    for (Size i = 0; i < n; i++) TRY(gen_case(c, cases->at[i], i < n - 1, i == cases->n - 1, end));
    if (has_default) TRY(gen_default(c, cases->at[n], end));
    HERE(end);
    return 0;
}
