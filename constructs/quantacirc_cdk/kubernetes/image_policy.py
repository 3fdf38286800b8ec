"""Policy that admits only images signed by the release pipeline."""

from dataclasses import dataclass

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.image import Registry
from quantacirc_cdk.limits.kubernetes import Labels, ObjectName
from quantacirc_cdk.text.regular_expression import anchored

REKOR = "https://rekor.sigstore.dev"
"""Public transparency log of keyless signatures."""


@dataclass(frozen=True, kw_only=True)
class ImagePolicyProps:
    """The required signature of images."""

    name: ObjectName
    registry: Registry
    """Registry, with its path, of the images that must be signed; other images are not checked."""
    issuer: str
    """URL of the OpenID Connect issuer of the pipeline's identity."""
    subject: str
    """Subject of the pipeline's identity; ``*`` matches anything."""
    labels: Labels


def image_policy_spec(props: ImagePolicyProps) -> Data:
    """Return the ``spec`` of a Kyverno image policy for keyless cosign signatures.

    A pod is refused if one of its images is unsigned, cannot be verified, or has no digest. Tags are replaced by
    digests, so that the verified image is the one that runs (https://kyverno.io/docs/policy-types/).
    """
    signer = {"issuer": props.issuer, "subjectRegExp": anchored(props.subject)}
    if "*" not in props.subject:
        signer = {"issuer": props.issuer, "subject": props.subject}
    kinds = ("containers", "initContainers", "ephemeralContainers")
    # A pod can also contain images from other registries, which are not verified.
    ours = f"filter(image, image.startsWith('{props.registry}/'))"
    verified = [
        f"images.{kind}.{ours}.map(image, verifyImageSignatures(image, [attestors.release])).all(found, found > 0)"
        for kind in kinds
    ]
    return {
        "attestors": [
            {
                "cosign": {"ctlog": {"url": REKOR}, "keyless": {"identities": [signer]}},
                "name": "release",
            }
        ],
        "failurePolicy": "Fail",
        "matchConstraints": {
            "resourceRules": [
                {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["pods"]}
            ]
        },
        "matchImageReferences": [{"glob": f"{props.registry}/*"}],
        "validationActions": ["Deny"],
        "validationConfigurations": {"mutateDigest": True, "required": True, "verifyDigest": True},
        "validations": [
            {
                "expression": " && ".join(verified),
                "message": f"images from {props.registry} must be signed by {props.subject}",
            }
        ],
    }


class ImagePolicy(Manifest):
    """A NamespacedImageValidatingPolicy of Kyverno."""

    def __init__(self, scope: Construct, id: str, props: ImagePolicyProps) -> None:
        super().__init__(
            scope,
            id,
            api_version="policies.kyverno.io/v1",
            kind="NamespacedImageValidatingPolicy",
            name=props.name,
            labels=props.labels,
            spec=image_policy_spec(props),
        )
