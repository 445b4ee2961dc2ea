"""Carries out the effects that are calls to GitHub. Each may be carried out twice and leaves the same world."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from forge import links
from forge.effects import (
    AddLabel,
    Assign,
    ClosePull,
    Comment,
    DeleteBranch,
    EnsureLabel,
    FreeReviewers,
    Link,
    RemoveLabel,
    RequestReviews,
    RetireLabel,
    SetStatus,
    ShowIssues,
    WriteFile,
)
from forge.github import GitHub, Json

GitHubEffect: TypeAlias = (
    AddLabel
    | RemoveLabel
    | SetStatus
    | Comment
    | RequestReviews
    | EnsureLabel
    | RetireLabel
    | Assign
    | ClosePull
    | FreeReviewers
    | DeleteBranch
    | Link
    | ShowIssues
    | WriteFile
)


async def apply(github: GitHub, effect: GitHubEffect) -> Json:
    """Do it; what GitHub answered that is worth keeping (a link). Raises forge.errors."""
    match effect:
        case AddLabel(number, label):
            return await github.add_label(number, label)
        case RemoveLabel(number, label):
            return await github.remove_label(number, label)
        case SetStatus(sha, context, state, description, url):
            return await github.set_status(sha, context, state, description, url)
        case Comment(number, topic, body, only_update):
            return await github.comment(number, topic, body, only_update)
        case RequestReviews(number, reviewers):
            return await github.request_reviews(number, reviewers)
        case EnsureLabel(label, color, description):
            return await github.ensure_label(label, color, description)
        case RetireLabel(label):
            return await github.retire_label(label)
        case Assign(number, login):
            return await github.assign(number, login)
        case DeleteBranch(branch, sha):
            return await github.delete_branch(branch, sha)
        case Link(issue, number, there, note):
            return await github.edit_body(issue, lambda body: links.listing(body, number, there, note))
        case ShowIssues(number, issues):
            return await github.edit_body(number, lambda body: links.naming(body, issues))
        case WriteFile(branch, path, text, message):
            return await github.write_file(branch, path, text, message)
        case ClosePull(number):
            return await github.close_pull(number)
        case FreeReviewers(number, reviewers, teams):
            return await github.free_reviewers(number, reviewers, teams)
        case _:
            assert_never(effect)
