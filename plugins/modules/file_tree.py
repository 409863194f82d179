"""Makes the files of one role on a host equal the declared tree, or changes nothing and says why."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.landing import RefusedError, remember_paths
from ansible.module_utils.promises import of_tree
from ansible.module_utils.staging import check
from ansible.module_utils.wanted import compare, land, owner_of, unpack

DOCUMENTATION = r"""
module: file_tree
short_description: Lay a role's files down in one round trip
description:
  - Renders every C(*.j2) below C(templates/<root>/) of the role on the controller (C(root/etc/x.j2) becomes
    C(/etc/x) on the host), sends all of it in one call and writes only what differs, under a new inode.
  - Checkers see the whole staged tree before anything lands. When one fails, nothing lands.
  - Existing directories are left as they are unless O(modes) names them.
  - Works in check mode on a host where users, directories or checkers are still missing.
options:
  root: {description: "Folder inside the role's C(templates/).", type: str, default: root}
  owner: {description: "Owner of what has no entry in O(modes).", type: str, default: root}
  group: {description: "Group of what has no entry in O(modes).", type: str, default: root}
  mode: {description: "Mode of files without an entry in O(modes).", type: str, default: "0644"}
  dir_mode: {description: "Mode of directories that have to be made.", type: str, default: "0755"}
  modes:
    description:
      - Path on the host to its own C({owner, group, mode}).
      - A key with a slash at the end is a directory to make.
    type: dict
    default: {}
  extra_files:
    description:
      - Plain copies, path on the controller to path on the host.
      - The first is looked for below the role's C(files/), the role and the repository.
    type: dict
    default: {}
  contents: {description: "Path to its text; for files whose number is data.", type: dict, default: {}}
  links: {description: "Path on the host to the target of a symbolic link.", type: dict, default: {}}
  absent: {description: "Files, links, empty directories to remove.", type: list, elements: str, default: []}
  validate:
    description:
      - Checkers. C(command) with C(%(stage)s) for the staged tree; no shell.
      - "C(check_mode: false) leaves one out of check mode."
    type: list
    elements: dict
    default: []
  sensitive: {description: "Paths whose content is never shown.", type: list, elements: str, default: []}
"""

EXAMPLES = r"""
- name: Lay down the configuration of the mail server
  file_tree:
    modes:
      /etc/dovecot/directory.conf: {mode: "0600"}
      /srv/mail/: {owner: vmail, group: vmail, mode: "0750"}
    sensitive: [/etc/dovecot/directory.conf]
    extra_files: {exporters/mail_probe.py: /usr/local/lib/estate/mail_probe.py}
    validate:
      - command: doveconf -c %(stage)s/etc/dovecot/dovecot.conf -n
"""

RETURN = r"""
paths: {description: "What was (check mode: would be) changed.", returned: always, type: list}
changes: {description: "The same with C(action): create, update or delete.", returned: always, type: list}
skipped_checks: {description: "Checkers that check mode could not run.", returned: always, type: list}
promised: {description: "What a receipt says of it; never content.", returned: not in check mode, type: list}
"""

ARGUMENTS: dict[str, dict[str, Any]] = {
    "tree": {"type": "str", "required": True, "no_log": True},
    "validate": {"type": "list", "elements": "dict", "default": []},
    "predicted": {"type": "dict", "default": {}},
}


def converge(parameters: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Compares, checks and lands; gives the module's result. Raises RefusedError with nothing landed."""
    tree = unpack(parameters["tree"])
    changes = [change for change in map(compare, tree) if change]
    skipped: list[str] = []
    if changes and parameters["validate"]:
        skipped = check(tree, parameters["validate"], check_mode)
    if not check_mode:
        for change in changes:
            if change.wanted.kind in ("file", "directory"):
                owner_of(change.wanted)
        for change in changes:
            land(change)
    paths = [change.wanted.path for change in changes]
    result: dict[str, Any] = {
        "changed": bool(changes),
        "paths": paths,
        "changes": [{"path": change.wanted.path, "action": change.action} for change in changes],
        "skipped_checks": skipped,
        "diff": [
            {
                "before_header": c.wanted.path,
                "after_header": c.wanted.path,
                "before": c.before,
                "after": c.after,
            }
            for c in changes
        ],
    }
    if check_mode and paths:
        result["ansible_facts"] = {"estate_predicted": remember_paths(parameters["predicted"], paths)}
    return result


def main() -> None:
    """Answers one call of Ansible."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        result = converge(module.params, module.check_mode)
        if not module.check_mode:
            result["promised"] = of_tree(unpack(module.params["tree"]))
    except RefusedError as refusal:
        module.fail_json(msg=str(refusal))
    except OSError as error:
        module.fail_json(
            msg=f"{error.filename}: {error.strerror}. Other files may have landed; run again when repaired."
        )
    if not module._diff:
        result.pop("diff")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
