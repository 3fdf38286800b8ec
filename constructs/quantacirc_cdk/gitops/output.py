"""Write the objects of Argo CD and Flux."""

from collections.abc import Sequence
from pathlib import Path

from quantacirc_cdk.gitops.applications import VARIANTS, application_set, root_application
from quantacirc_cdk.gitops.charts import argocd_charts, flux_charts
from quantacirc_cdk.gitops.flux import flux_objects
from quantacirc_cdk.gitops.names import FLUX_CHARTS, Data, Delivery
from quantacirc_cdk.gitops.previews import guard_chart, preview_objects
from quantacirc_cdk.gitops.project import environment_project, root_project
from quantacirc_cdk.gitops.settings import health_checks, notifications
from quantacirc_cdk.manifests import read_objects
from quantacirc_cdk.model import Project
from quantacirc_cdk.model.chart_release import chart_releases
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.text import yaml

HEADING = "# Written by `qcdk synth`. Do not edit.\n"


def write_gitops(project: Project, manifests: Path, outdir: Path) -> None:
    """Write the objects of every environment without manual delivery, in ``argocd/``, ``flux/``, ``flux-charts/`` and
    ``previews/`` below ``outdir``.

    ``manifests`` contains a folder for each environment: Argo CD may apply only these objects. Writes nothing for a
    system without a repository, because neither tool could fetch anything.
    """
    if project.system.source is None:
        return
    environments = [one for one in project.environments.values() if one.delivery != "manual"]
    delivery = Delivery(system=project.system, source=project.system.source, environments=tuple(environments))
    files: dict[str, Sequence[Data]] = {
        "argocd/settings/argocd-cm.yaml": [health_checks(delivery)],
        "argocd/settings/argocd-notifications-cm.yaml": [notifications(delivery)],
    }
    texts: dict[str, str] = {}
    for variant in VARIANTS:
        files[f"argocd/applications/{variant}.yaml"] = [application_set(delivery, variant)]
        files[f"argocd/bootstrap/{variant}.yaml"] = [root_project(delivery), root_application(delivery, variant)]
    for environment in environments:
        manifest = read_objects(manifests / environment.name)
        files[f"argocd/projects/{environment.name}.yaml"] = [environment_project(delivery, environment, manifest)]
        charts = chart_releases(Site(project.system, environment))
        if charts:
            files[f"argocd/charts/{environment.name}.yaml"] = argocd_charts(delivery, environment, charts)
        if environment.previews:
            previews = preview_objects(delivery, environment, environment.previews, manifest)
            files[f"argocd/previews/{environment.name}.yaml"] = previews
            for name, text in guard_chart(delivery, environment, manifest).items():
                texts[f"previews/{environment.name}/{name}"] = text
        first = flux_charts(delivery, environment, charts, first=True)
        if first:
            files[f"{FLUX_CHARTS}/{environment.name}/charts.yaml"] = first
        objects = [
            *flux_charts(delivery, environment, charts, first=False),
            *flux_objects(delivery, environment, charts_first=bool(first)),
        ]
        files[f"flux/{environment.name}/{project.system.name}.yaml"] = objects
    texts |= {name: "---\n".join(yaml.dump(item) for item in found) for name, found in files.items()}
    for name, text in texts.items():
        path = outdir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADING + text, encoding="utf-8")
