"""What a machine is, by the name that its cloud gives it: its architecture, and whether it has NVIDIA GPUs.

Sources: https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html,
https://cloud.google.com/compute/docs/machine-resource, https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from quantacirc_cdk.limits.clouds import Refused
from quantacirc_cdk.limits.store_types import AWS_SIZE, Store, refused_type
from quantacirc_cdk.text.terraform import has_expression

Architecture = Literal["amd64", "arm64"]


class Machine(NamedTuple):
    """Properties that the name of a machine type implies."""

    architecture: Architecture
    gpu: bool
    """Whether it has NVIDIA GPUs, built in."""


_AWS = re.compile(rf"(?P<family>[a-z]+)(-[0-9]+tb)?(?P<generation>[0-9]+)(?P<options>[a-z]*)(-[a-z0-9]+)?\.{AWS_SIZE}")
_AWS_CLASS = r"[a-z]+[0-9]+[a-z]*\.[a-z0-9-]+"
_AWS_GPU = ("g", "gr", "p")
_GCP = re.compile(r"(?P<family>[a-z][a-z0-9]*)(-[a-z0-9]+)+")
_GCP_ARM = ("a4x", "c4a", "n4a", "t2a")
_GCP_GPU = ("a2", "a3", "a4", "a4x", "g2", "g4")
_AZURE = re.compile(r"Standard_(?P<family>[A-Z]+)[0-9]+(-[0-9]+)?(?P<features>[a-z]*)(_[A-Za-z0-9_]+)?")
_AZURE_GPU = ("NC", "ND", "NG", "NV")


def _aws(name: str) -> Machine | None:
    found = _AWS.fullmatch(name)
    if not found or found["family"] == "mac":  # EC2 Mac instances run macOS alone.
        return None
    options = found["options"]
    arm = "g" in options or (found["family"], found["generation"]) == ("a", "1")
    # g4ad has GPUs of AMD.
    gpu = found["family"] in _AWS_GPU and not (found["family"] == "g" and "a" in options)
    return Machine("arm64" if arm else "amd64", gpu)


def _gcp(name: str) -> Machine | None:
    found = _GCP.fullmatch(name)
    if not found:
        return None
    return Machine("arm64" if found["family"] in _GCP_ARM else "amd64", found["family"] in _GCP_GPU)


def _azure(name: str) -> Machine | None:
    found = _AZURE.fullmatch(name)
    if not found:
        return None
    arm = "p" in found["features"] and found["family"][0] in "BDE"
    return Machine("arm64" if arm else "amd64", found["family"].startswith(_AZURE_GPU))


_NAMES: Mapping[str, Callable[[str], Machine | None]] = {"aws": _aws, "gcp": _gcp, "azure": _azure}


_STORES: Mapping[tuple[str, str], tuple[re.Pattern[str], str]] = {
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.html
    ("aws", "database"): (re.compile(rf"db\.{_AWS_CLASS}"), "an instance class such as db.m7g.large"),
    # https://cloud.google.com/sql/docs/postgres/instance-settings#machine-type-2ndgen
    ("gcp", "database"): (re.compile(r"db(-[A-Za-z0-9]+){2,}"), "a tier such as db-custom-2-8192"),
    # https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-compute
    ("azure", "database"): (re.compile(rf"(B|GP|MO)_{_AZURE.pattern}"), "a size such as GP_Standard_D2ds_v5"),
    # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html
    ("aws", "cache"): (re.compile(rf"cache\.{_AWS_CLASS}"), "a node type such as cache.m7g.large"),
    # https://learn.microsoft.com/azure/redis/overview#choosing-the-right-tier
    ("azure", "cache"): (re.compile(r"[A-Z][A-Za-z]+_[A-Z][0-9]+"), "a size such as Balanced_B5"),
}
"""What the names of the machines of stores look like, and their description in words."""
_EXAMPLES = {"aws": "m7i.large", "gcp": "n2-standard-4", "azure": "Standard_D4s_v5"}
"""A machine type of each cloud."""


def refused_store_type(cloud: str, store: Store, name: str | None) -> tuple[str, str] | None:
    """Return the problem of the name of a store's machine type, or None."""
    if not name or has_expression(name) or (cloud, store) not in _STORES:
        return None
    pattern, words = _STORES[cloud, store]
    return refused_type(cloud, store, name) if pattern.fullmatch(name) else (f'"{name}"', words)


ARM_PATTERN = {"aws": r"^(a1|[a-z]+(-[0-9]+tb)?[0-9]+[a-z]*g[a-z]*)[.-]"}
GPU_PATTERN = {"aws": r"^((gr|p)[0-9]|g[0-9]+[b-z]*[.-])", "azure": r"^Standard_N[CDGV]"}
"""Which machine types are Arm, and which have NVIDIA GPUs, as Terraform decides it where it alone knows the name."""


class Pool(Protocol):
    """A node pool, of the model or of the props."""

    @property
    def machine_type(self) -> str | None:
        """The cloud's name of its machine type."""

    @property
    def architecture(self) -> Architecture | None:
        """Declared architecture."""

    @property
    def gpus(self) -> int:
        """GPUs of a node."""

    @property
    def spot(self) -> bool:
        """Whether the cloud may take its nodes away."""

    @property
    def spot_machine_types(self) -> Sequence[str]:
        """Further machine types."""


def refused_machine(cloud: str, pool: Pool) -> Iterator[Refused]:
    """Yield a machine type that the cloud does not have or that contradicts its pool, and further types that do not fit
    it.
    """
    name = pool.machine_type
    if name and not has_expression(name):
        yield from _refused_type(cloud, name, pool)
    if pool.spot_machine_types:
        yield from _refused_spot_types(cloud, pool)


def _refused_type(cloud: str, name: str, pool: Pool) -> Iterator[Refused]:
    found = machine(cloud, name)
    if found is None:
        if cloud in _EXAMPLES:
            yield ("machine_type",), f'"{name}"', f"a machine type such as {_EXAMPLES[cloud]}"
        return
    if pool.architecture and pool.architecture != found.architecture:
        what = f"{pool.architecture}, but {name} is {found.architecture}"
        yield ("architecture",), what, f"{found.architecture}, or none"
    # Machines of Google Cloud's N1 series take GPUs that they do not have themselves.
    if pool.gpus and not found.gpu and not (cloud == "gcp" and name.startswith("n1-")):
        yield ("machine_type",), f"GPUs of {name}, which has none", "a machine with GPUs"
    if cloud == "gcp" and found.gpu and not pool.gpus:
        what = f"{name} without its GPUs, for which GKE then installs no driver"
        yield ("gpus",), what, "their number, and `gpu_type`"


def _refused_spot_types(cloud: str, pool: Pool) -> Iterator[Refused]:
    place = "spot_machine_types"
    if cloud != "aws":
        what = "several machine types in a pool"
        yield (place,), what, "none: only AWS takes them; use several pools"
        return
    if not pool.spot or not pool.machine_type:
        yield (place,), "further types of what is not a spot pool with a type", "`spot` and `machine_type`"
        return
    if has_expression(pool.machine_type):
        return
    first = machine(cloud, pool.machine_type)
    for index, name in enumerate(pool.spot_machine_types):
        if not has_expression(name) and (other := machine(cloud, name)) != first:
            what = f"{name} differs in architecture or GPUs from {pool.machine_type}"
            yield (place, index), what if other and first else f'"{name}"', "types that take its image"


def machine(cloud: str, name: str | None) -> Machine | None:
    """Return the properties of a machine type of ``cloud``; None without a name, and for a name that implies nothing.

    >>> machine("aws", "m7g.large")
    Machine(architecture='arm64', gpu=False)
    """
    return _NAMES[cloud](name) if name and cloud in _NAMES else None


def architecture_of(cloud: str, name: str | None, stated: Architecture | None) -> Architecture:
    """Return the architecture of a pool's nodes: the declared one, else that of its machine type, else amd64."""
    found = machine(cloud, name)
    return stated or (found.architecture if found else "amd64")


def has_gpu(cloud: str, name: str | None, stated: int) -> bool:
    """Return whether the nodes of a pool need the NVIDIA driver."""
    found = machine(cloud, name)
    return bool(stated) or (found is not None and found.gpu)
