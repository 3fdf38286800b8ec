"""Git in the steps of a job: how they reach its server, and what a pipeline has applied, which the server keeps."""

from quantacirc_cdk.pipelines.model import GIT_USER, TOKENS

REMOTE = f"""\
remote() {{ # COMMAND...
  if [ -z "${{{TOKENS["contents"]}-}}" ]; then git "$@"; return; fi
  # From the environment: every process on the machine can see arguments.
  local user=${GIT_USER} token=${TOKENS["contents"]}
  GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.extraHeader \\
    GIT_CONFIG_VALUE_0="Authorization: Basic $(printf '%s:%s' "$user" "$token" | base64 --wrap=0)" git "$@"
}}
"""
"""The function `remote`: Git with the job's token, which the server of a private repository asks for, also for reading.
Without a token, Git uses what the clone has."""

FOLDER = "dist/terraform/stacks"
"""Folder that holds a folder for each stack."""


def applied_ref(stack: str) -> str:
    """Return the Git ref with the files of a stack as a pipeline has applied them last.

    It names a commit without a history. No rule for branches holds for it, and no server starts a pipeline for it.
    """
    return f"refs/applied/{stack}"


RECORD_APPLIED = f"""\
{REMOTE}applied=$(git -c user.name=pipeline -c user.email=pipeline@noreply.invalid commit-tree \\
  -m "Applied $STACK of $(git rev-parse HEAD)" "HEAD:{FOLDER}/$STACK")
tries=1
until remote push --quiet --force origin "$applied:{applied_ref("$STACK")}"; do
  if [ "$tries" -ge 5 ]; then
    echo "error: the stack $STACK is applied, but the record of it cannot be pushed: may this job's token push?" >&2
    exit 1
  fi
  tries=$((tries + 1))
  sleep "${{RETRY_SECONDS:-5}}"
done
"""
"""Keeps what was applied. Reads ``STACK``."""

SEE_APPLIED = f"""\
{REMOTE}reference={applied_ref("$STACK")}
recorded=$(remote ls-remote origin "$reference")
if [ -n "$recorded" ]; then remote fetch --quiet origin "+$reference:$reference"; fi
wanted=$(git rev-parse "HEAD:{FOLDER}/$STACK")
if [ -z "$recorded" ] || [ "$(git rev-parse "$reference^{{tree}}")" != "$wanted" ]; then
  echo "error: the last apply of the stack $STACK was not the one of this commit: one was refused or has failed, or" >&2
  echo "there was none yet. Let a run plan and apply it; on GitLab and Jenkins, start that run by hand" >&2
  exit 1
fi
"""
"""Fails if the stack in this commit is not what was last applied. Reads ``STACK``."""
