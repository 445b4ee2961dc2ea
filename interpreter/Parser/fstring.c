/* f-strings as trees, and what strings that stand side by side become together. */
#include "rabbit.h"
#include "parser.h"

static bool is_constant(const Expr *e) { return e->kind == Constant_kind; }
static bool is_empty(const Expr *e) { return is_constant(e) && Str_Check(e->Constant.value) && STR_LEN(e->Constant.value) == 0; }

/* ---- one f-string ---- */

/* A field with `=` is a JoinedStr of its own; its parts become parts of the whole. */
static ExprSeq *flatten(Parser *p, AnySeq *parts)
{
    Size n = 0;
    for (Size i = 0; i < parts->n; i++) {
        Expr *e = parts->at[i];
        n += e->kind == JoinedStr_kind ? e->JoinedStr.values->n : 1;
    }
    ExprSeq *all = Ast_Seq(n, p->arena);
    n = 0;
    for (Size i = 0; all != NULL && i < parts->n; i++) {
        Expr *e = parts->at[i];
        if (e->kind != JoinedStr_kind) all->at[n++] = e;
        else for (Size k = 0; k < e->JoinedStr.values->n; k++) all->at[n++] = e->JoinedStr.values->at[k];
    }
    return all;
}

static bool is_raw(const Token *start)
{
    return (start->text[0] | 32) == 'r' || (start->text[1] | 32) == 'r';
}

Expr *FString_Make(Parser *p, Token *start, AnySeq *parts, Location at, Arena *arena)
{
    bool raw = is_raw(start);
    for (Size i = 0; i < parts->n; i++) {
        Expr *e = parts->at[i];
        if (!is_constant(e) || raw || e->Constant.kind != NULL) continue;
        if ((e->Constant.value = String_Decode(p, start, e->Constant.value)) == NULL) return NULL;
    }
    ExprSeq *all = flatten(p, parts);
    if (all == NULL) return NULL;
    Size n = 0;
    for (Size i = 0; i < all->n; i++) {
        if (!is_empty(all->at[i])) all->at[n++] = all->at[i];
    }
    all->n = n;
    return Ast_JoinedStr(all, at, arena);
}

/* The text of a field with `=`, from behind its brace up to the token that ends it; comments are no part of it. */
static Object *debug_text(Parser *p, const Token *brace, const Token *stop)
{
    Buf text;
    Buf_Init(&text);
    char quote = '\0';
    const char *from = brace->end;
    for (const char *c = from; c <= stop->text; c++) {
        if (c < stop->text && (*c == '"' || *c == '\'')) quote = quote == '\0' ? *c : quote == *c ? '\0' : quote;
        if (c < stop->text && (*c != '#' || quote != '\0')) continue;
        Buf_Own(&text, Str_FromUtf8(from, c - from, NULL));
        while (c < stop->text && *c != '\n') c++;
        from = c;
    }
    return Arena_Own(p->arena, Buf_Finish(&text));
}

static Token *token_at(Parser *p, Location at)
{
    for (int i = p->mark - 1; i >= 0; i--) {
        if (p->tokens[i]->at.line == at.line && p->tokens[i]->at.col == at.col) return p->tokens[i];
    }
    return NULL;
}

static Expr *with_debug(Parser *p, Token *brace, Token *stop, Expr *field, Location at)
{
    Object *text = debug_text(p, brace, stop);
    if (text == NULL) return NULL;
    Location where = {at.line, at.col + 1, stop->at.line, stop->at.col};
    Expr *constant = Ast_Constant(text, NULL, where, p->arena);
    ExprSeq *both = constant == NULL ? NULL : Ast_Seq(2, p->arena);
    if (both == NULL) return NULL;
    both->at[0] = constant, both->at[1] = field;
    at.end_line = where.end_line, at.end_col = where.end_col + 1;
    return Ast_JoinedStr(both, at, p->arena);
}

/* The letter behind the '!', or '\0' with SyntaxError. */
static char conversion_letter(Parser *p, const Token *mark)
{
    int at = p->mark - 1;
    while (p->tokens[at] != mark) at--;
    const Token *name = p->tokens[at + 1];
    if (name->end - name->text == 1 && strchr("sra", *name->text) != NULL) return *name->text;
    ERROR_AT(name, "f-string: invalid conversion character %R: expected 's', 'r', or 'a'", Name_Id(name->node));
    return '\0';
}

Expr *FString_Field(Parser *p, Token *brace, Expr *value, Token *debug, Token *conversion, Expr *spec, Token *close, Location at, Arena *arena)
{
    int converted = conversion != NULL ? conversion_letter(p, conversion) : debug != NULL && spec == NULL ? 'r' : -1;
    if (converted == '\0') return NULL;
    Expr *field = Ast_FormattedValue(value, converted, spec, at, arena);
    if (field == NULL || debug == NULL) return field;
    Token *stop = close;
    if (spec != NULL) stop = token_at(p, spec->at);
    if (conversion != NULL) stop = conversion;
    return with_debug(p, brace, stop, field, at);
}

/* The '!', right behind which has to come the letter. */
Token *FString_Conversion(Parser *p, Token *mark, Expr *name)
{
    if (mark->at.line == name->at.line && mark->at.end_col == name->at.col) return mark;
    return ERROR_RANGE(mark, name, "f-string: conversion type must come right after the exclamanation mark");
}

/* ---- neighbours ---- */

static bool is_bytes(const Expr *e) { return is_constant(e) && Bytes_Check(e->Constant.value); }

static Expr *join_bytes(Parser *p, AnySeq *parts, Location at)
{
    Object *sum = Bytes_New("", 0);
    for (Size i = 0; sum != NULL && i < parts->n; i++) {
        ASSIGN(sum, Number_Binary(sum, ((Expr *)parts->at[i])->Constant.value, NB_ADD));
    }
    sum = Arena_Own(p->arena, sum);
    return sum == NULL ? NULL : Ast_Constant(sum, NULL, at, p->arena);
}

/* The constants all[from..to) as one, which stands from the first's start to the last's end. */
static Expr *join_texts(Parser *p, Expr **all, Size from, Size to)
{
    if (to - from == 1) return all[from];
    Buf text;
    Buf_Init(&text);
    for (Size i = from; i < to; i++) Buf_Str(&text, all[i]->Constant.value);
    Object *value = Arena_Own(p->arena, Buf_Finish(&text));
    Location at = all[from]->at;
    at.end_line = all[to - 1]->at.end_line, at.end_col = all[to - 1]->at.end_col;
    return value == NULL ? NULL : Ast_Constant(value, all[from]->Constant.kind, at, p->arena);
}

/* Runs of constants become one each. With an f-string among them, empty ones vanish. In place; the new length or -1. */
static Size fold(Parser *p, ExprSeq *all, bool formatted)
{
    Size n = 0;
    for (Size i = 0; i < all->n;) {
        Size from = i++;
        Expr *e = all->at[from];
        if (is_constant(e)) {
            while (i < all->n && is_constant(all->at[i])) i++;
            if ((e = join_texts(p, all->at, from, i)) == NULL) return -1;
            if (formatted && is_empty(e)) continue;
        }
        all->at[n++] = e;
    }
    return all->n = n;
}

Expr *FString_Spec(Parser *p, AnySeq *parts, Location at, Arena *arena)
{
    (void)p;
    if (parts->n == 1 && is_empty(parts->at[0])) parts->n = 0;      /* a colon with nothing behind it */
    return Ast_JoinedStr((ExprSeq *)parts, at, arena);
}

Expr *String_Join(Parser *p, AnySeq *parts, Location at, Arena *arena)
{
    Size nbytes = 0, nformatted = 0;
    for (Size i = 0; i < parts->n; i++) {
        nbytes += is_bytes(parts->at[i]);
        nformatted += ((Expr *)parts->at[i])->kind == JoinedStr_kind;
    }
    if (nbytes > 0 && nbytes < parts->n) return Syntax_Here(p, EXC(SyntaxError), "cannot mix bytes and nonbytes literals");
    if (parts->n == 1 && nformatted == 0) return parts->at[0];
    if (nbytes > 0) return join_bytes(p, parts, at);
    ExprSeq *all = flatten(p, parts);
    if (all == NULL || fold(p, all, nformatted > 0) < 0) return NULL;
    if (nformatted > 0) return Ast_JoinedStr(all, at, arena);
    return Ast_Constant(all->at[0]->Constant.value, all->at[0]->Constant.kind, at, arena);
}
