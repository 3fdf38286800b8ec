"""GitLab CI/CD replaces ``$NAME`` in the value of a variable.

https://docs.gitlab.com/ci/variables/where_variables_can_be_used/
"""


def literal(text: str) -> str:
    """Escape ``text`` so that GitLab finds no variable in it."""
    return text.replace("$", "$$")
