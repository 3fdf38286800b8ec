"""What a change allows that was refused before: connections, permissions, ways in from outside, weaker isolation.

An object can allow more and do harm at the same time, so this does not follow from the class of its worst change.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from quantacirc_cdk.diff.fields import ABSENT, FieldChange, in_form, is_index, look_up
from quantacirc_cdk.diff.impact import Finding, Impact, Rule, rule
from quantacirc_cdk.diff.network_rules import POLICY, ROUTES, SERVICE
from quantacirc_cdk.diff.report import ChangedObject, Report
from quantacirc_cdk.diff.terraform_types import REGISTRY

DOCS = "https://kubernetes.io/docs"
RBAC = f"{DOCS}/reference/access-authn-authz/rbac/"
STANDARDS = f"{DOCS}/concepts/security/pod-security-standards/"


def _rule(id: str, says: str, source: str) -> Rule:
    return rule(id, Impact.WIDENS_ACCESS, says=says, source=source)


CONNECTIONS = _rule("connections-opened", "allows connections that were refused", POLICY)
UNISOLATED = _rule("isolation-removed", "pods that no other policy selects accept and open every connection", POLICY)
PERMISSIONS = _rule("permissions-added", "allows requests to the API that were refused", RBAC)
SUBJECTS = _rule("subjects-added", "gives the permissions of the role to more subjects", RBAC)
WAY_IN = _rule("way-in", "reachable from outside the cluster", f"{SERVICE}#publishing-services-service-types")
REOPENED = _rule(
    "path-reopened",
    "a path that was closed is reachable from outside the cluster",
    f"{SERVICE}#services-without-selectors",
)
POD = _rule("pod-hardening", "the pods are less isolated from their node", STANDARDS)
GRANTED = _rule("cloud-granted", "grants access in the cloud", REGISTRY)
NETWORKS = _rule("networks-added", "more addresses may connect, or to more ports", REGISTRY)
PUBLIC = _rule("public", "reachable from the Internet, or no longer guarded against it", REGISTRY)
STATEMENTS = _rule("statements-added", "the policy allows more", REGISTRY)

_GRANTS = re.compile(
    r"iam_.*(policy|member|binding|attachment)|role_assignment|access_(entry|policy_association)|firewall|_peering"
    r"|security_group_ingress_rule|security_group_rule|network_security_rule|s3_bucket_policy"
)
_NETWORKS = re.compile(
    r"cidr_(blocks|ipv[46])|source_ranges|.*_cidrs|cidr_block|source_address_prefix(es)?|ip_rules"
    r"|destination_port_ranges?"
)
_PUBLIC = {
    "publicly_accessible": True, "endpoint_public_access": True, "public_network_access_enabled": True,
    "ipv4_enabled": True, "block_public_acls": False, "block_public_policy": False, "ignore_public_acls": False,
    "restrict_public_buckets": False, "enable_private_endpoint": False, "private_cluster_enabled": False,
}  # fmt: skip
"""Arguments of Terraform resources, and the value that opens."""
_HARDENING: Mapping[str, Callable[[Any], bool]] = {
    "privileged": lambda value: value is True,
    "allowPrivilegeEscalation": lambda value: value is not False,
    "runAsNonRoot": lambda value: value is not True,
    "readOnlyRootFilesystem": lambda value: value is not True,
    "hostNetwork": lambda value: value is True,
    "hostPID": lambda value: value is True,
    "hostIPC": lambda value: value is True,
    "automountServiceAccountToken": lambda value: value is not False,
    "pod-security.kubernetes.io/enforce": lambda value: value != "restricted",
}


def widened(report: Report) -> Report:
    """Return a report of only the changes that widen access. A new environment or stack widens nothing."""
    found: list[ChangedObject] = []
    for item in report.objects:
        if (item.side, item.place) not in report.new:
            with in_form(f"{item.place}: {item.name}"):
                findings = [opened for finding in item.findings for opened in _opened(item, finding)]
            if findings:
                found.append(replace(item, findings=findings))
    return replace(report, objects=found)


def _opened(item: ChangedObject, finding: Finding) -> Iterator[Finding]:
    change = finding.change
    if finding.impact == Impact.WIDENS_ACCESS:
        yield finding
    elif item.side == "terraform":
        yield from _in_cloud(item, finding, change)
    elif not change.path:
        if change.added and (opens := _whole(change)):
            yield replace(finding, rule=opens)
        elif (
            change.removed
            and change.old.get("kind") == "NetworkPolicy"
            and not look_up(change.old, "spec", "podSelector", default={})
        ):
            yield replace(finding, rule=UNISOLATED)
    else:
        yield from _in_cluster(finding, change)


def _whole(change: FieldChange) -> Rule | None:
    kind = str(change.new.get("kind"))
    if kind in ("RoleBinding", "ClusterRoleBinding"):
        return SUBJECTS
    outside = kind == "Service" and look_up(change.new, "spec", "type") in ("LoadBalancer", "NodePort")
    return WAY_IN if outside or kind in ("Ingress", "Gateway", *ROUTES.split()) else None


def _in_cluster(finding: Finding, change: FieldChange) -> Iterator[Finding]:
    kind, last = str((change.new or change.old).get("kind")), change.path[-1]
    if kind in ("NetworkPolicy", "CiliumNetworkPolicy") and last in ("ingress", "egress"):
        single = replace(change, before=_connections(change.before), after=_connections(change.after))
        yield from _more(replace(finding, change=single), CONNECTIONS, _covers)
    elif kind in ("Role", "ClusterRole") and change.path == ("rules",):
        yield from _more(finding, PERMISSIONS, _permits)
    elif kind in ("RoleBinding", "ClusterRoleBinding") and change.path[:1] == ("subjects",) and not change.removed:
        yield replace(finding, rule=SUBJECTS)
    elif kind in ("Ingress", *ROUTES.split()) and change.path[:2] in (("spec", "hostnames"), ("spec", "rules")):
        yield from _more(finding, WAY_IN, lambda old, new: bool(old == new))
        old, new = ({*_closed(look_up(side, "spec", "rules"))} for side in (change.old, change.new))
        if opened := sorted(old - new):
            yield replace(finding, rule=REOPENED, change=replace(change, before=ABSENT, after=opened))
    elif kind == "Service" and change.path == ("spec", "type") and change.after in ("LoadBalancer", "NodePort"):
        yield replace(finding, rule=WAY_IN)
    elif last in _HARDENING and _HARDENING[last](change.after) and not _HARDENING[last](change.before):
        yield replace(finding, rule=POD)
    elif change.path[-2:] == ("capabilities", "add"):
        yield from _more(finding, POD, lambda old, new: bool(old == new))


def _closed(value: Any) -> Iterator[str]:
    """Yield the paths in the rules of a route that lead to a Service without pods (``NAME-closed``)."""
    for each in value if isinstance(value, list) else []:
        if not isinstance(each, dict):
            continue
        backends = each.get("backendRefs") or [look_up(each, "backend", "service", default={})]
        if all(str(one.get("name", "")).endswith("-closed") for one in backends):
            found = [each.get("path"), *(look_up(match, "path", "value") for match in each.get("matches") or [])]
            yield from (str(path) for path in found if path is not None)
        yield from _closed(look_up(each, "http", "paths"))


def _in_cloud(item: ChangedObject, finding: Finding, change: FieldChange) -> Iterator[Finding]:
    if not change.path:
        denies = look_up(change.new, "deny") and not look_up(change.new, "allow")  # a firewall rule
        if change.added and not denies and _GRANTS.search(item.name.rpartition(".")[0]):
            yield replace(finding, rule=GRANTED)
        return
    last = change.path[-1]
    if last in _PUBLIC and _is(change.after, _PUBLIC[last]) and not _is(change.before, _PUBLIC[last]):
        yield replace(finding, rule=PUBLIC)
    elif _NETWORKS.fullmatch(last) and not change.removed and not item.name.startswith(("aws_vpc.", "aws_subnet.")):
        if isinstance(change.after, list):
            yield from _more(finding, NETWORKS, lambda old, new: bool(old == new))
        else:
            yield replace(finding, rule=NETWORKS)
    elif _admits_more(change):
        yield replace(finding, rule=NETWORKS)
    elif last in ("policy", "assume_role_policy"):
        old, new = _statements(change.before), _statements(change.after)
        more = replace(finding, change=replace(change, before=old, after=new))
        yield from _more(more, STATEMENTS, lambda old, new: bool(old == new))


def _admits_more(change: FieldChange) -> bool:
    """Return whether a change of the rules of a security group, which are named blocks, admits more."""
    if change.path[-1] == "access":
        return bool(change.after == "Allow")
    if not is_index(change.path[-1]):
        return False
    if change.added:
        admits = isinstance(change.after, dict) and any(map(_NETWORKS.fullmatch, change.after))
        return admits and not _refuses(change.after)
    return change.removed and _refuses(change.before)


def _refuses(rule: Any) -> bool:
    return bool(look_up(rule, "access") == "Deny")


def _is(value: Any, opens: bool) -> bool:
    """Return whether a value opens; an argument that guards opens when it is missing."""
    return value is opens or (not opens and value is ABSENT)


def _statements(document: Any) -> Any:
    try:
        found = json.loads(document).get("Statement", [])
    except (TypeError, ValueError, AttributeError):
        return ABSENT
    listed = found if isinstance(found, list) else [found]
    return [one for one in listed if isinstance(one, dict) and one.get("Effect") == "Allow"]


def _connections(rules: Any) -> list[Any]:
    """Return the rules of a network policy, each split into rules with one peer and one port."""
    found: list[Any] = []
    for each in rules if isinstance(rules, list) else []:
        lists = {key: [[item] for item in value] for key, value in each.items() if isinstance(value, list) and value}
        found += [{**each, **dict(zip(lists, one, strict=True))} for one in product(*lists.values())]
    return found


def _covers(old: Any, new: Any) -> bool:
    """Return whether a rule with one peer and one port allows another; an absent peer or port means all."""
    return all(new.get(key) == value for key, value in old.items() if value)


def _permits(old: Any, new: Any) -> bool:
    """Return whether a rule of a Role permits everything that another one permits."""
    return all(
        "*" in (old.get(part) or []) or set(new.get(part) or []) <= set(old.get(part) or [])
        for part in ("apiGroups", "resources", "verbs", "nonResourceURLs")
    ) and (not old.get("resourceNames") or set(new.get("resourceNames") or ["*"]) <= set(old["resourceNames"]))


def _more(finding: Finding, opens: Rule, covers: Callable[[Any, Any], bool]) -> Iterator[Finding]:
    """Yield ``finding`` with only the items of its list that none of the old items covers, if there are any."""
    change = finding.change
    before: Sequence[Any] = change.before if isinstance(change.before, list) else []
    after: Sequence[Any] = change.after if isinstance(change.after, list) else []
    if more := [new for new in after if not any(covers(old, new) for old in before)]:
        yield replace(finding, rule=opens, change=replace(change, before=[], after=more))
