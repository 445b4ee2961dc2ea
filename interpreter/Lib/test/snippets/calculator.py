"""A small program: tokens, a parser and an evaluator."""
class Parser:
    def __init__(self, text):
        self.tokens = text.replace("(", " ( ").replace(")", " ) ").split()
        self.at = 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self):
        token = self.peek()
        self.at += 1
        return token

    def sum(self):
        value = self.product()
        while self.peek() in ("+", "-"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self):
        value = self.atom()
        while self.peek() in ("*", "/"):
            if self.take() == "*":
                value *= self.atom()
            else:
                value /= self.atom()
        return value

    def atom(self):
        token = self.take()
        if token == "(":
            value = self.sum()
            if self.take() != ")":
                raise SyntaxError("no )")
            return value
        return float(token) if "." in token else int(token)


for text in ("1 + 2 * 3", "( 1 + 2 ) * 3", "10 / 4 - 1", "2 * (3 + 4) * 5", "1 / 0", "( 1", "1 + x", "1 +"):
    try:
        print(text, "=", Parser(text).sum())
    except Exception as error:
        print(text, "->", type(error).__name__, error)
