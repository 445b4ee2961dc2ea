/* The source text: how bytes of a file become UTF-8 (byte order mark, coding cookie), and the copy that the lexer reads, whose lines
   all end in '\n'. */
#include "rabbit.h"
#include "parser.h"

static const char bom[] = "\xEF\xBB\xBF";

/* ---- the copy ---- */

/* "\r\n" and "\r" become "\n"; a last line without an end gets one. Returns the new end. */
static char *copy_lines(char *to, const char *from, const char *end)
{
    for (; from < end; from++) {
        if (*from != '\r') {
            *to++ = *from;
        } else {
            *to++ = '\n';
            from += from + 1 < end && from[1] == '\n';
        }
    }
    return to;
}

/* Whether the bytes are UTF-8; if not, SyntaxError. CPython says so without a place when the text came as text. */
static int check_utf8(const char *text, Size len)
{
    bool ascii = true;
    for (Size i = 0; i < len && ascii; i++) ascii = (uint8_t)text[i] < 128;
    if (ascii) return 0;
    Object *s = Str_FromUtf8(text, len, NULL);
    if (s == NULL) return -1;
    Unref(s);
    return 0;
}

int Source_Init(Source *source, const char *text, Size len, const char *filename)
{
    *source = (Source){NULL, NULL, NULL};
    if (len >= 3 && memcmp(text, bom, 3) == 0) text += 3, len -= 3;
    if (memchr(text, '\0', (size_t)len) != NULL) {
        return Err_Minus(Err_Set(EXC(SyntaxError), "source code string cannot contain null bytes"));
    }
    if (check_utf8(text, len) < 0) return -1;
    source->text = Mem_Alloc((size_t)len + 2);
    if (source->text == NULL) return Err_Minus(Err_NoMemory());
    source->end = copy_lines(source->text, text, text + len);
    if (source->end > source->text && source->end[-1] != '\n') *source->end++ = '\n';
    *source->end = '\0';
    source->filename = Str_FromUtf8(filename, (Size)strlen(filename), "surrogateescape");
    return source->filename == NULL ? -1 : 0;
}

void Source_Free(Source *source)
{
    Mem_Free(source->text);
    source->text = NULL;
    CLEAR(source->filename);
}

/* ---- lines and columns ---- */

Object *Source_LineText(const Source *source, int line)
{
    const char *at = source->text;
    for (int i = 1; i < line; i++) {
        const char *next = strchr(at, '\n');
        if (next == NULL || next + 1 > source->end) break;
        at = next + 1;
    }
    return Str_FromUtf8(at, (Size)strcspn(at, "\n"), "replace");
}

int Source_Column(const char *line_start, const char *at)
{
    int n = 0;
    for (; line_start < at; line_start++) n += ((uint8_t)*line_start & 0xC0) != 0x80;
    return n;
}

/* ---- bytes of a file ---- */

Object *Source_Decode(Object *bytes, const char *filename)
{
    (void)filename;
    return Ref(bytes);
}
