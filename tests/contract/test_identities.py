"""Whatever identities an environment asks for, its manifests, its stack and the charts of its operators agree."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from quantacirc_cdk.contract import contract_of
from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.chart_release import chart_releases
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.terraform import App, EnvironmentStack
from support.kubernetes.synthesis import render
from support.made import synthesize
from support.project import Project

Json = dict[str, Any]

CLIENT = "11111111-2222-4333-8444-555555555555"
PLACES: dict[str, Json] = {
    "aws": {"account": "222233334444", "region": "eu-west-1"},
    "gcp": {"account": "tides-harbour", "region": "europe-north1"},
    "azure": {"account": "44444444-4444-4444-8444-444444444444", "region": "swedencentral"},
}
OPERATORS = ("aws-load-balancer-controller", "cert-manager", "external-dns", "external-secrets", "velero")
"""Operators with an identity in the cloud: in the system, each with the name of its own."""
ACCOUNTS = {"velero": ("serviceAccount", "server")}
"""Where the chart of an operator has its service account, unless that is `serviceAccount`."""
SYSTEM: Json = {
    "name": "tides",
    "container": {
        "environment_prefix": "TIDES_", "http_port": 8080, "metrics_port": 9090, "startup_path": "/up",
        "liveness_path": "/up", "readiness_path": "/up",
    },
    "sizes": {"small": {"cpu": "100m", "memory": "128Mi", "memory_limit": "256Mi"}},
    "images": {
        "gauge": {"repository": "gauge"},
        "other": {"registry": "docker.io", "repository": "library/other", "tag": "17"},
    },
    "components": {
        "forecast": {"kind": "service", "image": "gauge", "reaches": ["levels", "charts"]},
        "levels": {"kind": "postgresql", "image": "other", "storage": {"size": "10Gi", "path": "/pg"}},
        "charts": {"kind": "object-store", "image": "other", "storage": {"size": "10Gi", "path": "/s3"}},
    },
}  # fmt: skip
HARBOUR: Json = {
    "domain": "harbour.tides.example",
    "registry": "registry.tides.example/tides",
    "release": {"version": "2.0.0"},
    "network": {"cidr": "10.60.0.0/16"},
    "owners": ["crew@tides.example"],
    "components": {"levels": {"cpu": 2, "memory": "8Gi", "storage": "50Gi", "max_storage": "100Gi"}},
}


def operator(name: str) -> Json:
    """Return the component that installs an operator."""
    about = {"kind": "operator", "operator": name, "version": "1.2.3", "digest": f"sha256:{1:064x}"}
    plugin = {"version": "v1.13.1", "digest": f"sha256:{2:064x}"}
    chart = {"chart": f"oci://registry.tides.example/charts/{name}"}
    return {**about, **chart, **({"plugins": {cloud: {**plugin} for cloud in PLACES}} if name == "velero" else {})}


def documents(cloud: str, cluster: Json, installed: dict[str, bool | None]) -> tuple[Json, Json]:
    """Return a system that has the operators of `installed`, and its environment in a cloud."""
    system, environment = copy.deepcopy(SYSTEM), copy.deepcopy(HARBOUR)
    state = {"bucket": "tidesharbourstate", **({"resource_group": "tides-state"} if cloud == "azure" else {})}
    environment |= {"target": cloud, "clouds": {cloud: {**PLACES[cloud], "state": state}}}
    pools = {"workers": {"cpu": 4, "memory": "16Gi", "min_nodes": 3, "max_nodes": 9}}
    environment["cluster"] = {"kubernetes_version": "1.34", "context": "harbour", "node_pools": pools, **cluster}
    for name, said in installed.items():
        system["components"][name] = operator(name)
        if said is not None:
            environment["components"][name] = {"installed": said}
    return system, environment


def write(root: Path, system: Json, environment: Json) -> Project:
    project = Project(root)
    project.write_system(yaml.safe_dump(system))
    project.write_environment("harbour", yaml.safe_dump(environment))
    return project


def bound(stack: Json, cloud: str) -> Iterator[str]:
    """Yield the service accounts that the cloud knows, ``namespace/name``."""
    resources = stack["resource"]
    if cloud == "aws":
        for one in resources.get("aws_eks_pod_identity_association", {}).values():
            yield f"{one['namespace']}/{one['service_account']}"
    elif cloud == "azure":
        for one in resources.get("azurerm_federated_identity_credential", {}).values():
            yield "/".join(one["subject"].split(":")[-2:])
    else:
        for one in (two for kind, found in resources.items() if "_iam_" in kind for two in found.values()):
            _, ours, subject = str(one.get("member", "")).partition("/subject/ns/")
            if ours:
                yield "/".join(subject.split("/sa/"))


def check(root: Path, system: Json, environment: Json) -> None:
    """Synthesize both sides, and compare them with what the operators are given."""
    project = load_project(write(root, system, environment).root)
    harbour = project.environments["harbour"]
    cloud, contract = harbour.target, contract_of(project.system, harbour)
    render(project.root, root / "manifests")
    app = App(outdir=root / "stacks")
    stack = EnvironmentStack(app, "harbour", system=project.system, environment=harbour)
    app.synth()
    (file,) = (root / "stacks").rglob("*.tf.json")
    agreed = {f"{one.namespace}/{one.service_account}" for one in contract.identities.values()}
    assert set(stack.provided["service account"]) == agreed
    assert agreed <= set(bound(json.loads(file.read_text()), cloud))
    for one in chart_releases(Site(project.system, harbour)):
        identity = contract.identities.get(one.name)
        if identity is None:
            continue
        assert (one.namespace, one.name) == (identity.namespace, identity.service_account)
        account: Any = one.values
        for key in ACCOUNTS.get(one.name, ("serviceAccount",)):
            account = account[key]
        assert account["name"] == identity.service_account
        assert account.get("annotations", {}) == dict(identity.annotations)
        assert one.values.get("podLabels", {}) == dict(identity.pod_labels)


@st.composite
def environments(draw: Callable[[Any], Any]) -> tuple[Json, Json]:
    """Draw what asks for identities, and which operators the system has and installs."""
    cloud = draw(st.sampled_from(sorted(PLACES)))
    addons = draw(st.fixed_dictionaries(dict.fromkeys(("cert_manager", "external_secrets", "velero"), st.booleans())))
    cluster: Json = {
        "addons": addons,
        "dns_programs": draw(st.lists(st.sampled_from(["cert-manager", "external-dns"]), unique=True)),
        "route_certificates": "none",
    }
    if draw(st.booleans()):
        cluster["velero_store"] = {}
    if cloud == "aws":
        cluster["load_balancer_controller"] = draw(st.booleans())
        cluster["autoscaler"] = draw(st.sampled_from(["cluster-autoscaler", "karpenter"]))
    names = [one for one in OPERATORS if cloud == "aws" or one != "aws-load-balancer-controller"]
    installed = {name: draw(st.sampled_from([None, False, True])) for name in names if draw(st.booleans())}
    given = {
        "velero": "velero_store" in cluster,
        "external-dns": "external-dns" in cluster["dns_programs"],
        "aws-load-balancer-controller": cluster.get("load_balancer_controller", False),
    }
    # One without an identity works with values or permissions of the user only.
    installed |= {name: False for name in installed if not given.get(name, True)}
    system, environment = documents(cloud, cluster, installed)
    if cloud == "azure" and draw(st.booleans()):
        known = dict.fromkeys(("cert-manager", "external-dns", "external-secrets", "forecast", "velero"), CLIENT)
        environment["wired"] = {"target": "azure", "client_ids": known}
    return system, environment


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(environments())
@example(documents("aws", {"velero_store": {}}, {}))
@example(documents("gcp", {"velero_store": {}}, {}))
@example(documents("azure", {"velero_store": {}}, {}))
def test_every_identity_of_an_environment_is_on_both_sides(drawn: tuple[Json, Json]) -> None:
    with TemporaryDirectory() as folder:
        check(Path(folder), *drawn)


@pytest.mark.slow
@pytest.mark.parametrize("with_operators", [True, False], ids=["operators", "no operators"])
@pytest.mark.parametrize("cloud", sorted(PLACES))
def test_an_environment_with_every_identity_is_synthesized_whole(
    cloud: str, tmp_path: Path, *, with_operators: bool
) -> None:
    cluster: Json = {
        "addons": dict.fromkeys(("cert_manager", "external_secrets", "velero"), True),
        "dns_programs": ["cert-manager", "external-dns"],
        "velero_store": {},
    }
    if cloud == "aws":
        cluster["load_balancer_controller"] = True
    names = [one for one in OPERATORS if cloud == "aws" or one != "aws-load-balancer-controller"]
    project = write(tmp_path, *documents(cloud, cluster, dict.fromkeys(names) if with_operators else {}))
    synthesize(project)
    dist = tmp_path / "dist"
    (schedule,) = (dist / "kubernetes" / "harbour").rglob("*[Ss]chedule*")
    assert yaml.safe_load(schedule.read_text())["spec"]["template"]["storageLocation"] == "default"
    assert (dist / "operations" / "harbour-velero.values.yaml").is_file() == with_operators


def test_a_component_does_not_share_the_identity_that_reads_the_secrets(tmp_path: Path) -> None:
    system, environment = documents("aws", {"addons": {"external_secrets": True}, "route_certificates": "none"}, {})
    system["components"]["external-secrets"] = system["components"].pop("forecast")
    with pytest.raises(ModelError) as error:
        load_project(write(tmp_path, system, environment).root)
    (problem,) = error.value.problems
    assert (problem.file, bool(problem.line)) == ("apps/environments/harbour.yaml", True)
    assert problem.key == "cluster.addons.external_secrets"
    assert "the identity of external-secrets, which is also a component of the system" in str(problem)
