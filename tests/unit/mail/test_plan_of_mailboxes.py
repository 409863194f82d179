"""The plan of accounts says exactly what differs, resets no chosen password and removes nothing unasked."""

from dataclasses import replace
from typing import Any

import pytest

from estate.declared.mail import Mail
from estate.plan.mailboxes import HeldAccount, HeldMail, plan, removals_refused

DOMAIN = "gumuscagil.bel.example"


def mail(**changed: Any) -> Mail:
    declared = {
        "domain": DOMAIN,
        "service_name": f"eposta.{DOMAIN}",
        "outside_domain": "komsu.bel.example",
        "message_size_limit_bytes": 1000,
        "quota_bytes": 5000,
        "trusted_networks": ("127.0.0.0/8",),
        "canary": {"account": "kanarya", "interval_seconds": 300, "keep_days": 14},
        "probe": {"account": "sonda"},
        "max_removal_ratio": 0.1,
        "accounts": (
            {"user": "isil.igdir", "name": "Işıl Iğdır", "type": "kisisel"},
            {"user": "sonda", "name": "Posta sondası", "type": "servis", "quota_bytes": 100},
        ),
        "aliases": ({"alias": "postmaster", "members": ("isil.igdir", "sonda")},),
        **changed,
    }
    return Mail.model_validate(declared)


def address(user: str) -> str:
    return f"{user}@{DOMAIN}"


def held() -> HeldMail:
    """A host that holds what `mail()` declares; the person has chosen a password of her own."""
    return HeldMail(
        accounts={
            address("isil.igdir"): HeldAccount(None, None),
            address("sonda"): HeldAccount(100, True),
        },
        mailboxes={address(user): address(user) for user in ("isil.igdir", "sonda")},
        aliases={address("postmaster"): (address("isil.igdir"), address("sonda"))},
    )


def test_an_empty_host_gets_every_account_with_its_password_and_every_alias() -> None:
    planned = plan(mail(), HeldMail(damaged={"/etc/dovecot/users": "missing"}), "mail1")
    assert [(change.action, change.key) for change in planned.changes] == [
        ("create", f"account {address('isil.igdir')}"),
        ("create", f"account {address('sonda')}"),
        ("create", f"alias {address('postmaster')}"),
        ("create", "/etc/dovecot/users"),
    ]
    assert planned.passwords == {address("isil.igdir"), address("sonda")}


def test_a_host_that_holds_what_is_declared_needs_nothing() -> None:
    planned = plan(mail(), held(), "mail1")
    assert planned.changes == ()
    assert planned.passwords == frozenset()


@pytest.mark.parametrize("matches", [True, False, None])
def test_a_password_a_person_chose_is_never_reset(matches: bool | None) -> None:
    accounts = {**held().accounts, address("isil.igdir"): HeldAccount(None, matches)}
    planned = plan(mail(), replace(held(), accounts=accounts), "mail1")
    assert planned.changes == ()
    assert planned.passwords == frozenset()


def test_a_new_vault_value_reaches_a_service_account_without_showing_it() -> None:
    accounts = {**held().accounts, address("sonda"): HeldAccount(100, False)}
    planned = plan(mail(), replace(held(), accounts=accounts), "mail1")
    [change] = planned.changes
    assert (change.action, change.before, change.after) == (
        "update",
        "another password",
        "password of the vault",
    )
    assert planned.passwords == {address("sonda")}


def test_quota_and_postfix_table_are_repaired_together() -> None:
    accounts = {**held().accounts, address("sonda"): HeldAccount(None, True)}
    broken = replace(held(), accounts=accounts, mailboxes={address("isil.igdir"): address("isil.igdir")})
    [change] = plan(mail(), broken, "mail1").changes
    assert change.before == "quota of the house, unknown to Postfix"
    assert change.after == "quota 100, known to Postfix"


def test_what_is_no_longer_declared_goes_even_when_only_one_table_still_knows_it() -> None:
    stray = replace(
        held(),
        mailboxes={**held().mailboxes, address("eski"): address("eski")},
        aliases={**held().aliases, address("satis"): (address("sonda"),)},
    )
    planned = plan(mail(), stray, "mail1")
    assert [(change.action, change.key) for change in planned.changes] == [
        ("delete", f"account {address('eski')}"),
        ("delete", f"alias {address('satis')}"),
    ]


def test_a_plan_that_removes_too_much_needs_exactly_its_number() -> None:
    emptied = mail(accounts=({"user": "sonda", "name": "Posta sondası", "type": "servis"},), aliases=())
    planned = plan(emptied, held(), "mail1")
    refusal = removals_refused(planned, held(), 0.1, confirmed=0)
    assert refusal is not None
    assert "removes 2 of 3" in refusal
    assert "--data confirm_removals=2" in refusal
    assert removals_refused(planned, held(), 0.1, confirmed=1) is not None
    assert removals_refused(planned, held(), 0.1, confirmed=2) is None
    assert removals_refused(planned, held(), 0.7, confirmed=0) is None


def test_a_host_without_anything_may_be_left_empty() -> None:
    assert removals_refused(plan(mail(), HeldMail(), "mail1"), HeldMail(), 0.1, confirmed=0) is None
