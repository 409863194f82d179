"""Prompts are spoken once for each text; a recording of people is taken instead and never written."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.exchange.conftest import ROLE, program

prompts = program("prompts")
SPEAK = 'while [ "$1" != -w ]; do shift; done; printf spoken > "$2"'
CONVERT = 'from=$1; for to; do case "$to" in */made.wav) cat "$from" > "$to";; esac; done'


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Callable[[str, str], Path]) -> Path:
    """A host with two prompts declared, and with commands that copy."""
    for name, folder in (
        ("LISTS", "lists"),
        ("RECORDINGS", "recordings"),
        ("SOUNDS", "sounds"),
        ("HOLD", "hold"),
    ):
        monkeypatch.setattr(prompts, name, tmp_path / folder)
        (tmp_path / folder).mkdir()
    monkeypatch.setattr(prompts, "DECLARED", tmp_path / "declared.json")
    (tmp_path / "lists/a.json").write_text('{"vm-intro": "Buyurun", "digits/1": "bir"}')
    (tmp_path / "recordings/hold").mkdir()
    (tmp_path / "recordings/hold/piece.wav").write_text("music")
    command("espeak-ng", SPEAK)
    command("sox", CONVERT)
    return tmp_path


def test_a_text_is_spoken_once_and_again_when_it_changes(
    host: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for text in ("Buyurun", "Buyurun", "Efendim"):
        (host / "lists/a.json").write_text(json.dumps({"vm-intro": text, "digits/1": "bir"}))
        assert prompts.main() == 0
        said.append(capsys.readouterr().out.split(" of ")[0])
    assert said == ["2", "0", "1"]
    assert (host / "sounds/digits/1.wav").read_text() == "spoken"


def test_a_recording_replaces_the_voice_and_its_removal_brings_it_back(host: Path) -> None:
    recording = host / "recordings/vm-intro.wav"
    recording.write_text("a person")
    prompts.main()
    assert (host / "sounds/vm-intro.wav").read_text() == "a person" == recording.read_text()
    recording.unlink()
    prompts.main()
    assert (host / "sounds/vm-intro.wav").read_text() == "spoken"


def test_what_cannot_be_spoken_keeps_its_old_sound_and_is_told(
    host: Path, command: Callable[[str, str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    prompts.main()
    command("espeak-ng", "echo no voice >&2; exit 1")
    (host / "lists/a.json").write_text('{"vm-intro": "Efendim", "digits/1": "bir"}')
    assert prompts.main() == 1
    assert "vm-intro: espeak-ng: no voice" in capsys.readouterr().err
    assert (host / "sounds/vm-intro.wav").read_text() == "spoken"


def test_music_of_people_is_taken_and_what_they_removed_goes(host: Path) -> None:
    (host / "hold/melody.wav").write_text("ours")
    prompts.main()
    assert [(path.name, path.read_text()) for path in (host / "hold").iterdir()] == [("piece.wav", "music")]


@pytest.mark.parametrize("text", ['["a"]', '{"a": 1}', '{"../a": "b"}', '{"/etc/a": "b"}'])
def test_a_list_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ValueError, match=r"a\.json"):
        prompts.wanted([tmp_path / "a.json"])


def test_the_list_of_the_deploy_wins(host: Path) -> None:
    (host / "declared.json").write_text('{"vm-intro": "Sonra"}')
    texts = prompts.wanted([host / "lists/a.json", host / "declared.json"])
    assert texts == {"vm-intro": "Sonra", "digits/1": "bir"}


def test_the_role_speaks_all_that_is_counted_and_dated() -> None:
    texts = json.loads(
        (ROLE / "templates/root/etc/estate/prompts.d/telephone_exchange.json").read_text("utf-8")
    )
    needed = [
        f"digits/{number}"
        for number in (*range(20), *range(20, 100, 10), "hundred", "thousand", "at", "today")
    ]
    needed += [
        f"digits/{kind}-{number}" for kind, count in (("day", 7), ("mon", 12)) for number in range(count)
    ]
    assert [name for name in needed if not texts.get(name)] == []
