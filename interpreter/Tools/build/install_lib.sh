#!/bin/sh
# Copy the modules written in Python to where the installed program looks for them. Meson runs it.
# Use: install_lib.sh LIB FOLDER.  FOLDER is below the prefix; caches that a CPython left beside the sources stay behind.

set -eu
target=$MESON_INSTALL_DESTDIR_PREFIX/$2
mkdir -p "$target"
cd "$1"
find . -name __pycache__ -prune -o -type f -print | tar -cf - -T - | (cd "$target" && tar -xf -)
