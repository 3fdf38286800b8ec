"""What a backup is made of, and what is refused."""

from dataclasses import replace

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.kubernetes.backup import BackupTarget, DatabaseBackup, DatabaseBackupProps
from quantacirc_cdk.kubernetes.backup.target import target_variables
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.testing.restricted import violations
from support.kubernetes.manifests import Object, containers, find, pod_templates, synthesize
from support.kubernetes.schemas import NEWEST, OLDEST, errors

PROPS = DatabaseBackupProps(
    identity=Identity(name="keeper", version="1.0.0"),
    database_image="postgres:17",
    store_image="rclone:1",
    secret="books",
    target=BackupTarget(provider="aws", bucket="books", prefix="backups/books", region="eu-north-1"),
    schedule="0 1 * * *",
)


def render(props: DatabaseBackupProps) -> list[Object]:
    return synthesize(lambda scope: DatabaseBackup(scope, "backup", props))


def test_it_is_valid_and_restricted() -> None:
    objects = render(PROPS)
    assert [error for item in objects for version in (OLDEST, NEWEST) for error in errors(item, version)] == []
    templates = list(pod_templates(objects))
    assert len(templates) == 2
    assert [what for _, template in templates for what in violations(template)] == []


def test_only_the_backup_starts_by_the_clock() -> None:
    objects = render(PROPS)
    backup, restore = (find(objects, "CronJob", name)["spec"] for name in ("keeper", "keeper-restore"))
    assert (backup["schedule"], backup["suspend"]) == ("0 1 * * *", False)
    assert restore["suspend"] is True
    retries = [one["jobTemplate"]["spec"]["backoffLimit"] for one in (backup, restore)]
    assert retries == [2, 0]  # each attempt keeps its work volume, and a person watches a restore


def test_a_rehearsal_loads_the_newest_backup_and_drops_it_again() -> None:
    objects = render(replace(PROPS, rehearsal_schedule="0 5 * * 0"))
    rehearsal, restore = (find(objects, "CronJob", f"keeper-{name}")["spec"] for name in ("drill", "restore"))
    assert (rehearsal["schedule"], rehearsal["suspend"]) == ("0 5 * * 0", False)
    (fetch,), (load,) = (
        rehearsal["jobTemplate"]["spec"]["template"]["spec"][key] for key in ("initContainers", "containers")
    )
    assert {"name": "BACKUP", "value": "latest"} in fetch["env"]
    assert {"name": "REHEARSE", "value": "yes"} in load["env"]
    (restoring,) = restore["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert {"name": "REHEARSE", "value": "no"} in restoring["env"]
    template = rehearsal["jobTemplate"]["spec"]["template"]
    assert template["metadata"]["labels"] == restore["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
    assert [error for item in objects for error in errors(item, NEWEST)] == []


def test_both_jobs_pods_look_the_same_to_a_network_policy() -> None:
    labels = [template["metadata"]["labels"] for _, template in pod_templates(render(PROPS))]
    assert labels[0] == labels[1]
    assert PROPS.identity.selector.items() <= labels[0].items()


@pytest.mark.slow
def test_a_container_sees_the_secrets_it_needs_and_no_other() -> None:
    props = replace(PROPS, encryption_secret="key")
    seen = {}
    for item, template in pod_templates(render(props)):
        for container in containers(template):
            mounts = {mount["name"] for mount in container["volumeMounts"]} & {"books", "key"}
            seen[item["metadata"]["name"], container["name"]] = mounts
    assert seen == {
        ("keeper", "dump"): {"books"},
        ("keeper", "store"): {"key"},
        ("keeper-restore", "fetch"): {"key"},
        ("keeper-restore", "load"): {"books"},
    }


def test_every_script_that_runs_is_in_the_config_map() -> None:
    objects = render(PROPS)
    files = find(objects, "ConfigMap", "keeper")["data"]
    for _, template in pod_templates(objects):
        for container in containers(template):
            shell, path = container["command"]
            assert shell == "/bin/sh"
            assert files[path.removeprefix("/etc/backup/")].startswith("#!/bin/sh\n")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"keep_last": 0}, "keep_last 0, expected at least 1"),
        ({"keep_days": 0}, "keep_days 0, expected at least 1"),
        (
            {"target": replace(PROPS.target, provider="s3", region=None, endpoint="http://store", secret="store")},
            "encryption_secret",
        ),
        ({"target": replace(PROPS.target, region=None)}, 'target.region None, expected text, for "aws"'),
        ({"target": replace(PROPS.target, account="a")}, 'target.account "a", expected None: only "azure" has it'),
        ({"target": replace(PROPS.target, bucket="")}, 'target.bucket "", expected text, not empty'),
    ],
)
def test_what_would_lose_backups_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(PropsError, match=said):
        render(replace(PROPS, **changes))


@pytest.mark.parametrize("provider", ["aws", "gcp", "azure"])
def test_in_a_cloud_the_pods_identity_opens_the_store(provider: str) -> None:
    own = {"aws": {"region": "r"}, "azure": {"account": "a"}}.get(provider, {})
    target = BackupTarget(provider=provider, bucket="b", prefix="p", **own)  # type: ignore[arg-type]
    variables = target_variables(target)
    assert variables["RCLONE_CONFIG_STORE_ENV_AUTH"] == "true"
    assert variables["TARGET"] == "store:b/p"
    assert not any("KEY" in name for name in variables)
