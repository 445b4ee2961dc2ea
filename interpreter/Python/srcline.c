/* The source line of a traceback entry and the carets under it (PEP 657): ^^^^ under what was evaluated, and for a binary
   operation or a subscript ~~^~~, the carets under the operator or the brackets. */
#include "report.h"
#include "ast.h"

Object *Source_Line(Object *filename, int number)
{
    const char *path = Str_Text(filename);
    FILE *file = path[0] == '<' ? NULL : fopen(path, "rb");
    char *line = NULL;
    size_t size = 0;
    Object *r = NULL;
    for (int i = 1; file != NULL && getline(&line, &size, file) >= 0; i++) {
        if (i == number) {
            r = Str_FromUtf8(line, (Size)strcspn(line, "\r\n"), "replace");
            break;
        }
    }
    free(line);
    if (file != NULL) {
        fclose(file);
    }
    Err_Clear();
    return r;
}

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\f'; }

/* Columns in bytes, counted from the begin of the segment; left -1: none. */
typedef struct { Size left, right; } Anchors;

static Anchors around_operator(const char *text, Expr *e)
{
    Size stop = e->BinOp.right->at.col;
    for (Size i = e->BinOp.left->at.end_col; i < stop; i++) {
        if (blank(text[i]) || text[i] == ')') {
            continue;
        }
        return (Anchors){i, i + 1 + (i + 1 < stop && !blank(text[i + 1]))};
    }
    return (Anchors){-1, -1};
}

static Anchors around_brackets(const char *text, Expr *e)
{
    Size len = (Size)strlen(text), left = e->Subscript.value->at.end_col, right = e->Subscript.slice->at.end_col;
    while (left < len && text[left] != '[') left++;
    while (right < len && text[right] != ']') right++;
    return (Anchors){left, right < len ? right + 1 : right};
}

static Anchors anchors_of(const char *text, Mod *tree)
{
    StmtSeq *body = tree->Module.body;
    if (body == NULL || body->n != 1 || body->at[0]->kind != Expr_kind) {
        return (Anchors){-1, -1};
    }
    Expr *e = body->at[0]->Expr.value;
    return e->kind == BinOp_kind ? around_operator(text, e) : e->kind == Subscript_kind ? around_brackets(text, e) : (Anchors){-1, -1};
}

/* What the segment is about; it may be no Python at all, for it is cut out of a line. */
static Anchors find_anchors(const char *text, const char *filename)
{
    Arena arena;
    Anchors r = {-1, -1};
    if (Arena_Init(&arena) < 0) {
        Err_Clear();
        return r;
    }
    Mod *tree = Ast_Parse(&arena, text, (Size)strlen(text), filename, MODE_EXEC);
    if (tree != NULL) {
        r = anchors_of(text, tree);
    }
    Err_Clear();
    Arena_Free(&arena);
    return r;
}

/* Characters of East Asian scripts take two columns. */
static bool is_wide(uint32_t c)
{
    static const struct { uint32_t first, last; } wide[] = {
        {0x1100, 0x115F}, {0x231A, 0x231B}, {0x2E80, 0x303E}, {0x3041, 0xA4CF}, {0xA960, 0xA97C}, {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},
        {0xFE30, 0xFE6F}, {0xFF01, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
    for (Size i = 0; i < COUNT(wide) && c >= wide[i].first; i++) {
        if (c <= wide[i].last) {
            return true;
        }
    }
    return false;
}

/* How many columns the first n bytes of the line's UTF-8 take. */
static Size columns_in(Object *line, const char *text, Size n)
{
    Size columns = 0, character = 0;
    for (Size i = 0; i < n && text[i] != '\0'; i++) {
        if (((unsigned char)text[i] & 0xC0) != 0x80) {
            columns += is_wide(Str_At(line, character++)) ? 2 : 1;
        }
    }
    return columns;
}

static void write_carets(Buf *b, Size skip, Size start, Size end, Size left, Size right, bool anchored)
{
    Buf_Ascii(b, "    ");
    for (Size i = skip; i < end; i++) {
        bool special = anchored && left <= i && i < right;
        Buf_Char(b, i < start ? ' ' : anchored && !special ? '~' : '^');
    }
    Buf_Char(b, '\n');
}

void Source_Carets(Buf *b, Object *line, const Location *at, const char *filename)
{
    Size len, skip = 0;
    const char *text = Str_Utf8Len(line, &len);
    if (text == NULL || at->line < 0 || at->end_line < 0 || at->col < 0 || at->end_col < 0) {
        Err_Clear();
        return;
    }
    Size last = len;
    while (skip < len && blank(text[skip])) skip++;
    while (last > skip && blank(text[last - 1])) last--;
    Size from = at->col, to = at->end_line != at->line ? last : at->end_col;
    if (from > len || to > len || from > to) {
        return;
    }
    Anchors found = {-1, -1};
    char *segment = at->end_line == at->line ? Mem_Alloc((size_t)(to - from + 1)) : NULL;
    if (segment != NULL) {
        Mem_Copy(segment, text + from, (size_t)(to - from));
        segment[to - from] = '\0';
        found = find_anchors(segment, filename);
        Mem_Free(segment);
    }
    bool anchored = found.left >= 0;
    if (!anchored && from <= skip && to >= last) {
        return;
    }
    Size ends[] = {skip, from, to, from + found.left, from + found.right};
    for (Size i = 0; i < COUNT(ends); i++) {
        ends[i] = columns_in(line, text, ends[i]);
    }
    write_carets(b, ends[0], ends[1], ends[2], ends[3], ends[4], anchored);
}
