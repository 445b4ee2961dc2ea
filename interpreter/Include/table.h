/* The hash table under dict, set and the interned strings: an index of int32 slots (open
   addressing) into a dense array of entries in the order of insertion. One memory block. */
#ifndef RABBIT_TABLE_H
#define RABBIT_TABLE_H
#include "object.h"

typedef struct {
    Hash hash;
    Object *key;                /* NULL: deleted */
    Object *value;              /* NULL in sets */
} Entry;

typedef struct Table {
    Size used;                  /* live entries */
    Size fill;                  /* entries written, deleted ones too */
    Size cap;                   /* slots in the index: 0 or a power of two */
    int32_t *index;             /* the block: index, then entries */
    Entry *entries;
    uint32_t version;           /* of the keys and their places (cache.h); 0: not in use */
} Table;

#define TABLE_MISSING (-1)
#define TABLE_ERROR (-2)

Size Table_Find(Table *t, Object *key, Hash hash);                      /* entry number, or the two above */
int Table_Set(Table *t, Object *key, Hash hash, Object *value);         /* takes its own references */
int Table_Remove(Table *t, Object *key, Hash hash, Entry *out);         /* 1: out owns key and value; 0 missing; -1 */
void Table_RemoveAt(Table *t, Size number, Entry *out);
void Table_Clear(Table *t);
bool Table_Next(Table *t, Size *pos, Entry **entry);                    /* borrowed */
int Table_Copy(Table *to, Table *from);                                 /* into an empty one */
int Table_Traverse(Table *t, VisitFn visit, void *arg);
#endif
