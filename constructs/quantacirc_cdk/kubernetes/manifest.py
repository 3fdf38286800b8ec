"""A Kubernetes object from plain data."""

import json
import numbers
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

import jsii
from constructs import IConstruct

from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.jsii_module import JsiiClass, JsiiModule
from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import Construct, cdk8s
from quantacirc_cdk.kubernetes.plain_app import PlainApp
from quantacirc_cdk.limits.check import Checked, check_of, raise_same_id
from quantacirc_cdk.limits.kubernetes import LONGEST_NAME, Annotations, Labels, ObjectName, RoleName
from quantacirc_cdk.limits.numbers import number_refusal
from quantacirc_cdk.plain import path_of, plain_root, stays_plain
from quantacirc_cdk.text import yaml

MODULE = JsiiModule(
    name="quantacirc-cdk-kubernetes",
    source=Path(__file__).with_suffix(".js"),
    modules=[Path(__file__).with_name("yaml_writer.js")],
    classes=[
        JsiiClass(
            name="Manifest",
            base="cdk8s.ApiObject",
            arguments=["id", "text"],
            queries=["current", "objects", "toBeWritten"],
            commands=["extend", "settle"],
        )
    ],
    libraries={"cdk8s": "^2", "constructs": "^10"},
    data={"other": yaml.OTHER, "unprintable": yaml.UNPRINTABLE},
)
MODULE.load()

_NAME, _ROLE_NAME, _LABELS, _ANNOTATIONS = map(check_of, (ObjectName, RoleName, Labels, Annotations))
_ROLES = frozenset({"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"})
_SCALARS = frozenset((str, bool))
_SEQUENCES = frozenset((list, tuple))

_OTHER = re.compile(r"duplicate object (\{.*\})")
"""Error that ``manifest.js`` throws for an object that would overwrite another one."""

_RECORD: ContextVar[list[Data] | None] = ContextVar("record", default=None)


@contextmanager
def recorded() -> Iterator[list[Data]]:
    """Yield a list to which every ``Manifest`` that is created in this block is added as data.

    Code that needs all other objects, such as a quota, reads them from there. Reading them through jsii would take a
    call for each.
    """
    objects: list[Data] = []
    token = _RECORD.set(objects)
    try:
        yield objects
    finally:
        _RECORD.reset(token)


Annotate: TypeAlias = Callable[[str, Mapping[str, str]], Mapping[str, str]]
_ANNOTATE: ContextVar[Annotate] = ContextVar("annotate")


@contextmanager
def annotated(annotate: Annotate) -> Iterator[None]:
    """Add the annotations that ``annotate`` returns for a kind and labels to every ``Manifest`` created in this
    block.
    """
    token = _ANNOTATE.set(annotate)
    try:
        yield
    finally:
        _ANNOTATE.reset(token)


class DuplicateError(PropsError):
    """Two objects of one kind and name."""

    def __init__(self, *, kind: str, name: str, paths: tuple[str, str], parts: tuple[str, str]) -> None:
        self.kind, self.name = kind, name
        self.paths = paths
        """Paths of the refused object and of the earlier one."""
        self.parts = parts
        """Label ``app.kubernetes.io/name`` of both."""
        mine, other = paths
        expected = "another kind or name for one of them"
        super().__init__(Problem(key=mine, what=f'{kind} "{name}" is also that of {other}', expected=expected))

    def __reduce__(self) -> tuple[type[PropsError], tuple[tuple[Problem, ...]], dict[str, str]]:
        """Pickle the error as a plain problem, for worker processes."""
        return PropsError, (tuple(self.problems),), {"trace": self.trace}


class Manifest(Checked, cdk8s.ApiObject, metaclass=jsii.JSIIMeta, jsii_type=MODULE.type_name("Manifest")):
    """A Kubernetes object from plain data, written with sorted keys.

    The data is passed to jsii in one call, as text, and not through a generated class: nothing is added, renamed or
    removed. Like any ``ApiObject``, it supports aspects, ``metadata.add_label`` and ``add_json_patch``.

    Raises ``PropsError``, with the construct's path, for a name, label or value that Kubernetes refuses, and for a
    number that JSON cannot hold: NaN, an infinity, or an integer of 2**53 or more. Raises ``DuplicateError``, with both
    paths, for an object that would overwrite another one of the same kind and name: in the same chart, or in the same
    app if its output has one file for each object or for all of them.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        api_version: str,
        kind: str,
        name: str,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        namespace: str | None = None,
        **fields: Any,
    ) -> None:
        annotate = _ANNOTATE.get(None)
        if annotate is not None:
            annotations = {**annotate(kind, labels or {}), **(annotations or {})}
        found = list(problems(name, labels or {}, annotations or {}, fields, kind=kind))
        if found:
            place = f"{path_of(scope)}/{id}"
            raise PropsError(Problem(key=place, what=f"{kind}: {what}", expected=expected) for what, expected in found)
        metadata: Data = {"name": name}
        if labels:
            metadata["labels"] = dict(labels)
        if namespace:
            metadata["namespace"] = namespace
        if annotations:
            metadata["annotations"] = dict(annotations)
        data: Data = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}
        record = _RECORD.get()
        if record is not None:
            record.append(data)
        try:
            if isinstance(app := plain_root(scope), PlainApp):
                if taken := app.claim(scope, id, data):
                    raise _duplicate(scope, id, data, asdict(taken))
                stays_plain(self, scope, id)
                app.add(self, data)
            else:
                text = json.dumps(data, sort_keys=True, default=dict)  # Write a Mapping that is not a dict like a dict.
                jsii.create(type(self), self, [scope, id, text])
        except RuntimeError as error:
            other = _OTHER.search(str(error))
            if other:
                raise _duplicate(scope, id, data, json.loads(other[1])) from None
            raise_same_id(scope, id, error)
            raise


def _duplicate(scope: Construct, id: str, data: Data, other: Mapping[str, str]) -> DuplicateError:
    metadata = data["metadata"]
    return DuplicateError(
        kind=data["kind"],
        name=metadata["name"],
        paths=(f"{path_of(scope)}/{id}", other["path"]),
        parts=(metadata.get("labels", {}).get("app.kubernetes.io/name", ""), other["part"]),
    )


def to_be_written(app: cdk8s.App | PlainApp) -> str:
    """Return the JSON text of all objects of an app, by kind and name. Call it when the last one is there.

    The synthesis then writes these objects, and ignores later changes.
    """
    if isinstance(app, PlainApp):
        return app.to_be_written()
    text: str = jsii.sinvoke(Manifest, "toBeWritten", [app])
    return text


def objects_of(scope: IConstruct | PlainApp) -> dict[str, Data]:
    """Return all objects below a scope by path, as they would be written, regardless of the class that created them."""
    if isinstance(scope, PlainApp):
        return scope.objects()
    found: dict[str, Data] = json.loads(jsii.sinvoke(Manifest, "objects", [scope]))
    return found


def current(item: cdk8s.ApiObject) -> Data:
    """Return one object as it would be written now."""
    found: Data = json.loads(jsii.sinvoke(Manifest, "current", [item]))
    return found


def extend(item: cdk8s.ApiObject, values: Sequence[tuple[str, Any]]) -> None:
    """Add values to an object of any class, by JSON pointer."""
    jsii.sinvoke(Manifest, "extend", [item, json.dumps(values)])


def settle(scope: IConstruct | PlainApp, objects: Mapping[str, Data]) -> None:
    """Replace the objects at these paths below ``scope`` in the output."""
    if isinstance(scope, PlainApp):
        scope.settle(objects)
        return
    jsii.sinvoke(Manifest, "settle", [scope, json.dumps(objects, sort_keys=True)])


def problems(
    name: str, labels: Mapping[str, str], annotations: Mapping[str, str], fields: Data, *, kind: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield the values of an object that Kubernetes refuses, each with what was expected."""
    for wrong in (_ROLE_NAME if kind in _ROLES else _NAME)(name):
        yield f"name {wrong.what}", wrong.expected
    if len(name) > (longest := LONGEST_NAME.get(kind, 253)):
        yield f'name "{name}" of {len(name)} characters', f"at most {longest}"
    for wrong in _LABELS(labels):
        yield f"label {wrong.place.strip()}: {wrong.what}", wrong.expected
    for wrong in _ANNOTATIONS(annotations):
        yield f"annotation {wrong.place.strip()}: {wrong.what}" if wrong.place else "annotations", wrong.expected
    if not _usable(fields):
        for key, value in fields.items():
            yield from _unusable(value, key)


def _usable(value: Any) -> bool:
    """Return whether a value is plain data. If not, ``_unusable`` finds the faulty part."""
    kind = type(value)
    if kind is dict:
        return all(type(key) is str for key in value) and all(map(_usable, value.values()))
    if kind is int or kind is float:
        return number_refusal(value) is None
    return kind in _SCALARS or (kind in _SEQUENCES and all(map(_usable, value)))


def _unusable(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                yield f"{place}: key {key!r}", "a string"
            else:
                yield from _unusable(item, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _unusable(item, f"{place}[{index}]")
    elif isinstance(value, int | float):
        if expected := number_refusal(value):
            yield f"{place}: {value!r}", f"{expected}, or a string"
    elif isinstance(value, numbers.Number):
        yield f"{place}: {type(value).__name__} {value}", "a number of Python, such as int(…) or float(…) of it"
    elif not isinstance(value, str):
        yield f"{place}: {value!r}", "a string, a number, a boolean, a list or a mapping"
