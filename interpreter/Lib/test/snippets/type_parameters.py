"""PEP 695: functions, classes and aliases with type parameters."""
def first[T](items: list[T]) -> T:
    return items[0]


class Box[T, *Ts, **P]:
    def get[U](self, x: U) -> U:
        return x


print(first([1, 2]), first.__type_params__, Box.__type_params__, Box().get(5), [p.__name__ for p in Box.__type_params__])
class Bound[T: int, S: (str, bytes)]:
    pass


t, s = Bound.__type_params__
print(t.__bound__, s.__constraints__, t.__name__)
type Alias = list[int]
type Pair[A] = tuple[A, A]
print(Alias, Alias.__value__, Pair.__name__, Pair.__type_params__)
