"""A call whose function is one part of the line."""
class Thing:
    def method(self, a):
        return a.missing(1)


thing = Thing()
value = [thing.method(x) for x in ("abc",)]
