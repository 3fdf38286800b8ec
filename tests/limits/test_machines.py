"""What the names of machines say."""

import re

import pytest

from quantacirc_cdk.limits.gcp import disk_type
from quantacirc_cdk.limits.machines import ARM_PATTERN, GPU_PATTERN, Machine, architecture_of, has_gpu, machine

X86, ARM, GPU = Machine("amd64", False), Machine("arm64", False), Machine("amd64", True)


@pytest.mark.parametrize(
    ("cloud", "name", "expected"),
    [
        ("aws", "m7i.large", X86),
        ("aws", "m7i-flex.large", X86),
        ("aws", "m7g.large", ARM),
        ("aws", "c6gn.xlarge", ARM),
        ("aws", "x2gd.metal", ARM),
        ("aws", "a1.medium", ARM),
        ("aws", "g5.xlarge", GPU),
        ("aws", "p5e.48xlarge", GPU),
        ("aws", "p6-b200.48xlarge", GPU),
        ("aws", "g5g.xlarge", Machine("arm64", True)),
        ("aws", "g4ad.xlarge", X86),
        ("gcp", "n2-standard-4", X86),
        ("gcp", "t2a-standard-4", ARM),
        ("gcp", "c4a-highmem-8", ARM),
        ("gcp", "g2-standard-4", GPU),
        ("azure", "Standard_D4s_v5", X86),
        ("azure", "Standard_D4ps_v5", ARM),
        ("azure", "Standard_E8pds_v6", ARM),
        ("azure", "Standard_NC4as_T4_v3", GPU),
        ("azure", "Standard_ND96isr_H100_v5", GPU),
        ("aws", "mac2-m2pro.metal", None),
        ("aws", "m7i.lrge", None),
        ("aws", "${var.machine_type}", None),
        ("azure", "custom", None),
        ("local", "m7g.large", None),
    ],
)
def test_a_name_says_architecture_and_gpus(cloud: str, name: str, expected: Machine | None) -> None:
    assert machine(cloud, name) == expected
    if expected and cloud in ARM_PATTERN:
        assert bool(re.search(ARM_PATTERN[cloud], name)) == (expected.architecture == "arm64")
    if expected and cloud in GPU_PATTERN:
        assert bool(re.search(GPU_PATTERN[cloud], name)) == expected.gpu


@pytest.mark.parametrize(
    ("name", "disk"),
    [
        (None, "pd-balanced"),
        *(
            (name, "pd-balanced")
            for name in ("n2-standard-4", "t2a-standard-4", "c3-standard-4", "a3-highgpu-8g", "e2-medium")
        ),
        *(
            (name, "hyperdisk-balanced")
            for name in ("n4-standard-4", "c4-highcpu-8", "c4a-standard-4", "n4d-standard-2")
        ),
        *(
            (name, "hyperdisk-balanced")
            for name in ("a3-ultragpu-8g", "a4-highgpu-8g", "a4x-highgpu-4g", "g4-standard-48")
        ),
    ],
)
def test_a_machine_of_google_cloud_has_disks_that_it_takes(name: str | None, disk: str) -> None:
    assert disk_type(name) == disk


def test_terraform_decides_about_the_disks_of_a_machine_that_it_alone_knows() -> None:
    found = disk_type("${var.machine}")
    assert found.startswith('${can(regex("^(a3-ultragpu|')
    assert found.endswith(')-", var.machine)) ? "hyperdisk-balanced" : "pd-balanced"}')


def test_what_is_stated_wins_and_amd64_is_the_default() -> None:
    assert architecture_of("aws", "m7g.large", None) == "arm64"
    assert architecture_of("aws", "${var.machine_type}", "arm64") == "arm64"
    assert architecture_of("aws", None, None) == "amd64"
    assert has_gpu("aws", "g5.xlarge", 0)
    assert has_gpu("aws", "${var.machine_type}", 1)
    assert not has_gpu("aws", "m7i.large", 0)
