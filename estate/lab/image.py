"""Builds the images from which lab hosts start: a small Debian of each release, from the machine's own source."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from estate.lab.commands import Runner, say
from estate.lab.errors import LabError
from estate.lab.places import Places
from estate.lab.sources import archives, read_sources

NAME = "localhost/municipal-estate-lab"
LABEL = "estate.lab.recipe"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PACKAGES = (
    "systemd",
    "systemd-sysv",
    "dbus",
    "openssh-server",
    "python3-minimal",
    "python3-apt",
    "sudo",
    "iproute2",
    "iputils-ping",
    "procps",
    "nftables",
    "netbase",
    "tzdata",
    "ca-certificates",
)
# Units that need a kernel of their own, or show the kernel of the machine to the host.
MASKED = (
    "systemd-modules-load.service",
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
    "dev-hugepages.mount",
)
# Each runs in a shell on the machine, with $1 = the new root.
HOOKS = (
    *(f'ln -sf /dev/null "$1/etc/systemd/system/{unit}"' for unit in MASKED),
    # A lab host may be lost at any moment and is then built anew: waiting for the disk would double the time of
    # every package installation and protect nothing. Real hosts keep dpkg's default.
    'echo force-unsafe-io > "$1/etc/dpkg/dpkg.cfg.d/lab"',
    # The only package source of a lab host; trusted because it is a folder made by the lab on the same machine.
    'rm -rf "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/* "$1"/var/lib/apt/lists/*',
    'echo "deb [trusted=yes] file:/srv/packages ./" > "$1/etc/apt/sources.list.d/lab.list"',
    'mkdir -p "$1/srv/packages" "$1/lab"',
    # Every host is given its own key and identity at its first start.
    'rm -f "$1"/etc/ssh/ssh_host_*',
    ': > "$1/etc/machine-id"',
)
# Archives may serve frozen Release files; what they sign is still checked.
APT_OPTIONS = ('Acquire::Check-Valid-Until "false"', 'Acquire::Languages "none"')


def recipe_digest(release: str, packages: Sequence[str] = PACKAGES, hooks: Sequence[str] = HOOKS) -> str:
    """Returns what an image is made of as twelve characters: another recipe is another image."""
    recipe = json.dumps([release, list(packages), list(hooks), list(APT_OPTIONS)])
    return hashlib.sha256(recipe.encode()).hexdigest()[:12]


def reference(release: str) -> str:
    """Names the image of the present recipe."""
    return f"{NAME}:{recipe_digest(release)}"


def archive_lines(runner: Runner, places: Places, release: str) -> list[str]:
    """Returns the `deb` lines of the archive that serves a release, empty to use mmdebstrap's default."""

    def serves(uri: str, suite: str) -> bool:
        with tempfile.TemporaryDirectory(dir=places.cache) as folder:
            wanted = [f"{uri}/dists/{suite}/InRelease", f"{folder}/InRelease"]
            return runner.read(["/usr/lib/apt/apt-helper", "download-file", *wanted]) is not None

    signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    return [f"deb {signed}{uri} {suite} main" for uri, suite in archives(read_sources(), release, serves)]


def tarball(places: Places, release: str) -> Path:
    """Names the cached root file system of the present recipe."""
    return places.cache / f"rootfs-{release}-{recipe_digest(release)}.tar"


def recorded_archive(places: Places, release: str) -> Path:
    """Names the note of the archive from which the cached root file system came, for machines without their own."""
    return tarball(places, release).with_suffix(".list")


def ensure_image(runner: Runner, places: Places, release: str) -> str:
    """Builds and imports what is missing of the image of a release and returns its reference."""
    image = reference(release)
    if runner.read(["podman", "image", "exists", image]) is not None:
        return image
    if not tarball(places, release).exists():
        _bootstrap(runner, places, release)
    label = f"LABEL {LABEL}={recipe_digest(release)}"
    runner.run(["podman", "import", "--quiet", "--change", label, str(tarball(places, release)), image])
    return image


def remove_images(runner: Runner) -> None:
    """Removes every image the lab ever imported."""
    listed = runner.read(["podman", "images", "--filter", f"label={LABEL}", "--format", "{{.ID}}"]) or ""
    for identity in sorted(set(listed.split())):
        runner.run(["podman", "rmi", "--force", identity])


def _bootstrap(runner: Runner, places: Places, release: str) -> None:
    say(f"lab: building the {release} image, once (about a minute)")
    rootfs = tarball(places, release)
    scratch = places.cache / "tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True, mode=0o755)
    aside = scratch / rootfs.name
    hooks = [f"--customize-hook={hook}" for hook in (f"copy-out /etc/apt/sources.list {scratch}", *HOOKS)]
    options = [f"--aptopt={option}" for option in APT_OPTIONS[:1]]
    include = f"--include={','.join(PACKAGES)}"
    lines = archive_lines(runner, places, release)
    command = ["mmdebstrap", "--variant=minbase", include, *options, *hooks, release, str(aside), *lines]
    try:
        runner.run(command, environment={"TMPDIR": str(scratch)}, outlive=True)
    except LabError as failed:
        raise LabError(
            f"asked to build a Debian {release} image",
            failed.found,
            "Check that a Debian archive of /etc/apt serves this release and that debian-archive-keyring is new "
            "enough for it (Debian 12.9 or newer)",
        ) from failed
    for old in places.cache.glob(f"rootfs-{release}-*"):
        old.unlink()
    (scratch / "sources.list").rename(recorded_archive(places, release))
    aside.rename(rootfs)
    shutil.rmtree(scratch, ignore_errors=True)
