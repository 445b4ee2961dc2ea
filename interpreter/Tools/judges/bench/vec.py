"""Operators of a class: a small picture of spheres, ray by ray."""
import sys


class Vec:
    def __init__(self, x, y, z):
        self.x, self.y, self.z = x, y, z

    def __add__(self, other):
        return Vec(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other):
        return Vec(self.x - other.x, self.y - other.y, self.z - other.z)

    def __mul__(self, factor):
        return Vec(self.x * factor, self.y * factor, self.z * factor)

    def dot(self, other):
        return self.x * other.x + self.y * other.y + self.z * other.z

    def unit(self):
        return self * (1.0 / self.dot(self) ** 0.5)


class Sphere:
    def __init__(self, centre, radius):
        self.centre = centre
        self.radius = radius

    def hit(self, start, ray):
        away = self.centre - start
        along = away.dot(ray)
        rest = self.radius * self.radius - away.dot(away) + along * along
        return None if rest < 0 else along - rest**0.5

    def normal(self, point):
        return (point - self.centre).unit()


def picture(size):
    spheres = [Sphere(Vec(i * 1.5 - 3, (i % 3) - 1.0, 6 + i), 1.0) for i in range(5)]
    eye, light = Vec(0.0, 0.0, 0.0), Vec(1.0, 1.0, -1.0).unit()
    total = 0.0
    for row in range(size):
        for column in range(size):
            ray = Vec(column / size - 0.5, row / size - 0.5, 1.0).unit()
            hits = [(t, i) for i, sphere in enumerate(spheres) if (t := sphere.hit(eye, ray)) is not None and t > 0]
            if hits:
                distance, i = min(hits)
                shade = spheres[i].normal(eye + ray * distance).dot(light)
                total += shade if shade > 0 else 0.0
    return total


print("%.6f" % picture(int(sys.argv[1]) if len(sys.argv) > 1 else 160))
