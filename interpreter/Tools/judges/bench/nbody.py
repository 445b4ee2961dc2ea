"""Floats in lists: the sun and four planets pull at each other."""
import sys

SOLAR_MASS = 4 * 3.141592653589793 ** 2
YEAR = 365.24
BODIES = [
    [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], SOLAR_MASS],
    [[4.8414314, -1.1603200, -0.1036220], [0.0016600 * YEAR, 0.0076990 * YEAR, -0.0000690 * YEAR], 0.000954791 * SOLAR_MASS],
    [[8.3433667, 4.1247985, -0.4035234], [-0.0027674 * YEAR, 0.0049985 * YEAR, 0.0000230 * YEAR], 0.000285885 * SOLAR_MASS],
    [[12.894369, -15.111151, -0.2233075], [0.0029646 * YEAR, 0.0023784 * YEAR, -0.0000296 * YEAR], 0.0000436624 * SOLAR_MASS],
    [[15.379697, -25.919314, 0.1792587], [0.0026806 * YEAR, 0.0016282 * YEAR, -0.0000951 * YEAR], 0.0000515138 * SOLAR_MASS],
]


def pairs(items):
    return [(items[i], items[j]) for i in range(len(items)) for j in range(i + 1, len(items))]


def advance(dt, steps, bodies, couples):
    for _ in range(steps):
        for (place1, speed1, mass1), (place2, speed2, mass2) in couples:
            dx = place1[0] - place2[0]
            dy = place1[1] - place2[1]
            dz = place1[2] - place2[2]
            pull = dt / (dx * dx + dy * dy + dz * dz) ** 1.5
            one = mass2 * pull
            two = mass1 * pull
            speed1[0] -= dx * one
            speed1[1] -= dy * one
            speed1[2] -= dz * one
            speed2[0] += dx * two
            speed2[1] += dy * two
            speed2[2] += dz * two
        for place, speed, _mass in bodies:
            place[0] += dt * speed[0]
            place[1] += dt * speed[1]
            place[2] += dt * speed[2]


def energy(bodies, couples):
    total = sum(mass * (v[0] ** 2 + v[1] ** 2 + v[2] ** 2) / 2 for _, v, mass in bodies)
    for (p, _, m), (q, _, n) in couples:
        total -= m * n / sum((a - b) ** 2 for a, b in zip(p, q)) ** 0.5
    return total


couples = pairs(BODIES)
advance(0.01, int(sys.argv[1]) if len(sys.argv) > 1 else 50000, BODIES, couples)
print("%.9f" % energy(BODIES, couples))
