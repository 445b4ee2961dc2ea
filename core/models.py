"""The whole schema: one database, one file. Times are ISO text in UTC; `migrations/` brings a database up to it."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData()

OPEN = "state IN ('new', 'decided')"  # written out, because an index of only those rows answers no other question

# --- what happened, what was decided, what was carried out -----------------------------------------------------------

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("guid", String(100), nullable=False, unique=True),
    Column("source", String(20), nullable=False),  # github, farm, clock, release, reconcile
    Column("event", String(80), nullable=False),  # pull_request.opened, build.finished, day.began
    Column("subject", String(120), nullable=False),  # deliveries of one subject are handled in order: owner/name#12
    Column("payload", JSON, nullable=False),
    Column("state", String(12), nullable=False),  # see store.DeliveryState
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_try", String(40), nullable=False, default=""),
    Column("error", Text, nullable=False, default=""),
    Column("received", String(40), nullable=False),
    Column("finished", String(40), nullable=False, default=""),
    Index("deliveries_open", "state", "id"),
    Index("deliveries_subject", "subject", "id"),
    # Whole rows hold payloads: what to do next is found without reading one.
    Index(
        "deliveries_waiting", "subject", "id", "next_try", "state", sqlite_where=text(OPEN), postgresql_where=text(OPEN)
    ),
    Index(
        "deliveries_next", "id", "subject", "next_try", "state", sqlite_where=text(OPEN), postgresql_where=text(OPEN)
    ),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("delivery", ForeignKey("deliveries.id"), nullable=False),
    Column("reaction", String(60), nullable=False),
    Column("state", String(12), nullable=False),  # decided, failed
    Column("why", Text, nullable=False, default=""),
    Column("error", Text, nullable=False, default=""),
    Column("decided", String(40), nullable=False),
    UniqueConstraint("delivery", "reaction"),
)

effects = Table(
    "effects",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("delivery", ForeignKey("deliveries.id"), nullable=False),
    Column("reaction", String(60), nullable=False),
    Column("position", Integer, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("state", String(12), nullable=False),  # see store.EffectState
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_try", String(40), nullable=False, default=""),
    Column("result", JSON, nullable=True),
    Column("error", Text, nullable=False, default=""),
    Column("finished", String(40), nullable=False, default=""),
    UniqueConstraint("delivery", "reaction", "position"),
    Index("effects_open", "state", "id"),
)

api_calls = Table(
    "api_calls",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("delivery", ForeignKey("deliveries.id"), nullable=True),
    Column("method", String(10), nullable=False),
    Column("path", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("took_s", Float, nullable=False),
    Column("at", String(40), nullable=False),
    Index("api_calls_delivery", "delivery"),
)

content_calls = Table(
    "content_calls",  # turns for the calls that write to people, of which GitHub takes so many a minute and an hour
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(300), nullable=False, unique=True),
    Column("at", String(40), nullable=False),
    Index("content_calls_at", "at"),
)

configurations = Table(
    "configurations",  # what the repository's own settings file held at each push that changed it and could be used
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sha", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", String(40), nullable=False),
)

# --- what we know about pull requests and people ----------------------------------------------------------------------

pull_requests = Table(
    "pull_requests",  # the last snapshot of each, for pages and for finding a commit's pull request
    metadata,
    Column("number", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("author", String(100), nullable=False),
    Column("state", String(10), nullable=False),  # open, closed, merged
    Column("draft", Boolean, nullable=False),
    Column("base", String(100), nullable=False),
    Column("head_sha", String(64), nullable=False),
    Column("merge_sha", String(64), nullable=False, default=""),
    Column("stage", String(60), nullable=False, default=""),
    Column("why", Text, nullable=False, default=""),
    Column("labels", JSON, nullable=False),
    Column("seen", String(40), nullable=False),
    Column("updated", String(40), nullable=False, default="", server_default=""),  # GitHub's updated_at when seen
)

backports = Table(
    "backports",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Integer, nullable=False),  # the merged pull request
    Column("branch", String(40), nullable=False),
    Column("state", String(20), nullable=False),  # refused, opened, conflict, already-there, failed
    Column("result", Integer, nullable=True),  # the backport's pull request
    Column("why", Text, nullable=False, default=""),
    Column("changed", String(40), nullable=False),
    UniqueConstraint("number", "branch"),
)

signatures = Table(
    "signatures",  # append-only: a person signed an agreement; a revocation is a row of its own
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, nullable=False),
    Column("login", String(100), nullable=False),
    Column("email", String(320), nullable=False),
    Column("document", String(100), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("revoked", Boolean, nullable=False, default=False),
    Column("at", String(40), nullable=False),
    Index("signatures_account", "account_id"),
)

notices = Table(
    "notices",  # one breakage, one notice
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(300), nullable=False),  # branch, test, kind
    Column("number", Integer, nullable=True),  # the pull request that was told; null: nobody, and `why` says so
    Column("state", String(10), nullable=False),  # open, closed
    Column("commit", String(64), nullable=False),
    Column("body", JSON, nullable=False),
    Column("why", Text, nullable=False, default=""),
    Column("opened", String(40), nullable=False),
    Column("closed", String(40), nullable=False, default=""),
    Index("notices_key", "key", "state"),
)

# --- the farm ---------------------------------------------------------------------------------------------------------

build_requests = Table(
    "build_requests",  # the one door through which builds are asked for
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(200), nullable=False, unique=True),  # asking twice starts one build
    Column("branch", String(100), nullable=False),  # the git branch: main, 1.2, refs/pull/3/merge
    Column("commit", String(64), nullable=False),
    Column("builders", String(200), nullable=False, default=""),  # a regular expression on builder names; empty: all
    Column("reason", Text, nullable=False, default=""),
    Column("tests", Text, nullable=False, default="", server_default=""),  # of a culprit search; empty: all
    Column("pace", String(10), nullable=False, default="", server_default=""),  # quick, slow; empty: built at once
    Column("scope", String(120), nullable=False, default="", server_default=""),  # whose later commits supersede it
    Column("names", JSON, nullable=False, default=list, server_default="[]"),  # of builders; empty: by the pattern
    Column("state", String(12), nullable=False),  # see core/results.BuildRequest
    Column("error", Text, nullable=False, default=""),  # why it was refused or joined, for people
    Column("asked", String(40), nullable=False),
    Index("build_requests_state", "state", "id"),
    Index("build_requests_scope", "scope", "state"),
)

builds = Table(
    "builds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(200), nullable=False, unique=True),  # builder and number in Buildbot
    Column("builder", String(120), nullable=False),
    Column("kind", String(40), nullable=False),  # debug, release, asan, refleak
    Column("tier", Integer, nullable=False),
    Column("stable", Boolean, nullable=False),
    Column("branch", String(100), nullable=False),
    Column("commit", String(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("worker", String(100), nullable=False, default=""),
    Column("result", String(12), nullable=False),  # success, warnings, failure, exception, retry, cancelled, skipped
    Column("failed_step", String(100), nullable=False, default=""),
    Column("verdict", JSON, nullable=False),  # what the test log said; see buildmaster/testlog.py
    Column("url", Text, nullable=False),
    Column("started", String(40), nullable=False),
    Column("finished", String(40), nullable=False),
    Column("tests", Text, nullable=False, default="", server_default=""),  # the only ones that it ran; empty: all
    Column("put_away", Boolean, nullable=False, default=False, server_default=false()),  # see core/retention.py
    Index("builds_place", "builder", "branch", "id"),
    Index("builds_commit", "commit"),
)

outcomes = Table(
    "outcomes",  # what became of each test file, and of each of its cases that went wrong, in each build
    metadata,
    Column("id", Integer, primary_key=True),
    Column("build", ForeignKey("builds.id"), nullable=False),
    Column("builder", String(120), nullable=False),
    Column("branch", String(100), nullable=False),
    Column("commit", String(64), nullable=False),
    Column("test", String(200), nullable=False),
    Column("case", String(300), nullable=False, default=""),  # empty: the row of the whole file
    Column("state", String(20), nullable=False),  # of a file regrtest's, of a case fail, error, crash, ...
    Column("rerun", String(10), nullable=False, default=""),  # passed, failed; empty: it was not run again
    Column("duration_s", Float, nullable=True),
    Column("at", String(40), nullable=False),
    Index("outcomes_test", "branch", "test", "case", "id"),
    Index("outcomes_build", "build"),
)

hunt_parts = Table(
    "hunt_parts",  # what is done of hunts for leaks that several workers share and that still go on
    metadata,
    Column("id", Integer, primary_key=True),
    Column("hunt", String(80), nullable=False),  # the request in Buildbot that asked for it, and its farm
    Column("commit", String(64), nullable=False),
    Column("pieces", JSON, nullable=False),  # a list each: the test file, then those of its classes that were run
    Column("verdict", JSON, nullable=False),
    Column("result", Integer, nullable=False),  # Buildbot's
    Column("at", String(40), nullable=False),
    Index("hunt_parts_hunt", "hunt"),
)

builders = Table(
    "builders",  # what the farm has now, written by the master as it starts
    metadata,
    Column("name", String(120), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("tier", Integer, nullable=False),
    Column("stable", Boolean, nullable=False),
    Column("branch", String(100), nullable=False),
    Column("version", String(20), nullable=False),
    Column("url", Text, nullable=False),
)

# --- what pages show of the farm, written together with what it is made of --------------------------------------------

revisions = Table(
    "revisions",  # counts changes, so that a page knows whether what it showed last still holds
    metadata,
    Column("name", String(20), primary_key=True),
    Column("number", Integer, nullable=False),
)

standings = Table(
    "standings",  # where each builder stands on each branch; see core/standings.py
    metadata,
    Column("builder", String(120), primary_key=True),
    Column("branch", String(100), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("tier", Integer, nullable=False),
    Column("stable", Boolean, nullable=False),
    Column("latest", JSON, nullable=False),  # the newest build that says something, in short
    Column("breaking", JSON(none_as_null=True), nullable=True),  # the first of the red builds that go on now
    Column("good", JSON(none_as_null=True), nullable=True),  # the newest green one
    Column("streak", Integer, nullable=False),  # red builds in a row, up to the newest
    Column("dots", Text, nullable=False),  # the last builds, oldest first: number, colon, a letter for the result
    Index("standings_branch", "branch", "builder"),
)

troubles = Table(
    "troubles",  # a test file that goes wrong on a builder, or did once
    metadata,
    Column("branch", String(100), primary_key=True),
    Column("test", String(200), primary_key=True),
    Column("builder", String(120), primary_key=True),
    Column("state", String(20), nullable=False),  # regrtest's, of the last time that it went wrong
    Column("red", Boolean, nullable=False),  # it goes wrong now
    Column("since", JSON(none_as_null=True), nullable=True),  # commit and time of the first of the failures of now
    Column("good", JSON(none_as_null=True), nullable=True),  # commit and time of the newest build in which it worked
    Column("commit", String(64), nullable=False),  # of the last time that it went wrong
    Column("at", String(40), nullable=False),  # the same
    Column("failures", Integer, nullable=False),  # how often it failed for good
    Column("wavers", Integer, nullable=False),  # how often it passed only when run again
    Index("troubles_builder", "branch", "builder"),
)

flakes = Table(
    "flakes",  # what core/flakes.py judged of a test as it last went wrong, or well again
    metadata,
    Column("branch", String(100), primary_key=True),
    Column("test", String(200), primary_key=True),
    Column("wavers", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("rate", Float, nullable=False),
    Column("at", String(40), nullable=False),
)

leak_counts = Table(
    "leak_counts",  # one row a finished hunt for leaks
    metadata,
    Column("build", ForeignKey("builds.id"), primary_key=True),
    Column("builder", String(120), nullable=False),
    Column("branch", String(100), nullable=False),
    Column("commit", String(64), nullable=False),
    Column("at", String(40), nullable=False),
    Column("tests", Integer, nullable=False),  # that leak
    Column("names", JSON, nullable=False),  # of the first of them
    Index("leak_counts_branch", "branch", "build"),
)

farm_workers = Table(
    "farm_workers",  # as the master sees them now; see buildmaster/presence.py
    metadata,
    Column("name", String(100), primary_key=True),
    Column("owner", String(100), nullable=False),
    Column("connected", Boolean, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("since", String(40), nullable=False),  # it is connected, or away
    Column("downtime", Text, nullable=False),  # planned; empty: none
    Column("builders", JSON, nullable=False),  # names of those that it can run
    Column("doing", JSON, nullable=False),  # builds that run on it; see core/presence.py
    Column("told", String(40), nullable=False, default=""),  # the `since` of the absence that its owner was told of
)

farm_queue = Table(
    "farm_queue",  # builders that builds wait for
    metadata,
    Column("builder", String(120), primary_key=True),
    Column("waiting", Integer, nullable=False),
    Column("oldest", String(40), nullable=False),
    Column("reason", Text, nullable=False, default=""),  # of the oldest
)

# --- releases ---------------------------------------------------------------------------------------------------------

release_runs = Table(
    "release_runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", String(20), nullable=False),
    Column("branch", String(40), nullable=False),
    Column("mode", String(10), nullable=False),  # rehearse, real
    Column("actor", String(100), nullable=False),
    Column("state", String(12), nullable=False),  # running, blocked, done, abandoned, undoing, undone
    Column("inputs", JSON, nullable=False),
    Column("started", String(40), nullable=False),
    Column("finished", String(40), nullable=False, default=""),
)

release_steps = Table(
    "release_steps",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run", ForeignKey("release_runs.id"), nullable=False),
    Column("step", String(60), nullable=False),
    Column("position", Integer, nullable=False),
    Column("state", String(12), nullable=False),  # waiting, running, asked, done, failed, undoing, undone
    Column("attempts", Integer, nullable=False, default=0),
    Column("evidence", JSON, nullable=True),
    Column("error", Text, nullable=False, default=""),
    Column("started", String(40), nullable=False, default=""),
    Column("finished", String(40), nullable=False, default=""),
    UniqueConstraint("run", "step"),
)

released = Table(
    "released",  # what was published, beside the dates of the registry file
    metadata,
    Column("version", String(20), primary_key=True),
    Column("branch", String(40), nullable=False),
    Column("commit", String(64), nullable=False),
    Column("mode", String(10), nullable=False),
    Column("files", JSON, nullable=False),  # name -> sha256
    Column("at", String(40), nullable=False),
)

release_tasks = Table(
    "release_tasks",  # what a run asks of a person, and what they answered
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run", ForeignKey("release_runs.id"), nullable=False),
    Column("step", String(60), nullable=False),
    Column("owner", String(100), nullable=False),
    Column("title", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("text", Text, nullable=False),  # prefilled: what to look at, what to send
    Column("wants", String(12), nullable=False),  # the evidence's shape: commit, sha256, link
    Column("expected", String(64), nullable=False),  # the value that it must name; empty: any of that shape
    Column("state", String(12), nullable=False),  # open, done, withdrawn
    Column("evidence", Text, nullable=False, default=""),
    Column("actor", String(100), nullable=False, default=""),
    Column("opened", String(40), nullable=False),
    Column("finished", String(40), nullable=False, default=""),
    Index("release_tasks_run", "run", "step"),
)

release_waivers = Table(
    "release_waivers",  # a gate that somebody answers for; the columns repeat what the envelope says, for reading
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", String(20), nullable=False),
    Column("gate", String(20), nullable=False),
    Column("actor", String(100), nullable=False),
    Column("why", Text, nullable=False),
    Column("until", String(10), nullable=False),  # the last day on which it holds
    Column("at", String(40), nullable=False),
    Column("envelope", Text, nullable=False),  # DSSE, signed
    Column("revoked", String(40), nullable=False, default=""),
    Column("revoked_by", String(100), nullable=False, default=""),
    Index("release_waivers_version", "version", "gate"),
)

transition_steps = Table(
    "transition_steps",  # what was done of each branch's transition; no row: not begun, or undone
    metadata,
    Column("id", Integer, primary_key=True),
    Column("profile", String(40), nullable=False),
    Column("version", String(20), nullable=False),
    Column("target", String(20), nullable=False),  # security, end-of-life, new-branch
    Column("step", String(60), nullable=False),
    Column("state", String(12), nullable=False),  # begun, done, undoing
    Column("at", String(10), nullable=False),
    Column("actor", String(100), nullable=False),
    Column("evidence", JSON, nullable=False),
    UniqueConstraint("profile", "version", "target", "step"),
)
