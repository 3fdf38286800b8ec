"""Hatchling's hook for the readme of the package: links of ``README.md`` that work outside of the repository."""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_RELATIVE = re.compile(r"(!?\[[^\]]*\])\((?![a-z]+:|#)([^)\s]+)\)")


class ReadmeHook(MetadataHookInterface):
    """Set the readme."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the readme, with links to the repository at the tag of this version."""
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        source, tag = metadata["urls"]["Source"], f"v{metadata['version']}"

        def absolute(found: re.Match[str]) -> str:
            kind = "raw" if found[1].startswith("!") else "blob"  # `blob` is a page around the picture.
            return f"{found[1]}({source}/{kind}/{tag}/{found[2]})"

        text = _RELATIVE.sub(absolute, text)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
