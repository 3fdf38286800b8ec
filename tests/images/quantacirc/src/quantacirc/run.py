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
    """Run the agent or the orchestrator that the first argument or ``QUANTACIRC_AGENT`` names."""
    from quantacirc.agent import Agent
    from quantacirc.orchestrator import Orchestrator

    makers: dict[str, Callable[[Config], Service]] = dict.fromkeys(roles.AGENTS, Agent)
    return _run({**makers, roles.ORCHESTRATOR: Orchestrator}, "AGENT")


def monitor() -> int:
    """Run the exporter or the anomaly detector that the first argument or ``QUANTACIRC_MONITOR`` names."""
    from quantacirc.anomaly import AnomalyDetector
    from quantacirc.exporter import Exporter

    return _run({roles.EXPORTER: Exporter, roles.ANOMALY_DETECTOR: AnomalyDetector}, "MONITOR")


def _run(makers: dict[str, Callable[[Config], Service]], variable: str) -> int:
    logging.basicConfig(level=os.environ.get("LOG_LEVEL", "INFO"), format="%(levelname)s %(name)s: %(message)s")
    candidates = (*sys.argv[1:2], *(os.environ.get(f"{PREFIX}{name}", "") for name in (variable, "COMPONENT")))
    role = next(filter(None, candidates), "")
    if role not in makers:
        near = get_close_matches(role, makers, n=1) or sorted(makers)
        print(f'error: {PREFIX}{variable} is "{role}", expected {" or ".join(near)}', file=sys.stderr)
        return 2
    try:
        service = makers[role](read(role))
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    asyncio.run(service.run())
    return 0
