"""The small json module."""

import json
import unittest


class JsonTests(unittest.TestCase):
    def test_round_trip(self):
        for value in (None, True, False, 0, -17, 10 ** 30, 1.5, -2e-9, "", "text", [], [1, [2]], {}, {"a": {"b": [None]}}):
            with self.subTest(value=value):
                self.assertEqual(json.loads(json.dumps(value)), value)

    def test_dumps(self):
        self.assertEqual(json.dumps({"a": [1, True, None], "b": "x"}), '{"a": [1, true, null], "b": "x"}')

    def test_escapes(self):
        self.assertEqual(json.dumps('"\\\n\x01ä'), '"\\"\\\\\\n\\u0001\\u00e4"')
        self.assertEqual(json.loads('"\\u00e4\\n\\/"'), "ä\n/")

    def test_beyond_the_first_plane(self):
        self.assertEqual(json.dumps("\U0001F407"), '"\\ud83d\\udc07"')
        self.assertEqual(json.loads('"\\ud83d\\udc07"'), "\U0001F407")

    def test_blanks(self):
        self.assertEqual(json.loads(' { "a" : [ 1 , 2 ] } \n'), {"a": [1, 2]})

    def test_kind_of_number(self):
        self.assertEqual([type(json.loads(t)) for t in ("1", "1.0", "1e2")], [int, float, float])

    def test_bad_text(self):
        for text in ("", "[1,", "{1: 2}", '"open', "nul", "[1] 2", '{"a" 1}', "[1 2]"):
            with self.subTest(text=text):
                self.assertRaises(ValueError, json.loads, text)

    def test_what_has_no_json(self):
        self.assertRaises(TypeError, json.dumps, object())
        self.assertRaises(TypeError, json.dumps, [{1, 2}])


if __name__ == "__main__":
    unittest.main()
