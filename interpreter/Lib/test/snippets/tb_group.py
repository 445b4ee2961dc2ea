"""The traceback of a group is a tree."""
def fail(error):
    raise error


def collect():
    found = []
    for error in (ValueError("one"), KeyError("two")):
        try:
            fail(error)
        except Exception as caught:
            found.append(caught)
    raise ExceptionGroup("several", found)


collect()
