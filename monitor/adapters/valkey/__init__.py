"""State in Redis or Valkey: one table of keys, atomic scripts, and the stores the roles see through ports."""
