"""super(): methods that go up a tall line of classes."""
import sys


class A:
    def __init__(self):
        self.n = 0

    def step(self, by):
        self.n += by
        return self.n


class B(A):
    def step(self, by):
        return super().step(by + 1)


class C(B):
    def step(self, by):
        return super().step(by + 1)


class Mixin:
    def step(self, by):
        return super().step(by * 2)


class D(Mixin, C):
    def step(self, by):
        return super().step(by)


class E(D):
    def step(self, by):
        return super().step(by - 1)


thing = E()
for i in range(int(sys.argv[1]) if len(sys.argv) > 1 else 230000):
    thing.step(i & 7)
print(thing.n)
