/* Code for expressions: each leaves one value on the stack. */
#include "rabbit.h"
#include "compile.h"

#define EMIT(op, arg) TRY(Emit(c, OP_##op, (int)(arg)))
#define JUMP(op, label) TRY(Emit_Jump(c, OP_##op, label))

int Gen_Fail(Compiler *c, Node *n, const char *message)
{
    Err_Syntax(EXC(SyntaxError), c->filename, n->line, n->col, NULL, "%s", message);
    return -1;
}

Object *Gen_Qualname(Compiler *c, Object *name)
{
    Unit *u = c->unit;
    if (u == NULL || u->scope->kind == SCOPE_MODULE) {
        return Ref(name);
    }
    int flags = Scope_Flags(u->scope, name);
    if (flags < 0) {
        return NULL;
    }
    if (flags & SYM_GLOBAL) {
        return Ref(name);
    }
    return Str_Format(u->scope->kind == SCOPE_FUNCTION ? "%U.<locals>.%U" : "%U.%U", u->qualname, name);
}

/* ---- names ---- */
enum { FAST, DEREF, GLOBAL, NAME };
static int pick(int kind, char how)
{
    static const int ops[][3] = {
        {OP_LOAD_FAST, OP_STORE_FAST, OP_DELETE_FAST}, {OP_LOAD_DEREF, OP_STORE_DEREF, OP_DELETE_DEREF},
        {OP_LOAD_GLOBAL, OP_STORE_GLOBAL, OP_DELETE_GLOBAL}, {OP_LOAD_NAME, OP_STORE_NAME, OP_DELETE_NAME}};
    return ops[kind][how == 'l' ? 0 : how == 's' ? 1 : 2];
}

static int deref_index(Unit *u, Object *name)
{
    Object *index = Dict_Get(u->cellvars, name);
    if (index != NULL) {
        return (int)Number_AsSize(index, NULL);
    }
    index = Dict_Get(u->freevars, name);
    return index == NULL ? -1 : (int)(Number_AsSize(index, NULL) + DICT_LEN(u->cellvars));
}

int Gen_Name(Compiler *c, Object *written, char how, int line)
{
    Unit *u = c->unit;
    Object *name = Name_Mangle(u->scope->class_name, written);
    int flags = name == NULL ? -1 : Scope_Flags(u->scope, name), r = -1;
    (void)line;
    if (flags >= 0) {
        bool function = u->scope->kind == SCOPE_FUNCTION;
        bool class_own = u->scope->kind == SCOPE_CLASS && (flags & (SYM_CELL | SYM_LOCAL));
        if (flags & (SYM_CELL | SYM_FREE) && !class_own && !(flags & SYM_GLOBAL)) {
            int index = deref_index(u, name);
            bool in_class = u->scope->kind == SCOPE_CLASS && how == 'l';
            r = index < 0 ? -1 : Emit(c, in_class ? OP_LOAD_CLASSDEREF : pick(DEREF, how), index);
        } else if (function && (flags & SYM_LOCAL)) {
            int index = Name_Index(u->varnames, name);
            r = index < 0 ? -1 : Emit(c, pick(FAST, how), index);
        } else {
            bool global = (flags & SYM_GLOBAL) || (function && how == 'l');
            int index = Name_Index(u->names, name);
            r = index < 0 ? -1 : Emit(c, pick(global ? GLOBAL : NAME, how), index);
        }
    }
    XUnref(name);
    return r;
}

static int attr_index(Compiler *c, Object *written)
{
    Object *name = Name_Mangle(c->unit->scope->class_name, written);
    int index = name == NULL ? -1 : Name_Index(c->unit->names, name);
    XUnref(name);
    return index;
}

static int emit_attr(Compiler *c, int op, Object *name)
{
    int index = attr_index(c, name);
    return index < 0 ? -1 : Emit(c, op, index);
}

/* ---- targets ---- */
static int store_sequence(Compiler *c, Node *n)
{
    Size star = -1;
    for (Size i = 0; i < n->s1.n; i++) {
        if (n->s1.items[i]->kind == N_STARRED) {
            if (star >= 0) {
                return Gen_Fail(c, n, "multiple starred expressions in assignment");
            }
            star = i;
        }
    }
    if (star >= 256) {
        return Gen_Fail(c, n, "too many expressions in star-unpacking assignment");
    }
    if (star >= 0) EMIT(UNPACK_EX, star | (n->s1.n - star - 1) << 8);
    else EMIT(UNPACK_SEQUENCE, n->s1.n);
    for (Size i = 0; i < n->s1.n; i++) {
        Node *item = n->s1.items[i];
        TRY(Gen_Store(c, item->kind == N_STARRED ? item->a : item));
    }
    return 0;
}

int Gen_Store(Compiler *c, Node *n)
{
    switch (n->kind) {
    case N_NAME: return Gen_Name(c, n->name, 's', n->line);
    case N_ATTRIBUTE:
        TRY(Gen_Expr(c, n->a));
        return emit_attr(c, OP_STORE_ATTR, n->name) < 0 ? -1 : 0;
    case N_SUBSCRIPT:
        TRY(Gen_Expr(c, n->a));
        TRY(Gen_Expr(c, n->b));
        return Emit(c, OP_STORE_SUBSCR, 0);
    case N_TUPLE: case N_LIST: return store_sequence(c, n);
    default: return Gen_Fail(c, n, "starred assignment target must be in a list or tuple");
    }
}

int Gen_Delete(Compiler *c, Node *n)
{
    switch (n->kind) {
    case N_NAME: return Gen_Name(c, n->name, 'd', n->line);
    case N_ATTRIBUTE: TRY(Gen_Expr(c, n->a)); return emit_attr(c, OP_DELETE_ATTR, n->name);
    case N_SUBSCRIPT: TRY(Gen_Expr(c, n->a)); TRY(Gen_Expr(c, n->b)); return Emit(c, OP_DELETE_SUBSCR, 0);
    default:
        for (Size i = 0; i < n->s1.n; i++) TRY(Gen_Delete(c, n->s1.items[i]));
        return 0;
    }
}

/* ---- displays ---- */
static bool any_star(Seq s)
{
    for (Size i = 0; i < s.n; i++) {
        if (s.items[i]->kind == N_STARRED) return true;
    }
    return false;
}

/* A list (or set) built in one go, or bit by bit when something is unpacked into it. */
static int build(Compiler *c, Seq items, int build_op, int add_op, int extend_op)
{
    if (!any_star(items) && items.n < 4096) {
        for (Size i = 0; i < items.n; i++) TRY(Gen_Expr(c, items.items[i]));
        return Emit(c, build_op, (int)items.n);
    }
    TRY(Emit(c, build_op == OP_BUILD_TUPLE ? OP_BUILD_LIST : build_op, 0));
    for (Size i = 0; i < items.n; i++) {
        bool star = items.items[i]->kind == N_STARRED;
        TRY(Gen_Expr(c, star ? items.items[i]->a : items.items[i]));
        TRY(Emit(c, star ? extend_op : add_op, 1));
    }
    return build_op == OP_BUILD_TUPLE ? Emit(c, OP_LIST_TO_TUPLE, 0) : 0;
}

static bool is_const(Node *n) { return n->kind == N_CONST; }

/* A tuple of constants is a constant. */
static int tuple(Compiler *c, Node *n)
{
    bool constant = n->s1.n > 0;
    for (Size i = 0; i < n->s1.n; i++) constant = constant && is_const(n->s1.items[i]);
    if (!constant) {
        return build(c, n->s1, OP_BUILD_TUPLE, OP_LIST_APPEND, OP_LIST_EXTEND);
    }
    Object *t = Tuple_New(n->s1.n);
    for (Size i = 0; t != NULL && i < n->s1.n; i++) TUPLE_ITEM(t, i) = Ref(n->s1.items[i]->name);
    int r = t == NULL ? -1 : Emit_Const(c, t);
    XUnref(t);
    return r;
}

static int dict(Compiler *c, Node *n)
{
    bool plain = n->s1.n < 2048;
    for (Size i = 0; i < n->s1.n; i++) plain = plain && n->s1.items[i] != NULL;
    if (!plain) EMIT(BUILD_MAP, 0);
    for (Size i = 0; i < n->s1.n; i++) {
        if (n->s1.items[i] != NULL) TRY(Gen_Expr(c, n->s1.items[i]));
        TRY(Gen_Expr(c, n->s2.items[i]));
        if (!plain) TRY(n->s1.items[i] != NULL ? Emit(c, OP_MAP_ADD, 1) : Emit(c, OP_DICT_UPDATE, 1));
    }
    return plain ? Emit(c, OP_BUILD_MAP, (int)n->s1.n) : 0;
}

/* ---- calls ---- */
static int call_plain(Compiler *c, Seq args, Seq keywords, int already)
{
    for (Size i = 0; i < args.n; i++) TRY(Gen_Expr(c, args.items[i]));
    if (keywords.n == 0) {
        return Emit(c, OP_CALL, (int)args.n + already);
    }
    Object *names = Tuple_New(keywords.n);
    int r = names == NULL ? -1 : 0;
    for (Size i = 0; r == 0 && i < keywords.n; i++) {
        TUPLE_ITEM(names, i) = Name_Mangle(c->unit->scope->class_name, keywords.items[i]->name);
        r = TUPLE_ITEM(names, i) == NULL ? -1 : Gen_Expr(c, keywords.items[i]->a);
    }
    r = r < 0 ? -1 : Emit_Const(c, names);
    XUnref(names);
    return r < 0 ? -1 : Emit(c, OP_CALL_KW, (int)(args.n + keywords.n) + already);
}

/* With * or **: one list of arguments, one dict of keywords. `already` values lie on the stack. */
static int call_star(Compiler *c, Seq args, Seq keywords, int already)
{
    EMIT(BUILD_LIST, already);
    for (Size i = 0; i < args.n; i++) {
        bool star = args.items[i]->kind == N_STARRED;
        TRY(Gen_Expr(c, star ? args.items[i]->a : args.items[i]));
        if (star && args.n == 1 && already == 0 && keywords.n == 0) {       /* f(*x): the message names the function */
            EMIT(SWAP, 2);
            EMIT(POP_TOP, 0);
            EMIT(PUSH_NULL, 0);
            return Emit(c, OP_CALL_EX, 0);
        }
        TRY(Emit(c, star ? OP_LIST_EXTEND : OP_LIST_APPEND, 1));
    }
    EMIT(LIST_TO_TUPLE, 0);
    if (keywords.n == 0) {
        EMIT(PUSH_NULL, 0);
        return Emit(c, OP_CALL_EX, 0);
    }
    EMIT(BUILD_MAP, 0);
    for (Size i = 0; i < keywords.n; i++) {
        Node *k = keywords.items[i];
        if (k->name != NULL) {
            Object *name = Name_Mangle(c->unit->scope->class_name, k->name);
            int r = name == NULL ? -1 : Emit_Const(c, name);
            XUnref(name);
            TRY(r);
        }
        TRY(Gen_Expr(c, k->a));
        if (k->name != NULL) EMIT(BUILD_MAP, 1);
        EMIT(DICT_MERGE, 1);
    }
    return Emit(c, OP_CALL_EX, 0);
}

static bool needs_star(Seq args, Seq keywords)
{
    bool star = any_star(args) || args.n + keywords.n > 1000;
    for (Size i = 0; i < keywords.n; i++) star = star || keywords.items[i]->name == NULL;
    return star;
}

/* The callee and `already` arguments are on the stack: for plain calls after a PUSH_NULL. */
int Gen_Arguments(Compiler *c, Seq args, Seq keywords, int already)
{
    return needs_star(args, keywords) ? call_star(c, args, keywords, already) : call_plain(c, args, keywords, already);
}

static int call(Compiler *c, Node *n)
{
    int line = c->unit->line;
    if (needs_star(n->s1, n->s2)) {
        TRY(Gen_Expr(c, n->a));
    } else if (n->a->kind == N_ATTRIBUTE) {
        TRY(Gen_Expr(c, n->a->a));
        c->unit->line = n->a->line;
        TRY(emit_attr(c, OP_LOAD_METHOD, n->a->name));
    } else {
        TRY(Gen_Expr(c, n->a));
        EMIT(PUSH_NULL, 0);
    }
    TRY(Gen_Arguments(c, n->s1, n->s2, 0));
    c->unit->line = line;
    return 0;
}

/* ---- logic ---- */
static int bool_op(Compiler *c, Node *n)
{
    int end = Label_New(c);
    TRY(end);
    for (Size i = 0; i < n->s1.n; i++) {
        TRY(Gen_Expr(c, n->s1.items[i]));
        if (i + 1 < n->s1.n) {
            TRY(Emit_Jump(c, n->op == BOOL_AND ? OP_JUMP_IF_FALSE_OR_POP : OP_JUMP_IF_TRUE_OR_POP, end));
        }
    }
    return Label_Here(c, end);
}

/* a < b < c: b is computed once. */
static int compare(Compiler *c, Node *n)
{
    TRY(Gen_Expr(c, n->a));
    if (n->s1.n == 1) {
        TRY(Gen_Expr(c, n->s1.items[0]->a));
        return Emit(c, OP_COMPARE_OP, n->s1.items[0]->op);
    }
    int clean = Label_New(c), end = Label_New(c);
    TRY(clean);
    TRY(end);
    for (Size i = 0; i < n->s1.n; i++) {
        Node *cmp = n->s1.items[i];
        TRY(Gen_Expr(c, cmp->a));
        if (i + 1 < n->s1.n) {
            EMIT(SWAP, 2);
            EMIT(COPY, 2);
        }
        TRY(Emit(c, OP_COMPARE_OP, cmp->op));
        if (i + 1 < n->s1.n) JUMP(JUMP_IF_FALSE_OR_POP, clean);
    }
    JUMP(JUMP, end);
    Label_Here(c, clean);
    EMIT(SWAP, 2);
    EMIT(POP_TOP, 0);
    return Label_Here(c, end);
}

static int if_exp(Compiler *c, Node *n)
{
    int other = Label_New(c), end = Label_New(c);
    TRY(Gen_Expr(c, n->a));
    JUMP(POP_JUMP_IF_FALSE, other);
    TRY(Gen_Expr(c, n->b));
    JUMP(JUMP, end);
    Label_Here(c, other);
    TRY(Gen_Expr(c, n->c));
    return Label_Here(c, end);
}

/* ---- strings ---- */
static int formatted(Compiler *c, Node *n)
{
    TRY(Gen_Expr(c, n->a));
    if (n->b != NULL) TRY(Gen_Expr(c, n->b));
    return Emit(c, OP_FORMAT_VALUE, n->op << 1 | (n->b != NULL));
}

static int joined(Compiler *c, Node *n)
{
    if (n->s1.n == 0) {
        return Emit_Const(c, interp.empty_str);
    }
    for (Size i = 0; i < n->s1.n; i++) TRY(Gen_Expr(c, n->s1.items[i]));
    return n->s1.n == 1 && n->s1.items[0]->kind == N_FORMATTED ? 0 : Emit(c, OP_BUILD_STRING, (int)n->s1.n);
}

static int slice(Compiler *c, Node *n)
{
    Node *const parts[] = {n->a, n->b, n->c};
    for (int i = 0; i < 3; i++) {
        TRY(parts[i] == NULL ? Emit_Const(c, None) : Gen_Expr(c, parts[i]));
    }
    return Emit(c, OP_BUILD_SLICE, 0);
}

/* -5 is a constant. */
static int unary(Compiler *c, Node *n)
{
    if (n->op == UNARY_NEG && is_const(n->a) && (TYPE(n->a->name) == &Int_Type || TYPE(n->a->name) == &Float_Type)) {
        Object *value = Number_Unary(n->a->name, UN_NEG);
        int r = value == NULL ? -1 : Emit_Const(c, value);
        XUnref(value);
        return r;
    }
    TRY(Gen_Expr(c, n->a));
    return Emit(c, OP_UNARY_OP, n->op);
}

static int yield_from(Compiler *c, Node *n)
{
    TRY(Gen_Expr(c, n->a));
    EMIT(GET_YIELD_FROM_ITER, 0);
    TRY(Emit_Const(c, None));
    return Emit(c, OP_YIELD_FROM, 0);
}

static int expression(Compiler *c, Node *n)
{
    switch (n->kind) {
    case N_NAME: return Gen_Name(c, n->name, 'l', n->line);
    case N_CONST: return Emit_Const(c, n->name);
    case N_TUPLE: return tuple(c, n);
    case N_LIST: return build(c, n->s1, OP_BUILD_LIST, OP_LIST_APPEND, OP_LIST_EXTEND);
    case N_SET: return build(c, n->s1, OP_BUILD_SET, OP_SET_ADD, OP_SET_UPDATE);
    case N_DICT: return dict(c, n);
    case N_BINOP: TRY(Gen_Expr(c, n->a)); TRY(Gen_Expr(c, n->b)); return Emit(c, OP_BINARY_OP, n->op);
    case N_UNARY: return unary(c, n);
    case N_BOOLOP: return bool_op(c, n);
    case N_COMPARE: return compare(c, n);
    case N_CALL: return call(c, n);
    case N_ATTRIBUTE: TRY(Gen_Expr(c, n->a)); return emit_attr(c, OP_LOAD_ATTR, n->name);
    case N_SUBSCRIPT: TRY(Gen_Expr(c, n->a)); TRY(Gen_Expr(c, n->b)); return Emit(c, OP_BINARY_SUBSCR, 0);
    case N_SLICE: return slice(c, n);
    case N_STARRED: return Gen_Fail(c, n, "can't use starred expression here");
    case N_LAMBDA: return Gen_Function(c, n);
    case N_IFEXP: return if_exp(c, n);
    case N_LISTCOMP: case N_SETCOMP: case N_DICTCOMP: case N_GENEXP: return Gen_Comprehension(c, n);
    case N_YIELD: TRY(n->a == NULL ? Emit_Const(c, None) : Gen_Expr(c, n->a)); return Emit(c, OP_YIELD_VALUE, 0);
    case N_YIELDFROM: return yield_from(c, n);
    case N_NAMEDEXPR: TRY(Gen_Expr(c, n->b)); EMIT(COPY, 1); return Gen_Store(c, n->a);
    case N_JOINEDSTR: return joined(c, n);
    case N_FORMATTED: return formatted(c, n);
    default: return Gen_Fail(c, n, "invalid syntax");
    }
}

int Gen_Expr(Compiler *c, Node *n)
{
    if (!Stack_Ok(" during compilation")) {
        return -1;
    }
    int line = c->unit->line;
    c->unit->line = n->line;
    int r = expression(c, n);
    c->unit->line = line;
    return r;
}
