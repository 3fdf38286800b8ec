"""Start a process: what the images' entry points call."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from difflib import get_close_matches

from quantacirc import roles
from quantacirc.config import PREFIX, Config, ConfigError, read
from quantacirc.service import Service


def agent() -> int:
    """Run the agent or the orchestrator that ``QUANTACIRC_AGENT``, or the first argument, names."""
    from quantacirc.agent import Agent
    from quantacirc.orchestrator import Orchestrator

    makers: dict[str, Callable[[Config], Service]] = {name: Agent for name in roles.AGENTS}
    return _run({**makers, roles.ORCHESTRATOR: Orchestrator}, f"{PREFIX}AGENT")


def monitor() -> int:
    """Run the exporter or the anomaly detector, as the first argument or ``QUANTACIRC_MONITOR`` says."""
    from quantacirc.anomaly import AnomalyDetector
    from quantacirc.exporter import Exporter

    return _run({roles.EXPORTER: Exporter, roles.ANOMALY_DETECTOR: AnomalyDetector}, f"{PREFIX}MONITOR")


def _run(makers: dict[str, Callable[[Config], Service]], variable: str) -> int:
    logging.basicConfig(level=os.environ.get("LOG_LEVEL", "INFO"), format="%(levelname)s %(name)s: %(message)s")
    role = sys.argv[1] if len(sys.argv) > 1 else os.environ.get(variable, "")
    if role not in makers:
        near = get_close_matches(role, makers, n=1) or sorted(makers)
        print(f'error: {variable} is "{role}", expected {" or ".join(near)}', file=sys.stderr)
        return 2
    try:
        service = makers[role](read(role))
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    asyncio.run(service.run())
    return 0
