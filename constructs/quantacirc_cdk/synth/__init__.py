"""Run every generator over a project and put the result in place, whole or not at all."""

from quantacirc_cdk.synth.comparison import Comparison
from quantacirc_cdk.synth.runner import PARTS, Event, Summary, check, synthesize

__all__ = ["PARTS", "Comparison", "Event", "Summary", "check", "synthesize"]
