/* The module gc: what programs may see and steer of the collector in Python/gc.c. */
#include "rabbit.h"

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames

DEF(gc_collect)
{
    IGNORE;
    Size generation = args[0] == NULL ? GENERATIONS - 1 : Number_AsSize(args[0], EXC(OverflowError));
    if (generation < 0 || generation >= GENERATIONS) {
        return Err_Occurred() ? NULL : Err_Set(EXC(ValueError), "invalid generation");
    }
    return Int_FromLong(Gc_CollectUpTo((int)generation));
}
DEF(gc_enable) { IGNORE; interp.gc.enabled = true; return Ref(None); }
DEF(gc_disable) { IGNORE; interp.gc.enabled = false; return Ref(None); }
DEF(gc_isenabled) { IGNORE; return Bool_From(interp.gc.enabled); }
DEF(gc_freeze) { IGNORE; Gc_Freeze(); return Ref(None); }
DEF(gc_unfreeze) { IGNORE; Gc_Unfreeze(); return Ref(None); }
DEF(gc_get_freeze_count) { IGNORE; return Int_FromLong(Gc_ListLength(&interp.gc.permanent)); }
DEF(gc_get_debug) { IGNORE; return Int_FromLong(interp.gc.debug); }
DEF(gc_set_debug)
{
    IGNORE;
    Size flags = Number_AsSize(args[0], EXC(OverflowError));
    if (flags == -1 && Err_Occurred()) {
        return NULL;
    }
    interp.gc.debug = (unsigned)flags;
    return Ref(None);
}

static Object *three(Size (*field)(Generation *))
{
    Object *r = Tuple_New(GENERATIONS);
    for (int i = 0; r != NULL && i < GENERATIONS; i++) {
        if ((TUPLE_ITEM(r, i) = Int_FromLong(field(&interp.gc.generation[i]))) == NULL) {
            CLEAR(r);
        }
    }
    return r;
}
static Size threshold_of(Generation *g) { return g->threshold; }
static Size count_of(Generation *g) { return g->count; }
DEF(gc_get_threshold) { IGNORE; return three(threshold_of); }
DEF(gc_get_count) { IGNORE; return three(count_of); }
DEF(gc_set_threshold)
{
    IGNORE;
    for (Size i = 0; i < n; i++) {
        Size value = Number_AsSize(args[i], EXC(OverflowError));
        if (value == -1 && Err_Occurred()) {
            return NULL;
        }
        interp.gc.generation[i].threshold = value;
    }
    return Ref(None);
}

DEF(gc_get_stats)
{
    IGNORE;
    Object *list = List_New(0);
    for (int i = 0; list != NULL && i < GENERATIONS; i++) {
        Object *stats = Dict_New();
        if (stats == NULL || Dict_SetNew(stats, "collections", Int_FromLong(interp.gc.generation[i].collections)) < 0
            || Dict_SetNew(stats, "collected", Int_FromLong(interp.gc.generation[i].collected)) < 0
            || Dict_SetNew(stats, "uncollectable", Int_FromLong(0)) < 0) {
            CLEAR(stats);
        }
        if (List_AppendNew(list, stats) < 0) {
            CLEAR(list);
        }
    }
    return list;
}

DEF(gc_is_tracked) { IGNORE; return Bool_From(Gc_HasHead(args[0]) && GC_HEAD(args[0])->next != NULL); }
DEF(gc_is_finalized) { IGNORE; return Bool_From(Gc_HasHead(args[0]) && GC_HEAD(args[0])->finalized); }

/* Is `o` one of the objects among `args`? */
static int visit_wanted(Object *o, void *arg)
{
    Object *wanted = arg;
    for (Size i = 0; i < TUPLE_LEN(wanted); i++) {
        if (TUPLE_ITEM(wanted, i) == o) {
            return 1;
        }
    }
    return 0;
}

/* Append to `list` the objects of a ring; with `wanted` only those that refer to one of these. */
static int add_ring(Object *list, GcHead *ring, Object *wanted)
{
    GC_EACH(h, ring) {
        Object *o = GC_OBJECT(h);
        if (o != list && o != wanted && (wanted == NULL || Object_TraverseAll(o, visit_wanted, wanted))) {
            TRY_INT(List_Append(list, o));
        }
    }
    return 0;
}

DEF(gc_get_objects)
{
    IGNORE;
    Size only = args[0] == NULL || args[0] == None ? -1 : Number_AsSize(args[0], EXC(OverflowError));
    if (Err_Occurred() || only >= GENERATIONS || (only < 0 && args[0] != NULL && args[0] != None)) {
        return Err_Occurred() ? NULL : Err_Set(EXC(ValueError), "generation must be non-negative and less than the number of available generations (%d), not %zd",
                                               GENERATIONS, only);
    }
    Object *list = List_New(0);
    for (int i = 0; list != NULL && i < GENERATIONS; i++) {
        if ((only < 0 || only == i) && add_ring(list, &interp.gc.generation[i].list, NULL) < 0) {
            CLEAR(list);
        }
    }
    return list;
}

DEF(gc_get_referrers)
{
    IGNORE;
    Object *list = List_New(0), *wanted = list == NULL ? NULL : Tuple_From(args, n);
    for (int i = 0; wanted != NULL && list != NULL && i < GENERATIONS; i++) {
        if (add_ring(list, &interp.gc.generation[i].list, wanted) < 0) {
            CLEAR(list);
        }
    }
    if (wanted == NULL) {
        CLEAR(list);
    }
    XUnref(wanted);
    return list;
}

static int visit_append(Object *o, void *list) { return List_Append(list, o) < 0; }
DEF(gc_get_referents)
{
    IGNORE;
    Object *list = List_New(0);
    for (Size i = 0; list != NULL && i < n; i++) {
        if (Gc_HasHead(args[i]) && Object_TraverseAll(args[i], visit_append, list)) {
            CLEAR(list);
        }
    }
    return list;
}

static const MethodDef functions[] = {
    {"collect", gc_collect, 0, 1, "generation", 0}, {"enable", gc_enable, 0, 0, NULL, 0}, {"disable", gc_disable, 0, 0, NULL, 0},
    {"isenabled", gc_isenabled, 0, 0, NULL, 0}, {"get_count", gc_get_count, 0, 0, NULL, 0},
    {"get_threshold", gc_get_threshold, 0, 0, NULL, 0}, {"set_threshold", gc_set_threshold, 1, 3, NULL, 0},
    {"get_stats", gc_get_stats, 0, 0, NULL, 0}, {"is_tracked", gc_is_tracked, 1, 1, NULL, 0}, {"is_finalized", gc_is_finalized, 1, 1, NULL, 0},
    {"get_objects", gc_get_objects, 0, 1, "generation", 0}, {"get_referrers", gc_get_referrers, 0, -1, NULL, 0},
    {"get_referents", gc_get_referents, 0, -1, NULL, 0}, {"freeze", gc_freeze, 0, 0, NULL, 0}, {"unfreeze", gc_unfreeze, 0, 0, NULL, 0},
    {"get_freeze_count", gc_get_freeze_count, 0, 0, NULL, 0}, {"set_debug", gc_set_debug, 1, 1, NULL, 0},
    {"get_debug", gc_get_debug, 0, 0, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0},
};
static const struct { const char *name; int value; } constants[] = {
    {"DEBUG_STATS", GC_DEBUG_STATS}, {"DEBUG_COLLECTABLE", GC_DEBUG_COLLECTABLE}, {"DEBUG_UNCOLLECTABLE", GC_DEBUG_UNCOLLECTABLE},
    {"DEBUG_SAVEALL", GC_DEBUG_SAVEALL}, {"DEBUG_LEAK", GC_DEBUG_COLLECTABLE | GC_DEBUG_UNCOLLECTABLE | GC_DEBUG_SAVEALL},
};

int Init_gc(Object *module)
{
    Object *dict = MODULE_DICT(module);
    TRY_INT(Module_AddFunctions(module, functions));
    for (Size i = 0; i < COUNT(constants); i++) {
        TRY_INT(Dict_SetNew(dict, constants[i].name, Int_FromLong(constants[i].value)));
    }
    if ((interp.gc.garbage == NULL && (interp.gc.garbage = List_New(0)) == NULL)
        || (interp.gc.callbacks == NULL && (interp.gc.callbacks = List_New(0)) == NULL)) {
        return -1;
    }
    TRY_INT(Dict_SetStr(dict, "garbage", interp.gc.garbage));
    return Dict_SetStr(dict, "callbacks", interp.gc.callbacks);
}
