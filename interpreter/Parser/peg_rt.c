/* What the generated rules stand on: the tokens seen so far, what is already known at each (memo), repetition, looking ahead, and
   demands. A rule that fails leaves the mark to its caller; `failed` says that an exception is set and everything unwinds. */
#include "rabbit.h"
#include "parser.h"

enum { MAX_DEPTH = 6000 };

/* ---- tokens ---- */

static int make_room(Parser *p)
{
    if (p->ntokens < p->room) return 0;
    int room = p->room == 0 ? 256 : p->room * 2;
    Token **tokens = Mem_Realloc(p->tokens, (size_t)room * sizeof(Token *));
    if (tokens == NULL) return Err_Minus(Err_NoMemory());
    p->tokens = tokens, p->room = room;
    return 0;
}

/* In MODE_SINGLE the end of the text ends the statement too, and closes its blocks. */
static void end_statement(Parser *p, Token *t)
{
    Lexer *x = &p->lexer;
    if (p->mode != MODE_SINGLE || t->kind != T_ENDMARKER || !p->started) {
        p->started = true;
        return;
    }
    t->kind = T_NEWLINE;
    p->started = false;
    x->pending = -x->indent;
    x->indent = 0;
}

int Peg_Fill(Parser *p)
{
    if (p->failed) return -1;
    Token *t = make_room(p) < 0 ? NULL : Arena_Alloc(p->arena, sizeof(Token));
    if (t == NULL) {
        p->failed = true;
        return -1;
    }
    Lex_Token(&p->lexer, t);
    p->tokens[p->ntokens++] = t;
    if (t->kind == T_ERROR) {
        p->failed = true;
        if (!Err_Occurred()) Syntax_Unclosed(p);
        else if (Err_Matches(EXC(UnicodeDecodeError))) Syntax_Decoding(p);
        return -1;
    }
    end_statement(p, t);
    return 0;
}

static Token *take(Parser *p) { return p->tokens[p->mark++]; }

void *Peg_Token(Parser *p, int kind)
{
    return Peg_Kind(p) == kind && !p->failed ? take(p) : NULL;
}

void *Peg_AnyToken(Parser *p, uint64_t low, uint64_t high)
{
    return Peg_Sees(p, low, high) ? take(p) : NULL;
}

static bool reads(const Token *t, const char *text)
{
    size_t n = (size_t)(t->end - t->text);
    return strncmp(t->text, text, n) == 0 && text[n] == '\0';
}

static Object *identifier(Parser *p, const Token *t)
{
    Object *s = Str_FromUtf8(t->text, t->end - t->text, NULL);
    if (s != NULL && !((Str *)s)->ascii) ASSIGN(s, Str_Nfkc(s));
    return Arena_Own(p->arena, s == NULL ? NULL : Str_Intern(s));
}

/* A Name that is loaded; made once for a token, however often the rules come by. */
static Expr *name_node(Parser *p, Token *t)
{
    if (t->node == NULL) {
        Object *id = identifier(p, t);
        t->node = id == NULL ? NULL : Ast_Name(id, Ctx_Load, t->at, p->arena);
        if (t->node == NULL) p->failed = true;
    }
    return t->node;
}

void *Peg_Name(Parser *p)
{
    if (Peg_Kind(p) != T_NAME || p->failed) return NULL;
    return name_node(p, take(p));
}

void *Peg_Word(Parser *p, const char *text)
{
    if (Peg_Kind(p) != T_NAME || p->failed || !reads(p->tokens[p->mark], text)) return NULL;
    return name_node(p, take(p));
}

void *Peg_Number(Parser *p)
{
    Token *t = Peg_Token(p, T_NUMBER);
    if (t == NULL || t->node != NULL) return t == NULL ? NULL : t->node;
    Object *value = Number_Literal(p, t);
    t->node = value == NULL ? NULL : Ast_Constant(value, NULL, t->at, p->arena);
    if (t->node == NULL) p->failed = true;
    return t->node;
}

/* ---- depth and memo ---- */

bool Peg_Enter(Parser *p)
{
    if (++p->depth <= MAX_DEPTH && !Stack_Near()) return true;
    p->depth--;
    p->failed = true;
    if (!Err_Occurred()) Err_Set(EXC(MemoryError), "Parser stack overflowed - Python source too complex to parse");
    return false;
}

bool Peg_Known(Parser *p, int rule, void **result)
{
    if (Peg_Kind(p) == T_ERROR && p->failed) return false;
    for (Memo *m = p->tokens[p->mark]->memo; m != NULL; m = m->next) {
        if (m->rule == rule) {
            p->mark = m->mark;
            *result = m->value;
            return true;
        }
    }
    return false;
}

void Peg_Remember(Parser *p, int start, int rule, void *result)
{
    if (p->failed) return;
    Memo *m = Arena_Alloc(p->arena, sizeof(Memo));
    if (m == NULL) {
        p->failed = true;
        return;
    }
    *m = (Memo){p->tokens[start]->memo, rule, p->mark, result};
    p->tokens[start]->memo = m;
}

/* ---- repetition ---- */

static int keep(Parser *p, void *item)
{
    if (p->items.n == p->items.room) {
        Size room = p->items.room == 0 ? 64 : p->items.room * 2;
        void **at = Mem_Realloc(p->items.at, (size_t)room * sizeof(void *));
        if (at == NULL) {
            p->failed = true;
            return Err_Minus(Err_NoMemory());
        }
        p->items.at = at, p->items.room = room;
    }
    p->items.at[p->items.n++] = item;
    return 0;
}

/* The items kept since `base` become a sequence; NULL when something went wrong or there are too few. */
static void *collect(Parser *p, Size base, Size least)
{
    Size n = p->items.n - base;
    p->items.n = base;
    if (p->failed || n < least) return NULL;
    AnySeq *seq = Ast_Seq(n, p->arena);
    if (seq == NULL) {
        p->failed = true;
        return NULL;
    }
    Mem_Copy(seq->at, p->items.at + base, (size_t)n * sizeof(void *));
    return seq;
}

void *Peg_Many(Parser *p, RuleFn item, int least)
{
    Size base = p->items.n;
    for (;;) {
        int mark = p->mark;
        void *one = item(p);
        if (one == NULL || p->failed) {
            p->mark = mark;
            break;
        }
        if (keep(p, one) < 0) break;
    }
    return collect(p, base, least);
}

void *Peg_List(Parser *p, RuleFn item, int separator)
{
    Size base = p->items.n;
    int mark;
    do {
        mark = p->mark;
        if (p->items.n > base && Peg_Token(p, separator) == NULL) break;
        void *one = item(p);
        if (one == NULL || p->failed) {
            p->mark = mark;
            break;
        }
        if (keep(p, one) < 0) break;
    } while (!p->failed);
    return collect(p, base, 1);
}

/* ---- looking, demanding ---- */

bool Peg_Ahead(Parser *p, RuleFn item)
{
    int mark = p->mark;
    bool found = item(p) != NULL;
    p->mark = mark;
    return found && !p->failed;
}

bool Peg_NotAhead(Parser *p, RuleFn item)
{
    int mark = p->mark;
    bool found = item(p) != NULL;
    p->mark = mark;
    return !found && !p->failed;
}

void *Peg_Demand(Parser *p, int kind, const char *what)
{
    if (Peg_Kind(p) == kind && !p->failed) return take(p);
    if (!p->failed) Syntax_At(p, EXC(SyntaxError), p->tokens[p->mark]->at, "expected %s", what);
    return NULL;
}

void *Peg_DemandRule(Parser *p, RuleFn item, const char *what)
{
    void *found = p->failed ? NULL : item(p);
    if (found == NULL && !p->failed) Syntax_Here(p, EXC(SyntaxError), "expected %s", what);
    return found;
}

/* ---- places ---- */

Token *Peg_Last(Parser *p)
{
    int at = p->mark - 1;
    while (at > 0) {
        int kind = p->tokens[at]->kind;
        if (kind != T_NEWLINE && kind != T_INDENT && kind != T_DEDENT && kind != T_ENDMARKER) break;
        at--;
    }
    return p->tokens[at < 0 ? 0 : at];
}

Location Peg_Span(Parser *p, int start)
{
    Location at = p->tokens[start]->at;
    const Token *last = Peg_Last(p);
    at.end_line = last->at.end_line, at.end_col = last->at.end_col;
    return at;
}
