/* int: sign and magnitude, digits of 30 bits, least significant first.
   `size` counts digits and carries the sign; 0 has none; the top digit is never 0. */
#ifndef RABBIT_INT_H
#define RABBIT_INT_H
#include "object.h"

#define DIGIT_BITS 30
#define DIGIT_MASK ((1u << DIGIT_BITS) - 1)
typedef struct {
    Object head;
    Size size;
    uint32_t digit[1];          /* really as many as `size` says */
} Int;

extern Type Int_Type, Bool_Type;
extern Int True_Int, False_Int;
#define True ((Object *)&True_Int)
#define False ((Object *)&False_Int)
#define Int_Check(o) IS_A(o, T_INT)

/* Of at most two digits: the value fits into 60 bits. */
static inline bool Int_IsShort(Object *o) { return ((Int *)o)->size <= 2 && ((Int *)o)->size >= -2; }
static inline int64_t Int_ShortValue(Object *o)
{
    Int *a = (Int *)o;
    switch (a->size) {
    case 0: return 0;
    case 1: return a->digit[0];
    case -1: return -(int64_t)a->digit[0];
    case 2: return (int64_t)a->digit[1] << DIGIT_BITS | a->digit[0];
    default: return -((int64_t)a->digit[1] << DIGIT_BITS | a->digit[0]);
    }
}

Object *Int_FromLong(int64_t value);
Object *Int_FromDouble(double value);
Object *Int_AsciiDigits(Object *text);                  /* new bytes, as long: decimal digits of any script as ASCII */
Object *Int_FromText(const char *text, int base);       /* ValueError says which text */
Object *Bool_From(int truth);                           /* -1: NULL */
int64_t Int_AsLong(Object *o, int *overflow);           /* overflow set to -1 or 1, value clipped */
double Int_AsDouble(Object *o);                         /* -1.0 and OverflowError */
Object *Int_ToStr(Object *o, int base, bool prefix);
Object *Int_DivMod(Object *a, Object *b, Object **rest);/* floor; ZeroDivisionError */
Object *Int_TrueDiv(Object *a, Object *b);
Object *Int_PowMod(Object *a, Object *b, Object *m);
int Int_Compare(Object *a, Object *b);
Size Int_BitLength(Object *o);
#endif
