/* The hash table. Invariant: fill <= 2/3 cap, so a probe always meets an empty slot.
   Comparing keys may run code that changes the table: then the search starts again. */
#include "rabbit.h"

enum { EMPTY = -1, DUMMY = -2 };

static Size usable(Size cap) { return cap * 2 / 3; }

#define PROBE(t, hash, slot) \
    for (uint64_t perturb = (uint64_t)(hash), slot = perturb & (uint64_t)((t)->cap - 1);; \
         perturb >>= 5, slot = (slot * 5 + perturb + 1) & (uint64_t)((t)->cap - 1))

/* 1 the same, 0 not, -1 exception, 2 the table changed meanwhile */
static int same_key(Table *t, Entry *e, Object *key)
{
    if (e->key == key) {
        return 1;
    }
    if (TYPE(key) == &Str_Type && TYPE(e->key) == &Str_Type) {
        return Str_Equal(e->key, key);
    }
    Entry *entries = t->entries;
    Object *old = Ref(e->key);
    int r = Object_CompareBool(old, key, CMP_EQ);
    if (r >= 0 && (t->entries != entries || e->key != old)) {
        r = 2;
    }
    Unref(old);
    return r;
}

Size Table_Find(Table *t, Object *key, Hash hash)
{
again:
    if (t->used == 0) {
        return TABLE_MISSING;
    }
    PROBE(t, hash, slot) {
        int32_t number = t->index[slot];
        if (number == EMPTY) {
            return TABLE_MISSING;
        }
        if (number == DUMMY || t->entries[number].hash != hash) {
            continue;
        }
        switch (same_key(t, &t->entries[number], key)) {
        case 1: return number;
        case -1: return TABLE_ERROR;
        case 2: goto again;
        }
    }
}

static void place(Table *t, Hash hash, Size number)
{
    PROBE(t, hash, slot) {
        if (t->index[slot] == EMPTY) {
            t->index[slot] = (int32_t)number;
            return;
        }
    }
}

/* Move the live entries into a new block with room for twice as many. */
static int resize(Table *t, Size wanted)
{
    Size cap = 8;
    while (usable(cap) < wanted) {
        cap *= 2;
    }
    if (cap > (1 << 30)) {
        return Err_Minus(Err_NoMemory());
    }
    int32_t *index = Mem_Alloc((size_t)cap * sizeof(int32_t) + (size_t)usable(cap) * sizeof(Entry));
    if (index == NULL) {
        return Err_Minus(Err_NoMemory());
    }
    Table old = *t;
    memset(index, 0xff, (size_t)cap * sizeof(int32_t));
    *t = (Table){old.used, 0, cap, index, (Entry *)(index + cap), 0};
    for (Size i = 0; i < old.fill; i++) {
        if (old.entries[i].key != NULL) {
            t->entries[t->fill] = old.entries[i];
            place(t, old.entries[i].hash, t->fill++);
        }
    }
    Mem_Free(old.index);
    return 0;
}

int Table_Set(Table *t, Object *key, Hash hash, Object *value)
{
    Size number = Table_Find(t, key, hash);
    if (number == TABLE_ERROR) {
        return -1;
    }
    if (number >= 0) {
        ASSIGN(t->entries[number].value, XRef(value));
        return 0;
    }
    if (t->fill >= usable(t->cap) && resize(t, t->used * 2 + 1) < 0) {
        return -1;
    }
    t->entries[t->fill] = (Entry){hash, Ref(key), XRef(value)};
    place(t, hash, t->fill++);
    t->used++;
    t->version = 0;
    return 0;
}

void Table_RemoveAt(Table *t, Size number, Entry *out)
{
    PROBE(t, t->entries[number].hash, slot) {
        if (t->index[slot] == number) {
            t->index[slot] = DUMMY;
            break;
        }
    }
    *out = t->entries[number];
    t->entries[number].key = t->entries[number].value = NULL;
    t->used--;
    t->version = 0;
}

int Table_Remove(Table *t, Object *key, Hash hash, Entry *out)
{
    Size number = Table_Find(t, key, hash);
    if (number < 0) {
        return number == TABLE_ERROR ? -1 : 0;
    }
    Table_RemoveAt(t, number, out);
    return 1;
}

void Table_Clear(Table *t)
{
    Table old = *t;
    *t = (Table){0, 0, 0, NULL, NULL, 0};
    for (Size i = 0; i < old.fill; i++) {
        XUnref(old.entries[i].key);
        XUnref(old.entries[i].value);
    }
    Mem_Free(old.index);
}

bool Table_Next(Table *t, Size *pos, Entry **entry)
{
    while (*pos < t->fill) {
        *entry = &t->entries[(*pos)++];
        if ((*entry)->key != NULL) {
            return true;
        }
    }
    return false;
}

int Table_Copy(Table *to, Table *from)
{
    if (from->used == 0) {
        return 0;
    }
    if (resize(to, from->used) < 0) {
        return -1;
    }
    for (Size i = 0; i < from->fill; i++) {
        Entry *e = &from->entries[i];
        if (e->key != NULL) {
            to->entries[to->fill] = (Entry){e->hash, Ref(e->key), XRef(e->value)};
            place(to, e->hash, to->fill++);
            to->used++;
        }
    }
    return 0;
}

int Table_Traverse(Table *t, VisitFn visit, void *arg)
{
    for (Size i = 0; i < t->fill; i++) {
        VISIT(t->entries[i].key);
        VISIT(t->entries[i].value);
    }
    return 0;
}
