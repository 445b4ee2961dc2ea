"""`rabbit -m test` is not the way: the driver of the tests runs on the host's Python."""

import sys

sys.stderr.write("test: run the tests with 'make test' or 'python3 Tools/regrtest --python ./rabbit' of the source tree\n")
sys.exit(2)
