"""Public props can be written from what the package exports and what ``help`` shows."""

import dataclasses
import importlib
import inspect
import pydoc
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import quantacirc_cdk.model
from quantacirc_cdk.documented import field_docs

PACKAGES = ("quantacirc_cdk.kubernetes", "quantacirc_cdk.terraform", "quantacirc_cdk.terraform.interface")
PROPS = [
    (package, name)
    for package in PACKAGES
    for name in importlib.import_module(package).__all__
    if inspect.isclass(getattr(importlib.import_module(package), name))
]


def classes(annotation: Any) -> Iterator[type]:
    """Yield the classes of this library in an annotation, at any depth."""
    if inspect.isclass(annotation) and annotation.__module__.startswith("quantacirc_cdk"):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from classes(argument)


@pytest.mark.parametrize(("package", "name"), PROPS)
def test_what_public_props_take_is_exported_beside_them(package: str, name: str) -> None:
    module = importlib.import_module(package)
    item = getattr(module, name)
    hints = typing.get_type_hints(item if dataclasses.is_dataclass(item) else item.__init__)
    known = {*module.__all__, *quantacirc_cdk.model.__all__, "Construct"}  # the last is that of `constructs`
    found = {one.__name__ for hint in hints.values() for one in classes(hint)}
    assert found - known == set()


@pytest.mark.parametrize(("package", "name"), [one for one in PROPS if one[1].endswith("Props")])
def test_help_shows_every_field_of_props(package: str, name: str) -> None:
    item = getattr(importlib.import_module(package), name)
    shown = pydoc.plain(pydoc.render_doc(item))
    fields = shown.partition("Fields:")[2]
    assert [one.name for one in dataclasses.fields(item) if f" {one.name}: " not in fields] == []


def test_help_shows_the_text_of_a_field_also_of_one_that_is_inherited() -> None:
    from quantacirc_cdk.kubernetes import ServiceProps

    shown = pydoc.plain(pydoc.render_doc(ServiceProps))
    assert "headless: bool = False\n" in shown
    assert "Give each pod that is ready a DNS name" in shown
    assert shown.index("A Service. It is reachable only inside the cluster") < shown.index("Fields:")


@pytest.mark.parametrize(("package", "name"), PROPS)
def test_help_has_the_name_of_the_class_and_a_signature_without_rules(package: str, name: str) -> None:
    item = getattr(importlib.import_module(package), name)
    assert item.__name__ == name
    if dataclasses.is_dataclass(item):
        assert "Annotated" not in f"{inspect.signature(item)}{inspect.signature(item.__init__)}"


@pytest.mark.skipif(sys.version_info < (3, 14), reason="annotations are evaluated when they are asked for since 3.14")
def test_annotations_that_only_type_checkers_can_evaluate_keep_no_text_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "checked_only.py").write_text(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from decimal import Decimal\n"
        'class Price:\n    amount: Decimal\n    """What it costs."""\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert field_docs(importlib.import_module("checked_only").Price) == {"amount": "What it costs."}
