/* SyntaxWarnings: what is still read, but hardly as meant. The module `warnings` decides what becomes of one; when its filter makes an
   error of it, the parser makes a SyntaxError of that. */
#include "rabbit.h"
#include "parser.h"

static Object *call_warn(const Source *source, int line, Object *message)
{
    Object *name = Str_Id("warnings"), *module = name == NULL ? NULL : Import_Module(name, NULL, None, 0);
    if (name != NULL && module == NULL && Err_Swallow(EXC(ImportError))) {
        Unref(name);
        return Ref(None);               /* without a library there is nobody to warn */
    }
    Object *warn = module == NULL ? NULL : Object_GetAttrStr(module, "warn_explicit"), *number = warn == NULL ? NULL : Int_FromLong(line);
    Object *args[] = {message, (Object *)EXC(SyntaxWarning), source->filename, number};
    Object *r = number == NULL ? NULL : Call(warn, args, 4, NULL);
    XUnref(name), XUnref(module), XUnref(warn), XUnref(number);
    return r;
}

/* 0: said, and parsing goes on. 1: the filter wants an error, which the caller raises where it stands. -1: another exception is set. */
int Syntax_Warn(const Source *source, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Object *message = Str_FormatV(format, args);
    va_end(args);
    Object *r = message == NULL ? NULL : call_warn(source, line, message);
    XUnref(message);
    if (r == NULL) return Err_Swallow(EXC(SyntaxWarning)) ? 1 : -1;
    Unref(r);
    return 0;
}

/* In the first pass only: the second reads everything once more. */
void Lex_Warn(Lexer *x, const char *format, const char *what)
{
    int said = x->scanning || x->silent ? 0 : Syntax_Warn(x->source, x->line, format, what);
    if (said > 0) Lex_Error(x, format, what);
    x->failed = x->failed || said < 0;
}
