"""The bucket of a managed object store."""

from quantacirc_cdk.contract.managed import Managed
from quantacirc_cdk.contract.names import STORAGE_ACCOUNT_LENGTH, backup_prefix, environment_name, unique_name
from quantacirc_cdk.contract.outputs import Output
from quantacirc_cdk.kinds.object_store.spec import backed_up
from quantacirc_cdk.model.site import Site


def managed(site: Site, name: str) -> Managed:
    """Return the contract between cluster and cloud for the bucket.

    Clients get the same files as for a store in the cluster, without keys: they authenticate with their identity.
    """
    environment = site.environment
    cloud, target = environment.cloud, environment.target
    if cloud is None:
        raise ValueError(f'"{name}" is managed in an environment without a cloud')
    given = f"{environment_name(site.system, environment)}-{name}-{cloud.account}"
    bucket = given
    if target == "azure":
        bucket = unique_name(given, cloud.account, STORAGE_ACCOUNT_LENGTH, dashes=False)
    endpoints = {
        "aws": f"https://s3.{cloud.region}.amazonaws.com{'.cn' if cloud.region.startswith('cn-') else ''}",
        "gcp": "https://storage.googleapis.com",
        "azure": f"https://{bucket}.blob.core.windows.net",
    }
    files = {
        "bucket": bucket,
        "container": name if target == "azure" else "",
        "endpoint": endpoints[target],
        "provider": target,
        "region": cloud.region,
    }
    output = f"{name.replace('-', '_')}_bucket"
    return Managed(
        component=name,
        name=given,
        files={key: value for key, value in files.items() if value},
        by_identity=True,
        prefixes=backup_prefixes(site, name),
        outputs={output: Output(description=f"Bucket of {name}.")},
        keys={name: "objects"},
    )


def backup_prefixes(site: Site, name: str) -> dict[str, str]:
    """Return the prefix of each backup job in an object store, by the name of the job."""
    return {job: backup_prefix(store) for job, store in backed_up(site, name).items()}
