"""Find the digests of charts in their registries, for the model's files."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from quantacirc_cdk.kinds.registry import Registry
from quantacirc_cdk.model.change import tried
from quantacirc_cdk.model.document import Place
from quantacirc_cdk.model.edit import Changes
from quantacirc_cdk.model.pinned import Pinned, PinnedSettings
from quantacirc_cdk.operations.registry import chart_digest

_UNKNOWN = f"sha256:{0:064x}"
"""In place of a digest that is still to be found, so that the rest of the model can be read. Never written."""


def is_pinned(root: Path, section: object) -> bool:
    """Return whether a component's section is that of a chart with a version."""
    if not isinstance(section, dict) or "version" not in section:
        return False
    kind = Registry(root).find(str(section.get("kind")))
    return kind is not None and issubclass(kind, Pinned)


def digests(
    root: Path, shown: str, changes: Changes, names: Collection[str], environment: str | None = None
) -> dict[Place, str]:
    """Return the digest of each chart in ``names`` by its place in the file ``shown``, after ``changes``.

    With ``environment``, of the versions that it sets. Raises ``ModelError`` if the rest of the model is not valid with
    ``changes``, and ``OperationError`` if a registry does not have a chart or does not respond. Writes nothing.
    """
    places: list[Place] = [("components", name, "digest") for name in names]
    _, _, project = tried(root, shown, {**changes, **dict.fromkeys(places, _UNKNOWN)})

    def found(name: str) -> str:
        component = project.system.components[name]
        settings = project.environments[environment].components[name] if environment else None
        version = settings.version if isinstance(settings, PinnedSettings) else None
        assert isinstance(component, Pinned), "a section with a version and a digest"  # noqa: S101
        return chart_digest(component.address, version or component.version)

    with ThreadPoolExecutor(max_workers=8) as pool:
        return dict(zip(places, pool.map(found, names), strict=True))
