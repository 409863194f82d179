"""Drives hier-config with rules for access switches, on sections that are in one form already; pure.

Of the stock drivers the negation and the walk through sections are used. Their order deletes the login before it is
made anew and opens all VLANs on an uplink, and their readers take banners apart: order, lists and banners are ours
(`steps`, `canonical`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hier_config import HConfig, WorkflowRemediation
from hier_config.child import HConfigChild
from hier_config.platforms.cisco_ios.driver import HConfigDriverCiscoIOS
from hier_config.platforms.driver_base import HConfigDriverBase, HConfigDriverRules
from hier_config.platforms.hp_procurve.driver import HConfigDriverHPProcurve

from estate.switches.grammar import key
from estate.switches.reading import Tree


def _replaced(platform: str, config: HConfigChild, others: Iterable[HConfigChild]) -> HConfigChild | None:
    header = "" if config.parent is config.root else str(getattr(config.parent, "text", ""))
    wanted = key(platform, header, config.text)
    if wanted is None:
        return None
    return next((each for each in others if key(platform, header, each.text) == wanted), None)


class AccessSwitchIOS(HConfigDriverCiscoIOS):
    """The stock driver with one value per setting as `grammar` knows them, and no order of its own."""

    def idempotent_for(
        self, config: HConfigChild, other_children: Iterable[HConfigChild]
    ) -> HConfigChild | None:
        """Gives the line among `other_children` that this one replaces."""
        return _replaced("cisco_ios", config, other_children)

    @staticmethod
    def _instantiate_rules() -> HConfigDriverRules:
        return _bare(HConfigDriverCiscoIOS._instantiate_rules())


class AccessSwitchProCurve(HConfigDriverHPProcurve):
    """The stock driver with one value per setting as `grammar` knows them, and no order of its own."""

    def idempotent_for(
        self, config: HConfigChild, other_children: Iterable[HConfigChild]
    ) -> HConfigChild | None:
        """Gives the line among `other_children` that this one replaces."""
        return _replaced("hp_procurve", config, other_children)

    @staticmethod
    def _instantiate_rules() -> HConfigDriverRules:
        return _bare(HConfigDriverHPProcurve._instantiate_rules())


def _bare(rules: HConfigDriverRules) -> HConfigDriverRules:
    for ours in (
        rules.ordering,
        rules.idempotent_commands,
        rules.per_line_sub,
        rules.post_load_callbacks,
        rules.negate_with,
    ):
        ours.clear()
    return rules


_DRIVERS: Mapping[str, HConfigDriverBase] = {
    "cisco_ios": AccessSwitchIOS(),
    "hp_procurve": AccessSwitchProCurve(),
}


def delta(before: Tree, after: Tree, platform: str) -> tuple[HConfig, bool]:
    """Gives the commands that turn one tree into the other, and whether hier-config foresees that they do.

    What is the same on both sides is not looked at.
    """
    if before == after:
        return HConfig(_DRIVERS[platform]), True
    old, new = (_loaded(_apart(this, other), platform) for this, other in ((before, after), (after, before)))
    found = WorkflowRemediation(old, new).remediation_config
    foreseen = old.future(found)
    return found, not foreseen.config_to_get_to(new).children


def _apart(tree: Tree, other: Tree) -> Tree:
    """Gives what of a tree is different in the other: sections, and in those both have, single lines."""
    return {
        header: {line: deeper for line, deeper in below.items() if other.get(header, {}).get(line) != deeper}
        for header, below in tree.items()
        if other.get(header) != below
    }


def _loaded(tree: Tree, platform: str) -> HConfig:
    config = HConfig(_DRIVERS[platform])
    _filled(config, tree)
    return config


def _filled(at: HConfig | HConfigChild, tree: Tree) -> None:
    for line, below in tree.items():
        child = at.add_child(line, check_if_present=False)
        if below:
            _filled(child, below)
