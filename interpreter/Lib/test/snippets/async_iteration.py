"""async for, async with, async generators and comprehensions."""
def drive(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration as stop:
        return stop.value


class Turn:
    def __await__(self):
        yield


class Count:
    def __init__(self, n):
        self.i, self.n = 0, n

    def __aiter__(self):
        return self

    async def __anext__(self):
        await Turn()
        if self.i >= self.n:
            raise StopAsyncIteration
        self.i += 1
        return self.i


class Manager:
    async def __aenter__(self):
        await Turn()
        print("enter", end=" ")
        return "managed"

    async def __aexit__(self, kind, value, tb):
        await Turn()
        print("exit", kind and kind.__name__, end=" ")
        return True


async def agen(n):
    try:
        for i in range(n):
            await Turn()
            got = yield i
            if got:
                print("got", got, end=" ")
    finally:
        print("agen done", end=" ")


async def main():
    async for x in Count(3):
        if x == 2:
            continue
        print(x, end=" ")
    else:
        print("else", end=" ")
    async with Manager() as m, Manager():
        print(m, end=" ")
        raise ValueError("inside")
    print([x async for x in agen(3) if x != 1], {x: y async for x in Count(2) for y in "a"}, end=" ")
    print([await c for c in [one(), one()]], [x async for x in (y * 2 async for y in Count(2))], end=" ")
    a = agen(5)
    print(await a.asend(None), await a.asend("sent"), end=" ")
    await a.aclose()
    b = agen(2)
    await anext(b)
    try:
        await b.athrow(KeyError("k"))
    except KeyError as error:
        print(repr(error))
    return "finished"


async def one():
    await Turn()
    return 1


print(drive(main()))
