"""Ask a cluster which APIs it serves, and which objects it has. Read-only."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from typing_extensions import TypedDict

from quantacirc_cdk.operations.kubectl import Kubectl, LoggedOutError, OperationError

PARALLEL = 4
"""Maximum number of kubectl processes at a time."""


class _Version(TypedDict):
    version: str


class _Group(TypedDict):
    name: str
    versions: list[_Version]


class _Groups(TypedDict):
    groups: list[_Group]


class _Resource(TypedDict):
    name: str
    kind: str


class _Resources(TypedDict):
    resources: list[_Resource]


class _Metadata(TypedDict):
    name: str


class _Item(TypedDict):
    metadata: _Metadata


class _Items(TypedDict):
    items: list[_Item]


def versions(kubectl: Kubectl) -> dict[str, list[str]]:
    """Return the versions of each API group that the cluster lists, without the core group.

    Raises ``OperationError`` if the cluster does not respond.
    """
    found = kubectl.raw("/apis", _Groups)["groups"]
    return {group["name"]: [one["version"] for one in group["versions"]] for group in found}


def kinds(kubectl: Kubectl, api_versions: Iterable[str]) -> Mapping[str, dict[str, str] | str]:
    """Return for each API version its kinds, each with its name in paths; the error where the API does not respond.

    An API that an extension server serves is listed even if that server is down.
    """

    def ask(api_version: str) -> dict[str, str] | str:
        try:
            found = kubectl.raw(f"/apis/{api_version}", _Resources)["resources"]
        except LoggedOutError:
            raise
        except OperationError as error:
            return str(error)
        return {one["kind"]: one["name"] for one in found if "/" not in one["name"]}

    ordered = sorted(set(api_versions))
    with ThreadPoolExecutor(max_workers=PARALLEL) as pool:
        return dict(zip(ordered, pool.map(ask, ordered), strict=True))


def names(kubectl: Kubectl, paths: Iterable[str]) -> Mapping[str, list[str] | str]:
    """Return the names of the objects at each path of the API; the error where they cannot be listed."""

    def ask(path: str) -> list[str] | str:
        try:
            return sorted(one["metadata"]["name"] for one in kubectl.raw(path, _Items)["items"])
        except LoggedOutError:
            raise
        except OperationError as error:
            return str(error)

    ordered = sorted(set(paths))
    with ThreadPoolExecutor(max_workers=PARALLEL) as pool:
        return dict(zip(ordered, pool.map(ask, ordered), strict=True))
