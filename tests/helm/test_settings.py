"""Names of a model as keys of ``values.yaml``."""

import re

import pytest
import yaml

from quantacirc_cdk.helm.objects import NAME_LABEL
from quantacirc_cdk.helm.settings import GENERAL, entry_key, section
from support.kubernetes.manifests import ENVIRONMENTS, read_folder
from support.tools import ROOT


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("LOG_LEVEL", "LOG_LEVEL"),
        ("log.level", "logLevel"),
        ("--", "_2d2d"),
        (".-", "_2e2d"),
        ("-.0", "_0"),
        ("-a.0", "A0"),
    ],
)
def test_every_name_of_a_variable_is_a_key_that_templates_can_read(name: str, key: str) -> None:
    assert entry_key(name) == key
    assert key.isidentifier()


NAMES = [re.sub("(?=[A-Z])", "-", key).lower() for key in sorted(GENERAL)]


def test_names_that_are_keys_of_the_chart_have_sections_of_their_own() -> None:
    names = [f"{name}{more}" for name in NAMES for more in ("", "-component", "-component-component")]
    sections = [section(name) for name in names]
    assert len(set(sections)) == len(set(names))
    assert not GENERAL & set(sections)


@pytest.mark.integration
def test_every_key_of_a_chart_is_that_of_a_component_or_is_kept_for_the_chart() -> None:
    values = yaml.safe_load((ROOT / "dist" / "helm" / "quantacirc" / "values.yaml").read_text())
    objects = [item for name in ENVIRONMENTS for item in read_folder(ROOT / "dist" / "kubernetes" / name)]
    named = {section(item["metadata"]["labels"].get(NAME_LABEL, "")) for item in objects}
    named |= {section(item["metadata"]["name"]) for item in objects}
    assert values.keys() - named - GENERAL == set()
