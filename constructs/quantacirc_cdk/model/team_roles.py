"""IAM roles of teams on AWS, and the groups that each has in the cluster."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from quantacirc_cdk.errors import Problem, nearest
from quantacirc_cdk.limits.aws import partition
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.environment import Cloud, Environment
from quantacirc_cdk.model.problems import problem_at


@dataclass(frozen=True, kw_only=True)
class RoleGroups:
    """A role, and its groups in Kubernetes."""

    arn: str
    """The role."""
    groups: tuple[str, ...]
    """Groups in Kubernetes that it belongs to, sorted."""


def role_groups(environment: Environment) -> dict[str, RoleGroups]:
    """Return the roles of all teams by a name for Terraform: that of the role, after its account if that is another.

    A role has one access entry, also if it belongs to several teams
    (https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html).
    """
    cloud = environment.cloud
    if environment.target != "aws" or cloud is None:
        return {}
    groups: dict[str, set[str]] = {}
    for team, roles in cloud.team_roles.items():
        for role in roles:
            groups.setdefault(_arn(cloud, role), set()).add(environment.teams[team].group)
    return {_name(cloud, arn): RoleGroups(arn=arn, groups=tuple(sorted(groups[arn]))) for arn in sorted(groups)}


def _arn(cloud: Cloud, role: str) -> str:
    return role if role.startswith("arn:") else f"arn:{partition(cloud.region)}:iam::{cloud.account}:role/{role}"


def _name(cloud: Cloud, arn: str) -> str:
    """Return a name for Terraform. A role's name is unique in its account, whatever its path."""
    account, role = arn.split(":")[4], arn.rpartition("/")[2]
    return re.sub(r"[^A-Za-z0-9_]", "_", role if account == cloud.account else f"{account}-{role}")


def check_team_roles(environment: Environment, root: Node) -> Iterator[Problem]:
    """Yield roles of no team, of another cloud or partition, and for a cluster that has its own access entries."""
    for name, cloud in environment.clouds.items():
        place: Place = ("clouds", name, "team_roles")
        if cloud.team_roles and name != "aws":
            what = "IAM roles of teams, which only AWS has"
            yield problem_at(root, place, what, "none: groups of your directory are those of `teams`")
            continue
        named: dict[str, str] = {}  # Of all teams: a role may belong to several of them.
        for team, roles in cloud.team_roles.items():
            if team not in environment.teams:
                yield problem_at(root, (*place, team), f'no team "{team}"', nearest(team, environment.teams))
            for index, role in enumerate(roles):
                other = named.setdefault(_name(cloud, _arn(cloud, role)), role)
                yield from _refused_role(cloud, root, (*place, team, index), role, roles[:index], other)
        if cloud.team_roles and environment.target == name and environment.cluster.existing is not None:
            what = "access entries for an existing cluster"
            yield problem_at(root, place, what, "none: create them where the cluster is created")


def _refused_role(
    cloud: Cloud, root: Node, place: Place, role: str, before: list[str], other: str
) -> Iterator[Problem]:
    """Yield the problems of a role after those ``before`` it of its team; ``other`` is the first with its name."""
    if _arn(cloud, role) in [_arn(cloud, one) for one in before]:
        yield problem_at(root, place, f"{role} twice", "each role once")
    elif _arn(cloud, other) != _arn(cloud, role):
        what = f"{role} and {other}, whose names Terraform does not tell apart"
        yield problem_at(root, place, what, "another name of one of the roles")
    own = f"arn:{partition(cloud.region)}:"
    if role.startswith("arn:") and not role.startswith(own):
        yield problem_at(root, place, f"{role}, in another partition of AWS", f"a role whose ARN begins with {own}")
