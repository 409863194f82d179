"""Carries one run from its head to its end: the commands it gives, the hosts that fell out, what was recorded."""

from __future__ import annotations

import getpass
import os
import signal
import socket
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from estate.records import Outcome, RunDirectory
from estate.records.shapes import Kind, Result
from estate.runs import commands
from estate.runs.environment import Environment
from estate.runs.refused import Exit, InterruptedRunError, RefusedError
from estate.runs.revision import commit


@dataclass(frozen=True)
class Deploy:
    """Names a pyinfra deploy, the groups of hosts it is for, and the inventory that knows them.

    `together`: its hosts are planned in one call, for they are judged as one (how many change at once, in which order).
    """

    name: str
    groups: tuple[str, ...]
    inventory: str = "inventory"
    together: bool = False


SWITCHES = "switches"
"""The group of all declared switches, in a limit."""
APPLIED = (
    Deploy("people", ("directory_servers",)),
    Deploy("shares", ("file_servers",)),
    Deploy("mailboxes", ("mail_servers",)),
    Deploy("telephony", ("telephone_exchanges",)),
    Deploy("departures", ("file_servers",)),
    Deploy(SWITCHES, (SWITCHES,), "switch_inventory", together=True),
)
"""Every pyinfra deploy that belongs to plan and apply, in this order, after Ansible."""

STOPS = (signal.SIGTERM, signal.SIGHUP)
ANSIBLE_INTERRUPTED = 99
"""How ansible-playbook ends when somebody presses Ctrl-C, whatever it did before."""


@dataclass
class Session:
    """Runs the commands of one run and knows what became of each host; `keep` holds the lock's open file."""

    environment: Environment
    run: RunDirectory
    result: Result = "error"
    keep: tuple[int, ...] = ()
    codes: dict[str, int] = field(default_factory=dict)

    def ansible(self, limit: str, *options: str, without: Collection[str] = ()) -> None:
        """Runs the site playbook on the hosts of the limit: all when it is empty, none when it names switches alone.

        Hosts `without` are left out.
        """
        switches = {SWITCHES, *self.environment.switches()} if limit else set()
        hosts = [name for name in limit.split(",") if name not in switches]
        if without:
            hosts = sorted(managed(self.environment, limit) - set(without))
        if (limit or without) and not hosts:
            return
        limit = ",".join(hosts)
        inventories = [self._typed(self.environment.inventory), *map(str, self.environment.extra)]
        argv = [commands.tool("ansible-playbook", self.environment.root)]
        argv += [part for inventory in inventories for part in ("-i", inventory)]
        argv += ["playbooks/site.yml", *options, *(["--limit", limit] if limit else [])]
        self._command("ansible", argv)
        if self.codes["ansible"] == ANSIBLE_INTERRUPTED:
            raise KeyboardInterrupt
        if self.codes["ansible"] and not self.fallen():
            told = f"ansible-playbook ended with {self.codes['ansible']} before it reached a host; see {self.log}"
            raise RefusedError(told, Exit.ERROR)

    def pyinfra(
        self,
        deploy: Deploy,
        hosts: Iterable[str],
        data: Mapping[str, str],
        *options: str,
        recorded: bool = True,
    ) -> bool:
        """Runs one deploy on these hosts and tells whether pyinfra ended well.

        Book-keeping, which is no outcome of the run, is not `recorded`.
        """
        argv = [
            commands.tool("pyinfra", self.environment.root),
            "-y",
            *options,
            f"pyinfra_deploys/{deploy.inventory}.py",
        ]
        argv += ["pyinfra_deploys/outcomes.py"] if recorded else []
        argv += [f"pyinfra_deploys/{deploy.name}.py"]
        argv += [part for host in sorted(hosts) for part in ("--limit", host)]
        argv += [part for key, value in data.items() for part in ("--data", f"{key}={value}")]
        self._command(deploy.name, argv)
        return self.codes[deploy.name] == 0

    def blame(self, deploy: Deploy, hosts: Iterable[str]) -> None:
        """Records a failure for each host of a failed deploy that has none of its own on record."""
        told = {o.host for o in self.run.outcomes() if o.subject == deploy.name and o.status != "ok"}
        detail = f"pyinfra ended with {self.codes[deploy.name]}; see {self.log}"
        for host in sorted(set(hosts) - told):
            self.run.record(Outcome(host, "pyinfra", deploy.name, deploy.name, "failed", detail))

    def fallen(self) -> dict[str, str]:
        """Gives the hosts that failed or did not answer so far, each with the worse of the two."""
        worst: dict[str, str] = {}
        for outcome in self.run.outcomes():
            if outcome.status in ("failed", "unreachable") and worst.get(outcome.host) != "unreachable":
                worst[outcome.host] = outcome.status
        return worst

    def reached(self) -> str:
        """Tells in one line how far the run came: per host how many things ended how."""
        told = [
            f"{host} ({', '.join(f'{status} {number}' for status, number in found.items())})"
            for host, found in counted(self.run.outcomes()).items()
        ]
        return f"reached: {', '.join(told)}" if told else "no host was reached"

    def hosts(self, deploy: Deploy, limit: str) -> list[str]:
        """Gives the hosts of a deploy within the limit, sorted."""
        groups = self.environment.groups() | {SWITCHES: self.environment.switches()}
        members = {host for group in deploy.groups for host in groups.get(group, [])}
        return sorted(members & limited(self.environment, limit))

    @property
    def log(self) -> Path:
        """Names the file with everything the commands of this run printed."""
        return self.run.path / "output.log"

    def _command(self, name: str, argv: list[str]) -> None:
        variables = {
            "ESTATE_ENVIRONMENT": self.environment.name,
            "ESTATE_EXTRA_INVENTORY": os.pathsep.join(map(str, self.environment.extra)),
            "ESTATE_OUTCOMES": str(self.run.outcomes_file),
            "ANSIBLE_STDOUT_CALLBACK": os.environ.get("ANSIBLE_STDOUT_CALLBACK", "told"),
        }
        self.codes[name] = commands.run(
            argv, root=self.environment.root, log=self.log, variables=variables, keep=self.keep
        )

    def _typed(self, path: Path) -> str:
        root = self.environment.root
        return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


@contextmanager
def session(environment: Environment, kind: Kind, reason: str, made_of: str = "") -> Iterator[Session]:
    """Opens a run and closes its head whatever happens: `result` as set inside, `error` when an error escapes.

    Its commit is that of the work tree, unless what it records was made of another one.

    An interrupt goes on as InterruptedRunError, which tells how far the run came; so does one by `kill` or `timeout`,
    or of a terminal that goes away.
    """
    run = RunDirectory.start(
        environment.var,
        kind,
        environment=environment.name,
        commit=made_of or commit(environment.root),
        who=who(),
        reason=reason,
    )
    opened = Session(environment, run)
    try:
        with _stops_heeded():
            yield opened
    except KeyboardInterrupt as stop:
        opened.result = "interrupted"
        reached = str(stop) or f"{kind}; {opened.reached()}"
        raise InterruptedRunError(f"{reached}; ./scripts/estate runs show {run.path.name}") from None
    except BaseException:
        opened.result = "error"
        raise
    finally:
        run.finish(opened.result)


@contextmanager
def _stops_heeded() -> Iterator[None]:
    """Takes STOPS for Ctrl-C, where nobody else answers for them: nohup keeps what it promises."""
    main = threading.current_thread() is threading.main_thread()
    heeded = [stop for stop in STOPS if main and signal.getsignal(stop) == signal.SIG_DFL]
    for stop in heeded:
        signal.signal(stop, signal.default_int_handler)
    try:
        yield
    finally:
        for stop in heeded:
            signal.signal(stop, signal.SIG_DFL)


def counted(outcomes: Iterable[Outcome]) -> dict[str, dict[str, int]]:
    """Counts, per host, how many things ended how; hosts and statuses sorted."""
    found: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        found.setdefault(outcome.host, Counter())[outcome.status] += 1
    return {host: dict(sorted(numbers.items())) for host, numbers in sorted(found.items())}


def limited(environment: Environment, limit: str) -> set[str]:
    """Gives the hosts and switches a limit names (or groups of them, comma between); refuses a stranger.

    All hosts when it is empty, and no switch: what carries everything else is changed when somebody asks for it.
    """
    groups = environment.groups()
    if limit:
        switches = environment.switches()
        groups |= {SWITCHES: switches, **{name: [name] for name in switches}} if switches else {}
    names = [name.strip() for name in limit.split(",")] if limit else ["all"]
    chosen: set[str] = set()
    for name in names:
        if name not in groups and name not in groups["all"]:
            known = ", ".join([*groups["all"], *(group for group in groups if group != "all")])
            raise RefusedError(f"--limit {limit!r}: {name!r} is neither a host nor a group; known: {known}")
        chosen.update(groups.get(name, [name]))
    return chosen


def managed(environment: Environment, limit: str) -> set[str]:
    """Gives the hosts of a limit that Ansible answers for: all but switches."""
    return limited(environment, limit) - set(environment.switches() if limit else ())


def who() -> str:
    """Names the person behind the run, also through sudo, and the machine."""
    return f"{os.environ.get('SUDO_USER') or getpass.getuser()}@{socket.gethostname()}"
