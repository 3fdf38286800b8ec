"""Endpoints of a third-party chart: its declared ports, as host, port and URL variables."""

from quantacirc_cdk.kinds.chart.spec import Chart
from quantacirc_cdk.kubernetes.network_policy import Pods
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.needs import port
from quantacirc_cdk.kubernetes.system.offers import Endpoint, Told, directory
from quantacirc_cdk.kubernetes.workload import SecretFiles


def endpoints(context: Context, name: str) -> list[Endpoint]:
    """Return its ports, on the pods with its labels in its namespace."""
    chart = context.component(name, Chart)
    if chart.offers is None:
        return []
    peer = Pods(namespace=chart.namespace_of(name), labels=chart.offers.labels)
    return [Endpoint(peer=peer, ports=tuple(port(one) for one in chart.offers.ports))]


def told(context: Context, name: str, client: str) -> Told:  # noqa: ARG001
    """Return its address, and the Secret with its credentials, which the chart or you create."""
    chart = context.component(name, Chart)
    if chart.offers is None:
        return Told()
    main = next((one for one in chart.offers.ports if one.name == "http"), chart.offers.ports[0])
    host, number = f"{chart.offers.service or name}.{chart.namespace_of(name)}.svc", main.offered
    scheme = "http" if main.name == "http" or (main.app_protocol or "").startswith("http") else main.protocol.lower()
    variables = {"HOST": host, "PORT": str(number), "URL": f"{scheme}://{host}:{number}"}
    secret = chart.offers.secret
    if secret is None:
        return Told(variables=variables)
    files = SecretFiles(secret=secret, path=directory(secret), optional=True)
    return Told(variables=variables | {"CREDENTIALS": directory(secret)}, secrets=(files,))
