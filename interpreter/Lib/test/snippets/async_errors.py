"""What cannot be awaited, and where await cannot stand."""
for source in ("await x", "def f():\n    await x", "async def f():\n    yield 1\n    return 2", "async def f():\n    yield from x", "def f():\n    async with x: pass", "def f():\n    async for x in y: pass", "class C:\n    await x", "async def f():\n    [await x for x in y]",
               "def f():\n    [x async for x in y]", "async x", "async def f():\n    lambda: await x", "await = 1", "async def f(): return (await x async for x in y)"):
    try:
        compile(source, "s", "exec")
        print(repr(source), "compiles")
    except SyntaxError as error:
        print(repr(source), "->", error.msg)
def drive(c):
    try:
        c.send(None)
    except StopIteration as stop:
        return stop.value
    except Exception as error:
        return type(error).__name__, str(error)


async def over(x):
    async for _ in x:
        pass


async def within(x):
    async with x:
        pass


async def stops():
    raise StopIteration("x")


class Half:
    def __aiter__(self):
        return 5


print(drive(over(5)), drive(over(Half())), drive(within(5)), drive(stops()))
async def twice():
    return 1


c = twice()
print(drive(c), drive(c))
