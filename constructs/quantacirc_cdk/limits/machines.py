"""What a machine is, by the name that its cloud gives it: its architecture, and whether it has NVIDIA GPUs.

Sources: https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html,
https://cloud.google.com/compute/docs/machine-resource, https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions.
"""

import re
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

Architecture = Literal["amd64", "arm64"]


class Machine(NamedTuple):
    """Properties that the name of a machine type implies."""

    architecture: Architecture
    gpu: bool
    """Whether it has NVIDIA GPUs, built in."""


_AWS = re.compile(r"(?P<family>[a-z]+)(?P<generation>[0-9]+)(?P<options>[a-z]*)(-[a-z0-9]+)?\.[a-z0-9-]+")
_AWS_GPU = ("g", "gr", "p")
_GCP_ARM = ("a4x", "c4a", "n4a", "t2a")
_GCP_GPU = ("a2", "a3", "a4", "a4x", "g2", "g4")
_AZURE = re.compile(r"Standard_(?P<family>[A-Z]+)[0-9]+(-[0-9]+)?(?P<features>[a-z]*)(_[A-Za-z0-9_]+)?")
_AZURE_GPU = ("NC", "ND", "NG", "NV")


def _aws(name: str) -> Machine | None:
    found = _AWS.fullmatch(name)
    if not found:
        return None
    options = found["options"]
    arm = "g" in options or (found["family"], found["generation"]) == ("a", "1")
    # g4ad has GPUs of AMD.
    gpu = found["family"] in _AWS_GPU and not (found["family"] == "g" and "a" in options)
    return Machine("arm64" if arm else "amd64", gpu)


def _gcp(name: str) -> Machine | None:
    family, dash, _ = name.partition("-")
    return Machine("arm64" if family in _GCP_ARM else "amd64", family in _GCP_GPU) if dash else None


def _azure(name: str) -> Machine | None:
    found = _AZURE.fullmatch(name)
    if not found:
        return None
    arm = "p" in found["features"] and found["family"][0] in "BDE"
    return Machine("arm64" if arm else "amd64", found["family"].startswith(_AZURE_GPU))


_NAMES: Mapping[str, Callable[[str], Machine | None]] = {"aws": _aws, "gcp": _gcp, "azure": _azure}


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
