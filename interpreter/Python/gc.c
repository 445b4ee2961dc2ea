/* The cyclic collector. All containers are in one list. A collection copies the counts, subtracts
   the references that come from inside the list, and what is left at zero and cannot be reached
   from a survivor is garbage: first its finalisers run, then its references are dropped. */
#include "rabbit.h"

#define OBJECT(head) ((Object *)((head) + 1))
enum { TENTATIVE = -2, LEAST = 700 };

static void list_init(GcHead *list) { list->next = list->prev = list; }
static void list_append(GcHead *list, GcHead *h)
{
    h->next = list;
    h->prev = list->prev;
    list->prev->next = h;
    list->prev = h;
}
static void list_remove(GcHead *h)
{
    h->prev->next = h->next;
    h->next->prev = h->prev;
    h->next = h->prev = NULL;
}
static void list_move(GcHead *to, GcHead *h)
{
    list_remove(h);
    list_append(to, h);
}

void Gc_Track(Object *o)
{
    if (GC_HEAD(o)->next == NULL) {
        list_append(&interp.gc.list, GC_HEAD(o));
        interp.gc.count++;
    }
}

void Gc_Untrack(Object *o)
{
    if (GC_HEAD(o)->next != NULL) {
        list_remove(GC_HEAD(o));
        interp.gc.count -= interp.gc.count > 0;
    }
}

/* The head of a tracked object, or NULL for what the collector does not look at. */
static GcHead *tracked(Object *o)
{
    if (!(o->type->flags & T_GC) || o->refcnt >= IMMORTAL) {
        return NULL;
    }
    return GC_HEAD(o)->next == NULL ? NULL : GC_HEAD(o);
}

int Object_TraverseAll(Object *o, VisitFn visit, void *arg)
{
    Type *type = o->type;
    VISIT(GC_HEAD(o)->dict);
    for (Size i = 0; i < GC_HEAD(o)->nvalues; i++) {
        VISIT(*Instance_Place(o, i));
    }
    for (Size i = 0; i < type->nslots; i++) {
        VISIT(*Object_Slot(o, i));
    }
    if (type->flags & T_HEAP) {
        VISIT(type);
    }
    return type->traverse == NULL ? 0 : type->traverse(o, visit, arg);
}

static int visit_subtract(Object *o, void *arg)
{
    (void)arg;
    GcHead *h = tracked(o);
    if (h != NULL && h->refs > 0) {
        h->refs--;
    }
    return 0;
}

static int visit_reachable(Object *o, void *arg)
{
    GcHead *h = tracked(o);
    if (h == NULL) {
        return 0;
    }
    if (h->refs == TENTATIVE) {
        list_move(arg, h);
        h->refs = 1;
    } else if (h->refs == 0) {
        h->refs = 1;
    }
    return 0;
}

/* Leave in `list` what is referred to from outside of it, directly or not; move the rest to `unreachable`. */
static void deduce(GcHead *list, GcHead *unreachable)
{
    for (GcHead *h = list->next; h != list; h = h->next) {
        h->refs = OBJECT(h)->refcnt > INT32_MAX ? INT32_MAX : (int32_t)OBJECT(h)->refcnt;
    }
    for (GcHead *h = list->next; h != list; h = h->next) {
        Object_TraverseAll(OBJECT(h), visit_subtract, NULL);
    }
    for (GcHead *h = list->next, *next; h != list; h = next) {
        if (h->refs > 0) {
            Object_TraverseAll(OBJECT(h), visit_reachable, list);
            next = h->next;
        } else {
            next = h->next;
            h->refs = TENTATIVE;
            list_move(unreachable, h);
        }
    }
    for (GcHead *h = list->next; h != list; h = h->next) {
        h->refs = -1;
    }
}

/* Run each __del__ once. True when one ran: then somebody may have been saved. */
static bool finalize_all(GcHead *garbage)
{
    GcHead seen;
    bool any = false;
    list_init(&seen);
    while (garbage->next != garbage) {
        GcHead *h = garbage->next;
        Object *o = OBJECT(h);
        list_move(&seen, h);
        if (o->type->del != NULL && !h->finalized) {
            h->finalized = 1;
            any = true;
            Ref(o);
            o->type->del(o);
            Unref(o);
        }
    }
    while (seen.next != &seen) {
        list_move(garbage, seen.next);
    }
    return any;
}

/* A tuple keeps its items: no cycle is of tuples alone, and others still read theirs (a class its bases). */
static void clear_object(Object *o)
{
    CLEAR(GC_HEAD(o)->dict);
    Instance_Drop(o);
    for (Size i = 0; i < o->type->nslots; i++) {
        CLEAR(*Object_Slot(o, i));
    }
    if (o->type->clear != NULL && !IS_A(o, T_TUPLE)) {
        o->type->clear(o);
    }
}

/* Returns how many objects were found to be garbage. */
static Size delete_all(GcHead *garbage)
{
    Size n = 0;
    for (GcHead *h = garbage->next; h != garbage; h = h->next) {
        n++;
    }
    while (garbage->next != garbage) {
        GcHead *h = garbage->next;
        list_move(&interp.gc.list, h);
        Object *o = OBJECT(h);
        Ref(o);
        clear_object(o);
        Unref(o);
    }
    return n;
}

Size Gc_Collect(void)
{
    GcState *gc = &interp.gc;
    if (gc->running) {
        return 0;
    }
    gc->running = true;
    Object *raised = Err_Fetch();
    GcHead garbage, again;
    list_init(&garbage);
    list_init(&again);
    deduce(&gc->list, &garbage);
    if (finalize_all(&garbage)) {
        deduce(&garbage, &again);
        while (garbage.next != &garbage) {      /* saved by a finaliser */
            list_move(&gc->list, garbage.next);
        }
        while (again.next != &again) {
            list_move(&garbage, again.next);
        }
    }
    Size n = delete_all(&garbage);
    gc->live = 0;
    for (GcHead *h = gc->list.next; h != &gc->list; h = h->next) {
        gc->live++;
    }
    gc->threshold = gc->live / 4 > LEAST ? gc->live / 4 : LEAST;
    gc->count = 0;
    Err_Restore(raised);
    gc->running = false;
    return n;
}

void Gc_MaybeCollect(void)
{
    if (interp.gc.count > interp.gc.threshold && interp.gc.enabled && !interp.gc.running) {
        Gc_Collect();
    }
}
