"""The pipeline of this repository, the same on three servers.

``ci`` is for every change, ``cd`` for what was merged, ``maintenance`` for what a day that passes brings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from quantacirc_cdk.model import Project, load_project
from quantacirc_cdk.pipelines import (
    NIGHTLY,
    Access,
    Artifact,
    Cache,
    Job,
    Pipeline,
    Runner,
    Step,
    delivered,
    deploy_jobs,
    drift_jobs,
    platforms,
    preview_jobs,
    registry_access,
    with_applies,
    with_previews,
    write_pipelines,
)

# Debian 12: what .ci/packages.txt names is a package there.
PYTHON_IMAGES = {
    "3.11": "python:3.11.15-bookworm@sha256:a8f8fbe1a0edc9e4dddafa64ba73f7e04be7be5ebc23f332362e779e0a2e4e52",
    "3.14": "python:3.14-bookworm@sha256:8771427e2ac3e39208c1632f17e8b09e464333d262844a03705cc5e0023c16e2",
}
PYTHON = Runner(github="ubuntu-24.04", label="docker", image=PYTHON_IMAGES["3.11"])
EACH_PYTHON = Runner(github="ubuntu-24.04", label="docker", image="$IMAGE")
BUILDER = Runner(github="ubuntu-24.04", label="image-builder")
DEPLOYER = Runner(github="ubuntu-24.04", label="deployer")

DOWNLOADS = Cache(
    variable="PIP_CACHE_DIR", path=".cache/pip", key_files=("requirements/run.lock", "requirements/dev.lock")
)
PACKAGES = Step(
    name="Install Debian packages",
    run="""\
sudo=''
if [ "$(id -u)" -ne 0 ]; then sudo=sudo; fi
$sudo apt-get update -qq
{
  grep -Ev '^[[:space:]]*(#|$)' .ci/packages.txt
  command -v google-chrome >/dev/null || echo chromium # GitHub's machines have Chrome, and Ubuntu has no such package
} | xargs $sudo apt-get install -qq --yes --no-install-recommends
""",
)
# Images are made with debootstrap and without a daemon, which takes root.
AS_ROOT = """\
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo --preserve-env env PATH="$PATH")
  trap 'sudo chown --recursive "$(id -u):$(id -g)" .' EXIT # a runner cannot delete what root writes
fi
"${as_root[@]}" """
INSTALL = Step(name="Install", run="make .venv/run.stamp\n")
IMAGES = Artifact(name="images", path="build/images.json", retention_days=90)
BILLS = Artifact(name="bills-of-materials", path="build/sbom/", retention_days=90)
ORIGINS = Artifact(name="provenance", path="build/provenance/", retention_days=90)
DIFFERENCE = Artifact(name="difference", path="build/difference.md")


SLOW = {
    "chart": "tests/helm",
    "infrastructure": "tests/terraform",
    "policy": "tests/policy",
    "images": "tests/docker",
}
"""Folders of tests that run on a separate machine."""


PATHS = (
    "apps/**",
    "constructs/**",
    "dist/**",
    "docker/**",
    "policy/vulnerabilities.yaml",
    "requirements/**",
    "scripts/**",
    "tools/**",
    "Makefile",
    "pyproject.toml",
)
"""What a release is made of: a change of anything else, such as docs and tests, builds and deploys nothing."""


def ci(project: Project) -> Pipeline:
    """Return what every change must pass. All of it together is what ``make test`` runs on one machine."""
    rest = " ".join(f"--ignore={folder}" for folder in SLOW.values())
    return Pipeline(
        name="ci",
        cancel_superseded=True,
        jobs=(
            _checks("lint", "format lint types layers schemas"),
            replace(
                _tests("tests", "fast-tests"),
                runner=EACH_PYTHON,
                python="$PYTHON_RELEASE",  # make takes PYTHON for the program
                matrix=tuple({"PYTHON_RELEASE": version, "IMAGE": image} for version, image in PYTHON_IMAGES.items()),
            ),
            _output(),
            *(_tests(name, folder) for name, folder in SLOW.items()),
            # The output is compared with that of the last release.
            replace(_tests("system", "slow-tests", {"PYTEST_ADDOPTS": rest}), history=True),
            *_difference(project),
        ),
    )


def _checks(name: str, only: str) -> Job:
    return Job(
        name=name,
        stage="check",
        runner=PYTHON,
        python="3.11",
        cache=DOWNLOADS,
        steps=(Step(name="Check", run=f'make check ONLY="{only}"\n'),),
    )


def _tests(name: str, only: str, environment: Mapping[str, str] | None = None) -> Job:
    """Return a job that runs tests: with every tool, because a missing one is a failure where ``CI`` is set."""
    fetch = Step(name="Fetch tools", run="make check ONLY=fetch\n")
    command = f'make check ONLY="{only}"\n'
    check = Step(name="Check", run=AS_ROOT + command if name == "images" else command)
    return replace(
        _checks(name, only),
        environment={"CI": "true", **(environment or {})},
        steps=(PACKAGES, fetch, check),
        timeout_minutes=60,
    )


def _output() -> Job:
    return Job(
        name="output",
        stage="check",
        runner=PYTHON,
        python="3.11",
        cache=DOWNLOADS,
        steps=(
            INSTALL,
            Step(name="Check that dist/ is current", run=".venv/bin/qcdk synth --check\n"),
            Step(name="See that environments differ in nothing undeclared", run=".venv/bin/qcdk parity --strict\n"),
        ),
        timeout_minutes=10,
    )


def _difference(project: Project) -> tuple[Job, ...]:
    tell = """\
mkdir -p build
git rev-parse --quiet --verify "origin/$BASE_BRANCH" >/dev/null ||
  git fetch --quiet origin "$BASE_BRANCH:refs/remotes/origin/$BASE_BRANCH"
.venv/bin/qcdk diff --against "origin/$BASE_BRANCH" --format markdown >build/difference.md
"""
    compute = Job(
        name="difference",
        stage="check",
        runner=PYTHON,
        python="3.11",
        when="pull-request",
        cache=DOWNLOADS,
        history=True,
        context=("BASE_BRANCH",),
        steps=(INSTALL, Step(name="Describe the changes of each environment", run=tell)),
        produces=(DIFFERENCE,),
        timeout_minutes=10,
    )
    # Nothing of the pull request runs where the token can write.
    comment = Job(
        name="comment",
        stage="comment",
        runner=BUILDER,
        when="pull-request",
        needs=("difference",),
        checkout=False,
        consumes=(DIFFERENCE,),
        comment=DIFFERENCE.path,
        writes=("pull-requests",),
        steps=(),
        timeout_minutes=5,
    )
    return compute, *preview_jobs(project, DEPLOYER, INSTALL), with_previews(comment, project)


def cd(project: Project) -> Pipeline:
    """Return what happens to a merged change: its images are built and signed, and every environment gets them."""
    registry = registry_access(first.registry if (first := next(iter(delivered(project)), None)) else "localhost")
    built_for = platforms(project)
    build = Job(
        name="release-images",
        stage="build",
        runner=BUILDER,
        when="default-branch",
        history=True,  # build.sh compares the wheel with those of earlier commits
        tools=("cosign", "syft", "grype", *(("qemu",) if built_for != ("linux/amd64",) else ()), "buildx"),
        environment={**registry.environment, "PLATFORMS": ",".join(built_for)},
        variables=registry.variables,
        identity_tokens={**registry.identity_tokens, "SIGSTORE_TOKEN_FILE": "sigstore"},
        steps=(
            Step(
                name="Build",
                run="""\
mkdir -p build
docker/build.sh --registry "$REGISTRY" --platform "$PLATFORMS" --sbom build/sbom --output build/built.json
""",
            ),
            Step(
                name="Scan for known vulnerabilities",
                run="""\
make .venv/run.stamp
.venv/bin/python tools/scan.py build/sbom
""",
            ),
            *registry.steps,
            Step(
                name="Push",  # builds from the cache: a token would not live as long as the build
                run="""\
docker/build.sh --push --registry "$REGISTRY" --platform "$PLATFORMS" --provenance build/provenance \\
  --output build/images.json
""",
            ),
            Step(
                name="Sign images, bills of materials and provenance",
                proves=("SIGSTORE_TOKEN_FILE",),
                run="""\
jq --raw-output '.images + {base} | to_entries[] | "\\(.key) \\(.value.repository)@\\(.value.digest)"' \\
  build/images.json |
  while read -r name image; do
    cosign sign --yes --identity-token "$SIGSTORE_TOKEN_FILE" "$image"
    for bill in "build/sbom/$name".*; do # one for each platform
      cosign attest --yes --identity-token "$SIGSTORE_TOKEN_FILE" --type cyclonedx --predicate "$bill" "$image"
    done
    jq .predicate "build/provenance/$name.provenance.json" >build/provenance.json
    cosign attest --yes --identity-token "$SIGSTORE_TOKEN_FILE" --type slsaprovenance1 \\
      --predicate build/provenance.json "$image"
  done
""",
            ),
        ),
        files=registry.files,
        cleanup=registry.cleanup,
        produces=(IMAGES, BILLS, ORIGINS),
        timeout_minutes=60,
    )
    deployments = deploy_jobs(project, images=build, artifact=IMAGES, runner=DEPLOYER, paths=PATHS)
    return Pipeline(
        name="cd",
        after="ci",
        paths=PATHS,
        jobs=with_applies((build, _chart(project, registry), *deployments), project, DEPLOYER, INSTALL),
    )


def _chart(project: Project, registry: Access) -> Job:
    """Return the job that releases the chart, each commit as a separate version: packaged, pushed, signed."""
    pack = """\
mkdir -p build
make .venv/run.stamp
revision=$(git rev-parse --short=12 HEAD)
.venv/bin/qcdk package --build "$revision" --destination build/chart \\
  --provenance build/chart.provenance.json
"""
    push = """\
helm push build/chart/*.tgz "oci://$REGISTRY/charts" 2>&1 | tee build/pushed.txt
digest=$(sed -n 's/^Digest: //p' build/pushed.txt)
if [ -z "$digest" ]; then
  echo "error: helm push has named no digest" >&2
  false
fi
printf '%s' "$REGISTRY/charts/$CHART@$digest" >build/chart.txt
"""
    sign = """\
cosign sign --yes --identity-token "$SIGSTORE_TOKEN_FILE" "$(cat build/chart.txt)"
jq .predicate build/chart.provenance.json >build/chart.predicate.json
cosign attest --yes --identity-token "$SIGSTORE_TOKEN_FILE" --type slsaprovenance1 \\
  --predicate build/chart.predicate.json "$(cat build/chart.txt)"
"""
    return Job(
        name="release-chart",
        stage="build",
        runner=BUILDER,
        when="default-branch",
        tools=("cosign",),
        environment={**registry.environment, "CHART": project.system.name},
        variables=registry.variables,
        identity_tokens={**registry.identity_tokens, "SIGSTORE_TOKEN_FILE": "sigstore"},
        steps=(
            Step(name="Package the chart", run=pack),
            *registry.steps,
            Step(name="Push the chart", run=push),
            Step(name="Sign the chart and its provenance", proves=("SIGSTORE_TOKEN_FILE",), run=sign),
        ),
        files=registry.files,
        cleanup=registry.cleanup,
        timeout_minutes=15,
    )


def maintenance(project: Project) -> Pipeline:
    """Return what is looked at every week. ``ci`` only warns of it: no change fails because a day has passed.

    Infrastructure that the pipeline applies is looked at every night: GitLab and Jenkins know one schedule only.
    """
    expired = Step(name="See that no exception has expired", run="make waivers\n")
    job = replace(_checks("waivers", ""), stage="maintenance", when="schedule", steps=(expired,), timeout_minutes=15)
    drift = drift_jobs(project, DEPLOYER, INSTALL)
    times = NIGHTLY if drift else "17 5 * * 1"
    return Pipeline(name="maintenance", schedule=times, jobs=(job, _refresh_base(), *drift))


def _refresh_base() -> Job:
    """Return the job that proposes the base image of today, with the fixes of its distribution. Once that is merged,
    ``cd`` builds every image again, with the same version and another digest.
    """
    propose = """\
GIT_USER=$GIT_USER GIT_TOKEN=$GIT_TOKEN REVIEW_TOKEN=${REVIEW_TOKEN-} \\
  scripts/propose.sh refresh-base "Start the images from the base image of today"
"""
    return Job(
        name="refresh-base",
        stage="maintenance",
        runner=BUILDER,
        when="schedule",
        context=("DEFAULT_BRANCH",),
        writes=("contents", "pull-requests"),
        steps=(
            Step(name="Look for a newer base image", run="docker/refresh-base.sh\n"),
            Step(name="Propose it", run=propose),
        ),
        timeout_minutes=10,
    )


def synthesize(project_root: Path, outdir: Path, environments: Sequence[str] | None = None) -> None:  # noqa: ARG001
    """Write the pipelines of the project to ``outdir``: always for all environments, they share the files."""
    project = load_project(project_root)
    branch = project.system.source.branch if project.system.source else "main"
    write_pipelines((ci(project), cd(project), maintenance(project)), outdir, default_branch=branch)
