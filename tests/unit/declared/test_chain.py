"""Follows chains that hold, chains with gaps, and links that are mere claims."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from estate.declared import Estate, load
from estate.declared.chain import LINKS, Link, Missing, chain, missing, unfounded_claims
from estate.declared.repository import RepositoryFacts
from estate.declared.services import LinkException, Service

EXAMPLE = Path(__file__).parents[3] / "inventories" / "example"
WHOLE = RepositoryFacts(
    roles=frozenset({"mail_server"}),
    playbooks=frozenset({"mail_servers"}),
    deploys=frozenset({"mailboxes", "drills/mail"}),
    manifests=frozenset({"eposta"}),
    metrics=frozenset({"bim_mail_probe_roundtrip_seconds", "bim_mail_probe_last_success_timestamp_seconds"}),
    alerts=frozenset({"MailProbeFailing"}),
    report_sections=frozenset({"A4"}),
)


@pytest.fixture
def estate() -> Estate:
    """Gives of the example a service that runs and one that is planned, with the first duties."""
    example = load(EXAMPLE, today=date(2026, 11, 30))
    duties = tuple(duty for duty in example.duties if duty.id in ("8-g", "9-b-iv"))
    return replace(example, services=example.services[:2], duties=duties)


def with_service(estate: Estate, **changes: object) -> Estate:
    return replace(estate, services=(estate.services[0].model_copy(update=changes),))


def gaps(estate: Estate, facts: RepositoryFacts = WHOLE) -> dict[str, tuple[str, ...]]:
    """Gives the gaps of the first service by link."""
    return {link.name: link.gaps for link in chain(estate, facts)[0].links if link.gaps}


def test_a_service_with_every_link_is_whole(estate: Estate) -> None:
    followed = chain(estate, WHOLE)[0]
    assert followed.whole
    assert tuple(link.name for link in followed.links) == LINKS
    assert followed.links[0] == Link(
        "provisioned", ("role:mail_server", "playbook:mail_servers", "deploy:mailboxes"), ()
    )
    assert missing([followed]) == ()
    assert unfounded_claims(estate, WHOLE) == ()


def test_a_planned_service_misses_everything(estate: Estate) -> None:
    planned = chain(estate, WHOLE)[1]
    assert planned.state == "planned" and not planned.whole
    assert [gap.why for gap in missing([planned])] == [
        "nothing builds it",
        "no backup job",
        "no drill",
        "no metric",
        "no alert",
        "no section of the report",
        "no duty",
    ]


@pytest.mark.parametrize(
    ("facts", "link", "gap"),
    [
        (replace(WHOLE, roles=frozenset()), "provisioned", "role:mail_server does not exist"),
        (replace(WHOLE, playbooks=frozenset()), "provisioned", "playbook:mail_servers does not exist"),
        (
            replace(WHOLE, manifests=frozenset()),
            "backup",
            "no role drops the manifest /etc/backup.d/eposta.yml",
        ),
        (
            replace(WHOLE, deploys=frozenset({"mailboxes"})),
            "drill",
            "drill mail has no steps in pyinfra_deploys/drills",
        ),
        (
            replace(WHOLE, metrics=frozenset()),
            "metric",
            "metric bim_mail_probe_roundtrip_seconds: no exporter writes it",
        ),
        (
            replace(WHOLE, alerts=frozenset()),
            "alert",
            "alert MailProbeFailing: no rule of roles/monitoring fires it",
        ),
        (replace(WHOLE, report_sections=frozenset()), "report", "section A4 of the report is not filled"),
        (replace(WHOLE, roles=frozenset()), "duty", "duty 8-g names a cover that does not exist"),
    ],
)
def test_a_link_to_what_does_not_exist_is_missing(
    estate: Estate, facts: RepositoryFacts, link: str, gap: str
) -> None:
    assert gap in gaps(estate, facts)[link]


def test_a_service_without_data_needs_no_backup(estate: Estate) -> None:
    assert gaps(with_service(estate, backup_job=None, holds_data=False)) == {}
    assert gaps(with_service(estate, backup_job=None)) == {"backup": ("no backup job",)}


def test_an_exception_excuses_its_own_link_only(estate: Estate) -> None:
    exception = LinkException.model_validate(
        {"link": "drill", "reason": "Too new.", "approved_by": "veli.ornek", "until": "2027-01-31"}
    )
    excused = with_service(estate, drill=None, exceptions=(exception,))
    followed = chain(excused, WHOLE)[0]
    assert followed.links[2] == Link("drill", (), ("no drill",), date(2027, 1, 31))
    assert followed.whole and missing([followed]) == ()
    worse = with_service(estate, drill=None, alerts=(), exceptions=(exception,))
    assert missing(chain(worse, WHOLE)) == (Missing("eposta", "alert", "no alert"),)


def test_a_duty_that_people_carry_alone_is_a_gap_of_the_service(estate: Estate) -> None:
    assert gaps(with_service(estate, duties=("9-b-iv",))) == {"duty": ("duty 9-b-iv is covered by people",)}


def test_a_planned_service_proves_no_duty(estate: Estate) -> None:
    planned: Service = estate.services[0].model_copy(update={"state": "planned"})
    assert gaps(replace(estate, services=(planned,))) == {"duty": ("duty 8-g: the service is only planned",)}


def test_a_duty_may_not_claim_what_does_not_exist(estate: Estate) -> None:
    facts = replace(WHOLE, metrics=frozenset({"bim_mail_probe_roundtrip_seconds"}))
    assert unfounded_claims(estate, facts) == (
        Missing("duty 8-g", "duty", "metric bim_mail_probe_last_success_timestamp_seconds does not exist"),
    )
