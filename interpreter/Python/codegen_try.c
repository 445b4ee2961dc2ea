/* try, except*, with; and leaving them by break, continue and return: the blocks around are undone, innermost first. */
#include "rabbit.h"
#include "codegen.h"

/* ---- leaving ---- */
static int forget_name(Compiler *c, Location at, Object *name)
{
    CONST(at, None);
    TRY(Name_Emit(c, at, name, Ctx_Store));
    return Name_Emit(c, at, name, Ctx_Del);
}

static int swap_if(Compiler *c, Location at, bool keep_top) { return keep_top ? Emit(c, at, OP_SWAP, 2) : 0; }

static int call_exit_with_nones(Compiler *c, Location at)
{
    for (int i = 0; i < 3; i++) CONST(at, None);
    return Emit(c, at, OP_CALL, 2);
}

/* The block of `finally` runs here, and seems to run after the statement that leaves. */
static int unwind_finally(Compiler *c, Location *at, Undo *u, bool keep_top)
{
    EMIT(*at, POP_BLOCK, 0);
    if (keep_top) TRY(Undo_Push(c, *at, UNDO_VALUE, NO_LABEL, NO_LABEL, NULL));
    TRY(Gen_Stmts(c, (StmtSeq *)u->datum, 0));
    if (keep_top) Undo_Pop(c);
    *at = NOWHERE;
    return 0;
}

static int unwind_finally_end(Compiler *c, Location at, bool keep_top)
{
    TRY(swap_if(c, at, keep_top));
    EMIT(at, POP_TOP, 0);
    TRY(swap_if(c, at, keep_top));
    EMIT(at, POP_BLOCK, 0);
    return Emit(c, at, OP_POP_EXCEPT, 0);
}

static int unwind_with(Compiler *c, Location *at, Undo *u, bool keep_top)
{
    *at = ((const Stmt *)u->datum)->at;
    EMIT(*at, POP_BLOCK, 0);
    TRY(swap_if(c, *at, keep_top));
    TRY(call_exit_with_nones(c, *at));
    if (u->kind == UNDO_ASYNC_WITH) TRY(Gen_Await(c, *at, 2));
    EMIT(*at, POP_TOP, 0);
    *at = NOWHERE;
    return 0;
}

static int unwind_handler(Compiler *c, Location at, Undo *u, bool keep_top)
{
    if (u->datum != NULL) EMIT(at, POP_BLOCK, 0);
    TRY(swap_if(c, at, keep_top));
    EMIT(at, POP_BLOCK, 0);
    EMIT(at, POP_EXCEPT, 0);
    return u->datum == NULL ? 0 : forget_name(c, at, (Object *)u->datum);
}

/* keep_top: the value to return lies on top. *at moves to where the code that follows seems to be. */
int Gen_Unwind(Compiler *c, Location *at, Undo *u, bool keep_top)
{
    switch (u->kind) {
    case UNDO_FOR: case UNDO_VALUE: TRY(swap_if(c, *at, keep_top)); return Emit(c, *at, OP_POP_TOP, 0);
    case UNDO_TRY: return Emit(c, *at, OP_POP_BLOCK, 0);
    case UNDO_FINALLY: return unwind_finally(c, at, u, keep_top);
    case UNDO_FINALLY_END: return unwind_finally_end(c, *at, keep_top);
    case UNDO_WITH: case UNDO_ASYNC_WITH: return unwind_with(c, at, u, keep_top);
    case UNDO_HANDLER: return unwind_handler(c, *at, u, keep_top);
    default: return 0;
    }
}

/* Undo all blocks, or (loop given) those within the innermost loop, which is then in *loop. While one is undone, it is
   not around: its own cleanup must not undo it again. */
int Gen_UnwindAll(Compiler *c, Location *at, bool keep_top, Undo **loop)
{
    Unit *u = c->unit;
    int n = u->nundo;
    if (n == 0) return 0;
    Undo *top = &u->undo[n - 1], saved = *top;
    if (top->kind == UNDO_EXCEPT_GROUP) {
        return Compile_Fail(c, *at, "'break', 'continue' and 'return' cannot appear in an except* block");
    }
    if (loop != NULL && (top->kind == UNDO_WHILE || top->kind == UNDO_FOR)) {
        *loop = top;
        return 0;
    }
    u->nundo--;
    TRY(Gen_Unwind(c, at, &saved, keep_top));
    TRY(Gen_UnwindAll(c, at, keep_top, loop));
    u->undo[n - 1] = saved, u->nundo = n;
    return 0;
}

/* ---- try ---- */
/* What is guarded begins a block, so that its first line is not taken for one with what sets the guard up. */
static int new_block(Compiler *c)
{
    LABEL(label);
    HERE(label);
    return 0;
}

/* The end of a handler's handler: what was handled before is handled again, and the exception goes on. */
static int pop_except_and_reraise(Compiler *c)
{
    EMIT(NOWHERE, COPY, 3);
    EMIT(NOWHERE, POP_EXCEPT, 0);
    return Emit(c, NOWHERE, OP_RERAISE, 1);
}

/* The body of a handler that binds a name is a try of its own, whose end forgets the name. */
static int named_handler(Compiler *c, Excepthandler *h, int end)
{
    Object *name = h->ExceptHandler.name;
    LABEL(cleanup);
    TRY(Name_Emit(c, h->at, name, Ctx_Store));
    EMIT(h->at, SETUP_CLEANUP, cleanup);
    TRY(new_block(c));
    TRY(Undo_Push(c, h->at, UNDO_HANDLER, NO_LABEL, NO_LABEL, name));
    TRY(Gen_Stmts(c, h->ExceptHandler.body, 0));
    Undo_Pop(c);
    EMIT(NOWHERE, POP_BLOCK, 0);
    EMIT(NOWHERE, POP_BLOCK, 0);
    EMIT(NOWHERE, POP_EXCEPT, 0);
    TRY(forget_name(c, NOWHERE, name));
    EMIT(NOWHERE, JUMP, end);
    HERE(cleanup);
    TRY(forget_name(c, NOWHERE, name));
    return Emit(c, NOWHERE, OP_RERAISE, 1);
}

static int nameless_handler(Compiler *c, Excepthandler *h, int end)
{
    EMIT(h->at, POP_TOP, 0);
    TRY(new_block(c));
    TRY(Undo_Push(c, h->at, UNDO_HANDLER, NO_LABEL, NO_LABEL, NULL));
    TRY(Gen_Stmts(c, h->ExceptHandler.body, 0));
    Undo_Pop(c);
    EMIT(NOWHERE, POP_BLOCK, 0);
    EMIT(NOWHERE, POP_EXCEPT, 0);
    return Emit(c, NOWHERE, OP_JUMP, end);
}

static int gen_handler(Compiler *c, Excepthandler *h, int end)
{
    LABEL(next);
    if (h->ExceptHandler.type != NULL) {
        TRY(Gen_Expr(c, h->ExceptHandler.type));
        EMIT(h->at, CHECK_EXC_MATCH, 0);
        EMIT(h->at, POP_JUMP_IF_FALSE, next);
    }
    TRY(h->ExceptHandler.name != NULL ? named_handler(c, h, end) : nameless_handler(c, h, end));
    HERE(next);
    return 0;
}

static int guarded_body(Compiler *c, Stmt *s, int except)
{
    EMIT(s->at, SETUP_FINALLY, except);
    TRY(new_block(c));
    TRY(Undo_Push(c, s->at, UNDO_TRY, NO_LABEL, NO_LABEL, NULL));
    TRY(Gen_Stmts(c, s->Try.body, 0));
    Undo_Pop(c);
    return Emit(c, NOWHERE, OP_POP_BLOCK, 0);
}

static int try_except(Compiler *c, Stmt *s)
{
    ExcepthandlerSeq *handlers = s->Try.handlers;
    LABEL(except);
    LABEL(end);
    LABEL(cleanup);
    TRY(guarded_body(c, s, except));
    TRY(Gen_Stmts(c, s->Try.orelse, 0));
    EMIT(NOWHERE, JUMP, end);
    HERE(except);
    EMIT(NOWHERE, SETUP_CLEANUP, cleanup);
    EMIT(NOWHERE, PUSH_EXC_INFO, 0);
    TRY(Undo_Push(c, s->at, UNDO_EXCEPT, NO_LABEL, NO_LABEL, NULL));
    for (Size i = 0; i < handlers->n; i++) {
        Excepthandler *h = handlers->at[i];
        if (h->ExceptHandler.type == NULL && i < handlers->n - 1) return Compile_Fail(c, h->at, "default 'except:' must be last");
        TRY(gen_handler(c, h, end));
    }
    Undo_Pop(c);
    EMIT(NOWHERE, RERAISE, 0);
    HERE(cleanup);
    TRY(pop_except_and_reraise(c));
    HERE(end);
    return 0;
}

/* The finally block is written twice: for the way without and with an exception. */
static int try_finally(Compiler *c, Stmt *s, int (*inner)(Compiler *, Stmt *))
{
    StmtSeq *final = s->Try.finalbody;
    LABEL(on_error);
    LABEL(exit);
    LABEL(cleanup);
    EMIT(s->at, SETUP_FINALLY, on_error);
    TRY(new_block(c));
    TRY(Undo_Push(c, s->at, UNDO_FINALLY, NO_LABEL, on_error, final));
    TRY(s->Try.handlers->n > 0 ? inner(c, s) : Gen_Stmts(c, s->Try.body, 0));
    EMIT(NOWHERE, POP_BLOCK, 0);
    Undo_Pop(c);
    TRY(Gen_Stmts(c, final, 0));
    EMIT(NOWHERE, JUMP, exit);
    HERE(on_error);
    TRY(Undo_Push(c, s->at, UNDO_FINALLY_END, on_error, NO_LABEL, NULL));
    EMIT(NOWHERE, SETUP_CLEANUP, cleanup);
    EMIT(NOWHERE, PUSH_EXC_INFO, 0);
    TRY(Gen_Stmts(c, final, 0));
    Undo_Pop(c);
    EMIT(NOWHERE, RERAISE, 0);
    HERE(cleanup);
    TRY(pop_except_and_reraise(c));
    HERE(exit);
    return 0;
}

int Gen_Try(Compiler *c, Stmt *s) { return s->Try.finalbody->n > 0 ? try_finally(c, s, try_except) : try_except(c, s); }

/* ---- except* ---- */
/* Stack: the whole group, a list of what handlers raised, what is left of the group. */
static int star_handler_body(Compiler *c, Excepthandler *h, int next, int with_error)
{
    Object *name = h->ExceptHandler.name;
    LABEL(cleanup);
    if (name != NULL) TRY(Name_Emit(c, h->at, name, Ctx_Store));
    else EMIT(h->at, POP_TOP, 0);
    EMIT(h->at, SETUP_CLEANUP, cleanup);
    TRY(new_block(c));
    TRY(Undo_Push(c, h->at, UNDO_HANDLER, NO_LABEL, NO_LABEL, name));
    TRY(Gen_Stmts(c, h->ExceptHandler.body, 0));
    Undo_Pop(c);
    EMIT(NOWHERE, POP_BLOCK, 0);
    if (name != NULL) TRY(forget_name(c, NOWHERE, name));
    EMIT(NOWHERE, JUMP, next);
    HERE(cleanup);
    if (name != NULL) TRY(forget_name(c, NOWHERE, name));
    EMIT(NOWHERE, LIST_APPEND, 3);
    EMIT(NOWHERE, POP_TOP, 0);
    return Emit(c, NOWHERE, OP_JUMP, with_error);
}

static int star_handler(Compiler *c, Excepthandler *h, bool first, bool last, int reraise)
{
    LABEL(next);
    LABEL(with_error);
    LABEL(no_match);
    if (first) {
        EMIT(h->at, BUILD_LIST, 0);
        EMIT(h->at, COPY, 2);
    }
    if (h->ExceptHandler.type != NULL) {
        TRY(Gen_Expr(c, h->ExceptHandler.type));
        EMIT(h->at, CHECK_EG_MATCH, 0);
        EMIT(h->at, COPY, 1);
        EMIT(h->at, POP_JUMP_IF_NONE, no_match);
    }
    TRY(star_handler_body(c, h, next, with_error));
    HERE(next);
    EMIT(NOWHERE, NOP, 0);
    EMIT(NOWHERE, JUMP, with_error);
    HERE(no_match);
    EMIT(h->at, POP_TOP, 0);
    HERE(with_error);
    if (last) {
        EMIT(NOWHERE, LIST_APPEND, 1);
        EMIT(NOWHERE, JUMP, reraise);
    }
    return 0;
}

/* What handlers raised and what nobody handled becomes one group again, or nothing. */
static int reraise_star(Compiler *c, int end)
{
    LABEL(reraise);
    EMIT(NOWHERE, CALL_INTRINSIC_2, INTRINSIC_2_PREP_RERAISE_STAR);
    EMIT(NOWHERE, COPY, 1);
    EMIT(NOWHERE, POP_JUMP_IF_NOT_NONE, reraise);
    EMIT(NOWHERE, POP_TOP, 0);
    EMIT(NOWHERE, POP_BLOCK, 0);
    EMIT(NOWHERE, POP_EXCEPT, 0);
    EMIT(NOWHERE, JUMP, end);
    HERE(reraise);
    EMIT(NOWHERE, POP_BLOCK, 0);
    EMIT(NOWHERE, SWAP, 2);
    EMIT(NOWHERE, POP_EXCEPT, 0);
    return Emit(c, NOWHERE, OP_RERAISE, 0);
}

static int try_star(Compiler *c, Stmt *s)
{
    ExcepthandlerSeq *handlers = s->TryStar.handlers;
    LABEL(except);
    LABEL(orelse);
    LABEL(end);
    LABEL(cleanup);
    LABEL(reraise);
    TRY(guarded_body(c, s, except));
    EMIT(NOWHERE, JUMP, orelse);
    HERE(except);
    EMIT(NOWHERE, SETUP_CLEANUP, cleanup);
    EMIT(NOWHERE, PUSH_EXC_INFO, 0);
    TRY(Undo_Push(c, s->at, UNDO_EXCEPT_GROUP, NO_LABEL, NO_LABEL, NULL));
    for (Size i = 0; i < handlers->n; i++) TRY(star_handler(c, handlers->at[i], i == 0, i == handlers->n - 1, reraise));
    Undo_Pop(c);
    HERE(reraise);
    TRY(reraise_star(c, end));
    HERE(cleanup);
    TRY(pop_except_and_reraise(c));
    HERE(orelse);
    TRY(Gen_Stmts(c, s->TryStar.orelse, 0));
    HERE(end);
    return 0;
}

int Gen_TryStar(Compiler *c, Stmt *s) { return s->TryStar.finalbody->n > 0 ? try_finally(c, s, try_star) : try_star(c, s); }

/* ---- with ---- */
/* __exit__ has been called with the exception: a true result swallows it. */
static int with_except_finish(Compiler *c, int cleanup)
{
    LABEL(suppress);
    LABEL(exit);
    EMIT(NOWHERE, POP_JUMP_IF_TRUE, suppress);
    EMIT(NOWHERE, RERAISE, 2);
    HERE(suppress);
    EMIT(NOWHERE, POP_TOP, 0);
    EMIT(NOWHERE, POP_BLOCK, 0);
    EMIT(NOWHERE, POP_EXCEPT, 0);
    EMIT(NOWHERE, POP_TOP, 0);
    EMIT(NOWHERE, POP_TOP, 0);
    EMIT(NOWHERE, JUMP, exit);
    HERE(cleanup);
    TRY(pop_except_and_reraise(c));
    HERE(exit);
    return 0;
}

static int with_enter(Compiler *c, Location at, bool async)
{
    if (!async) return Emit(c, at, OP_BEFORE_WITH, 0);
    EMIT(at, BEFORE_ASYNC_WITH, 0);
    return Gen_Await(c, at, 1);
}

static int with_body(Compiler *c, Stmt *s, Size item, Location at)
{
    Withitem *w = s->With.items->at[item];
    if (w->optional_vars != NULL) TRY(Gen_Expr(c, w->optional_vars));
    else EMIT(at, POP_TOP, 0);
    return item + 1 == s->With.items->n ? Gen_Stmts(c, s->With.body, 0) : Gen_With(c, s, item + 1);
}

int Gen_With(Compiler *c, Stmt *s, Size item)
{
    bool async = s->kind == AsyncWith_kind;
    Withitem *w = s->With.items->at[item];
    Location at = s->at;
    if (async && c->unit->kind != UNIT_ASYNC_FUNCTION) return Compile_Fail(c, s->at, "'async with' outside async function");
    LABEL(final);
    LABEL(exit);
    LABEL(cleanup);
    TRY(Gen_Expr(c, w->context_expr));
    TRY(with_enter(c, at, async));
    EMIT(at, SETUP_WITH, final);
    TRY(new_block(c));
    TRY(Undo_Push(c, at, async ? UNDO_ASYNC_WITH : UNDO_WITH, NO_LABEL, final, s));
    TRY(with_body(c, s, item, at));
    Undo_Pop(c);
    TRY(Emit(c, async ? at : NOWHERE, OP_POP_BLOCK, 0));
    TRY(call_exit_with_nones(c, at));
    if (async) TRY(Gen_Await(c, at, 2));
    EMIT(at, POP_TOP, 0);
    EMIT(at, JUMP, exit);
    HERE(final);
    EMIT(at, SETUP_CLEANUP, cleanup);
    EMIT(at, PUSH_EXC_INFO, 0);
    EMIT(at, WITH_EXCEPT_START, 0);
    if (async) TRY(Gen_Await(c, at, 2));
    TRY(with_except_finish(c, cleanup));
    HERE(exit);
    return 0;
}
