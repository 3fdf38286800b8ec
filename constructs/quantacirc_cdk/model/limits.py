"""What the clouds take: lengths of names, days, zones. Each is as the constructs of that cloud demand it."""

from collections.abc import Iterator, Mapping

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.problems import problem_at
from quantacirc_cdk.model.regions import PAIRS
from quantacirc_cdk.model.system import System

_BUCKET = 63
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html,
https://cloud.google.com/storage/docs/buckets#naming."""
_ACCESS_LOGS, _RECOVERY_LOGS = len("-access-logs"), len("-recovery-logs")
"""What is put behind the name of a bucket for its logs."""
_AZURE_FLOW_LOG_DAYS = 365
_AZURE_BACKUP_DAYS = 7
"""https://learn.microsoft.com/azure/reliability/reliability-database-postgresql."""
_AZURE_POOL = 12
_STATE_BUCKETS: Mapping[str, tuple[int, int, str]] = {
    "aws": (3, _BUCKET - _ACCESS_LOGS, "-"),
    "gcp": (3, _BUCKET - _ACCESS_LOGS, "-"),
    "azure": (3, 24, ""),
}
"""Fewest and most characters of a bucket (storage account) for states, and what it takes besides letters and digits."""


def check_limits(system: System, environment: Environment, root: Node) -> Iterator[Problem]:
    """Yield what an environment's cloud would refuse, but Terraform would find out only halfway through an apply."""
    for name, cloud in environment.clouds.items():
        low, high, other = _STATE_BUCKETS[name]
        bucket = cloud.state.bucket
        allowed = all(character.isascii() and (character.isalnum() or character in other) for character in bucket)
        if not (allowed and bucket == bucket.lower() and low <= len(bucket) <= high):
            what = f'"{bucket}" of {len(bucket)} characters'
            expected = f"{low} to {high} lower-case letters{', digits and dashes' if other else ' and digits'}"
            yield problem_at(root, ("clouds", name, "state", "bucket"), what, expected)
        if cloud.security_group and name != "gcp":
            what, place = "only Google Cloud asks for it", ("clouds", name, "security_group")
            yield problem_at(root, place, what, "none: groups of `teams` are known by themselves")
    cluster = environment.cluster
    if cluster.mode == "autopilot" and environment.target != "gcp":
        yield problem_at(root, ("cluster", "mode"), '"autopilot" is only offered by Google Cloud', '"standard"')
    if environment.target not in environment.clouds:
        return  # said elsewhere
    if cluster.mode == "autopilot" and cluster.node_pools:
        what = "node pools in an Autopilot cluster, which chooses its own nodes"
        expected = "none; `node_pools: null` takes away those of the environment it extends"
        yield problem_at(root, ("cluster", "node_pools"), what, expected)
    match environment.target:
        case "aws":
            yield from _check_aws(system, environment, root)
        case "gcp":
            yield from _check_gcp(system, environment, root)
        case "azure":
            yield from _check_azure(system, environment, root)


def _too_long(root: Node, what: str, name: str, longest: int) -> Iterator[Problem]:
    if len(name) > longest:
        said = f'the {what} would be called "{name}", {len(name)} characters'
        yield problem_at(root, ("target",), said, f"at most {longest}; shorten the name of the system or environment")


def _names(system: System, environment: Environment) -> tuple[str, str, str]:
    """Return what everything is called, and its bucket and database."""
    base = f"{system.name}-{environment.name}"
    account = environment.cloud.account if environment.cloud else ""
    return base, f"{base}-artifacts-{account}", f"{base}-ledger"


def _has(system: System, environment: Environment) -> tuple[bool, bool]:
    """Return whether there is a managed bucket, and a managed database."""
    return (
        system.only("object-store") is not None and environment.artifacts.provider == "managed",
        system.only("database") is not None and environment.ledger.provider == "managed",
    )


def _check_aws(system: System, environment: Environment, root: Node) -> Iterator[Problem]:
    base, bucket, database = _names(system, environment)
    has_bucket, has_database = _has(system, environment)
    # Roles have 64 characters, and that of the flow logs or of an add-on is called after the environment.
    yield from _too_long(root, "cluster", base, 64 - len("-flow-logs"))
    if environment.network and environment.network.zones < 2:
        what, expected = "one zone", "at least 2, which EKS needs, and RDS even for one instance"
        yield problem_at(root, ("network", "zones"), what, expected)
    store = system.only("object-store")
    for name, component in system.components.items():
        if has_bucket and store in component.reaches:
            yield from _too_long(root, f"role of {name}", f"{base}-{name}", 64)
    if has_bucket:
        suffix = _RECOVERY_LOGS if environment.artifacts.replicate else _ACCESS_LOGS
        yield from _too_long(root, "bucket of artifacts", bucket, _BUCKET - suffix)
    if has_database:
        # 63 with what is put behind it for its monitoring, its logs and its last snapshot.
        yield from _too_long(root, "database", database, 53)
        if "--" in database:
            what = f'the database would be called "{database}"'
            yield problem_at(root, ("target",), what, "no two dashes side by side, which RDS refuses")


def _check_gcp(system: System, environment: Environment, root: Node) -> Iterator[Problem]:
    base, bucket, database = _names(system, environment)
    has_bucket, has_database = _has(system, environment)
    account = environment.cloud.account if environment.cloud else ""
    yield from _too_long(root, "cluster", base, 40)
    for name, pool in environment.cluster.node_pools.items():
        if pool.gpus and not pool.gpu_type:
            place: Place = ("cluster", "node_pools", name, "gpu_type")
            yield problem_at(
                root, place, "GPUs without their type", "Google Cloud's name of the GPU, such as nvidia-l4"
            )
    if environment.teams and environment.cloud and not environment.cloud.security_group:
        what = "teams, whose groups GKE does not know"
        yield problem_at(root, ("teams",), what, "clouds.gcp.security_group: gke-security-groups@your domain")
    if has_bucket:
        yield from _too_long(root, "bucket of artifacts", bucket, _BUCKET - _ACCESS_LOGS)
        if bucket.startswith("goog") or "google" in bucket:
            what = f'the bucket of artifacts would be called "{bucket}"'
            yield problem_at(root, ("target",), what, 'a name without "google", and without "goog" in front')
    if has_database:
        # With the project and a colon 98 (https://cloud.google.com/sql/docs/postgres/create-instance).
        yield from _too_long(root, "database", database, min(63, 97 - len(account)) - len("-recovery"))


def _check_azure(system: System, environment: Environment, root: Node) -> Iterator[Problem]:
    if environment.clouds["azure"].state.resource_group is None:
        place: Place = ("clouds", "azure", "state", "resource_group")
        yield problem_at(root, place, "missing key", "the resource group of the storage account")
    base, _, _ = _names(system, environment)
    cloud, network, ledger = environment.cloud, environment.network, environment.ledger
    _, has_database = _has(system, environment)
    yield from _too_long(root, "network", base, 50)
    if network and network.flow_log_retention_days > _AZURE_FLOW_LOG_DAYS:
        place, days = ("network", "flow_log_retention_days"), network.flow_log_retention_days
        yield problem_at(root, place, f"{days} days", f"at most {_AZURE_FLOW_LOG_DAYS} on Azure")
    if has_database and ledger.backup_retention_days < _AZURE_BACKUP_DAYS:
        place, days = ("ledger", "backup_retention_days"), ledger.backup_retention_days
        yield problem_at(root, place, f"{days} days", f"at least {_AZURE_BACKUP_DAYS} on Azure")
    pair = PAIRS.get(cloud.region) if cloud else None
    if cloud and cloud.recovery_region not in (None, pair, cloud.region):
        what = f"{cloud.recovery_region}, but Azure copies backups and secrets to the paired region"
        expected = f"its pair, {pair}" if pair else f"none: {cloud.region} has no pair"
        yield problem_at(root, ("clouds", "azure", "recovery_region"), what, expected)
    yield from _check_azure_pools(environment, root)


def _check_azure_pools(environment: Environment, root: Node) -> Iterator[Problem]:
    """Yield what AKS does not take (https://learn.microsoft.com/azure/aks/create-node-pools#limitations)."""
    for index, (name, pool) in enumerate(environment.cluster.node_pools.items()):
        place: Place = ("cluster", "node_pools", name)
        if len(name) > _AZURE_POOL or not name.isalnum():
            yield problem_at(root, place, f'"{name}"', f"at most {_AZURE_POOL} lower-case letters and digits on Azure")
        if index == 0 and pool.spot:
            yield problem_at(root, (*place, "spot"), "spot nodes in the first pool", "none: it runs the system's pods")
        if index == 0 and pool.taints:
            yield problem_at(root, (*place, "taints"), "taints of the first pool", "none: it runs the system's pods")
        if index == 0 and pool.min_nodes < 1:
            yield problem_at(root, (*place, "min_nodes"), "0 nodes in the first pool", "1: it runs the system's pods")
