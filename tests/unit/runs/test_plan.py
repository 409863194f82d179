"""Holds what makes two plans the same, what a person is told when they are not, and what a person reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from estate.plan import display, fingerprint, moved, ordered, plan_hash
from estate.plan.removals import Share, refusals
from estate.records import Change, Plan

MAIN = Change("mail1", "ansible", "mail_server", "update", "/etc/postfix/main.cf", "a\nb\n", "a\nc\n")
ACCOUNT = Change("mail1", "pyinfra", "mailboxes", "create", "account su.er", None, "quota 1")


def plan_of(*changes: Change, **other: object) -> Plan:
    made = Plan("r", "lab", "c", "", "d", "", ordered(changes), (), {})
    made = replace(made, **other)  # type: ignore[arg-type]
    digest = plan_hash(
        made.changes,
        environment=made.environment,
        limit=made.limit,
        declared=made.declared,
        incomplete=made.incomplete,
    )
    return replace(made, hash=digest)


def test_the_hash_does_not_depend_on_the_order_in_which_hosts_answered() -> None:
    def hashed(*changes: Change) -> str:
        return plan_hash(changes, environment="lab", limit="", declared="d", incomplete=())

    assert hashed(MAIN, ACCOUNT) == hashed(ACCOUNT, MAIN)
    assert ordered((MAIN, ACCOUNT)) == ordered((ACCOUNT, MAIN))


def test_the_hash_does_not_depend_on_who_planned_and_when() -> None:
    assert plan_of(MAIN, run="another", commit="another").hash == plan_of(MAIN).hash


@pytest.mark.parametrize(
    "other",
    [
        plan_of(MAIN),
        plan_of(MAIN, replace(ACCOUNT, after="quota 2")),
        plan_of(MAIN, ACCOUNT, environment="sahne"),
        plan_of(MAIN, ACCOUNT, limit="mail1"),
        plan_of(MAIN, ACCOUNT, declared="e"),
        plan_of(MAIN, ACCOUNT, incomplete=("mon1",)),
    ],
)
def test_whatever_an_apply_would_do_differently_moves_the_hash_and_is_told(other: Plan) -> None:
    assert other.hash != plan_of(MAIN, ACCOUNT).hash
    assert moved(plan_of(MAIN, ACCOUNT), other) != []


def test_a_plan_that_did_not_move_has_nothing_to_tell() -> None:
    assert moved(plan_of(MAIN), plan_of(MAIN, run="again")) == []


def test_moved_changes_are_named_with_host_and_key() -> None:
    assert moved(plan_of(MAIN), plan_of(ACCOUNT)) == [
        "no longer needed: mail1 ansible/mail_server: update /etc/postfix/main.cf",
        "new since the plan: mail1 pyinfra/mailboxes: create account su.er",
    ]


def test_a_plan_file_edited_by_hand_is_told_as_such() -> None:
    edited = replace(plan_of(MAIN), hash="0" * 64)
    assert moved(edited, plan_of(MAIN)) == [
        "the plan file itself: its hash does not match its content; plan again"
    ]


def removed(number: int) -> list[Change]:
    return [
        Change("mail1", "pyinfra", "mailboxes", "delete", f"account k{i}", "exists", None)
        for i in range(number)
    ]


@pytest.mark.parametrize(
    ("number", "confirmed", "refused"),
    [(2, None, False), (3, None, True), (3, 3, False), (3, 2, True), (3, 4, True)],
)
def test_more_than_the_declared_share_goes_only_when_its_number_was_typed(
    number: int, confirmed: int | None, refused: bool
) -> None:
    told = refusals(removed(number), {"mailboxes": (Share(0.1, 20 - number),)}, confirmed)
    assert bool(told) == refused


def test_the_refusal_of_removals_says_how_many_of_how_many_and_what_to_type() -> None:
    assert refusals([ACCOUNT, *removed(7)], {"mailboxes": (Share(0.1, 14),)}, None) == [
        "mail1: mailboxes would lose 7 of 20 (account k0, account k1, account k2, account k3, account k4 and 2 more); "
        "allowed without asking is 10%. If it is meant: --confirm-removals 7"
    ]


def test_a_subject_without_a_declared_share_is_not_counted() -> None:
    assert refusals(removed(7), {}, None) == []


def test_where_a_subject_holds_several_kinds_only_the_declared_ones_count() -> None:
    groups = [
        Change("dizin1", "pyinfra", "people", action, f"group g{i}")
        for i in range(9)
        for action in ("create", "delete")
    ]
    cut = [Change("dizin1", "pyinfra", "people", "delete", f"access of k{i}", "open") for i in range(2)]
    share = {"people": (Share(0.1, 18, ("account ", "access of ")),)}
    assert refusals([*groups, *cut], share, None) == []
    assert refusals([*groups, *cut, replace(cut[0], key="account k9")], share, None) == [
        "dizin1: people would lose 3 of 21 (access of k0, access of k1, account k9); allowed without asking is 10%. "
        "If it is meant: --confirm-removals 3"
    ]


@pytest.mark.parametrize(("confirmed", "refused"), [(None, 2), (2, 2), (3, 2), (5, 0)])
def test_each_kind_of_a_subject_has_its_own_share_and_one_number_confirms_all(
    confirmed: int | None, refused: int
) -> None:
    """Many mailboxes do not make the loss of all aliases a small one, and what is not too much is not typed."""
    gone = [
        Change("mail1", "pyinfra", "mailboxes", "delete", f"{kind}{i}")
        for kind, number in (("alias ", 2), ("mailbox of ", 3), ("reply for ", 9))
        for i in range(number)
    ]
    shares = {"mailboxes": (Share(0.1, 0, ("alias ",)), Share(0.1, 17, ("mailbox of ",)))}
    told = refusals(gone, shares, confirmed)
    assert len(told) == refused
    assert all(line.endswith("--confirm-removals 5") for line in told)
    assert (
        len(refusals(gone, {"mailboxes": (Share(0.1, 0, ("alias ",)), Share(0.1, 90, ("mailbox of ",)))}, 2))
        == 0
    )


def test_what_ends_and_stays_shows_what_was_and_what_remains() -> None:
    cut = Change(
        "dizin1", "pyinfra", "people", "delete", "access of su.er (1)", "open\nloses: a, b", "closed"
    )
    assert list(display.lines(plan_of(cut)))[:4] == [
        "dizin1  pyinfra/people: delete access of su.er (1)",
        "    -open",
        "    -loses: a, b",
        "    +closed",
    ]


def test_the_same_change_on_several_hosts_is_shown_once_with_their_names() -> None:
    shown = list(display.lines(plan_of(MAIN, replace(MAIN, host="mail2"))))
    assert shown[:6] == [
        "mail1, mail2  ansible/mail_server: update /etc/postfix/main.cf",
        "    --- ",
        "    +++ ",
        "    @@ -1,2 +1,2 @@",
        "     a",
        "    -b",
    ]
    assert shown[7] == "2 changes on 2 hosts (update 2)"


def test_a_plan_says_what_it_could_not_see() -> None:
    shown = list(display.summary(plan_of(incomplete=("mon1",), unverifiable={"mail1": 2})))
    assert shown[:3] == [
        "0 changes on 0 hosts",
        "mail1: 2 tasks cannot be predicted by check mode",
        "INCOMPLETE: no full answer from mon1",
    ]


def test_a_long_new_file_is_shown_by_its_first_lines() -> None:
    new = Change("mail1", "ansible", "r", "create", "/etc/x", None, "\n".join("abcdefghijkl"))
    assert list(display.lines(plan_of(new)))[9] == "    +... 4 more lines"


def test_what_is_wanted_has_one_fingerprint_however_its_sets_are_ordered() -> None:
    one, other = frozenset([8, 0]), frozenset([0, 8])
    assert list(one) != list(other)
    first, second = ([("ik", date(2026, 11, 27), each)] for each in (one, other))
    assert fingerprint(first) == fingerprint(second) != fingerprint([("ik", date(2026, 11, 28), one)])
