"""A binary operator is marked with its operands."""
def area(width, height):
    return 2 * (width + height) + width * height / (height - height)


area(3, 4)
