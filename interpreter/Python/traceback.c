/* Tracebacks: where an exception passed, and the report of one that nobody caught. */
#include "rabbit.h"

int Traceback_Here(Frame *f)
{
    Object *exc = THREAD->raised;
    Traceback *tb = exc == NULL ? NULL : (Traceback *)EXC_OF(exc)->traceback;
    if (exc == NULL) {
        return -1;
    }
    THREAD->raised = NULL;
    Traceback *here = Object_Alloc(&Traceback_Type, 0);
    if (here == NULL) {
        Err_Restore(exc);
        return -1;
    }
    here->frame = Ref(f);
    here->line = Frame_Line(f);
    here->ip = f->ip;
    here->next = tb;
    EXC_OF(exc)->traceback = (Object *)here;    /* takes over our reference; `next` took the old one */
    Err_Restore(exc);
    return 0;
}

static int tb_traverse(Object *o, VisitFn visit, void *arg)
{
    VISIT(((Traceback *)o)->next);
    VISIT(((Traceback *)o)->frame);
    return 0;
}
static void tb_clear(Object *o)
{
    CLEAR(((Traceback *)o)->next);
    CLEAR(((Traceback *)o)->frame);
}
static Object *tb_next(Object *o) { Traceback *t = ((Traceback *)o)->next; return Ref(t == NULL ? None : (Object *)t); }
static int tb_set_next(Object *o, Object *value)
{
    for (Object *t = value; t != NULL && t != None; t = (Object *)((Traceback *)t)->next) {
        if (TYPE(t) != &Traceback_Type || t == o) {
            return Err_Minus(Err_Set(t == o ? EXC(ValueError) : EXC(TypeError), t == o ? "traceback loop detected" : "expected traceback object or None"));
        }
        if (((Traceback *)t)->next == NULL) break;
    }
    ASSIGN(((Traceback *)o)->next, value == NULL || value == None ? NULL : Ref(value));
    return 0;
}
static Object *tb_frame(Object *o) { return Ref(((Traceback *)o)->frame); }
static Object *tb_lineno(Object *o) { return Int_FromLong(((Traceback *)o)->line); }
static Object *tb_lasti(Object *o) { return Int_FromLong(((Traceback *)o)->ip); }
static const GetSetDef tb_getsets[] = {
    {"tb_next", tb_next, tb_set_next}, {"tb_frame", tb_frame, NULL}, {"tb_lineno", tb_lineno, NULL}, {"tb_lasti", tb_lasti, NULL}, {NULL, NULL, NULL}};
Type Traceback_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "traceback", .size = sizeof(Traceback), .flags = T_GC | T_ABSTRACT,
    .traverse = tb_traverse, .clear = tb_clear, .getsets = tb_getsets,
};

/* ---- the report ---- */

/* Line `number` of a source file, stripped; NULL when there is none. Never raises. */
static Object *source_line(Object *filename, int number)
{
    const char *path = Str_Text(filename);
    FILE *file = path[0] == '<' ? NULL : fopen(path, "rb");
    char *line = NULL;
    size_t size = 0;
    Object *r = NULL;
    for (int i = 1; file != NULL && getline(&line, &size, file) >= 0; i++) {
        if (i == number) {
            size_t start = strspn(line, " \t\f"), end = strlen(line);
            while (end > start && strchr(" \t\r\n", line[end - 1]) != NULL) end--;
            r = Str_FromUtf8(line + start, (Size)(end - start), "replace");
            break;
        }
    }
    free(line);
    if (file != NULL) {
        fclose(file);
    }
    return r;
}

static void add_entry(Buf *b, Traceback *tb)
{
    Code *code = tb->frame->code;
    if (code == NULL) {
        return;
    }
    Buf_Own(b, Str_Format("  File \"%U\", line %d, in %U\n", code->filename, tb->line, code->name));
    Object *line = source_line(code->filename, tb->line);
    if (line != NULL && STR_LEN(line) > 0) {
        Buf_Ascii(b, "    ");
        Buf_Str(b, line);
        Buf_Ascii(b, "\n");
    }
    XUnref(line);
}

static bool same_place(Traceback *a, Traceback *b)
{
    return a->line == b->line && a->frame->code == b->frame->code;
}

static void add_entries(Buf *b, Traceback *tb)
{
    for (int repeated = 0; tb != NULL; tb = tb->next) {
        if (repeated < 3) {
            add_entry(b, tb);
        }
        bool again = tb->next != NULL && same_place(tb, tb->next);
        repeated = again || repeated > 0 ? repeated + 1 : 0;
        if (!again) {
            if (repeated > 3) {
                Buf_Own(b, Str_Format("  [Previous line repeated %d more time%s]\n", repeated - 3, repeated == 4 ? "" : "s"));
            }
            repeated = 0;
        }
    }
}

/* File and line of a SyntaxError come before its message. */
static void add_syntax_place(Buf *b, Object *exc)
{
    Object *dict = Object_Dict(exc), *line = Dict_Get(dict, ID(lineno)), *file = Dict_Get(dict, ID(filename)), *text = Dict_Get(dict, ID(text));
    if (line == NULL || line == None) {
        return;
    }
    Buf_Own(b, Str_Format("  File \"%S\", line %S\n", file == NULL || file == None ? ID(name) : file, line));
    if (text == NULL || !Str_Check(text)) {
        return;
    }
    Size start = 0, end = STR_LEN(text);
    while (start < end && Char_IsSpace(Str_At(text, start))) start++;
    while (end > start && Char_IsSpace(Str_At(text, end - 1))) end--;
    Buf_Ascii(b, "    ");
    Buf_Range(b, text, start, end);
    Buf_Ascii(b, "\n");
    Object *offset = Dict_Get(dict, ID(offset));
    Size column = offset != NULL && Int_Check(offset) ? Number_AsSize(offset, NULL) - 1 - start : -1;
    if (column >= 0 && column <= end - start) {
        Buf_Fill(b, ' ', 4 + column);
        Buf_Ascii(b, "^\n");
    }
}

static void add_message(Buf *b, Object *exc)
{
    Type *type = TYPE(exc);
    Object *module = Type_Lookup(type, ID(__module__)), *name = Type_Lookup(type, ID(__qualname__));
    if (type->flags & T_HEAP && module != NULL && Str_Check(module) && !STR_IS(module, "__main__") && !STR_IS(module, "builtins")) {
        Buf_Str(b, module);
        Buf_Char(b, '.');
    }
    if (type->flags & T_HEAP && name != NULL && Str_Check(name)) Buf_Str(b, name);
    else Buf_Own(b, Type_Name(type));
    bool syntax = IsType(exc, EXC(SyntaxError)) && Dict_Get(Object_Dict(exc), ID(msg)) != NULL && Dict_Get(Object_Dict(exc), ID(lineno)) != None;
    Object *text = syntax ? Object_Str(Dict_Get(Object_Dict(exc), ID(msg))) : Object_Str(exc);
    if (text == NULL) {
        Err_Clear();
        Buf_Ascii(b, ": <exception str() failed>");
    } else if (STR_LEN(text) > 0) {
        Buf_Ascii(b, ": ");
        Buf_Str(b, text);
    }
    XUnref(text);
    Buf_Ascii(b, "\n");
}

static void add_notes(Buf *b, Object *exc)
{
    Object *notes = Dict_Get(Object_Dict(exc), ID(__notes__));
    for (Size i = 0; notes != NULL && List_Check(notes) && i < LIST_LEN(notes); i++) {
        Object *text = Object_Str(LIST_ITEM(notes, i));
        if (text != NULL) {
            Buf_Str(b, text);
            Buf_Ascii(b, "\n");
        }
        XUnref(text);
        Err_Clear();
    }
}

/* The chain from the oldest: an explicit cause hides the context. `seen` stops loops. */
static void add_exception(Buf *b, Object *exc, Object *seen)
{
    Object *id = Int_FromLong((int64_t)(intptr_t)exc);
    if (id == NULL || Set_Contains(seen, id) != 0 || Set_Add(seen, id) < 0 || Stack_Near()) {
        XUnref(id);
        return;
    }
    Unref(id);
    Exception *e = EXC_OF(exc);
    Size before = b->len;
    if (e->cause != NULL) {
        add_exception(b, e->cause, seen);
        if (b->len > before) {
            Buf_Ascii(b, "\nThe above exception was the direct cause of the following exception:\n\n");
        }
    } else if (e->context != NULL && !e->suppress) {
        add_exception(b, e->context, seen);
        if (b->len > before) {
            Buf_Ascii(b, "\nDuring handling of the above exception, another exception occurred:\n\n");
        }
    }
    if (e->traceback != NULL) {
        Buf_Ascii(b, "Traceback (most recent call last):\n");
        add_entries(b, (Traceback *)e->traceback);
    }
    if (IsType(exc, EXC(SyntaxError))) {
        add_syntax_place(b, exc);
    }
    add_message(b, exc);
    add_notes(b, exc);
}

Object *Traceback_Format(Object *exc)
{
    Object *seen = Set_New(NULL);
    if (seen == NULL) {
        return NULL;
    }
    Buf b;
    Buf_Init(&b);
    add_exception(&b, exc, seen);
    Unref(seen);
    return Buf_Finish(&b);
}

void Traceback_Print(Object *exc, Object *file)
{
    Object *text = Traceback_Format(exc);
    if (text == NULL || Write_To(file, text) < 0) {
        Err_Clear();
    }
    XUnref(text);
}

/* The status that SystemExit asks for; a text goes to stderr. */
static int exit_status(Object *exc)
{
    Object *code = Dict_Get(Object_Dict(exc), ID(code));
    if (code == NULL || code == None) {
        return 0;
    }
    if (Int_Check(code)) {
        return (int)(Number_AsSize(code, NULL) & 0xff);
    }
    Object *text = Object_Str(code), *line = text == NULL ? NULL : Str_Format("%U\n", text);
    if (line != NULL) {
        Write_Stdio("stderr", line);
    }
    XUnref(text), XUnref(line);
    Err_Clear();
    return 1;
}

void Print_UncaughtAndExitCode(int *status)
{
    Object *exc = Err_Fetch();
    *status = 1;
    if (exc == NULL) {
        return;
    }
    Flush_Stdio();
    if (IsType(exc, EXC(SystemExit))) {
        *status = exit_status(exc);
        Unref(exc);
        return;
    }
    Object *hook = XRef(Sys_Get("excepthook"));
    Object *args[] = {(Object *)TYPE(exc), exc, EXC_OF(exc)->traceback == NULL ? None : EXC_OF(exc)->traceback};
    Object *r = hook == NULL || hook == None ? NULL : Call(hook, args, 3, NULL);
    if (r == NULL) {
        Err_Clear();
        Object *text = Traceback_Format(exc);
        if (text != NULL) {
            Write_Stdio("stderr", text);
        }
        XUnref(text);
    }
    Err_Clear();
    XUnref(r), XUnref(hook);
    Unref(exc);
}
