"""Words of messages."""

import pytest

from quantacirc_cdk.text.english import with_article


@pytest.mark.parametrize(
    ("noun", "expected"),
    [
        ("service", "a service"),
        ("object-store", "an object-store"),
        ("operator", "an operator"),
        ("Ingress", "an Ingress"),
        ("HTTPRoute", "an HTTPRoute"),
        ("HorizontalPodAutoscaler", "a HorizontalPodAutoscaler"),
    ],
)
def test_a_noun_has_the_article_that_people_say(noun: str, expected: str) -> None:
    assert with_article(noun) == expected
