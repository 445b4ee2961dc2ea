/* The values of number literals. The lexer has made sure that they are well formed. */
#include "rabbit.h"
#include "parser.h"

enum { MAX_DIGITS = 4300 };

/* The token without underscores, for strtod and Int_FromText; to be freed. `*n` is its length. */
static char *plain_text(const Token *t, size_t *n)
{
    char *copy = Mem_Alloc((size_t)(t->end - t->text) + 1);
    if (copy == NULL) return Err_NoMemory();
    *n = 0;
    for (const char *c = t->text; c < t->end; c++) {
        if (*c != '_') copy[(*n)++] = *c;
    }
    copy[*n] = '\0';
    return copy;
}

/* The type may be missing from a small build, so it is looked up. */
static Object *imaginary(Parser *p, Token *t, double value)
{
    Object *type = Dict_GetStr(interp.builtins, "complex");
    if (type == NULL) return Syntax_At(p, EXC(SyntaxError), t->at, "this interpreter has no complex numbers");
    Object *real = Float_New(0.0), *imag = real == NULL ? NULL : Float_New(value);
    Object *r = imag == NULL ? NULL : Call2(type, real, imag);
    XUnref(real), XUnref(imag);
    return r;
}

static Object *too_long(Parser *p, Token *t, size_t n)
{
    return Syntax_At(p, EXC(SyntaxError), (Location){t->at.line, -1, t->at.end_line, -1},
                     "Exceeds the limit (%d digits) for integer string conversion: value has %zd digits; "
                     "use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals "
                     "to avoid decimal conversion limits.", MAX_DIGITS, (Size)n);
}

static Object *make(Parser *p, Token *t, const char *text, size_t n)
{
    bool based = n > 1 && text[0] == '0' && strchr("xXoObB", text[1]) != NULL;
    if (!based && (text[n - 1] == 'j' || text[n - 1] == 'J')) return imaginary(p, t, strtod(text, NULL));
    if (!based && strpbrk(text, ".eE") != NULL) return Float_New(strtod(text, NULL));
    if (!based && n > MAX_DIGITS) return too_long(p, t, n);
    Object *r = Int_FromText(text, based ? 0 : 10);
    return r == NULL && !Err_Occurred() ? Err_NoMemory() : r;
}

/* Borrowed from the arena. */
Object *Number_Literal(Parser *p, Token *t)
{
    size_t n = 0;
    char *text = plain_text(t, &n);
    Object *value = text == NULL ? NULL : make(p, t, text, n);
    Mem_Free(text);
    return Arena_Own(p->arena, value);
}

static bool is_complex(const Expr *number)
{
    return strcmp(TYPE(number->Constant.value)->name, "complex") == 0;
}

Expr *Number_Real(Parser *p, Expr *number)
{
    return is_complex(number) ? Syntax_At(p, EXC(SyntaxError), number->at, "real number required in complex literal") : number;
}

Expr *Number_Imaginary(Parser *p, Expr *number)
{
    return is_complex(number) ? number : Syntax_At(p, EXC(SyntaxError), number->at, "imaginary number required in complex literal");
}
