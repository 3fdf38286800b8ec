"""What Terraform prints for people is read as its errors alone."""

import pytest

from quantacirc_cdk.text.terraform_messages import error_lines

WARNING = "╷\n│ Warning: Unable to open CLI configuration file\n│ \n│ It does not exist.\n╵\n"
ERROR = "\x1b[31m╷\x1b[0m\n\x1b[31m│\x1b[0m \x1b[1m\x1b[31mError: \x1b[0m\x1b[1mNo plan\x1b[0m\n│ \n│   one\n╵\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (WARNING + ERROR, ["Error: No plan", "  one"]),
        (ERROR + WARNING + ERROR, ["Error: No plan", "  one"] * 2),
        ("Warning: old\n\nsomething\n\nError: No plan\n\n  one\n", ["Error: No plan", "  one"]),
        (WARNING, []),
        ("exec format error\n", ["exec format error"]),
        ("", []),
    ],
)
def test_only_errors_are_left(text: str, found: list[str]) -> None:
    assert error_lines(text) == found
