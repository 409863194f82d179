"""The invented letters are the same each time, keep to the mail standards and carry every Turkish letter."""

import email
import email.policy
from email.message import EmailMessage

import pytest

from pyinfra_deploys.facts import mail_correspondence_on_host as program
from pyinfra_deploys.operations.mail_correspondence import Letter, Writer, correspondence, manifest

pytestmark = pytest.mark.slow

DOMAIN = "gumuscagil.bel.example"
PEOPLE = (
    Writer("isil.igdir", "Işıl Iğdır"),
    Writer("pinar.darcy", "Pınar D'Arcy"),
    Writer("bilgi", "Gümüşçağıl Belediyesi Bilgi Hattı"),
)


@pytest.fixture(scope="module")
def letters() -> tuple[Letter, ...]:
    return correspondence(DOMAIN, PEOPLE)


def read(letter: Letter) -> EmailMessage:
    message = email.message_from_bytes(letter.content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_some_hundred_letters_come_out_the_same_twice(letters: tuple[Letter, ...]) -> None:
    assert 200 <= len(letters) <= 500
    assert letters == correspondence(DOMAIN, PEOPLE)


def test_every_letter_lies_in_the_mailbox_of_a_writer(letters: tuple[Letter, ...]) -> None:
    assert {letter.mailbox for letter in letters} == {"isil.igdir", "pinar.darcy", "bilgi"}


def test_a_mailbox_holds_each_letter_once(letters: tuple[Letter, ...]) -> None:
    places = [(letter.mailbox, letter.folder, letter.message_id) for letter in letters]
    assert len(places) == len(set(places))


def test_headers_are_ascii_in_short_encoded_words_and_read_back_whole(letters: tuple[Letter, ...]) -> None:
    for letter in letters:
        head = letter.content.split(b"\r\n\r\n", 1)[0]
        assert head.isascii()
        assert [line for line in head.split(b"\r\n") if len(line) > 78 and b"References" not in line] == []
    subjects = "".join(str(read(letter)["Subject"]) for letter in letters)
    assert set("çğıöşüÇĞİÖŞÜ–’â") <= set(subjects)
    assert "�" not in subjects


def test_attachments_of_several_kinds_keep_their_turkish_names(letters: tuple[Letter, ...]) -> None:
    names = {part.get_filename() for letter in letters for part in read(letter).iter_attachments()}
    assert {"Encümen Kararı İmza.pdf", "Şantiye fotoğrafı.png", "mahalle_ödeme_listesi.csv"} <= names
    assert len(names) >= 6


def test_threads_point_back_and_months_pass(letters: tuple[Letter, ...]) -> None:
    known = {letter.message_id for letter in letters}
    answers = [str(read(letter)["In-Reply-To"]) for letter in letters if read(letter)["In-Reply-To"]]
    assert len(answers) > 50
    assert set(answers) <= known
    assert len({letter.received.month for letter in letters}) >= 5


def test_the_list_names_every_letter_by_a_hash_that_ignores_line_ends(letters: tuple[Letter, ...]) -> None:
    listed = manifest(letters)
    assert len(listed) == len(letters)
    as_stored = Letter(
        "a", "INBOX", "<x>", letters[0].received, True, letters[0].content.replace(b"\r\n", b"\n")
    )
    assert listed[0]["sha256"] == as_stored.digest
    assert len({row["sha256"] for row in listed}) > 0.5 * len(listed)


@pytest.mark.parametrize(
    ("folder", "spelling"),
    [("INBOX", '"INBOX"'), ("Arşiv", '"Ar&AV8-iv"'), ("A&B", '"A&-B"'), ("ğ", '"&AR8-"')],
)
def test_folder_names_are_spelled_as_imap_wants_them(folder: str, spelling: str) -> None:
    assert program.spelled(folder) == spelling
