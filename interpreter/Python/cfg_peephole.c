/* Within one block: instructions that undo each other go, jumps to jumps go straight, conditions on constants are decided,
   tuples of constants become constants, and values are stored in the order that saves a swap. */
#include "rabbit.h"
#include "codegen.h"
#include "opcode_metadata.h"

static void nop(Node *i) { i->op = OP_NOP, i->arg = 0, i->target = NULL; }

/* ---- jumps ---- */
/* 1: i now jumps where the jump at its target does. Not over to another line: that line would not be seen. */
static bool thread_jump(Node *i, Node *target)
{
    bool same_line = target->at.line < 0 || i->at.line == target->at.line;
    if (target->op != OP_JUMP || !same_line || i->target == target->target) return false;
    i->target = target->target;
    return true;
}

/* `LOAD_CONST x; POP_JUMP_IF_...`: jumps always or never. `load` may be the COPY of a constant. */
static int decide_jump(Graph *g, Node *load, Node *jump, int constant)
{
    int truth = Object_IsTrue(LIST_ITEM(g->unit->consts, constant));
    TRY(truth);
    bool when = jump->op == OP_POP_JUMP_IF_TRUE;
    nop(load);
    if (truth == when) jump->op = OP_JUMP;
    else nop(jump);
    return 0;
}

/* `is None` before a jump is one with it. */
static void jump_on_none(Block *b, int i)
{
    if (i + 2 >= b->n) return;
    Node *is = &b->ins[i + 1], *jump = &b->ins[i + 2];
    bool invert = is->arg;
    if (jump->op == OP_POP_JUMP_IF_FALSE) invert = !invert;
    else if (jump->op != OP_POP_JUMP_IF_TRUE) return;
    nop(&b->ins[i]), nop(is);
    jump->op = invert ? OP_POP_JUMP_IF_NOT_NONE : OP_POP_JUMP_IF_NONE;
}

/* ---- constants ---- */
static int optimize_constant(Graph *g, Block *b, int i, int constant)
{
    if (i + 1 >= b->n) return 0;
    Node *load = &b->ins[i], *next = load + 1;
    switch (next->op) {
    case OP_POP_JUMP_IF_FALSE: case OP_POP_JUMP_IF_TRUE: return decide_jump(g, load, next, constant);
    case OP_IS_OP:
        if (LIST_ITEM(g->unit->consts, constant) == None) jump_on_none(b, i);
        return 0;
    case OP_RETURN_VALUE:
        nop(load);
        next->op = OP_RETURN_CONST, next->arg = constant;
        return 0;
    default: return 0;
    }
}

static int fold_tuple(Graph *g, Block *b, int i)
{
    int n = b->ins[i].arg;
    if (i < n) return 0;
    for (int j = i - n; j < i; j++) {
        if (b->ins[j].op != OP_LOAD_CONST) return 0;
    }
    Object *tuple = Own(g->c, Tuple_New(n));
    if (tuple == NULL) return -1;
    for (int j = 0; j < n; j++) {
        Node *load = &b->ins[i - n + j];
        TUPLE_ITEM(tuple, j) = Ref(LIST_ITEM(g->unit->consts, load->arg));
        nop(load);
    }
    int index = Const_Index(g->c, tuple);
    b->ins[i].op = OP_LOAD_CONST, b->ins[i].arg = index;
    return index < 0 ? -1 : 0;
}

/* A tuple that is taken apart at once is not made. */
static int optimize_tuple(Graph *g, Block *b, int i)
{
    Node *build = &b->ins[i], *next = build + 1;
    if (i + 1 < b->n && next->op == OP_UNPACK_SEQUENCE && next->arg == build->arg && build->arg >= 1 && build->arg <= 3) {
        int n = build->arg;
        nop(build), nop(next);
        if (n > 1) next->op = OP_SWAP, next->arg = n;
        return 0;
    }
    return fold_tuple(g, b, i);
}

/* ---- swaps ---- */
enum { DONE = -1 };

/* The run of n SWAPs and NOPs at `run` moves `stack[i]` to i, where 0 is the top: written from its end with the fewest
   SWAPs, one cycle of the permutation after the other. */
static void write_swaps(Node *run, int n, int *stack, int depth)
{
    int at = n - 1;
    for (int i = 0; i < depth; i++) {
        if (stack[i] == DONE || stack[i] == i) continue;
        for (int j = i;;) {
            if (j > 0) run[at].op = OP_SWAP, run[at--].arg = j + 1;
            if (stack[j] == DONE) break;
            int next = stack[j];
            stack[j] = DONE;
            j = next;
        }
    }
    while (at >= 0) nop(&run[at--]);
}

/* Returns the number of instructions in the run, 1 when there is nothing to do. */
static int shorten_swaps(Graph *g, Node *run, int limit)
{
    int n = 1, depth = run[0].arg, swaps = 1;
    for (; n < limit && (run[n].op == OP_SWAP || run[n].op == OP_NOP); n++) {
        if (run[n].op != OP_SWAP) continue;
        depth = run[n].arg > depth ? run[n].arg : depth;
        swaps++;
    }
    if (swaps == 1) return 1;
    int *stack = Arena_Alloc(g->arena, (size_t)depth * sizeof(int));
    if (stack == NULL) return -1;
    for (int i = 0; i < depth; i++) stack[i] = i;
    for (int i = 0; i < n; i++) {
        if (run[i].op != OP_SWAP) continue;
        int top = stack[0], k = run[i].arg - 1;
        stack[0] = stack[k], stack[k] = top;
    }
    write_swaps(run, n, stack, depth);
    return n;
}

static bool may_move(int op) { return op == OP_STORE_FAST || op == OP_STORE_FAST_MAYBE_NULL || op == OP_POP_TOP; }
static int stores_to(const Node *i) { return i->op == OP_POP_TOP ? -1 : i->arg; }

/* The next instruction behind i that only takes the top away, on `line` if that is not -1; or -1. */
static int next_mover(Block *b, int i, int line)
{
    while (++i < b->n) {
        Node *n = &b->ins[i];
        if (line >= 0 && n->at.line != line) return -1;
        if (n->op == OP_NOP) continue;
        return may_move(n->op) ? i : -1;
    }
    return -1;
}

/* Two stores to one variable must stay in order, and so must those between them. */
static bool may_exchange(Block *b, int j, int k)
{
    int first = stores_to(&b->ins[j]), second = stores_to(&b->ins[k]);
    if (first < 0 && second < 0) return true;
    if (first == second) return false;
    for (int i = j + 1; i < k; i++) {
        int between = may_move(b->ins[i].op) ? stores_to(&b->ins[i]) : -1;
        if (between >= 0 && (between == first || between == second)) return false;
    }
    return true;
}

/* A SWAP n whose items are stored or dropped next: exchange those instructions instead, and go on with the SWAPs before. */
static void apply_swaps(Block *b, int i)
{
    for (; i >= 0; i--) {
        Node *swap = &b->ins[i];
        if (swap->op == OP_NOP || may_move(swap->op)) continue;
        if (swap->op != OP_SWAP) return;
        int j = next_mover(b, i, -1);
        if (j < 0) return;
        int k = j, line = b->ins[j].at.line;
        for (int count = swap->arg; count > 1; count--) {
            if ((k = next_mover(b, k, line)) < 0) return;
        }
        if (!may_exchange(b, j, k)) return;
        nop(swap);
        Node saved = b->ins[j];
        b->ins[j] = b->ins[k], b->ins[k] = saved;
    }
}

/* ---- all of it ---- */
static int optimize_swap(Graph *g, Block *b, int *i)
{
    if (b->ins[*i].arg == 1) {
        nop(&b->ins[*i]);
        return 0;
    }
    int n = shorten_swaps(g, &b->ins[*i], b->n - *i);
    TRY(n);
    *i += n - 1;
    apply_swaps(b, *i);
    return 0;
}

static void push_null_with_global(Block *b, int i)
{
    Node *next = &b->ins[i + 1];
    if (i + 1 >= b->n || next->op != OP_LOAD_GLOBAL || (next->arg & 1)) return;
    nop(&b->ins[i]);
    next->arg |= 1;
}

static int optimize_node(Graph *g, Block *b, int *i, int constant)
{
    Node *n = &b->ins[*i];
    if (constant >= 0) return optimize_constant(g, b, *i, constant);
    switch (n->op) {
    case OP_BUILD_TUPLE: return optimize_tuple(g, b, *i);
    case OP_POP_JUMP_IF_FALSE: case OP_POP_JUMP_IF_TRUE: case OP_POP_JUMP_IF_NONE: case OP_POP_JUMP_IF_NOT_NONE: case OP_JUMP:
        n->target = Block_NonEmpty(n->target);
        if (thread_jump(n, &n->target->ins[0])) --*i;
        return 0;
    case OP_SWAP: return optimize_swap(g, b, i);
    case OP_PUSH_NULL: push_null_with_global(b, *i); return 0;
    default: return 0;
    }
}

int Block_Optimize(Graph *g, Block *b)
{
    int constant = -1;                  /* of the LOAD_CONST just before, seen through a COPY */
    for (int i = 0; i < b->n; i++) {
        Node *n = &b->ins[i];
        if (n->op == OP_LOAD_CONST) constant = n->arg;
        else if (!(n->op == OP_COPY && n->arg == 1 && constant >= 0)) constant = -1;
        TRY(optimize_node(g, b, &i, constant));
    }
    return 0;
}
