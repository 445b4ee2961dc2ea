"""Exception groups, and except* that takes them apart."""

import unittest


def leaves(group):
    """The types at the leaves, in order."""
    if not isinstance(group, BaseExceptionGroup):
        return [type(group).__name__]
    return [name for one in group.exceptions for name in leaves(one)]


class GroupTests(unittest.TestCase):
    def test_plain_exceptions_make_an_exception_group(self):
        self.assertIs(type(BaseExceptionGroup("m", [ValueError(1)])), ExceptionGroup)
        self.assertIs(type(BaseExceptionGroup("m", [KeyboardInterrupt()])), BaseExceptionGroup)
        with self.assertRaisesRegex(TypeError, "Cannot nest BaseExceptions in an ExceptionGroup"):
            ExceptionGroup("m", [KeyboardInterrupt()])

    def test_what_makes_no_group(self):
        for arguments, error in ((("m",), TypeError), ((1, [ValueError()]), TypeError), (("m", 5), TypeError),
                                 (("m", []), ValueError), (("m", [5]), ValueError)):
            with self.subTest(arguments=arguments):
                self.assertRaises(error, ExceptionGroup, *arguments)

    def test_what_it_says(self):
        group = ExceptionGroup("several", [ValueError(1), KeyError(2)])
        self.assertEqual(str(group), "several (2 sub-exceptions)")
        self.assertEqual(str(ExceptionGroup("one", [ValueError(1)])), "one (1 sub-exception)")
        self.assertEqual((group.message, len(group.exceptions)), ("several", 2))

    def test_split_and_subgroup(self):
        group = ExceptionGroup("all", [ValueError(1), ExceptionGroup("in", [KeyError(2), ValueError(3)])])
        match, rest = group.split(ValueError)
        self.assertEqual((leaves(match), leaves(rest)), (["ValueError", "ValueError"], ["KeyError"]))
        self.assertEqual(leaves(group.subgroup((KeyError, TypeError))), ["KeyError"])
        self.assertIsNone(group.subgroup(TypeError))
        self.assertEqual(leaves(group.subgroup(lambda e: e.args == (3,))), ["ValueError"])
        self.assertRaises(TypeError, group.split, 5)

    def test_derived_groups_keep_their_kind(self):
        class Mine(ExceptionGroup):
            def derive(self, excs):
                return Mine(self.message, excs)

        group = Mine("m", [ValueError(1), KeyError(2)])
        group.add_note("noted")
        match = group.subgroup(KeyError)
        self.assertIs(type(match), Mine)
        self.assertEqual(match.__notes__, ["noted"])


class ExceptStarTests(unittest.TestCase):
    def test_each_block_gets_its_part(self):
        seen = []
        try:
            raise ExceptionGroup("all", [ValueError(1), KeyError(2), ValueError(3)])
        except* ValueError as group:
            seen.append(leaves(group))
        except* KeyError as group:
            seen.append(leaves(group))
        self.assertEqual(seen, [["ValueError", "ValueError"], ["KeyError"]])

    def test_what_nobody_took_goes_on(self):
        with self.assertRaises(ExceptionGroup) as caught:
            try:
                raise ExceptionGroup("all", [ValueError(1), KeyError(2)])
            except* ValueError:
                pass
        self.assertEqual(leaves(caught.exception), ["KeyError"])

    def test_a_single_exception_comes_as_a_group(self):
        try:
            raise ValueError(1)
        except* ValueError as group:
            self.assertEqual((str(group), leaves(group)), (" (1 sub-exception)", ["ValueError"]))

    def test_a_single_exception_that_nobody_took_stays_single(self):
        with self.assertRaises(ValueError):
            try:
                raise ValueError(1)
            except* KeyError:
                pass

    def test_new_exceptions_are_put_together(self):
        with self.assertRaises(ExceptionGroup) as caught:
            try:
                raise ExceptionGroup("all", [ValueError(1), KeyError(2)])
            except* ValueError:
                raise TypeError("new")
        self.assertEqual(sorted(leaves(caught.exception)), ["KeyError", "TypeError"])

    def test_raise_again(self):
        with self.assertRaises(ExceptionGroup) as caught:
            try:
                raise ExceptionGroup("all", [ValueError(1), ExceptionGroup("in", [KeyError(2)])])
            except* KeyError:
                raise
        self.assertEqual(sorted(leaves(caught.exception)), ["KeyError", "ValueError"])

    def test_groups_cannot_be_caught_so(self):
        with self.assertRaisesRegex(TypeError, "catching ExceptionGroup with except\\* is not allowed"):
            try:
                raise ValueError(1)
            except* ExceptionGroup:
                pass

    def test_finally_and_else(self):
        seen = []
        try:
            pass
        except* ValueError:
            seen.append("never")
        else:
            seen.append("else")
        finally:
            seen.append("finally")
        self.assertEqual(seen, ["else", "finally"])


if __name__ == "__main__":
    unittest.main()
