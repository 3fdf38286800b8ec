"""The Compose file: valid, the same containers as in the cluster, and no service sees or reaches more than it must."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.compose import compose_files, write_compose
from quantacirc_cdk.compose.manifests import Manifests
from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.handover import LeftOut
from quantacirc_cdk.manifests import read_objects
from quantacirc_cdk.model import Project as Model
from quantacirc_cdk.model import load_project
from support.tools import ROOT, require

pytestmark = pytest.mark.slow

Json = dict[str, Any]


@pytest.fixture(scope="module")
def model() -> Model:
    return load_project(ROOT)


@pytest.fixture(scope="module")
def local(manifests: Path) -> Manifests:
    return Manifests(objects=read_objects(manifests))


def pods(local: Manifests) -> dict[str, Json]:
    return {workload.name: workload.pod for workload in local.workloads()}


def test_it_is_a_valid_compose_file(folder: Path) -> None:
    check = require("check-jsonschema", "pip install check-jsonschema")
    files = [folder / "compose.yaml", ROOT / "docker" / "compose.yaml"]
    done = subprocess.run([check, "--builtin-schema", "vendor.compose-spec", *files], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_real_client_reads_it(folder: Path) -> None:
    docker = shutil.which("docker")
    client = [docker, "compose"] if docker else ["false"]
    if subprocess.run([*client, "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is missing, so its reading was NOT checked; podman-compose's and the schema were")
    command = [*client, "--file", folder / "compose.yaml", "--profile", "jobs", "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


FAKE_PODMAN = """#!/bin/sh
{ printf '%s\\0' "$@"; printf '\\n\\0'; } >>"$(dirname "$0")/calls"
case "$*" in --version*) echo "podman version 5.0.0" ;; *json*) echo "[]" ;; esac
"""


@pytest.fixture(scope="module")
def fake_podman(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a podman that runs nothing and writes down how it is called."""
    path = tmp_path_factory.mktemp("podman") / "podman"
    path.write_text(FAKE_PODMAN)
    path.chmod(0o755)
    return path


@pytest.fixture(scope="module")
def created(folder: Path, fake_podman: Path) -> dict[str, list[str]]:
    """What podman-compose tells podman to create for each service, in order."""
    client = require("podman-compose", "pip install podman-compose")
    command = [client, "--podman-path", fake_podman, "--file", folder / "compose.yaml", "--profile", "jobs", "up"]
    done = subprocess.run([*command, "--detach"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    calls = [call.split("\0")[:-1] for call in fake_podman.with_name("calls").read_text().split("\n\0")]
    label = "com.docker.compose.service="
    return {
        next(word for word in call if word.startswith(label)).removeprefix(label): call
        for call in calls
        if call[:1] == ["create"]
    }


def _networks(service: Json) -> dict[str, list[str]]:
    """Return the networks of a service, each with its further names there."""
    networks = service.get("networks", [])
    named = networks if isinstance(networks, dict) else dict.fromkeys(networks)
    return {network: (options or {}).get("aliases", []) for network, options in named.items()}


def test_a_real_client_creates_every_service_as_the_file_says(created: dict[str, list[str]], document: Json) -> None:
    assert created.keys() == document["services"].keys()
    for name, service in document["services"].items():
        words = created[name]
        arguments = [str(word).replace("$$", "$") for word in service.get("command", [])]
        assert words[len(words) - len(arguments) - 1 :] == [service["image"], *arguments]
        assert words[words.index("-u") + 1] == service["user"]
        assert "--read-only" in words
        for network, joined in _networks(service).items():
            (option,) = (word for word in words if word.startswith(f"--network=quantacirc_{network}:"))
            assert option.partition(":")[2].split(",") == [f"alias={one}" for one in (name, *joined)], words
        if "entrypoint" in service:
            expected = json.dumps([word.replace("$$", "$") for word in service["entrypoint"]])
            assert words[words.index("--entrypoint") + 1] == expected


def test_a_real_client_starts_a_service_after_what_it_needs(created: dict[str, list[str]], document: Json) -> None:
    order = list(created)
    for name, service in document["services"].items():
        for needed in service.get("depends_on", {}):
            assert order.index(needed) < order.index(name)
            assert f"quantacirc_{needed}_1" in next(word for word in created[name] if word.startswith("--requires="))


def test_a_service_waits_until_what_it_needs_is_healthy_wherever_that_has_a_health_check(document: Json) -> None:
    services = document["services"]
    waiting = 0
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            beside = service.get("network_mode") == f"service:{needed}"
            if how["condition"] == "service_completed_successfully" or beside:
                continue
            wanted = "service_healthy" if "healthcheck" in services[needed] else "service_started"
            assert how["condition"] == wanted, f"{name} needs {needed}"
            waiting += how["condition"] == "service_healthy"
    assert waiting > 15


def test_the_file_in_docker_includes_the_derived_one(
    folder: Path, document: Json, fake_podman: Path, tmp_path: Path
) -> None:
    shutil.copytree(folder, tmp_path / "dist" / "compose")
    shutil.copytree(ROOT / "docker", tmp_path / "docker")
    client = require("podman-compose", "pip install podman-compose")
    command = [client, "--podman-path", fake_podman, "--file", tmp_path / "docker" / "compose.yaml"]
    done = subprocess.run([*command, "--profile", "jobs", "config"], capture_output=True, text=True, check=True)
    read = yaml.safe_load(done.stdout)
    assert read["name"] == "quantacirc"
    for part in ("services", "networks", "volumes"):
        assert read[part].keys() == document[part].keys()


def test_every_component_runs_but_backups(document: Json, model: Model) -> None:
    wanted = {name for name, part in model.system.components.items() if part.on_laptop}
    assert wanted <= document["services"].keys()
    assert not [name for name in document["services"] if name.endswith("-backup")]


def test_components_have_the_image_variables_and_user_that_they_have_in_the_cluster(
    document: Json, local: Manifests, model: Model
) -> None:
    compared = 0
    for name in model.system.components.keys() & document["services"].keys():
        service, pod = document["services"][name], pods(local)[name]
        container = pod["containers"][0]
        assert service["image"] == container["image"]
        assert service["user"] == f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsUser']}"
        for source in container.get("envFrom", []):
            variables = {
                key: text.replace("$", "$$") for key, text in local.config(source["configMapRef"]["name"]).items()
            }
            assert variables.items() <= service["environment"].items()
            compared += 1
    assert compared > 10


def test_every_service_is_hardened_and_only_the_preparation_is_root_without_a_network(document: Json) -> None:
    for name, service in document["services"].items():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in service
        if service["user"] == "0:0":
            assert name in ("certificates", "prepare")
            assert service["network_mode"] == "none"
            assert service.get("cap_add", []) in ([], ["CHOWN"])


def test_a_service_reaches_what_it_declares(document: Json) -> None:
    services = document["services"]
    assert [*services["cli"]["networks"]] == ["orchestrator"]
    assert [*services["pauli-guard"]["networks"]] == ["artifacts", "bus", "ledger"]
    assert [*services["planck-forge"]["networks"]] == ["artifacts", "bus", "ledger", "outside"]
    assert [*services["ledger"]["networks"]] == ["ledger"]
    inner = {name for name, network in document["networks"].items() if network == {"internal": True}}
    assert document["networks"].keys() - inner == {"front", "outside"}


def test_only_the_exposed_component_has_a_port_and_only_on_this_machine(document: Json) -> None:
    ports = {name: service["ports"] for name, service in document["services"].items() if "ports" in service}
    assert ports == {"orchestrator": ["127.0.0.1:8080:8080"]}


def test_a_service_sees_its_own_password_of_the_bus_and_no_other(folder: Path) -> None:
    views = [line.split() for line in (folder / "prepare" / "views").read_text().splitlines()]
    seen = {place.split("/")[0]: keys for place, _, secret, *keys in views if secret == "bus-credentials"}
    assert seen["london-link"] == ["london-link:london-link"]
    assert [name for name, keys in seen.items() if len(keys) != 1] == ["bus"]


def test_every_mounted_file_is_there_and_every_file_is_mounted_or_read_by_one_that_is(
    folder: Path, document: Json
) -> None:
    mounts = [mount for service in document["services"].values() for mount in service.get("volumes", [])]
    sources = {folder / mount["source"] for mount in mounts if mount["type"] == "bind"}
    assert sources
    assert [source for source in sources if not source.exists()] == []
    files = {path for path in folder.rglob("*") if path.is_file()} - {folder / "compose.yaml"}
    assert [path for path in files if not any(path.is_relative_to(source) for source in sources)] == []


def test_no_password_is_in_any_file(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            assert not re.search(r"\bp[0-9a-f]{48}\b|PRIVATE KEY-----", path.read_text()), path


def test_a_dollar_stays_a_dollar_and_outside_values_stay_variables(document: Json) -> None:
    service = document["services"]["prepare"]
    assert service["environment"]["OPENAI_API_KEY"] == "${OPENAI_API_KEY:-}"
    for name, other in document["services"].items():
        if name != "prepare":
            text = yaml.safe_dump(other)
            assert not re.search(r"(?<!\$)\$(?!\$)", text.replace("$$", "")), name


def test_a_volume_that_a_laptop_does_not_have_is_an_error_that_names_it(model: Model, local: Manifests) -> None:
    objects = yaml.safe_load(yaml.safe_dump(list(local.objects)))
    for item in objects:
        if item["kind"] == "Deployment" and item["metadata"]["name"] == "pauli-guard":
            volumes = item["spec"]["template"]["spec"]["volumes"]
            (volume,) = [volume for volume in volumes if volume["name"] == "bus-credentials"]
            volume.pop("secret")
            volume["csi"] = {"driver": "x"}
    with pytest.raises(PropsError, match=r"pauli-guard/etc/secrets/bus-credentials: csi, expected a volume"):
        compose_files(model.system, model.environments["local"], Manifests(objects=objects))


def test_of_a_projected_volume_a_laptop_has_the_files_and_says_what_it_has_not(model: Model, local: Manifests) -> None:
    objects = yaml.safe_load(yaml.safe_dump(list(local.objects)))
    sources = [
        {"configMap": {"name": "pauli-guard", "items": [{"key": "QUANTACIRC_NATS_URL", "path": "url"}]}},
        {"serviceAccountToken": {"path": "token"}},
    ]
    for item in objects:
        if item["kind"] == "Deployment" and item["metadata"]["name"] == "pauli-guard":
            pod = item["spec"]["template"]["spec"]
            pod["volumes"].append({"name": "told", "projected": {"sources": sources}})
            pod["containers"][0]["volumeMounts"].append({"name": "told", "mountPath": "/told"})
    left_out: list[LeftOut] = []
    files = compose_files(model.system, model.environments["local"], Manifests(objects=objects), left_out)
    mounts = yaml.safe_load(files["compose.yaml"])["services"]["pauli-guard"]["volumes"]
    assert {"./config/pauli-guard/QUANTACIRC_NATS_URL": "/told/url"}.items() <= {
        mount["source"]: mount["target"] for mount in mounts
    }.items()
    assert [one.subject for one in left_out] == ["serviceAccountToken in pauli-guard/told"]


def test_a_port_that_only_a_service_has_is_said_to_be_missing(model: Model, local: Manifests) -> None:
    objects = yaml.safe_load(yaml.safe_dump(list(local.objects)))
    for item in objects:
        if item["kind"] == "Service" and item["metadata"]["name"] == "orchestrator":
            more = {"name": "http-old", "port": 80, "protocol": "TCP", "targetPort": "http"}
            item["spec"]["ports"].append(more)
    left_out: list[LeftOut] = []
    compose_files(model.system, model.environments["local"], Manifests(objects=objects), left_out)
    assert [(one.subject, one.why) for one in left_out] == [
        (
            "port 80 of Service orchestrator",
            "Compose has no Services: clients connect to the container's port 8080",
        )
    ]


def test_what_kubernetes_takes_twice_compose_gets_once(model: Model, local: Manifests) -> None:
    objects = yaml.safe_load(yaml.safe_dump(list(local.objects)))
    for item in objects:
        if item["kind"] == "Deployment" and item["metadata"]["name"] == "pauli-guard":
            pod = item["spec"]["template"]["spec"]
            option = {"name": "ndots", "value": "2"}
            pod["dnsConfig"] = {"searches": ["b.example", "a.example", "b.example"], "options": [option, option]}
            pod["hostAliases"] = [{"ip": "192.0.2.1", "hostnames": ["x", "x"]}]
    service = yaml.safe_load(
        compose_files(model.system, model.environments["local"], Manifests(objects=objects))["compose.yaml"]
    )["services"]["pauli-guard"]
    assert (service["dns_search"], service["dns_opt"]) == (["b.example", "a.example"], ["ndots:2"])
    assert service["extra_hosts"] == ["x=192.0.2.1"]


def test_several_laptops_get_a_folder_each_and_a_cluster_gets_none(
    model: Model, manifests: Path, tmp_path: Path
) -> None:
    local = model.environments["local"]
    other = local.model_copy(update={"name": "bench"})
    cluster = local.model_copy(update={"name": "hall", "high_availability": True})
    environments = {"local": local, "bench": other, "hall": cluster}
    several = Model(root=ROOT, system=model.system, environments=environments, sources=model.sources)
    shutil.copytree(manifests, tmp_path / "kubernetes" / "local")
    shutil.copytree(manifests, tmp_path / "kubernetes" / "bench")
    write_compose(several, tmp_path / "kubernetes", tmp_path / "compose")
    assert sorted(path.name for path in (tmp_path / "compose").iterdir()) == ["bench", "local"]
    none = Model(root=ROOT, system=model.system, environments={"hall": cluster}, sources=model.sources)
    write_compose(none, tmp_path / "kubernetes", tmp_path / "empty")
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_variable_that_refers_to_a_secret_is_put_together_when_the_container_starts(
    document: Json, folder: Path, tmp_path: Path
) -> None:
    """Compose replaces no ``$(NAME)``."""
    passwords = {"admin": "it's", "orchestrator": "a $(B) $$ b", "planck-forge": "5e10"}
    entrypoint = [word.replace("$$", "$") for word in document["services"]["bus"]["entrypoint"]]
    (tmp_path / "bus-credentials").mkdir()
    pairs = entrypoint[2 : entrypoint.index("--")]
    for pair in pairs:
        if ":=" not in pair:
            user = pair.rpartition("/")[2]
            (tmp_path / "bus-credentials" / user).write_text(passwords.get(user, "x"))
    command = ["sh", folder / "scripts" / "with-secrets.sh"]
    command += [
        pair.replace("/run/variables", str(tmp_path))
        for pair in [*pairs, "TEXT:=1$$(ADMIN)$$", 'TOLD:="$(BUS_PASSWORD_ADMIN)"']
    ]
    done = subprocess.run([*command, "--", "env", "-0"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = dict(entry.partition("=")[::2] for entry in done.stdout.split("\0"))
    assert told["BUS_PASSWORD_ADMIN"] == "it's"
    assert told["BUS_PASSWORD_ORCHESTRATOR"] == "a $(B) $$ b"
    assert told["BUS_PASSWORD_PLANCK_FORGE"] == "5e10"
    assert told["TOLD"] == '"it\'s"'
    assert told["TEXT"] == "1$(ADMIN)$"
