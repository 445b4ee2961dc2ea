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
Hash Float_HashDouble(double value, Object *self);
#endif
