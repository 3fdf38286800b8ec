"""Plan and apply a Terraform stack, and find drift: what is applied is the reviewed plan, or nothing."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from quantacirc_cdk.diff import FORMATS, Report, report_on_plan
from quantacirc_cdk.errors import Problem, nearest
from quantacirc_cdk.operations.kubectl import OperationError
from quantacirc_cdk.operations.terraform import LOCKED, STALE, Ended, Terraform, holder
from quantacirc_cdk.reading import parse_json
from quantacirc_cdk.text.markdown import code

DONE, DRIFTED, REFUSED, HALF, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit statuses: done; something drifted; refused, nothing changed; changed in part; interrupted."""
PLAN, RECORD, SUMMARY, LOCK = "plan", "record.json", "summary.md", "terraform.lock.hcl"
"""Files of a plan's folder. None is hidden: servers leave hidden files out of what they keep."""
STACKS = "terraform/stacks"
CONFLICT = "errored.tfstate"
"""File in which Terraform leaves a state that it could not write."""
_LOCK_FILE = ".terraform.lock.hcl"
_LEFT_OUT = (".terraform", CONFLICT, "terraform.tfstate")
_PLANNED = {0: False, 2: True}
"""Whether there are changes, by exit status of ``terraform plan -detailed-exitcode``."""

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a plan was made of, and which plan it is."""

    stack: str
    plan: str
    """SHA-256 of the plan's file."""
    configuration: str
    """SHA-256 of the files of the stack, with the lock file of its providers."""
    terraform: str
    """Version of Terraform, which alone can apply the plan."""
    changes: bool


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack of the output, and the folder for its plan."""

    name: str
    folder: Path
    planned: Path

    @property
    def terraform(self) -> Terraform:
        """Terraform in the stack's folder. What it downloads is beside the plan, which pipelines hand on as a whole."""
        folder = self.planned.resolve()
        return Terraform(folder=self.folder, data=folder.with_name(f".{folder.name}.terraform"))

    def summary(self, report: Report, record: Record | None = None) -> str:
        """Return what will change as Markdown: for a pull request, or for the approval."""
        lines = [f"## Infrastructure: {code(self.name)}", ""]
        lines += [FORMATS["markdown"](report) if report.objects else "No changes.\n"]
        if record is not None:
            lines += [f"Plan {code(record.plan)}, made by Terraform {record.terraform}.", ""]
        return "\n".join(lines)


def find(output: Path, name: str, planned: Path | None) -> Stack:
    """Return a stack in ``output``. Raises ``OperationError`` if there is none of this name."""
    stacks = sorted(folder.parent.name for folder in (output / STACKS).glob("*/*.tf.json"))
    if name not in stacks:
        if not stacks:
            raise OperationError(Problem(what=f"no stacks in {output}", expected="the output: run `qcdk synth`"))
        raise OperationError(Problem(what=f'no stack "{name}"', expected=nearest(name, stacks)))
    folder = planned or output.parent / "build" / "infrastructure" / name
    return Stack(name=name, folder=output / STACKS / name, planned=folder)


def plan(stack: Stack, say: Say) -> Report:
    """Plan a stack, and write the plan, a summary and a record to its folder.

    It takes no lock, so that it needs no permission to write; an apply refuses a plan whose state has changed since.
    Raises ``OperationError`` if there is no plan.
    """
    _clear(stack.planned)
    version = stack.terraform.version()
    _initialize(stack, say)
    file = stack.planned.resolve() / PLAN
    ended = stack.terraform.stream("plan", "-json", "-lock=false", "-detailed-exitcode", f"-out={file}")
    changes = _planned(stack, ended)
    file.chmod(0o600)
    report = report_on_plan(stack.terraform.show(file), stack.name)
    record = Record(
        stack=stack.name,
        plan=_sha256(file.read_bytes()),
        configuration=_configuration(stack.folder),
        terraform=version,
        changes=changes,
    )
    if (stack.folder / _LOCK_FILE).exists():  # There is none without providers.
        shutil.copy(stack.folder / _LOCK_FILE, stack.planned / LOCK)
    (stack.planned / SUMMARY).write_text(stack.summary(report, record), encoding="utf-8")
    (stack.planned / RECORD).write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
    return report


def drift(stack: Stack, lock_seconds: int, say: Say) -> Report | None:
    """Return how what runs differs from the stack; None if it does not. Writes a summary to the folder if it does.

    Raises ``OperationError`` if there is no answer, also while the state is locked for longer than ``lock_seconds``.
    """
    _clear(stack.planned)
    _initialize(stack, say)
    file = stack.planned.resolve() / PLAN
    lock = f"-lock-timeout={lock_seconds}s"
    ended = stack.terraform.stream("plan", "-json", lock, "-detailed-exitcode", f"-out={file}")
    try:
        if not _planned(stack, ended):
            return None
        report = report_on_plan(stack.terraform.show(file), stack.name)
    finally:
        file.unlink(missing_ok=True)
    (stack.planned / SUMMARY).write_text(stack.summary(report), encoding="utf-8")
    return report


def read_planned(stack: Stack) -> Record:
    """Return the record of the plan in the stack's folder.

    Raises ``OperationError`` unless plan, stack and files are those of the record.
    """
    record = _record(stack.planned / RECORD)
    file = stack.planned / PLAN
    again = f"another plan: `qcdk plan {stack.name}`"
    if record.stack != stack.name:
        raise OperationError(Problem(file=str(file), what=f"a plan of {record.stack}", expected=f"one of {stack.name}"))
    if not file.is_file() or _sha256(file.read_bytes()) != record.plan:
        raise OperationError(
            Problem(file=str(file), what="not the plan that was made with the summary", expected=again)
        )
    kept, own = stack.planned / LOCK, stack.folder / _LOCK_FILE
    if kept.exists() and not own.exists():
        shutil.copy(kept, own)
    if _configuration(stack.folder) != record.configuration:
        what = f"a plan of other files than those in {stack.folder}"
        raise OperationError(Problem(file=str(file), what=what, expected=again))
    version = stack.terraform.version()
    if version != record.terraform:
        what = f"a plan of Terraform {record.terraform}, but this is {version}"
        raise OperationError(Problem(file=str(file), what=what, expected=f"the same version, or {again}"))
    return record


def show(stack: Stack, say: Say) -> Report:
    """Return what the plan in the stack's folder will do, read from the plan itself."""
    _initialize(stack, say)
    return report_on_plan(stack.terraform.show(stack.planned.resolve() / PLAN), stack.name)


def apply(stack: Stack, lock_seconds: int, say: Say) -> int:
    """Apply the plan in the stack's folder, which ``read_planned`` has checked, and return the exit status.

    Raises ``OperationError`` if nothing was changed.
    """
    file = stack.planned.resolve() / PLAN
    ended = stack.terraform.stream("apply", "-json", f"-lock-timeout={lock_seconds}s", str(file), on_message=say)
    if ended.status == 0:
        say(f"{stack.name} is applied: {_counted(ended)}")
        return DONE
    if not ended.started:
        if ended.interrupted:
            say("interrupted; nothing was changed")
            return INTERRUPTED
        raise OperationError(_reasons(stack, ended))
    for problem in ended.problems(stack.name):
        say(f"error: {problem}")
    for address in [one for one in ended.started if one not in ended.completed]:
        say(f"error: {address} is not complete")
    if (stack.folder / CONFLICT).exists():
        say(f"error: the state could not be written; keep {stack.folder / CONFLICT}, which is the state now")
        say(f"to write it: terraform -chdir={stack.folder} state push {CONFLICT}")
    else:
        say(f"the state has what was changed: {_counted(ended)}. To go on: qcdk plan {stack.name}, and apply that plan")
    return INTERRUPTED if ended.interrupted else HALF


def _counted(ended: Ended) -> str:
    done = len(ended.completed)
    return f"{done} resource{'' if done == 1 else 's'} changed"


def _clear(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in (PLAN, RECORD, SUMMARY, LOCK):
        (folder / name).unlink(missing_ok=True)


def _initialize(stack: Stack, say: Say) -> None:
    locked = (stack.folder / _LOCK_FILE).exists()
    readonly = ["-lockfile=readonly"] if locked else []
    if not locked:
        say(f"note: {stack.name} has no {_LOCK_FILE}: the newest providers are taken (docs/terraform-bootstrap.md)")
    # The folder for its data is ours alone, so no state is ever moved.
    ended = stack.terraform.stream("init", "-json", "-input=false", "-reconfigure", *readonly)
    if ended.status != 0:
        raise OperationError(_reasons(stack, ended))


def _planned(stack: Stack, ended: Ended) -> bool:
    """Return whether a plan has changes. Raises ``OperationError`` if there is no plan."""
    if ended.interrupted:
        raise KeyboardInterrupt
    if ended.status not in _PLANNED:
        raise OperationError(_reasons(stack, ended))
    return _PLANNED[ended.status]


def _reasons(stack: Stack, ended: Ended) -> list[Problem]:
    """Return why Terraform has changed nothing."""
    if (locked := ended.said(LOCKED)) is not None:
        who, name = holder(locked)
        command = f"terraform -chdir={stack.folder} force-unlock {name}"
        release = f"; if that run is over, release it: {command}" if name else ""
        return [Problem(key=stack.name, what=f"the state is locked by {who}; nothing was changed{release}")]
    if ended.said(STALE) is not None:
        what = "the state has changed since the plan was made; nothing was changed"
        return [Problem(key=stack.name, what=what, expected=f"another plan: `qcdk plan {stack.name}`")]
    return ended.problems(stack.name)


def _record(path: Path) -> Record:
    expected = "the folder that `qcdk plan` has written"
    try:
        document: Any = parse_json(path.read_bytes())
        types = {
            one.name: {"str": str, "bool": bool}[str(getattr(one.type, "__name__", one.type))] for one in fields(Record)
        }
        if not isinstance(document, dict) or {key: type(value) for key, value in document.items()} != types:
            raise ValueError("other keys")
    except (OSError, ValueError):
        raise OperationError(Problem(file=str(path), what="no record of a plan", expected=expected)) from None
    return Record(**document)


def _configuration(folder: Path) -> str:
    """Return the SHA-256 of the files of a stack, without what Terraform keeps there."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    found = [
        f"{_sha256(path.read_bytes())}  {path.relative_to(folder).as_posix()}\n"
        for path in files
        if path.name == _LOCK_FILE or not path.relative_to(folder).parts[0].startswith(_LEFT_OUT)
    ]
    return _sha256("".join(found).encode())


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
