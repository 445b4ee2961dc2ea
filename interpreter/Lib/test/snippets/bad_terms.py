"""Programs too deep to compile are refused at the same depth, whether constants could make them flat or not."""
kinds = {
    "terms": lambda n: "x = 1" + " + 1" * n,
    "names": lambda n: "x = a" + " + a" * n,
    "strings": lambda n: "x = 'a'" + " + 'a'" * n,
    "signs": lambda n: "x = " + "-" * n + "1",
    "nots": lambda n: "x = " + "not " * n + "1",
    "elifs": lambda n: "if x: pass\n" + "elif x: pass\n" * n,
    "attributes": lambda n: "x = a" + ".b" * n,
    "calls": lambda n: "x = a" + "()" * n,
    "subscripts": lambda n: "x = a" + "[0]" * n,
    "conditions": lambda n: "x = 1" + " if a else 1" * n,
}
for name, make in kinds.items():
    for n in (1000, 2994, 2995, 5000):
        try:
            compile(make(n), "s", "exec")
            print(name, n, "compiles")
        except RecursionError as error:
            print(name, n, error)
