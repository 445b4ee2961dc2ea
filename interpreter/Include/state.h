/* All mutable state of the interpreter hangs from one Interp and its Thread: there are
   no other variables that change at file scope, except the static Type objects. */
#ifndef RABBIT_STATE_H
#define RABBIT_STATE_H
#include "object.h"
#include "ids.h"
#include "table.h"
#include "int.h"
#include "gc.h"

typedef struct ExcItem {                /* an exception being handled; NULL: none */
    Object *exc;
    struct ExcItem *prev;
} ExcItem;

typedef struct {
    struct Frame *frame;                /* borrowed: the frame that runs */
    Object *raised;                     /* owned: the exception on its way, or NULL */
    ExcItem *exc_top, exc_base;
    char *stack_limit;                  /* lowest address C may reach */
    int depth, depth_limit;             /* Python calls */
    char *frames_next, *frames_end;     /* where the next frame goes, in the newest chunk (frame.c) */
    struct FrameChunk *chunk;
    Object *async_first, *async_final;  /* sys.set_asyncgen_hooks, or NULL */
    int origin_depth;                   /* sys.set_coroutine_origin_tracking_depth */
    int dealloc_depth;
    Object *deferred;                   /* dead objects waiting, linked through refcnt */
} Thread;

typedef struct {
    const char *program;                /* argv[0] */
    bool interactive, isolated, no_site, quiet, unbuffered, ignore_env, dont_write, showrefcount, trace, plain, no_debug_ranges;
    int bytes_warning, verbose, optimize, int_max_str_digits;
} Config;

#define SMALL_MIN (-5)
#define SMALL_MAX 256

enum { LOOKUPS = 1 << 10 };

typedef struct Interp {
    Thread thread;
    GcState gc;
    Config config;
    WeakTable weak;                     /* who is weakly referred to */
    Size blocks;                        /* live blocks of Mem_Alloc */
    struct { Size count, start, stop; int suspended; } nomemory;     /* which allocations fail (debug builds); start -1: none */
    void *reserve;                      /* given back when memory is short, so that MemoryError can be made */
    Size total_refs;                    /* debug builds: sum of all mortal counts */
    struct { void *free[33]; char *region, *next, *end; bool refused; } mem;      /* refused: no region, malloc() does all */
    uint64_t hash_key[2];               /* of str and bytes, see siphash.c */
    Table interned;                     /* keys not counted; a string leaves when it dies */
    uint32_t type_versions, keys_versions;      /* the last one given out (cache.h) */
    struct { uint32_t version; Object *name, *value; } lookups[LOOKUPS];     /* borrowed; see typecache.c */
    Int small[SMALL_MAX - SMALL_MIN + 1];
    Object *chars[256];                 /* one-character strings, immortal */
    Object *empty_str, *empty_tuple, *empty_bytes;
    Object *modules, *builtins, *sys;   /* dicts */
    struct {
#define X(name) Object *name;
        IDS(X)
#undef X
        Object *errno_, *return_;       /* words that C has taken */
    } ids;
} Interp;

extern Interp interp;
#define THREAD (&interp.thread)
#define ID(name) (interp.ids.name)

bool Interp_Init(void);
Size Interp_Finish(void);               /* returns the references left */

/* Address check alone, for code that must not raise. */
static inline bool Stack_Near(void) { return (char *)__builtin_frame_address(0) < THREAD->stack_limit; }

/* False when C is near the end of its stack; then RecursionError is set. */
bool Stack_TooDeep(const char *where);                  /* sets it */
static inline bool Stack_Ok(const char *where) { return !Stack_Near() || Stack_TooDeep(where); }
#endif
