"""Services run what their files say, also when an earlier run died between writing and restarting."""

from __future__ import annotations

import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.landing import RefusedError, remember_service
from ansible.module_utils.services import (
    APPLIED,
    Found,
    Run,
    Service,
    ask_systemd,
    call,
    declared,
    journal,
    lagging,
    observe,
    record,
    steps,
    take_up,
)

DOCUMENTATION = r"""
module: service_state
short_description: Restart the services that lag behind their files
description:
  - For each service a digest of the watched files is kept in C(/var/lib/estate/applied/<name>), written when the
    service took them up. A service whose files differ from it is restarted or reloaded. Nothing is remembered within
    a run, so a run that died between writing and restarting is caught up by the next one.
  - A service may be named by several roles; each watched path is recorded by itself.
  - C(check) runs before the service is touched. When it fails, the service is left alone and the task fails.
  - An entry with C(run) is a command instead of a service, for what files are made into (trust store, maps).
  - Check mode takes into account what earlier tasks of the same run predicted.
options:
  name: {description: "Unit (C(.service) may be left out), or a name for C(run).", type: str}
  state:
    description: "C(unmanaged) neither starts nor stops; for commands that a timer starts."
    type: str
    choices: [started, stopped, unmanaged]
    default: started
  enabled: {description: "Started at boot; follows O(state) unless given.", type: bool}
  watch: {description: "Files and directories whose change has to be taken up.", type: list, elements: str}
  on_change: {description: "How a change is taken up.", type: str, choices: [restart, reload], default: restart}
  check: {description: "The daemon's own checker; no shell.", type: str}
  run: {description: "Command that takes the watched files up; no shell.", type: str}
  creates: {description: "Path that C(run) makes; while missing, C(run) runs.", type: str}
  services: {description: "List of the above, handled in this order in one call.", type: list, elements: dict}
"""

EXAMPLES = r"""
- name: Keep the mail services running what is on disk
  service_state:
    services:
      - {name: aliases, run: newaliases, watch: [/etc/aliases], creates: /etc/aliases.db}
      - {name: dovecot, watch: [/etc/dovecot, /etc/estate/tls], check: doveconf -n}
      - {name: postfix, watch: [/etc/postfix, /etc/estate/tls], on_change: reload, check: postfix check}
"""

RETURN = r"""
services: {description: "What was (check mode: would be) done to which.", returned: always, type: list}
"""

SERVICE: dict[str, dict[str, Any]] = {
    "name": {"type": "str"},
    "state": {"type": "str", "choices": ["started", "stopped", "unmanaged"]},
    "enabled": {"type": "bool"},
    "watch": {"type": "list", "elements": "str"},
    "on_change": {"type": "str", "choices": ["restart", "reload"]},
    "check": {"type": "str"},
    "run": {"type": "str"},
    "creates": {"type": "str"},
}
ARGUMENTS: dict[str, dict[str, Any]] = {
    **SERVICE,
    "services": {"type": "list", "elements": "dict", "options": SERVICE},
    "predicted": {"type": "dict", "default": {}},
}
SETTLE_SECONDS = 0.5


def predict(services: list[Service], found: dict[str, Found], predicted: dict[str, Any]) -> dict[str, Any]:
    """Gives the result of check mode: what a run would do, and what later tasks have to know of it."""
    plan = {}
    for service in services:
        plan[service.name] = steps(service, found[service.name], predicted)
        if plan[service.name]:
            predicted = remember_service(predicted, service.name)
    result = outcome(plan)
    if result["changed"]:
        result["ansible_facts"] = {"estate_predicted": predicted}
    return result


def outcome(plan: dict[str, list[str]]) -> dict[str, Any]:
    """Gives the part of the result that check mode and a run have in common."""
    done = [{"name": name, "steps": todo} for name, todo in plan.items() if todo]
    return {"changed": bool(done), "services": done}


def converge(services: list[Service], found: dict[str, Found], run: Run, applied: str) -> dict[str, Any]:
    """Brings every service to its files; a failure of one does not keep the others from theirs."""
    plan: dict[str, list[str]] = {}
    failures: dict[str, str] = {}
    for service in services:
        todo = steps(service, found[service.name], {})
        if "start" in todo and not found[service.name].loaded:
            failures[service.name] = (
                f"{service.name}: this host has no such unit. Install its package or lay down its unit file "
                "in an earlier task, or correct the name."
            )
        elif failure := take_up(service, todo, run):
            failures[service.name] = failure
        else:
            plan[service.name] = todo
    failures |= settled([s for s in services if plan.get(s.name)], run)
    for service in services:
        if service.name not in failures and plan[service.name]:
            record(service, found[service.name], applied)
    result = outcome({name: todo for name, todo in plan.items() if name not in failures})
    return result | ({"failed": True, "msg": "\n".join(failures.values())} if failures else {})


def settled(services: list[Service], run: Run) -> dict[str, str]:
    """Gives the services that were started and do not stay up, with their last lines."""
    started = [service for service in services if service.state == "started" and not service.run]
    if not started:
        return {}
    time.sleep(SETTLE_SECONDS)
    answers = ask_systemd([service.name for service in started], run)
    return {
        service.name: f"{service.name}: it was told to run but is {says.get('ActiveState')}."
        + journal(service, run)
        for service, says in zip(started, answers, strict=True)
        if says.get("ActiveState") not in ("active", "reloading")
    }


def described(
    services: list[Service], found: dict[str, Found], predicted: dict[str, Any]
) -> list[dict[str, str]]:
    """Gives a diff of what the services are and what they are to be, for those that differ."""
    lines = []
    for service in services:
        todo = steps(service, found[service.name], predicted)
        behind = ", ".join(lagging(service, found[service.name], predicted))
        before = f"behind {behind}\n" if behind else "not as declared\n"
        header = f"service {service.name}"
        if todo:
            after = ", ".join(todo) + "\n"
            lines.append({"before_header": header, "after_header": header, "before": before, "after": after})
    return lines


def unsettled(services: list[Service], found: dict[str, Found]) -> bool:
    """Says whether systemd has to read its unit files again: one changed, or one is not known yet."""
    known = {s.name: found[s.name].loaded or s.run or s.state == "stopped" for s in services}
    return any(found[s.name].stale or not known[s.name] for s in services)


def main() -> None:
    """Answers one call of Ansible."""
    exclusive = [("name", "services")]
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True, mutually_exclusive=exclusive)
    predicted = module.params["predicted"]
    try:
        services = declared(module.params)
        found = observe(services, call, APPLIED)
        if unsettled(services, found) and not module.check_mode:
            call(["systemctl", "daemon-reload"])
            found = observe(services, call, APPLIED)
        diff = {"diff": described(services, found, predicted)} if module._diff else {}
        if module.check_mode:
            module.exit_json(**predict(services, found, predicted), **diff)
        result = converge(services, found, call, APPLIED) | diff
    except RefusedError as refusal:
        module.fail_json(msg=str(refusal))
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
