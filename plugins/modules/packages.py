"""Documents `packages`, which is an action plugin: nothing of it runs on the host but dpkg-query and apt."""

from __future__ import annotations

DOCUMENTATION = r"""
module: packages
short_description: Install the packages of a role, quickly when they are there
description:
  - Asks dpkg which of the packages are installed. Only when one is missing does it call C(ansible.builtin.apt),
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
promised: {description: "Each package and its version.", returned: not in check mode, type: list}
"""
