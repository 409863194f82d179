"""Names what a plan must not break unasked: the way by which the switch is reached; pure."""

from __future__ import annotations

from dataclasses import dataclass

from estate.switches import names


@dataclass(frozen=True)
class Protected:
    """The way in: management VLAN, uplinks (interfaces, in any spelling), the login we use, whether AAA is relied on.

    `vlans_in_use` are those that somebody or something is known to be in; removing one is refused.
    """

    management_vlan: int
    uplinks: tuple[str, ...]
    own_user: str
    aaa: bool
    vlans_in_use: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "uplinks", tuple(names.interface(each) for each in self.uplinks))
