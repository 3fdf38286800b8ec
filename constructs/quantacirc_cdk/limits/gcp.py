"""Machine sizes of Google Cloud, and the disks that each machine takes."""

import re
from typing import Literal

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.text.terraform import bare, has_expression

_MACHINE_CPUS = (2, 4, 8, 16, 32, 48, 64, 80, 96, 128)
_ARM_CPUS = (2, 4, 8, 16, 32, 48)
_MACHINE_GIB_PER_CPU = {"highcpu": 1, "standard": 4, "highmem": 8}
_MOST_GIB = 864
"""Memory of n2-highmem-128, and of the largest Cloud SQL tier
(https://cloud.google.com/compute/docs/general-purpose-machines#n2_machine_types,
https://cloud.google.com/sql/docs/postgres/instance-settings)."""
_NO_MACHINES = ("n2-highcpu-128",)
_DATABASE_CPUS = (2, 4, 8, 16, 32, 48, 64, 80, 96, 128)


T2A_REGIONS = ("asia-southeast1", "europe-west4", "us-central1")
"""Regions with T2A machines (https://cloud.google.com/compute/docs/regions-zones)."""
_HYPERDISK_ALONE = r"^(a3-ultragpu|a4x?|c4[ad]?|g4|h4d|m4|n4[ad]?|x4)-"
"""Machine types without persistent disks (https://cloud.google.com/compute/docs/disks/hyperdisks#machine-type-support,
https://cloud.google.com/compute/docs/disks/persistent-disks#machine-series-support)."""
DiskType = Literal["hyperdisk-balanced", "pd-balanced"]
SMALLEST_HYPERDISK_GIB = 4
"""https://cloud.google.com/compute/docs/disks/hd-types/hyperdisk-balanced"""


def disk_type(machine_type: str | None) -> DiskType:
    """Return the type of the disks of a machine type; of a type that only Terraform knows, an expression."""
    if machine_type and has_expression(machine_type):
        alone = f'can(regex("{_HYPERDISK_ALONE}", {bare(machine_type)}))'
        return f'${{{alone} ? "hyperdisk-balanced" : "pd-balanced"}}'  # type: ignore[return-value]
    return "hyperdisk-balanced" if re.match(_HYPERDISK_ALONE, machine_type or "") else "pd-balanced"


def refused_arm(region: str, machine_type: str | None, architecture: str | None) -> tuple[str, str] | None:
    """Return the problem of Arm nodes without a machine type, which are T2A, in a region without these; or None."""
    if machine_type or architecture != "arm64" or has_expression(region) or region in T2A_REGIONS:
        return None
    what = f"arm64 without a `machine_type` in {region}, which has no T2A machines"
    return what, "a machine type of another Arm series that the region has, such as c4a-standard-4"


PLUS_FROM_DAYS = 8
"""Enterprise keeps logs for point-in-time recovery for 7 days, Enterprise Plus for 35."""


def node_type(cpu: int, memory_gib: int, architecture: str = "amd64") -> str:
    """Return the smallest N2 machine, or T2A machine for arm64, with ``cpu`` cores and ``memory_gib``."""
    if architecture == "arm64":
        for cpus in _ARM_CPUS:
            if cpus >= cpu and cpus * _MACHINE_GIB_PER_CPU["standard"] >= memory_gib:
                return f"t2a-standard-{cpus}"
        what = f"no T2A machine has {cpu} cores and {memory_gib} GiB"
        raise PropsError(
            f"{what}; set the machine type explicitly, the largest is t2a-standard-48 with 48 cores and 192 GiB"
        )
    fitting = [
        size
        for kind, gib in _MACHINE_GIB_PER_CPU.items()
        for cpus in _MACHINE_CPUS
        if (size := (cpus, min(cpus * gib, _MOST_GIB), f"n2-{kind}-{cpus}"))[0] >= cpu
        and size[1] >= memory_gib
        and size[2] not in _NO_MACHINES
    ]
    if not fitting:
        largest = f"the largest is n2-highmem-128 with 128 cores and {_MOST_GIB} GiB"
        what = f"no N2 machine has {cpu} cores and {memory_gib} GiB"
        raise PropsError(f"{what}; set the machine type explicitly, {largest}")
    return min(fitting)[2]


def database_tier(cpu: int, memory_gib: int, *, plus: bool) -> str:
    """Return the smallest Cloud SQL tier with ``cpu`` cores and ``memory_gib``.

    Enterprise allows 1 or an even number of cores up to 96, with 0.9 to 6.5 GiB each, and at least 3.75 GiB
    (https://cloud.google.com/sql/docs/postgres/instance-settings). Enterprise Plus has machine types with 8 GiB per
    core.
    """
    if plus:
        for cpus in _DATABASE_CPUS:
            if cpus >= cpu and min(cpus * 8, _MOST_GIB) >= memory_gib:
                return f"db-perf-optimized-N-{cpus}"
    else:
        cores = max(cpu, -(-memory_gib * 10 // 65))
        cores = cores if cores == 1 else cores + cores % 2
        mib = max(memory_gib * 1024, 3840, -(-cores * 9216 // 10 // 256) * 256)
        if cores <= 96:
            return f"db-custom-{cores}-{mib}"
    largest = (
        f"db-perf-optimized-N-128 with 128 cores and {_MOST_GIB} GiB"
        if plus
        else "db-custom-96-638976 with 96 cores and 624 GiB"
    )
    what = f"no Cloud SQL tier has {cpu} cores and {memory_gib} GiB"
    raise PropsError(f"{what}; set the instance type explicitly, the largest is {largest}")
