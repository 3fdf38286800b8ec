"""Node pools: machines that are not what a pool says, who reaches the API, and the taints that a cloud adds."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.errors import ModelError, QuantacircError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.node_pools import keeps_away, taints, volume_disk
from support.kubernetes.manifests import find
from support.kubernetes.synthesis import render
from support.project import ENVIRONMENT, Project

Make = Callable[[], Project]
STATES = {
    "aws": '{ account: "123456789012", region: eu-central-1, state: { bucket: bakery-state } }',
    "gcp": "{ account: bakery-prod, region: europe-west3, state: { bucket: bakery-state } }",
    "azure": "{ account: 11111111-1111-4111-8111-111111111111, region: westeurope, "
    "state: { bucket: bakerystate, resource_group: states } }",
}
BASE = "main: { cpu: 4, memory: 16Gi, min_nodes: 1, max_nodes: 9 }"
MORE = "cpu: 4, memory: 16Gi, min_nodes: 0, max_nodes: 9"


def in_cloud(project: Project, cloud: str, pool: str = "", cluster: str = "") -> Project:
    """Put the project's environment into a cloud, with a second pool and more keys of the cluster."""
    pools = f"  {cluster}\n  route_certificates: none\n  node_pools:\n    {BASE}\n" + (
        f"    more: {{ {MORE}, {pool} }}\n" if pool else ""
    )
    place = f"target: {cloud}\nclouds: {{ {cloud}: {STATES[cloud]} }}\nnetwork: {{ cidr: 10.0.0.0/16 }}\n"
    text = ENVIRONMENT.replace("target: local\n", place).replace("owners", f"{pools}owners")
    project.write_environment("home", text)
    return project


@pytest.mark.parametrize(
    ("cloud", "pool", "said"),
    [
        ("aws", "machine_type: m7g.large, architecture: amd64", "amd64, but m7g.large is arm64, expected arm64"),
        ("aws", "machine_type: banana", 'machine_type: "banana", expected a machine type such as m7i.large'),
        ("gcp", "machine_type: m7i.large", 'machine_type: "m7i.large", expected a machine type such as n2-standard-4'),
        ("azure", "machine_type: D4s_v5", 'machine_type: "D4s_v5", expected a machine type such as Standard_D4s_v5'),
        ("aws", "machine_type: m7i.large, gpus: 1", "GPUs of m7i.large, which has none"),
        ("azure", "machine_type: Standard_D4s_v5, architecture: arm64", "arm64, but Standard_D4s_v5 is amd64"),
        ("gcp", "machine_type: g2-standard-4", "g2-standard-4 without its GPUs"),
        ("gcp", "architecture: arm64", "arm64 without a `machine_type` in europe-west3, which has no T2A machines"),
        ("gcp", "machine_type: n4-standard-4", "n4-standard-4, which takes Hyperdisk alone, beside main, which takes"),
        ("gcp", "machine_type: n2-standard-4, spot: true, spot_machine_types: [e2-standard-4]", "only AWS takes them"),
        ("aws", "spot: true, spot_machine_types: [m6i.large]", "`spot` and `machine_type`"),
        ("aws", "machine_type: m7i.large, spot_machine_types: [m6i.large]", "`spot` and `machine_type`"),
        (
            "aws",
            "machine_type: m7i.large, spot: true, spot_machine_types: [m7g.large]",
            "m7g.large differs in architecture or GPUs from m7i.large",
        ),
    ],
)
def test_a_machine_is_what_its_pool_says(project: Make, cloud: str, pool: str, said: str) -> None:
    with pytest.raises(ModelError) as error:
        load_project(in_cloud(project(), cloud, pool).root)
    (problem,) = error.value.problems
    assert re.match(r"apps/environments/home\.yaml:\d+: cluster\.node_pools\.more", str(problem))
    assert said in str(problem)


@pytest.mark.parametrize(
    ("cloud", "cluster", "said"),
    [
        ("aws", "operator_cidrs: [0.0.0.0/0]", "0.0.0.0/0 is everyone"),
        ("aws", "dns_endpoint: true", "a DNS endpoint, which only Google Cloud has"),
        ("gcp", "session_manager: true", "Session Manager, which only AWS has, expected none: `gcloud compute ssh"),
        (
            "gcp",
            "load_balancer_controller: true",
            "the AWS Load Balancer Controller, which only AWS has, expected none",
        ),
        ("azure", "session_manager: true", "Session Manager, which only AWS has, expected none: `kubectl debug"),
        ("azure", "operator_cidrs: [10.99.0.0/24]", "networks that are peered or connected by a VPN reach the API"),
    ],
)
def test_who_reaches_the_api_and_the_nodes_is_what_the_cloud_can_do(
    project: Make, cloud: str, cluster: str, said: str
) -> None:
    with pytest.raises(ModelError) as error:
        load_project(in_cloud(project(), cloud, cluster=cluster).root)
    (problem,) = error.value.problems
    assert said in str(problem)
    assert re.match(r"apps/environments/home\.yaml:\d+: cluster\.", str(problem))


@pytest.mark.parametrize(
    ("cloud", "cluster", "said"),
    [
        ("gcp", "autoscaler: karpenter", "cluster.autoscaler: an autoscaler on gcp, whose clusters run their own"),
        ("azure", "autoscaler: none", "cluster.autoscaler: an autoscaler on azure, whose clusters run their own"),
        ("aws", "autoscaler: none", "max_nodes: up to 9 nodes, and nothing that adds any to 1"),
        ("aws", "autoscaler: auto-mode", "cluster.autoscaler"),
    ],
)
def test_an_autoscaler_is_one_that_the_cloud_has(project: Make, cloud: str, cluster: str, said: str) -> None:
    with pytest.raises(ModelError) as error:
        load_project(in_cloud(project(), cloud, cluster=cluster).root)
    assert any(said in str(problem) for problem in error.value.problems), str(error.value)
    assert re.match(r"apps/environments/home\.yaml:\d+: cluster\.", str(error.value))


@pytest.mark.parametrize(
    ("cloud", "pool", "key"),
    [
        ("azure", "spot: true", "kubernetes.azure.com/scalesetpriority"),
        ("gcp", "machine_type: t2a-standard-4, architecture: arm64", "kubernetes.io/arch"),
        ("gcp", "machine_type: c4a-standard-4", "kubernetes.io/arch"),
        ("gcp", "machine_type: g2-standard-4, gpus: 1, gpu_type: nvidia-l4", "nvidia.com/gpu"),
        ("aws", "spot: true", None),
    ],
)
def test_taints_that_a_cloud_adds_count(project: Make, cloud: str, pool: str, key: str | None) -> None:
    environment = load_project(in_cloud(project(), cloud, pool).root).environments["home"]
    assert [one.key for one in taints(environment, "more")] == ([key] if key else [])
    assert keeps_away(environment, "more") == (key is not None)
    assert not keeps_away(environment, "main")


@pytest.mark.integration
def test_pods_of_a_spot_pool_on_azure_tolerate_its_taint_and_others_are_not_counted_there(
    project: Make, tmp_path: Path
) -> None:
    made = in_cloud(project(), "azure", "spot: true")
    made.replace_in_system(
        "    consumes: [bakery.orders]\n", "    consumes: [bakery.orders]\n    placement: { node_pool: more }\n"
    )
    (objects,) = render(made.root, tmp_path / "out").values()
    spec = find(objects, "Deployment", "baker")["spec"]["template"]["spec"]
    spot = {
        "key": "kubernetes.azure.com/scalesetpriority",
        "operator": "Equal",
        "value": "spot",
        "effect": "NoSchedule",
    }
    assert spec["tolerations"] == [spot]
    # The web shop needs 10 nodes; the 9 of the spot pool, which it does not tolerate, do not help.
    text = made.environment_file("home").read_text()
    made.write_environment("home", text + "components: { shop: { replicas: { min: 1, max: 400 } } }\n")
    with pytest.raises(QuantacircError, match=r"cluster.node_pools.main.max_nodes: 9 nodes are \d+ too few"):
        render(made.root, tmp_path / "again")


def test_one_of_several_pools_on_azure_is_named_as_the_system_pool(project: Make) -> None:
    made = in_cloud(project(), "azure", "gpus: 0")
    made.replace_in_environment("home", "min_nodes: 0", "min_nodes: 1")
    with pytest.raises(ModelError) as error:
        load_project(made.root)
    (problem,) = error.value.problems
    assert problem.key == "cluster.system_pool"
    assert "several pools that could run the system's pods: main, more" in str(problem)


@pytest.mark.parametrize(
    ("cloud", "cluster", "key", "said"),
    [
        ("azure", "system_pool: maim", "cluster.system_pool", 'expected "main"'),
        ("azure", "system_pool: more", "cluster.node_pools.more.min_nodes", "0 nodes in the system pool"),
        ("aws", "system_pool: main", "cluster.system_pool", "none: only new clusters on Azure have it"),
    ],
)
def test_a_system_pool_can_run_the_pods_of_the_system(
    project: Make, cloud: str, cluster: str, key: str, said: str
) -> None:
    with pytest.raises(ModelError) as error:
        load_project(in_cloud(project(), cloud, "gpus: 0", cluster).root)
    (problem,) = error.value.problems
    assert problem.key == key
    assert said in str(problem)


@pytest.mark.parametrize(("cloud", "refused"), [("aws", True), ("azure", True), ("gcp", False)])
def test_services_of_a_new_cluster_are_outside_of_an_existing_network(project: Make, cloud: str, refused: bool) -> None:
    made = in_cloud(project(), cloud)
    existing = "existing: { name: shared, private_subnets: [a, b], control_plane_subnet: c, resource_group: shared }"
    network = f"network: {{ cidr: 10.0.0.0/16, service_cidr: 10.0.16.0/20, {existing} }}"
    made.replace_in_environment("home", "network: { cidr: 10.0.0.0/16 }", network)
    with pytest.raises(ModelError) as error:
        load_project(made.root)
    said = "network.service_cidr: 10.0.16.0/20 overlaps the network, 10.0.0.0/16, expected a range outside"
    assert (said in str(error.value)) == refused, str(error.value)


EXCLUSION = "maintenance_exclusions: {{ holidays: {{ first_day: {}, last_day: {} }} }}"


@pytest.mark.parametrize(
    ("cloud", "first", "last", "said"),
    [
        (
            "aws",
            "2026-12-18",
            "2027-01-06",
            "exclusions from maintenance, which EKS has none of, expected none: it upgrades only when you raise",
        ),
        ("gcp", "2026-12-18", "2026-12-17", "last_day: 2026-12-17, before the first day, expected 2026-12-18 or later"),
        ("gcp", "2026-12-18", "2027-03-18", "last_day: 91 days without upgrades, expected at most 90"),
        ("azure", "2027-02-29", "2027-03-18", "first_day: 2027-02-29, which no calendar has"),
        ("azure", "18.12.2026", "2027-01-06", 'first_day: found "18.12.2026", expected a day such as 2026-12-24'),
    ],
)
def test_days_without_upgrades_are_what_the_cloud_can_keep(
    project: Make, cloud: str, first: str, last: str, said: str
) -> None:
    with pytest.raises(ModelError) as error:
        load_project(in_cloud(project(), cloud, cluster=EXCLUSION.format(first, last)).root)
    (problem,) = error.value.problems
    assert said in str(problem)
    assert re.match(r"apps/environments/home\.yaml:\d+: cluster\.maintenance_exclusions", str(problem))


@pytest.mark.parametrize(
    ("cloud", "first", "last"),
    [("gcp", "2026-12-18", "2027-03-17"), ("gcp", "2028-02-29", "2028-02-29"), ("azure", "2026-01-01", "2027-12-31")],
)
def test_as_many_days_without_upgrades_as_the_cloud_allows(project: Make, cloud: str, first: str, last: str) -> None:
    made = in_cloud(project(), cloud, cluster=EXCLUSION.format(first, last))
    found = load_project(made.root).environments["home"].cluster.maintenance_exclusions["holidays"]
    assert (found.first_day, found.last_day) == (first, last)


def test_google_cloud_keeps_20_exclusions(project: Make) -> None:
    days = ", ".join(f"x{number}: {{ first_day: 2027-01-01, last_day: 2027-01-02 }}" for number in range(21))
    with pytest.raises(ModelError, match="21 exclusions, expected at most 20"):
        load_project(in_cloud(project(), "gcp", cluster=f"maintenance_exclusions: {{ {days} }}").root)


@pytest.mark.parametrize(
    ("pool", "cluster"),
    [
        ("machine_type: n4-standard-4, taints: [{ key: only, value: fast }]", ""),
        ("machine_type: n4-standard-4, taints: [{ key: only, value: fast }]", "storage_class: standard-rwo"),
        ("machine_type: n4-standard-4", "storage_class: dynamic-rwo"),
        ("machine_type: c4a-standard-4", ""),
    ],
)
def test_machines_with_other_disks_are_kept_apart(pool: str, cluster: str, project: Make) -> None:
    environment = load_project(in_cloud(project(), "gcp", pool, cluster).root).environments["home"]
    assert volume_disk(environment) == "pd-balanced"


def on_hyperdisk(project: Project, size: str, machines: tuple[str, str], placement: str = "") -> Project:
    """Give a component a volume, in a cluster of these machines, of which the second one has a taint."""
    made = in_cloud(project, "gcp", f"machine_type: {machines[1]}, taints: [{{ key: only, value: fast }}]")
    path = made.root / "apps/environments/home.yaml"
    path.write_text(path.read_text().replace(BASE, BASE.replace(" }", f", machine_type: {machines[0]} }}")))
    volume = f"    volumes: {{ oven: {{ size: {size}, mount: {{ path: /oven }} }} }}\n{placement}"
    made.replace_in_system("    consumes: [bakery.orders]\n", f"    consumes: [bakery.orders]\n{volume}")
    made.replace_in_system("{ size: 1Gi, path: /data }", "{ size: 4Gi, path: /data }")
    return made


def test_claims_have_the_disks_that_the_nodes_take(project: Make, tmp_path: Path) -> None:
    made = on_hyperdisk(project(), "4Gi", ("n4-standard-4", "n4-standard-8"))
    assert volume_disk(load_project(made.root).environments["home"]) == "hyperdisk-balanced"
    (objects,) = render(made.root, tmp_path / "out").values()
    assert find(objects, "StorageClass", "bakery-volumes")["parameters"]["type"] == "hyperdisk-balanced"


@pytest.mark.parametrize(
    ("size", "machines", "placement", "said"),
    [
        (
            "3Gi",
            ("n4-standard-4", "n4-standard-8"),
            "",
            "volumes.oven.size: 3Gi of the default StorageClass, which has Hyperdisk in home, expected at least 4Gi",
        ),
        (
            "9Gi",
            ("n2-standard-4", "n4-standard-8"),
            "    placement: { node_pool: more, tolerations: [{ key: only, value: fast }] }\n",
            "baker.volumes.oven: a volume of the default StorageClass, pd-balanced, which no n4-standard-8 takes",
        ),
    ],
)
def test_a_claim_that_no_node_could_mount_is_refused(
    size: str, machines: tuple[str, str], placement: str, said: str, project: Make
) -> None:
    with pytest.raises(ModelError) as error:
        load_project(on_hyperdisk(project(), size, machines, placement).root)
    (problem,) = error.value.problems
    assert said in str(problem)


def test_a_store_in_the_cluster_has_a_disk_that_google_cloud_makes(project: Make) -> None:
    made = on_hyperdisk(project(), "4Gi", ("n4-standard-4", "n4-standard-8"))
    made.replace_in_system("{ size: 4Gi, path: /data }", "{ size: 1Gi, path: /data }")
    with pytest.raises(ModelError) as error:
        load_project(made.root)
    (problem,) = error.value.problems
    assert "bus.storage: 1Gi of the default StorageClass, which has Hyperdisk" in str(problem)
    made.replace_in_environment("home", "owners", "components: { bus: { storage: 4Gi } }\nowners")
    assert load_project(made.root)
