"""A rehearsal runs on the staged files and those of the deploy, beside the real exchange, and tells mistakes only."""

from pathlib import Path

from tests.unit.exchange.conftest import program

rehearsal = program("rehearse")
LOG = """\
[2026-11-26 17:38:59] NOTICE[5578] cdr.c: CDR simple logging enabled.
[2026-11-26 17:38:59] WARNING[5578] app_voicemail.c: maxsilence should be less than minsecs or else
[2026-11-26 17:38:59] ERROR[5578] config_options.c: Could not find option suitable for category '7777'
[2026-11-26 17:38:59] ERROR[5578] config_options.c: Could not find option suitable for category '7777'
[2026-11-26 17:39:07] WARNING[7853] res_pjsip_outbound_registration.c: No response received from 'sip:198.51.100.60'
[2026-11-26 17:39:07] ERROR[7853] res_pjsip.c: Error 1 'Network is unreachable' sending OPTIONS request to endpoint x
[2026-11-26 17:39:08] WARNING[7853][C-00000001] pbx_config.c: Unable to register extension
"""


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_each_mistake_is_told_once_and_what_a_lonely_machine_says_is_not() -> None:
    assert rehearsal.complaints(LOG) == [
        "config_options.c: Could not find option suitable for category '7777'",
        "pbx_config.c: Unable to register extension",
    ]


def test_the_copy_has_the_staged_files_those_of_the_deploy_and_of_people_and_places_of_its_own(
    tmp_path: Path,
) -> None:
    staged = tree(
        tmp_path / "staged",
        {
            "asterisk.conf": "[options]\n",
            "pjsip.conf": "new",
            "cdr_sqlite3_custom.conf": "[/var/log/asterisk/calls.db]\n",
            "logger.conf": "theirs",
        },
    )
    live = tree(
        tmp_path / "live", {"pjsip.conf": "old", "estate/pjsip.conf": "records", "local/x.conf": "people"}
    )
    place = tmp_path / "place"
    place.mkdir()
    configuration = rehearsal.stage(staged, place, live, None)
    etc = place / "etc"
    assert (etc / "pjsip.conf").read_text() == "new"
    assert [(etc / name).read_text() for name in ("estate/pjsip.conf", "local/x.conf")] == [
        "records",
        "people",
    ]
    assert f"astrundir => {place}/run" in configuration.read_text()
    assert f"[{place}/log/calls.db]" in (etc / "cdr_sqlite3_custom.conf").read_text()
    assert "theirs" not in (etc / "logger.conf").read_text()


def test_files_of_the_deploy_that_have_not_landed_are_rehearsed_in_place_of_those_that_have(
    tmp_path: Path,
) -> None:
    staged = tree(tmp_path / "staged", {"asterisk.conf": "[options]\n"})
    live = tree(tmp_path / "live", {"estate/pjsip.conf": "landed", "estate/queues.conf": "landed"})
    coming = tree(tmp_path / "coming", {"pjsip.conf": "coming"})
    (tmp_path / "place").mkdir()
    rehearsal.stage(staged, tmp_path / "place", live, coming)
    found = {path.name: path.read_text() for path in (tmp_path / "place/etc/estate").iterdir()}
    assert found == {"pjsip.conf": "coming"}
