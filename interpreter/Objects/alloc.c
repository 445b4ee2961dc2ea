/* Memory. Invariant: interp.blocks is the number of live blocks, whichever way they were made.
   Blocks up to 512 bytes come from 32 size classes; a pool (16 KiB, aligned) holds one class, and
   its first word says which. All pools lie in one reserved region, so the owner of a block is known
   from its address. Pools are given back only at the end. */
#include "rabbit.h"
#include <sys/mman.h>

#if defined(WITH_PYMALLOC) && !defined(WITHOUT_PYMALLOC)
enum { POOL_SIZE = 1 << 14, STEP = 16, BIGGEST = 512, POOL_HEAD = 16 };
enum { LARGEST_REGION = 36, SMALLEST_REGION = 26 };     /* powers of two */

typedef struct FreeBlock { struct FreeBlock *next; } FreeBlock;

static bool in_region(const void *p)
{
    const char *region = interp.mem.region;
    return region != NULL && (const char *)p >= region && (const char *)p < interp.mem.end;
}

/* Address space only: the system gives pages as they are touched. Where little is allowed (ulimit -v, valgrind), a smaller
   region does, beyond which malloc goes on; without any, malloc does all, and nobody asks again. */
static bool reserve_region(void)
{
    for (int bits = LARGEST_REGION; bits >= SMALLEST_REGION && !interp.mem.refused; bits -= 2) {
        size_t size = (size_t)1 << bits;
        char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (p != MAP_FAILED) {
            interp.mem.region = p;
            interp.mem.next = (char *)(((uintptr_t)p + POOL_SIZE - 1) & ~(uintptr_t)(POOL_SIZE - 1));
            interp.mem.end = p + size;
            return true;
        }
    }
    interp.mem.refused = true;
    return false;
}

/* Cut a fresh pool into blocks of the class and chain them, lowest address first. */
static bool new_pool(size_t class)
{
    if ((interp.mem.region == NULL && !reserve_region()) || interp.mem.next + POOL_SIZE > interp.mem.end) {
        return false;
    }
    char *pool = interp.mem.next;
    interp.mem.next += POOL_SIZE;
    *(size_t *)pool = class;
    size_t size = class * STEP, n = (POOL_SIZE - POOL_HEAD) / size;
    for (size_t i = n; i-- > 0;) {
        FreeBlock *block = (FreeBlock *)(pool + POOL_HEAD + i * size);
        block->next = interp.mem.free[class];
        interp.mem.free[class] = block;
    }
    return true;
}

static void *raw_alloc(size_t size)
{
    size_t class = size == 0 ? 1 : (size + STEP - 1) / STEP;
    if (size <= BIGGEST && (interp.mem.free[class] != NULL || new_pool(class))) {
        FreeBlock *block = interp.mem.free[class];
        interp.mem.free[class] = block->next;
        return block;
    }
    return malloc(size == 0 ? 1 : size);
}

static size_t class_of(void *block)
{
    return *(size_t *)((uintptr_t)block & ~(uintptr_t)(POOL_SIZE - 1));
}

static void raw_free(void *block)
{
    if (!in_region(block)) {
        free(block);
        return;
    }
    size_t class = class_of(block);
#ifdef Py_DEBUG
    memset(block, 0xDD, class * STEP);
#endif
    ((FreeBlock *)block)->next = interp.mem.free[class];
    interp.mem.free[class] = block;
}

static void *raw_realloc(void *block, size_t size)
{
    if (!in_region(block)) {
        return realloc(block, size == 0 ? 1 : size);
    }
    size_t old = class_of(block) * STEP;
    if (size <= old && size > old / 2) {
        return block;
    }
    void *copy = raw_alloc(size);
    if (copy != NULL) {
        memcpy(copy, block, size < old ? size : old);
        raw_free(block);
    }
    return copy;
}

/* One row a size class: pools, blocks in them, blocks that are free. */
void Mem_PrintStats(FILE *out)
{
    size_t pools[BIGGEST / STEP + 1] = {0};
    char *first = (char *)(((uintptr_t)interp.mem.region + POOL_SIZE - 1) & ~(uintptr_t)(POOL_SIZE - 1));
    for (char *p = first; interp.mem.region != NULL && p < interp.mem.next; p += POOL_SIZE) {
        pools[*(size_t *)p]++;
    }
    fprintf(out, "class   size    pools   blocks in use        free\n");
    for (size_t class = 1; class <= BIGGEST / STEP; class++) {
        size_t unused = 0, all = pools[class] * ((POOL_SIZE - POOL_HEAD) / (class * STEP));
        for (FreeBlock *b = interp.mem.free[class]; b != NULL; b = b->next) {
            unused++;
        }
        if (all > 0) {
            fprintf(out, "%5zu %6zu %8zu %15zu %11zu\n", class, class * STEP, pools[class], all - unused, unused);
        }
    }
    fprintf(out, "%12td blocks live in all, pools of %d bytes\n", interp.blocks, (int)POOL_SIZE);
}

void Mem_Finish(void)
{
    if (interp.mem.region != NULL) {
        munmap(interp.mem.region, (size_t)(interp.mem.end - interp.mem.region));
    }
    memset(&interp.mem, 0, sizeof(interp.mem));
}
#else
static void *raw_alloc(size_t size) { return malloc(size == 0 ? 1 : size); }
static void raw_free(void *block) { free(block); }
static void *raw_realloc(void *block, size_t size) { return realloc(block, size == 0 ? 1 : size); }
void Mem_PrintStats(FILE *out) { fprintf(out, "%12td blocks live in all, none in pools\n", interp.blocks); }
void Mem_Finish(void) { }
#endif

#ifdef Py_DEBUG
/* sys.set_nomemory: is this allocation one of those that shall fail? */
static bool must_fail(void)
{
    if (interp.nomemory.start < 0 || interp.nomemory.suspended > 0) {
        return false;
    }
    Size number = interp.nomemory.count++;
    return number >= interp.nomemory.start && (interp.nomemory.stop <= 0 || number < interp.nomemory.stop);
}
#else
static bool must_fail(void) { return false; }
#endif

void *Mem_Alloc(size_t size)
{
    void *block = size > PTRDIFF_MAX || must_fail() ? NULL : raw_alloc(size);
    interp.blocks += block != NULL;
    return block;
}

void *Mem_Zalloc(size_t size)
{
    void *block = Mem_Alloc(size);
    return block == NULL ? NULL : memset(block, 0, size);
}

void *Mem_Realloc(void *block, size_t size)
{
    if (block == NULL) {
        return Mem_Alloc(size);
    }
    return size > PTRDIFF_MAX || must_fail() ? NULL : raw_realloc(block, size);
}

void Mem_Free(void *block)
{
    if (block != NULL) {
        interp.blocks--;
        raw_free(block);
    }
}
