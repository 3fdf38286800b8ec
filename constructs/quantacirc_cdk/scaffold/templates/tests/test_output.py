"""What the model promises, read from the output that it gives."""

from quantacirc_cdk.testing import Manifests, assert_restricted


def test_every_pod_is_restricted(manifests: Manifests) -> None:
    """Pod Security Standards, level restricted."""
    assert_restricted(manifests)
