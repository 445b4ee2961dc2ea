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
    p->explain = true;
    run(p);
}

static Mod *parse(Parser *p)
{
    Mod *tree = run(p);
    if (tree != NULL && !p->failed) return tree;
    if (p->failed) {
        if (Err_Matches(EXC(SyntaxError)) && !p->lexer.failed) Syntax_CheckRest(p);
        return NULL;
    }
    Token *last = p->tokens[p->ntokens - 1];
    second_pass(p);
    Syntax_Explain(p, last);
    return NULL;
}

Mod *Ast_Parse(Arena *arena, const char *text, Size len, const char *filename, ParseMode mode)
{
    Source source;
    Parser *p = NULL;
    Mod *tree = NULL;
    if (Source_Init(&source, text, len, filename, (mode & PARSE_BYTES) != 0) == 0) {
        p = Mem_Zalloc(sizeof(Parser));
        if (p == NULL) Err_NoMemory();
    }
    if (p != NULL) {
        p->arena = arena, p->source = &source, p->mode = mode & ~(unsigned)PARSE_BYTES;
        Lex_Init(&p->lexer, &source);
        tree = parse(p);
        Mem_Free(p->tokens);
        Mem_Free(p->items.at);
        Mem_Free(p);
    }
    Source_Free(&source);
    return tree;
}
