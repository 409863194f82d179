"""The plan of a mail host says exactly what differs and removes nothing unasked."""

from dataclasses import replace

from estate.plan.mailboxes import MailTables, plan
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
