"""Run every generator over a project and put the result in place, whole or not at all."""

from quantacirc_cdk.synth.runner import PARTS, Event, Summary, check, synthesize

__all__ = ["PARTS", "Event", "Summary", "check", "synthesize"]
