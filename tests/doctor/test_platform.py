"""``qcdk doctor --for ENV``: what the manifests need is compared with what the cluster serves, by the real kubectl."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from cluster.resources import RESOURCES, parse
from cluster.server import Cluster
from quantacirc_cdk.cli.main import main
from quantacirc_cdk.doctor.requirements import Reference, requirements
from quantacirc_cdk.kubernetes.network_policy import default_deny, network_policy_spec
from quantacirc_cdk.manifests import group_of
from quantacirc_cdk.operations.operators import OPERATORS, built_in, operator_of
from support.kubernetes.manifests import read_folder
from support.project import Project
from support.tools import ROOT, require

pytestmark = pytest.mark.integration

Json = dict[str, Any]
Doctor = Callable[..., tuple[int, dict[str, Json]]]

METRICS = parse("metrics.k8s.io v1beta1 pods PodMetrics")
SCALED = {"scaleTargetRef": {"name": "baker"}, "triggers": [{"type": "nats-jetstream"}]}


def item(api_version: str, kind: str, name: str = "x", *, component: str = "baker", **more: Any) -> Json:
    labels = {"app.kubernetes.io/name": component, "app.kubernetes.io/part-of": "bakery"}
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "labels": labels}, **more}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A small project, on a machine with kubectl alone."""
    kubectl = require("kubectl", "run tools/fetch_helm.py")
    monkeypatch.setenv("PATH", f"{kubectl.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    return Project.small(tmp_path / "project")


@pytest.fixture
def doctor(project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Examine a cluster for objects: the exit status and the findings by name."""

    def examine(cluster: Cluster, *objects: Json) -> tuple[int, dict[str, Json]]:
        write(project, *objects)
        cluster.kubeconfig(tmp_path / "kubeconfig")
        status = main(["doctor", "--for", "home", "--format", "json", "--project", str(project.root)])
        (task,) = json.loads(capsys.readouterr().out)["tasks"]
        assert task["name"] == "home"
        return status, {need["name"]: need for need in task["needs"]}

    return examine


def write(project: Project, *objects: Json) -> None:
    folder = project.root / "dist" / "kubernetes" / "home"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "all.k8s.yaml").write_text(yaml.safe_dump_all(objects))


def test_a_kind_that_no_operator_of_the_cluster_serves_is_named_with_its_components_and_operator(
    doctor: Doctor,
) -> None:
    objects = [item("keda.sh/v1alpha1", "ScaledObject", name, component=name, spec=SCALED) for name in "dacb"]
    with Cluster().running() as cluster:
        status, found = doctor(cluster, *objects, item("cert-manager.io/v1", "Certificate"), item("v1", "ConfigMap"))
        assert not cluster.changes
    assert status == 1
    assert found["ScaledObject (keda.sh/v1alpha1)"] == {
        "name": "ScaledObject (keda.sh/v1alpha1)", "status": "missing", "required": True,
        "get": "install KEDA: https://keda.sh/docs/latest/deploy/; or qcdk add component keda --kind operator "
               "--set operator=keda --set version=VERSION",
        "needed_by": ["a", "b", "c", "d"],
    }  # fmt: skip
    assert found["Certificate (cert-manager.io/v1)"]["status"] == "ok"
    assert not [name for name in found if "ConfigMap" in name]


def test_what_a_component_installs_prevents_no_deployment(project: Project, doctor: Doctor) -> None:
    chart = f"chart: oci://registry.example/keda, version: 2.20.2, digest: sha256:{5:064x}"
    operator = f"  scaling: {{ kind: operator, operator: keda, {chart} }}\n"
    project.replace_in_system("components:\n", f"components:\n{operator}")
    project.replace_in_environment("home", "  context:", "  addons: { keda: true }\n  context:")
    with Cluster().running() as cluster:
        status, found = doctor(cluster, item("keda.sh/v1alpha1", "ScaledObject", spec=SCALED))
    assert status == 0
    assert found["ScaledObject (keda.sh/v1alpha1)"] == {
        "name": "ScaledObject (keda.sh/v1alpha1)", "status": "missing", "required": False,
        "get": "deploy home: its component scaling installs it before the system", "needed_by": ["baker"],
    }  # fmt: skip


def test_a_cluster_that_has_everything_is_ready(doctor: Doctor) -> None:
    with Cluster(resources=(*RESOURCES, *METRICS)).running() as cluster:
        cluster.put(item("storage.k8s.io/v1", "StorageClass", "fast"), "")
        status, found = doctor(
            cluster,
            item("cert-manager.io/v1", "Certificate"),
            item("v1", "PersistentVolumeClaim", spec={"storageClassName": "fast"}),
            item("autoscaling/v2", "HorizontalPodAutoscaler", spec={"metrics": [{"type": "Resource"}]}),
        )
    assert (status, {need["status"] for need in found.values() if need["required"]}) == (0, {"ok"})
    assert {"Certificate (cert-manager.io/v1)", 'StorageClass "fast"', "metrics.k8s.io"} <= found.keys()


def test_objects_that_you_create_are_looked_for_by_name(doctor: Doctor) -> None:
    def uses(name: str, **reference: Any) -> Json:
        return {"name": name, "image": "web", "envFrom": [{"secretRef": {"name": name, **reference}}]}

    key = {"name": "token", "key": "k"}
    keyed = {"name": "keyed", "image": "web", "env": [{"name": "A", "valueFrom": {"secretKeyRef": key}}]}
    pod = {"containers": [uses("there"), keyed, uses("more", optional=True)], "serviceAccountName": "robot"}
    template = {"metadata": {"labels": {}}, "spec": pod}
    with Cluster().running() as cluster:
        cluster.put(item("v1", "Namespace", "bakery"), "")
        cluster.put(item("v1", "Secret", "there", data={"password": "c2VjcmV0"}), "bakery")
        status, found = doctor(cluster, item("apps/v1", "Deployment", spec={"template": template}))
        assert not cluster.changes
    assert status == 1
    looked_for = {name: need for name, need in found.items() if "bakery/" in name}
    assert {name: (need["status"], need["required"], need.get("get")) for name, need in looked_for.items()} == {
        'Secret "bakery/there"': ("ok", True, None),
        'Secret "bakery/token"': ("missing", True, "create it with the keys k"),
        'Secret "bakery/more"': ("missing", False, "create it"),
        'ServiceAccount "bakery/robot"': ("missing", True, "create it"),
    }
    assert "c2VjcmV0" not in str(found)


def test_objects_that_you_create_and_nobody_may_list_are_not_checked(doctor: Doctor) -> None:
    template = {"metadata": {"labels": {}}, "spec": {"containers": [], "imagePullSecrets": [{"name": "pull"}]}}
    with Cluster().running() as cluster:
        cluster.break_down("GET /api/v1/namespaces/bakery/secrets", "403")
        status, found = doctor(cluster, item("apps/v1", "Deployment", spec={"template": template}))
    need = found['Secret "bakery/pull"']
    assert (status, need["status"], need["required"]) == (0, "broken", False)
    assert need["note"].startswith("not checked: ")


def test_a_group_with_another_version_says_which_versions_are_served(doctor: Doctor) -> None:
    served = parse("keda.sh v1beta1 scaledobjects ScaledObject\nkeda.sh v1 scaledobjects ScaledObject")
    with Cluster(resources=(*RESOURCES, *served)).running() as cluster:
        status, found = doctor(cluster, item("keda.sh/v1alpha1", "ScaledObject", spec=SCALED))
    need = found["ScaledObject (keda.sh/v1alpha1)"]
    assert (status, need["status"]) == (1, "missing")
    assert need["note"] == "the cluster serves only v1, v1beta1 of keda.sh"
    assert need["get"].startswith("install a release with v1alpha1 of KEDA: https://")


def test_a_version_without_the_kind_is_told_from_one_that_is_not_served(doctor: Doctor) -> None:
    with Cluster().running() as cluster:
        status, found = doctor(cluster, item("cert-manager.io/v1", "Issuer"))
    need = found["Issuer (cert-manager.io/v1)"]
    assert (status, need["note"]) == (1, "the cluster serves cert-manager.io/v1 without this kind")
    assert need["get"].startswith("install a release with this kind of cert-manager: https://")


def test_an_api_that_is_listed_and_does_not_respond_is_broken(doctor: Doctor) -> None:
    autoscaler = item("autoscaling/v2", "HorizontalPodAutoscaler", spec={"metrics": [{"type": "Resource"}]})
    with Cluster(resources=(*RESOURCES, *METRICS)).running() as cluster:
        cluster.break_down("GET /apis/metrics.k8s.io/v1beta1", "503")
        status, found = doctor(cluster, autoscaler)
    assert (status, found["metrics.k8s.io"]["status"]) == (1, "broken")
    assert found["metrics.k8s.io"]["note"].startswith("the cluster lists metrics.k8s.io, which does not respond: ")
    assert "metrics-server" in found["metrics.k8s.io"]["get"]


def test_autoscalers_need_an_api_for_their_metrics(doctor: Doctor) -> None:
    with Cluster().running() as cluster:
        status, found = doctor(
            cluster,
            item("autoscaling/v2", "HorizontalPodAutoscaler", spec={"metrics": [{"type": "ContainerResource"}]}),
            item("autoscaling/v2", "HorizontalPodAutoscaler", "b", component="shop",
                 spec={"metrics": [{"type": "External"}]}),
        )  # fmt: skip
    assert status == 1
    assert (found["metrics.k8s.io"]["status"], found["metrics.k8s.io"]["needed_by"]) == ("missing", ["baker"])
    assert found["external.metrics.k8s.io"]["needed_by"] == ["shop"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("using", "api_version", "kind"),
    [
        (item("networking.k8s.io/v1", "Ingress", spec={"ingressClassName": "fast"}),
         "networking.k8s.io/v1", "IngressClass"),
        (item("gateway.networking.k8s.io/v1", "Gateway", spec={"gatewayClassName": "fast"}),
         "gateway.networking.k8s.io/v1", "GatewayClass"),
        (item("apps/v1", "StatefulSet", spec={"template": {"spec": {"containers": [{"name": "c", "image": "c"}]}},
              "volumeClaimTemplates": [{"spec": {"storageClassName": "fast"}}]}),
         "storage.k8s.io/v1", "StorageClass"),
        (item("apps/v1", "Deployment", spec={"template": {"spec": {
              "containers": [{"name": "c", "image": "c"}], "volumes": [
              {"name": "v", "ephemeral": {"volumeClaimTemplate": {"spec": {"storageClassName": "fast"}}}}]}}}),
         "storage.k8s.io/v1", "StorageClass"),
    ],
    ids=["Ingress", "Gateway", "StatefulSet", "ephemeral volume"],
)  # fmt: skip
def test_a_class_that_the_manifests_name_must_be_in_the_cluster_or_among_them(
    doctor: Doctor, using: Json, api_version: str, kind: str
) -> None:
    gateways = parse(
        "gateway.networking.k8s.io v1 gatewayclasses GatewayClass -\ngateway.networking.k8s.io v1 gateways Gateway"
    )
    name = f'{kind} "fast"'
    with Cluster(resources=(*RESOURCES, *gateways)).running() as cluster:
        cluster.put(item(api_version, kind, "slow"), "")
        status, found = doctor(cluster, using)
        assert (status, found[name]["status"]) == (1, "missing")
        assert (found[name]["get"], found[name]["needed_by"]) == ("create it, or use slow", ["baker"])
        assert name not in doctor(cluster, using, item(api_version, kind, "fast"))[1]
        cluster.put(item(api_version, kind, "fast"), "")
        status, found = doctor(cluster, using)
        assert (status, found[name]["status"]) == (0, "ok")


def test_a_class_whose_kind_is_not_served_comes_with_its_operator(doctor: Doctor) -> None:
    gateway = item("gateway.networking.k8s.io/v1", "Gateway", spec={"gatewayClassName": "eg"})
    with Cluster().running() as cluster:
        _, found = doctor(cluster, gateway)
    assert found['GatewayClass "eg"']["get"] == "install Gateway API CRDs: https://gateway-api.sigs.k8s.io/guides/"


def test_what_one_may_not_list_is_not_checked_and_prevents_nothing(doctor: Doctor) -> None:
    with Cluster().running() as cluster:
        cluster.forbidden = {"list storageclasses"}
        status, found = doctor(cluster, item("v1", "PersistentVolumeClaim", spec={"storageClassName": "fast"}))
    need = found['StorageClass "fast"']
    assert (status, need["required"]) == (0, False)
    assert need["note"].startswith("not checked: ")


def test_routes_certificates_and_external_secrets_need_what_they_refer_to() -> None:
    gateway, manager, secrets = "gateway.networking.k8s.io/v1", "cert-manager.io/v1", "external-secrets.io/v1"
    found = requirements(
        [
            item(gateway, "HTTPRoute", spec={"parentRefs": [{"name": "public", "namespace": "edge"}, {"name": "own"}]}),
            item(gateway, "HTTPRoute", "y", spec={"parentRefs": [{"kind": "Service", "name": "mesh"}]}),
            item(manager, "Certificate", spec={"issuerRef": {"kind": "ClusterIssuer", "name": "public"}}),
            item(manager, "Certificate", "y", spec={"issuerRef": {"name": "inner"}}),
            item(manager, "Certificate", "z", spec={"issuerRef": {"group": "pca.example", "name": "other"}}),
            item(manager, "Issuer", "inner"),
            item(secrets, "ExternalSecret", spec={"secretStoreRef": {"kind": "ClusterSecretStore", "name": "cloud"}}),
        ],
        "bakery",
    )
    assert list(found.objects) == [
        Reference(manager, "ClusterIssuer", "", "public"),
        Reference(secrets, "ClusterSecretStore", "", "cloud"),
        Reference(gateway, "Gateway", "bakery", "own"),
        Reference(gateway, "Gateway", "edge", "public"),
    ]


def test_a_kind_that_the_manifests_define_themselves_is_not_needed() -> None:
    spec = {"group": "shop.example", "names": {"kind": "Cake", "plural": "cakes"}, "versions": [{"name": "v1"}]}
    definition = item("apiextensions.k8s.io/v1", "CustomResourceDefinition", spec=spec)
    found = requirements([definition, item("shop.example/v1", "Cake"), item("shop.example/v2", "Cake")], "bakery")
    assert list(found.kinds) == [("shop.example/v2", "Cake")]


def test_an_object_of_the_whole_system_stands_for_itself() -> None:
    found = requirements([item("velero.io/v1", "Schedule", "nightly", component="bakery")], "bakery")
    assert found.kinds == {("velero.io/v1", "Schedule"): ["nightly"]}


def test_a_cluster_that_does_not_respond_is_one_problem(doctor: Doctor) -> None:
    with Cluster().running() as cluster:
        cluster.break_down("GET /apis", "503")
        status, found = doctor(cluster, item("keda.sh/v1alpha1", "ScaledObject", spec=SCALED))
    assert (status, found["cluster"]["status"]) == (1, "broken")
    assert "kind-bakery" in found["cluster"]["note"]
    assert not [name for name in found if "keda" in name]


def test_the_text_has_a_line_for_each_missing_kind(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, *(item("keda.sh/v1alpha1", "ScaledObject", name, component=name, spec=SCALED) for name in "abcde"))
    with Cluster().running() as cluster:
        cluster.kubeconfig(tmp_path / "kubeconfig")
        assert main(["doctor", "--for", "home", "--project", str(project.root)]) == 1
    assert (
        "    ✗ ScaledObject (keda.sh/v1alpha1) missing: needed by a, b, c and 2 more; "
        "install KEDA: https://keda.sh/docs/latest/deploy/; or qcdk add component keda " in capsys.readouterr().out
    )


def test_without_its_context_no_cluster_is_asked(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, item("keda.sh/v1alpha1", "ScaledObject", spec=SCALED))
    with Cluster().running() as cluster:
        cluster.kubeconfig(tmp_path / "kubeconfig", context="elsewhere")
        assert main(["doctor", "--for", "home", "--project", str(project.root)]) == 1
        assert not cluster.requests
    assert '✗ context "kind-bakery"' in capsys.readouterr().out


def test_an_environment_outside_of_for_is_checked_without_a_request(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Cluster().running() as cluster:
        cluster.kubeconfig(tmp_path / "kubeconfig")
        main(["doctor", "home", "--for", "compare", "--project", str(project.root)])
        assert not cluster.requests
    assert "home: reach its cluster\n" in capsys.readouterr().out


def test_manifests_that_were_not_written_yet_are_refused(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--for", "home", "--project", str(project.root)]) == 2
    assert "dist/kubernetes/home: no manifest, expected the output: run `qcdk synth`" in capsys.readouterr().err


def test_a_misspelled_environment_is_refused_with_the_nearest(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--for", "hone", "--project", str(project.root)]) == 2
    assert '--for: no task "hone", expected "home"' in capsys.readouterr().err


@pytest.mark.parametrize("folder", sorted((ROOT / "dist" / "kubernetes").iterdir()), ids=lambda folder: folder.name)
def test_every_custom_resource_of_the_output_has_an_operator(folder: Path) -> None:
    custom = {(group_of(one), one["kind"]) for one in read_folder(folder) if not built_in(group_of(one))}
    assert custom
    assert not [kind for kind in custom if operator_of(*kind) is None]


def test_every_custom_api_that_the_library_writes_has_an_operator() -> None:
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "constructs/quantacirc_cdk/kubernetes").rglob("*.py"))
    groups = set(re.findall(r'api_version="([a-z0-9.-]+)/v[a-z0-9]+"', sources))
    assert {"autoscaling.k8s.io", "cilium.io", "keda.sh"} <= groups
    assert not [group for group in groups if not built_in(group) and operator_of(group) is None]


@pytest.mark.parametrize(
    ("group", "kind", "name"),
    [
        ("source.toolkit.fluxcd.io", "OCIRepository", "Flux"),
        ("acme.cert-manager.io", "Challenge", "cert-manager"),
        ("argoproj.io", "Rollout", "Argo Rollouts"),
        ("argoproj.io", "Application", "Argo CD"),
        ("metrics.k8s.io", "", "metrics-server"),
        ("custom.metrics.k8s.io", "", "Prometheus Adapter"),
        ("gateway.networking.k8s.io", "Gateway", "Gateway API CRDs"),
    ],
)
def test_a_group_and_its_parts_belong_to_their_operator(group: str, kind: str, name: str) -> None:
    found = operator_of(group, kind)
    assert found is not None
    assert found.name == name


def test_a_group_of_nobody_known_is_named_as_it_is(doctor: Doctor) -> None:
    assert operator_of("notkeda.sh") is None
    with Cluster().running() as cluster:
        _, found = doctor(cluster, item("shop.example/v1", "Cake"))
    assert found["Cake (shop.example/v1)"]["get"] == "install the operator that serves shop.example"


def test_the_table_in_the_documentation_is_that_of_the_code() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    rows = []
    for one in OPERATORS:
        groups = ", ".join(f"`{group}`" for group in one.groups)
        kinds = f": {', '.join(one.kinds)}" if one.kinds else ""
        rows.append(f"| {groups}{kinds} | [{one.name}]({one.url}) |\n")
    assert f"| API group | operator |\n| --- | --- |\n{''.join(rows)}\n" in text


CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
DEFAULT = {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}


def test_claims_without_a_class_need_a_default_one(doctor: Doctor) -> None:
    claims = [
        item("v1", "PersistentVolumeClaim", name, component=name, spec={**CLAIM, **more})
        for name, more in {"a": {}, "b": {"storageClassName": ""}, "c": {"volumeName": "x"}}.items()
    ]
    with Cluster().running() as cluster:
        status, found = doctor(cluster, *claims)
        need = found["default StorageClass"]
        assert (status, need["status"], need["get"], need["needed_by"]) == (1, "missing", "create one", ["a"])
        cluster.put(item("storage.k8s.io/v1", "StorageClass", "fast"), "")
        _, found = doctor(cluster, *claims)
        assert found["default StorageClass"]["get"].startswith("set cluster.storage_class to fast, or")
        made = item("storage.k8s.io/v1", "StorageClass", "slow")
        cluster.put(made | {"metadata": made["metadata"] | DEFAULT}, "")
        status, found = doctor(cluster, *claims)
        assert (status, found["default StorageClass"]["status"]) == (0, "ok")
        cluster.forbidden = {"list storageclasses"}
        status, found = doctor(cluster, *claims)
        need = found["default StorageClass"]
        assert (status, need["required"], "not checked" in need["note"]) == (0, False, True)
        assert "default StorageClass" not in doctor(cluster, *claims[1:])[1]


@pytest.mark.parametrize(("families", "cidr", "missing"), [
    (["IPv6"], "0.0.0.0/0", True),
    (["IPv6"], "::/0", False),
    (["IPv4"], "0.0.0.0/0", False),
])  # fmt: skip
def test_a_cluster_of_ipv6_alone_is_seen(doctor: Doctor, families: list[str], cidr: str, missing: bool) -> None:
    policy = item("networking.k8s.io/v1", "NetworkPolicy", spec={"egress": [{"to": [{"ipBlock": {"cidr": cidr}}]}]})
    with Cluster().running() as cluster:
        service = {"kind": "Service", "metadata": {"name": "kubernetes"}, "spec": {"ipFamilies": families}}
        cluster.put(service, "default")
        assert ("IPv4" in doctor(cluster, policy)[1]) is missing


def dns(name: str, labels: dict[str, str], place: str = "kube-system", target: Any = 53) -> list[Json]:
    """Return the Service of a cluster's DNS, and its pod."""
    ports = [{"name": "dns", "port": 53, "protocol": "UDP", "targetPort": target}]
    listens = [{"name": "dns", "containerPort": 5353 if target == "dns" else 53, "protocol": "UDP"}]
    return [
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": place},
         "spec": {"selector": labels, "ports": ports}},
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": place, "labels": labels},
         "spec": {"containers": [{"name": "dns", "image": "coredns", "ports": listens}]},
         "status": {"podIP": "10.1.2.3"}},
    ]  # fmt: skip


def isolated(cidr: str = "") -> Json:
    props = default_deny({}, "aws")
    policy = item("networking.k8s.io/v1", "NetworkPolicy", "default-deny", spec=network_policy_spec(props))
    if cidr:
        policy["spec"]["egress"].append({"to": [{"ipBlock": {"cidr": cidr}}]})
    return policy


OPENSHIFT = {"dns.operator.openshift.io/daemonset-dns": "default"}


@pytest.mark.parametrize(("servers", "cidr", "said"), [
    (dns("kube-dns", {"k8s-app": "kube-dns"}), "", None),
    (dns("rke2-coredns", {"k8s-app": "kube-dns", "app": "x"}, target="dns-53"), "", None),
    (dns("coredns", {"k8s-app": "coredns"}), "",
     "no network policy lets pods ask Service kube-system/coredns at port 53 of its pods (k8s-app=coredns)"),
    (dns("kube-dns", {"k8s-app": "kube-dns"}, target="dns"), "",
     "no network policy lets pods ask Service kube-system/kube-dns at port 5353 of its pods (k8s-app=kube-dns)"),
    (dns("dns-default", OPENSHIFT, "openshift-dns", "dns"), "",
     ("no network policy lets pods ask Service openshift-dns/dns-default at port 5353 of its pods "
      "(dns.operator.openshift.io/daemonset-dns=default)")),
    (dns("coredns", {"k8s-app": "coredns"}), "10.1.0.0/16", None),
    ([*dns("kube-dns", {"k8s-app": "kube-dns"}), *dns("coredns", {"k8s-app": "coredns"})], "", None),
])  # fmt: skip
def test_name_servers_that_no_policy_admits_are_named(
    doctor: Doctor, servers: list[Json], cidr: str, said: str | None
) -> None:
    with Cluster().running() as cluster:
        cluster.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "openshift-dns"}}, "")
        for one in servers:
            cluster.put(one, one["metadata"]["namespace"])
        status, found = doctor(cluster, isolated(cidr))
    need = found["DNS"]
    assert (status, need["status"], need.get("note")) == ((1, "missing", said) if said else (0, "ok", None))
    assert "networkPolicy.dns" in need["get"] if said else "get" not in need


def test_name_servers_that_nobody_may_list_or_that_are_elsewhere_are_not_judged(doctor: Doctor) -> None:
    with Cluster().running() as cluster:
        assert "DNS" not in doctor(cluster, isolated())[1]
        assert "DNS" not in doctor(cluster, item("v1", "ConfigMap"))[1]
        cluster.forbidden = {"list services"}
        status, found = doctor(cluster, isolated())
        assert (status, found["DNS"]["required"], "not checked" in found["DNS"]["note"]) == (0, False, True)


def argocd(cluster: Cluster, version: str, **data: str) -> None:
    cluster.put(item("v1", "Namespace", "argocd"), "")
    cluster.put(item("v1", "ConfigMap", "argocd-cm", data=data), "argocd")
    labels = {"app.kubernetes.io/name": "argocd-server"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "s", "image": f"argocd:{version}"}]}}
    server = item("apps/v1", "Deployment", "argocd-server")
    server["metadata"]["labels"] = labels
    cluster.put(server | {"spec": {"selector": {"matchLabels": labels}, "template": template}}, "argocd")


@pytest.mark.parametrize(
    ("version", "data", "status"),
    [
        ("v3.2.1", {}, "ok"),
        ("v2.14.9", {}, "missing"),
        ("v2.14.9@sha256:0", {}, "missing"),
        ("2.14.9", {}, "missing"),
        ("3.2.1-ours", {}, "ok"),
        ("latest", {}, ""),
        ("latest", {"application.resourceTrackingMethod": "annotation"}, "ok"),
        ("v3.2.1", {"application.resourceTrackingMethod": "label"}, "missing"),
        ("v2.14.9", {"application.resourceTrackingMethod": "annotation+label"}, "ok"),
    ],
)
def test_an_argo_cd_that_tracks_by_label_is_named_where_it_applies_the_environment(
    version: str, data: dict[str, str], status: str, project: Project, doctor: Doctor
) -> None:
    with Cluster().running() as cluster:
        argocd(cluster, version, **data)
        assert "Argo CD" not in doctor(cluster, item("v1", "ConfigMap"))[1]  # the pipeline applies it
        project.replace_in_environment("home", "domain:", "delivery: argocd\ndomain:")
        found = doctor(cluster, item("v1", "ConfigMap"))
        cluster.forbidden.add("get configmaps")
        assert "Argo CD" not in doctor(cluster, item("v1", "ConfigMap"))[1]
    assert found[0] == (status == "missing")
    said = found[1].get("Argo CD", {})
    assert said.get("status", "") == status
    assert ("application.resourceTrackingMethod" in said.get("get", "")) == (status == "missing")
