"""match: literals, sequences, mappings, classes, guards; a calculator over trees."""
import sys


class Node:
    __match_args__ = ("op", "left", "right")

    def __init__(self, op, left, right):
        self.op, self.left, self.right = op, left, right


def value(tree):
    match tree:
        case int(number):
            return number
        case Node("+", left, right):
            return value(left) + value(right)
        case Node("-", left, right):
            return value(left) - value(right)
        case Node("*", left, right) if left is not right:
            return value(left) * value(right)
        case _:
            return 0


def command(words):
    match words:
        case ["go", ("north" | "south") as where]:
            return len(where)
        case ["take", *things] if things:
            return len(things) * 10
        case {"kind": "point", "x": x, "y": y}:
            return x + y
        case (1, 2, third) | (third, 2, 1):
            return third
        case "quit" | None:
            return 1
        case _:
            return 2


TREE = Node("+", Node("*", 3, Node("-", 10, 4)), Node("*", Node("+", 1, 2), 5))
COMMANDS = [["go", "north"], ["take", "a", "b"], {"kind": "point", "x": 1, "y": 2}, (1, 2, 9), (7, 2, 1), "quit", 5]
total = 0
for i in range(int(sys.argv[1]) if len(sys.argv) > 1 else 30000):
    total += value(TREE) + command(COMMANDS[i % len(COMMANDS)])
print(total)
