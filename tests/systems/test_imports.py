"""Three public systems are imported: each property of their manifests comes out, or the import's report has it.

The comparison here knows nothing of the one in the import: it reads the manifests by rules of its own.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import yaml

from quantacirc_cdk.importing import Report, import_project
from quantacirc_cdk.limits.quantity import parse_quantity
from quantacirc_cdk.model import load_project
from support.command import qcdk
from support.kubernetes.manifests import Object, of_kind, pod_templates
from support.systems import bank_of_anthos, kubernetes_examples, sock_shop
from support.systems.checks import check_chart, check_compose, check_ready, found_connections
from support.systems.system import Synthesized

pytestmark = pytest.mark.slow

LABELS = "The labels of the library select the pods."


@dataclass(frozen=True)
class Public:
    """A public system, and what is known about its import."""

    objects: Callable[[], Iterator[Object]]
    carried: int
    left: dict[str, int]
    """Number of properties that are not carried over, by reason."""
    connections: dict[str, set[str]]
    """Whom each component reaches, as far as its manifests say it."""


SYSTEMS = {
    "bank-of-anthos": Public(
        objects=bank_of_anthos.objects,
        carried=614,
        left={LABELS: 84},
        connections={
            "accounts-db": {"accounts-db"},
            "balancereader": {"ledger-db"},
            "contacts": {"accounts-db"},
            "frontend": {"balancereader", "contacts", "ledgerwriter", "transactionhistory", "userservice"},
            "ledger-db": {"ledger-db"},
            "ledgerwriter": {
                "balancereader", "contacts", "ledger-db", "transactionhistory", "userservice",
            },
            "loadgenerator": {"frontend"},
            "transactionhistory": {"ledger-db"},
            "userservice": {"accounts-db"},
        },
    ),
    "sock-shop": Public(
        objects=sock_shop.objects,
        carried=415,
        left={LABELS: 28},
        connections={"user": {"user-db"}},  # The other addresses are in the images.
    ),
    "kubernetes-examples": Public(
        objects=kubernetes_examples.objects,
        carried=125,
        left={LABELS: 18},
        connections={"cassandra": {"cassandra"}},
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Imported:
    public: Public
    source: list[Object]
    report: Report
    system: Synthesized

    @property
    def output(self) -> list[Object]:
        return self.system.objects("local")


@pytest.fixture(scope="module", params=SYSTEMS)
def imported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    root = tmp_path_factory.mktemp("imports")
    source = list(SYSTEMS[request.param].objects())
    (root / "manifests.yaml").write_text(yaml.safe_dump_all(source))
    report = import_project([root / "manifests.yaml"], root / "project", name=request.param)
    done = qcdk("synth", "--project", root / "project")
    assert done.returncode == 0, done.stdout + done.stderr
    system = Synthesized(load_project(root / "project"), root / "project" / "dist")
    return Imported(SYSTEMS[request.param], source, report, system)


Property = tuple[str, str]
"""Path without the positions and names of list items, and the value as text."""
UNNAMED = re.compile(r"spec\.(template\.spec\.)?(containers|volumes|containers\[\]\.volumeMounts|ports)\[\]\.name")
"""Names that the import may change: of containers, volumes, and ports of Services."""
DEFAULTS = {("spec.type", "ClusterIP"), ("spec.template.spec.restartPolicy", "Always")}


def properties(item: Object, ports: dict[object, int], data: dict[str, str]) -> Counter[Property]:
    """Return the properties of an object. ``ports`` are the numbers of named ports, ``data`` the variables in the
    ConfigMap of its main container.
    """
    found: Counter[Property] = Counter()
    for path, value in scalars(item):
        if path.endswith("env[].value") or UNNAMED.fullmatch(path) or (path, value) in DEFAULTS:
            continue
        if path.endswith("].image"):
            value = whole(str(value))
        if path.endswith(("targetPort", "httpGet.port")):
            value = ports.get(value, value)
        if re.search(r"\.(requests|limits)\.", path):
            value = parse_quantity(str(value))
        if "capabilities.drop" in path:
            value = str(value).upper()
        found[path, str(value)] += 1
    for container in [one for _, template in pod_templates([item]) for one in template["spec"]["containers"]]:
        for one in container.get("env", []):
            if "value" in one:
                found["variable", f"{one['name']}={one['value']}"] += 1
    for name, value in data.items():
        found["variable", f"{name}={value}"] += 1
        found["spec.template.spec.containers[].env[].name", name] += 1
    return found


def scalars(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from scalars(one, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for one in value:
            yield from scalars(one, f"{path}[]")
    else:
        yield path, value


def whole(image: str) -> str:
    """Return an image with the registry, folder and tag that it has by default."""
    host = image.partition("/")[0]
    if "/" not in image:
        image = f"library/{image}"
    if "." not in host.partition(":")[0] or "/" not in image:
        image = f"docker.io/{image}"
    return image if ":" in image.rpartition("/")[2] else f"{image}:latest"


def numbers(objects: list[Object], selecting: Object) -> dict[object, int]:
    """Return the numbers of the named ports of the pods that an object selects."""
    selector = selecting.get("spec", {}).get("selector", {})
    selector = selector.get("matchLabels", selector)
    return {
        port["name"]: port["containerPort"]
        for _, template in pod_templates(objects)
        if selector.items() <= template["metadata"]["labels"].items()
        for container in template["spec"]["containers"]
        for port in container.get("ports", [])
        if "name" in port
    }


def lost(imported: Imported) -> list[tuple[str, str, str]]:
    """Return the properties that do not come out of the synthesis, as object, path and value."""
    objects = imported.output
    output = {(one["kind"], one["metadata"]["name"]): one for one in objects}
    found = []
    for item in imported.source:
        kind, name = item["kind"], item["metadata"]["name"]
        other = output.get((kind, name), {"kind": "", "metadata": {"name": name}})
        config = output.get(("ConfigMap", name), {}).get("data", {}) if kind in ("Deployment", "StatefulSet") else {}
        before = properties(item, numbers(imported.source, item), {})
        after = properties(other, numbers(objects, other), config)
        found += [(f"{kind}/{name}", path, value) for path, value in (before - after).elements()]
    return found


def told(path: str) -> str:
    """Return a path of the report without the positions and names of list items, and without quotes around keys."""
    return re.sub(r'\["([^"]*)"\]', r".\1", re.sub(r"\[[^\]\"]*\]", "[]", path))


def test_each_property_comes_out_or_is_in_the_report(imported: Imported) -> None:
    said = {(one.object, told(one.path)) for one in imported.report.left}
    assert [one for one in lost(imported) if one[:2] not in said] == []


def test_as_many_come_out_as_ever_did(imported: Imported) -> None:
    assert dict(Counter(one.reason for one in imported.report.left)) == imported.public.left
    assert imported.report.carried >= imported.public.carried
    assert imported.report.total == imported.report.carried + sum(imported.public.left.values())


def test_every_workload_could_become_ready(imported: Imported) -> None:
    check_ready(imported.system, "local")


def test_each_service_selects_the_same_workloads(imported: Imported) -> None:
    def selected(objects: list[Object]) -> dict[str, set[str]]:
        return {
            service["metadata"]["name"]: {
                item["metadata"]["name"]
                for item, template in pod_templates(objects)
                if service["spec"]["selector"].items() <= template["metadata"]["labels"].items()
            }
            for service in of_kind(objects, "Service")
        }

    after = selected(imported.output)
    assert {name: after.get(name) for name in selected(imported.source)} == selected(imported.source)


def test_components_reach_whom_their_manifests_name(imported: Imported) -> None:
    assert found_connections(imported.system) == imported.public.connections


def test_the_chart_renders_the_same_and_compose_takes_its_file(imported: Imported) -> None:
    check_chart(imported.system, "local")
    check_compose(imported.system)


def test_no_value_of_a_fact_is_a_file_of_the_system() -> None:
    """The manifests are made of facts: no text of several lines comes from elsewhere."""
    for public in SYSTEMS.values():
        assert not [value for item in public.objects() for _, value in scalars(item) if "\n" in str(value)]
