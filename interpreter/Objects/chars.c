/* Character classes: exact for Latin-1, Greek and Cyrillic letters have case, other letters do not.
   (Tables from the Unicode database are planned.) */
#include "rabbit.h"

bool Char_IsSpace(uint32_t c)
{
    return c == ' ' || (c >= 9 && c <= 13) || (c >= 0x1c && c <= 0x1f) || c == 0x85 || c == 0xa0
        || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool Char_IsUpper(uint32_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F)
        || (c >= 0x400 && c <= 0x40F) || (c >= 0x100 && c <= 0x137 && (c & 1) == 0);
}

bool Char_IsLower(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 0xDF && c <= 0xFF && c != 0xF7) || c == 0xAA || c == 0xB5 || c == 0xBA
        || (c >= 0x3B1 && c <= 0x3C9) || (c >= 0x430 && c <= 0x45F) || (c >= 0x100 && c <= 0x137 && (c & 1) == 1);
}

uint32_t Char_Upper(uint32_t c)
{
    if (!Char_IsLower(c) || c == 0xDF || c == 0xAA || c == 0xBA) return c;
    if (c == 0xFF) return 0x178;
    if (c == 0xB5) return 0x39C;
    if (c == 0x3C2) return 0x3A3;
    if (c >= 0x450 && c <= 0x45F) return c - 80;
    return c >= 0x100 && c <= 0x137 ? c - 1 : c - 32;
}

uint32_t Char_Lower(uint32_t c)
{
    if (!Char_IsUpper(c)) return c;
    if (c >= 0x400 && c <= 0x40F) return c + 80;
    return c >= 0x100 && c <= 0x137 ? c + 1 : c + 32;
}

bool Char_IsAlpha(uint32_t c)
{
    if (c < 128) return (c | 32) >= 'a' && (c | 32) <= 'z';
    if (c < 0x100) return Char_IsUpper(c) || Char_IsLower(c);
    return !Char_IsSpace(c) && Char_IsPrintable(c) && !(c >= 0x2010 && c < 0x2100) && !(c >= 0x2190 && c < 0x2C00)
        && !(c >= 0x3001 && c < 0x3005) && !(c >= 0x3008 && c < 0x3021) && !(c >= 0xFE30 && c < 0xFE70)
        && !(c >= 0xFF01 && c < 0xFF21) && !(c >= 0x1F000 && c < 0x1FB00);
}

bool Char_IsPrintable(uint32_t c)
{
    if (c < 256) {
        return (c >= 32 && c < 127) || (c > 160 && c != 0xAD);
    }
    return !Char_IsSpace(c) && !(c >= 0xD800 && c < 0xF900) && !(c >= 0x200B && c <= 0x200F) && !(c >= 0x202A && c <= 0x206F)
        && c != 0xFEFF && !(c >= 0xFFF0 && c < 0xFFFC) && c != 0xFFFE && c != 0xFFFF && c < 0xE0000;
}
