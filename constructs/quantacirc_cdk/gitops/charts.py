"""Third-party charts beside a system, for Argo CD and Flux; they fetch the charts by digest, not by tag.

https://argo-cd.readthedocs.io/en/stable/user-guide/oci/, https://fluxcd.io/flux/components/helm/helmreleases/
"""

from collections.abc import Sequence

from quantacirc_cdk.gitops.names import ARGOCD_NAMESPACE, FLUX_NAMESPACE, Data, Delivery, metadata
from quantacirc_cdk.model import Environment
from quantacirc_cdk.model.chart_release import ChartRelease

WAVE = "argocd.argoproj.io/sync-wave"
VERSION = "quantacirc-cdk/chart-version"
"""Annotation with the version of a digest, for information."""
CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"


def argocd_charts(delivery: Delivery, environment: Environment, charts: Sequence[ChartRelease]) -> list[Data]:
    """Return a project and an application for each chart of an environment.

    Argo CD waits until the charts of a lower wave are healthy, and creates the applications of the system in wave 0. A
    project allows one chart in one namespace, and cluster-scoped objects only if the chart gives a reason.
    """
    found: list[Data] = []
    for chart in charts:
        name = f"{delivery.name_of(environment.name)}-{chart.name}"
        destination = {"name": environment.cluster.context, "namespace": chart.namespace}
        everything = [{"group": "*", "kind": "*"}]
        project = {
            "description": chart.cluster_wide or f"The chart {chart.name} of {environment.name}.",
            "sourceRepos": [chart.chart],
            "destinations": [destination, *([{**destination, "namespace": "*"}] if chart.cluster_wide else [])],
            "clusterResourceWhitelist": everything if chart.cluster_wide else [{"group": "", "kind": "Namespace"}],
            "namespaceResourceWhitelist": everything,
        }
        automated = environment.delivery == "argocd" and not environment.approval
        application = {
            "project": name,
            "source": {
                "repoURL": chart.chart,
                "targetRevision": chart.digest,
                "path": ".",
                "helm": {"releaseName": chart.name, "valuesObject": dict(chart.values)},
            },
            "destination": destination,
            "revisionHistoryLimit": 10,
            "syncPolicy": {
                "syncOptions": ["CreateNamespace=true", "ServerSideApply=true"],
                **({"automated": {"prune": True, "selfHeal": True}} if automated else {}),
            },
        }
        notes = {WAVE: str(chart.wave), VERSION: chart.version}
        for kind, spec in (("AppProject", project), ("Application", application)):
            wave = {WAVE: str(min(chart.wave, -100))} if kind == "AppProject" else notes
            about = metadata(delivery, name, ARGOCD_NAMESPACE, annotations=wave)
            found.append({"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": about, "spec": spec})
    return found


def flux_charts(
    delivery: Delivery, environment: Environment, charts: Sequence[ChartRelease], *, first: bool
) -> list[Data]:
    """Return the source and the release of each chart that precedes the system, with ``first``; of the others without.

    A release waits for those of lower waves. The Kustomization of those that come first is suspended in their place
    (``flux.flux_objects``), where one syncs manually.
    """
    found: list[Data] = []
    suspended = not first and (environment.delivery != "argocd" or environment.approval)
    for chart in charts:
        if (chart.wave < 0) != first:
            continue
        name = f"{delivery.system.name}-{chart.name}"
        before = [f"{delivery.system.name}-{other.name}" for other in charts if other.wave < chart.wave]
        source = {
            "interval": "1h",
            "url": chart.chart,
            "ref": {"digest": chart.digest},
            "layerSelector": {"mediaType": CHART_LAYER, "operation": "copy"},
        }
        release = {
            "interval": "10m",
            "timeout": "15m",
            "releaseName": chart.name,
            "targetNamespace": chart.namespace,
            "chartRef": {"kind": "OCIRepository", "name": name},
            "install": {"createNamespace": True, "crds": "CreateReplace", "remediation": {"retries": 3}},
            "upgrade": {"crds": "CreateReplace", "remediation": {"retries": 3}},
            **({"dependsOn": [{"name": other} for other in before]} if before else {}),
            **({"suspend": True} if suspended else {}),
            "values": dict(chart.values),
        }
        notes = {VERSION: chart.version}
        for api, kind, spec in (
            ("source.toolkit.fluxcd.io/v1", "OCIRepository", source),
            ("helm.toolkit.fluxcd.io/v2", "HelmRelease", release),
        ):
            about = metadata(delivery, name, FLUX_NAMESPACE, annotations=notes)
            found.append({"apiVersion": api, "kind": kind, "metadata": about, "spec": spec})
    return found
