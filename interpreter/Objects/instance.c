/* The inline attributes of instances of Python classes (the layout is in Include/cache.h).
   Invariant: GcHead.dict is NULL or nvalues is 0; the first nvalues names of type->shared are the
   attributes, in the order of insertion. What does not fit that picture gets a real dict, for good. */
#include "rabbit.h"

Size Instance_Index(Type *type, Object *name)
{
    if (type->shared == NULL) {
        return TABLE_MISSING;
    }
    if (TYPE(name) != &Str_Type) {
        return TABLE_MISSING;                   /* its __eq__ may be anything: it is for a dict */
    }
    return Table_Find(type->shared, name, Str_Type.hash(name));
}

void Instance_Drop(Object *o)
{
    GcHead *h = GC_HEAD(o);
    while (h->nvalues > 0) {
        Object **place = Instance_Place(o, --h->nvalues);
        CLEAR(*place);
    }
}

/* 0, or -1 with MemoryError and the object as it was. */
int Instance_Dict(Object *o)
{
    GcHead *h = GC_HEAD(o);
    if (h->dict != NULL || h->nvalues == 0) {
        return 0;
    }
    Object *dict = Dict_New();
    for (Size i = 0; dict != NULL && i < h->nvalues; i++) {
        if (Dict_Set(dict, TYPE(o)->shared->entries[i].key, *Instance_Place(o, i)) < 0) {
            CLEAR(dict);
        }
    }
    if (dict == NULL) {
        return -1;
    }
    h->dict = dict;
    Instance_Drop(o);                           /* the dict has its own references: nothing dies */
    return 0;
}

/* Make the name known to the class, as the next attribute of its instances. */
static int add_shared(Type *type, Object *name)
{
    if (type->shared == NULL && (type->shared = Mem_Zalloc(sizeof(Table))) == NULL) {
        return Err_Minus(Err_NoMemory());
    }
    Object *interned = Str_Intern(Ref(name));
    int r = Table_Set(type->shared, interned, Str_Type.hash(interned), NULL);
    Unref(interned);
    Type_Modified(type);
    return r;
}

/* A new attribute comes behind those there are: it takes the place that the class has for it. */
int Instance_Learn(Object *o, Object *name, Object *value)
{
    GcHead *h = GC_HEAD(o);
    Type *type = TYPE(o);
    if (h->dict != NULL || type->room == 0 || TYPE(name) != &Str_Type) {
        return 0;
    }
    Size known = type->shared == NULL ? 0 : type->shared->used, i = Instance_Index(type, name);
    if (i == TABLE_MISSING && h->nvalues == known && known < INLINE_MOST) {
        TRY_INT(add_shared(type, name));
        i = known;
    }
    if (i >= type->room) {                      /* too late for this one; the next has more room */
        Size more = type->room * 2;
        type->room = (uint8_t)(more > INLINE_MOST ? INLINE_MOST : more);
    }
    return i >= 0 && Instance_Put(o, i, value) ? 1 : 0;
}
