"""Weighs what the exchange mailed to the probe: how long each telephone's tone is heard in a message."""

from __future__ import annotations

import base64
import tempfile
import wave
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from exporters.call_tones import heard, samples


def weighed(
    mails: Sequence[Mapping[str, Any]], telephones: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Gives the attachments; for one with sound the seconds of each tone, by telephone, in place of its content."""
    tones = {name: float(line["tone"]) for name, line in telephones.items() if "." not in name}
    return [
        {
            **{key: part[key] for key in ("at", "subject", "text", "type")},
            "heard": _tones(part["content"], tones),
        }
        if part["type"].startswith("audio/")
        else dict(part)
        for part in mails
    ]


def _tones(content: str, tones: Mapping[str, float]) -> dict[str, float]:
    """Gives nothing for a sound that is not of 16 bits at 8000 Hz."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        file.write(base64.b64decode(content))
        file.flush()
        try:
            sound = samples(Path(file.name))
        except (ValueError, wave.Error, EOFError):
            return {}
    return {name: round(heard(sound, hertz), 1) for name, hertz in tones.items()}
