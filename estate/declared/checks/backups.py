"""Checks that backups are of something, go to another site, and are made as often as promised."""

from __future__ import annotations

from datetime import date

from estate.declared.backups import Job
from estate.declared.checks.checking import Parts, Sayer, needing


@needing("backups", "services", "hosts", "networks", "people")
def jobs_refer(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a job of an unknown service or host, or one that its service does not name."""
    say.twice("backups", [(("jobs", i, "id"), job.id) for i, job in enumerate(parts.backups.jobs)], "job")
    repositories = parts.hosts.get("backup_repositories", ())
    clients = parts.hosts.get("backup_clients", ())
    repository = parts.backups.repository.host
    if repository not in repositories:
        what = "host of the group backup_repositories"
        say.unknown("backups", ("repository", "host"), repository, what, repositories)
    for i, job in enumerate(parts.backups.jobs):
        if job.host not in clients:
            what = "host of the group backup_clients"
            say.unknown("backups", ("jobs", i, "host"), job.host, what, clients)
        _stands_elsewhere(job, i, parts, say)
        _keeps_the_promise(job, i, parts, say)
        for j, exclusion in enumerate(job.exclude):
            say.exception("backups", ("jobs", i, "exclude", j), exclusion, parts.people, today)


def _stands_elsewhere(job: Job, i: int, parts: Parts, say: Sayer) -> None:
    """Refuses a copy at the site of its source: one fire would take both (OVH Strasbourg, 2021)."""
    hosts = parts.networks.hosts
    source, copy = hosts.get(job.host), hosts.get(parts.backups.repository.host)
    if source and copy and source.site == copy.site:
        say(
            "backups",
            ("jobs", i, "host"),
            f"{job.host} and the repository {parts.backups.repository.host} both stand at {source.site}",
            "keep the copy at another site",
        )


def _keeps_the_promise(job: Job, i: int, parts: Parts, say: Sayer) -> None:
    services = {service.id: service for service in parts.services}
    service = services.get(job.service)
    if service is None:
        say.unknown("backups", ("jobs", i, "service"), job.service, "service", services)
        return
    if service.backup_job != job.id:
        right = f"write backup_job: {job.id} at service {service.id}, or remove the job"
        say("backups", ("jobs", i, "service"), f"service {service.id} does not name the job {job.id}", right)
    if job.rpo_seconds > service.rpo_seconds:
        say(
            "backups",
            ("jobs", i, "rpo_seconds"),
            f"{job.rpo_seconds} is more than {service.id} promises ({service.rpo_seconds})",
            f"write {service.rpo_seconds} or less, and a schedule that keeps it",
        )
    if job.max_age_seconds > job.rpo_seconds:
        say(
            "backups",
            ("jobs", i, "max_age_seconds"),
            f"{job.max_age_seconds} is more than rpo_seconds ({job.rpo_seconds}): data would be lost unnoticed",
            f"write {job.rpo_seconds} or less",
        )
