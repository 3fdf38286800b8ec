"""Who may do what with the Kubernetes API: only what is asked for, by name, and never a Secret."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from quantacirc_cdk.errors import ModelError, PropsError
from quantacirc_cdk.kubernetes.access import Access, deployer_rules, reader_rules, watcher_rules
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.role import Rule
from quantacirc_cdk.limits.cluster_resources import CLUSTER_RESOURCES
from quantacirc_cdk.manifests import _CLUSTER_KINDS
from quantacirc_cdk.model import load_project
from quantacirc_cdk.operations.rights import plural
from support.kubernetes.manifests import Object, find, of_kind, pod_templates, synthesize
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


@pytest.mark.parametrize(
    ("verb", "group", "resource", "refused"),
    [
        ("get", "", "nodes", True),
        ("get", "", "nodes/proxy", True),
        ("list", "", "persistentvolumes", True),
        ("list", "", "namespaces", True),
        ("get", "", "namespaces", False),  # The request for one namespace is in it.
        ("get", "storage.k8s.io", "storageclasses", True),
        ("get", "storage.k8s.io", "csistoragecapacities", False),
        ("get", "rbac.authorization.k8s.io", "clusterroles", True),
        ("get", "rbac.authorization.k8s.io", "roles", False),
        ("get", "shop.example", "nodes", False),
    ],
)
def test_a_role_grants_nothing_outside_of_its_namespace(
    verb: str, group: str, resource: str, refused: bool, project: Callable[[], Project]
) -> None:
    made = project()
    rule = f"rules: [{{ verbs: [{verb}], resources: [pods, {resource}], api_group: '{group}' }}]"
    made.replace_in_system("    exposed: true\n", f"    exposed: true\n    {rule}\n")
    rules = [Rule(verbs=[verb], resources=["pods", resource], api_group=group)]

    def declare(scope: Construct) -> None:
        identity = Identity(name="shop", component="web")
        Access(scope, "access", name="shop", identity=identity, rules=rules, service_account="shop")

    if not refused:
        assert load_project(made.root)
        assert synthesize(declare)
        return
    said = f'"{resource}", which no namespace contains: a Role grants no access to it'
    with pytest.raises(ModelError) as error:
        load_project(made.root)
    assert re.match(r"apps/system\.yaml:\d+: components\.\w+\.rules\[0\]", str(error.value))
    assert said in str(error.value)
    with pytest.raises(PropsError) as other:
        synthesize(declare)
    assert f"test/access: rules[0].resources[1] {said}" in str(other.value)


def test_the_resources_without_a_namespace_are_those_of_the_kinds_without_one() -> None:
    known = {resource for resources in CLUSTER_RESOURCES.values() for resource in resources}
    assert {plural(kind) for kind in _CLUSTER_KINDS} <= known


@pytest.mark.parametrize("group", ["system:authenticated", "system:unauthenticated", "system:serviceaccounts"])
def test_no_team_is_everybody(group: str, project: Callable[[], Project]) -> None:
    made = project()
    text = made.environment_file("home").read_text() + f'teams: {{ x: {{ group: "{group}", role: deploy }} }}\n'
    made.write_environment("home", text)
    with pytest.raises(ModelError, match=r"apps/environments/home\.yaml:\d+: teams\.x\.group"):
        load_project(made.root)

    def declare(scope: Construct) -> None:
        identity = Identity(name="shop", component="web")
        Access(scope, "access", name="shop", identity=identity, rules=reader_rules(), group=group)

    with pytest.raises(PropsError, match=f'test/access: group "{group}", expected .* without the prefix system:'):
        synthesize(declare)
