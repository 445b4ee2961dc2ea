/* str: code points in 1, 2 or 4 bytes each, whichever the widest needs; '\0' after the end.
   Bytes for C (Str_Utf8) are cached and live as long as the string. */
#ifndef RABBIT_STR_H
#define RABBIT_STR_H
#include <stdarg.h>
#include "object.h"
#include "ucd.h"

typedef struct {
    Object head;
    Size len;
    Hash hash;                  /* -1: not computed */
    char *utf8;
    Size utf8_len;
    uint8_t kind;               /* 1, 2, 4 */
    bool ascii, interned, looked_up;    /* looked_up: the table of lookups may know it (typecache.c) */
} Str;
extern Type Str_Type;
#define Str_Check(o) IS_A(o, T_STR)
#define STR_DATA(s) ((void *)((Str *)(s) + 1))
#define STR_LEN(s) (((Str *)(s))->len)
#define STR_IS(o, literal) Str_EqualAscii((Object *)(o), literal)

static inline uint32_t Str_At(const void *string, Size i)
{
    const Str *s = string;
    const void *data = s + 1;
    switch (s->kind) {
    case 1: return ((const uint8_t *)data)[i];
    case 2: return ((const uint16_t *)data)[i];
    default: return ((const uint32_t *)data)[i];
    }
}

Object *Str_New(const char *ascii);
Object *Str_FromUtf8(const char *bytes, Size n, const char *errors);    /* errors: NULL strict, "surrogateescape", "replace", "ignore" */
Object *Str_FromPoints(const uint32_t *points, Size n);
Object *Str_FromChar(uint32_t point);
Object *Str_Intern(Object *s);                          /* steals s, new reference to the one copy */
Object *Str_Id(const char *ascii);                      /* interned */
const char *Str_Utf8(Object *s);                        /* borrowed; NULL: lone surrogate */
const char *Str_Utf8Len(Object *s, Size *n);
const char *Str_Text(Object *s);                        /* never fails: "?" for trouble */
Object *Str_Sub(Object *s, Size start, Size end);
Object *Str_Concat(Object *a, Object *b);
Object *Str_Join(Object *sep, Object *iterable);
Size Str_Find(Object *s, Object *sub, Size start, Size end, bool right);
bool Str_Equal(Object *a, Object *b);
bool Str_EqualAscii(Object *s, const char *ascii);
Object *Str_Repr(Object *s);
Object *Str_Format(const char *format, ...);            /* %s %d %zd %c %x %U str %S str() %R repr() %T type name */
Object *Str_FormatV(const char *format, va_list args);
Object *Bytes_Percent(Object *octets, Object *args);    /* the same of bytes or a bytearray, gives bytes */
Object *Str_Percent(Object *format, Object *args);      /* the % operator */
Object *Str_FormatSpec(Object *value, Object *spec);    /* __format__ of int, float, str */
Object *Str_FormatMap(Object *self, Object *mapping);
bool Str_IsIdentifier(Object *s);
Object *Str_Mangle(Object *private, Object *name);      /* the private name of a class; new, often `name` itself */
Object *Str_AsciiRepr(Object *o);                       /* ascii(): repr with everything beyond ASCII escaped */
Object *Str_MethodFormat(Object *self, Object **args, Size n, Object *kwnames);
Object *Str_Split(Object *s, Object *sep, Size max, bool right);
Object *Str_Replace(Object *s, Object *from, Object *to, Size max);
Object *Bytes_Encode(Object *s, const char *encoding, const char *errors);
Object *Bytes_Decode(const char *bytes, Size n, const char *encoding, const char *errors);

/* A string under construction. After a failure it swallows everything; Buf_Finish reports it. */
typedef struct {
    void *data;
    Size len, cap;
    int kind;
    uint32_t max;
    bool failed;
} Buf;
void Buf_Init(Buf *b);
void Buf_Char(Buf *b, uint32_t point);
void Buf_Ascii(Buf *b, const char *text);
void Buf_Str(Buf *b, Object *s);
void Buf_Range(Buf *b, Object *s, Size start, Size end);
void Buf_Own(Buf *b, Object *s);                        /* steals s; NULL: failed */
void Buf_Fill(Buf *b, uint32_t point, Size n);
Object *Buf_Finish(Buf *b);
void Buf_Free(Buf *b);
/* Puts in place of bytes[at:end], which the codec cannot read, what the handler `errors` says. False: exception. */
bool Codec_Bad(Buf *b, const char *codec, const char *bytes, Size n, Size at, Size end, const char *why, const char *errors);
Size Utf8_Put(char *out, uint32_t point);               /* at most 4 bytes; how many */

extern const MethodDef Str_Methods[], Str_CaseMethods[];
#endif
