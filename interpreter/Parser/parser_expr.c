/* Expressions, by recursive descent; binary operators by precedence. */
#include "rabbit.h"
#include "parser.h"

/* ---- tools ---- */
Node *Node_New(Parser *p, NodeKind kind, Token *at)
{
    Node *n = Arena_Alloc(p->arena, sizeof(Node));
    if (n != NULL) {
        n->kind = kind, n->line = at->line, n->col = at->col;
    }
    return n;
}

int NodeList_Add(Parser *p, NodeList *list, Node *node)
{
    if (node == NULL) {
        return -1;
    }
    if (list->n == list->cap) {
        Size cap = list->cap * 2 + 4;
        Node **items = Arena_Alloc(p->arena, (size_t)cap * sizeof(Node *));
        if (items == NULL) {
            return -1;
        }
        if (list->n > 0) {
            Mem_Copy(items, list->items, (size_t)list->n * sizeof(Node *));
        }
        list->items = items;
        list->cap = cap;
    }
    list->items[list->n++] = node;
    return 0;
}

bool Tok_IsAt(Token *t, const char *text)
{
    size_t n = strlen(text);
    return (t->kind == TK_OP || t->kind == TK_KEYWORD) && (size_t)(t->end - t->start) == n && memcmp(t->start, text, n) == 0;
}
bool Tok_Is(Parser *p, const char *text) { return Tok_IsAt(p->tok, text); }
bool Tok_Accept(Parser *p, const char *text)
{
    bool yes = Tok_Is(p, text);
    p->tok += yes;
    return yes;
}
int Tok_Expect(Parser *p, const char *text)
{
    if (Tok_Accept(p, text)) {
        return 0;
    }
    Parse_Fail(p, p->tok, strcmp(text, ":") == 0 && !p->fstring ? "expected ':'" : "invalid syntax");
    return -1;
}

void *Parse_Fail(Parser *p, Token *at, const char *format, ...)
{
    va_list args;
    if (Err_Occurred()) {
        return NULL;
    }
    va_start(args, format);
    Object *text = Str_FormatV(format, args);
    va_end(args);
    bool indent = at->kind == TK_INDENT;
    if (text != NULL) {
        Err_Syntax(indent ? EXC(IndentationError) : EXC(SyntaxError), p->filename, at->line, at->col, p->fstring ? NULL : p->source,
                   p->fstring ? "f-string: %s" : "%s", indent ? "unexpected indent" : Str_Text(text));
    }
    XUnref(text);
    return NULL;
}

static Object *own_text(Parser *p, Token *t)
{
    return Arena_Own(p->arena, Str_Intern(Str_FromUtf8(t->start, t->end - t->start, NULL)));
}

Object *Parse_Name(Parser *p)
{
    if (p->tok->kind != TK_NAME) {
        return Parse_Fail(p, p->tok, "invalid syntax");
    }
    Object *name = own_text(p, p->tok++);
    for (Size i = 0; name != NULL && !((Str *)name)->ascii && i < STR_LEN(name); i++) {
        uint32_t c = Str_At(name, i);
        if (c >= 128 && !Char_IsAlpha(c)) {
            return Parse_Fail(p, p->tok - 1, "invalid character '%c' (U+%x)", (int)c, c);
        }
    }
    return name;
}

static Node *name_node(Parser *p)
{
    Node *n = Node_New(p, N_NAME, p->tok);
    if (n == NULL || (n->name = Parse_Name(p)) == NULL) {
        return NULL;
    }
    return n;
}

static Node *const_node(Parser *p, Token *at, Object *value)
{
    Node *n = Node_New(p, N_CONST, at);
    if (n == NULL || value == NULL || (n->name = Arena_Own(p->arena, value)) == NULL) {
        return NULL;
    }
    return n;
}

/* ---- targets ---- */
static const char *describe(Node *n)
{
    switch (n->kind) {
    case N_CONST:
        return n->name == True ? "True" : n->name == False ? "False" : n->name == None ? "None" : n->name == Ellipsis ? "ellipsis" : "literal";
    case N_CALL: return "function call";
    case N_LAMBDA: return "lambda";
    case N_BINOP: case N_UNARY: case N_BOOLOP: return "expression";
    case N_COMPARE: return "comparison";
    case N_IFEXP: return "conditional expression";
    case N_DICT: return "dict literal";
    case N_SET: return "set display";
    case N_LISTCOMP: return "list comprehension";
    case N_SETCOMP: return "set comprehension";
    case N_DICTCOMP: return "dict comprehension";
    case N_GENEXP: return "generator expression";
    case N_YIELD: case N_YIELDFROM: return "yield expression";
    case N_JOINEDSTR: return "f-string expression";
    case N_NAMEDEXPR: return "named expression";
    case N_NAME: return "name";
    case N_ATTRIBUTE: return "attribute";
    case N_SUBSCRIPT: return "subscript";
    case N_TUPLE: return "tuple";
    case N_LIST: return "list";
    case N_STARRED: return "starred";
    default: return "expression";
    }
}

int Check_Target(Parser *p, Node *n, Token *at, const char *verb)
{
    bool deletes = strcmp(verb, "delete") == 0;
    if (!Stack_Ok(" during compilation")) {
        return -1;
    }
    switch (n->kind) {
    case N_NAME: case N_ATTRIBUTE: case N_SUBSCRIPT:
        return 0;
    case N_STARRED:
        if (!deletes) {
            return Check_Target(p, n->a, at, verb);
        }
        break;
    case N_TUPLE: case N_LIST:
        for (Size i = 0; i < n->s1.n; i++) {
            TRY_INT(Check_Target(p, n->s1.items[i], at, verb));
        }
        return 0;
    default:
        break;
    }
    bool maybe_eq = !deletes && (n->kind == N_CALL || n->kind == N_BINOP || n->kind == N_UNARY || (n->kind == N_CONST && n->name != None
                    && n->name != True && n->name != False) || n->kind == N_COMPARE || n->kind == N_BOOLOP) && Tok_Is(p, "=");
    Parse_Fail(p, at, maybe_eq ? "cannot %s to %s here. Maybe you meant '==' instead of '='?" : deletes ? "cannot %s %s" : "cannot %s to %s", verb, describe(n));
    return -1;
}

/* ---- atoms ---- */
static Node *comprehension(Parser *p, NodeKind kind, Token *at, Node *a, Node *b)
{
    Node *n = Node_New(p, kind, at);
    NodeList fors = {0};
    if (n == NULL) {
        return NULL;
    }
    while (Tok_Is(p, "for") || Tok_Is(p, "async")) {
        Node *f = Node_New(p, N_COMPFOR, p->tok);
        NodeList ifs = {0};
        if (f == NULL || (Tok_Is(p, "async") ? Parse_Fail(p, p->tok, "asynchronous comprehension outside of an asynchronous function") == NULL : 0)) {
            return NULL;
        }
        p->tok++;
        Token *target = p->tok;
        if ((f->a = Parse_Targets(p)) == NULL || Check_Target(p, f->a, target, "assign") < 0 || Tok_Expect(p, "in") < 0) {
            return NULL;
        }
        if ((f->b = Parse_Disjunction(p)) == NULL) {
            return NULL;
        }
        while (Tok_Accept(p, "if")) {
            Token *here = p->tok;
            Node *test = Parse_Disjunction(p);
            if (test != NULL && test->kind == N_NAME && Tok_Is(p, ":=")) {
                p->tok = here;
                test = Parse_NamedExpr(p);
            }
            if (NodeList_Add(p, &ifs, test) < 0) return NULL;
        }
        f->s1 = SEQ(ifs);
        if (NodeList_Add(p, &fors, f) < 0) {
            return NULL;
        }
    }
    n->a = a, n->b = b, n->s1 = SEQ(fors);
    if (a->kind == N_STARRED) {
        return Parse_Fail(p, at, "iterable unpacking cannot be used in comprehension");
    }
    return n;
}

static Node *star_or_named(Parser *p)
{
    if (!Tok_Is(p, "*")) {
        return Parse_NamedExpr(p);
    }
    Node *n = Node_New(p, N_STARRED, p->tok++);
    return n == NULL || (n->a = Parse_Binary(p, 1)) == NULL ? NULL : n;
}

static Node *yield_expr(Parser *p)
{
    Token *at = p->tok++;
    if (Tok_Accept(p, "from")) {
        Node *n = Node_New(p, N_YIELDFROM, at);
        return n == NULL || (n->a = Parse_Expression(p)) == NULL ? NULL : n;
    }
    Node *n = Node_New(p, N_YIELD, at);
    bool bare = p->tok->kind == TK_NEWLINE || p->tok->kind == TK_END || Tok_Is(p, ")") || Tok_Is(p, "]") || Tok_Is(p, "}") || Tok_Is(p, "=") || Tok_Is(p, ";");
    return n == NULL || (!bare && (n->a = Parse_StarExprs(p)) == NULL) ? NULL : n;
}

/* items up to the closing bracket, the first already read */
static int more_items(Parser *p, NodeList *list, const char *close)
{
    while (Tok_Accept(p, ",") && !Tok_Is(p, close)) {
        TRY_INT(NodeList_Add(p, list, star_or_named(p)));
    }
    if (!Tok_Is(p, close) && (p->tok->kind == TK_NAME || p->tok->kind == TK_NUMBER || p->tok->kind == TK_STRING)) {
        return Err_Minus(Parse_Fail(p, list->n > 0 ? &(Token){TK_NAME, list->items[list->n - 1]->line, list->items[list->n - 1]->col, NULL, NULL} : p->tok,
                                    "invalid syntax. Perhaps you forgot a comma?"));
    }
    return Tok_Expect(p, close);
}

static Node *paren(Parser *p)
{
    Token *at = p->tok++;
    NodeList items = {0};
    if (Tok_Accept(p, ")")) {
        return Node_New(p, N_TUPLE, at);
    }
    if (Tok_Is(p, "yield")) {
        Node *y = yield_expr(p);
        return y == NULL || Tok_Expect(p, ")") < 0 ? NULL : y;
    }
    Node *first = star_or_named(p);
    if (first == NULL) {
        return NULL;
    }
    if (Tok_Is(p, "for") || Tok_Is(p, "async")) {
        Node *g = comprehension(p, N_GENEXP, at, first, NULL);
        return g == NULL || Tok_Expect(p, ")") < 0 ? NULL : g;
    }
    if (Tok_Accept(p, ")")) {
        return first->kind == N_STARRED ? Parse_Fail(p, at, "cannot use starred expression here") : first;
    }
    Node *n = Node_New(p, N_TUPLE, at);
    if (n == NULL || NodeList_Add(p, &items, first) < 0 || more_items(p, &items, ")") < 0) {
        return NULL;
    }
    n->s1 = SEQ(items);
    return n;
}

static Node *list_display(Parser *p)
{
    Token *at = p->tok++;
    NodeList items = {0};
    Node *n = Node_New(p, N_LIST, at);
    if (n == NULL || Tok_Accept(p, "]")) {
        return n;
    }
    Node *first = star_or_named(p);
    if (first != NULL && (Tok_Is(p, "for") || Tok_Is(p, "async"))) {
        Node *c = comprehension(p, N_LISTCOMP, at, first, NULL);
        return c == NULL || Tok_Expect(p, "]") < 0 ? NULL : c;
    }
    if (NodeList_Add(p, &items, first) < 0 || more_items(p, &items, "]") < 0) {
        return NULL;
    }
    n->s1 = SEQ(items);
    return n;
}

/* One entry of a dict: key: value, or **mapping, whose key is NULL. */
static int dict_entry(Parser *p, NodeList *keys, NodeList *values)
{
    if (Tok_Accept(p, "**")) {
        Node *value = Parse_Binary(p, 1);
        TRY_INT(NodeList_Add(p, keys, value));
        keys->items[keys->n - 1] = NULL;
        return NodeList_Add(p, values, value);
    }
    TRY_INT(NodeList_Add(p, keys, Parse_Expression(p)));
    TRY_INT(Tok_Expect(p, ":"));
    return NodeList_Add(p, values, Parse_Expression(p));
}

static Node *dict_or_set(Parser *p)
{
    Token *at = p->tok++;
    NodeList keys = {0}, values = {0};
    Node *n = Node_New(p, N_DICT, at);
    if (n == NULL || Tok_Accept(p, "}")) {
        return n;
    }
    if (!Tok_Is(p, "**")) {
        Node *first = star_or_named(p);
        if (first == NULL) {
            return NULL;
        }
        if (!Tok_Is(p, ":")) {
            if (Tok_Is(p, "for") || Tok_Is(p, "async")) {
                Node *c = comprehension(p, N_SETCOMP, at, first, NULL);
                return c == NULL || Tok_Expect(p, "}") < 0 ? NULL : c;
            }
            n->kind = N_SET;
            if (NodeList_Add(p, &keys, first) < 0 || more_items(p, &keys, "}") < 0) {
                return NULL;
            }
            n->s1 = SEQ(keys);
            return n;
        }
        p->tok++;
        Node *value = Parse_Expression(p);
        if (value != NULL && (Tok_Is(p, "for") || Tok_Is(p, "async"))) {
            Node *c = comprehension(p, N_DICTCOMP, at, first, value);
            return c == NULL || Tok_Expect(p, "}") < 0 ? NULL : c;
        }
        if (NodeList_Add(p, &keys, first) < 0 || NodeList_Add(p, &values, value) < 0) {
            return NULL;
        }
    } else if (dict_entry(p, &keys, &values) < 0) {
        return NULL;
    }
    while (Tok_Accept(p, ",") && !Tok_Is(p, "}")) {
        if (dict_entry(p, &keys, &values) < 0) {
            return NULL;
        }
    }
    n->s1 = SEQ(keys), n->s2 = SEQ(values);
    return Tok_Expect(p, "}") < 0 ? NULL : n;
}

static Object *number_value(Parser *p, Token *t)
{
    char few[64], *text = t->end - t->start < 60 ? few : Arena_Alloc(p->arena, (size_t)(t->end - t->start) + 1);
    if (text == NULL) {
        return NULL;
    }
    Mem_Copy(text, t->start, (size_t)(t->end - t->start));
    text[t->end - t->start] = '\0';
    bool hex = text[0] == '0' && (text[1] | 32) == 'x';
    if (!hex && strpbrk(text, ".eE") != NULL) {
        Object *s = Str_New(text), *r = s == NULL ? NULL : Float_FromText(s);
        XUnref(s);
        return r;
    }
    Object *r = Int_FromText(text, 0);
    if (r == NULL && !Err_Occurred()) {
        Parse_Fail(p, t, "Exceeds the limit (4300 digits) for integer string conversion - Consider hexadecimal for huge integer literals to avoid decimal conversion limits.");
    }
    return r;
}

static Node *atom(Parser *p)
{
    Token *t = p->tok;
    static const struct { const char *text; Object *value; } words[] = {
        {"None", None}, {"True", True}, {"False", False}, {"...", Ellipsis}};
    switch (t->kind) {
    case TK_NAME: return name_node(p);
    case TK_STRING: return Parse_Strings(p);
    case TK_NUMBER: p->tok++; return const_node(p, t, number_value(p, t));
    default: break;
    }
    for (Size i = 0; i < COUNT(words); i++) {
        if (Tok_Accept(p, words[i].text)) {
            return const_node(p, t, Ref(words[i].value));
        }
    }
    if (Tok_Is(p, "(")) return paren(p);
    if (Tok_Is(p, "[")) return list_display(p);
    if (Tok_Is(p, "{")) return dict_or_set(p);
    return Parse_Fail(p, t, p->fstring && t->kind == TK_END ? "expression required before '}'" : "invalid syntax");
}

/* ---- primaries ---- */
static Node *slice(Parser *p)
{
    Token *at = p->tok;
    Node *first = NULL;
    if (!Tok_Is(p, ":") && (first = star_or_named(p)) == NULL) {
        return NULL;
    }
    if (!Tok_Is(p, ":")) {
        return first;
    }
    Node *n = Node_New(p, N_SLICE, at);
    if (n == NULL) {
        return NULL;
    }
    n->a = first;
    Node **parts[] = {&n->b, &n->c};
    for (int i = 0; i < 2 && Tok_Accept(p, ":"); i++) {
        if (!Tok_Is(p, ":") && !Tok_Is(p, "]") && !Tok_Is(p, ",") && (*parts[i] = Parse_Expression(p)) == NULL) {
            return NULL;
        }
    }
    return n;
}

static Node *subscript(Parser *p, Node *object)
{
    Node *n = Node_New(p, N_SUBSCRIPT, p->tok++);
    Token *at = p->tok;
    NodeList items = {0};
    if (n == NULL || NodeList_Add(p, &items, slice(p)) < 0) {
        return NULL;
    }
    bool tuple = items.items[0]->kind == N_STARRED;
    while (Tok_Accept(p, ",")) {
        tuple = true;
        if (Tok_Is(p, "]")) break;
        if (NodeList_Add(p, &items, slice(p)) < 0) return NULL;
    }
    n->line = object->line;
    n->a = object, n->b = items.items[0];
    if (tuple) {
        if ((n->b = Node_New(p, N_TUPLE, at)) == NULL) return NULL;
        n->b->s1 = SEQ(items);
    }
    return Tok_Expect(p, "]") < 0 ? NULL : n;
}

static int call_arg(Parser *p, NodeList *args, NodeList *keywords)
{
    Token *at = p->tok;
    if (Tok_Is(p, "**") || (at->kind == TK_NAME && Tok_IsAt(at + 1, "="))) {
        Node *k = Node_New(p, N_KEYWORD, at);
        if (k == NULL) {
            return -1;
        }
        if (!Tok_Accept(p, "**")) {
            k->name = Parse_Name(p);
            p->tok++;
            for (Size i = 0; i < keywords->n; i++) {
                if (keywords->items[i]->name == k->name) {
                    return Err_Minus(Parse_Fail(p, at, "keyword argument repeated: %U", k->name));
                }
            }
        }
        k->a = Parse_Expression(p);
        return k->a == NULL ? -1 : NodeList_Add(p, keywords, k);
    }
    Node *value = star_or_named(p);
    if (value != NULL && (Tok_Is(p, "for") || Tok_Is(p, "async"))) {
        value = comprehension(p, N_GENEXP, at, value, NULL);
        if (value != NULL && (args->n + keywords->n > 0 || !Tok_Is(p, ")")) && !(Tok_Is(p, ",") && Tok_IsAt(p->tok + 1, ")") && args->n == 0)) {
            return Err_Minus(Parse_Fail(p, at, "Generator expression must be parenthesized"));
        }
    }
    if (value == NULL) {
        return -1;
    }
    for (Size i = 0; i < keywords->n && value->kind == N_STARRED; i++) {
        if (keywords->items[i]->name == NULL) {
            return Err_Minus(Parse_Fail(p, at, "iterable argument unpacking follows keyword argument unpacking"));
        }
    }
    if (keywords->n > 0 && value->kind != N_STARRED) {
        return Err_Minus(Parse_Fail(p, at, keywords->items[keywords->n - 1]->name == NULL ? "positional argument follows keyword argument unpacking"
                                    : "positional argument follows keyword argument"));
    }
    return NodeList_Add(p, args, value);
}

int Parse_CallArgs(Parser *p, Seq *args, Seq *keywords)
{
    NodeList a = {0}, k = {0};
    while (!Tok_Is(p, ")")) {
        TRY_INT(call_arg(p, &a, &k));
        if (!Tok_Accept(p, ",")) break;
    }
    if (!Tok_Is(p, ")") && (p->tok->kind == TK_NAME || p->tok->kind == TK_NUMBER || p->tok->kind == TK_STRING)) {
        return Err_Minus(Parse_Fail(p, p->tok, "invalid syntax. Perhaps you forgot a comma?"));
    }
    *args = SEQ(a), *keywords = SEQ(k);
    return Tok_Expect(p, ")");
}

static Node *primary(Parser *p)
{
    if (Tok_Is(p, "await")) {
        return Parse_Fail(p, p->tok, "'await' is not supported yet");
    }
    Node *n = atom(p);
    while (n != NULL) {
        Token *at = p->tok;
        if (Tok_Is(p, "[")) {
            n = subscript(p, n);
        } else if (Tok_Accept(p, ".")) {
            Node *attr = Node_New(p, N_ATTRIBUTE, at);
            if (attr == NULL || (attr->name = Parse_Name(p)) == NULL) return NULL;
            attr->a = n;
            n = attr;
        } else if (Tok_Accept(p, "(")) {
            Node *call = Node_New(p, N_CALL, at);
            if (call == NULL || Parse_CallArgs(p, &call->s1, &call->s2) < 0) return NULL;
            call->a = n;
            call->line = n->line;
            n = call;
        } else {
            break;
        }
    }
    return n;
}

static Node *factor(Parser *p);
static Node *binop(Parser *p, Token *at, Node *a, int op, Node *b)
{
    Node *n = a == NULL || b == NULL ? NULL : Node_New(p, N_BINOP, at);
    if (n != NULL) {
        n->a = a, n->b = b, n->op = op, n->line = a->line;
    }
    return n;
}

static Node *power(Parser *p)
{
    Node *n = primary(p);
    Token *at = p->tok;
    return n != NULL && Tok_Accept(p, "**") ? binop(p, at, n, NB_POW, factor(p)) : n;
}

static Node *unary(Parser *p, Token *at, int op, Node *a)
{
    Node *n = a == NULL ? NULL : Node_New(p, N_UNARY, at);
    if (n != NULL) {
        n->a = a, n->op = op;
    }
    return n;
}

static Node *factor(Parser *p)
{
    Token *at = p->tok;
    if (!Stack_Ok(" during compilation")) return NULL;
    if (Tok_Accept(p, "-")) return unary(p, at, UNARY_NEG, factor(p));
    if (Tok_Accept(p, "+")) return unary(p, at, UNARY_POS, factor(p));
    if (Tok_Accept(p, "~")) return unary(p, at, UNARY_INVERT, factor(p));
    return power(p);
}

static const struct { const char *text; int level, op; } binary_ops[] = {
    {"|", 1, NB_OR}, {"^", 2, NB_XOR}, {"&", 3, NB_AND}, {"<<", 4, NB_LSHIFT}, {">>", 4, NB_RSHIFT}, {"+", 5, NB_ADD}, {"-", 5, NB_SUB},
    {"*", 6, NB_MUL}, {"/", 6, NB_TRUEDIV}, {"//", 6, NB_FLOORDIV}, {"%", 6, NB_MOD}, {"@", 6, NB_MATMUL}};

Node *Parse_Binary(Parser *p, int level)
{
    Node *n = level > 6 ? factor(p) : Parse_Binary(p, 7);
    while (n != NULL && level <= 6 && p->tok->kind == TK_OP) {
        Size i = 0;
        while (i < COUNT(binary_ops) && !(binary_ops[i].level >= level && Tok_Is(p, binary_ops[i].text))) i++;
        if (i == COUNT(binary_ops)) {
            break;
        }
        Token *at = p->tok++;
        n = binop(p, at, n, binary_ops[i].op, Parse_Binary(p, binary_ops[i].level + 1));
    }
    return n;
}

static int compare_op(Parser *p)
{
    static const struct { const char *text; int op; } ops[] = {
        {"==", CMP_EQ}, {"!=", CMP_NE}, {"<", CMP_LT}, {"<=", CMP_LE}, {">", CMP_GT}, {">=", CMP_GE}, {"in", COMPARE_IN}};
    for (Size i = 0; i < COUNT(ops); i++) {
        if (Tok_Accept(p, ops[i].text)) {
            return ops[i].op;
        }
    }
    if (Tok_Is(p, "not") && Tok_IsAt(p->tok + 1, "in")) {
        p->tok += 2;
        return COMPARE_NOT_IN;
    }
    if (Tok_Accept(p, "is")) {
        return Tok_Accept(p, "not") ? COMPARE_IS_NOT : COMPARE_IS;
    }
    return -1;
}

static Node *comparison(Parser *p)
{
    Token *at = p->tok;
    Node *first = Parse_Binary(p, 1);
    NodeList rest = {0};
    for (int op; first != NULL && (at = p->tok, op = compare_op(p)) >= 0;) {
        Node *c = Node_New(p, N_CMP, at);
        if (c == NULL || (c->a = Parse_Binary(p, 1)) == NULL || NodeList_Add(p, &rest, c) < 0) {
            return NULL;
        }
        c->op = op;
    }
    if (first == NULL || rest.n == 0) {
        return first;
    }
    Node *n = Node_New(p, N_COMPARE, at);
    if (n != NULL) {
        n->a = first, n->s1 = SEQ(rest), n->line = first->line;
    }
    return n;
}

static Node *inversion(Parser *p)
{
    Token *at = p->tok;
    if (!Stack_Ok(" during compilation")) return NULL;
    return Tok_Accept(p, "not") ? unary(p, at, UNARY_NOT, inversion(p)) : comparison(p);
}

static Node *bool_op(Parser *p, const char *word, int op, Node *(*operand)(Parser *))
{
    Token *at = p->tok;
    Node *first = operand(p);
    NodeList list = {0};
    if (first == NULL || !Tok_Is(p, word)) {
        return first;
    }
    TRY_NODE(NodeList_Add(p, &list, first));
    while (Tok_Accept(p, word)) {
        TRY_NODE(NodeList_Add(p, &list, operand(p)));
    }
    Node *n = Node_New(p, N_BOOLOP, at);
    if (n != NULL) {
        n->s1 = SEQ(list), n->op = op;
    }
    return n;
}
static Node *conjunction(Parser *p) { return bool_op(p, "and", BOOL_AND, inversion); }
Node *Parse_Disjunction(Parser *p) { return bool_op(p, "or", BOOL_OR, conjunction); }

static Node *lambda(Parser *p)
{
    Node *n = Node_New(p, N_LAMBDA, p->tok++);
    if (n == NULL || (n->d = Parse_Arguments(p, ":", false)) == NULL || Tok_Expect(p, ":") < 0 || (n->a = Parse_Expression(p)) == NULL) {
        return NULL;
    }
    return n;
}

Node *Parse_Expression(Parser *p)
{
    Token *at = p->tok;
    if (!Stack_Ok(" during compilation")) {
        return NULL;
    }
    if (Tok_Is(p, "lambda")) {
        return lambda(p);
    }
    Node *value = Parse_Disjunction(p);
    if (value == NULL || !Tok_Is(p, "if")) {
        return value;
    }
    p->tok++;
    Node *n = Node_New(p, N_IFEXP, at);
    if (n == NULL || (n->a = Parse_Disjunction(p)) == NULL) {
        return NULL;
    }
    n->b = value;
    if (!Tok_Is(p, "else")) {
        return p->tok->kind == TK_END || Tok_Is(p, ":") ? Parse_Fail(p, p->tok, "invalid syntax") : Parse_Fail(p, at, "expected 'else' after 'if' expression");
    }
    p->tok++;
    return (n->c = Parse_Expression(p)) == NULL ? NULL : n;
}

Node *Parse_NamedExpr(Parser *p)
{
    Token *at = p->tok;
    if (at->kind == TK_NAME && Tok_IsAt(at + 1, ":=")) {
        Node *n = Node_New(p, N_NAMEDEXPR, at);
        if (n == NULL || (n->a = name_node(p)) == NULL) {
            return NULL;
        }
        p->tok++;
        return (n->b = Parse_Expression(p)) == NULL ? NULL : n;
    }
    return Parse_Expression(p);
}

static bool ends_list(Parser *p)
{
    static const char *const enders[] = {")", "]", "}", "=", ":", ";", "in", "for", "+=", "-=", "*=", "/=", "//=", "%=", "@=", "&=", "|=", "^=", "<<=", ">>=", "**="};
    if (p->tok->kind == TK_NEWLINE || p->tok->kind == TK_END) {
        return true;
    }
    for (Size i = 0; i < COUNT(enders); i++) {
        if (Tok_Is(p, enders[i])) return true;
    }
    return false;
}

static Node *comma_list(Parser *p, Node *(*item)(Parser *))
{
    Token *at = p->tok;
    NodeList list = {0};
    Node *first = item(p);
    if (first == NULL || !Tok_Is(p, ",")) {
        return first != NULL && first->kind == N_STARRED && !Tok_Is(p, "=") && !Tok_Is(p, "in") ? Parse_Fail(p, at, "can't use starred expression here") : first;
    }
    TRY_NODE(NodeList_Add(p, &list, first));
    while (Tok_Accept(p, ",") && !ends_list(p)) {
        TRY_NODE(NodeList_Add(p, &list, item(p)));
    }
    Node *n = Node_New(p, N_TUPLE, at);
    if (n != NULL) {
        n->s1 = SEQ(list);
    }
    return n;
}

static Node *target_item(Parser *p)
{
    if (Tok_Is(p, "*")) {
        return star_or_named(p);
    }
    return Parse_Binary(p, 1);
}

/* Without := : at the level of statements it needs parentheses. */
static Node *yield_or_star(Parser *p)
{
    return Tok_Is(p, "yield") ? yield_expr(p) : Tok_Is(p, "*") ? star_or_named(p) : Parse_Expression(p);
}
Node *Parse_StarExprs(Parser *p) { return comma_list(p, yield_or_star); }
Node *Parse_Targets(Parser *p) { return comma_list(p, target_item); }

/* ---- parameters ---- */
static Node *param(Parser *p, bool annotations)
{
    Node *n = Node_New(p, N_ARG, p->tok);
    if (n == NULL || (n->name = Parse_Name(p)) == NULL) {
        return NULL;
    }
    if (annotations && Tok_Accept(p, ":") && (n->a = Parse_Expression(p)) == NULL) {
        return NULL;
    }
    return n;
}

static int one_param(Parser *p, Node *args, NodeList *names, NodeList *defaults, NodeList *kwonly, NodeList *kwdefaults, bool annotations, bool *star)
{
    Token *at = p->tok;
    if (Tok_Accept(p, "**")) {
        args->b = param(p, annotations);
        return args->b == NULL ? -1 : 0;
    }
    if (args->b != NULL) {
        return Err_Minus(Parse_Fail(p, at, "arguments cannot follow var-keyword argument"));
    }
    if (Tok_Accept(p, "/")) {
        args->op = (int)names->n;
        return names->n == 0 || *star ? Err_Minus(Parse_Fail(p, at, "at least one argument must precede /")) : 0;
    }
    if (Tok_Accept(p, "*")) {
        if (*star) {
            return Err_Minus(Parse_Fail(p, at, "* argument may appear only once"));
        }
        *star = true;
        if (Tok_Is(p, ",")) {
            bool named = p->tok[1].kind == TK_NAME;
            return named ? 0 : Err_Minus(Parse_Fail(p, at, "named arguments must follow bare *"));
        }
        args->a = param(p, annotations);
        return args->a == NULL ? -1 : 0;
    }
    TRY_INT(NodeList_Add(p, *star ? kwonly : names, param(p, annotations)));
    Node *value = NULL;
    if (Tok_Accept(p, "=") && (value = Parse_Expression(p)) == NULL) {
        return -1;
    }
    if (*star) {
        TRY_INT(NodeList_Add(p, kwdefaults, args));
        kwdefaults->items[kwdefaults->n - 1] = value;
        return 0;
    }
    if (value == NULL && defaults->n > 0) {
        return Err_Minus(Parse_Fail(p, at, "non-default argument follows default argument"));
    }
    return value == NULL ? 0 : NodeList_Add(p, defaults, value);
}

Node *Parse_Arguments(Parser *p, const char *end, bool annotations)
{
    Node *n = Node_New(p, N_ARGUMENTS, p->tok);
    NodeList names = {0}, defaults = {0}, kwonly = {0}, kwdefaults = {0};
    bool star = false;
    while (n != NULL && !Tok_Is(p, end)) {
        if (one_param(p, n, &names, &defaults, &kwonly, &kwdefaults, annotations, &star) < 0) {
            return NULL;
        }
        if (!Tok_Accept(p, ",")) break;
    }
    if (n != NULL) {
        n->s1 = SEQ(names), n->s2 = SEQ(kwonly), n->s3 = SEQ(defaults), n->s4 = SEQ(kwdefaults);
    }
    return n;
}
