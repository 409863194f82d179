"""Offers `estate lab`: the machine room of the lab on this computer."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from typing import Annotated

import typer

from estate.cli import lab_spare
from estate.cli.lab_refusals import REFUSED, guarded
from estate.lab.observe import Status, look
from estate.lab.places import locate
from estate.lab.plugging import plug_pc, plug_telephone
from estate.lab.plugging import unplug as take_away
from estate.lab.room import down as take_down
from estate.lab.room import read_topology
from estate.lab.room import up as bring_up
from estate.lab.secrets import ensure_secrets

app = typer.Typer(no_args_is_help=True, help="The machine room of the lab: up, down, status, ssh.")
app.add_typer(lab_spare.app, name="spare")
Hosts = Annotated[list[str] | None, typer.Argument(metavar="[HOST]...")]
Outlet = Annotated[
    str, typer.Argument(help="An outlet (ANA-3-117), or the device that is declared for it (tel-2805).")
]
Unplug = Annotated[bool, typer.Option("--unplug", help="Take away what hangs there.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@app.command("up")
def up(hosts: Hosts = None, as_json: AsJson = False) -> None:
    """Boots the hosts (default: all of the group managed) and gives them names, routes, packages and secrets."""
    raised = guarded(lambda: bring_up(locate(), hosts or ()))
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(raised), indent=1, sort_keys=True))
        return
    state = f"started {', '.join(raised.started)}" if raised.started else "nothing to start"
    names = ", ".join(raised.hosts)
    typer.echo(f"lab: {names} up; {state}; {raised.commands} commands, {raised.seconds:.1f} s")


@app.command("down")
def down(
    hosts: Hosts = None,
    purge: Annotated[bool, typer.Option(help="Remove the cached image and packages too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Removes the hosts (default: the whole lab and everything it put on the machine)."""
    removed = guarded(lambda: take_down(locate(), hosts or (), purge))
    if as_json:
        typer.echo(json.dumps({"removed": removed, "everything": not hosts}, indent=1, sort_keys=True))
    else:
        typer.echo(f"lab: {', '.join(hosts) if hosts else 'everything'} removed")


@app.command("status")
def status(as_json: AsJson = False) -> None:
    """Shows the hosts, whether they run and answer, and what of a lab is on the machine."""
    found = guarded(lambda: look(locate()))
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(found), indent=1, sort_keys=True))
    else:
        _show(found)


@app.command("secrets")
def secrets(as_json: AsJson = False) -> None:
    """Generates the lab's secrets that are missing; `up` does so too. Ansible cannot start without them."""
    added = guarded(lambda: ensure_secrets(locate()))
    words = "lab: secrets added" if added else "lab: no secret was missing"
    typer.echo(json.dumps({"added": added}) if as_json else words)


@app.command("ssh", context_settings={"ignore_unknown_options": True})
def ssh(host: str, command: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    """Opens a shell on a host, or runs a command there: `estate lab ssh HOST -- systemctl status`."""
    places = locate()
    known = guarded(lambda: read_topology(places)).hosts
    if host not in known:
        typer.echo(f"estate: asked for {host}; the declared hosts are {', '.join(known)}", err=True)
        raise typer.Exit(REFUSED)
    config = places.ssh / "config"
    if not config.exists():
        typer.echo("estate: the lab was never up in this checkout. Run `./scripts/estate lab up`", err=True)
        raise typer.Exit(REFUSED)
    sys.stdout.flush()
    os.execvp("ssh", ["ssh", "-F", str(config), host, *(["--", *command] if command else [])])


@app.command("pc")
def pc(
    outlet: Outlet,
    address: Annotated[str, typer.Argument(help="Its address; what DHCP would give there.")] = "",
    unplug: Unplug = False,
) -> None:
    """Plugs a PC (a network namespace) into an outlet: `ip netns exec estate-ANA-3-117 ping 10.40.108.1`."""
    if unplug == bool(address):
        typer.echo("estate: give the address of the PC, or --unplug; nothing was done", err=True)
        raise typer.Exit(REFUSED)
    if unplug:
        _empty(outlet)
        return
    name = guarded(lambda: plug_pc(locate(), outlet, address))
    typer.echo(f"lab: {address} at {outlet}: ip netns exec {name} COMMAND")


@app.command("phone")
def phone(
    outlet: Outlet,
    address: Annotated[str, typer.Argument(help="Its address in the voice VLAN.")] = "",
    pc: Annotated[
        str, typer.Option("--pc", metavar="ADDRESS", help="A PC behind it, in the data VLAN.")
    ] = "",
    unplug: Unplug = False,
) -> None:
    """Plugs a telephone that tags its frames (a network namespace) into an outlet, with a PC behind it."""
    if unplug == bool(address) or (pc and unplug):
        typer.echo("estate: give the address of the telephone, or --unplug; nothing was done", err=True)
        raise typer.Exit(REFUSED)
    if unplug:
        _empty(outlet)
        return
    names = guarded(lambda: plug_telephone(locate(), outlet, address, pc))
    for name, held in zip(names, (address, pc), strict=True):
        if held:
            typer.echo(f"lab: {held} at {outlet}: ip netns exec {name} COMMAND")


def _empty(outlet: str) -> None:
    guarded(lambda: take_away(locate(), outlet))
    typer.echo(f"lab: {outlet} is empty")


def _show(found: Status) -> None:
    typer.echo(f"owner     {found.owner or 'none'}{' (another checkout)' if found.foreign else ''}")
    for host in (*found.hosts, *found.switches, *found.desks):
        answers = {True: "sshd answers", False: "silent", None: "not asked"}[host.sshd]
        state = f"{host.state:<10}{answers if host.state == 'running' else '':<14}"
        typer.echo(f"{host.name:<15}{host.address:<16}{state}{host.since or ''}")
    if not found.owner and found.leftovers:
        typer.echo(f"left over {', '.join(found.leftovers)}; `./scripts/estate lab down` removes it")
