"""Plans one switch: the lines that take it to what is intended, those that take it back, and what speaks against it.

Pure: texts in, lines out. Nothing is planned for what is not owned, and a plan with refusals is not carried out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from estate.switches import capture, drivers, guards, masks, names, ownership, path, reading, steps, strict
from estate.switches.canonical import Canonical, canonical, paired
from estate.switches.grammar import PLATFORMS
from estate.switches.guards import Known, Limits, Refusal, Waiver
from estate.switches.ownership import Owned
from estate.switches.protected import Protected
from estate.switches.reading import ConfigurationError, Tree
from estate.switches.writing import changed_lists

UNSEEN = ("snmp-server user ",)
"""Commands that switches take and never show: written only when they are named in `renewed`."""


@dataclass(frozen=True)
class SwitchPlan:
    """What to send to one switch, and what to send to take it back; both hold secrets: show them with `display` only.

    `left_alone` are the first lines of all that is not ours, `lists` says what trunks carried and will carry;
    `refusals` stand, `waived` are those somebody went past.
    """

    lines: tuple[str, ...] = ()
    rollback: tuple[str, ...] = ()
    left_alone: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    waived: tuple[Refusal, ...] = ()


def remediation(
    running: str,
    intended: str,
    platform: str,
    protected: Protected,
    *,
    owned: Owned | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    known: Known = Known(),  # noqa: B008 - frozen
    waivers: Sequence[Waiver] = (),
    renewed: Iterable[str] = (),
    captured: bool = False,
) -> SwitchPlan:
    """Plans the way from the running configuration to the intended one.

    Args:
        running: as the switch shows it; bytes that are no UTF-8 as surrogates (`errors="surrogateescape"`).
        intended: ASCII, commands written out, secrets in it.
        platform: as netmiko names it.
        protected: the way in, which no line may cut.
        owned: what is generated; derived from the intended text when left out.
        limits: how much may change at once.
        known: what is known of the switch from before.
        waivers: which guards somebody went past, and why.
        renewed: how intended lines begin that are to be written although nothing differs (`username netyonetici`),
            because a switch shows a stored secret in a form that cannot be compared, or not at all.
        captured: the intended text is what a switch showed. It is read as such, all of it is ours and what it does not
            hold goes, stored secrets are written as they stand; what no line can bring back is left out.

    Raises:
        ConfigurationError: the intended text is wrong, with all that is; or a text is a redacted copy.
    """
    asked = _Asked(platform, protected, owned, limits, known, tuple(renewed), captured)
    plan, found = _read(running, intended, asked, waivers)
    return _judged(plan, found, waivers)


@dataclass(frozen=True)
class _Asked:
    platform: str
    protected: Protected
    owned: Owned | None
    limits: Limits
    known: Known
    renewed: tuple[str, ...]
    captured: bool


def _read(
    running: str, intended: str, asked: _Asked, waivers: Sequence[Waiver]
) -> tuple[SwitchPlan, list[Refusal]]:
    platform, where = asked.platform, asked.known.hostname or "switch"
    if platform not in PLATFORMS:
        return SwitchPlan(), [Refusal("platform", where, f"{platform!r} is none of {', '.join(PLATFORMS)}")]
    captured = asked.captured
    wanted_tree = reading.tree(intended) if captured else strict.tree(intended, platform)
    wanted = canonical(wanted_tree, platform, strict=not captured)
    try:
        running_tree = reading.tree(running)
    except ConfigurationError as unreadable:
        return SwitchPlan(), [Refusal("running-unreadable", where, str(unreadable))]
    name = capture.hostname(wanted_tree)
    found = list(capture.refusals(running, running_tree, name, platform, asked.known, asked.limits))
    if any(refusal.guard == "running-damaged" for refusal in guards.waived(found, waivers)[0]):
        return SwitchPlan(), found
    if captured:
        running_tree, wanted_tree = (
            ownership.written_back(*pair)
            for pair in ((running_tree, wanted_tree), (wanted_tree, running_tree))
        )
        wanted = canonical(wanted_tree, platform, masked=False)
    plan, more = _planned(canonical(running_tree, platform, masked=wanted.masked), wanted, asked)
    return plan, found + more


def _planned(whole: Canonical, wanted: Canonical, asked: _Asked) -> tuple[SwitchPlan, list[Refusal]]:
    platform, protected, everything = asked.platform, asked.protected, whole.tree
    if asked.captured:
        owned: Owned = ownership.everything(everything, wanted.tree)
    else:
        owned = asked.owned or ownership.derived(wanted.tree, platform)
    ours, left = ownership.kept(whole, wanted.tree, owned)
    found = list(_strangers(wanted.tree, everything, platform))
    held = Canonical(ours, whole.written, whole.unnumbered)
    unseen = [line for line in wanted.tree if line.startswith(UNSEEN)]
    for line in unseen:
        del wanted.tree[line]
    _completed(held.tree, wanted.tree)
    after = {h: below for h, below in everything.items() if h not in ours}
    after |= {h: dict(below) for h, below in wanted.tree.items()}
    paired(held, wanted)
    there, sure = drivers.delta(held.tree, wanted.tree, platform)
    back, sure_back = drivers.delta(wanted.tree, held.tree, platform)
    lines = steps.lines(there, held, wanted, platform, protected) + _renewed(wanted, unseen, asked.renewed)
    rollback = steps.lines(back, wanted, held, platform, protected)
    if not (sure and sure_back):
        found.append(Refusal("not-foreseen", "plan", "hier-config foresees another result"))
    for line, lost in path.losses(everything, lines, platform, protected):
        found.append(Refusal("management-path", lost, f"lost after `{masks.hidden(line)}`"))
    found += guards.of_lines(lines, everything, after, protected, asked.limits)
    return SwitchPlan(lines, rollback, left, changed_lists(held, wanted)), found


def _judged(plan: SwitchPlan, found: list[Refusal], waivers: Sequence[Waiver]) -> SwitchPlan:
    stand, gone = guards.waived(found, waivers)
    return replace(plan, refusals=stand, waived=gone)


def _strangers(wanted: Tree, running: Tree, platform: str) -> Iterator[Refusal]:
    """Yields ports of the intended text that the switch does not have; IOS shows every port it has."""
    if platform != "cisco_ios":
        return
    for header in wanted:
        name = header.removeprefix("interface ")
        if name != header and names.is_port(name) and header not in running:
            yield Refusal("unknown-port", name, "the running configuration does not show it")


def _completed(held: Tree, wanted: Tree) -> None:
    """Gives a port that stands on one side only an empty section on the other: no command makes or removes a port."""
    for header in [*held, *wanted]:
        if header.startswith("interface ") and names.is_port(header[10:]):
            held.setdefault(header, {})
            wanted.setdefault(header, {})
    if "password manager" in held:  # a switch that keeps its credentials to itself shows no more than this
        for line in [each for each in wanted if each.startswith("password manager ")]:
            held[line] = held.pop("password manager", {})


def _renewed(wanted: Canonical, unseen: list[str], renewed: tuple[str, ...]) -> tuple[str, ...]:
    named = [line for line in (*wanted.tree, *unseen) if renewed and line.startswith(renewed)]
    return tuple(wanted.written.get(("", line), line) for line in named)
