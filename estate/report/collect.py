"""Collects everything a report is made of into one frozen value: declared estate, measurements and records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from estate.declared import Estate
from estate.report import inputs
from estate.report.gather import Flaws, Records
from estate.report.measure import Measured, measure, silent
from estate.report.period import Period, ReportError
from estate.report.prometheus import Prometheus

PORT = 9090


@dataclass(frozen=True)
class Tool:
    """Names the program that collects: its version and the commit it stands on."""

    version: str
    commit: str


def server_address(estate: Estate) -> str:
    """Gives the address of Prometheus on the first declared monitoring server."""
    return f"http://{estate.networks.hosts[server(estate)].address}:{PORT}"


def server(estate: Estate) -> str:
    """Names the first declared monitoring server."""
    for host in estate.hosts.get("monitoring_servers", ()):
        if host in estate.networks.hosts:
            return host
    raise ReportError(
        "measurement server: no host of the group monitoring_servers has an address. "
        "Declare one in hosts.yml and networks.yml."
    )


def collect(
    estate: Estate, var: Path, period: Period, tool: Tool, now: datetime, flaws: Flaws, unasked: str | None
) -> inputs.Inputs:
    """Gathers the inputs of one period; `unasked` is the reason why Prometheus must not be asked, if there is one."""
    address = server_address(estate)
    names = {cover.name for duty in estate.duties for cover in duty.covered_by if cover.kind == "metric"}
    answers = silent(unasked) if unasked else measure(Prometheus(address), period, names)
    return frozen(estate, address, answers, Records(var, period, flaws), period, tool, now)


def frozen(
    estate: Estate,
    address: str,
    answers: Measured,
    records: Records,
    period: Period,
    tool: Tool,
    now: datetime,
) -> inputs.Inputs:
    """Puts the halves together in their one shape."""
    return inputs.Inputs.model_validate(
        {
            "format": 1,
            "environment": estate.environment,
            "collected_at": now.replace(microsecond=0),
            "version": tool.version,
            "commit": tool.commit,
            "period": {
                "name": period.name,
                "start": period.start,
                "end": period.end,
                "evaluated_at": period.evaluated_at,
            },
            **_declared(estate),
            "prometheus": {"address": address, "error": answers.error},
            "metrics": tuple(answers.metrics),
            "measurements": tuple(answers.measurements),
            "series": tuple(answers.series),
            "stores": records.stores,
            "drills": records.drills,
            "runs": records.runs,
            "proofs": records.proofs,
            "unread": tuple(records.unread),
        }
    )


def _declared(estate: Estate) -> dict[str, object]:
    organisation = estate.organisation
    names = {row.slug: row.name for row in organisation.directorates}
    return {
        "organisation": inputs.Organisation(
            name=organisation.name,
            directorate=names[organisation.directorate_of_it],
            time_zone=organisation.time_zone,
        ),
        "duties": tuple(
            inputs.Duty(
                id=duty.id,
                tr=duty.tr,
                en=duty.en,
                max_evidence_age_days=duty.max_evidence_age_days,
                covered_by=tuple(inputs.Coverage(kind=c.kind, name=c.name) for c in duty.covered_by),
            )
            for duty in estate.duties
        ),
        "services": tuple(
            inputs.Service(id=s.id, name=s.name_tr, rto_seconds=s.rto_seconds, rpo_seconds=s.rpo_seconds)
            for s in estate.services
        ),
        "jobs": tuple(
            inputs.Job(id=job.id, service=job.service, rpo_seconds=job.rpo_seconds)
            for job in estate.backups.jobs
        ),
        "scenarios": tuple(
            inputs.Scenario(
                id=drill.id,
                title=drill.title_tr,
                service=drill.service,
                backup_job=drill.backup_job,
                rto_seconds=drill.rto_seconds,
                rpo_seconds=drill.rpo_seconds,
                frequency_days=drill.frequency_days,
            )
            for drill in estate.drills
        ),
    }
