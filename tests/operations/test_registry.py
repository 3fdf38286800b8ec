"""Registries are asked for images; only a clear no forbids anything."""

import base64
import json
from pathlib import Path

import pytest

from quantacirc_cdk.operations.registry import Reference, images_of, look_for
from support.operations.registry import Registry
from support.ports import free_port

DIGEST = "sha256:" + "0" * 64


@pytest.fixture(autouse=True)
def no_logins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path / "config.json"


@pytest.mark.parametrize(
    ("image", "url"),
    [
        ("nats", "https://registry-1.docker.io/v2/library/nats/manifests/latest"),
        ("natsio/nats-box:0.19.0", "https://registry-1.docker.io/v2/natsio/nats-box/manifests/0.19.0"),
        ("docker.io/library/nats:2.11", "https://registry-1.docker.io/v2/library/nats/manifests/2.11"),
        (f"registry.example/team/oven:1@{DIGEST}", f"https://registry.example/v2/team/oven/manifests/{DIGEST}"),
        ("localhost:5000/oven:1", "http://localhost:5000/v2/oven/manifests/1"),
        ("registry.example:5000/oven", "https://registry.example:5000/v2/oven/manifests/latest"),
    ],
)
def test_references_are_read_as_container_runtimes_read_them(image: str, url: str):
    assert Reference.parse(image).url == url


def test_an_image_exists_or_is_missing():
    with Registry({"oven": ["1"]}) as registry:
        found = look_for([f"{registry.host}/oven:2", f"{registry.host}/oven:1", f"{registry.host}/oven:1"])
    assert [(one.image.rpartition("/")[2], one.verdict) for one in found] == [
        ("oven:1", "exists"),
        ("oven:2", "missing"),
    ]


def test_a_token_is_fetched_where_one_is_wanted():
    with Registry({"oven": ["1"]}, token="secret") as registry:
        (found,) = look_for([f"{registry.host}/oven:1"])
    assert found.verdict == "exists"
    assert registry.asked[1][0] == "/token?service=bakery&scope=repository%3Aoven%3Apull"


def test_what_docker_login_stored_is_used_and_sent_nowhere_else(no_logins: Path):
    login = base64.b64encode(b"ann:bread").decode()
    with Registry({"oven": ["1"]}, password=f"Basic {login}") as registry, Registry({"oven": ["1"]}) as other:
        images = [f"{registry.host}/oven:1", f"{other.host}/oven:1"]
        (refused,) = [one for one in look_for(images) if registry.host in one.image]
        no_logins.write_text(json.dumps({"auths": {registry.host: {"auth": login}}}))
        assert [one.verdict for one in look_for(images)] == ["exists", "exists"]
    assert (refused.verdict, refused.why) == ("unseen", f"{registry.host} answers 401")
    assert {authorization for _, authorization in other.asked} == {""}


def test_silence_is_no_verdict():
    (found,) = look_for([f"127.0.0.1:{free_port()}/oven:1"])
    assert (found.verdict, "does not respond" in found.why) == ("unseen", True)


def test_images_are_found_wherever_pods_are_described():
    pod = {"initContainers": [{"image": "a"}], "containers": [{"image": "b"}, {"image": "a"}]}
    cron = {
        "kind": "CronJob",
        "spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [{"image": "c"}]}}}}},
    }
    text = {"kind": "ConfigMap", "data": {"containers": "image: d"}}
    assert images_of([{"kind": "Deployment", "spec": {"template": {"spec": pod}}}, cron, text]) == {"a", "b", "c"}
