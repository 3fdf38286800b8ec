"""Which jobs of a GitHub workflow have something to do: those whose files differ."""

from collections.abc import Sequence

from quantacirc_cdk.pipelines.model import Job
from quantacirc_cdk.pipelines.remote import REMOTE
from quantacirc_cdk.text import shell

_FROM_THE_COMMIT_BEFORE = """\
changed() { # JOB GLOB...
  local job=$1 globs=("${@:2}")
  # A new branch has nothing before it.
  if git cat-file -e "$BEFORE^{commit}" 2>/dev/null && git diff --quiet "$BEFORE" HEAD -- "${globs[@]/#/:(glob)}"; then
    echo "$job=false" >>"$GITHUB_OUTPUT"
  else
    echo "$job=true" >>"$GITHUB_OUTPUT"
  fi
}
"""
_FROM_WHAT_IS_APPLIED = f"""\
{REMOTE}differs() {{ # JOB REF FOLDER
  # Without the ref, nothing was applied yet.
  if remote fetch --quiet origin "+$2:$2" && [ "$(git rev-parse "$2^{{tree}}")" = "$(git rev-parse "HEAD:$3")" ]; then
    echo "$1=false" >>"$GITHUB_OUTPUT"
  else
    echo "$1=true" >>"$GITHUB_OUTPUT"
  fi
}}
"""


def what_differs(jobs: Sequence[Job]) -> str:
    """Return the commands that set an output for each job with ``paths``. They read ``BEFORE``, the commit before."""
    functions = ""
    if any(not job.applied for job in jobs):
        functions += _FROM_THE_COMMIT_BEFORE
    if any(job.applied for job in jobs):
        functions += _FROM_WHAT_IS_APPLIED
    return functions + "".join(map(_looked_at, jobs))


def _looked_at(job: Job) -> str:
    if job.applied:
        return " ".join(map(shell.quoted, ("differs", job.name, job.applied, job.paths[0].removesuffix("/**")))) + "\n"
    return " ".join(map(shell.quoted, ("changed", job.name, *job.paths))) + "\n"
