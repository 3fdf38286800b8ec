"""Each key of a Compose service is carried over or reported, so that the pods can become ready."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from importing.conftest import Imported
from importing.test_compose_project import container, project, workload
from quantacirc_cdk.importing.source import Source

SYSTEM = """\
name: system
services:
  web:
    image: ghcr.io/shop/web:1
    container_name: shop_web
    env_file: [web.env, { path: more.env, required: false }, { path: missing.env }]
    environment:
      DATABASE: postgres://${DB_USER}:${DB_PASSWORD}@store_db:5432/shop
      LEVEL: "${LEVEL:-info}"
      MODE: "${MODE:-none}-a"
      HTTP_PROXY:
      CACHE_URL: redis://cache-alias
    ports: ["8000-8001:8000-8001", { target: 9000, published: "9000", protocol: udp }]
    expose: [7000]
    depends_on: { migrate: { condition: service_completed_successfully }, store_db: { condition: service_healthy } }
    volumes:
      - ./web.conf:/etc/web/web.conf:ro
      - ./conf:/etc/conf
      - ./uploads:/srv/uploads
      - /var/run/docker.sock:/var/run/docker.sock
      - { type: tmpfs, target: /cache, tmpfs: { size: 64m } }
      - { type: volume, source: shared, target: /shared, read_only: true, volume: { subpath: web } }
    configs: [{ source: web_config, target: /etc/web/more.conf, mode: 0440 }, outside]
    tmpfs: [/run, "/var/tmp:size=16m"]
    shm_size: 128m
    extra_hosts: ["a.example=10.0.0.1", "b.example:10.0.0.1", "host.docker.internal:host-gateway"]
    dns: 10.0.0.2
    dns_search: [shop.example]
    security_opt: ["no-new-privileges:true", "label:disable"]
    sysctls: { net.core.somaxconn: 1024 }
    group_add: ["1001"]
    tty: true
    pull_policy: always
    platform: linux/arm64
    ulimits: { nofile: 4096 }
    x-team: front
    deploy:
      replicas: 3
      update_config: { parallelism: 1, order: start-first }
      resources: { reservations: { cpus: "0.1", devices: [{ driver: nvidia, count: 2, capabilities: [gpu] }] } }
  sidecar:
    image: ghcr.io/shop/tunnel:1
    network_mode: service:web
    environment: { LISTEN: "7001" }
    ports: ["7001"]
    volumes: ["shared:/shared"]
  migrate:
    image: ghcr.io/shop/web:1
    command: [migrate]
    restart: "no"
    depends_on: [store_db]
  store_db:
    image: postgres:17
    volumes: ["db:/var/lib/postgresql/data"]
    healthcheck: { test: pg_isready, start_period: 30s, start_interval: 2s }
  cache:
    image: valkey/valkey:8
    networks: { back: { aliases: [cache-alias] } }
    mem_limit: 1.5g
    volumes: ["outside:/data"]
  agent:
    image: ghcr.io/shop/agent:1
    network_mode: host
    deploy: { mode: global }
  silent:
    image: ghcr.io/shop/silent:1
    links: ["cache:fast"]
    environment: { ROLE: "as-${DB_USER}", DB_USER: admin }
volumes: { db: , shared: , outside: { external: true, name: existing } }
configs: { web_config: { content: "url http://${HOST:-silent}:8088" }, outside: { external: true } }
"""
FILES = {
    "compose.yaml": SYSTEM,
    ".env": "DB_USER=shop\nDB_PASSWORD=word-of-env\nMODE=\n",
    "web.env": "# comment\nA=1\nTOKEN=word-of-file\n",
    "more.env": "export B=\"x\ny\"\nC: '$A' # said\n",
    "web.conf": "listen 8000\n",
    "conf/a.conf": "a\n",
    "conf/deep/b.sh": "b\n",
    "conf/id.key": "word-of-key\n",
}


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "conf/deep").mkdir(parents=True)
    (tmp_path / "conf/deep/b.sh").touch(0o755)
    return project(tmp_path, FILES, "compose.yaml")


def pod(source: Source, name: str) -> dict[str, Any]:
    return dict(workload(source, name).template["spec"])


def variables(source: Source, name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = container(source, name)["env"]  # type: ignore[assignment]
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in found}


def test_variables_of_the_shell_are_keys_of_a_secret(source: Source) -> None:
    def key(name: str, **more: bool) -> dict[str, Any]:
        return {"secretKeyRef": {"name": "environment", "key": name, **more}}

    assert variables(source, "web") == {
        "DB_USER": key("DB_USER"),
        "DB_PASSWORD": key("DB_PASSWORD"),
        "DATABASE": "postgres://$(DB_USER):$(DB_PASSWORD)@store_db:5432/shop",
        "LEVEL": "info",
        "MODE": "none-a",
        "HTTP_PROXY": key("HTTP_PROXY", optional=True),
        "CACHE_URL": "redis://cache-alias",
    }
    assert variables(source, "silent") == {"DB_USER_": key("DB_USER"), "ROLE": "as-$(DB_USER_)", "DB_USER": "admin"}
    assert (
        "Create the Secret environment with the keys DB_PASSWORD, DB_USER, with the values of `.env` or of the shell "
        "that starts Compose." in source.notes
    )


def test_files_of_variables_are_secrets(source: Source, tmp_path: Path) -> None:
    assert container(source, "web")["envFrom"] == [
        {"secretRef": {"name": "env-web"}},
        {"secretRef": {"name": "env-more", "optional": True}},
        {"secretRef": {"name": "env-missing"}},
    ]
    command = "kubectl create secret generic env-web --from-env-file="
    assert f"Create the Secret env-web with the keys A, TOKEN: `{command}{tmp_path}/web.env`." in source.notes
    more = next(note for note in source.notes if note.startswith("Create the Secret env-more"))
    assert "keys B, C" in more
    assert more.endswith("; first remove quotes and replace variables.")
    missing = f"The file {tmp_path}/missing.env of service web does not exist: create the Secret env-missing."
    assert missing in source.notes
    whole = json.dumps([item.data for item in source.items]) + "".join(source.notes)
    assert "word-of" not in whole


def test_files_of_the_project_are_config_maps_and_data_is_in_claims(source: Source) -> None:
    spec, web = pod(source, "web"), container(source, "web")
    mounts = {one["mountPath"]: one for one in web["volumeMounts"]}  # type: ignore[attr-defined]
    volumes = {one["name"]: one for one in spec["volumes"]}
    config_maps = {item.name: item.data["data"] for item in source.of("ConfigMap")}
    assert config_maps == {
        "web-conf": {"web.conf": "listen 8000\n"},
        "conf": {"a.conf": "a\n", "deep__b.sh": "b\n"},
        "web-config": {"web_config": "url http://silent:8088"},
    }
    assert mounts["/etc/web/web.conf"] == {"name": "web-conf", "mountPath": "/etc/web/web.conf", "subPath": "web.conf"}
    assert volumes["conf"]["configMap"] == {
        "name": "conf",
        "defaultMode": 0o755,
        "items": [{"key": "a.conf", "path": "a.conf"}, {"key": "deep__b.sh", "path": "deep/b.sh"}],
    }
    assert mounts["/etc/web/more.conf"]["subPath"] == "web_config"
    assert volumes["web-config"]["configMap"]["defaultMode"] == 0o440
    assert volumes["uploads"]["persistentVolumeClaim"] == {"claimName": "uploads"}
    assert mounts["/srv/uploads"]["subPath"] == "data"
    assert mounts["/shared"] == {"name": "shared", "mountPath": "/shared", "readOnly": True, "subPath": "web"}
    assert volumes["shm"]["emptyDir"] == {"medium": "Memory", "sizeLimit": "128Mi"}
    assert (mounts["/dev/shm"]["name"], mounts["/cache"]["name"]) == ("shm", "tmpfs-4")
    assert volumes["tmpfs-4"]["emptyDir"]["sizeLimit"] == "64Mi"
    assert volumes["tmpfs-1"]["emptyDir"]["sizeLimit"] == "16Mi"
    assert "/var/run/docker.sock" not in mounts
    claims = sorted(item.name for item in source.of("PersistentVolumeClaim"))
    assert claims == ["db", "shared", "uploads"]
    assert pod(source, "cache")["volumes"][0]["persistentVolumeClaim"] == {"claimName": "existing"}
    assert workload(source, "store_db".replace("_", "-")).data["spec"]["strategy"] == {"type": "Recreate"}
    assert any("id.key looks like a secret" in note for note in source.notes)
    assert any("web-conf" in note and "none is a secret" in note for note in source.notes)
    assert "Create the ConfigMap outside with the key outside." in source.notes


def test_hosts_have_the_ports_and_names_that_clients_use(source: Source) -> None:
    services = {item.name: item.data["spec"] for item in source.of("Service")}
    ports = {name: [one["port"] for one in spec["ports"]] for name, spec in services.items()}
    assert ports == {
        "web": [8000, 8001, 9000, 7000, 7001],
        "store-db": [5432],
        "cache": [6379],
        "cache-alias": [6379],
        "silent": [8088],
    }
    assert services["cache-alias"]["selector"] == {"app": "cache"}
    assert "cache states no port: 6379 is from the image valkey; check it." in source.notes
    assert any(note.startswith("The name store_db of a host is not valid in Kubernetes") for note in source.notes)
    assert "No port is known of agent: nothing can connect to them without `ports`." in source.notes


def test_workloads_are_of_the_kind_that_runs_them(source: Source) -> None:
    kinds = {item.name: item.kind for item in source.items if item.template}
    assert kinds == {
        "web": "Deployment",
        "migrate": "CronJob",
        "store-db": "Deployment",
        "cache": "Deployment",
        "agent": "DaemonSet",
        "silent": "Deployment",
    }
    assert [one["name"] for one in pod(source, "web")["containers"]] == ["web", "sidecar"]
    assert any("kubectl create job --from=cronjob/migrate" in note for note in source.notes)
    assert (pod(source, "agent")["hostNetwork"], pod(source, "agent")["dnsPolicy"]) == (True, "ClusterFirstWithHostNet")
    assert workload(source, "web").data["spec"]["strategy"] == {"rollingUpdate": {"maxSurge": 1}}


def test_fields_of_pods_and_containers(source: Source) -> None:
    spec, web = pod(source, "web"), container(source, "web")
    assert spec["hostAliases"] == [{"ip": "10.0.0.1", "hostnames": ["a.example", "b.example"]}]
    assert spec["dnsConfig"] == {"nameservers": ["10.0.0.2"], "searches": ["shop.example"]}
    assert spec["nodeSelector"] == {"kubernetes.io/arch": "arm64"}
    assert spec["enableServiceLinks"] is False
    assert spec["securityContext"]["supplementalGroups"] == [1001]
    assert spec["securityContext"]["sysctls"] == [{"name": "net.core.somaxconn", "value": "1024"}]
    assert web["securityContext"] == {"allowPrivilegeEscalation": False}
    assert (web["tty"], web["imagePullPolicy"]) == (True, "Always")
    assert web["resources"] == {"requests": {"cpu": "0.1"}, "limits": {"nvidia.com/gpu": "2"}}
    assert container(source, "cache")["resources"] == {"limits": {"memory": "1.5Gi"}}
    probe = container(source, "store-db")["readinessProbe"]
    command, usual = ["sh", "-c", "pg_isready"], {"periodSeconds": 30, "timeoutSeconds": 30}
    assert probe == {"exec": {"command": command}, "initialDelaySeconds": 30, **usual}


def test_other_keys_have_a_reason(source: Source) -> None:
    reasons = {one.path.removeprefix("services."): one.reason for one in source.left}
    for path, word in {
        "web.container_name": "host",
        "web.volumes.3": "must not have",
        "web.security_opt.1": "not support",
        "web.extra_hosts.2": "host",
        "web.ulimits.nofile": "no such field",
        "web.x-team": "host",
        "web.ports.0": "route",
        "web.env_file.0": "Secret",
        "web.environment.DATABASE": "Secret",
        "web.depends_on.migrate.condition": "reaches",
        "sidecar.network_mode": "container of the pods of web",
        "store_db.healthcheck.start_interval": "host",
        "cache.networks.back.aliases.0": "Service",
        "silent.links.0": "reaches",
        "volumes.outside.name": "outside of the project",
        "configs.web_config.content": "ConfigMap",
    }.items():
        assert word in reasons[path], (path, reasons[path])


@pytest.mark.slow
def test_the_whole_system_synthesizes(imported: Callable[..., Imported], tmp_path: Path) -> None:
    files = {name: text for name, text in FILES.items() if "/" not in name and name != "compose.yaml"}
    found = imported(SYSTEM, files=files)
    system = yaml.safe_load((found.root / "apps/system.yaml").read_text())["components"]
    assert {name: part["kind"] for name, part in system.items()} == {
        "web": "service", "migrate": "job", "store-db": "service", "cache": "service", "agent": "daemon",
        "silent": "service",
    }  # fmt: skip
    assert system["web"]["reaches"] == ["cache", "silent", "store-db"]
    origins = {(one.component, one.target): one.origin for one in found.report.connections}
    assert origins == {
        ("migrate", "store-db"): "the dependencies of the source",
        ("silent", "cache"): "the dependencies of the source",
        ("web", "cache"): "the variable CACHE_URL",
        ("web", "silent"): "web_config of the ConfigMap web-config",
        ("web", "store-db"): "the dependencies of the source",
    }
    assert "| web | cache | the variable CACHE_URL |" in (found.root / "import.md").read_text()
    names = {one["name"] for one in system["web"]["side_cars"]}
    assert names == {"sidecar"}
    assert ("Service", "cache-alias") in found.objects
    assert "word-of" not in "".join(path.read_text() for path in found.root.rglob("*") if path.is_file())


@pytest.mark.integration
def test_a_hook_is_one_of_the_container_and_several_are_reported(imported: Callable[..., Imported]) -> None:
    more = {"post_start": [{"command": "./warm.sh --all"}], "pre_stop": [{"command": ["./drain.sh", "$$HOME"]}]}
    several = {"pre_stop": [{"command": "./a"}, {"command": "./b"}], "post_start": [{"command": "./c", "user": "root"}]}
    image = {"image": "ghcr.io/shop/web:1", "ports": ["8000"]}
    found = imported(json.dumps({"services": {"web": {**image, **more}, "api": {**image, **several}}}))
    pods = {name: found.find("Deployment", name)["spec"]["template"]["spec"] for name in ("api", "web")}
    lifecycle = pods["web"]["containers"][0]["lifecycle"]
    assert lifecycle["postStart"] == {"exec": {"command": ["./warm.sh", "--all"]}}
    assert lifecycle["preStop"] == {"exec": {"command": ["./drain.sh", "$HOME"]}}
    assert "lifecycle" not in pods["api"]["containers"][0]
    reasons = found.reasons("service api")
    assert reasons["services.api.pre_stop.1.command"] == reasons["services.api.post_start.0.user"]
    assert not any("refuses" in note for note in found.report.added)
