"""What the simulated newsroom writes about: places and sentences made up for it."""

from __future__ import annotations

PLACES = ("Northquay", "Ellmouth", "Sandrigg", "Upper Tarn", "Holmby", "St Aldate", "Crail Point")

HEADLINES = (
    "Ferries stay in harbour at {place}",
    "{place} opens its school hall",
    "Wind speeds break a record at {place}",
    "Bridge to {place} closed",
    "Crews reach {place} by boat",
)

TURNS = (
    "what we know",
    "officials urge calm",
    "residents wait for news",
    "the picture at this hour",
    "council meets tonight",
    "repairs under way",
)

BODIES = (
    "At least {number} vessels will not leave before first light, the harbour master of {place} says.",
    "Volunteers have filled more than {number}00 sandbags in {place} since noon.",
    "In the {number}th hour of the storm the mayor of {place} told reporters: “We have seen worse.”",
    "Some {number} engineers are on their way to {place}, a spokeswoman for the grid operator said.",
    "The coast road is passable again for {number} miles beyond {place}.",
    "Forecasters expect the eye of the storm to pass {place} within {number} hours.",
    "Hotels near {place} still had {number} rooms for stranded travellers.",
)
