"""The plan of an exchange names records, shows what differs, and shows no secret."""

from estate.plan.removals import refused
from estate.plan.telephony import SUBJECT, Holding, notices, plan, records, reloads, removable, wanted

PJSIP = """; remark
[2801]
type = endpoint
callerid = "Mehmet Yilmaz" <2801>
context = class-mobile
[2801]
type = auth
password_digest = MD5:aaaa
[ana]
type = endpoint
"""
DIALPLAN = """[internal]
exten => 2801,1,Gosub(person,s,1(2801))
exten => 2805,1,Gosub(person,s,1(2805))
"""
MAILBOXES = """[default]
2801 => 123456,Mehmet Yilmaz,mehmet@gumuscagil.bel.example,,tz=istanbul
"""
QUEUES = """[5153]
strategy = rrmemory
"""
FILES = {"pjsip.conf": PJSIP, "extensions.conf": DIALPLAN, "voicemail.conf": MAILBOXES, "queues.conf": QUEUES}
HOST = "pbx1"


def changed(**files: str) -> dict[str, tuple[str, str | None, str | None]]:
    wants = wanted({**FILES, **{f"{name}.conf": text for name, text in files.items()}}, {})
    found = plan(wants, Holding(FILES), HOST)
    return {change.key: (change.action, change.before, change.after) for change in found}


def test_what_is_held_as_wanted_needs_no_change() -> None:
    assert changed() == {}
    assert changed(pjsip=PJSIP.replace("; remark\n", "")) == {
        "pjsip.conf": ("update", "other order or remarks", "as declared")
    }


def test_all_sections_of_a_name_are_one_record_and_only_lines_that_differ_are_shown() -> None:
    found = changed(pjsip=PJSIP.replace("class-mobile", "class-internal"))
    assert found == {"extension 2801": ("update", "context = class-mobile", "context = class-internal")}
    assert changed(pjsip=PJSIP.replace("[ana]\ntype = endpoint\n", ""))["pjsip ana"][0] == "delete"
    assert changed(queues=QUEUES + "[5160]\nstrategy = linear\n") == {
        "queue 5160": ("create", None, "[5160]\nstrategy = linear")
    }
    assert changed(extensions=DIALPLAN.replace("exten => 2805,1,Gosub(person,s,1(2805))\n", "")) == {
        "context internal": ("update", "exten => 2805,1,Gosub(person,s,1(2805))", "")
    }


def test_another_order_within_a_record_is_a_change() -> None:
    lines = DIALPLAN.splitlines()
    found = changed(extensions="\n".join([lines[0], lines[2], lines[1]]) + "\n")
    assert found["context internal"][1] != found["context internal"][2]


def test_no_secret_and_no_pin_is_shown() -> None:
    found = changed(
        pjsip=PJSIP.replace("MD5:aaaa", "MD5:bbbb"), voicemail=MAILBOXES.replace("123456", "654321")
    )
    assert found["extension 2801"] == (
        "update",
        "password_digest = (secret)",
        "password_digest = (secret), renewed",
    )
    assert found["mailbox 2801"][1].startswith("2801 => (secret),")  # type: ignore[union-attr]
    shown = repr(found)
    assert not [word for word in ("aaaa", "bbbb", "123456", "654321") if word in shown]


def test_settings_of_sets_are_told_by_their_digest() -> None:
    wants = wanted(FILES, {"0053.cfg": "secret = x"})
    (change,) = plan(wants, Holding(FILES), HOST)
    assert (change.key, change.action, change.before) == ("settings 0053.cfg", "create", None)
    (gone,) = plan(wanted(FILES, {}), Holding(FILES, wants.sets), HOST)
    assert (gone.key, gone.action) == ("settings 0053.cfg", "delete")


def test_a_plan_that_takes_many_telephones_away_is_refused_until_the_number_is_typed() -> None:
    many = "".join(f"[{number}]\ntype = endpoint\n" for number in range(2000, 2020))
    held, wants = Holding({"pjsip.conf": many}), wanted({"pjsip.conf": many[: len(many) // 2]}, {})
    changes = plan(wants, held, HOST)
    refusal = refused(changes, SUBJECT, removable(0.1, 10), 0)
    assert refusal is not None and "would lose 10 of 20 (extension 2010" in refusal
    assert refused(changes, SUBJECT, removable(0.1, 10), 10) is None
    assert refused(changes, SUBJECT, removable(0.5, 10), 0) is None


def test_one_reload_of_what_changed_is_announced_and_files_of_people_are_named() -> None:
    wants = wanted({**FILES, "queues.conf": "", "pjsip.conf": ""}, {})
    changes = plan(wants, Holding(FILES), HOST)
    assert reloads(changes) == ("pjsip", "queues")
    told = list(notices(changes, {"extensions.conf": 12}, 3))
    assert told[0] == "apply reloads pjsip, queues once; 3 calls in progress stay"
    assert "/etc/asterisk/local/extensions.conf (12 lines)" in told[1]
    assert list(notices((), {}, 3)) == []
    cut = Holding(
        FILES, damaged={"/etc/asterisk/estate/pjsip.conf as loaded": "an apply did not come to its end"}
    )
    assert reloads(plan(wanted(FILES, {}), cut, HOST)) == ("pjsip",)
    other = Holding(FILES, damaged={"/etc/asterisk/estate/pjsip.conf": "0:0 0644"})
    assert reloads(plan(wanted(FILES, {}), other, HOST)) == ()


def test_a_line_with_brackets_later_on_opens_no_record() -> None:
    text = '[internal]\nexten => s,1,Set(X=${IF($["${A}"="b"]?c)})\n'
    assert list(records("extensions.conf", text)) == ["context internal"]


def test_announcements_and_figures_are_records_too() -> None:
    told = records("prompts.json", '{"kapali": "Kapalıyız."}')
    assert told == {"prompts kapali": ("Kapalıyız.",)}
    figures = records(
        "declared.json", '{"extensions": {"2801": {"unit": "a", "type": "sip"}}, "secret_days": 365}'
    )
    assert list(figures) == ["declared extensions 2801", "declared secret_days"]
