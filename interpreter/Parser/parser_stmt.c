/* Statements. */
#include "rabbit.h"
#include "parser.h"

static int block(Parser *p, Seq *body, const char *after, int line);
static Node *expression_or_fail(Parser *p) { return Parse_NamedExpr(p); }

/* ---- simple statements ---- */
static const struct { const char *text; int op; } augmented[] = {
    {"+=", NB_ADD}, {"-=", NB_SUB}, {"*=", NB_MUL}, {"/=", NB_TRUEDIV}, {"//=", NB_FLOORDIV}, {"%=", NB_MOD}, {"@=", NB_MATMUL},
    {"&=", NB_AND}, {"|=", NB_OR}, {"^=", NB_XOR}, {"<<=", NB_LSHIFT}, {">>=", NB_RSHIFT}, {"**=", NB_POW}};

static Node *assignment(Parser *p, Token *at, Node *first)
{
    NodeList targets = {0};
    Node *value = first;
    Token *where = at;
    while (Tok_Is(p, "=")) {
        if (Check_Target(p, value, where, "assign") < 0) {
            return NULL;
        }
        p->tok++;
        where = p->tok;
        TRY_NODE(NodeList_Add(p, &targets, value));
        if ((value = Parse_StarExprs(p)) == NULL) {
            return NULL;
        }
    }
    for (Size i = 0; i < targets.n; i++) {
        if (targets.items[i]->kind == N_STARRED) {
            return Parse_Fail(p, at, "starred assignment target must be in a list or tuple");
        }
    }
    Node *n = Node_New(p, N_ASSIGN, at);
    if (n != NULL) {
        n->s1 = SEQ(targets), n->a = value;
    }
    return n;
}

static Node *annotated(Parser *p, Token *at, Node *target)
{
    Node *n = Node_New(p, N_ANNASSIGN, at);
    if (target->kind != N_NAME && target->kind != N_ATTRIBUTE && target->kind != N_SUBSCRIPT) {
        return Parse_Fail(p, at, target->kind == N_TUPLE || target->kind == N_LIST ? "only single target (not %s) can be annotated" : "illegal target for annotation",
                          target->kind == N_TUPLE ? "tuple" : "list");
    }
    p->tok++;
    if (n == NULL || (n->b = Parse_Expression(p)) == NULL || (Tok_Accept(p, "=") && (n->c = Parse_StarExprs(p)) == NULL)) {
        return NULL;
    }
    n->a = target;
    n->op = at[0].kind == TK_OP;                /* (x): int is not a plain name */
    return n;
}

static Node *expression_statement(Parser *p)
{
    Token *at = p->tok;
    Node *value = Parse_StarExprs(p);
    if (value == NULL || Tok_Is(p, "=")) {
        return value == NULL ? NULL : assignment(p, at, value);
    }
    if (Tok_Is(p, ":")) {
        return annotated(p, at, value);
    }
    for (Size i = 0; i < COUNT(augmented); i++) {
        if (Tok_Accept(p, augmented[i].text)) {
            Node *n = Node_New(p, N_AUGASSIGN, at);
            if (value->kind != N_NAME && value->kind != N_ATTRIBUTE && value->kind != N_SUBSCRIPT) {
                return Parse_Fail(p, at, "'%s' is an illegal expression for augmented assignment", value->kind == N_TUPLE ? "tuple" : value->kind == N_LIST ? "list"
                                  : value->kind == N_CALL ? "function call" : value->kind == N_CONST ? "literal" : "expression");
            }
            if (n == NULL || (n->b = Parse_StarExprs(p)) == NULL) return NULL;
            n->a = value, n->op = augmented[i].op;
            return n;
        }
    }
    Node *n = Node_New(p, N_EXPR, at);
    if (n != NULL) {
        n->a = value;
    }
    return n;
}

static Node *dotted_name(Parser *p)
{
    Node *n = Node_New(p, N_ALIAS, p->tok);
    Object *name = n == NULL ? NULL : Parse_Name(p);
    while (name != NULL && Tok_Accept(p, ".")) {
        Object *part = Parse_Name(p);
        name = part == NULL ? NULL : Arena_Own(p->arena, Str_Intern(Str_Format("%U.%U", name, part)));
    }
    if (name == NULL) {
        return NULL;
    }
    n->name = name;
    return n;
}

static int as_name(Parser *p, Node *alias)
{
    if (!Tok_Accept(p, "as")) {
        return 0;
    }
    alias->a = Node_New(p, N_NAME, p->tok);
    return alias->a == NULL || (alias->a->name = Parse_Name(p)) == NULL ? -1 : 0;
}

static Node *import_statement(Parser *p)
{
    Node *n = Node_New(p, N_IMPORT, p->tok++);
    NodeList list = {0};
    do {
        Node *alias = dotted_name(p);
        if (n == NULL || alias == NULL || as_name(p, alias) < 0 || NodeList_Add(p, &list, alias) < 0) {
            return NULL;
        }
    } while (Tok_Accept(p, ","));
    n->s1 = SEQ(list);
    return n;
}

static Node *from_statement(Parser *p)
{
    Node *n = Node_New(p, N_IMPORTFROM, p->tok++);
    NodeList list = {0};
    if (n == NULL) {
        return NULL;
    }
    while (Tok_Is(p, ".") || Tok_Is(p, "...")) {
        n->op += Tok_Is(p, ".") ? 1 : 3;
        p->tok++;
    }
    if (!Tok_Is(p, "import")) {
        Node *name = dotted_name(p);
        if (name == NULL) return NULL;
        n->name = name->name;
    } else if (n->op == 0) {
        return Parse_Fail(p, p->tok, "invalid syntax");
    }
    if (Tok_Expect(p, "import") < 0) {
        return NULL;
    }
    if (Tok_Is(p, "*")) {
        Node *star = Node_New(p, N_ALIAS, p->tok++);
        if (star == NULL || (star->name = Arena_Own(p->arena, Str_Id("*"))) == NULL || NodeList_Add(p, &list, star) < 0) return NULL;
        n->s1 = SEQ(list);
        return n;
    }
    bool paren = Tok_Accept(p, "(");
    do {
        Node *alias = Node_New(p, N_ALIAS, p->tok);
        if (alias == NULL || (alias->name = Parse_Name(p)) == NULL || as_name(p, alias) < 0 || NodeList_Add(p, &list, alias) < 0) {
            return NULL;
        }
    } while (Tok_Accept(p, ",") && !(paren && Tok_Is(p, ")")));
    n->s1 = SEQ(list);
    return paren && Tok_Expect(p, ")") < 0 ? NULL : n;
}

static Node *names_statement(Parser *p, NodeKind kind)
{
    Node *n = Node_New(p, kind, p->tok++);
    NodeList list = {0};
    do {
        Node *name = Node_New(p, N_NAME, p->tok);
        if (n == NULL || name == NULL || (name->name = Parse_Name(p)) == NULL || NodeList_Add(p, &list, name) < 0) {
            return NULL;
        }
    } while (Tok_Accept(p, ","));
    n->s1 = SEQ(list);
    return n;
}

static bool at_end(Parser *p) { return p->tok->kind == TK_NEWLINE || p->tok->kind == TK_END || Tok_Is(p, ";"); }

static Node *raise_statement(Parser *p)
{
    Node *n = Node_New(p, N_RAISE, p->tok++);
    if (n == NULL || at_end(p)) {
        return n;
    }
    if ((n->a = Parse_Expression(p)) == NULL || (Tok_Accept(p, "from") && (n->b = Parse_Expression(p)) == NULL)) {
        return NULL;
    }
    return n;
}

static Node *return_statement(Parser *p)
{
    Node *n = Node_New(p, N_RETURN, p->tok++);
    return n == NULL || (!at_end(p) && (n->a = Parse_StarExprs(p)) == NULL) ? NULL : n;
}

static Node *assert_statement(Parser *p)
{
    Node *n = Node_New(p, N_ASSERT, p->tok++);
    if (n == NULL || (n->a = Parse_Expression(p)) == NULL || (Tok_Accept(p, ",") && (n->b = Parse_Expression(p)) == NULL)) {
        return NULL;
    }
    return n;
}

static Node *del_statement(Parser *p)
{
    Node *n = Node_New(p, N_DELETE, p->tok++);
    Token *at = p->tok;
    NodeList list = {0};
    Node *targets = n == NULL ? NULL : Parse_Targets(p);
    if (targets == NULL || Check_Target(p, targets, at, "delete") < 0 || NodeList_Add(p, &list, targets) < 0) {
        return NULL;
    }
    n->s1 = SEQ(list);
    return n;
}

static Node *simple_statement(Parser *p)
{
    static const struct { const char *word; NodeKind kind; } words[] = {{"pass", N_PASS}, {"break", N_BREAK}, {"continue", N_CONTINUE}};
    for (Size i = 0; i < COUNT(words); i++) {
        if (Tok_Is(p, words[i].word)) {
            return Node_New(p, words[i].kind, p->tok++);
        }
    }
    if (Tok_Is(p, "return")) return return_statement(p);
    if (Tok_Is(p, "raise")) return raise_statement(p);
    if (Tok_Is(p, "import")) return import_statement(p);
    if (Tok_Is(p, "from")) return from_statement(p);
    if (Tok_Is(p, "global")) return names_statement(p, N_GLOBAL);
    if (Tok_Is(p, "nonlocal")) return names_statement(p, N_NONLOCAL);
    if (Tok_Is(p, "assert")) return assert_statement(p);
    if (Tok_Is(p, "del")) return del_statement(p);
    return expression_statement(p);
}

static int simple_line(Parser *p, NodeList *list)
{
    do {
        TRY_INT(NodeList_Add(p, list, simple_statement(p)));
    } while (Tok_Accept(p, ";") && p->tok->kind != TK_NEWLINE);
    if (p->tok->kind == TK_END) {
        return 0;
    }
    if (p->tok->kind != TK_NEWLINE) {
        return Err_Minus(Parse_Fail(p, p->tok, "invalid syntax"));
    }
    p->tok++;
    return 0;
}

/* ---- compound statements ---- */
static Node *if_statement(Parser *p)
{
    Token *at = p->tok++;
    Node *n = Node_New(p, N_IF, at);
    if (n == NULL || (n->a = expression_or_fail(p)) == NULL || Tok_Expect(p, ":") < 0
        || block(p, &n->s1, Tok_IsAt(at, "elif") ? "'elif' statement" : "'if' statement", at->line) < 0) {
        return NULL;
    }
    if (Tok_Is(p, "elif")) {
        NodeList list = {0};
        if (!Stack_Ok(" during compilation") || NodeList_Add(p, &list, if_statement(p)) < 0) {
            return NULL;
        }
        n->s2 = SEQ(list);
        return n;
    }
    at = p->tok;
    if (Tok_Accept(p, "else") && (Tok_Expect(p, ":") < 0 || block(p, &n->s2, "'else' statement", at->line) < 0)) {
        return NULL;
    }
    return n;
}

static int else_part(Parser *p, Seq *body)
{
    Token *at = p->tok;
    return Tok_Accept(p, "else") && (Tok_Expect(p, ":") < 0 || block(p, body, "'else' statement", at->line) < 0) ? -1 : 0;
}

static Node *while_statement(Parser *p)
{
    Token *at = p->tok++;
    Node *n = Node_New(p, N_WHILE, at);
    if (n == NULL || (n->a = expression_or_fail(p)) == NULL || Tok_Expect(p, ":") < 0
        || block(p, &n->s1, "'while' statement", at->line) < 0 || else_part(p, &n->s2) < 0) {
        return NULL;
    }
    return n;
}

static Node *for_statement(Parser *p)
{
    Token *at = p->tok++;
    Node *n = Node_New(p, N_FOR, at);
    if (n == NULL || (n->a = Parse_Targets(p)) == NULL || Check_Target(p, n->a, at + 1, "assign") < 0 || Tok_Expect(p, "in") < 0
        || (n->b = Parse_StarExprs(p)) == NULL || Tok_Expect(p, ":") < 0 || block(p, &n->s1, "'for' statement", at->line) < 0
        || else_part(p, &n->s2) < 0) {
        return NULL;
    }
    return n;
}

static Node *handler(Parser *p)
{
    Token *at = p->tok++;
    Node *n = Node_New(p, N_HANDLER, at);
    if (n == NULL) {
        return NULL;
    }
    if (Tok_Is(p, "*")) {
        return Parse_Fail(p, p->tok, "'except*' is not supported yet");
    }
    if (!Tok_Is(p, ":")) {
        if ((n->a = Parse_Expression(p)) == NULL) return NULL;
        if (Tok_Is(p, ",")) return Parse_Fail(p, at, "multiple exception types must be parenthesized");
        if (Tok_Accept(p, "as") && (n->name = Parse_Name(p)) == NULL) return NULL;
    }
    return Tok_Expect(p, ":") < 0 || block(p, &n->s1, "'except' statement", at->line) < 0 ? NULL : n;
}

static Node *try_statement(Parser *p)
{
    Token *at = p->tok++;
    Node *n = Node_New(p, N_TRY, at);
    NodeList handlers = {0};
    if (n == NULL || Tok_Expect(p, ":") < 0 || block(p, &n->s1, "'try' statement", at->line) < 0) {
        return NULL;
    }
    while (Tok_Is(p, "except")) {
        if (handlers.n > 0 && handlers.items[handlers.n - 1]->a == NULL) {
            return Parse_Fail(p, p->tok, "default 'except:' must be last");
        }
        TRY_NODE(NodeList_Add(p, &handlers, handler(p)));
    }
    n->s3 = SEQ(handlers);
    if (handlers.n > 0 && else_part(p, &n->s2) < 0) {
        return NULL;
    }
    Token *last = p->tok;
    if (Tok_Accept(p, "finally")) {
        return Tok_Expect(p, ":") < 0 || block(p, &n->s4, "'finally' statement", last->line) < 0 ? NULL : n;
    }
    return handlers.n == 0 ? Parse_Fail(p, p->tok, "expected 'except' or 'finally' block") : n;
}

/* with (a as b, c): is the parenthesis the statement's own? Then ':' follows its end. */
static bool with_parens(Parser *p)
{
    int depth = 0;
    if (!Tok_Is(p, "(")) {
        return false;
    }
    for (Token *t = p->tok; t->kind != TK_END && t->kind != TK_NEWLINE; t++) {
        depth += Tok_IsAt(t, "(") || Tok_IsAt(t, "[") || Tok_IsAt(t, "{");
        depth -= Tok_IsAt(t, ")") || Tok_IsAt(t, "]") || Tok_IsAt(t, "}");
        if (depth == 0) {
            return Tok_IsAt(t + 1, ":");
        }
    }
    return false;
}

static Node *with_statement(Parser *p)
{
    Token *at = p->tok++;
    Node *n = Node_New(p, N_WITH, at);
    NodeList items = {0};
    bool parens = with_parens(p);
    p->tok += parens;
    do {
        if (parens && Tok_Is(p, ")")) break;
        Node *item = Node_New(p, N_WITHITEM, p->tok);
        if (n == NULL || item == NULL || (item->a = Parse_NamedExpr(p)) == NULL) {
            return NULL;
        }
        Token *target = p->tok + 1;
        if (Tok_Accept(p, "as")) {
            if ((item->b = Parse_Disjunction(p)) == NULL || Check_Target(p, item->b, target, "assign") < 0) return NULL;
        }
        TRY_NODE(NodeList_Add(p, &items, item));
    } while (Tok_Accept(p, ","));
    n->s3 = SEQ(items);
    if (parens && Tok_Expect(p, ")") < 0) {
        return NULL;
    }
    return Tok_Expect(p, ":") < 0 || block(p, &n->s1, "'with' statement", at->line) < 0 ? NULL : n;
}

static Node *function_definition(Parser *p, Seq decorators)
{
    Token *at = p->tok++;
    Node *n = Node_New(p, N_FUNCTION, at);
    if (n == NULL || (n->name = Parse_Name(p)) == NULL || (Tok_Is(p, "(") ? 0 : Err_Minus(Parse_Fail(p, p->tok, "expected '('"))) < 0) {
        return NULL;
    }
    p->tok++;
    if ((n->d = Parse_Arguments(p, ")", true)) == NULL || Tok_Expect(p, ")") < 0 || (Tok_Accept(p, "->") && (n->a = Parse_Expression(p)) == NULL)
        || Tok_Expect(p, ":") < 0 || block(p, &n->s1, "function definition", at->line) < 0) {
        return NULL;
    }
    n->s2 = decorators;
    return n;
}

static Node *class_definition(Parser *p, Seq decorators)
{
    Token *at = p->tok++;
    Node *n = Node_New(p, N_CLASS, at);
    if (n == NULL || (n->name = Parse_Name(p)) == NULL || (Tok_Accept(p, "(") && Parse_CallArgs(p, &n->s3, &n->s4) < 0)
        || Tok_Expect(p, ":") < 0 || block(p, &n->s1, "class definition", at->line) < 0) {
        return NULL;
    }
    n->s2 = decorators;
    return n;
}

static Node *decorated(Parser *p)
{
    NodeList list = {0};
    while (Tok_Accept(p, "@")) {
        TRY_NODE(NodeList_Add(p, &list, Parse_NamedExpr(p)));
        if (p->tok->kind != TK_NEWLINE) {
            return Parse_Fail(p, p->tok, "invalid syntax");
        }
        p->tok++;
    }
    if (Tok_Is(p, "def")) return function_definition(p, SEQ(list));
    if (Tok_Is(p, "class")) return class_definition(p, SEQ(list));
    return Parse_Fail(p, p->tok, "invalid syntax");
}

static int statement(Parser *p, NodeList *list)
{
    static const struct { const char *word; Node *(*parse)(Parser *); } compound[] = {
        {"if", if_statement}, {"while", while_statement}, {"for", for_statement}, {"try", try_statement}, {"with", with_statement}, {"@", decorated}};
    if (!Stack_Ok(" during compilation")) {
        return -1;
    }
    for (Size i = 0; i < COUNT(compound); i++) {
        if (Tok_Is(p, compound[i].word)) {
            return NodeList_Add(p, list, compound[i].parse(p));
        }
    }
    Seq none = {0, NULL};
    if (Tok_Is(p, "def")) return NodeList_Add(p, list, function_definition(p, none));
    if (Tok_Is(p, "class")) return NodeList_Add(p, list, class_definition(p, none));
    if (Tok_Is(p, "async")) return Err_Minus(Parse_Fail(p, p->tok, "'async' is not supported yet"));
    return simple_line(p, list);
}

/* The body after a colon: the rest of the line, or an indented block. */
static int block(Parser *p, Seq *body, const char *after, int line)
{
    NodeList list = {0};
    if (p->tok->kind != TK_NEWLINE) {
        TRY_INT(simple_line(p, &list));
        *body = SEQ(list);
        return 0;
    }
    p->tok++;
    if (p->tok->kind != TK_INDENT) {
        Err_Syntax(EXC(IndentationError), p->filename, p->tok->line, p->tok->col, p->source, "expected an indented block after %s on line %d", after, line);
        return -1;
    }
    p->tok++;
    while (p->tok->kind != TK_DEDENT && p->tok->kind != TK_END) {
        TRY_INT(statement(p, &list));
    }
    p->tok += p->tok->kind == TK_DEDENT;
    *body = SEQ(list);
    return 0;
}

Node *Parse_File(Parser *p, ParseMode mode)
{
    Node *n = Node_New(p, N_MODULE, p->tok);
    NodeList list = {0};
    if (n == NULL) {
        return NULL;
    }
    if (mode == MODE_EVAL) {
        n->a = Parse_StarExprs(p);
        while (p->tok->kind == TK_NEWLINE) p->tok++;
        return n->a == NULL ? NULL : p->tok->kind != TK_END ? Parse_Fail(p, p->tok, "invalid syntax") : n;
    }
    while (p->tok->kind != TK_END) {
        if (p->tok->kind == TK_NEWLINE) {
            p->tok++;
            continue;
        }
        TRY_NODE(statement(p, &list));
    }
    n->s1 = SEQ(list);
    return n;
}

/* `source` is UTF-8 and ends with '\0' at source[len]. */
Node *Parse_Source(Arena *arena, const char *source, Size len, const char *filename, ParseMode mode)
{
    const char *nul = memchr(source, '\0', (size_t)len);
    if (nul != NULL) {
        return Err_Set(EXC(SyntaxError), "source code string cannot contain null bytes");
    }
    Object *check = Str_FromUtf8(source, len, NULL);
    if (check == NULL) {
        Object *cause = Err_Fetch();
        Err_Syntax(EXC(SyntaxError), filename, 1, 0, NULL, "(unicode error) %S", cause);
        XUnref(cause);
        return NULL;
    }
    Unref(check);
    while (mode == MODE_EVAL && (*source == ' ' || *source == '\t')) {
        source++, len--;
    }
    Tokens tokens = {NULL, 0, 0};
    Node *n = NULL;
    if (Lex(&tokens, source, source + len, filename, 1, false) == 0) {
        Parser p = {arena, source, filename, tokens.items, false};
        n = Parse_File(&p, mode);
    }
    Tokens_Free(&tokens);
    return n;
}
