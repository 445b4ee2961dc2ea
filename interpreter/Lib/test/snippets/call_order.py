"""The order in which things happen in a call, a display and an assignment."""
def t(x):
    print(x if isinstance(x, (int, str)) else type(x).__name__, end=" ")
    return x


def f(*args, **kwargs):
    return len(args) + len(kwargs)


print(t(f)(t(1), *[t(2)], t(3), a=t(4), **{t("k"): t(5)}, b=t(6)))
print({t("a"): t(1), t("b"): t(2)}, [t(1), t(2)], t(1) + t(2) * t(3), t(0) or t(5), t(1) and t(0))
d = {}
d[t("key")] = t("value")
x = {t("i"): 1}
x[t("i")] += t(5)
a, d[t("p")] = t(1), t(2)
print(d, x)
def default(a=t("default"), *, b=t("kw")) -> t("annotation"):
    pass


@t
@(lambda g: t("inner") and g)
class C(t(object), metaclass=t(type)):
    t("body")
