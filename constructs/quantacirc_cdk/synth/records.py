"""Records of earlier runs in the user's cache folder, each a file that is complete or worth nothing.

An unreadable record is ignored. You can delete the folder at any time.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from quantacirc_cdk.errors import QuantacircError
from quantacirc_cdk.reading import MAX_JSON_BYTES, parse_json, read_file

FOLDER = "QCDK_CACHE_DIR"
"""Environment variable: the folder of the records; by default ``quantacirc-cdk`` in the user's cache folder. Empty to
keep none."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """A record with the hash of its content."""

    file: Path
    kept: int
    """Maximum number of records in its folder; the oldest are removed."""

    @cached_property
    def content(self) -> Mapping[str, Any] | None:
        """Its content when this is first used."""
        return self.read()

    def read(self) -> Mapping[str, Any] | None:
        """Return its content; None if there is none, or a damaged one."""
        with suppress(QuantacircError, ValueError, OSError):
            data = read_file(self.file, str(self.file), expected="a record", limit=MAX_JSON_BYTES)
            digest, _, text = data.decode().partition("\n")
            if digest == text_hash(text):
                with suppress(OSError):
                    os.utime(self.file)  # The oldest records are removed first.
                found: dict[str, Any] = parse_json(text)
                return found
        return None

    def write(self, content: Mapping[str, Any]) -> None:
        """Write it in one step. Does nothing if the folder cannot be written, or if no run would read so much."""
        text = json.dumps(content, sort_keys=True)
        if len(text) > MAX_JSON_BYTES - 100:
            return
        with suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            unfinished = self.file.with_suffix(f".{os.getpid()}")
            unfinished.write_text(f"{text_hash(text)}\n{text}", encoding="utf-8")
            unfinished.replace(self.file)
            records = sorted(self.file.parent.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
            for path in records[self.kept :]:
                path.unlink(missing_ok=True)


def records_folder() -> Path | None:
    """Return the folder of the records; None to keep none."""
    if (given := os.environ.get(FOLDER)) is not None:
        return Path(given) if given else None
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "quantacirc-cdk"
    except RuntimeError:  # A container's arbitrary user has no home.
        return None


def text_hash(text: str) -> str:
    """Return the hash of a text in hexadecimal."""
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()
