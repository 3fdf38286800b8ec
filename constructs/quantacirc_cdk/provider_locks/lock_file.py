"""The text of ``.terraform.lock.hcl``: the form in which Terraform itself writes it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LOCK_FILE = ".terraform.lock.hcl"
"""Name of the file beside a configuration."""
REGISTRY = "registry.terraform.io"
"""Registry of a provider whose source names none
(https://developer.hashicorp.com/terraform/language/providers/requirements#source-addresses).
"""

_HEADER = """\
# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.
"""
_BLOCK = re.compile(r'^provider\s+"([^"\s]+)"\s*\{(.*?)^\}', re.MULTILINE | re.DOTALL)
_SETTING = re.compile(r'^\s*(version|constraints)\s*=\s*"([^"]*)"\s*$', re.MULTILINE)
_HASH = re.compile(r'"((?:h1|zh):[A-Za-z0-9+/=]+)"')


@dataclass(frozen=True, kw_only=True)
class LockedProvider:
    """The selected version of a provider."""

    version: str
    constraints: str = ""
    """Versions that the configuration accepted at that time."""
    hashes: Sequence[str] = ()
    """Accepted packages: ``zh:`` for an archive of the registry, ``h1:`` for the files in a package."""


def address(source: str) -> str:
    """Return the full address of a provider: ``registry.terraform.io/hashicorp/aws`` for ``hashicorp/aws``."""
    parts = source.split("/")
    return "/".join([*(REGISTRY, "hashicorp")[: 3 - len(parts)], *parts])


def read_lock(text: str) -> dict[str, LockedProvider]:
    """Return the providers of a lock file by address. What is in no form of Terraform's is skipped."""
    found = {}
    for name, body in _BLOCK.findall(text):
        settings = dict(_SETTING.findall(body))
        if "version" in settings:
            found[name] = LockedProvider(
                version=settings["version"],
                constraints=settings.get("constraints", ""),
                hashes=tuple(sorted(set(_HASH.findall(body)))),
            )
    return found


def write_lock(providers: Mapping[str, LockedProvider]) -> str:
    """Return the text of a lock file, with the bytes that Terraform writes."""
    blocks = [_HEADER]
    for name, provider in sorted(providers.items()):
        lines = [f"provider {json.dumps(name)} {{", f"  version     = {json.dumps(provider.version)}"]
        if provider.constraints:
            lines.append(f"  constraints = {json.dumps(provider.constraints)}")
        else:
            lines[1] = f"  version = {json.dumps(provider.version)}"
        if provider.hashes:
            lines += ["  hashes = [", *(f"    {json.dumps(one)}," for one in sorted(provider.hashes)), "  ]"]
        blocks.append("\n".join([*lines, "}\n"]))
    return "\n".join(blocks)
