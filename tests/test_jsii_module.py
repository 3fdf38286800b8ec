"""The modules of JavaScript beside the constructs."""

import re

import pytest

from quantacirc_cdk.jsii_module import JsiiModule
from quantacirc_cdk.kubernetes import manifest
from quantacirc_cdk.terraform import resource


@pytest.fixture(params=[manifest.MODULE, resource.MODULE], ids=lambda module: module.name)
def module(request: pytest.FixtureRequest) -> JsiiModule:
    found: JsiiModule = request.param
    return found


def test_the_package_is_the_same_bytes_every_time(module: JsiiModule) -> None:
    assert module.packed() == module.packed()


def test_the_file_has_the_classes_that_jsii_is_told_of(module: JsiiModule) -> None:
    text = module.source.read_text()
    assert sorted(re.findall(r"^class (\w+)", text, re.MULTILINE)) == [one.name for one in module.classes]
    assert sorted(re.findall(r"\w+", text.rpartition("exports = {")[2])) == [one.name for one in module.classes]
