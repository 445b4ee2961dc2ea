"""Nothing, None and zero are success; a handler may change its mind."""
import sys

for code in (None, 0, 5, "text", (1, 2)):
    try:
        sys.exit(code)
    except SystemExit as error:
        print(repr(error), error.code)
try:
    raise SystemExit
except BaseException as error:
    print(repr(error.code))
raise SystemExit(None)
