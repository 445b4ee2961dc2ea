/* Which variables may be unbound where they are read: those reads become LOAD_FAST_CHECK, all others need no check. The
   first 64 variables are followed through the whole graph, the others within each block only. */
#include "rabbit.h"
#include "codegen.h"
#include "opcode_metadata.h"

enum { FOLLOWED = 64 };
typedef struct { Block **items; int n; } Stack;

/* b is looked at (again) when more variables may be unbound at its start than was known. */
static void enter(Stack *s, Block *b, uint64_t unbound)
{
    uint64_t both = b->unbound | unbound;
    if (both == b->unbound) return;
    b->unbound = both;
    if (b->visited) return;
    b->visited = true;
    s->items[s->n++] = b;
}

static uint64_t follow(Node *n, uint64_t unbound)
{
    if (!(Op_Info[n->op].flags & OPF_LOCAL) || n->arg >= FOLLOWED) return unbound;
    uint64_t bit = (uint64_t)1 << n->arg;
    switch (n->op) {
    case OP_DELETE_FAST: case OP_LOAD_FAST_AND_CLEAR: case OP_STORE_FAST_MAYBE_NULL: return unbound | bit;
    case OP_LOAD_FAST:
        if (unbound & bit) n->op = OP_LOAD_FAST_CHECK;
        return unbound & ~bit;
    default: return unbound & ~bit;
    }
}

static void scan(Stack *s, Block *b)
{
    uint64_t unbound = b->unbound;
    for (int i = 0; i < b->n; i++) {
        if (b->ins[i].handler != NULL) enter(s, b->ins[i].handler, unbound);
        unbound = follow(&b->ins[i], unbound);
    }
    if (b->next != NULL && Block_FallsThrough(b)) enter(s, b->next, unbound);
    if (b->n > 0 && Node_Jumps(Block_Last(b))) enter(s, Block_Last(b)->target, unbound);
}

/* bound_in[v]: the last block in which v is known to be bound. */
static void scan_alone(Block *b, int *bound_in, int number)
{
    for (int i = 0; i < b->n; i++) {
        Node *n = &b->ins[i];
        if (!(Op_Info[n->op].flags & OPF_LOCAL) || n->arg < FOLLOWED) continue;
        bool unbinds = n->op == OP_DELETE_FAST || n->op == OP_LOAD_FAST_AND_CLEAR || n->op == OP_STORE_FAST_MAYBE_NULL;
        if (n->op == OP_LOAD_FAST && bound_in[n->arg] != number) n->op = OP_LOAD_FAST_CHECK;
        bound_in[n->arg] = unbinds ? 0 : number;
    }
}

static int check_beyond(Graph *g, int nlocals)
{
    int *bound_in = Arena_Alloc(g->arena, (size_t)nlocals * sizeof(int)), number = 0;
    if (bound_in == NULL) return -1;
    for (Block *b = g->entry; b != NULL; b = b->next) scan_alone(b, bound_in, ++number);
    return 0;
}

int Graph_CheckUnbound(Graph *g)
{
    int nlocals = (int)DICT_LEN(g->unit->locals), nparams = (int)LIST_LEN(g->unit->scope->params), blocks = 0;
    if (nlocals == 0) return 0;
    if (nlocals > FOLLOWED) {
        TRY(check_beyond(g, nlocals));
        nlocals = FOLLOWED;
    }
    for (Block *b = g->entry; b != NULL; b = b->next) b->visited = false, b->unbound = 0, blocks++;
    Stack s = {Arena_Alloc(g->arena, (size_t)blocks * sizeof(Block *)), 0};
    if (s.items == NULL) return -1;
    uint64_t start = 0;
    for (int i = nparams; i < nlocals; i++) start |= (uint64_t)1 << i;
    enter(&s, g->entry, start);
    for (Block *b = g->entry; b != NULL; b = b->next) scan(&s, b);
    while (s.n > 0) {
        Block *b = s.items[--s.n];
        b->visited = false;
        scan(&s, b);
    }
    return 0;
}
