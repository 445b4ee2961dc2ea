"""Settings: one frozen object, and a clear sentence for each mistake."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from core import settings
from core.settings import PROFILE_NAMES, SettingsError


@pytest.mark.parametrize("profile", PROFILE_NAMES)
def test_a_profile_alone_is_a_complete_set_of_settings(profile: str) -> None:
    loaded = settings.load({}, profile)
    assert loaded.profile == profile
    assert loaded.labels.backport_prefix == "needs backport to "
    assert loaded.load_registry().live(date(2026, 8, 22))


def test_cpython_keeps_the_names_that_its_branch_protection_knows() -> None:
    contexts = settings.load({}, "cpython").contexts
    assert (contexts.news, contexts.issue_number) == ("bedevere/news", "bedevere/issue-number")
    assert contexts.maintenance_branch == "bedevere/maintenance-branch-pr"


def test_the_environment_goes_over_the_file_and_the_command_line_over_both(tmp_path: Path) -> None:
    file = tmp_path / "camelot.toml"
    file.write_text('today = 2026-01-01\n[github]\nrepository = "some/where"\napp_id = "7"\n')
    environ = {"CAMELOT_CONFIG": str(file), "CAMELOT_TODAY": "2026-02-02", "GITHUB_APP_ID": "8"}
    loaded = settings.load(environ, overrides={"today": date(2026, 3, 3)})
    assert loaded.today == date(2026, 3, 3)
    assert (loaded.github.repository, loaded.github.app_id) == ("some/where", "8")


def test_two_webhook_secrets_are_taken_during_a_change() -> None:
    loaded = settings.load({"GITHUB_WEBHOOK_SECRET": "new, old"})
    assert loaded.github.webhook_secrets == (b"new", b"old")


def test_secrets_print_as_stars() -> None:
    loaded = settings.load({"GITHUB_WEBHOOK_SECRET": "sesame", "DATABASE_URL": "postgresql://me:sesame@db/camelot"})
    assert "sesame" not in f"{loaded!r} {loaded}"
    assert loaded.database == "postgresql://me:sesame@db/camelot"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[labels]\nawating_review = 'x'", "labels.awating_review is not a setting"),
        ("colour = 'red'", "colour is not a setting"),
        ("[farm]\nweb_port = 'many'", "farm.web_port is 'many'"),
        ("today = 'soon'", "today is 'soon'"),
        ("profile = 'ruby'", "profile is 'ruby': write one of rabbit, cpython"),
        ("[labels", "not a TOML file"),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence_that_names_it(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "camelot.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=".") as caught:
        settings.load({"CAMELOT_CONFIG": str(file)})
    assert says in str(caught.value)


def test_a_missing_file_says_which_variable_named_it() -> None:
    with pytest.raises(SettingsError, match="no such settings file: correct CAMELOT_CONFIG"):
        settings.load({"CAMELOT_CONFIG": "nowhere.toml"})


def test_every_environment_name_leads_to_a_setting() -> None:
    for path in settings.ENVIRONMENT.values():
        model: object = settings.Settings
        for part in path:
            field = model.model_fields[part]  # type: ignore[attr-defined]
            model = field.annotation
