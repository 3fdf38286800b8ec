"""Who may do what with the Kubernetes API: only what is asked for, by name, and never a Secret."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.kubernetes.access import deployer_rules, reader_rules, watcher_rules
from quantacirc_cdk.kubernetes.role import Rule
from quantacirc_cdk.model import load_project
from support.kubernetes.manifests import Object, find, of_kind, pod_templates
from support.kubernetes.synthesis import render
from support.project import Project

TEAMS = """\
teams:
  bakers: { group: oidc:bakers, role: deploy, components: [baker] }
  chefs: { group: oidc:chefs, role: deploy }
  guests: { group: oidc:guests }
"""


def allows(rules: Sequence[Rule], verb: str, resource: str, group: str = "", name: str = "any") -> bool:
    """Whether the API server would allow this, by the rules of https://kubernetes.io/docs/reference/access-authn-authz/rbac/."""
    return any(
        verb in rule.verbs
        and resource in rule.resources
        and group == rule.api_group
        and (not rule.names or name in rule.names)
        for rule in rules
    )


@pytest.fixture
def teams(project: Callable[[], Project], out: Path) -> list[Object]:
    made = project()
    made.write_environment("home", made.environment_file("home").read_text() + TEAMS)
    made.replace_in_system("    exposed: true\n", "    exposed: true\n    api_access: true\n")
    (objects,) = render(made.root, out).values()
    return objects


def rules_of(role: Object) -> list[Rule]:
    return [
        Rule(verbs=r["verbs"], resources=r["resources"], api_group=r["apiGroups"][0], names=r.get("resourceNames", []))
        for r in role["rules"]
    ]


def test_no_role_has_a_wildcard(objects: Sequence[Object], teams: Sequence[Object]) -> None:
    roles = [*of_kind(objects, "Role"), *of_kind(teams, "Role")]
    assert len(roles) > 3
    assert not of_kind([*objects, *teams], "ClusterRole", "ClusterRoleBinding")
    for role in roles:
        for rule in role["rules"]:
            words = [*rule["verbs"], *rule["resources"], *rule["apiGroups"], *rule.get("resourceNames", [])]
            assert not [word for word in words if "*" in word], role["metadata"]["name"]


@pytest.mark.parametrize("rules", [reader_rules(), deployer_rules(), deployer_rules(["a"]), watcher_rules()])
def test_nobody_reads_secrets_enters_pods_or_gives_rights(rules: Sequence[Rule]) -> None:
    resources = {resource for rule in rules for resource in rule.resources}
    assert not resources & {"secrets", "pods/exec", "pods/attach", "pods/portforward", "pods/ephemeralcontainers"}
    assert not resources & {"roles", "rolebindings", "serviceaccounts/token"}
    assert not {verb for rule in rules for verb in rule.verbs} & {"impersonate", "bind", "escalate"}


def test_a_reader_changes_nothing() -> None:
    assert {verb for rule in reader_rules() for verb in rule.verbs} == {"get", "list", "watch"}
    assert allows(reader_rules(), "get", "pods/log")


def test_rollouts_are_read_and_changed_only_where_argo_rollouts_is() -> None:
    def rights(rules: Sequence[Rule]) -> set[str]:
        return {verb for rule in rules if rule.api_group == "argoproj.io" for verb in rule.verbs}

    assert rights(reader_rules()) == rights(deployer_rules()) == set()
    assert rights(reader_rules(rollouts=True)) == {"get", "list", "watch"}
    own = deployer_rules(["shop"], rollouts=True)
    assert allows(own, "patch", "rollouts/status", "argoproj.io", "shop")
    assert not allows(own, "patch", "rollouts", "argoproj.io", "baker")


def test_a_deployer_of_one_component_changes_that_one_only(teams: Sequence[Object]) -> None:
    rules = rules_of(find(teams, "Role", "team-bakers"))
    assert allows(rules, "patch", "deployments", "apps", "baker")
    assert not allows(rules, "patch", "deployments", "apps", "shop")
    assert not allows(rules, "delete", "pods")
    assert not allows(rules, "create", "jobs", "batch")
    assert allows(rules, "list", "pods")
    chefs = rules_of(find(teams, "Role", "team-chefs"))
    assert allows(chefs, "patch", "deployments", "apps", "shop")
    assert allows(chefs, "create", "pods/eviction")
    assert not allows(rules_of(find(teams, "Role", "team-guests")), "patch", "deployments", "apps", "baker")


def test_each_team_is_bound_to_its_own_role(teams: Sequence[Object]) -> None:
    for team in ("bakers", "chefs", "guests"):
        binding = find(teams, "RoleBinding", f"team-{team}")
        assert binding["roleRef"]["name"] == f"team-{team}"
        assert [(s["kind"], s["name"]) for s in binding["subjects"]] == [("Group", f"oidc:{team}")]


def test_only_who_calls_the_api_has_a_token_and_a_role(teams: Sequence[Object]) -> None:
    tokens = {
        item["metadata"]["name"]
        for item, template in pod_templates(teams)
        if template["spec"]["automountServiceAccountToken"]
    }
    accounts = {
        subject["name"]
        for binding in of_kind(teams, "RoleBinding")
        for subject in binding["subjects"]
        if subject["kind"] == "ServiceAccount"
    }
    assert tokens == accounts == {"shop"}
    rules = rules_of(find(teams, "Role", "shop"))
    assert allows(rules, "list", "pods")
    assert allows(rules, "watch", "deployments", "apps")
    assert not allows(rules, "get", "configmaps")


def test_a_team_of_an_unknown_component_is_refused(project: Callable[[], Project]) -> None:
    made = project()
    text = made.environment_file("home").read_text()
    made.write_environment("home", text + TEAMS.replace("[baker]", "[bakre]"))
    with pytest.raises(ModelError, match=r'home.yaml:\d+: teams.bakers.components\[0\]: no component "bakre"'):
        load_project(made.root)


def test_every_environment_in_a_cloud_has_its_teams(rendered: Mapping[str, Sequence[Object]]) -> None:
    groups = {
        name: sorted(s["name"] for b in of_kind(found, "RoleBinding") for s in b["subjects"] if s["kind"] == "Group")
        for name, found in rendered.items()
    }
    teams = ["quantacirc-developers", "quantacirc-support"]
    assert groups == {"dev": teams, "local": [], "prod": teams, "staging": teams}
