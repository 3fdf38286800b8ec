"""Test the output of a model: queries over manifests and Terraform, and assertions with readable failures.

``quantacirc_cdk.testing.plugin`` provides the fixtures ``manifests``, ``stack`` and ``parity``: add it to
``pytest_plugins``. ``quantacirc_cdk.testing.snapshots`` stores a file for each object; it needs the extra ``testing``.
"""

from quantacirc_cdk.testing.assertions import (
    assert_fits,
    assert_parity,
    assert_reachable,
    assert_restricted,
    assert_unreachable,
)
from quantacirc_cdk.testing.manifests import Container, KubernetesObject, Manifests
from quantacirc_cdk.testing.stack import Stack

__all__ = [
    "Container",
    "KubernetesObject",
    "Manifests",
    "Stack",
    "assert_fits",
    "assert_parity",
    "assert_reachable",
    "assert_restricted",
    "assert_unreachable",
]
