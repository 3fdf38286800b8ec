"""Write pipelines in all dialects, each to the path of its server."""

from collections.abc import Sequence
from pathlib import Path

from quantacirc_cdk.pipelines.checks import check
from quantacirc_cdk.pipelines.github import OwnWorkflows, workflows
from quantacirc_cdk.pipelines.gitlab import gitlab_ci
from quantacirc_cdk.pipelines.jenkins import jenkinsfile
from quantacirc_cdk.pipelines.model import Pipeline


def write_pipelines(
    pipelines: Sequence[Pipeline], outdir: Path, *, default_branch: str, own_workflows: OwnWorkflows = "$/"
) -> None:
    """Write ``github/.github/workflows/*.yml``, ``gitlab/.gitlab-ci.yml`` and ``jenkins/Jenkinsfile`` below ``outdir``.

    ``own_workflows`` is ``"./"`` for GitHub Enterprise Server and for runners before 2.336.
    Raises ``PropsError`` with all problems before it writes anything.
    """
    check(pipelines)
    files = {
        **{
            f"github/.github/workflows/{name}": text
            for name, text in workflows(pipelines, default_branch, own_workflows).items()
        },
        "gitlab/.gitlab-ci.yml": gitlab_ci(pipelines),
        "jenkins/Jenkinsfile": jenkinsfile(pipelines, default_branch),
    }
    for name, text in files.items():
        path = outdir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
