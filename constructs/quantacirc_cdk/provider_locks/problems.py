"""What a lock file lacks for its stack."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quantacirc_cdk.errors import PropsError, nearest
from quantacirc_cdk.limits.versions import release
from quantacirc_cdk.provider_locks.lock_file import LockedProvider, address

PLATFORMS = ("darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm64", "windows_amd64")
"""Platforms that plan and apply: laptops and pipelines."""
_PLATFORM = re.compile(r"[a-z0-9]+_[a-z0-9]+")
_CONSTRAINT = re.compile(r"\s*(=|!=|>=|<=|>|<|~>)?\s*v?([0-9]+(?:\.[0-9]+)*(?:-[0-9A-Za-z.-]+)?)\s*")

Json = dict[str, Any]


def check_platforms(platforms: Sequence[str]) -> None:
    """Raise ``PropsError`` for a platform that is not written as Terraform writes it."""
    for platform in platforms:
        if not _PLATFORM.fullmatch(platform):
            raise PropsError(f'--platforms: "{platform}", expected {nearest(platform, PLATFORMS)}')


def required(stack: Json) -> dict[str, str]:
    """Return the providers that a stack requires by address, each with the versions that it accepts."""
    declared = (stack.get("terraform") or {}).get("required_providers") or {}
    # A provider may also be given by its version alone, as before Terraform 0.13.
    found = {name: one if isinstance(one, Mapping) else {"version": one} for name, one in declared.items()}
    return {address(str(one.get("source", name))): str(one.get("version", "")) for name, one in found.items()}


def accepts(constraints: str, version: str) -> bool:
    """Return whether ``constraints`` accept a version
    (https://developer.hashicorp.com/terraform/language/expressions/version-constraints).

    A constraint in another form accepts none, because Terraform refuses it.
    """
    return all(_accepts(one, version) for one in constraints.split(",")) if constraints.strip() else True


def _accepts(constraint: str, version: str) -> bool:
    found = _CONSTRAINT.fullmatch(constraint)
    if found is None:
        return False
    operator, text = found[1] or "=", found[2]
    if "-" in version or "-" in text:  # A pre-release is only selected by its exact version.
        return (version == text) if operator == "=" else operator == "!="
    wanted, given = release(text), release(version)
    width = max(len(wanted), len(given), 3)
    low, found_at = (*wanted, *[0] * (width - len(wanted))), (*given, *[0] * (width - len(given)))
    if operator == "~>":
        fixed = max(len(text.split(".")) - 1, 1)
        return found_at >= low and found_at[:fixed] == low[:fixed]
    return {
        "=": found_at == low,
        "!=": found_at != low,
        ">": found_at > low,
        ">=": found_at >= low,
        "<": found_at < low,
        "<=": found_at <= low,
    }[operator]


def is_complete(provider: LockedProvider, platforms: Sequence[str] = PLATFORMS) -> bool:
    """Return whether a provider has hashes for this many platforms.

    The file does not say which hash is that of which platform. The registry signs a list with the archives of all
    platforms, and Terraform records that whole list.
    """
    kinds = [one.partition(":")[0] for one in provider.hashes]
    return max(kinds.count("h1"), kinds.count("zh")) >= len(platforms)


def problems(
    stack: Json, locked: Mapping[str, LockedProvider] | None, platforms: Sequence[str] = PLATFORMS
) -> Iterator[str]:
    """Yield what a lock file lacks for a stack; ``locked`` is None where there is no file."""
    wanted = required(stack)
    if not wanted:
        return
    if locked is None:
        yield "no lock file: every `terraform init` selects the newest providers in the stack's range"
        return
    for name, constraints in wanted.items():
        shown = name.partition("/")[2]
        provider = locked.get(name)
        if provider is None:
            yield f"{shown} is not locked"
        elif not accepts(constraints, provider.version):
            yield f"{shown} is locked at {provider.version}, and the stack requires {constraints}"
        elif not is_complete(provider, platforms):
            count = len(provider.hashes)
            yield f"{shown} {provider.version} has {count} hashes, for fewer than {len(platforms)} platforms"
    if not stack.get("module"):  # A module may require other providers.
        for name in sorted(locked.keys() - wanted.keys()):
            yield f"{name.partition('/')[2]} is locked, and the stack does not require it"
