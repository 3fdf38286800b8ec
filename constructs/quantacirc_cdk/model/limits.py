"""Cloud limits on names, days and zones, as the Terraform constructs of each cloud apply them."""

from collections.abc import Iterator

from quantacirc_cdk.errors import Problem, nearest
from quantacirc_cdk.limits import cloud_names, kubernetes_releases
from quantacirc_cdk.limits.aws import ECR_REPOSITORY, is_ecr_repository
from quantacirc_cdk.limits.azure import system_pools
from quantacirc_cdk.limits.clusters import refused_system_pool
from quantacirc_cdk.limits.formats import DOMAIN, is_domain
from quantacirc_cdk.limits.gcp import refused_arm
from quantacirc_cdk.limits.state_buckets import refused_state_bucket
from quantacirc_cdk.model.cloud_limits import check_cloud_limits
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.problems import problem_at
from quantacirc_cdk.model.regions import PAIRS
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.team_roles import check_team_roles

_AZURE_FLOW_LOG_DAYS = 365
_AZURE_POOL = 12


def check_limits(site: Site, root: Node) -> Iterator[Problem]:
    """Yield values that the cloud would refuse only during an apply."""
    environment = site.environment
    for name, cloud in environment.clouds.items():
        if expected := refused_state_bucket(name, cloud.state.bucket):
            what = f'"{cloud.state.bucket}" of {len(cloud.state.bucket)} characters'
            yield problem_at(root, ("clouds", name, "state", "bucket"), what, expected)
        if cloud.security_group and name != "gcp":
            what, place = "a setting of Google Cloud only", ("clouds", name, "security_group")
            yield problem_at(root, place, what, "none: `teams` works without it")
        for key in sorted(cloud.state.model_fields_set & {"resource_group", "container"}) if name != "azure" else ():
            what = f"`{key}` of a bucket, which only a storage account on Azure has"
            yield problem_at(root, ("clouds", name, "state", key), what, "none")
    yield from check_team_roles(environment, root)
    cluster = environment.cluster
    if cluster.mode == "autopilot" and environment.target != "gcp":
        yield problem_at(root, ("cluster", "mode"), '"autopilot" is available only on Google Cloud', '"standard"')
    if cluster.node_image and (environment.target != "aws" or cluster.existing is not None):
        what = "a Bottlerocket release for nodes with another operating system or existing nodes"
        yield problem_at(root, ("cluster", "node_image"), what, "none: only new clusters on AWS support it")
    if cluster.system_pool and (environment.target != "azure" or cluster.existing is not None):
        what = "a system pool, where no node pool is created with the cluster"
        yield problem_at(root, ("cluster", "system_pool"), what, "none: only new clusters on Azure have it")
    if environment.target not in environment.clouds:
        return  # Another check reports this.
    if not is_domain(environment.domain):
        what = f'"{environment.domain}", which needs a public DNS zone on {environment.target}'
        yield problem_at(root, ("domain",), what, DOMAIN)
    if cluster.existing is None and (
        old := kubernetes_releases.refusal(environment.target, cluster.kubernetes_version)
    ):
        yield problem_at(root, ("cluster", "kubernetes_version"), *old)
    if cluster.mode == "autopilot" and environment.target == "gcp" and cluster.node_pools:
        what = "node pools in an Autopilot cluster, where Google Cloud manages the nodes"
        expected = "none; `node_pools: null` removes inherited ones"
        yield problem_at(root, ("cluster", "node_pools"), what, expected)
    yield from check_cloud_limits(site.system, environment, root)
    match environment.target:
        case "aws":
            yield from _check_aws(site, root)
        case "gcp":
            yield from _check_gcp(site, root)
        case "azure":
            yield from _check_azure(site, root)


def _too_long(root: Node, what: str, name: str, longest: int) -> Iterator[Problem]:
    for wrong in cloud_names.too_long(what, name, longest, of="the system or environment"):
        yield problem_at(root, ("target",), *wrong)


def _check_aws(site: Site, root: Node) -> Iterator[Problem]:
    # Role names have at most 64 characters. The names of the flow log and add-on roles contain the environment's name.
    yield from _too_long(root, "cluster", _base(site), 64 - len("-flow-logs"))
    network = site.environment.network
    if network and network.zones < 2:
        what, expected = "one zone", "at least 2: EKS requires them, and RDS even for one instance"
        yield problem_at(root, ("network", "zones"), what, expected)
    if site.environment.existing_registry is None:
        for name in site.system.released_images:
            if not is_ecr_repository(repository := site.system.images[name].repository):
                what = f'the repository "{repository}" of the image {name}'
                yield problem_at(root, ("registry",), what, ECR_REPOSITORY)


def _check_gcp(site: Site, root: Node) -> Iterator[Problem]:
    environment = site.environment
    yield from _too_long(root, "cluster", _base(site), 40)
    cloud, created = environment.cloud, environment.cluster.existing is None
    for name, pool in environment.cluster.node_pools.items():
        place: Place = ("cluster", "node_pools", name, "architecture")
        if cloud and created and (wrong := refused_arm(cloud.region, pool.machine_type, pool.architecture)):
            yield problem_at(root, place, *wrong)
        if pool.gpus and not pool.gpu_type:
            place = ("cluster", "node_pools", name, "gpu_type")
            yield problem_at(
                root, place, "GPUs without their type", "Google Cloud's name of the GPU, such as nvidia-l4"
            )
    if environment.teams and cloud and not cloud.security_group:
        what = "`teams` without a security group"
        yield problem_at(root, ("teams",), what, "clouds.gcp.security_group: gke-security-groups@your domain")


def _check_azure(site: Site, root: Node) -> Iterator[Problem]:
    environment = site.environment
    if environment.clouds["azure"].state.resource_group is None:
        place: Place = ("clouds", "azure", "state", "resource_group")
        yield problem_at(root, place, "missing key", "the resource group of the storage account")
    cloud, network = environment.cloud, environment.network
    yield from _too_long(root, "network", _base(site), 50)
    if network and network.flow_log_retention_days > _AZURE_FLOW_LOG_DAYS:
        place, days = ("network", "flow_log_retention_days"), network.flow_log_retention_days
        yield problem_at(root, place, f"{days} days", f"at most {_AZURE_FLOW_LOG_DAYS} on Azure")
    pair = PAIRS.get(cloud.region) if cloud else None
    if cloud and cloud.recovery_region not in (None, pair, cloud.region):
        what = f"{cloud.recovery_region}, but Azure copies backups and secrets to the paired region"
        expected = f"its pair, {pair}" if pair else f"none: {cloud.region} has no pair"
        yield problem_at(root, ("clouds", "azure", "recovery_region"), what, expected)
    yield from _check_azure_pools(environment, root)


def _base(site: Site) -> str:
    """Return the common prefix of an environment's cloud resources."""
    return f"{site.system.name}-{site.environment.name}"


def _check_azure_pools(environment: Environment, root: Node) -> Iterator[Problem]:
    """Yield node pools that AKS refuses (https://learn.microsoft.com/azure/aks/create-node-pools#limitations)."""
    cluster = environment.cluster
    for name in cluster.node_pools:
        if len(name) > _AZURE_POOL or not name.isalnum():
            expected = f"at most {_AZURE_POOL} lower-case letters and digits on Azure"
            yield problem_at(root, ("cluster", "node_pools", name), f'"{name}"', expected)
    if cluster.existing is not None or not cluster.node_pools:
        return
    pools = system_pools(cluster.node_pools)
    stated: Place = ("cluster", "system_pool")
    if cluster.system_pool is not None and cluster.system_pool not in cluster.node_pools:
        yield problem_at(root, stated, f'no pool "{cluster.system_pool}"', nearest(cluster.system_pool, pools))
    elif cluster.system_pool is None and len(pools) > 1:
        what = f"several pools that could run the system's pods: {', '.join(pools)}"
        yield problem_at(root, stated, what, "the one that was first until now: another one replaces the cluster")
    elif cluster.system_pool is not None or not pools:
        name = cluster.system_pool or next(iter(cluster.node_pools))
        for inside, what, expected in refused_system_pool(cluster.node_pools[name]):
            yield problem_at(root, ("cluster", "node_pools", name, *inside), what, expected)
