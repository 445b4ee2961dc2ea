/* The module gc: what programs may see and steer of the collector in Python/gc.c. */
#include "rabbit.h"

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames

DEF(gc_collect) { IGNORE; return Int_FromLong(Gc_Collect()); }
DEF(gc_enable) { IGNORE; interp.gc.enabled = true; return Ref(None); }
DEF(gc_disable) { IGNORE; interp.gc.enabled = false; return Ref(None); }
DEF(gc_isenabled) { IGNORE; return Bool_From(interp.gc.enabled); }
DEF(gc_get_threshold) { IGNORE; return Int_FromLong(interp.gc.threshold); }

DEF(gc_get_count)
{
    IGNORE;
    Object *counts = Tuple_New(3);
    for (Size i = 0; counts != NULL && i < 3; i++) {
        TUPLE_ITEM(counts, i) = Int_FromLong(i == 0 ? interp.gc.count : 0);
    }
    return counts;
}

DEF(gc_is_tracked) { IGNORE; return Bool_From(IS_A(args[0], T_GC) && GC_HEAD(args[0])->next != NULL); }

DEF(gc_get_objects)
{
    IGNORE;
    Object *list = List_New(0);
    for (GcHead *h = interp.gc.list.next; list != NULL && h != &interp.gc.list; h = h->next) {
        Object *o = (Object *)(h + 1);
        if (o != list && List_Append(list, o) < 0) {
            CLEAR(list);
        }
    }
    return list;
}

static const MethodDef functions[] = {
    {"collect", gc_collect, 0, 1, "generation", 0}, {"enable", gc_enable, 0, 0, NULL, 0}, {"disable", gc_disable, 0, 0, NULL, 0},
    {"isenabled", gc_isenabled, 0, 0, NULL, 0}, {"get_count", gc_get_count, 0, 0, NULL, 0},
    {"get_threshold", gc_get_threshold, 0, 0, NULL, 0}, {"is_tracked", gc_is_tracked, 1, 1, NULL, 0},
    {"get_objects", gc_get_objects, 0, 0, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0},
};

int Init_gc(Object *module) { return Module_AddFunctions(module, functions); }
