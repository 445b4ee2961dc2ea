"""f-strings: expressions, conversions, formats."""
name, n, x = "Rabbit", 42, 3.14159
print(f"{name} {n} {x:.2f} {name!r} {name!s:>10} {'é'!a} {n:#x} {n:>{n // 4}} {x:{'.'}{3}}")
print(f"{{}} {{{n}}} {n}{{", f"{n + 1} {n if n > 1 else 0} {(lambda q: q * 2)(n)} {[i for i in range(3)]} { {'a': 1}['a'] }", f"", f"a" "b" f"{n}")
print(f"{n=} {n = } {n=:5} {name=!r:^12} {x=:.1f} {n+1=} {name.upper()=}")
print(f"{'nested ' + f'{n + 1}'} {f'{f'{n}'}'}", rf"\n{n}\d", f'''{
    n
    }''', f"{n:,}" f"{1e10:e}", f"{'a' 'b'}", f"{name[0]}{name[-1]}", f"{n!r:}", f"{'\n'.join('ab')}")
class F:
    def __format__(self, spec):
        return "spec=" + repr(spec)


print(f"{F()} {F():} {F():abc} {F():{n}}", f"{None} {True} {[]} {1, 2} {*[1], 2}")
