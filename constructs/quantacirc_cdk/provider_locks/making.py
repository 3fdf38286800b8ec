"""Complete the lock files of stacks, with ``terraform providers lock``.

https://developer.hashicorp.com/terraform/cli/commands/providers/lock
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from quantacirc_cdk.errors import OutputError, Problem
from quantacirc_cdk.provider_locks.lock_file import LOCK_FILE, LockedProvider, read_lock, write_lock
from quantacirc_cdk.provider_locks.problems import PLATFORMS, accepts, is_complete, problems, required
from quantacirc_cdk.provider_locks.stacks import StackLock
from quantacirc_cdk.reading import read_file
from quantacirc_cdk.text.terraform_messages import error_lines

SECONDS = 1800
"""Timeout in seconds for Terraform, which downloads each provider for each platform."""

Locked = dict[str, LockedProvider]


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where Terraform takes providers from."""

    terraform: str = "terraform"
    """Terraform, or a program with its commands, such as ``tofu``."""
    mirror: str = ""
    """Folder or ``https://`` address of a mirror; the providers' registries by default."""

    def arguments(self) -> list[str]:
        """Return the arguments for Terraform."""
        if not self.mirror:
            return []
        kind = "net" if self.mirror.startswith("https://") else "fs"
        return [f"-{kind}-mirror={self.mirror if kind == 'net' else Path(self.mirror).resolve()}"]


def complete(
    stacks: Sequence[StackLock],
    siblings: Sequence[StackLock] = (),
    *,
    platforms: Sequence[str] = PLATFORMS,
    upgrade: bool = False,
    source: Source | None = None,
) -> list[StackLock]:
    """Write the lock files that lack something, and return their stacks as they are now.

    A selected version stays if its stack still accepts it; a stack without one takes the version that ``siblings``
    have, so that environments do not differ. Terraform runs only for providers with too few hashes, once for each set
    of them; with ``upgrade`` for all, and it selects the newest versions. Raises ``OutputError`` with Terraform's words
    if it fails; nothing is written then.
    """
    made: dict[str, Locked] = {}
    texts: list[tuple[StackLock, Locked]] = []
    for one in stacks:
        if not required(one.stack) or (not upgrade and not any(problems(one.stack, one.locked, platforms))):
            continue
        seed = {} if upgrade else _seed(one, siblings)
        wanted = required(one.stack)
        if wanted.keys() - seed.keys() or not all(is_complete(each, platforms) for each in seed.values()):
            key = json.dumps([wanted, write_lock(seed)], sort_keys=True)
            if key not in made:
                made[key] = _locked_by_terraform(one, seed, platforms, source or Source())
            seed = made[key]
        texts.append((one, seed))
    for one, locked in texts:
        _write(one.lock_file, write_lock(locked))
    return [replace(one, locked=locked) for one, locked in texts]


def _seed(one: StackLock, siblings: Iterable[StackLock]) -> Locked:
    """Return the versions that a stack starts from."""
    # A module may require providers that the stack itself does not name.
    found: Locked = dict(one.locked or {}) if one.stack.get("module") else {}
    for name, constraints in required(one.stack).items():
        found.pop(name, None)
        for place in (one, *siblings):
            provider = (place.locked or {}).get(name)
            if provider is not None and accepts(constraints, provider.version):
                found[name] = replace(provider, constraints=constraints)
                break
    return found


def _locked_by_terraform(one: StackLock, seed: Locked, platforms: Sequence[str], source: Source) -> Locked:
    """Return what Terraform locks for the providers of a stack.

    It runs in a temporary folder with the requirements alone, so it needs neither the backend nor credentials.
    """
    requirements: Mapping[str, object] = one.stack["terraform"]["required_providers"]
    with tempfile.TemporaryDirectory(prefix="qcdk-lock-") as scratch:
        folder = Path(scratch)
        (folder / "main.tf.json").write_text(json.dumps({"terraform": {"required_providers": requirements}}))
        if seed:
            (folder / LOCK_FILE).write_text(write_lock(seed))
        chosen = [f"-platform={platform}" for platform in platforms]
        command = [source.terraform, "providers", "lock", "-no-color", *source.arguments(), *chosen]
        environment = os.environ | {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        try:
            done = subprocess.run(  # noqa: S603
                command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise OutputError(Problem(key=one.name, what=f"{source.terraform} took more than {SECONDS} s")) from None
        except OSError as error:
            what = f"{source.terraform} cannot be run: {error.strerror}"
            raise OutputError(Problem(key=one.name, what=what, expected="Terraform, or --terraform PROGRAM")) from None
        if done.returncode:
            said = " ".join(" ".join(error_lines(done.stderr)).split()) or "it failed without a message"
            what = f"`{source.terraform} providers lock`: {said}"
            expected = "a way to the providers' registries, or --mirror"
            raise OutputError(Problem(key=one.name, what=what, expected=expected))
        path = folder / LOCK_FILE
        return read_lock(read_file(path, str(path), expected="the file that Terraform writes").decode())


def _write(path: Path, text: str) -> None:
    """Replace a lock file in one step, so that no reader sees half of it."""
    place = path.resolve()  # A link stays a link.
    handle, scratch = tempfile.mkstemp(dir=place.parent, prefix=".qcdk-lock-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(scratch).chmod(place.stat().st_mode & 0o777 if place.exists() else 0o644)
        Path(scratch).replace(place)
    except BaseException:
        Path(scratch).unlink()
        raise
