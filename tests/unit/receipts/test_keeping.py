"""A receipt counts only with the estate's own signature; what an apply began and did not end is not forgotten."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from jinja2 import Template
from ruamel.yaml import YAML

from estate.plan.ansible_results import TaskResult
from estate.receipts import inputs, keeping, laying, looking, promised, ssh
from estate.records.receipts import Told
from estate.runs.environment import ROOT, Environment
from tests.unit.receipts.conftest import INPUTS, receipt


def test_a_signed_receipt_is_ours_and_one_that_was_touched_is_not(tmp_path: Path) -> None:
    envelope = keeping.sealed(tmp_path, receipt())
    assert (keeping.why_not_ours(tmp_path, "web1", envelope), keeping.opened(envelope)) == ("", receipt())
    parts = json.loads(envelope)
    forged = json.dumps({**parts, "receipt": parts["receipt"].replace("/etc/gone", "/etc/here")})
    assert keeping.why_not_ours(tmp_path, "web1", forged) == keeping.UNKNOWN_SIGNER
    foreign = keeping.sealed(tmp_path / "elsewhere", receipt())
    assert keeping.why_not_ours(tmp_path, "web1", foreign) == keeping.UNKNOWN_SIGNER
    assert keeping.why_not_ours(tmp_path, "web1", "{}") == "it is no whole receipt"
    signers = keeping.folder(tmp_path) / "allowed_signers"
    signers.write_text(signers.read_text().replace(keeping.SIGNER, "approvals", 1))
    assert keeping.why_not_ours(tmp_path, "web1", envelope) == keeping.UNKNOWN_SIGNER


def test_the_text_that_is_kept_here_is_ours_and_of_no_other_host(tmp_path: Path) -> None:
    """Whoever can write the copy can sign as well; a host that sends anything else is asked for its signature."""
    keeping.ensure_key(tmp_path)
    parts = json.loads(keeping.sealed(tmp_path, receipt()))
    unsigned = json.dumps({**parts, "signature": "none"})
    keeping.keep(tmp_path, "web1", unsigned)
    assert keeping.why_not_ours(tmp_path, "web1", unsigned) == ""
    assert keeping.why_not_ours(tmp_path, "mail1", unsigned) == keeping.UNKNOWN_SIGNER
    assert keeping.why_not_ours(tmp_path, "web1", unsigned + " ") == keeping.UNKNOWN_SIGNER
    for cut in ("", "{}"):
        (keeping.folder(tmp_path) / "web1.json").write_text(cut, "utf-8")
        assert keeping.why_not_ours(tmp_path, "web1", cut) == "it is no whole receipt"


def answer(**told: object) -> ssh.Answer:
    return ssh.Answer(json.dumps({"broken": [], "notes": []} | told), "", True)


def test_an_answer_is_read_with_its_signature(tmp_path: Path) -> None:
    environment = Environment("lab", tmp_path)
    envelope = keeping.sealed(environment.var, receipt())
    found = looking.found_on(
        environment, "web1", answer(envelope=envelope, broken=[["file", "/etc/a", "x", "y"]])
    )
    assert (found.receipt, [each.key for each in found.broken]) == (receipt(), ["/etc/a"])
    assert looking.found_on(environment, "web1", answer(envelope="half")).forged == "it is no whole receipt"
    assert looking.found_on(environment, "web1", answer(envelope=None)).receipt is None
    endless = looking.found_on(environment, "web1", answer(envelope="[" * 100_000, unreadable="too deep"))
    assert endless.forged == "it is no whole receipt"
    spoilt = looking.found_on(environment, "web1", answer(envelope=None, spoilt="something that is no file"))
    assert spoilt.forged == "something that is no file"
    assert looking.found_on(environment, "web1", ssh.Answer("[" * 100_000, "", True)).failure
    unread = looking.found_on(environment, "web1", answer(envelope=envelope, unreadable="no such kind"))
    assert unread.failure == "its receipt could not be compared: no such kind"
    assert looking.found_on(environment, "web1", ssh.Answer("{half", "", True)).failure
    assert looking.found_on(environment, "web1", ssh.Answer("", "timed out", False)).failure == "timed out"


def test_a_host_stands_open_until_an_apply_has_ended_on_it(tmp_path: Path) -> None:
    keeping.begin(tmp_path, ["web1"], "r1")
    assert keeping.begun(tmp_path, "web1") == "r1"
    keeping.keep(tmp_path, "web1", keeping.sealed(tmp_path, receipt()))
    assert keeping.begun(tmp_path, "web1") == "r1", "deploys come after the receipt"
    keeping.end(tmp_path, ["web1", "web2"])
    assert keeping.begun(tmp_path, "web1") == ""
    keeping.begin(tmp_path, ["web1"], "r2")
    assert keeping.begun(tmp_path, "web1") == "r2"


def test_a_receipt_that_could_not_be_laid_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = Environment("lab", tmp_path)
    sent: list[str] = []

    def ask(config: Path, host: str, command: str, given: str) -> ssh.Answer:
        sent.append(host)
        return ssh.Answer("", "disk full" if host == "bad" else "", True)

    monkeypatch.setattr(ssh, "ask", ask)
    one = promised.Promised(({"kind": "absent", "name": "/etc/gone"},), ())
    made = laying.Made("r1", "c1", dict.fromkeys(("bad", "good", "idle"), INPUTS))
    told = laying.lay(environment, made, ("bad", "good", "idle"), {"bad": one, "good": one})
    assert {host: each.failure for host, each in told.items()} == {"bad": "disk full", "good": "", "idle": ""}
    assert (sorted(sent), keeping.kept(environment.var, "bad")) == (["bad", "good"], None)
    kept = keeping.kept(environment.var, "good")
    assert kept is not None and (kept.host, kept.promised) == ("good", one.promises)


def task(name: str, **result: object) -> TaskResult:
    return TaskResult("web1", name, "ok", result)


def test_tasks_promise_or_are_counted_and_those_that_leave_nothing_are_neither() -> None:
    package = {"kind": "package", "name": "squid", "version": "6"}
    assert promised.told(task("a", promised=[package]), "packages", reads_only=False) == Told(
        "web1", "a", (package,), False
    )
    assert promised.told(task("b"), "ansible.builtin.command", reads_only=False) == Told(
        "web1", "b", (), True
    )
    assert promised.told(task("b", censored="hidden"), "file_tree", reads_only=False) == Told(
        "web1", "b", (), True
    )
    assert promised.told(task("c"), "ansible.builtin.command", reads_only=True) is None
    assert promised.told(task("d"), "ansible.builtin.assert", reads_only=False) is None
    skipped = TaskResult("web1", "e", "skipped", {})
    assert promised.told(skipped, "ansible.builtin.command", reads_only=False) is None


def line(*promises: Mapping[str, object]) -> Told:
    return Told("web1", "t", promises, False)


def test_the_last_promise_of_a_path_counts_and_services_are_watched_for_all_roles() -> None:
    unit = {"kind": "unit", "name": "ssh", "active": True, "enabled": True, "probe": "", "creates": ""}
    lines = [
        line({"kind": "file", "name": "/a", "digest": "1"}, unit | {"watch": ["/x"], "probe": "true"}),
        line({"kind": "absent", "name": "/a"}, unit | {"watch": ["/y"], "active": None, "enabled": None}),
        Told("web1", "web : Run", (), True),
        Told("web1", "web : Run", (), True),
    ]
    held = promised.gathered(lines)["web1"]
    assert held.promises == (
        {"kind": "absent", "name": "/a"},
        unit | {"watch": ["/x", "/y"], "probe": "true"},
    )
    assert held.unverifiable == ("web : Run",)


def test_the_inputs_of_a_host_are_those_of_its_roles_and_a_moved_file_moves_only_its_hosts() -> None:
    environment = Environment("lab", ROOT)
    own = inputs.Inputs(environment).of(["proxy1", "mail1"])
    assert {"roles/web_proxy/tasks/main.yml", "estate/web_domains.py", "plugins/modules/file_tree.py"} <= set(
        own["proxy1"]
    )
    assert {"inventories/lab/hosts.yml", "exporters/textfile.py", "playbooks/web_proxies.yml"} <= set(
        own["proxy1"]
    )
    assert (
        "roles/web_proxy/tasks/main.yml" not in own["mail1"]
        and "roles/mail_server/tasks/main.yml" in own["mail1"]
    )
    assert not [name for name in own["proxy1"] if "molecule" in name or name.endswith(".pyc")]


def test_a_role_that_reads_all_that_is_declared_has_it_all_as_input() -> None:
    own = inputs.Inputs(Environment("lab", ROOT)).of(["mon1"])["mon1"]
    assert {
        "inventories/lab/estate/telephony.yml",
        "estate/calls/question.py",
        "inventories/lab/estate/switches.yml",
    } <= set(own)


def test_every_plain_copy_of_every_role_is_an_input_of_some_host() -> None:
    environment = Environment("lab", ROOT)
    known = {
        name for own in inputs.Inputs(environment).of(environment.groups()["all"]).values() for name in own
    }
    sources = {
        word
        for path in ROOT.glob("roles/*/*/main.yml")
        for word in re.findall(r"[\w.-]+(?:/[\w.-]+)+", path.read_text("utf-8"))
        if not word.startswith(".") and (ROOT / word).is_file()
    }
    assert len(sources) > 20
    assert sources - known == set()


def test_all_that_the_control_host_is_given_is_an_input_of_it() -> None:
    template = (ROOT / "roles/gitops_controller/templates/files.yml.j2").read_text("utf-8")
    sources = YAML(typ="safe").load(Template(template).render(gitops_controller_handed=[]))
    assert len(sources) == 6
    assert set(sources) - set(inputs.Inputs(Environment("lab", ROOT)).of(["ctl1"])["ctl1"]) == set()


def test_what_no_commit_holds_is_an_input_without_a_digest_that_lets_it_be_guessed(tmp_path: Path) -> None:
    texts = {
        "inventories/lab/hosts.yml": "web: {hosts: {web1: {}}}\n",
        "inventories/lab/group_vars/web/web.yml": "web_more:\n  - var/lab/ssh/known_hosts\n  - var/other/key\n",
        "playbooks/site.yml": "[{hosts: web, roles: [web]}]\n",
        "roles/web/defaults/main.yml": 'web_handed: ["var/{{ web_environment }}/vault-password", /var/lab/not]\n',
        "var/lab/vault-password": "parola",
        "var/lab/ssh/known_hosts": "web1 ssh-ed25519 AAAA",
        "var/lab/not": "",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    first = inputs.Inputs(Environment("lab", tmp_path)).of(["web1"])["web1"]
    (tmp_path / "var/lab/vault-password").write_text("another", "utf-8")
    second = inputs.Inputs(Environment("lab", tmp_path)).of(["web1"])["web1"]
    assert inputs.moved(first, second) == ("var/lab/vault-password",)
    assert {name for name in first if name.startswith("var/")} == {
        "var/lab/vault-password",
        "var/lab/ssh/known_hosts",
    }
    plain = {hash_of(b"parola").hexdigest()[:16] for hash_of in (hashlib.sha256, hashlib.blake2b)}
    assert first["var/lab/vault-password"] not in plain


def test_a_look_keeps_what_was_seen_of_others_and_since_when(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "inventories/lab").mkdir(parents=True)
    (tmp_path / "inventories/lab/hosts.yml").write_text("web: {hosts: {web1: {}, web2: {}}}\n")
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks/site.yml").write_text("[]\n")
    environment = Environment("lab", tmp_path)
    monkeypatch.setattr(ssh, "ask", lambda *_: ssh.Answer("", "timed out", False))
    first = looking.look(environment, ["web1", "web2"])
    second = looking.look(environment, ["web2"])
    assert [(one.host, one.state) for one in second.hosts] == [
        ("web1", "unreachable"),
        ("web2", "unreachable"),
    ]
    assert second.hosts[0] == first.hosts[0]
    assert (second.hosts[1].since, second.hosts[1].looked_at) == (first.hosts[1].since, second.at)
    assert looking.last(environment) == second
    assert capsys.readouterr().err == ""
    (environment.var / "drift.json").write_text("{cut", "utf-8")
    assert [one.host for one in looking.look(environment, ["web2"]).hosts] == ["web2"]
    (aside,) = environment.var.glob("drift.json.*.damaged")
    assert aside.read_text("utf-8") == "{cut"
    said = capsys.readouterr().err
    assert f"Moved aside to {aside.name}; lost with it: since when" in said and "--prove" in said


def test_a_receipt_is_not_laid_into_a_folder_that_stands_in_its_place(tmp_path: Path) -> None:
    place = tmp_path / "receipt.json"
    place.mkdir()
    command = laying.LAY.replace("/var/lib/estate", str(tmp_path))
    done = subprocess.run(["sh", "-c", command], input="x", capture_output=True, text=True, check=False)
    assert done.returncode != 0 and str(place) in done.stderr and list(place.iterdir()) == []
    place.rmdir()
    os.mkfifo(place)
    assert subprocess.run(["sh", "-c", command], input="x", text=True, check=False).returncode == 0
    assert place.read_text() == "x"
