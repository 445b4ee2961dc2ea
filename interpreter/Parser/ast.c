/* The arena: nodes come from big blocks and are never freed one by one; constants are kept in a list. */
#include "rabbit.h"
#include "ast.h"

struct ArenaBlock {
    ArenaBlock *next;
    size_t used, size;
    max_align_t data[];
};
enum { BLOCK = 16 << 10 };

int Arena_Init(Arena *arena)
{
    arena->blocks = NULL;
    arena->objects = List_New(0);
    return arena->objects == NULL ? -1 : 0;
}

void Arena_Free(Arena *arena)
{
    while (arena->blocks != NULL) {
        ArenaBlock *next = arena->blocks->next;
        Mem_Free(arena->blocks);
        arena->blocks = next;
    }
    CLEAR(arena->objects);
}

void *Arena_Alloc(Arena *arena, size_t size)
{
    size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    ArenaBlock *b = arena->blocks;
    if (b == NULL || b->used + size > b->size) {
        size_t room = size > BLOCK ? size : BLOCK;
        b = Mem_Alloc(sizeof(ArenaBlock) + room);
        if (b == NULL) {
            return Err_NoMemory();
        }
        *b = (ArenaBlock){arena->blocks, 0, room};
        arena->blocks = b;
    }
    void *p = (char *)b->data + b->used;
    b->used += size;
    return memset(p, 0, size);
}

Object *Arena_Own(Arena *arena, Object *o)
{
    return o == NULL || List_AppendNew(arena->objects, o) < 0 ? NULL : o;
}

void *Ast_Seq(Size n, Arena *arena)
{
    AnySeq *s = Arena_Alloc(arena, sizeof(AnySeq) + (size_t)n * sizeof(void *));
    if (s != NULL) s->n = n;
    return s;
}
