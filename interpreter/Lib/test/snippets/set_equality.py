"""Two sets are equal whatever the order they grew in; changing one while walking is told."""
big = set(range(1000))
other = set(reversed(range(1000)))
print(big == other, big <= other, big < other, (big - other), len(big ^ set(range(500, 1500))))
try:
    for n in big:
        big.add(n + 1000)
except RuntimeError as error:
    print(error)
class Weird:
    def __eq__(self, other):
        raise ValueError("no comparing")

    def __hash__(self):
        return 1


try:
    {Weird(), Weird()}
except ValueError as error:
    print(error)
w = Weird()
print(w in {w}, {w} == {w})
