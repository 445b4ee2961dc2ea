"""__getattr__, __getattribute__, __setattr__, __delattr__."""
class Lazy:
    real = 1

    def __getattr__(self, name):
        if name.startswith("no"):
            raise AttributeError(f"not {name}")
        return "made " + name

    def __setattr__(self, name, value):
        print("setting", name)
        super().__setattr__(name, value)

    def __delattr__(self, name):
        print("deleting", name)
        object.__delattr__(self, name)


a = Lazy()
a.x = 5
print(a.x, a.real, a.other, getattr(a, "nope", "default"), hasattr(a, "nothing"), hasattr(a, "yes"))
del a.x
print(a.x)
class All:
    def __getattribute__(self, name):
        if name == "boom":
            raise AttributeError("boom it is")
        return "got " + name

    def __getattr__(self, name):
        return "fallback " + name


print(All().anything, All().boom, All().__class__, type(All()).__name__)
class Prop:
    @property
    def broken(self):
        return self.missing

    def __getattr__(self, name):
        return "rescued " + name


print(Prop().broken)
try:
    object().x = 1
except AttributeError as error:
    print(error)
try:
    (5).x
except AttributeError as error:
    print(error, error.name, error.obj)
