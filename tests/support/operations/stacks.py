"""A project with a stack, and the commands that plan and apply it."""

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.project import Project
from support.terraform.terraform import Terraform
from support.tools import require

Json = dict[str, Any]
STACK = "home-aws"


@dataclass
class PlannedProject:
    """A bakery whose environment ``home`` has a stack."""

    project: Project
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.project.root / "dist" / "terraform" / "stacks" / STACK

    @property
    def planned(self) -> Path:
        return self.project.root / "build" / "infrastructure" / STACK

    @property
    def terraform(self) -> Terraform:
        """The stack by the side of the commands, on the same state."""
        beside = self.project.root / "beside"
        beside.mkdir(exist_ok=True)
        (beside / "main.tf.json").write_text((self.folder / "main.tf.json").read_text())
        return Terraform(beside, self.environment)

    def write(self, resources: Json, **more: Any) -> None:
        """Write the stack, with its state in a file unless ``more`` has a backend."""
        backend = more.pop("backend", {"local": {"path": str(self.project.root / "state" / "home.tfstate")}})
        settings = {"required_version": ">= 1.11.0", "backend": backend, **more.pop("terraform", {})}
        document = {"terraform": settings, "resource": resources, **more}
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "main.tf.json").write_text(json.dumps(document))

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        require("terraform")
        return subprocess.Popen(
            [require("qcdk"), *arguments],
            cwd=self.project.root,
            env=self._variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> "Said":
        process = self.start(*arguments)
        out, error = process.communicate(timeout=300)
        return Said(process.returncode, out, error)

    def _variables(self) -> dict[str, str]:
        own = self.terraform.variables()
        kept = {name: value for name, value in own.items() if name not in ("CI", "EMERGENCY_REASON", "TF_DATA_DIR")}
        return kept | {"PATH": f"{require('terraform').parent}{os.pathsep}{os.environ['PATH']}"}


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit status."""

    status: int
    out: str
    error: str
