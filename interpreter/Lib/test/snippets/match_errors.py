"""Patterns that cannot be."""
for pattern in ("x | 1", "x, x", "{'a': 1, 'a': 2}", "[*a, *b]", "{**r, 'a': 1}", "x | y", "1 + 2", "P(a=1, a=2)", "a.b", "-x", "f'x'", "{x: 1}", "*a", "_ as _", "1 as 2", "(1 | x) | 2", "P(x=1, 2)", "None as x"):
    try:
        compile(f"match v:\n    case {pattern}:\n        pass\n", "s", "exec")
        print(pattern, "compiles")
    except SyntaxError as error:
        print(pattern, "->", error.msg)
try:
    compile("match v:\n    case x:\n        pass\n    case 1:\n        pass\n", "s", "exec")
except SyntaxError as error:
    print(error.msg)
match = 1
case = 2
_ = 3
print(match, case, _, match + case)
match (match):
    case case:
        print("soft", case)
