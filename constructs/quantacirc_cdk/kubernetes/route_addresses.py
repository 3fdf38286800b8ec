"""Hosts and paths that public routes answer at: one route for each."""

from collections.abc import Sequence
from itertools import product
from typing import Any

from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.plain import path_of, plain_root

_Taken = dict[tuple[str, ...], str]
"""The path of the route at each address."""
_ATTRIBUTE = "_quantacirc_addresses"
_BY_ROOT: dict[str, _Taken] = {}
"""Addresses by jsii's reference to the root, because its object ends with the last reference in Python.
Node.js keeps all constructs until the process ends."""


def claim(construct: Construct, hosts: Sequence[str], paths: Sequence[str], *entrance: str) -> None:
    """Reserve the addresses of a route at an entrance of the cluster: a Gateway and its listener, or an ingress class.

    Raises ``PropsError``, with both paths, for an address of another route in the same chart. Other charts of an app
    can be for other clusters.
    """
    path = path_of(construct)
    taken = _taken(construct)
    for host, below in product(hosts, paths):
        other = taken.setdefault((path.partition("/")[0], *entrance, host, below), path)
        if other != path:
            what = f"{host}{below}, at which {other} answers"
            raise PropsError(Problem(key=path, what=what, expected="another host or path for one of them"))


def _taken(construct: Construct) -> _Taken:
    plain = plain_root(construct)
    if plain is None:
        root: Any = construct.node.root
        return _BY_ROOT.setdefault(root.__jsii_ref__.ref, {})
    taken: _Taken = getattr(plain, _ATTRIBUTE, {})
    setattr(plain, _ATTRIBUTE, taken)
    return taken
