"""Where an environment asks for it, only images that its release pipeline has signed may run."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.kubernetes.image_policy import ImagePolicyProps, image_policy_spec
from quantacirc_cdk.model import load_project
from support.kubernetes.custom_resources import errors
from support.kubernetes.manifests import Object, of_kind
from support.kubernetes.synthesis import render
from support.project import Project

ISSUER = "https://token.actions.githubusercontent.com"
SUBJECT = "https://github.com/bakery/bakery/.github/workflows/release.yaml@refs/tags/v*"


@pytest.fixture
def signed(project: Callable[[], Project]) -> Project:
    made = project()
    signature = f"signature: {{ issuer: '{ISSUER}', subject: '{SUBJECT}' }}"
    made.replace_in_environment("home", "{ version: 1.0.0 }", f"{{ version: 1.0.0, {signature} }}")
    made.replace_in_environment("home", "  context:", "  addons: { kyverno: true }\n  context:")
    return made


def spec(subject: str) -> Object:
    props = ImagePolicyProps(name="a", registry="registry.example/a", issuer=ISSUER, subject=subject, labels={})
    return image_policy_spec(props)


def identity(of: Object) -> dict[str, str]:
    (attestor,) = of["attestors"]
    (found,) = attestor["cosign"]["keyless"]["identities"]
    return dict(found)


def test_images_of_the_environments_registry_must_be_signed_by_its_pipeline(signed: Project, out: Path) -> None:
    (objects,) = render(signed.root, out).values()
    (policy,) = of_kind(objects, "NamespacedImageValidatingPolicy")
    found = policy["spec"]
    assert found["matchImageReferences"] == [{"glob": "registry.bakery.example/*"}]
    assert (found["validationActions"], found["failurePolicy"]) == (["Deny"], "Fail")
    assert found["validationConfigurations"] == {"mutateDigest": True, "required": True, "verifyDigest": True}
    (rule,) = found["validations"]
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        assert f"images.{kind}.filter(image, image.startsWith('registry.bakery.example/'))" in rule["expression"]
    assert identity(found)["issuer"] == ISSUER


def test_a_pattern_matches_its_releases_and_nothing_else() -> None:
    pattern = re.compile(identity(spec(SUBJECT))["subjectRegExp"])
    start = SUBJECT.removesuffix("*")
    assert pattern.fullmatch(start + "1.2.3")
    assert not pattern.fullmatch(start.replace("refs/tags/v", "refs/heads/main"))
    assert not pattern.fullmatch(start.replace("github.com", "githubXcom") + "1.2.3")
    assert not pattern.search("https://evil.example/?" + start + "1.2.3")


def test_a_subject_without_a_pattern_is_taken_as_it_is() -> None:
    assert identity(spec("release@bakery.example")) == {"issuer": ISSUER, "subject": "release@bakery.example"}


@pytest.mark.slow
def test_the_policy_is_what_kyverno_takes(signed: Project, out: Path) -> None:
    (objects,) = render(signed.root, out).values()
    assert errors(of_kind(objects, "NamespacedImageValidatingPolicy")) == []


def test_without_a_signer_nothing_can_be_demanded(signed: Project) -> None:
    signed.replace_in_environment("home", f", signature: {{ issuer: '{ISSUER}', subject: '{SUBJECT}' }}", "")
    with pytest.raises(ModelError, match=r"home.yaml:\d+: cluster.addons.kyverno: signed images are required"):
        load_project(signed.root)


def test_nothing_is_demanded_unasked(project: Callable[[], Project], out: Path) -> None:
    (objects,) = render(project().root, out).values()
    assert not of_kind(objects, "NamespacedImageValidatingPolicy")
