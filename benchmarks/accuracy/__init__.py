"""How often detection is right, measured: generated newsrooms with exact truth, and recordings of real pages."""
