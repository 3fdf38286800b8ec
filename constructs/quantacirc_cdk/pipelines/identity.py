"""How a job proves its identity on GitHub, where a token is valid for five minutes. Elsewhere, the server gives a job
its tokens.
"""

from typing import Any

from quantacirc_cdk.pipelines.model import Job, Step

_IDENTITY = """\
mkdir -p "$(dirname "${file}")"
curl --fail --silent --show-error --retry 3 --header "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \\
  "$ACTIONS_ID_TOKEN_REQUEST_URL&audience={audience}" | jq --exit-status --raw-output .value >"${file}"
"""
SESSION_MINUTES = 60
"""How long a session in a cloud lasts. After it, programs log in again, with a token that must still be valid."""
_RENEW_MINUTES = 4
_KEEP = """\
mkdir -p build/tokens
(
  for ((minute = 0; minute < {minutes}; minute += {every})); do
    sleep {every}m
{renew}  done
) </dev/null >/dev/null 2>&1 &
echo "$!" >build/renewal
"""
_RENEW = """\
    if new=$(curl --fail --silent --retry 3 --header "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \\
      "$ACTIONS_ID_TOKEN_REQUEST_URL&audience={audience}" | jq --exit-status --raw-output .value); then
      printf '%s\\n' "$new" >"${file}.new"
      mv "${file}.new" "${file}"
    fi
"""
STOP = {
    "name": "Stop renewing our identity",
    "run": 'if [ -e build/renewal ]; then kill "$(cat build/renewal)" || true; fi\n',
}
"""The step that ends this."""


def kept(job: Job) -> list[dict[str, Any]]:
    """Return the step that renews the tokens of a job that can outlast a session in a cloud, until the job ends:
    programs log in again in the middle of a step.
    """
    if not job.identity_tokens or job.timeout_minutes <= SESSION_MINUTES:
        return []
    renew = "".join(_RENEW.format(file=name, audience=audience) for name, audience in job.identity_tokens.items())
    run = _KEEP.format(minutes=job.timeout_minutes, every=_RENEW_MINUTES, renew=renew)
    return [{"name": "Renew our identity in the background", "run": run}]


def identities(step: Step, job: Job) -> list[dict[str, Any]]:
    """Return what gets the tokens that a step needs."""
    return [
        {"name": f"Prove our identity to {audience}", "run": _IDENTITY.format(file=variable, audience=audience)}
        for variable, audience in job.identity_tokens.items()
        if variable in step.proves
    ]
