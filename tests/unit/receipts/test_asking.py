"""A plain `estate drift` is answered without the library that reads words; any other asks those it names, once."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from estate import cli
from estate.receipts import keeping, looking, ssh
from estate.runs.environment import Environment
from tests.unit.receipts.conftest import receipt

HOSTS = "web: {hosts: {web1: {}, web2: {}}}\n"


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """Gives an environment of two hosts, which `estate drift` takes for its own."""
    for name, text in {
        "inventories/lab/hosts.yml": HOSTS,
        "playbooks/site.yml": "[]\n",
        "var/lab/ssh/config": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    made = Environment("lab", tmp_path)
    monkeypatch.setattr(Environment, "chosen", lambda *_: made)
    return made


@pytest.mark.parametrize(
    ("words", "read", "asked"),
    [
        ([], False, ["web1", "web2"]),
        (["--json"], False, ["web1", "web2"]),
        (["--limit", "web2"], True, ["web2"]),
        (["--json", "--environment", "lab"], True, ["web1", "web2"]),
    ],
)
def test_each_host_is_asked_once_and_words_are_read_where_they_choose_hosts(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, words: list[str], read: bool, asked: list[str]
) -> None:
    sent: list[str] = []
    collected: list[str | None] = []
    monkeypatch.setattr(ssh, "ask", lambda _, host, *__: sent.append(host) or ssh.Answer("", "silent", False))
    real = cli._collect
    monkeypatch.setattr(cli, "_collect", lambda verb=None: collected.append(verb) or real(verb))
    monkeypatch.setattr(sys, "argv", ["estate", "drift", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert (ended.value.code, sorted(sent)) == (4, asked)
    assert collected == (["drift"] if read else [])
    seen = looking.last(environment)
    assert seen is not None and [one.host for one in seen.hosts] == asked


@pytest.mark.parametrize("words", [[], ["--json"], ["--limit", "web1"]])
def test_a_look_without_its_keys_is_refused_in_the_same_words_however_it_was_asked_for(
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
) -> None:
    environment.ssh_config.unlink()
    monkeypatch.setattr(sys, "argv", ["estate", "drift", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = capsys.readouterr().err
    assert (ended.value.code, told.startswith("refused: "), "is not up" in told) == (2, True, True)


def test_a_plain_look_tells_what_one_with_options_tells(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ssh, "ask", lambda *_: ssh.Answer("", "silent", False))
    told = []
    for words in ([], ["--limit", "web"]):
        monkeypatch.setattr(sys, "argv", ["estate", "drift", *words])
        with pytest.raises(SystemExit):
            cli.main()
        told.append(re.sub(r"\d\d:\d\d:\d\d| in [\d.]+ s", "", capsys.readouterr().out))
    assert told[0] == told[1]
    assert "web1: unreachable" in told[0]


def test_a_look_reads_no_signature_where_the_receipt_is_the_one_that_is_kept(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    envelope = keeping.sealed(environment.var, receipt())
    keeping.keep(environment.var, "web1", envelope)
    checked: list[str] = []
    monkeypatch.setattr(keeping, "signer_of_text", lambda *_: checked.append("one"))
    told = ssh.Answer(json.dumps({"envelope": envelope, "broken": [], "notes": []}), "", True)
    assert looking.found_on(environment, "web1", told).receipt == receipt()
    assert checked == []
    assert looking.found_on(environment, "web2", told).receipt == receipt()
    assert checked == ["one"]


def test_the_cheap_key_exchange_is_asked_for_first_and_the_usual_ones_stay() -> None:
    def offered(*options: str) -> list[str]:
        told = subprocess.run(["ssh", "-G", "-F", "/dev/null", *options, "x"], capture_output=True, text=True)
        line = next(row for row in told.stdout.splitlines() if row.startswith("kexalgorithms "))
        return line.split()[1].split(",")

    ours = offered("-o", ssh.CHEAP)
    assert ours[0] == "curve25519-sha256"
    assert set(ours) == set(offered())
