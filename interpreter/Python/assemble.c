/* Writing instructions, and making a code object of them: jumps get their targets, the deepest the
   stack and the blocks can get is found by following every path once. */
#include "rabbit.h"
#include "compile.h"

#define NOJUMP INT32_MIN

/* Height of the stack after `op`; for the jump when `jump`. NOJUMP: never jumps. */
static int effect(int op, int arg, bool jump)
{
    switch (op) {
#define OP(name, fall, taken) case OP_##name: return jump ? (taken) : (fall);
#include "opcodes.def"
#undef OP
    default: return 0;
    }
}

int Emit(Compiler *c, int op, int arg)
{
    InstrBuf *b = &c->unit->code;
    if (b->n == b->cap) {
        int cap = b->cap * 2 + 64;
        Instr *instrs = Mem_Realloc(b->instrs, (size_t)cap * sizeof(Instr));
        if (instrs == NULL) {
            return Err_Minus(Err_NoMemory());
        }
        b->instrs = instrs;
        int32_t *lines = Mem_Realloc(b->lines, (size_t)cap * sizeof(int32_t));
        if (lines == NULL) {
            return Err_Minus(Err_NoMemory());
        }
        b->lines = lines;
        b->cap = cap;
    }
    if (arg < 0 || arg >= 1 << 24) {
        return Err_Minus(Err_Set(EXC(SyntaxError), "code too large"));
    }
    b->instrs[b->n] = (Instr)op | (Instr)arg << 8;
    b->lines[b->n++] = c->unit->line;
    return 0;
}

int Label_New(Compiler *c)
{
    Unit *u = c->unit;
    if (u->nlabels == u->caplabels) {
        int cap = u->caplabels * 2 + 32;
        int *labels = Mem_Realloc(u->labels, (size_t)cap * sizeof(int));
        if (labels == NULL) {
            return Err_Minus(Err_NoMemory());
        }
        u->labels = labels;
        u->caplabels = cap;
    }
    u->labels[u->nlabels] = -1;
    return u->nlabels++;
}

int Label_Here(Compiler *c, int label)
{
    c->unit->labels[label] = c->unit->code.n;
    return 0;
}

int Emit_Jump(Compiler *c, int op, int label) { return label < 0 ? -1 : Emit(c, op, label); }

int Name_Index(Object *dict, Object *name)
{
    Object *index = Dict_Get(dict, name);
    if (index != NULL || Err_Occurred()) {
        return index == NULL ? -1 : (int)Number_AsSize(index, NULL);
    }
    Size n = DICT_LEN(dict);
    index = Int_FromLong(n);
    int r = index == NULL ? -1 : Dict_Set(dict, name, index);
    XUnref(index);
    return r < 0 ? -1 : (int)n;
}

/* What tells constants apart that compare equal: 1, 1.0, True, -0.0. New. */
static Object *const_key(Object *value)
{
    Object *r, *text = TYPE(value) == &Float_Type ? Object_Repr(value) : Ref(None);
    if (TYPE(value) == &Tuple_Type) {
        Object *id = Int_FromLong((int64_t)(intptr_t)value);
        ASSIGN(text, id);
    }
    r = text == NULL ? NULL : Tuple_Pack(3, TYPE(value), TYPE(value) == &Tuple_Type ? None : value, text);
    XUnref(text);
    return r;
}

int Emit_Const(Compiler *c, Object *value)
{
    Unit *u = c->unit;
    Object *key = TYPE(value) == &Code_Type ? Ref(value) : const_key(value);
    Size before = DICT_LEN(u->const_index);
    int index = key == NULL ? -1 : Name_Index(u->const_index, key);
    XUnref(key);
    if (index < 0 || ((Size)index == before && List_Append(u->consts, value) < 0)) {
        return -1;
    }
    return Emit(c, OP_LOAD_CONST, index);
}

int Unit_Enter(Compiler *c, Scope *scope, Object *name, int line)
{
    Unit *u = Mem_Zalloc(sizeof(Unit));
    if (u == NULL) {
        return Err_Minus(Err_NoMemory());
    }
    Object *qualname = Gen_Qualname(c, name);
    u->prev = c->unit;
    c->unit = u;
    u->scope = scope, u->name = Ref(name), u->qualname = qualname, u->line = u->firstline = line;
    u->consts = List_New(0);
    Object **dicts[] = {&u->const_index, &u->names, &u->varnames, &u->cellvars, &u->freevars};
    for (Size i = 0; i < COUNT(dicts); i++) {
        *dicts[i] = Dict_New();
    }
    if (qualname == NULL || u->consts == NULL || u->freevars == NULL) {
        return -1;
    }
    Object *symbol, *value;
    for (Size pos = 0; Dict_Next(scope->symbols, &pos, &symbol, &value);) {
        int flags = (int)Number_AsSize(value, NULL);
        if (flags & SYM_CELL) TRY(Name_Index(u->cellvars, symbol));
        else if (flags & SYM_FREE) TRY(Name_Index(u->freevars, symbol));
    }
    return 0;
}

void Unit_Leave(Compiler *c)
{
    Unit *u = c->unit;
    c->unit = u->prev;
    Object **owned[] = {&u->name, &u->qualname, &u->consts, &u->const_index, &u->names, &u->varnames, &u->cellvars, &u->freevars};
    for (Size i = 0; i < COUNT(owned); i++) {
        CLEAR(*owned[i]);
    }
    Mem_Free(u->code.instrs);
    Mem_Free(u->code.lines);
    Mem_Free(u->labels);
    Mem_Free(u);
}

/* ---- the end of a unit ---- */
static bool has_label(int op) { return effect(op, 0, true) != NOJUMP; }
static bool goes_on(int op) { return op != OP_JUMP && op != OP_RETURN_VALUE && op != OP_RERAISE && op != OP_RAISE_VARARGS; }

static void resolve_jumps(Unit *u)
{
    for (int i = 0; i < u->code.n; i++) {
        Instr instr = u->code.instrs[i];
        if (has_label((int)(instr & 0xff))) {
            u->code.instrs[i] = (instr & 0xff) | (Instr)u->labels[instr >> 8] << 8;
        }
    }
}

typedef struct { int depth, blocks; } Height;

/* Follow every path from instruction 0; each instruction is reached with one height only. */
static int measure(Unit *u, int *stack, int *blocks)
{
    int n = u->code.n, todo_n = 0;
    Height *seen = Mem_Alloc((size_t)n * sizeof(Height));
    int *todo = Mem_Alloc((size_t)(n + 1) * sizeof(int));
    if (seen == NULL || todo == NULL) {
        Mem_Free(seen);
        Mem_Free(todo);
        return Err_Minus(Err_NoMemory());
    }
    for (int i = 0; i < n; i++) {
        seen[i].depth = -1;
    }
    *stack = *blocks = 0;
    seen[0] = (Height){0, 0};
    todo[todo_n++] = 0;
    while (todo_n > 0) {
        for (int i = todo[--todo_n];; i++) {
            int op = (int)(u->code.instrs[i] & 0xff), arg = (int)(u->code.instrs[i] >> 8);
            Height here = seen[i], next = here;
            next.depth += effect(op, arg, false);
            next.blocks += op == OP_SETUP_TRY || op == OP_SETUP_WITH ? 1 : op == OP_POP_BLOCK ? -1 : 0;
            *stack = next.depth > *stack ? next.depth : *stack;
            *blocks = next.blocks > *blocks ? next.blocks : *blocks;
            if (has_label(op) && seen[arg].depth < 0) {
                seen[arg] = (Height){here.depth + effect(op, arg, true), here.blocks};
                *stack = seen[arg].depth > *stack ? seen[arg].depth : *stack;
                todo[todo_n++] = arg;
            }
            if (!goes_on(op) || i + 1 >= n || seen[i + 1].depth >= 0) {
                break;
            }
            seen[i + 1] = next;
        }
    }
    *stack += 2;
    Mem_Free(seen);
    Mem_Free(todo);
    return 0;
}

static Object *keys_tuple(Object *dict)
{
    Object *list = Dict_Keys(dict), *t = list == NULL ? NULL : List_ToTuple(list);
    XUnref(list);
    return t;
}

static int find_cell_args(Code *code, Unit *u)
{
    code->cell_arg = Mem_Alloc((size_t)(code->ncells + 1) * sizeof(int));
    if (code->cell_arg == NULL) {
        return Err_Minus(Err_NoMemory());
    }
    int nargs = code->argcount + code->kwonly + ((code->flags & CODE_VARARGS) != 0) + ((code->flags & CODE_VARKEYWORDS) != 0);
    for (int i = 0; i < code->ncells; i++) {
        Object *index = Dict_Get(u->varnames, TUPLE_ITEM(code->cellvars, i));
        int at = index == NULL ? -1 : (int)Number_AsSize(index, NULL);
        code->cell_arg[i] = at < nargs ? at : -1;
    }
    return 0;
}

Object *Assemble(Compiler *c, Unit *u)
{
    Code *code = Object_Alloc(&Code_Type, 0);
    if (code == NULL) {
        return NULL;
    }
    code->name = Ref(u->name), code->qualname = Ref(u->qualname), code->filename = Ref(c->filename_object);
    code->consts = List_ToTuple(u->consts);
    code->names = keys_tuple(u->names), code->varnames = keys_tuple(u->varnames);
    code->cellvars = keys_tuple(u->cellvars), code->freevars = keys_tuple(u->freevars);
    code->argcount = u->argcount, code->posonly = u->posonly, code->kwonly = u->kwonly, code->flags = u->flags, code->firstline = u->firstline;
    resolve_jumps(u);
    if (code->consts == NULL || code->names == NULL || code->varnames == NULL || code->cellvars == NULL || code->freevars == NULL
        || measure(u, &code->stacksize, &code->nblocks) < 0) {
        Unref(code);
        return NULL;
    }
    code->nlocals = (int)TUPLE_LEN(code->varnames), code->ncells = (int)TUPLE_LEN(code->cellvars), code->nfrees = (int)TUPLE_LEN(code->freevars);
    if (find_cell_args(code, u) < 0) {
        Unref(code);
        return NULL;
    }
    code->instrs = u->code.instrs, code->lines = u->code.lines, code->ninstrs = u->code.n;
    u->code = (InstrBuf){NULL, NULL, 0, 0};
    return (Object *)code;
}
