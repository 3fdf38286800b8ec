"""The list of stacks that CDKTF writes beside them, for its command line."""

import re
from collections.abc import Mapping

MANIFEST = "manifest.json"

_BEGIN, _END = '  "stacks": {\n', "  },\n"
_STACK = re.compile(r'^    "([^"]+)": \{\n.*?^    \}', re.MULTILINE | re.DOTALL)


def stacks_in(manifest: str) -> dict[str, str]:
    """Return the entry of each stack, by name, as CDKTF wrote it."""
    return {found[1]: found[0] for found in _STACK.finditer(manifest)}


def with_stacks(manifest: str, stacks: Mapping[str, str]) -> str:
    """Return a manifest with these entries, in CDKTF's order."""
    before, begin, rest = manifest.partition(_BEGIN)
    _, end, after = rest.rpartition(_END)
    entries = ",\n".join(stacks[name] for name in sorted(stacks))
    return before + begin + entries + ("\n" if stacks else "") + end + after
