"""System users and groups of a role exist as declared, in one call."""

from __future__ import annotations

import grp
import pwd
import subprocess
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.landing import RefusedError
from ansible.module_utils.names import group_name
from ansible.module_utils.promises import of_accounts

DOCUMENTATION = r"""
module: accounts
short_description: Make the system users and groups that services run as
description:
  - Makes and corrects; never removes a user, a group or a membership, and makes no home directory.
  - For the accounts of daemons only. People are not users of the hosts.
options:
  users:
    description:
      - C(name); C(uid) (else the host chooses); C(group) (main group, default as the user's name); C(groups) (further
        ones); C(home) (default C(/nonexistent)); C(shell) (default C(/usr/sbin/nologin)).
    type: list
    elements: dict
    default: []
  groups: {description: "C(name) and C(gid) of further groups.", type: list, elements: dict, default: []}
"""

EXAMPLES = r"""
- name: Make the account that owns mailboxes
  accounts:
    users:
      - {name: vmail, uid: 5000, home: /srv/mail}
      - {name: prometheus, groups: [estate]}
    groups: [{name: estate}]
"""

RETURN = r"""
commands: {description: "What was (check mode: would be) done.", returned: always, type: list, elements: list}
promised: {description: "What a receipt says of it.", returned: not in check mode, type: list}
"""

USER: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "uid": {"type": "int"},
    "group": {"type": "str"},
    "groups": {"type": "list", "elements": "str", "default": []},
    "home": {"type": "str", "default": "/nonexistent"},
    "shell": {"type": "str", "default": "/usr/sbin/nologin"},
}
GROUP: dict[str, dict[str, Any]] = {"name": {"type": "str", "required": True}, "gid": {"type": "int"}}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "users": {"type": "list", "elements": "dict", "options": USER, "default": []},
    "groups": {"type": "list", "elements": "dict", "options": GROUP, "default": []},
}


def wanted_groups(parameters: dict[str, Any]) -> dict[str, int | None]:
    """Gives every group the call needs, and its number where one is declared."""
    groups: dict[str, int | None] = {entry["name"]: entry.get("gid") for entry in parameters["groups"]}
    for user in parameters["users"]:
        groups.setdefault(user["group"] or user["name"], user["uid"] if not user["group"] else None)
        for name in user["groups"]:
            groups.setdefault(name, None)
    return groups


def group_commands(groups: dict[str, int | None], known: dict[str, int]) -> list[list[str]]:
    """Gives the commands that make the missing groups; refuses to give a group another number."""
    commands = []
    for name, gid in groups.items():
        if name not in known:
            commands.append(["groupadd", "--system", *(["--gid", str(gid)] if gid is not None else []), name])
        elif gid not in (None, known[name]):
            raise RefusedError(
                f"The group {name} is declared with the number {gid} but has {known[name]} here. Its files "
                "carry the old number: declare that one, or move the files and the group by hand."
            )
    return commands


def user_commands(users: list[dict[str, Any]], known: dict[str, dict[str, Any]]) -> list[list[str]]:
    """Gives the commands that make or correct users; refuses to give a user another number."""
    commands = []
    for user in users:
        group, now = user["group"] or user["name"], known.get(user["name"])
        if now is None:
            number = ["--uid", str(user["uid"])] if user["uid"] is not None else []
            groups = ["--groups", ",".join(user["groups"])] if user["groups"] else []
            places = ["--home-dir", user["home"], "--shell", user["shell"]]
            commands.append(
                [
                    "useradd",
                    "--system",
                    "--no-create-home",
                    *number,
                    "--gid",
                    group,
                    *groups,
                    *places,
                    user["name"],
                ]
            )
            continue
        if user["uid"] not in (None, now["uid"]):
            raise RefusedError(
                f"The user {user['name']} is declared with the number {user['uid']} but has {now['uid']} here. Its "
                "files carry the old number: declare that one, or move the files and the user by hand."
            )
        if options := _corrections(user, group, now):
            commands.append(["usermod", *options, user["name"]])
    return commands


def _corrections(user: dict[str, Any], group: str, now: dict[str, Any]) -> list[str]:
    options = []
    for option, wanted, found in (
        ("--gid", group, now["group"]),
        ("--home", user["home"], now["home"]),
        ("--shell", user["shell"], now["shell"]),
    ):
        if wanted != found:
            options += [option, wanted]
    if missing := sorted(set(user["groups"]) - set(now["groups"])):
        options += ["--append", "--groups", ",".join(missing)]
    return options


def observe() -> tuple[dict[str, int], dict[str, dict[str, Any]]]:
    """Gives the groups and users of this host."""
    members: dict[str, list[str]] = {}
    groups = {}
    for group in grp.getgrall():
        groups[group.gr_name] = group.gr_gid
        for name in group.gr_mem:
            members.setdefault(name, []).append(group.gr_name)
    users = {
        user.pw_name: {
            "uid": user.pw_uid,
            "group": group_name(user.pw_gid),
            "home": user.pw_dir,
            "shell": user.pw_shell,
            "groups": members.get(user.pw_name, []),
        }
        for user in pwd.getpwall()
    }
    return groups, users


def main() -> None:
    """Answers one call of Ansible."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    groups, users = observe()
    try:
        commands = group_commands(wanted_groups(module.params), groups) + user_commands(
            module.params["users"], users
        )
    except RefusedError as refusal:
        module.fail_json(msg=str(refusal))
    for command in [] if module.check_mode else commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            module.fail_json(msg=f"`{' '.join(command)}` failed: {done.stderr.strip()}", commands=commands)
    result: dict[str, Any] = {"changed": bool(commands), "commands": commands}
    if not module.check_mode:
        result["promised"] = of_accounts(module.params, wanted_groups(module.params))
    if module._diff:
        after = "".join(" ".join(command) + "\n" for command in commands)
        result["diff"] = {
            "before_header": "accounts",
            "after_header": "accounts",
            "before": "",
            "after": after,
        }
    module.exit_json(**result)


if __name__ == "__main__":
    main()
