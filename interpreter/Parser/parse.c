/* Ast_Parse: text in, tree out. The first pass only knows what is right; when it fails, a second one looks for what went wrong. */
#include "rabbit.h"
#include "parser.h"

void *r_file_input(Parser *p);
void *r_eval_input(Parser *p);
void *r_single_input(Parser *p);

static void *run(Parser *p)
{
    static const RuleFn starts[] = {[MODE_EXEC] = r_file_input, [MODE_EVAL] = r_eval_input, [MODE_SINGLE] = r_single_input};
    return starts[p->mode](p);
}

/* Back to the first token, keeping all, but not what was known about them. */
static void second_pass(Parser *p)
{
    for (int i = 0; i < p->ntokens; i++) p->tokens[i]->memo = NULL;
    p->mark = p->depth = 0;
    p->items.n = 0;
    p->explain = p->lexer.silent = true;
    run(p);
}

/* Is there anything but blanks and comments where the lexer stands? */
static bool more_follows(const Lexer *x)
{
    const char *s = x->cur;
    for (; s < x->source->end; s++) {
        if (*s == '#') s += strcspn(s, "\n");
        else if (strchr(" \t\n\f", *s) == NULL) return true;
    }
    return false;
}

static Mod *parse(Parser *p)
{
    Mod *tree = run(p);
    if (tree != NULL && !p->failed && p->mode == MODE_SINGLE && more_follows(&p->lexer)) {
        return ERROR_AT(p->tokens[p->ntokens - 1], "multiple statements found while compiling a single statement");
    }
    if (tree != NULL && !p->failed) return tree;
    if (p->incomplete_allowed && p->lexer.at_end && (!Err_Occurred() || Err_Swallow(EXC(SyntaxError)))) {
        return ERROR_AT(p->tokens[p->ntokens - 1], "incomplete input");
    }
    if (p->failed) {
        if (Err_Matches(EXC(SyntaxError)) && !p->lexer.failed) Syntax_CheckRest(p);
        return NULL;
    }
    Token *last = p->tokens[p->ntokens - 1];
    second_pass(p);
    Syntax_Explain(p, last);
    return NULL;
}

static Mod *parse_source(Arena *arena, Source *source, ParseMode mode, bool incomplete_allowed)
{
    Parser *p = Mem_Zalloc(sizeof(Parser));
    if (p == NULL) return Err_NoMemory();
    p->arena = arena, p->source = source, p->mode = mode, p->incomplete_allowed = incomplete_allowed;
    Lex_Init(&p->lexer, source);
    Mod *tree = parse(p);
    Mem_Free(p->tokens);
    Mem_Free(p->items.at);
    Mem_Free(p);
    return tree;
}

Mod *Ast_Parse(Arena *arena, const char *text, Size len, const char *filename, ParseMode mode)
{
    Source source;
    Mod *tree = NULL;
    ParseMode plain = mode & ~(unsigned)(PARSE_BYTES | PARSE_INCOMPLETE | PARSE_SCRIPT);
    if (Source_Init(&source, text, len, filename, mode & (PARSE_BYTES | PARSE_SCRIPT), plain == MODE_EXEC) == 0) {
        tree = parse_source(arena, &source, plain, (mode & PARSE_INCOMPLETE) != 0);
    }
    Source_Free(&source);
    return tree;
}
