"""Queries over the Terraform JSON of a stack."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantacirc_cdk.errors import nearest

Data = dict[str, Any]


@dataclass(frozen=True)
class Stack:
    """A Terraform JSON stack."""

    data: Data

    @classmethod
    def read(cls, folder: Path) -> "Stack":
        """Return the stack of a folder such as ``dist/terraform/stacks/prod-aws``."""
        return cls(json.loads((folder / "cdk.tf.json").read_text(encoding="utf-8")))

    def all(self, kind: str) -> dict[str, Data]:
        """Return the resources of a type by their name."""
        return dict(self.data.get("resource", {}).get(kind, {}))

    def resource(self, kind: str, name: str) -> Data:
        """Return the arguments of a resource. Raises ``AssertionError`` with the existing names if it does not
        exist.
        """
        found = self._some(kind)
        if name not in found:
            raise AssertionError(f'no {kind} "{name}" in the stack, expected {nearest(name, found)}')
        return found[name]

    def one(self, kind: str) -> Data:
        """Return the only resource of a type. Raises ``AssertionError`` if there are none or several."""
        found = self._some(kind)
        if len(found) != 1:
            raise AssertionError(
                f"{len(found)} resources {kind} in the stack, expected one: {', '.join(sorted(found))}"
            )
        return next(iter(found.values()))

    def _some(self, kind: str) -> dict[str, Data]:
        found = self.all(kind)
        if not found:
            raise AssertionError(f"no {kind} in the stack, expected {nearest(kind, self.data.get('resource', {}))}")
        return found
