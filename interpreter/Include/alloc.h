/* Memory: every block of the interpreter comes from here and is counted.
   Small blocks live in size-class pools unless built WITHOUT_PYMALLOC (for sanitizers). */
#ifndef RABBIT_ALLOC_H
#define RABBIT_ALLOC_H
#include <stddef.h>
#include <stdio.h>
#include <string.h>

void *Mem_Alloc(size_t size);           /* NULL when there is no memory; sets no exception */
void *Mem_Zalloc(size_t size);
void *Mem_Realloc(void *block, size_t size);
void Mem_Free(void *block);             /* NULL is fine */
void Mem_PrintStats(FILE *out);         /* sys._debugmallocstats() */
void Mem_Finish(void);                  /* give the pools back; all blocks must be dead */

/* memcpy, memmove and memcmp that may be given NULL for nothing. */
static inline void Mem_Copy(void *to, const void *from, size_t n) { if (n > 0) memcpy(to, from, n); }
static inline void Mem_Move(void *to, const void *from, size_t n) { if (n > 0) memmove(to, from, n); }
static inline int Mem_Compare(const void *a, const void *b, size_t n) { return n == 0 ? 0 : memcmp(a, b, n); }
#endif
