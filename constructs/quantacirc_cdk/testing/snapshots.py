"""A syrupy extension that stores one YAML file for each Kubernetes object. It needs the extra ``testing``."""

from contextlib import nullcontext
from typing import Any

from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.terminal import disable_color

from quantacirc_cdk.testing.manifests import Manifests
from quantacirc_cdk.text.yaml import dump


class ObjectSnapshotExtension(SingleFileSnapshotExtension):
    """Stores an object as YAML with sorted keys, in ``__snapshots__/<test file>/<test>[Kind.name].yaml``."""

    file_extension = "yaml"
    _write_mode = WriteMode.TEXT

    def serialize(self, data: Any, **_: Any) -> str:
        """Return the object as YAML."""
        return dump(data, sort_keys=True)


def assert_match_snapshots(manifests: Manifests, snapshot: SnapshotAssertion) -> None:
    """Assert that each object equals its stored file. Raises ``AssertionError`` with all objects that differ.

    ``pytest --snapshot-update`` writes the files, and deletes those of objects that no longer exist; without it, pytest
    reports such files as unused and fails. The differences have colours where syrupy's own have them, and none with
    ``--snapshot-no-colors``, ``--color=no`` or ``NO_COLOR``; ``--snapshot-diff-mode`` applies.
    """
    option = snapshot.session.pytest_session.config.option
    plain = option.no_colors or option.color == "no"
    stored = snapshot.use_extension(ObjectSnapshotExtension)
    differing: list[str] = []
    for item in manifests:
        found = stored(name=f"{item['kind']}.{item['metadata']['name']}")
        if found != item.data:
            with disable_color() if plain else nullcontext():
                lines = found.get_assert_diff(diff_mode=option.diff_mode)
            differing += [str(item), *(f"  {line}" for line in lines)]
    if differing:
        raise AssertionError(
            "objects that differ from their snapshots (`pytest --snapshot-update` accepts them):\n"
            + "\n".join(f"  {line}" for line in differing)
        )
