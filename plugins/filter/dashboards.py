"""Grafana's dashboards become files of a host, drawn anew at each run: no second copy lies in the repository."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible.errors import AnsibleFilterError


def dashboard_files(languages: Sequence[str], folder: str) -> dict[str, str]:
    """Gives the JSON of every dashboard in these languages by its path below a folder of the host."""
    # Read here, not at the top: every play of Ansible loads every filter, and this takes half a second.
    from estate.dashboards.rendering import rendered
    from estate.dashboards.wording import DashboardError

    try:
        return {f"{folder}/{path}": text for path, text in rendered(list(languages)).items()}
    except DashboardError as error:
        raise AnsibleFilterError(f"dashboard_files: {error}") from None


class FilterModule:
    """Offers the filter to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Gives the filter by name."""
        return {"dashboard_files": dashboard_files}
