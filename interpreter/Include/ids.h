/* Names that the interpreter itself looks up: interned once, immortal. Use: ID(__init__). */
#ifndef RABBIT_IDS_H
#define RABBIT_IDS_H
#define IDS(X) \
    X(__abs__) X(__add__) X(__all__) X(__and__) X(__annotations__) X(__bases__) X(__bool__) \
    X(__builtins__) X(__call__) X(__cause__) X(__class__) X(__class_getitem__) X(__classcell__) X(__contains__) \
    X(__context__) X(__del__) X(__delattr__) X(__delete__) X(__delitem__) X(__dict__) X(__dir__) \
    X(__doc__) X(__enter__) X(__eq__) X(__exit__) X(__file__) X(__format__) X(__get__) \
    X(__getattr__) X(__getattribute__) X(__getitem__) X(__hash__) X(__import__) X(__index__) \
    X(__init__) X(__init_subclass__) X(__instancecheck__) X(__int__) X(__float__) X(__iter__) X(__len__) \
    X(__length_hint__) X(__loader__) X(__main__) X(__missing__) X(__module__) X(__mro_entries__) X(__name__) \
    X(__new__) X(__next__) X(__notes__) X(__package__) X(__path__) X(__prepare__) X(__qualname__) X(__repr__) \
    X(__reversed__) X(__round__) X(__set__) X(__set_name__) X(__setattr__) X(__setitem__) X(__slots__) \
    X(__spec__) X(__str__) X(__subclasscheck__) X(__trunc__) X(builtins) X(close) X(code) \
    X(displayhook) X(encoding) X(excepthook) X(filename) X(flush) X(keys) X(lineno) X(metaclass) X(modules) X(msg) \
    X(name) X(obj) X(offset) X(path) X(print_file_and_line) X(send) X(stderr) X(stdin) X(stdout) X(strerror) X(text) X(throw) X(value) X(write) X(super) \
    X(append) X(sort) X(join) X(items) X(end) X(sep) X(file) X(read) X(upper) \
    X(__await__) X(__aiter__) X(__anext__) X(__aenter__) X(__aexit__) X(__match_args__) X(__build_class__) X(get) X(aclose) X(athrow) \
    X(end_lineno) X(end_offset) X(__closure__) X(split) X(object) X(reason) X(start)
#endif
