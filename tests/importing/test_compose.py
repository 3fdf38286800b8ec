"""Compose files become a project; what is about the machine is told."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from importing.conftest import Imported
from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.importing import import_projects

pytestmark = pytest.mark.integration

SHOP = """\
name: shop
x-common: &common { restart: unless-stopped }
services:
  web:
    <<: *common
    image: ghcr.io/shop/web:1.4
    command: ["serve", "--port", "8080"]
    environment:
      DATABASE_URL: postgres://db:5432/shop
      TOKEN: ${TOKEN}
      PRICE: $$5
      EMPTY: ""
    ports: ["80:8080", "127.0.0.1:9000:9000/udp"]
    depends_on: [db]
    healthcheck: { test: ["CMD", "curl", "-f", "http://localhost:8080/"], interval: 1m30s, retries: 3 }
    deploy: { replicas: 2, resources: { limits: { cpus: "0.5", memory: 512M } } }
    volumes: ["./conf:/etc/shop", "uploads:/srv/uploads:ro"]
    stop_grace_period: 20s
    read_only: true
  db:
    image: postgres:17
    user: "999:999"
    expose: ["5432"]
    volumes: [data:/var/lib/postgresql/data]
    networks: [back]
  built:
    build: .
volumes: { data: {}, uploads: {} }
networks: { back: { internal: true } }
"""


SHELL = """\
services:
  web:
    image: ${REGISTRY:-ghcr.io/shop}/web:${VERSION:-1.4}
    user: "$USER_ID"
    environment: { LEVEL: "${LEVEL:-info}", MODE: "${MODE-}", PRICE: "$$5", KEY: "${KEY}", WORD: "${PASSWORD:-none}" }
    ports: ["${PORT:-80}:8080"]
    healthcheck: { test: [CMD, check, "$$HOME"], interval: "$INTERVAL", retries: $RETRIES, timeout: "$UNKNOWN" }
    deploy: { replicas: $REPLICAS }
    command: [serve, "${UNKNOWN?say one}"]
  shell:
    image: shop-local
    build: .
  worker:
    image: shop-local
    read_only: ${READ_ONLY}
"""
VALUES = """\
# Values for all services.
USER_ID=1000
export INTERVAL="30s"
RETRIES=4  # times
REPLICAS='2'
READ_ONLY=true
PASSWORD=secret
"""


@pytest.fixture(scope="module")
def shell(imported: Callable[..., Imported]) -> Imported:
    return imported(SHELL, files={".env": VALUES})


@pytest.mark.slow
def test_variables_have_the_values_of_the_shell_file_or_their_defaults(shell: Imported) -> None:
    deployment = shell.find("Deployment", "web")["spec"]
    (web,) = deployment["template"]["spec"]["containers"]
    assert (deployment["replicas"], web["image"]) == (2, "ghcr.io/shop/web:1.4")
    assert web["securityContext"]["runAsUser"] == 1000
    probe = web["readinessProbe"]
    assert (probe["periodSeconds"], probe["failureThreshold"], probe["timeoutSeconds"]) == (30, 4, 30)
    assert probe["exec"]["command"] == ["check", "$HOME"]
    assert shell.find("ConfigMap", "web")["data"] == {"LEVEL": "info", "MODE": "", "PRICE": "$5"}
    reasons = {path: reason for path, reason in shell.reasons("service web").items() if "shell" in reason}
    assert set(reasons) == {
        "services.web.healthcheck.timeout",
        "services.web.command.0",
        "services.web.command.1",
    }
    assert {one["name"]: one["valueFrom"]["secretKeyRef"] for one in web["env"] if "valueFrom" in one} == {
        "KEY": {"name": "environment", "key": "KEY"},
        "WORD": {"name": "environment", "key": "PASSWORD"},
    }
    assert "=secret" not in "".join(path.read_text() for path in shell.root.rglob("*") if path.is_file())
    (worker,) = shell.find("Deployment", "worker")["spec"]["template"]["spec"]["containers"]
    assert worker["securityContext"]["readOnlyRootFilesystem"] is True


def test_services_of_one_built_image_share_it(shell: Imported) -> None:
    system = yaml.safe_load((shell.root / "apps" / "system.yaml").read_text())
    assert system["images"]["shop-local"] == {"repository": "shop-local"}
    assert {system["components"][name]["image"] for name in ("shell", "worker")} == {"shop-local"}


@pytest.mark.parametrize(
    "wrong", ["ports: 80", "deploy: [a]", "healthcheck: { test: [CMD], retries: some }", "volumes: 1"]
)
def test_a_field_of_another_form_is_refused_with_its_line(imported: Callable[..., Imported], wrong: str) -> None:
    with pytest.raises(ModelError, match=r"source.yaml:2: service a has a field of another form"):
        imported(f"services:\n  a: {{ image: nginx, {wrong} }}\n")


SECRETS = """\
services:
  db:
    image: postgres:17
    environment: { POSTGRES_PASSWORD_FILE: /run/secrets/db-password }
    secrets: [db-password, { source: Server.Key, target: /etc/tls/key.pem, mode: 0400 }]
  app:
    image: ghcr.io/shop/app:1
    secrets: [{ source: db-password, target: password }]
secrets:
  db-password: { file: password.txt }
  Server.Key: { external: true }
"""


@pytest.mark.slow
def test_secrets_are_files_of_secrets(imported: Callable[..., Imported]) -> None:
    found = imported(SECRETS, files={"password.txt": "very-secret"})
    mounted = {}
    for name in ("db", "app"):
        pod = found.find("Deployment", name)["spec"]["template"]["spec"]
        secrets = {one["name"]: one["secret"]["secretName"] for one in pod["volumes"] if "secret" in one}
        for mount in pod["containers"][0]["volumeMounts"]:
            if mount["name"] in secrets:
                mounted[name, mount["mountPath"]] = (secrets[mount["name"]], mount["subPath"])
    assert mounted == {
        ("db", "/run/secrets/db-password"): ("db-password", "db-password"),
        ("db", "/etc/tls/key.pem"): ("server-key", "Server.Key"),
        ("app", "/run/secrets/password"): ("db-password", "db-password"),
    }
    assert [said for said in found.report.added if "Secret" in said] == [
        "Create the Secret db-password with the keys db-password.",
        "Create the Secret server-key with the keys Server.Key.",
    ]
    assert set(found.reasons("service db")) == {"services.db.secrets.1.mode"}
    assert set(found.reasons("").values()) == {
        "A project must not contain values of Secrets: create the Secret in the cluster."
    }
    assert "very-secret" not in "".join(path.read_text() for path in found.root.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def shop(imported: Callable[..., Imported]) -> Imported:
    return imported(SHOP)


@pytest.mark.slow
def test_services_become_components(shop: Imported) -> None:
    pod = shop.find("Deployment", "web")["spec"]["template"]["spec"]
    (web,) = pod["containers"]
    assert web["image"] == "ghcr.io/shop/web:1.4"
    assert web["args"] == ["serve", "--port", "8080"]
    assert web["readinessProbe"]["exec"]["command"] == ["curl", "-f", "http://localhost:8080/"]
    assert web["readinessProbe"]["periodSeconds"] == 90
    assert web["resources"]["limits"] | {"ephemeral-storage": "1Gi"} == {
        "cpu": "0.5", "ephemeral-storage": "1Gi", "memory": "512Mi",
    }  # fmt: skip
    assert web["securityContext"]["readOnlyRootFilesystem"] is True
    assert pod["terminationGracePeriodSeconds"] == 20
    assert shop.find("Deployment", "web")["spec"]["replicas"] == 1  # Its claim is for one node.
    data = shop.find("ConfigMap", "web")["data"]
    assert data == {"DATABASE_URL": "postgres://db:5432/shop", "EMPTY": "", "PRICE": "$5"}
    ports = {(one["port"], one["protocol"]) for one in shop.find("Service", "web")["spec"]["ports"]}
    assert ports == {(8080, "TCP"), (9000, "UDP")}


def test_volumes_become_claims(shop: Imported) -> None:
    assert shop.find("PersistentVolumeClaim", "data")["spec"]["accessModes"] == ["ReadWriteOnce"]
    pod = shop.find("Deployment", "db")["spec"]["template"]["spec"]
    claims = [one["persistentVolumeClaim"]["claimName"] for one in pod["volumes"] if "persistentVolumeClaim" in one]
    assert claims == ["data"]
    assert pod["containers"][0]["securityContext"]["runAsUser"] == 999


def test_an_image_that_is_built_is_one_of_the_release(shop: Imported) -> None:
    system = yaml.safe_load((shop.root / "apps" / "system.yaml").read_text())
    assert system["images"]["built"] == {"repository": "built"}
    assert "registry.example/built:1.0.0" in str(shop.find("Deployment", "built"))


def test_what_is_not_carried_over_is_told(shop: Imported) -> None:
    web = shop.reasons("service web")
    assert set(web) == {
        "services.web.restart",
        "services.web.environment.TOKEN",
        "services.web.ports.0",
        "services.web.ports.1",
        "services.web.depends_on.0",
        "services.web.deploy.replicas",
        "services.web.volumes.0",
    }
    assert "a Secret" in web["services.web.environment.TOKEN"]
    assert shop.reasons("service db") == {"services.db.networks.0": web["services.web.restart"]}
    assert set(shop.reasons("")) == {"x-common.restart", "networks.back.internal"}


def test_who_depends_on_another_reaches_it(shop: Imported) -> None:
    system = yaml.safe_load((shop.root / "apps" / "system.yaml").read_text())
    assert system["components"]["web"]["reaches"] == ["db"]


def test_services_of_one_name_in_kubernetes_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text("services:\n  db_main: { image: postgres:16 }\n  db-main: { image: redis:7 }\n")
    with pytest.raises(ModelError, match=r'compose\.yaml:3: services "db_main" and "db-main" are both "db-main"'):
        import_projects([file], tmp_path / "project")
    assert not (tmp_path / "project").exists()


@pytest.mark.parametrize("name", ["../../keep", "/tmp/keep", "A b", ""])
def test_the_environment_of_an_import_is_a_name(tmp_path: Path, name: str) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text("services: { db: { image: postgres:16 } }\n")
    with pytest.raises(ModelError, match="--environment: found"):
        import_projects([file], tmp_path / "project", environment=name)
    assert [path.name for path in tmp_path.iterdir()] == ["compose.yaml"]
