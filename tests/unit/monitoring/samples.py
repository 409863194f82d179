"""Gives a sample of what every program that measures writes, made by the programs' own code."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from estate.declared import load as declared
from estate.declared.estate import Estate
from estate.drill.faults import matrix, wanted
from estate.plan.directory_figures import Counted, Figures
from estate.plan.mail_folders import Strays
from estate.records import Outcome, RunDirectory, Verdict, pipelines, read, write
from estate.records.captures import Capture, note
from estate.records.drift import Drift, HostDrift, Proof
from estate.records.mutations import Mutation, Seen, keep
from estate.records.shapes import Change, Kind, Plan, Result, Run
from estate.switches.shown import PortShown
from estate.switches.state import SwitchState
from exporters import (
    backup_record,
    backup_repository,
    call_probe,
    certificates,
    clock,
    directory_health,
    journal,
    mail_probe,
    mail_server,
    run_outcomes,
    telephone_calls,
    telephone_exchange,
    web_lists,
    web_proxy,
)

ROOT = Path(__file__).parents[3]
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@cache
def estate() -> Estate:
    """Loads what the lab declares."""
    return declared(ROOT / "inventories/lab")


def _counted(var: Path) -> Path:
    """Writes what was counted in a directory of one person."""
    path = var / "people.json"
    figures = Figures(NOON, (Counted("staff", "active", "fen", 1),), {}, {}, 0, 0, {"temel": 1})
    write(path, figures)
    return path


def _stray(var: Path) -> Path:
    """Writes what was found on a mail server where mail of one nobody lies."""
    path = var / "strays-mail1.json"
    write(path, Strays(("hayalet",), 3))
    return path


def run(
    var: Path,
    kind: Kind,
    at: datetime,
    outcomes: list[Outcome] | None = None,
    *,
    result: Result = "ok",
    verdicts: list[Verdict] | None = None,
    changes: list[Change] | None = None,
    limit: str = "",
    incomplete: tuple[str, ...] = (),
    notices: tuple[str, ...] = (),
) -> None:
    """Records one run as the tools do, at a given time; a result `running` is a run whose process is gone."""
    opened = RunDirectory.start(var, kind, environment="lab", commit="c", who="w", reason="r")
    for outcome in outcomes or []:
        opened.record(outcome)
    if verdicts is not None:
        opened.write_verdicts(verdicts)
    if changes is not None:
        plan = Plan("r", "lab", "c", limit, "d", "h", tuple(changes), incomplete, {}, notices=notices)
        write(opened.path / "plan.json", plan)
    if result != "running":
        opened.finish(result)
    head = read(opened.path / "run.json", Run)
    ended = None if result == "running" else at
    write(opened.path / "run.json", replace(head, started=at, ended=ended, pid=2**22 + 1))
    opened.path.rename(opened.path.with_name(f"{at:%Y%m%dT%H%M%SZ}-{kind}-{opened.path.name[-6:]}"))


def restore(**changed: Any) -> dict[str, Any]:
    """Gives what a drill's record says of a restore, passed unless changed."""
    return {
        "result": "passed",
        "reason": "equal",
        "snapshot_id": "d2677360",
        "snapshot_time": NOON.isoformat(),
        "seconds": 9.5,
        "compare_seconds": 0.4,
        "files": 10,
        "bytes": 99,
        "missing": [],
        "mismatches": [],
        **changed,
    }


def evidence(var: Path, at: datetime, **changed: Any) -> None:
    """Writes one evidence record of a drill, passed unless changed."""
    record = {
        "scenario": "mail",
        "service": "eposta",
        "backup_job": "eposta",
        "result": "passed",
        "started": at.isoformat(),
        "ended": at.isoformat(),
        "phases": {"decided": 0, "host_up": 20.0, "configured": 70.5, "restored": 80.0, "accepted": 90.0},
        "rto_seconds": 90.0,
        "rpo_seconds": 240.0,
        "restore": restore(),
        "lessons": [],
        **changed,
    }
    folder = var / "evidence" / f"{at:%Y%m%dT%H%M%SZ}-drill-abcdef"
    folder.mkdir(parents=True)
    (folder / "record.json").write_text(json.dumps(record), "utf-8")


def mutated(var: Path, *outcomes: Seen, at: datetime = NOON) -> None:
    """Writes what drills said of the first faults of the matrix, one an outcome."""
    faults = zip(matrix(), outcomes, strict=False)
    keep(var, [Mutation(one.id, one.drill, wanted(one), seen, "", at, "c") for one, seen in faults])


def ok(host: str, subject: str, tool: str = "ansible", status: str = "ok") -> Outcome:
    """Gives one outcome."""
    return Outcome(host, tool, subject, "key", status)  # type: ignore[arg-type]


def drift(var: Path, **changed: Any) -> None:
    """Writes what a look at the receipt of one host found, and the proof of an earlier one."""
    told: dict[str, Any] = {
        "run": "r",
        "revision": "c",
        "promised": 9,
        "broken": 2,
        "unverifiable": 1,
    } | changed
    found = HostDrift(
        **({"host": "files1", "state": "corrective", "since": NOON, "looked_at": NOON} | told),
        receipt_at=NOON,
    )
    proof = Proof(
        NOON, "p", ("files1",), ("files1 file_server: update /etc/a", "files1 file_server: update /etc/b")
    )
    write(var / "drift.json", Drift("lab", NOON, 1.0, (found,), (), "", proof))


def switch(var: Path, name: str = "sw-ana-kat1", **changed: Any) -> None:
    """Writes what a look at a switch found, and the record of a copy of its configuration."""
    ports = (
        PortShown("GigabitEthernet1/0/1", "up", 7, 2),
        PortShown("GigabitEthernet1/0/2", "disabled", 0, None),
    )
    found = SwitchState(name, NOON, NOON, None, "in_sync", NOON, "", (), False, ports)
    write(var / f"switches/state/{name}.json", replace(found, **changed))
    note(var / "switches/captures", Capture(name, NOON, NOON, True, "0" * 64, 9, None))


def _mail_server(var: Path) -> str:
    """Measures a mail server of one mailbox."""
    table = "Username\tQuota name\tType\tValue\tLimit\t%\nisil@x\tuser\tSTORAGE\t1\t9\t1\n"
    said = {
        "ldapsearch": "dn: CN=isil,OU=bim,OU=Birimler,OU=Belediye\ncn: isil\n",
        "doveadm": table,
        "postqueue": "",
        "postmap": "",
    }
    directory = var / "mailboxes.cf"
    directory.write_text("server_host = x\nsearch_base = y\nbind_dn = z\nbind_pw = w\n", "utf-8")
    settings = mail_server.Settings("x", str(directory), "cdb:y", 9, ())
    out, problems = mail_server.measure(settings, var / "c.json", lambda c, *_: said[c[0]], lambda _: [])
    assert problems == []
    return out.render()


def telephones(var: Path) -> str:
    """Measures an exchange of one telephone and one trunk."""
    declared = {
        "time_zone": "Europe/Istanbul",
        "secret_days": 365,
        "trunks": ["ana"],
        "probes": [],
        "extensions": {"2401": {"unit": "fen", "site": "ANA", "type": "sip", "issued": "2026-06-01"}},
        "reserved": {},
        "blocks": {"fen": [1, 100]},
        "day": [],
    }
    said = {
        "core show channels count": "0 active calls\n",
        "pjsip show contacts": "  Contact:  ana/sip:x@192.0.2.1:5060  0a1b Avail  1.0\n",
        "pjsip show registrations": " ana/sip:192.0.2.1:5060  ana  Registered (exp. 9s)\n",
        "status": "Currently banned: 0",
    }
    (var / "calls.db").touch()
    at = {name: var / f"no-{name}" for name in ("faxes", "messages", "dump", "job")} | {
        "calls": var / "calls.db"
    }
    found = telephone_exchange.measure(
        declared, telephone_calls.Counts(), lambda *words: said.get(words[2]) or said[words[1]], at
    )
    assert found[1] == []
    return found[0].render()


def _shares() -> str:
    """Measures a file server with one shared folder."""
    from exporters import share_acls, shares

    record = {"service": "dosya", "shares": {"ik": {"unit": "ik", "quota_bytes": 9}}}
    return shares.measurements(record, {"ik": share_acls.Survey(exists=True)}, 1, 5.0).render()


def _web(var: Path) -> list[str]:
    """Gives what the programs of the web proxy write where nobody listens and nothing was fetched."""
    lists = [{"name": "zararli", "source": {"max_age_hours": 24}}]
    web_lists.measure(web_lists.Settings(var, var / "web_lists.prom", lists))
    (var / "password").write_text("x", "utf-8")
    nobody = {"address": "127.0.0.1", "port": 1, "proxy": "vekil.example", "user": "svc-vekil"}
    asked = web_proxy.measure({**nobody, "password": str(var / "password")}, web_proxy.Counted())
    return [(var / "web_lists.prom").read_text("utf-8"), asked.render()]


def _call() -> dict[str, Any]:
    """Gives the verdict of a proving call that measured all there is."""
    told = {"id": "internal", "result": "passed", "expected": "", "found": "", "seconds": 1.0}
    return told | {"delay": 0.1, "audio": True, "loss": 0.0}


def everything(var: Path) -> list[str]:
    """Gives the text of one file of every program that measures."""
    run(var, "apply", NOON, [ok("mail1", "mail_server")])
    run(var, "plan", NOON.replace(hour=13), [ok("mail1", "mail_server")], changes=[])
    evidence(var, NOON)
    state = mail_probe.State(sequence=3, last_run=2, last_success=2, canary=1, records=3, roundtrip=0.4)
    ports = [certificates.Port("eposta", 1, "tls", "/nowhere")]
    backup_record.publish("eposta", backup_record.Record(success=1, last_success=1), {"rpo_seconds": 60}, var)
    kept = {
        "path": f"{var}/restic",
        "site": "FKM",
        "repository": "backup1",
        "state": str(var),
        "plan": [{"backup_job": "eposta"}],
        "jobs": {"eposta": {"host": "mail1", "site": "ANA", "max_age_seconds": 60}},
    }
    Path(kept["path"]).mkdir()  # type: ignore[arg-type]
    switch(var)
    drift(var)
    mutated(var, "caught")
    pipelines.keep(
        var,
        replace(
            pipelines.started(var, "lab", "c", "w", (pipelines.Stage("plan", "", "passed", NOON, NOON),)),
            result="passed",
        ),
    )
    return [
        (var / "backup_eposta.prom").read_text("utf-8"),
        backup_repository.measured(kept, now=0).render(),
        run_outcomes.measure(estate(), var, _counted(var), [_stray(var)]).render(),
        mail_probe.measurements("eposta", state).render(),
        call_probe.measurements([_call()], {"internal": 1}, 2).render(),
        certificates.measure(ports)[0].render(),
        _shares(),
        telephones(var),
        directory_health.measurements(
            "dizin", dict.fromkeys(("dns", "kerberos", "ldap", "ldaps"), ""), 1
        ).render(),
        _mail_server(var),
        journal.measurements([], 0, 300).render(),
        clock.measurements("dir1", -0.4).render(),
        *_web(var),
    ]
