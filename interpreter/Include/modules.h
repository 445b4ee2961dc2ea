/* Modules: the type, the finder, and the ones written in C. */
#ifndef RABBIT_MODULES_H
#define RABBIT_MODULES_H
#include "object.h"

typedef struct { Object head; } Module;                 /* everything is in its __dict__ */
extern Type Module_Type, File_Type, Stat_Type;
#define MODULE_DICT(m) (GC_HEAD(m)->dict)

#define C_MODULES(X) X(builtins) X(sys) X(gc) X(time) X(math) X(posix) X(_ast) X(unicodedata) X(_weakref) X(errno)
#define X(name) int Init_##name(Object *module);
C_MODULES(X)
#undef X

extern const MethodDef Math_Integers[];                 /* a part of the module math */
Object *Module_New(Object *name);
int Module_AddFunctions(Object *module, const MethodDef *defs);     /* ends with a NULL name */
Object *Import_Module(Object *name, Object *globals, Object *fromlist, int level);
Object *Import_Name(const char *dotted);                /* the last part */
Object *Import_From(Object *module, Object *name);
int Import_Star(Object *module, Object *locals);
Object *Import_FindSource(Object *dotted, bool *package);   /* path as str; NULL without exception: none */
bool Import_IsBuiltin(Object *name);                    /* is it written in C? */
Object *Import_AddModule(Object *name);                 /* borrowed */
Object *Read_Whole(Object *path);                       /* bytes */

Object *File_New(int fd, const char *mode, Object *name, bool own);
Object *File_Open(Object *self, Object **args, Size n, Object *kwnames);
int Write_To(Object *file, Object *text);               /* file.write(text) */
int Write_Stdio(const char *which, Object *text);
void Flush_Stdio(void);

Object *Sys_Get(const char *name);                      /* borrowed; NULL without exception */
Object *Build_Class(Object *self, Object **args, Size n, Object *kwnames);
#endif
