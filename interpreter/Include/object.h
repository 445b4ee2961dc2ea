/* The object: a reference count and a type.  Everything a program sees is one of these.
   Objects whose type has T_GC carry a GcHead in front: the collector's links and the
   instance's __dict__; before that, the values of __slots__; before that, inline attributes.
   Functions that return Object * return a new reference unless they say "borrowed";
   NULL means that an exception is set (iterators: NULL without one means the end). */
#ifndef RABBIT_OBJECT_H
#define RABBIT_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef ptrdiff_t Size;
typedef int64_t Hash;
typedef struct Object Object;
typedef struct Type Type;

struct Object {
    Size refcnt;                /* at or above IMMORTAL: never counted, never freed by a count */
    Type *type;
};

typedef struct GcHead {
    struct GcHead *next, *prev; /* next == NULL: not tracked */
    int32_t refs;               /* the collector's copy of the count */
    uint8_t finalized;          /* __del__ has run */
    uint8_t room, nvalues;      /* inline attributes: how many fit, how many there are (cache.h) */
    uint8_t bits;               /* WEAK_REFERRED, WEAK_DYING, REPR_UNDER_WAY (gc.h) */
    Object *dict;               /* instance __dict__, made when first needed; then nvalues is 0 */
} GcHead;

#define IMMORTAL ((Size)1 << 40)

/* Binary operators, in the order of the nb[] slots. */
#define BINARY_OPS(X) \
    X(ADD, add, "+") X(SUB, sub, "-") X(MUL, mul, "*") X(MATMUL, matmul, "@") \
    X(TRUEDIV, truediv, "/") X(FLOORDIV, floordiv, "//") X(MOD, mod, "%") X(POW, pow, "**") \
    X(LSHIFT, lshift, "<<") X(RSHIFT, rshift, ">>") X(AND, and, "&") X(OR, or, "|") \
    X(XOR, xor, "^") X(DIVMOD, divmod, "divmod()")
enum {
#define X(upper, lower, text) NB_##upper,
    BINARY_OPS(X)
#undef X
    NB_COUNT
};
enum { UN_NEG, UN_POS, UN_INVERT, UN_ABS, UN_INT, UN_FLOAT, UN_INDEX, UN_COUNT };
enum { CMP_LT, CMP_LE, CMP_EQ, CMP_NE, CMP_GT, CMP_GE };

/* Call convention of everything callable: `n` positional arguments, then one value for
   each name in the tuple `kwnames` (NULL: no keywords). All borrowed. */
typedef Object *(*CallFn)(Object *self, Object **args, Size n, Object *kwnames);
typedef Object *(*UnaryFn)(Object *);
typedef Object *(*BinaryFn)(Object *, Object *);
typedef Object *(*TernaryFn)(Object *, Object *, Object *);
typedef int (*VisitFn)(Object *, void *);

/* A method written in C. With `params` NULL: min..max positional arguments (max -1: any).
   Otherwise `params` names them ("a b * c": c by keyword only) and args[] has one entry each,
   NULL where not given; up to 6 positional ones are padded with NULL as well. */
typedef struct {
    const char *name;
    CallFn fn;
    int min, max;
    const char *params;
    int kind;                   /* 0 method, METH_CLASS, METH_STATIC, METH_RAW (no checks at all) */
} MethodDef;
enum { METH_CLASS = 1, METH_STATIC = 2, METH_RAW = 4 };

typedef struct {
    const char *name;
    UnaryFn get;
    int (*set)(Object *self, Object *value);    /* value NULL: delete */
} GetSetDef;

enum {
    T_HEAP = 1, T_GC = 2, T_BASE = 4, T_HASDICT = 8, T_READY = 16,
    T_INT = 32, T_STR = 64, T_LIST = 128, T_TUPLE = 256, T_DICT = 512, T_EXC = 1024,
    T_TYPE = 2048, T_BYTES = 4096, T_ABSTRACT = 8192, T_WEAK = 16384, T_WEAKREF = 32768, T_UNFINISHED = 65536,     /* T_UNFINISHED: __abstractmethods__ is not empty */
    T_OWN_ORDER = 131072,       /* its metaclass has a mro() of its own, which may name any class */
    T_INHERITED = T_WEAK | T_WEAKREF | T_GC | T_HASDICT | T_INT | T_STR | T_LIST | T_TUPLE | T_DICT | T_EXC | T_TYPE | T_BYTES
};

struct Type {
    Object head;
    const char *name;
    Size size;
    unsigned flags;
    Type *base;
    /* memory: `traverse` visits what the object owns, `clear` drops all of it, memory too */
    int (*traverse)(Object *, VisitFn, void *);
    void (*clear)(Object *);
    /* slots */
    UnaryFn repr, str;
    Hash (*hash)(Object *);
    CallFn call;
    BinaryFn getattro;
    int (*setattro)(Object *, Object *, Object *);
    Object *(*richcompare)(Object *, Object *, int);
    UnaryFn iter, iternext;
    Object *(*new)(Type *, Object **args, Size n, Object *kwnames);
    int (*init)(Object *, Object **args, Size n, Object *kwnames);
    void (*del)(Object *);
    TernaryFn descr_get;        /* (descriptor, instance or NULL, type or NULL) */
    int (*descr_set)(Object *, Object *, Object *);
    int (*truth)(Object *);
    Size (*len)(Object *);
    BinaryFn getitem;
    int (*setitem)(Object *, Object *, Object *);
    int (*contains)(Object *, Object *);
    BinaryFn nb[NB_COUNT], inplace[NB_COUNT];
    UnaryFn unary[UN_COUNT];
    const MethodDef *methods;
    const GetSetDef *getsets;
    const char *doc;
    /* filled in by Type_Ready or type() */
    Object *bases, *mro, *dict, *heap_name, *qualname;
    Type **subclasses;          /* borrowed */
    Size nsubclasses, nslots;
    struct Table *shared;       /* names of the inline attributes, in order; they only grow */
    uint32_t version;           /* 0: not in use (cache.h) */
    uint8_t room;               /* inline attributes that a new instance has place for */
    uint8_t bits;               /* of a static type: what others have in their GcHead */
};

extern Type Object_Type, Type_Type, None_Type, NotImplemented_Type, Ellipsis_Type;
extern Object None_Object, NotImplemented_Object, Ellipsis_Object;
#define None (&None_Object)
#define NotImplemented (&NotImplemented_Object)
#define Ellipsis (&Ellipsis_Object)

#define TYPE(o) (((Object *)(o))->type)
#define IS_A(o, flag) ((TYPE(o)->flags & (flag)) != 0)
#define GC_HEAD(o) ((GcHead *)(o) - 1)
#define IMMORTAL_HEAD(type) {IMMORTAL, (type)}
#define TRY_INT(expression) do { if ((expression) < 0) return -1; } while (0)
#define COUNT(array) ((Size)(sizeof(array) / sizeof((array)[0])))

#ifdef Py_DEBUG
void Ref_CountUp(void);
void Ref_CountDown(void);
#define COUNT_UP() Ref_CountUp()
#define COUNT_DOWN() Ref_CountDown()
#else
#define COUNT_UP() ((void)0)
#define COUNT_DOWN() ((void)0)
#endif

void Object_Dealloc(Object *o);

/* Take a reference and return the object. */
static inline void *Ref(void *object)
{
    Object *o = object;
    if (o->refcnt < IMMORTAL) {
        o->refcnt++;
        COUNT_UP();
    }
    return object;
}

/* Give a reference back. */
static inline void Unref(void *object)
{
    Object *o = object;
    if (o->refcnt < IMMORTAL) {
        COUNT_DOWN();
        if (--o->refcnt == 0) {
            Object_Dealloc(o);
        }
    }
}

static inline void *XRef(void *object) { return object == NULL ? NULL : Ref(object); }
static inline void XUnref(void *object) { if (object != NULL) Unref(object); }

/* Empty the variable before its old value may run code. */
#define CLEAR(slot) do { void *old_ = (slot); (slot) = NULL; XUnref(old_); } while (0)
/* Put `value` (reference taken over) into the variable, then drop the old one. */
#define ASSIGN(slot, value) do { void *old_ = (slot); (slot) = (value); XUnref(old_); } while (0)
#define VISIT(member) do { if ((member) != NULL) { \
    int stop_ = visit((Object *)(member), arg); if (stop_) return stop_; } } while (0)

/* Memory (Object.c): zeroed object of type->size + extra bytes, tracked when the type is T_GC. */
void *Object_Alloc(Type *type, Size extra);
void Object_MakeImmortal(Object *o);
Object **Object_Slot(Object *o, Size index);

/* What every object can do */
Object *Object_Repr(Object *o);
Object *Object_Str(Object *o);
Hash Object_Hash(Object *o);                            /* -1: exception */
Hash Hash_Pointer(const void *p);
Hash Hash_Bytes(const void *data, Size size);           /* siphash.c; never -1 */
void Hash_Seed(const char *text);                       /* PYTHONHASHSEED; NULL: random */
/* The xxHash mixing that CPython uses for tuples and slices: sums would make (x, y) keys collide. Begins with HASH_SEED. */
#define HASH_SEED UINT64_C(2870177450012600261)
static inline uint64_t Hash_Mix(uint64_t acc, Hash next)
{
    acc += (uint64_t)next * UINT64_C(14029467366897019727);
    return (acc << 31 | acc >> 33) * UINT64_C(11400714785074694791);
}
static inline Hash Hash_Mixed(uint64_t acc) { return (Hash)acc == -1 ? 1546275796 : (Hash)acc; }
Hash Hash_NotImplemented(Object *o);
Object *Object_Compare(Object *a, Object *b, int op);
int Object_CompareBool(Object *a, Object *b, int op);   /* identity counts as equal; -1: exception */
int Object_IsTrue(Object *o);
Object *Object_GetAttr(Object *o, Object *name);
Object *Object_GetAttrStr(Object *o, const char *name);
int Object_LookupAttr(Object *o, Object *name, Object **result);    /* 1 found, 0 not, -1 exception */
int Object_SetAttr(Object *o, Object *name, Object *value);         /* value NULL: delete */
int Object_SetAttrStr(Object *o, const char *name, Object *value);
Object *Object_GenericGetAttr(Object *o, Object *name);
int Object_GenericSetAttr(Object *o, Object *name, Object *value);
Object *Object_Dict(Object *o);                         /* borrowed, made when missing; NULL: has none */
int Object_GetMethod(Object *o, Object *name, Object **method);     /* 1: unbound, give self; 0: bound; -1 */
Object *Object_Dir(Object *o);
Object *Object_GetItem(Object *o, Object *key);
int Object_SetItem(Object *o, Object *key, Object *value);          /* value NULL: delete */
Size Object_Len(Object *o);
int Object_Contains(Object *o, Object *item);
Object *Object_GetIter(Object *o);
Object *Object_SelfIter(Object *o);
Object *Iter_Next(Object *iterator);                    /* NULL without exception: the end */
Object *Object_Format(Object *o, Object *spec);
int Object_IsInstance(Object *o, Object *classinfo);
int Object_IsSubclass(Object *cls, Object *classinfo);
Object *Number_Binary(Object *a, Object *b, int op);
Object *Number_Inplace(Object *a, Object *b, int op);
Object *Number_Unary(Object *o, int op);
Object *Number_Index(Object *o);                        /* an exact int */
Size Number_AsSize(Object *o, Type *overflow);          /* -1 and exception; overflow NULL: clip */

/* Types */
int Type_Ready(Type *type);
const char *Doc_Of(const char *name);                   /* docs.c: of what builtins has; NULL: none */
void Type_Forget(Type *type);                           /* at exit: drop what Type_Ready made */
Object *Type_Lookup(Type *type, Object *name);          /* borrowed; no exception when missing */
int Type_IsSubtype(Type *a, Type *b);
Object *Type_New(Object *name, Object *bases, Object *dict, Type *meta, Object **kwvalues, Object *kwnames);
Object *Type_Mro(Type *type);
int Type_FixSlots(Type *type, Object *name);            /* name NULL: all */
int Type_AddSlotWrappers(Type *type);
int Type_AddSubclass(Type *base, Type *sub);
void Type_InheritSlots(Type *type, Type *base);
Object *Type_Name(Type *type);
void *Type_RefuseAbstract(Type *type);                  /* TypeError naming the abstract methods */
Object *Object_DictAttribute(Object *o);                /* o.__dict__ */
int Object_SetDictAttribute(Object *o, Object *value);
extern Type Super_Type;
static inline int IsType(Object *o, Type *type) { return TYPE(o) == type || Type_IsSubtype(TYPE(o), type); }

/* Calls (call.c) */
Object *Call(Object *f, Object **args, Size n, Object *kwnames);
Object *Call0(Object *f);
Object *Call1(Object *f, Object *a);
Object *Call2(Object *f, Object *a, Object *b);
Object *CallEx(Object *f, Object *args, Object *kwargs);            /* tuple, dict or NULL */
Object *CallMethod(Object *o, Object *name, Size n, Object **args);
Object *CallSpecial(Object *o, Object *name, Size n, Object **args);        /* __name__ of the class */
Object *CallDef(const MethodDef *def, Object *self, Object **args, Size n, Object *kwnames);
Object *Kw_ToDict(Object **values, Object *kwnames);
int No_Keywords(const char *name, Object *kwnames);

#endif
