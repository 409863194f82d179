"""Says what the commands outside configuration modes do: privilege, saving, timers, restart, leaving."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from estate.lab.switches.configuration import body, kind_of
from estate.lab.switches.console import Answer, Ask, Console, action
from estate.lab.switches.grammar import Command, Refused
from estate.lab.switches.shows import render


@action("enable")
def enable(console: Console, command: Command) -> Answer:
    """Asks for the secret and opens the privileged mode; gives up after three wrong ones."""
    spec = console.vendor.data["enable"]
    questions: list[str] = spec["questions"]

    def ask(tries: int, at: int) -> Answer:
        hidden = at == len(questions) - 1
        return Ask(questions[at], lambda given: answered(tries, at, given), hidden=hidden)

    def answered(tries: int, at: int, given: str) -> Answer:
        if at + 1 < len(questions):
            return ask(tries, at + 1)
        if console.machine.enables(given):
            console.enter("privileged")
            return None
        return ask(tries - 1, 0) if tries > 1 else console.vendor.says("bad_secrets")

    return None if console.mode == "privileged" else ask(spec["tries"], 0)


@action("disable")
def disable(console: Console, command: Command) -> Answer:
    """Gives the privilege back."""
    console.enter("exec")
    return None


@action("logout")
def logout(console: Console, command: Command) -> Answer:
    """Ends the session; some vendors ask first, and then whether to save."""

    def end() -> Answer:
        console.ended = True
        return None

    def saved(answer: str) -> Answer:
        if answer.lower() == "y":
            console.machine.save()
        return end() if answer.lower() in "yn" else None

    def sure(answer: str) -> Answer:
        if answer.lower() != "y":
            return None
        return Ask(console.vendor.says("logout_save"), saved, key=True) if console.machine.unsaved else end()

    question = console.vendor.says("logout")
    return Ask(question, sure, key=True) if question else end()


@action("terminal_length")
def terminal_length(console: Console, command: Command) -> Answer:
    """Says how many lines make a page; 0: no pages."""
    console.page = int(command.values[0])
    return None


@action("pages")
def pages(console: Console, command: Command, how: str) -> Answer:
    """Switches paging on or off."""
    console.page = 24 if how == "on" else 0
    return None


@action("monitor")
def monitor(console: Console, command: Command, how: str) -> Answer:
    """Lets this session see the log as it is written."""
    console.monitors = how == "on"
    return None


@action("show")
def show(console: Console, command: Command, table: str) -> Answer:
    """Shows a table of the vendor's file."""
    return render(console, table, command.values)


@action("show_running")
def show_running(console: Console, command: Command) -> Answer:
    """Shows the running configuration, or one interface of it."""
    machine = console.machine
    if command.values:
        name = console.vendor.data["port_section"].format(name=command.values[0])
        if not machine.names.exists(command.values[0], machine.running):
            raise Refused("invalid", len(command.text) - len(command.values[0]), command.values[0])
        spec, kind = console.vendor.data["running"], kind_of(name)
        lines = ["!", name, *body(console.vendor, kind, machine.running.get(name, {})), spec["end"]]
    else:
        lines = machine.text(machine.running)
    before = [line.format(bytes=len("\n".join(lines))) for line in console.vendor.data["running"]["before"]]
    return "\n".join([*before, *lines, ""])


@action("show_startup")
def show_startup(console: Console, command: Command) -> Answer:
    """Shows what the switch starts from."""
    spec, machine = console.vendor.data["running"], console.machine
    if machine.startup is None:
        return str(spec["startup_none"])
    lines = machine.text(machine.startup)
    before = [line.format(bytes=len("\n".join(lines))) for line in spec["startup_before"]]
    return "\n".join([*before, *lines, ""])


@action("clear_mac")
def clear_mac(console: Console, command: Command) -> Answer:
    """Forgets the learned addresses."""
    console.machine.wires.forget()
    return None


# --- into the configuration ----------------------------------------------------------------------------------
def _locked(console: Console) -> str:
    machine = console.machine
    holder = machine.faults.held_by or (machine.lock.user if machine.lock not in (None, console) else "")
    return console.vendor.says("locked", holder=holder) if holder else ""


@action("configure")
def configure(console: Console, command: Command) -> Answer:
    """Enters the configuration, unless somebody else holds it."""
    if said := _locked(console):
        return said
    if "configuration mode exclusive" in console.machine.running[""]:
        console.machine.lock = console
    console.enter("config")
    return console.vendor.says("enter_config") or None


@action("configure_revert")
def configure_revert(console: Console, command: Command) -> Answer:
    """Enters the configuration and comes back by itself unless confirmed in time; needs an archive."""
    machine, says = console.machine, console.vendor.says
    if "path" not in machine.running.get("archive", {}):
        return says("revert_no_archive")
    if machine.revert:
        return says("revert_pending")
    if said := _locked(console):
        return said
    file = machine.arm_revert(int(command.values[0]))
    entered = configure(console, command)
    return f"{says('revert_armed', file=file)}\n{entered or ''}"


@action("revert_confirm")
def revert_confirm(console: Console, command: Command) -> Answer:
    """Keeps what was configured since the timer was armed."""
    machine = console.machine
    if not machine.revert:
        return console.vendor.says("revert_none")
    machine.revert.cancel()
    machine.revert = None
    return None


@action("revert_now")
def revert_now(console: Console, command: Command) -> Answer:
    """Goes back at once to what was before the timer was armed."""
    return console.machine.revert_now()


# --- saving and starting anew --------------------------------------------------------------------------------
@action("save")
def save(console: Console, command: Command) -> Answer:
    """Saves the running configuration."""
    machine, says = console.machine, console.vendor.says

    def write() -> Answer:
        if machine.faults.flash_full:
            return says("flash_full")
        machine.save()
        return says("saved") or None

    def overwrite(answer: str) -> Answer:
        if answer not in console.vendor.data["yes_keys"]:
            return None
        machine.faults.asks_to_overwrite = False
        return write()

    question = says("overwrite") if machine.faults.asks_to_overwrite else ""
    return Ask(question, overwrite, key=True) if question else write()


@action("copy_save")
def copy_save(console: Console, command: Command) -> Answer:
    """Saves after asking for the name of the file."""
    return Ask(console.vendor.says("destination"), lambda name: save(console, command))


@action("erase")
def erase(console: Console, command: Command) -> Answer:
    """Forgets the startup configuration."""

    def erased(answer: str) -> Answer:
        if answer.lower() not in console.vendor.data["yes_keys"]:
            return None
        console.machine.erase()
        return console.vendor.says("erased") or None

    return Ask(console.vendor.says("erase"), erased, key=True)


@action("reload")
def reload(console: Console, command: Command) -> Answer:
    """Starts anew, now or in some minutes; asks whether to save what is not, and whether it is meant."""
    machine, says = console.machine, console.vendor.says
    minutes = int(command.values[0]) if command.values else 0

    def meant(answer: str) -> Answer:
        if answer.lower() not in console.vendor.data["yes_keys"]:
            return None
        machine.schedule_reload(minutes)
        return says("reload_warning", minutes=minutes) if minutes else None

    def sure() -> Answer:
        at = machine.now + timedelta(minutes=minutes)
        when = f"{at:%H:%M:%S %Z %a %b %d %Y}"
        text = says("reload_in" if minutes else "reload_now", at=when, minutes=minutes, user=console.user)
        return Ask(text, meant, key=True)

    def saved(answer: str) -> Answer:
        if answer.lower().startswith("y"):
            machine.save()
        return sure()

    return _save_first(console, saved) if machine.unsaved else sure()


def _save_first(console: Console, then: Callable[[str], Answer]) -> Answer:
    keys = len(console.vendor.data["yes_keys"]) == 1  # a vendor of single keys, or one of words and Enter
    return Ask(console.vendor.says("reload_save"), then, key=keys)


@action("reload_cancel")
def reload_cancel(console: Console, command: Command) -> Answer:
    """Calls off a planned restart."""
    machine = console.machine
    if not machine.reload:
        return console.vendor.says("reload_none")
    machine.reload.cancel()
    machine.reload = None
    return console.vendor.says("reload_aborted") or None
