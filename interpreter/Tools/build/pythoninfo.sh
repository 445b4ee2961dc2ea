#!/bin/sh
# Print what a builder's log should say about a build: program, compiler, machine, environment.
# Use: pythoninfo.sh CC CFLAGS LDFLAGS HOSTPYTHON RABBIT.  Of the environment only names known to matter are shown,
# because build logs are public and environments hold secrets.

cc=$1 cflags=$2 ldflags=$3 hostpython=$4 rabbit=$5
echo "rabbit.version: $("$rabbit" -VV)"
echo "platform: $(uname -srm)"
echo "CC.version: $($cc --version | head -n 1)"
echo "make.CC: $cc"
echo "make.CFLAGS: $cflags"
echo "make.LDFLAGS: $ldflags"
echo "hostpython.version: $($hostpython --version 2>&1)"
echo "cpu.count: $(getconf _NPROCESSORS_ONLN)"
for name in ASAN_OPTIONS BUILDBOT CC CFLAGS LANG LC_ALL LDFLAGS PATH PYTHONPATH SOURCE_DATE_EPOCH TERM TMPDIR UBSAN_OPTIONS; do
    eval "value=\${$name-}"
    test -z "$value" || echo "os.environ[$name]: $value"
done
