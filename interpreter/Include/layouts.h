/* Layouts that the virtual machine looks into for its quick ways; otherwise the business of the file named. */
#ifndef RABBIT_LAYOUTS_H
#define RABBIT_LAYOUTS_H
#include "object.h"

/* widerange.c: `parts` are a tuple of ints, start, stop, step and length */
Object *Wide_Parts(Object *start, Object *stop, Object *step);
Object *Wide_Item(Object *parts, Object *key);
Object *Wide_Slice(Object *parts, Object *slice);
Object *Wide_Find(Object *parts, Object *x);            /* NULL without exception: nowhere */
int Wide_Equal(Object *a, Object *b);
Object *Wide_Iter(Object *parts);
Object *Wide_Reversed(Object *parts);
Object *Range_FromInts(Object *start, Object *stop, Object *step);
typedef struct { Object head; int64_t next, step; Size left; } RangeIter;                   /* range.c */
typedef struct { Object head; Object *seq; Size next; int step; } SeqIter;                  /* iter.c */
typedef struct { Object head; const MethodDef *def; Type *owner; } MethodDescr;             /* descr.c */
typedef struct { Object head; Object *name; Type *owner; Size index; } Member;              /* descr.c: __slots__ */
typedef struct { Object head; Object *get, *set, *del, *doc, *name; } Property;             /* descr.c */
#endif
