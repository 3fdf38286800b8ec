"""What changes of Services, Ingresses, routes and network policies do."""

from typing import Any

from quantacirc_cdk.diff.fields import ABSENT, FieldChange, look_up
from quantacirc_cdk.diff.impact import Impact, Rule

DOCS = "https://kubernetes.io/docs"
SERVICE = f"{DOCS}/concepts/services-networking/service/"
SERVICE_UPDATE = "https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/core/validation/validation.go"
POLICY = f"{DOCS}/concepts/services-networking/network-policies/"
ROUTES = ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute")


def _of_type(change: FieldChange, *types: str) -> bool:
    return any(look_up(side, "spec", "type", default="ClusterIP") in types for side in (change.old, change.new))


def _only_more(change: FieldChange) -> bool:
    """Whether every connection that was allowed still is."""
    if change.path[1] not in ("ingress", "egress") or change.removed or change.added:
        return False
    if not isinstance(change.before, list) or not isinstance(change.after, list):
        return False
    return all(any(_allows(new, old) for new in change.after) for old in change.before)


def _allows(new: Any, old: Any) -> bool:
    """Whether one rule of a policy allows all that another does; no peers, or no ports, stands for all."""
    return all(
        not new.get(part) or (old.get(part) and all(item in new[part] for item in old[part]))
        for part in ("from", "to", "ports")
    )


def _contains(more: Any, less: Any) -> bool:
    """Whether a list holds every item of another."""
    return isinstance(more, list) and isinstance(less, list) and all(item in more for item in less)


RULES = (
    Rule(
        id="cluster-ip-immutable",
        impact=Impact.RECREATE,
        kinds=("Service",),
        paths=("spec.clusterIP", "spec.clusterIPs"),
        when=lambda change: not _of_type(change, "ExternalName") and ABSENT not in (change.before, change.after),
        says="the address of a Service cannot be changed, nor can it become headless or cease to be",
        source=f"{SERVICE}#choosing-your-own-ip-address",
    ),
    Rule(
        id="headless-immutable",
        impact=Impact.RECREATE,
        kinds=("Service",),
        paths=("spec.clusterIP",),
        when=lambda change: "None" in (change.before, change.after) and not _of_type(change, "ExternalName"),
        says="a Service cannot become headless or cease to be",
        source=f"{SERVICE}#headless-services",
    ),
    Rule(
        id="service-immutable",
        impact=Impact.RECREATE,
        kinds=("Service",),
        paths=("spec.loadBalancerClass", "spec.healthCheckNodePort"),
        when=lambda change: look_up(change.old, "spec", "type") == look_up(change.new, "spec", "type"),
        says="this field of a Service cannot be changed while its type stays",
        source=SERVICE_UPDATE,
    ),
    Rule(
        id="ip-family-immutable",
        impact=Impact.RECREATE,
        kinds=("Service",),
        paths=("spec.ipFamilies",),
        when=lambda change: (
            isinstance(change.before, list) and isinstance(change.after, list) and change.before[:1] != change.after[:1]
        ),
        says="the primary address family of a Service cannot be changed",
        source=f"{DOCS}/concepts/services-networking/dual-stack/#services",
    ),
    Rule(
        id="service-type",
        impact=Impact.UNAVAILABILITY,
        kinds=("Service",),
        paths=("spec.type",),
        when=lambda change: _of_type(change, "LoadBalancer", "NodePort", "ExternalName"),
        says="addresses or ports that clients outside use are given or taken away",
        source=f"{SERVICE}#publishing-services-service-types",
    ),
    Rule(
        id="service-selector",
        impact=Impact.UNAVAILABILITY,
        kinds=("Service",),
        paths=("spec.selector",),
        says="the Service sends to other pods at once, whether they are ready or not there at all",
        source=f"{SERVICE}#defining-a-service",
    ),
    Rule(
        id="service-port-added",
        impact=Impact.NO_OP,
        kinds=("Service",),
        paths=("spec.ports.*",),
        when=lambda change: len(change.path) == 3 and change.added,
        says="one more port; the others stay",
        source=f"{SERVICE}#multi-port-services",
    ),
    Rule(
        id="service-port-words",
        impact=Impact.NO_OP,
        kinds=("Service",),
        paths=("spec.ports.*.appProtocol",),
        says="a hint for those who read it",
        source=f"{SERVICE}#application-protocol",
    ),
    Rule(
        id="service-port",
        impact=Impact.UNAVAILABILITY,
        kinds=("Service",),
        paths=("spec.ports",),
        says="clients of the old port, and pods that do not yet listen on the new one, are not reached",
        source=f"{SERVICE}#field-spec-ports",
    ),
    Rule(
        id="load-balancer-settings",
        impact=Impact.UNAVAILABILITY,
        kinds=("Service",),
        paths=(
            "metadata.annotations",
            "spec.loadBalancerIP",
            "spec.loadBalancerSourceRanges",
            "spec.externalTrafficPolicy",
            "spec.externalIPs",
        ),
        when=lambda change: _of_type(change, "LoadBalancer"),
        says="the cloud's controller reconfigures the load balancer, some settings by replacing it",
        source=f"{SERVICE}#loadbalancer",
    ),
    Rule(
        id="external-name",
        impact=Impact.UNAVAILABILITY,
        kinds=("Service",),
        paths=("spec.externalName",),
        says="clients are sent to another host",
        source=f"{SERVICE}#externalname",
    ),
    Rule(
        id="service-settings",
        impact=Impact.NO_OP,
        kinds=("Service",),
        paths=("spec",),
        says="applies to new connections; the address stays",
        source=SERVICE,
    ),
    Rule(
        id="ingress-class",
        impact=Impact.UNAVAILABILITY,
        kinds=("Ingress",),
        paths=("spec.ingressClassName",),
        says="another controller takes over, at another address",
        source=f"{DOCS}/concepts/services-networking/ingress/#ingress-class",
    ),
    Rule(
        id="ingress-tls",
        impact=Impact.NO_OP,
        kinds=("Ingress",),
        paths=("spec.tls",),
        when=lambda change: change.added,
        says="one more certificate; the routes stay",
        source=f"{DOCS}/concepts/services-networking/ingress/#tls",
    ),
    Rule(
        id="route-added",
        impact=Impact.NO_OP,
        kinds=("Ingress", *ROUTES),
        paths=("spec.rules", "spec.hostnames"),
        when=lambda change: change.added or (not change.removed and _contains(change.after, change.before)),
        says="one more host or path; the others stay",
        source=f"{DOCS}/concepts/services-networking/ingress/#ingress-rules",
    ),
    Rule(
        id="route-changed",
        impact=Impact.UNAVAILABILITY,
        kinds=("Ingress", *ROUTES),
        paths=("spec",),
        says="requests for the old host or path go elsewhere or nowhere",
        source=f"{DOCS}/concepts/services-networking/ingress/#updating-an-ingress",
    ),
    Rule(
        id="ingress-annotations",
        impact=Impact.UNAVAILABILITY,
        kinds=("Ingress",),
        paths=("metadata.annotations",),
        says="annotations configure the controller, and how it handles requests",
        source=f"{DOCS}/concepts/services-networking/ingress/#the-ingress-resource",
    ),
    Rule(
        id="policy-widened",
        impact=Impact.NO_OP,
        kinds=("NetworkPolicy",),
        paths=("spec",),
        when=_only_more,
        says="allows more; rules of policies add up",
        source=f"{POLICY}#the-two-sorts-of-pod-isolation",
    ),
    Rule(
        id="policy-narrowed",
        impact=Impact.UNAVAILABILITY,
        kinds=("NetworkPolicy",),
        paths=("spec",),
        says="new connections that no rule allows any more are refused; the open ones may be",
        source=f"{POLICY}#networkpolicy-and-pod-lifecycle",
    ),
)
