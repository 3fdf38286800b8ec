"""What manifests expect of a cluster without naming it: a default StorageClass, and addresses of IPv4."""

from collections.abc import Iterator, Sequence
from typing import Any

from quantacirc_cdk.doctor.finding import Finding
from quantacirc_cdk.doctor.program import Status
from quantacirc_cdk.doctor.requirements import Requirements
from quantacirc_cdk.operations.kubectl import Kubectl, OperationError

Json = dict[str, Any]

_DEFAULT = "storageclass.kubernetes.io/is-default-class"
"""https://kubernetes.io/docs/tasks/administer-cluster/change-default-storage-class/"""


def defaults(kubectl: Kubectl, wanted: Requirements) -> Iterator[Finding]:
    """Yield a finding for the default StorageClass if claims need it, and one for a cluster without IPv4."""
    if wanted.default_class:
        yield _default_class(kubectl, wanted.default_class)
    if wanted.ipv4:
        yield from _ipv4(kubectl, wanted.ipv4)


def _default_class(kubectl: Kubectl, users: Sequence[str]) -> Finding:
    name, users = "default StorageClass", list(users)
    try:
        found = kubectl.items(("storageclasses",))
    except OperationError as error:
        note, get = f"not checked: {error}", "ask the cluster's administrator"
        return Finding(name=name, status=Status.BROKEN, note=note, get=get, counts=False, needed_by=users)
    names = sorted(str(one["metadata"]["name"]) for one in found)
    if any((one["metadata"].get("annotations") or {}).get(_DEFAULT) == "true" for one in found):
        return Finding(name=name, status=Status.OK, needed_by=users)
    note = "claims that name no class would wait forever"
    get = f"set cluster.storage_class to {' or '.join(names)}, or make one the default" if names else "create one"
    return Finding(name=name, status=Status.MISSING, note=note, get=get, needed_by=users)


def _ipv4(kubectl: Kubectl, users: Sequence[str]) -> Iterator[Finding]:
    """Yield a finding if the API's own Service, which every cluster has, has an address of IPv6 only."""
    try:
        service = kubectl.get("service", "kubernetes", "--namespace", "default")
    except OperationError:
        return  # A deployer needs no right to read it.
    families = ((service or {}).get("spec") or {}).get("ipFamilies") or ["IPv4"]
    if "IPv4" not in families:
        note = "the cluster has only IPv6, and network policies admit ranges of IPv4, so nothing reaches other networks"
        yield Finding(
            name="IPv4", status=Status.MISSING, note=note, get="use a cluster with IPv4", needed_by=list(users)
        )
