"""During handling of one, another occurred."""
def parse(text):
    try:
        return int(text)
    except ValueError:
        return {}["missing"]


parse("nope")
