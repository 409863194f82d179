"""Uses the services as people do, through pyinfra, and keeps what the judges say of it."""

from __future__ import annotations
