"""What is measured can be read by the exporter, whoever wrote it."""

import os
from pathlib import Path

from exporters.textfile import Textfile


def test_a_service_that_hides_its_own_files_writes_measurements_that_others_read(tmp_path: Path) -> None:
    out = Textfile()
    out.set("bim_backup_last_size_bytes", 1, backup_job="eposta")
    hidden = os.umask(0o077)
    try:
        out.write(tmp_path / "backup.prom")
        assert os.umask(0o077) == 0o077
    finally:
        os.umask(hidden)
    assert (tmp_path / "backup.prom").stat().st_mode & 0o777 == 0o644
