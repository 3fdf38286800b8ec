#!/usr/bin/env bash
# Say whether an environment may be changed now. `scripts/window.sh --help`.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'END'
Usage: scripts/window.sh ENV

Check that one of the change windows of ENV is open, or that EMERGENCY_REASON has a reason. Always true for an environment
without change windows.

example: scripts/window.sh prod

exit status:
  0  ENV may be changed
  2  no change window is open, or bad use
END
}

if [[ ${1:-} == --help ]]; then usage && exit 0; fi
[[ $# == 1 ]] || refuse "which environment? try --help"
load "$1"
# shellcheck disable=SC2034 # read by refuse_window
emergency=${EMERGENCY_REASON:-}
refuse_window
