"""exec, eval and compile with namespaces of their own."""
space = {"x": 1}
exec("y = x + 1\ndef f():\n    return y", space)
print(space["y"], space["f"](), "__builtins__" in space, eval("x + y", space), eval("a + x", {"x": 1}, {"a": 2}))
class Log(dict):
    def __getitem__(self, key):
        print("look", key, end=" ")
        return super().__getitem__(key)

    def __setitem__(self, key, value):
        print("set", key, end=" ")
        super().__setitem__(key, value)


local = Log(a=1)
exec("b = a + 1\ndel a", {}, local)
print(dict(local))
code = compile("1 + 2", "name", "eval")
print(eval(code), code.co_filename, code.co_name, eval("  1 + 1"), eval(b"3"))
for source, mode in (("1 +", "eval"), ("x = 1", "eval"), ("1\n2", "single"), ("", "eval")):
    try:
        compile(source, "s", mode)
    except SyntaxError as error:
        print(repr(source), mode, error.msg, error.lineno, error.offset)
exec(compile("5\n", "s", "single"))
exec(compile("x = 5; x\n", "s", "single"), {})
for job in (lambda: eval(5), lambda: exec("x", 5), lambda: compile("1", "s", "wrong"), lambda: eval("1", {}, 5)):
    try:
        job()
    except Exception as error:
        print(type(error).__name__, error)
def f():
    a = 1
    return eval("a + 1"), sorted(locals()), eval("[a for _ in range(1)]", {"a": 5})


print(f(), globals() is locals(), "space" in globals())
