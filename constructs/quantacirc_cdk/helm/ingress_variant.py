"""The Ingress in place of HTTPRoutes, for users of the chart whose cluster has no Gateway API.

A chart contains what the environments use. If all of them use the Gateway API, one of them counts twice: a second time
with an Ingress. This variant has no values file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from quantacirc_cdk.helm.objects import Key, Manifests
from quantacirc_cdk.manifests import Data, is_added
from quantacirc_cdk.model import Project

GATEWAY = "gateway.networking.k8s.io"
OF_ROUTES = (GATEWAY, "gateway.envoyproxy.io")
"""API groups of the objects that an Ingress replaces."""
CERTIFICATE = "-ingress-tls"
"""End of the name of a certificate of a route, and of its Secret."""


def with_ingress(project: Project, manifests: Manifests) -> tuple[Project, Manifests]:
    """Return both with a variant of an environment that has an Ingress, if none has one and an HTTPRoute exists.

    Chooses an environment with TLS if there is one.
    """
    known = {
        name: {key.kind for key, item in objects.items() if not is_added(item)} for name, objects in manifests.items()
    }
    routed = [name for name, kinds in known.items() if "HTTPRoute" in kinds]
    if not routed or any("Ingress" in kinds for kinds in known.values()):
        return project, manifests
    source = next((name for name in routed if any(_is_certificate(key) for key in manifests[name])), routed[0])
    environment, variant = project.environments[source], f"{source} with an Ingress"
    cluster = environment.cluster
    changes = {"ingress_class": "any", "ingress_namespace": cluster.entrance_namespace}
    changed = environment.model_copy(update={"cluster": cluster.model_copy(update=changes)})
    more = replace(
        project,
        environments={**project.environments, variant: changed},
        sources={**project.sources, variant: project.sources[source]},
    )
    return more, {**manifests, variant: dict(_replaced(manifests[source]))}


def _replaced(objects: Mapping[Key, Data]) -> Iterator[tuple[Key, Data]]:
    for key, item in objects.items():
        if is_added(item) or (key.group not in OF_ROUTES and not _is_certificate(key)):
            yield key, item
        elif key.kind == "HTTPRoute" and _targets(item):
            certificate = key._replace(kind="Certificate", name=key.name + CERTIFICATE, group="cert-manager.io")
            yield key._replace(kind="Ingress", group="networking.k8s.io"), _ingress(item, tls=certificate in objects)


def _ingress(route: Data, *, tls: bool) -> Data:
    """Return the Ingress of the cluster's default class that routes like an HTTPRoute."""
    metadata, spec = route["metadata"], route["spec"]
    paths = [
        {
            "backend": {"service": {"name": target["name"], "port": {"number": target["port"]}}},
            "path": match["path"]["value"],
            "pathType": "Exact" if match["path"]["type"] == "Exact" else "Prefix",
        }
        for rule in spec["rules"]
        for target in rule["backendRefs"]
        for match in rule["matches"]
    ]
    secured = {"tls": [{"hosts": spec["hostnames"], "secretName": metadata["name"] + CERTIFICATE}]}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {key: metadata[key] for key in ("labels", "name", "namespace")},
        "spec": {
            "rules": [{"host": host, "http": {"paths": paths}} for host in spec["hostnames"]],
            **(secured if tls else {}),
        },
    }


def _targets(route: Data) -> bool:
    """Return whether a route leads to Services, unlike a redirect."""
    return any(rule.get("backendRefs") for rule in route["spec"]["rules"])


def _is_certificate(key: Key) -> bool:
    return key.kind == "Certificate" and key.name.endswith(CERTIFICATE)
