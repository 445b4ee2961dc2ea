/* What the Unicode database says about a code point. The tables are made at build time by
   Tools/unicode/ucdgen.py from the host's Python, whose Unicode version UCD_Version names. */
#ifndef RABBIT_UCD_H
#define RABBIT_UCD_H
#include "object.h"

enum { FOLD_UPPER, FOLD_LOWER, FOLD_TITLE, FOLD_CASE };

const char *Ucd_Version(void);
bool Char_IsSpace(uint32_t c);
bool Char_IsAlpha(uint32_t c);
bool Char_IsUpper(uint32_t c);
bool Char_IsLower(uint32_t c);
bool Char_IsTitle(uint32_t c);
bool Char_IsPrintable(uint32_t c);
bool Char_IsLinebreak(uint32_t c);
bool Char_IsDecimal(uint32_t c);
bool Char_IsNumberDigit(uint32_t c);                    /* what str.isdigit() asks: decimals and superscripts */
bool Char_IsNumeric(uint32_t c);
bool Char_IsXidStart(uint32_t c);                       /* begins an identifier; '_' too */
bool Char_IsXidContinue(uint32_t c);
bool Char_IsCased(uint32_t c);
bool Char_IsCaseIgnorable(uint32_t c);
int Char_DigitValue(uint32_t c);                        /* -1: none */
const char *Char_Category(uint32_t c);                  /* "Lu", ... */
uint32_t Char_Upper(uint32_t c);                        /* one code point for one */
uint32_t Char_Lower(uint32_t c);
uint32_t Char_Title(uint32_t c);
int Char_Fold(uint32_t c, int how, uint32_t out[3]);    /* the full mapping; returns how many */
Object *Str_Nfkc(Object *s);                            /* normal form KC */
uint32_t Char_ByName(const char *name, Size n);         /* of \N{...}; any case; UINT32_MAX: nobody's */
static inline bool Char_IsDigit(uint32_t c) { return c >= '0' && c <= '9'; }
#endif
