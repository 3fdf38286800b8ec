"""``qcdk provider-locks`` with the real Terraform, and with a mirror that holds a made provider for every platform."""

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.provider_locks import LOCK_FILE, PLATFORMS, problems, read_stacks
from support.terraform.terraform import mirror
from support.tools import ROOT, require

pytestmark = [pytest.mark.terraform, pytest.mark.integration]

REQUIRES = {"queue": {"source": "registry.example/acme/queue", "version": "~> 1.4"}}


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Return a mirror with versions 1.4.0 and 1.5.0 of a provider for all platforms."""
    require("terraform")
    folder = tmp_path / "mirror" / "registry.example" / "acme" / "queue"
    folder.mkdir(parents=True)
    for version in ("1.4.0", "1.5.0"):
        for platform in PLATFORMS:
            with zipfile.ZipFile(folder / f"terraform-provider-queue_{version}_{platform}.zip", "w") as package:
                package.writestr("terraform-provider-queue", f"{version} {platform}")
    return tmp_path / "mirror"


def write(out: Path, name: str, providers: Any, lock: str | None = None) -> Path:
    folder = out / "terraform" / "stacks" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cdk.tf.json").write_text(json.dumps({"terraform": {"required_providers": providers}}))
    if lock is not None:
        (folder / LOCK_FILE).write_text(lock)
    return folder / LOCK_FILE


Run = Callable[..., int]


@pytest.fixture
def run(tmp_path: Path, packages: Path) -> Run:
    """Run the command on an output folder, with that mirror."""

    def call(*arguments: str) -> int:
        return main(["provider-locks", "--out", str(tmp_path / "out"), "--mirror", str(packages), *arguments])

    return call


def locked(out: Path, name: str) -> tuple[str, int]:
    """Return the version that a stack has locked, and the number of hashes."""
    (one,) = read_stacks(out, [name])
    assert one.locked is not None
    (provider,) = one.locked.values()
    return provider.version, len(provider.hashes)


def test_every_stack_is_locked_for_all_platforms(tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    for name in ("dev-aws", "prod-aws"):
        write(out, name, REQUIRES)
    assert run("--check") == 1
    assert "2 stacks, 2 with an incomplete lock file" in capsys.readouterr().out
    assert run() == 0
    assert capsys.readouterr().out == (
        "dev-aws: acme/queue 1.5.0\nprod-aws: acme/queue 1.5.0\n2 stacks, 2 lock files written\n"
    )
    assert locked(out, "dev-aws") == locked(out, "prod-aws") == ("1.5.0", 5)
    assert run("--check") == 0


def test_terraform_finds_nothing_to_change_in_the_file(tmp_path: Path, run: Run, packages: Path) -> None:
    """``terraform providers lock`` would write the same bytes again."""
    write(tmp_path / "out", "prod-aws", REQUIRES)
    assert run() == 0
    lock = tmp_path / "out" / "terraform" / "stacks" / "prod-aws" / LOCK_FILE
    before = lock.read_bytes()
    command = ["terraform", f"-chdir={lock.parent}", "providers", "lock", f"-fs-mirror={packages}"]
    assert os.spawnvp(os.P_WAIT, "terraform", [*command, *(f"-platform={one}" for one in PLATFORMS)]) == 0
    assert lock.read_bytes() == before


def test_a_version_stays_and_a_new_stack_takes_it(tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out"
    write(out, "dev-aws", {"queue": REQUIRES["queue"] | {"version": "1.4.0"}})
    assert run() == 0
    lock = write(out, "dev-aws", REQUIRES)
    before = lock.read_bytes()
    write(out, "prod-aws", REQUIRES)
    assert run("--terraform", "no-such-program") == 0  # All hashes are known.
    assert locked(out, "prod-aws") == ("1.4.0", 5)
    assert lock.read_bytes() == before
    assert run("--upgrade", "prod-aws") == 0
    assert (locked(out, "dev-aws")[0], locked(out, "prod-aws")[0]) == ("1.4.0", "1.5.0")


def test_a_version_that_the_stack_no_longer_accepts_is_replaced(tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out"
    write(out, "prod-aws", {"queue": REQUIRES["queue"] | {"version": "1.4.0"}})
    assert run() == 0
    write(out, "prod-aws", {"queue": REQUIRES["queue"] | {"version": ">= 1.5.0"}})
    assert run("--check") == 1
    assert run() == 0
    assert locked(out, "prod-aws")[0] == "1.5.0"


def test_hashes_of_one_platform_are_completed(tmp_path: Path, run: Run) -> None:
    write(tmp_path / "out", "prod-aws", REQUIRES)
    assert run("--platforms", "linux_amd64") == 0
    assert locked(tmp_path / "out", "prod-aws")[1] == 1
    assert run() == 0
    assert locked(tmp_path / "out", "prod-aws")[1] == 5


def test_nothing_is_written_if_a_provider_cannot_be_had(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    locks = [write(out, "dev-aws", REQUIRES), write(out, "prod-aws", {"tls": {"source": "hashicorp/tls"}})]
    assert run() == 2
    said = capsys.readouterr().err
    assert "prod-aws: `terraform providers lock`: Error: Could not retrieve providers" in said
    assert not any(lock.exists() for lock in locks)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["prd-aws"], 'no stack "prd-aws"'),
        (["--platforms", "linux-amd64"], '--platforms: "linux-amd64"'),
        (["--terraform", "no-such-program"], "no-such-program cannot be run"),
        (["--mirror", "/no/such/folder"], "Could not retrieve providers"),
    ],
)
def test_what_cannot_be_done_is_refused(
    tmp_path: Path, run: Run, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "out", "prod-aws", REQUIRES)
    assert run(*arguments) == 2
    assert said in capsys.readouterr().err


def test_a_link_stays_a_link(tmp_path: Path, run: Run) -> None:
    lock = write(tmp_path / "out", "prod-aws", REQUIRES)
    (tmp_path / "shared.hcl").write_text("")
    lock.symlink_to(tmp_path / "shared.hcl")
    assert run() == 0
    assert lock.is_symlink()
    assert "acme/queue" in (tmp_path / "shared.hcl").read_text()


def test_the_project_s_own_stacks_are_locked_for_all_platforms() -> None:
    stacks = read_stacks(ROOT / "dist")
    assert {one.name for one in stacks} >= {"prod-aws", "prod-aws-bootstrap"}
    assert [(one.name, problem) for one in stacks for problem in problems(one.stack, one.locked)] == []


@pytest.mark.slow
def test_terraform_accepts_the_provider_of_the_project_s_lock_files(tmp_path: Path) -> None:
    """The real provider, where this machine has it: its files have the hash that is locked."""
    require("terraform")
    found = mirror("hashicorp/aws")
    if found is None:
        pytest.skip("no mirror with hashicorp/aws on this machine")
    (one,) = read_stacks(ROOT / "dist", ["prod-aws"])
    assert one.locked is not None
    ((name, provider),) = one.locked.items()
    write(tmp_path, "prod-aws", one.stack["terraform"]["required_providers"])
    arguments = ["--mirror", str(found), "--platforms", "linux_amd64", "--out", str(tmp_path)]
    assert main(["provider-locks", *arguments]) == 0
    (made,) = read_stacks(tmp_path)
    assert made.locked is not None
    assert made.locked[name].version == provider.version
    assert set(made.locked[name].hashes) <= set(provider.hashes)
