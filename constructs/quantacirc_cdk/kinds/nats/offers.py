"""Endpoints of a bus: its client port, a password for each client, and the authority of its certificate."""

from collections.abc import Iterator

from quantacirc_cdk.kinds.nats import tls
from quantacirc_cdk.kinds.nats.spec import Nats
from quantacirc_cdk.kinds.nats.users import client, consumers_of, users
from quantacirc_cdk.kubernetes.autoscaler import Backlog
from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.generated_secrets import GeneratedCertificate, GeneratedSecret
from quantacirc_cdk.kubernetes.nats.config import (
    ACCOUNT,
    CLIENT_PORT,
    MONITOR_PORT,
    ROUTE_PORT,
    server_hosts,
    server_url,
)
from quantacirc_cdk.kubernetes.nats.message_bus import METRICS, bus_credentials, credentials_secret
from quantacirc_cdk.kubernetes.network_policy import Edge, Pods
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.offers import Endpoint, Told, directory, monitoring, pods
from quantacirc_cdk.kubernetes.workload import SecretFiles
from quantacirc_cdk.model.component import Scaling


def endpoints(context: Context, name: str) -> list[Endpoint]:
    """Return the client port."""
    return [Endpoint(peer=pods(context, name), ports=(Port(name="client", port=CLIENT_PORT),))]


def told(context: Context, name: str, client_name: str) -> Told:
    """Return the connection settings of a client; none for a component that only monitors the bus or backs it up."""
    user, certificate, password = (
        client(context, name, client_name),
        tls.secret(context, name),
        credentials_secret(name),
    )
    if user is None:
        return Told()
    variables = {
        "CA_FILE": f"{directory(certificate)}/ca.crt" if certificate else "",
        "CONSUMES": ",".join(sorted(user.consumes)),
        "INBOX_PREFIX": user.inbox,
        "PASSWORD_FILE": f"{directory(password)}/{client_name}",
        "PUBLISHES": ",".join(sorted(user.publishes)),
        "URL": server_url(name, tls=bool(certificate)),
        "USER": client_name,
    }
    secrets = [SecretFiles(secret=password, path=directory(password), keys=(client_name,))]
    if certificate:
        secrets.append(SecretFiles(secret=certificate, path=directory(certificate), keys=("ca.crt",)))
    return Told(variables=variables, secrets=tuple(secrets))


def incoming(context: Context, name: str) -> Iterator[Edge]:
    """Yield other connections to it: from Prometheus, from KEDA, and between its servers."""
    if context.component(name, Nats).exporter:
        yield monitoring(context, name, METRICS)
    if any(backlogs(context, name, worker) for worker in context.present):
        keda = Pods(namespace=context.environment.cluster.keda_namespace)
        yield Edge(source=keda, target=pods(context, name), ports=(Port(name="monitor", port=MONITOR_PORT),))
    if context.replicas(name).min > 1:
        itself = pods(context, name)
        yield Edge(source=itself, target=itself, ports=(Port(name="route", port=ROUTE_PORT),))


def backlogs(context: Context, name: str, client_name: str) -> list[Backlog]:
    """Return the backlogs that a client scales on, if the cluster has KEDA."""
    component = context.system.components[client_name]
    messages = component.autoscaling.backlog if isinstance(component, Scaling) else None
    if messages is None or not context.environment.cluster.addons.keda:
        return []
    monitor = f"{name}-headless.{context.namespace}.svc:{MONITOR_PORT}"
    return [
        Backlog(stream=consumer.stream, consumer=consumer.name, messages=messages, monitor=monitor, account=ACCOUNT)
        for consumer in consumers_of(context, name).get(client_name, ())
    ]


def secrets(context: Context, name: str) -> list[GeneratedSecret]:
    """Return the Secret with the passwords of all clients."""
    return [bus_credentials(name, users(context, name))]


def certificates(context: Context, name: str) -> list[GeneratedCertificate]:
    """Return its certificate, if a Job generates it."""
    secret = tls.secret(context, name)
    if secret is None or tls.maker(context) != "generated":
        return []
    hosts = server_hosts(name, context.namespace, context.replicas(name).min)
    return [GeneratedCertificate(name=secret, hosts=hosts)]
