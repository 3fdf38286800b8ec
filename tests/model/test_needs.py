"""What a component needs: short and long forms, environments that say it otherwise, and what is refused where."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.component import Program
from quantacirc_cdk.model.facts import main_port, metrics, ports, system_in
from quantacirc_cdk.model.needs.cloud_access import CloudAccess
from quantacirc_cdk.model.system import Component
from support.project import Project
from support.tools import ROOT
from support.unseen import unseen_project

Make = Callable[[], Project]
SHOP = "  shop:\n    kind: service\n    image: oven\n"


def with_shop(project: Project, needs: str, override: str = "") -> Project:
    """Return the project with more in the section of the component ``shop``, in the system and in its environment."""
    project.replace_in_system(SHOP, SHOP + "".join(f"    {line}\n" for line in needs.splitlines()))
    if override:
        text = project.environment_file("home").read_text()
        body = "".join(f"    {line}\n" for line in override.splitlines())
        project.write_environment("home", f"{text}components:\n  shop:\n{body}")
    return project


def shop(project: Project) -> Component:
    loaded = load_project(project.root)
    return system_in(loaded.system, loaded.environments["home"]).components["shop"]


def refusals(project: Project) -> str:
    with pytest.raises(ModelError) as error:
        load_project(project.root)
    return "\n".join(map(str, error.value.problems))


def test_short_forms_stand_for_the_long_ones(project: Make) -> None:
    needs = "ports: [{ name: grpc, port: 50051 }]\nprobes: { liveness: /up, readiness: { grpc: 50051 } }"
    found = shop(with_shop(project(), f"{needs}\nenvironment: {{ a: b }}"))
    assert found.probes.liveness is not None
    assert found.probes.liveness.http is not None
    assert found.probes.liveness.http.path == "/up"
    assert found.probes.readiness is not None
    assert found.probes.readiness.grpc is not None
    assert found.probes.readiness.grpc.port == 50051
    assert found.environment["a"] is not None
    assert found.environment["a"].text == "b"


def test_an_environment_lays_its_keys_over_the_components(project: Make) -> None:
    needs = """\
environment: { KEPT: a, CHANGED: b, GONE: c }
ports: [{ name: a, port: 81 }, { name: b, port: 82 }]
probes: { liveness: { http: { path: /up, port: 81 } } }
security: { user: 999 }
command: [serve, --fast]"""
    override = """\
environment: { CHANGED: x, GONE: null }
probes: { liveness: { tcp: 82 } }
security: { group: 44 }
command: [serve]"""
    found = shop(with_shop(project(), needs, override))
    texts = {name: value and value.text for name, value in found.environment.items()}
    assert texts == {"KEPT": "a", "CHANGED": "x"}
    assert found.probes.liveness is not None
    assert (found.probes.liveness.tcp, found.probes.liveness.http) == (82, None)
    assert (found.security.user, found.security.group) == (999, 44)
    assert found.command == ["serve"]


def test_somebody_elses_image_keeps_no_contract_unless_it_is_said(project: Make) -> None:
    small = project()
    small.replace_in_system(SHOP, SHOP.replace("image: oven", "image: nats"))
    small.replace_in_system("    exposed: true\n", "")
    small.replace_in_system("    reaches: [shop]\n", "")
    loaded = load_project(small.root).system
    baker, other = loaded.components["baker"], loaded.components["shop"]
    assert [port.port for port in ports(loaded, baker)] == [8080, 9090]
    assert (ports(loaded, other), metrics(loaded, other), main_port(loaded, other)) == ([], None, None)
    assert metrics(loaded, baker) is not None


def test_files_of_the_project_are_read_with_the_model(project: Make) -> None:
    small = with_shop(project(), "files: { /etc/shop: config, /etc/one.txt: config/a.txt }")
    (small.root / "config").mkdir()
    (small.root / "config" / "a.txt").write_text("a")
    (small.root / "config" / "b.txt").write_text("b")
    files = shop(small).files
    assert files["/etc/shop"] is not None
    assert files["/etc/shop"].content == {"a.txt": "a", "b.txt": "b"}
    assert files["/etc/one.txt"] is not None
    assert files["/etc/one.txt"].content == {"a.txt": "a"}


REFUSED = {
    "two checks": ("probes: { liveness: { http: /up, tcp: 1 } }", "only one of http, tcp"),
    "no check": ("probes: { liveness: { period_seconds: 3 } }", "one of http, grpc, tcp, command"),
    "port of a check": ("probes: { liveness: { tcp: htpp } }", 'no TCP port "htpp", expected "http"'),
    "another container's port of a check": (
        "probes: { liveness: { tcp: 7000 } }",
        "no TCP port 7000, expected a TCP port of",
    ),
    "number of a check": ("probes: { liveness: { tcp: 70000 } }", "the number or the name of a port"),
    "startup twice": (
        "probes: { liveness: { http: /up, success_threshold: 2 } }",
        "success_threshold: 2, expected 1: only a readiness probe can require more",
    ),
    "port of a route": ("routes: { main: { port: htp } }", 'routes.main.port: no port "htp", expected "http"'),
    "hosts of TCP": (
        "routes: { main: { protocol: tcp, hosts: [a.example] } }",
        "`hosts` of a route of tcp, where it has no effect",
    ),
    "port of metrics": ("metrics: { port: metric }", 'no port "metric", expected "metrics"'),
    "port twice": ("ports: [{ name: web, port: 8080 }]", "port 8080 twice"),
    "Service port twice": (
        "ports: [{ name: a, port: 1, service_port: 5 }, { name: b, port: 2, service_port: 5 }]",
        "port 5 of the Service is declared twice",
    ),
    "token twice": (
        "api_token: true\napi_access: true",
        "`api_token` beside `api_access` or `rules`, which include it",
    ),
    "additional Service port twice": (
        "ports: [{ name: a, port: 1, additional_service_ports: [{ name: b, port: 8080 }] }]",
        "ports[0].additional_service_ports[0].port: port 8080 of the Service is declared twice, expected each once",
    ),
    "name of an additional Service port twice": (
        "ports: [{ name: a, port: 1, additional_service_ports: [{ name: http, port: 5 }] }]",
        'ports[0].additional_service_ports[0].name: port name "http" is declared twice, expected each name once',
    ),
    "Service port of a container that ends": (
        "init_containers: [{ name: a, ports: [{ name: b, port: 1, service_port: 5 }] }]",
        "init_containers[0].ports[0].service_port: `service_port` of a container that has ended",
    ),
    "root": ("security: { user: 0 }", "user 0 without a reason"),
    "reason": ("security: { privileged: '' }", "security.privileged"),
    "host path": ("volumes: { x: { host: { path: / } } }", "volumes.x.host.reason: missing key"),
    "volume": ("volumes: { x: { empty: {}, size: 1Gi } }", "only one of empty, size"),
    "mount": ("side_cars: [{ name: a, mounts: { nothing: /x } }]", 'no volume "nothing"'),
    "image": ("side_cars: [{ name: a, image: nast }]", 'no image "nast", expected "nats"'),
    "container": ("side_cars: [{ name: a }, { name: a }]", 'container "a" twice'),
    "variable": ("environment: { A: { secret: s } }", "environment.A: found a mapping, expected key"),
    "divisor of a text": ("environment: { A: { text: a, divisor: 1Mi } }", "expected divisor only with resource"),
    "key of a field": ("environment: { A: { field: status.podIP, key: a } }", "key only with secret or config_map"),
    "optional text": ("environment: { A: { expand: a, optional: true } }", "optional only with secret or config_map"),
    "field": ("environment: { A: { field: metadata.nam } }", "a field such as metadata.name"),
    "file": ("files: { /etc/a: nowhere.txt }", "files./etc/a: no file or folder nowhere.txt"),
    "unit of a limit": (
        "environment: { A: { resource: limits.cpu, divisor: 1Mi } }",
        "expected as divisor one of 1m, 1",
    ),
    "octal": (
        "files: { /etc/a: { secret: x, mode: 0644 } }",
        'files./etc/a.mode: found "0644", expected a whole number, in octal 0o644',
    ),
    "outside": ("files: { /etc/a: ../secret }", "../secret is outside the project"),
    "pool": (
        "placement: { node_pool: gpu }",
        'no node pool "gpu" in home, expected null, or a pool in `cluster.node_pools`',
    ),
    "route": ("routes: { a: { tcp: 1 } }", "components.shop.routes.a.tcp: unknown key, expected one of annotations, "),
    "neighbour": ("placement: { near: [{ component: bakr }] }", 'no component "bakr", expected "baker"'),
    "surge": ("update: { max_surge: 1.5 }", "a number of pods, or a percentage such as 25%"),
    "job": ("parallelism: 2", "parallelism"),
    "hook": (
        "side_cars: [{ name: a, lifecycle: { pre_stop: { http: /bye } } }]",
        "side_cars[0].lifecycle.pre_stop: a health check without a port",
    ),
    "port of a hook": ("lifecycle: { post_start: { http: { port: raw } } }", 'no TCP port "raw"'),
    "Service": ("contract: false\nservice: { headless: true }", "service: a Service of a component without ports"),
    "headless": ("service: { headless: true, type: NodePort }", "headless with type NodePort, expected type ClusterIP"),
    "ranges": ("service: { source_ranges: [10.0.0.0/8] }", "source_ranges with type ClusterIP, expected type Load"),
    "class": ("service: { load_balancer_class: a.io/b, type: NodePort }", "load_balancer_class with type NodePort"),
    "traffic": ("service: { external_traffic: Local }", "external_traffic with type ClusterIP, expected type Load"),
    "clients over IPv6": ("service: { type: LoadBalancer, ip_families: [IPv6] }", "policies admit IPv4 clients only"),
    "address families": ("service: { ip_families: [IPv4, IPv6] }", "PreferDualStack or RequireDualStack"),
    "path": ("routes: { main: { paths: [/a, /a/] } }", 'routes.main.paths: path "/a" twice'),
    "host": (
        "routes: { main: { hosts: [a.example, a.example] } }",
        'host "a.example" twice in home, expected each host once',
    ),
    "label of a metric": (
        "autoscaling: { metrics: [{ name: a, value: '1', labels: { 'a b': c } }] }",
        "a key such as",
    ),
    "whole value of pods": (
        "autoscaling: { metrics: [{ name: a, average: '1', value: '2' }] }",
        "expected average, for a metric of the pods",
    ),
    "health over UDP": (
        "contract: false\nports: [{ name: dns, port: 53, protocol: UDP }]\nprobes: { startup_path: /up, port: 53 }",
        "components.shop.probes.port: no TCP port 53, expected a TCP port of the container: it has none",
    ),
    "health at a name of UDP": (
        "ports: [{ name: dns, port: 53, protocol: UDP }]\nprobes: { liveness: { http: { path: /, port: dns } } }",
        'no TCP port "dns"',
    ),
    "container of the component": ("side_cars: [{ name: shop }]", 'side_cars[0].name: container "shop" twice'),
    "name of a first container's ports": (
        "init_containers: [{ name: a, ports: [{ name: x, port: 70 }, { name: x, port: 71 }] }]",
        'init_containers[0].ports[1].name: port name "x" is declared twice',
    ),
    "number of a first container's ports": (
        "init_containers: [{ name: a, ports: [{ name: x, port: 70 }, { name: y, port: 70 }] }]",
        "init_containers[0].ports[1].port: port 70 twice",
    ),
    "half a GPU": ("resources: { extended: { nvidia.com/gpu: 500m } }", "a whole number"),
    "projection": ("volumes: { x: { projected: [{ nfs: {} }] } }", "exactly one of clusterTrustBundle, configMap"),
    "no projection": ("volumes: { x: { projected: [] } }", "at least 1 entry"),
    "resolver": ("dns: { nameservers: [192.0.2] }", "dns.nameservers[0]"),
    "wildcard": ("rules: [{ verbs: ['*'], resources: [pods] }]", "rules[0].verbs[0]"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_is_refused_with_its_file_and_line(project: Make, what: str) -> None:
    needs, said = REFUSED[what]
    found = [line for line in refusals(with_shop(project(), needs)).splitlines() if said in line]
    assert found, needs
    assert re.match(r"apps/(system|environments/home)\.yaml:\d+: ", found[0])


@pytest.mark.parametrize("target", ["aws", "gcp", "azure"])
def test_a_machine_larger_than_any_of_the_cloud_is_refused_with_its_line(project: Make, target: str) -> None:
    small = unseen_project(project().root / "unseen")
    small.replace_in_environment("north", "target: aws", f"target: {target}")
    small.replace_in_environment("north", "workers: { cpu: 8, memory: 32Gi", "workers: { cpu: 8, memory: 9000Gi")
    small.replace_in_environment("north", "books: { cpu: 2, memory: 8Gi", "books: { cpu: 128, memory: 9000Gi")
    found = refusals(small)
    assert re.search(r"north.yaml:\d+: cluster.node_pools.workers.cpu: no .* has 8 cores and 9000 GiB", found)
    assert re.search(
        r"north.yaml:\d+: components.books.cpu: no .* has 128 cores and 9000 GiB, expected less, or", found
    )


def test_a_component_without_ports_is_reached_by_nobody(project: Make) -> None:
    small = with_shop(project(), "contract: false")
    small.replace_in_system("    exposed: true\n", "")
    found = refusals(small)
    assert re.search(r'system.yaml:\d+: components.baker.reaches\[0\]: reaches "shop", which has no ports', found)


def test_a_component_that_has_no_ports_in_one_environment_is_reached_by_nobody_there(project: Make) -> None:
    small = with_shop(project(), "ports: []", "contract: false")
    small.replace_in_system("    exposed: true\n", "")
    found = refusals(small)
    assert re.search(
        r'system.yaml:\d+: components.baker.reaches\[0\]: reaches "shop", which has no ports in home', found
    )


def test_several_replicas_of_a_volume_for_one_node_are_refused_where_the_environment_says_so(project: Make) -> None:
    small = with_shop(project(), "volumes: { data: { size: 1Gi, mount: /data } }", "replicas: { min: 1, max: 3 }")
    assert "components.shop.replicas.max: shop: up to 3 replicas share the volume" in refusals(small)


def test_probes_and_none_and_files_below_files_contradict_each_other(project: Make) -> None:
    needs = "probes: { none: true, liveness: /x }\nfiles: { /e: { text: a }, /e/f/g: { text: b } }"
    found = refusals(with_shop(project(), needs))
    assert "components.shop.probes.liveness: `liveness` beside `none`" in found
    assert "components.shop.files./e/f/g: a file below the file /e" in found


def test_a_path_with_a_slash_at_its_end_is_the_same(project: Make) -> None:
    files = "files: { /data: { text: a } }"
    found = refusals(with_shop(project(), files, "files: { /data/: { text: b } }"))
    assert "two mounts at /data, expected one mount for each path" in found


def test_a_file_of_a_volume_has_no_reserved_name(project: Make) -> None:
    found = refusals(with_shop(project(), "files: { /data: { config_map: a, items: { key: ..data } } }"))
    assert 'items.key: found "..data", expected a relative path that does not begin with ".."' in found


@pytest.mark.parametrize(
    "said", ["files: { /data: { text: a }, /data/: { text: b } }", "files: { /d/: { text: a } }, mounts: { data: /d }"]
)
def test_another_container_has_one_mount_at_a_path(project: Make, said: str) -> None:
    needs = f"volumes: {{ data: {{ size: 1Gi, mount: /x }} }}\nside_cars: [{{ name: log, {said} }}]"
    assert re.search(
        r"components\.shop\.side_cars\[0\]\.files: two mounts at /d", refusals(with_shop(project(), needs))
    )


def test_no_replica_needs_something_that_brings_one_back(project: Make) -> None:
    assert "nothing scales it up again" in refusals(with_shop(project(), "args: [x]", "replicas: { min: 0, max: 3 }"))
    off = with_shop(Project.small(project().root / "off"), "args: [x]", "replicas: { min: 0, max: 0 }")
    assert load_project(off.root)


@pytest.mark.parametrize(("trigger", "wakes"), [("cpu", False), ("memory", False), ("cron", True), ("rabbitmq", True)])
def test_cpu_and_memory_bring_no_replica_back(project: Make, trigger: str, wakes: bool) -> None:
    scaled = f"autoscaling: {{ cpu_percent: null, triggers: [{{ type: {trigger}, metadata: {{ value: '5' }} }}] }}"
    made = with_shop(project(), scaled, "replicas: { min: 0, max: 3 }")
    made.replace_in_environment("home", "  context:", "  addons: { keda: true }\n  context:")
    if wakes:
        assert load_project(made.root)
    else:
        assert "nothing scales it up again" in refusals(made)


def test_the_documented_component_is_one(project: Make) -> None:
    text = (ROOT / "docs" / "components.md").read_text(encoding="utf-8")
    documented, access, pools = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL))
    small = project()
    system = yaml.safe_load(small.system_file.read_text())
    system["components"] |= documented["components"]
    system["images"] |= {name: {"repository": name} for name in ("web", "proxy")}
    small.write_system(yaml.safe_dump(system))
    environment = yaml.safe_load(small.environment_file("home").read_text())
    environment["cluster"] |= pools["cluster"]
    small.write_environment("home", yaml.safe_dump(environment))
    loaded = load_project(small.root)
    assert loaded.system.components["web"].placement.architecture == "amd64"
    for entry in access["components"]["web"]["cloud_access"]:
        cloud = "aws" if "actions" in entry else "azure" if entry["resources"][0].startswith("/") else "gcp"
        assert list(CloudAccess.model_validate(entry).problems(cloud, "eu-central-1")) == []


@pytest.mark.parametrize(
    ("protocol", "cluster", "said"),
    [
        ("https", "addons: { gateway_api: true }", "shop-main uses https behind a Gateway in home, expected http"),
        ("grpc", "ingress_class: traefik\n  ingress_namespace: edge", 'grpc with the ingress class "traefik"'),
    ],
)
def test_a_route_that_the_entrance_cannot_speak_is_refused(
    project: Make, protocol: str, cluster: str, said: str
) -> None:
    small = with_shop(project(), f"routes: {{ main: {{ protocol: {protocol}, subdomains: [a] }} }}")
    small.replace_in_environment("home", "  context: kind-bakery\n", f"  context: kind-bakery\n  {cluster}\n")
    assert said in refusals(small)


def test_components_that_say_nothing_share_the_defaults(project: Make) -> None:
    """Copies of them for each component took most of the time that reading a system takes."""
    components = load_project(project().root).system.having(Program)
    assert components["baker"].placement is components["shop"].placement


@pytest.mark.parametrize("key", ["init_containers", "side_cars"])
def test_a_need_that_only_an_environment_states_is_checked_there(project: Make, key: str) -> None:
    small = with_shop(project(), "size: small", f"{key}: [{{ name: beside, mounts: {{ nowhere: /mnt }} }}]")
    (refusal,) = refusals(small).splitlines()
    where = f"components.shop.{key}[0].mounts.nowhere"
    assert re.match(rf"apps/environments/home.yaml:\d+: {re.escape(where)}: no volume \"nowhere\"", refusal)


def test_health_paths_at_a_port_that_is_not_there_are_refused_with_their_line(project: Make) -> None:
    small = with_shop(project(), "contract: false\nports: [{ name: web, port: 80 }]\nprobes: { port: 8080 }")
    assert re.search(
        r"system.yaml:\d+: components.shop.probes.port: no TCP port 8080, expected a TCP port .*: 80", refusals(small)
    )


def test_metrics_that_keda_does_not_look_at_are_refused_with_their_line(project: Make) -> None:
    trigger = "{ type: cron, metadata: { start: x } }"
    needs = f"autoscaling: {{ triggers: [{trigger}], metrics: [{{ name: depth, average: '5' }}] }}"
    small = with_shop(project(), needs)
    assert load_project(small.root)  # without KEDA the metrics count
    small.replace_in_environment(
        "home", "  context: kind-bakery\n", "  context: kind-bakery\n  addons: { keda: true }\n"
    )
    assert "components.shop.autoscaling.metrics: shop: `metrics` where KEDA scales" in refusals(small)


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_large(path: Path) -> None:
    path.write_bytes(b"a" * 1_048_577)


def make_link(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def make_binary(path: Path) -> None:
    path.write_bytes(b"\xff")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (make_pipe, "settings/one: cannot be read: it is a pipe"),
        (make_large, "settings/one: the file is too large, expected text of at most 1048576 bytes"),
        (make_link, "settings/one links to a file outside the project"),
        (make_binary, "settings/one is not UTF-8 text"),
    ],
)
def test_what_cannot_be_mounted_is_named(project: Make, make: Callable[[Path], None], said: str) -> None:
    made = with_shop(project(), "files: { /etc/settings: settings }")
    (made.root / "settings").mkdir()
    make(made.root / "settings" / "one")
    found = refusals(made)
    assert found.startswith("apps/system.yaml:")
    assert said in found


def test_a_pipe_is_no_file_of_a_project(project: Make) -> None:
    made = with_shop(project(), "files: { /etc/a: settings }")
    make_pipe(made.root / "settings")
    assert "components.shop.files./etc/a: settings is neither a file nor a folder" in refusals(made)


def test_a_mounted_file_keeps_its_line_ends(project: Make) -> None:
    made = with_shop(project(), "files: { /etc/a: a.txt }")
    (made.root / "a.txt").write_bytes(b"a\r\nb\n")
    mounted = shop(made).files["/etc/a"]
    assert mounted is not None
    assert mounted.content == {"a.txt": "a\r\nb\n"}


@pytest.mark.parametrize(
    ("needs", "line"),
    [
        (
            "volumes:\n  tmp: { mount: { path: /data }, empty: {} }",
            r'volumes\.tmp: a volume "tmp", which the pod already has',
        ),
        (
            "volumes:\n  store: { mount: { path: /data }, empty: {} }\nreaches: [store]",
            r'reaches\[0\]: reaches "store", whose Secret "store" is mounted',
        ),
    ],
)
def test_two_volumes_of_one_name_are_refused_with_their_line(project: Make, needs: str, line: str) -> None:
    made = with_shop(project(), needs)
    store = "  store:\n    kind: postgresql\n    image: oven\n    storage: { size: 1Gi, path: /data }\n"
    made.replace_in_system(SHOP, store + SHOP)
    assert re.search(rf"apps/system\.yaml:\d+: components\.shop\.{line}", refusals(made)), refusals(made)


def test_a_component_of_which_there_can_be_only_one_has_one_replica_with_high_availability(project: Make) -> None:
    made = with_shop(project(), "volumes: { data: { size: 1Gi, mount: /data } }", "replicas: { min: 1, max: 1 }")
    made.replace_in_environment("home", "owners:", "high_availability: true\nreplicas: { min: 2, max: 4 }\nowners:")
    settings = load_project(made.root).environments["home"].components["shop"]
    assert (settings.replicas.min, settings.replicas.max) == (1, 1)
