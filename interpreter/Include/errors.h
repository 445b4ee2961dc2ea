/* Exceptions: the built-in hierarchy as a table, and how C raises and catches.
   The thread holds at most one exception on its way (Thread.raised), always an instance. */
#ifndef RABBIT_ERRORS_H
#define RABBIT_ERRORS_H
#include "object.h"

#define EXCEPTIONS(X) \
    X(BaseException, Object) X(Exception, BaseException) X(GeneratorExit, BaseException) \
    X(KeyboardInterrupt, BaseException) X(SystemExit, BaseException) \
    X(ArithmeticError, Exception) X(AssertionError, Exception) X(AttributeError, Exception) \
    X(BufferError, Exception) X(EOFError, Exception) X(ImportError, Exception) X(LookupError, Exception) \
    X(MemoryError, Exception) X(NameError, Exception) X(OSError, Exception) X(ReferenceError, Exception) \
    X(RuntimeError, Exception) X(StopIteration, Exception) X(StopAsyncIteration, Exception) X(SyntaxError, Exception) \
    X(SystemError, Exception) X(TypeError, Exception) X(ValueError, Exception) X(Warning, Exception) \
    X(FloatingPointError, ArithmeticError) X(OverflowError, ArithmeticError) X(ZeroDivisionError, ArithmeticError) \
    X(ModuleNotFoundError, ImportError) X(IndexError, LookupError) X(KeyError, LookupError) \
    X(UnboundLocalError, NameError) X(NotImplementedError, RuntimeError) X(RecursionError, RuntimeError) \
    X(IndentationError, SyntaxError) X(TabError, IndentationError) \
    X(UnicodeError, ValueError) X(UnicodeDecodeError, UnicodeError) X(UnicodeEncodeError, UnicodeError) X(UnicodeTranslateError, UnicodeError) \
    X(BlockingIOError, OSError) X(ChildProcessError, OSError) X(ConnectionError, OSError) X(FileExistsError, OSError) \
    X(FileNotFoundError, OSError) X(InterruptedError, OSError) X(IsADirectoryError, OSError) \
    X(NotADirectoryError, OSError) X(PermissionError, OSError) X(ProcessLookupError, OSError) X(TimeoutError, OSError) \
    X(BrokenPipeError, ConnectionError) X(ConnectionAbortedError, ConnectionError) \
    X(ConnectionRefusedError, ConnectionError) X(ConnectionResetError, ConnectionError) \
    X(DeprecationWarning, Warning) X(PendingDeprecationWarning, Warning) X(RuntimeWarning, Warning) \
    X(SyntaxWarning, Warning) X(UserWarning, Warning) X(FutureWarning, Warning) X(ImportWarning, Warning) \
    X(UnicodeWarning, Warning) X(BytesWarning, Warning) X(ResourceWarning, Warning) X(EncodingWarning, Warning)

enum {
#define X(name, base) EXC_##name,
    EXCEPTIONS(X)
#undef X
    EXC_COUNT
};
extern Type Exc_Types[EXC_COUNT];
#define EXC(name) (&Exc_Types[EXC_##name])

typedef struct {
    Object head;
    Object *args, *traceback, *context, *cause;
    bool suppress;
} Exception;
#define Exc_Check(o) IS_A(o, T_EXC)
#define EXC_OF(o) ((Exception *)(o))

int Exc_Init(void);                                     /* readies the table */
void Exc_Finish(void);
int Exc_Publish(Object *builtins);
int Group_Publish(Object *builtins);                   /* excgroup.c */
extern Type Group_Type;                                 /* BaseExceptionGroup */
void *Err_Set(Type *type, const char *format, ...);     /* always NULL; format as Str_Format */
void *Err_SetObject(Type *type, Object *value);
void *Err_Raise(Object *exc);                           /* steals exc; sets __context__ */
void *Err_NoMemory(void);
void *Err_FromErrno(Object *filename);                  /* OSError or its subclass by errno */
void *Err_Key(Object *key);
void *Err_Unicode(Type *type, const char *codec, Object *object, Size start, Size end, const char *why);    /* steals object */
int UnicodeExc_Init(Object *self, Object **args, Size n, Object *kwnames);
Object *UnicodeExc_Str(Object *self);
void *Err_Syntax(Type *type, const char *filename, int line, int col, const char *source, const char *format, ...);
static inline int Err_Minus(void *ignored) { (void)ignored; return -1; }
Object *Err_Occurred(void);                             /* borrowed */
bool Err_Matches(Type *type);
bool Err_Swallow(Type *type);                           /* clear it if it is of this type */
void Err_Clear(void);
Object *Err_Fetch(void);                                /* take it out */
void Err_Restore(Object *exc);                          /* steals; replaces; no context */
Object *Err_Handled(void);                              /* borrowed: what an except block is handling */
void Err_Unraisable(Object *where);                     /* print and forget */
Object *Exc_FromValue(Object *value);                   /* class or instance -> instance */
Object *Exc_StopValue(Object *exc);                     /* value of a StopIteration */
#endif
