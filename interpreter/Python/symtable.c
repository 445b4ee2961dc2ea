/* Where every name lives. First pass: one Scope per module, class, function, lambda and comprehension,
   with what is done to each name. Second pass, from the outside in: local, cell, free or global. */
#include "rabbit.h"
#include "compile.h"

typedef struct { Arena *arena; const char *filename; Scope *scope; } Builder;

static int visit(Builder *b, Node *n);

static int fail(Builder *b, Node *n, const char *format, Object *name)
{
    Err_Syntax(EXC(SyntaxError), b->filename, n->line, n->col, NULL, format, name);
    return -1;
}

Object *Name_Mangle(Object *class_name, Object *name)
{
    Size n = STR_LEN(name), skip = 0;
    if (class_name == NULL || n < 3 || Str_At(name, 0) != '_' || Str_At(name, 1) != '_'
        || (Str_At(name, n - 1) == '_' && Str_At(name, n - 2) == '_') || Str_Find(name, interp.chars['.'], 0, n, false) >= 0) {
        return Ref(name);
    }
    while (skip < STR_LEN(class_name) && Str_At(class_name, skip) == '_') skip++;
    if (skip == STR_LEN(class_name)) {
        return Ref(name);
    }
    Object *stripped = Str_Sub(class_name, skip, STR_LEN(class_name));
    Object *r = stripped == NULL ? NULL : Str_Intern(Str_Format("_%U%U", stripped, name));
    XUnref(stripped);
    return r;
}

int Scope_Flags(Scope *scope, Object *name)
{
    Object *flags = Dict_Get(scope->symbols, name);
    return flags == NULL ? (Err_Occurred() ? -1 : 0) : (int)Number_AsSize(flags, NULL);
}

static int set_flags(Scope *scope, Object *name, int flags)
{
    Object *value = Int_FromLong(flags);
    int r = value == NULL ? -1 : Dict_Set(scope->symbols, name, value);
    XUnref(value);
    return r;
}

/* `name` is given as written; it is mangled here. */
static int note(Builder *b, Scope *scope, Object *name, int flags)
{
    Object *real = Name_Mangle(scope->class_name, name);
    int old = real == NULL ? -1 : Scope_Flags(scope, real);
    int r = old < 0 ? -1 : set_flags(scope, real, old | flags);
    XUnref(real);
    (void)b;
    return r;
}

static Scope *enter(Builder *b, ScopeKind kind, Node *node)
{
    Scope *s = Arena_Alloc(b->arena, sizeof(Scope)), *parent = b->scope;
    if (s == NULL || (s->symbols = Arena_Own(b->arena, Dict_New())) == NULL) {
        return NULL;
    }
    s->kind = kind, s->node = node, s->parent = parent;
    if (parent != NULL) {
        s->class_name = kind == SCOPE_CLASS ? node->name : parent->class_name;
        if (parent->last_child == NULL) parent->first_child = s;
        else parent->last_child->next_sibling = s;
        parent->last_child = s;
    }
    b->scope = s;
    return s;
}

Scope *Scope_Of(Scope *parent, Node *node)
{
    Scope *s = parent->first_child;
    while (s != NULL && s->node != node) {
        s = s->next_sibling;
    }
    return s;
}

static int visit_seq(Builder *b, Seq s)
{
    for (Size i = 0; i < s.n; i++) {
        TRY(s.items[i] == NULL ? 0 : visit(b, s.items[i]));
    }
    return 0;
}

static int visit_children(Builder *b, Node *n)
{
    Node *const nodes[] = {n->a, n->b, n->c, n->d};
    for (int i = 0; i < 4; i++) {
        TRY(nodes[i] == NULL ? 0 : visit(b, nodes[i]));
    }
    TRY(visit_seq(b, n->s1));
    TRY(visit_seq(b, n->s2));
    TRY(visit_seq(b, n->s3));
    return visit_seq(b, n->s4);
}

/* A target: names in it are assigned, everything else is used. */
static int bind(Builder *b, Node *n, int extra)
{
    if (!Stack_Ok(" during compilation")) {
        return -1;
    }
    switch (n->kind) {
    case N_NAME:
        if (STR_IS(n->name, "__debug__")) return fail(b, n, "cannot assign to %U", n->name);
        return note(b, b->scope, n->name, SYM_ASSIGNED | extra);
    case N_STARRED: return bind(b, n->a, extra);
    case N_TUPLE: case N_LIST:
        for (Size i = 0; i < n->s1.n; i++) {
            TRY(bind(b, n->s1.items[i], extra));
        }
        return 0;
    default: return visit(b, n);
    }
}

static int bind_param(Builder *b, Node *arg)
{
    Object *real = Name_Mangle(b->scope->class_name, arg->name);
    int flags = real == NULL ? -1 : Scope_Flags(b->scope, real);
    XUnref(real);
    if (flags > 0 && (flags & SYM_PARAM)) {
        return fail(b, arg, "duplicate argument '%U' in function definition", arg->name);
    }
    return flags < 0 ? -1 : note(b, b->scope, arg->name, SYM_PARAM | SYM_ASSIGNED);
}

static int bind_params(Builder *b, Node *args)
{
    for (Size i = 0; i < args->s1.n; i++) TRY(bind_param(b, args->s1.items[i]));
    for (Size i = 0; i < args->s2.n; i++) TRY(bind_param(b, args->s2.items[i]));
    TRY(args->a == NULL ? 0 : bind_param(b, args->a));
    return args->b == NULL ? 0 : bind_param(b, args->b);
}

static int visit_annotation(Builder *b, Node *arg) { return arg == NULL || arg->a == NULL ? 0 : visit(b, arg->a); }

static int visit_function(Builder *b, Node *n)
{
    Scope *outer = b->scope;
    Node *args = n->d;
    if (n->kind == N_FUNCTION) {
        TRY(visit_seq(b, n->s2));
        for (Size i = 0; i < args->s1.n; i++) TRY(visit_annotation(b, args->s1.items[i]));
        for (Size i = 0; i < args->s2.n; i++) TRY(visit_annotation(b, args->s2.items[i]));
        TRY(visit_annotation(b, args->a));
        TRY(visit_annotation(b, args->b));
        TRY(n->a == NULL ? 0 : visit(b, n->a));
        TRY(note(b, outer, n->name, SYM_ASSIGNED));
    }
    TRY(visit_seq(b, args->s3));
    TRY(visit_seq(b, args->s4));
    if (enter(b, SCOPE_FUNCTION, n) == NULL || bind_params(b, args) < 0) {
        return -1;
    }
    TRY(n->kind == N_FUNCTION ? visit_seq(b, n->s1) : visit(b, n->a));
    b->scope = outer;
    return 0;
}

static int visit_class(Builder *b, Node *n)
{
    Scope *outer = b->scope;
    TRY(visit_seq(b, n->s2));
    TRY(visit_seq(b, n->s3));
    TRY(visit_seq(b, n->s4));
    TRY(note(b, outer, n->name, SYM_ASSIGNED));
    if (enter(b, SCOPE_CLASS, n) == NULL) {
        return -1;
    }
    TRY(note(b, b->scope, ID(__module__), SYM_ASSIGNED | SYM_USED));
    TRY(note(b, b->scope, ID(__qualname__), SYM_ASSIGNED));
    TRY(visit_seq(b, n->s1));
    b->scope = outer;
    return 0;
}

/* The first iterable is computed outside, all the rest inside the comprehension's own scope. */
static int visit_comprehension(Builder *b, Node *n)
{
    Scope *outer = b->scope;
    TRY(visit(b, n->s1.items[0]->b));
    Scope *s = enter(b, SCOPE_FUNCTION, n);
    if (s == NULL) {
        return -1;
    }
    s->comprehension = true;
    Object *arg = Arena_Own(b->arena, Str_Id(".0"));
    TRY(arg == NULL ? -1 : note(b, s, arg, SYM_PARAM | SYM_ASSIGNED));
    for (Size i = 0; i < n->s1.n; i++) {
        Node *f = n->s1.items[i];
        TRY(bind(b, f->a, SYM_COMP_TARGET));
        TRY(i == 0 ? 0 : visit(b, f->b));
        TRY(visit_seq(b, f->s1));
    }
    TRY(visit(b, n->a));
    TRY(n->b == NULL ? 0 : visit(b, n->b));
    if (s->generator) {
        return fail(b, n, "'yield' inside a comprehension or generator expression", NULL);
    }
    s->generator = n->kind == N_GENEXP;
    b->scope = outer;
    return 0;
}

/* := binds in the nearest scope that is not a comprehension. */
static int visit_walrus(Builder *b, Node *n)
{
    Scope *target = b->scope;
    Object *name = n->a->name;
    while (target->comprehension) {
        int flags = Scope_Flags(target, name);
        if (flags & SYM_COMP_TARGET) {
            return fail(b, n, "assignment expression cannot rebind comprehension iteration variable '%U'", name);
        }
        target = target->parent;
    }
    if (target != b->scope && target->kind == SCOPE_CLASS) {
        return fail(b, n, "assignment expression within a comprehension cannot be used in a class body", NULL);
    }
    TRY(visit(b, n->b));
    TRY(note(b, target, name, SYM_ASSIGNED));
    for (Scope *s = b->scope; s != target; s = s->parent) {
        int outer = Scope_Flags(target, name);
        bool global = target->kind == SCOPE_MODULE || (outer & SYM_GLOBAL);
        TRY(note(b, s, name, global ? SYM_GLOBAL : SYM_NONLOCAL));
    }
    return 0;
}

static int declare(Builder *b, Node *n)
{
    bool global = n->kind == N_GLOBAL;
    if (!global && b->scope->kind == SCOPE_MODULE) {
        return fail(b, n, "nonlocal declaration not allowed at module level", NULL);
    }
    for (Size i = 0; i < n->s1.n; i++) {
        Object *name = n->s1.items[i]->name;
        int flags = Scope_Flags(b->scope, name);
        if (flags & SYM_PARAM) {
            return fail(b, n, global ? "name '%U' is parameter and global" : "name '%U' is parameter and nonlocal", name);
        }
        if (flags & (SYM_GLOBAL | SYM_NONLOCAL) && !(flags & (global ? SYM_GLOBAL : SYM_NONLOCAL))) {
            return fail(b, n, "name '%U' is nonlocal and global", name);
        }
        if (flags & (SYM_ASSIGNED | SYM_USED)) {
            bool used = flags & SYM_USED;
            return fail(b, n, global ? used ? "name '%U' is used prior to global declaration" : "name '%U' is assigned to before global declaration"
                        : used ? "name '%U' is used prior to nonlocal declaration" : "name '%U' is assigned to before nonlocal declaration", name);
        }
        TRY(note(b, b->scope, name, global ? SYM_GLOBAL : SYM_NONLOCAL));
    }
    return 0;
}

static int visit_import(Builder *b, Node *n)
{
    for (Size i = 0; i < n->s1.n; i++) {
        Node *alias = n->s1.items[i];
        Size dot = Str_Find(alias->name, interp.chars['.'], 0, STR_LEN(alias->name), false);
        if (STR_IS(alias->name, "*")) {
            if (b->scope->kind != SCOPE_MODULE) {
                return fail(b, n, "import * only allowed at module level", NULL);
            }
            continue;
        }
        Object *bound = alias->a != NULL ? alias->a->name : dot < 0 ? alias->name : Arena_Own(b->arena, Str_Intern(Str_Sub(alias->name, 0, dot)));
        TRY(bound == NULL ? -1 : note(b, b->scope, bound, SYM_ASSIGNED));
    }
    return 0;
}

static int visit_yield(Builder *b, Node *n)
{
    if (b->scope->kind != SCOPE_FUNCTION) {
        return fail(b, n, n->kind == N_YIELD ? "'yield' outside function" : "'yield from' outside function", NULL);
    }
    b->scope->generator = true;
    return n->a == NULL ? 0 : visit(b, n->a);
}

static int visit_name(Builder *b, Node *n)
{
    if (b->scope->kind == SCOPE_FUNCTION && STR_IS(n->name, "super")) {
        TRY(note(b, b->scope, ID(__class__), SYM_USED));
    }
    return note(b, b->scope, n->name, SYM_USED);
}

static int visit(Builder *b, Node *n)
{
    if (!Stack_Ok(" during compilation")) {
        return -1;
    }
    switch (n->kind) {
    case N_NAME: return visit_name(b, n);
    case N_FUNCTION: case N_LAMBDA: return visit_function(b, n);
    case N_CLASS: return visit_class(b, n);
    case N_LISTCOMP: case N_SETCOMP: case N_DICTCOMP: case N_GENEXP: return visit_comprehension(b, n);
    case N_NAMEDEXPR: return visit_walrus(b, n);
    case N_GLOBAL: case N_NONLOCAL: return declare(b, n);
    case N_IMPORT: case N_IMPORTFROM: return visit_import(b, n);
    case N_YIELD: case N_YIELDFROM: return visit_yield(b, n);
    case N_ASSIGN:
        TRY(visit(b, n->a));
        for (Size i = 0; i < n->s1.n; i++) TRY(bind(b, n->s1.items[i], 0));
        return 0;
    case N_AUGASSIGN: TRY(visit(b, n->b)); return n->a->kind == N_NAME ? note(b, b->scope, n->a->name, SYM_ASSIGNED | SYM_USED) : visit(b, n->a);
    case N_ANNASSIGN:
        TRY(visit(b, n->b));
        TRY(n->c == NULL ? 0 : visit(b, n->c));
        return bind(b, n->a, 0);
    case N_DELETE:
        for (Size i = 0; i < n->s1.n; i++) TRY(bind(b, n->s1.items[i], 0));
        return 0;
    case N_FOR:
        TRY(visit(b, n->b));
        TRY(bind(b, n->a, 0));
        TRY(visit_seq(b, n->s1));
        return visit_seq(b, n->s2);
    case N_WITHITEM: TRY(visit(b, n->a)); return n->b == NULL ? 0 : bind(b, n->b, 0);
    case N_WITH: TRY(visit_seq(b, n->s3)); return visit_seq(b, n->s1);
    case N_HANDLER:
        TRY(n->a == NULL ? 0 : visit(b, n->a));
        TRY(n->name == NULL ? 0 : note(b, b->scope, n->name, SYM_ASSIGNED));
        return visit_seq(b, n->s1);
    default: return visit_children(b, n);
    }
}

/* ---- second pass ---- */

/* The nearest enclosing function scope that binds `name`; marks it a cell there and free on the way. */
static int find_outer(Scope *from, Object *name, Scope **owner)
{
    *owner = NULL;
    for (Scope *s = from->parent; s != NULL; s = s->parent) {
        int flags = Scope_Flags(s, name);
        if (flags < 0) {
            return -1;
        }
        bool class_cell = s->kind == SCOPE_CLASS && STR_IS(name, "__class__");
        if (class_cell) {
            s->needs_class_cell = true;
            *owner = s;
            return 0;
        }
        if (s->kind == SCOPE_CLASS || s->kind == SCOPE_MODULE) {
            continue;
        }
        if (flags & SYM_GLOBAL) {
            return 0;
        }
        if ((flags & SYM_ASSIGNED) && !(flags & SYM_NONLOCAL)) {
            *owner = s;
            return 0;
        }
    }
    return 0;
}

static int make_free(Scope *from, Object *name, Scope *owner)
{
    for (Scope *s = from; s != owner; s = s->parent) {
        int flags = Scope_Flags(s, name);
        TRY(flags < 0 ? -1 : set_flags(s, name, flags | SYM_FREE));
    }
    int flags = Scope_Flags(owner, name);
    return flags < 0 ? -1 : set_flags(owner, name, flags | SYM_CELL | (owner->kind == SCOPE_CLASS ? 0 : SYM_LOCAL));
}

static int resolve(Builder *b, Scope *s, Object *name, int flags)
{
    Scope *owner = NULL;
    if (flags & SYM_GLOBAL) {
        return 0;
    }
    bool local = (flags & SYM_ASSIGNED) && !(flags & SYM_NONLOCAL);
    if (s->kind == SCOPE_MODULE || local) {
        int now = Scope_Flags(s, name);
        return now < 0 ? -1 : set_flags(s, name, now | SYM_LOCAL);
    }
    TRY(find_outer(s, name, &owner));
    if (owner == NULL) {
        if (flags & SYM_NONLOCAL) {
            return fail(b, s->node, "no binding for nonlocal '%U' found", name);
        }
        int now = Scope_Flags(s, name);
        return now < 0 ? -1 : set_flags(s, name, now | SYM_IMPLICIT_GLOBAL);
    }
    return make_free(s, name, owner);
}

static int resolve_scope(Builder *b, Scope *s)
{
    Object *names = Dict_Keys(s->symbols);
    int r = names == NULL || !Stack_Ok(" during compilation") ? -1 : 0;
    for (Size i = 0; r == 0 && i < LIST_LEN(names); i++) {
        int flags = Scope_Flags(s, LIST_ITEM(names, i));
        r = flags < 0 ? -1 : resolve(b, s, LIST_ITEM(names, i), flags);
    }
    XUnref(names);
    for (Scope *child = s->first_child; r == 0 && child != NULL; child = child->next_sibling) {
        r = resolve_scope(b, child);
    }
    return r;
}

Scope *Symtable_Build(Arena *arena, Node *module, const char *filename)
{
    Builder b = {arena, filename, NULL};
    Scope *top = enter(&b, SCOPE_MODULE, module);
    if (top == NULL || (module->a != NULL ? visit(&b, module->a) : visit_seq(&b, module->s1)) < 0 || resolve_scope(&b, top) < 0) {
        return NULL;
    }
    return top;
}
