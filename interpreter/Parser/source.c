/* The source text: the copy that the lexer reads, whose lines all end in '\n'; its lines and columns. */
#include "rabbit.h"
#include "parser.h"

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

/* CPython reads the program that was asked for line by line, and so knows where the byte is. */
static int refuse_null(const Source *source, const char *null)
{
    const char *start = source->text;
    int line = 1;
    for (const char *s = start; s < null; s++) {
        if (*s == '\n') line++, start = s + 1;
    }
    Object *text = Str_FromUtf8(start, null - start, "replace");
    if (text != NULL) Syntax_Raise(source, EXC(SyntaxError), text, (Location){line, 0, line, 0}, "source code cannot contain null bytes");
    return -1;
}

/* `from` is PARSE_BYTES, PARSE_SCRIPT or 0, for text. `whole`: the last line gets an end when it has none. */
int Source_Init(Source *source, const char *text, Size len, const char *filename, unsigned from, bool whole)
{
    *source = (Source){.characters = true, .script = from == PARSE_SCRIPT};
    if (from != PARSE_SCRIPT && memchr(text, '\0', (size_t)len) != NULL) {
        return Err_Minus(Err_Set(EXC(SyntaxError), "source code string cannot contain null bytes"));
    }
    Object *decoded = NULL;
    if (from != 0) {
        decoded = Source_FromFile(text, len, filename, from == PARSE_SCRIPT, &source->characters);
        if (decoded == NULL) return -1;
        text = ((Bytes *)decoded)->data, len = ((Bytes *)decoded)->len;
    }
    source->text = Mem_Alloc((size_t)len + 2);
    if (source->text != NULL) {
        source->end = copy_lines(source->text, text, text + len);
        if (whole && source->end > source->text && source->end[-1] != '\n') *source->end++ = '\n';
        *source->end = '\0';
    }
    XUnref(decoded);
    if (source->text == NULL) return Err_Minus(Err_NoMemory());
    source->filename = Str_FromUtf8(filename, (Size)strlen(filename), "surrogateescape");
    if (source->filename == NULL) return -1;
    const char *null = memchr(source->text, '\0', (size_t)(source->end - source->text));
    return null != NULL ? refuse_null(source, null) : 0;
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
