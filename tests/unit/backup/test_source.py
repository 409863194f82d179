"""A source that is not what it should be is a failure before a byte is copied."""

import os
from pathlib import Path

import pytest

from exporters import backup_source as source

GOOD = "job: eposta\nservice: eposta\npaths: [/srv/mail]\n"


def _manifest(tmp_path: Path, text: str) -> source.Manifest:
    (tmp_path / "eposta.yml").write_text(text, encoding="utf-8")
    return source.load_manifest(tmp_path, "eposta")


def test_a_manifest_gives_what_it_says(tmp_path: Path) -> None:
    found = _manifest(tmp_path, GOOD + 'exclude: ["dovecot.index*"]\npost: [systemctl, start, x]\n')
    assert found == source.Manifest(
        "eposta", "eposta", ("/srv/mail",), exclude=("dovecot.index*",), post=("systemctl", "start", "x")
    )


def test_all_mistakes_of_a_manifest_are_told_at_once(tmp_path: Path) -> None:
    text = (
        "job: posta\nservice: eposta\npaths: [/srv/../etc, mail]\nexclude: [a/b]\npre: systemctl\n"
        "min_bytes: yes\nmax_shrink_ratio: 1.5\npath: /x\n"
    )
    with pytest.raises(source.ManifestError) as refused:
        _manifest(tmp_path, text)
    file = tmp_path / "eposta.yml"
    assert str(refused.value).splitlines() == [
        f"{file}: path: unknown key; known are exclude, job, max_shrink_ratio, min_bytes, paths, post, pre, "
        "require_mounts, service",
        f"{file}: job: found 'posta', the file is named after 'eposta'",
        f"{file}: paths: '/srv/../etc' is not a plain absolute path",
        f"{file}: paths: 'mail' is not a plain absolute path",
        f"{file}: exclude: 'a/b' is neither a plain absolute path nor a name pattern without a slash",
        f"{file}: pre: found 'systemctl', expected a list of texts",
        f"{file}: max_shrink_ratio: found 1.5, expected a share from 0 to below 1",
        f"{file}: min_bytes: found True, expected a whole number of bytes",
    ]


def test_a_job_without_a_manifest_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(source.ManifestError, match="role of the service behind job eposta has to drop it"):
        source.load_manifest(tmp_path, "eposta")


def test_the_tighter_limit_wins() -> None:
    own = source.Manifest("a", "a", ("/a",), min_bytes=10, max_shrink_ratio=0.9)
    found = source.stricter(own, {"min_bytes": 5, "max_shrink_ratio": 0.5})
    assert (found.min_bytes, found.max_shrink_ratio) == (10, 0.5)


def test_every_missing_path_is_named_beside_the_good_ones(tmp_path: Path) -> None:
    """restic alone skips a path that is not there and ends well: the check is ours."""
    gone = [str(tmp_path / "yok"), str(tmp_path / "yok2")]
    manifest = source.Manifest("a", "a", (str(tmp_path), *gone))
    with pytest.raises(source.SourceError) as refused:
        source.refuse_missing(manifest)
    assert str(refused.value) == "\n".join(f"{path}: No such file or directory" for path in gone)


def test_a_mount_point_without_a_mount_is_named(tmp_path: Path) -> None:
    manifest = source.Manifest("a", "a", ("/",), require_mounts=("/", str(tmp_path)))
    with pytest.raises(source.SourceError, match=f"^{tmp_path}: nothing is mounted here$"):
        source.refuse_unmounted(manifest)


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        ((1, 20), None, "the source holds 20 bytes, at least 100 are expected"),
        ((9, 499), (9, 1000), "the source shrank from 1000 to 499 bytes"),
        ((4, 1000), (9, 1000), "the source shrank from 9 to 4 files"),
    ],
)
def test_a_source_that_is_too_small_or_shrank_is_refused(
    now: tuple[int, int], before: tuple[int, int] | None, words: str
) -> None:
    manifest = source.Manifest("a", "a", ("/a",), min_bytes=100, max_shrink_ratio=0.5)
    with pytest.raises(source.SourceError, match=words):
        source.refuse_shrunken(manifest, source.Extent(*now), before and source.Extent(*before))


@pytest.mark.parametrize("before", [None, (9, 1000), (1, 10), (0, 0)])
def test_a_source_within_its_limits_passes(before: tuple[int, int] | None) -> None:
    manifest = source.Manifest("a", "a", ("/a",), min_bytes=100, max_shrink_ratio=0.5)
    refused = ""
    try:
        source.refuse_shrunken(manifest, source.Extent(9, 500), before and source.Extent(*before))
    except source.SourceError as error:
        refused = str(error)
    assert refused == ""


def test_a_failing_hook_says_which_and_why() -> None:
    with pytest.raises(source.HookError, match=r"^pre hook sh ended with 3: disk is on fire$"):
        source.run_hook("pre", ("sh", "-c", "echo disk is on fire; exit 3"), lambda words: None)


def test_a_hook_sees_no_secret_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "RESTIC_REST_PASSWORD", "KANARYA-1")
    said: list[str] = []
    source.run_hook("pre", ("env",), said.append)
    assert said and "KANARYA-1" not in said[0]


def test_a_hook_that_is_not_there_is_a_failure() -> None:
    with pytest.raises(source.HookError, match="cannot be started"):
        source.run_hook("pre", ("/no/such/hook",))
