"""A fax is called whole only when all its pages are; its image goes only when the mail is in the queue."""

from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.unit.exchange.conftest import program

fax = program("fax_arrived")


@pytest.mark.parametrize(
    ("kind", "status", "pages", "image", "expected"),
    [
        ("received", "SUCCESS", 2, 2, (True, "2 sayfa alındı")),
        ("received", "FAILED", 1, 2, (False, "2 sayfa – EKSİK OLABİLİR")),
        ("received", "SUCCESS", 0, 0, (False, "0 sayfa – EKSİK OLABİLİR")),
        ("sent", "SUCCESS", 30, 30, (True, "30/30 sayfa – gönderildi")),
        ("sent", "SUCCESS", 26, 30, (False, "26/30 sayfa – BAŞARISIZ")),
        ("sent", "FAILED", 30, 30, (False, "30/30 sayfa – BAŞARISIZ")),
        ("sent", "SUCCESS", 0, 0, (False, "0/0 sayfa – BAŞARISIZ")),
    ],
)
def test_a_part_of_the_pages_is_a_failure(
    kind: str, status: str, pages: int, image: int, expected: tuple[bool, str]
) -> None:
    assert fax.verdict(kind, status, pages, image) == expected


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Callable[[str, str], Path]) -> Path:
    """Lays an image of one page, and lets the mail queue take what comes."""
    (tmp_path / "in.tif").write_bytes(b"II*")
    (tmp_path / "sender").write_text("santral@gumuscagil.bel.example\n")
    monkeypatch.setattr(fax, "SENDER", tmp_path / "sender")
    monkeypatch.setattr(fax, "SENDMAIL", ["sendmail"])
    command("tiffinfo", "echo '=== TIFF directory 0 ==='")
    command("tiff2pdf", "printf '%%PDF-1.1'")
    command("sendmail", f"cat > {tmp_path}/queue")
    return tmp_path / "in.tif"


def mailed(kind: str, status: str, image: Path) -> tuple[int, EmailMessage]:
    """Tells of a fax of one page, and gives the exit code and the mail."""
    told = ["--to", "a@gumuscagil.bel.example", "--line", "2990", "--peer", "0312", "--pages", "01"]
    code = fax.main([kind, *told, "--status", status, "--file", str(image)])
    mail = message_from_bytes((image.parent / "queue").read_bytes(), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return code, mail


@pytest.mark.parametrize("taken", [True, False])
def test_the_image_stays_until_the_mail_is_in_the_queue(
    taken: bool, image: Path, command: Callable[[str, str], Path]
) -> None:
    command("sendmail", f"cat > {image.parent}/queue; exit {0 if taken else 75}")
    code, mail = mailed("received", "SUCCESS", image)
    assert (code, image.exists()) == ((0, False) if taken else (1, True))
    assert mail["Subject"] == "Gelen faks: 0312 – 1 sayfa alındı"
    assert [part.get_content() for part in mail.iter_attachments()] == [b"%PDF-1.1"]


@pytest.mark.parametrize(
    ("kind", "status", "kept"),
    [("sent", "SUCCESS", False), ("sent", "FAILED", True), ("received", "FAILED", False)],
)
def test_the_image_of_a_fax_stays_until_it_is_sent_whole(
    kind: str, status: str, kept: bool, image: Path
) -> None:
    """The notice says where it lies; what was received in part is in the mail, and nobody can get more of it here."""
    code, mail = mailed(kind, status, image)
    assert (code, image.exists()) == (0, kept)
    body = mail.get_body()
    assert body is not None and (str(image) in body.get_content()) is kept
