"""Adapters meet the outside world; none imports another (the guard aside), only ``bootstrap`` knows them all."""
