"""JSON Schemas (draft 7) of network policies and routes."""

from quantacirc_cdk.helm.schema_parts import Json, closed, list_of, of, one_of
from quantacirc_cdk.helm.schemas import OBJECT_NAME, PORT, PORT_NAME, PORT_OR_NAME, SELECTOR
from quantacirc_cdk.limits import kubernetes
from quantacirc_cdk.limits.formats import AddressRange, Cidr

CIDR = of(Cidr)
RANGE = of(AddressRange)
RANGES = list_of(RANGE)
_BLOCK = closed(("cidr",), **{"cidr": RANGE, "except": RANGES})
PEERS = list_of(
    one_of(
        closed(("ipBlock",), ipBlock=_BLOCK),
        {**closed(namespaceSelector=SELECTOR, podSelector=SELECTOR), "minProperties": 1},
    )
)
_PROTOCOL: Json = {"enum": ["TCP", "UDP", "SCTP"]}
_PORTS = list_of(
    one_of(
        closed(port=PORT_OR_NAME, protocol=_PROTOCOL),
        closed(("endPort", "port"), endPort=PORT, port=PORT, protocol=_PROTOCOL),
    )
)
INGRESS_RULES = list_of({**closed(), "properties": {"from": PEERS, "ports": _PORTS}})
EGRESS_RULES = list_of(closed(ports=_PORTS, to=PEERS))

_BACKEND = closed(
    ("name", "port"),
    name=OBJECT_NAME,
    port=one_of(closed(("name",), name=PORT_NAME), closed(("number",), number=PORT)),
)
ROUTE_PATH: Json = {
    "type": "string",
    "maxLength": kubernetes.LONGEST_PATH,
    "pattern": f"^{kubernetes.URL_PATH.pattern}$",
    "not": {"pattern": kubernetes.NORMALIZED_PATH.pattern},
}
"""Path of a route, as the model takes it."""
_PATH = closed(
    ("backend", "path", "pathType"),
    backend=closed(("service",), service=_BACKEND),
    path=ROUTE_PATH,
    pathType={"enum": ["Exact", "Prefix"]},
)
ROUTE_HOST = of(kubernetes.Host)
"""Host of a route, as the model takes it."""
INGRESS_HOSTS = list_of(
    closed(("host", "http"), host=ROUTE_HOST, http=closed(("paths",), paths=list_of(_PATH, minItems=1)))
)
"""Additional ``rules`` of an Ingress."""
INGRESS_TLS = list_of(closed(("hosts", "secretName"), hosts=list_of(ROUTE_HOST), secretName=OBJECT_NAME))
