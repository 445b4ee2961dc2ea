"""Small lists turned round and round: the most flips that a permutation needs."""
import sys


def fannkuch(n):
    order = list(range(n))
    counts = [0] * n
    most = checksum = number = 0
    rest = n
    while True:
        while rest > 1:
            counts[rest - 1] = rest
            rest -= 1
        first = order[0]
        if first:
            turned = order[:]
            flips = 0
            while first:
                turned[: first + 1] = turned[first::-1]
                flips += 1
                first = turned[0]
            if flips > most:
                most = flips
            checksum += flips if number % 2 == 0 else -flips
        while True:
            if rest == n:
                return checksum, most
            order.insert(rest, order.pop(0))
            counts[rest] -= 1
            if counts[rest] > 0:
                break
            rest += 1
        number += 1


print(*fannkuch(int(sys.argv[1]) if len(sys.argv) > 1 else 9))
