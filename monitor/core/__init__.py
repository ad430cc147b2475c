"""Pure: no I/O, no clock, no randomness, no environment, no async; ``now`` is an argument."""
