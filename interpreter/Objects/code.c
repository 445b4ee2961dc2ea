/* Code objects: immutable, without cycles, so the collector need not know them. The tables of guarded ranges and of places
   in the source are read here, for the virtual machine and for programs; Python/assemble.c writes them. */
#include "rabbit.h"
#include "compile.h"

static void code_clear(Object *o)
{
    Code *c = (Code *)o;
    CLEAR(c->name);
    CLEAR(c->qualname);
    CLEAR(c->filename);
    CLEAR(c->consts);
    CLEAR(c->names);
    CLEAR(c->localsplus);
    void **const blocks[] = {(void **)&c->kinds, (void **)&c->instrs, (void **)&c->handlers, (void **)&c->locations, &c->caches};
    for (Size i = 0; i < COUNT(blocks); i++) {
        Mem_Free(*blocks[i]);
        *blocks[i] = NULL;
    }
}

/* ---- the table of guarded ranges ---- */
/* The last row that starts at or before ip is the only one that may hold it. */
bool Code_Handler(Code *c, int ip, Handler *out)
{
    int low = 0, high = c->nhandlers;
    while (low < high) {
        int mid = low + (high - low) / 2;
        if (c->handlers[mid].start <= ip) low = mid + 1;
        else high = mid;
    }
    if (low == 0 || ip >= c->handlers[low - 1].end) return false;
    *out = c->handlers[low - 1];
    return true;
}

/* ---- the table of places ---- */
/* Forms 0..9: short columns; 10..12: one line, one or two lines down; 13: no columns; 14: all of it; 15: nowhere. */
typedef struct { const uint8_t *p, *end; int line, ip, units; Location at; } Places;

static void places_begin(Places *s, Code *c)
{
    *s = (Places){c->locations, c->locations + c->locations_len, c->firstline, 0, 0, NOT_KNOWN};
}

static unsigned read_varint(Places *s)
{
    unsigned value = 0, byte = 64;
    for (int shift = 0; (byte & 64) && s->p < s->end; shift += 6) {
        byte = *s->p++;
        value |= (byte & 63) << shift;
    }
    return value;
}

static int read_signed(Places *s)
{
    unsigned value = read_varint(s);
    return value & 1 ? -(int)(value >> 1) : (int)(value >> 1);
}

static void read_place(Places *s, int form)
{
    s->at = NOT_KNOWN;
    if (form == 15) return;
    if (form == 13 || form == 14) s->line += read_signed(s);
    else if (form >= 10) s->line += form - 10;
    s->at.line = s->at.end_line = s->line;
    if (form == 14) {
        s->at.end_line += (int)read_varint(s);
        s->at.col = (int)read_varint(s) - 1, s->at.end_col = (int)read_varint(s) - 1;
    } else if (form >= 10 && form <= 12) {
        s->at.col = *s->p++, s->at.end_col = *s->p++;
    } else if (form < 10) {
        s->at.col = form << 3 | (*s->p >> 4 & 7);
        s->at.end_col = s->at.col + (*s->p++ & 15);
    }
}

/* The next entry: `units` instructions from `ip` are at `at`. */
static bool places_next(Places *s)
{
    if (s->p >= s->end) return false;
    int head = *s->p++;
    s->ip += s->units;
    s->units = (head & 7) + 1;
    read_place(s, head >> 3 & 15);
    return true;
}

void Code_Location(Code *c, int ip, Location *out)
{
    Places s;
    places_begin(&s, c);
    while (places_next(&s)) {
        if (ip < s.ip + s.units) {
            *out = ip < s.ip ? NOT_KNOWN : s.at;
            return;
        }
    }
    *out = NOT_KNOWN;
}

int Code_Line(Code *c, int ip)
{
    Location at;
    Code_Location(c, ip, &at);
    return at.line;
}

/* ---- what programs see ---- */
static Object *int_or_none(int value) { return value < 0 ? Ref(None) : Int_FromLong(value); }

/* Steals the n items; NULL among them: failure. */
static Object *tuple_of(Object **items, Size n)
{
    Object *t = Tuple_New(n);
    bool complete = t != NULL;
    for (Size i = 0; i < n; i++) {
        if (t != NULL) TUPLE_ITEM(t, i) = items[i];
        else XUnref(items[i]);
        complete &= items[i] != NULL;
    }
    if (!complete) CLEAR(t);
    return t;
}

static Object *iterator_over(Object *list)
{
    Object *iterator = list == NULL ? NULL : Object_GetIter(list);
    XUnref(list);
    return iterator;
}

static Object *position(const Location *at)
{
    Object *items[] = {int_or_none(at->line), int_or_none(at->end_line), int_or_none(at->col), int_or_none(at->end_col)};
    return tuple_of(items, 4);
}

static Object *code_positions(Object *o, Object **args, Size n, Object *kwnames)
{
    (void)args, (void)n, (void)kwnames;
    Object *list = List_New(0);
    Places s;
    places_begin(&s, (Code *)o);
    while (list != NULL && places_next(&s)) {
        for (int i = 0; list != NULL && i < s.units; i++) {
            if (List_AppendNew(list, position(&s.at)) < 0) CLEAR(list);
        }
    }
    return iterator_over(list);
}

/* Offsets count two for an instruction, as f_lasti does. */
static int add_line(Object *list, int start, int end, int line)
{
    if (start == end) return 0;
    Object *items[] = {Int_FromLong(2 * (int64_t)start), Int_FromLong(2 * (int64_t)end), int_or_none(line)};
    return List_AppendNew(list, tuple_of(items, 3));
}

static Object *code_lines(Object *o, Object **args, Size n, Object *kwnames)
{
    (void)args, (void)n, (void)kwnames;
    Object *list = List_New(0);
    Places s;
    int start = 0, line = -1;
    places_begin(&s, (Code *)o);
    while (list != NULL && places_next(&s)) {
        if (s.at.line == line) continue;
        if (add_line(list, start, s.ip, line) < 0) CLEAR(list);
        start = s.ip, line = s.at.line;
    }
    if (list != NULL && add_line(list, start, ((Code *)o)->ninstrs, line) < 0) CLEAR(list);
    return iterator_over(list);
}

static Object *variables(Code *c, int kind)
{
    Object *list = List_New(0), *t = NULL;
    bool ok = list != NULL;
    for (int i = 0; ok && i < c->nlocalsplus; i++) {
        if (c->kinds[i] & kind) ok = List_Append(list, TUPLE_ITEM(c->localsplus, i)) == 0;
    }
    if (ok) t = List_ToTuple(list);
    XUnref(list);
    return t;
}

static Object *code_varnames(Object *o) { return variables((Code *)o, VAR_LOCAL); }
static Object *code_cellvars(Object *o) { return variables((Code *)o, VAR_CELL); }
static Object *code_freevars(Object *o) { return variables((Code *)o, VAR_FREE); }

/* Four bytes an instruction, the opcode first. */
static Object *code_code(Object *o)
{
    Code *c = (Code *)o;
    Object *b = Bytes_New(NULL, (Size)c->ninstrs * 4);
    for (int i = 0; b != NULL && i < c->ninstrs; i++) {
        for (int k = 0; k < 4; k++) ((Bytes *)b)->data[4 * i + k] = (char)(c->instrs[i] >> 8 * k & 0xff);
    }
    return b;
}

static Object *code_linetable(Object *o)
{
    Code *c = (Code *)o;
    return Bytes_New((const char *)c->locations, c->locations_len);
}

static int put_varint(char *out, int value, bool first)
{
    int shift = value >= 1 << 24 ? 24 : value >= 1 << 18 ? 18 : value >= 1 << 12 ? 12 : value >= 1 << 6 ? 6 : 0, n = 0;
    for (; shift >= 0; shift -= 6) out[n++] = (char)((value >> shift & 63) | (shift > 0 ? 64 : 0));
    if (first) out[0] = (char)(out[0] | 128);
    return n;
}

/* start, length, target, depth << 1 | lasti: numbers of six bits a byte, 64 for more to come, 128 in the first of a row. */
static Object *code_exceptiontable(Object *o)
{
    enum { MAX_ROW = 20 };
    Code *c = (Code *)o;
    char *bytes = Mem_Alloc((size_t)c->nhandlers * MAX_ROW + 1);
    int n = 0;
    if (bytes == NULL) return Err_NoMemory();
    for (int i = 0; i < c->nhandlers; i++) {
        const Handler *h = &c->handlers[i];
        n += put_varint(bytes + n, h->start, true);
        n += put_varint(bytes + n, h->end - h->start, false);
        n += put_varint(bytes + n, h->target, false);
        n += put_varint(bytes + n, h->depth << 1 | h->lasti, false);
    }
    Object *table = Bytes_New(bytes, n);
    Mem_Free(bytes);
    return table;
}

static Object *code_repr(Object *o)
{
    Code *c = (Code *)o;
    return Str_Format("<code object %U at %p, file \"%U\", line %d>", c->name, o, c->filename, c->firstline);
}

/* ---- equality ---- */
static bool same_shape(Code *a, Code *b)
{
    return a->argcount == b->argcount && a->posonly == b->posonly && a->kwonly == b->kwonly && a->flags == b->flags
        && a->firstline == b->firstline && a->ninstrs == b->ninstrs && a->nlocalsplus == b->nlocalsplus
        && a->nhandlers == b->nhandlers && a->locations_len == b->locations_len
        && Mem_Compare(a->instrs, b->instrs, (size_t)a->ninstrs * sizeof(Instr)) == 0
        && Mem_Compare(a->locations, b->locations, (size_t)a->locations_len) == 0
        && Mem_Compare(a->kinds, b->kinds, (size_t)a->nlocalsplus) == 0;
}

static int same_constants(Code *a, Code *b)
{
    Object *x = Const_Key(a->consts), *y = x == NULL ? NULL : Const_Key(b->consts);
    int same = y == NULL ? -1 : Object_CompareBool(x, y, CMP_EQ);
    XUnref(x), XUnref(y);
    return same;
}

static Object *code_compare(Object *x, Object *y, int op)
{
    if (TYPE(y) != &Code_Type || (op != CMP_EQ && op != CMP_NE)) return Ref(NotImplemented);
    Code *a = (Code *)x, *b = (Code *)y;
    Object *const pairs[][2] = {{a->name, b->name}, {a->names, b->names}, {a->localsplus, b->localsplus}};
    int same = same_shape(a, b);
    for (Size i = 0; same > 0 && i < COUNT(pairs); i++) same = Object_CompareBool(pairs[i][0], pairs[i][1], CMP_EQ);
    if (same > 0) same = same_constants(a, b);
    return same < 0 ? NULL : Ref((op == CMP_EQ) == (same > 0) ? True : False);
}

static Hash code_hash(Object *o)
{
    Code *c = (Code *)o;
    Hash h = Object_Hash(c->name);
    for (int i = 0; h != -1 && i < c->ninstrs; i++) h = (Hash)((uint64_t)h * 1000003u ^ c->instrs[i]);
    return h == -1 && !Err_Occurred() ? -2 : h;
}

/* ---- replace ---- */
static bool copy_block(void *slot, const void *data, size_t n)
{
    void *copy = Mem_Alloc(n + 1);
    if (copy == NULL) return Err_NoMemory() != NULL;
    Mem_Copy(copy, data, n);
    Mem_Copy(slot, &copy, sizeof(copy));
    return true;
}

static Code *copy_code(Code *c)
{
    Code *new = Object_Alloc(&Code_Type, 0);
    if (new == NULL) return NULL;
    Object head = new->head;
    *new = *c;
    new->head = head;
    Object *const owned[] = {c->name, c->qualname, c->filename, c->consts, c->names, c->localsplus};
    for (Size i = 0; i < COUNT(owned); i++) Ref(owned[i]);
    new->kinds = NULL, new->instrs = NULL, new->handlers = NULL, new->locations = NULL, new->caches = NULL;
    if (!copy_block(&new->kinds, c->kinds, (size_t)c->nlocalsplus)
        || !copy_block(&new->instrs, c->instrs, (size_t)c->ninstrs * sizeof(Instr))
        || !copy_block(&new->handlers, c->handlers, (size_t)c->nhandlers * sizeof(Handler))
        || !copy_block(&new->locations, c->locations, (size_t)c->locations_len)) CLEAR(new);
    return new;
}

static int replace_int(int *field, Object *value, const char *name)
{
    if (value == NULL) return 0;
    int overflow = 0;
    int64_t number = Int_Check(value) ? Int_AsLong(value, &overflow) : -1;
    if (overflow != 0 || number < 0 || number > INT32_MAX) {
        return Err_Minus(Err_Set(EXC(ValueError), "code: %s must be a positive integer", name));
    }
    *field = (int)number;
    return 0;
}

/* A shorter tuple would leave instructions without what they index. */
static int replace_object(Object **field, Object *value, unsigned flag, const char *name)
{
    if (value == NULL) return 0;
    if (!IS_A(value, flag)) {
        return Err_Minus(Err_Set(EXC(TypeError), "replace() argument '%s' must be %s, not %T", name, flag == T_STR ? "str" : "tuple", value));
    }
    if (flag == T_TUPLE && TUPLE_LEN(value) < TUPLE_LEN(*field)) {
        return Err_Minus(Err_Set(EXC(ValueError), "code: %s is too small", name));
    }
    ASSIGN(*field, Ref(value));
    return 0;
}

static int replace_all(Code *c, Object **args)
{
    if (replace_int(&c->flags, args[0], "co_flags") < 0 || replace_int(&c->firstline, args[1], "co_firstlineno") < 0) return -1;
    if (replace_object(&c->consts, args[2], T_TUPLE, "co_consts") < 0 || replace_object(&c->names, args[3], T_TUPLE, "co_names") < 0) return -1;
    if (replace_object(&c->filename, args[4], T_STR, "co_filename") < 0 || replace_object(&c->name, args[5], T_STR, "co_name") < 0) return -1;
    return replace_object(&c->qualname, args[6], T_STR, "co_qualname");
}

static Object *code_replace(Object *o, Object **args, Size n, Object *kwnames)
{
    (void)n, (void)kwnames;
    Code *c = copy_code((Code *)o);
    if (c != NULL && replace_all(c, args) < 0) CLEAR(c);
    return (Object *)c;
}

#define CODE_OBJECT(field) static Object *code_##field(Object *o) { return Ref(((Code *)o)->field); }
#define CODE_INT(field) static Object *code_##field(Object *o) { return Int_FromLong(((Code *)o)->field); }
CODE_OBJECT(name) CODE_OBJECT(qualname) CODE_OBJECT(filename) CODE_OBJECT(consts) CODE_OBJECT(names)
CODE_INT(argcount) CODE_INT(posonly) CODE_INT(kwonly) CODE_INT(flags) CODE_INT(nlocals) CODE_INT(stacksize) CODE_INT(firstline)

static const GetSetDef code_getsets[] = {
    {"co_name", code_name, NULL}, {"co_qualname", code_qualname, NULL}, {"co_filename", code_filename, NULL},
    {"co_consts", code_consts, NULL}, {"co_names", code_names, NULL}, {"co_varnames", code_varnames, NULL},
    {"co_cellvars", code_cellvars, NULL}, {"co_freevars", code_freevars, NULL}, {"co_argcount", code_argcount, NULL},
    {"co_posonlyargcount", code_posonly, NULL}, {"co_kwonlyargcount", code_kwonly, NULL}, {"co_flags", code_flags, NULL},
    {"co_nlocals", code_nlocals, NULL}, {"co_stacksize", code_stacksize, NULL}, {"co_firstlineno", code_firstline, NULL},
    {"co_code", code_code, NULL}, {"co_linetable", code_linetable, NULL}, {"co_exceptiontable", code_exceptiontable, NULL},
    {NULL, NULL, NULL}};
static const MethodDef code_methods[] = {
    {"co_positions", code_positions, 0, 0, NULL, 0}, {"co_lines", code_lines, 0, 0, NULL, 0},
    {"replace", code_replace, 0, 0, "* co_flags co_firstlineno co_consts co_names co_filename co_name co_qualname", 0},
    {NULL, NULL, 0, 0, NULL, 0}};
Type Code_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "code", .size = sizeof(Code), .flags = T_ABSTRACT, .clear = code_clear,
    .repr = code_repr, .richcompare = code_compare, .hash = code_hash, .getsets = code_getsets, .methods = code_methods,
};
