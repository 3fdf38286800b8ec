"""YAML is read as by kubectl."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from quantacirc_cdk.kubernetes_yaml import Loader
from support.text.readers import kubectl

WORDS = """
1e+06 1e3 1E3 08 009 -09 00 0o644 0O644 0644 -0644 y N yes On off TRUE tRUE 1:30 0x1F 0X1F +0x1 -0x1 0b11 0B11 -0b1
-0o7 0o 0o8 0b2 0x 1_000 0_7 1__0 0x_1 _1 -_1 0_ .5 -.5 +.5e3 .5_0 ._5 -. 1. 1.e-2 1.5_0 09.5 0.0 1.0 -0 -0.0 1e 1e+
1e400 1e21 1e18 1e19 9223372036854775807 9223372036854775808 18446744073709551616 -9223372036854775809
0xffffffffffffffffff inf nan null nULL = 2001-01-01 2001-12-14t21:59:43.10-05:00 0x1p3 1.2.3 "'5'" '"y"' !!str~5
!!int~'5' !!float~5 !!bool~yes {8080:~a} {y:~a} {0x10:~a} {2001-01-01:~a} {=:~a} {a:~1,~<<:~{a:~2}} {<<:~{a:~2},~a:~1}
{<<:~[{a:~2},{a:~3,b:~4}]} {1:~a,~true:~b} <<
""".split()
"""Texts of YAML; `~` is a blank."""
TEXTS = [word.replace("~", " ") for word in WORDS] + ["~", ""]
REFUSED = [
    (".inf", "found .inf, expected a number that JSON has"),
    ("-.Inf", "found -.Inf, expected a number that JSON has"),
    (".nan", "found .nan, expected a number that JSON has"),
    ("!!int abc", "found abc, expected a number that JSON has"),
    ("!!bool [yes]", "expected a scalar node, but found sequence"),
    ("!!bool abc", "found abc, expected true or false"),
    ("{~: a}", "found the key null, expected text"),
    ("{[1]: a}", "found unhashable key"),
    ("{<<: 1}", "found << without a mapping"),
]


def read(text: str) -> Any:
    """Return what this library reads below a key."""
    return yaml.load(f"x: {text}\n", Loader=Loader)["x"]


@pytest.mark.integration
def test_texts_are_read_as_by_kubectl(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    lines = "".join(f"  x{index}: {text}\n" for index, text in enumerate(TEXTS))
    file.write_text(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: a, labels: {{ a: b }} }}\ndata:\n{lines}")
    (found,) = kubectl(tmp_path)
    for index, text in enumerate(TEXTS):
        value, expected = read(text), found["data"][f"x{index}"]
        if isinstance(value, float):  # kubectl prints large ones without a point.
            expected = float(expected)
        assert (text, type(value), value) == (text, type(expected), expected)


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_what_kubernetes_refuses_is_refused_with_its_line(text: str, reason: str) -> None:
    with pytest.raises(yaml.YAMLError) as error:
        read(f"\n  {text}")
    assert error.value.problem == reason  # type: ignore[attr-defined]
    assert error.value.problem_mark.line == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("tag", ["!!binary", "!!timestamp", "!own"])
def test_a_tag_without_a_type_of_json_is_refused(tag: str) -> None:
    with pytest.raises(yaml.YAMLError, match=f"found the tag {tag}, expected none"):
        read(f"{tag} aGk=")


@given(st.text(alphabet="+-_.0123456789eExXoObB:", min_size=1, max_size=8))
def test_every_text_is_a_number_or_itself(text: str) -> None:
    try:
        (node,) = yaml.compose(f"[{text}]", Loader=Loader).value
    except (yaml.YAMLError, ValueError):
        return
    if isinstance(node, yaml.ScalarNode):
        assert isinstance(read(f"[{text}]")[0], int | float) or read(f"[{text}]") == [node.value]
