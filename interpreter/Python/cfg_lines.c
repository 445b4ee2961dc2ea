/* Instructions that stand nowhere in the source get the place of the one that leads to them. An exit without a place that
   several ways lead to is copied, so that each way has its own. */
#include "rabbit.h"
#include "codegen.h"

static bool exits_nowhere(Block *b)
{
    if (b == NULL || !Block_Exits(b)) return false;
    for (int i = 0; i < b->n; i++) {
        if (b->ins[i].at.line >= 0) return false;
    }
    return true;
}

static Block *copy_block(Graph *g, Block *b)
{
    Block *copy = Block_New(g);
    for (int i = 0; copy != NULL && i < b->n; i++) {
        if (Block_Append(g, copy, b->ins[i]) < 0) return NULL;
    }
    if (copy != NULL) copy->preds = 1, copy->cold = b->cold, copy->warm = b->warm;
    return copy;
}

static int copy_shared_exit(Graph *g, Node *jump)
{
    Block *target = Block_NonEmpty(jump->target);
    if (!exits_nowhere(target) || target->preds <= 1) return 0;
    Block *copy = copy_block(g, target);
    if (copy == NULL) return -1;
    copy->ins[0].at = jump->at;
    jump->target = copy;
    target->preds--;
    copy->next = target->next, target->next = copy;
    return 0;
}

static int copy_shared_exits(Graph *g)
{
    for (Block *b = g->entry; b != NULL; b = b->next) {
        Node *last = Block_Last(b);
        if (last != NULL && Node_Jumps(last)) TRY(copy_shared_exit(g, last));
    }
    for (Block *b = g->entry; b != NULL; b = b->next) {
        if (b->n > 0 && Block_FallsThrough(b) && exits_nowhere(b->next)) b->next->ins[0].at = Block_Last(b)->at;
    }
    return 0;
}

static void pass_on(Block *to, Location at)
{
    if (to != NULL && to->preds == 1 && to->n > 0 && to->ins[0].at.line < 0) to->ins[0].at = at;
}

static void propagate(Block *b)
{
    Location at = NOWHERE;
    for (int i = 0; i < b->n; i++) {
        if (b->ins[i].at.line < 0) b->ins[i].at = at;
        else at = b->ins[i].at;
    }
    if (b->n == 0) return;
    if (Block_FallsThrough(b)) pass_on(b->next, at);
    if (Node_Jumps(Block_Last(b))) pass_on(Block_Last(b)->target, at);
}

int Graph_ResolveLines(Graph *g)
{
    TRY(copy_shared_exits(g));
    for (Block *b = g->entry; b != NULL; b = b->next) propagate(b);
    for (Block *b = g->entry; b != NULL; b = b->next) {
        Node *last = Block_Last(b);
        if (last == NULL || last->at.line >= 0 || last->op != OP_RETURN_VALUE) continue;
        for (int i = 0; i < b->n; i++) b->ins[i].at.line = g->unit->firstline;
    }
    return 0;
}
