/* The report of an exception, as CPython 3.12 writes it: the chain of what came before, the traceback, the message, the
   notes; groups as a tree drawn in the margin. The report is one text, written at once. */
#include "report.h"

enum { SHOWN_REPEATS = 3, MOST_ENTRIES = 1000, GROUP_WIDTH = 15, GROUP_DEPTH = 10 };

/* depth: how far into groups we are; the margin says it. seen: identities of the exceptions shown, to stop at loops. */
typedef struct { Buf *out; Object *seen; int depth; bool need_close; } Report;

static void indent(Report *r) { Buf_Fill(r->out, ' ', 2 * r->depth); }

/* Put every line of the text behind the margin. Steals text; NULL spoils the report. */
static void emit(Report *r, Object *text, char margin)
{
    if (text == NULL || r->depth == 0) {
        Buf_Own(r->out, text);
        return;
    }
    for (Size start = 0, len = STR_LEN(text); start < len;) {
        Size end = start;
        while (end < len && Str_At(text, end) != '\n') end++;
        indent(r);
        Buf_Char(r->out, (uint32_t)margin);
        Buf_Char(r->out, ' ');
        Buf_Range(r->out, text, start, end);
        Buf_Char(r->out, '\n');
        start = end + 1;
    }
    Unref(text);
}
static void emit_ascii(Report *r, const char *text, char margin) { emit(r, Str_New(text), margin); }

/* ---- the traceback ---- */
static void add_source(Buf *b, Code *code, Traceback *tb)
{
    Object *line = Source_Line(code->filename, tb->line);
    if (line == NULL) {
        return;
    }
    Size start = 0, end = STR_LEN(line);
    while (start < end && Char_IsSpace(Str_At(line, start))) start++;
    while (end > start && Char_IsSpace(Str_At(line, end - 1))) end--;
    if (end > start) {
        Location at = NOT_KNOWN;
        Buf_Ascii(b, "    ");
        Buf_Range(b, line, start, end);
        Buf_Char(b, '\n');
        if (tb->ip >= 0) {
            Code_Location(code, tb->ip, &at);
            Source_Carets(b, line, &at, Str_Text(code->filename));
        }
    }
    Unref(line);
}

static Code *code_of(Traceback *tb) { return tb->frame->frame->code; }

static void add_entry(Buf *b, Traceback *tb)
{
    Code *code = code_of(tb);
    Buf_Own(b, Str_Format("  File \"%U\", line %d, in %U\n", code->filename, tb->line, code->name));
    add_source(b, code, tb);
}

static bool same_place(Traceback *a, Traceback *b)
{
    return a->line == b->line && (code_of(a) == code_of(b)
        || (Str_Equal(code_of(a)->filename, code_of(b)->filename) && Str_Equal(code_of(a)->name, code_of(b)->name)));
}

static void add_repeats(Buf *b, Size times)
{
    if (times > SHOWN_REPEATS) {
        Size more = times - SHOWN_REPEATS;
        Buf_Own(b, Str_Format("  [Previous line repeated %zd more time%s]\n", more, more == 1 ? "" : "s"));
    }
}

/* sys.tracebacklimit: only the newest so many entries. */
static Size entries_limit(void)
{
    Object *limit = Sys_Get("tracebacklimit");
    if (limit == NULL || !Int_Check(limit)) {
        Err_Clear();
        return MOST_ENTRIES;
    }
    int overflow;
    int64_t n = Int_AsLong(limit, &overflow);
    return n < 0 ? 0 : n > MOST_ENTRIES ? MOST_ENTRIES : (Size)n;
}

static Object *entries(Traceback *tb)
{
    Buf b;
    Buf_Init(&b);
    Size n = 0, times = 0, limit = entries_limit();
    for (Traceback *t = tb; t != NULL; t = t->next) n++;
    for (; n > limit; n--) tb = tb->next;
    for (; tb != NULL; tb = tb->next) {
        times++;
        if (times <= SHOWN_REPEATS) {
            add_entry(&b, tb);
        }
        if (tb->next == NULL || !same_place(tb, tb->next)) {
            add_repeats(&b, times);
            times = 0;
        }
    }
    return Buf_Finish(&b);
}

static void add_traceback(Report *r, Object *exc, const char *header, char margin)
{
    Traceback *tb = (Traceback *)EXC_OF(exc)->traceback;
    if (tb != NULL && entries_limit() > 0) {
        emit_ascii(r, header, margin);
        emit(r, entries(tb), '|');
    }
}

/* ---- the message ---- */

/* Borrowed attribute of a SyntaxError, or NULL; None counts as none. */
static Object *detail(Object *exc, Object *name)
{
    Object *dict = Object_Dict(exc), *value = dict == NULL ? NULL : Dict_Get(dict, name);
    Err_Clear();
    return value == None ? NULL : value;
}
static Size number(Object *o, Size otherwise)
{
    int overflow;
    return o != NULL && Int_Check(o) ? (Size)Int_AsLong(o, &overflow) : otherwise;
}

/* The offending line and the carets under it. Columns count characters from 1. */
static void add_syntax_line(Buf *b, Object *exc, Object *text)
{
    Size full = STR_LEN(text), len = full, skip = 0, start = number(detail(exc, ID(offset)), -1), end = number(detail(exc, ID(end_offset)), start);
    while (len > 0 && Str_At(text, len - 1) == '\n') len--;
    while (skip < len && (Char_IsSpace(Str_At(text, skip)))) skip++;
    Size line = number(detail(exc, ID(lineno)), -1), end_line = number(detail(exc, ID(end_lineno)), line);
    start = start > full + 1 ? full + 1 : start;
    end = end_line > line ? full : end;
    end = end <= start || TYPE(exc) != EXC(SyntaxError) ? start + 1 : end;     /* kin of SyntaxError get one caret */
    Buf_Ascii(b, "    ");
    Buf_Range(b, text, skip, len);
    Buf_Char(b, '\n');
    if (start < 0 || start - 1 < skip) {
        return;
    }
    Buf_Ascii(b, "    ");
    for (Size i = skip; i < start - 1; i++) {
        Buf_Char(b, i < len && Char_IsSpace(Str_At(text, i)) ? Str_At(text, i) : ' ');
    }
    Buf_Fill(b, '^', end - start);
    Buf_Char(b, '\n');
}

/* File and line of a SyntaxError come before its message. */
static void add_syntax_place(Buf *b, Object *exc)
{
    Object *line = detail(exc, ID(lineno)), *file = detail(exc, ID(filename)), *text = detail(exc, ID(text));
    if (line == NULL) {
        return;
    }
    Buf_Ascii(b, "  File \"");
    if (file == NULL) {
        Buf_Ascii(b, "<string>");
    } else {
        Buf_Own(b, Object_Str(file));
    }
    Buf_Own(b, Str_Format("\", line %S\n", line));
    if (text != NULL && Str_Check(text)) {
        add_syntax_line(b, exc, text);
    }
}

static void add_type_name(Buf *b, Type *type)
{
    Object *module = Type_Lookup(type, ID(__module__)), *name = type->qualname;
    if (type->flags & T_HEAP && module != NULL && Str_Check(module) && !STR_IS(module, "__main__") && !STR_IS(module, "builtins")) {
        Buf_Str(b, module);
        Buf_Char(b, '.');
    }
    if (type->flags & T_HEAP && name != NULL && Str_Check(name)) {
        Buf_Str(b, name);
    } else {
        Buf_Own(b, Type_Name(type));
    }
}

static Object *message(Object *exc)
{
    Object *text = NULL, *hint = NULL;
    Buf b;
    Buf_Init(&b);
    bool syntax = IsType(exc, EXC(SyntaxError)) && detail(exc, ID(msg)) != NULL && detail(exc, ID(lineno)) != NULL;
    if (syntax) {
        add_syntax_place(&b, exc);
    }
    add_type_name(&b, TYPE(exc));
    text = syntax ? Object_Str(detail(exc, ID(msg))) : Object_Str(exc);
    if (text == NULL) {
        Err_Clear();
        Buf_Ascii(&b, ": <exception str() failed>");
    } else if (STR_LEN(text) > 0) {
        Buf_Ascii(&b, ": ");
        Buf_Str(&b, text);
    }
    XUnref(text);
    hint = Suggest(exc);
    if (hint != NULL) {
        Buf_Own(&b, hint);
    }
    Err_Clear();
    Buf_Char(&b, '\n');
    return Buf_Finish(&b);
}

static void add_note(Buf *b, Object *note)
{
    Object *text = Object_Str(note);
    if (text == NULL) {
        Err_Clear();
        Buf_Ascii(b, "<note str() failed>");
    } else {
        Buf_Own(b, text);
    }
    Buf_Char(b, '\n');
}

static Object *notes_of(Object *exc)
{
    Object *notes = detail(exc, ID(__notes__));
    Buf b;
    Buf_Init(&b);
    if (notes != NULL && (List_Check(notes) || Tuple_Check(notes))) {
        Object *list = List_FromIter(notes);
        for (Size i = 0; list != NULL && i < LIST_LEN(list); i++) {
            add_note(&b, LIST_ITEM(list, i));
        }
        XUnref(list);
    } else if (notes != NULL) {
        Object *text = Object_Repr(notes);
        if (text != NULL) {
            add_note(&b, text);
            Unref(text);
        }
        Err_Clear();
    }
    return Buf_Finish(&b);
}

static void add_message(Report *r, Object *exc)
{
    emit(r, message(exc), '|');
    emit(r, notes_of(exc), '|');
}

/* ---- groups ---- */
static void add_chain(Report *r, Object *exc);

static Object *members(Object *exc)
{
    if (!IsType(exc, &Group_Type)) {
        return NULL;
    }
    Object *excs = Object_GetAttrStr(exc, "exceptions");
    if (excs == NULL || !Tuple_Check(excs)) {
        CLEAR(excs);
        Err_Clear();
    }
    return excs;
}

static void add_member(Report *r, Object *excs, Size i, bool last)
{
    Size left = TUPLE_LEN(excs) - GROUP_WIDTH;
    char title[32] = "...";
    if (i < GROUP_WIDTH) {
        snprintf(title, sizeof(title), "%zd", i + 1);
    }
    indent(r);
    Buf_Own(r->out, Str_Format("%s+---------------- %s ----------------\n", i == 0 ? "+-" : "  ", title));
    r->depth++;
    if (i < GROUP_WIDTH) {
        add_chain(r, TUPLE_ITEM(excs, i));
    } else {
        emit(r, Str_Format("and %zd more exception%s\n", left, left > 1 ? "s" : ""), '|');
    }
    if (last && r->need_close) {
        indent(r);
        Buf_Ascii(r->out, "+------------------------------------\n");
        r->need_close = false;
    }
    r->depth--;
}

static void add_group(Report *r, Object *exc, Object *excs)
{
    bool top = r->depth == 0;
    Size n = TUPLE_LEN(excs) <= GROUP_WIDTH ? TUPLE_LEN(excs) : GROUP_WIDTH + 1;
    r->depth += top;
    add_traceback(r, exc, "Exception Group Traceback (most recent call last):\n", top ? '+' : '|');
    add_message(r, exc);
    r->need_close = false;
    for (Size i = 0; i < n; i++) {
        r->need_close = r->need_close || i == n - 1;
        add_member(r, excs, i, i == n - 1);
    }
    r->depth -= top;
}

static void add_one(Report *r, Object *exc)
{
    Object *excs = members(exc);
    if (excs == NULL) {
        add_traceback(r, exc, "Traceback (most recent call last):\n", '|');
        add_message(r, exc);
    } else if (r->depth > GROUP_DEPTH) {
        emit_ascii(r, "... (max_group_depth is 10)\n", '|');
    } else {
        add_group(r, exc, excs);
    }
    XUnref(excs);
}

/* ---- the chain, from the oldest: an explicit cause hides the context ---- */
static bool note_seen(Report *r, Object *exc)
{
    Object *id = Int_FromLong((int64_t)(intptr_t)exc);
    bool again = id == NULL || Set_Contains(r->seen, id) != 0 || Set_Add(r->seen, id) < 0;
    XUnref(id);
    Err_Clear();
    return again;
}

static void add_earlier(Report *r, Object *exc, const char *between)
{
    if (!note_seen(r, exc)) {
        add_chain(r, exc);
        emit_ascii(r, between, '|');
    }
}

static void add_chain(Report *r, Object *exc)
{
    Exception *e = EXC_OF(exc);
    note_seen(r, exc);
    if (Stack_Near()) {
        return;
    }
    if (e->cause != NULL) {
        add_earlier(r, e->cause, "\nThe above exception was the direct cause of the following exception:\n\n");
    } else if (e->context != NULL && !e->suppress) {
        add_earlier(r, e->context, "\nDuring handling of the above exception, another exception occurred:\n\n");
    }
    add_one(r, exc);
}

Object *Traceback_Format(Object *exc)
{
    Report r = {NULL, Set_New(NULL), 0, false};
    if (r.seen == NULL) {
        return NULL;
    }
    Buf b;
    Buf_Init(&b);
    r.out = &b;
    add_chain(&r, exc);
    Unref(r.seen);
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
