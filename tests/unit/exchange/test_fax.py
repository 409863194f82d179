"""A fax is called whole only when all its pages are; its image goes only when the mail is in the queue."""

from collections.abc import Callable
from email import message_from_bytes, policy
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


@pytest.mark.parametrize("taken", [True, False])
def test_the_image_stays_until_the_mail_is_in_the_queue(
    taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Callable[[str, str], Path]
) -> None:
    image, queue = tmp_path / "in.tif", tmp_path / "queue"
    image.write_bytes(b"II*")
    (tmp_path / "sender").write_text("santral@gumuscagil.bel.example\n")
    monkeypatch.setattr(fax, "SENDER", tmp_path / "sender")
    command("tiffinfo", "echo '=== TIFF directory 0 ==='")
    command("tiff2pdf", "printf '%%PDF-1.1'")
    command("sendmail", f"cat > {queue}; exit {0 if taken else 75}")
    monkeypatch.setattr(fax, "SENDMAIL", ["sendmail"])
    told = ["--to", "a@gumuscagil.bel.example", "--line", "2990", "--peer", "0312", "--pages", "01"]
    code = fax.main(["received", *told, "--status", "SUCCESS", "--file", str(image)])
    assert (code, image.exists()) == ((0, False) if taken else (1, True))
    mail = message_from_bytes(queue.read_bytes(), policy=policy.default)
    assert mail["Subject"] == "Gelen faks: 0312 – 1 sayfa alındı"
    assert [part.get_content() for part in mail.iter_attachments()] == [b"%PDF-1.1"]
