"""``qcdk`` as a process of its own, where a test is about its streams, its signals or its exit status."""

import os
import subprocess
import sys
from typing import Any

from support.tools import ROOT

QCDK = [sys.executable, "-m", "quantacirc_cdk.cli"]


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a process that imports this package."""
    return os.environ | {"PYTHONPATH": str(ROOT / "constructs"), **more}


def qcdk(*arguments: object, env: dict[str, str] | None = None, **options: Any) -> "subprocess.CompletedProcess[str]":
    """Run ``qcdk`` and return how it ended."""
    options = {"capture_output": True, "text": True, "timeout": 120, "check": False} | options
    if "stdout" in options or "stderr" in options:
        del options["capture_output"]
    return subprocess.run([*QCDK, *map(str, arguments)], env=environment(**(env or {})), **options)
