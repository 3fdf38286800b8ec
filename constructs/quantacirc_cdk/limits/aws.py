"""Machine sizes of AWS."""

import re
from collections.abc import Iterable, Mapping

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.text.terraform import has_expression

_CPUS = (2, 4, 8, 16, 32, 48, 64, 96, 192)
_SIZES = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge", "48xlarge")
_GRAVITON_CPUS = 64
"""Cores of the largest seventh-generation instance, and of the largest class of databases, with a Graviton processor
(https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html)."""
_GIB_PER_CPU = {"c": 2, "m": 4, "r": 8}
"""Families: compute-optimized, general purpose, memory-optimized."""
_DATABASE_GIB_PER_CPU = {**_GIB_PER_CPU, "z": 8, "x2g": 16, "x2idn": 16, "x2iedn": 32, "x2iezn": 32}
"""GiB per core, by the family of an RDS instance class, or its family and generation."""
_BURSTABLE_GIB = {"micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": 16, "2xlarge": 32}


ECR_REPOSITORY = "a repository with single dots, dashes and underscores between letters and digits, for ECR"
"""What is expected of a repository's name."""
_ECR_REPOSITORY = re.compile(r"[a-z0-9]+([._/-][a-z0-9]+)*")


def is_ecr_repository(name: str) -> bool:
    """Return whether ECR takes the name of a repository, as fewer names than other registries
    (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html).
    """
    return _ECR_REPOSITORY.fullmatch(name) is not None


ZONES_WITHOUT_EKS: Mapping[str, str] = {"ca-central-1": "cac1-az3", "us-east-1": "use1-az3", "us-west-1": "usw1-az2"}
"""Id of the zone of a region in which EKS runs no control plane. Which letter it has is the account's own
(https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html)."""


def partition(region: str) -> str:
    """Return the partition of ``region``, the first part of every ARN."""
    return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(region.rpartition("-")[0].rpartition("-")[0], "aws")


def has_public_zones(region: str) -> bool:
    """Return whether Route 53 has public zones in the partition of ``region``; True if only Terraform knows it.

    https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-r53.html
    """
    return partition(region) != "aws-us-gov"


def refused_partition(region: str, other: str | None) -> tuple[str, str] | None:
    """Return the problem of another region that credentials for ``region`` do not reach, or None.

    https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
    """
    if not other or has_expression(region) or has_expression(other) or partition(region) == partition(other):
        return None
    return f"{other}, in another partition of AWS", f"a region as {region}"


def node_type(cpu: int, memory_gib: int, architecture: str = "amd64") -> str:
    """Return the smallest EC2 instance type of the seventh generation with ``cpu`` cores and ``memory_gib``."""
    if architecture == "arm64":
        if cpu > _GRAVITON_CPUS or memory_gib > _GRAVITON_CPUS * _GIB_PER_CPU["r"]:
            raise PropsError(
                f"no Graviton instance has {cpu} cores and {memory_gib} GiB; set the instance type explicitly, "
                f"the largest is r7g.16xlarge with {_GRAVITON_CPUS} cores and {_GRAVITON_CPUS * _GIB_PER_CPU['r']} GiB"
            )
        return _smallest(cpu, memory_gib, ("c", "m", "r"), "{family}7g.{size}")
    return _smallest(cpu, memory_gib, ("c", "m", "r"), "{family}7i.{size}")


def database_type(cpu: int, memory_gib: int) -> str:
    """Return the smallest RDS instance class (Graviton) with ``cpu`` cores and ``memory_gib``."""
    if cpu <= 2 and memory_gib <= 4:
        return "db.t4g.medium"
    return _smallest_class(cpu, memory_gib, ("m", "r"), "RDS")


def aurora_type(cpu: int, memory_gib: int) -> str:
    """Return the smallest class of an Aurora instance (Graviton) with ``cpu`` cores and ``memory_gib``."""
    if cpu <= 2 and memory_gib <= 8:
        return "db.t4g.medium" if memory_gib <= 4 else "db.t4g.large"
    return _smallest_class(cpu, memory_gib, ("r",), "Aurora")


def _smallest_class(cpu: int, memory_gib: int, families: Iterable[str], service: str) -> str:
    most = _GRAVITON_CPUS * _GIB_PER_CPU["r"]
    if cpu <= _GRAVITON_CPUS and memory_gib <= most:
        return _smallest(cpu, memory_gib, families, "db.{family}7g.{size}")
    what = f"no Graviton class of {service} has {cpu} cores and {memory_gib} GiB"
    largest = (
        f"set the instance type explicitly, the largest is db.r7g.16xlarge with {_GRAVITON_CPUS} cores and {most} GiB"
    )
    try:
        other = _smallest(cpu, memory_gib, families, "db.{family}7i.{size}")
    except PropsError:
        raise PropsError(f"{what}; {largest}") from None
    raise PropsError(f"{what}; {largest}, and {other} has an Intel processor")


def database_memory_gib(instance_class: str) -> int | None:
    """Return the memory of an RDS instance class in GiB; None for an unknown class or a reference.

    Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html.
    """
    found = re.fullmatch(r"db\.(([a-z]+)[0-9]+[a-z]*)\.([0-9]*)([a-z]+)", instance_class)
    if not found:
        return None
    generation, family, times, size = found.groups()
    if family == "t":
        return _BURSTABLE_GIB.get(f"{times}{size}")
    per_cpu = _DATABASE_GIB_PER_CPU.get(generation) or _DATABASE_GIB_PER_CPU.get(family)
    cpus = {"medium": 1, "large": 2, "xlarge": 4}.get(size)
    return per_cpu * cpus * int(times or 1) if per_cpu and cpus else None


def _smallest(cpu: int, memory_gib: int, families: Iterable[str], form: str) -> str:
    sizes = [
        (cpus, cpus * _GIB_PER_CPU[family], form.format(family=family, size=size))
        for family in families
        for cpus, size in zip(_CPUS, _SIZES, strict=True)
    ]
    fitting = [size for size in sizes if size[0] >= cpu and size[1] >= memory_gib]
    if not fitting:
        cpus, gib, name = max(sizes)
        what = f"no instance type has {cpu} cores and {memory_gib} GiB"
        largest = f"the largest is {name} with {cpus} cores and {gib} GiB"
        raise PropsError(f"{what}; set the instance type explicitly, {largest}")
    return min(fitting)[2]
