# shellcheck shell=bash
# Sourced by record.sh and propose.sh: Git with the token of a job. Reads GIT_USER and GIT_TOKEN.

# The clone of a job keeps no credentials, and the server of a private repository asks for them for reading, too. What is
# started from here on does not get the token.
authorize() {
  authorization=$(printf '%s:%s' "$GIT_USER" "$GIT_TOKEN" | base64 --wrap=0)
  unset GIT_TOKEN
}

remote() { # COMMAND...
  # From the environment: every process on the machine can see arguments.
  GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.extraHeader GIT_CONFIG_VALUE_0="Authorization: Basic $authorization" git "$@"
}
