"""Run the real ``terraform`` with the real providers."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from support.tools import require, unavailable

MIRROR_VARIABLE = "TF_PLUGIN_MIRROR"
"""Names a folder with providers; it wins over what is found."""
_REGISTRY = "registry.terraform.io"
_FILESYSTEM_MIRROR = re.compile(r'filesystem_mirror\s*\{[^}]*?\bpath\s*=\s*"([^"]+)"', re.DOTALL)


def mirrors() -> Iterator[Path]:
    """Yield the folders in which this machine may keep providers, the wanted one first.

    They are where Terraform itself looks, its own configuration file read for it, and any folder near the root that
    is laid out as a mirror (https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation).
    """
    if wanted := os.environ.get(MIRROR_VARIABLE):
        yield Path(wanted)
    config = Path(os.environ.get("TF_CLI_CONFIG_FILE") or Path.home() / ".terraformrc")
    if os.access(config, os.R_OK) and config.is_file():
        yield from map(Path, _FILESYSTEM_MIRROR.findall(config.read_text()))
    yield Path.home() / ".terraform.d" / "plugins"
    for place in ("*/*", "usr/*/terraform/plugins", "usr/*/*/terraform/plugins"):
        yield from (found.parent for found in sorted(Path("/").glob(f"{place}/{_REGISTRY}")))


@cache
def mirror(provider: str) -> Path | None:
    """Return the mirror that holds ``provider`` (``hashicorp/aws``)."""
    return next((path for path in mirrors() if (path / _REGISTRY / provider).is_dir()), None)


@dataclass
class Terraform:
    """A folder with configuration."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        result = subprocess.run(
            [require("terraform"), *arguments],
            cwd=self.folder,
            env=self.variables(),
            capture_output=True,
            text=True,
            check=False,
        )
        if check:
            assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-6000:]
        return result

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start Terraform and return at once."""
        return subprocess.Popen(
            [require("terraform"), *arguments],
            cwd=self.folder,
            env=self.variables(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def variables(self) -> dict[str, str]:
        """Return the environment of Terraform, with the providers of this machine and nothing of its user's."""
        config = self.folder / "cli.tfrc"
        if not config.exists():
            config.write_text(_cli_config())
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AWS_"))}
        return inherited | self.environment | {"TF_CLI_CONFIG_FILE": str(config), "TF_IN_AUTOMATION": "1"}

    def init(self, *arguments: str) -> None:
        """Install the providers; skip loudly where they can neither be found nor downloaded."""
        result = self.run("init", "-input=false", "-no-color", *arguments, check=False)
        if result.returncode and "Failed to query available provider packages" in result.stderr:
            unavailable("a Terraform provider", "put it into a mirror or open the way to registry.terraform.io")
        assert result.returncode == 0, result.stdout + result.stderr

    def validate(self) -> list[dict[str, Any]]:
        """Return the diagnostics of ``terraform validate``."""
        document = json.loads(self.run("validate", "-json", check=False).stdout)
        return list(document["diagnostics"])

    def outputs(self) -> dict[str, Any]:
        return dict(json.loads(self.run("output", "-json").stdout))


def _cli_config() -> str:
    found = mirror("hashicorp/aws")
    if found is None:
        return "disable_checkpoint = true\n"
    return f"""disable_checkpoint = true
provider_installation {{
  filesystem_mirror {{
    path    = "{found}"
    include = ["registry.terraform.io/hashicorp/aws"]
  }}
  direct {{ exclude = ["registry.terraform.io/hashicorp/aws"] }}
}}
"""
