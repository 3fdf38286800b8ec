"""A deployment verifies the images of its environment's registry: by digest, and by who signed them."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.model import Environment, load_project
from quantacirc_cdk.operations.settings import Target
from quantacirc_cdk.operations.signatures import chart_problems, signature_problems
from support.operations.cosign import install
from support.project import Project

ISSUER = "https://token.actions.githubusercontent.com"
SIGNER = "https://github.com/bakery/bakery/.github/workflows/cd.yml@refs/heads/main"
DIGEST = "sha256:" + "1" * 64
OVEN, SHOP = (f"registry.bakery.example/{name}@{DIGEST}" for name in ("oven", "shop"))

Sign = Callable[..., None]


def pods(*images: str) -> list[dict]:
    return [{"spec": {"template": {"spec": {"containers": [{"image": image} for image in images]}}}}]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.small(tmp_path)


@pytest.fixture
def home(project: Project) -> Environment:
    """An environment that takes images of one signer."""
    loaded = load_project(project.root).environments["home"]
    release = loaded.release.model_validate(
        {**loaded.release.model_dump(), "signature": {"issuer": ISSUER, "subject": SIGNER}}
    )
    return loaded.model_copy(update={"release": release, "registry": "registry.bakery.example"})


@pytest.fixture
def sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sign:
    """Install cosign, and return a function that records a signature."""
    signed = tmp_path / "signed"
    signed.touch()
    (tmp_path / "bin").mkdir()
    install(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("COSIGN_SIGNED", str(signed))

    def add(image: str, subject: str = SIGNER, issuer: str = ISSUER, kind: str = "") -> None:
        with signed.open("a") as file:
            file.write(f"{image} {issuer} {subject} {kind}\n")

    return add


def test_images_that_the_pipeline_has_signed_pass_and_those_of_others_are_not_verified(home: Environment, sign: Sign):
    sign(OVEN)
    assert list(signature_problems(home, pods(OVEN, "nats:2.11", "registry.bakery.example.evil/x:1"))) == []


@pytest.mark.integration
def test_every_image_without_the_right_signature_is_named(home: Environment, sign: Sign):
    sign(OVEN, subject="https://github.com/stranger/bakery/.github/workflows/cd.yml@refs/heads/main")
    found = list(signature_problems(home, pods(OVEN, SHOP)))
    assert [one.split(": ")[0] for one in found] == [OVEN] * 3 + [SHOP] * 3
    signatures = [one for one in found if "no signature of" in one]
    assert all(f"no signature of {SIGNER}: error during command execution: no " in one for one in signatures)
    assert len(signatures) == 2


@pytest.mark.integration
@pytest.mark.parametrize(
    ("subject", "issuer"),
    [
        (f"https://evil.example/?{SIGNER}", ISSUER),
        (f"{SIGNER}-next", ISSUER),
        (SIGNER.replace("github.com", "githubXcom"), ISSUER),
        (SIGNER, "https://gitlab.example"),
    ],
)
def test_an_identity_that_only_resembles_the_signer_is_refused(
    home: Environment, sign: Sign, subject: str, issuer: str
):
    sign(OVEN, subject=subject, issuer=issuer)
    assert len(list(signature_problems(home, pods(OVEN)))) == 3


@pytest.mark.integration
@pytest.mark.parametrize(
    ("lacking", "title"),
    [("cyclonedx", "bill of materials"), ("slsaprovenance1", "provenance"), ("signature", "signature")],
)
def test_a_signed_image_without_an_attestation_of_the_signer_is_refused(
    home: Environment, sign: Sign, lacking: str, title: str
):
    for kind in {"signature", "cyclonedx", "slsaprovenance1"} - {lacking}:
        sign(OVEN, kind=kind)
    sign(OVEN, kind=lacking, subject=f"{SIGNER}-of-a-stranger")
    (found,) = signature_problems(home, pods(OVEN))
    assert found.startswith(f"{OVEN}: no {title} of {SIGNER}: ")


def test_a_pipeline_that_attests_nothing_says_so(home: Environment, sign: Sign):
    signature = home.release.signature.model_copy(update={"attestations": []})
    release = home.release.model_copy(update={"signature": signature})
    sign(OVEN, kind="signature")
    assert list(signature_problems(home.model_copy(update={"release": release}), pods(OVEN))) == []


def test_a_chart_that_no_synthesis_wrote_is_refused(project: Project, home: Environment):
    assert main(["synth", "--project", str(project.root), "--only", "helm"]) == 0
    chart = "dist/helm/bakery"
    assert list(chart_problems(home, project.root, chart)) == []
    values = project.root / chart / "values-home.yaml"
    values.write_text(values.read_text() + "# by hand\n")
    (project.root / chart / "templates" / "stray.yaml").write_text("kind: Secret\n")
    (project.root / chart / "templates" / "NOTES.txt").unlink()
    found = list(chart_problems(home, project.root, chart))
    assert [one.split(":")[0] for one in found] == [
        f"{chart}/templates/stray.yaml",
        f"{chart}/values-home.yaml",
        f"{chart}/templates/NOTES.txt",
    ]
    unsigned = load_project(project.root).environments["home"]
    assert list(chart_problems(unsigned, project.root, chart)) == []


def test_an_image_by_its_tag_is_refused_because_the_tag_can_move(home: Environment, sign: Sign):
    sign("registry.bakery.example/oven:1")
    (found,) = signature_problems(home, pods("registry.bakery.example/oven:1"))
    assert found.startswith("registry.bakery.example/oven:1: it has no digest")


def test_a_machine_without_cosign_deploys_nothing_that_must_be_signed(
    home: Environment, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", "/nowhere")
    (found,) = signature_problems(home, pods(OVEN))
    assert found.startswith("cosign is not on PATH")


def test_an_environment_without_a_signer_needs_no_cosign(project: Project, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    home = load_project(project.root).environments["home"]
    assert list(signature_problems(home, pods(OVEN, SHOP))) == []


def test_the_scripts_get_the_signer_as_an_expression_for_the_whole_identity(project: Project, home: Environment):
    system = load_project(project.root).system
    lines = Target.of(system, home).as_shell().splitlines()
    assert "REGISTRY=registry.bakery.example" in lines
    assert f"SIGNER_ISSUER={ISSUER}" in lines
    (signer,) = [line for line in lines if line.startswith("SIGNER=")]
    assert signer == r"SIGNER='^https://github\.com/bakery/bakery/\.github/workflows/cd\.yml@refs/heads/main$'"
