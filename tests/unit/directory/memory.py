"""A directory that lives in memory: it carries out the steps of a plan as the real one does, and can be read again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from estate.plan.directory_held import HeldDirectory, HeldGroup, HeldUser, same
from estate.plan.directory_steps import Step


def carried_out(held: HeldDirectory, steps: Iterable[Step]) -> HeldDirectory:
    """Gives what the directory holds afterwards; a step about something that is not there is an error."""
    for step in steps:
        held = _ONE[step.do](held, step)
    return replace(held, domain=True)


def _folder(held: HeldDirectory, step: Step) -> HeldDirectory:
    return replace(held, folders=held.folders | {same(step.dn)})


def _add(held: HeldDirectory, step: Step) -> HeldDirectory:
    [login] = step.attributes["sAMAccountName"]
    assert same(login) not in held.names, f"{login} is there already"
    assert same(step.dn.partition(",")[2]) in held.folders, f"no folder for {step.dn}"
    user = HeldUser(step.dn, {"lastLogon": ("0",), **step.attributes}, True)
    return replace(held, users=(*held.users, user), names={**held.names, same(login): step.dn})


def _change(held: HeldDirectory, step: Step) -> HeldDirectory:
    for group in held.groups:
        if same(group.dn) == same(step.dn):
            told = replace(group, description=step.attributes["description"][0])
            return replace(held, groups=tuple(told if one is group else one for one in held.groups))
    [user] = [one for one in held.users if same(one.dn) == same(step.dn)]
    attributes = {**user.attributes, **step.attributes}
    if step.password is not None and "pwdLastSet" not in step.attributes:
        attributes["pwdLastSet"] = ("134401516547803110",)
    matches = user.password_matches if step.password is None else True
    changed = HeldUser(user.dn, {name: v for name, v in attributes.items() if v}, matches)
    return replace(held, users=tuple(changed if one is user else one for one in held.users))


def _move(held: HeldDirectory, step: Step) -> HeldDirectory:
    assert step.to and same(step.to.partition(",")[2]) in held.folders, f"no folder for {step.to}"

    def new(dn: str) -> str:
        return str(step.to) if same(dn) == same(step.dn) else dn

    assert any(same(user.dn) == same(step.dn) for user in held.users), f"nobody is {step.dn}"
    return replace(
        held,
        users=tuple(replace(user, dn=new(user.dn)) for user in held.users),
        groups=tuple(replace(one, members=frozenset(map(new, one.members))) for one in held.groups),
        names={name: new(dn) for name, dn in held.names.items()},
    )


def _delete(held: HeldDirectory, step: Step) -> HeldDirectory:
    assert any(same(user.dn) == same(step.dn) for user in held.users), f"nobody is {step.dn}"
    return replace(
        held,
        users=tuple(user for user in held.users if same(user.dn) != same(step.dn)),
        groups=tuple(replace(one, members=one.members - {step.dn}) for one in held.groups),
        names={name: dn for name, dn in held.names.items() if same(dn) != same(step.dn)},
    )


def _group(held: HeldDirectory, step: Step) -> HeldDirectory:
    [name], [told] = step.attributes["sAMAccountName"], step.attributes["description"]
    group = HeldGroup(step.dn, name, told)
    return replace(held, groups=(*held.groups, group), names={**held.names, same(name): step.dn})


def _members(held: HeldDirectory, step: Step) -> HeldDirectory:
    [group] = [one for one in held.groups if same(one.dn) == same(step.dn)]
    present = {same(user.dn) for user in held.users}
    now = {same(member): member for member in group.members}
    for member in step.less:
        del now[same(member)]
    for member in step.more:
        assert same(member) in present, f"{member} cannot be a member: there is no such account"
        assert same(member) not in now, f"{member} is a member already"
        now[same(member)] = member
    members = replace(group, members=frozenset(now.values()))
    return replace(held, groups=tuple(members if one is group else one for one in held.groups))


_ONE = {
    "folder": _folder,
    "group": _group,
    "add": _add,
    "change": _change,
    "move": _move,
    "delete": _delete,
    "members": _members,
}
