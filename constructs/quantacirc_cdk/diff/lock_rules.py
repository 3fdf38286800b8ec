"""Effects of changes of Terraform's dependency lock file beside a stack.

https://developer.hashicorp.com/terraform/language/files/dependency-lock
"""

from collections.abc import Iterator

from quantacirc_cdk.diff.fields import ABSENT, FieldChange, Json
from quantacirc_cdk.diff.impact import Finding, Impact, rule
from quantacirc_cdk.provider_locks.lock_file import LockedProvider
from quantacirc_cdk.provider_locks.problems import problems

LOCKS = "https://developer.hashicorp.com/terraform/language/files/dependency-lock"

# fmt: off
SELECTED = rule("provider-version", Impact.IN_PLACE, source=LOCKS,
     says="the next plan and apply use another version of the provider; review the plan of every resource")
UNPINNED = rule("provider-unpinned", Impact.IN_PLACE, source=LOCKS,
     says="each `terraform init` selects the newest version that the stack accepts")
PINNED = rule("provider-pinned", Impact.NO_OP, source=LOCKS,
     says="every `terraform init` selects this version, and accepts only packages with these hashes")
PACKAGES = rule("provider-packages", Impact.NO_OP, source=LOCKS,
     says="`terraform init` accepts the packages of other platforms")
OTHER_PACKAGES = rule("provider-other-packages", Impact.WIDENS_ACCESS, source=LOCKS,
     says="`terraform init` accepts other archives of the same version, although the registry's list of a "
          "version never changes: find out where these hashes come from")
INCOMPLETE = rule("provider-lock-incomplete", Impact.NO_OP, source=LOCKS,
     says="the lock file does not fit the stack: run `qcdk provider-locks`, and commit the file")
# fmt: on

Locks = dict[str, LockedProvider] | None


def compare_locks(before: Locks, after: Locks, former: Json, stack: Json) -> Iterator[tuple[str, list[Finding]]]:
    """Yield each provider whose lock differs with its findings, and ``stack`` with what its lock file lacks.

    ``former`` and ``stack`` are the stack before and after. A stack that lacked the same before is not repeated.
    """
    if not stack:
        return
    for name in sorted({*(before or {}), *(after or {})}):
        findings = list(_provider((before or {}).get(name), (after or {}).get(name)))
        if findings:
            yield name.partition("/")[2], findings
    known = set(problems(former, before)) if former else set()
    lacking = [problem for problem in problems(stack, after) if problem not in known]
    if lacking:
        change = FieldChange(path=("lock",), before=ABSENT, after=ABSENT, old={}, new={})
        yield "stack", [Finding(rule=INCOMPLETE, change=change, note=problem) for problem in lacking]


def _provider(old: LockedProvider | None, new: LockedProvider | None) -> Iterator[Finding]:
    if old is None or new is None:
        given, rule = (new, PINNED) if new is not None else (old, UNPINNED)
        arguments = {"version": given.version if given else ""}
        sides = (ABSENT, arguments) if old is None else (arguments, ABSENT)
        yield Finding(
            rule=rule,
            change=FieldChange(
                path=(), before=sides[0], after=sides[1],
                old=arguments if old else {}, new=arguments if new else {},
            ),
        )  # fmt: skip
        return
    if old.version != new.version:
        change = FieldChange(path=("version",), before=old.version, after=new.version, old={}, new={})
        yield Finding(rule=SELECTED, change=change)
    elif set(old.hashes) != set(new.hashes):
        lists = [{one for one in each.hashes if one.startswith("zh:")} for each in (old, new)]
        other = lists[0] and lists[1] - lists[0]
        change = FieldChange(
            path=("hashes",), before=sorted({*old.hashes} - {*new.hashes}), after=sorted({*new.hashes} - {*old.hashes}),
            old={}, new={},
        )  # fmt: skip
        yield Finding(rule=OTHER_PACKAGES if other else PACKAGES, change=change)
