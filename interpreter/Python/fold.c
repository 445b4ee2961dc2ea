/* Constant expressions are computed before anything else looks at the tree, children first. What would grow large, or
   raises, is left for run time. The tree is changed in place; new constants belong to its arena. */
#include "rabbit.h"
#include "ast.h"
#include "codegen.h"

enum { MAX_INT_BITS = 128, MAX_ITEMS = 256, MAX_STR = 4096, MAX_TOTAL_ITEMS = 1024, MAX_DIGITS = 3 };
enum { MAX_DEPTH = 2996 };      /* statements and expressions inside each other; what CPython 3.12 compiles */

typedef struct { Arena *arena; int optimize; bool future_annotations; int depth; } Folder;

/* ---- making constants ---- */
static int become(Folder *f, Expr *e, Object *value)
{
    if (value == NULL) {                                /* it raised: let it raise at run time */
        bool stop = Err_Matches(EXC(KeyboardInterrupt)) || Err_Matches(EXC(RecursionError)) || Err_Matches(EXC(MemoryError));
        if (stop) return -1;
        Err_Clear();
        return 0;
    }
    if (Arena_Own(f->arena, value) == NULL) return -1;
    e->kind = Constant_kind;
    e->Constant.value = value, e->Constant.kind = NULL;
    return 0;
}

static bool constant(Expr *e) { return e->kind == Constant_kind; }

static bool any_starred(ExprSeq *s)
{
    for (Size i = 0; i < s->n; i++) {
        if (s->at[i]->kind == Starred_kind) return true;
    }
    return false;
}

/* A new tuple; NULL without an exception when not all are constant. */
static Object *constant_tuple(ExprSeq *s)
{
    for (Size i = 0; i < s->n; i++) {
        if (!constant(s->at[i])) return NULL;
    }
    Object *t = Tuple_New(s->n);
    for (Size i = 0; t != NULL && i < s->n; i++) TUPLE_ITEM(t, i) = Ref(s->at[i]->Constant.value);
    return t;
}

static int fold_sequence(Folder *f, Expr *e, ExprSeq *elts, bool set)
{
    Object *t = constant_tuple(elts);
    if (t == NULL) return Err_Occurred() ? -1 : 0;
    if (set) ASSIGN(t, FrozenSet_New(t));
    return become(f, e, t);
}

/* What is only iterated, or searched by `in`, need not be changeable. */
static int fold_iterable(Folder *f, Expr *e)
{
    if (e->kind == Set_kind) return any_starred(e->Set.elts) ? 0 : fold_sequence(f, e, e->Set.elts, true);
    if (e->kind != List_kind || any_starred(e->List.elts)) return 0;
    ExprSeq *elts = e->List.elts;
    e->kind = Tuple_kind;
    e->Tuple.elts = elts, e->Tuple.ctx = Ctx_Load;
    return fold_sequence(f, e, elts, false);
}

/* ---- operators ---- */
static int64_t clipped(Object *o) { return Int_AsLong(o, &(int){0}); }
static bool is_int(Object *o) { return Int_Check(o); }

/* limit less all items of the tuple and the tuples in it; negative: too many. */
static Size items_left(Object *o, Size limit)
{
    if (!Tuple_Check(o)) return limit;
    limit -= TUPLE_LEN(o);
    for (Size i = 0; limit >= 0 && i < TUPLE_LEN(o); i++) limit = items_left(TUPLE_ITEM(o, i), limit);
    return limit;
}

static bool repeats_too_much(Object *n, Object *sequence)
{
    int64_t count = clipped(n);
    if (Tuple_Check(sequence)) {
        Size len = TUPLE_LEN(sequence);
        if (len == 0) return false;
        return count < 0 || count > MAX_ITEMS / len || (count > 0 && items_left(sequence, MAX_TOTAL_ITEMS / (Size)count) < 0);
    }
    Size len = Str_Check(sequence) ? STR_LEN(sequence) : ((Bytes *)sequence)->len;
    return len > 0 && (count < 0 || count > MAX_STR / len);
}

static bool is_sequence(Object *o) { return Tuple_Check(o) || Str_Check(o) || Bytes_Check(o); }
static bool is_zero(Object *o) { return is_int(o) && Int_BitLength(o) == 0; }

static bool multiplies_too_much(Object *a, Object *b)
{
    if (is_int(a) && is_int(b)) return !is_zero(a) && !is_zero(b) && Int_BitLength(a) + Int_BitLength(b) > MAX_INT_BITS;
    if (is_int(a) && is_sequence(b)) return repeats_too_much(a, b);
    return is_int(b) && is_sequence(a) && repeats_too_much(b, a);
}

static bool too_much(Operator op, Object *a, Object *b)
{
    bool ints = is_int(a) && is_int(b) && !is_zero(a) && !is_zero(b);
    int64_t n = ints ? clipped(b) : 0;
    switch (op) {
    case Op_Mult: return multiplies_too_much(a, b);
    case Op_Pow: return ints && n > 0 && (n > MAX_INT_BITS || Int_BitLength(a) > MAX_INT_BITS / n);
    case Op_LShift: return ints && (n < 0 || n > MAX_INT_BITS || Int_BitLength(a) > MAX_INT_BITS - n);
    case Op_Mod: return Str_Check(a) || Bytes_Check(a);
    case Op_MatMult: return true;
    default: return false;
    }
}

static int fold_format(Folder *f, Expr *e, Object *format, ExprSeq *args);

static int fold_binary(Folder *f, Expr *e)
{
    static const int slots[] = {
        [Op_Add] = NB_ADD, [Op_Sub] = NB_SUB, [Op_Mult] = NB_MUL, [Op_Div] = NB_TRUEDIV, [Op_Mod] = NB_MOD, [Op_Pow] = NB_POW,
        [Op_LShift] = NB_LSHIFT, [Op_RShift] = NB_RSHIFT, [Op_BitOr] = NB_OR, [Op_BitXor] = NB_XOR, [Op_BitAnd] = NB_AND,
        [Op_FloorDiv] = NB_FLOORDIV};
    Expr *left = e->BinOp.left, *right = e->BinOp.right;
    Operator op = e->BinOp.op;
    if (!constant(left)) return 0;
    if (op == Op_Mod && right->kind == Tuple_kind && Str_Check(left->Constant.value) && !any_starred(right->Tuple.elts)) {
        return fold_format(f, e, left->Constant.value, right->Tuple.elts);
    }
    if (!constant(right) || too_much(op, left->Constant.value, right->Constant.value)) return 0;
    return become(f, e, Number_Binary(left->Constant.value, right->Constant.value, slots[op]));
}

/* `not a in b` is `a not in b`; == and != are not so related. */
static int fold_negated(Expr *e, Expr *compare)
{
    static const struct { Cmpop op, opposite; } rows[] = {
        {Cmp_Is, Cmp_IsNot}, {Cmp_IsNot, Cmp_Is}, {Cmp_In, Cmp_NotIn}, {Cmp_NotIn, Cmp_In}};
    if (compare->Compare.ops->n != 1) return 0;
    for (Size i = 0; i < COUNT(rows); i++) {
        if (compare->Compare.ops->at[0] != rows[i].op) continue;
        compare->Compare.ops->at[0] = rows[i].opposite;
        *e = *compare;
        return 0;
    }
    return 0;
}

static int fold_unary(Folder *f, Expr *e)
{
    Expr *operand = e->UnaryOp.operand;
    Unaryop op = e->UnaryOp.op;
    if (!constant(operand)) return op == Unary_Not && operand->kind == Compare_kind ? fold_negated(e, operand) : 0;
    Object *value = operand->Constant.value;
    if (op == Unary_Not) {
        int truth = Object_IsTrue(value);
        return become(f, e, truth < 0 ? NULL : Ref(truth ? False : True));
    }
    return become(f, e, Number_Unary(value, op == Unary_Invert ? UN_INVERT : op == Unary_UAdd ? UN_POS : UN_NEG));
}

static int fold_subscript(Folder *f, Expr *e)
{
    if (e->Subscript.ctx != Ctx_Load || !constant(e->Subscript.value) || !constant(e->Subscript.slice)) return 0;
    return become(f, e, Object_GetItem(e->Subscript.value->Constant.value, e->Subscript.slice->Constant.value));
}

static int fold_compare(Folder *f, Expr *e)
{
    Size last = e->Compare.ops->n - 1;
    Cmpop op = e->Compare.ops->at[last];
    return op == Cmp_In || op == Cmp_NotIn ? fold_iterable(f, e->Compare.comparators->at[last]) : 0;
}

/* ---- "%s and %r" % (a, b) ---- */
typedef struct { Object *text; Size at; ExprSeq *args, *out; Size used; } Format;

static uint32_t format_peek(Format *p) { return p->at < STR_LEN(p->text) ? Str_At(p->text, p->at) : 0; }

static int format_number(Format *p)
{
    int n = 0, digits = 0;
    for (; Char_IsDigit(format_peek(p)); p->at++, digits++) n = n < 100000 ? n * 10 + (int)(format_peek(p) - '0') : n;
    return digits == 0 ? -1 : digits >= MAX_DIGITS ? -2 : n;
}

/* The text up to the next conversion, `%%` read as `%`. New. */
static Object *format_literal(Format *p)
{
    Buf b;
    Buf_Init(&b);
    for (; p->at < STR_LEN(p->text); p->at++) {
        uint32_t ch = format_peek(p);
        if (ch == '%' && (p->at + 1 >= STR_LEN(p->text) || Str_At(p->text, p->at + 1) != '%')) break;
        if (ch == '%') p->at++;
        Buf_Char(&b, ch);
    }
    return Buf_Finish(&b);
}

/* The spec of format() for a conversion: NULL without an exception when there is none. */
static Object *format_spec(bool left, int width, int precision)
{
    char text[2 * MAX_DIGITS + 4], *p = text;
    if (!left && width > 0) *p++ = '>';
    if (width >= 0) p += snprintf(p, MAX_DIGITS + 1, "%d", width);
    if (precision >= 0) p += snprintf(p, MAX_DIGITS + 2, ".%d", precision);
    return p == text ? NULL : Str_FromUtf8(text, p - text, NULL);
}

/* 1: a conversion was read, 0: there is one that must be left alone, -1. */
static int format_conversion(Folder *f, Format *p)
{
    bool left = false;
    p->at++;
    for (uint32_t ch; (ch = format_peek(p)) == '-' || ch == '+' || ch == ' ' || ch == '#' || ch == '0'; p->at++) left |= ch == '-';
    int width = format_number(p), precision = -1;
    if (format_peek(p) == '.') {
        p->at++;
        precision = format_number(p);
        if (precision == -1) precision = 0;
    }
    uint32_t kind = format_peek(p);
    if (width == -2 || precision == -2 || (kind != 's' && kind != 'r' && kind != 'a') || p->used >= p->args->n) return 0;
    p->at++;
    Expr *arg = p->args->at[p->used++], *spec = NULL;
    Object *text = format_spec(left, width, precision);
    if (text != NULL && (Arena_Own(f->arena, text) == NULL || (spec = Ast_Constant(text, NULL, arg->at, f->arena)) == NULL)) return -1;
    if (text == NULL && Err_Occurred()) return -1;
    Expr *value = Ast_FormattedValue(arg, (int)kind, spec, arg->at, f->arena);
    if (value == NULL) return -1;
    p->out->at[p->out->n++] = value;
    return 1;
}

static int format_part(Folder *f, Format *p)
{
    Object *literal = Arena_Own(f->arena, format_literal(p));
    if (literal == NULL) return -1;
    if (STR_LEN(literal) > 0) {
        Expr *text = Ast_Constant(literal, NULL, NOWHERE, f->arena);
        if (text == NULL) return -1;
        p->out->at[p->out->n++] = text;
    }
    return p->at < STR_LEN(p->text) ? format_conversion(f, p) : 1;
}

/* A format of only %s, %r and %a, with as many values, becomes an f-string. */
static int fold_format(Folder *f, Expr *e, Object *format, ExprSeq *args)
{
    Format p = {format, 0, args, Ast_Seq(2 * args->n + 1, f->arena), 0};
    if (p.out == NULL) return -1;
    p.out->n = 0;
    while (p.at < STR_LEN(format)) {
        int r = format_part(f, &p);
        if (r <= 0) return r;
    }
    if (p.used < args->n) return 0;
    e->kind = JoinedStr_kind;
    e->JoinedStr.values = p.out;
    return 0;
}

/* ---- walking ---- */
static int fold_node(Folder *f, AnyNode *node);

static bool is_annotation(const AstField *field) { return strcmp(field->name, "annotation") == 0 || strcmp(field->name, "returns") == 0; }

static int fold_children(Folder *f, AnyNode *node)
{
    const AstKind *kind = &Ast_Kinds[node->kind];
    for (int i = 0; i < kind->nfields; i++) {
        const AstField *field = &kind->fields[i];
        if (field->sort != AST_NODE || (f->future_annotations && is_annotation(field))) continue;
        void *value = *(void **)((char *)node + field->offset);
        if (value == NULL) continue;
        if ((field->flags & AST_SEQUENCE) == 0) {
            if (fold_node(f, value) < 0) return -1;
            continue;
        }
        AnySeq *s = value;
        for (Size j = 0; j < s->n; j++) {
            if (s->at[j] != NULL && fold_node(f, s->at[j]) < 0) return -1;
        }
    }
    return 0;
}

static int fold_name(Folder *f, Expr *e)
{
    if (e->Name.ctx != Ctx_Load || !STR_IS(e->Name.id, "__debug__")) return 0;
    return become(f, e, Ref(f->optimize == 0 ? True : False));
}

static int fold_here(Folder *f, AnyNode *node)
{
    Expr *e = (Expr *)node;
    switch (node->kind) {
    case BinOp_kind: return fold_binary(f, e);
    case UnaryOp_kind: return fold_unary(f, e);
    case Tuple_kind: return e->Tuple.ctx == Ctx_Load ? fold_sequence(f, e, e->Tuple.elts, false) : 0;
    case Subscript_kind: return fold_subscript(f, e);
    case Compare_kind: return fold_compare(f, e);
    case Name_kind: return fold_name(f, e);
    case For_kind: case AsyncFor_kind: return fold_iterable(f, ((Stmt *)node)->For.iter);
    case comprehension_kind: return fold_iterable(f, ((Comprehension *)node)->iter);
    default: return 0;
    }
}

static StmtSeq *body_of(AnyNode *node)
{
    switch (node->kind) {
    case Module_kind: return ((Mod *)node)->Module.body;
    case FunctionDef_kind: case AsyncFunctionDef_kind: return ((Stmt *)node)->FunctionDef.body;
    case ClassDef_kind: return ((Stmt *)node)->ClassDef.body;
    default: return NULL;
    }
}

/* 'a' 'b' is a docstring, 'a' + 'b' is none although it is now one constant: it becomes an f-string without values. */
static int keep_undocumented(Folder *f, StmtSeq *body)
{
    Stmt *s = body->at[0];
    ExprSeq *values = Ast_Seq(1, f->arena);
    Expr *joined = values == NULL ? NULL : Ast_JoinedStr(values, s->at, f->arena);
    if (joined == NULL) return -1;
    values->at[0] = s->Expr.value;
    s->Expr.value = joined;
    return 0;
}

static int fold_both(Folder *f, AnyNode *node)
{
    StmtSeq *body = body_of(node);
    bool undocumented = body != NULL && Doc_String(body) == NULL;
    if (fold_children(f, node) < 0 || fold_here(f, node) < 0) return -1;
    return undocumented && Doc_String(body) != NULL ? keep_undocumented(f, body) : 0;
}

/* This is the first walk over the tree, so it is here that a program too deep to compile is refused, before constants make it flat. */
static int fold_node(Folder *f, AnyNode *node)
{
    bool counts = node->kind >= FunctionDef_kind && node->kind <= Slice_kind;
    if (!Stack_Ok(" during compilation")) return -1;
    if (f->depth + counts > MAX_DEPTH) {
        return Err_Minus(Err_Set(EXC(RecursionError), "maximum recursion depth exceeded during compilation"));
    }
    f->depth += counts;
    int r = fold_both(f, node);
    f->depth -= counts;
    return r;
}

int Fold_Module(Mod *tree, Arena *arena, int optimize, bool future_annotations)
{
    Folder f = {arena, optimize, future_annotations, 0};
    return fold_node(&f, (AnyNode *)tree);
}
