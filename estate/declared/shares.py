"""Declares the shared folders: whose they are, who may read and write, how much they hold."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from estate.declared.fields import Bytes, Ratio, Record, ServiceUser, Text, UserName, Word, wrong_value

RESERVED = ("global", "homes", "printers", "print", "ipc", "admin", "netlogon", "sysvol")
"""Names that mean something else to Samba or Windows than a folder."""

_FORM = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def _share_name(value: Any) -> str:
    if not isinstance(value, str) or not _FORM.fullmatch(value) or len(value) > 40:
        raise wrong_value(
            value, "write up to 40 lower-case ASCII letters, digits and single - between them, such as ortak"
        )
    if value in RESERVED:
        raise wrong_value(value, "take another name: Samba or Windows means something else by it")
    return value


ShareName = Annotated[str, BeforeValidator(_share_name)]


class Share(Record):
    """A shared folder. `birim` belongs to a unit, `ortak` to all; into `tarama` scanners lay what they scanned.

    `scanners` are accounts of programs that may only put files in. Deleted files wait `recycle_days` in the recycle
    bin; they count as used. `quota_bytes` is shown to clients as the size of the disk and measured.
    """

    name: ShareName
    kind: Literal["birim", "ortak", "tarama"]
    unit: Word | None = None
    title_tr: Text
    quota_bytes: Bytes
    read_groups: tuple[UserName, ...] = ()
    write_groups: Annotated[tuple[UserName, ...], Field(min_length=1)]
    scanners: tuple[ServiceUser, ...] = ()
    recycle_days: Annotated[int, Field(ge=1, le=3650)]

    @property
    def groups(self) -> tuple[str, ...]:
        """Gives every group that has a right here, those that write first."""
        return self.write_groups + self.read_groups


class Shares(Record):
    """The shared folders of the municipality; `max_removal_ratio` is what one plan may remove without asking."""

    max_removal_ratio: Ratio
    shares: tuple[Share, ...]
