"""A plain `estate drift` asks all hosts before its words are read; any other asks those it names, once."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from estate import cli
from estate.receipts import asking, keeping, looking, ssh
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
    ("words", "early", "asked"),
    [
        ([], True, ["web1", "web2"]),
        (["--json"], True, ["web1", "web2"]),
        (["--limit", "web2"], False, ["web2"]),
    ],
)
def test_each_host_is_asked_once_and_before_the_words_are_read_where_they_choose_none(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, words: list[str], early: bool, asked: list[str]
) -> None:
    sent: list[str] = []
    order: list[str] = []
    monkeypatch.setattr(ssh, "ask", lambda _, host, *__: sent.append(host) or ssh.Answer("", "silent", False))
    for module, name in ((asking, "started"), (cli, "_collect")):
        real = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda *given, name=name, real=real: order.append(name) or real(*given)
        )
    monkeypatch.setattr(sys, "argv", ["estate", "drift", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert (ended.value.code, sorted(sent)) == (4, asked)
    assert order == (["started", "_collect"] if early else ["_collect", "started"])
    seen = looking.last(environment)
    assert seen is not None and [one.host for one in seen.hosts] == asked


def test_where_nobody_can_be_asked_ahead_the_verb_says_why(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.ssh_config.unlink()
    with asking.ahead([]) as begun:
        assert begun is None
    monkeypatch.setattr(sys, "argv", ["estate", "drift"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert (ended.value.code, "is not up" in capsys.readouterr().err) == (2, True)


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
