"""Run kubectl for an environment, always in its context and namespace."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from quantacirc_cdk.errors import QuantacircError
from quantacirc_cdk.operations.process import Done, run
from quantacirc_cdk.operations.replies import ReplyError, checked, checked_items, checked_object, parsed
from quantacirc_cdk.operations.settings import Target

Json = dict[str, Any]
T = TypeVar("T")

REQUEST_SECONDS = 15
"""Timeout in seconds of one API request."""


class OperationError(QuantacircError):
    """A command cannot be carried out; it has changed nothing."""


class UnreachableError(OperationError):
    """The cluster does not respond."""


class LoggedOutError(UnreachableError):
    """The cluster responds, and refuses the credentials."""


class ForbiddenError(OperationError):
    """The credentials do not have this permission."""


class MissingError(OperationError):
    """There is no such object or kind."""


_SIGNS: tuple[tuple[type[OperationError], tuple[str, ...]], ...] = (
    (
        LoggedOutError,
        (
            "must be logged in",
            "unauthorized",
            "getting credentials",
            "token has expired",
            "expired token",
            "provide credentials",
        ),
    ),
    (ForbiddenError, ("forbidden",)),
    (MissingError, ("notfound", "not found", "doesn't have a resource type", "could not find the requested resource")),
)
"""Output of kubectl and helm for each error; anything else counts as a cluster that does not respond."""


def failure(done: Done, target: Target) -> OperationError:
    """Return the error of a failed call of kubectl or helm."""
    text = done.error.lower()
    kind = next((kind for kind, signs in _SIGNS if any(sign in text for sign in signs)), UnreachableError)
    if kind is LoggedOutError:
        return LoggedOutError(f'the cluster refuses the credentials of context "{target.context}": log in again')
    if kind is UnreachableError:
        return UnreachableError(f'the cluster of context "{target.context}" does not respond: {done.said}')
    return kind(done.said)


def require(*programs: str) -> None:
    """Raise ``OperationError`` for each program that is not on ``PATH``."""
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        raise OperationError(" and ".join(missing) + f" {'is' if len(missing) == 1 else 'are'} not on PATH")


@dataclass(frozen=True)
class Kubectl:
    """kubectl for one environment."""

    target: Target
    request_seconds: int = REQUEST_SECONDS

    def call(self, *arguments: str, input: str | None = None, seconds: float | None = None) -> Done:
        """Run kubectl in the environment's context and namespace."""
        command = ["kubectl", "--context", self.target.context, "--namespace", self.target.namespace]
        command += ["--request-timeout", f"{self.request_seconds}s", *arguments]
        return run(command, seconds=seconds or 2 * self.request_seconds + 5, input=input)

    def json(self, *arguments: str, input: str | None = None, seconds: float | None = None) -> Any:
        """Run kubectl and parse its output. Raises ``OperationError``."""
        done = self.call(*arguments, input=input, seconds=seconds)
        if not done.ok:
            raise failure(done, self.target)
        return self._understood(arguments[0], lambda: parsed(done.out))

    def _understood(self, command: str, read: Callable[[], T]) -> T:
        try:
            return read()
        except ReplyError as error:
            raise UnreachableError(f"the response of the API to kubectl {command} is invalid: {error}") from None

    def items(self, kinds: Sequence[str], *options: str) -> list[Json]:
        """Return the objects of these kinds in the namespace."""
        answer = self.json("get", ",".join(kinds), "--output", "json", *options)
        return self._understood("get", lambda: checked_items(answer, ",".join(kinds)))

    def raw(self, path: str, shape: Any) -> Json:
        """Return the response of the API for a path, which must match a shape of ``replies``."""
        return self.shaped(self.json("get", "--raw", path), shape, "get")

    def shaped(self, answer: Any, shape: Any, command: str) -> Json:
        """Return the output of a command, which must match a shape of ``replies``."""
        found: Json = self._understood(command, lambda: checked(answer, shape))
        return found

    @cached_property
    def served(self) -> Mapping[tuple[str, str], str]:
        """Plural names, such as ``deployments``, of the kinds that the API serves, by ``apiVersion`` and kind."""
        done = self.call("api-resources", "--no-headers")
        rows = [line.split() for line in done.out.splitlines()]
        found = {(row[-3], row[-1]): row[0] for row in rows if len(row) >= 4}
        if not found:
            raise failure(done, self.target)
        return found

    def get(self, kind: str, name: str, *options: str) -> Json | None:
        """Return an object; None if it or its kind does not exist."""
        try:
            answer = self.json("get", kind, name, "--output", "json", *options)
        except MissingError:
            return None
        return self._understood("get", lambda: checked_object(answer, kind))

    def labels_of_revisions(self, label: str) -> dict[int, str]:
        """Return a label of each revision that helm keeps."""
        line = "{range .items[*]}{.metadata.labels.version} {.metadata.labels." + label + '}{"\\n"}{end}'
        selector = f"owner=helm,name={self.target.release}"
        done = self.call("get", "secrets", "--selector", selector, "--output", f"jsonpath={line}")
        if not done.ok:
            raise failure(done, self.target)
        entries = (line.partition(" ") for line in done.out.splitlines())
        return {int(number): value for number, _, value in entries if value and number.isdecimal()}

    def known_contexts(self) -> list[str]:
        """Return the contexts of kubectl. Sends nothing."""
        return run(["kubectl", "config", "get-contexts", "--output", "name"], seconds=10).out.split()

    def current_context(self) -> str:
        """Return the current context of kubectl. Sends nothing."""
        return run(["kubectl", "config", "current-context"], seconds=10).out.strip()


def check_known(kubectl: Kubectl) -> None:
    """Raise ``OperationError`` if kubectl is missing or does not have the environment's context. Sends nothing."""
    require("kubectl")
    known, context = kubectl.known_contexts(), kubectl.target.context
    if context not in known:
        said = ", ".join(known) or "none"
        raise OperationError(
            f'kubectl has no context "{context}" of {kubectl.target.environment}, its contexts are {said}'
        )
