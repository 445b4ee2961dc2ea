/* The bytes of a file as UTF-8: a byte order mark, or a cookie such as `# coding: latin-1` in one of the first two lines, tells the
   encoding. Without either it is UTF-8, which is looked at no sooner than a token needs it: comments of a module may hold anything, but
   not those of the program that was asked for (`script`). */
#include "rabbit.h"
#include "parser.h"

enum { NAME_SIZE = 64 };
typedef struct { char name[NAME_SIZE]; bool bom, given; } Encoding;

static const char bom[] = "\xEF\xBB\xBF";

/* SyntaxError of a file whose lines are not known. Steals the message; NULL: an exception is set. */
static int refuse(const char *filename, Object *message)
{
    Object *file = Str_FromUtf8(filename, (Size)strlen(filename), "surrogateescape");
    Object *line = Int_FromLong(0), *col = Int_FromLong(-1), *where = NULL;
    if (message != NULL && file != NULL && line != NULL && col != NULL) {
        where = Tuple_From((Object *[]){file, line, col, None}, 4);
    }
    Object *exc = where == NULL ? NULL : Call2((Object *)EXC(SyntaxError), message, where);
    if (exc != NULL) Err_Raise(exc);
    XUnref(message), XUnref(file), XUnref(line), XUnref(col), XUnref(where);
    return -1;
}

/* What the exception that is set says, as SyntaxError. */
static int refuse_with_raised(const char *filename)
{
    Object *raised = Err_Fetch();
    Object *message = Object_Str(raised);
    Unref(raised);
    return refuse(filename, message);
}

/* ---- the cookie ---- */

static bool name_char(char c)
{
    return ((c | 32) >= 'a' && (c | 32) <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/* Lower case, '_' as '-'; the usual spellings of UTF-8 and Latin-1 become one. */
static void normalize(char *name)
{
    static const char *const same[][2] = {
        {"utf-8", "utf-8"}, {"latin-1", "iso-8859-1"}, {"iso-8859-1", "iso-8859-1"}, {"iso-latin-1", "iso-8859-1"}};
    char lower[NAME_SIZE];
    for (size_t i = 0; i <= strlen(name); i++) lower[i] = name[i] == '_' ? '-' : name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] | 32) : name[i];
    for (Size i = 0; i < COUNT(same); i++) {
        size_t n = strlen(same[i][0]);
        if (strncmp(lower, same[i][0], n) == 0 && (lower[n] == '\0' || lower[n] == '-')) strcpy(name, same[i][1]);
    }
}

/* Does the comment `at`..`end` name an encoding? */
static bool read_cookie(const char *at, const char *end, char *name)
{
    for (; at + 7 <= end; at++) {
        if (strncmp(at, "coding", 6) != 0 || (at[6] != ':' && at[6] != '=')) continue;
        const char *from = at + 7;
        while (from < end && (*from == ' ' || *from == '\t')) from++;
        size_t n = 0;
        while (from < end && name_char(*from) && n + 1 < NAME_SIZE) name[n++] = *from++;
        name[n] = '\0';
        if (n > 0) return true;
    }
    return false;
}

/* A line before the cookie may only be blank or a comment. */
static bool find_cookie(const char *text, Size len, char *name)
{
    const char *at = text, *end = text + len;
    for (int line = 0; line < 2 && at < end; line++) {
        while (at < end && (*at == ' ' || *at == '\t' || *at == '\f')) at++;
        const char *stop = at;
        while (stop < end && *stop != '\n' && *stop != '\r') stop++;
        if (at < stop && *at != '#') return false;
        if (read_cookie(at, stop, name)) return true;
        at = stop + (stop < end) + (stop + 1 < end && stop[0] == '\r' && stop[1] == '\n');
    }
    return false;
}

/* ---- the bytes ---- */

/* New bytes: the text in UTF-8. */
static Object *transcode(const char *text, Size len, const Encoding *e, const char *filename, bool script)
{
    if (!e->given || strcmp(e->name, "utf-8") == 0) return Bytes_New(text, len);
    Object *s = Bytes_Decode(text, len, e->name, NULL);
    Object *r = s == NULL ? NULL : Bytes_Encode(s, "utf-8", NULL);
    XUnref(s);
    if (r != NULL || Err_Matches(EXC(MemoryError))) return r;
    if (script) return Err_Set(EXC(SyntaxError), "encoding problem: %s", e->name);
    if (Err_Matches(EXC(LookupError))) {
        Err_Clear();
        refuse(filename, Str_Format("unknown encoding: %s", e->name));
    } else {
        refuse_with_raised(filename);
    }
    return NULL;
}

/* Where the first byte is that is no UTF-8; len when all is well, -1 with an exception. */
static Size first_wrong(const char *text, Size len)
{
    Object *s = Str_FromUtf8(text, len, NULL);
    XUnref(s);
    if (s != NULL || !Err_Matches(EXC(UnicodeDecodeError))) return s != NULL ? len : -1;
    Object *raised = Err_Fetch(), *start = Object_GetAttrStr(raised, "start");
    Size at = start == NULL ? -1 : Number_AsSize(start, EXC(OverflowError));
    Unref(raised), XUnref(start);
    return at;
}

/* A null byte in a line before is the worse of the two, and told by Source_Init. */
static int check_script(const char *text, Size len, const char *filename)
{
    Size at = first_wrong(text, len);
    if (at < 0 || at == len) return at < 0 ? -1 : 0;
    int line = 1;
    Size start = 0;
    for (Size i = 0; i < at; i++) {
        if (text[i] == '\n') line++, start = i + 1;
    }
    if (memchr(text, '\0', (size_t)start) != NULL) return 0;
    return Err_Minus(Err_Set(EXC(SyntaxError), "Non-UTF-8 code starting with '\\x%x' in file %s on line %d, but no encoding declared; "
                             "see https://peps.python.org/pep-0263/ for details", (unsigned)(uint8_t)text[at], filename, line));
}

/* New bytes, or NULL with SyntaxError. *characters: columns in errors count characters, not bytes, as they do in CPython when an
   encoding is named. */
Object *Source_FromFile(const char *text, Size len, const char *filename, bool script, bool *characters)
{
    Encoding e = {.bom = len >= 3 && memcmp(text, bom, 3) == 0};
    if (e.bom) text += 3, len -= 3;
    e.given = find_cookie(text, len, e.name);
    if (e.given) normalize(e.name);
    *characters = e.bom || e.given;
    if (e.bom && e.given && strcmp(e.name, "utf-8") != 0) {
        if (script) return Err_Set(EXC(SyntaxError), "encoding problem: %s with BOM", e.name);
        refuse(filename, Str_Format("encoding problem: %s with BOM", e.name));
        return NULL;
    }
    if (script && !*characters && check_script(text, len, filename) < 0) return NULL;
    return transcode(text, len, &e, filename, script);
}
