"""Coroutines, driven by hand."""
class Wait:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        got = yield self.value
        return got


async def inner(x):
    got = await Wait(("inner", x))
    return got * 2


fresh = inner(0)


async def main():
    a = await inner(1)
    b = await inner(2)
    try:
        await Wait("fail")
    except ValueError as error:
        return a, b, str(error)


m = main()
print(m.send(None), m.send(10), m.send(20))
try:
    m.throw(ValueError("thrown"))
except StopIteration as stop:
    print(stop.value)
for job in (lambda: m.send(None), lambda: iter(fresh), lambda: fresh.send(5), lambda: fresh.close()):
    try:
        c = job()
    except Exception as error:
        print(type(error).__name__, error)
async def bad():
    await 5


b = bad()
try:
    b.send(None)
except TypeError as error:
    print(error)
c = inner(1)
print(type(c).__name__, c.cr_running, c.cr_await, c.__name__, c.cr_code.co_name)
c.close()
