"""An attribute that is not there, in the middle of a chain."""
class A:
    b = None


print(A.b)
print(A().b.c.d)
