"""Quantities are read as the API server reads them.

The cases are from https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apimachinery/pkg/api/resource/quantity_test.go.
"""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantacirc_cdk.limits.quantity import bytes_refusal, gibibytes, parse_quantity, quantity_refusal

READ = {
    "0": 0,
    "1e3": 1000,
    "1E3": 1000,
    "1e-3": Fraction(1, 1000),
    "1E+2": 100,
    "1E": 10**18,
    "1Ei": 2**60,
    "100u": Fraction(1, 10_000),
    "100n": Fraction(1, 10**7),
    ".5": Fraction(1, 2),
    "5.": 5,
    "+.5Gi": 2**29,
    "-1": -1,
    "250m": Fraction(1, 4),
    "1k": 1000,
    "1.5Gi": 3 * 2**29,
    "010": 10,
    "9223372036854775807": 2**63 - 1,
}
REFUSED = [
    *(
        "",
        " ",
        "1 Gi",
        "1GB!",
        "1GB",
        "1K",
        "1ki",
        "1mi",
        "1i",
        ".5i",
        ".",
        "-",
        "+",
        "1.1.M",
        "1+1.0M",
        "0.1am",
        "aoeu",
    ),
    *(
        "-3.01i",
        "-3.01e-",
        "1e",
        "1e1.5",
        "1e999",
        "8Ei",
        "1Gi\n",
        "\u0661Gi",
        "\u0662Mi",
        "1\u0664",
        "0x10",
        "1_000",
        "∞",
        "NaN",
    ),
]


@pytest.mark.parametrize(("text", "value"), READ.items())
def test_what_kubernetes_reads_is_read_exactly(text: str, value: Fraction) -> None:
    assert parse_quantity(text) == value


@pytest.mark.parametrize("text", REFUSED)
def test_what_kubernetes_does_not_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is (not a quantity|more than)"):
        parse_quantity(text)
    assert quantity_refusal(text)


@given(st.text(alphabet="0123456789.+-eEinumkKMGTP ", max_size=12))
def test_any_text_is_a_number_or_refused_in_no_time(text: str) -> None:
    try:
        value = parse_quantity(text)
    except ValueError:
        return
    assert abs(value) < 2**63
    assert text.strip() == text


@pytest.mark.parametrize("text", ["0", "-1", "0Gi", "-.5"])
def test_an_amount_is_above_zero(text: str) -> None:
    assert quantity_refusal(text) == "a quantity above zero"


@pytest.mark.parametrize("text", ["12", "500m", "1.5", "1023.5Ki", "0.1Ki", "100u"])
def test_a_size_without_a_unit_or_with_a_part_of_a_byte_is_refused(text: str) -> None:
    expected = None if text == "1023.5Ki" else "a size in bytes with a unit, such as 512Mi or 10Gi"
    assert bytes_refusal(text) == expected


def test_disks_are_sold_in_whole_gibibytes() -> None:
    assert [gibibytes(text) for text in ("1Gi", "1.1Gi", "1G", "10e9")] == [1, 2, 1, 10]
