"""Coroutines and asynchronous generators, driven by hand."""

import sys
import unittest


class Wait:
    """Awaiting it hands `value` to whoever drives the coroutine."""

    def __init__(self, value):
        self.value = value

    def __await__(self):
        return (yield self.value)


def drive(coroutine, *answers):
    """Run to the end: what was asked, and the result."""
    asked, answers = [], list(answers)
    try:
        asked.append(coroutine.send(None))
        while True:
            asked.append(coroutine.send(answers.pop(0) if answers else None))
    except StopIteration as stop:
        return asked, stop.value


class CoroutineTests(unittest.TestCase):
    def test_awaits_go_through_to_the_driver(self):
        async def inner(x):
            return await Wait(x) * 2

        async def outer():
            return await inner(1) + await inner(2)

        self.assertEqual(drive(outer(), 10, 20), ([1, 2], 60))

    def test_an_exception_is_thrown_where_it_waits(self):
        async def outer():
            try:
                await Wait("here")
            except ValueError as error:
                return str(error)

        coroutine = outer()
        self.assertEqual(coroutine.send(None), "here")
        with self.assertRaises(StopIteration) as caught:
            coroutine.throw(ValueError("thrown"))
        self.assertEqual(caught.exception.value, "thrown")

    def test_finally_runs_on_close(self):
        seen = []

        async def outer():
            try:
                await Wait(1)
            finally:
                seen.append("closed")

        coroutine = outer()
        coroutine.send(None)
        coroutine.close()
        self.assertEqual(seen, ["closed"])

    def test_a_finished_one_cannot_be_awaited_again(self):
        async def one():
            return 1

        coroutine = one()
        drive(coroutine)
        with self.assertRaisesRegex(RuntimeError, "cannot reuse already awaited coroutine"):
            coroutine.send(None)

    def test_what_cannot_be_awaited(self):
        async def wrong():
            await 5

        with self.assertRaisesRegex(TypeError, "object int can't be used in 'await' expression"):
            wrong().send(None)

    def test_stop_iteration_does_not_get_out(self):
        async def wrong():
            raise StopIteration(1)

        with self.assertRaisesRegex(RuntimeError, "coroutine raised StopIteration"):
            wrong().send(None)

    def test_async_with(self):
        seen = []

        class Manager:
            async def __aenter__(self):
                seen.append(await Wait("enter"))
                return self

            async def __aexit__(self, kind, error, traceback):
                seen.append(kind)
                await Wait("exit")
                return True

        async def run():
            async with Manager():
                raise KeyError("gone")
            return "after"

        self.assertEqual(drive(run(), "in"), (["enter", "exit"], "after"))
        self.assertEqual(seen, ["in", KeyError])

    def test_deep_awaits_do_not_use_up_the_c_stack(self):
        async def down(n):
            return 0 if n == 0 else 1 + await down(n - 1)

        self.assertEqual(drive(down(400)), ([], 400))


class AsyncGeneratorTests(unittest.TestCase):
    @staticmethod
    async def count(n, seen):
        try:
            for i in range(n):
                got = yield i
                if got is not None:
                    seen.append(got)
                await Wait(("between", i))
        finally:
            seen.append("end")

    def test_async_for(self):
        seen = []

        async def run():
            return [i async for i in self.count(3, seen) if i != 1]

        self.assertEqual(drive(run()), ([("between", 0), ("between", 1), ("between", 2)], [0, 2]))
        self.assertEqual(seen, ["end"])

    def test_asend_and_aclose(self):
        seen = []

        async def run():
            generator = self.count(3, seen)
            first = await generator.asend(None)
            second = await generator.asend("hello")
            await generator.aclose()
            return first, second

        self.assertEqual(drive(run())[1], (0, 1))
        self.assertEqual(seen, ["hello", "end"])

    def test_athrow(self):
        async def run():
            generator = self.count(3, [])
            await generator.__anext__()
            try:
                await generator.athrow(KeyError("in"))
            except KeyError as error:
                return error.args

        self.assertEqual(drive(run())[1], ("in",))

    def test_anext_with_a_default(self):
        async def run():
            generator = self.count(1, [])
            return await anext(generator), await anext(generator, "none")

        self.assertEqual(drive(run())[1], (0, "none"))

    def test_comprehensions_of_all_kinds(self):
        async def run():
            async def numbers():
                for n in (1, 2):
                    yield n

            return [n async for n in numbers()], {n async for n in numbers()}, {n: -n async for n in numbers()}

        self.assertEqual(drive(run())[1], ([1, 2], {1, 2}, {1: -1, 2: -2}))

    def test_stop_async_iteration_does_not_get_out(self):
        async def wrong():
            yield 1
            raise StopAsyncIteration

        async def run():
            return [n async for n in wrong()]

        with self.assertRaisesRegex(RuntimeError, "async generator raised StopAsyncIteration"):
            drive(run())


class FrameTests(unittest.TestCase):
    def test_a_frame_that_is_kept_shows_its_variables(self):
        def f(x):
            y = x + 1
            return sys._getframe()

        frame = f(1)
        self.assertEqual(frame.f_locals, {"x": 1, "y": 2})
        self.assertEqual(frame.f_code.co_name, "f")

    def test_the_frames_of_a_traceback_know_who_called(self):
        def inner():
            raise ValueError

        def outer():
            inner()

        try:
            outer()
        except ValueError as error:
            entry = error.__traceback__.tb_next.tb_next
        self.assertEqual(entry.tb_frame.f_code.co_name, "inner")
        self.assertEqual(entry.tb_frame.f_back.f_code.co_name, "outer")

    def test_a_frame_can_be_cleared_once_it_is_finished(self):
        def f():
            value = [1]
            raise ValueError

        try:
            f()
        except ValueError as error:
            frame = error.__traceback__.tb_next.tb_frame
        self.assertEqual(frame.f_locals, {"value": [1]})
        frame.clear()
        self.assertEqual(frame.f_locals, {})
        with self.assertRaisesRegex(RuntimeError, "cannot clear an executing frame"):
            sys._getframe().clear()


if __name__ == "__main__":
    unittest.main()
