"""What the API and its database promise, read from the output."""

import pytest
from quantacirc_cdk.testing import (
    Manifests,
    Stack,
    assert_reachable,
    assert_unreachable,
)


def test_the_api_runs_the_release(manifests: Manifests) -> None:
    """The image that is built with the system has the version of the release."""
    assert manifests.one("Deployment", "api").container().image.endswith("/api:0.1.0")


@pytest.mark.environments("local")
def test_only_the_api_connects_to_the_database(manifests: Manifests) -> None:
    """Network policies let the API in, and do not let the database out."""
    assert_reachable(manifests, "api", "database", port=5432)
    assert_unreachable(manifests, "database", "api", port=8080)


def test_the_database_refuses_deletion(stack: Stack) -> None:
    """Terraform cannot delete the managed database by mistake."""
    assert stack.one("aws_db_instance")["deletion_protection"] is True
