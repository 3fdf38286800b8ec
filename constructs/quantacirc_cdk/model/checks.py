"""Rules that span several values of the model. Each yields all the problems it finds, with their places."""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import replace

from quantacirc_cdk.errors import Problem, PropsError, nearest
from quantacirc_cdk.kinds.registry import defines, place_of_hook
from quantacirc_cdk.limits import aws, azure, gcp
from quantacirc_cdk.limits.cloud_names import PROJECT, PROJECT_ID
from quantacirc_cdk.limits.clouds import CLOUDS
from quantacirc_cdk.limits.clusters import refused_endpoint, refused_settings
from quantacirc_cdk.limits.quantity import gibibytes, parse_quantity
from quantacirc_cdk.model.bounds_checks import check_bounds
from quantacirc_cdk.model.claims_checks import check_claims
from quantacirc_cdk.model.cluster import Cluster
from quantacirc_cdk.model.component import Component, Contained, ContainedSettings
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.effect_checks import check_environment_effects
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.existing_checks import check_existing
from quantacirc_cdk.model.limits import check_limits
from quantacirc_cdk.model.needs_checks import check_component_needs, check_environment_needs
from quantacirc_cdk.model.node_pools import check_node_pools
from quantacirc_cdk.model.patches import patch_problems
from quantacirc_cdk.model.peer_checks import check_peers
from quantacirc_cdk.model.previews import check_previews
from quantacirc_cdk.model.problems import dotted, problem_at
from quantacirc_cdk.model.regions import REGIONS
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import System
from quantacirc_cdk.text.english import counted, with_article

Problems = Iterator[Problem]
_BUILD = "kubernetes.build"


def check_system(system: System, root: Node) -> Problems:
    """Yield the problems between sections of a system."""
    for name, image in system.images.items():
        if image.registry and not (image.tag or image.digest):
            yield problem_at(root, ("images", name), "an image that is not pinned", "a tag or a digest")
        for key in ("tag", "digest"):
            if not image.registry and getattr(image, key):
                what = f"a {key} of an image without `registry`, which is built with the system"
                expected = f"`registry`, or `release.images.{name}.{key}` of an environment"
                yield problem_at(root, ("images", name, key), what, expected)
    for key in ("toolbox", "certificate_tool", "stream_tool", "trace_collector"):
        tool = getattr(system, key)
        if tool and tool not in system.images:
            yield problem_at(root, (key,), f'no image "{tool}"', nearest(tool, system.images))
    for name, size in system.sizes.items():
        if parse_quantity(size.memory_limit) < parse_quantity(size.memory):
            place = ("sizes", name, "memory_limit")
            yield problem_at(root, place, f"{size.memory_limit} is less than the request", f"at least {size.memory}")
    for name, component in system.components.items():
        yield from _check_component(system, root, name, component)
    yield from patch_problems(system.patches, root)


def _check_component(system: System, root: Node, name: str, component: Component) -> Problems:
    place = ("components", name)
    if type(component).provider is Component.provider:
        yield from _check_build(component, root, (*place, "kind"))
    longest, why = component.name_limit()
    if len(name) > longest:
        what = f'"{name}" of {len(name)} characters'
        yield problem_at(root, place, what, f"at most {longest}, the name of {why}")
    if isinstance(component, Contained):
        image, size = component.image, component.size
        if image not in system.images:
            yield problem_at(root, (*place, "image"), f'no image "{image}"', nearest(image, system.images))
        if size and size not in system.sizes:
            yield problem_at(root, (*place, "size"), f'no size "{size}"', nearest(size, system.sizes))
    reachable = (system.components.keys() | system.externals.keys()) - {name}
    for index, target in enumerate(component.reaches):
        if target == name:
            if component.peers != "declared":
                always = "none: its pods may always connect to each other"
                expected = always if component.peers == "always" else "another component"
                yield problem_at(root, (*place, "reaches", index), "a component in its own `reaches`", expected)
        elif target not in reachable:
            what = f'reaches "{target}", which is not declared'
            yield problem_at(root, (*place, "reaches", index), what, nearest(target, reachable))
        elif target in system.components and not system.components[target].always_runs:
            what = f'reaches "{target}", {with_article(system.components[target].kind)}, which has no port'
            yield problem_at(root, (*place, "reaches", index), what, "a component that runs continuously")
    if name in system.externals:
        yield problem_at(root, place, f'"{name}" is also an external', "different names")
    for inside, what, expected in component.problems(system, name):
        yield problem_at(root, (*place, *inside), what, expected)
    yield from check_component_needs(system, root, name)


def _check_build(component: Component, root: Node, place: Place) -> Problems:
    """Yield a component that runs in the cluster, and whose kind creates nothing there."""
    if not defines(type(component), _BUILD):
        expected = place_of_hook(type(component), _BUILD)
        yield problem_at(root, place, f"{with_article(component.kind)}, which has no objects in a cluster", expected)


def check_environment(stated: System, environment: Environment, root: Node) -> Problems:
    """Yield the problems within an environment, and between it and ``stated``, the system as written in
    `system.yaml`.
    """
    site = Site(stated, environment)
    system = site.system
    yield from _check_sizes(system, environment, root)
    yield from _check_namespace(system, environment, root)
    reported: set[Place] = set()
    for name in system.components:
        for inside, what, expected in site.settings(name).problems(site, name):
            reported.add((name, *inside))
            yield problem_at(root, ("components", name, *inside), what, expected)
    for name, component in site.present.items():
        if type(component).provider is not Component.provider:
            yield from _check_build(component, root, ("components", name, "provider"))
    yield from check_bounds(system, environment, root)
    yield from check_environment_effects(system, environment, root)
    yield from check_environment_needs(stated, environment, root, reported)
    yield from check_claims(system, environment, root)
    yield from _check_replicas(environment, root)
    yield from _check_release(system, environment, root)
    if environment.target != "local" and environment.target not in environment.clouds:
        what = f'target "{environment.target}" without its settings'
        yield problem_at(root, ("target",), what, f"a section clouds.{environment.target}")
    elif environment.target != "local":
        yield from _check_cloud(environment, root)
    yield from _check_regions(environment, root)
    yield from check_limits(site, root)
    yield from patch_problems(environment.patches, root)
    if environment.wired and environment.wired.target != environment.target:
        what = f'recorded in {environment.wired.target}, but the target is "{environment.target}"'
        yield problem_at(root, ("wired", "target"), what, f"values from `qcdk wire {environment.name}`, or no `wired`")
    if environment.network:
        yield from _check_ranges(environment, root)
    yield from check_existing(environment, root)
    yield from check_peers(environment, root)
    yield from check_previews(site, root)


def _check_endpoint(cluster: Cluster, root: Node) -> Problems:
    """Yield an API endpoint that is open to the whole internet, and allowed addresses of a private endpoint."""
    if cluster.existing is not None:
        return
    for inside, what, expected in refused_endpoint(cluster.authorized_cidrs, private=cluster.private_endpoint):
        yield problem_at(root, ("cluster", *inside), what, expected)


def _check_operators(environment: Environment, root: Node) -> Problems:
    """Yield access to a private API that the cloud does not support, or that is open to everyone."""
    cluster, target = environment.cluster, environment.target
    place = ("cluster", "operator_cidrs")
    if cluster.existing is not None:
        return
    if cluster.operator_cidrs and target == "azure":
        what = "`operator_cidrs` on Azure, where networks that are peered or connected by a VPN reach the API"
        yield problem_at(root, place, what, "none")
    for index, cidr in enumerate(cluster.operator_cidrs):
        if cidr.endswith("/0"):
            yield problem_at(root, (*place, index), f"{cidr} is everyone", "the addresses of your VPN")


def _check_settings_of_cluster(environment: Environment, root: Node) -> Problems:
    """Yield settings of the cluster that its cloud does not have or refuses."""
    cluster = environment.cluster
    if cluster.existing is None:
        for inside, what, expected in refused_settings(environment.target, cluster):
            yield problem_at(root, ("cluster", *inside), what, expected)


def _check_namespace(system: System, environment: Environment, root: Node) -> Problems:
    """Yield a namespace that belongs to others, whose traffic the policies of the system would cut off."""
    cluster, namespace = environment.cluster, environment.namespace_for(system.name)
    others = {
        "default": "of everybody",
        cluster.entrance_namespace: "of the way in (`cluster.ingress_namespace`)",
        cluster.keda_namespace: "of KEDA (`cluster.keda_namespace`)",
        cluster.tracing_namespace: "of tracing (`cluster.tracing_namespace`)",
        cluster.monitoring_namespace: "of monitoring (`cluster.monitoring_namespace`)",
    }
    owner = "of Kubernetes" if namespace.startswith("kube-") else others.get(namespace)
    if owner:
        what = f'the namespace "{namespace}" {owner}, where the system would deny all other traffic'
        yield problem_at(root, ("namespace",), what, "a namespace for the system alone")


def _check_sizes(system: System, environment: Environment, root: Node) -> Problems:
    sizes = {("size",): environment.size} | {
        ("components", name, "size"): settings.size
        for name, settings in environment.components.items()
        if isinstance(settings, ContainedSettings)
    }
    for place, size in sizes.items():
        if size and size not in system.sizes:
            yield problem_at(root, place, f'no size "{size}"', nearest(size, system.sizes))


def _check_replicas(environment: Environment, root: Node) -> Problems:
    sections = {("replicas",): environment.replicas} | {
        ("components", name, "replicas"): getattr(settings, "replicas", None)
        for name, settings in environment.components.items()
    }
    for place, replicas in sections.items():
        if replicas is None:
            continue
        if replicas.min > replicas.max:
            yield problem_at(
                root, (*place, "min"), f"min {replicas.min} is above max {replicas.max}", "min at most max"
            )
        default = place == ("replicas",)
        least = 2 if replicas.max > 1 or default else replicas.max  # One may be all there can be.
        idle = replicas.min == 0 and not default  # KEDA starts it when there is something to do.
        if environment.high_availability and replicas.min < least and not idle:
            what = f"a minimum of {counted(replicas.min, 'replica')} with high availability"
            at = place if root.depth(place) == len(place) else ("high_availability",)
            yield replace(problem_at(root, at, what, "at least 2"), key=dotted((*place, "min")))


def _check_release(system: System, environment: Environment, root: Node) -> Problems:
    released = system.released_images
    for name in environment.release.images:
        if name not in released:
            place = ("release", "images", name)
            yield problem_at(root, place, f'no image "{name}" is built with the system', nearest(name, released))
    if environment.release.require_digests:
        for name in released:
            image = environment.release.images.get(name)
            if image is None or image.digest is None:
                place = ("release", "images", name)
                yield problem_at(root, place, "an image without a digest", "a digest, because `require_digests` is set")


_ACCOUNTS = {
    "aws": (re.compile(r"[0-9]{12}"), "an AWS account id of 12 digits, in quotes"),
    "gcp": (re.compile(PROJECT_ID), PROJECT),
    "azure": (
        re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        "an Azure subscription id: a UUID with lower-case letters",
    ),
}


def _check_regions(environment: Environment, root: Node) -> Problems:
    for name, cloud in environment.clouds.items():
        place, regions = ("clouds", name), REGIONS[name]
        pattern, what_account = _ACCOUNTS[name]
        if not pattern.fullmatch(cloud.account):
            yield problem_at(root, (*place, "account"), f'found "{cloud.account}"', what_account)
        named: dict[Place, str | None] = {
            ("region",): cloud.region,
            ("recovery_region",): cloud.recovery_region,
            ("state", "region"): cloud.state.region,
        }
        for key, region in named.items():
            if region is not None and region not in regions:
                yield problem_at(root, (*place, *key), f'no region "{region}" in {name}', nearest(region, regions))
            elif name == "aws" and (apart := aws.refused_partition(cloud.region, region)):
                yield problem_at(root, (*place, *key), *apart)
        if cloud.recovery_region == cloud.region:
            what = "the recovery region is the primary region"
            yield problem_at(root, (*place, "recovery_region"), what, "another region")


def _check_cloud(environment: Environment, root: Node) -> Problems:
    cloud = environment.cloud
    if cloud is None:
        return
    if environment.network is None:
        yield problem_at(root, ("network",), "missing key", "a network for a cloud environment")
    elif (zones := REGIONS[environment.target].get(cloud.region)) is not None:
        network = environment.network
        # An existing network can be in zones that a new account cannot use; on Azure there are never more than three.
        known = network.existing is None or environment.target == "azure"
        if known and network.zones > zones:
            what = f"{network.zones} zones in {cloud.region}"
            yield problem_at(root, ("network", "zones"), what, f"at most {zones}: the region has no more")
        if network.existing is None and environment.high_availability and network.zones < 2:
            yield problem_at(root, ("network", "zones"), "high availability in one zone", "at least 2 zones")
    existing = environment.cluster.existing is not None
    yield from _check_endpoint(environment.cluster, root)
    yield from _check_operators(environment, root)
    yield from _check_settings_of_cluster(environment, root)
    yield from check_node_pools(environment, root)
    if not environment.cluster.node_pools and environment.cluster.mode == "standard" and not existing:
        yield problem_at(root, ("cluster", "node_pools"), "no node pool", "at least one for a cloud environment")
    sizes = {"aws": aws.node_type, "gcp": gcp.node_type, "azure": azure.node_type}
    for name, pool in environment.cluster.node_pools.items():
        try:
            _ = pool.machine_type or sizes[environment.target](
                pool.cpu, gibibytes(pool.memory), pool.architecture or "amd64"
            )
        except PropsError as error:
            place = ("cluster", "node_pools", name, "cpu")
            what, _, expected = error.problems[0].what.partition("; ")
            yield problem_at(root, place, what, f"less, or `machine_type`: {expected}")
        if pool.min_nodes > pool.max_nodes:
            place = ("cluster", "node_pools", name, "min_nodes")
            yield problem_at(
                root,
                place,
                f"min_nodes {pool.min_nodes} is above max_nodes {pool.max_nodes}",
                "at most max_nodes",
            )


def _check_ranges(environment: Environment, root: Node) -> Problems:
    network = environment.network
    if network is None:
        return
    if network.existing is not None:
        return  # The owner of an existing network chooses its ranges.
    made = environment.target != "local"
    pods = ("pod_cidr",) if made and CLOUDS[environment.target].pod_range else ()
    secondary = ("secondary_cidr",) if network.secondary_cidr is not None and environment.target == "aws" else ()
    ranges = {key: ipaddress.IPv4Network(getattr(network, key)) for key in ("cidr", *pods, *secondary, "service_cidr")}
    if made and not 16 <= ranges["cidr"].prefixlen <= 22:
        yield problem_at(
            root, ("network", "cidr"), f"a /{ranges['cidr'].prefixlen}", "a /16 to /22, to fit the subnets"
        )
    for key in (*pods, "service_cidr"):
        if made and ranges[key].prefixlen > 22:
            yield problem_at(root, ("network", key), f"a /{ranges[key].prefixlen}", "a /22 or larger")
    keys = list(ranges)
    for index, key in enumerate(keys):
        for other in keys[:index]:
            if ranges[key].overlaps(ranges[other]):
                what = f"{ranges[key]} overlaps network.{other} {ranges[other]}"
                yield problem_at(root, ("network", key), what, "ranges that do not overlap")
