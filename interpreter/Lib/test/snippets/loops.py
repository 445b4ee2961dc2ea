"""for and while, with else, break and continue."""
for i in range(10):
    if i == 2:
        continue
    if i == 5:
        break
    print(i, end=" ")
else:
    print("never")
for i in []:
    pass
else:
    print("else of an empty loop")
n = 3
while n:
    n -= 1
    if n == 1:
        continue
    print("while", n)
else:
    print("done", n)
while True:
    while True:
        break
    else:
        print("no")
    break
for i, (a, b) in enumerate({"x": 1, "y": 2}.items()):
    print(i, a, b)
for d in [{}]:
    for d["k"] in range(3):
        pass
    print(d)
class Seq:
    def __getitem__(self, i):
        if i > 2:
            raise IndexError
        return i * 10


print(list(Seq()), 20 in Seq(), [*reversed([1, 2, 3])], list(zip("abc", range(2))), list(enumerate("ab", 5)))
try:
    for x in 5:
        pass
except TypeError as error:
    print(error)
