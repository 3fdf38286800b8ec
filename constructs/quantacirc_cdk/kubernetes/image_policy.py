"""Only images that the release pipeline has signed may run."""

from dataclasses import dataclass

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.image import Registry
from quantacirc_cdk.limits.kubernetes import Labels, ObjectName

REKOR = "https://rekor.sigstore.dev"
"""The public log that keyless signatures are written to."""


@dataclass(frozen=True, kw_only=True)
class ImagePolicyProps:
    """Whose signature images must have."""

    name: ObjectName
    registry: Registry
    """Registry, with its path, whose images must be signed; others are not looked at."""
    issuer: str
    """Who vouches for the signer: the address of the pipeline's OpenID Connect issuer."""
    subject: str
    """The signer, as the issuer names it; may hold ``*``."""
    labels: Labels


def image_policy_spec(props: ImagePolicyProps) -> Data:
    """Return the ``spec`` of a Kyverno image policy for keyless signatures of cosign.

    A pod is refused when an image of it is not signed, when it cannot be told, and when it has no digest. Tags are
    replaced by digests, so that what was verified is what runs (https://kyverno.io/docs/policy-types/).
    """
    signer = {"issuer": props.issuer, "subjectRegExp": _expression(props.subject)}
    if "*" not in props.subject:
        signer = {"issuer": props.issuer, "subject": props.subject}
    kinds = ("containers", "initContainers", "ephemeralContainers")
    # A pod may hold images of others beside ours: of those there is nothing to verify.
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


def _expression(pattern: str) -> str:
    """Return a pattern with ``*`` as a regular expression of the whole text, in the syntax that Go reads."""
    escaped = "".join(f"\\{one}" if one in ".+?()[]{}^$|\\" else one for one in pattern)
    return f"^{escaped.replace('*', '.*')}$"


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
