"""SystemExit carries the exit code; finally still runs."""
import sys

try:
    sys.exit(7)
finally:
    print("finally")
