"""Groups in groups, with notes and a cause."""
inner = ExceptionGroup("inner", [TypeError("t"), OSError(2, "gone")])
inner.add_note("a note on the inner one")
outer = ExceptionGroup("outer", [inner, ValueError("v")])
raise outer from KeyError("why")
