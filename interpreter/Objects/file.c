/* Files: a descriptor with a buffer each way; text in UTF-8 or bytes. stdout and stderr are files too.
   Invariant: at most one of the buffers holds something. */
#include "rabbit.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames

typedef struct {
    Object head;
    int fd;                     /* -1: closed */
    bool binary, readable, writable, line_buffered, own, at_end;
    Object *name, *mode, *errors;
    char *out, *in;
    Size out_len, in_pos, in_len, in_cap;
} File;
enum { OUT_SIZE = 8192, IN_SIZE = 8192 };

Object *File_New(int fd, const char *mode, Object *name, bool own)
{
    File *f = Object_Alloc(&File_Type, 0);
    if (f == NULL) {
        return NULL;
    }
    f->fd = fd;
    f->own = own;
    f->binary = strchr(mode, 'b') != NULL;
    f->readable = strpbrk(mode, "r+") != NULL;
    f->writable = strpbrk(mode, "wax+") != NULL;
    f->line_buffered = f->writable && isatty(fd);
    f->name = Ref(name);
    if ((f->mode = Str_New(mode)) == NULL) {
        f->own = false;                         /* the caller still has the descriptor */
        CLEAR(f);
    }
    return (Object *)f;
}

static int check_open(File *f)
{
    return f->fd >= 0 ? 0 : Err_Minus(Err_Set(EXC(ValueError), "I/O operation on closed file."));
}

static int write_all(File *f, const char *data, Size n)
{
    while (n > 0) {
        ssize_t done = write(f->fd, data, (size_t)n);
        if (done < 0 && errno != EINTR) {
            return Err_Minus(Err_FromErrno(NULL));
        }
        data += done > 0 ? done : 0;
        n -= done > 0 ? done : 0;
    }
    return 0;
}

static int flush(File *f)
{
    Size n = f->out_len;
    f->out_len = 0;
    if (f->in_len > f->in_pos && f->writable) {     /* the reader was ahead of the program */
        lseek(f->fd, f->in_pos - f->in_len, SEEK_CUR);
        f->in_len = f->in_pos = 0;
    }
    return n > 0 ? write_all(f, f->out, n) : 0;
}

static int put(File *f, const char *data, Size n)
{
    if (f->out == NULL && (f->out = Mem_Alloc(OUT_SIZE)) == NULL) {
        return Err_Minus(Err_NoMemory());
    }
    if (f->out_len + n > OUT_SIZE || f->in_len > f->in_pos) {
        TRY_INT(flush(f));
    }
    if (n > OUT_SIZE) {
        return write_all(f, data, n);
    }
    Mem_Copy(f->out + f->out_len, data, (size_t)n);
    f->out_len += n;
    return f->line_buffered && memchr(data, '\n', (size_t)n) != NULL ? flush(f) : 0;
}

static int file_close(File *f)
{
    if (f->fd < 0) {
        return 0;
    }
    int r = flush(f);
    if (f->own) {
        close(f->fd);
    }
    f->fd = -1;
    return r;
}

DEF(file_write)
{
    IGNORE;
    File *f = (File *)self;
    if (check_open(f) < 0) {
        return NULL;
    }
    if (!f->writable) {
        return Err_Set(EXC(OSError), "not writable");
    }
    if (f->binary) {
        if (!Bytes_Check(args[0])) {
            return Err_Set(EXC(TypeError), "a bytes-like object is required, not '%T'", args[0]);
        }
        return put(f, ((Bytes *)args[0])->data, ((Bytes *)args[0])->len) < 0 ? NULL : Int_FromLong(((Bytes *)args[0])->len);
    }
    if (!Str_Check(args[0])) {
        return Err_Set(EXC(TypeError), "write() argument must be str, not %T", args[0]);
    }
    Object *bytes = Bytes_Encode(args[0], NULL, f->errors == NULL ? NULL : Str_Text(f->errors));
    int r = bytes == NULL ? -1 : put(f, ((Bytes *)bytes)->data, ((Bytes *)bytes)->len);
    XUnref(bytes);
    return r < 0 ? NULL : Int_FromLong(STR_LEN(args[0]));
}
DEF(file_writelines)
{
    IGNORE;
    Object *it = Object_GetIter(args[0]), *line;
    while (it != NULL && (line = Iter_Next(it)) != NULL) {
        Object *r = file_write(self, &line, 1, NULL);
        Unref(line);
        if (r == NULL) break;
        Unref(r);
    }
    XUnref(it);
    return Err_Occurred() ? NULL : Ref(None);
}

/* Get more into the buffer. 1 got some, 0 at the end, -1 */
static int fill(File *f)
{
    if (f->out_len > 0) {
        TRY_INT(flush(f));
    }
    if (f->in_pos > 0) {
        Mem_Move(f->in, f->in + f->in_pos, (size_t)(f->in_len - f->in_pos));
        f->in_len -= f->in_pos;
        f->in_pos = 0;
    }
    if (f->in_len == f->in_cap) {
        Size cap = f->in_cap * 2 + IN_SIZE;
        char *in = Mem_Realloc(f->in, (size_t)cap);
        if (in == NULL) {
            return Err_Minus(Err_NoMemory());
        }
        f->in = in;
        f->in_cap = cap;
    }
    ssize_t got;
    do {
        got = read(f->fd, f->in + f->in_len, (size_t)(f->in_cap - f->in_len));
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return Err_Minus(Err_FromErrno(f->name));
    }
    f->in_len += got;
    return got > 0;
}

/* The next n bytes of the buffer as the program wants them; text drops '\r' before '\n'. */
static Object *take(File *f, Size n)
{
    const char *data = f->in + f->in_pos;
    f->in_pos += n;
    if (f->binary) {
        return Bytes_New(n == 0 ? NULL : data, n);
    }
    Object *s = Str_FromUtf8(n == 0 ? "" : data, n, f->errors == NULL ? NULL : Str_Text(f->errors));
    if (s != NULL && n > 0 && memchr(data, '\r', (size_t)n) != NULL) {
        Object *crlf = Str_New("\r\n");
        ASSIGN(s, crlf == NULL ? NULL : Str_Replace(s, crlf, interp.chars['\n'], -1));
        XUnref(crlf);
    }
    return s;
}

static int check_readable(File *f)
{
    TRY_INT(check_open(f));
    return f->readable ? 0 : Err_Minus(Err_Set(EXC(OSError), "not readable"));
}

/* How many bytes n characters take, as far as they are in the buffer. */
static Size characters(File *f, Size n)
{
    Size i = f->in_pos;
    while (n > 0 && i < f->in_len) {
        i++;
        while (!f->binary && i < f->in_len && ((uint8_t)f->in[i] & 0xC0) == 0x80) i++;
        n--;
    }
    return n > 0 ? -1 : i - f->in_pos;
}
DEF(file_read)
{
    IGNORE;
    File *f = (File *)self;
    Size want = args[0] == NULL || args[0] == None ? -1 : Number_AsSize(args[0], EXC(OverflowError));
    if (check_readable(f) < 0 || (want == -1 && Err_Occurred())) {
        return NULL;
    }
    int more = 1;
    while (more == 1 && (want < 0 || characters(f, want) < 0)) {
        more = fill(f);
    }
    Size size = want < 0 ? -1 : characters(f, want);
    return more < 0 ? NULL : take(f, size < 0 ? f->in_len - f->in_pos : size);
}
static Object *read_line(File *f)
{
    Size seen = 0;
    if (check_readable(f) < 0) {
        return NULL;
    }
    for (;;) {
        Size rest = f->in_len - f->in_pos;
        char *end = rest > seen ? memchr(f->in + f->in_pos + seen, '\n', (size_t)(rest - seen)) : NULL;
        if (end != NULL) {
            return take(f, end - (f->in + f->in_pos) + 1);
        }
        seen = rest;
        int more = fill(f);
        if (more <= 0) {
            return more < 0 ? NULL : take(f, f->in_len - f->in_pos);
        }
    }
}
DEF(file_readline) { IGNORE; return read_line((File *)self); }
static Object *file_next(Object *o)
{
    Object *line = read_line((File *)o);
    if (line != NULL && Object_Len(line) == 0) {
        CLEAR(line);
    }
    return line;
}
DEF(file_readlines) { IGNORE; return List_FromIter(self); }
DEF(file_flush) { IGNORE; return check_open((File *)self) < 0 || flush((File *)self) < 0 ? NULL : Ref(None); }
DEF(file_close_) { IGNORE; return file_close((File *)self) < 0 ? NULL : Ref(None); }
DEF(file_fileno) { IGNORE; return check_open((File *)self) < 0 ? NULL : Int_FromLong(((File *)self)->fd); }
DEF(file_isatty) { IGNORE; return Bool_From(isatty(((File *)self)->fd)); }
DEF(file_enter) { IGNORE; return check_open((File *)self) < 0 ? NULL : Ref(self); }
DEF(file_exit) { IGNORE; return file_close((File *)self) < 0 ? NULL : Ref(None); }
DEF(file_readable) { IGNORE; return Bool_From(((File *)self)->readable); }
DEF(file_writable) { IGNORE; return Bool_From(((File *)self)->writable); }
DEF(file_seek)
{
    IGNORE;
    File *f = (File *)self;
    Size to = Number_AsSize(args[0], EXC(OverflowError)), whence = n > 1 ? Number_AsSize(args[1], NULL) : 0;
    if (check_open(f) < 0 || Err_Occurred() || flush(f) < 0) {
        return NULL;
    }
    f->in_pos = f->in_len = 0;
    off_t at = lseek(f->fd, to, (int)whence);
    return at < 0 ? Err_FromErrno(NULL) : Int_FromLong(at);
}
DEF(file_tell)
{
    IGNORE;
    File *f = (File *)self;
    if (check_open(f) < 0) {
        return NULL;
    }
    off_t at = lseek(f->fd, 0, SEEK_CUR);
    return at < 0 ? Err_FromErrno(NULL) : Int_FromLong(at + f->out_len - (f->in_len - f->in_pos));
}
DEF(file_reconfigure)
{
    IGNORE;
    if (args[0] != NULL && args[0] != None) {
        ((File *)self)->line_buffered = Object_IsTrue(args[0]) > 0;
    }
    if (args[1] != NULL && Str_Check(args[1])) {
        ASSIGN(((File *)self)->errors, Ref(args[1]));
    }
    return Ref(None);
}

static void file_clear(Object *o)
{
    File *f = (File *)o;
    Object *raised = Err_Fetch();
    if (file_close(f) < 0) {
        Err_Clear();
    }
    Err_Restore(raised);
    CLEAR(f->name);
    CLEAR(f->mode);
    CLEAR(f->errors);
    Mem_Free(f->in);
    Mem_Free(f->out);
    f->in = f->out = NULL;
}
static Object *file_repr(Object *o)
{
    File *f = (File *)o;
    return Str_Format("<_io.%s name=%R mode=%R encoding='utf-8'>", f->binary ? "BufferedReader" : "TextIOWrapper", f->name, f->mode);
}
static Object *file_closed(Object *o) { return Bool_From(((File *)o)->fd < 0); }
static Object *file_name(Object *o) { return Ref(((File *)o)->name); }
static Object *file_mode(Object *o) { return Ref(((File *)o)->mode); }
static Object *file_encoding(Object *o) { (void)o; return Str_New("utf-8"); }
static Object *file_errors(Object *o) { return ((File *)o)->errors == NULL ? Str_New("strict") : Ref(((File *)o)->errors); }
static const MethodDef file_methods[] = {
    {"write", file_write, 1, 1, NULL, 0}, {"writelines", file_writelines, 1, 1, NULL, 0}, {"read", file_read, 0, 1, NULL, 0},
    {"readline", file_readline, 0, 1, NULL, 0}, {"readlines", file_readlines, 0, 1, NULL, 0}, {"flush", file_flush, 0, 0, NULL, 0},
    {"close", file_close_, 0, 0, NULL, 0}, {"fileno", file_fileno, 0, 0, NULL, 0}, {"isatty", file_isatty, 0, 0, NULL, 0},
    {"__enter__", file_enter, 0, 0, NULL, 0}, {"__exit__", file_exit, 0, 3, NULL, 0}, {"readable", file_readable, 0, 0, NULL, 0},
    {"writable", file_writable, 0, 0, NULL, 0}, {"seek", file_seek, 1, 2, NULL, 0}, {"tell", file_tell, 0, 0, NULL, 0},
    {"reconfigure", file_reconfigure, 0, 0, "* line_buffering errors", 0}, {NULL, NULL, 0, 0, NULL, 0}};
static const GetSetDef file_getsets[] = {
    {"closed", file_closed, NULL}, {"name", file_name, NULL}, {"mode", file_mode, NULL}, {"encoding", file_encoding, NULL},
    {"errors", file_errors, NULL}, {NULL, NULL, NULL}};
Type File_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "TextIOWrapper", .size = sizeof(File), .flags = T_ABSTRACT, .clear = file_clear,
    .repr = file_repr, .iter = Object_SelfIter, .iternext = file_next, .methods = file_methods, .getsets = file_getsets,
};

/* ---- open ---- */
static int open_flags(const char *mode)
{
    int plus = strchr(mode, '+') != NULL;
    switch (mode[strspn(mode, "bt+")]) {
    case 'r': return plus ? O_RDWR : O_RDONLY;
    case 'w': return (plus ? O_RDWR : O_WRONLY) | O_CREAT | O_TRUNC;
    case 'a': return (plus ? O_RDWR : O_WRONLY) | O_CREAT | O_APPEND;
    case 'x': return (plus ? O_RDWR : O_WRONLY) | O_CREAT | O_EXCL;
    default: return -1;
    }
}

/* open(file, mode, buffering, encoding, errors, newline) */
Object *File_Open(Object *self, Object **args, Size n, Object *kwnames)
{
    IGNORE;
    const char *mode = args[1] == NULL ? "r" : Str_Check(args[1]) ? Str_Text(args[1]) : "?";
    int flags = open_flags(mode), fd;
    if (flags < 0) {
        return Err_Set(EXC(ValueError), "invalid mode: '%s'", mode);
    }
    bool by_number = Int_Check(args[0]);
    if (by_number) {
        fd = (int)Number_AsSize(args[0], NULL);
    } else {
        Object *path = Bytes_Check(args[0]) ? Ref(args[0]) : Str_Check(args[0]) ? Bytes_Encode(args[0], NULL, "surrogateescape")
            : Err_Set(EXC(TypeError), "expected str, bytes or os.PathLike object, not %T", args[0]);
        if (path == NULL || strlen(((Bytes *)path)->data) != (size_t)((Bytes *)path)->len) {
            XUnref(path);
            return Err_Occurred() ? NULL : Err_Set(EXC(ValueError), "embedded null byte");
        }
        fd = open(((Bytes *)path)->data, flags | O_CLOEXEC, 0666);
        struct stat info;
        if (fd >= 0 && fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
            close(fd);
            fd = -1;
            errno = EISDIR;
        }
        Unref(path);
    }
    if (fd < 0) {
        return Err_FromErrno(args[0]);
    }
    Object *f = File_New(fd, mode, args[0], true);
    if (f == NULL && !by_number) {
        close(fd);
    } else if (f != NULL && args[4] != NULL && Str_Check(args[4])) {
        ((File *)f)->errors = Ref(args[4]);
    }
    return f;
}

Object *Read_Whole(Object *path)
{
    Object *mode = Str_New("rb"), *args[] = {path, mode, NULL, NULL, NULL, NULL};
    Object *f = mode == NULL ? NULL : File_Open(NULL, args, 6, NULL), *none[] = {NULL};
    Object *r = f == NULL ? NULL : file_read(f, none, 0, NULL);
    XUnref(mode), XUnref(f);
    return r;
}

int Write_To(Object *file, Object *text)
{
    Object *r = TYPE(file) == &File_Type ? file_write(file, &text, 1, NULL) : CallMethod(file, ID(write), 1, &text);
    XUnref(r);
    return r == NULL ? -1 : 0;
}

/* To sys.stdout or sys.stderr; without one, to nowhere. */
int Write_Stdio(const char *which, Object *text)
{
    Object *file = XRef(Sys_Get(which));
    int r = file == NULL || file == None ? 0 : Write_To(file, text);
    XUnref(file);
    return r;
}

void Flush_Stdio(void)
{
    const char *const names[] = {"stdout", "stderr"};
    for (int i = 0; i < 2; i++) {
        Object *file = XRef(Sys_Get(names[i]));
        Object *r = file == NULL || file == None ? NULL : CallMethod(file, ID(flush), 0, NULL);
        XUnref(r), XUnref(file);
        Err_Clear();
    }
}
