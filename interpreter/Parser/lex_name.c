/* Names, keywords, and the prefixes of strings, which look like names until the quote comes. */
#include "rabbit.h"
#include "parser.h"

bool Lex_IsNameStart(int c)
{
    return ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' || c >= 128;
}

bool Lex_IsNameChar(int c)
{
    return Lex_IsNameStart(c) || (c >= '0' && c <= '9');
}

static const struct { const char *text; int kind; } keywords[] = {
#define TOKEN(name)
#define OPERATOR(name, text)
#define KEYWORD(name, text) {text, T_##name},
#define SOFT(name, text)
#include "Grammar/tokens.def"
#undef TOKEN
#undef OPERATOR
#undef KEYWORD
#undef SOFT
};

int Lex_NameKind(const char *text, Size n)
{
    if (n < 2 || n > 8) return T_NAME;
    for (Size i = 0; i < COUNT(keywords); i++) {
        const char *word = keywords[i].text;
        if (word[0] == text[0] && strncmp(word, text, (size_t)n) == 0 && word[n] == '\0') return keywords[i].kind;
    }
    return T_NAME;
}

/* Which letters may stand before a quote, one of each and in any case: b, u, r, f, br, fr. */
static bool prefix_letter(int c, char seen[128])
{
    int letter = c | 32;
    static const struct { char letter; const char *not_with; } rules[] = {{'b', "buf"}, {'u', "ubrf"}, {'r', "ru"}, {'f', "fbu"}};
    for (Size i = 0; i < COUNT(rules); i++) {
        if (rules[i].letter != letter) continue;
        for (const char *other = rules[i].not_with; *other != '\0'; other++) {
            if (seen[(uint8_t)*other]) return false;
        }
        seen[letter] = 1;
        return true;
    }
    return false;
}

/* The name that was read is not ASCII: it has to be an identifier. The error ends behind the first character that is none. */
static int check_identifier(Lexer *x)
{
    Object *name = Str_FromUtf8(x->token, x->cur - x->token, NULL);
    if (name == NULL) {         /* the parser makes a SyntaxError of it, at the lexer's place */
        x->failed = true, x->token = NULL;
        return T_ERROR;
    }
    Size at = 0, n = STR_LEN(name);
    while (at < n && (at == 0 ? Char_IsXidStart(Str_At(name, 0)) : Char_IsXidContinue(Str_At(name, at)))) at++;
    uint32_t wrong = at < n ? Str_At(name, at) : 0;
    Unref(name);
    if (at == n) return T_NAME;
    const char *end = x->token;
    for (Size i = 0; i <= at; i++) {
        do end++; while (((uint8_t)*end & 0xC0) == 0x80);
    }
    x->cur = end;
    char code[16];
    snprintf(code, sizeof(code), "%04X", wrong);
    if (!Char_IsPrintable(wrong)) return Lex_Error(x, "invalid non-printable character U+%s", code);
    return Lex_Error(x, "invalid character '%c' (U+%s)", wrong, code);
}

int Lex_Name(Lexer *x, int c)
{
    char seen[128] = {0};
    while (c != END && c < 128 && prefix_letter(c, seen)) {
        c = Lex_Next(x);
        if (c == '"' || c == '\'') return seen['f'] ? Lex_FStringStart(x, c) : Lex_String(x, c);
    }
    bool ascii = true;
    for (; Lex_IsNameChar(c); c = Lex_Next(x)) ascii = ascii && c < 128;
    Lex_Back(x, c);
    return ascii ? Lex_NameKind(x->token, x->cur - x->token) : check_identifier(x);
}
