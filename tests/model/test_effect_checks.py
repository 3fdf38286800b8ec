"""Keys that would have no effect where they stand are refused, with file and line."""

from collections.abc import Callable

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from support.project import Project

Make = Callable[[], Project]

DATABASE = """\
  books:
    kind: postgresql
    image: nats
    storage: { size: 1Gi, path: /data }
"""
JOB = """\
  sweep:
    kind: job
    image: oven
"""


def refused(project: Project) -> list[str]:
    with pytest.raises(ModelError) as caught:
        load_project(project.root)
    # The small project is local: that a store in it must be embedded is another test's matter.
    return [str(problem) for problem in caught.value.problems if not problem.key.endswith(".provider")]


def with_components(project: Project, text: str) -> Project:
    project.replace_in_system("components:\n", f"components:\n{text}")
    return project


@pytest.mark.parametrize(
    ("key", "value"),
    [("environment", "{ A: b }"), ("command", "[/run]"), ("args", "[--fast]"), ("exposed", "true"), ("probes", "{}")],
)
@pytest.mark.parametrize("kind", ["postgresql", "object-store"])
def test_what_only_a_workload_has_is_refused_on_a_store(kind: str, key: str, value: str, project: Make) -> None:
    text = DATABASE.replace("postgresql", kind) + f"    {key}: {value}\n"
    (problem,) = refused(with_components(project(), text))
    article = "an" if kind == "object-store" else "a"
    where = f"apps/system.yaml:14: components.books.{key}: "
    assert problem.startswith(f"{where}`{key}` on {article} {kind}, where it has no effect, expected it on ")


def test_a_default_that_is_written_is_refused_as_well(project: Make) -> None:
    (problem,) = refused(with_components(project(), f"{DATABASE}    args: []\n"))
    assert problem.startswith("apps/system.yaml:14: components.books.args: ")


def test_nobody_reaches_a_job(project: Make) -> None:
    made = with_components(project(), JOB)
    made.replace_in_system("reaches: [shop]", "reaches: [shop, sweep]")
    assert refused(made) == [
        (
            'apps/system.yaml:17: components.baker.reaches[1]: reaches "sweep", a job, which has no port, '
            "expected a component that runs continuously"
        )
    ]


def test_messages_without_a_subject_are_refused(project: Make) -> None:
    made = project()
    made.replace_in_system("    exposed: true\n", "    exposed: true\n    autoscaling: { backlog: 3 }\n")
    made.replace_in_system("    exposed: true\n", "    exposed: true\n    delivery: { attempts: 2 }\n")
    assert [problem.partition(", expected")[0] for problem in refused(made)] == [
        "apps/system.yaml:20: components.shop.delivery: `delivery` of a component that consumes no subjects",
        (
            "apps/system.yaml:21: components.shop.autoscaling.backlog: "
            "autoscaling on messages of a component that consumes none"
        ),
    ]


@pytest.mark.parametrize("delivery", ["helm", "manual"])
def test_change_windows_are_for_whoever_delivers(delivery: str, project: Make) -> None:
    made = project()
    windows = f'delivery: {delivery}\nchange_windows: [{{ schedule: "0 9 * * *", hours: 8 }}]\n'
    made.replace_in_environment("home", "domain:", f"{windows}domain:")
    assert load_project(made.root).environments["home"].change_windows


@pytest.mark.parametrize("delivery", ["argocd", "helm"])
def test_notifications_are_for_whoever_delivers_from_a_repository(delivery: str, project: Make) -> None:
    made = project()
    made.replace_in_environment(
        "home", "domain:", f"delivery: {delivery}\nnotifications: {{ slack: [releases] }}\ndomain:"
    )
    (problem,) = refused(made)
    assert problem == (
        "apps/environments/home.yaml:3: notifications: notifications of an environment that neither Argo CD nor Flux "
        "deploys, expected `source` in the system and a delivery other than manual, or no notifications"
    )
    made.replace_in_system("name: bakery\n", "name: bakery\nsource: { repository: https://git.example/bakery.git }\n")
    assert load_project(made.root).environments["home"].notifications
    made.replace_in_environment("home", f"delivery: {delivery}\n", "delivery: manual\n")
    (problem,) = refused(made)
    assert problem.startswith("apps/environments/home.yaml:3: notifications: ")


def test_a_slack_channel_stands_once_and_without_its_sign(project: Make) -> None:
    made = project()
    made.replace_in_system("name: bakery\n", "name: bakery\nsource: { repository: https://git.example/bakery.git }\n")
    told = "delivery: argocd\nnotifications:\n  slack:\n  - releases\n  - ops\n  - releases\ndomain:"
    made.replace_in_environment("home", "domain:", told)
    (problem,) = refused(made)
    where = "apps/environments/home.yaml:7: notifications.slack[2]: "
    assert problem == f'{where}the channel "releases" twice, expected each channel once'
    made.replace_in_environment("home", "  - ops\n  - releases\n", "  - '#ops'\n")
    (problem,) = refused(made)
    assert problem.startswith("apps/environments/home.yaml:6: notifications.slack[1]: ")
    made.replace_in_environment("home", "\n  - releases\n  - '#ops'", " []")
    (problem,) = refused(made)
    assert problem.startswith("apps/environments/home.yaml:4: notifications.slack: ")


def test_change_windows_are_refused_where_argo_cd_fetches_nothing(project: Make) -> None:
    made = project()
    windows = 'delivery: argocd\nchange_windows: [{ schedule: "0 9 * * *", hours: 8 }]\n'
    made.replace_in_environment("home", "domain:", f"{windows}domain:")
    assert refused(made)[0].startswith("apps/environments/home.yaml:3: change_windows: ")
    made.replace_in_system("name: bakery\n", "name: bakery\nsource: { repository: https://git.bakery.example/b.git }\n")
    assert load_project(made.root).environments["home"].change_windows


@pytest.mark.parametrize(
    ("override", "key"), [("environment: { A: b }", "environment"), ("replicas: { min: 2, max: 2 }", "replicas")]
)
def test_an_environment_sets_nothing_for_a_store_that_has_no_effect(override: str, key: str, project: Make) -> None:
    made = with_components(project(), DATABASE)
    made.replace_in_environment(
        "home", "domain:", f"components:\n  books: {{ provider: embedded, {override} }}\ndomain:"
    )
    (problem,) = refused(made)
    assert problem.startswith(f"apps/environments/home.yaml:3: components.books.{key}: ")


@pytest.mark.parametrize(
    ("replicas", "expected"),
    [
        (
            "{ min: 1, max: 3 }",
            "replicas: 1 to 3 replicas of a bus, which is not autoscaled, expected equal min and max",
        ),
        ("{ min: 4, max: 4 }", "replicas.min: 4 servers in a quorum, expected an odd number"),
    ],
)
def test_a_bus_has_a_number_of_servers_that_can_vote(replicas: str, expected: str, project: Make) -> None:
    made = project()
    made.replace_in_environment("home", "domain:", f"components:\n  bus: {{ replicas: {replicas} }}\ndomain:")
    (problem,) = refused(made)
    assert problem.startswith(f"apps/environments/home.yaml:3: components.bus.{expected}")


def test_only_google_cloud_chooses_the_nodes(project: Make) -> None:
    made = project()
    made.replace_in_environment("home", "  context:", "  mode: autopilot\n  context:")
    (problem,) = refused(made)
    assert problem.startswith(
        'apps/environments/home.yaml:7: cluster.mode: "autopilot" is available only on Google Cloud'
    )


def test_limits_that_an_ingress_class_does_not_know_name_its_line(project: Make) -> None:
    made = project()
    made.replace_in_environment("home", "  context:", "  ingress_class: traefik\n  ingress_namespace: edge\n  context:")
    problems = refused(made)
    assert len(problems) == 2
    assert all(one.startswith("apps/environments/home.yaml:7: cluster.ingress_class: `traffic.") for one in problems)


def test_a_timeout_that_an_ingress_class_does_not_know_is_refused_where_it_is_stated(project: Make) -> None:
    made = project()
    limits = "requests_per_second: null, body_size: null"
    made.replace_in_environment("home", "domain:", f"traffic: {{ {limits}, timeout_seconds: 60 }}\ndomain:")
    assert load_project(made.root).environments["home"].traffic.timeout_seconds == 60  # nginx keeps to it
    made.replace_in_environment("home", "  context:", "  ingress_class: traefik\n  ingress_namespace: edge\n  context:")
    (problem,) = refused(made)
    assert problem.startswith(
        "apps/environments/home.yaml:2: traffic.timeout_seconds: "
        'a timeout with the ingress class "traefik", for which no annotations are known'
    )
    made.replace_in_environment("home", ", timeout_seconds: 60", "")
    assert load_project(made.root)


def test_nobody_sends_a_bill_for_a_local_environment(project: Make) -> None:
    made = project()
    made.replace_in_environment("home", "domain:", "budget: { monthly_amount: 500 }\ndomain:")
    (problem,) = refused(made)
    where = "apps/environments/home.yaml:2: budget: "
    assert problem == f"{where}the budget of a local environment, which no cloud sends a bill for, expected no `budget`"
    made.replace_in_environment("home", "budget: { monthly_amount: 500 }", "budget: null")
    assert load_project(made.root).environments["home"].budget is None


def test_a_local_environment_has_no_account_to_keep_a_trail_of(project: Make) -> None:
    made = project()
    made.replace_in_environment("home", "domain:", "audit_trail: {}\ndomain:")
    (problem,) = refused(made)
    where = "apps/environments/home.yaml:2: audit_trail: "
    assert problem == f"{where}the audit trail of a local environment, which has no account, expected no `audit_trail`"


@pytest.mark.parametrize(
    "line",
    [
        "authorized_cidrs: [192.0.2.0/24]",
        "operator_cidrs: [192.0.2.0/24]",
        "dns_endpoint: true",
        "autoscaler: karpenter",
        "session_manager: true",
        "maintenance_exclusions: {}",
    ],
)
def test_who_may_reach_the_api_of_a_local_cluster_is_not_for_terraform_to_say(project: Make, line: str) -> None:
    made = project()
    made.replace_in_environment("home", "cluster:\n", f"cluster:\n  {line}\n")
    (problem,) = refused(made)
    assert problem.startswith("apps/environments/home.yaml:")
    assert f"`{line.partition(':')[0]}` of a local environment" in problem


@pytest.mark.parametrize(
    ("key", "value"), [("peers", "{}"), ("ip_family", "dual"), ("secondary_cidr", "100.64.0.0/16")]
)
def test_a_local_network_has_no_properties_of_clouds(project: Make, key: str, value: str) -> None:
    made = project()
    made.replace_in_environment("home", "domain:", f"network: {{ cidr: 10.0.0.0/16, {key}: {value} }}\ndomain:")
    (problem,) = refused(made)
    assert problem.startswith(f"apps/environments/home.yaml:2: network.{key}: `{key}` of a local environment")
