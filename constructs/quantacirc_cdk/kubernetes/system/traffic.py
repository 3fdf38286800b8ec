"""How requests from outside reach the exposed components."""

from collections.abc import Iterator

from quantacirc_cdk.kubernetes.http_route import GatewayRouteProps
from quantacirc_cdk.kubernetes.ingress import IngressProps, Limits, RouteProps
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.model.addresses import addresses


def ways_in(context: Context) -> Iterator[IngressProps | GatewayRouteProps]:
    """Yield a way in for every exposed component: Gateway API where the cluster has it, else an Ingress."""
    cluster, traffic = context.environment.cluster, context.environment.traffic
    limits = Limits(
        requests_per_second=traffic.requests_per_second,
        body_size=traffic.body_size,
        timeout_seconds=traffic.timeout_seconds,
    )
    for name, (host, path) in addresses(context.system, context.environment).items():
        route = RouteProps(
            identity=context.component_identity(name),
            port=context.system.container.http_port,
            host=host,
            path=path,
            closed_paths=_health_paths(context, name),
            limits=limits,
            issuer=cluster.cluster_issuer if cluster.addons.cert_manager else None,
        )
        if cluster.addons.gateway_api:
            yield GatewayRouteProps(
                route=route,
                gateway=cluster.gateway,
                gateway_namespace=cluster.ingress_namespace,
                policies=cluster.gateway_policies,
            )
        else:
            yield IngressProps(route=route, ingress_class=cluster.ingress_class)


def _health_paths(context: Context, name: str) -> list[str]:
    """Return the paths of the health checks, which are nobody's business outside."""
    contract, probes = context.system.container, context.system.components[name].probes
    return sorted(
        {
            probes.startup_path or contract.startup_path,
            probes.liveness_path or contract.liveness_path,
            probes.readiness_path or contract.readiness_path,
        }
    )
