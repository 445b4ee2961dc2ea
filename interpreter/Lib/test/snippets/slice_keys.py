"""Slices are hashable since 3.12: they can be keys, and a mapping that lacks one says so."""
print(hash(slice(1, 2)) == hash(slice(1, 2, None)), hash(slice(1, 2, 3)), hash(slice(0, 0, 0)), hash((1, 2, 3)))
named = {slice(1, 2): "short", slice(None): "all"}
print(named[1:2], named[:], sorted(map(str, named)))
print({slice(1), slice(1), slice(2)} == {slice(2), slice(1)})
for source in ("{0: 0}[:]", "{}[1:2]", "named[::2]", "hash(slice([], 1))", "{slice({}): 1}"):
    try:
        print(eval(source))
    except (KeyError, TypeError) as error:
        print(source, type(error).__name__, error)
