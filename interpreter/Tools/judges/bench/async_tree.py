"""A loop of our own with tasks and futures, and a tree of tasks that wait for their children."""
import sys


class Future:
    def __init__(self):
        self.done = False
        self.value = None
        self.waiting = []

    def set(self, loop, value):
        self.done = True
        self.value = value
        for task in self.waiting:
            loop.ready.append(task)

    def __await__(self):
        if not self.done:
            yield self
        return self.value


class Task(Future):
    def __init__(self, coroutine):
        super().__init__()
        self.coroutine = coroutine

    def step(self, loop):
        try:
            wanted = self.coroutine.send(None)
        except StopIteration as end:
            self.set(loop, end.value)
            return
        if wanted is None:
            loop.ready.append(self)
        else:
            wanted.waiting.append(self)


class Loop:
    def __init__(self):
        self.ready = []

    def spawn(self, coroutine):
        task = Task(coroutine)
        self.ready.append(task)
        return task

    def run(self, coroutine):
        main = self.spawn(coroutine)
        while self.ready:
            now, self.ready = self.ready, []
            for task in now:
                task.step(self)
        return main.value


class Turn:
    def __await__(self):
        yield None


async def node(loop, depth):
    await Turn()
    if depth == 0:
        return 1
    children = [loop.spawn(node(loop, depth - 1)) for _ in range(6)]
    total = 0
    for child in children:
        total += await child
    return total


loop = Loop()
print(loop.run(node(loop, int(sys.argv[1]) if len(sys.argv) > 1 else 6)))
