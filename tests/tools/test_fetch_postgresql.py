"""The fetchers run on every Python that the project supports."""

import runpy
import tarfile
from pathlib import Path
from typing import Any

import pytest

from support.tools import ROOT

HAS_FILTERS = hasattr(tarfile, "data_filter")


@pytest.mark.parametrize("filters", [True, False] if HAS_FILTERS else [False])
def test_an_archive_unpacks_with_and_without_filters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filters: bool
) -> None:
    (tmp_path / "postgres").write_text("a program")
    with tarfile.open(tmp_path / "programs.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "postgres", "bin/postgres")
    if HAS_FILTERS and not filters:
        new = tarfile.TarFile.extractall

        def old(self: tarfile.TarFile, path: Any = ".", members: Any = None, *, numeric_owner: bool = False) -> None:
            new(self, path, members, numeric_owner=numeric_owner, filter="data")

        monkeypatch.setattr(tarfile.TarFile, "extractall", old)
        monkeypatch.delattr(tarfile, "data_filter")
        monkeypatch.setattr(tarfile.TarFile, "extraction_filter", None, raising=False)
    runpy.run_path(str(ROOT / "tools" / "fetch_postgresql.py"))["extract"](
        tmp_path / "programs.tar.gz", tmp_path / "out"
    )
    assert (tmp_path / "out" / "bin" / "postgres").read_text() == "a program"
