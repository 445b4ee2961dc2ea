"""Arguments in every shape: defaults, keywords, *args, **kwargs, passed on and unpacked."""
import sys


def plain(a, b=2, *, c=3):
    return a + b + c


def gather(*args, **kwargs):
    return len(args) + sum(args) + kwargs.get("c", 0)


def forward(function, *args, **kwargs):
    return function(*args, **kwargs)


total = 0
options = {"c": 5}
for i in range(int(sys.argv[1]) if len(sys.argv) > 1 else 90000):
    total += plain(i) + plain(i, c=1) + plain(b=i, a=1)
    total += gather(i, 1, 2) + gather(*(i, 2), **options)
    total += forward(plain, i, c=4) + forward(gather, i, i)
    first, *rest = (i, 1, 2, 3)
    total += first + len(rest)
print(total)
