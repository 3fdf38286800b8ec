"""Claims that only one node at a time can mount, and keys of volumes and files without an effect."""

from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from support.kubernetes.manifests import find, of_kind
from support.kubernetes.synthesis import render
from support.project import Project

Make = Callable[[], Project]
ONE = "replicas: { min: 1, max: 1 }\n"
MANY = "replicas: { min: 3, max: 5 }\n"
EXISTING = "claim: pg-data, mount: /data"


def with_volume(project: Project, volume: str, replicas: str = ONE, more: str = "", kind: str = "service") -> Project:
    project.replace_in_system(
        "    exposed: true\n", f"    exposed: true\n    volumes: {{ data: {{ {volume} }} }}\n{more}"
    )
    if kind != "service":
        project.replace_in_system(
            "  shop:\n    kind: service\n    image: oven\n    publishes: [bakery.orders]\n    exposed: true\n",
            f"  shop:\n    kind: {kind}\n    image: oven\n    publishes: [bakery.orders]\n",
        )
        project.replace_in_system("    reaches: [shop]\n", "")
    project.write_environment("home", project.environment_file("home").read_text() + replicas)
    return project


def refusals(project: Project) -> str:
    try:
        load_project(project.root)
    except ModelError as refused:
        return "\n".join(map(str, refused.problems))
    return ""


@pytest.mark.parametrize(
    "volume", [EXISTING, f"{EXISTING}, access: ReadWriteOnce", f"{EXISTING}, access: ReadWriteOncePod", "size: 1Gi"]
)
def test_the_old_pod_of_a_claim_for_one_node_stops_before_the_new_one_starts(
    project: Make, tmp_path: Path, volume: str
) -> None:
    (objects,) = render(with_volume(project(), volume).root, tmp_path / "out").values()
    strategy = find(objects, "Deployment", "shop")["spec"]["strategy"]
    assert strategy == {"type": "Recreate"}
    assert all(one["spec"]["maxReplicas"] == 1 for one in of_kind(objects, "HorizontalPodAutoscaler"))


def test_a_claim_for_many_nodes_has_a_rolling_update_and_many_replicas(project: Make, tmp_path: Path) -> None:
    project_ = with_volume(project(), f"{EXISTING}, access: ReadWriteMany", MANY)
    (objects,) = render(project_.root, tmp_path / "out").values()
    assert find(objects, "Deployment", "shop")["spec"]["strategy"]["type"] == "RollingUpdate"


IN_A_CLOUD = """\
target: aws
clouds:
  aws: { account: "123456789012", region: eu-central-1, recovery_region: eu-west-1, state: { bucket: bakery-state } }
network: { cidr: 10.0.0.0/16 }
"""


@pytest.mark.parametrize(
    ("volume", "cluster", "fits"),
    [
        ("size: 1Gi, access: ReadWriteMany, mount: /data", "", False),
        ("size: 1Gi, access: ReadOnlyMany, mount: /data", "", False),
        ("size: 1Gi, access: ReadWriteMany, storage_class: efs, mount: /data", "", True),
        ("size: 1Gi, access: ReadWriteMany, mount: /data", "storage_class: efs", True),
        ("size: 1Gi, access: ReadWriteMany, mount: /data", "existing: { name: theirs }", True),
        ("size: 1Gi, mount: /data", "", True),
        ("claim: theirs, access: ReadWriteMany, mount: /data", "", True),
    ],
)
def test_disks_of_a_cloud_are_for_one_node(project: Make, volume: str, cluster: str, *, fits: bool) -> None:
    made = with_volume(project(), volume)
    made.replace_in_environment("home", "target: local\n", IN_A_CLOUD)
    made.replace_in_environment("home", "  context: kind-bakery", f"  context: kind-bakery\n  {cluster}")
    found = [one for one in refusals(made).splitlines() if "only one node can mount" in one]
    assert (found == []) is fits
    if not fits:
        assert "components.shop.volumes.data.access: Read" in found[0]
        assert "expected `storage_class`, such as a StorageClass of the EFS driver" in found[0]


@pytest.mark.parametrize("volume", [EXISTING, "size: 1Gi, mount: /data"])
def test_replicas_that_share_a_claim_for_one_node_are_refused(project: Make, volume: str) -> None:
    assert 'replicas.max: shop: up to 5 replicas share the volume "data", which only one node can mount' in refusals(
        with_volume(project(), volume, MANY)
    )


def test_replicas_of_a_stateful_component_share_an_existing_claim_and_no_other(project: Make, tmp_path: Path) -> None:
    own = "replicas: { min: 1, max: 1 }\ncomponents: { shop: { replicas: { min: 3, max: 3 } } }\n"
    found = refusals(with_volume(project(), EXISTING, own, kind="stateful"))
    assert 'components.shop.replicas.max: shop: up to 3 replicas share the volume "data"' in found
    assert refusals(with_volume(Project.small(tmp_path / "own"), "size: 1Gi", own, kind="stateful")) == ""


def test_nodes_of_a_daemon_and_pods_of_a_job_that_share_a_claim_for_one_node_are_refused(
    project: Make, tmp_path: Path
) -> None:
    found = refusals(with_volume(project(), EXISTING, kind="daemon"))
    assert 'components.shop.volumes.data: every node shares the volume "data"' in found
    small = Project.small(tmp_path / "job")
    job = "  sweep: { kind: job, image: oven, parallelism: 2, volumes: { data: { claim: pg-data, mount: /data } } }\n"
    small.write_system(small.system_file.read_text() + job)
    assert 'components.sweep.parallelism: 2 pods share the volume "data"' in refusals(small)


@pytest.mark.parametrize(
    ("volume", "said"),
    [
        (f"{EXISTING}, storage_class: fast", "expected storage_class only with size"),
        ("empty: {}, access: ReadWriteMany", "expected access only with size or claim"),
        ("projected: [{ secret: { name: a } }], storage_class: fast", "expected storage_class only with size"),
    ],
)
def test_a_key_that_a_volume_does_not_have_is_refused(project: Make, volume: str, said: str) -> None:
    found = refusals(with_volume(project(), volume))
    assert "system.yaml:" in found
    assert said in found


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("text: a, items: { a: b }", "items only with secret or config_map"),
        ("text: a, optional: true", "optional only with secret or config_map"),
        ("text: a, key: a", "key only with secret or config_map"),
        ("secret: a, key: a, items: { b: b }", "only one of items, key"),
    ],
)
def test_a_key_that_a_file_does_not_have_is_refused(project: Make, file: str, said: str) -> None:
    found = refusals(with_volume(project(), "empty: {}", more=f"    files: {{ /etc/a: {{ {file} }} }}\n"))
    assert said in found


OWNER = "size: 1Gi, mount: /data"
NEAR = "placement: { near: [{ component: shop }] }"


@pytest.mark.parametrize(
    ("owner", "user", "more", "said"),
    [
        (
            OWNER,
            "claim: shop-data, access: ReadWriteMany",
            "",
            "ReadWriteMany of the claim shop-data, which shop creates",
        ),
        (OWNER, "claim: shop-data", "", "the claim shop-data of shop, which only one node can mount"),
        (OWNER, "claim: shop-data", NEAR, ""),
        (f"{OWNER}, access: ReadWriteOncePod", "claim: shop-data, access: ReadWriteOncePod", NEAR, "only one pod"),
        (f"{OWNER}, access: ReadWriteMany", "claim: shop-data, access: ReadWriteMany", "", ""),
        (OWNER, "claim: others-data", "", ""),
    ],
)
def test_the_claim_of_another_component_has_its_access_and_its_node(
    project: Make, owner: str, user: str, more: str, said: str
) -> None:
    made = with_volume(project(), owner)
    job = f"kind: job, image: oven, {f'{more}, ' if more else ''}volumes: {{ data: {{ {user}, mount: /data }} }}"
    made.write_system(made.system_file.read_text() + f"  sweep: {{ {job} }}\n")
    found = refusals(made)
    assert (found == "") is (said == "")
    assert said in found
    assert "apps/system.yaml:" in found or not said
