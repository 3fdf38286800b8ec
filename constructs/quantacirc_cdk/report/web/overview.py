"""Sections about the environments: what they are, what they request, what they cost."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from quantacirc_cdk.report.capacity import Requests, monthly_cost, requests, unpriced
from quantacirc_cdk.report.web.data import ReportData
from quantacirc_cdk.report.web.parts import Cell, cores, gibibytes, heading, money, number, row, section, table
from quantacirc_cdk.text.html import element


def environments_section(data: ReportData) -> Element:
    """Return the environments with their targets and versions."""
    rows = [
        row(
            [
                heading(name),
                one.environment.description,
                one.environment.target,
                one.environment.release.version,
                one.environment.domain,
                one.environment.delivery,
                one.environment.cluster.kubernetes_version,
            ],
            [name],
        )
        for name, one in data.sites.items()
    ]
    columns = ["environment", "purpose", "target", "version", "domain", "delivery", "Kubernetes"]
    intro = "Choose an environment at the top of the page to see only its rows."
    return section("environments", "Environments", intro, table("environments-table", "Environments", columns, rows))


def capacity_section(data: ReportData) -> Element:
    """Return the sums of requests, and the estimate of costs."""
    sums = {name: requests(site, data.objects[name]) for name, site in data.sites.items()}
    rows = [
        row([heading(name), when, *_amounts(found)], [name])
        for name, pair in sums.items()
        for when, found in zip(("minimum", "maximum"), pair, strict=True)
    ]
    columns: list[Cell] = [
        "environment",
        "load",
        *(_right(one) for one in ("pods", "CPU, cores", "memory, GiB", "volumes, GiB")),
    ]
    intro = (
        "Requests of all pods. At the minimum, autoscalers run their minimum and no job runs. At the maximum, they "
        "run their maximum, with the additional pods of a rollout, and all jobs run and keep their volumes."
    )
    return section(
        "capacity",
        "Capacity and cost",
        intro,
        table("capacity-table", "Requests by environment", columns, rows),
        *_costs(data, sums),
    )


def _amounts(found: Requests) -> list[Element]:
    shown = [f"{found.pods:,}", cores(found.cpu), gibibytes(found.memory), gibibytes(found.storage)]
    return [number(one) for one in shown]


def _right(text: str) -> Element:
    return element("th", {"scope": "col", "class": "number"}, text)


def _costs(data: ReportData, sums: dict[str, tuple[Requests, Requests]]) -> Iterator[Element]:
    rows: list[Element] = []
    left: dict[str, None] = {}
    clouds: dict[str, None] = {}
    for name, site in data.sites.items():
        lines = monthly_cost(site, data.prices, *sums[name])
        if not lines:
            continue
        clouds.setdefault(site.environment.target)
        left |= dict.fromkeys(unpriced(site))
        rows += [
            row([heading(name), one.what, number(money(one.rest)), number(money(one.most))], [name]) for one in lines
        ]
        total = [money(sum(one.rest for one in lines)), money(sum(one.most for one in lines))]
        rows.append(row([heading(name), "total", *map(number, total)], [name], **{"class": "total"}))
    if not rows:
        yield element("p", {}, "No environment runs in a cloud that the price table has, so there is no cost estimate.")
        return
    prices = data.prices
    yield element("h3", {}, "Cost estimate for a month")
    yield element(
        "p",
        {"class": "estimate"},
        element("strong", {}, "An estimate, not a quote: "),
        f"list prices of {prices.as_of.isoformat()} in {prices.currency}, on demand, for the nodes and databases that "
        "the environments declare. It leaves out traffic, requests, logs, backups, load balancers, taxes and discounts",
        f", and {' and '.join(left)}, whose price depends on their use." if left else ".",
        " Put your own prices into apps/prices.yaml.",
    )
    columns: list[Cell] = [
        "environment",
        "what",
        _right(f"minimum, {prices.currency}"),
        _right(f"maximum, {prices.currency}"),
    ]
    yield table("cost-table", "Cost estimate by environment", columns, rows)
    yield element(
        "p",
        {"class": "note"},
        "Prices: ",
        "; ".join(f"{one} in {prices.clouds[one].region} ({prices.clouds[one].source})" for one in clouds),
        ".",
    )
