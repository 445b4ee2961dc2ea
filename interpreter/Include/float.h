/* float: a C double. */
#ifndef RABBIT_FLOAT_H
#define RABBIT_FLOAT_H
#include "object.h"
typedef struct { Object head; double value; } Float;
extern Type Float_Type;
#define FLOAT_VALUE(o) (((Float *)(o))->value)
Object *Float_New(double value);
double Float_AsDouble(Object *o);                       /* of anything with __float__ or __index__; -1.0 and exception */
Object *Float_FromText(Object *text);
void Float_Shortest(double value, char out[32]);        /* repr */
int Float_Digits(double value, char digits[20], int *point);    /* shortest digits without zeros at the end; how many; 0.digits * 10**point */
#define COMPLEX_REAL(o) (((Complex *)(o))->real)
#define COMPLEX_IMAG(o) (((Complex *)(o))->imag)
typedef struct { Object head; double real, imag; } Complex;
extern Type Complex_Type;
Object *Complex_New(double real, double imag);
Object *Complex_Pow(Object *a, Object *b);              /* of floats whose power is not real */
Hash Float_HashDouble(double value, Object *self);
#endif
