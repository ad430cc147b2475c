"""Times as intervals: what a page's words about a time can mean, given when its copy was made.

A text of minute precision is the whole minute, a date the whole day, "5 min ago" the minute five to six minutes
before the anchor: another notation, a gain in precision or a ticking label always meets its old span, and only a
re-timestamped post does not. The anchor is the copy's *generation* time, not the moment it reached us.
"""

from monitor.core.times.instants import zone_of
from monitor.core.times.machine import read_machine
from monitor.core.times.reading import AHEAD, half_unit, line_kind, read, rounded

__all__ = ["AHEAD", "half_unit", "line_kind", "read", "read_machine", "rounded", "zone_of"]
