"""The budget of an environment is what its cloud takes."""

import re
from collections.abc import Callable

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from support.project import ENVIRONMENT, Project

Make = Callable[[], Project]
STATES = {
    "aws": '{ account: "123456789012", region: eu-central-1, state: { bucket: bakery-state } }',
    "gcp": "{ account: bakery-prod, region: europe-west3, state: { bucket: bakery-state } }",
    "azure": "{ account: 11111111-1111-4111-8111-111111111111, region: westeurope, "
    "state: { bucket: bakerystate, resource_group: states } }",
}
CLUSTER = "  route_certificates: none\n  node_pools: { main: { cpu: 4, memory: 16Gi, min_nodes: 1, max_nodes: 9 } }\n"
NEEDED = {"aws": "", "gcp": ", billing_account: 012345-567890-ABCDEF", "azure": ", start_month: 2026-12"}


def in_cloud(project: Project, cloud: str, budget: str, owners: int = 1) -> Project:
    """Put the project's environment into a cloud, with a budget and so many owners."""
    place = f"target: {cloud}\nclouds: {{ {cloud}: {STATES[cloud]} }}\nnetwork: {{ cidr: 10.0.0.0/16 }}\n"
    text = ENVIRONMENT.replace("target: local\n", f"{place}budget: {{ {budget} }}\n")
    names = ", ".join(f"baker{number}@bakery.example" for number in range(owners))
    text = re.sub(r"owners: \[.+\]\n", f"{CLUSTER}owners: [{names}]\n", text)
    project.write_environment("home", text)
    return project


def refused(made: Project) -> str:
    with pytest.raises(ModelError) as error:
        load_project(made.root)
    (problem,) = error.value.problems
    assert re.match(r"apps/environments/home\.yaml:\d+: ", str(problem))
    return str(problem).partition(": ")[2]


@pytest.mark.parametrize("cloud", STATES)
def test_a_budget_has_three_thresholds_unless_it_says_others(project: Make, cloud: str) -> None:
    made = in_cloud(project(), cloud, f"monthly_amount: 500{NEEDED[cloud]}")
    budget = load_project(made.root).environments["home"].budget
    assert budget is not None
    assert (budget.monthly_amount, budget.threshold_percents) == (500, [50, 80, 100])


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        ("monthly_amount: 0", "budget.monthly_amount: found the number 0, expected at least 1"),
        ("monthly_amount: 9.5", "budget.monthly_amount: found the number 9.5, expected a whole number"),
        (
            "monthly_amount: 9, threshold_percents: [0]",
            "budget.threshold_percents[0]: found the number 0, expected 1 to 1000 percent",
        ),
        (
            "monthly_amount: 9, threshold_percents: [1001]",
            "budget.threshold_percents[0]: found the number 1001, expected 1 to",
        ),
        (
            "monthly_amount: 9, threshold_percents: []",
            "budget.threshold_percents: found a list, expected at least 1 entry",
        ),
        (
            "monthly_amount: 9, threshold_percents: [80, 90, 80]",
            "budget.threshold_percents[2]: 80 percent twice, expected each percentage once",
        ),
        (
            "monthly_amount: 9, threshold_percents: [1, 2, 3, 4, 5]",
            "budget.threshold_percents: 5 percentages, expected at most 4: the cloud takes 5 alerts",
        ),
        (
            "monthly_amount: 9, billing_account: 012345-567890-ABCDEF",
            "budget.billing_account: `billing_account`, which only Google Cloud has, expected none",
        ),
        ("monthly_amount: 9, start_month: 2026-12", "budget.start_month: `start_month`, which only Azure has"),
    ],
)
def test_a_budget_on_aws_is_refused(project: Make, budget: str, said: str) -> None:
    assert refused(in_cloud(project(), "aws", budget)).startswith(said)


@pytest.mark.parametrize(
    ("cloud", "budget", "said"),
    [
        (
            "gcp",
            "monthly_amount: 9",
            "budget.billing_account: a budget without `billing_account`, expected the account",
        ),
        ("gcp", "monthly_amount: 9, billing_account: abc", 'budget.billing_account: found "abc", expected the id of'),
        ("azure", "monthly_amount: 9", "budget.start_month: a budget without `start_month`, expected the month of the"),
        ("azure", "monthly_amount: 9, start_month: 12/2026", 'budget.start_month: found "12/2026", expected a month'),
        (
            "azure",
            "monthly_amount: 9, start_month: 2017-05",
            "budget.start_month: 2017-05, before Azure had budgets, expected 2017-06 or later",
        ),
        (
            "azure",
            "monthly_amount: 9, start_month: 2026-12, threshold_percents: [1, 2, 3, 4, 5]",
            "budget.threshold_percents: 5 percentages, expected at most 4",
        ),
    ],
)
def test_a_cloud_refuses_a_budget(project: Make, cloud: str, budget: str, said: str) -> None:
    assert refused(in_cloud(project(), cloud, budget)).startswith(said)


def test_govcloud_has_no_budgets(project: Make) -> None:
    made = in_cloud(project(), "aws", "monthly_amount: 9")
    path = made.root / "apps/environments/home.yaml"
    path.write_text(path.read_text().replace("eu-central-1", "us-gov-west-1"))
    said = "budget: a budget in us-gov-west-1, expected none: create it in the standard account that pays for GovCloud"
    assert refused(made) == said


def test_google_cloud_takes_as_many_thresholds_as_there_are(project: Make) -> None:
    percents = list(range(1, 41))
    made = in_cloud(project(), "gcp", f"monthly_amount: 9, threshold_percents: {percents}{NEEDED['gcp']}")
    assert load_project(made.root)


@pytest.mark.parametrize(("cloud", "most"), [("aws", 10), ("gcp", 5)])
def test_an_alert_goes_to_as_many_owners_as_the_cloud_takes(project: Make, cloud: str, most: int) -> None:
    budget = f"monthly_amount: 9{NEEDED[cloud]}"
    assert load_project(in_cloud(project(), cloud, budget, owners=most).root)
    said = f"owners: {most + 1} owners of an environment with a budget, expected at most {most}: an alert takes no more"
    assert refused(in_cloud(project(), cloud, budget, owners=most + 1)) == said


def test_the_action_group_of_azure_has_room_for_all(project: Make) -> None:
    assert load_project(in_cloud(project(), "azure", f"monthly_amount: 9{NEEDED['azure']}", owners=60).root)
