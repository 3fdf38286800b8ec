"""Flux instead of Argo CD: the cluster of each environment reads its own folder.

https://fluxcd.io/flux/components/kustomize/kustomizations/
"""

from quantacirc_cdk.gitops.names import FLUX_NAMESPACE, MANIFESTS, Data, Delivery, metadata
from quantacirc_cdk.model import Environment


def flux_objects(delivery: Delivery, environment: Environment) -> list[Data]:
    """Return the GitRepository and the Kustomization of an environment.

    With approval, or if the pipeline applies the release, the Kustomization is suspended. Sync it manually with ``flux
    resume`` and ``flux suspend``.
    """
    name = delivery.system.name
    return [
        {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "GitRepository",
            "metadata": metadata(delivery, name, FLUX_NAMESPACE),
            "spec": {
                "interval": "1m",
                "timeout": "1m",
                "url": delivery.source.repository,
                "ref": {"branch": delivery.source.branch},
                "ignore": _all_but(f"{MANIFESTS}/{environment.name}"),
            },
        },
        {
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": metadata(delivery, delivery.name_of(environment.name), FLUX_NAMESPACE),
            "spec": {
                "interval": "10m",
                "retryInterval": "1m",
                "timeout": "15m",
                "path": f"./{MANIFESTS}/{environment.name}",
                "prune": True,
                "wait": True,
                "suspend": environment.delivery != "argocd" or environment.approval,
                "sourceRef": {"kind": "GitRepository", "name": name},
            },
        },
    ]


def _all_but(path: str) -> str:
    """Return the patterns that exclude everything except a folder. Each parent must be included, because a folder below
    an excluded one cannot be included.
    """
    lines: list[str] = []
    parent = ""
    for part in path.split("/"):
        lines += [f"{parent}/*", f"!{parent}/{part}"]
        parent += f"/{part}"
    return "".join(f"{line}\n" for line in lines)
