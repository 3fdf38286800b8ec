"""Read YAML as Kubernetes, kubectl and Helm do: as YAML 1.1 of go-yaml, turned into JSON
(https://github.com/kubernetes-sigs/yaml, https://github.com/yaml/go-yaml/blob/v2/resolve.go).

PyYAML reads other texts as numbers, words and dates: ``1:30`` is text in Kubernetes, and ``1e3``, ``08``, ``0o644`` and
``y`` are not.
"""

import re
from typing import Any

import yaml
from yaml.constructor import ConstructorError

_TRUE = frozenset("y Y yes Yes YES true True TRUE on On ON".split())
_FALSE = frozenset("n N no No NO false False FALSE off Off OFF".split())
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_BASES = (16, 2, 8, 10)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_INTEGERS = range(-(2**63), 2**63)
"""The whole numbers of Kubernetes; others are floating point."""
_TAG = "tag:yaml.org,2002:"


def _number(text: str) -> int | float | None:
    """Return the number that a text is; None if it is none."""
    plain = text.replace("_", "") if text[:1] in "+-0123456789" else re.sub(r"(?<=[0-9])_", "", text)
    if found := _INTEGER.fullmatch(plain):
        digits, base = next((each, base) for each, base in zip(found.groups()[1:], _BASES, strict=True) if each)
        whole = int(found[1] + digits, base) if len(digits) < 1000 else 2**64
        if whole in _INTEGERS:
            return whole
        if 0 < whole < 2**64:
            return float(whole)
    if not _FLOAT.fullmatch(plain):
        return None
    number = float(plain)
    if number in (float("inf"), float("-inf")):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**63 else number


def _tag_of(text: str) -> str:
    """Return the tag of a text without quotes."""
    if text in _NULL:
        return f"{_TAG}null"
    if text in _TRUE or text in _FALSE:
        return f"{_TAG}bool"
    if text == "<<":
        return f"{_TAG}merge"
    if text[0] not in "+-.0123456789":
        return f"{_TAG}str"
    return f"{_TAG}float" if _NO_NUMBER.fullmatch(text) or _number(text) is not None else f"{_TAG}str"


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Returns what Kubernetes reads: texts, numbers, true, false, null, lists, and mappings with texts as keys.

    Raises ``yaml.YAMLError`` with the line for what JSON does not have.
    """

    def resolve(self, kind: type[yaml.Node], value: str, implicit: Any) -> str:
        """Return the tag of a node that states none."""
        if kind is yaml.ScalarNode and implicit[0]:
            return _tag_of(value)
        found: str = super().resolve(kind, value, implicit)
        return found

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Put the entries of other mappings in the place of ``<<``: of equal keys, the last one counts."""
        pairs: list[tuple[yaml.Node, yaml.Node]] = []
        for key, value in node.value:
            if key.tag != f"{_TAG}merge":
                pairs.append((key, value))
                continue
            for one in reversed(value.value if isinstance(value, yaml.SequenceNode) else [value]):
                if not isinstance(one, yaml.MappingNode):
                    raise ConstructorError(None, None, "found << without a mapping", one.start_mark)
                self.flatten_mapping(one)
                pairs += one.value
        node.value = pairs

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping; numbers and ``true`` and ``false`` as keys become texts."""
        found: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        if all(isinstance(key, str) for key in found):
            return found
        keys = {self._key(self.construct_object(key, deep=True), key): value for key, value in node.value}
        return {key: self.construct_object(value, deep=deep) for key, value in keys.items()}

    def _key(self, key: Any, node: yaml.Node) -> str:
        if isinstance(key, bool):
            return "true" if key else "false"
        if isinstance(key, int):
            return str(key)
        if isinstance(key, str):
            return key
        shown = "null" if key is None else repr(key)
        raise ConstructorError(None, None, f"found the key {shown}, expected text", node.start_mark)

    def _bool(self, node: yaml.ScalarNode) -> bool:
        text = self.construct_scalar(node)
        if text not in _TRUE | _FALSE:
            raise self._refused(node, "true or false")
        return text in _TRUE

    def _numeral(self, node: yaml.ScalarNode) -> int | float:
        found = _number(self.construct_scalar(node))
        if found is None:
            raise self._refused(node, "a number that JSON has")
        return found

    def _unknown(self, node: yaml.Node) -> Any:
        tag = node.tag.replace(_TAG, "!!")
        what = f"found the tag {tag}, expected none, or !!str, !!int, !!float, !!bool or !!null"
        raise ConstructorError(None, None, what, node.start_mark)

    def _refused(self, node: yaml.ScalarNode, expected: str) -> ConstructorError:
        return ConstructorError(None, None, f"found {node.value}, expected {expected}", node.start_mark)


Loader.add_constructor(f"{_TAG}bool", Loader._bool)
Loader.add_constructor(f"{_TAG}merge", Loader.construct_yaml_str)
for _name in ("int", "float"):
    Loader.add_constructor(f"{_TAG}{_name}", Loader._numeral)
for _name in ("binary", "timestamp", "omap", "pairs", "set"):
    Loader.add_constructor(f"{_TAG}{_name}", Loader._unknown)
Loader.add_constructor(None, Loader._unknown)
