"""Serves the lab's switches: machines that keep a configuration and speak their vendor's language over SSH.

One process serves hundreds of them on 127.0.0.1 without root (measured: see docs/lab.md). The language of a vendor
is data (`ios.yml`, `procurve.yml`); `machine` keeps state and timers, `console` is one administrator's place in the
modes, `edits`, `sections`, `members` and `commands` say what commands do, `session` and `server` bring it to SSH,
`faults` breaks it on purpose while it runs.
"""

from estate.lab.switches.faults import Faults
from estate.lab.switches.machine import Machine
from estate.lab.switches.ports import Port, State
from estate.lab.switches.server import Fleet
from estate.lab.switches.wires import Management, Wires

__all__ = ["Faults", "Fleet", "Machine", "Management", "Port", "State", "Wires"]
