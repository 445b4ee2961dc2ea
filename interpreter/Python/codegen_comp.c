/* Code for comprehensions and generator expressions. Those the symbol table has melted into the block around them
   (PEP 709) push the variables they will use, run in place, and put them back. */
#include "rabbit.h"
#include "codegen.h"

typedef struct { CompKind kind; ComprehensionSeq *generators; Expr *elt, *value; Location at; } Comp;

static Comp comp_of(Expr *e)
{
    switch (e->kind) {
    case ListComp_kind: return (Comp){COMP_LIST, e->ListComp.generators, e->ListComp.elt, NULL, e->at};
    case SetComp_kind: return (Comp){COMP_SET, e->SetComp.generators, e->SetComp.elt, NULL, e->at};
    case DictComp_kind: return (Comp){COMP_DICT, e->DictComp.generators, e->DictComp.key, e->DictComp.value, e->at};
    default: return (Comp){COMP_GENERATOR, e->GeneratorExp.generators, e->GeneratorExp.elt, NULL, e->at};
    }
}

/* ---- the loops ---- */
/* Of a dict's last level: from the key to the value. */
static Location elt_location(const Comp *p, Size level)
{
    Location at = p->elt->at;
    if (p->kind == COMP_DICT && level + 1 == p->generators->n) at.end_line = p->value->at.end_line, at.end_col = p->value->at.end_col;
    return at;
}

/* The result lies `depth` items below the new element. */
static int gen_element(Compiler *c, const Comp *p, int depth)
{
    static const int ops[] = {[COMP_LIST] = OP_LIST_APPEND, [COMP_SET] = OP_SET_ADD, [COMP_DICT] = OP_MAP_ADD};
    Location at = elt_location(p, p->generators->n - 1);
    TRY(Gen_Expr(c, p->elt));
    if (p->kind == COMP_GENERATOR) {
        TRY(Gen_Yield(c, at));
        return Emit(c, at, OP_POP_TOP, 0);
    }
    if (p->value != NULL) TRY(Gen_Expr(c, p->value));
    return Emit(c, at, ops[p->kind], depth + 1);
}

static int gen_level(Compiler *c, const Comp *p, Size level, int depth, bool on_stack);

static int gen_inside(Compiler *c, const Comp *p, Size level, int depth, int skip)
{
    Comprehension *g = p->generators->at[level];
    for (Size i = 0; i < g->ifs->n; i++) TRY(Gen_JumpIf(c, p->at, g->ifs->at[i], skip, false));
    return level + 1 < p->generators->n ? gen_level(c, p, level + 1, depth, false) : gen_element(c, p, depth);
}

/* `for y in [x]` with one item is an assignment. */
static Expr *only_item(Expr *iter)
{
    ExprSeq *elts = iter->kind == List_kind ? iter->List.elts : iter->kind == Tuple_kind ? iter->Tuple.elts : NULL;
    return elts != NULL && elts->n == 1 && elts->at[0]->kind != Starred_kind ? elts->at[0] : NULL;
}

static int gen_iterator(Compiler *c, const Comp *p, Size level, bool async)
{
    if (level == 0) {
        c->unit->argcount = 1;
        return Emit(c, p->at, OP_LOAD_FAST, 0);
    }
    TRY(Gen_Expr(c, p->generators->at[level]->iter));
    return Emit(c, p->at, async ? OP_GET_AITER : OP_GET_ITER, 0);
}

static int gen_assignment_level(Compiler *c, const Comp *p, Size level, int depth, Expr *item)
{
    LABEL(skip);
    TRY(Gen_Expr(c, item));
    TRY(Gen_Expr(c, p->generators->at[level]->target));
    TRY(gen_inside(c, p, level, depth, skip));
    HERE(skip);
    return 0;
}

static int gen_sync_level(Compiler *c, const Comp *p, Size level, int depth, bool on_stack)
{
    Comprehension *g = p->generators->at[level];
    Expr *item = level > 0 ? only_item(g->iter) : NULL;
    if (item != NULL) return gen_assignment_level(c, p, level, depth, item);
    LABEL(start);
    LABEL(skip);
    LABEL(anchor);
    if (!on_stack) TRY(gen_iterator(c, p, level, false));
    HERE(start);
    EMIT(p->at, FOR_ITER, anchor);
    TRY(Gen_Expr(c, g->target));
    TRY(gen_inside(c, p, level, depth + 1, skip));
    HERE(skip);
    EMIT(elt_location(p, level), JUMP, start);
    HERE(anchor);
    return Emit(c, NOWHERE, OP_END_FOR, 0);
}

static int gen_async_level(Compiler *c, const Comp *p, Size level, int depth, bool on_stack)
{
    LABEL(start);
    LABEL(except);
    LABEL(skip);
    if (!on_stack) TRY(gen_iterator(c, p, level, true));
    HERE(start);
    TRY(Undo_Push(c, p->at, UNDO_ASYNC_COMP, start, NO_LABEL, NULL));
    EMIT(p->at, SETUP_FINALLY, except);
    EMIT(p->at, GET_ANEXT, 0);
    CONST(p->at, None);
    TRY(Gen_YieldFrom(c, p->at, true));
    EMIT(p->at, POP_BLOCK, 0);
    TRY(Gen_Expr(c, p->generators->at[level]->target));
    TRY(gen_inside(c, p, level, depth + 1, skip));
    HERE(skip);
    EMIT(elt_location(p, level), JUMP, start);
    Undo_Pop(c);
    HERE(except);
    return Emit(c, p->at, OP_END_ASYNC_FOR, 0);
}

static int gen_level(Compiler *c, const Comp *p, Size level, int depth, bool on_stack)
{
    return p->generators->at[level]->is_async ? gen_async_level(c, p, level, depth, on_stack)
                                               : gen_sync_level(c, p, level, depth, on_stack);
}

static int gen_empty_result(Compiler *c, const Comp *p)
{
    static const int ops[] = {[COMP_LIST] = OP_BUILD_LIST, [COMP_SET] = OP_BUILD_SET, [COMP_DICT] = OP_BUILD_MAP};
    return p->kind == COMP_GENERATOR ? 0 : Emit(c, p->at, ops[p->kind], 0);
}

static int gen_outermost(Compiler *c, const Comp *p)
{
    Comprehension *first = p->generators->at[0];
    TRY(Gen_Expr(c, first->iter));
    return Emit(c, p->at, first->is_async ? OP_GET_AITER : OP_GET_ITER, 0);
}

/* ---- in place ---- */
/* What must be as before when the comprehension is done: `pushed` names, `symbols` of the scope, hidden names. */
typedef struct { Object *pushed, *symbols, *hidden; int cleanup, end; } Saved;

static int push_variable(Compiler *c, const Comp *p, Saved *saved, Object *name, Place inner, Place outer)
{
    Unit *u = c->unit;
    int index = Index_Of(c, u->locals, name);
    TRY(index);
    TRY(List_Append(saved->pushed, name));
    EMIT(p->at, LOAD_FAST_AND_CLEAR, index);
    if (inner != PLACE_CELL) return 0;
    index = Index_Of(c, outer == PLACE_FREE ? u->frees : u->cells, name);
    return index < 0 ? -1 : Emit(c, p->at, OP_MAKE_CELL, index);
}

static int hide(Compiler *c, Saved *saved, Object *name)
{
    Object *hidden = c->unit->hidden;
    if (Dict_Get(hidden, name) == True) return 0;
    if (Err_Occurred() || Dict_Set(hidden, name, True) < 0) return -1;
    return List_Append(saved->hidden, name);
}

static int save_symbol(Saved *saved, Object *name, int flags)
{
    Object *value = Int_FromLong(flags);
    int r = value == NULL ? -1 : Dict_Set(saved->symbols, name, value);
    XUnref(value);
    return r;
}

/* While the comprehension runs, a name that it binds (in a class: any name) lives where the comprehension's scope says. */
static int take_name(Compiler *c, const Comp *p, Saved *saved, Object *name, Object *symbol, bool class_block)
{
    Scope *scope = c->unit->scope;
    int inner = (int)Int_AsLong(symbol, &(int){0}), outer = Scope_Flags(scope, name);
    TRY(outer);
    bool binds = (inner & DEF_LOCAL) && !(inner & DEF_NONLOCAL);
    if (!binds && !class_block) return 0;
    Place in = Place_Of(inner), out = Place_Of(outer);
    if (in != out && !(in == PLACE_CELL && out == PLACE_FREE)) {
        TRY(save_symbol(saved, name, outer));
        TRY(Dict_Set(scope->symbols, name, symbol));
    }
    if (!Scope_IsFunction(scope)) TRY(hide(c, saved, name));
    return push_variable(c, p, saved, name, in, out);
}

static int enter_inlined(Compiler *c, const Comp *p, Scope *inner, Saved *saved)
{
    bool class_block = c->unit->scope->kind == SCOPE_CLASS && c->unit->inlined_depth == 0;
    Object *name, *symbol;
    saved->pushed = Own(c, List_New(0)), saved->symbols = Own(c, Dict_New()), saved->hidden = Own(c, List_New(0));
    if (saved->pushed == NULL || saved->symbols == NULL || saved->hidden == NULL) return -1;
    c->unit->inlined_depth++;
    for (Size pos = 0; Dict_Next(inner->symbols, &pos, &name, &symbol);) {
        TRY(take_name(c, p, saved, name, symbol, class_block));
    }
    if (LIST_LEN(saved->pushed) == 0) return 0;
    EMIT(p->at, SWAP, LIST_LEN(saved->pushed) + 1);
    saved->cleanup = Label_New(c), saved->end = Label_New(c);
    if (saved->cleanup < 0 || saved->end < 0) return -1;
    return Emit(c, p->at, OP_SETUP_FINALLY, saved->cleanup);
}

static int restore_variables(Compiler *c, Location at, Saved *saved)
{
    Size n = LIST_LEN(saved->pushed);
    EMIT(at, SWAP, n + 1);
    for (Size i = n - 1; i >= 0; i--) {
        int index = Index_Of(c, c->unit->locals, LIST_ITEM(saved->pushed, i));
        TRY(index);
        EMIT(at, STORE_FAST_MAYBE_NULL, index);
    }
    return 0;
}

static int restore_scope(Compiler *c, Saved *saved)
{
    Object *name, *symbol;
    for (Size pos = 0; Dict_Next(saved->symbols, &pos, &name, &symbol);) {
        TRY(Dict_Set(c->unit->scope->symbols, name, symbol));
    }
    for (Size i = 0; i < LIST_LEN(saved->hidden); i++) {
        TRY(Dict_Set(c->unit->hidden, LIST_ITEM(saved->hidden, i), False));
    }
    return 0;
}

/* An exception on the way restores the variables too. */
static int leave_inlined(Compiler *c, const Comp *p, Saved *saved)
{
    c->unit->inlined_depth--;
    if (LIST_LEN(saved->pushed) > 0) {
        EMIT(NOWHERE, POP_BLOCK, 0);
        EMIT(NOWHERE, JUMP, saved->end);
        HERE(saved->cleanup);
        EMIT(NOWHERE, SWAP, 2);
        EMIT(NOWHERE, POP_TOP, 0);
        TRY(restore_variables(c, p->at, saved));
        EMIT(NOWHERE, RERAISE, 0);
        HERE(saved->end);
        TRY(restore_variables(c, p->at, saved));
    }
    return restore_scope(c, saved);
}

static int check_async(Compiler *c, const Comp *p, Scope *inner, UnitKind outside)
{
    bool allowed = outside == UNIT_ASYNC_FUNCTION || outside == UNIT_COMPREHENSION;
    if (!inner->coroutine || p->kind == COMP_GENERATOR || allowed) return 0;
    return Compile_Fail(c, p->at, "asynchronous comprehension outside of an asynchronous function");
}

static int gen_inlined(Compiler *c, const Comp *p, Scope *inner)
{
    Saved saved;
    TRY(gen_outermost(c, p));
    TRY(enter_inlined(c, p, inner, &saved));
    TRY(check_async(c, p, inner, c->unit->kind));
    TRY(gen_empty_result(c, p));
    EMIT(p->at, SWAP, 2);
    TRY(gen_level(c, p, 0, 0, true));
    return leave_inlined(c, p, &saved);
}

/* ---- as a function ---- */
static Object *comp_code(Compiler *c, const Comp *p, Expr *e, Scope *inner)
{
    UnitKind outside = c->unit->kind;
    if (Unit_Enter(c, UNIT_COMPREHENSION, inner->name, e, p->at.line) < 0 || check_async(c, p, inner, outside) < 0) return NULL;
    if (gen_empty_result(c, p) < 0 || gen_level(c, p, 0, 0, false) < 0) return NULL;
    int r = p->kind == COMP_GENERATOR ? Gen_StopIterationHandler(c) : Emit(c, p->at, OP_RETURN_VALUE, 0);
    return r < 0 ? NULL : Unit_Finish(c, true);
}

int Gen_Comprehension(Compiler *c, Expr *e)
{
    Comp p = comp_of(e);
    Scope *inner = Scope_Child(c->unit->scope, e);
    if (inner == NULL) return -1;
    if (inner->inlined) return gen_inlined(c, &p, inner);
    Object *code = comp_code(c, &p, e, inner);
    TRY(code == NULL ? -1 : Gen_Closure(c, e->at, code, 0));
    TRY(gen_outermost(c, &p));
    EMIT(e->at, CALL, 0);
    return inner->coroutine && p.kind != COMP_GENERATOR ? Gen_Await(c, e->at, 0) : 0;
}
