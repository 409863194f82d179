"""A fax is judged dot by dot, and a message by the tone in it; a picture that lost a line is no proof."""

import base64
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from estate.calls import fax_page
from estate.calls.catalogue import chosen
from estate.verify import calls
from estate.verify.faxes import Mailed, Wanted, verdicts
from exporters.call_tones import write_tone
from pyinfra_deploys.facts import operator_fax_on_host, proving_mail
from pyinfra_deploys.facts.probe_mail_on_host import attachments
from tests.unit.calls.test_scenarios import WORLD, asked

PAGES = tuple(fax_page.page(f"deneme {number}") for number in (1, 2))
FAX = Wanted("fax_t38", "Pages arrive", "+903125559020", "T38", PAGES)
TOLD = {"fax_t38": {"status": "SUCCESS", "pages": 2, "mode": "T38"}}
MAIL = Mailed("Gelen faks: +903125559020 – 2 sayfa alındı", PAGES)
SUBJECT = "Sesli mesaj: 5991, 0:04"
CAME = datetime(2026, 11, 27, 14, 20, 40, tzinfo=UTC).timestamp()


def judged(told: dict[str, Any] = TOLD, *mails: Mailed) -> tuple[str, str]:
    (verdict,) = verdicts([FAX], told, mails or [MAIL], "probe")
    return verdict.result, verdict.found


def test_the_page_that_was_sent_is_read_back_from_a_document() -> None:
    """Group 4 in a PDF, as the exchange mails it; and a mark makes another page."""
    images = Image.open(io.BytesIO(fax_page.tiff(PAGES)))
    out = io.BytesIO()
    images.save(out, "PDF", save_all=True, resolution=204)
    assert fax_page.pages(out.getvalue()) == PAGES and PAGES[0] != PAGES[1]
    assert (images.size, images.info["dpi"]) == ((fax_page.WIDTH, fax_page.HEIGHT), fax_page.RESOLUTION)
    with pytest.raises(ValueError, match="cannot be read"):
        fax_page.pages(b"no document")


def test_a_fax_that_came_whole_passes() -> None:
    assert judged() == ("passed", "T38, 2200 lines alike")


@pytest.mark.parametrize(
    ("told", "mail", "found"),
    [
        ({}, MAIL, "it has no record of such a fax"),
        ({"fax_t38": TOLD["fax_t38"] | {"mode": "audio"}}, MAIL, "('SUCCESS', 2, 'audio')"),
        ({"fax_t38": TOLD["fax_t38"] | {"status": "FAILED"}}, MAIL, "('FAILED', 2, 'T38')"),
        (TOLD, replace(MAIL, subject="Gelen faks: +903125559021 – 2 sayfa alındı"), "none came"),
        (TOLD, replace(MAIL, subject="Giden faks: +903125559020 – 2/2 sayfa – gönderildi"), "none came"),
        (TOLD, replace(MAIL, subject=MAIL.subject.replace("alındı", "– EKSİK OLABİLİR")), "EKSİK"),
        (TOLD, replace(MAIL, pages=PAGES[:1]), "1"),
        (TOLD, replace(MAIL, pages=(PAGES[0], PAGES[1][:-1])), "1099"),
        (TOLD, replace(MAIL, pages=(PAGES[0], fax_page.smudged(PAGES[1]))), "line 31 and 0 more differ"),
        (
            TOLD,
            replace(MAIL, pages=(), unreadable="the document cannot be read"),
            "the document cannot be read",
        ),
    ],
)
def test_a_fax_that_lost_something_fails(told: dict[str, Any], mail: Mailed, found: str) -> None:
    """Not sent, in the wrong mode, not mailed, in part, or with one line of one page changed."""
    result, said = judged(told, mail)
    assert result == "failed" and found in said


def test_the_newest_mail_is_judged() -> None:
    """One of an earlier run, which still lies there, is not taken for this one."""
    assert judged(TOLD, replace(MAIL, pages=()), MAIL)[0] == "passed"


def test_the_operator_is_told_one_call_file_for_a_fax(tmp_path: Path) -> None:
    """Nothing that it is asked adds a line to the call file."""
    for folder in ("fax", "outgoing"):
        (tmp_path / folder).mkdir()
    fax = {"id": "f1", "number": "+903125555290", "shown": "+903125559020", "trunk": "ana", "tiff": "SUkq"}
    assert operator_fax_on_host.send(fax, tmp_path, "") == "f1"
    call = (tmp_path / "outgoing/f1.call").read_text()
    assert "Channel: PJSIP/+903125555290@ana\n" in call and f"FAX_FILE={tmp_path}/fax/f1.tif\n" in call
    assert (tmp_path / "fax/f1.tif").read_bytes() == b"II*"
    with pytest.raises(ValueError, match="trunk"):
        operator_fax_on_host.send(fax | {"trunk": "ana\nApplication: System"}, tmp_path, "")


def test_the_record_of_a_fax_is_found_by_its_id() -> None:
    """The newest one of this run; calls without a fax, and older ones, are left out."""
    row = [*[""] * 9, "2026-11-26 12:00:00", *[""] * 7, "fax SUCCESS 2 T38 f1"]
    voice, noon = [*row[:17], "ana"], 1795694400.0
    assert operator_fax_on_host.records([row, voice, row[:9]], noon) == {"f1": TOLD["fax_t38"]}
    assert operator_fax_on_host.records([row], noon + 1) == {}


def test_a_message_is_weighed_by_the_tones_in_it(tmp_path: Path) -> None:
    """What is attached to the mail of a mailbox, as it comes over IMAP; a sound of another kind holds none."""
    write_tone(tmp_path / "x.wav", 600, 3)
    mail = EmailMessage()
    mail["Subject"] = "Sesli mesaj: 5991, 0:04"
    mail.set_content("ektedir")
    mail.add_attachment((tmp_path / "x.wav").read_bytes(), maintype="audio", subtype="x-wav")
    mail.add_attachment(b"RIFF", maintype="audio", subtype="x-wav")
    parts = attachments(mail.as_bytes(), 5.0)
    json.dumps(parts)
    telephones = {"A": {"tone": 520.0}, "B": {"tone": 600.0}, "B.tls": {"tone": 600.0}}
    one, other = proving_mail.weighed(parts, telephones)
    assert one == {
        "at": 5.0,
        "subject": mail["Subject"],
        "text": "ektedir\n",
        "type": "audio/x-wav",
        "heard": {"A": 0.0, "B": 3.0},
    }
    assert other["heard"] == {}
    document = {
        "at": 1.0,
        "subject": "s",
        "type": "application/pdf",
        "content": base64.b64encode(b"%").decode(),
    }
    assert proving_mail.weighed([document], telephones) == [document]


def message(subject: str, heard: float, text: str) -> tuple[str, str]:
    """Judges the mail of a message, left and heard on the telephone all the same, that came in at 17:20 in Istanbul."""
    wanted = calls.Message("5991", "B", "Europe/Istanbul")
    answer = {"id": "voicemail", "result": "passed", "found": "as expected", "seconds": 1.0}
    observed = {
        "verdicts": [answer | {"delay": None, "loss": None, "audio": True}],
        "seen": [],
        "mails": [{"at": CAME, "subject": subject, "text": text, "heard": {"B": heard}}],
    }
    (verdict,) = calls.verdicts([calls.Wanted("voicemail", "A", mailed=wanted)], observed, "probe")
    return verdict.result, verdict.found


@pytest.mark.parametrize(
    ("subject", "heard", "result", "found"),
    [
        (SUBJECT, 3.9, "passed", "as expected"),
        (SUBJECT, 0.4, "failed", "0.4 s of it"),
        ("Sesli mesaj: 15991, 0:04", 3.9, "failed", "no such mail"),
    ],
)
def test_a_message_has_to_be_mailed_with_its_sound(
    subject: str, heard: float, result: str, found: str
) -> None:
    assert message(subject, heard, "5991 numarası 27.11.2026 17:19 tarihinde ...") == (result, found)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("27.11.2026 14:19", "it says 27.11.2026 14:19, and came in at 27.11.2026 17:20"),
        ("27.11.2026 17:24", "it says 27.11.2026 17:24, and came in at 27.11.2026 17:20"),
        ("27.11.2026 17:16", "it says 27.11.2026 17:16, and came in at 27.11.2026 17:20"),
        ("11/27/2026 17:19", "no time in it"),
    ],
)
def test_a_message_has_to_tell_the_time_of_the_municipality(told: str, found: str) -> None:
    """The machine runs on another clock; a mail that tells that one is hours off."""
    assert message(SUBJECT, 3.9, f"5991 numarası {told} tarihinde ...") == ("failed", found)


def test_a_fax_is_for_the_operator_and_not_for_a_telephone(lab: Any) -> None:
    """It is put in numbers of the lab; elsewhere there is nobody who sends it."""
    found = asked(lab, WORLD, ("fax_t38", "echo"))
    assert [each["id"] for each in found.asked["scenarios"]] == ["echo"]
    assert found.faxes["fax_t38"]["to"] == lab.telephony.plan.did_prefix + lab.telephony.probe.fax_line
    assert "fax.first" in asked(lab, None, ("fax_t38",)).left_out["fax_t38"]
    assert {each.fax["mode"] for each in chosen() if each.fax} == {"T38", "audio"}
