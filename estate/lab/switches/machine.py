"""Keeps one switch: running and startup configuration, users, timers, log, and who is told when ports change."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Protocol

from estate.lab.switches import commands, edits, sections  # noqa: F401  they give the rules their actions
from estate.lab.switches.configuration import GLOBAL, Configuration, copied, written
from estate.lab.switches.console import Console, apply
from estate.lab.switches.faults import Faults
from estate.lab.switches.grammar import Vendor, vendor
from estate.lab.switches.hashing import matches
from estate.lab.switches.numbers import Names
from estate.lab.switches.ports import State, derived
from estate.lab.switches.wires import Management, Observer, Wires


class Terminal(Protocol):
    """Is one session, as its switch sees it."""

    user: str

    @property
    def monitors(self) -> bool:
        """Tells whether it wants to see the log."""

    def notify(self, text: str) -> None:
        """Shows a message that nobody asked for."""

    def abort(self) -> None:
        """Resets the connection."""


@dataclass
class Timer:
    """Is a pending reload or rollback."""

    handles: tuple[asyncio.TimerHandle, ...]
    minutes: int
    file: str = ""
    configuration: Configuration = field(default_factory=dict)

    def cancel(self) -> None:
        """Lets it not happen."""
        for handle in self.handles:
            handle.cancel()


class Machine:
    """Is one switch of the lab; made anywhere, served by `Fleet`, and while served touched only in the fleet's thread.

    `minute_seconds` is how long a minute of its timers lasts, `boot_seconds` how long it is away when it starts.
    """

    def __init__(
        self,
        name: str,
        platform: str = "cisco_ios",
        model: str = "",
        *,
        user: str = "netops",
        password: str = "netops",
        enable: str = "enable",
        level: int = 1,
        vty: int = 16,
        minute_seconds: float = 60.0,
        boot_seconds: float = 2.0,
        management: Management | None = None,
        blank: bool = False,
    ) -> None:
        self.vendor: Vendor = vendor(platform)
        self.name = name
        self.model = model or next(iter(self.vendor.data["models"]))
        self.names: Names = self.vendor.names_of(self.model)
        self.level, self.vty = level, vty
        self.minute_seconds, self.boot_seconds = minute_seconds, boot_seconds
        self.management = management
        self.faults, self.wires = Faults(), Wires()
        self._factory = (platform, self.model, user, password, enable)
        self.serial = "FOC" + hashlib.sha256(name.encode()).hexdigest()[:8].upper()
        self.running: Configuration = {GLOBAL: {}} if blank else copied(factory(*self._factory))
        self.running[GLOBAL]["hostname"] = self.vendor.data["hostname_line"].format(name=name)
        self.startup: Configuration | None = copied(self.running)
        self._begin()

    def _begin(self) -> None:
        """Sets what a switch has at its first start: nobody there, nothing pending, nothing logged."""
        self.log_lines: deque[str] = deque(maxlen=100)
        self.archive: list[str] = []
        self.unseen: dict[str, str] = {}
        self.terminals: list[Terminal] = []
        self.lock: Console | None = None
        self.revert: Timer | None = None
        self.reload: Timer | None = None
        self.changed_by, self.changed_at = "", ""
        self.up, self.reason, self.started = True, "power-on", time.time()
        self.path = asyncio.Event()
        self.path.set()
        self._observer: Observer | None = None
        self._told: State | None = None

    @property
    def hostname(self) -> str:
        """The configured name; a switch without one is called Switch."""
        return self.running[GLOBAL].get("hostname", "hostname Switch").partition(" ")[2].strip('"')

    @property
    def state(self) -> State:
        """What the running configuration means for frames; without power, no port passes any."""
        found = derived(self.vendor, self.names, self.running, self.hostname)
        if self.up:
            return found
        ports = {name: replace(port, enabled=False) for name, port in found.ports.items()}
        return replace(found, ports=ports, interfaces={})

    def observe(self, observer: Observer | None) -> None:
        """Tells the observer the state now and after each change."""
        self._observer, self._told = observer, None
        self.settle()

    def settle(self) -> None:
        """Lets a change of the configuration take effect outside: observer, and the way to the switch itself."""
        if self._observer is None and self.management is None:
            return
        state = self.state
        if self._observer is not None and state != self._told:
            self._observer(state)
            self._told = state
        if self.management is not None:
            port, vlan = state.ports[self.management.port], self.management.vlan
            self.cut(not port.carries(vlan))

    def cut(self, lost: bool) -> None:
        """Cuts the way to the switch, or mends it; lines sent meanwhile arrive when it is mended, as TCP does it."""
        (self.path.clear if lost else self.path.set)()

    # --- time -------------------------------------------------------------------------------------------------
    @property
    def now(self) -> datetime:
        """The time in the configured zone."""
        words = self.running[GLOBAL].get("clock timezone", "clock timezone UTC 0").split()[2:]
        hours, minutes = int(words[1]), int(words[2]) if len(words) > 2 else 0
        return datetime.now(timezone(timedelta(hours=hours, minutes=minutes), words[0]))

    @property
    def clock(self) -> str:
        """The time as `show clock` tells it."""
        now = self.now
        return (
            f"*{now:%H:%M:%S}.{now.microsecond // 1000:03d} {now.tzname()} {now:%a %b} {now.day} {now.year}"
        )

    def note(self, facility: str, severity: int, mnemonic: str, text: str) -> None:
        """Writes a line to the log and to the sessions that monitor it."""
        now = datetime.now(UTC)
        line = self.vendor.says(
            "log_line",
            at=now,
            milliseconds=now.microsecond // 1000,
            facility=facility,
            severity=severity,
            severity_letter="EEEEWIID"[severity],
            mnemonic=mnemonic,
            text=text,
        )
        self.log_lines.append(line)
        for terminal in self.terminals:
            if terminal.monitors:
                terminal.notify(line)

    def edited(self, user: str) -> None:
        """Remembers who changed the running configuration, and when."""
        self.changed_by, self.changed_at = user, self.clock.lstrip("*")

    # --- configurations ---------------------------------------------------------------------------------------
    def text(self, configuration: Configuration) -> list[str]:
        """Returns a configuration as this switch writes it, without the heading."""
        facts = {
            "at": self.changed_at,
            "user": self.changed_by,
            "model": self.model,
            "software": self.vendor.data["models"][self.model]["software"],
        }
        return written(self.vendor, configuration, self.names.ports, facts)

    def configure(self, text: str, user: str = "console") -> None:
        """Takes up lines as from the console, answering every question with yes; used to set a switch up."""
        apply(self, text, user)

    def save(self) -> None:
        """Makes the running configuration the one to start from."""
        self.startup = copied(self.running)

    def erase(self) -> None:
        """Forgets what to start from: the next start is as it left the bench."""
        self.startup = None

    @property
    def unsaved(self) -> bool:
        """Tells whether a restart would lose something."""
        return self.startup is None or self._meaning(self.startup) != self._meaning(self.running)

    def _meaning(self, configuration: Configuration) -> Configuration:
        heads = {self.vendor.data["port_section"].format(name=name) for name in self.names.ports}
        return {section: lines for section, lines in configuration.items() if lines or section not in heads}

    def accepts(self, user: str, password: str) -> bool:
        """Tells whether a configured user has this password."""
        line = self.vendor.data["login"].format(user=user)
        text = self.running[GLOBAL].get(line, "")
        return user in text.replace('"', " ").split() and matches(text.rpartition(" ")[2], password)

    def enables(self, password: str) -> bool:
        """Tells whether this password opens the privileged mode."""
        text = self.running[GLOBAL].get(self.vendor.data["enable"]["secret"], "")
        return not self.faults.wrong_enable and bool(text) and matches(text.rpartition(" ")[2], password)

    # --- timers and power -------------------------------------------------------------------------------------
    def _later(self, minutes: float, what: Callable[[], object]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(max(minutes, 0) * self.minute_seconds, what)

    def arm_revert(self, minutes: int) -> str:
        """Keeps the running configuration to come back to after this time; returns the name of the archive."""
        path = self.running.get("archive", {}).get("path", "path flash:rollback").split()[1]
        file = f"{path}-{len(self.archive) + 1}"
        self.archive.append(file)
        warn = self._later(minutes - 1, lambda: self.tell(self.vendor.says("revert_warning")))
        self.revert = Timer(
            (warn, self._later(minutes, self.revert_now)), minutes, file, copied(self.running)
        )
        return file

    def revert_now(self) -> str:
        """Goes back to the kept configuration; returns what the switch says about it."""
        timer, self.revert = self.revert, None
        if timer is None:
            return self.vendor.says("revert_none")
        timer.cancel()
        self.running = copied(timer.configuration)
        said = self.vendor.says("revert_done", file=timer.file)
        self.cut(False)
        self.settle()
        self.tell(said)
        return said

    def schedule_reload(self, minutes: int) -> None:
        """Starts anew after this time; 0: at once."""
        if self.reload:
            self.reload.cancel()
        self.reload = Timer((self._later(minutes or 0.0, lambda: self.power_cut("Reload Command")),), minutes)

    def power_cut(self, reason: str = "power-on") -> None:
        """Loses power: every session ends, what was not saved is gone, the switch is away for `boot_seconds`."""
        for timer in (self.revert, self.reload):
            if timer:
                timer.cancel()
        self.revert = self.reload = self.lock = None
        self.up, self.reason = False, reason
        for terminal in list(self.terminals):
            terminal.abort()
        self.running = copied(self.startup if self.startup is not None else factory(*self._factory))
        self.settle()
        self.cut(False)
        asyncio.get_running_loop().call_later(self.boot_seconds, self._booted)

    def _booted(self) -> None:
        self.up, self.started = True, time.time()
        self.settle()
        self.note("SYS", 5, "RESTART", "System restarted --")

    def tell(self, text: str) -> None:
        """Shows a message of the console to the sessions that monitor it."""
        for terminal in self.terminals:
            if text and terminal.monitors:
                terminal.notify(text)


@lru_cache(maxsize=64)
def factory(platform: str, model: str, user: str, password: str, enable: str) -> Configuration:
    """Returns the configuration as it leaves the bench; the same for all switches of a kind."""
    bench = Machine("bench", platform, model, blank=True)
    values = {
        "user": user,
        "password": password,
        "enable": enable,
        "all_ports": bench.names.listed(bench.names.ports),
    }
    bench.configure("\n".join(line.format(**values) for line in bench.vendor.data["factory"]))
    del bench.running[GLOBAL]["hostname"]
    return bench.running
