"""Error messages that Terraform prints for people, without their frame and colours, and without its warnings."""

from quantacirc_cdk.text.terminal import without_colours

_FRAME = "│╷╵ \t"


def error_lines(text: str) -> list[str]:
    """Return the lines of all errors in ``text``; without an error, all lines except warnings.

    >>> error_lines("╷\\n│ \\x1b[31mError: \\x1b[0mNo state\\n│\\n│ Run this:\\n│   terraform init\\n╵")
    ['Error: No state', 'Run this:', '  terraform init']
    """
    found: list[tuple[str, str]] = []
    part = ""
    for line in without_colours(text).splitlines():
        shown = line.removeprefix("│").removeprefix(" ").rstrip() if line.startswith("│") else line.rstrip()
        if shown.startswith(("Error: ", "Warning: ")):
            part = shown.partition(":")[0]
        if shown.strip(_FRAME):
            found.append((part, shown))
        if line.startswith("╵"):
            part = ""
    errors = [line for kind, line in found if kind == "Error"]
    return errors or [line for kind, line in found if not kind]
