/* Code for statements. Blocks that must be undone on the way out (loops, try, with) are on the unit's
   fblock list; break, continue and return undo those they leave, innermost first. */
#include "rabbit.h"
#include "compile.h"

#define EMIT(op, arg) TRY(Emit(c, OP_##op, (int)(arg)))
#define JUMP(op, label) TRY(Emit_Jump(c, OP_##op, label))

static void push_block(Compiler *c, FBlock *fb, FBlockKind kind, Node *node)
{
    *fb = (FBlock){.kind = kind, .node = node, .prev = c->unit->fblock};
    c->unit->fblock = fb;
}
static void pop_block(Compiler *c) { c->unit->fblock = c->unit->fblock->prev; }

/* ---- leaving blocks ---- */
static int forget_name(Compiler *c, Node *handler)
{
    TRY(Emit_Const(c, None));
    TRY(Gen_Name(c, handler->name, 's', handler->line));
    return Gen_Name(c, handler->name, 'd', handler->line);
}

/* Undo one block. keep: a value lies on top of the stack and stays there. */
static int unwind_one(Compiler *c, FBlock *fb, bool keep)
{
    FBlock value;
    switch (fb->kind) {
    case FB_LOOP:
        if (!fb->for_loop) return 0;
        if (keep) EMIT(SWAP, 2);
        return Emit(c, OP_POP_TOP, 0);
    case FB_TRY: return Emit(c, OP_POP_BLOCK, 0);
    case FB_FINALLY:
        EMIT(POP_BLOCK, 0);
        if (keep) push_block(c, &value, FB_VALUE, NULL);
        TRY(Gen_Body(c, fb->node->s4));
        if (keep) pop_block(c);
        return 0;
    case FB_HANDLER_NAME:
        EMIT(POP_BLOCK, 0);
        return forget_name(c, fb->node);
    case FB_HANDLER: case FB_FINALLY_END:
        EMIT(POP_BLOCK, 0);
        if (keep) EMIT(SWAP, 2);
        return Emit(c, OP_POP_EXCEPT, 0);
    case FB_WITH:
        EMIT(POP_BLOCK, 0);
        if (keep) EMIT(SWAP, 2);
        return Emit(c, OP_WITH_EXIT, 0);
    case FB_VALUE:
        if (keep) EMIT(SWAP, 2);
        return Emit(c, OP_POP_TOP, 0);
    }
    return 0;
}

int Gen_Unwind(Compiler *c, FBlock *until, bool keep, bool stop_at_loop, FBlock **loop)
{
    FBlock *saved = c->unit->fblock;
    int r = 0;
    while (r == 0 && c->unit->fblock != until) {
        FBlock *fb = c->unit->fblock;
        if (stop_at_loop && fb->kind == FB_LOOP) {
            *loop = fb;
            break;
        }
        c->unit->fblock = fb->prev;
        r = unwind_one(c, fb, keep);
    }
    c->unit->fblock = saved;
    return r;
}

static int leave_loop(Compiler *c, Node *n)
{
    FBlock *loop = NULL;
    TRY(Gen_Unwind(c, NULL, false, true, &loop));
    if (loop == NULL) {
        return Gen_Fail(c, n, n->kind == N_BREAK ? "'break' outside loop" : "'continue' not properly in loop");
    }
    if (n->kind == N_CONTINUE) {
        return Emit_Jump(c, OP_JUMP, loop->start);
    }
    TRY(unwind_one(c, loop, false));
    return Emit_Jump(c, OP_JUMP, loop->end);
}

static int return_statement(Compiler *c, Node *n)
{
    if (c->unit->scope->kind != SCOPE_FUNCTION) {
        return Gen_Fail(c, n, "'return' outside function");
    }
    TRY(n->a == NULL ? Emit_Const(c, None) : Gen_Expr(c, n->a));
    TRY(Gen_Unwind(c, NULL, true, false, NULL));
    return Emit(c, OP_RETURN_VALUE, 0);
}

/* ---- loops and branches ---- */
static int if_statement(Compiler *c, Node *n)
{
    int other = Label_New(c), end = Label_New(c);
    TRY(end);
    TRY(Gen_Expr(c, n->a));
    JUMP(POP_JUMP_IF_FALSE, other);
    TRY(Gen_Body(c, n->s1));
    if (n->s2.n > 0) JUMP(JUMP, end);
    Label_Here(c, other);
    TRY(Gen_Body(c, n->s2));
    return Label_Here(c, end);
}

static int while_statement(Compiler *c, Node *n)
{
    FBlock fb;
    int start = Label_New(c), other = Label_New(c), end = Label_New(c);
    TRY(end);
    Label_Here(c, start);
    TRY(Gen_Expr(c, n->a));
    JUMP(POP_JUMP_IF_FALSE, other);
    push_block(c, &fb, FB_LOOP, n);
    fb.start = start, fb.end = end;
    TRY(Gen_Body(c, n->s1));
    pop_block(c);
    JUMP(JUMP, start);
    Label_Here(c, other);
    TRY(Gen_Body(c, n->s2));
    return Label_Here(c, end);
}

static int for_statement(Compiler *c, Node *n)
{
    FBlock fb;
    int start = Label_New(c), other = Label_New(c), end = Label_New(c);
    TRY(end);
    TRY(Gen_Expr(c, n->b));
    EMIT(GET_ITER, 0);
    Label_Here(c, start);
    c->unit->line = n->line;
    JUMP(FOR_ITER, other);
    push_block(c, &fb, FB_LOOP, n);
    fb.start = start, fb.end = end, fb.for_loop = true;
    TRY(Gen_Store(c, n->a));
    TRY(Gen_Body(c, n->s1));
    pop_block(c);
    JUMP(JUMP, start);
    Label_Here(c, other);
    TRY(Gen_Body(c, n->s2));
    return Label_Here(c, end);
}

/* ---- try ---- */

/* Where the handler's own cleanup block catches: [previous, exception] */
static int reraise_cleanup(Compiler *c, int label)
{
    Label_Here(c, label);
    EMIT(SWAP, 2);
    EMIT(POP_EXCEPT, 0);
    return Emit(c, OP_RERAISE, 0);
}

static int handler_body(Compiler *c, Node *h, int end)
{
    FBlock fb, named;
    int forget = Label_New(c);
    TRY(forget);
    if (h->name != NULL) {
        EMIT(LOAD_EXC, 0);
        TRY(Gen_Name(c, h->name, 's', h->line));
        JUMP(SETUP_TRY, forget);
        push_block(c, &fb, FB_HANDLER, h);
        push_block(c, &named, FB_HANDLER_NAME, h);
        TRY(Gen_Body(c, h->s1));
        pop_block(c);
        pop_block(c);
        EMIT(POP_BLOCK, 0);
        EMIT(POP_BLOCK, 0);
        EMIT(POP_EXCEPT, 0);
        TRY(forget_name(c, h));
        JUMP(JUMP, end);
        Label_Here(c, forget);                  /* the body raised: [previous, exception] */
        TRY(forget_name(c, h));
        return Emit(c, OP_RERAISE, 0);
    }
    Label_Here(c, forget);
    push_block(c, &fb, FB_HANDLER, h);
    TRY(Gen_Body(c, h->s1));
    pop_block(c);
    EMIT(POP_BLOCK, 0);
    EMIT(POP_EXCEPT, 0);
    return Emit_Jump(c, OP_JUMP, end);
}

static int try_except(Compiler *c, Node *n)
{
    FBlock fb;
    int handlers = Label_New(c), cleanup = Label_New(c), end = Label_New(c), line = c->unit->line;
    TRY(end);
    JUMP(SETUP_TRY, handlers);
    push_block(c, &fb, FB_TRY, n);
    TRY(Gen_Body(c, n->s1));
    pop_block(c);
    EMIT(POP_BLOCK, 0);
    TRY(Gen_Body(c, n->s2));
    JUMP(JUMP, end);
    Label_Here(c, handlers);
    EMIT(PUSH_EXC_INFO, 0);
    JUMP(SETUP_TRY, cleanup);
    for (Size i = 0; i < n->s3.n; i++) {
        Node *h = n->s3.items[i];
        int next = Label_New(c);
        TRY(next);
        c->unit->line = h->line;
        if (h->a != NULL) {
            EMIT(LOAD_EXC, 0);
            TRY(Gen_Expr(c, h->a));
            EMIT(CHECK_EXC_MATCH, 0);
            JUMP(POP_JUMP_IF_FALSE, next);
        }
        TRY(handler_body(c, h, end));
        Label_Here(c, next);
    }
    c->unit->line = line;
    EMIT(LOAD_EXC, 0);
    EMIT(RERAISE, 0);
    TRY(reraise_cleanup(c, cleanup));
    return Label_Here(c, end);
}

static int try_finally(Compiler *c, Node *n)
{
    FBlock fb;
    int handler = Label_New(c), cleanup = Label_New(c), end = Label_New(c);
    TRY(end);
    JUMP(SETUP_TRY, handler);
    push_block(c, &fb, FB_FINALLY, n);
    TRY(n->s3.n > 0 ? try_except(c, n) : Gen_Body(c, n->s1));
    pop_block(c);
    EMIT(POP_BLOCK, 0);
    TRY(Gen_Body(c, n->s4));
    JUMP(JUMP, end);
    Label_Here(c, handler);
    EMIT(PUSH_EXC_INFO, 0);
    JUMP(SETUP_TRY, cleanup);
    push_block(c, &fb, FB_FINALLY_END, n);
    TRY(Gen_Body(c, n->s4));
    pop_block(c);
    EMIT(POP_BLOCK, 0);
    EMIT(LOAD_EXC, 0);
    TRY(reraise_cleanup(c, Label_New(c)));
    TRY(reraise_cleanup(c, cleanup));
    return Label_Here(c, end);
}

int Gen_Try(Compiler *c, Node *n) { return n->s4.n > 0 ? try_finally(c, n) : try_except(c, n); }

/* ---- with ---- */
int Gen_With(Compiler *c, Node *n, Size item)
{
    FBlock fb;
    Node *w = n->s3.items[item];
    int handler = Label_New(c), cleanup = Label_New(c), suppress = Label_New(c), end = Label_New(c);
    TRY(end);
    TRY(Gen_Expr(c, w->a));
    JUMP(SETUP_WITH, handler);
    push_block(c, &fb, FB_WITH, n);
    TRY(w->b != NULL ? Gen_Store(c, w->b) : Emit(c, OP_POP_TOP, 0));
    TRY(item + 1 < n->s3.n ? Gen_With(c, n, item + 1) : Gen_Body(c, n->s1));
    pop_block(c);
    c->unit->line = n->line;
    EMIT(POP_BLOCK, 0);
    EMIT(WITH_EXIT, 0);
    JUMP(JUMP, end);
    Label_Here(c, handler);                     /* [exit, exception] */
    EMIT(PUSH_EXC_INFO, 0);
    JUMP(SETUP_TRY, cleanup);
    EMIT(WITH_EXCEPT_START, 0);
    JUMP(POP_JUMP_IF_TRUE, suppress);
    EMIT(POP_BLOCK, 0);
    EMIT(LOAD_EXC, 0);
    TRY(reraise_cleanup(c, Label_New(c)));
    TRY(reraise_cleanup(c, cleanup));
    Label_Here(c, suppress);
    EMIT(POP_BLOCK, 0);
    EMIT(POP_EXCEPT, 0);
    EMIT(POP_TOP, 0);
    return Label_Here(c, end);
}

/* ---- assignments ---- */
static int assign(Compiler *c, Node *n)
{
    TRY(Gen_Expr(c, n->a));
    for (Size i = 0; i < n->s1.n; i++) {
        if (i + 1 < n->s1.n) EMIT(COPY, 1);
        TRY(Gen_Store(c, n->s1.items[i]));
    }
    return 0;
}

static int mangled_index(Compiler *c, Object *written)
{
    Object *name = Name_Mangle(c->unit->scope->class_name, written);
    int index = name == NULL ? -1 : Name_Index(c->unit->names, name);
    XUnref(name);
    return index;
}

static int aug_assign(Compiler *c, Node *n)
{
    Node *t = n->a;
    int attr = t->kind == N_ATTRIBUTE ? mangled_index(c, t->name) : 0;
    TRY(attr);
    switch (t->kind) {
    case N_NAME: TRY(Gen_Name(c, t->name, 'l', t->line)); break;
    case N_ATTRIBUTE:
        TRY(Gen_Expr(c, t->a));
        EMIT(COPY, 1);
        EMIT(LOAD_ATTR, attr);
        break;
    default:
        TRY(Gen_Expr(c, t->a));
        TRY(Gen_Expr(c, t->b));
        EMIT(COPY, 2);
        EMIT(COPY, 2);
        EMIT(BINARY_SUBSCR, 0);
    }
    TRY(Gen_Expr(c, n->b));
    EMIT(INPLACE_OP, n->op);
    switch (t->kind) {
    case N_NAME: return Gen_Name(c, t->name, 's', t->line);
    case N_ATTRIBUTE: EMIT(SWAP, 2); return Emit(c, OP_STORE_ATTR, attr);
    default:                                    /* [object, key, value] -> [value, object, key] */
        EMIT(SWAP, 3);
        EMIT(SWAP, 2);
        return Emit(c, OP_STORE_SUBSCR, 0);
    }
}

int Gen_Annotate(Compiler *c, Node *n)
{
    if (n->c != NULL) {
        TRY(Gen_Expr(c, n->c));
        TRY(Gen_Store(c, n->a));
    }
    if (c->unit->scope->kind == SCOPE_FUNCTION || n->a->kind != N_NAME || n->op) {
        return 0;
    }
    int index = Name_Index(c->unit->names, ID(__annotations__));
    TRY(index);
    EMIT(SETUP_ANNOTATIONS, 0);
    TRY(Gen_Expr(c, n->b));
    EMIT(LOAD_NAME, index);
    Object *name = Name_Mangle(c->unit->scope->class_name, n->a->name);
    int r = name == NULL ? -1 : Emit_Const(c, name);
    XUnref(name);
    TRY(r);
    return Emit(c, OP_STORE_SUBSCR, 0);
}

static int assert_statement(Compiler *c, Node *n)
{
    int end = Label_New(c);
    TRY(end);
    TRY(Gen_Expr(c, n->a));
    JUMP(POP_JUMP_IF_TRUE, end);
    EMIT(LOAD_ASSERTION_ERROR, 0);
    if (n->b != NULL) {
        EMIT(PUSH_NULL, 0);
        TRY(Gen_Expr(c, n->b));
        EMIT(CALL, 1);
    }
    EMIT(RAISE_VARARGS, 1);
    return Label_Here(c, end);
}

/* ---- imports ---- */
static int import_name(Compiler *c, Object *name, int level, Object *fromlist)
{
    Object *number = Int_FromLong(level);
    int r = number == NULL ? -1 : Emit_Const(c, number);
    XUnref(number);
    TRY(r);
    TRY(Emit_Const(c, fromlist));
    int index = Name_Index(c->unit->names, name);
    return index < 0 ? -1 : Emit(c, OP_IMPORT_NAME, index);
}

/* import a.b.c as d: the module is the last of the chain. */
static int walk_to_last(Compiler *c, Object *dotted, Size dot)
{
    while (dot >= 0) {
        Size from = dot + 1;
        dot = Str_Find(dotted, interp.chars['.'], from, STR_LEN(dotted), false);
        Object *part = Str_Intern(Str_Sub(dotted, from, dot < 0 ? STR_LEN(dotted) : dot));
        int index = part == NULL ? -1 : Name_Index(c->unit->names, part);
        XUnref(part);
        TRY(index);
        EMIT(IMPORT_FROM, index);
        EMIT(SWAP, 2);
        EMIT(POP_TOP, 0);
    }
    return 0;
}

static int import_statement(Compiler *c, Node *n)
{
    for (Size i = 0; i < n->s1.n; i++) {
        Node *alias = n->s1.items[i];
        Size dot = Str_Find(alias->name, interp.chars['.'], 0, STR_LEN(alias->name), false);
        TRY(import_name(c, alias->name, 0, None));
        if (alias->a != NULL) {
            TRY(walk_to_last(c, alias->name, dot));
            TRY(Gen_Name(c, alias->a->name, 's', n->line));
            continue;
        }
        Object *first = dot < 0 ? Ref(alias->name) : Str_Intern(Str_Sub(alias->name, 0, dot));
        int r = first == NULL ? -1 : Gen_Name(c, first, 's', n->line);
        XUnref(first);
        TRY(r);
    }
    return 0;
}

static int from_statement(Compiler *c, Node *n)
{
    Object *names = Tuple_New(n->s1.n);
    for (Size i = 0; names != NULL && i < n->s1.n; i++) {
        TUPLE_ITEM(names, i) = Ref(n->s1.items[i]->name);
    }
    int r = names == NULL ? -1 : import_name(c, n->name == NULL ? interp.empty_str : n->name, n->op, names);
    XUnref(names);
    TRY(r);
    if (STR_IS(n->s1.items[0]->name, "*")) {
        return Emit(c, OP_IMPORT_STAR, 0);
    }
    for (Size i = 0; i < n->s1.n; i++) {
        Node *alias = n->s1.items[i];
        int index = Name_Index(c->unit->names, alias->name);
        TRY(index);
        EMIT(IMPORT_FROM, index);
        TRY(Gen_Name(c, alias->a != NULL ? alias->a->name : alias->name, 's', n->line));
    }
    return Emit(c, OP_POP_TOP, 0);
}

static int raise_statement(Compiler *c, Node *n)
{
    if (n->a != NULL) TRY(Gen_Expr(c, n->a));
    if (n->b != NULL) TRY(Gen_Expr(c, n->b));
    return Emit(c, OP_RAISE_VARARGS, (n->a != NULL) + (n->b != NULL));
}

/* A bare expression; at the prompt its value is shown. */
static int expression_statement(Compiler *c, Node *n)
{
    if (n->a->kind == N_CONST) {
        return 0;
    }
    TRY(Gen_Expr(c, n->a));
    return Emit(c, OP_POP_TOP, 0);
}

static int define(Compiler *c, Node *n)
{
    TRY(n->kind == N_CLASS ? Gen_Class(c, n) : Gen_Function(c, n));
    return Gen_Name(c, n->name, 's', n->line);
}

static int statement(Compiler *c, Node *n)
{
    switch (n->kind) {
    case N_EXPR: return expression_statement(c, n);
    case N_ASSIGN: return assign(c, n);
    case N_AUGASSIGN: return aug_assign(c, n);
    case N_ANNASSIGN: return Gen_Annotate(c, n);
    case N_RETURN: return return_statement(c, n);
    case N_IF: return if_statement(c, n);
    case N_WHILE: return while_statement(c, n);
    case N_FOR: return for_statement(c, n);
    case N_TRY: return Gen_Try(c, n);
    case N_WITH: return Gen_With(c, n, 0);
    case N_RAISE: return raise_statement(c, n);
    case N_ASSERT: return assert_statement(c, n);
    case N_DELETE:
        for (Size i = 0; i < n->s1.n; i++) TRY(Gen_Delete(c, n->s1.items[i]));
        return 0;
    case N_IMPORT: return import_statement(c, n);
    case N_IMPORTFROM: return from_statement(c, n);
    case N_FUNCTION: case N_CLASS: return define(c, n);
    case N_BREAK: case N_CONTINUE: return leave_loop(c, n);
    default: return 0;                          /* pass, global, nonlocal */
    }
}

int Gen_Body(Compiler *c, Seq body)
{
    for (Size i = 0; i < body.n; i++) {
        if (!Stack_Ok(" during compilation")) {
            return -1;
        }
        c->unit->line = body.items[i]->line;
        TRY(statement(c, body.items[i]));
    }
    return 0;
}
