/* Ast_Dump: the tree as text, as `ast.dump` writes it. One walker for all kinds, led by the table of kinds. */
#include "rabbit.h"
#include "ast.h"

typedef struct { Buf text; bool attributes, failed; } Dump;

static void node(Dump *d, const AnyNode *n);

static void value(Dump *d, Object *o)
{
    Buf_Own(&d->text, Object_Repr(o == NULL ? None : o));
}

static void number(Dump *d, int n)
{
    char digits[16];
    snprintf(digits, sizeof(digits), "%d", n);
    Buf_Ascii(&d->text, digits);
}

static void enumeration(Dump *d, AstFieldSort sort, int which)
{
    Buf_Ascii(&d->text, Ast_EnumNames[sort][which]);
    Buf_Ascii(&d->text, "()");
}

static void one(Dump *d, AstFieldSort sort, void *item)
{
    if (sort != AST_NODE) value(d, item);
    else if (item == NULL) Buf_Ascii(&d->text, "None");
    else node(d, item);
}

static void sequence(Dump *d, const AstField *field, const AnySeq *seq)
{
    Buf_Char(&d->text, '[');
    for (Size i = 0; i < seq->n; i++) {
        if (i > 0) Buf_Ascii(&d->text, ", ");
        if (field->sort >= AST_EXPR_CONTEXT) enumeration(d, field->sort, (int)((const CmpopSeq *)seq)->at[i]);
        else one(d, field->sort, seq->at[i]);
    }
    Buf_Char(&d->text, ']');
}

static void field_value(Dump *d, const AstField *field, const void *at)
{
    if (field->flags & AST_SEQUENCE) sequence(d, field, *(AnySeq *const *)at);
    else if (field->sort == AST_INT) number(d, *(const int *)at);
    else if (field->sort >= AST_EXPR_CONTEXT) enumeration(d, field->sort, *(const int *)at);
    else one(d, field->sort, *(void *const *)at);
}

/* An optional field that is not there is not written. */
static bool absent(const AstField *field, const void *at)
{
    return field->flags == AST_OPTIONAL && field->sort != AST_INT && *(void *const *)at == NULL;
}

static void name(Dump *d, const char *text, bool *first)
{
    if (!*first) Buf_Ascii(&d->text, ", ");
    *first = false;
    Buf_Ascii(&d->text, text);
    Buf_Char(&d->text, '=');
}

static void attributes(Dump *d, const Location *at, bool *first)
{
    const struct { const char *text; int value; } all[] = {
        {"lineno", at->line}, {"col_offset", at->col}, {"end_lineno", at->end_line}, {"end_col_offset", at->end_col}};
    for (Size i = 0; i < COUNT(all); i++) {
        name(d, all[i].text, first);
        number(d, all[i].value);
    }
}

static void node(Dump *d, const AnyNode *n)
{
    if (d->failed || !Stack_Ok(" while traversing an AST")) {
        d->failed = true;
        return;
    }
    const AstKind *kind = &Ast_Kinds[n->kind];
    bool first = true;
    Buf_Ascii(&d->text, kind->name);
    Buf_Char(&d->text, '(');
    for (int i = 0; i < kind->nfields; i++) {
        const void *at = (const char *)n + kind->fields[i].offset;
        if (absent(&kind->fields[i], at)) continue;
        name(d, kind->fields[i].name, &first);
        field_value(d, &kind->fields[i], at);
    }
    if (d->attributes && kind->located) attributes(d, &n->at, &first);
    Buf_Char(&d->text, ')');
}

Object *Ast_Dump(Mod *tree, bool with_attributes)
{
    Dump d = {.attributes = with_attributes};
    Buf_Init(&d.text);
    node(&d, (AnyNode *)tree);
    if (d.failed) {
        Buf_Free(&d.text);
        return NULL;
    }
    return Buf_Finish(&d.text);
}
