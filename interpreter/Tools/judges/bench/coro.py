"""Bare coroutines: awaited without a loop, most of them without ever stopping."""
import sys


class Pause:
    def __await__(self):
        value = yield 1
        return value


async def leaf(n):
    return n + 1


async def middle(n):
    return await leaf(n) + await leaf(n + 1)


async def top(n):
    total = 0
    for i in range(n):
        total += await middle(i)
        if i % 10 == 0:
            total += await Pause()
    return total


def drive(coroutine):
    sent = 0
    value = None
    try:
        while True:
            sent += coroutine.send(value)
            value = sent
    except StopIteration as end:
        return end.value, sent


print(*drive(top(int(sys.argv[1]) if len(sys.argv) > 1 else 250000)))
