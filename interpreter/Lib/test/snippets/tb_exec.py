"""Code without a file has lines without text."""
code = compile("def f():\n    return 1 / 0\n\nf()\n", "<made>", "exec")
exec(code)
