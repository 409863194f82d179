"""Checks that services, drills and duties refer to what is declared, and that data is never without a backup."""

from __future__ import annotations

from datetime import date

from estate.declared.checks.checking import Parts, Sayer, needing
from estate.declared.drills import Drill
from estate.declared.services import Service


@needing("services", "organisation", "duties", "people")
def services_refer(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a service of no directorate, with unknown duties, or with an exception that no longer holds."""
    say.twice("services", [((i, "id"), service.id) for i, service in enumerate(parts.services)], "service")
    slugs = [row.slug for row in parts.organisation.directorates]
    duties = [duty.id for duty in parts.duties]
    for i, service in enumerate(parts.services):
        if service.owner not in slugs:
            say.unknown("services", (i, "owner"), service.owner, "directorate", slugs)
        for j, duty in enumerate(service.duties):
            if duty not in duties:
                say.unknown("services", (i, "duties", j), duty, "duty", duties)
        for j, exception in enumerate(service.exceptions):
            say.exception("services", (i, "exceptions", j), exception, parts.people, today)
        links = [((i, "exceptions", j, "link"), each.link) for j, each in enumerate(service.exceptions)]
        say.twice("services", links, "exception for link")


@needing("services", "backups")
def data_has_a_backup(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a running service that holds data and has no backup job (South Korea's NIRS, 2025)."""
    for i, service in enumerate(parts.services):
        if service.backup_job is None:
            if service.state == "running" and service.holds_data and service.exception("backup") is None:
                say(
                    "services",
                    (i, "backup_job"),
                    f"{service.id} holds data and has no backup",
                    "name a job of estate_backups, or sign an exception for the link backup",
                )
            continue
        _job_is_its_own(service, i, parts, say)


def _job_is_its_own(service: Service, i: int, parts: Parts, say: Sayer) -> None:
    job = parts.backups.job(service.backup_job)
    place = (i, "backup_job")
    if job is None:
        known = [each.id for each in parts.backups.jobs]
        say.unknown("services", place, service.backup_job, "backup job", known)
        return
    if job.service != service.id:
        right = f"name a job of {service.id}"
        say("services", place, f"job {job.id} backs up {job.service}", right)
    if service.exception("backup") is not None:
        say("services", (i, "exceptions"), "the link backup is excused and has a job", "remove the exception")


@needing("services", "drills")
def services_have_their_drill(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a service that names an unknown drill or another service's."""
    drills = {drill.id: drill for drill in parts.drills}
    for i, service in enumerate(parts.services):
        if service.drill is None:
            continue
        drill = drills.get(service.drill)
        if drill is None:
            say.unknown("services", (i, "drill"), service.drill, "drill", drills)
        elif drill.service != service.id:
            right = f"name a drill of {service.id}"
            say("services", (i, "drill"), f"drill {drill.id} exercises {drill.service}", right)


@needing("drills", "services", "backups", "networks", "hosts", "mail", "people")
def drills_refer(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a drill of unknown things, or one that promises less than its service."""
    say.twice("drills", [((i, "id"), drill.id) for i, drill in enumerate(parts.drills)], "drill")
    users = [person.user for person in parts.people if person.user]
    mailboxes = [person.user for person in parts.people if person.user and person.mail]
    mailboxes += [account.user for account in parts.mail.accounts]
    for i, drill in enumerate(parts.drills):
        _targets_fit(drill, i, parts, say)
        _machines_fit(drill, i, parts, say)
        for j, account in enumerate(drill.accounts):
            if account not in mailboxes:
                say.unknown("drills", (i, "accounts", j), account, "account", mailboxes)
        for j, user in enumerate(drill.participants):
            if user not in users:
                say.unknown("drills", (i, "participants", j), user, "person", users)
        if drill.approved_by not in users:
            say.unknown("drills", (i, "approved_by"), drill.approved_by, "person", users)


def _targets_fit(drill: Drill, i: int, parts: Parts, say: Sayer) -> None:
    services = {service.id: service for service in parts.services}
    service = services.get(drill.service)
    if service is None:
        say.unknown("drills", (i, "service"), drill.service, "service", services)
        return
    for key in ("rto_seconds", "rpo_seconds"):
        mine, promised = getattr(drill, key), getattr(service, key)
        if mine > promised:
            right = f"write {promised} or less"
            say("drills", (i, key), f"{mine} is more than {service.id} promises ({promised})", right)


def _machines_fit(drill: Drill, i: int, parts: Parts, say: Sayer) -> None:
    hosts = parts.networks.hosts
    if drill.lost_host not in hosts:
        say.unknown("drills", (i, "lost_host"), drill.lost_host, "host", hosts)
    targets = parts.hosts.get("drill_targets", ())
    if drill.target not in targets:
        say.unknown("drills", (i, "target"), drill.target, "host of the group drill_targets", targets)
    elif drill.target == drill.lost_host:
        say("drills", (i, "target"), "the target is the host that is lost", "name another host")
    job = parts.backups.job(drill.backup_job)
    if job is None:
        known = [each.id for each in parts.backups.jobs]
        say.unknown("drills", (i, "backup_job"), drill.backup_job, "backup job", known)
    elif (job.service, job.host) != (drill.service, drill.lost_host):
        say(
            "drills",
            (i, "backup_job"),
            f"job {job.id} backs up {job.service} on {job.host}",
            f"name a job of {drill.service} on {drill.lost_host}",
        )
