/* Arithmetic on the digits of big ints: used by int.c and strings of digits only. */
#ifndef RABBIT_INTMATH_H
#define RABBIT_INTMATH_H
#include "int.h"
Int *Int_Alloc(Size digits);                            /* zero, with room for this many */
Int *Int_Copy(Int *a);
Object *Int_Normal(Int *r);                             /* steals r: digits counted in full room, leading zeros cut, small ones shared */
Object *Int_AddBig(Object *a, Object *b, bool subtract);
Object *Int_MulBig(Object *a, Object *b);
Object *Int_DivModBig(Object *a, Object *b, Object **rest);
Object *Int_Shift(Object *a, int64_t count);            /* negative: right, towards minus infinity */
Object *Int_Bitwise(Object *a, Object *b, char op);
#endif
