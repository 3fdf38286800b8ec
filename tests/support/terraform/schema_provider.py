"""A stand-in for a Terraform provider that is nothing but its published schema.

The real ``terraform validate`` asks a provider for its schema, and then checks types, references, expressions,
functions and ephemeral values itself. Where the provider's binary cannot be had, this serves the same schema over the
same protocol (https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol, version 6), so that all of
that is checked; only the rules that a provider has in code are not.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc

from quantacirc_cdk.terraform.schemas import Kind, ProviderSchema
from support.terraform import planning
from support.terraform.wire import field, fields

_LIST = 2
_LISTS = {"name_servers", "names"}
"""What only the provider sets and others refer to is text, but for these; the bindings do not say."""
_IN_BLOCKS = {"identity": ("principal_id", "tenant_id")}
"""What only the provider sets inside a block, which the bindings leave out
(https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/container_registry_task#identity).
"""
_PRIMITIVES = {"string": "string", "number": "number", "bool": "bool", "any": "dynamic"}


def _type(kind: Any) -> Any:
    """Return a type as Terraform writes types in JSON."""
    if isinstance(kind, str):
        return _PRIMITIVES[kind]
    ((form, inner),) = kind.items()
    if form in ("list", "map"):
        return [form, _type(inner)]
    fields = {name: _type(of) for name, of in inner.get("arguments", {}).items()}
    return ["list", ["object", fields]]


def _attribute(name: str, type: Any, *, required: bool = False, computed: bool = False) -> bytes:
    return (
        field(1, name)
        + field(2, json.dumps(type))
        + field(4, required)
        + field(5, not required and not computed)
        # What may be left out is often set by the provider: then others may refer to it.
        + field(6, not required and not name.endswith("_wo"))
        + field(11, name.endswith("_wo"))
    )


def _block(raw: Mapping[str, Any]) -> bytes:
    required = set(raw.get("required", ()))
    encoded = b""
    for name, kind in raw.get("arguments", {}).items():
        form = next(iter(kind)) if isinstance(kind, dict) else ""
        if form in ("block", "blocks"):
            inner = {**kind[form], "computed": [*kind[form].get("computed", ()), *_IN_BLOCKS.get(name, ())]}
            nested = field(1, name) + field(2, _block(inner)) + field(3, _LIST) + field(4, name in required)
            encoded += field(3, nested + field(5, form == "block"))
        else:
            encoded += field(2, _attribute(name, _type(kind), required=name in required))
    for name in raw.get("computed", ()):
        encoded += field(2, _attribute(name, ["list", "string"] if name in _LISTS else "string", computed=True))
    return encoded


def _schema(raw: Mapping[str, Any]) -> bytes:
    return field(2, _block(raw))


def _schemas(number: int, types: Mapping[str, Any]) -> bytes:
    return b"".join(field(number, field(1, name) + field(2, _schema(raw))) for name, raw in types.items())


def document(schema: ProviderSchema, stack: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``stack`` uses of a schema, as ``serve`` takes it."""

    def used(kind: Kind, block: str) -> dict[str, Any]:
        found = stack.get(block, {})
        return {name: _as_set(raw, found[name]) for name, raw in schema._raw[kind].items() if name in found}

    return {
        "provider": schema._raw["provider"][""],
        "resources": used("resources", "resource"),
        "data": used("data", "data"),
    }


def _as_set(raw: Mapping[str, Any], resources: Mapping[str, Any]) -> dict[str, Any]:
    """Return a type whose blocks that no resource sets are attributes, which the provider may set."""
    given = {name for arguments in resources.values() for name in arguments} | set(raw.get("required", ()))

    def argument(name: str, kind: Any) -> Any:
        form = next(iter(kind)) if isinstance(kind, dict) else ""
        return {"objects": kind[form]} if form in ("block", "blocks") and name not in given else kind

    return {**raw, "arguments": {name: argument(name, kind) for name, kind in raw.get("arguments", {}).items()}}


def answer(provider: Mapping[str, Any]) -> bytes:
    """Return the answer to ``GetProviderSchema``."""
    return (
        field(1, _schema(provider.get("provider", {})))
        + _schemas(2, provider.get("resources", {}))
        + _schemas(3, provider.get("data", {}))
        + _schemas(8, provider.get("ephemeral", {}))
    )


class _Provider(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Tells its schema, plans what is proposed, and finds nothing wrong with any configuration."""

    def __init__(self, provider: Mapping[str, Any]) -> None:
        self._provider, self._schema = provider, answer(provider)
        self._known: Mapping[str, Any] = provider.get("known", {})

    def service(self, handler_call_details: Any) -> Any:
        service, _, method = handler_call_details.method.rpartition("/")
        if service != "/tfplugin6.Provider":
            return None
        return grpc.unary_unary_rpc_method_handler(lambda request, _context: self._reply(method, request))

    def _reply(self, method: str, request: bytes) -> bytes:
        match method:
            case "GetProviderSchema":
                return self._schema
            case "PlanResourceChange":
                return planning.plan(request, self._provider)
            case "ReadDataSource":
                return field(1, field(1, self._filled(request)))
            case "OpenEphemeralResource":
                return field(3, field(1, self._filled(request)))
            case _:
                return b""

    def _filled(self, request: bytes) -> bytes:
        return planning.known(request, self._known.get(dict(fields(request))[1].decode(), {}))


@contextmanager
def serve(providers: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    """Serve ``providers`` by source on loopback; yield the environment in which ``terraform`` finds them."""
    servers: list[grpc.Server] = []
    reattach = {}
    try:
        for source, provider in providers.items():
            server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.max_send_message_length", -1)])
            server.add_generic_rpc_handlers((_Provider(provider),))
            port = server.add_insecure_port("127.0.0.1:0")
            server.start()
            servers.append(server)
            reattach[f"registry.terraform.io/{source}"] = {
                "Protocol": "grpc",
                "ProtocolVersion": 6,
                "Pid": os.getpid(),
                "Test": True,
                "Addr": {"Network": "tcp", "String": f"127.0.0.1:{port}"},
            }
        yield {"TF_REATTACH_PROVIDERS": json.dumps(reattach)}
    finally:
        for server in servers:
            server.stop(None).wait()


RANDOM: Mapping[str, Any] = {
    "known": {"random_password": {"result": "x" * 40}},
    "ephemeral": {
        "random_password": {
            "arguments": {
                "length": "number",
                "special": "bool",
                "min_lower": "number",
                "min_upper": "number",
                "min_numeric": "number",
            },
            "required": ["length"],
            "computed": ["result"],
        }
    },
}
"""What is used of ``hashicorp/random``."""

__all__: Sequence[str] = ["RANDOM", "document", "serve"]
