"""Sets: each once, in no order that counts."""
s = {3, 1, 2, 3}
print(sorted(s), len(s), 2 in s, s == {1, 2, 3}, {1} < {1, 2}, {1} <= {1}, s > {1}, s >= {5}, {1, 2}.isdisjoint({3}), set() == frozenset())
s.add(9)
s.discard(100)
s.remove(1)
s.update([4, 5], "a")
print(sorted(map(str, s)), sorted({1, 2} | {2, 3}), {1, 2} & {2, 3}, {1, 2} - {2}, sorted({1, 2} ^ {2, 3}), sorted({1}.union([2], (3,))), {1, 2}.intersection([2, 9]), {1, 2}.difference([2]))
t = {1, 2, 3}
t |= {4}
t &= {1, 4, 5}
t -= {5}
t ^= {1, 7}
print(sorted(t), set(), frozenset([1]), {frozenset({1}): "f"}[frozenset({1})], hash(frozenset({1, 2})) == hash(frozenset({2, 1})), type(frozenset() | {1}), type({1} | frozenset()))
for job in (lambda: set().pop(), lambda: {1}.remove(2), lambda: {[]}, lambda: {1} | [1], lambda: set(5), lambda: hash(set()), lambda: frozenset().add(1), lambda: {1} < [1]):
    try:
        print(job())
    except Exception as error:
        print(type(error).__name__, error)
print({1} in {frozenset({1})}, len({1, 1.0, True}), {x for x in "aab"} == {"a", "b"})
