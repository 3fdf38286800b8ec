"""GitHub Actions evaluates ``${{ }}`` in any string of a workflow.

https://docs.github.com/actions/reference/workflows-and-actions/expressions
"""


def literal(text: str) -> str:
    """Escape ``text`` so that GitHub finds no expression in it."""
    return text.replace("${{", "${{ '${{' }}")


def expression(code: str) -> str:
    """Return an expression that GitHub replaces by the value of ``code``."""
    return f"${{{{ {code} }}}}"
