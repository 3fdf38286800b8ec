"""Refuse keys of an environment that have no effect there.

The model of each kind refuses the keys that a component cannot have.
"""

from collections.abc import Iterator

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.model.cluster import OF_NEW_CLUSTERS
from quantacirc_cdk.model.document import Node
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.problems import problem_at
from quantacirc_cdk.model.system import System


def check_environment_effects(system: System, environment: Environment, root: Node) -> Iterator[Problem]:
    """Yield the keys of an environment that have no effect there."""
    if environment.change_windows and environment.delivery == "argocd" and system.source is None:
        what = "change windows without a repository for Argo CD"
        yield problem_at(root, ("change_windows",), what, "`source` in the system, or no windows")
    if environment.notifications and (environment.delivery == "manual" or system.source is None):
        what = "notifications of an environment that neither Argo CD nor Flux deploys"
        expected = "`source` in the system and a delivery other than manual, or no notifications"
        yield problem_at(root, ("notifications",), what, expected)
    channels = environment.notifications.slack if environment.notifications else []
    for index, channel in enumerate(channels):
        if channel in channels[:index]:
            place = ("notifications", "slack", index)
            yield problem_at(root, place, f'the channel "{channel}" twice', "each channel once")
    if environment.target == "local":
        yield from _check_local(environment, root)
    if "timeout_seconds" in environment.traffic.model_fields_set:
        yield from _check_timeout(environment, root)
    cluster = environment.cluster
    if cluster.ingress_class and cluster.addons.gateway_api and "gateway_api" in cluster.addons.model_fields_set:
        what = f'the ingress class "{cluster.ingress_class}" beside `gateway_api: true`'
        yield problem_at(root, ("cluster", "ingress_class"), what, "one of them")
    if cluster.ingress_class not in (None, "nginx") and cluster.ingress_namespace is None:
        what = f'the ingress class "{cluster.ingress_class}" without the namespace of its controller'
        expected = "`cluster.ingress_namespace`, whose pods the network policies admit"
        yield problem_at(root, ("cluster", "ingress_class"), what, expected)


def _check_local(environment: Environment, root: Node) -> Iterator[Problem]:
    """Yield what Terraform would do in a cloud: locally, it creates and deletes nothing."""
    if environment.disposable:
        what = "a local environment, of which Terraform deletes nothing"
        yield problem_at(root, ("disposable",), what, "no `disposable`")
    if environment.infrastructure == "pipeline":
        what = "a local environment, which has no stack to apply"
        yield problem_at(root, ("infrastructure",), what, "no `infrastructure`")
    if environment.budget is not None:
        what = "the budget of a local environment, which no cloud sends a bill for"
        yield problem_at(root, ("budget",), what, "no `budget`")
    if environment.audit_trail is not None:
        what = "the audit trail of a local environment, which has no account"
        yield problem_at(root, ("audit_trail",), what, "no `audit_trail`")
    for key in OF_NEW_CLUSTERS:
        if key in environment.cluster.model_fields_set:
            what = f"`{key}` of a local environment, whose cluster Terraform does not create"
            yield problem_at(root, ("cluster", key), what, "none")
    if environment.cluster.dns_programs:
        what = "`dns_programs` of a local environment, which has no DNS zone"
        yield problem_at(root, ("cluster", "dns_programs"), what, "none")
    stated = environment.network.model_fields_set if environment.network is not None else set()
    for key in sorted(stated & {"ip_family", "peers", "secondary_cidr"}):
        what = f"`{key}` of a local environment, whose network Terraform does not create"
        yield problem_at(root, ("network", key), what, "none")


def _check_timeout(environment: Environment, root: Node) -> Iterator[Problem]:
    """Yield a timeout without effect: an Ingress has no field for it, only controller-specific annotations."""
    cluster = environment.cluster
    if cluster.ingress_class not in (None, "nginx"):
        what = f'a timeout with the ingress class "{cluster.ingress_class}", for which no annotations are known'
        expected = "no timeout, the ingress class nginx, or Gateway API"
        yield problem_at(root, ("traffic", "timeout_seconds"), what, expected)
