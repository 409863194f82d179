"""A commit is trusted when each one since the accepted is signed by somebody who may; nothing of it runs on the way."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from estate.pipeline import conducting, order, placing, starting
from estate.pipeline.conducting import Asked
from estate.pipeline.trust import signers_file
from estate.records.damaged import Damaged
from estate.records.pipelines import recorded
from estate.runs.environment import Environment
from estate.runs.lock import held
from estate.runs.refused import Exit, RefusedError
from tests.unit.pipeline.conftest import Desk, run


def refused(desk: Desk, example: Environment) -> str:
    """Runs the stage trust and gives why it refused; nothing may be past it."""
    record, code = run(desk, example, until="trust")
    assert (record.stages[0].name, record.stages[0].state, code) == ("trust", "failed", Exit.REFUSED)
    assert (record.result, {each.state for each in record.stages[1:]}) == ("failed", {"skipped"})
    return record.stages[0].told


def test_a_commit_signed_by_somebody_who_may_is_trusted(desk: Desk, example: Environment) -> None:
    desk.commit("iki")
    desk.commit("üç")
    record, code = run(desk, example, until="trust")
    assert (code, record.signers, record.stages[0].state) == (Exit.OK, ("veli.ornek",), "passed")
    assert record.sequence == 3


@pytest.mark.parametrize("key", [None, "yabanci", "ayse.ornek"])
def test_a_tip_of_nobody_is_refused(desk: Desk, example: Environment, key: str | None) -> None:
    why = {
        None: "not signed",
        "yabanci": "by nobody in allowed_signers",
        "ayse.ornek": "ayse.ornek, who may not",
    }
    tip = desk.commit("iki", key=key)
    told = refused(desk, example)
    assert told.startswith("1 of 1 commits since ") and f"{tip[:12]} 'iki': " in told and why[key] in told


def test_an_unsigned_commit_does_not_hide_behind_a_signed_one(desk: Desk, example: Environment) -> None:
    hidden = desk.commit("gizli", key=None)
    desk.commit("üst")
    assert f"{hidden[:12]} 'gizli': not signed" in refused(desk, example)


def test_a_signed_merge_does_not_carry_an_unsigned_branch(desk: Desk, example: Environment) -> None:
    desk.git("checkout", "-q", "-b", "yan")
    hidden = desk.commit("yan iş", key=None, side="x")
    desk.git("checkout", "-q", "main")
    desk.commit("ana iş")
    desk.git(
        "-c",
        f"user.signingkey={desk.keys / 'veli.ornek'}",
        "merge",
        "-q",
        "-S",
        "-m",
        "birleşti",
        "-X",
        "ours",
        "yan",
    )
    told = refused(desk, example)
    assert told.startswith("1 of 3 commits") and hidden[:12] in told


def test_a_key_that_was_removed_signs_nothing_any_more(desk: Desk, example: Environment) -> None:
    desk.commit("eski anahtarla")
    desk.list_keys("ayse.ornek")
    assert "signed by nobody in allowed_signers" in refused(desk, example)


def test_a_key_beyond_its_end_signs_nothing_whatever_date_a_commit_claims(
    desk: Desk, example: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2019-01-01T00:00:00Z")
    desk.commit("eski tarihli")
    text = desk.signers.read_text()
    desk.signers.write_text(
        text.replace('veli.ornek namespaces="git', 'veli.ornek valid-before="20200101",namespaces="git')
    )
    assert "not trusted" in refused(desk, example)


def test_a_key_for_approvals_signs_no_commit(desk: Desk, example: Environment) -> None:
    desk.list_keys("veli.ornek", "ayse.ornek", uses="estate-plan")
    desk.commit("iki")
    assert "not trusted" in refused(desk, example)


def test_a_commit_names_no_judges_of_its_own(desk: Desk, example: Environment) -> None:
    """It brings a list of keys and lets its author sign and approve: neither counts before it is accepted."""
    own = desk.declared().replace("signers: [veli.ornek]", "signers: [veli.ornek, ayse.ornek]")
    assert own != desk.declared()
    key = (desk.keys / "yabanci.pub").read_text()
    files = {"inventories__example__estate__pipeline_yml": own, "allowed_signers": f"veli.ornek {key}"}
    desk.commit("kendim", key="ayse.ornek", **files)
    assert "signed by ayse.ornek, who may not" in refused(desk, example)
    with pytest.raises(RefusedError, match="lies in the checkout: a commit would bring its own judges"):
        signers_file(example, desk.root / "allowed_signers")


def test_a_signature_of_another_text_does_not_count(desk: Desk, example: Environment) -> None:
    """The signed commit with another message; once on its own, once hidden behind a replaced object."""
    signed = desk.commit("iki")
    raw = desk.git("cat-file", "commit", signed).replace("\n\niki", "\n\nbaşka") + "\n"
    argv = ["git", "-C", str(desk.root), "hash-object", "-w", "-t", "commit", "--stdin"]
    forged = subprocess.run(argv, input=raw, check=True, capture_output=True, text=True).stdout.strip()
    desk.git("checkout", "-q", forged)
    assert "incorrect signature" in refused(desk, example)
    desk.git("replace", forged, signed)
    assert "incorrect signature" in refused(desk, example)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("*@x {key}", "not one plain user name"),
        ("veli,ayse {key}", "not one plain user name"),
        ("vali cert-authority {key}", "an authority may speak for anybody"),
        ("veli {key}\nayse {key}", "would count as two people"),
        ("veli", "line 1: not `NAME"),
        ("# nobody", "it names nobody"),
    ],
)
def test_a_list_that_leaves_open_who_somebody_is_is_refused(
    desk: Desk, example: Environment, line: str, why: str
) -> None:
    key = " ".join((desk.keys / "veli.ornek.pub").read_text().split()[:2])
    desk.signers.write_text(line.replace("{key}", key) + "\n")
    with pytest.raises(RefusedError, match=why.replace("`", "`")):
        signers_file(example, desk.signers)


def test_a_list_that_others_may_write_is_refused(desk: Desk, example: Environment) -> None:
    desk.signers.chmod(0o664)
    with pytest.raises(RefusedError, match="may be written by others"):
        signers_file(example, desk.signers)
    with pytest.raises(RefusedError, match="it says whose commits are planned"):
        signers_file(example, desk.keys / "none")
    with pytest.raises(RefusedError, match="is a directory"):
        signers_file(example, desk.keys)
    desk.signers.chmod(0o600)
    desk.signers.write_bytes(b"veli \xff\xfe")
    with pytest.raises(RefusedError, match="no list of keys: not UTF-8 text"):
        signers_file(example, desk.signers)


def test_without_an_accepted_commit_nothing_is_judged(desk: Desk, example: Environment) -> None:
    (example.var / "pipeline/accepted.json").unlink()
    desk.commit("iki")
    assert "pipeline adopt COMMIT" in refused(desk, example)


def test_an_older_commit_is_superseded_and_another_history_refused(desk: Desk, example: Environment) -> None:
    first, second = desk.git("rev-parse", "HEAD"), desk.commit("iki")
    order.accept(example, desk.root, second, "", "deneme")
    desk.git("checkout", "-q", first)
    record, code = run(desk, example)
    assert (code, record.result, {each.state for each in record.stages}) == (
        Exit.SUPERSEDED,
        "superseded",
        {"superseded"},
    )
    with pytest.raises(RefusedError, match="superseded by a newer one"):
        run(desk, example)
    desk.commit("yan", other="x")
    assert "does not contain" in refused(desk, example)


@pytest.fixture
def control(desk: Desk, tmp_path: Path) -> Environment:
    """A checkout of its own, whose configuration would run a hook, a filter and a submodule if git let it."""
    root = tmp_path / "srv"
    desk.git("clone", "-q", str(desk.root), str(root))
    for name in ("post-checkout", "reference-transaction", "post-merge"):
        hook = root / ".git/hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran-{name}\n")
        hook.chmod(0o755)
    desk.git("config", "filter.kotu.smudge", f"touch {tmp_path}/ran-filter; cat", place=root)
    environment = Environment("example", root)
    order.accept(environment, root, "HEAD", "", "deneme")
    return environment


def test_nothing_of_a_commit_runs_when_it_is_placed(desk: Desk, control: Environment, tmp_path: Path) -> None:
    attributes = {".gitattributes": "* filter=kotu text eol=crlf\n", "plain": "bir\niki\n"}
    modules = {".gitmodules": f'[submodule "m"]\n path = m\n url = {desk.root}\n update = merge\n'}
    desk.git("update-index", "--add", "--cacheinfo", f"160000,{desk.git('rev-parse', 'HEAD')},m")
    (desk.root / "m").mkdir()
    tip = desk.commit("iki", **attributes, **modules)
    record, code, more = conducting.gate(control, str(desk.root), Asked("main", signers=desk.signers))
    assert (record.commit, code, more) == (tip, Exit.OK, True)
    assert desk.git("rev-parse", "HEAD", place=control.root) == tip
    assert (control.root / "plain").read_bytes() == b"bir\niki\n"
    assert list(tmp_path.glob("ran-*")) == []
    assert list((control.root / "m").iterdir()) == []


def test_what_is_not_trusted_is_not_checked_out(desk: Desk, control: Environment) -> None:
    before = desk.git("rev-parse", "HEAD", place=control.root)
    desk.commit("iki", key=None)
    record, code, more = conducting.gate(control, str(desk.root), Asked("main", signers=desk.signers))
    assert (code, more, record.result) == (Exit.REFUSED, False, "failed")
    assert desk.git("rev-parse", "HEAD", place=control.root) == before
    assert [each.id for each in recorded(control.var)] == [record.id]


def test_edits_in_the_checkout_are_not_lost(desk: Desk, control: Environment) -> None:
    desk.commit("iki")
    (control.root / "note").write_text("elle")
    with pytest.raises(RefusedError, match="has edits, which a checkout would lose"):
        conducting.gate(control, str(desk.root), Asked("main", signers=desk.signers))
    assert (control.root / "note").read_text() == "elle"


def test_no_commit_is_placed_under_a_run_that_applies(desk: Desk, control: Environment) -> None:
    before, new = desk.git("rev-parse", "HEAD"), desk.commit("iki")
    wish = Asked("main", signers=desk.signers)
    with (
        held(control.var / "lock", who="ayse@burada", run="elle"),
        pytest.raises(RefusedError, match=r"ayse@burada on .* holds .*/lock ") as refused,
    ):
        conducting.gate(control, str(desk.root), wish)
    assert (refused.value.code, desk.git("rev-parse", "HEAD", place=control.root)) == (Exit.LOCKED, before)
    assert conducting.gate(control, str(desk.root), wish)[1:] == (Exit.OK, True)
    assert desk.git("rev-parse", "HEAD", place=control.root) == new


def test_how_it_stands_is_told_where_nothing_is_declared_well(desk: Desk, control: Environment) -> None:
    text = desk.declared().replace("rings:", "ringz:")
    desk.commit("bozuk", inventories__example__estate__pipeline_yml=text)
    conducting.gate(control, str(desk.root), Asked("main", signers=desk.signers))
    seen = starting.status(control, Damaged())
    assert {name: lock.state for name, lock in seen.locks.items()} == {
        "pipeline.lock": "free",
        "lock": "free",
    }


@pytest.mark.parametrize(
    ("name", "why"),
    [("var/example/pipeline/accepted.json", "brings var, where"), ("note.local", "note.local")],
)
def test_what_this_machine_keeps_in_the_checkout_is_not_replaced(
    desk: Desk, control: Environment, name: str, why: str
) -> None:
    (control.root / ".git/info/exclude").write_text("*.local\n")
    (control.root / "note.local").write_text("elle")
    desk.commit("kural", **{".gitignore": ""})
    (desk.root / "var").rename(desk.root / ".git/var")
    tip = desk.commit("iki", **{name: "{}"})
    kept = {
        path: path.read_text()
        for path in (control.var / "pipeline/accepted.json", control.root / "note.local")
    }
    with pytest.raises(RefusedError, match=why):
        conducting.gate(control, str(desk.root), Asked("main", signers=desk.signers))
    assert {path: path.read_text() for path in kept} == kept
    assert desk.git("rev-parse", "HEAD", place=control.root) != tip


def test_no_password_of_an_address_is_told() -> None:
    assert placing.without_secret("https://ci:s3cret@forge.example/x.git") == "https://forge.example/x.git"
