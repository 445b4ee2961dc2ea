/* list, tuple, dict, set, bytes, range, slice and the iterators over them. */
#ifndef RABBIT_CONTAINERS_H
#define RABBIT_CONTAINERS_H
#include "object.h"
#include "table.h"

typedef struct { Object head; Size len; Object *items[1]; } Tuple;
typedef struct { Object head; Size len, cap; Object **items; } List;
typedef struct { Object head; Table table; } Dict;
typedef struct { Object head; Table table; Hash hash; } Set;
typedef struct { Object head; Size len; Hash hash; char data[1]; } Bytes;
typedef struct { Object head; Size len, cap; char *data; } ByteArray;
#define BYTEARRAY_DATA(o) (((ByteArray *)(o))->data)
#define BYTEARRAY_LEN(o) (((ByteArray *)(o))->len)
typedef struct { Object head; Object *start, *stop, *step; } Slice;

extern Type Tuple_Type, List_Type, Dict_Type, Set_Type, FrozenSet_Type, Bytes_Type, Slice_Type, Range_Type;
extern Type SeqIter_Type, CallIter_Type, DictKeys_Type, DictValues_Type, DictItems_Type, TableIter_Type;
extern Type ByteArray_Type, MappingProxy_Type, Union_Type;
extern Type Enumerate_Type, Zip_Type, Map_Type, Filter_Type, Reversed_Type, RangeIter_Type, WideIter_Type, Generic_Type;
#define Tuple_Check(o) IS_A(o, T_TUPLE)
#define List_Check(o) IS_A(o, T_LIST)
#define Dict_Check(o) IS_A(o, T_DICT)
#define Bytes_Check(o) IS_A(o, T_BYTES)
#define Set_Check(o) (IsType((Object *)(o), &Set_Type) || IsType((Object *)(o), &FrozenSet_Type))
#define TUPLE_LEN(o) (((Tuple *)(o))->len)
#define TUPLE_ITEM(o, i) (((Tuple *)(o))->items[i])
#define LIST_LEN(o) (((List *)(o))->len)
#define LIST_ITEM(o, i) (((List *)(o))->items[i])

Object *Tuple_New(Size n);                              /* items NULL, to be filled */
Object *Tuple_From(Object **items, Size n);             /* takes its own references */
Object *Tuple_Pack(Size n, ...);
Object *Tuple_FromIter(Object *iterable);
Object *Tuple_Sub(Object *t, Size start, Size end);

/* The list never shows a half-made state: items are put in place before the old ones die. */
Object *List_New(Size n);                               /* n items, all None-free NULL: fill at once */
Object *List_From(Object **items, Size n);
Object *List_FromIter(Object *iterable);
/* Take one reference to `item` and put it at the end of `list`.
   Returns 0, or -1 with MemoryError set and `item` untouched. */
int List_Append(Object *list, Object *item);
int List_AppendNew(Object *list, Object *item);         /* steals item; NULL: -1 */
int List_Insert(Object *list, Size index, Object *item);
int List_Extend(Object *list, Object *iterable);
int List_SetSlice(Object *list, Size start, Size end, Object *values);  /* values NULL: delete */
int List_Sort(Object *list, Object *key, bool reverse);
Object *List_ToTuple(Object *list);
void List_Reverse(Object *list);
extern const MethodDef List_Methods[];

Object *Dict_New(void);
Object *Dict_Get(Object *d, Object *key);               /* borrowed; NULL: missing or exception */
Object *Dict_GetStr(Object *d, const char *key);        /* borrowed */
int Dict_Set(Object *d, Object *key, Object *value);
int Dict_SetStr(Object *d, const char *key, Object *value);
int Dict_SetNew(Object *d, const char *key, Object *value);     /* steals value; NULL: -1 */
int Dict_Del(Object *d, Object *key);                   /* -1 KeyError */
int Dict_Pop(Object *d, Object *key, Object **value);   /* 1 found (new), 0 missing, -1 */
bool Dict_Next(Object *d, Size *pos, Object **key, Object **value);     /* borrowed */
int Dict_Update(Object *d, Object *other);              /* mapping or pairs */
Object *Dict_Copy(Object *d);
Object *Dict_Keys(Object *d);                           /* a list */
#define DICT_LEN(o) (((Dict *)(o))->table.used)
extern const MethodDef Dict_Methods[];
extern const GetSetDef Generic_GetSets[];

Object *Set_New(Object *iterable);                      /* NULL: empty */
Object *FrozenSet_New(Object *iterable);
int Set_Add(Object *s, Object *item);
int Set_Contains(Object *s, Object *item);
int Set_Update(Object *s, Object *iterable);
extern const MethodDef Set_Methods[], FrozenSet_Methods[];

Object *Bytes_Like(Object *o);                          /* exact bytes of bytes or bytearray; TypeError */
extern const MethodDef Bytes_Methods[];
Object *Bytes_New(const char *data, Size n);            /* data NULL: zeros */

Object *Slice_New(Object *start, Object *stop, Object *step);
/* Resolve against a length: 0, or -1 with an exception. *count is how many items are named. */
int Slice_Resolve(Object *slice, Size len, Size *start, Size *stop, Size *step, Size *count);
int Index_Resolve(Object *index, Size len, const char *what, Size *out);    /* negative from the end; IndexError */
Object *SeqIter_New(Object *seq);
Object *SeqIter_NewReversed(Object *seq, Size len);
Object *CallIter_New(Object *callable, Object *sentinel);
Object *TableIter_New(Object *owner, Table *table, int what);           /* 0 keys, 1 values, 2 items */
Object *TableIter_NewReversed(Object *owner, Table *table, int what);
Object *MappingProxy_New(Object *mapping);
Object *Type_Or(Object *a, Object *b);                  /* NotImplemented for what is no type */
Object *GenericAlias_New(Object *cls, Object *item);
Object *GenericAlias_Make(Object *cls, Object **args, Size n, Object *kwnames);    /* __class_getitem__ */
Object *Repr_Sequence(Object **items, Size n, const char *open, const char *close);
int Repr_Enter(Object *o);                              /* of a container with a GcHead; 1: it is already being shown */
void Repr_Leave(Object *o);
#endif
