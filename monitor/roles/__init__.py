"""The long-running programs: they take ports, never adapters, and decide nothing the core can decide."""
