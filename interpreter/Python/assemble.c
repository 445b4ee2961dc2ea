/* From the tidied graph to a code object: variables get their places in one array, jumps their distances, guarded ranges
   and places in the source their tables, and following every path once gives the depth of the stack. */
#include "rabbit.h"
#include "codegen.h"
#include "opcode_metadata.h"

/* ---- variables ---- */
/* place[i]: where cell or free variable i lives in localsplus; a cell that is a local too has its place. */
typedef struct { int *place, nlocals, ncells, nfrees, total; } Layout;

static int lay_out(Graph *g, Layout *l)
{
    Unit *u = g->unit;
    Object *name, *index;
    l->nlocals = (int)DICT_LEN(u->locals), l->ncells = (int)DICT_LEN(u->cells), l->nfrees = (int)DICT_LEN(u->frees);
    int n = l->ncells + l->nfrees, at = l->nlocals;
    l->place = Arena_Alloc(g->arena, (size_t)(n + 1) * sizeof(int));
    if (l->place == NULL) return -1;
    for (int i = 0; i < n; i++) l->place[i] = -1;
    for (Size pos = 0; Dict_Next(u->cells, &pos, &name, &index);) {
        Object *local = Dict_Get(u->locals, name);
        if (local != NULL) l->place[Int_AsLong(index, &(int){0})] = (int)Int_AsLong(local, &(int){0});
        else if (Err_Occurred()) return -1;
    }
    for (int i = 0; i < n; i++) {
        if (l->place[i] < 0) l->place[i] = at++;
    }
    l->total = at;
    return 0;
}

static int place_cells(Graph *g, const Layout *l)
{
    for (Block *b = g->entry; b != NULL; b = b->next) {
        for (int i = 0; i < b->n; i++) {
            if (Op_Info[b->ins[i].op].flags & OPF_FREE) b->ins[i].arg = l->place[b->ins[i].arg];
        }
    }
    return 0;
}

static int code_flags(Compiler *c, Unit *u)
{
    Scope *s = u->scope;
    int flags = c->future_annotations ? CODE_FUTURE_ANNOTATIONS : 0;
    if (!Scope_IsFunction(s)) return flags;
    flags |= CODE_OPTIMIZED | CODE_NEWLOCALS | (s->nested ? CODE_NESTED : 0);
    flags |= (s->varargs ? CODE_VARARGS : 0) | (s->varkeywords ? CODE_VARKEYWORDS : 0);
    if (s->generator && s->coroutine) return flags | CODE_ASYNC_GENERATOR;
    return flags | (s->generator ? CODE_GENERATOR : 0) | (s->coroutine ? CODE_COROUTINE : 0);
}

/* ---- what every call does first ---- */
static int insert(Graph *g, int at, Node n)
{
    Block *b = g->entry;
    TRY(Block_Append(g, b, n));
    Mem_Move(b->ins + at + 1, b->ins + at, (size_t)(b->n - 1 - at) * sizeof(Node));
    b->ins[at] = n;
    return 0;
}

/* In the order of their places, as the variables lie. */
static int make_cells(Graph *g, const Layout *l, int *at)
{
    for (int place = 0; place < l->total; place++) {
        for (int i = 0; i < l->ncells; i++) {
            if (l->place[i] == place) TRY(insert(g, (*at)++, (Node){OP_MAKE_CELL, i, NOWHERE, NULL, NULL}));
        }
    }
    return 0;
}

static int insert_prologue(Graph *g, const Layout *l, int flags)
{
    int at = 0, line = g->unit->firstline;
    if (l->nfrees > 0) TRY(insert(g, at++, (Node){OP_COPY_FREE_VARS, l->nfrees, NOWHERE, NULL, NULL}));
    TRY(make_cells(g, l, &at));
    if ((flags & (CODE_GENERATOR | CODE_COROUTINE | CODE_ASYNC_GENERATOR)) == 0) return 0;
    Location def = {line, -1, line, -1};
    TRY(insert(g, at++, (Node){OP_RETURN_GENERATOR, 0, def, NULL, NULL}));
    return insert(g, at, (Node){OP_POP_TOP, 0, NOWHERE, NULL, NULL});
}

/* ---- the depth of the stack ---- */
typedef struct { Block **items; int n, max; } Walk;

static void come_to(Walk *w, Block *b, int depth)
{
    assert(b->depth < 0 || b->depth == depth);
    if (b->depth >= 0) return;
    b->depth = depth;
    w->items[w->n++] = b;
}

static void walk_block(Walk *w, Block *b)
{
    int depth = b->depth;
    for (int i = 0; i < b->n; i++) {
        Node *n = &b->ins[i];
        if (n->target != NULL) {
            int there = depth + Op_StackEffect(n->op, n->arg, 1);
            w->max = there > w->max ? there : w->max;
            come_to(w, n->target, there);
        }
        depth += Op_StackEffect(n->op, n->arg, 0);
        assert(depth >= 0);
        w->max = depth > w->max ? depth : w->max;
    }
    if (Block_FallsThrough(b) && b->next != NULL) come_to(w, b->next, depth);
}

static int stack_size(Graph *g)
{
    int blocks = 0;
    for (Block *b = g->entry; b != NULL; b = b->next) b->depth = -1, blocks++;
    Walk w = {Arena_Alloc(g->arena, (size_t)blocks * sizeof(Block *)), 0, 0};
    if (w.items == NULL) return -1;
    come_to(&w, g->entry, 0);
    while (w.n > 0) walk_block(&w, w.items[--w.n]);
    return w.max;
}

/* ---- instructions ---- */
static int measure(Graph *g)
{
    int at = 0;
    for (Block *b = g->entry; b != NULL; b = b->next) {
        b->offset = at;
        at += b->n;
    }
    return at;
}

static int jump_distance(const Node *n, int next)
{
    int to = n->target->offset;
    return n->op == OP_JUMP_BACKWARD || n->op == OP_JUMP_BACKWARD_NO_INTERRUPT ? next - to : to - next;
}

static int write_instructions(Graph *g, Code *code)
{
    code->instrs = Mem_Alloc((size_t)code->ninstrs * sizeof(Instr));
    if (code->instrs == NULL) return Err_Minus(Err_NoMemory());
    int at = 0;
    for (Block *b = g->entry; b != NULL; b = b->next) {
        for (int i = 0; i < b->n; i++, at++) {
            Node *n = &b->ins[i];
            int arg = n->target != NULL ? jump_distance(n, at + 1) : n->arg;
            if (arg >= 1 << 23) return Err_Minus(Err_Set(EXC(OverflowError), "code of %U is too large", g->unit->name));
            code->instrs[at] = INSTR(n->op, arg);
        }
    }
    return 0;
}

/* ---- the table of guarded ranges ---- */
static void write_handlers(Graph *g, Handler *rows, int *count)
{
    Block *current = NULL;
    int at = 0, start = 0, n = 0;
    for (Block *b = g->entry; b != NULL; b = b->next) {
        for (int i = 0; i < b->n; i++, at++) {
            Block *h = b->ins[i].handler;
            if (h == current) continue;
            if (current != NULL) {
                if (rows != NULL) rows[n] = (Handler){start, at, current->offset, current->depth - 1 - current->lasti, current->lasti};
                n++;
            }
            current = h, start = at;
        }
    }
    if (current != NULL) {
        if (rows != NULL) rows[n] = (Handler){start, at, current->offset, current->depth - 1 - current->lasti, current->lasti};
        n++;
    }
    *count = n;
}

static int make_handlers(Graph *g, Code *code)
{
    int n;
    write_handlers(g, NULL, &n);
    code->handlers = Mem_Alloc((size_t)(n + 1) * sizeof(Handler));
    if (code->handlers == NULL) return Err_Minus(Err_NoMemory());
    write_handlers(g, code->handlers, &code->nhandlers);
    return 0;
}

/* ---- the table of places ---- */
/* An entry is a byte 1cccclll, c the form and l the number of instructions less one, and what the form needs. */
enum { MAX_UNITS = 8, MAX_ENTRY = 32, FORM_ONE_LINE = 10, FORM_NO_COLUMNS = 13, FORM_LONG = 14, FORM_NONE = 15 };
typedef struct { uint8_t *data; int n, line; } PlaceTable;

static void put(PlaceTable *t, int byte) { t->data[t->n++] = (uint8_t)byte; }

static void put_varint(PlaceTable *t, unsigned value)
{
    for (; value >= 64; value >>= 6) put(t, 64 | (value & 63));
    put(t, (int)value);
}

static void put_signed(PlaceTable *t, int value) { put_varint(t, value < 0 ? (unsigned)-value << 1 | 1 : (unsigned)value << 1); }
static void put_head(PlaceTable *t, int form, int units) { put(t, 128 | form << 3 | (units - 1)); }

static void put_place(PlaceTable *t, Location at, int units)
{
    int delta = at.line - t->line, width = at.end_col - at.col;
    if (at.line < 0) {
        put_head(t, FORM_NONE, units);
        return;
    }
    t->line = at.line;
    bool columns = at.col >= 0 && at.end_col >= 0, one_line = at.end_line == at.line;
    if (!columns && (one_line || at.end_line == -1)) {
        put_head(t, FORM_NO_COLUMNS, units);
        put_signed(t, delta);
    } else if (columns && one_line && delta == 0 && at.col < 80 && width >= 0 && width < 16) {
        put_head(t, at.col >> 3, units);
        put(t, (at.col & 7) << 4 | width);
    } else if (columns && one_line && delta >= 0 && delta < 3 && at.col < 128 && at.end_col < 128) {
        put_head(t, FORM_ONE_LINE + delta, units);
        put(t, at.col), put(t, at.end_col);
    } else {
        put_head(t, FORM_LONG, units);
        put_signed(t, delta);
        put_varint(t, (unsigned)(at.end_line - at.line));
        put_varint(t, (unsigned)(at.col + 1)), put_varint(t, (unsigned)(at.end_col + 1));
    }
}

static void put_run(PlaceTable *t, Location at, int units)
{
    for (; units > MAX_UNITS; units -= MAX_UNITS) put_place(t, at, MAX_UNITS);
    if (units > 0) put_place(t, at, units);
}

/* A build may be told to keep lines only. */
static Location kept(Location at)
{
    return interp.config.no_debug_ranges ? (Location){at.line, -1, at.line, -1} : at;
}

static bool same_place(Location a, Location b)
{
    return a.line == b.line && a.end_line == b.end_line && a.col == b.col && a.end_col == b.end_col;
}

static int make_places(Graph *g, Code *code)
{
    PlaceTable t = {Arena_Alloc(g->arena, (size_t)code->ninstrs * MAX_ENTRY), 0, code->firstline};
    if (t.data == NULL) return -1;
    Location at = NOWHERE;
    int units = 0;
    for (Block *b = g->entry; b != NULL; b = b->next) {
        for (int i = 0; i < b->n; i++, units++) {
            Location here = kept(b->ins[i].at);
            if (same_place(at, here)) continue;
            put_run(&t, at, units);
            at = here, units = 0;
        }
    }
    put_run(&t, at, units);
    code->locations = Mem_Alloc((size_t)t.n + 1);
    if (code->locations == NULL) return Err_Minus(Err_NoMemory());
    Mem_Copy(code->locations, t.data, (size_t)t.n);
    code->locations_len = t.n;
    return 0;
}

/* ---- the object ---- */
static Object *names_in_order(Object *dict)
{
    Object *keys = Dict_Keys(dict), *t = keys == NULL ? NULL : List_ToTuple(keys);
    XUnref(keys);
    return t;
}

static int put_variable(Code *code, int place, Object *name, int kind)
{
    if (TUPLE_ITEM(code->localsplus, place) == NULL) TUPLE_ITEM(code->localsplus, place) = Ref(name);
    code->kinds[place] |= (uint8_t)kind;
    return 0;
}

static int put_variables(Unit *u, Code *code, const Layout *l)
{
    Object *name, *index;
    for (Size pos = 0; Dict_Next(u->locals, &pos, &name, &index);) {
        int hidden = Dict_Get(u->hidden, name) != NULL ? VAR_HIDDEN : 0;
        TRY(put_variable(code, (int)Int_AsLong(index, &(int){0}), name, VAR_LOCAL | hidden));
    }
    for (Size pos = 0; Dict_Next(u->cells, &pos, &name, &index);) {
        TRY(put_variable(code, l->place[Int_AsLong(index, &(int){0})], name, VAR_CELL));
    }
    for (Size pos = 0; Dict_Next(u->frees, &pos, &name, &index);) {
        TRY(put_variable(code, l->place[Int_AsLong(index, &(int){0})], name, VAR_FREE));
    }
    return Err_Occurred() ? -1 : 0;
}

static int fill_objects(Compiler *c, Unit *u, Code *code, const Layout *l)
{
    code->name = Ref(u->name), code->qualname = Ref(u->qualname), code->filename = Ref(c->where.filename);
    Object *consts = Own(c, List_ToTuple(u->consts));
    code->consts = consts == NULL ? NULL : XRef(Const_Unique(c, consts));
    code->names = names_in_order(u->names);
    code->localsplus = Tuple_New(l->total);
    code->kinds = Mem_Zalloc((size_t)l->total + 1);
    if (code->consts == NULL || code->names == NULL || code->localsplus == NULL) return -1;
    return code->kinds == NULL ? Err_Minus(Err_NoMemory()) : put_variables(u, code, l);
}

static int fill(Graph *g, Code *code, const Layout *l, int flags, int stacksize)
{
    Unit *u = g->unit;
    code->argcount = u->argcount, code->posonly = u->posonly, code->kwonly = u->kwonly;
    code->flags = flags, code->stacksize = stacksize > 0 ? stacksize : 1, code->firstline = u->firstline;
    code->nlocals = l->nlocals, code->ncells = l->ncells, code->nfrees = l->nfrees, code->nlocalsplus = l->total;
    code->ninstrs = measure(g);
    TRY(fill_objects(g->c, u, code, l));
    TRY(write_instructions(g, code));
    TRY(make_handlers(g, code));
    return make_places(g, code);
}

static int prepare(Graph *g, Layout *l, int flags)
{
    TRY(Graph_Build(g, g->unit));
    TRY(Graph_Optimize(g));
    TRY(lay_out(g, l));
    TRY(insert_prologue(g, l, flags));
    TRY(place_cells(g, l));
    int size = stack_size(g);
    TRY(size);
    TRY(Graph_Normalize(g));
    return size;
}

Object *Assemble(Compiler *c, Unit *u)
{
    Graph g = {.arena = c->arena, .unit = u, .c = c};
    Layout l;
    int flags = code_flags(c, u), size = prepare(&g, &l, flags);
    Code *code = size < 0 ? NULL : Object_Alloc(&Code_Type, 0);
    if (code != NULL && fill(&g, code, &l, flags, size) < 0) CLEAR(code);
    return (Object *)code;
}
