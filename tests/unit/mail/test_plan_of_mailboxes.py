"""The plan of a mail host says exactly what differs and removes nothing unasked."""

from dataclasses import replace

from estate.plan.mailboxes import MailTables, plan, removals_refused
from estate.plan.replies import script

DOMAIN = "gumuscagil.bel.example"


def address(user: str) -> str:
    return f"{user}@{DOMAIN}"


def tables() -> MailTables:
    return MailTables(
        aliases={address("postmaster"): (address("isil.igdir"), address("sonda"))},
        replies={"mustafa.kaya": "keep;\n"},
    )


def test_an_empty_host_gets_every_alias_and_reply() -> None:
    changes = plan(tables(), MailTables(damaged={"/etc/postfix/aliases": "missing"}), "mail1")
    assert [(change.action, change.key) for change in changes] == [
        ("create", f"alias {address('postmaster')}"),
        ("create", "reply for mustafa.kaya"),
        ("create", "/etc/postfix/aliases"),
    ]


def test_a_host_that_holds_what_is_wanted_needs_nothing() -> None:
    assert plan(tables(), tables(), "mail1") == ()


def test_members_and_texts_that_differ_are_shown_with_both_sides() -> None:
    held = replace(
        tables(), aliases={address("postmaster"): (address("sonda"),)}, replies={"mustafa.kaya": "x;\n"}
    )
    first, second = plan(tables(), held, "mail1")
    assert (first.action, first.before) == ("update", address("sonda"))
    assert first.after == f"{address('isil.igdir')}, {address('sonda')}"
    assert (second.key, second.before, second.after) == ("reply for mustafa.kaya", "x;\n", "keep;\n")


def test_a_file_that_others_may_write_is_mended() -> None:
    held = replace(tables(), damaged={"/etc/postfix/aliases": "0:0 0666"})
    [change] = plan(tables(), held, "mail1")
    assert (change.action, change.before, change.after) == ("update", "0:0 0666", "kept as it must be")


def test_a_plan_that_removes_too_much_needs_exactly_its_number() -> None:
    held = replace(tables(), aliases={address(f"eski{n}"): (address("sonda"),) for n in range(20)})
    changes = plan(replace(tables(), aliases={}), held, "mail1")
    holds = {"aliases": 20, "mailboxes": 40}
    refusal = removals_refused(changes, holds, 0.1, confirmed=0)
    assert refusal is not None
    assert "removes 20 of 20 aliases" in refusal
    assert "--data confirm_removals=20" in refusal
    assert removals_refused(changes, holds, 0.1, confirmed=19) is not None
    assert removals_refused(changes, holds, 0.1, confirmed=20) is None
    assert removals_refused(changes[:2], holds, 0.1, confirmed=0) is None


def test_a_single_address_may_always_go_and_replies_do_not_count() -> None:
    changes = plan(MailTables(), tables(), "mail1")
    assert [change.action for change in changes] == ["delete", "delete"]
    assert removals_refused(changes, {"aliases": 1, "mailboxes": 1}, 0.1, confirmed=0) is None


def test_the_reply_names_the_person_and_hands_a_copy_over() -> None:
    told = script(
        'Işıl "Iğdır"', "Park ve Bahçeler Müdürlüğü", address("isil.igdir"), address("su.er"), "Belediye"
    )
    assert told.startswith('require ["copy", "vacation"];\nredirect :copy "su.er@gumuscagil.bel.example";\n')
    assert 'Işıl \\"Iğdır\\" kurumumuzdaki görevinden ayrılmıştır.' in told
    assert "gereği için Park ve Bahçeler Müdürlüğü birimine aktarılmıştır" in told


def test_a_reply_without_an_heir_forwards_nothing_and_says_so() -> None:
    told = script("Işıl Iğdır", "Park ve Bahçeler Müdürlüğü", address("isil.igdir"), None, "Belediye")
    assert "redirect" not in told
    assert "İletiniz okunmamaktadır; lütfen Park ve Bahçeler Müdürlüğü birimine başvurunuz." in told
