"""The page of a plan tells first what can lock people out, cut calls for help, or cannot be taken back."""

import pytest

from estate.pipeline import summary
from estate.records import Change, Plan

SHEET = "first password: on a sheet"
CHANGES = {
    summary.REMOVALS: Change("mail1", "pyinfra", "mailboxes", "delete", "ayse.yilmaz"),
    summary.SWITCHES: Change("sw1", "pyinfra", "switches", "update", "vlan 20"),
    summary.FIREWALL: Change("mail1", "ansible", "operating_system", "update", "/etc/nftables.conf"),
    summary.KEYS: Change("ctl1", "ansible", "gitops_controller", "update", "/etc/estate/allowed_signers"),
    summary.PASSWORDS: Change(
        "dir1", "pyinfra", "people", "update", "account ayse", "first password: nobody has it", SHEET
    ),
    summary.EMERGENCY: Change("pbx1", "pyinfra", "telephony", "update", "context emergency"),
    summary.STOPS: Change("mail1", "ansible", "mail_server", "update", "service postfix", "", "restarted"),
    summary.PEOPLE: Change("dir1", "pyinfra", "people", "create", "account fatma", None, SHEET),
    summary.CALM: Change("mail1", "ansible", "operating_system", "update", "/etc/motd"),
}


@pytest.mark.parametrize("heading", CHANGES)
def test_a_change_stands_under_the_most_dangerous_heading_it_belongs_to(heading: str) -> None:
    assert summary.kind(CHANGES[heading]) == heading


def test_the_page_has_every_heading_in_the_order_of_danger() -> None:
    plan = Plan("r1", "lab", "c1", "", "d", "h", tuple(reversed(CHANGES.values())), (), {})
    page = summary.page("lab", "c1", ["ugur.sahin"], "h", {"pilot": plan})
    heads = [line[3:].rpartition(" (")[0] for line in page.splitlines() if line.startswith("## ")]
    assert [head for head in heads if head in summary.HEADINGS] == list(CHANGES) == list(summary.HEADINGS)
