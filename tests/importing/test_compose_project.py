"""A Compose project is read as Compose reads it: several files, `include`, `extends`, profiles, and merges."""

import json
import re
from pathlib import Path

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.importing import compose
from quantacirc_cdk.importing.documents import read_documents
from quantacirc_cdk.importing.formats import read_format
from quantacirc_cdk.importing.source import Item, Source
from support.command import qcdk
from support.kubernetes.manifests import read_folder

pytestmark = pytest.mark.integration


def project(folder: Path, files: dict[str, str], *names: str, profiles: tuple[str, ...] = ()) -> Source:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return compose.read([one for name in names for one in read_documents(folder / name)], profiles)


def workload(source: Source, name: str) -> Item:
    return next(item for item in source.items if item.name == name and "template" in json.dumps(item.data["spec"]))


def container(source: Source, name: str) -> dict[str, object]:
    return dict(workload(source, name).template["spec"]["containers"][0])


BASE = """\
services:
  web:
    image: nginx:1
    command: [serve, --all]
    environment: [LEVEL=info, MODE=a]
    ports: ["80:8080", "81:8081"]
    volumes: ["data:/srv", "other:/opt"]
    labels: { tier: front }
    cap_add: [NET_ADMIN]
    user: "7"
  old: { image: old }
volumes: { data: , other: , third: }
"""
OVERRIDE = """\
services:
  web:
    image: nginx:2
    command: [serve]
    environment: { MODE: b, MORE: c }
    ports: !override ["8082"]
    volumes: ["third:/srv"]
    labels: [tier=back]
    cap_add: [SYS_TIME]
    user: !reset null
"""


def test_a_later_file_extends_the_services_of_an_earlier_one(tmp_path: Path) -> None:
    source = project(tmp_path, {"a.yaml": BASE, "b.yaml": OVERRIDE}, "a.yaml", "b.yaml")
    assert sorted(item.name for item in source.of("Deployment")) == ["old", "web"]
    web = container(source, "web")
    assert (web["image"], web["args"]) == ("nginx:2", ["serve"])
    assert web["env"] == [{"name": "LEVEL", "value": "info"}, {"name": "MODE", "value": "b"},
                          {"name": "MORE", "value": "c"}]  # fmt: skip
    assert [one["containerPort"] for one in web["ports"]] == [8082]  # type: ignore[attr-defined]
    mounts = {one["mountPath"]: one["name"] for one in web["volumeMounts"]}  # type: ignore[attr-defined]
    assert mounts == {"/srv": "third", "/opt": "other"}
    assert web["securityContext"] == {"capabilities": {"add": ["NET_ADMIN", "SYS_TIME"]}}
    template = workload(source, "web").data["spec"]["template"]
    assert template["metadata"]["annotations"] == {"tier": "back"}


def test_a_folder_is_read_as_compose_reads_it(tmp_path: Path) -> None:
    for name, text in {"compose.yaml": BASE, "compose.override.yaml": OVERRIDE, "other.yaml": "a: 1"}.items():
        (tmp_path / name).write_text(text)
    assert container(read_format([tmp_path]), "web")["image"] == "nginx:2"


INCLUDING = """\
include:
  - parts/store.yaml
  - { path: parts/more.yaml, project_directory: ., env_file: more.env }
services:
  web:
    extends: { file: common/base.yaml, service: app }
    image: web:${TAG}
    depends_on: [store]
"""
PARTS = {
    "compose.yaml": INCLUDING,
    ".env": "TAG=1.2\n",
    "more.env": "TAG=9\nNAME=more\n",
    "common/base.yaml": "services:\n  app:\n    extends: root\n    image: app\n    working_dir: /app\n"
    "    env_file: app.env\n  root: { image: root, read_only: true, working_dir: /root }\n",
    "common/app.env": "A=store:99\n",
    "parts/.env": "VERSION=17\n",
    "parts/store.yaml": "services: { store: { image: 'store:${VERSION}', volumes: ['./conf:/etc/store:ro'] } }\n",
    "parts/conf/store.conf": "port 99\n",
    "parts/more.yaml": "services: { more: { image: '${NAME}:${TAG}' } }\n",
}


def test_services_of_other_files_have_their_own_folders_and_variables(tmp_path: Path) -> None:
    source = project(tmp_path, PARTS, "compose.yaml")
    images = {name: container(source, name)["image"] for name in ("web", "store", "more")}
    assert images == {"web": "web:1.2", "store": "store:17", "more": "more:1.2"}
    web = container(source, "web")
    assert (web["workingDir"], web["envFrom"]) == ("/app", [{"secretRef": {"name": "env-app"}}])
    assert web["securityContext"] == {"readOnlyRootFilesystem": True}
    config_map = next(source.of("ConfigMap"))
    assert config_map.data["data"] == {"store.conf": "port 99\n"}
    (service,) = source.of("Service")
    assert (service.name, service.data["spec"]["ports"][0]["port"]) == ("store", 99)
    assert any(str(tmp_path / "common/app.env") in note for note in source.notes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("include: [no.yaml]\n", "compose.yaml:1: the file .*no.yaml does not exist"),
        ("services:\n  a: { image: a, extends: { file: no.yaml, service: b } }\n", "does not exist"),
        ("services:\n  a: { image: a, extends: b }\n", "compose.yaml:2: service a extends b"),
        ("services:\n  a: { image: a, extends: b }\n  b: { image: b, extends: a }\n", "does not extend itself"),
        ("services:\n  a: { image: a, network_mode: 'service:b' }\n", "compose.yaml:2: service a shares the network"),
        ("include: ['$NO']\n", "compose.yaml:1: the variable NO has no value"),
        ("include: [a.yaml]\nservices:\n  a: { image: a }\n", "service a is also in .*a.yaml:2"),
        ("services:\n  a: { image: a, profiles: [x] }\n", "every service has a profile, expected `--profile x`"),
    ],
)
def test_what_compose_refuses_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        project(tmp_path, {"compose.yaml": text, "a.yaml": "services:\n  a: { image: b }\n"}, "compose.yaml")


PROFILES = "services: { web: { image: web }, debug: { image: debug, profiles: [dev, test] } }\n"


def test_services_of_inactive_profiles_are_reported(tmp_path: Path) -> None:
    source = project(tmp_path, {"compose.yaml": PROFILES}, "compose.yaml")
    assert [item.name for item in source.of("Deployment")] == ["web"]
    assert {one.reason for one in source.left if one.object == "service debug"} == {
        "Compose starts it only with a profile: import with `--profile dev`."
    }
    assert any(note.startswith("debug: Compose starts these only with profiles (dev, test)") for note in source.notes)
    for profiles, shell in ((("test",), ""), (("*",), ""), ((), "COMPOSE_PROFILES=dev\n")):
        source = project(tmp_path, {".env": shell}, "compose.yaml", profiles=profiles)
        assert [item.name for item in source.of("Deployment")] == ["web", "debug"]


@pytest.mark.slow
def test_the_command_takes_profiles_of_compose_only(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(PROFILES)
    done = qcdk("import", tmp_path / "compose.yaml", "--project", tmp_path / "out", "--profile", "dev")
    assert done.returncode == 0, done.stderr
    assert "debug:" in (tmp_path / "out/apps/system.yaml").read_text()
    (tmp_path / "pod.yaml").write_text("{ apiVersion: v1, kind: Pod, metadata: { name: a } }")
    done = qcdk("import", tmp_path / "pod.yaml", "--project", tmp_path / "other", "--profile", "dev")
    assert done.returncode == 2
    assert "pod.yaml:1: a kubernetes document, expected no profiles, which only Compose has" in done.stderr


def test_files_of_any_name_have_a_key_that_a_config_map_can_have(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    for name in ("my site.conf", "my_site.conf", "плюс.conf", "..conf"):
        (tmp_path / "conf" / name).write_text(name)
    mounts = ["./conf:/etc/conf", "./conf/my site.conf:/etc/site.conf"]
    text = f"services: {{web: {{image: 'web:1', volumes: {json.dumps(mounts)}}}}}"
    source = project(tmp_path, {"a.yaml": text}, "a.yaml")
    written = {item.name: item.data["data"] for item in source.of("ConfigMap")}
    spec = workload(source, "web").data["spec"]["template"]["spec"]
    volumes = {one["name"]: one["configMap"] for one in spec["volumes"]}
    files = {one["path"]: written["conf"][one["key"]] for one in volumes["conf"]["items"]}
    assert files == {name: name for name in ("my site.conf", "my_site.conf", "плюс.conf", "..conf")}
    assert all(re.fullmatch(r"[-_.a-zA-Z0-9]+", key) and key[:2] != ".." for data in written.values() for key in data)
    (single,) = written[next(name for name in written if name != "conf")].values()
    assert single == "my site.conf"


def test_a_rolling_update_beside_a_volume_is_one_that_the_api_takes(tmp_path: Path) -> None:
    text = """
name: my_app
services:
  web:
    image: nginx:1
    healthcheck: { test: [CMD, curl, -f, http://localhost] }
    volumes: ["cache:/cache"]
    deploy: { update_config: { parallelism: 2, order: start-first } }
volumes: { cache: {} }
"""
    (tmp_path / "compose.yaml").write_text(text)
    done = qcdk("import", tmp_path / "compose.yaml", "--out", tmp_path / "app")
    assert done.returncode == 0, done.stderr
    done = qcdk("synth", "--project", tmp_path / "app", "--only", "kubernetes")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "app" / "dist" / "kubernetes" / "local"
    (item,) = [one for one in read_folder(folder) if one["kind"] == "Deployment"]
    assert item["metadata"]["namespace"] == "my-app"
    assert item["spec"]["strategy"]["type"] == "RollingUpdate"
    assert item["spec"]["strategy"]["rollingUpdate"]["maxSurge"] == 2
    probe = item["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]
    assert (probe["periodSeconds"], probe["timeoutSeconds"]) == (30, 30)
