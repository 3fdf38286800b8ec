"""What a deployer must be allowed: printed, asked before anything changes, and enough."""

from pathlib import Path

import pytest
import yaml

from cluster.server import Cluster
from quantacirc_cdk.operations.rights import needed, plural, roles
from support.command import qcdk
from support.kubernetes.manifests import read_folder
from support.operations.bakery import VERSIONS, Bakery
from support.tools import ROOT

pytestmark = pytest.mark.integration

PLATFORM = {f"{verb} {kind}" for verb in ("create", "delete", "get", "patch", "update") for kind in
            ("namespaces", "priorityclasses", "resourcequotas", "limitranges")} - {"get resourcequotas"}  # fmt: skip


@pytest.fixture(params=VERSIONS)
def either(request: pytest.FixtureRequest, tmp_path: Path, cluster: Cluster) -> Bakery:
    """A bakery for the newest and the oldest supported helm."""
    return Bakery(tmp_path, cluster, request.param).set_up()


@pytest.mark.slow
def test_what_one_may_not_do_is_said_before_anything_changes(bakery: Bakery, cluster: Cluster):
    bakery.install()
    bakery.values(priorities=True, baker={"image": "registry.invalid/oven:2"})
    cluster.forbidden = {"patch deployments", "create priorityclasses", "create leases"}
    changes = len(cluster.changes)
    done = bakery.deploy()
    assert (done.returncode, len(cluster.changes)) == (2, changes), done.stderr
    assert "error: you may not patch deployments.apps in bakery" in done.stderr
    assert "error: you may not create leases.coordination.k8s.io in bakery" in done.stderr
    assert (
        "create priorityclasses.scheduling.k8s.io; --without-platform leaves them to the cluster administrator"
        in done.stderr
    )
    done = bakery.rollback("1")
    assert (done.returncode, len(cluster.changes)) == (2, changes), done.stderr
    assert "error: you may not patch deployments.apps in bakery" in done.stderr
    assert bakery.history() == [(1, "deployed")]


@pytest.mark.slow
def test_a_release_is_deployed_without_the_rights_of_the_platform_and_takes_nothing_of_it_away(
    either: Bakery, cluster: Cluster
):
    either.values(priorities=True)
    either.install()
    cluster.forbidden = PLATFORM
    either.values(priorities=True, baker={"image": "registry.invalid/oven:2"})
    assert either.deploy().returncode == 2
    done = either.deploy("--without-platform")
    assert done.returncode == 0, done.stderr
    assert "PriorityClass" not in done.stdout
    assert either.image("baker") == "registry.invalid/oven:2"
    assert either.history() == [(1, "superseded"), (2, "deployed")]
    assert cluster.get("PriorityClass", "bakery-services")["value"] == 10000


@pytest.mark.slow
def test_the_scripts_say_it_before_anything_changes(bakery: Bakery, cluster: Cluster):
    bakery.install()
    bakery.scripts()
    cluster.forbidden = {"patch deployments"}
    changes = len(cluster.changes)
    for command in (("deploy.sh", "home", "--yes"), ("rollback.sh", "home", "1", "--yes")):
        done = bakery.run(bakery.project.root / "scripts" / command[0], *command[1:])
        assert (done.returncode, len(cluster.changes)) == (2, changes), done.stderr
        assert "error: you may not patch deployment.apps in bakery; nothing was changed" in done.stderr


def test_the_roles_are_those_of_the_objects_and_of_what_the_commands_do():
    done = qcdk("doctor", "prod", "--roles", "--project", ROOT)
    assert done.returncode == 0, done.stderr
    printed = list(yaml.safe_load_all(done.stdout))
    where = [(role["kind"], role["metadata"].get("namespace")) for role in printed]
    assert where == [("ClusterRole", None), ("Role", "quantacirc"), ("Role", "velero")]
    cluster_wide, own, velero = ({(group, resource): rule["verbs"] for rule in role["rules"]
                                  for group in rule["apiGroups"] for resource in rule["resources"]}
                                 for role in printed)  # fmt: skip
    changes = ["create", "delete", "get", "patch"]
    assert cluster_wide == {
        ("", "namespaces"): changes,
        ("scheduling.k8s.io", "priorityclasses"): changes,
        ("storage.k8s.io", "storageclasses"): changes,
    }
    assert velero == {("velero.io", "schedules"): changes}
    assert own["external-secrets.io", "externalsecrets"] == changes
    assert own["", "secrets"] == ["create", "delete", "get", "list", "patch", "update"]
    assert own["coordination.k8s.io", "leases"] == ["create", "delete", "get"]
    kinds = {(item["apiVersion"].rpartition("/")[0], plural(item["kind"]))
             for item in read_folder(ROOT / "dist" / "kubernetes" / "prod")}  # fmt: skip
    assert kinds <= {*cluster_wide, *own, *velero}


def test_what_a_role_of_the_release_grants_its_deployer_must_have():
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "x"},
            "rules": [{"apiGroups": ["batch"], "resources": ["jobs/status"], "verbs": ["patch"]}]}  # fmt: skip
    (found,) = roles(needed([role], "n"), "shop")
    assert found["metadata"] == {"name": "shop-deployer", "namespace": "n"}
    assert {"apiGroups": ["batch"], "resources": ["jobs/status"], "verbs": ["patch"]} in found["rules"]


def test_kinds_with_irregular_names_are_asked_for_by_what_the_cluster_or_their_definition_calls_them():
    spec = {
        "group": "chaos.example",
        "names": {"kind": "NetworkChaos", "plural": "networkchaos"},
        "versions": [{"name": "v1"}],
    }
    versions = {
        "CustomResourceDefinition": "apiextensions.k8s.io/v1",
        "NetworkChaos": "chaos.example/v1",
        "Endpoints": "v1",
    }
    objects = [
        {"apiVersion": version, "kind": kind, "metadata": {"name": "x"}, "spec": spec}
        for kind, version in versions.items()
    ]
    titles = {right.title for right in needed(objects, "n", {("v1", "Endpoints"): "endpoints"})}
    assert {"networkchaos.chaos.example", "endpoints"} <= titles
    assert not titles & {"networkchaoses.chaos.example", "endpointses"}


def test_no_environment_and_no_output_are_named(tmp_path: Path):
    assert "--roles requires an environment" in qcdk("doctor", "--roles", "--project", ROOT).stderr
