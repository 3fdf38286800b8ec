"""What a lock file lacks for its stack."""

from dataclasses import replace
from typing import Any

import pytest

from quantacirc_cdk.provider_locks import PLATFORMS, LockedProvider, problems, read_lock, write_lock
from quantacirc_cdk.provider_locks.problems import accepts, is_complete

AWS = "registry.terraform.io/hashicorp/aws"
ARCHIVES = [f"zh:{number:064x}" for number in range(6)]
LOCKED = LockedProvider(version="5.100.0", constraints=">= 5.100.0, < 7.0.0", hashes=ARCHIVES)


def stack(**providers: Any) -> dict[str, Any]:
    return {"terraform": {"required_providers": providers}}


STACK = stack(aws={"source": "hashicorp/aws", "version": ">= 5.100.0, < 7.0.0"})


@pytest.mark.parametrize(
    ("constraints", "accepted", "refused"),
    [
        ("", ["0.1.0", "9.0.0"], []),
        (">= 5.100.0, < 7.0.0", ["5.100.0", "6.99.1"], ["5.99.9", "7.0.0"]),
        ("5.1", ["5.1.0"], ["5.1.1", "5.2.0"]),
        ("= 5.1.0", ["5.1.0"], ["5.1.1"]),
        ("!= 5.1.0", ["5.1.1"], ["5.1.0"]),
        ("> 5.1", ["5.1.1"], ["5.1.0"]),
        ("<= 5.1", ["5.1.0", "4.9.9"], ["5.1.1"]),
        ("~> 5.1", ["5.1.0", "5.9.0"], ["5.0.9", "6.0.0"]),
        ("~> 5.1.2", ["5.1.2", "5.1.9"], ["5.1.1", "5.2.0"]),
        ("~> 5", ["5.0.0", "5.9.0"], ["4.9.0", "6.0.0"]),
        (">= 5.0", ["5.0.0"], ["6.0.0-beta1"]),
        ("6.0.0-beta1", ["6.0.0-beta1"], ["6.0.0"]),
        ("newest", [], ["5.0.0"]),
    ],
)
def test_constraints_mean_what_terraform_says(constraints: str, accepted: list[str], refused: list[str]) -> None:
    assert [version for version in [*accepted, *refused] if accepts(constraints, version)] == accepted


@pytest.mark.parametrize(
    ("locked", "said"),
    [
        (None, ["no lock file"]),
        ({}, ["hashicorp/aws is not locked"]),
        ({AWS: LOCKED}, []),
        ({AWS: replace(LOCKED, version="4.0.0")}, ["locked at 4.0.0, and the stack requires >= 5.100.0, < 7.0.0"]),
        ({AWS: replace(LOCKED, hashes=["h1:a="])}, ["hashicorp/aws 5.100.0 has 1 hashes, for fewer than 5 platforms"]),
        ({AWS: LOCKED, "registry.terraform.io/hashicorp/tls": LOCKED}, ["hashicorp/tls is locked, and the stack"]),
    ],
)
def test_each_fault_of_a_lock_file_is_named(locked: dict[str, LockedProvider] | None, said: list[str]) -> None:
    found = list(problems(STACK, locked))
    assert len(found) == len(said)
    assert all(part in problem for part, problem in zip(said, found, strict=True))


def test_modules_may_require_providers_that_the_stack_does_not() -> None:
    other = {AWS: LOCKED, "registry.terraform.io/hashicorp/tls": LOCKED}
    assert list(problems(STACK | {"module": {"network": {}}}, other)) == []


def test_a_stack_without_providers_needs_no_lock_file() -> None:
    assert list(problems({"terraform": {}}, None)) == []


def test_a_source_may_be_short_or_full_or_only_a_name() -> None:
    names = stack(aws="~> 5.0", queue={"source": "acme/queue"}, own={"source": "registry.example/acme/own"})
    found = [problem.split()[0] for problem in problems(names, {})]
    assert found == ["hashicorp/aws", "acme/queue", "acme/own"]


def test_hashes_of_each_platform_or_the_registry_s_list_are_enough() -> None:
    files = [f"h1:{name}=" for name in "abcde"]
    assert is_complete(replace(LOCKED, hashes=files))
    assert not is_complete(replace(LOCKED, hashes=[*files[:4], ARCHIVES[0]]))
    assert is_complete(replace(LOCKED, hashes=files[:2]), PLATFORMS[:2])


def test_a_lock_file_is_read_and_written_with_terraform_s_bytes() -> None:
    text = """\
# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "registry.terraform.io/hashicorp/aws" {
  version     = "5.100.0"
  constraints = ">= 5.100.0, < 7.0.0"
  hashes = [
    "h1:edXOJWE4ORX8Fm+dpVpICzMZJat4AX0VRCAy/xkcOc0=",
    "zh:054b8dd49f0549c9a7cc27d159e45327b7b65cf404da5e5a20da154b90b8a644",
  ]
}

provider "registry.terraform.io/hashicorp/tls" {
  version = "4.1.0"
  hashes = [
    "h1:Ka8mEwRFXBabR33iN/WTIEW6RP0z13vFsDlwn11Pf2I=",
  ]
}
"""
    assert write_lock(read_lock(text)) == text
    assert read_lock("<<<<<<< ours\nprovider {\n") == {}
