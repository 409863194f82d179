"""Services run what their files say, also when an earlier run died between writing and restarting."""

from __future__ import annotations

import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.digests import APPLIED
from ansible.module_utils.landing import RefusedError, remember_service
from ansible.module_utils.promises import of_services
from ansible.module_utils.services import (
    TAKING_UP,
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
  probe:
    description: "Command that fails when the running service is not what its files say; no shell."
    type: str
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
promised: {description: "What a receipt says of it.", returned: not in check mode, type: list}
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
    "probe": {"type": "str"},
}
ARGUMENTS: dict[str, dict[str, Any]] = {
    **SERVICE,
    "services": {"type": "list", "elements": "dict", "options": SERVICE},
    "predicted": {"type": "dict", "default": {}},
}
SETTLE_SECONDS = 0.5


def predict(
    services: list[Service], found: dict[Service, Found], predicted: dict[str, Any]
) -> dict[str, Any]:
    """Gives the result of check mode: what a run would do, and what later tasks have to know of it."""
    done: list[tuple[Service, list[str]]] = []
    for service in services:
        done.append((service, trimmed(service, steps(service, found[service], predicted), done)))
    for service, todo in done:
        predicted = remember_service(predicted, service.name) if todo else predicted
    result = outcome(done)
    return result | ({"ansible_facts": {"estate_predicted": predicted}} if result["changed"] else {})


def trimmed(service: Service, todo: list[str], done: list[tuple[Service, list[str]]]) -> list[str]:
    """Leaves out what an earlier entry of the same service did: it was just started with all its files."""
    fresh = any(other.name == service.name and {"start", "restart"} & set(steps) for other, steps in done)
    return [step for step in todo if not (fresh and step in TAKING_UP)]


def outcome(done: list[tuple[Service, list[str]]]) -> dict[str, Any]:
    """Gives the part of the result that check mode and a run have in common."""
    told = [{"name": service.name, "steps": todo} for service, todo in done if todo]
    return {"changed": bool(told), "services": told}


def converge(services: list[Service], found: dict[Service, Found], run: Run, applied: str) -> dict[str, Any]:
    """Brings every service to its files; a failure of one does not keep the others from theirs."""
    done: list[tuple[Service, list[str]]] = []
    failures: dict[str, str] = {}
    for service in services:
        todo = trimmed(service, steps(service, found[service], {}), done)
        if "start" in todo and not found[service].loaded:
            failures[service.name] = (
                f"{service.name}: this host has no such unit. Install its package or lay down its unit file "
                "in an earlier task, or correct the name."
            )
        elif failure := take_up(service, todo, run):
            failures[service.name] = failure
        else:
            done.append((service, todo))
    failures |= settled([service for service, todo in done if todo], run)
    done = [(service, todo) for service, todo in done if service.name not in failures]
    for service, _ in done:
        if lagging(service, found[service], {}):
            record(service, found[service], applied)
    return outcome(done) | ({"failed": True, "msg": "\n".join(failures.values())} if failures else {})


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
    services: list[Service], found: dict[Service, Found], predicted: dict[str, Any]
) -> list[dict[str, str]]:
    """Gives a diff of what the services are and what they are to be, for those that differ."""
    lines: list[dict[str, str]] = []
    done: list[tuple[Service, list[str]]] = []
    for service in services:
        todo = trimmed(service, steps(service, found[service], predicted), done)
        done.append((service, todo))
        behind = ", ".join(lagging(service, found[service], predicted))
        before = f"behind {behind}\n" if behind else "not as declared\n"
        header = f"service {service.name}"
        if todo:
            after = ", ".join(todo) + "\n"
            lines.append({"before_header": header, "after_header": header, "before": before, "after": after})
    return lines


def unsettled(found: dict[Service, Found]) -> bool:
    """Says whether systemd has to read its unit files again: one changed, or one is not known yet."""
    return any(
        state.stale or not (state.loaded or service.run or service.state == "stopped")
        for service, state in found.items()
    )


def main() -> None:
    """Answers one call of Ansible."""
    exclusive = [("name", "services")]
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True, mutually_exclusive=exclusive)
    predicted = module.params["predicted"]
    try:
        services = declared(module.params)
        found = observe(services, call, APPLIED)
        if unsettled(found) and not module.check_mode:
            call(["systemctl", "daemon-reload"])
            found = observe(services, call, APPLIED)
        diff = {"diff": described(services, found, predicted)} if module._diff else {}
        if module.check_mode:
            module.exit_json(**predict(services, found, predicted), **diff)
        result = converge(services, found, call, APPLIED) | diff | {"promised": of_services(services)}
    except RefusedError as refusal:
        module.fail_json(msg=str(refusal))
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
