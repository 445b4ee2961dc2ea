"""Objects that hold floats: points are made, brought to length one, and compared."""
import sys
from math import cos, sin, sqrt


class Point:
    __slots__ = ("x", "y", "z")

    def __init__(self, i):
        self.x = x = sin(i)
        self.y = cos(i) * 3
        self.z = (x * x) / 2

    def normalize(self):
        x, y, z = self.x, self.y, self.z
        length = sqrt(x * x + y * y + z * z)
        self.x /= length
        self.y /= length
        self.z /= length

    def maximize(self, other):
        self.x = self.x if self.x > other.x else other.x
        self.y = self.y if self.y > other.y else other.y
        self.z = self.z if self.z > other.z else other.z
        return self


points = [Point(i) for i in range(int(sys.argv[1]) if len(sys.argv) > 1 else 180000)]
for point in points:
    point.normalize()
best = points[0]
for point in points[1:]:
    best = best.maximize(point)
print("%.6f %.6f %.6f" % (best.x, best.y, best.z))
