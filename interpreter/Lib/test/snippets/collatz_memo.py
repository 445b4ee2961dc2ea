"""A small program: longest chains, remembered in a dict."""
known = {1: 1}


def length(n):
    path = []
    while n not in known:
        path.append(n)
        n = n // 2 if n % 2 == 0 else 3 * n + 1
    total = known[n]
    for p in reversed(path):
        total += 1
        known[p] = total
    return total


best = max(range(1, 3000), key=length)
print(best, length(best), len(known), sum(known[n] for n in range(1, 100)))
