"""Rules for the usual values of a chart, for any components and objects."""
