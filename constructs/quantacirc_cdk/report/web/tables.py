"""Sections that are tables: parity, cloud resources, security, images, and what outputs do not contain."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from quantacirc_cdk.model import Environment
from quantacirc_cdk.model.patches import Patch
from quantacirc_cdk.report.grouping import differences
from quantacirc_cdk.report.manifests import exceptions, images
from quantacirc_cdk.report.parity import UNDECLARED, summary
from quantacirc_cdk.report.stacks import StackResources
from quantacirc_cdk.report.web.data import ReportData
from quantacirc_cdk.report.web.parts import Cell, code, folded, heading, row, searched, section, table, where
from quantacirc_cdk.text.html import element


def parity_section(data: ReportData) -> Element:
    """Return the differences between environments, like components grouped."""
    names = data.parity["environments"]
    rows = []
    for one in differences(data.parity):
        values = [element("td", {"data-environments": name}, code(one.values[name])) for name in names]
        reason = UNDECLARED if one.undeclared else one.reason
        parameter = [code(one.shown)]
        if len(one.paths) > 1:
            parameter.append(folded(f"in {len(one.paths)} sections", ", ".join(one.sections)))
        rows.append(row([heading(*parameter), *values, reason], **({"class": "undeclared"} if one.undeclared else {})))
    columns: list[Cell] = [
        "parameter",
        *(element("th", {"scope": "col", "data-environments": name}, name) for name in names),
        "reason",
    ]
    found = table("parity-table", "Differences between environments", columns, rows)
    return section("parity", "Parity", summary(data.parity), searched("parity-table", "Find a parameter", found))


def stacks_section(data: ReportData) -> Element:
    """Return the cloud resources of each stack."""
    intro = (
        "How many resources of each type Terraform manages, by stack; point at a number to see their names. A "
        "bootstrap stack holds the state of its environment's stack."
    )
    if not data.stacks:
        return section("resources", "Cloud resources", "No environment has a Terraform stack.")
    kinds = sorted({kind for stack in data.stacks for kind in stack.types})
    rows = [row([heading(code(kind)), *(_resources(stack, kind) for stack in data.stacks)]) for kind in kinds]
    totals = [_count(str(sum(map(len, stack.types.values()))), stack) for stack in data.stacks]
    rows.append(row([heading("all types"), *totals], **{"class": "total"}))
    columns: list[Cell] = ["type", *(_stack_column(stack) for stack in data.stacks)]
    found = table("resources-table", "Cloud resources by stack", columns, rows)
    return section("resources", "Cloud resources", intro, searched("resources-table", "Find a type", found))


def _stack_column(stack: StackResources) -> Element:
    return element("th", {"scope": "col", "class": "number", "data-environments": stack.environment}, stack.stack)


def _resources(stack: StackResources, kind: str) -> Element:
    names = stack.types.get(kind, [])
    return _count(str(len(names)) if names else "", stack, ", ".join(names) or None)


def _count(text: str, stack: StackResources, names: str | None = None) -> Element:
    return element("td", {"class": "number", "data-environments": stack.environment, "title": names}, text)


def _few(names: Sequence[str]) -> Element | str:
    text = ", ".join(names)
    return text if len(names) <= 3 else folded(f"{names[0]} + {len(names) - 1}", text)


def security_section(data: ReportData) -> Element:
    """Return exceptions to *restricted*, and accepted findings with their days of expiry."""
    grouped: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for name, objects in data.objects.items():
        for one in exceptions(list(objects)):
            grouped[one].append(name)
    rows = [
        row([heading(workload), subject, allows, reason, where(found, data.names)], found)
        for (workload, subject, allows, reason), found in sorted(grouped.items())
    ]
    columns = ["workload", "for", "allows", "reason", "environments"]
    shown = table("exceptions-table", "Exceptions", columns, rows) if rows else element("p", {}, "There are none.")
    return section(
        "security",
        "Exceptions and waivers",
        "Declared exceptions of workloads to Pod Security Standards restricted, or to a read-only root file system.",
        shown,
        element("h3", {}, "Accepted findings"),
        element("p", {}, "From policy/waivers.yaml and policy/unpinned-images.yaml. An expired entry is marked."),
        *_accepted(data),
    )


def _accepted(data: ReportData) -> Iterator[Element]:
    if not data.accepted:
        yield element("p", {}, "There are none.")
        return
    rows = [
        row([
            heading(code(one.subject)), one.applies_to, one.reason,
            element("td", {}, element("time", {"datetime": one.expires.isoformat()}, one.expires.isoformat())),
        ])
        for one in sorted(data.accepted, key=lambda each: (each.expires, each.subject, each.applies_to))
    ]  # fmt: skip
    columns = ["finding", "applies to", "reason", "expires"]
    found = table("waivers-table", "Accepted findings", columns, rows)
    yield searched("waivers-table", "Find a finding", found)


def images_section(data: ReportData) -> Element:
    """Return all images, with what runs them, and whether a signature is required."""
    grouped: dict[tuple[str, tuple[str, ...], str], list[str]] = defaultdict(list)
    for name, objects in data.objects.items():
        for image, users in images(list(objects)).items():
            grouped[image, tuple(users), _signature(image, data.project.environments[name])].append(name)
    rows = [
        row([
            heading(code(image)), _few(users), where(found, data.names),
            "by digest" if "@sha256:" in image else "by tag", signature,
        ], found)
        for (image, users, signature), found in sorted(grouped.items())
    ]  # fmt: skip
    columns = ["image", "run by", "environments", "pinned", "signature"]
    intro = "The images of all containers. An admission policy of the cluster verifies a required signature."
    found = table("images-table", "Images", columns, rows)
    return section("images", "Images and signatures", intro, searched("images-table", "Find an image", found))


def _signature(image: str, environment: Environment) -> str:
    signature = environment.release.signature
    if signature is None or not image.startswith(f"{environment.registry}/"):
        return "not required"
    if not environment.cluster.addons.kyverno:
        return "declared, but no admission policy verifies it"
    return f"required, of {signature.subject}"


def others_section(data: ReportData) -> Element:
    """Return patches, and what an output cannot contain."""
    names = data.names
    patches: list[tuple[str, Patch, Sequence[str]]] = [
        (title, one, one.environments or names) for title, one in data.project.system.patches.items()
    ]
    for name, environment in sorted(data.project.environments.items()):
        patches += [(title, one, [name]) for title, one in environment.patches.items()]
    rows = [
        row([heading(code(title)), f"{one.kind} {one.name}", one.reason, where(list(found), names)], list(found))
        for title, one, found in sorted(patches, key=lambda each: each[0])
    ]
    left = [row([heading(one.output), one.subject, one.why]) for one in sorted(data.left_out)]
    create = [
        row(
            [
                heading(code(f"{one.kind} {one.name}")),
                ", ".join(need.keys),
                ", ".join(need.components),
                "start" if need.optional else "do not start",
                name,
            ],
            [name],
        )
        for name, needs in data.given.items()
        for one, need in needs.items()
    ]
    operators = [
        row(
            [
                heading(one.name),
                ", ".join(one.kinds),
                f"its component {one.component}" if one.component else "you",
                name,
            ],
            [name],
        )
        for name, several in data.operators.items()
        for one in several
    ]
    none = element("p", {}, "There are none.")
    return section(
        "others",
        "Patches, prerequisites and omissions",
        "Changes to generated objects that the model declares as patches.",
        table("patches-table", "Patches", ["patch", "object", "reason", "environments"], rows) if rows else none,
        element("h3", {}, "Prerequisites"),
        element("p", {}, "Objects that pods use and that you create, because nothing in the output does."),
        table(
            "prerequisites-table",
            "Prerequisites",
            ["object", "keys", "used by", "without it, the pods", "environment"],
            create,
        )
        if create
        else none,
        element("h3", {}, "Operators"),
        element("p", {}, "What a cluster needs, because the API refuses objects of these kinds otherwise."),
        table("operators-table", "Operators", ["operator", "kinds", "installed by", "environment"], operators)
        if operators
        else none,
        element("h3", {}, "Not in every output"),
        element("p", {}, "What an output cannot contain; the other outputs have it."),
        table("omissions-table", "Omissions", ["output", "without", "reason"], left)
        if left
        else element("p", {}, "There is nothing."),
    )
