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


@pytest.mark.parametrize(
    "key",
    [
        "/etc/sudoers",
        "/etc/sudoers.d",
        "/etc/sudoers.d/x",
        "/etc/ssh/sshd_config",
        "/etc/ssh/sshd_config.d/10-estate.conf",
        "/etc/pam.d/sshd",
        "/etc/security/access.conf",
        "/etc/shadow",
        "/root/.ssh/authorized_keys2",
        "/etc/estate/allowed_signers",
    ],
)
def test_who_may_log_in_or_become_root_stands_with_the_keys(key: str) -> None:
    assert summary.kind(Change("m", "ansible", "operating_system", "update", key)) == summary.KEYS


@pytest.mark.parametrize(
    "key", ["/etc/ssh/ssh_config", "/etc/sudoers.dist", "/srv/group", "context sshd_config"]
)
def test_what_only_sounds_like_it_does_not(key: str) -> None:
    assert summary.kind(Change("m", "ansible", "operating_system", "update", key)) == summary.CALM


def test_nothing_that_is_named_can_draw_or_turn_the_page() -> None:
    evil = "a`|[x](y)\x1b[2J\u202e\u2066\ud800\n# b"
    change = Change(evil, "ansible", evil, "update", evil)
    plan = Plan("r1", "lab", "c1", evil, "d", "h", (change,), (), {evil: 3}, (evil,), (evil,))
    page = summary.page("lab", "c1", [evil], "h", {"pilot": plan})
    assert all(each.isprintable() for line in page.split("\n") for each in line)
    shown = "`a'|[x](y)\\u001b[2J\\u202e\\u2066\\ud800 # b`"
    assert f"signed by {shown}." in page
    assert f"- pilot: {shown} {shown}: **update** {shown}" in page
    assert f"| pilot | {shown.replace('|', chr(92) + '|')} |" in page
