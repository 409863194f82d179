"""A host holds the declared domain: made once and whole, with the declared rules and accounts of programs."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.directory_content import plan, refusable, refuse_unfit_passwords, unit_dns
from ansible.module_utils.directory_database import STATE, Domain
from ansible.module_utils.landing import RefusedError

DOCUMENTATION = r"""
module: directory_domain
short_description: Hold a Samba domain with the declared rules and accounts of programs
description:
  - Makes the domain where there is none, in a folder aside that is renamed when it is complete. A run that died in the
    middle leaves no domain, and the next one begins anew. A domain that is there is never made again or removed.
  - Compares rules for passwords, the house's unit, the accounts of programs and the administrator's password with the
    database itself (as root, whether Samba runs or not) and changes what differs, in one transaction.
  - Accounts of programs are in the group C(programlar) and no other. One that is no longer declared is closed, never
    removed. The group has rules for passwords of its own, so that no wrong password locks a program out; what is
    neither a program nor a mailbox is taken out of it.
  - Rights are refused to accounts that are narrow, and to nobody else; other entries in lists of rights are left alone.
  - Passwords reach Samba inside this process, so that no list of processes and no log holds one.
options:
  realm: {description: "Kerberos realm.", type: str, required: true}
  workgroup: {description: "Short name of the domain.", type: str, required: true}
  name: {description: "Name of this domain controller, without a domain.", type: str, required: true}
  address: {description: "Address of this host, entered into the new domain's DNS.", type: str, required: true}
  administrator_password: {description: "Password of Administrator.", type: str, required: true}
  base_ou: {description: "The house's own unit.", type: str, required: true}
  password: {description: "Rules, as in C(estate_directory.password).", type: dict, required: true}
  service_accounts:
    description: >-
      C(user), C(name) and C(purpose) of each program that asks the directory; one that is C(narrow) sees people with
      what their accounts show everybody, and nothing else of the domain.
    type: list
    elements: dict
    default: []
  passwords: {description: "User name of each program to its password.", type: dict, default: {}}
"""

EXAMPLES = r"""
- name: Hold the domain
  directory_domain:
    realm: AD.ORNEK.BEL.EXAMPLE
    workgroup: ORNEK
    name: dizin1
    address: 192.0.2.73
    administrator_password: "{{ directory_server_administrator_password }}"
    base_ou: Belediye
    password: "{{ estate_directory.password }}"
"""

RETURN = r"""
changes: {description: "What was (check mode: would be) done, one line each.", returned: always, type: list}
"""

DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
DAEMONS = ("samba-ad-dc", "smbd", "nmbd", "winbind")
# Made by Debian's packages with their own groups; the new state folder takes them over.
KEPT = ("usershares", "printers", "winbindd_privileged")
PROGRAM: dict[str, dict[str, Any]] = {
    "user": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "purpose": {"type": "str", "required": True},
    "narrow": {"type": "bool", "default": False},
}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "realm": {"type": "str", "required": True},
    "workgroup": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "address": {"type": "str", "required": True},
    "administrator_password": {"type": "str", "required": True, "no_log": True},
    "base_ou": {"type": "str", "required": True},
    "password": {"type": "dict", "required": True, "no_log": False},
    "service_accounts": {"type": "list", "elements": "dict", "options": PROGRAM, "default": []},
    "passwords": {"type": "dict", "default": {}, "no_log": True},
}


@contextlib.contextmanager
def silent_output() -> Iterator[None]:
    """Sends what Samba's library prints to the error stream: the output belongs to Ansible."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def provision(parameters: dict[str, Any], aside: Path) -> None:
    """Makes a whole domain in a folder aside, as `samba-tool domain provision` does."""
    from samba.netcmd.main import cmd_sambatool

    shutil.rmtree(aside, ignore_errors=True)  # what a run that died left behind
    arguments = [
        "domain",
        "provision",
        "--configfile=/dev/null",
        "--server-role=dc",
        "--use-rfc2307",
        "--dns-backend=SAMBA_INTERNAL",
        f"--realm={parameters['realm']}",
        f"--domain={parameters['workgroup']}",
        f"--host-name={parameters['name']}",
        f"--host-ip={parameters['address']}",
        f"--targetdir={aside}",
        f"--option=interfaces=lo {parameters['address']}",
        "--option=bind interfaces only=yes",
        f"--adminpass={parameters['administrator_password']}",
    ]
    command, rest = cmd_sambatool()._resolve("samba-tool", *arguments)
    child = os.fork()  # Samba keeps open what it made; the database is opened anew when it is in its place
    if child == 0:
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)  # a killed run does not go on building
        try:
            os._exit(1 if command._run(*rest) else 0)
        except BaseException as stopped:
            print(f"provision: {stopped}", file=sys.stderr, flush=True)
            os._exit(1)
    if os.waitpid(child, 0)[1]:
        raise RefusedError(
            "samba-tool domain provision failed. No domain was put in place; its words are in the error output "
            "(ansible-playbook -vvv)."
        )


def put_in_place(aside: Path, state: Path) -> None:
    """Gives the complete domain to Samba: its last step is one rename, before it there is no domain."""
    made = aside / "state"
    (aside / "private").rename(made / "private")
    subprocess.run(["systemctl", "stop", *DAEMONS], capture_output=True, check=False)
    for name in KEPT:
        if (state / name).is_dir() and not (made / name).exists():
            (state / name).rename(made / name)
    before = state.with_name(state.name + ".before")
    shutil.rmtree(before, ignore_errors=True)
    if state.exists():
        state.rename(before)
    made.rename(state)
    shutil.rmtree(before, ignore_errors=True)
    shutil.rmtree(aside, ignore_errors=True)


def converge(parameters: dict[str, Any], check_mode: bool) -> list[str]:
    """Makes the domain when there is none, corrects what differs; gives what was done, one line each."""
    refuse_unfit_passwords(parameters)
    wanted_base = ",".join(f"DC={part}" for part in parameters["realm"].lower().split("."))
    made = [f"domain {parameters['realm']}: made"]
    if not (STATE / "private/sam.ldb").exists():
        if check_mode:
            return made
        aside = STATE.with_name(STATE.name + ".making")
        provision(parameters, aside)
        put_in_place(aside, STATE)
        # While it was made, Samba remembered for two minutes that nobody of it has a number: a member could not join.
        subprocess.run(["net", "cache", "flush"], capture_output=True, check=True)
    else:
        made = []
    domain = Domain()
    if domain.base_dn.casefold() != wanted_base.casefold():
        raise RefusedError(
            f"This host holds the domain {domain.base_dn}, but {wanted_base} is declared. Nothing was changed: a "
            "domain is never made anew over another. Declare the realm it has, or move /var/lib/samba away by hand."
        )
    units = unit_dns(parameters["base_ou"], domain.base_dn)
    declared = [entry["user"] for entry in parameters["service_accounts"]]
    found = domain.found(units, declared, refusable(parameters, domain.base_dn))
    changes = plan(parameters, domain.base_dn, found, domain.hash_of)
    if changes and not check_mode:
        domain.carry_out(changes)
    return made + [change.told for change in changes]


def main() -> None:
    """Answers one call of Ansible."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        with silent_output():
            done = converge(module.params, module.check_mode)
    except RefusedError as refusal:
        module.fail_json(msg=str(refusal))
    except ImportError as error:
        module.fail_json(msg=f"This host has no library of Samba ({error}). Install it in an earlier task.")
    except (
        Exception
    ) as error:  # the library's own errors have no common kind; none of them carries a password
        module.fail_json(msg=f"Samba refused: {error}. Changes are made all or none; correct and run again.")
    result: dict[str, Any] = {"changed": bool(done), "changes": done}
    if module._diff and done:
        after = "".join(f"{line}\n" for line in done)
        result["diff"] = {"before_header": "domain", "after_header": "domain", "before": "", "after": after}
    module.exit_json(**result)


if __name__ == "__main__":
    main()
