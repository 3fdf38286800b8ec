"""Run Terraform on a stack, and read what it reports as JSON
(https://developer.hashicorp.com/terraform/internals/machine-readable-ui).
"""

import json
import os
import re
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.operations.interrupts import SIGNALS
from quantacirc_cdk.operations.kubectl import OperationError
from quantacirc_cdk.operations.process import run
from quantacirc_cdk.reading import parse_json
from quantacirc_cdk.text.terraform_messages import error_lines

Json = dict[str, Any]

SHOW_SECONDS = 300
"""Timeout in seconds for reading a plan."""
LOCKED = "Error acquiring the state lock"
"""Terraform's summary of a state that another run has locked."""
STALE = "Saved plan is stale"
"""Terraform's summary of a plan whose state has changed since."""
_LOCK = re.compile(r"^\s*(ID|Operation|Who|Created):\s+(\S.*?)\s*$", re.MULTILINE)
_SPACE = re.compile(r"\s+")
_MOST_LINES = 20


@dataclass(kw_only=True)
class Ended:
    """A run of Terraform."""

    status: int = 0
    diagnostics: list[Json] = field(default_factory=list)
    """Errors, in the order in which they came."""
    started: list[str] = field(default_factory=list)
    """Addresses of the resources that it began to change."""
    completed: list[str] = field(default_factory=list)
    """Addresses of those that it has changed."""
    interrupted: bool = False
    """Whether Ctrl-C or a signal ended it."""
    printed: "deque[str]" = field(default_factory=lambda: deque(maxlen=_MOST_LINES))
    """The last lines that are no JSON."""

    def said(self, summary: str) -> str | None:
        """Return the details of the error with this summary; None without such an error."""
        return next((str(one.get("detail", "")) for one in self.diagnostics if one.get("summary") == summary), None)

    def problems(self, stack: str) -> list[Problem]:
        """Return what went wrong, one problem for each error."""
        found = [
            Problem(
                key=str(one.get("address") or stack), what=_line(f"{one.get('summary', '')}: {one.get('detail', '')}")
            )
            for one in self.diagnostics
        ]
        return list(dict.fromkeys(found)) or [Problem(key=stack, what=_errors("\n".join(self.printed)))]


def holder(detail: str) -> tuple[str, str]:
    """Return who holds a lock, in words, and its id, from Terraform's message."""
    known = dict(_LOCK.findall(detail))
    who, since = known.get("Who"), known.get("Created")
    operation = known.get("Operation", "").removeprefix("OperationType").lower()
    said = f"{who or 'another run'}{f' ({operation})' if operation else ''}{f' since {since}' if since else ''}"
    return said, known.get("ID", "")


def _line(text: str) -> str:
    return _SPACE.sub(" ", text).strip().removesuffix(":")


def _errors(text: str) -> str:
    """Return the errors that Terraform has printed for people, in one line."""
    return _line(" ".join(error_lines(text))) or "no answer"


@dataclass(frozen=True, kw_only=True)
class Terraform:
    """Terraform in the folder of a stack, with a separate folder for what it downloads."""

    folder: Path
    data: Path

    def stream(self, *arguments: str, on_message: Callable[[str], None] = lambda _: None) -> Ended:
        """Run a command that reports as JSON, to its end.

        ``on_message`` gets a line for each step of a resource. Ctrl-C and the signal of a cancelled job let it finish
        what it has begun, write the state and release the lock; a second Ctrl-C makes it stop at once.
        """
        ended = Ended()
        with _passed_on(ended) as started:
            process = subprocess.Popen(  # noqa: S603
                self._command(*arguments),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=self._environment,
                text=True,
                errors="replace",
                start_new_session=True,
            )
            started(process)
            assert process.stdout is not None  # noqa: S101  a pipe, as said above
            with process.stdout:
                for line in process.stdout:
                    _read(line, ended, on_message)
            ended.status = process.wait()
        return ended

    def version(self) -> str:
        """Return the version of Terraform. Raises ``OperationError`` if there is none."""
        return str(self._answer("version", "-json").get("terraform_version", ""))

    def show(self, plan: Path) -> Any:
        """Return a plan as JSON. Raises ``OperationError`` if it cannot be read."""
        return self._answer("show", "-no-color", "-json", str(plan))

    def _answer(self, *arguments: str) -> Any:
        try:
            done = run(self._command(*arguments), seconds=SHOW_SECONDS, environment=self._environment)
        except FileNotFoundError:
            raise OperationError(Problem(what="terraform is not installed", expected="terraform on PATH")) from None
        if not done.ok:
            raise OperationError(Problem(what=f"terraform {arguments[0]}: {_errors(done.error)}"))
        try:
            return parse_json(done.out)
        except ValueError as error:
            raise OperationError(Problem(what=f"terraform {arguments[0]} printed no JSON: {error}")) from None

    def _command(self, *arguments: str) -> list[str]:
        return ["terraform", f"-chdir={self.folder}", *arguments]

    @property
    def _environment(self) -> dict[str, str]:
        # Arguments from the environment would make another plan than the one that people see.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TF_CLI_ARGS")}
        return kept | {"TF_DATA_DIR": str(self.data), "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}


@contextmanager
def _passed_on(ended: Ended) -> Iterator[Callable[["subprocess.Popen[str]"], None]]:
    """Pass signals on to a process: the first one as Ctrl-C, and any further Ctrl-C."""
    processes: list[subprocess.Popen[str]] = []

    def pass_on(number: int, _: Any) -> None:
        first, ended.interrupted = not ended.interrupted, True
        if first or number == signal.SIGINT:
            for process in processes:
                process.send_signal(signal.SIGINT)

    def started(process: "subprocess.Popen[str]") -> None:
        processes.append(process)
        if ended.interrupted:
            process.send_signal(signal.SIGINT)

    before = {number: signal.signal(number, pass_on) for number in SIGNALS}
    try:
        yield started
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _read(line: str, ended: Ended, on_message: Callable[[str], None]) -> None:
    try:
        event = json.loads(line)
        kind, message = str(event["type"]), str(event["@message"])
    except (ValueError, TypeError, KeyError):
        if line.strip():
            ended.printed.append(line.strip())
        return
    address = str(((event.get("hook") or {}).get("resource") or {}).get("addr", ""))
    if kind == "diagnostic" and (event.get("diagnostic") or {}).get("severity") == "error":
        ended.diagnostics.append(event["diagnostic"])
    elif kind == "apply_start":
        ended.started.append(address)
    elif kind == "apply_complete":
        ended.completed.append(address)
    if kind.startswith(("apply_", "provision_")):
        on_message(message)
