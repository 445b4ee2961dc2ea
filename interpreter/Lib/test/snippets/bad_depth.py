"""Too much of a good thing: brackets, indents, terms, nested f-strings."""
def attempt(name, source):
    try:
        compile(source, "s", "exec")
        print(name, "compiles")
    except (SyntaxError, RecursionError, MemoryError) as error:
        print(name, type(error).__name__, error.msg if isinstance(error, SyntaxError) else "")


attempt("100 brackets", "x = " + "(" * 100 + ")" * 100)
attempt("250 brackets", "x = " + "[" * 250 + "]" * 250)
attempt("200000 brackets", "(" * 200000)
attempt("99 indents", "".join(" " * i + "if 1:\n" for i in range(99)) + " " * 99 + "x\n")
attempt("101 indents", "".join(" " * i + "if 1:\n" for i in range(101)) + " " * 101 + "x\n")
attempt("1000 terms", "x = " + "+1" * 1000)
attempt("a long list", "x = [" + "1," * 20000 + "]")
attempt("many statements", "x = 1\n" * 20000)
attempt("a long string", "x = '" + "a" * 100000 + "'")
attempt("21 loops", "".join(" " * i + "for x in y:\n" for i in range(21)) + " " * 21 + "x\n")
attempt("unclosed", "(" * 50)
attempt("wrong close", "(" * 50 + "]")
