/* The instructions of a unit as a graph of blocks: control enters a block at its start and leaves it at its end. Here it
   is built, cleared of what cannot be reached, and laid out: code that runs only after an exception goes to the end. */
#include "rabbit.h"
#include "codegen.h"
#include "opcode_metadata.h"

enum { MAX_COPY = 4 };          /* a jump to an exit of at most so many instructions becomes a copy of it */

/* ---- blocks ---- */
Block *Block_New(Graph *g)
{
    Block *b = Arena_Alloc(g->arena, sizeof(Block));
    if (b != NULL) b->label = NO_LABEL, b->depth = -1;
    return b;
}

int Block_Append(Graph *g, Block *b, Node ins)
{
    if (b->n == b->cap) {
        int cap = b->cap == 0 ? 8 : 2 * b->cap;
        Node *items = Arena_Alloc(g->arena, (size_t)cap * sizeof(Node));
        if (items == NULL) return -1;
        Mem_Copy(items, b->ins, (size_t)b->n * sizeof(Node));
        b->ins = items, b->cap = cap;
    }
    b->ins[b->n++] = ins;
    return 0;
}

Node *Block_Last(Block *b) { return b->n > 0 ? &b->ins[b->n - 1] : NULL; }

Block *Block_NonEmpty(Block *b)
{
    while (b != NULL && b->n == 0) b = b->next;
    return b;
}

bool Node_Pushes(const Node *i) { return i->op == OP_SETUP_FINALLY || i->op == OP_SETUP_CLEANUP || i->op == OP_SETUP_WITH; }
bool Node_Jumps(const Node *i) { return (Op_Info[i->op].flags & OPF_JUMP) && !Node_Pushes(i); }

static bool always_jumps(const Node *i) { return Node_Jumps(i) && (Op_Info[i->op].flags & OPF_ENDS); }
static bool exits(const Node *i) { return !Node_Jumps(i) && (Op_Info[i->op].flags & OPF_ENDS); }

bool Block_Exits(Block *b) { return b->n > 0 && exits(Block_Last(b)); }
bool Block_FallsThrough(Block *b) { return b->n == 0 || !(Op_Info[Block_Last(b)->op].flags & OPF_ENDS); }

/* ---- building ---- */
/* label_at[i]: one of the labels before instruction i, for all who jump there. */
static int *labels_by_place(Graph *g, Unit *u)
{
    int *label_at = Arena_Alloc(g->arena, (size_t)(u->code.n + 1) * sizeof(int));
    if (label_at == NULL) return NULL;
    for (int i = 0; i <= u->code.n; i++) label_at[i] = NO_LABEL;
    for (int i = 0; i < u->nlabels; i++) {
        if (u->labels[i] >= 0) label_at[u->labels[i]] = i;
    }
    return label_at;
}

static bool ends_block(Block *b) { return b->n > 0 && (Node_Jumps(Block_Last(b)) || exits(Block_Last(b))); }

static Block *next_block(Graph *g, Block *b, Block **by_label, int label)
{
    if (label != NO_LABEL ? b->n > 0 || b->label != NO_LABEL : ends_block(b)) {
        if ((b->next = Block_New(g)) == NULL) return NULL;
        b = b->next;
    }
    if (label != NO_LABEL) b->label = label, by_label[label] = b;
    return b;
}

static void set_targets(Graph *g, Unit *u, Block **by_label, const int *label_at)
{
    for (Block *b = g->entry; b != NULL; b = b->next) {
        for (int i = 0; i < b->n; i++) {
            Node *n = &b->ins[i];
            if (!(Op_Info[n->op].flags & OPF_JUMP)) continue;
            n->target = by_label[label_at[u->labels[n->arg]]];
            n->target->handles |= Node_Pushes(n);
        }
    }
}

int Graph_Build(Graph *g, Unit *u)
{
    int *label_at = labels_by_place(g, u);
    Block **by_label = Arena_Alloc(g->arena, (size_t)(u->nlabels + 1) * sizeof(Block *)), *b = Block_New(g);
    if (label_at == NULL || by_label == NULL || b == NULL) return -1;
    g->entry = b;
    for (int i = 0; i < u->code.n; i++) {
        Ins *ins = &u->code.items[i];
        b = next_block(g, b, by_label, label_at[i]);
        TRY(b == NULL ? -1 : Block_Append(g, b, (Node){ins->op, ins->arg, ins->at, NULL, NULL}));
    }
    set_targets(g, u, by_label, label_at);
    return 0;
}

/* ---- who guards what ---- */
typedef struct { Block **items; int n; } Todo;

static int todo_new(Graph *g, Todo *t)
{
    int n = 0;
    for (Block *b = g->entry; b != NULL; b = b->next) {
        b->visited = false;
        n++;
    }
    t->n = 0;
    t->items = Arena_Alloc(g->arena, (size_t)n * sizeof(Block *));
    return t->items == NULL ? -1 : 0;
}

static void todo_add(Todo *t, Block *b)
{
    if (b == NULL || b->visited) return;
    b->visited = true;
    t->items[t->n++] = b;
}

static void todo_add_guarded(Todo *t, Block *b, Block *const *guards, int n)
{
    if (b == NULL || b->visited) return;
    Mem_Copy(b->guards, guards, (size_t)n * sizeof(Block *));
    b->nguards = n;
    todo_add(t, b);
}

static void guard_block(Todo *t, Block *b)
{
    Block *guards[MAX_UNDO + 2];
    int n = b->nguards;
    Mem_Copy(guards, b->guards, (size_t)n * sizeof(Block *));
    for (int i = 0; i < b->n; i++) {
        Node *ins = &b->ins[i];
        if (Node_Pushes(ins)) {
            todo_add_guarded(t, ins->target, guards, n);
            ins->target->lasti |= ins->op != OP_SETUP_FINALLY;
            guards[n++] = ins->target;
        } else if (ins->op == OP_POP_BLOCK) {
            n--;
        } else {
            ins->handler = n > 0 ? guards[n - 1] : NULL;
            if (ins->op == OP_YIELD_VALUE) ins->arg = n;
            if (Node_Jumps(ins)) todo_add_guarded(t, ins->target, guards, n);
        }
    }
    if (Block_FallsThrough(b)) todo_add_guarded(t, b->next, guards, n);
}

static int set_guards(Graph *g)
{
    Todo t;
    TRY(todo_new(g, &t));
    todo_add(&t, g->entry);
    while (t.n > 0) guard_block(&t, t.items[--t.n]);
    return 0;
}

/* ---- clearing ---- */
static void reach(Todo *t, Block *b)
{
    if (b == NULL) return;
    b->preds++;
    todo_add(t, b);
}

/* Count how many ways lead into each block, and empty those that none does. */
static int drop_unreachable(Graph *g)
{
    Todo t;
    TRY(todo_new(g, &t));
    for (Block *b = g->entry; b != NULL; b = b->next) b->preds = 0;
    reach(&t, g->entry);
    while (t.n > 0) {
        Block *b = t.items[--t.n];
        if (Block_FallsThrough(b)) reach(&t, b->next);
        for (int i = 0; i < b->n; i++) {
            if (b->ins[i].target != NULL) reach(&t, b->ins[i].target);
        }
    }
    for (Block *b = g->entry; b != NULL; b = b->next) {
        if (b->preds == 0) b->n = 0, b->handles = false;
    }
    return 0;
}

static void drop_empty_blocks(Graph *g)
{
    for (Block *b = g->entry; b != NULL; b = b->next) b->next = Block_NonEmpty(b->next);
    g->entry = Block_NonEmpty(g->entry);
    for (Block *b = g->entry; b != NULL; b = b->next) {
        for (int i = 0; i < b->n; i++) {
            if (b->ins[i].target != NULL) b->ins[i].target = Block_NonEmpty(b->ins[i].target);
        }
    }
}

static int inline_exit(Graph *g, Block *b)
{
    Node *last = Block_Last(b);
    if (last == NULL || !always_jumps(last)) return 0;
    Block *target = last->target;
    if (!Block_Exits(target) || target->n > MAX_COPY) return 0;
    last->op = OP_NOP, last->arg = 0, last->target = NULL;
    for (int i = 0; i < target->n; i++) TRY(Block_Append(g, b, target->ins[i]));
    return 0;
}

static int inline_exits(Graph *g)
{
    for (Block *b = g->entry; b != NULL; b = b->next) TRY(inline_exit(g, b));
    return 0;
}

/* A NOP is there for its line only: it goes when a neighbour is on the same line, or can take it over. */
static bool nop_is_needed(Block *b, int i, int previous_line)
{
    int line = b->ins[i].at.line;
    if (line < 0 || line == previous_line) return false;
    if (i + 1 < b->n) {
        Node *next = &b->ins[i + 1];
        if (next->at.line < 0) next->at = b->ins[i].at;
        return next->at.line != line;
    }
    Block *next = Block_NonEmpty(b->next);
    for (int j = 0; next != NULL && j < next->n; j++) {
        if (next->ins[j].op == OP_NOP && next->ins[j].at.line < 0) continue;
        return next->ins[j].at.line != line;
    }
    return true;
}

void Block_DropNops(Block *b)
{
    int kept = 0, line = -1;
    for (int i = 0; i < b->n; i++) {
        if (b->ins[i].op == OP_NOP && !nop_is_needed(b, i, line)) continue;
        line = b->ins[i].at.line;
        b->ins[kept++] = b->ins[i];
    }
    b->n = kept;
}

static bool loads_for_nothing(const Node *load, const Node *pop)
{
    return pop->op == OP_POP_TOP && (load->op == OP_LOAD_CONST || (load->op == OP_COPY && load->arg == 1));
}

/* A value that is loaded and dropped at once, also over the border of blocks that nobody jumps to. */
static void drop_needless_loads(Graph *g)
{
    Node *last = NULL;
    for (Block *b = g->entry; b != NULL; b = b->next) {
        Block_DropNops(b);
        if (b->label != NO_LABEL) last = NULL;
        for (int i = 0; i < b->n; i++) {
            Node *n = &b->ins[i];
            if (last != NULL && loads_for_nothing(last, n)) {
                last->op = n->op = OP_NOP;
                last->arg = 0;
            }
            last = n;
        }
        if (!Block_FallsThrough(b) || (b->n > 0 && Node_Jumps(Block_Last(b)))) last = NULL;
    }
    for (Block *b = g->entry; b != NULL; b = b->next) Block_DropNops(b);
}

/* A jump to what comes next anyway. */
static void drop_needless_jumps(Graph *g)
{
    for (Block *b = g->entry; b != NULL; b = b->next) {
        Node *last = Block_Last(b);
        if (last == NULL || !always_jumps(last) || Block_NonEmpty(last->target) != Block_NonEmpty(b->next)) continue;
        last->op = OP_NOP, last->arg = 0, last->target = NULL;
    }
    drop_empty_blocks(g);
}

/* Number the constants that are used anew; the first, which may be a docstring, stays. */
static int drop_unused_consts(Graph *g)
{
    Object *consts = g->unit->consts;
    Size n = LIST_LEN(consts), kept = 1;
    if (n == 0) return 0;
    int *map = Arena_Alloc(g->arena, (size_t)n * sizeof(int));
    if (map == NULL) return -1;
    map[0] = 1;
    for (Block *b = g->entry; b != NULL; b = b->next) {
        for (int i = 0; i < b->n; i++) {
            if (Op_Info[b->ins[i].op].flags & OPF_CONST) map[b->ins[i].arg] = 1;
        }
    }
    map[0] = 0;
    for (Size i = 1; i < n; i++) {
        if (map[i] == 0) continue;
        ASSIGN(LIST_ITEM(consts, kept), Ref(LIST_ITEM(consts, i)));
        map[i] = (int)kept++;
    }
    TRY(List_SetSlice(consts, kept, n, NULL));
    for (Block *b = g->entry; b != NULL; b = b->next) {
        for (int i = 0; i < b->n; i++) {
            if (Op_Info[b->ins[i].op].flags & OPF_CONST) b->ins[i].arg = map[b->ins[i].arg];
        }
    }
    return 0;
}

/* ---- layout ---- */
static void mark(Todo *t, bool cold)
{
    while (t->n > 0) {
        Block *b = t->items[--t->n];
        if (cold) b->cold = true;
        else b->warm = true;
        if (Block_FallsThrough(b) && b->next != NULL && !b->next->warm) todo_add(t, b->next);
        for (int i = 0; i < b->n; i++) {
            if (Node_Jumps(&b->ins[i]) && !b->ins[i].target->warm) todo_add(t, b->ins[i].target);
        }
    }
}

static int find_cold(Graph *g)
{
    Todo t;
    TRY(todo_new(g, &t));
    todo_add(&t, g->entry);
    mark(&t, false);
    TRY(todo_new(g, &t));
    for (Block *b = g->entry; b != NULL; b = b->next) {
        if (b->handles && !b->warm) todo_add(&t, b);
    }
    mark(&t, true);
    return 0;
}

/* A cold block that falls into a warm one is going to be elsewhere: it jumps. */
static int add_jumps_back(Graph *g)
{
    for (Block *b = g->entry; b != NULL; b = b->next) {
        if (!b->cold || !Block_FallsThrough(b) || b->next == NULL || !b->next->warm) continue;
        Block *jump = Block_New(g);
        TRY(jump == NULL ? -1 : Block_Append(g, jump, (Node){OP_JUMP, 0, NOWHERE, b->next, NULL}));
        jump->cold = true;
        jump->next = b->next, b->next = jump;
    }
    return 0;
}

int Graph_MoveColdBlocks(Graph *g)
{
    if (g->entry->next == NULL) return 0;
    TRY(find_cold(g));
    TRY(add_jumps_back(g));
    Block *cold = NULL, **cold_end = &cold, **link = &g->entry;
    while (*link != NULL) {
        Block *b = *link;
        if (b->cold) {
            *link = b->next, b->next = NULL;
            *cold_end = b, cold_end = &b->next;
        } else {
            link = &b->next;
        }
    }
    *link = cold;
    if (cold != NULL) drop_needless_jumps(g);
    return 0;
}

static int reversed(int op)
{
    switch (op) {
    case OP_POP_JUMP_IF_FALSE: return OP_POP_JUMP_IF_TRUE;
    case OP_POP_JUMP_IF_TRUE: return OP_POP_JUMP_IF_FALSE;
    case OP_POP_JUMP_IF_NONE: return OP_POP_JUMP_IF_NOT_NONE;
    default: return OP_POP_JUMP_IF_NONE;
    }
}

/* A condition that jumps backward becomes one that jumps over a jump backward. */
static int normalize_jump(Graph *g, Block *b)
{
    Node *last = Block_Last(b);
    if (last == NULL || !Node_Jumps(last)) return 0;
    bool forward = !last->target->visited;
    if (last->op == OP_JUMP) last->op = forward ? OP_JUMP_FORWARD : OP_JUMP_BACKWARD;
    else if (last->op == OP_JUMP_NO_INTERRUPT) last->op = forward ? OP_JUMP_FORWARD : OP_JUMP_BACKWARD_NO_INTERRUPT;
    else if (!forward) {
        Block *jump = Block_New(g);
        TRY(jump == NULL ? -1 : Block_Append(g, jump, (Node){OP_JUMP, 0, last->at, last->target, NULL}));
        jump->cold = b->cold, jump->next = b->next, jump->depth = b->next->depth;
        last->op = reversed(last->op), last->target = b->next;
        b->next = jump;
    }
    return 0;
}

int Graph_Normalize(Graph *g)
{
    for (Block *b = g->entry; b != NULL; b = b->next) {
        b->visited = false;
        for (int i = 0; i < b->n; i++) {
            if (Node_Pushes(&b->ins[i]) || b->ins[i].op == OP_POP_BLOCK) b->ins[i].op = OP_NOP, b->ins[i].target = NULL;
            if (b->ins[i].op == OP_STORE_FAST_MAYBE_NULL) b->ins[i].op = OP_STORE_FAST;
        }
    }
    for (Block *b = g->entry; b != NULL; b = b->next) Block_DropNops(b);
    for (Block *b = g->entry; b != NULL; b = b->next) {
        b->visited = true;
        TRY(normalize_jump(g, b));
    }
    return 0;
}

int Graph_Optimize(Graph *g)
{
    TRY(set_guards(g));
    drop_empty_blocks(g);
    TRY(inline_exits(g));
    TRY(drop_unreachable(g));
    for (Block *b = g->entry; b != NULL; b = b->next) TRY(Block_Optimize(g, b));
    drop_needless_loads(g);
    TRY(inline_exits(g));
    TRY(drop_unreachable(g));
    for (Block *b = g->entry; b != NULL; b = b->next) Block_DropNops(b);
    drop_empty_blocks(g);
    drop_needless_jumps(g);
    TRY(drop_unused_consts(g));
    TRY(Graph_CheckUnbound(g));
    TRY(Graph_MoveColdBlocks(g));
    return Graph_ResolveLines(g);
}
