"""A copy of the domain counts only when databases, policies and rights are all in it."""

import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from exporters.directory_backup import NEEDED, BackupError, answer, damaged, entries, lacking, rights

POLICY = "{31B2F340-016D-11D2-945F-00C04FB984F9}"
LDIF = f"""# record 1
dn: CN={POLICY},CN=Policies,CN=System,DC=ad,DC=or
 nek,DC=example
name: {POLICY}
displayName:: xZ5pZnJlIFBvbGl0aWthc8SxIOKAkyBZYXrEsSDEsMWfbGVyaSBNw7xkw7xybMO8xJ/DvA==

# returned 1 records
"""


def packed(files: dict[str, bytes]) -> io.BytesIO:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as whole:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            whole.addfile(member, io.BytesIO(content))
    stream.seek(0)
    return stream


def copy(**changed: bytes) -> tarfile.TarFile:
    """Gives a copy as Samba makes it, but for the files that are changed; an empty one is left out."""
    sysvol = packed({f"ad/{POLICY}/GPT.INI": b"x", f"ad/{POLICY}/GPT.INI.NTACL": b"O:BAG:SYD:P\n"})
    files = {name: name.encode() for name in NEEDED} | {"sysvol.tar.gz": sysvol.getvalue()}
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    files = {**files, "SHA256SUM": sums.encode(), **changed}
    return tarfile.open(fileobj=packed({name: content for name, content in files.items() if content}))


def test_a_whole_copy_lacks_nothing(tmp_path: Path) -> None:
    (tmp_path / "ad" / POLICY).mkdir(parents=True)
    (tmp_path / "ad" / POLICY / "GPT.INI").write_text("x")
    assert damaged(copy()) == []
    found = rights(copy())
    assert found == {f"ad/{POLICY}/GPT.INI": "O:BAG:SYD:P"}
    whole = {"ad": "D:", f"ad/{POLICY}": "D:", **found}
    assert lacking(whole, [{"id": POLICY, "name": "x"}], tmp_path) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"private/secrets.ldb": b""}, ["private/secrets.ldb"]),
        ({"private/idmap.ldb": b"other"}, ["private/idmap.ldb"]),
    ],
)
def test_a_missing_or_altered_database_is_named(changed: dict[str, bytes], told: list[str]) -> None:
    assert damaged(copy(**changed)) == told


def test_a_policy_or_a_right_that_was_not_copied_is_named(tmp_path: Path) -> None:
    """The copy is red, never partial and green, whatever letters a policy's name has."""
    (tmp_path / "ad").mkdir()
    policies: list[dict[str, Any]] = [{"id": POLICY, "name": "Şifre Politikası – Yazı İşleri Müdürlüğü"}]
    assert lacking({}, policies, tmp_path) == [
        "ad",
        f"policy {POLICY} (Şifre Politikası – Yazı İşleri Müdürlüğü)",
    ]


def test_names_with_turkish_letters_are_read_back() -> None:
    (entry,) = entries(LDIF)
    assert entry["dn"] == [f"CN={POLICY},CN=Policies,CN=System,DC=ad,DC=ornek,DC=example"]
    assert entry["displayName"] == ["Şifre Politikası – Yazı İşleri Müdürlüğü"]


def test_a_program_that_fails_is_an_error_with_its_words() -> None:
    with pytest.raises(BackupError, match="exit 1: olmadı"):
        answer("sh", "-c", "echo olmadı >&2; exit 1")
