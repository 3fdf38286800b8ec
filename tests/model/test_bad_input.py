"""Every kind of bad input is refused with its file, line, key, what was found and what was expected."""

import re
from collections.abc import Callable

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.site import Site
from support.project import CONTAINER, ENVIRONMENT, Project

Make = Callable[[], Project]


def messages(project: Project) -> list[str]:
    with pytest.raises(ModelError) as caught:
        load_project(project.root)
    return [str(problem) for problem in caught.value.problems]


SYSTEM_CASES = {
    "unknown key": ("image: oven\n    consumes", "imgae: x\n    image: oven\n    consumes", "unknown key", '"image"'),
    "wrong type": ("exposed: true", "exposed: yes", 'found "yes"', "true or false"),
    "number for text": ('tag: "2.11"', "tag: 2.11", "the number 2.11", "put it in quotes"),
    "missing key": ("    kind: worker\n", "", "missing key", "worker"),
    "unknown kind": ("kind: worker", "kind: wroker", '"wroker"', '"worker"'),
    "undeclared target": ("reaches: [shop]", "reaches: [shpo]", 'reaches "shpo", which is not declared', '"shop"'),
    "reaches itself": ("kind: nats", "kind: nats\n    reaches: [bus]", "in its own `reaches`", "another component"),
    "unknown image": ("image: nats", "image: natz", 'no image "natz"', '"nats"'),
    "unknown size": ("kind: worker", "kind: worker\n    size: large", 'no size "large"', "small"),
    "bad quantity": ("cpu: 100m", "cpu: 100x", '"100x"', "quantity"),
    "limit below request": ("memory_limit: 256Mi", "memory_limit: 64Mi", "less than the request", "at least 128Mi"),
    "bad cron": ("kind: service", 'kind: job\n    schedule: "61 * * * *"', '"61 * * * *"', "cron"),
    "neither of two types": (
        "kind: service",
        "kind: job\n    rehearsal: sometimes",
        'components.shop.rehearsal: found "sometimes"',
        ' "15 2 * * *" or "never"',
    ),
    "number as text": (
        "kind: worker",
        "kind: worker\n    environment: { PORT: 80 }",
        "found the number 80",
        "put it in quotes",
    ),
    "true as text": (
        "kind: worker",
        "kind: worker\n    environment: { A: true }",
        "found the boolean true",
        "in quotes",
    ),
    "no such pool": (
        "kind: worker",
        "kind: worker\n    placement: { node_pool: gpu }",
        'components.baker.placement.node_pool: no node pool "gpu" in home',
        "a pool in `cluster.node_pools`",
    ),
    "key of an environment": (
        "kind: worker",
        "kind: worker\n    replicas: {min: 1, max: 2}",
        "replicas: unknown key in this file",
        "it under `components.baker` in apps/environments/*.yaml",
    ),
    "schedule on a service": (
        "kind: service",
        'kind: service\n    schedule: "@daily"',
        "`schedule` on a service",
        "it on job only",
    ),
    "migration of a worker": (
        "kind: worker",
        "kind: worker\n    migration: 3",
        "`migration` on a worker",
        "it on postgresql only",
    ),
    "bad subject": ("consumes: [bakery.orders]", "consumes: [bakery..orders]", '"bakery..orders"', "subject"),
    "worker without work": ("    consumes: [bakery.orders]\n", "", "a worker without `consumes`", "subject"),
    "bus without storage": (
        "    storage: { size: 1Gi, path: /data }\n",
        "",
        "missing key",
        "a mapping with size and path: Volume of each pod",
    ),
    "a size for storage": (
        "storage: { size: 1Gi, path: /data }",
        "storage: 1Gi",
        '"1Gi"',
        "a mapping with size and path",
    ),
    "unpinned image": (', tag: "2.11"', "", "not pinned", "a tag or a digest"),
    "tag without a registry": (
        "repository: oven }",
        "repository: oven, tag: 1.4.2 }",
        "images.oven.tag: a tag of an image without `registry`",
        "`registry`, or `release.images.oven.tag` of an environment",
    ),
    "digest without a registry": (
        "repository: oven }",
        f"repository: oven, digest: sha256:{'0' * 64} }}",
        "images.oven.digest: a digest of an image without `registry`",
        "`registry`, or `release.images.oven.digest` of an environment",
    ),
    "bad digest": ('tag: "2.11"', "digest: sha256:abc", '"sha256:abc"', "64 hexadecimal digits"),
    "bad component name": ("  shop:", "  Shop_1:", 'the key "Shop_1"', "RFC 1035"),
    "port twice": ("exposed: true", "ports: [{name: x, port: 8080}]", "port 8080 twice", "each port once"),
    "duplicate key": ("    kind: worker\n", "    kind: worker\n    kind: worker\n", "duplicate key", "line 11"),
    "a list for a mapping": (CONTAINER, "container: []\n", "a list", "a mapping"),
    "an anchor": ("kind: worker", "kind: &a worker", "the anchor &a", "extends"),
    "a tag": ("kind: worker", "kind: !!str worker", "the tag", "a plain value"),
    "a number as key": ("  oven: {", "  1: {", "the number 1 as a key", "quote it"),
}


@pytest.mark.parametrize(("old", "new", "what", "expected"), SYSTEM_CASES.values(), ids=SYSTEM_CASES.keys())
def test_a_bad_system_names_file_line_key_and_mend(project: Make, old: str, new: str, what: str, expected: str) -> None:
    bad = project()
    bad.replace_in_system(old, new)
    found = [message for message in messages(bad) if what in message]
    assert found, messages(bad)
    assert expected in found[0]
    assert found[0].startswith("apps/system.yaml:")
    assert found[0].split(":")[1].isdigit()


ENVIRONMENT_CASES = {
    "unknown key": ("domain:", "domian: x\ndomain:", "unknown key", '"domain"'),
    "bad domain": ("bakery.example\nregistry", "bakery_example\nregistry", '"bakery_example"', "a host such as"),
    "domain that no Ingress takes": (
        "bakery.example\nregistry",
        "10.0.0.1\nregistry",
        'domain: found "10.0.0.1"',
        "a host",
    ),
    "unknown target": ("target: local", "target: awz", '"awz"', '"aws"'),
    "target without settings": ("target: local", "target: aws", "without its settings", "clouds.aws"),
    "no clouds": ("target: local", "target: gcp\nclouds: {}", "without its settings", "clouds.gcp"),
    "nothing in a cloud": ("target: local", "target: gcp\nclouds: {gcp: {}}", "clouds.gcp.account: missing key", "id"),
    "nothing for a cloud": ("target: local", "target: gcp\nclouds: {gcp: }", "clouds.gcp: found nothing", "mapping"),
    "provider of a store": (
        "owners:",
        "components: {bus: {provider: managed}}\nowners:",
        'found "managed"',
        '"embedded"',
    ),
    "a short text": (
        "owners:",
        "notifications: {slack: []}\nclouds: {aws: {account: '1', region: r, state: {bucket: ab}}}\nowners:",
        'clouds.aws.state.bucket: found "ab", expected at least 3 characters',
        "at least 3 characters",
    ),
    "text for a section": (
        "owners:",
        "components: {baker: text}\nowners:",
        'components.baker: found "text"',
        "a mapping of keys to values",
    ),
    "key of another kind": (
        "owners:",
        "components: {bus: {rollout: {steps: []}}}\nowners:",
        "components.bus.rollout: `rollout` on a nats, where it has no effect",
        "it on service only",
    ),
    "key of another kind, deeper": (
        "owners:",
        "components: {baker: {probes: {rollout: {}}}}\nowners:",
        "components.baker.probes.rollout: unknown key",
        "one of",
    ),
    "key of the system": (
        "owners:",
        "components: {baker: {exposed: true}}\nowners:",
        "components.baker.exposed: unknown key in this file",
        "it in apps/system.yaml: all environments have the same",
    ),
    "no such key of many": ("owners:", "ratio: 3\nowners:", "ratio: unknown key", "lists"),
    "no such key of a component": (
        "owners:",
        "components: {baker: {enabled: true}}\nowners:",
        "components.baker.enabled: unknown key",
        "one of the keys that `qcdk explain components.baker` lists",
    ),
    "unknown component": ("owners:", "components: {bakr: {size: small}}\nowners:", 'no component "bakr"', '"baker"'),
    "min above max": ("owners:", "replicas: {min: 3, max: 2}\nowners:", "min 3 is above max 2", "at most max"),
    "one replica with HA": ("owners:", "high_availability: true\nowners:", "minimum of 1 replica", "at least 2"),
    "few replicas with HA": (
        "owners:",
        (
            "high_availability: true\nreplicas: {min: 2, max: 2}\n"
            "components: {baker: {replicas: {min: 1, max: 3}}}\nowners:"
        ),
        "components.baker.replicas.min: a minimum of 1 replica with high availability",
        "at least 2",
    ),
    "nothing scales": (
        "owners:",
        "components: {shop: {autoscaling: {cpu_percent: null}, replicas: {min: 1, max: 3}}}\nowners:",
        "components.shop.replicas.max: shop: up to 3 replicas, and nothing scales it",
        "something to scale by in `autoscaling`",
    ),
    "a namespace of Kubernetes": (
        "owners:",
        "namespace: kube-system\nowners:",
        'namespace "kube-system" of Kub',
        "alone",
    ),
    "a namespace of others": ("owners:", "namespace: monitoring\nowners:", "of monitoring (`cluster.monitor", "alone"),
    "bad version": ("version: 1.0.0", "version: v 1", '"v 1"', "a version such as 1.4.0"),
    "digests demanded": (
        "{ version: 1.0.0 }",
        "{ version: 1.0.0, require_digests: true }",
        "without a digest",
        "digest",
    ),
    "unknown image": ("{ version: 1.0.0 }", "{ version: 1.0.0, images: {ovn: {}} }", 'no image "ovn"', '"oven"'),
    "bad owner": ("[bakers@bakery.example]", "[bakers]", '"bakers"', "e-mail"),
    "old Kubernetes": ('"1.34"', '"1.19"', '"1.19"', "minor version"),
}


@pytest.mark.parametrize(("old", "new", "what", "expected"), ENVIRONMENT_CASES.values(), ids=ENVIRONMENT_CASES.keys())
def test_a_bad_environment_names_file_line_key_and_mend(
    project: Make, old: str, new: str, what: str, expected: str
) -> None:
    bad = project()
    bad.replace_in_environment("home", old, new)
    found = [message for message in messages(bad) if what in message]
    assert found, messages(bad)
    assert expected in found[0]
    assert found[0].startswith("apps/environments/home.yaml:")


def test_a_missing_key_is_described_in_whole_sentences(project: Make) -> None:
    bad = project()
    bad.replace_in_environment("home", "owners:", "components: {shop: {replicas: {max: 2}}}\nowners:")
    (message,) = messages(bad)
    assert message.endswith("components.shop.replicas.min: missing key, expected a value: Minimum replicas")


CLOUD = """\
target: aws
clouds:
  aws: { account: "123456789012", region: eu-central-1, recovery_region: eu-west-1, state: { bucket: bakery-state } }
network: { cidr: 10.0.0.0/16 }
"""
POOL = "{ cpu: 2, memory: 8Gi, min_nodes: 1, max_nodes: 2"
CLOUD_CASES = {
    "unknown region": ("eu-central-1", "eu-centrall-1", 'no region "eu-centrall-1" in aws', '"eu-central-1"'),
    "recovery in the same region": ("eu-west-1", "eu-central-1", "is the primary region", "another region"),
    "recovery in another partition": (
        "eu-west-1",
        "us-gov-west-1",
        "clouds.aws.recovery_region: us-gov-west-1, in another partition of AWS",
        "a region as eu-central-1",
    ),
    "a state in another partition": (
        "bucket: bakery-state }",
        "bucket: bakery-state, region: us-gov-east-1 }",
        "clouds.aws.state.region: us-gov-east-1, in another partition of AWS",
        "a region as eu-central-1",
    ),
    "a zone without EKS": (
        "eu-central-1, recovery_region: eu-west-1, state: { bucket: bakery-state } }\nnetwork: { cidr: 10.0.0.0/16 }",
        "us-east-1, state: { bucket: bakery-state } }\nnetwork: { cidr: 10.0.0.0/16, zones: 6 }",
        "6 zones in us-east-1",
        "at most 5",
    ),
    "bad account": ('"123456789012"', '"12"', '"12"', "12 digits"),
    "host bits": ("10.0.0.0/16", "10.0.0.1/16", '"10.0.0.1/16"', "10.0.0.0/16"),
    "not a CIDR": ("10.0.0.0/16", "10.0.0.0/40", '"10.0.0.0/40"', "CIDR"),
    "network too small": ("10.0.0.0/16", "10.0.0.0/24", "a /24", "/16 to /22"),
    "overlap": (
        "10.0.0.0/16 }",
        "10.0.0.0/16, service_cidr: 10.0.128.0/18 }",
        "overlaps network.cidr",
        "do not overlap",
    ),
    "too many zones": ("10.0.0.0/16 }", "10.0.0.0/16, zones: 5 }", "5 zones in eu-central-1", "at most 3"),
    "no network": ("network: { cidr: 10.0.0.0/16 }\n", "", "missing key", "a network"),
    "nodes' image elsewhere": (
        "  context: kind-bakery",
        "  context: kind-bakery\n  existing: { name: shared }\n  node_image: 1.49.0-713f44ce",
        "a Bottlerocket release for nodes with another operating system or existing nodes",
        "only new clusters on AWS support it",
    ),
    "two families": ("10.0.0.0/16 }", "10.0.0.0/16, ip_family: dual }", "dual stack, but EKS gives pods", '"ipv4"'),
    "a small secondary range": (
        "10.0.0.0/16 }",
        "10.0.0.0/16, secondary_cidr: 100.64.0.0/21 }",
        "network.secondary_cidr: a /21",
        "a /16 to /20",
    ),
    "a secondary range inside of the network": (
        "10.0.0.0/16 }",
        "10.0.0.0/16, secondary_cidr: 10.0.0.0/18 }",
        "10.0.0.0/18 overlaps network.cidr 10.0.0.0/16",
        "do not overlap",
    ),
    "a secondary range of other private addresses": (
        "10.0.0.0/16 }",
        "10.0.0.0/16, secondary_cidr: 192.168.0.0/16 }",
        "192.168.0.0/16, which a VPC of 10.0.0.0/16 does not take",
        "a part of 100.64.0.0/10 or 10.0.0.0/8",
    ),
    "a secondary range of an existing network": (
        "10.0.0.0/16 }",
        "10.0.0.0/16, secondary_cidr: 100.64.0.0/16, existing: { name: x, private_subnets: [x, y] } }",
        "a secondary range for an existing network",
        "properties of the network",
    ),
    "Services outside private ranges": (
        "10.0.0.0/16 }",
        "10.0.0.0/16, service_cidr: 100.96.0.0/16, pod_cidr: 10.8.0.0/16 }",
        "100.96.0.0/16 for Services",
        "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16",
    ),
    "a reserved tag": ("owners:", "tags: { 'aws:x': y }\nowners:", 'the key "aws:x", whose prefix is', "none of aws:"),
    "a tag of everything in another case": (
        "owners:",
        "tags: { Environment: y }\nowners:",
        'the same key as "environment" in another case',
        'expected "environment"',
    ),
    "a tag's key": ("owners:", f"tags: {{ {'k' * 140}: y }}\nowners:", "a key of 140 characters", "1 to 128"),
    "a tag's value": ("owners:", f"tags: {{ k: {'v' * 300} }}\nowners:", "a value of 300 characters", "at most 256"),
    "sixty tags": (
        "owners:",
        f"tags: {{ {', '.join(f'k{number}: v' for number in range(60))} }}\nowners:",
        "60 tags, beside 5 that everything has",
        "at most 45",
    ),
    "private callers": (
        "  context: kind-bakery",
        "  context: kind-bakery\n  private_endpoint: false\n  authorized_cidrs: [10.1.0.0/16]",
        "10.1.0.0/16, from which nobody reaches a public endpoint",
        "public addresses",
    ),
    "no node at rest": (
        "  context: kind-bakery",
        "  context: kind-bakery\n  node_pools: { main: { cpu: 2, memory: 8Gi, min_nodes: 0, max_nodes: 2 } }",
        "a minimum of 0 nodes for the cluster's own pods",
        "min_nodes of at least 1",
    ),
    "only nodes with taints": (
        "  context: kind-bakery",
        f"  context: kind-bakery\n  node_pools: {{ main: {POOL}, taints: [{{ key: a }}] }} }}",
        "a minimum of 0 nodes for the cluster's own pods",
        "a pool without taints",
    ),
    "a pool's name": (
        "  context: kind-bakery",
        f"  context: kind-bakery\n  node_pools: {{ {'p' * 37}: {POOL} }} }}",
        "of 37 characters",
        "at most 36",
    ),
    "a time zone": (
        "owners:",
        "change_windows: [{ schedule: '0 9 * * *', hours: 1, time_zone: Europe/Berln }]\nowners:",
        '"Europe/Berln"',
        '"Europe/Berlin"',
    ),
    "no node pool": ("network:", "network:", "no node pool", "at least one"),
    "no support": ('"1.34"', '"1.32"', "Kubernetes 1.32, whose standard support on EKS has ended", "1.33 to 1.35, or"),
}


@pytest.mark.parametrize(("old", "new", "what", "expected"), CLOUD_CASES.values(), ids=CLOUD_CASES.keys())
def test_a_bad_cloud_environment_names_file_line_key_and_mend(
    project: Make, old: str, new: str, what: str, expected: str
) -> None:
    bad = project()
    bad.write_environment("home", ENVIRONMENT.replace("target: local\n", CLOUD).replace(old, new))
    found = [message for message in messages(bad) if what in message]
    assert found, messages(bad)
    assert expected in found[0]
    assert found[0].startswith("apps/environments/home.yaml:")


SNAPSHOT = "arn:aws:rds:eu-central-1:111111111111:snapshot:a"
OTHER_CLOUDS = {
    "gcp": "gcp: { account: bakery-one, region: europe-west3, state: { bucket: bakery-state } }",
    "azure": "azure: { account: 44444444-4444-4444-8444-444444444444, region: westeurope, "
    "state: { bucket: bakerystate, resource_group: states } }",
}


@pytest.mark.parametrize(
    ("cloud", "old", "new", "what"),
    [
        ("gcp", "owners:", "tags: { Team: a, team: b }\nowners:", 'the same label as "Team": team'),
        ("gcp", "owners:", "tags: { Owner: a }\nowners:", 'the same label as "owner": owner, expected "owner"'),
        ("gcp", "owners:", "tags: { 1st: a }\nowners:", 'the key "1st", expected a letter first'),
        ("gcp", "10.0.0.0/16 }", "10.0.0.0/16, service_cidr: 172.16.0.0/14 }", "a /14 for Services"),
        ("azure", "10.0.0.0/16 }", "10.0.0.0/16, service_cidr: 172.30.0.0/16 }", "overlaps 172.30.0.0/16"),
        (
            "azure",
            "10.0.0.0/16 }",
            "10.0.0.0/16, pod_cidr: 172.31.0.0/16 }",
            "pod_cidr: 172.31.0.0/16 overlaps",
        ),
        ("gcp", "10.0.0.0/16 }", "10.0.0.0/16, pod_cidr: 10.0.128.0/18 }", "overlaps network.cidr 10.0.0.0/16"),
        ("gcp", "10.0.0.0/16 }", "10.0.0.0/16, service_cidr: 100.65.0.0/16 }", "overlaps network.pod_cidr"),
        ("azure", "10.0.0.0/16 }", "10.0.0.0/16, ip_family: dual }", "network.ip_family: dual stack, but AKS has no"),
        (
            "gcp",
            "10.0.0.0/16 }",
            "10.0.0.0/16, ip_family: dual, existing: { name: x, private_subnets: [x] } }",
            "families of addresses for an existing network",
        ),
        (
            "gcp",
            "10.0.0.0/16 }",
            "10.0.0.0/16, secondary_cidr: 100.72.0.0/16 }",
            "a secondary range, which only AWS has",
        ),
        ("azure", "owners:", "tags: { 'cost center': a }\nowners:", 'the key "cost center"'),
        ("azure", "owners:", "tags: { Team: a, team: b }\nowners:", 'the same key as "Team" in another case'),
        (
            "azure",
            "{ cidr: 10.0.0.0/16 }",
            "{ cidr: 10.0.0.0/16, zones: 4, existing: { name: x, private_subnets: [x] } }",
            "4 zones in westeurope, expected at most 3",
        ),
        ("azure", "owners:", "tags: { azure-team: a }\nowners:", "whose prefix is reserved"),
    ],
)
def test_what_another_cloud_refuses_is_refused_with_file_and_line(
    project: Make, cloud: str, old: str, new: str, what: str
) -> None:
    bad = project()
    settings = f"target: {cloud}\nclouds:\n  {OTHER_CLOUDS[cloud]}\nnetwork: {{ cidr: 10.0.0.0/16 }}\n"
    bad.write_environment("home", ENVIRONMENT.replace("target: local\n", settings).replace(old, new))
    found = [message for message in messages(bad) if what in message]
    assert found, messages(bad)
    assert re.match(r"apps/environments/home\.yaml:[0-9]+: ", found[0])


@pytest.mark.parametrize(("cloud", "refused"), [("aws", True), ("gcp", False), ("azure", False)])
def test_a_repository_that_only_ecr_does_not_take_is_refused_on_aws(project: Make, cloud: str, refused: bool) -> None:
    made = project()
    made.replace_in_system("repository: oven", "repository: oven--large")
    clouds = {"aws": CLOUD} | {
        name: f"target: {name}\nclouds:\n  {said}\nnetwork: {{ cidr: 10.0.0.0/16 }}\n"
        for name, said in OTHER_CLOUDS.items()
    }
    made.write_environment("home", ENVIRONMENT.replace("target: local\n", clouds[cloud]))
    found = [message for message in messages(made) if 'the repository "oven--large" of the image oven' in message]
    assert len(found) == refused
    assert all(re.match(r"apps/environments/home\.yaml:[0-9]+: registry: ", message) for message in found)


def test_a_disk_that_may_hardly_grow_is_refused(project: Make) -> None:
    bad = project()
    store = "  ledger:\n    kind: postgresql\n    image: oven\n    storage: { size: 1Gi, path: /data }\n"
    bad.replace_in_system("  bus:\n", f"{store}  bus:\n")
    managed = "components:\n  ledger: { provider: managed, storage: 100Gi, max_storage: 105Gi }\n"
    bad.write_environment("home", ENVIRONMENT.replace("target: local\n", CLOUD) + managed)
    assert "max_storage: 105Gi, less than 110 % of `storage`, 100Gi, expected more, or 100Gi" in "\n".join(
        messages(bad)
    )


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("storage: 20Gi, restore_from: arn:aws:rds:eu-west-9:111111111111:snapshot:a", "backups in another region"),
        (
            "provider: embedded, restore_from: arn:aws:rds:eu-central-1:111111111111:snapshot:a",
            "`restore_from` of a database that no cloud manages",
        ),
        (
            'storage: 20Gi, restore_from: "projects/plant-north/instances/a/backupRuns/1"',
            "expected the ARN of a snapshot or of copied automated backups",
        ),
        (
            f'storage: 20Gi, restore_from: {SNAPSHOT}, restore_time: "2026-01-14T01:17:00Z"',
            "components.ledger.restore_time: 2026-01-14T01:17:00Z of a backup, which has its own time",
        ),
        ('storage: 20Gi, restore_time: "2026-01-14"', "components.ledger.restore_time"),
        (
            "storage: 20Gi, restore_region: eu-west-1",
            "restore_region: eu-west-1 on aws, expected none: only Azure restores",
        ),
        ("storage: 20Gi, restore_from: a-snapshot", "components.ledger.restore_from"),
        (
            "storage: 20Gi, restore_from: arn:aws-cn:rds:cn-north-1:111111111111:snapshot:a",
            "components.ledger.restore_from: an ARN of the partition aws-cn",
        ),
    ],
)
def test_a_database_starts_only_from_backups_that_rds_restores(project: Make, settings: str, said: str) -> None:
    made = project()
    store = "  ledger:\n    kind: postgresql\n    image: oven\n    storage: { size: 1Gi, path: /data }\n"
    made.replace_in_system("  bus:\n", f"{store}  bus:\n")
    pools = f"  route_certificates: gateway\n  node_pools: {{ main: {POOL} }} }}\nowners"
    cloud = ENVIRONMENT.replace("target: local\n", CLOUD).replace("owners", pools)
    made.write_environment("home", cloud + f"components:\n  ledger: {{ {settings} }}\n")
    assert any(said in message for message in messages(made)), messages(made)


@pytest.mark.parametrize(
    ("cloud", "settings", "said"),
    [
        (
            "aws",
            "iam_authentication: true, blue_green: true",
            "whose id is in the policies of AWS, expected no `blue_green`",
        ),
        ("azure", "iam_authentication: true", "which only a session of a Microsoft Entra administrator creates"),
        ("aws", "iam_authentication: true", "to a database without roles, expected components.ledger.roles"),
        ("aws", "provider: embedded, iam_authentication: true", "of a database that no cloud manages"),
        ("aws", "provider: embedded, blue_green: true", "of a database that no cloud manages"),
        ("gcp", "blue_green: true", "a blue/green deployment, which only RDS makes"),
        ("aws", "private_service_connect: true", "Private Service Connect, which only Google Cloud has"),
        ("azure", "private_service_connect: true", "Private Service Connect, which only Google Cloud has"),
        ("aws", "provider: embedded, private_service_connect: true", "of a database that no cloud manages"),
        ("gcp", "aurora: true", "components.ledger.aurora: Aurora, which only AWS has"),
        ("aws", "aurora: true", "components.ledger.storage: 20Gi for a volume of Aurora"),
        ("aws", "aurora: true, max_storage: 50Gi", "components.ledger.max_storage: 50Gi for a volume of Aurora"),
        ("aws", "aurora: true, blue_green: true", "a blue/green deployment of Aurora, expected none"),
        ("aws", "aurora: true, instance_type: db.m7g.large", 'db.m7g.large for Aurora, expected "db.r7g.large"'),
        (
            "aws",
            "aurora: true, restore_from: 'arn:aws:rds:eu-west-1:123456789012:auto-backup:ab-1'",
            "the ARN of a snapshot, or of an Aurora cluster",
        ),
        (
            "gcp",
            "restore_from: projects/bakery-one/instances/bakery-home-ledger/backupRuns/1",
            "components.ledger.restore_from: bakery-home-ledger, the database itself",
        ),
        (
            "aws",
            "instance_type: db.r7g.lrge",
            '.instance_type: "db.r7g.lrge", which does not exist, expected "db.r7g.large"; the largest of db.r7g is',
        ),
        (
            "aws",
            "cpu: 96, memory: 768Gi",
            "ledger.cpu: no Graviton class of RDS has 96 cores and 768 GiB, expected less, or `instance_type`: set the",
        ),
        ("gcp", "cpu: 8, memory: 700Gi", "the largest is db-custom-96-638976 with 96 cores and 624 GiB"),
        ("azure", "cpu: 96, memory: 768Gi", "the largest is MO_Standard_E96ds_v5 with 96 cores and 672 GiB"),
        ("aws", "provider: embedded, aurora: true", "`aurora` of a database that no cloud manages"),
        ("azure", "blue_green: true", "expected none: this cloud upgrades a database in place"),
        ("aws", "read_replicas: 1", "no client gets, expected components.ledger.read_endpoint: true in apps/system"),
        ("aws", "read_replicas: 16", "16 replicas, expected at most 15"),
        ("aws", "read_replicas: -1", "components.ledger.read_replicas: "),
        ("aws", "read_replicas: 1, blue_green: true", "expected none: the provider makes them only without replicas"),
        ("aws", "provider: embedded, read_replicas: 1", "1 replicas of a database that no cloud manages, expected 0"),
        ("gcp", "read_replicas: 11", "11 replicas, expected at most 10"),
        ("azure", "read_replicas: 6", "6 replicas, expected at most 5"),
        ("azure", "read_replicas: 1, instance_type: B_Standard_B2s", "B_Standard_B2s with read replicas"),
    ],
)
def test_a_database_logs_in_and_upgrades_as_its_cloud_can(project: Make, cloud: str, settings: str, said: str) -> None:
    made = project()
    store = "  ledger:\n    kind: postgresql\n    image: oven\n    storage: { size: 1Gi, path: /data }\n"
    made.replace_in_system("  bus:\n", f"{store}  bus:\n")
    text = ENVIRONMENT.replace("target: local\n", CLOUD).replace("target: aws", f"target: {cloud}")
    text = text.replace("clouds:\n", f"clouds:\n  {OTHER_CLOUDS[cloud]}\n" if cloud in OTHER_CLOUDS else "clouds:\n")
    made.write_environment("home", text + f"components:\n  ledger: {{ storage: 20Gi, {settings} }}\n")
    assert any(said in message for message in messages(made)), messages(made)


@pytest.mark.parametrize(
    ("cloud", "size", "expected"),
    [
        ("aws", "10Gi", "20Gi to 65536Gi"),
        ("aws", "20Gi", None),
        ("gcp", "9Gi", "10Gi to 65536Gi"),
        ("gcp", "10Gi", None),
        ("azure", "10Gi", None),
        ("azure", "33000Gi", "1Gi to 32767Gi"),
    ],
)
def test_a_database_has_a_disk_that_its_cloud_offers(
    project: Make, cloud: str, size: str, expected: str | None
) -> None:
    made = project()
    store = "  ledger:\n    kind: postgresql\n    image: oven\n    storage: { size: 1Gi, path: /data }\n"
    made.replace_in_system("  bus:\n", f"{store}  bus:\n")
    text = ENVIRONMENT.replace("target: local\n", CLOUD).replace("target: aws", f"target: {cloud}")
    text = text.replace("clouds:\n", f"clouds:\n  {OTHER_CLOUDS[cloud]}\n" if cloud in OTHER_CLOUDS else "clouds:\n")
    made.write_environment("home", text + f"components:\n  ledger: {{ storage: {size}, max_storage: 40000Gi }}\n")
    found = [message for message in messages(made) if "components.ledger.storage" in message]
    assert [one.partition("expected ")[2] for one in found] == ([expected] if expected else [])


def test_a_network_on_aws_may_have_the_addresses_of_pods_elsewhere(project: Make) -> None:
    made = project()
    text = ENVIRONMENT.replace("target: local\n", CLOUD).replace("10.0.0.0/16", "100.64.0.0/16")
    made.write_environment("home", text)
    assert [message for message in messages(made) if "cidr" in message] == []


def test_a_disposable_environment_protects_no_database_and_is_not_inherited(project: Make) -> None:
    made = project()
    store = "  ledger:\n    kind: postgresql\n    image: oven\n    storage: { size: 1Gi, path: /data }\n"
    made.replace_in_system("  bus:\n", f"{store}  bus:\n")
    pools = f"  route_certificates: gateway\n  node_pools: {{ main: {POOL} }} }}\nowners"
    cloud = ENVIRONMENT.replace("target: local\n", CLOUD).replace("owners", pools) + "disposable: true\n"
    made.write_environment("home", cloud + "components:\n  ledger: { storage: 20Gi, deletion_protection: true }\n")
    said = "components.ledger.deletion_protection: a protected database in a disposable environment"
    assert any(said in message for message in messages(made))
    made.write_environment("home", cloud + "components:\n  ledger: { storage: 20Gi }\n")
    made.write_environment(
        "away",
        "extends: home\nshares: [home]\ntarget: local\nclouds: null\nnetwork: null\n"
        "cluster: { node_pools: null }\ncomponents: { ledger: null }\n",
    )
    found = load_project(made.root).environments
    assert (found["home"].disposable, found["away"].disposable) == (True, False)


def test_a_local_environment_is_never_disposable(project: Make) -> None:
    made = project()
    made.replace_in_environment("home", "owners:", "disposable: true\nowners:")
    assert "disposable: a local environment, of which Terraform deletes nothing" in "\n".join(messages(made))


FILES = {
    "empty": (b"", "the file is empty"),
    "only a comment": (b"# nothing\n", "the file is empty"),
    "binary": (b"\x7fELF\x02\x01\x01\x00\x00", "a binary file"),
    "not UTF-8": (b"name: caf\xe9\n", "not text"),
    "a list": (b"- a\n- b\n", "found a list"),
    "bad syntax": (b"name: [a\nb: c\n", "not valid YAML"),
    "two documents": (b"a: b\n---\nc: d\n", "a second document"),
    "deep nesting": (b"a: " + b"[" * 5000, "nested too deeply"),
    "too large": (b"#" * 1_100_000, "too large"),
}


@pytest.mark.parametrize(("data", "what"), FILES.values(), ids=FILES.keys())
def test_a_file_that_is_no_document_is_refused(project: Make, data: bytes, what: str) -> None:
    bad = project()
    bad.write_system(data)
    assert any(message.startswith("apps/system.yaml") and what in message for message in messages(bad))


def test_a_missing_system_is_named(project: Make) -> None:
    bad = project()
    bad.system_file.unlink()
    assert messages(bad) == ["apps/system.yaml: no such file, expected a YAML file"]


def test_a_folder_in_place_of_a_file_is_refused(project: Make) -> None:
    bad = project()
    bad.system_file.unlink()
    bad.system_file.mkdir()
    assert "cannot be read" in messages(bad)[0]


def test_a_project_without_environments_is_refused(project: Make) -> None:
    bad = project()
    bad.environment_file("home").unlink()
    assert messages(bad) == ["apps/environments: no environment, expected at least one file <name>.yaml"]


@pytest.mark.integration
def test_all_problems_of_all_files_are_reported_at_once(project: Make) -> None:
    bad = project()
    bad.replace_in_system("kind: worker", "kind: wroker")
    bad.replace_in_system("cpu: 100m", "cpu: lots")
    bad.replace_in_environment("home", "domain:", "domian:")
    bad.write_environment("away", "extends: home\nsize: enormous size\n")
    bad.write_environment("broken", "a: [")
    found = messages(bad)
    for piece in ("wroker", "lots", "domian", "enormous", "broken.yaml"):
        assert any(piece in message for message in found), piece
    assert len(found) == len(set(found))


def test_a_cycle_of_extends_is_named_with_its_path(project: Make) -> None:
    bad = project()
    bad.write_environment("home", "extends: away\n" + ENVIRONMENT)
    bad.write_environment("away", "extends: home\n")
    assert any("a cycle: away -> home -> away" in message for message in messages(bad))


def test_extending_an_unknown_environment_suggests_the_nearest(project: Make) -> None:
    bad = project()
    bad.write_environment("away", "extends: hom\n")
    expected = 'apps/environments/away.yaml:1: extends: no environment "hom", expected "home"'
    assert messages(bad) == [expected]


def test_two_environments_never_share_a_terraform_state(project: Make) -> None:
    bad = project()
    pools = f"  route_certificates: gateway\n  node_pools: {{ main: {POOL} }} }}\nowners"
    bad.write_environment("home", ENVIRONMENT.replace("target: local\n", CLOUD).replace("owners", pools))
    heir = "extends: home\nshares: [home]\nnetwork: { cidr: 10.1.0.0/16 }\n"
    bad.write_environment("away", heir)
    (message,) = messages(bad)
    assert message.startswith("apps/environments/away.yaml:1: clouds.aws.state.bucket:")
    assert 'is also used by environment "home" (apps/environments/home.yaml:3)' in message


@pytest.mark.parametrize(
    ("endpoint", "found", "expected"),
    [
        (
            "private_endpoint: false",
            "cluster.private_endpoint: a public API endpoint open to everyone",
            "authorized_cidrs",
        ),
        (
            "private_endpoint: false\n  authorized_cidrs: [0.0.0.0/0]",
            "0.0.0.0/0 opens the API to everyone",
            "addresses of your offices",
        ),
        (
            "authorized_cidrs: [192.0.2.0/24]",
            "`authorized_cidrs` of a private API endpoint",
            "private_endpoint: false",
        ),
    ],
)
def test_who_reaches_the_api_of_a_cluster_is_said_once(project: Make, endpoint: str, found: str, expected: str) -> None:
    bad = project()
    pools = f"  {endpoint}\n  route_certificates: gateway\n  node_pools: {{ main: {POOL} }} }}\nowners"
    bad.write_environment("home", ENVIRONMENT.replace("target: local\n", CLOUD).replace("owners", pools))
    (message,) = messages(bad)
    assert found in message
    assert message.partition(", expected ")[2].find(expected) >= 0
    assert re.match(r"apps/environments/home\.yaml:1\d: ", message)


def test_a_store_runs_in_the_cluster_where_there_is_no_cloud(project: Make) -> None:
    made = project()
    made.replace_in_system(
        "  bus:\n",
        "  ledger:\n    kind: postgresql\n    image: oven\n    storage: { size: 1Gi, path: /data }\n  bus:\n",
    )
    found = load_project(made.root)
    assert Site(found.system, found.environments["home"]).embedded("ledger")
    made.write_environment("home", ENVIRONMENT + "components: { ledger: { provider: managed } }\n")
    assert "a managed ledger in a local environment" in "\n".join(messages(made))


def test_a_key_called_as_pydantic_calls_a_wrong_key_is_an_unknown_key(project: Callable[[], Project]) -> None:
    made = project()
    made.write_environment("home", '"[key]":\n' + made.environment_file("home").read_text())
    with pytest.raises(ModelError, match=r"home.yaml:1: \[key\]: unknown key"):
        load_project(made.root)


@pytest.mark.parametrize("target", ["aws", "gcp", "azure"])
def test_a_managed_store_in_a_cloud_without_settings_is_refused(project: Make, target: str) -> None:
    made = project()
    store = "  ledger:\n    kind: postgresql\n    image: oven\n    storage: { size: 1Gi, path: /data }\n"
    made.replace_in_system("  bus:\n", f"{store}  bus:\n")
    made.replace_in_environment("home", "target: local", f"target: {target}")
    managed = "components:\n  ledger: { provider: managed }\n"
    made.write_environment("home", made.environment_file("home").read_text() + managed)
    assert f'apps/environments/home.yaml:1: target: target "{target}" without its settings' in "\n".join(messages(made))
