"""Numbers as one may write them."""
print(0xFF, 0o17, 0b1010, 1_000_000, 0x_ff_ff, 00, 1e3, 1_0.5_0e-1_0, 5j, 1.5J, .5, 5.)
for source in ("0777", "1__0", "0b2", "0o8", "0xg", "1_", "1a", "1.e", "0b", "1_000_"):
    try:
        print(source, eval(source))
    except SyntaxError as error:
        print(source, "->", error.msg)
