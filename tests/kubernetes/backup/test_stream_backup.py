"""What a backup of streams is made of, and who sees what."""

import re
import tarfile
from dataclasses import replace

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.kubernetes import BackupTarget, Identity, StreamBackup, StreamBackupProps
from quantacirc_cdk.kubernetes.backup.recovery import SecretUse
from quantacirc_cdk.kubernetes.nats import Client
from quantacirc_cdk.kubernetes.nats.permissions import permissions
from quantacirc_cdk.kubernetes.scripts.stream_backup import header
from quantacirc_cdk.testing.restricted import violations
from support.kubernetes.manifests import Object, containers, find, pod_templates, synthesize
from support.kubernetes.schemas import NEWEST, OLDEST, errors
from support.tools import ROOT

PROPS = StreamBackupProps(
    identity=Identity(name="keeper", version="1.0.0"),
    store_image="rclone:1",
    client_image="python:3.13",
    url="tls://queue:4222",
    credentials_secret="queue-credentials",
    user="keeper",
    admin="admin",
    tls_secret="queue-tls",
    target=BackupTarget(provider="gcp", bucket="messages", prefix="backups/queue"),
    schedule="0 2 * * *",
)


def render(props: StreamBackupProps) -> list[Object]:
    return synthesize(lambda scope: StreamBackup(scope, "backup", props))


def test_it_is_valid_and_restricted() -> None:
    objects = render(PROPS)
    assert [error for item in objects for version in (OLDEST, NEWEST) for error in errors(item, version)] == []
    templates = list(pod_templates(objects))
    assert len(templates) == 2
    assert [what for _, template in templates for what in violations(template)] == []


def test_the_restore_starts_neither_by_the_clock_nor_twice() -> None:
    objects = render(PROPS)
    backup, restore = (find(objects, "CronJob", name)["spec"] for name in ("keeper", "keeper-restore"))
    assert (backup["schedule"], backup["suspend"], backup["jobTemplate"]["spec"]["backoffLimit"]) == (
        "0 2 * * *",
        False,
        2,
    )
    assert (restore["suspend"], restore["jobTemplate"]["spec"]["backoffLimit"]) == (True, 0)
    pods = [one["jobTemplate"]["spec"]["template"]["spec"] for one in (backup, restore)]
    assert [pod["terminationGracePeriodSeconds"] for pod in pods] == [30, 600]  # a stream is replaced to its end


def test_each_container_sees_its_own_password_and_no_other() -> None:
    seen = {}
    for item, template in pod_templates(render(replace(PROPS, encryption_secret="key"))):
        volumes = {volume["name"]: volume.get("secret") for volume in template["spec"]["volumes"]}
        for container in containers(template):
            secrets = [volumes[mount["name"]] for mount in container["volumeMounts"] if volumes[mount["name"]]]
            seen[item["metadata"]["name"], container["name"]] = {
                (secret["secretName"], *(one["key"] for one in secret.get("items", []))) for secret in secrets
            }
    assert seen == {
        ("keeper", "snapshot"): {("queue-credentials", "keeper"), ("queue-tls", "ca.crt")},
        ("keeper", "store"): {("key",)},
        ("keeper-restore", "fetch"): {("key",)},
        ("keeper-restore", "restore"): {("queue-credentials", "admin"), ("queue-tls", "ca.crt")},
    }


def test_no_password_is_a_variable() -> None:
    for _, template in pod_templates(render(PROPS)):
        for container in containers(template):
            assert not any("valueFrom" in variable for variable in container["env"])
            assert not any(
                "PASSWORD" in variable["name"] and "FILE" not in variable["name"] for variable in container["env"]
            )


def test_who_takes_snapshots_may_read_streams_and_nothing_more() -> None:
    allowed = permissions(Client(name="keeper", snapshots=True), [])
    assert allowed["publish"]["allow"] == [
        "$JS.API.STREAM.INFO.*",
        "$JS.API.STREAM.NAMES",
        "$JS.API.STREAM.SNAPSHOT.*",
        "$JS.SNAPSHOT.ACK.>",
    ]
    assert allowed["subscribe"]["allow"] == ["_INBOX_keeper.>"]
    assert permissions(Client(name="other"), [])["publish"]["allow"] == []


def test_a_store_that_does_not_encrypt_needs_a_password() -> None:
    target = BackupTarget(provider="s3", bucket="b", prefix="p", endpoint="http://store", secret="store")
    with pytest.raises(PropsError, match="encryption_secret"):
        render(replace(PROPS, target=target))


def test_volumes_have_names_that_kubernetes_takes_whatever_the_secrets_are_called() -> None:
    names = {
        SecretUse(name=name, keys=keys).volume
        for name in ("queue-credentials", "a-queue-with-a-name-that-is-as-long-as-a-name-may-ever-be-cred")
        for keys in ((), ("ca.crt",), ("A_user.of-the-queue",), ("a-user-with-a-name-of-many-more-words",))
    }
    assert len(names) == 8
    assert all(re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name) for name in names), names


def test_a_stream_may_be_larger_than_old_archives_hold() -> None:
    size = 40 * 1024**3
    entry = tarfile.TarInfo.frombuf(header("QC_EVENTS/stream.tar.s2", size), "utf-8", "strict")
    assert (entry.name, entry.size) == ("QC_EVENTS/stream.tar.s2", size)
    assert len(header("QC_EVENTS/stream.tar.s2", size)) == len(header("QC_EVENTS/stream.tar.s2", 0))


def test_the_image_that_runs_the_script_has_what_it_imports() -> None:
    """The image of `stream_tool` here is built from this lock file."""
    assert "\nnats-py==" in (ROOT / "docker" / "requirements" / "monitoring.lock").read_text()
