"""No value of `.env` that can be a password is in a project that the import writes."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importing.test_compose_project import container, project, workload
from quantacirc_cdk.importing import import_project
from quantacirc_cdk.importing.compose.references import for_process, for_shell
from quantacirc_cdk.importing.compose.secrecy import hidden
from quantacirc_cdk.importing.compose.shell import Reference
from quantacirc_cdk.importing.source import Source

PASSWORD = "word-of-env"
ENV = f"REDIS_PASSWORD={PASSWORD}\nVERSION=7-alpine\nWEB_PORT=8080\nSUBJECT=8081\nNOTE=said-of-env\n"
SYSTEM = """\
services:
  redis:
    image: redis:${VERSION}
    command: ["redis-server", "--requirepass", "${REDIS_PASSWORD}", "$$$$", "$$(REDIS_PASSWORD)", "${VERSION}"]
    healthcheck: { test: [CMD, redis-cli, -a, "x${REDIS_PASSWORD}", ping it], interval: 5s }
    environment: { REDIS_PASSWORD: other, TOKEN: "${REDIS_PASSWORD}" }
    labels: { auth: "${REDIS_PASSWORD}", host: "${VERSION}" }
  app:
    image: ghcr.io/shop/app:1
    entrypoint: sh -c "connect redis://:${REDIS_PASSWORD:?say one}@redis:6379"
    ports: ["${SUBJECT}:8080"]
    environment: { PORT: "${SUBJECT}", OTHER: "${WEB_PORT}" }
    healthcheck: { test: "check -p '${REDIS_PASSWORD}' ${NOTE-none} ${WEB_PORT}" }
    configs: [{ source: c, target: /c }, d]
  bare:
    image: ghcr.io/shop/bare:1
    healthcheck: { test: [CMD, check, "${REDIS_PASSWORD}"], interval: 5s }
    hostname: "${REDIS_PASSWORD}"
configs: { c: { content: "password=${REDIS_PASSWORD}" }, d: { content: "port=${WEB_PORT}" } }
"""


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return project(tmp_path, {"compose.yaml": SYSTEM, ".env": ENV}, "compose.yaml")


def test_containers_read_passwords_from_a_secret_wherever_they_are_used(source: Source) -> None:
    key = {"secretKeyRef": {"name": "environment", "key": "REDIS_PASSWORD"}}
    redis, app = container(source, "redis"), container(source, "app")
    assert redis["args"] == [
        "redis-server", "--requirepass", "$(REDIS_PASSWORD_)", "$$$", "$$(REDIS_PASSWORD)", "7-alpine"
    ]  # fmt: skip
    assert redis["env"] == [
        {"name": "REDIS_PASSWORD", "value": "other"},
        {"name": "TOKEN", "valueFrom": key},
        {"name": "REDIS_PASSWORD_", "valueFrom": key},
    ]
    probe = redis["readinessProbe"]["exec"]["command"]  # type: ignore[index]
    assert probe == ["sh", "-c", "exec redis-cli -a x\"${REDIS_PASSWORD_}\" 'ping it'"]
    assert app["command"] == ["sh", "-c", "connect redis://:$(REDIS_PASSWORD)@redis:6379"]
    checked = app["readinessProbe"]["exec"]["command"]  # type: ignore[index]
    assert checked == ["sh", "-c", "check -p ''\"${REDIS_PASSWORD}\"'' ${NOTE} 8080"]
    assert source.secrets == {"environment": {"REDIS_PASSWORD", "NOTE"}, "c": {"c"}}
    assert "of-env" not in json.dumps([item.data for item in source.items]) + "".join(source.notes)


def test_settings_stay_what_they_are(source: Source) -> None:
    assert container(source, "redis")["image"] == "redis:7-alpine"
    env = {one["name"]: one.get("value") for one in container(source, "app")["env"]}  # type: ignore[attr-defined]
    assert (env["PORT"], env["OTHER"]) == (8081, 8080) or (env["PORT"], env["OTHER"]) == ("8081", "8080")
    assert {item.name: item.data["data"] for item in source.of("ConfigMap")} == {"d": {"d": "port=8080"}}
    assert workload(source, "redis").template["metadata"]["annotations"] == {"host": "7-alpine"}


def test_what_kubernetes_cannot_read_from_a_secret_is_reported(source: Source) -> None:
    left = {one.path: one.reason for one in source.left if "can be a password, " in one.reason}
    assert {path.removeprefix("services.") for path in left} == {
        "redis.labels.auth", "bare.hostname", *(f"bare.healthcheck.test.{number}" for number in range(3))
    }  # fmt: skip
    assert "readinessProbe" not in container(source, "bare")


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("VERSION", True),
        ("API_PORT", True),
        ("USED", True),
        ("TOKEN", False),
        ("UNUSED", False),
        ("DB_PASSWORD", False),
    ],
)
def test_a_setting_is_known_by_its_use_or_its_name(name: str, *, setting: bool) -> None:
    service = {"image": "${USED}", "user": "${DB_PASSWORD}", "command": ["$REST"], "build": {"args": ["$TOKEN"]}}
    assert (name not in hidden({name: "x"}, [service], ("image", "user", "command"))) is setting


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (["echo ", Reference("V"), " 'a b'"], ["it's", "$x", "a b"]),
        (["echo 'x ", Reference("V"), "'"], ["x it's $x"]),
        (['echo "x ', Reference("V"), '"'], ["x it's $x"]),
        (["echo \\'", Reference("V")], ["'it's", "$x"]),
        (["echo \\", Reference("V")], None),
        (["echo $(echo '", Reference("V"), "')"], None),
    ],
)
def test_a_shell_replaces_a_variable_inside_quotes_too(parts: list[Any], words: list[str] | None) -> None:
    script = for_shell(parts)
    assert (script is None) is (words is None)
    if script is not None:
        asked = script.replace("echo", "printf '%s\\n'", 1)
        done = subprocess.run(["sh", "-c", asked], env={"V": "it's $x"}, capture_output=True, text=True, check=True)
        assert done.stdout.splitlines() == words


def test_a_word_of_a_process_keeps_its_characters() -> None:
    asked = f"printf '%s' {for_process(['a $(b) ', Reference('V'), ''])}"
    done = subprocess.run(["sh", "-c", asked], env={"V": "it's $x"}, capture_output=True, text=True, check=True)
    assert done.stdout == "a $(b) it's $x"


_NAMES = ("DB_PASSWORD", "API_TOKEN", "THING", "VERSION", "USED")
_FORMS = (
    "${%s}",
    "$%s",
    "${%s:-none}",
    "${%s:?say}",
    "${NONE:-${%s}}",
    "a ${%s} b",
    "'${%s}'",
    "$$ ${%s}",
    "${%s:+on}",
)
_TEXT = st.tuples(st.sampled_from(_FORMS), st.sampled_from(_NAMES)).map(lambda one: one[0] % one[1])
_WORDS = st.lists(_TEXT | st.just("word"), min_size=1, max_size=3)
_KEYS = {
    "command": _WORDS | _TEXT,
    "entrypoint": _WORDS | _TEXT.map(lambda text: f"sh -c {text}"),
    "environment": st.dictionaries(st.sampled_from(("A", "B", "DB_PASSWORD")), _TEXT, max_size=3),
    "labels": st.dictionaries(st.sampled_from(("one", "two")), _TEXT, max_size=2),
    "annotations": st.dictionaries(st.sampled_from(("three", "four")), _TEXT, max_size=2),
    "healthcheck": st.fixed_dictionaries(
        {"test": _WORDS.map(lambda words: ["CMD", *words]) | _TEXT | _TEXT.map(lambda text: ["CMD-SHELL", text])}
    ),
    "configs": st.just(["c"]),
    "hostname": st.sampled_from(("${API_TOKEN}", "web")),
    "working_dir": st.sampled_from(("/${USED}", "/srv")),
    "volumes": st.sampled_from((["./${USED}:/srv"], ["./${DB_PASSWORD}:/srv"])),
    "logging": st.fixed_dictionaries({"options": st.fixed_dictionaries({"token": _TEXT})}),
    "x-any": _TEXT,
}
_SERVICE = st.fixed_dictionaries({"image": st.sampled_from(("redis:7", "shop/web:${VERSION}"))}, optional=_KEYS)


@pytest.mark.integration
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(services=st.dictionaries(st.sampled_from(("web", "db", "app")), _SERVICE, min_size=1), content=_TEXT)
def test_no_secret_of_the_variables_is_in_what_the_import_reads(
    tmp_path: Path, services: dict[str, Any], content: str
) -> None:
    values = {name: f"v4lue{number}" for number, name in enumerate(_NAMES)}
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    document = {"services": services, "configs": {"c": {"content": content}}}
    source = project(tmp_path, {"compose.yaml": json.dumps(document)}, "compose.yaml")
    written = json.dumps([[item.data for item in source.items], [vars(one) for one in source.left], source.notes])
    used = "${USED}" in json.dumps(services)
    secret = {"DB_PASSWORD", "API_TOKEN", "THING"} | (set() if used else {"USED"})
    assert not {name for name in secret if values[name] in written}


@pytest.mark.slow
def test_no_secret_of_the_variables_is_in_a_written_project(tmp_path: Path) -> None:
    for name, text in {"compose.yaml": SYSTEM, ".env": ENV}.items():
        (tmp_path / name).write_text(text)
    import_project([tmp_path / "compose.yaml"], tmp_path / "out", name="shop")
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if "of-env" in path.read_text()]
