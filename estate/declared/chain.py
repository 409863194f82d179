"""Follows each service from what builds it to the report the law asks for, and names every missing link.

Pure: what exists in the checkout comes in as `RepositoryFacts`, nothing is read here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import get_args

from estate.declared.duties import Duty
from estate.declared.estate import Estate
from estate.declared.repository import RepositoryFacts
from estate.declared.services import LinkName, Service

LINKS: tuple[LinkName, ...] = get_args(LinkName)
"""The links of the chain, in its order."""

_Found = tuple[tuple[str, ...], tuple[str, ...]]
"""What carries a link, and what is missing of it."""


@dataclass(frozen=True)
class Link:
    """One link of a service's chain: what carries it, what is missing, until when that is excused."""

    name: LinkName
    carried_by: tuple[str, ...]
    gaps: tuple[str, ...]
    excused_until: date | None = None

    @property
    def whole(self) -> bool:
        """Tells whether nothing is missing, or what is missing is excused."""
        return not self.gaps or self.excused_until is not None


@dataclass(frozen=True)
class ServiceChain:
    """The chain of one service, its links in the order of LINKS."""

    service: str
    name_tr: str
    state: str
    links: tuple[Link, ...]

    @property
    def whole(self) -> bool:
        """Tells whether every link holds."""
        return all(link.whole for link in self.links)


@dataclass(frozen=True)
class Missing:
    """One gap: of which service (or `duty <id>`), in which link, and why."""

    subject: str
    link: LinkName
    why: str


def chain(estate: Estate, facts: RepositoryFacts) -> list[ServiceChain]:
    """Gives the chain of every service, in the declared order."""
    duties = {duty.id: duty for duty in estate.duties}
    return [_service_chain(service, duties, facts) for service in estate.services]


def missing(chains: Iterable[ServiceChain]) -> tuple[Missing, ...]:
    """Gives every gap that no exception excuses."""
    return tuple(
        Missing(each.service, link.name, gap)
        for each in chains
        for link in each.links
        if not link.whole
        for gap in link.gaps
    )


def unfounded_claims(estate: Estate, facts: RepositoryFacts) -> tuple[Missing, ...]:
    """Gives every cover a duty names that does not exist in the checkout."""
    return tuple(
        Missing(f"duty {duty.id}", "duty", f"{cover.kind} {cover.name} does not exist")
        for duty in estate.duties
        for cover in duty.covered_by
        if not facts.has(cover.kind, cover.name)
    )


def _service_chain(service: Service, duties: Mapping[str, Duty], facts: RepositoryFacts) -> ServiceChain:
    followed: dict[LinkName, Callable[[], _Found]] = {
        "provisioned": lambda: _provisioned(service, facts),
        "backup": lambda: _backup(service, facts),
        "drill": lambda: _drill(service, facts),
        "metric": lambda: _named("metric", service.metrics, facts.metrics, "no exporter writes it"),
        "alert": lambda: _named(
            "alert", service.alerts, facts.alerts, "no rule of roles/monitoring fires it"
        ),
        "report": lambda: _report(service, facts),
        "duty": lambda: _duties(service, duties, facts),
    }
    links = []
    for name in LINKS:
        carried_by, gaps = followed[name]()
        exception = service.exception(name)
        until = exception.until if exception is not None and gaps else None
        links.append(Link(name, carried_by, gaps, until))
    return ServiceChain(service.id, service.name_tr, service.state, tuple(links))


def _provisioned(service: Service, facts: RepositoryFacts) -> _Found:
    if not service.provisioned_by:
        return (), ("nothing builds it",)
    exists = {means: facts.has(*means.split(":", 1)) for means in service.provisioned_by}
    return _split(exists, "{} does not exist")


def _backup(service: Service, facts: RepositoryFacts) -> _Found:
    if service.backup_job is None:
        return ((), ("no backup job",)) if service.holds_data else (("holds no data",), ())
    if service.backup_job not in facts.manifests:
        return (), (f"no role drops the manifest /etc/backup.d/{service.backup_job}.yml",)
    return (service.backup_job,), ()


def _drill(service: Service, facts: RepositoryFacts) -> _Found:
    if service.drill is None:
        return (), ("no drill",)
    if f"drills/{service.drill}" not in facts.deploys:
        return (), (f"drill {service.drill} has no steps in pyinfra_deploys/drills",)
    return (service.drill,), ()


def _named(what: str, names: tuple[str, ...], existing: frozenset[str], why: str) -> _Found:
    if not names:
        return (), (f"no {what}",)
    return _split({name: name in existing for name in names}, f"{what} {{}}: {why}")


def _report(service: Service, facts: RepositoryFacts) -> _Found:
    if service.report_section is None:
        return (), ("no section of the report",)
    if service.report_section not in facts.report_sections:
        return (), (f"section {service.report_section} of the report is not filled",)
    return (service.report_section,), ()


def _duties(service: Service, duties: Mapping[str, Duty], facts: RepositoryFacts) -> _Found:
    if not service.duties:
        return (), ("no duty",)
    carried, gaps = [], []
    for duty in (duties[name] for name in service.duties):
        if service.state == "planned":
            gaps.append(f"duty {duty.id}: the service is only planned")
        elif duty.coverage != "code":
            gaps.append(f"duty {duty.id} is covered by {duty.coverage}")
        elif not all(facts.has(cover.kind, cover.name) for cover in duty.covered_by):
            gaps.append(f"duty {duty.id} names a cover that does not exist")
        else:
            carried.append(duty.id)
    return tuple(carried), tuple(gaps)


def _split(exists: Mapping[str, bool], gap: str) -> _Found:
    return (
        tuple(name for name, there in exists.items() if there),
        tuple(gap.format(name) for name, there in exists.items() if not there),
    )
