"""Several releases in one namespace: the names of objects begin with the name of the release."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.helm.addresses import Addresses
from quantacirc_cdk.helm.derive import Template
from quantacirc_cdk.helm.expression import Expression, Scope, numbered, value
from quantacirc_cdk.helm.naming import Renaming
from quantacirc_cdk.helm.node import ABSENT, Choice, Insert, Text, evaluate, text_of
from quantacirc_cdk.helm.objects import Key
from quantacirc_cdk.helm.own_names import prefix
from quantacirc_cdk.helm.substitution import NAMESPACE
from quantacirc_cdk.model import Project
from support.helm.helm import RELEASES, by_name, run, template
from support.helm.valid import wrong
from support.kubernetes.manifests import ENVIRONMENTS, Object, pod_templates

pytestmark = pytest.mark.slow

VALUES = ("", *ENVIRONMENTS)
HASH = re.compile(r'"checksum/config": "[0-9a-f]+"|-[0-9a-f]{8}|(?<=\\"uid\\": \\")[0-9a-f]{20}')
VOLUMES = "quantacirc-volumes"


def rendered(
    chart: Path, environment: str, name: str, *options: str, tests: bool = False, release: str = "helm"
) -> list[Object]:
    values = ["--values", str(chart / f"values-{environment}.yaml")] if environment else []
    options = (*values, "--set", "namespace.create=false", *options)
    return template(chart, *options, name=name, namespace="shared", tests=tests, release=release)


def selectors(node: Any) -> Iterator[dict[str, str]]:
    """Yield the labels of every selector of pods in an object."""
    if isinstance(node, dict):
        for key, item in node.items():
            if key in ("selector", "podSelector", "labelSelector") and isinstance(item, dict):
                labels = item.get("matchLabels", {} if "matchExpressions" in item else item)
                if "app.kubernetes.io/name" in labels or "app.kubernetes.io/instance" in labels:
                    yield labels
            yield from selectors(item)
    elif isinstance(node, list):
        for item in node:
            yield from selectors(item)


@pytest.mark.parametrize(
    ("environment", "release"), [*((environment, "helm") for environment in VALUES), ("prod", "helm-oldest")]
)
def test_two_releases_in_one_namespace_have_no_object_and_no_pod_in_common(
    chart: Path, environment: str, release: str
) -> None:
    first = rendered(chart, environment, "one", tests=True, release=release)
    second = rendered(chart, environment, "two", tests=True, release=release)
    third = rendered(chart, environment, chart.name, tests=True, release=release)
    assert not by_name(first).keys() & by_name(second).keys()
    assert not by_name(first).keys() & by_name(third).keys()
    pods = [pod["metadata"]["labels"] for _, pod in pod_templates([*second, *third])]
    found = [labels for item in first for labels in selectors(item)]
    assert len(found) > 40
    assert [labels for labels in found if any(labels.items() <= pod.items() for pod in pods)] == []


QUERY = re.compile(
    r'(?:kube_|certmanager_)[^{]*\{[^}]*\b(deployment|horizontalpodautoscaler|pod|job_name|name)=~"([^"]*)"'
)
QUERIED = {
    "deployment": ("Deployment",),
    "horizontalpodautoscaler": ("HorizontalPodAutoscaler", "ScaledObject"),
    "job_name": ("CronJob", "Job"),
    "name": ("Certificate",),
    "pod": ("CronJob", "Deployment", "Job", "StatefulSet"),
}


def test_alerts_of_a_release_are_about_its_own_objects(chart: Path) -> None:
    releases = [rendered(chart, "prod", name) for name in ("one", "two", chart.name)]
    for objects in releases:
        (rules,) = (item for item in objects if item["kind"] == "PrometheusRule")
        found = dict(QUERY.findall(json.dumps(rules).replace('\\"', '"')))
        assert found.keys() == QUERIED.keys()
        for label, pattern in found.items():
            matched = [
                [item["metadata"]["name"] for item in each if item["kind"] in QUERIED[label]]
                == [name for item in each if re.fullmatch(pattern, name := item["metadata"]["name"])
                    and item["kind"] in QUERIED[label]]
                for each in releases
            ]  # fmt: skip
            assert matched == [each is objects for each in releases], label


@pytest.mark.parametrize("environment", VALUES)
def test_every_name_has_the_prefix_and_nothing_else_changes(chart: Path, environment: str) -> None:
    before = rendered(chart, environment, "one", "--set", f"fullnameOverride={chart.name}")
    after = rendered(chart, environment, "one", "--set", "fullnameOverride=zz")
    assert wrong(after) == []
    with_tests = rendered(chart, environment, "one", "--set", "fullnameOverride=zz", tests=True)
    assert [item["metadata"]["name"] for item in with_tests if not item["metadata"]["name"].startswith("zz-")] == []

    def plain(items: list[Object]) -> list[str]:
        texts = (json.dumps(item, sort_keys=True).replace("zz-", "") for item in items)
        return sorted(HASH.sub("", text) for text in texts)

    assert plain(after) == plain(before)


@pytest.mark.parametrize("environment", VALUES)
def test_every_reference_and_address_leads_to_an_object_with_the_prefix(chart: Path, environment: str) -> None:
    before = rendered(chart, environment, chart.name)
    after = rendered(chart, environment, "zz")
    text = "\n".join(json.dumps(item) for item in after)
    names = {item["metadata"]["name"] for item in before if item["kind"] in ("Service", "StatefulSet")}
    ports = {port["port"] for item in before if item["kind"] == "Service" for port in item["spec"].get("ports", ())}
    words, numbers = "|".join(map(re.escape, sorted(names))), "|".join(map(str, ports))
    address = re.compile(
        rf"(?<![\w./-])(?:[a-z]+://)?(?:[^\s\"/@]*@)?(?:{words})(?:-[0-9]+)?"
        rf"(?::(?:{numbers})\b|\.shared|\.[a-z-]*headless)"
    )
    assert address.search("\n".join(json.dumps(item) for item in before))
    assert address.findall(text) == []
    made = {(item["kind"], item["metadata"]["name"]) for item in after}
    for item, pod in pod_templates(after):
        spec = pod["spec"]
        assert ("ServiceAccount", spec["serviceAccountName"]) in made
        assert ("PriorityClass", spec["priorityClassName"]) in made
        for volume in spec.get("volumes", []):
            if "configMap" in volume:
                assert ("ConfigMap", volume["configMap"]["name"]) in made, item["metadata"]["name"]
    kinds = {kind for kind, _ in made}
    for item in after:
        spec = item.get("spec", {})
        for reference in (spec.get("scaleTargetRef"), spec.get("issuerRef"), spec.get("secretStoreRef")):
            if reference and (kind := reference.get("kind", "Deployment")) in kinds:
                assert (kind, reference["name"]) in made
        if item["kind"] == "RoleBinding":
            assert ("Role", item["roleRef"]["name"]) in made
            accounts = {each["name"] for each in item["subjects"] if each["kind"] == "ServiceAccount"}
            assert all(("ServiceAccount", name) in made for name in accounts)
        if item["kind"] == "Role":
            found = [
                name
                for rule in item["rules"]
                if rule["resources"] == ["secrets"]
                for name in rule.get("resourceNames", ())
            ]
            assert all(name.startswith("zz-") for name in found)


@pytest.mark.parametrize("release", RELEASES)
def test_the_name_of_the_system_keeps_the_names_of_the_manifests(chart: Path, release: str) -> None:
    names = [item["metadata"]["name"] for item in rendered(chart, "prod", chart.name, release=release)]
    kept = rendered(chart, "prod", "other", "--set", f"fullnameOverride={chart.name}", release=release)
    assert [re.sub("-[0-9a-f]{8}$", "", item["metadata"]["name"]) for item in kept] == [
        re.sub("-[0-9a-f]{8}$", "", name) for name in names
    ]


def test_volumes_have_the_class_of_their_own_release_if_it_creates_one(chart: Path) -> None:
    def classes(*options: str) -> set[str]:
        objects = rendered(chart, "prod", "one", *options)
        found = [item["metadata"]["name"] for item in objects if item["kind"] == "StorageClass"]
        claims = [
            claim
            for item in objects
            if item["kind"] == "StatefulSet"
            for claim in item["spec"].get("volumeClaimTemplates", ())
        ]
        return {*found, *(claim["spec"]["storageClassName"] for claim in claims)}

    assert classes() == {f"one-{VOLUMES}"}
    assert classes("--set", "storageClass.create=false") == {VOLUMES}


@pytest.mark.parametrize("gateway", ["true", "false"])
def test_the_certificate_of_a_public_host_is_the_releases_own_unless_it_is_named(chart: Path, gateway: str) -> None:
    def secrets(*options: str) -> set[str]:
        objects = rendered(chart, "prod", "one", "--set", f"addons.gatewayApi={gateway}", *options)
        public = [item for item in objects if item["metadata"]["labels"]["app.kubernetes.io/name"] == "orchestrator"]
        tls = [each for item in public if item["kind"] == "Ingress" for each in item["spec"].get("tls", ())]
        granted = [each for item in public if item["kind"] == "ReferenceGrant" for each in item["spec"]["to"]]
        certificates = [item["spec"] for item in public if item["kind"] == "Certificate"]
        return {each["secretName"] for each in [*tls, *certificates]} | {each["name"] for each in granted}

    assert secrets() == {"one-orchestrator-ingress-tls"}
    assert secrets("--set", "orchestrator.ingress.tlsSecretName=wildcard") == {"wildcard"}


@pytest.mark.parametrize("which", RELEASES)
@pytest.mark.parametrize(
    ("release", "options", "words"),
    [
        ("x", ("--set", f"fullnameOverride={'x' * 40}"), "may have at most"),
        ("x" * 50, (), "may have at most"),
        ("9lives", (), "must begin with a letter"),
        ("a.b", (), "must begin with a letter"),
        ("x", ("--set", "fullnameOverride=Blue"), "fullnameOverride"),
    ],
)
def test_a_name_that_the_api_would_refuse_is_refused_by_name(
    chart: Path, which: str, release: str, options: tuple[str, ...], words: str
) -> None:
    done = run("template", release, chart, *options, release=which)
    assert done.returncode != 0
    assert "fullnameOverride" in done.stderr
    assert words in done.stderr


def test_the_notes_name_the_objects_of_the_release(chart: Path, project: Project) -> None:
    text = (chart / "templates" / "NOTES.txt").read_text(encoding="utf-8")
    assert f'port-forward service/{{{{ include "{project.system.name}.prefix" . }}}}orchestrator' in text


@pytest.mark.parametrize("name", ["blue", "quantacirc"])
def test_alerts_select_the_series_of_their_release(chart: Path, name: str) -> None:
    objects = rendered(chart, "prod", name)
    (groups,) = [item["spec"]["groups"] for item in objects if item["kind"] == "PrometheusRule"]
    rules = [rule for group in groups for rule in group["rules"]]
    text = "\n".join(rule["expr"] for rule in rules)
    assert set(re.findall(r'app_kubernetes_io_instance="([^"]*)"', text)) == {name}
    scraped = r"\b(?:quantacirc_|jetstream_|up\b|agent:)[a-z0-9_:]*\{([^}]*)\}"
    assert len(re.findall(scraped, text)) > 40
    assert all(f'app_kubernetes_io_instance="{name}"' in found for found in re.findall(scraped, text))
    assert not re.search(r"\bagent:[a-z0-9_:]+(?!\{|[a-z0-9_:])", text)
    recorded = [rule["labels"] for rule in rules if "record" in rule]
    assert recorded == [{"app_kubernetes_io_instance": name, "namespace": "shared"}] * len(recorded) != []
    services = [item["metadata"]["labels"] for item in objects if item["kind"] == "Service"]
    assert {labels["app.kubernetes.io/instance"] for labels in services} == {name}
    monitors = [item["spec"] for item in objects if item["kind"] == "ServiceMonitor"]
    assert [each["targetLabels"] for each in monitors] == [["app.kubernetes.io/instance"]] * len(monitors) != []


def renamed(kind: str, name: str, values: Mapping[str, Sequence[Any]] | None = None, **fields: Any) -> Any:
    """Return what the release `zz` renders of an object beside a Deployment, a Service and a Secret."""
    others = [("Deployment", "web", {}), ("Service", "web", {"spec": {"ports": [{"port": 80}]}})]
    certificate = ("Certificate", "web", {"spec": {"secretName": "web-tls"}})
    templates = [
        Template(key=Key(component="web", kind=kind, name=name), node={"metadata": {"name": name}, **more})
        for kind, name, more in (*others, certificate, (kind, name, fields))
    ]
    found = Renaming(chart="shop", templates=templates, values=values or {}).renamed()
    return evaluate(found[-1].node, Scope(values=VALUES_OF_ROLE, release="zz", namespace="there"))


VALUES_OF_ROLE = {"access": {"rules": [{"verbs": ["patch"], "resourceNames": ["web", "other"]}]}}


def test_a_role_of_the_values_names_the_objects_of_its_release() -> None:
    rules = {"access.rules": [VALUES_OF_ROLE["access"]["rules"]]}
    role = renamed("Role", "team", rules, rules=Insert(value("access.rules"), "yaml"))
    assert role["rules"] == [{"verbs": ["patch"], "resourceNames": ["zz-web", "other"]}]


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ({"kind": "Deployment", "name": "web"}, "zz-web"),
        ({"kind": "StatefulSet", "name": "web"}, "web"),
        ({"kind": "Deployment", "name": "web", "namespace": "elsewhere"}, "web"),
        ({"kind": "Deployment", "name": "web", "namespace": Insert(NAMESPACE)}, "zz-web"),
    ],
)
def test_a_reference_has_the_prefix_if_it_names_an_object_of_the_chart(reference: dict[str, Any], name: str) -> None:
    found = renamed("VerticalPodAutoscaler", "web", spec={"targetRef": reference})
    assert found["spec"]["targetRef"]["name"] == name


def test_an_ingress_has_the_secret_of_its_release_and_its_public_host() -> None:
    rule = {"host": "web", "http": {"paths": [{"backend": {"service": {"name": "web"}}}]}}
    spec = {"rules": [rule], "tls": Choice(value("tls"), ABSENT, [{"hosts": ["web"], "secretName": "web-ingress"}])}
    found = renamed("Ingress", "web", spec=spec)["spec"]
    assert found["tls"] == [{"hosts": ["web"], "secretName": "zz-web-ingress"}]
    assert found["rules"][0]["host"] == "web"
    assert found["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"] == "zz-web"


def test_an_image_and_a_label_are_no_references() -> None:
    spec = {"image": "web:80", "selector": {"app": "web"}}
    found = renamed("DaemonSet", "any", spec=spec)
    assert found["spec"] == spec


def addresses() -> Addresses:
    return Addresses(
        prefix=prefix("shop"),
        ports={"a": {80: None}, "b": {80: None}, "github": {80: None}, "web": {80: None, 8080: value("port")}},
        sets={"b"},
        queried={"b", "c", "a", "web"},
        secrets={"login"},
        claims={"data"},
    )


SCOPE = Scope(values={"n": 2, "port": 9000}, release="zz", namespace="there")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://a:80/a", "http://zz-a:80/a"),
        ("http://a:9/a", "http://zz-a:9/a"),
        ("a:80", "zz-a:80"),
        ("a:443", "a:443"),
        ("a:8080", "a:8080"),
        ("web:80", "zz-web:80"),
        ("web:8080", "zz-web:9000"),
        ("http://web:8080/web:8080", "http://zz-web:9000/web:8080"),
        ("http://me:secret@web.svc.cluster.local:8080", "http://me:secret@zz-web.svc.cluster.local:9000"),
        ("https://a.example/a", "https://a.example/a"),
        ("https://github.com/a", "https://github.com/a"),
        ("tls://user@a:80,tls://b-0.b:80", "tls://user@zz-a:80,tls://zz-b-0.zz-b:80"),
        ("mail a@a or me@web", "mail a@a or me@web"),
        ("/etc/a a b", "/etc/a a b"),
        ("registry.example/a:80", "registry.example/a:80"),
        ('kube_cronjob{cronjob=~"c|a",job="c"}', 'kube_cronjob{cronjob=~"zz-c|zz-a",job="c"}'),
        ('kube_pvc{persistentvolumeclaim=~"data-b-.*"}', 'kube_pvc{persistentvolumeclaim=~"data-zz-b-.*"}'),
        ('up{pod=~"web-other-.*"}', 'up{pod=~"web-other-.*"}'),
        ('up{pod=~"(a|web)(-.+)?"}', 'up{pod=~"zz-(a|web)(-.+)?"}'),
        ('up{pod=~"c|(a|web)-1"}', 'up{pod=~"zz-c|zz-(a|web)-1"}'),
        ('up{pod=~"(a|other)(-.+)?"}', 'up{pod=~"(zz-a|other)(-.+)?"}'),
        ('certmanager_x{name=~"(a|b)",condition="True"}', 'certmanager_x{name=~"zz-(a|b)",condition="True"}'),
        ('<input name="a">', '<input name="a">'),
        ("host=a database=a", "host=zz-a database=a"),
        ("a.svc and b.a.svc", "zz-a.svc and b.a.svc"),
    ],
)
def test_a_word_of_a_text_is_a_name_only_in_the_syntax_of_an_address(text: str, expected: str) -> None:
    found = addresses().text(text)
    assert (found if isinstance(found, str) else text_of(found.parts, SCOPE)) == expected


def test_a_host_outside_of_the_cluster_keeps_its_first_label() -> None:
    domain = Expression(".Values.domain", lambda _: "example.com")
    text = Text(("https://web.", domain, "/"))
    assert text_of(addresses().text(text).parts, SCOPE) == "https://web.example.com/"  # type: ignore[union-attr]


def test_numbered_pods_have_the_prefix_in_helm_and_in_python() -> None:
    items = numbered(value("n"), ("//b-",), (".b:80",), " ", "shop.forEach")
    found = addresses().numbered(items)
    assert found.compute(SCOPE) == "//zz-b-0.zz-b:80 //zz-b-1.zz-b:80"
    assert found.helm == (
        'include "shop.forEach" (list (int .Values.n) (print "//" (include "shop.prefix" .) "b-") '
        '(print "." (include "shop.prefix" .) "b:80") " ")'
    )
