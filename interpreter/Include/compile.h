/* From source to code: parse, fold constants, find where every name lives, write instructions, tidy them as a graph of
   blocks, and put them into a code object. Everything but the result lives in the arena of the tree and dies with it. */
#ifndef RABBIT_COMPILE_H
#define RABBIT_COMPILE_H
#include "ast.h"
#include "code.h"

/* What `compile` can be told beside the mode; CPython's numbers. */
enum { COMPILE_DONT_INHERIT = 0x200 };

Object *Compile_Source(const char *source, Size len, const char *filename, ParseMode mode);     /* a Code */
/* optimize: -1 as the interpreter was told, 0, 1 without assert, 2 without docstrings too.
   flags: CODE_FUTURE_ANNOTATIONS or 0. */
Object *Compile_SourceEx(const char *source, Size len, const char *filename, ParseMode mode, int flags, int optimize);
Object *Compile_Tree(Mod *tree, Arena *arena, const char *filename, ParseMode mode);            /* a Code */

/* Two constants are one when their keys are equal: same value, type and sign, down through tuples and code. New. */
Object *Const_Key(Object *value);

#endif
