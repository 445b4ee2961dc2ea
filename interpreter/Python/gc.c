/* The cyclic collector. New containers are young; who survives a collection grows older, and old ones
   are looked at less often. A collection takes a generation and all younger ones, in phases:
   update_refs copies the counts, subtract_refs takes off what comes from inside, move_unreachable sets
   aside what nobody outside leads to; then weak references are cleared, finalizers run (once a life, and
   they may save what they can reach), and the rest is taken apart. */
#include "rabbit.h"

/* ---- rings of heads ---- */
static void list_init(GcHead *list) { list->next = list->prev = list; }
static bool list_empty(GcHead *list) { return list->next == list; }
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
static void list_merge(GcHead *to, GcHead *from)
{
    if (!list_empty(from)) {
        to->prev->next = from->next;
        from->next->prev = to->prev;
        to->prev = from->prev;
        from->prev->next = to;
        list_init(from);
    }
}

Size Gc_ListLength(GcHead *list)
{
    Size n = 0;
    GC_EACH(h, list) n++;
    return n;
}

void Gc_Track(Object *o)
{
    GcHead *h = GC_HEAD(o);
    if (h->next == NULL) {
        h->refs = GC_OUTSIDE;
        list_append(&interp.gc.generation[0].list, h);
        interp.gc.generation[0].count++;
    }
}

void Gc_Untrack(Object *o)
{
    if (GC_HEAD(o)->next != NULL) {
        list_remove(GC_HEAD(o));
        interp.gc.generation[0].count -= interp.gc.generation[0].count > 0;
    }
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

/* ---- who is unreachable ---- */

/* The head of an object that this collection looks at, or NULL. Immortal objects are not looked at, and the static types
   among them have no head. */
static GcHead *inside(Object *o)
{
    if (!Gc_HasHead(o) || GC_HEAD(o)->next == NULL || GC_HEAD(o)->refs == GC_OUTSIDE) {
        return NULL;
    }
    return GC_HEAD(o);
}

static void update_refs(GcHead *list)
{
    GC_EACH(h, list) {
        h->refs = GC_OBJECT(h)->refcnt > INT32_MAX ? INT32_MAX : (int32_t)GC_OBJECT(h)->refcnt;
    }
}

static int visit_subtract(Object *o, void *arg)
{
    (void)arg;
    GcHead *h = inside(o);
    if (h != NULL && h->refs > 0) {
        h->refs--;
    }
    return 0;
}

static void subtract_refs(GcHead *list)
{
    GC_EACH(h, list) Object_TraverseAll(GC_OBJECT(h), visit_subtract, NULL);
}

/* Somebody reachable leads here: bring it back to the end of the list, to be looked at in its turn. */
static int visit_reachable(Object *o, void *arg)
{
    GcHead *h = inside(o);
    if (h == NULL) {
        return 0;
    }
    if (h->refs == GC_TENTATIVE) {
        list_move(arg, h);
        h->refs = 1;
    } else if (h->refs == 0) {
        h->refs = 1;
    }
    return 0;
}

static bool has_containers(Object *tuple)
{
    for (Size i = 0; i < TUPLE_LEN(tuple); i++) {
        Object *item = TUPLE_ITEM(tuple, i);
        if (item == NULL || (Gc_HasHead(item) && (TYPE(item) != &Tuple_Type || GC_HEAD(item)->next != NULL))) {
            return true;
        }
    }
    return false;
}

/* What is left in `list` is reachable from outside of it. Tuples of atoms need not be looked at again. */
static void move_unreachable(GcHead *list, GcHead *unreachable)
{
    for (GcHead *h = list->next, *next; h != list; h = next) {
        if (h->refs > 0) {
            Object *o = GC_OBJECT(h);
            Object_TraverseAll(o, visit_reachable, list);
            next = h->next;
            h->refs = GC_OUTSIDE;
            if (TYPE(o) == &Tuple_Type && !has_containers(o)) {
                list_remove(h);
            }
        } else {
            next = h->next;
            h->refs = GC_TENTATIVE;
            list_move(unreachable, h);
        }
    }
}

static void deduce_unreachable(GcHead *list, GcHead *unreachable)
{
    list_init(unreachable);
    update_refs(list);
    subtract_refs(list);
    move_unreachable(list, unreachable);
}

/* ---- weak references ---- */

/* Clear every weak reference to garbage before any code runs, so that nobody can take it back by one.
   A callback is due only if the weak reference itself lives on. Returns the list of those, or NULL. */
static Object *clear_weakrefs(GcHead *garbage)
{
    Object *due = NULL;
    GC_EACH(h, garbage) {
        for (WeakRef *w; (h->bits & WEAK_REFERRED) && (w = Weak_First(GC_OBJECT(h))) != NULL;) {
            Object *callback = w->callback;
            bool outside = GC_HEAD(w)->refs != GC_TENTATIVE;
            Weak_Detach(w);
            if (callback != NULL && outside && (due != NULL || (due = List_New(0)) != NULL)) {
                if (List_Append(due, (Object *)w) < 0) {
                    Err_Clear();
                }
            }
        }
    }
    Err_Clear();
    return due;
}

static void call_callbacks(Object *due)
{
    for (Size i = 0; due != NULL && i < LIST_LEN(due); i++) {
        Object *w = LIST_ITEM(due, i), *callback = XRef(((WeakRef *)w)->callback);
        Object *r = callback == NULL ? NULL : Call1(callback, w);
        if (r == NULL) {
            Err_Unraisable(callback);
        }
        XUnref(r), XUnref(callback);
    }
    XUnref(due);
}

/* ---- finalizers, and the end ---- */

/* Run each __del__ once. An object may go or be saved meanwhile, so each is moved aside first. */
static bool finalize_garbage(GcHead *garbage)
{
    GcHead seen;
    bool any = false;
    list_init(&seen);
    while (!list_empty(garbage)) {
        GcHead *h = garbage->next;
        Object *o = GC_OBJECT(h);
        list_move(&seen, h);
        if (o->type->del != NULL && !h->finalized) {
            h->finalized = 1;
            any = true;
            Ref(o);
            o->type->del(o);
            Unref(o);
        }
    }
    list_merge(garbage, &seen);
    return any;
}

/* Finalizers ran: who is still unreachable? The others move to `survivors`. */
static void handle_resurrected(GcHead *garbage, GcHead *survivors)
{
    GcHead still;
    deduce_unreachable(garbage, &still);
    list_merge(survivors, garbage);
    list_merge(garbage, &still);
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

static void save_garbage(Object *o)
{
    if (interp.gc.garbage != NULL && List_Append(interp.gc.garbage, o) < 0) {
        Err_Clear();
    }
}

static void delete_garbage(GcHead *garbage, GcHead *survivors)
{
    while (!list_empty(garbage)) {
        GcHead *h = garbage->next;
        Object *o = GC_OBJECT(h);
        h->refs = GC_OUTSIDE;
        list_move(survivors, h);
        if (interp.gc.debug & GC_DEBUG_COLLECTABLE) {
            fprintf(stderr, "gc: collectable <%s %p>\n", o->type->name, (void *)o);
        }
        if (interp.gc.debug & GC_DEBUG_SAVEALL) {
            save_garbage(o);
            continue;
        }
        Ref(o);
        clear_object(o);
        Unref(o);
    }
}

/* ---- a collection ---- */
static Size collect_generation(int oldest)
{
    GcState *gc = &interp.gc;
    GcHead *list = &gc->generation[oldest].list, garbage;
    GcHead *survivors = oldest + 1 < GENERATIONS ? &gc->generation[oldest + 1].list : list;
    for (int i = 0; i < oldest; i++) {
        list_merge(list, &gc->generation[i].list);
    }
    for (int i = 0; i <= oldest; i++) {
        gc->generation[i].count = 0;
    }
    deduce_unreachable(list, &garbage);
    if (oldest + 1 < GENERATIONS) {
        gc->generation[oldest + 1].count++;
        gc->pending += oldest + 2 == GENERATIONS ? Gc_ListLength(list) : 0;
        list_merge(survivors, list);
    }
    Size n = Gc_ListLength(&garbage);
    call_callbacks(clear_weakrefs(&garbage));
    if (finalize_garbage(&garbage)) {
        handle_resurrected(&garbage, survivors);
        n = Gc_ListLength(&garbage);
    }
    delete_garbage(&garbage, survivors);
    if (oldest + 1 == GENERATIONS) {
        gc->pending = 0;
        gc->settled = Gc_ListLength(list);
    }
    gc->generation[oldest].collections++;
    gc->generation[oldest].collected += n;
    return n;
}

/* Tell gc.callbacks: callback(phase, {"generation": ..., "collected": ..., "uncollectable": 0}). */
static void tell(const char *phase, int generation, Size collected)
{
    Object *list = interp.gc.callbacks;
    if (list == NULL || LIST_LEN(list) == 0) {
        return;
    }
    Object *name = Str_New(phase), *info = Dict_New();
    if (name == NULL || info == NULL || Dict_SetNew(info, "generation", Int_FromLong(generation)) < 0
        || Dict_SetNew(info, "collected", Int_FromLong(collected)) < 0 || Dict_SetNew(info, "uncollectable", Int_FromLong(0)) < 0) {
        Err_Unraisable(NULL);
    }
    for (Size i = 0; name != NULL && info != NULL && i < LIST_LEN(list); i++) {
        Object *callback = Ref(LIST_ITEM(list, i)), *r = Call2(callback, name, info);
        if (r == NULL) {
            Err_Unraisable(callback);
        }
        XUnref(r), Unref(callback);
    }
    XUnref(name), XUnref(info);
}

Size Gc_CollectUpTo(int oldest)
{
    GcState *gc = &interp.gc;
    if (gc->running) {
        return 0;
    }
    gc->running = true;
    Object *raised = Err_Fetch();
    tell("start", oldest, 0);
    Size n = collect_generation(oldest);
    if (gc->debug & GC_DEBUG_STATS) {
        fprintf(stderr, "gc: generation %d collected, %td unreachable, %td in the oldest generation\n", oldest, n, gc->settled);
    }
    tell("stop", oldest, n);
    Err_Restore(raised);
    gc->running = false;
    return n;
}

Size Gc_Collect(void) { return Gc_CollectUpTo(GENERATIONS - 1); }

/* The oldest generation waits until a quarter as many are new to it: so the work stays linear. */
void Gc_RunIfDue(void)
{
    GcState *gc = &interp.gc;
    if (!gc->enabled || gc->running || gc->generation[0].threshold == 0) {
        return;
    }
    for (int i = GENERATIONS - 1; i >= 0; i--) {
        if (gc->generation[i].count > gc->generation[i].threshold && (i + 1 < GENERATIONS || gc->pending >= gc->settled / 4)) {
            Gc_CollectUpTo(i);
            return;
        }
    }
}

void Gc_Freeze(void)
{
    for (int i = 0; i < GENERATIONS; i++) {
        list_merge(&interp.gc.permanent, &interp.gc.generation[i].list);
        interp.gc.generation[i].count = 0;
    }
}

void Gc_Unfreeze(void) { list_merge(&interp.gc.generation[GENERATIONS - 1].list, &interp.gc.permanent); }

void Gc_Init(void)
{
    static const Size thresholds[GENERATIONS] = {700, 10, 10};
    for (int i = 0; i < GENERATIONS; i++) {
        list_init(&interp.gc.generation[i].list);
        interp.gc.generation[i].threshold = thresholds[i];
    }
    list_init(&interp.gc.permanent);
}

void Gc_Finish(void)
{
    CLEAR(interp.gc.garbage);
    CLEAR(interp.gc.callbacks);
    Gc_Unfreeze();
}
