"""Checks that services, drills and duties refer to what is declared, and that data is never without a backup."""

from __future__ import annotations

from datetime import date
from typing import get_args

from estate.declared.checks.checking import Parts, Sayer, needing
from estate.declared.drills import CAPTURES, Drill
from estate.declared.services import Service
from estate.declared.web_access import WeekDay

DAYS: tuple[WeekDay, ...] = get_args(WeekDay)


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


@needing("drills", "services", "backups", "networks", "hosts", "mail", "people", "switches", "telephony")
def drills_refer(parts: Parts, say: Sayer, today: date) -> None:
    """Refuses a drill of unknown things, or one that promises less than its service."""
    say.twice("drills", [((i, "id"), drill.id) for i, drill in enumerate(parts.drills)], "drill")
    users = [person.user for person in parts.people if person.user]
    mailboxes = [person.user for person in parts.people if person.user and person.mail]
    mailboxes += [account.user for account in parts.mail.accounts]
    for i, drill in enumerate(parts.drills):
        _targets_fit(drill, i, parts, say)
        if parts.switches.switch(drill.lost_host) or drill.of_a_switch:
            _spare_fits(drill, i, parts, say)
        else:
            _machines_fit(drill, i, parts, say)
        heard = [one.number for one in parts.telephony.extensions if one.voicemail]
        if drill.telephone is not None and drill.telephone not in heard:
            say.unknown("drills", (i, "telephone"), drill.telephone, "extension with voicemail", heard)
        for j, account in enumerate(drill.accounts):
            if account not in mailboxes:
                say.unknown("drills", (i, "accounts", j), account, "account", mailboxes)
        for j, user in enumerate(drill.participants):
            if user not in users:
                say.unknown("drills", (i, "participants", j), user, "person", users)
        if drill.approved_by not in users:
            say.unknown("drills", (i, "approved_by"), drill.approved_by, "person", users)
        told = [*mailboxes, *(alias.alias for alias in parts.mail.aliases)]
        for j, name in enumerate(drill.notify):
            if name not in told:
                say.unknown("drills", (i, "notify", j), name, "person with a mailbox, account or alias", told)
        _window_fits(drill, i, say)


def _window_fits(drill: Drill, i: int, say: Sayer) -> None:
    """Refuses hours that never come, and a period in which no whole window need lie."""
    window = drill.window
    if window.start >= window.end:
        right = "write hours of one day, the earlier one first"
        say("drills", (i, "window"), f"{window.end} does not come after {window.start}", right)
    say.twice("drills", [((i, "window", "days", j), day) for j, day in enumerate(window.days)], "day")
    days = sorted(DAYS.index(day) for day in window.days)
    gap = max((later - day - 1) % 7 + 1 for day, later in zip(days, [*days[1:], days[0]], strict=True))
    if drill.frequency_days <= gap:
        wrong = f"within {drill.frequency_days} days no window need come: they open up to {gap} days apart"
        say("drills", (i, "frequency_days"), wrong, f"write {gap + 1} or more, or name more days")


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


def _spare_fits(drill: Drill, i: int, parts: Parts, say: Sayer) -> None:
    """Refuses a drill that could reach a living switch in place of the spare one."""
    switches, hosts = parts.switches.switches, parts.networks.hosts
    if parts.switches.switch(drill.lost_host) is None:
        say.unknown("drills", (i, "lost_host"), drill.lost_host, "switch", [each.name for each in switches])
    if not drill.of_a_switch:
        say("drills", (i, "backup_job"), f"{drill.lost_host} is a switch", f"write {CAPTURES}: its captures")
    if drill.target in hosts or parts.switches.switch(drill.target):
        say(
            "drills",
            (i, "target"),
            f"{drill.target} serves people",
            "name the spare switch, which is not declared",
        )
    living = {str(one.address) for one in switches} | {str(one.address) for one in hosts.values()}
    if drill.spare and str(drill.spare.address) in living:
        wrong = f"{drill.spare.address} is the address of a machine that serves people"
        say("drills", (i, "spare", "address"), wrong, "write that of the console of the spare switch")


def _machines_fit(drill: Drill, i: int, parts: Parts, say: Sayer) -> None:
    hosts = parts.networks.hosts
    if drill.spare is not None:
        say("drills", (i, "spare"), f"{drill.lost_host} is no switch", "remove it")
    if drill.lost_host not in hosts:
        say.unknown("drills", (i, "lost_host"), drill.lost_host, "host", hosts)
    targets = parts.hosts.get("drill_targets", ())
    if drill.target not in targets:
        say.unknown("drills", (i, "target"), drill.target, "host of the group drill_targets", targets)
    elif drill.target == drill.lost_host:
        say("drills", (i, "target"), "the target is the host that is lost", "name another host")
    elif {drill.lost_host, drill.target} <= set(hosts):
        lost, target = hosts[drill.lost_host].release, hosts[drill.target].release
        if lost != target:
            told = f"{drill.target} runs {target}, the lost {drill.lost_host} runs {lost}"
            say("drills", (i, "target"), told, f"name a host of the release {lost}")
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
