"""A subscript is marked."""
table = [[1, 2], [3]]
print(table[0][1])
print(table[1][1] + table[0][0])
