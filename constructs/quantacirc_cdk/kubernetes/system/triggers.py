"""KEDA triggers that ask a component of the system: KEDA's pods resolve and reach it from their own namespace."""

from collections.abc import Iterator, Mapping

from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.kubernetes.autoscaler import Trigger
from quantacirc_cdk.kubernetes.network_policy import Edge, Pods
from quantacirc_cdk.kubernetes.system.connections import configuration
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.hosts import hosts, is_host_key, qualified
from quantacirc_cdk.kubernetes.system.offers import own_endpoints
from quantacirc_cdk.model.component import Program, Scaling
from quantacirc_cdk.model.needs.scaling import TriggerSpec
from quantacirc_cdk.model.site import once

_FROM_VARIABLE = "FromEnv"
"""End of a key whose value names a variable of the scaled container."""


def triggers(context: Context, name: str) -> list[Trigger]:
    """Return the KEDA triggers of a component, if the cluster has KEDA. Components in their metadata get the namespace.

    Raises ``PropsError`` for a variable that names a component without its namespace, because KEDA reads it as it is.
    """
    found, services = [], _services(context)
    for one in _stated(context, name):
        for key, variable, text in _variables(context, name, one):
            for host in hosts(text, services, context.namespace, alone=True):
                if not host.qualified:
                    what = f"{key}: the variable {variable} with the host {host.service}, unknown in KEDA's namespace"
                    expected = f"the address in `metadata`, or {host.service}.{context.namespace}.svc in the variable"
                    raise PropsError(Problem(key=f"{name}.autoscaling.triggers", what=what, expected=expected))
        metadata = {
            key: qualified(text, services, context.namespace, alone=is_host_key(_words(key)))
            for key, text in one.metadata.items()
        }
        found.append(
            Trigger(type=one.type, metadata=metadata, authentication=one.authentication, metric_type=one.metric_type)
        )
    return found


def trigger_edges(context: Context) -> Iterator[Edge]:
    """Yield the connections from KEDA to the components that triggers ask."""
    keda = Pods(namespace=context.environment.cluster.keda_namespace)
    for target in _asked(context):
        for endpoint in own_endpoints(context, target):
            yield Edge(source=keda, target=endpoint.peer, ports=endpoint.ports)


def _asked(context: Context) -> list[str]:
    services, found = _services(context), dict[str, None]()
    for name in context.present:
        for one in _stated(context, name):
            texts = [(text, is_host_key(_words(key))) for key, text in one.metadata.items()]
            texts += [(text, True) for _, _, text in _variables(context, name, one)]
            for text, alone in texts:
                found |= {services[one.service]: None for one in hosts(text, services, context.namespace, alone=alone)}
    return list(found)


def _stated(context: Context, name: str) -> list[TriggerSpec]:
    component = context.system.components[name]
    if not context.environment.cluster.addons.keda or not isinstance(component, Scaling):
        return []
    return component.autoscaling.triggers


def _variables(context: Context, name: str, trigger: TriggerSpec) -> Iterator[tuple[str, str, str]]:
    """Yield the keys of a trigger that name a variable, with the variable and its text, where it has one."""
    known: Mapping[str, str] = {}
    for key, variable in trigger.metadata.items():
        if key.endswith(_FROM_VARIABLE):
            known = known or _texts(context, name)
            if variable in known:
                yield key, variable, known[variable]


def _texts(context: Context, name: str) -> dict[str, str]:
    stated = context.component(name, Program).environment
    expanded = {key: one.expand for key, one in stated.items() if one is not None and one.expand is not None}
    return {**configuration(context, name), **expanded}


def _words(key: str) -> str:
    """Return a key in the form of variables: ``serverAddress`` is ``server_Address``."""
    return "".join(f"_{sign}" if sign.isupper() else sign for sign in key)


@once
def _services(context: Context) -> dict[str, str]:
    """Return the components in the cluster by the names of their Services."""
    return {service: name for name in context.present for service in (name, f"{name}-headless")}
