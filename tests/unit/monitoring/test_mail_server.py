"""The mail server counts people's mail once, whatever ends in between, and says what it could not ask."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exporters.mail_messages import Counts, Line, MeasureError, count, what_became
from exporters.mail_server import Settings, measure

PROGRAMS = frozenset({"sonda@belde.example", "kanarya@belde.example"})
SENT = "4bX: to=<{}>, relay=x, delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, status={} (250 2.0.0 ok)"
REJECTED = (
    "NOQUEUE: reject: RCPT from mx.komsu.example[2001:db8::7]: {} <yok@belde.example>: Recipient address rejected; "
    "from=<a@komsu.example> to=<yok@belde.example> proto=ESMTP helo=<mx.komsu.example>"
)


def line(who: str, message: object, cursor: str = "c") -> Line:
    return {"SYSLOG_IDENTIFIER": who, "MESSAGE": message, "__CURSOR": cursor}


@pytest.mark.parametrize(
    ("who", "message", "became"),
    [
        ("postfix/lmtp", SENT.format("isil@belde.example", "sent"), ("inbound", "delivered")),
        ("postfix/lmtp", SENT.format("isil@belde.example", "bounced"), ("inbound", "rejected")),
        ("postfix/lmtp", SENT.format("isil@belde.example", "deferred"), None),
        ("postfix/lmtp", SENT.format("KANARYA@belde.example", "sent"), None),
        ("postfix/smtp", SENT.format("a@komsu.example", "sent"), ("outbound", "delivered")),
        ("postfix/smtp", SENT.format("a@komsu.example", "bounced"), ("outbound", "rejected")),
        ("postfix/smtp", SENT.format("a@komsu.example", "expired, returned to sender"), None),
        ("postfix/smtpd", REJECTED.format("550 5.1.1"), ("inbound", "rejected")),
        ("postfix/smtpd", REJECTED.format("451 4.3.0"), None),
        ("postfix/submission/smtpd", REJECTED.format("553 5.7.1"), ("outbound", "rejected")),
        ("postfix/qmgr", SENT.format("isil@belde.example", "sent"), None),
        ("postfix/lmtp", [1, 2], None),
        ("dovecot", "imap-login: to=<isil@belde.example>, status=sent (x)", None),
    ],
)
def test_a_line_decides_what_became_of_a_message(
    who: str, message: object, became: tuple[str, str] | None
) -> None:
    assert what_became(line(who, message), PROGRAMS) == became


LDIF = """dn: CN=isil.igdir,OU=bilgi-islem,OU=Birimler,OU=Belediye,DC=ad
cn: isil.igdir
userAccountControl: 512

dn: CN=ayse.veli,OU=bilgi-islem,OU=Birimler,OU=Belediye,DC=ad
cn: ayse.veli
userAccountControl: 514

dn: CN=eski.biri,OU=Ayrilanlar,OU=Belediye,DC=ad
cn: eski.biri
userAccountControl: 514

dn: CN=firma.eri,OU=Firmalar,OU=Belediye,DC=ad
cn: firma.eri
userAccountControl: 512

dn: CN=bilgi,OU=Kutular,OU=Belediye,DC=ad
cn: bilgi
userAccountControl: 512

dn: CN=sonda,OU=Kutular,OU=Belediye,DC=ad
cn: sonda
userAccountControl: 512

# pagedresults: cookie=
"""
QUOTA = "Username\tQuota name\tType\tValue\tLimit\t%\n" + "".join(
    f"{user}@belde.example\tuser\tSTORAGE\t{used}\t{limit}\t1\n{user}@belde.example\tuser\tMESSAGE\t3\t-\t0\n"
    for user, used, limit in (
        ("isil.igdir", 10, 1000),
        ("ayse.veli", 5, "-"),
        ("bilgi", 7, 2000),
        ("kim", 9, 9),
    )
)
LISTS = (
    "mudurler@belde.example\tisil.igdir@belde.example, ayse.veli@belde.example\nabuse@belde.example\tbir@x\n"
)
QUEUE = "".join(
    json.dumps({"queue_name": name, "queue_id": "x"}) + "\n" for name in ("deferred", "deferred", "hold")
)


class Machine:
    """Answers as the programs of a mail host; a question it does not know fails the test."""

    def __init__(self, **answers: str | MeasureError) -> None:
        self.answers = {"ldapsearch": LDIF, "doveadm": QUOTA, "postqueue": QUEUE, "postmap": LISTS, **answers}
        self.typed: list[tuple[list[str], str]] = []

    def __call__(self, command: list[str], stdin: str = "") -> str:
        self.typed.append((command, stdin))
        answer = self.answers[command[0]]
        if isinstance(answer, MeasureError):
            raise answer
        return answer


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    directory = tmp_path / "mailboxes.cf"
    directory.write_text(
        "# Written by a role.\nserver_host = ldaps://dizin\nbind_dn = svc@ad\nbind_pw = gizli=sir\n"
        "search_base = OU=Belediye,DC=ad\n"
    )
    return Settings("belde.example", str(directory), "cdb:/aliases", 1_000_000, ("sonda", "kanarya"))


def _journal(*lines: Line) -> Callable[[str], list[Line]]:
    def after(cursor: str) -> list[Line]:
        place = [each["__CURSOR"] for each in lines].index(cursor) + 1 if cursor else 0
        return list(lines[place:])

    return after


def _delivered(cursor: str) -> Line:
    return line("postfix/lmtp", SENT.format("isil.igdir@belde.example", "sent"), cursor)


def test_everything_is_measured_by_unit_and_never_by_person(settings: Settings, tmp_path: Path) -> None:
    out, problems = measure(settings, tmp_path / "counts.json", Machine(), _journal(_delivered("a")))
    text = out.render()
    assert problems == []
    assert 'bim_mailboxes{state="active",type="personal",unit="bilgi-islem"} 1.0' in text
    assert 'bim_mailboxes{state="inactive",type="personal",unit="bilgi-islem"} 1.0' in text
    assert 'bim_mailboxes{state="inactive",type="personal",unit="left"} 1.0' in text
    assert 'bim_mailboxes{state="active",type="shared",unit="municipality"} 1.0' in text
    assert 'bim_mailboxes{state="active",type="service",unit="municipality"} 1.0' in text
    assert 'bim_mailboxes{state="active",type="distribution",unit="municipality"} 1.0' in text
    assert 'bim_mail_storage_used_bytes{unit="bilgi-islem"} 15360.0' in text
    assert 'bim_mail_storage_quota_bytes{unit="bilgi-islem"} 2.024e+06' in text
    assert 'bim_mail_queue_messages{queue="deferred"} 2.0' in text
    assert 'bim_mail_queue_messages{queue="active"} 0.0' in text
    assert 'bim_mail_messages_total{direction="inbound",result="delivered"} 1.0' in text
    assert 'bim_mail_messages_total{direction="outbound",result="quarantined"} 0.0' in text
    assert [name for name in ("isil", "ayse", "eski", "firma", "kim") if name in text] == []


def test_the_password_travels_by_pipe_alone(settings: Settings, tmp_path: Path) -> None:
    machine = Machine()
    measure(settings, tmp_path / "counts.json", machine, _journal())
    assert [stdin for command, stdin in machine.typed if command[0] == "ldapsearch"] == ["gizli=sir"]
    assert [command for command, _ in machine.typed if "gizli=sir" in " ".join(command)] == []


def test_counts_go_on_where_the_last_run_ended(settings: Settings, tmp_path: Path) -> None:
    path, lines = tmp_path / "counts.json", [_delivered(cursor) for cursor in "abc"]
    measure(settings, path, Machine(), _journal(*lines[:2]))
    for _ in range(2):
        measure(settings, path, Machine(), _journal(*lines))
        assert Counts.load(path) == Counts("c", {"inbound delivered": 3})


def test_a_run_that_ended_while_reading_counts_nothing_twice(settings: Settings, tmp_path: Path) -> None:
    path, lines = tmp_path / "counts.json", [_delivered(cursor) for cursor in "ab"]

    def torn(_: str) -> Any:
        yield lines[0]
        raise MeasureError("journalctl: exit 1")

    out, problems = measure(settings, path, Machine(), torn)
    assert problems == ["messages: journalctl: exit 1"]
    assert 'bim_mail_messages_total{direction="inbound",result="delivered"} 0.0' in out.render()
    measure(settings, path, Machine(), _journal(*lines))
    assert Counts.load(path).messages == {"inbound delivered": 2}


@pytest.mark.parametrize(
    ("program", "absent"),
    [
        ("ldapsearch", ("bim_mailboxes", "bim_mail_storage_used_bytes")),
        ("doveadm", ("bim_mail_storage_used_bytes", "bim_mail_storage_quota_bytes")),
        ("postqueue", ("bim_mail_queue_messages",)),
    ],
)
def test_what_could_not_be_asked_is_absent_and_never_zero(
    settings: Settings, tmp_path: Path, program: str, absent: tuple[str, ...]
) -> None:
    machine = Machine(**{program: MeasureError(f"{program}: no answer")})
    out, problems = measure(settings, tmp_path / "counts.json", machine, _journal(_delivered("a")))
    text = out.render()
    assert len(problems) == 1 and f"{program}: no answer" in problems[0]
    assert [name for name in absent if f"\n{name}{{" in text] == []
    assert 'bim_mail_messages_total{direction="inbound",result="delivered"} 1.0' in text


def test_broken_counts_are_set_aside_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "counts.json"
    path.write_text("{")
    assert Counts.load(path) == Counts()
    assert "counting anew" in capsys.readouterr().err and (tmp_path / "counts.broken").exists()


def test_the_cursor_moves_past_lines_that_decide_nothing() -> None:
    counts = Counts()
    count(counts, [line("postfix/qmgr", "removed", "z")], PROGRAMS)
    assert counts == Counts("z", {})


def test_settings_name_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "settings.yml"
    path.write_text("domain: x\nprograms: []\n")
    with pytest.raises(
        MeasureError, match="wanted are the keys domain, directory, lists, quota_bytes, programs"
    ):
        Settings.load(path)
