"""What holds data, or the keys to it, outlives the release, the application and the file that made it."""

from collections.abc import Mapping, Sequence

from quantacirc_cdk.diff import compare_object
from quantacirc_cdk.kubernetes.retention import KEPT_KINDS
from support.kubernetes.manifests import Object

KEPT = {
    "argocd.argoproj.io/sync-options": "Prune=confirm,Delete=confirm",
    "helm.sh/resource-policy": "keep",
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
}


def test_no_tool_deletes_what_holds_data(rendered: Mapping[str, Sequence[Object]]) -> None:
    for environment, objects in rendered.items():
        holding = [item for item in objects if item["kind"] in KEPT_KINDS]
        assert {item["kind"] for item in holding} >= {"Namespace"}, environment
        for item in holding:
            annotations = item["metadata"].get("annotations", {})
            assert annotations.items() >= KEPT.items(), f"{environment}: {item['kind']} {item['metadata']['name']}"


def test_a_namespace_that_is_no_longer_declared_stays(rendered: Mapping[str, Sequence[Object]]) -> None:
    (namespace,) = [item for item in rendered["prod"] if item["kind"] == "Namespace"]
    (finding,) = compare_object(namespace, None)
    assert finding.rule.id == "kept"
