/* The machine's own copy of a code object, made before its first run, and what its instructions learn from what they
   meet: which quick instruction would have done the work, and what it must remember (Include/cache.h says for how long). */
#include "vm.h"
#include "layouts.h"

enum { PATIENCE = 64 };         /* a place that meets something new so often is asked again only every eighth time */

/* A call that needs nothing but to move its arguments: no defaults to look at, nothing to collect. */
static int simple_args(Code *code)
{
    bool plain = !(code->flags & (CODE_VARARGS | CODE_VARKEYWORDS)) && code->kwonly == 0;
    return plain ? code->argcount : -1;
}

/* ---- the copy ---- */
static int remembering(int op)
{
    switch (op) {
    case OP_LOAD_GLOBAL: return OP_LOAD_GLOBAL_LEARN;
    case OP_LOAD_ATTR: return OP_LOAD_ATTR_LEARN;
    case OP_STORE_ATTR: return OP_STORE_ATTR_LEARN;
    case OP_LOAD_SUPER_ATTR: return OP_LOAD_SUPER_LEARN;
    default: return 0;
    }
}

static int quick_binary(int arg)
{
    switch (arg % NB_OP_INPLACE) {
    case NB_OP_ADD: return OP_BINARY_ADD;
    case NB_OP_SUBTRACT: return OP_BINARY_SUB;
    case NB_OP_MULTIPLY: return OP_BINARY_MUL;
    case NB_OP_TRUE_DIVIDE: return OP_BINARY_TRUEDIV;
    case NB_OP_FLOOR_DIVIDE: case NB_OP_REMAINDER: case NB_OP_AND: case NB_OP_OR: case NB_OP_XOR: case NB_OP_RSHIFT: return OP_BINARY_INT;
    default: return OP_BINARY_OP;
    }
}

/* The quick instruction for one that remembers nothing; `next` is the one behind it. */
static int quick_form(Instr instr, int next)
{
    switch (INSTR_OP(instr)) {
    case OP_BINARY_OP: return quick_binary(INSTR_ARG(instr));
    case OP_COMPARE_OP: return OP_COMPARE_QUICK;
    case OP_BINARY_SUBSCR: return OP_SUBSCR_QUICK;
    case OP_STORE_SUBSCR: return OP_STORE_SUBSCR_QUICK;
    case OP_UNPACK_SEQUENCE: return OP_UNPACK_QUICK;
    case OP_FOR_ITER: return OP_FOR_ITER_QUICK;
    case OP_LOAD_FAST: return next == OP_LOAD_FAST ? OP_LOAD_FAST_LOAD_FAST : next == OP_LOAD_CONST ? OP_LOAD_FAST_LOAD_CONST : OP_LOAD_FAST;
    case OP_STORE_FAST: return next == OP_LOAD_FAST ? OP_STORE_FAST_LOAD_FAST : next == OP_STORE_FAST ? OP_STORE_FAST_STORE_FAST : OP_STORE_FAST;
    default: return INSTR_OP(instr);
    }
}

static int count_caches(Code *code)
{
    int n = 0;
    for (int i = 0; i < code->ninstrs; i++) {
        n += remembering(INSTR_OP(code->instrs[i])) != 0;
    }
    return n;
}

static void translate(Code *code, Quick *q)
{
    int ncaches = 0;
    for (int i = 0; i < code->ninstrs; i++) {
        Instr instr = code->instrs[i];
        int learn = remembering(INSTR_OP(instr)), next = i + 1 < code->ninstrs ? INSTR_OP(code->instrs[i + 1]) : OP_NOP;
        if (learn != 0) {
            q->caches[ncaches] = (Cache){.arg = (uint32_t)INSTR_ARG(instr)};
            q->instrs[i] = INSTR(learn, ncaches++);
        } else {
            q->instrs[i] = INSTR(quick_form(instr, next), INSTR_ARG(instr));
        }
    }
}

Instr *Eval_Prepare(Code *code)
{
    size_t words = ((size_t)code->ninstrs * sizeof(Instr) + 15) & ~(size_t)15, ncaches = interp.config.plain ? 0 : (size_t)count_caches(code);
    Quick *q = Mem_Alloc(sizeof(Quick) + words + ncaches * sizeof(Cache));
    if (q == NULL) {
        return Err_NoMemory();
    }
    q->simple = simple_args(code);
    q->nslots = code->nlocalsplus;
    q->size = FRAME_SIZE(code->nlocalsplus + code->stacksize + 1);
    q->caches = (Cache *)((char *)(q + 1) + words);
    if (interp.config.plain) {
        Mem_Copy(q->instrs, code->instrs, (size_t)code->ninstrs * sizeof(Instr));
    } else {
        translate(code, q);
    }
    code->caches = q;
    return q->instrs;
}

/* ---- learning ---- */
static void rewrite(const Instr *ip, int op)
{
    Instr *at = (Instr *)ip - 1;
    *at = INSTR(op, INSTR_ARG(*at));
}

/* Shall it learn? Then what it knew is forgotten first, so that a half-filled cache is never believed. */
static bool begin(Cache *c, const Instr *ip, int learn)
{
    if (++c->misses >= PATIENCE && (c->misses & 7) != 0) {
        return false;
    }
    rewrite(ip, learn);
    return true;
}

/* The value, new; as LOAD_GLOBAL finds it. */
Object *Quick_LearnGlobal(Frame *f, Cache *c, const Instr *ip)
{
    Object *name = TUPLE_ITEM(f->code->names, (int)c->arg >> 1);
    rewrite(ip, OP_LOAD_GLOBAL_LEARN);
    Size at = Dict_Find(f->globals, name);
    if (at >= 0 && (c->version = Dict_KeysVersion(f->globals)) != 0) {
        c->index = (int32_t)at;
        rewrite(ip, OP_LOAD_GLOBAL_MODULE);
        return Ref(Dict_At(f->globals, at));
    }
    if (at == TABLE_MISSING && (at = Dict_Find(f->builtins, name)) >= 0) {
        c->version = Dict_KeysVersion(f->globals);
        c->version2 = Dict_KeysVersion(f->builtins);
        c->index = (int32_t)at;
        rewrite(ip, c->version != 0 && c->version2 != 0 ? OP_LOAD_GLOBAL_BUILTIN : OP_LOAD_GLOBAL_LEARN);
        return Ref(Dict_At(f->builtins, at));
    }
    return Err_Occurred() ? NULL : Eval_LoadGlobal(f, name);
}

/* What its class has for a name may turn into a descriptor when that thing's own class is changed: nothing to build on. */
static bool may_change(Object *found) { return found != NULL && (TYPE(found)->flags & T_HEAP); }

static void learn_module(Object *module, Object *name, Cache *c, const Instr *ip)
{
    Object *dict = MODULE_DICT(module);
    Size at = dict == NULL ? TABLE_MISSING : Dict_Find(dict, name);
    if (at >= 0 && (c->version = Dict_KeysVersion(dict)) != 0) {
        c->index = (int32_t)at;
        rewrite(ip, OP_LOAD_ATTR_MODULE);
    }
}

/* An attribute of a class: what its own order of classes holds, when nothing of the metaclass comes first. */
static void learn_type(Type *type, Object *name, Cache *c, const Instr *ip)
{
    Object *found = Type_Lookup(type, name);
    if (found == NULL || may_change(found) || Type_Lookup(&Type_Type, name) != NULL || (TYPE(found)->descr_get != NULL && TYPE(found) != &Function_Type)) {
        return;
    }
    c->value = found;
    c->version = Type_Version(type);
    rewrite(ip, c->version == 0 ? OP_LOAD_ATTR_LEARN : OP_LOAD_ATTR_TYPE);
}

/* The instance has a real __dict__; `found` is what its class has for the name. */
static void learn_dict(Object *dict, Object *name, Object *found, bool callable, Cache *c, const Instr *ip)
{
    Size at = Dict_Find(dict, name);
    c->version2 = Dict_KeysVersion(dict);
    if (c->version2 == 0) {
        return;
    }
    if (at >= 0) {
        c->index = (int32_t)at;
        rewrite(ip, OP_LOAD_ATTR_DICT);
    } else if (at == TABLE_MISSING && callable && (c->arg & 1)) {
        c->value = found;
        rewrite(ip, OP_LOAD_METHOD_DICT);
    }
}

/* A member descriptor serves its own class only; another class may have borrowed it. */
static bool is_own_member(Type *type, Object *found)
{
    return TYPE(found) == &Member_Type && Type_IsSubtype(type, ((Member *)found)->owner);
}

static void learn_descriptor(Type *type, Object *found, Cache *c, const Instr *ip)
{
    if (is_own_member(type, found)) {
        c->index = (int32_t)((Member *)found)->index;
        rewrite(ip, OP_LOAD_ATTR_SLOT);
    } else if (TYPE(found) == &Property_Type) {
        Object *get = ((Property *)found)->get;
        Quick *q = get != NULL && TYPE(get) == &Function_Type ? Quick_Of(((Function *)get)->code) : NULL;
        if (q != NULL && q->simple == 1 && !(((Function *)get)->code->flags & (CODE_GENERATOR | CODE_COROUTINE | CODE_ASYNC_GENERATOR))) {
            c->value = get;
            rewrite(ip, OP_LOAD_ATTR_PROPERTY);
        }
    }
}

/* An instance: by what its class has for the name, then by where the instance keeps its own. */
static void learn_instance(Object *o, Object *name, Cache *c, const Instr *ip)
{
    Type *type = TYPE(o);
    Object *found = Type_Lookup(type, name);
    bool callable = found != NULL && (TYPE(found) == &Function_Type || TYPE(found) == &MethodDescr_Type);
    if (may_change(found) || type->getattro != Object_GenericGetAttr || (c->version = Type_Version(type)) == 0) {
        return;
    }
    if (found != NULL && TYPE(found)->descr_set != NULL) {
        learn_descriptor(type, found, c, ip);
        return;
    }
    if (!(type->flags & T_HASDICT)) {
        if (callable && (c->arg & 1)) {
            c->value = found;
            rewrite(ip, OP_LOAD_METHOD_PLAIN);
        }
        return;
    }
    if (!Instance_IsInline(o)) {
        learn_dict(GC_HEAD(o)->dict, name, found, callable, c, ip);
        return;
    }
    Size at = Instance_Index(type, name);
    if (at >= 0) {
        c->index = (int32_t)at;
        rewrite(ip, found == NULL || at < GC_HEAD(o)->nvalues ? OP_LOAD_ATTR_INLINE : OP_LOAD_ATTR_LEARN);
    } else if (callable && (c->arg & 1)) {
        c->value = found;
        rewrite(ip, OP_LOAD_METHOD_INLINE);
    } else if (found != NULL && TYPE(found)->descr_get == NULL) {
        c->value = found;
        rewrite(ip, OP_LOAD_ATTR_CLASS);
    }
}

void Quick_LearnAttr(Object *o, Object *name, Cache *c, const Instr *ip)
{
    if (!begin(c, ip, OP_LOAD_ATTR_LEARN)) {
        return;
    }
    if (TYPE(o) == &Module_Type) {
        learn_module(o, name, c, ip);
    } else if (TYPE(o) == &Type_Type) {
        learn_type((Type *)o, name, c, ip);
    } else {
        learn_instance(o, name, c, ip);
    }
}

void Quick_LearnStore(Object *o, Object *name, Cache *c, const Instr *ip)
{
    Type *type = TYPE(o);
    if (!begin(c, ip, OP_STORE_ATTR_LEARN) || type->setattro != Object_GenericSetAttr || (c->version = Type_Version(type)) == 0) {
        return;
    }
    Object *found = Type_Lookup(type, name);
    if (may_change(found)) {
        return;
    }
    if (found != NULL && is_own_member(type, found)) {
        c->index = (int32_t)((Member *)found)->index;
        rewrite(ip, OP_STORE_ATTR_SLOT);
    } else if ((found == NULL || TYPE(found)->descr_set == NULL) && (type->flags & T_HASDICT)) {
        Size at = Instance_Index(type, name);
        if (at >= 0 && Instance_IsInline(o)) {
            c->index = (int32_t)at;
            rewrite(ip, OP_STORE_ATTR_INLINE);
        }
    }
}

void Quick_LearnSuper(Object *super, Object *cls, Object *self, Object *name, Cache *c, const Instr *ip)
{
    if (!(c->arg & 1) || super != (Object *)&Super_Type || !IS_A(cls, T_TYPE) || !IsType(self, (Type *)cls) || !begin(c, ip, OP_LOAD_SUPER_LEARN)) {
        return;
    }
    Object *found = Eval_Behind((Type *)cls, TYPE(self), name);
    if (found != NULL && TYPE(found) == &Function_Type && (c->version = Type_Version(TYPE(self))) != 0) {
        c->value = found;
        c->key = cls;
        rewrite(ip, OP_LOAD_SUPER_METHOD);
    }
}
