/* What the eval loop delegates: the instructions that are more than a few lines. */
#ifndef RABBIT_EVALHELP_H
#define RABBIT_EVALHELP_H
#include "code.h"
Object *Eval_LoadName(Frame *f, Object *name);
Object *Eval_LoadGlobal(Frame *f, Object *name);
Object *Eval_NoName(Type *type, const char *format, Object *name);      /* NameError with .name */
int Eval_Unpack(Object *seq, Size before, Size after, bool star, Object **top);   /* fills downwards from top */
Object *Eval_Compare(Object *a, Object *b, int op);
Object *Eval_BuildMap(Object **pairs, Size n);
Object *Eval_BuildString(Object **parts, Size n);
Object *Eval_Format(Object *value, int arg, Object *spec);
int Eval_Merge(Object *dict, Object *other, Object *callee);
int Eval_ExcMatch(Object *exc, Object *type);           /* -1 exception */
int Eval_Raise(int n, Object **args);                   /* 1: raised anew, 0: raised again */
Object *Eval_WithExit(Object *exit, Object *exc);       /* exc NULL: left normally */
int Eval_Enter(Object *manager, Object **exit, Object **entered);
Object *Eval_CallEx(Object *f, Object *args, Object *kwargs);
Object *Eval_MakeFunction(Frame *f, Object *code, Object *qualname, int flags, Object **extra);
Object *Eval_YieldFromIter(Object *o);
int Eval_Deref(Frame *f, int arg, Object **name);       /* raise the right NameError for an empty cell */
#endif
