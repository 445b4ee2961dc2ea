"""Every change that users notice has a news entry: one file, in the right folder, with a well-formed name and text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bots import paths
from bots.decision import Decision
from core import settings
from forge import titles
from forge.effects import SetStatus
from forge.events import Event
from forge.facts import Facts, File, PullRequest

# As blurb writes it: 2026-11-20-10-00-00.gh-issue-12.Ab3dEf.rst; the time of day may be missing.
NAME = re.compile(
    r"\d{4}-\d\d-\d\d(?:-\d\d-\d\d-\d\d)?\.(?:bpo|gh-issue)-(\d+(?:,\d+)*)\.[A-Za-z0-9_=-]+\.rst", re.ASCII
)

# What blurb refuses at the beginning of an entry's text, in lower case.
LONG = 150  # characters of a line from which on we say something; blurb itself breaks lines at 79
BAD_BEGINNINGS = ("- ", "issue #", "bpo-", "gh-")


@dataclass(frozen=True)
class Answer:
    """Is there an entry, and the words of the status."""

    good: bool
    text: str


def decide(event: Event, facts: Facts) -> Decision:
    pr = facts.pr
    if pr is None or pr.state != "open":
        return Decision()
    answer = judge(event, facts, pr)
    state = "success" if answer.good else "failure"
    status = SetStatus(pr.head_sha, facts.settings.contexts.news, state, answer.text)
    return Decision((status,), answer.text)


def judge(event: Event, facts: Facts, pr: PullRequest) -> Answer:
    """One good entry is enough; else a label may excuse; else the nearest miss is named."""
    rules = facts.settings.news
    skip = facts.settings.labels.skip_news
    added = [file for file in pr.files if file.status != "removed" and file.path.startswith(f"{rules.directory}/")]
    issues = titles.issues(pr.title)
    answers = [_judge_file(file, rules, issues) for file in added]
    good = next((answer for answer in answers if answer.good), None)
    if good:
        return good
    if skip in pr.labels - paths.unwanted(facts, pr) or skip in paths.wanted(event, facts, pr):
        return Answer(True, f'"{skip}" label found')
    if answers:
        return answers[0]
    return Answer(False, f'No news entry in {rules.directory}/next/ or "{skip}" label found')


def folders(rules: settings.News) -> dict[str, str]:
    """Folder name of each section: `Core_and_Builtins`, `Tools-Demos`."""
    return {section.replace("/", "-").replace(" ", "_"): section for section in rules.sections}


def _judge_file(file: File, rules: settings.News, issues: tuple[int, ...]) -> Answer:
    """`issues` are the pull request's own; the entry is about one of them, where there are any."""
    inside, _, name = file.path.removeprefix(f"{rules.directory}/").rpartition("/")
    step, _, folder = inside.partition("/")
    if step != "next" or folder not in folders(rules):
        return Answer(False, "News entry not in an appropriate directory")
    found = NAME.fullmatch(name)
    if not found:
        return Answer(False, "News entry file name incorrectly formatted")
    numbers = [int(number) for number in found[1].split(",")]
    low = [number for number in numbers if number < rules.lowest_issue]
    if low:
        return Answer(False, f"{name}: issue {low[0]} is below the lowest one, {rules.lowest_issue}")
    if issues and not set(issues) & set(numbers):
        mine, title = (" and ".join(f"gh-{number}" for number in each) for each in (numbers, issues))
        return Answer(False, f"{name} is about {mine}, the title about {title}")
    return _judge_text(file, name, rules.directory)


def _judge_text(file: File, name: str, directory: str) -> Answer:
    """The text as far as the patch shows it; a patch that GitHub left out was read as a whole by the snapshot."""
    lines = _added_lines(file.patch or "")
    first = next(((number, line) for number, line in lines if line.strip()), None)
    if first is None:
        shows_all = file.status in ("added", "renamed") and file.patch is not None
        whole = shows_all and not (file.status == "renamed" and not lines)
        return Answer(False, f"{name}: the entry has no text") if whole else _found(directory)
    number, line = first
    wrong = bad_beginning(line)
    if wrong:
        return Answer(False, f'{name}, line {number}: an entry must not begin with "{wrong}"')
    long = next(((number, len(line)) for number, line in lines if len(line) > LONG), None)
    return _found(directory, f"; line {long[0]} of {name} has {long[1]} characters, break it near 79" if long else "")


def bad_beginning(line: str) -> str:
    """What blurb would refuse at the beginning of this line; empty when it takes it."""
    wrong = next((start for start in BAD_BEGINNINGS if line.lower().startswith(start)), "")
    return line[: len(wrong)].strip()


def _found(directory: str, hint: str = "") -> Answer:
    return Answer(True, f"News entry found in {directory}{hint}")


def _added_lines(patch: str) -> list[tuple[int, str]]:
    """The lines that a patch adds, with their numbers in the new file."""
    number, lines = 1, []
    for line in patch.splitlines():
        if hunk := re.match(r"@@ -\S+ \+(\d+)", line):
            number = int(hunk[1])
        elif line.startswith("+"):
            lines.append((number, line[1:]))
            number += 1
        elif line.startswith(" "):
            number += 1
    return lines
