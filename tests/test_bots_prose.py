"""Other people's words in our comments do nothing but stand there."""

from __future__ import annotations

import pytest

from bots import prose
from forge.effects import marker

HOSTILE = ("@core-dev", "closes #1", "`", "``x` @core-dev ``", "a\n\n@core-dev", "\x1b[31mred", "")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_code_span_is_one_line_that_its_own_backticks_cannot_end(text: str) -> None:
    span = prose.code(text)
    fence = len(span) - len(span.lstrip("`"))
    inside = span[fence:-fence]
    assert "\n" not in span and "\x1b" not in span
    assert span[:fence] == span[-fence:] == "`" * fence
    assert "`" * fence not in inside.strip(" ") and inside


def test_a_block_ends_only_where_we_end_it() -> None:
    block = prose.block("before\n```\n@core-dev\n```\nafter")
    assert block.splitlines()[0] == "````text" and block.splitlines()[-1] == "````"
    assert "````" not in block[4:-4]


def test_of_a_long_log_the_end_is_kept() -> None:
    block = prose.block("\n".join(f"line {n}" for n in range(1000)), most=60)
    assert "line 999" in block and "line 0\n" not in block and "[...]" in block


def test_nobody_can_forge_the_hidden_line_of_a_comment_of_ours() -> None:
    for shown in (prose.code(marker("backports")), prose.block(marker("backports"))):
        assert marker("backports") not in shown and "camelot:backports" in shown


def test_the_line_of_a_fold_holds_text_and_no_markup() -> None:
    fold = prose.folded("</summary>\n<b>@core-dev", "**body**")
    assert "<summary><code>&lt;/summary&gt; &lt;b&gt;@core-dev</code></summary>" in fold and "**body**" in fold


def test_a_pipe_does_not_end_a_cell() -> None:
    assert prose.cell("a | b\nc") == "a \\| b c"
