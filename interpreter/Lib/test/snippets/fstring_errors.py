"""What cannot stand in an f-string."""
for source in ('f"{"', 'f"}"', 'f"{}"', 'f"{ }"', 'f"{a b}"', 'f"{a!}"', 'f"{a!x}"', 'f"{a:{b:{c}}}"', 'f"{a!r"', 'f"{a:"', "f'{a['", 'f"{lambda x: 1}"', 'f"{=}"', 'f"{a $ b}"', 'f"{*a}"', 'f"{yield}"', 'f"{!r}"', 'f"{:x}"', 'f"{a = b}"', 'f"{a#}"'):
    try:
        compile(source, "s", "eval")
        print(source, "compiles")
    except SyntaxError as error:
        print(source, "->", error.msg)
for source in ('f"{undefined}"', 'f"{1:q}"', 'f"{[]:5}"', 'f"{1!r:d}"'):
    try:
        eval(source)
    except Exception as error:
        print(source, type(error).__name__, error)
