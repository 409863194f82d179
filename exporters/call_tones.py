"""Makes the tones by which telephones know each other, and tells how long a recording holds one."""

from __future__ import annotations

import math
import operator
import struct
import wave
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

RATE = 8000
"""Samples a second, as on the wire of G.711."""
WINDOW = RATE // 10
SHARE = 0.6
"""What part of a window's energy lies at the frequency before the tone counts as heard in it."""
QUIET = 250.0
"""Root mean square below which a window is silence, whatever stands in it (full scale is 32767)."""


def write_tone(path: Path, hertz: float, seconds: float, amplitude: int = 10000) -> None:
    """Writes a mono recording of one tone; 0 Hz is silence."""
    period = b"".join(
        struct.pack("<h", round(amplitude * math.sin(2 * math.pi * hertz * i / RATE))) for i in range(RATE)
    )
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        whole = period * math.ceil(seconds)
        file.writeframes(whole[: int(seconds * RATE) * 2])


def samples(path: Path) -> tuple[int, ...]:
    """Reads a mono recording of 16 bits at 8000 Hz; empty when there is none, ValueError when it is another kind.

    A recording that is still being written has no header: wave.Error.
    """
    try:
        with wave.open(str(path), "rb") as file:
            shape = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            raw = file.readframes(file.getnframes())
    except FileNotFoundError:
        return ()
    if shape != (1, 2, RATE):
        raise ValueError(f"{path.name}: found channels, bytes and rate {shape}, wanted {(1, 2, RATE)}")
    return struct.unpack(f"<{len(raw) // 2}h", raw[: len(raw) // 2 * 2])


def heard(sound: Sequence[int], hertz: float) -> float:
    """Tells for how many seconds a tone is heard in a sound: in how many windows of a tenth it outweighs all else."""
    windows = [sound[at : at + WINDOW] for at in range(0, len(sound) - WINDOW + 1, WINDOW)]
    return sum(share(window, hertz) >= SHARE for window in windows) * WINDOW / RATE


def sounding(sound: Sequence[int]) -> float:
    """Tells for how many seconds a sound is not silent."""
    windows = [sound[at : at + WINDOW] for at in range(0, len(sound) - WINDOW + 1, WINDOW)]
    return sum(_energy(window) >= WINDOW * QUIET**2 for window in windows) * WINDOW / RATE


def share(window: Sequence[int], hertz: float) -> float:
    """Gives what part of the energy of a window lies at a frequency, 0 to 1; 0 when the window is silent."""
    energy = _energy(window)
    if energy < len(window) * QUIET**2:
        return 0.0
    cosines, sines = _waves(hertz, len(window))
    real: float = sum(map(operator.mul, window, cosines))
    imaginary: float = sum(map(operator.mul, window, sines))
    return min(1.0, 2 * (real * real + imaginary * imaginary) / (len(window) * energy))


def _energy(window: Sequence[int]) -> int:
    return sum(map(operator.mul, window, window))


@lru_cache(maxsize=32)
def _waves(hertz: float, length: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    turns = [2 * math.pi * hertz * i / RATE for i in range(length)]
    return tuple(map(math.cos, turns)), tuple(map(math.sin, turns))
