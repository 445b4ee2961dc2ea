"""bytes: numbers from 0 to 255, with the methods of text."""
data = b"hello\x00\xff'\""
print(data, data[0], data[1:3], list(data[:3]), len(data), bytes(3), bytes([1, 2]), bytes("é", "utf-8"), bytes(range(3)))
print(data.find(b"l"), data.count(b"l"), data.upper(), data.split(b"l"), b",".join([b"a", b"b"]), data.startswith(b"he"), data.hex(), bytes.fromhex("00 ff 1a"), data.replace(b"l", b"L"))
print(b"a" < b"b", b"a" == "a", 104 in data, b"ell" in data, b"ab" * 2, b"a" + b"b", hash(b"abc") == hash(b"ab" + b"c"), b"%d-%s" % (5, b"x"))
for job in (lambda: bytes([256]), lambda: bytes("x"), lambda: data + "x", lambda: bytes(-1), lambda: data[100], lambda: 300 in data, lambda: bytes.fromhex("0g")):
    try:
        print(job())
    except Exception as error:
        print(type(error).__name__, error)
