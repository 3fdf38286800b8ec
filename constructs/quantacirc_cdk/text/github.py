"""GitHub Actions: ``${{ }}`` in any string of a workflow is evaluated.

https://docs.github.com/actions/reference/workflows-and-actions/expressions
"""


def literal(text: str) -> str:
    """Return ``text`` such that GitHub sees no expression in it."""
    return text.replace("${{", "${{ '${{' }}")


def expression(code: str) -> str:
    """Return what GitHub replaces by the value of ``code``."""
    return f"${{{{ {code} }}}}"
