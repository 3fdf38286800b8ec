"""The project's own environments, switched to another cloud by one line."""

import runpy
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from quantacirc_cdk.terraform.interface import Purpose
from support.tools import ROOT

ENVIRONMENTS = ("dev", "staging", "prod")


def switch_project(folder: Path, target: str, edits: Mapping[str, str] | None = None) -> Path:
    """Copy the project's model to ``folder`` and change the one line ``target: aws``, and what ``edits`` says."""
    shutil.copytree(ROOT / "apps" / "environments", folder / "apps" / "environments")
    shutil.copy(ROOT / "apps" / "system.yaml", folder / "apps" / "system.yaml")
    dev = folder / "apps" / "environments" / "dev.yaml"
    text = dev.read_text()
    for old, new in {"target: aws": f"target: {target}", **(edits or {})}.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    dev.write_text(text)
    return folder


def synthesize(project: Path, outdir: Path) -> Path:
    runpy.run_path(str(ROOT / "apps" / "infrastructure.py"))["synthesize"](project, outdir)
    return outdir


@dataclass(frozen=True)
class Keys:
    """Keys that are there already."""

    def key_id(self, purpose: Purpose) -> str:
        return f"keys/{purpose}"

    def recovery_key_id(self, purpose: Purpose) -> str:
        return f"keys/{purpose}-recovery"
