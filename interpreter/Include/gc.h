/* The cyclic collector (Python/gc.c) and weak references (Objects/weakref.c). */
#ifndef RABBIT_GC_H
#define RABBIT_GC_H
#include "object.h"

enum { GENERATIONS = 3 };
enum { GC_DEBUG_STATS = 1, GC_DEBUG_COLLECTABLE = 2, GC_DEBUG_UNCOLLECTABLE = 4, GC_DEBUG_SAVEALL = 32 };

typedef struct {
    GcHead list;                        /* its objects, in a ring */
    Size count, threshold;              /* youngest: objects made since; older: collections of the next younger */
    Size collections, collected;        /* for gc.get_stats() */
} Generation;

typedef struct {
    Generation generation[GENERATIONS];
    GcHead permanent;                   /* gc.freeze() */
    Size pending, settled;              /* not yet seen by a full collection; what the last one left */
    bool enabled, running;
    unsigned debug;
    Object *garbage, *callbacks;        /* lists of the module gc */
} GcState;

/* In GcHead.refs: outside of what is being collected; not (yet) known to be reachable. */
enum { GC_OUTSIDE = -1, GC_TENTATIVE = -2 };
/* Static types are of a type with T_GC and yet have no GcHead. */
static inline bool Gc_HasHead(Object *o) { return IS_A(o, T_GC) && (!IS_A(o, T_TYPE) || (((Type *)o)->flags & T_HEAP)); }
static inline uint8_t *Gc_Bits(Object *o) { return Gc_HasHead(o) ? &GC_HEAD(o)->bits : &((Type *)o)->bits; }
#define GC_OBJECT(head) ((Object *)((head) + 1))
#define GC_EACH(h, list) for (GcHead *h = (list)->next; h != (list); h = h->next)

void Gc_Init(void);
void Gc_Finish(void);
Size Gc_Collect(void);                                  /* all generations; returns how many were garbage */
Size Gc_CollectUpTo(int generation);
void Gc_Track(Object *o);
void Gc_Untrack(Object *o);
void Gc_RunIfDue(void);
void Gc_Freeze(void);
void Gc_Unfreeze(void);
Size Gc_ListLength(GcHead *list);
int Object_TraverseAll(Object *o, VisitFn visit, void *arg);

/* weakref.c */
typedef struct WeakRef {
    Object head;
    Object *target;                     /* borrowed; NULL: dead */
    Object *callback;                   /* NULL: none */
    Hash hash;                          /* of the target, once asked; -1 */
    struct WeakRef *prev, *next;        /* the others of the same target */
} WeakRef;
typedef struct { Object *target; WeakRef *first; } WeakEntry;
typedef struct { WeakEntry *entries; Size used, cap; } WeakTable;
extern Type WeakRef_Type, WeakProxy_Type, WeakCallableProxy_Type;

enum { WEAK_REFERRED = 1, WEAK_DYING = 2, REPR_UNDER_WAY = 4 };     /* GcHead.bits */
Object *Weak_New(Type *type, Object *target, Object *callback);
Object *Weak_Get(Object *ref);
WeakRef *Weak_First(Object *o);                         /* borrowed; NULL: none */
void Weak_Died(Object *o);                              /* clear all references to o and call their callbacks */
void Weak_Detach(WeakRef *w);                           /* forget the target; the callback will not be called */
#endif
