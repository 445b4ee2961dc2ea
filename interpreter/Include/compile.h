/* From source to code: parse, find where every name lives, write instructions into a graph of blocks, tidy the graph,
   and put it into a code object. */
#ifndef RABBIT_COMPILE_H
#define RABBIT_COMPILE_H
#include "ast.h"
#include "code.h"

Object *Compile_Source(const char *source, Size len, const char *filename, ParseMode mode);   /* a Code */
Object *Compile_Tree(Mod *tree, Arena *arena, const char *filename, ParseMode mode);            /* a Code */

#endif
