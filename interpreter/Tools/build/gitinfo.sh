#!/bin/sh
# Print gitinfo.h: which commit and branch a build was made from; empty strings where nobody knows.
# Use: gitinfo.sh SRCDIR.  A tarball names its commit in .gitinfo (git archive fills it in), and that comes first:
# an unpacked tarball may lie inside somebody else's checkout.

srcdir=$1
commit=$(sed -n 's/^commit=\([0-9a-f][0-9a-f]*\)$/\1/p' "$srcdir/.gitinfo" 2>/dev/null)
branch=$(sed -n 's/^branch=\([A-Za-z0-9._/-]*\)$/\1/p' "$srcdir/.gitinfo" 2>/dev/null)
if test -z "$commit" && commit=$(git -C "$srcdir" rev-parse HEAD 2>/dev/null); then
    branch=$(git -C "$srcdir" symbolic-ref --quiet --short HEAD 2>/dev/null || git -C "$srcdir" describe --tags --exact-match 2>/dev/null)
fi
cat <<HEADER
/* Written by make. */
#define RABBIT_GIT_COMMIT "$(printf '%.10s' "$commit")"
#define RABBIT_GIT_BRANCH "$branch"
HEADER
