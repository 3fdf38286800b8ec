"""A component that some environments release in steps: without a Rollout, its Deployment runs the pods."""

from pathlib import Path

import pytest

from support.helm.helm import RELEASES, template
from support.helm.small import chart_of, small_project
from support.kubernetes.manifests import Object
from support.project import ENVIRONMENT

pytestmark = pytest.mark.integration

STEPS = (
    "components: { shop: { rollout: { steps: [{ weight: 20, pause_seconds: 60 }] } } }\nreplicas: { min: 2, max: 6 }\n"
)
IN_STEPS = ("addons.argoRollouts=true", "shop.rollout.enabled=true")


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the chart of a component that one of two environments releases in steps."""
    folder = tmp_path_factory.mktemp("rollouts")
    project = small_project(folder)
    live = ENVIRONMENT.replace("bakery.example", "live.example").replace("kind-bakery", "live")
    project.write_environment("live", live.replace("cluster:", "cluster:\n  addons: { argo_rollouts: true }") + STEPS)
    return chart_of(project, folder)


def by_kind(chart: Path, *values: str, release: str = "helm") -> dict[str, Object]:
    options = [part for value in values for part in ("--set", value)]
    found = template(chart, *options, name="bakery", release=release)
    kinds = ("Deployment", "Rollout", "HorizontalPodAutoscaler")
    return {item["kind"]: item["spec"] for item in found if item["kind"] in kinds}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("values", [(IN_STEPS[0],), (IN_STEPS[1],), ()])
def test_without_a_rollout_the_deployment_has_the_pods(chart: Path, values: tuple[str, ...], release: str) -> None:
    off = [f"{value.partition('=')[0]}=false" for value in IN_STEPS if value not in values]
    scaled = by_kind(chart, *values, *off, "shop.autoscaling.enabled=true", release=release)
    assert "Rollout" not in scaled
    assert scaled["HorizontalPodAutoscaler"]["scaleTargetRef"] == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "shop",
    }
    fixed = by_kind(chart, *values, *off, "shop.autoscaling.enabled=false", "shop.replicas=4", release=release)
    assert fixed["Deployment"]["replicas"] == 4


@pytest.mark.parametrize("release", RELEASES)
def test_a_rollout_has_the_pods(chart: Path, release: str) -> None:
    scaled = by_kind(chart, *IN_STEPS, "shop.autoscaling.enabled=true", release=release)
    assert scaled["HorizontalPodAutoscaler"]["scaleTargetRef"]["kind"] == "Rollout"
    fixed = by_kind(chart, *IN_STEPS, "shop.autoscaling.enabled=false", "shop.replicas=4", release=release)
    assert fixed["Rollout"]["replicas"] == 4
    assert "replicas" not in fixed["Deployment"]
