"""GitLab CI/CD: ``$NAME`` in the value of a variable is replaced.

https://docs.gitlab.com/ci/variables/where_variables_can_be_used/
"""


def literal(text: str) -> str:
    """Return ``text`` such that GitLab sees no variable in it."""
    return text.replace("$", "$$")
