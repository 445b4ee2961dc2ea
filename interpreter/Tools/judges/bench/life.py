"""Sets and dicts of tuples: the game of life, from a small pattern that grows for long."""
import sys


def step(alive):
    counts = {}
    for x, y in alive:
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                if dx or dy:
                    cell = (x + dx, y + dy)
                    counts[cell] = counts.get(cell, 0) + 1
    return {cell for cell, n in counts.items() if n == 3 or (n == 2 and cell in alive)}


alive = {(1, 0), (2, 0), (0, 1), (1, 1), (1, 2)}
for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 500):
    alive = step(alive)
print(len(alive), min(alive), max(alive))
