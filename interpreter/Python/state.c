/* The interpreter as a whole: how it starts, how it ends, and how much C stack is left.
   At the end everything is given back: modules first, then types, then the immortals. */
#include "vm.h"
#include "record.h"
#include <sys/resource.h>

Interp interp;

static Type *const static_types[] = {
    &Object_Type, &Type_Type, &None_Type, &NotImplemented_Type, &Ellipsis_Type, &Int_Type, &Bool_Type, &Float_Type, &Complex_Type, &Str_Type,
    &Tuple_Type, &List_Type, &Dict_Type, &Set_Type, &FrozenSet_Type, &Bytes_Type, &ByteArray_Type, &Slice_Type, &Range_Type, &RangeIter_Type, &WideIter_Type,
    &SeqIter_Type, &CallIter_Type, &TableIter_Type, &DictKeys_Type, &DictValues_Type, &DictItems_Type, &Enumerate_Type, &Zip_Type,
    &Map_Type, &Filter_Type, &Reversed_Type, &Generic_Type, &Union_Type, &MappingProxy_Type, &Code_Type, &Function_Type, &Method_Type, &Builtin_Type, &Cell_Type,
    &Frame_Type, &Gen_Type, &Coro_Type, &AsyncGen_Type, &CoroWrapper_Type, &AsyncSend_Type, &AsyncThrow_Type, &AsyncValue_Type, &AnextOr_Type, &Traceback_Type,
    &MethodDescr_Type, &SlotWrapper_Type, &GetSet_Type, &Member_Type, &Property_Type, &WeakRef_Type, &WeakProxy_Type, &WeakCallableProxy_Type,
    &ClassMethod_Type, &StaticMethod_Type, &Super_Type, &Module_Type, &File_Type, &Stat_Type, &Record_Type,
};

/* Instances of Python classes are too, unless __slots__ says otherwise. */
static Type *const weakly_referable[] = {
    &Type_Type, &Function_Type, &Method_Type, &Builtin_Type, &Gen_Type, &Set_Type, &FrozenSet_Type, &Module_Type,
};

static size_t stack_size(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > (64u << 20)) {
        return 8u << 20;
    }
    return limit.rlim_cur;
}

bool Stack_TooDeep(const char *where)
{
    THREAD->stack_limit -= 64 << 10;            /* room to make the exception */
    Err_Set(EXC(RecursionError), "maximum recursion depth exceeded%s", where);
    THREAD->stack_limit += 64 << 10;
    return false;
}

enum { RESERVE = 1 << 14 };

static void init_state(void)
{
    char here;
    size_t size = stack_size();
    THREAD->stack_limit = &here - (size - (size > (1u << 20) ? 384u << 10 : size / 2));
    THREAD->depth_limit = 1000;
    THREAD->exc_top = &THREAD->exc_base;
    Gc_Init();
    Hash_Seed(getenv("PYTHONHASHSEED"));
    interp.config.int_max_str_digits = 4300;
    interp.nomemory.start = -1;
    interp.reserve = malloc(RESERVE);
    for (int i = 0; i < COUNT(interp.small); i++) {
        int value = i + SMALL_MIN;
        interp.small[i] = (Int){IMMORTAL_HEAD(&Int_Type), value == 0 ? 0 : value < 0 ? -1 : 1, {(uint32_t)abs(value)}};
    }
}

static Object *immortal(Object *o)
{
    if (o != NULL) {
        Object_MakeImmortal(o);
    }
    return o;
}

/* Strings before types, for types have names: the static types work before they are ready. */
static bool init_strings(void)
{
    Str *empty = Object_Alloc(&Str_Type, 1);
    Tuple *tuple = Object_Alloc(&Tuple_Type, 0);
    if (empty == NULL || tuple == NULL) {
        return false;
    }
    empty->hash = -1, empty->kind = 1, empty->ascii = true;
    interp.empty_str = immortal((Object *)empty);
    interp.empty_tuple = immortal((Object *)tuple);
    for (int i = 0; i < 256; i++) {
        Str *s = Object_Alloc(&Str_Type, 2);
        if (s == NULL) {
            return false;
        }
        s->len = 1, s->hash = -1, s->kind = 1, s->ascii = i < 128;
        *(uint8_t *)STR_DATA(s) = (uint8_t)i;
        interp.chars[i] = immortal((Object *)s);
    }
#define X(name) if ((interp.ids.name = immortal(Str_Id(#name))) == NULL) return false;
    IDS(X)
#undef X
    interp.ids.errno_ = immortal(Str_Id("errno"));
    interp.ids.return_ = immortal(Str_Id("return"));
    return ID(errno_) != NULL && ID(return_) != NULL;
}

static bool init_types(void)
{
    for (Size i = 0; i < COUNT(static_types); i++) {
        if (Type_Ready(static_types[i]) < 0) {
            return false;
        }
    }
    for (Size i = 0; i < COUNT(weakly_referable); i++) {
        weakly_referable[i]->flags |= T_WEAK;
    }
    return Exc_Init() == 0;
}

static Object *add_module(const char *name, int (*init)(Object *))
{
    Object *text = Str_Id(name), *module = text == NULL ? NULL : Import_AddModule(text);
    int r = module == NULL ? -1 : init(module);
    XUnref(text);
    return r < 0 ? NULL : MODULE_DICT(module);
}

bool Interp_Init(void)
{
    init_state();
    if (!init_strings() || !init_types() || (interp.modules = Dict_New()) == NULL) {
        return false;
    }
    interp.builtins = XRef(add_module("builtins", Init_builtins));
    interp.sys = XRef(add_module("sys", Init_sys));
    interp.gc.enabled = true;
    return interp.builtins != NULL && interp.sys != NULL;
}

/* ---- the end ---- */

/* Empty the modules' dicts, builtins and sys excepted: their code may still run in finalisers. */
static void empty_modules(void)
{
    Object *list = List_New(0), *name, *module;
    for (Size pos = 0; list != NULL && Dict_Next(interp.modules, &pos, &name, &module);) {
        if (IsType(module, &Module_Type) && MODULE_DICT(module) != interp.builtins && MODULE_DICT(module) != interp.sys) {
            List_Append(list, module);
        }
    }
    for (Size i = list == NULL ? 0 : LIST_LEN(list); i-- > 0;) {
        Table_Clear(&((Dict *)MODULE_DICT(LIST_ITEM(list, i)))->table);
    }
    XUnref(list);
}

static void drop(Object *o)
{
    if (o != NULL) {
        o->refcnt = 1;
        COUNT_UP();
        Unref(o);
    }
}

static void forget_immortals(void)
{
    for (int i = 0; i < 256; i++) {
        drop(interp.chars[i]);
    }
#define X(name) drop(interp.ids.name);
    IDS(X)
#undef X
    drop(ID(errno_));
    drop(ID(return_));
    drop(interp.empty_str);
    drop(interp.empty_tuple);
    drop(interp.empty_bytes);
    Mem_Free(interp.interned.index);
    interp.interned = (Table){0, 0, 0, NULL, NULL, 0};
}

Size Interp_Finish(void)
{
    THREAD->frame = NULL;
    Err_Clear();
    CLEAR(THREAD->exc_base.exc);
    CLEAR(THREAD->async_first);
    CLEAR(THREAD->async_final);
    Flush_Stdio();
    Gc_Collect();
    empty_modules();
    Gc_Collect();
    Flush_Stdio();
    CLEAR(interp.modules);
    Table_Clear(&((Dict *)interp.sys)->table);
    Table_Clear(&((Dict *)interp.builtins)->table);
    CLEAR(interp.sys);
    CLEAR(interp.builtins);
    Gc_Collect();
    interp.gc.enabled = false;
    Gc_Finish();
    Exc_Finish();
    for (Size i = 0; i < COUNT(static_types); i++) {
        Type_Forget(static_types[i]);
    }
    Err_Clear();
    while (THREAD->chunk != NULL) {
        Frame_DropChunk();
    }
    forget_immortals();
    free(interp.reserve);
    return interp.total_refs;
}
