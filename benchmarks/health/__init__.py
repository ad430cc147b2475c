"""How soon a reader with stock commands knows which role stopped, and what the rounds cost."""
