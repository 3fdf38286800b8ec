"""Effects of changes of Services, Ingresses, routes and network policies."""

from dataclasses import replace
from typing import Any

from quantacirc_cdk.diff.fields import FieldChange, look_up
from quantacirc_cdk.diff.impact import Impact, rule
from quantacirc_cdk.limits.routes import NGINX_RANGES
from quantacirc_cdk.limits.services import BACKEND_SERVICES

DOCS = "https://kubernetes.io/docs"
SERVICE = f"{DOCS}/concepts/services-networking/service/"
SERVICE_UPDATE = "https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/core/validation/validation.go"
POLICY = f"{DOCS}/concepts/services-networking/network-policies/"
GRANTS = "https://gateway-api.sigs.k8s.io/api-types/referencegrant/"
LIMITS = "https://gateway.envoyproxy.io/docs/concepts/gateway_api_extensions/backend-traffic-policy/"
CLIENTS = "https://gateway.envoyproxy.io/docs/tasks/security/restrict-ip-access/"
ROUTES = "HTTPRoute GRPCRoute TLSRoute TCPRoute UDPRoute"


def _of_type(change: FieldChange, *types: str) -> bool:
    return any(look_up(side, "spec", "type", default="ClusterIP") in types for side in (change.old, change.new))


def _of_backend_services(change: FieldChange) -> bool:
    """Return whether GKE would make another kind of load balancer for the Service."""
    before, after = (look_up(one, "metadata", "annotations", BACKEND_SERVICES) for one in (change.old, change.new))
    return before != after and change.path[-1] in ("annotations", BACKEND_SERVICES) and _of_type(change, "LoadBalancer")


def _only_more(change: FieldChange) -> bool:
    """Return whether all previously allowed connections are still allowed."""
    if len(change.path) < 2 or change.path[1] not in ("ingress", "egress"):
        return False
    if change.added:  # Without rules, a policy of a direction allows nothing in it.
        return bool(change.after)
    if not isinstance(change.before, list) or not isinstance(change.after, list):
        return False
    return all(any(allows(new, old) for new in change.after) for old in change.before)


def _as_before(change: FieldChange) -> bool:
    """Return whether exactly the same connections are allowed."""
    back = replace(change, before=change.after, after=change.before, old=change.new, new=change.old)
    return not change.added and not change.removed and _only_more(change) and _only_more(back)


def _isolates_less(change: FieldChange) -> bool:
    before, after = change.before, change.after
    return isinstance(before, list) and isinstance(after, list) and set(after) < set(before)


def allows(new: Any, old: Any) -> bool:
    """Return whether a rule allows everything that another rule allows; absent peers or ports mean all."""
    if not isinstance(new, dict) or not isinstance(old, dict):
        return bool(new == old)
    return all(
        not new.get(part) or (bool(old.get(part)) and _contains(new[part], old[part]))
        for part in ("from", "to", "ports")
    )


def _contains(more: Any, less: Any) -> bool:
    """Return whether a list contains all items of another."""
    return isinstance(more, list) and isinstance(less, list) and all(item in more for item in less)


def _first_differs(change: FieldChange) -> bool:
    """Return whether the primary address family may change; the default is IPv4."""
    before = change.before if isinstance(change.before, list) else ["IPv4"]
    return isinstance(change.after, list) and before[:1] != change.after[:1]


def _grants_more(change: FieldChange) -> bool:
    """Return whether a grant covers more references; without a name, it covers all objects of a kind."""
    if change.path[-1] == "name":
        return change.removed
    before, after = change.before, change.after
    if not isinstance(before, list) or not isinstance(after, list):
        return change.added
    return all(any(new.items() <= old.items() for new in after) for old in before)


def _more_clients(change: FieldChange) -> bool:
    """Return whether a list of client addresses only became longer."""
    before, after = change.before, change.after
    return isinstance(before, list) and isinstance(after, list) and set(before) < set(after)


def _admits_more(change: FieldChange) -> bool:
    """Return whether the annotation of an Ingress with its client addresses is gone, or only became longer."""
    if change.path[-1] not in (*NGINX_RANGES, "annotations"):
        return False
    before, after = (
        {
            address
            for key in NGINX_RANGES
            for address in look_up(one, "metadata", "annotations", key, default="").split(",")
        }
        for one in (change.old, change.new)
    )
    return before != {""} and (after == {""} or before < after)


# fmt: off
RULES = (
    rule("ingress-class-immutable", Impact.RECREATE, "IngressClass", "spec.controller",
         says="the controller of an IngressClass cannot be changed",
         source=f"{DOCS}/reference/kubernetes-api/service-resources/ingress-class-v1/"),
    rule("cluster-ip-kept", Impact.NO_OP, "Service", "spec.clusterIP spec.clusterIPs",
         when=lambda change: change.removed,
         says="a Service keeps its address, or stays headless, if the manifest no longer sets it",
         source=f"{SERVICE}#choosing-your-own-ip-address"),
    rule("cluster-ip-immutable", Impact.RECREATE, "Service", "spec.clusterIP spec.clusterIPs",
         when=lambda change: not _of_type(change, "ExternalName"),
         says="the address or headlessness of a Service cannot be changed",
         source=f"{SERVICE}#choosing-your-own-ip-address"),
    rule("service-immutable", Impact.RECREATE, "Service", "spec.loadBalancerClass spec.healthCheckNodePort",
         when=lambda change: look_up(change.old, "spec", "type") == look_up(change.new, "spec", "type"),
         says="this field of a Service cannot be changed without its type", source=SERVICE_UPDATE),
    rule("ip-family-immutable", Impact.RECREATE, "Service", "spec.ipFamilies",
         when=lambda change: not change.removed and _first_differs(change),
         says="the primary address family of a Service cannot be changed",
         source=f"{DOCS}/concepts/services-networking/dual-stack/#services"),
    rule("service-type", Impact.UNAVAILABILITY, "Service", "spec.type",
         when=lambda change: _of_type(change, "LoadBalancer", "NodePort", "ExternalName"),
         says="external addresses or ports are assigned or released",
         source=f"{SERVICE}#publishing-services-service-types"),
    rule("internal-traffic", Impact.UNAVAILABILITY, "Service", "spec.internalTrafficPolicy",
         when=lambda change: change.after == "Local",
         says="clients on nodes without a pod of the Service cannot connect",
         source=f"{DOCS}/concepts/services-networking/service-traffic-policy/"),
    rule("service-selector", Impact.UNAVAILABILITY, "Service", "spec.selector",
         says="the Service immediately selects other pods, even if they are not ready or do not exist",
         source=f"{SERVICE}#defining-a-service"),
    rule("service-port-added", Impact.NO_OP, "Service", "spec.ports.*",
         when=lambda change: len(change.path) == 3 and change.added,
         says="an additional port; the others stay", source=f"{SERVICE}#multi-port-services"),
    rule("service-port-words", Impact.NO_OP, "Service", "spec.ports.*.appProtocol",
         says="a hint for clients", source=f"{SERVICE}#application-protocol"),
    rule("service-port", Impact.UNAVAILABILITY, "Service", "spec.ports",
         says="clients of the old port fail, and pods that do not listen on the new one yet are unreachable",
         source=f"{SERVICE}#field-spec-ports"),
    rule("load-balancer-kind", Impact.RECREATE, "Service", "metadata.annotations", when=_of_backend_services,
         says="GKE reads this annotation only when it creates the load balancer: delete the Service, then deploy, and "
              "change the DNS records of its address",
         source="https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer"),
    rule("load-balancer-settings", Impact.UNAVAILABILITY,
         "Service",
         "metadata.annotations spec.loadBalancerIP spec.loadBalancerSourceRanges "
         "spec.externalTrafficPolicy spec.externalIPs",
         when=lambda change: _of_type(change, "LoadBalancer"),
         says="the cloud's controller reconfigures the load balancer; some settings replace it",
         source=f"{SERVICE}#loadbalancer"),
    rule("external-name", Impact.UNAVAILABILITY, "Service", "spec.externalName",
         says="clients are sent to another host", source=f"{SERVICE}#externalname"),
    rule("service-settings", Impact.NO_OP, "Service", "spec",
         says="applies to new connections; the address stays", source=SERVICE),
    rule("ingress-class", Impact.UNAVAILABILITY, "Ingress", "spec.ingressClassName",
         says="another controller takes over, at another address",
         source=f"{DOCS}/concepts/services-networking/ingress/#ingress-class"),
    rule("ingress-tls", Impact.NO_OP, "Ingress", "spec.tls", when=lambda change: change.added,
         says="an additional certificate; the routes stay", source=f"{DOCS}/concepts/services-networking/ingress/#tls"),
    rule("route-added", Impact.NO_OP, f"Ingress {ROUTES}", "spec.rules spec.hostnames",
         when=lambda change: change.added or (not change.removed and _contains(change.after, change.before)),
         says="an additional host or path; the others stay",
         source=f"{DOCS}/concepts/services-networking/ingress/#ingress-rules"),
    rule("route-changed", Impact.UNAVAILABILITY, f"Ingress {ROUTES}", "spec",
         says="requests for the old host or path are routed elsewhere or fail",
         source=f"{DOCS}/concepts/services-networking/ingress/#updating-an-ingress"),
    rule("ingress-clients", Impact.WIDENS_ACCESS, "Ingress", "metadata.annotations", when=_admits_more,
         says="the controller accepts other client addresses",
         source="https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/"),
    rule("ingress-annotations", Impact.UNAVAILABILITY, "Ingress", "metadata.annotations",
         says="annotations configure the controller, and how it handles requests",
         source=f"{DOCS}/concepts/services-networking/ingress/#the-ingress-resource"),
    rule("limits-changed", Impact.UNAVAILABILITY, "BackendTrafficPolicy", "spec",
         says="requests above the new limits are refused", source=LIMITS),
    rule("clients-widened", Impact.WIDENS_ACCESS, "SecurityPolicy", "spec.authorization", when=_more_clients,
         says="more client addresses are allowed", source=CLIENTS),
    rule("clients-changed", Impact.UNAVAILABILITY, "SecurityPolicy", "spec",
         says="requests that it no longer allows are refused", source=CLIENTS),
    rule("grant-widened", Impact.WIDENS_ACCESS, "ReferenceGrant", "spec",
         when=_grants_more,
         says="more objects of other namespaces, or references to more objects, are allowed", source=GRANTS),
    rule("grant-narrowed", Impact.UNAVAILABILITY, "ReferenceGrant", "spec",
         says="references without a grant are refused: a Gateway loses the certificate and drops the listener",
         source=GRANTS),
    rule("policy-reworded", Impact.NO_OP, "NetworkPolicy CiliumNetworkPolicy", "spec", when=_as_before,
         says="allows the same connections in another form", source=POLICY),
    rule("policy-widened", Impact.WIDENS_ACCESS, "NetworkPolicy CiliumNetworkPolicy", "spec", when=_only_more,
         says="allows additional connections; rules of policies add up",
         source=f"{POLICY}#the-two-sorts-of-pod-isolation"),
    rule("policy-opened", Impact.WIDENS_ACCESS, "NetworkPolicy", "spec.policyTypes", when=_isolates_less,
         says="the pods are no longer isolated in a direction: everything is allowed there",
         source=f"{POLICY}#the-two-sorts-of-pod-isolation"),
    rule("policy-narrowed", Impact.UNAVAILABILITY, "NetworkPolicy CiliumNetworkPolicy", "spec",
         says="new connections without a rule are refused; open ones may be closed",
         source=f"{POLICY}#networkpolicy-and-pod-lifecycle"),
)
# fmt: on
