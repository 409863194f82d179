"""A push to the control host converges the lab: unsigned does not get in, killed goes on, the newest wins.

The host stops after a ring of one host here, so that a push changes `outside1` alone; each push is planned whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lab.reaching import LAB, ROOT, Answer, on, play, ran, sure, until

pytestmark = pytest.mark.lab
CONTROL, CHANGED = "ctl1", "outside1"
REPOSITORY, SETTINGS, REVISION = "/srv/estate/estate.git", "/etc/estate/gitops.json", "/etc/estate/revision"
AS_PUSH = f"setpriv --reuid=estate-push --regid=estate-push --clear-groups git -C {REPOSITORY}"
APPLIED = "/srv/estate/checkout/var/lab/applied.json"
PATIENCE = 420.0


@dataclass(frozen=True)
class Clone:
    """Is the work tree of an administrator who signs."""

    path: Path

    def git(self, *words: str) -> Answer:
        """Runs git there, by the keys of the lab's administrator."""
        who = ("user.name=Uğur Şahin", "user.email=ugur.sahin@gumuscagil.bel.example", "gpg.format=ssh")
        options = [
            part for each in (*who, f"user.signingkey={LAB.var}/signing/id_ed25519") for part in ("-c", each)
        ]
        return ran(["git", *options, *words], cwd=self.path, GIT_SSH_COMMAND=f"ssh -F {LAB.ssh_config}")

    def commit(self, word: str, *options: str) -> str:
        """Declares one more harmful domain for the world outside, and gives the commit."""
        folder = self.path / "inventories/lab/group_vars/outside_organisations"
        folder.mkdir(exist_ok=True)
        text = f"outside_organisation_harmful_domains: [{word}.example]\n"
        (folder / "outside_organisation.yml").write_text(text, encoding="utf-8")
        assert self.git("add", "--all").returncode == 0
        done = self.git("commit", "--quiet", "--message", f"outside: block {word}", *options)
        assert done.returncode == 0, done.stderr
        return self.git("rev-parse", "HEAD").stdout.strip()

    def push(self) -> Answer:
        """Pushes the way docs/controller.md says."""
        return self.git("push", f"estate-push@{CONTROL}:{REPOSITORY}", "HEAD:refs/heads/main")


def runs() -> dict[str, dict[str, Any]]:
    """Gives the newest pipeline run of each commit that the control host recorded."""
    listed = sure(
        CONTROL, "cat /srv/estate/checkout/var/lab/pipelines/*.json 2>/dev/null | tr -d '\\n'; true"
    )
    decoder, found, at = json.JSONDecoder(), dict[str, dict[str, Any]](), 0
    while at < len(listed):
        one, at = decoder.raw_decode(listed, at)
        found[one["commit"]] = one
    return found


def state(commit: str, stage: str) -> str:
    """Tells how a stage of the run of a commit stands; "" while there is none."""
    stages = runs().get(commit, {}).get("stages", [])
    return next((one["state"] for one in stages if one["name"] == stage), "")


def kill() -> None:
    """Kills everything of the run at once, as a machine that lost its power."""
    sure(CONTROL, "systemctl kill --signal=KILL estate-pipeline.service")


def waiting() -> str:
    return sure(CONTROL, "ls /srv/estate/queue")


def blocked(word: str) -> bool:
    """Tells whether the world outside publishes a domain as harmful."""
    return on(CHANGED, f"grep -rqs {word}.example /etc/nginx").returncode == 0


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """Gives a clone whose first commit the control host has adopted; afterwards all is as it was."""
    kept = sure(CONTROL, f"cat {SETTINGS}")
    carried = on(CHANGED, f"cat {REVISION}").stdout
    sure(
        CONTROL,
        f"systemctl stop estate-pipeline.path; {AS_PUSH} update-ref -d refs/heads/main; rm -f /srv/estate/queue/*",
    )
    stopped = json.dumps(json.loads(kept) | {"last_ring": "deneme"})
    sure(
        CONTROL,
        f"cat >{SETTINGS}; systemctl reset-failed 'estate-pipeline*' || true; systemctl start estate-pipeline.path",
        stopped,
    )
    made = Clone(tmp_path_factory.mktemp("admin") / "clone")
    assert ran(["git", "clone", "--quiet", ROOT, made.path]).returncode == 0
    rings = made.path / "inventories/lab/estate/pipeline.yml"
    ring = f"  rings:\n    - {{name: deneme, hosts: [{CHANGED}], verify: [mail]}}"
    rings.write_text(rings.read_text("utf-8").replace("  rings:", ring, 1), encoding="utf-8")
    first = made.commit("ilk", "-S")
    pushed = made.push()
    assert pushed.returncode == 0, pushed.stderr
    assert until(lambda: not waiting(), 60)
    # Pushes of another history, which this one does not contain, were perhaps applied from here.
    sure(CONTROL, f"mv {APPLIED} {APPLIED}.kept || true; estate-adopt {first} --again")
    yield made
    sure(
        CONTROL,
        f"systemctl stop estate-pipeline.path estate-pipeline.service; rm -f /srv/estate/queue/*; cat >{SETTINGS}",
        kept,
    )
    again = "systemctl reset-failed 'estate-pipeline*' || true; systemctl start estate-pipeline.path"
    sure(CONTROL, f"rm -f {APPLIED}; mv {APPLIED}.kept {APPLIED} || true; {again}")
    back = play("outside_organisations", "--limit", CHANGED)
    assert back.returncode == 0, back.stdout[-2000:]
    sure(CHANGED, f"cat >{REVISION}" if carried else f"rm -f {REVISION}", carried)


def test_an_unsigned_push_is_refused_and_changes_nothing(clone: Clone) -> None:
    before = runs()
    commit = clone.commit("imzasiz")
    refused = clone.push()
    assert refused.returncode != 0 and f"refused: {commit[:12]} has no signature" in refused.stderr
    assert commit[:12] in sure(CONTROL, "journalctl --identifier=estate-push --lines=5 --output=cat")
    assert (waiting(), runs(), blocked("imzasiz")) == ("", before, False)
    assert clone.git("reset", "--quiet", "--hard", "HEAD~1").returncode == 0


def test_the_newest_push_converges_the_lab_though_its_run_was_killed(clone: Clone) -> None:
    first = clone.commit("birinci", "-S")
    told = clone.push()
    assert told.returncode == 0 and "nothing of it has run" in told.stderr
    assert until(lambda: state(first, "plan") == "running", 90)
    passed_over = clone.commit("ikinci", "-S")
    assert clone.push().returncode == 0
    newest = clone.commit("ucuncu", "-S")
    assert clone.push().returncode == 0
    kill()
    assert until(lambda: state(newest, "plan") == "running", 90)
    run = runs()[newest]["id"]
    kill()
    assert until(lambda: not waiting(), PATIENCE, pause=3), sure(CONTROL, "estate pipeline status")
    found = runs()
    stages = {(one["name"], one["ring"]): one["state"] for one in found[newest]["stages"]}
    assert found[newest]["id"] == run, "the killed run was not taken up again"
    assert (stages["apply", "deneme"], stages["verify", "deneme"]) == ("passed", "passed"), stages
    assert passed_over not in found and found[first]["result"] != "passed"
    assert (blocked("birinci"), blocked("ucuncu")) == (False, True)
    assert json.loads(sure(CHANGED, f"cat {REVISION}"))["commit"] == newest
    assert newest[:12] in sure(CONTROL, "estate pipeline status")
    state_of_unit = "systemctl is-failed estate-pipeline.service || true"  # it pauses 5 s after each run
    assert until(lambda: sure(CONTROL, state_of_unit) == "inactive", 30), sure(CONTROL, state_of_unit)
