"""A newsroom in a box: a live blog that is edited, and receivers to watch; for the demo and for tests."""
