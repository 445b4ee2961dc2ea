"""Notes stand below the message."""
error = ValueError("the message")
error.add_note("a note")
error.add_note("two\nlines")
print(error.__notes__)
try:
    error.add_note(5)
except TypeError as e:
    print(e)
raise error
