"""An exchange is given new texts: what follows from them waits for a good load, and a bad one leaves all as it was."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pyinfra_deploys.facts import exchange_before_on_host as before_an_apply
from pyinfra_deploys.facts import exchange_loading_on_host as loading
from pyinfra_deploys.facts import telephone_contacts_on_host as contacts
from pyinfra_deploys.facts import telephony_on_host as on_host
from pyinfra_deploys.facts import voicemail_boxes_on_host as boxes
from pyinfra_deploys.facts.telephony import program

PJSIP = """[estate-auth](!)
type = auth
[2805]
type = endpoint
[2805](estate-auth)
password_digest = MD5:{0}
[2806]
type = endpoint
[2806](estate-auth)
password_digest = MD5:bbbb
"""
SHOWN = """/registrar/contact/2805;@0f0f                     : {"uri":"sip:2805@10.40.20.9:5060"}
/registrar/contact/2806;@1e1e                     : {"uri":"sip:2806@10.40.20.10:5060"}
2 results found.
"""


class Asterisk:
    """Takes up the files of a folder at a reload, but for endpoints that are `refused`; remembers what it was told."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.refused, self.endpoints = folder, "", set[str]()
        self.told: list[str] = []
        self.busy = 0

    def asked(self, command: str) -> str:
        self.told.append(command)
        if command == loading.RELOADS["pjsip.conf"] and self.busy:
            self.busy -= 1
            return "A module reload request is already in progress; please be patient\n"
        if command == loading.RELOADS["pjsip.conf"]:
            path = self.folder / "pjsip.conf"
            found = loading.named("pjsip.conf", path.read_text() if path.exists() else "")
            self.endpoints = found - {self.refused}
            return "Module 'res_pjsip.so' reloaded successfully.\n"
        if command == loading.RELOADS["extensions.conf"]:
            return "Dialplan reloaded.\n"
        if command == loading.LOADED["pjsip.conf"][0]:
            return "".join(f" Endpoint:  {name}  Not in use\n" for name in sorted(self.endpoints))
        return SHOWN if command.startswith("database show") else ""


@pytest.fixture
def asterisk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asterisk:
    for name, place in (("HELD", "estate"), ("SETS", "sets"), ("LOCAL", "local")):
        (tmp_path / place).mkdir()
        monkeypatch.setattr(on_host, name, tmp_path / place)
    (tmp_path / "default").mkdir()
    monkeypatch.setattr(boxes, "BOXES", tmp_path / "default")
    monkeypatch.setattr(boxes, "TAKEN", tmp_path / "taken")
    made = Asterisk(tmp_path / "estate")
    monkeypatch.setattr(on_host, "asked", made.asked)
    monkeypatch.setattr(loading, "asking", lambda command: lambda: made.asked(command))
    monkeypatch.setattr(on_host, "running", lambda: True)
    monkeypatch.setattr(on_host, "number_of", lambda _: os.getgid())
    monkeypatch.setattr(on_host, "rehearse", lambda _: None)
    monkeypatch.setattr(loading, "PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(contacts, "SECONDS", 0)
    monkeypatch.setattr(os, "fchown", lambda *_: None)
    monkeypatch.setattr(on_host, "silent", lambda: False)
    monkeypatch.setattr(on_host, "spoken", lambda: made.told.append("speak"))
    return made


def question(digest: str = "aaaa", **more: Any) -> dict[str, Any]:
    texts = dict.fromkeys(on_host.FILES, "") | {
        "pjsip.conf": PJSIP.format(digest),
        "prompts.json": "{}\n",
    }
    usual = {
        "sets": {"a.cfg": f"secret of {digest}"},
        "gone": [],
        "leaving": [],
        "holders": {"2805": "100136"},
    }
    return {"do": "hold", "files": texts, **usual, **more}


def held(asterisk: Asterisk) -> dict[str, str]:
    below = asterisk.folder.parent
    files = [path for path in below.rglob("*") if path.is_file() and path.parent.name != before_an_apply.NAME]
    return {str(path.relative_to(below)): path.read_text() for path in files}


def test_a_bad_load_leaves_files_settings_and_boxes_as_they_were(asterisk: Asterisk) -> None:
    on_host.hold(question())
    before = held(asterisk)
    asterisk.refused = "2806"
    leaving = [{"number": "2805", "holder": "100136", "fate": "purge", "to": None}]
    with pytest.raises(on_host.FaultError, match=r"has not loaded 2806\. All is put back"):
        on_host.hold(question("cccc", leaving=leaving, holders={"2805": "100145"}))
    assert held(asterisk) == before
    assert before["default/2805/.holder"] == "100136\n"


def test_a_file_is_written_anew_where_its_text_or_its_rights_are_others(asterisk: Asterisk) -> None:
    on_host.hold(question())

    def inodes() -> dict[str, int]:
        return {path.name: path.stat().st_ino for path in asterisk.folder.iterdir()}

    before = inodes()
    (asterisk.folder / "extensions.conf").chmod(0o644)
    on_host.hold(question("cccc"))
    now = inodes()
    assert {name for name, inode in now.items() if before[name] != inode} == {"pjsip.conf", "extensions.conf"}
    assert (asterisk.folder / "extensions.conf").stat().st_mode & 0o777 == 0o640


def test_a_bad_first_load_leaves_no_file_behind(asterisk: Asterisk) -> None:
    asterisk.refused = "2805"
    with pytest.raises(on_host.FaultError, match="put back as it was, and loaded again"):
        on_host.hold(question())
    assert held(asterisk) == {}


def test_an_exchange_that_dies_over_the_load_gets_its_files_back(
    asterisk: Asterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_host.hold(question())
    before = held(asterisk)

    def gone(command: str) -> str:
        if command == loading.RELOADS["pjsip.conf"]:
            raise on_host.FaultError("asterisk -rx: unable to connect")
        return asterisk.asked(command)

    monkeypatch.setattr(loading, "asking", lambda command: lambda: gone(command))
    with pytest.raises(on_host.FaultError, match="unable to connect"):
        on_host.hold(question("cccc"))
    assert held(asterisk) == before


def test_the_telephone_of_a_renewed_secret_is_forgotten_after_the_load_and_no_other(
    asterisk: Asterisk,
) -> None:
    on_host.hold(question())
    asterisk.told.clear()
    on_host.hold(question())
    assert not [command for command in asterisk.told if command.startswith("database")]
    on_host.hold(question("cccc"))
    order = (
        loading.RELOADS["pjsip.conf"],
        "pjsip send notify read-again endpoint 2805",
        "database del registrar/contact 2805;@0f0f",
    )
    assert [command for command in asterisk.told if command in order] == list(order)
    assert "database del registrar/contact 2806;@1e1e" not in asterisk.told


@pytest.mark.parametrize("killed", ["begin", "settings"])
def test_an_apply_that_was_killed_is_shown_and_what_follows_is_made_good(
    asterisk: Asterisk, monkeypatch: pytest.MonkeyPatch, killed: str
) -> None:
    """Whether the kill came before Asterisk loaded the files, or before their telephones were forgotten."""
    on_host.hold(question())
    assert on_host.cut_short(on_host.now_held()) == {}
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        place = loading if killed == "begin" else on_host
        patched.setattr(place, killed, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        on_host.hold(question("cccc"))
    name = f"{asterisk.folder}/pjsip.conf as loaded"
    assert on_host.observe({})["damaged"][name] == "an apply did not come to its end"
    asterisk.told.clear()
    on_host.hold(question("cccc"))
    assert loading.RELOADS["pjsip.conf"] in asterisk.told
    assert "database del registrar/contact 2805;@0f0f" in asterisk.told
    assert "database del registrar/contact 2806;@1e1e" not in asterisk.told
    assert on_host.cut_short(on_host.now_held()) == {}
    asterisk.told.clear()
    on_host.hold(question("cccc"))
    assert loading.RELOADS["pjsip.conf"] not in asterisk.told


def test_a_bad_load_after_a_killed_apply_goes_back_to_what_was_loaded(
    asterisk: Asterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_host.hold(question())
    before = held(asterisk)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(loading, "begin", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        on_host.hold(question("cccc"))
    asterisk.refused = "2806"
    with pytest.raises(on_host.FaultError, match="All is put back"):
        on_host.hold(question("dddd"))
    for name in on_host.FILES:
        assert held(asterisk)[f"estate/{name}"] == before[f"estate/{name}"]


def test_a_reload_that_has_to_wait_for_another_one_is_asked_for_again(asterisk: Asterisk) -> None:
    on_host.hold(question())
    asterisk.busy = 1
    asterisk.told.clear()
    on_host.hold(question("cccc"))
    assert asterisk.told.count(loading.RELOADS["pjsip.conf"]) == 2
    asterisk.busy = 99
    with pytest.raises(on_host.FaultError, match=r"already in progress; please be patient\. All is put back"):
        on_host.hold(question("dddd"))


def test_a_reload_that_fails_puts_all_back(asterisk: Asterisk, monkeypatch: pytest.MonkeyPatch) -> None:
    on_host.hold(question())
    monkeypatch.setitem(loading.DONE, "queues.conf", "never said")
    texts = question("cccc")
    texts["files"]["queues.conf"] = "[general]\n"
    with pytest.raises(on_host.FaultError, match=r"has not loaded queues\.conf: "):
        on_host.hold(texts)
    assert "cccc" not in held(asterisk)["estate/pjsip.conf"]


def test_an_announcement_that_could_not_be_spoken_is_shown_and_tried_again(
    asterisk: Asterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_host.hold(question())
    assert on_host.unloaded(on_host.now_held()) == {}
    asterisk.told.clear()
    monkeypatch.setattr(on_host, "silent", lambda: True)
    assert list(on_host.unloaded(on_host.now_held())) == [f"{asterisk.folder}/prompts.json as spoken"]
    on_host.hold(question())
    assert asterisk.told[-1] == "speak"


def test_a_remark_of_people_in_another_spelling_stops_no_plan(asterisk: Asterisk) -> None:
    (on_host.LOCAL / "extensions.conf").write_bytes("; çağrı\n[x]\n".encode("iso-8859-9"))
    assert on_host.observe({})["local"] == {"extensions.conf": 2}


def test_the_program_goes_to_the_host_with_all_its_modules() -> None:
    call = program().get_raw_value().replace("/run/lock/telephony", "/dev/null")
    done = subprocess.run(
        ["sh", "-c", call], input=json.dumps({"do": "observe"}), capture_output=True, text=True, check=False
    )
    assert "boxes" in json.loads(done.stdout or "{}"), done.stderr
