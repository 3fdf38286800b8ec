"""Check an environment against the limits of its cloud (``limits/clouds.py``), with file and line."""

from collections.abc import Iterator

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.limits import audit_trails, budgets, clouds, clusters
from quantacirc_cdk.limits.aws import has_public_zones
from quantacirc_cdk.limits.buckets import longest_name
from quantacirc_cdk.limits.cloud_names import too_long
from quantacirc_cdk.limits.ip_families import refused_family
from quantacirc_cdk.limits.secondary_ranges import refused_secondary_range
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.pinned import Pinned
from quantacirc_cdk.model.problems import problem_at
from quantacirc_cdk.model.system import System


def environment_tags(system: System, environment: Environment) -> dict[str, str]:
    """Return the tags of all resources of an environment."""
    tags = {"system": system.name, "environment": environment.name, "managed-by": "terraform"}
    return tags | {"owner": environment.owners[0]} | environment.tags


def check_cloud_limits(system: System, environment: Environment, root: Node) -> Iterator[Problem]:
    """Yield values that the environment's cloud would refuse only during an apply."""
    cloud, cluster, network = environment.target, environment.cluster, environment.network
    own = {*environment_tags(system, environment), "Name"} - environment.tags.keys()
    for inside, what, expected in clouds.refused_tags(cloud, environment.tags, own=own):
        yield problem_at(root, ("tags", *inside), what, expected)
    yield from _check_budget(environment, root)
    yield from _check_audit_trail(system, environment, root)
    yield from _check_dns_programs(environment, root)
    yield from _check_velero_store(system, environment, root)
    yield from _check_operators(system, environment, root)
    if network is not None:
        pods = not network.existing and clouds.CLOUDS[cloud].pod_range
        ranges = {"cidr": network.cidr} | ({"pod_cidr": network.pod_cidr} if pods else {})
        for key, cidr in ranges.items():
            if wrong := clouds.refused_range(cloud, cidr):
                yield problem_at(root, ("network", key), *wrong)
        if wrong := refused_family(cloud, network.ip_family):
            yield problem_at(root, ("network", "ip_family"), *wrong)
        if wrong := refused_secondary_range(cloud, network.cidr, network.secondary_cidr):
            yield problem_at(root, ("network", "secondary_cidr"), *wrong)
        if cluster.existing is None and (wrong := clouds.refused_service_range(cloud, network.service_cidr)):
            yield problem_at(root, ("network", "service_cidr"), *wrong)
        overlap = clusters.refused_overlap(cloud, network.service_cidr, network.cidr)
        if overlap and network.existing and cluster.existing is None:
            yield problem_at(root, ("network", "service_cidr"), *overlap)
    if cluster.existing is not None:
        return
    if not cluster.private_endpoint:
        for inside, what, expected in clouds.refused_callers(cloud, cluster.authorized_cidrs):
            yield problem_at(root, ("cluster", "authorized_cidrs", *inside), what, expected)
    yield from _check_pools(environment, root)


def _check_budget(environment: Environment, root: Node) -> Iterator[Problem]:
    budget, cloud = environment.budget, environment.cloud
    if budget is None or cloud is None:
        return
    for inside, what, expected in budgets.refused_budget(environment.target, cloud.region, budget):
        yield problem_at(root, ("budget", *inside), what, expected)
    for inside, what, expected in budgets.refused_owners(environment.target, environment.owners):
        yield problem_at(root, ("owners", *inside), what, expected)


def _check_audit_trail(system: System, environment: Environment, root: Node) -> Iterator[Problem]:
    trail, place = environment.audit_trail, "audit_trail"
    if trail is None:
        return
    for inside, what, expected in audit_trails.refused_audit_trail(environment.target, trail):
        yield problem_at(root, (place, *inside), what, expected)
    if wrong := audit_trails.refused_name(environment.target, f"{system.name}-{environment.name}"):
        what, expected = wrong
        yield problem_at(root, (place,), f"the trail of {what}", expected)


def _check_dns_programs(environment: Environment, root: Node) -> Iterator[Problem]:
    place, cloud, programs = ("cluster", "dns_programs"), environment.cloud, environment.cluster.dns_programs
    if programs and cloud and environment.target == "aws" and not has_public_zones(cloud.region):
        what = f"a DNS zone in {cloud.region}, where Route 53 has no public ones"
        yield problem_at(root, place, what, "none: the domain is in a zone of another account")
    for index, name in enumerate(programs):
        if name in programs[:index]:
            yield problem_at(root, (*place, index), f"{name} twice", "each program once")


def _check_velero_store(system: System, environment: Environment, root: Node) -> Iterator[Problem]:
    store, cloud, place = environment.cluster.velero_store, environment.cloud, ("cluster", "velero_store")
    if store is None or cloud is None:
        return
    if store.replicate and cloud.recovery_region is None:
        expected = f"clouds.{environment.target}.recovery_region"
        yield problem_at(root, (*place, "replicate"), "replication without a recovery region", expected)
    bucket = f"{system.name}-{environment.name}-velero-store-{cloud.account}"
    longest = longest_name(environment.target, copied=store.replicate)
    if environment.target != "azure":
        for wrong in too_long("bucket for Velero", bucket, longest, of="the system or environment"):
            yield problem_at(root, place, *wrong)


def _check_operators(system: System, environment: Environment, root: Node) -> Iterator[Problem]:
    """Yield the operators with an identity in the cloud that a component of the system would share by its name."""
    cluster = environment.cluster
    asked: dict[str, Place] = {
        name: ("cluster", "dns_programs", index) for index, name in enumerate(cluster.dns_programs)
    }
    if environment.cloud and cluster.velero_store:
        asked["velero"] = ("cluster", "velero_store")
    if environment.cloud and cluster.addons.external_secrets:
        asked["external-secrets"] = ("cluster", "addons", "external_secrets")
    for name, place in asked.items():
        if name in system.components and not isinstance(system.components[name], Pinned):
            what = f"the identity of {name}, which is also a component of the system"
            yield problem_at(root, place, what, "another name of the component")


def _check_pools(environment: Environment, root: Node) -> Iterator[Problem]:
    pools, longest = environment.cluster.node_pools, clouds.CLOUDS[environment.target].node_pool
    place: Place = ("cluster", "node_pools")
    for name in pools:
        if len(name) > longest and environment.target != "azure":  # Azure's rule has its own words
            yield problem_at(root, (*place, name), f'"{name}" of {len(name)} characters', f"at most {longest}")
    for inside, what, expected in clusters.refused_pools(environment.target, pools.values()):
        yield problem_at(root, (*place, *inside), what, expected)
