"""Read Kubernetes manifests: single objects and lists from ``kubectl get -o yaml``."""

from quantacirc_cdk.errors import ModelError, Problem
from quantacirc_cdk.importing.source import Item, Source
from quantacirc_cdk.manifests import fault_of
from quantacirc_cdk.model.document import Node, describe


def read(documents: list[Node]) -> Source:
    """Return the objects in documents. Raises ``ModelError`` for invalid and duplicate objects."""
    problems: list[Problem] = []
    found: dict[tuple[str, str, str], Item] = {}
    for node in _objects(documents):
        data = node.plain()
        wrong = _wrong(data)
        if wrong:
            problems.append(Problem(file=node.file, line=node.line, what=wrong, expected="a Kubernetes object"))
            continue
        item = Item(data, node)  # type: ignore[arg-type]
        key = (item.namespace, *item.key)
        if key in found:
            first = found[key].node
            what = f"duplicate {item.kind} {item.name}, first in {first.file}:{first.line}"
            problems.append(Problem(file=node.file, line=node.line, what=what, expected="each object once"))
        found.setdefault(key, item)
    if problems:
        raise ModelError(problems)
    instances = {str(item.labels.get("app.kubernetes.io/part-of")) for item in found.values()} - {"None"}
    return Source(items=list(found.values()), name=instances.pop() if len(instances) == 1 else "")


def _objects(documents: list[Node]) -> list[Node]:
    found: list[Node] = []
    for node in documents:
        keys = node.value if isinstance(node.value, dict) else {}
        kind = keys["kind"].value if "kind" in keys else ""
        items = keys["items"].value if "items" in keys else None
        if isinstance(kind, str) and kind.endswith("List") and isinstance(items, list):
            found += _objects(items)
        else:
            found.append(node)
    return found


def _wrong(data: object) -> str | None:
    """Return why a document is not a Kubernetes object that the import can read; None if it is."""
    if wrong := fault_of(data):
        return wrong
    assert isinstance(data, dict)  # noqa: S101 (otherwise there is a fault)
    if not isinstance(data.get("apiVersion"), str):
        return f"`apiVersion` is {describe(data.get('apiVersion'))}"
    for key in ("labels", "annotations"):
        if not isinstance(data["metadata"].get(key) or {}, dict):
            return f"`metadata.{key}` is {describe(data['metadata'][key])}"
    return None
