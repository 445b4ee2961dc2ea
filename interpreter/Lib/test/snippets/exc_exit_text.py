"""A text given to sys.exit goes to stderr."""
import sys

print("out")
sys.exit("the reason")
