/* Where every name lives. Each block of code has a Scope; what is known of a name there is one int: what the block does
   with it (DEF_..., USE), and, after the analysis, where it lives (Scope_Place). */
#ifndef RABBIT_SYMTABLE_H
#define RABBIT_SYMTABLE_H
#include "ast.h"

enum {
    DEF_GLOBAL = 1, DEF_LOCAL = 2, DEF_PARAM = 4, DEF_NONLOCAL = 8, USE = 16, DEF_FREE_CLASS = 32, DEF_IMPORT = 64,
    DEF_ANNOT = 128, DEF_COMP_ITER = 256, DEF_TYPE_PARAM = 512, DEF_COMP_CELL = 1024,
    DEF_BOUND = DEF_LOCAL | DEF_PARAM | DEF_IMPORT | DEF_TYPE_PARAM, PLACE_SHIFT = 12
};
typedef enum { PLACE_UNKNOWN, PLACE_LOCAL, PLACE_GLOBAL_EXPLICIT, PLACE_GLOBAL_IMPLICIT, PLACE_FREE, PLACE_CELL } Place;

typedef enum {
    SCOPE_MODULE, SCOPE_CLASS, SCOPE_ANNOTATION, SCOPE_FUNCTION,
    SCOPE_TYPE_ALIAS, SCOPE_TYPE_PARAMS, SCOPE_TYPE_BOUND
} ScopeKind;
typedef enum { COMP_NONE, COMP_LIST, COMP_SET, COMP_DICT, COMP_GENERATOR } CompKind;

typedef struct Scope {
    ScopeKind kind;
    CompKind comp;
    const void *node;                   /* the node that opens it: how the code generator finds it again */
    Object *name;                       /* borrowed, as all objects here: the arena keeps them */
    Object *symbols;                    /* dict: mangled name -> int */
    Object *params;                     /* list: the parameters in the order of the frame's first variables */
    Object *directives;                 /* list of (name, line, col, end line, end col) of global and nonlocal, or NULL */
    struct Scope **children;
    int nchildren, cap;
    bool nested, free, child_free, generator, coroutine, varargs, varkeywords, returns_value;
    bool needs_class_cell, needs_classdict, inlined, sees_class, comp_target;
    int comp_iter_depth;                /* inside the iterable of a comprehension */
} Scope;

typedef struct { Arena *arena; Object *filename; const char *source; } Where;   /* for SyntaxErrors */

Scope *Symtable_Build(Mod *tree, Arena *arena, const Where *where, bool future_annotations);    /* NULL: exception set */
int Scopes_Decide(Scope *top, Arena *arena, const Where *where);        /* scopes.c: sets the places */
Scope *Scope_Child(Scope *scope, const void *node);                     /* NULL: SystemError set */
int Scope_Flags(Scope *scope, Object *name);                            /* 0: not known here; -1: exception */
static inline Place Place_Of(int flags) { return (Place)((flags >> PLACE_SHIFT) & 7); }
static inline bool Scope_IsFunction(const Scope *s) { return s->kind >= SCOPE_FUNCTION; }

/* `__name` as class `private` stores it. Borrowed from the arena; NULL: exception. private NULL: not in a class. */
Object *Name_Mangle(Object *private, Object *name, Arena *arena);

/* Raise SyntaxError at a place; always -1. Format as Str_Format. */
int Syntax_Fail(const Where *where, Location at, const char *format, ...);

#endif
