"""A stack of the project, ready for Terraform against the emulator."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws.service import Aws
from quantacirc_cdk.model.edit import Changes, edit
from support.terraform.stacks import Json
from support.terraform.switched import synthesize
from support.terraform.terraform import Terraform
from support.tools import ROOT

FIRST = "first_override.tf.json"


def _path_style(stack: Json) -> Json:
    """Return the file that has every provider ask for buckets by path.

    Buckets have no names of their own on loopback: the one thing that is told apart from the real account.
    """
    aliases = [{key: one[key] for key in ("alias",) if key in one} for one in stack["provider"]["aws"]]
    return {"provider": {"aws": [{**alias, "s3_use_path_style": True} for alias in aliases]}}


def synthesized(folder: Path, changes: Mapping[str, Changes]) -> Path:
    """Return the folder with the stacks of the project's model, some environments changed."""
    shutil.copytree(ROOT / "apps", folder / "apps")
    for environment, wanted in changes.items():
        shown = f"apps/environments/{environment}.yaml"
        edit(folder / shown, shown, wanted)
    return synthesize(folder, folder / "out") / "stacks"


@dataclass
class AppliedStack:
    """A folder with a stack, and Terraform in it."""

    terraform: Terraform
    variables: tuple[str, ...] = ()

    @classmethod
    def of(cls, folder: Path, stack: Path, aws: Aws, *variables: str) -> "AppliedStack":
        """Prepare ``folder``: the stack as it was synthesized, its state in S3."""
        made = cls._in(folder, stack, aws, variables)
        made.terraform.init("-backend-config=use_path_style=true")
        return made

    @classmethod
    def first(cls, folder: Path, stack: Path, aws: Aws, *variables: str) -> "AppliedStack":
        """Prepare ``folder`` as the documents say for a stack whose bucket is not there yet: its state is in a file."""
        made = cls._in(folder, stack, aws, variables)
        (folder / FIRST).write_text('{"terraform": {"backend": {"local": {}}}}\n')
        made.terraform.init()
        return made

    @classmethod
    def _in(cls, folder: Path, stack: Path, aws: Aws, variables: tuple[str, ...]) -> "AppliedStack":
        folder.mkdir()
        shutil.copy(stack / "cdk.tf.json", folder)
        declared = json.loads((stack / "cdk.tf.json").read_text())
        (folder / "loopback_override.tf.json").write_text(json.dumps(_path_style(declared)))
        return cls(Terraform(folder, aws.environment), tuple(f"-var={one}" for one in variables))

    def migrate(self) -> None:
        """Move the state from the file to the bucket that the stack has made."""
        (self.terraform.folder / FIRST).unlink()
        self.terraform.init("-migrate-state", "-force-copy", "-backend-config=use_path_style=true")

    def replace(self, stack: Path) -> None:
        """Continue with another version of the stack, on the same state."""
        shutil.copy(stack / "cdk.tf.json", self.terraform.folder)

    def unprotect(self, address: str) -> None:
        """Let ``terraform destroy`` delete the resource, with the override file of ``docs/upgrades.md``."""
        resource_type, name = address.split(".")
        override = {"resource": {resource_type: {name: {"lifecycle": {"prevent_destroy": False}}}}}
        (self.terraform.folder / "destroy_override.tf.json").write_text(json.dumps(override))

    def apply(self) -> None:
        self.terraform.run("apply", *self._quietly)

    def start_apply(self, *arguments: str) -> "subprocess.Popen[str]":
        return self.terraform.start("apply", *self._quietly, *arguments)

    def destroy(self) -> subprocess.CompletedProcess[str]:
        return self.terraform.run("destroy", *self._quietly, check=False)

    def plan(self, *arguments: str) -> dict[str, tuple[list[str], Json]]:
        """Return what a plan would do: by address the actions, and what changes by attribute."""
        self.terraform.run("plan", "-input=false", "-no-color", "-out=plan", *arguments, *self.variables)
        document = json.loads(self.terraform.run("show", "-json", "plan").stdout)
        changes = {item["address"]: item["change"] for item in document["resource_changes"]}
        return {
            address: (change["actions"], difference(change["before"], change["after"]))
            for address, change in changes.items()
            if change["actions"] not in (["no-op"], ["read"])
        }

    def addresses(self) -> list[str]:
        return self.terraform.run("state", "list").stdout.split()

    def state(self) -> str:
        return self.terraform.run("state", "pull").stdout

    @property
    def _quietly(self) -> tuple[str, ...]:
        return ("-auto-approve", "-input=false", "-no-color", "-parallelism=30", *self.variables)


def difference(before: Any, after: Any) -> Json:
    """Return ``{attribute: [before, after]}`` of what differs."""
    old, new = before or {}, after or {}
    return {
        key: [old.get(key), new.get(key)] for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)
    }
