/* Strings under construction, and the formatter behind error messages.
   The buffer widens from 1 to 2 to 4 bytes per character when a wider one arrives. */
#include "rabbit.h"

void Buf_Init(Buf *b) { *b = (Buf){NULL, 0, 0, 1, 0, false}; }

void Buf_Free(Buf *b)
{
    Mem_Free(b->data);
    Buf_Init(b);
}

static int kind_for(uint32_t point) { return point < 256 ? 1 : point < 65536 ? 2 : 4; }

static uint32_t get(const void *data, int kind, Size i)
{
    return kind == 1 ? ((const uint8_t *)data)[i] : kind == 2 ? ((const uint16_t *)data)[i] : ((const uint32_t *)data)[i];
}

static void put(void *data, int kind, Size i, uint32_t point)
{
    if (kind == 1) ((uint8_t *)data)[i] = (uint8_t)point;
    else if (kind == 2) ((uint16_t *)data)[i] = (uint16_t)point;
    else ((uint32_t *)data)[i] = point;
}

/* Make room for `more` characters as wide as `point`. */
static bool reserve(Buf *b, Size more, uint32_t point)
{
    int kind = kind_for(point) > b->kind ? kind_for(point) : b->kind;
    if (b->failed || (kind == b->kind && b->len + more <= b->cap)) {
        return !b->failed;
    }
    Size cap = b->len + more <= b->cap ? b->cap : (b->len + more) * 3 / 2 + 16;
    if (kind == b->kind) {
        void *data = Mem_Realloc(b->data, (size_t)(cap * kind));
        b->failed = data == NULL;
        b->data = data == NULL ? b->data : data;
    } else {
        void *data = Mem_Alloc((size_t)(cap * kind));
        b->failed = data == NULL;
        for (Size i = 0; data != NULL && i < b->len; i++) {
            put(data, kind, i, get(b->data, b->kind, i));
        }
        if (data != NULL) {
            Mem_Free(b->data);
            b->data = data;
        }
    }
    if (!b->failed) {
        b->kind = kind;
        b->cap = cap;
    }
    return !b->failed;
}

void Buf_Char(Buf *b, uint32_t point)
{
    if (b->len < b->cap && b->kind == 1 && point < 256 && !b->failed) {
        ((uint8_t *)b->data)[b->len++] = (uint8_t)point;
    } else if (reserve(b, 1, point)) {
        put(b->data, b->kind, b->len++, point);
        b->max = point > b->max ? point : b->max;
    }
}

void Buf_Ascii(Buf *b, const char *text)
{
    Size n = (Size)strlen(text);
    if (b->kind == 1 && reserve(b, n, 0)) {
        Mem_Copy((char *)b->data + b->len, text, (size_t)n);
        b->len += n;
        return;
    }
    for (; *text != '\0'; text++) {
        Buf_Char(b, (uint8_t)*text);
    }
}

#define WIDEN(from_type, to_type) \
    for (Size i = 0; i < n; i++) ((to_type *)b->data)[b->len + i] = ((const from_type *)STR_DATA(s))[start + i]

/* `max` only has to tell how wide the result must be: a whole string of kind 2 has something above 255 in it. */
static void note_widest(Buf *b, Object *s, Size start, Size end)
{
    Str *str = (Str *)s;
    if (start == 0 && end == str->len) {
        uint32_t least = str->kind == 2 ? 0x100 : 0x10000;
        b->max = b->max < least ? least : b->max;
        return;
    }
    for (Size i = start; i < end; i++) {
        uint32_t point = Str_At(s, i);
        b->max = point > b->max ? point : b->max;
    }
}

void Buf_Range(Buf *b, Object *s, Size start, Size end)
{
    Str *str = (Str *)s;
    Size n = end - start;
    if (start >= end || !reserve(b, n, str->kind == 1 ? 0 : str->kind == 2 ? 256 : 65536)) {
        return;
    }
    if (str->kind == b->kind) {
        Mem_Copy((char *)b->data + b->len * b->kind, (char *)STR_DATA(s) + start * b->kind, (size_t)(n * b->kind));
    } else if (str->kind == 1 && b->kind == 2) {
        WIDEN(uint8_t, uint16_t);
    } else if (str->kind == 1) {
        WIDEN(uint8_t, uint32_t);
    } else {
        WIDEN(uint16_t, uint32_t);
    }
    b->len += n;
    if (str->kind > 1) {
        note_widest(b, s, start, end);
    }
}

void Buf_Str(Buf *b, Object *s) { Buf_Range(b, s, 0, STR_LEN(s)); }

void Buf_Own(Buf *b, Object *s)
{
    if (s == NULL) {
        b->failed = true;
        return;
    }
    Buf_Str(b, s);
    Unref(s);
}

void Buf_Fill(Buf *b, uint32_t point, Size n)
{
    while (n-- > 0 && !b->failed) {
        Buf_Char(b, point);
    }
}

Object *Buf_Finish(Buf *b)
{
    Object *r = NULL;
    if (b->failed) {
        if (!Err_Occurred()) {
            Err_NoMemory();
        }
    } else if (b->len == 0) {
        r = Ref(interp.empty_str);
    } else if (b->len == 1 && get(b->data, b->kind, 0) < 256) {
        r = Ref(interp.chars[get(b->data, b->kind, 0)]);
    } else {
        int kind = kind_for(b->max);
        Str *s = Object_Alloc(&Str_Type, (b->len + 1) * kind);
        if (s != NULL) {
            s->len = b->len, s->hash = -1, s->kind = (uint8_t)kind, s->ascii = kind == 1;
            if (kind == b->kind) {
                Mem_Copy(STR_DATA(s), b->data, (size_t)(b->len * kind));
                for (Size i = 0; kind == 1 && s->ascii && i < b->len; i++) {
                    s->ascii = ((uint8_t *)b->data)[i] < 128;
                }
            } else {
                for (Size i = 0; i < b->len; i++) {
                    uint32_t point = get(b->data, b->kind, i);
                    put(STR_DATA(s), kind, i, point);
                    s->ascii = s->ascii && point < 128;
                }
            }
        }
        r = (Object *)s;
    }
    Buf_Free(b);
    return r;
}

static void add_utf8(Buf *b, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if ((uint8_t)*p >= 128) {
            Buf_Own(b, Str_FromUtf8(p, (Size)strlen(p), "replace"));
            return;
        }
        Buf_Char(b, (uint8_t)*p);
    }
}

static void add_number(Buf *b, const char *format, ...)
{
    char text[40];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    Buf_Ascii(b, text);
}

Object *Str_FormatV(const char *format, va_list args)
{
    Buf b;
    Buf_Init(&b);
    for (const char *p = format; *p != '\0'; p++) {
        if (*p != '%') {
            Buf_Char(&b, (uint8_t)*p);
            continue;
        }
        switch (*++p) {
        case 's': add_utf8(&b, va_arg(args, const char *)); break;
        case 'd': add_number(&b, "%d", va_arg(args, int)); break;
        case 'x': add_number(&b, "%x", va_arg(args, unsigned)); break;
        case 'p': add_number(&b, "%p", va_arg(args, void *)); break;
        case 'c': Buf_Char(&b, (uint32_t)va_arg(args, int)); break;
        case 'z': p++; add_number(&b, "%td", va_arg(args, Size)); break;
        case 'U': Buf_Str(&b, va_arg(args, Object *)); break;
        case 'S': Buf_Own(&b, Object_Str(va_arg(args, Object *))); break;
        case 'R': Buf_Own(&b, Object_Repr(va_arg(args, Object *))); break;
        case 'T': {
            Object *o = va_arg(args, Object *);
            add_utf8(&b, o == NULL ? "NULL" : TYPE(o)->name);
            break;
        }
        default: Buf_Char(&b, (uint8_t)*p); break;
        }
    }
    return Buf_Finish(&b);
}

Object *Str_Format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Object *r = Str_FormatV(format, args);
    va_end(args);
    return r;
}
