"""What is good is kept byte by byte and sealed, shown to people without secrets, and told in the record."""

import json
import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from pyinfra.api.exceptions import PyinfraError

from estate.switches import captured, redacted
from estate.switches.captured import Expected
from pyinfra_deploys.facts import vault
from pyinfra_deploys.operations import capture_history
from tests.unit.switches.keeping.conftest import NAMES, STATE, Fed, bench, shown, standing
from tests.unit.switches.planning import pairs

IOS, PROCURVE = NAMES
PLATFORM = dict(zip(NAMES, ("cisco_ios", "hp_procurve"), strict=True))
SECRETS = b"""enable password GizliParola1
snmp-server community Halk RO
username yonetici password 7 0822455D0A16
tacacs-server key 7 070C285F4D06
ip ftp password 7 0822455D0A17
"""


def log(folder: Path) -> list[str]:
    argv = ["git", "-C", str(folder), "log", "--format=%s"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "variant",
    [
        lambda text: text,
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.replace(b"\n", b"\r\r\n"),
        lambda text: text.replace(b"\xddmar", "İmar".encode()).replace(b"Odas\xfd", "Odası".encode()),
        lambda text: text.replace(b"\xddmar", b"\xdemar \x93\x85 \xa0"),
        lambda text: text.replace(b"\xddmar", b"--More-- % show end"),
    ],
    ids=["latin1", "crlf", "crcrlf", "utf8", "cp1254", "words_of_errors"],
)
def test_good_ones_are_kept_and_given_back_byte_by_byte(name, variant, good, take) -> None:
    text = variant(good[name])
    captures = take(name, Fed(PLATFORM[name], text))
    assert captures.good, captures.reasons
    wanted = Expected(name, PLATFORM[name], STATE.switches.ports(STATE.switches.switch(name)))
    assert captured.refusals(text, wanted) == ()
    assert captures.store.load(name).running == text


def test_public_texts_are_good_or_refused_for_what_they_lack() -> None:
    for name in pairs.NAMES:
        one = pairs.pair(name)
        raw = one.running.encode("utf-8", "surrogateescape")
        host = next(row[9:].strip('"') for row in one.running.splitlines() if row.startswith("hostname "))
        found = captured.refusals(raw, Expected(host, one.platform, ()))
        lacks = ("`version` 0", "`; ... Configuration Editor` 0", "it does not begin")
        logged = "line 39: an error, a log message" if name == "nothing_to_do" else "nothing"
        assert [why for why in found if not any(each in why for each in (*lacks, logged))] == [], name


def test_record_and_files_are_as_told(good, take) -> None:
    store = take(IOS, Fed(PLATFORM[IOS], good[IOS])).store
    record = json.loads((store.folder / f"{IOS}.json").read_text("utf-8"))
    assert set(record) == {
        "switch",
        "taken_at",
        "last_contact",
        "startup_is_running",
        "sha256",
        "bytes",
        "refused",
    }
    assert record["startup_is_running"] is True and record["refused"] is None
    assert (record["sha256"], record["bytes"]) == (sha256(good[IOS]).hexdigest(), len(good[IOS]))
    assert datetime.fromisoformat(record["taken_at"]).utcoffset() == timedelta(0)
    files = [path for path in store.folder.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    assert not [path for path in files if b"netyonetici" in path.read_bytes()]


@pytest.mark.parametrize("name", NAMES)
def test_nobody_reads_a_secret_in_the_copy_for_people(name, good, take) -> None:
    folder = take(name, Fed(PLATFORM[name], good[name])).environment.var / "switches" / "history"
    text = (folder / f"{name}.cfg").read_text("utf-8")
    assert "$9$" not in text and "<hidden>" in text and "netyonetici" in text
    assert "\\udcddmar" in text or "\\xddmar" in text
    assert log(folder) == [f"{name}: configuration changed"]


def test_secrets_are_hidden_and_words_that_only_look_so_are_not() -> None:
    shown_ = redacted.redacted(SECRETS + b"interface Gi1/0/1\n description Halk Ekmek password bufesi\n")
    assert shown_.count("<hidden>") == 5
    assert not [word for word in ("GizliParola1", " Halk RO", "0822", "070C") if word in shown_]
    assert " description Halk Ekmek password bufesi\n" in shown_


def test_headings_and_clocks_make_no_commit_and_a_port_makes_one(good, take) -> None:
    first = take(IOS, Fed(PLATFORM[IOS], good[IOS]))
    begun = datetime.now(UTC)
    moved = good[IOS].replace(b"change at 08:14:02", b"change at 09:30:11").replace(b" 9000 ", b" 9001 ")
    moved = moved.replace(b"\nend\n", b"\nntp clock-period 36028801\nend\n")
    second = take(IOS, Fed(PLATFORM[IOS], moved))
    assert second.good and second.store.load(IOS).running == good[IOS] == first.store.load(IOS).running
    assert second.store.record(IOS).taken_at > begun
    changed = moved.replace(b"access vlan 102", b"access vlan 105", 1)
    third = take(IOS, Fed(PLATFORM[IOS], changed))
    assert third.good and third.store.load(IOS).running == changed
    assert len(log(third.environment.var / "switches" / "history")) == 2


def test_generations_end_where_declared_and_the_newest_never_goes(good, take) -> None:
    store, at = take(IOS, Fed(PLATFORM[IOS], good[IOS])).store, datetime(2027, 1, 1, tzinfo=UTC)
    made = [store.keep(IOS, b"%d" % n, b"x", at + timedelta(days=n)) for n in range(4)]
    assert len(store.forget(IOS, 2)) == 3
    assert store.generations(IOS) == made[-2:]
    assert store.forget(IOS, 0) == (made[-2],)
    assert [path.name for path in sorted((store.folder / IOS).iterdir())] == [
        f"{made[-1]}.running.vault",
        f"{made[-1]}.startup.vault",
    ]
    with pytest.raises(PyinfraError, match="the clock of this machine"):
        store.keep(IOS, b"5", None, at)
    with pytest.raises(PyinfraError, match=rf"no generation 'dun' is kept; known: {made[-1]}"):
        store.load(IOS, "dun")


def test_another_key_a_changed_byte_and_an_exchanged_file_are_told(good, take, monkeypatch) -> None:
    captures = take(IOS, Fed(PLATFORM[IOS], good[IOS]))
    store = captures.store
    [generation] = store.generations(IOS)
    path = store.folder / IOS / f"{generation}.running.vault"
    sealed = path.read_bytes()
    path.write_bytes(sealed[:-3] + (b"0" if sealed[-3:-2] != b"0" else b"1") + sealed[-2:])
    with pytest.raises(PyinfraError, match="it was changed since it was written, or another vault password"):
        store.load(IOS)
    other = store.keep(PROCURVE, good[PROCURVE], None, datetime.now(UTC))
    path.write_bytes((store.folder / PROCURVE / f"{other}.running.vault").read_bytes())
    with pytest.raises(PyinfraError, match="holds another configuration than its name says"):
        store.load(IOS)
    path.write_bytes(sealed)
    monkeypatch.setattr(vault, "password", lambda environment: b"Kasa-2")
    refused = take(IOS, Fed(PLATFORM[IOS], good[IOS]))
    assert not refused.good and "another vault password" in refused.reasons[IOS]
    anew = take(IOS, Fed(PLATFORM[IOS], good[IOS]), anew="kasa parolası değişti")
    assert anew.good and anew.store.load(IOS).running == good[IOS]


def test_what_it_would_start_from_is_kept_apart_while_it_differs(good, take) -> None:
    machine = standing(PROCURVE)
    machine.configure("vlan 77")
    text, old = shown(machine), shown(standing(PROCURVE), "startup_before")
    captures = take(PROCURVE, Fed(PLATFORM[PROCURVE], text, old))
    kept = captures.store.load(PROCURVE)
    assert captures.good and (kept.running, kept.startup) == (text, old)
    assert captures.store.record(PROCURVE).startup_is_running is False
    machine.save()
    after = take(PROCURVE, Fed(PLATFORM[PROCURVE], text))
    assert after.store.load(PROCURVE).startup is None and after.store.record(PROCURVE).startup_is_running


def test_nothing_to_start_from_is_no_reason_to_refuse(take) -> None:
    text = shown(bench(IOS))
    captures = take(IOS, Fed("cisco_ios", text, b"startup-config is not present\n"))
    assert captures.good and captures.store.load(IOS).startup is None
    assert captures.store.record(IOS).startup_is_running is False


def test_a_switch_that_was_emptied_on_purpose_is_kept_when_somebody_says_so(good, take) -> None:
    take(IOS, Fed("cisco_ios", good[IOS]))
    empty = Fed("cisco_ios", shown(bench(IOS)))
    assert "less than 70 %" in take(IOS, empty).reasons[IOS]
    captures = take(IOS, empty, anew="yeni cihaz")
    assert captures.good and len(captures.store.generations(IOS)) == 2


def test_git_that_refuses_costs_the_copy_for_people_only(good, take, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    captures = take(IOS, Fed("cisco_ios", good[IOS]))
    assert not captures.good and "git is not installed" in captures.unwritten
    assert captures.store.load(IOS).running == good[IOS]


def test_a_commit_names_all_that_changed_and_nothing_of_the_outside_gets_in(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    folder = tmp_path / "history"
    names = [f"sw-{n}" for n in range(5)]
    assert capture_history.commit(folder, dict.fromkeys(names, "hostname x\n"), "neden") == tuple(names)
    assert capture_history.commit(folder, dict.fromkeys(names, "hostname x\n")) == ()
    monkeypatch.delenv("GIT_DIR")
    assert log(folder) == ["sw-0, sw-1, sw-2 and 2 more: configuration changed"]
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("left", ["index.lock", "HEAD.lock", "config.lock", "refs/heads/main.lock"])
def test_a_lock_of_a_killed_round_stops_no_other(left, tmp_path) -> None:
    folder = tmp_path / "history"
    capture_history.commit(folder, {"sw-1": "hostname x\n"})
    (folder / ".git" / left).touch()
    assert capture_history.commit(folder, {"sw-1": "hostname y\n"}) == ("sw-1",)
    assert len(log(folder)) == 2


@pytest.mark.parametrize("missing", ["HEAD", "objects", "refs"])
def test_half_a_repository_is_mended_and_the_one_around_it_left_alone(missing, tmp_path) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    folder = tmp_path / "history"
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    half = folder / ".git" / missing
    shutil.rmtree(half) if half.is_dir() else half.unlink()
    assert capture_history.commit(folder, {"sw-1": "hostname x\n"}) == ("sw-1",)
    assert len(log(folder)) == 1 and not (tmp_path / ".git" / "index").exists()


@pytest.mark.slow
def test_ansible_vault_opens_what_is_kept(good, take, tmp_path) -> None:
    store = take(IOS, Fed("cisco_ios", good[IOS])).store
    [generation] = store.generations(IOS)
    (tmp_path / "password").write_text("Kasa-1\n")
    program = [Path(sys.executable).with_name("ansible-vault"), "decrypt", "--output", tmp_path / "out.cfg"]
    options = [
        "--vault-password-file",
        tmp_path / "password",
        store.folder / IOS / f"{generation}.running.vault",
    ]
    bare = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    subprocess.run([*program, *options], check=True, capture_output=True, env=bare, cwd=tmp_path)
    assert (tmp_path / "out.cfg").read_bytes() == good[IOS]
