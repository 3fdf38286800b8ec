"""Names of a model as keys of ``values.yaml``."""

import pytest

from quantacirc_cdk.helm.settings import entry_key


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
