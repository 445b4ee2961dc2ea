"""Every power of two is printed and read back."""
wrong = []
total = 0
for power in range(-1074, 1024):
    value = 2.0**power
    text = repr(value)
    total = (total * 31 + sum(map(ord, text))) % 1000003
    if float(text) != value:
        wrong.append(power)
print(wrong, total)
