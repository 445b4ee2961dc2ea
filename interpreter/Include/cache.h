/* What a virtual machine may remember from one execution of an instruction to the next, and the
   one comparison that tells whether it still holds.

   1. A type has a version. Type_Version(type) != 0 stands for everything that a lookup on the type can
      answer: its mro, the value found for each name (borrowed, alive as long as the version holds),
      its slots, nslots, and the names in `shared`. Any change sets it to 0 (Type_Modified), for
      subclasses too, and a number is never used again. Guard: TYPE(o)->version == remembered.
      0 means: do not remember. Versions, not addresses, because an address is used again.
   2. The attributes of an instance lie inline in front of it, as long as they were set in the order in
      which the class first met them (type->shared) and nobody asked for __dict__. With the type's
      version guarded, Instance_Index(type, name) stays true; Instance_Get(o, index) is the value
      (borrowed), or NULL: look it up the long way. Instance_Put stores, also the next new attribute.
      A method may be called without looking into the instance when Instance_IsInline(o) and the name
      had no index (a new shared name changes the version).
   3. A dict's keys have a version. While Dict_KeysVersion(d) is the one remembered, each key is where
      it was: Dict_At(d, position) is the present value, and a key that was absent still is. Values
      come and go without a new version. For globals, then builtins: guard both, read one. */
#ifndef RABBIT_CACHE_H
#define RABBIT_CACHE_H
#include "containers.h"

enum { INLINE_FIRST = 4, INLINE_MOST = 30 };

uint32_t Type_AssignVersion(Type *type);                /* 0: the numbers have run out */
void Type_Modified(Type *type);                         /* and its subclasses */
uint32_t Table_AssignVersion(Table *t);
Object *Type_Search(Type *type, Object *name);          /* the long way, through the mro; borrowed */
void Lookup_Forget(Object *name);
Size Dict_Find(Object *d, Object *key);                 /* position for Dict_At; TABLE_MISSING or TABLE_ERROR */
Size Instance_Index(Type *type, Object *name);          /* negative: has none */
int Instance_Dict(Object *o);                           /* turn inline attributes into a real __dict__ */
int Instance_Learn(Object *o, Object *name, Object *value);     /* 1 stored inline, 0 it needs the dict, -1 */
void Instance_Drop(Object *o);                          /* give up what is inline: the object dies */

static inline uint32_t Type_Version(Type *type)
{
    return type->version != 0 ? type->version : Type_AssignVersion(type);
}

/* The i-th inline attribute: in front of the values of __slots__, which are in front of the GcHead. */
static inline Object **Instance_Place(Object *o, Size i)
{
    return (Object **)GC_HEAD(o) - 1 - TYPE(o)->nslots - i;
}

static inline bool Instance_IsInline(Object *o) { return GC_HEAD(o)->dict == NULL; }

static inline Object *Instance_Get(Object *o, Size i)
{
    return i < GC_HEAD(o)->nvalues ? *Instance_Place(o, i) : NULL;
}

/* False: nothing was done. Only while Instance_IsInline(o). Takes its own reference. */
static inline bool Instance_Put(Object *o, Size i, Object *value)
{
    GcHead *h = GC_HEAD(o);
    if (i < h->nvalues) {
        ASSIGN(*Instance_Place(o, i), Ref(value));
        return true;
    }
    if (i > h->nvalues || i >= h->room) {
        return false;
    }
    *Instance_Place(o, i) = Ref(value);
    h->nvalues++;
    return true;
}

static inline uint32_t Dict_KeysVersion(Object *d)
{
    Table *t = &((Dict *)d)->table;
    return t->version != 0 ? t->version : Table_AssignVersion(t);
}

static inline Object *Dict_At(Object *d, Size position) { return ((Dict *)d)->table.entries[position].value; }
#endif
