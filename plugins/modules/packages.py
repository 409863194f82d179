"""Debian packages of a role are installed; asking costs milliseconds when they are."""

from __future__ import annotations

import subprocess

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: packages
short_description: Install the packages of a role, quickly when they are there
description:
  - Asks dpkg which of the packages are installed. Only when one is missing does it hand over to C(ansible.builtin.apt),
    which needs over a second of the host's processor even when nothing is to do.
  - Never upgrades or removes; security updates are the work of unattended-upgrades.
options:
  name: {description: "Names of packages, without versions.", type: list, elements: str, required: true}
  recommends: {description: "Install recommended packages too.", type: bool, default: false}
"""

EXAMPLES = r"""
- name: Install the packages of the mail server
  packages:
    name: "{{ mail_server_packages }}"
"""

RETURN = r"""
missing: {description: "Packages that were not installed.", returned: always, type: list, elements: str}
"""


def missing_of(wanted: list[str], listing: str) -> list[str]:
    """Gives the wanted packages that a listing of `name status` lines does not show as installed."""
    installed = {line.split(" ", 1)[0] for line in listing.splitlines() if line.endswith(" installed")}
    return [name for name in wanted if name not in installed]


def main() -> None:
    """Answers one call of Ansible."""
    arguments = {"name": {"type": "list", "elements": "str", "required": True}}
    module = AnsibleModule(argument_spec=arguments, supports_check_mode=True)
    names: list[str] = module.params["name"]
    question = ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", "--", *names]
    try:
        answer = subprocess.run(question, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        module.fail_json(msg="This host has no dpkg-query: it is not a Debian system. Nothing was changed.")
    if answer.returncode not in (0, 1):  # 1: some of the packages are unknown to dpkg
        module.fail_json(msg=f"dpkg-query does not answer: {answer.stderr.strip()}")
    module.exit_json(changed=False, missing=missing_of(names, answer.stdout))


if __name__ == "__main__":
    main()
