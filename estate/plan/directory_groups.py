"""Settles who is in which group of the directory, in one write per group; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from estate.declared.turkish import ascii_of, lower
from estate.plan.directory_held import HeldDirectory, HeldGroup, same
from estate.plan.directory_steps import Settled, Step, Turn
from estate.plan.directory_wanted import GROUPS, PROGRAMS, SERVICES, Wanted


def groups_of(wanted: Wanted, held: HeldDirectory) -> dict[str, frozenset[str]]:
    """Gives, for each member of our groups, the declared names of the groups it is in.

    Programs that ask the directory count nowhere: the role that keeps them judges them.
    """
    names = {same(name): name for name in (*wanted.groups, PROGRAMS)}
    services = "," + same(wanted.folder(SERVICES))
    found: dict[str, set[str]] = {}
    for group in held.groups:
        for member in group.members if same(group.name) in names else ():
            if not same(member).endswith(services):
                found.setdefault(same(member), set()).add(names[same(group.name)])
    return {member: frozenset(groups) for member, groups in found.items()}


def settle_groups(
    wanted: Wanted,
    held: HeldDirectory,
    members: Mapping[str, Iterable[str]],
    places: Mapping[str, str | None],
) -> list[Settled]:
    """Gives what has to be done about the groups.

    `members` names the accounts of each group as they lie afterwards; `places` leads from where a held account of
    ours lies to where it lies afterwards, to None when it is purged.
    """
    held_by_name = {same(group.name): group for group in held.groups}
    programs = held_by_name.get(same(PROGRAMS))
    return [
        *(_settle_programs(wanted, programs, members.get(PROGRAMS, ()), places) if programs else ()),
        *(
            settled
            for name, meaning in wanted.groups.items()
            for settled in _settle(
                wanted, name, meaning, held_by_name.get(same(name)), tuple(members.get(name, ())), places
            )
        ),
    ]


def conflicts_of_groups(wanted: Wanted, held: HeldDirectory) -> list[str]:
    """Says which group names something else has, and which differ from a declared one only by marks."""
    ours = {same(group.name): group for group in held.groups}
    if held.domain and same(PROGRAMS) not in ours and any(PROGRAMS in one.groups for one in wanted.accounts):
        return [f"group {PROGRAMS} is missing; apply playbooks/directory_servers.yml first"]
    declared = {same(name) for name in wanted.groups}
    spelled = {ascii_of(lower(name)): name for name in wanted.groups}
    told = [
        f"group {name}: the name is taken by {held.names[same(name)]}, which is no group of ours; give that another"
        for name in wanted.groups
        if same(name) in held.names and same(name) not in ours
    ]
    for group in held.groups:
        alike = spelled.get(ascii_of(lower(group.name)))
        if alike is not None and same(group.name) not in declared:
            told.append(
                f"group {group.name} in the directory and {alike}, which is declared, differ only by marks or dots; "
                "give one of them another name"
            )
    return told


def _settle_programs(
    wanted: Wanted, found: HeldGroup, members: Iterable[str], places: Mapping[str, str | None]
) -> Iterable[Settled]:
    """Puts mailboxes of programs in and everybody else out, but for what the role keeps in it."""
    services = "," + same(wanted.folder(SERVICES))
    kept = [member for member in found.members if same(member).endswith(services)]
    at_rest = {**places, **{same(member): member for member in kept}}
    return _settle(wanted, PROGRAMS, found.description or "", found, (*members, *kept), at_rest)


def _settle(
    wanted: Wanted,
    name: str,
    meaning: str,
    found: HeldGroup | None,
    members: tuple[str, ...],
    places: Mapping[str, str | None],
) -> Iterable[Settled]:
    dn = found.dn if found else f"CN={name},{wanted.folder(GROUPS)}"
    now = {same(member): member for member in found.members} if found else {}
    afterwards = {
        same(places.get(key) or member): places.get(key) or member
        for key, member in now.items()
        if places.get(key, member) is not None
    }
    target = {same(member): member for member in members}
    more = tuple(sorted(target[key] for key in target.keys() - afterwards.keys()))
    less = tuple(sorted(afterwards[key] for key in afterwards.keys() - target.keys()))
    steps = [Step("members", dn, more=more, less=less)] if more or less else []
    strays = sorted(member for key, member in now.items() if key not in places)
    before, after = [f"member: {stray}" for stray in strays], []
    if found is None or (found.description or "") != meaning:
        attributes = {"description": (meaning,), "sAMAccountName": (name,)}
        steps.insert(0, Step("group" if found is None else "change", dn, attributes=attributes))
        before += [] if found is None else [f"description: {found.description or 'none'}"]
        after += [f"description: {meaning}"]
    if found is None:
        yield Settled(Turn.GROUP, "create", f"group {name}", None, "\n".join(after), tuple(steps))
    elif before or after:
        yield Settled(
            Turn.GROUP, "update", f"group {name}", "\n".join(before), "\n".join(after), tuple(steps)
        )
    elif steps:
        # Who comes and goes is shown with the account, not a second time with the group.
        yield Settled(Turn.GROUP, "run", "", None, None, tuple(steps))
