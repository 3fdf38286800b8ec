"""Claims of components: which nodes can mount them, and claims that one component creates and others mount."""

from collections.abc import Iterator

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.limits.gcp import SMALLEST_HYPERDISK_GIB, disk_type
from quantacirc_cdk.limits.quantity import parse_quantity
from quantacirc_cdk.model.component import Program, Storing
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.facts import claim_name
from quantacirc_cdk.model.needs.storage import VolumeSpec
from quantacirc_cdk.model.node_pools import volume_disk
from quantacirc_cdk.model.problems import problem_at
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import System

_HOST = "kubernetes.io/hostname"
_SHARED_CLASSES = {
    "aws": "a StorageClass of the EFS driver",
    "gcp": "one of the Filestore driver such as standard-rwx",
    "azure": "azurefile-csi",
}
"""StorageClasses whose volumes several nodes can mount."""


def check_claims(system: System, environment: Environment, root: Node) -> Iterator[Problem]:
    """Yield new claims for many nodes on disks for one node, claims of other components with another access mode or
    whose pods can run on other nodes, and claims on disks that the nodes do not take.

    https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes
    """
    made = {
        claim_name(name, key): (name, volume)
        for name, component in system.having(Program).items()
        for key, volume in component.volumes.items()
        if volume and volume.size and not component.claims_per_pod
    }
    for name, component in system.having(Program).items():
        for key, volume in component.volumes.items():
            place = ("components", name, "volumes", key)
            if volume and volume.claim in made:
                owner, origin = made[volume.claim]
                yield from _problems(system, root, place, volume, owner, origin)
            elif volume and volume.size and not volume.on_one_node and volume.storage_class is None:
                yield from _on_disks(environment, root, place, volume)
    yield from _on_google_cloud(system, environment, root)


def _on_google_cloud(system: System, environment: Environment, root: Node) -> Iterator[Problem]:
    """Yield claims whose disks are smaller than Google Cloud makes them, or attach to no node of the pods."""
    cluster = environment.cluster
    if environment.target != "gcp" or cluster.existing is not None or cluster.storage_class is not None:
        return
    disk, site = volume_disk(environment), Site(system, environment)
    small = parse_quantity(f"{SMALLEST_HYPERDISK_GIB}Gi") if disk == "hyperdisk-balanced" else 0
    what, expected = "of the default StorageClass, which has Hyperdisk", f"at least {SMALLEST_HYPERDISK_GIB}Gi"
    for name in system.having(Storing):
        if site.embedded(name) and parse_quantity(size := site.storage(name)) < small:
            yield problem_at(root, ("components", name, "storage"), f"{size} {what}", expected)
    for name, component in system.having(Program).items():
        pool = cluster.node_pools.get(component.placement.node_pool or "")
        for key, volume in component.volumes.items():
            if volume is None or not volume.size or volume.storage_class is not None:
                continue
            place: Place = ("components", name, "volumes", key)
            if parse_quantity(volume.size) < small:
                yield problem_at(root, (*place, "size"), f"{volume.size} {what}", expected)
            if pool and disk_type(pool.machine_type) != disk:
                wrong = f"a volume of the default StorageClass, {disk}, which no {pool.machine_type} takes"
                yield problem_at(root, place, wrong, "`storage_class`, or another `placement.node_pool`")


def _on_disks(environment: Environment, root: Node, place: Place, volume: VolumeSpec) -> Iterator[Problem]:
    cluster = environment.cluster
    if environment.cloud is None or cluster.existing or cluster.storage_class:
        return  # What these classes can is not known.
    what = f"{volume.access} of the default StorageClass, whose disks only one node can mount"
    expected = f"`storage_class`, such as {_SHARED_CLASSES[environment.target]}"
    yield problem_at(root, (*place, "access"), what, expected)


def _problems(
    system: System, root: Node, place: Place, volume: VolumeSpec, owner: str, origin: VolumeSpec
) -> Iterator[Problem]:
    name = str(place[1])
    if volume.access != origin.access:
        what = f"{volume.access} of the claim {volume.claim}, which {owner} creates with {origin.access}"
        expected = f"`access: {origin.access}`, or {volume.access} of the volume of {owner}"
        yield problem_at(root, (*place, "access"), what, expected)
    elif origin.access == "ReadWriteOncePod":
        what = f"the claim {volume.claim} of {owner}, which only one pod can mount"
        yield problem_at(root, (*place, "claim"), what, f"`access: ReadWriteMany` of the volume of {owner}, and here")
    elif origin.on_one_node and name != owner and not (_near(system, name, owner) or _near(system, owner, name)):
        what = f"the claim {volume.claim} of {owner}, which only one node can mount"
        expected = f"`placement.near: [{{ component: {owner} }}]`, or `access: ReadWriteMany` of both volumes"
        yield problem_at(root, (*place, "claim"), what, expected)


def _near(system: System, name: str, other: str) -> bool:
    """Return whether the pods of a component run only on a node with pods of the other."""
    terms = system.having(Program)[name].placement.near
    return any(one.component == other and one.place == _HOST and one.weight is None for one in terms)
