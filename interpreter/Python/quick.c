/* The machine's own copy of a code object, made before its first run. */
#include "vm.h"

/* A call that needs nothing but to move its arguments: no defaults to look at, nothing to collect. */
static int simple_args(Code *code)
{
    bool plain = !(code->flags & (CODE_VARARGS | CODE_VARKEYWORDS)) && code->kwonly == 0;
    return plain ? code->argcount : -1;
}

Instr *Eval_Prepare(Code *code)
{
    size_t words = (size_t)code->ninstrs * sizeof(Instr);
    Quick *q = Mem_Alloc(sizeof(Quick) + words);
    if (q == NULL) {
        return Err_NoMemory();
    }
    q->simple = simple_args(code);
    q->nslots = code->nlocalsplus;
    q->size = FRAME_SIZE(code->nlocalsplus + code->stacksize + 1);
    q->caches = NULL;
    Mem_Copy(q->instrs, code->instrs, words);
    code->caches = q;
    return q->instrs;
}
