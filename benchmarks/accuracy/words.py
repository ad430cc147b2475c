"""The vocabulary of the invented newsroom: a storm coast, its councils, its ships. Written for this project.

A sentence is a pattern with slots. There are few patterns and many fillings on purpose: two posts may differ in a
number and a name only, as they do on real pages, and must still be told apart.
"""

from __future__ import annotations

from typing import Final

FIRST: Final = (
    "Mara", "Joel", "Ines", "Tomas", "Freya", "Anton", "Leila", "Oskar", "Petra", "Samir", "Greta", "Hugo", "Nadia",
    "Ruben", "Sofia", "Viktor", "Wanda", "Yusuf", "Zora", "Bruno", "Clara", "Dario", "Elif", "Farid",
)  # fmt: skip
LAST: Final = (
    "Lindqvist", "Okafor", "Marchetti", "Sandoval", "Petrenko", "Halloran", "Yilmaz", "Brandt", "Castellan", "Duarte",
    "Eriksen", "Fontaine", "Grigore", "Hassel", "Ivarsson", "Jansen", "Kovacs", "Lombard", "Moreau", "Novak",
    "Ortega", "Pereira", "Quist", "Rahimi",
)  # fmt: skip
PLACES: Final = (
    "Norvik", "Easthaven", "Port Callow", "Marrow Bay", "Stellan", "Brackwater", "Lower Fenn", "Ostrava Quay",
    "Saint Odile", "Kestrel Point", "Harrow Sound", "Dunmere", "Vellacott", "Tarn Hill", "Mossley Cross", "Grimsund",
    "Alder Reach", "Pellworth", "Crane Island", "Upper Sallow", "Beacon Head", "Riverside", "Corrie", "Whitmoor",
    "Lantern Street", "Oldgate", "Thorn Bridge", "Sable Cove", "Winterport", "Juniper Flats",
)  # fmt: skip
BODIES: Final = (
    "the fire service", "the harbour office", "the county council", "the rail operator", "the weather office",
    "the coastguard", "the power company", "the transport ministry", "the hospital trust", "the water board",
    "the ferry line", "the airport authority", "the teachers' union", "the port police", "the mayor's office",
    "the flood agency", "the district court", "the lifeboat crew",
)  # fmt: skip
THINGS: Final = (
    "the sea wall", "the main bridge", "the ferry terminal", "the north tunnel", "the market hall", "the old mill",
    "the ring road", "the power station", "the fish market", "the tram line", "the swimming hall", "the grain store",
    "the railway depot", "the water tower", "the west pier", "the town library", "the school gym", "the dry dock",
)  # fmt: skip
DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ADJECTIVES: Final = (
    "heavy", "sudden", "partial", "serious", "unusual", "limited", "visible", "gradual", "complete", "early",
    "stubborn", "widespread", "local", "modest", "dramatic",
)  # fmt: skip
NOUNS: Final = (
    "flooding", "damage", "delays", "disruption", "pressure", "movement", "leakage", "congestion", "erosion", "smoke",
    "subsidence", "traffic", "debris", "turbulence", "corrosion",
)  # fmt: skip
VERBS: Final = (
    "inspected", "evacuated", "reopened", "secured", "cleared", "closed", "searched", "repaired", "sealed", "restored",
    "surveyed", "abandoned", "reinforced", "drained",
)  # fmt: skip
SPEECH: Final = (
    "we have never seen the water this high", "nobody should travel tonight", "the worst is behind us",
    "our crews are exhausted but safe", "this was entirely avoidable", "we will rebuild it stone by stone",
    "people were calm and kind to each other", "the warning came far too late", "it sounded like a freight train",
    "the decision will be made in the morning", "we are asking everyone to stay indoors",
    "there is enough food for three days", "the tide turned just in time", "I would do the same again",
    "that promise was broken years ago", "every minute counted", "we owe the residents an answer",
    "the numbers do not add up", "nothing like it has happened in my lifetime", "help is on its way",
)  # fmt: skip

PATTERNS: Final = (
    "At least {n} people were treated for minor injuries in {place}, {body} says.",
    "{Body} says {n} homes near {place} are without electricity this evening.",
    "Crews have {verb} {thing} in {place} after reports of {adj} {noun}.",
    "{name} told reporters in {place} that {thing} would stay shut until {day}.",
    "“{speech},” said {name}, who speaks for {body}.",
    "The wind in {place} reached {n} kilometres an hour, according to {body}.",
    "Trains between {place} and {place2} are running with {adj} {noun}, and {body} expects no change before {day}.",
    "{Body} has {verb} {thing} and asks drivers to avoid the roads around {place2}.",
    "A spokesperson for {body} confirmed that {n} vehicles were moved from {thing}.",
    "{name} and {name2} visited {place} and were shown {adj} {noun} along {thing}.",
    "Engineers found {adj} {noun} beneath {thing}, {body} reports.",
    "The council in {place} has voted by {n} to {m} to keep {thing} open.",
    "Schools in {place} and {place2} will open late on {day}, {body} announced.",
    "{name} called for an inquiry into the {noun} at {thing}.",
    "“{speech},” {name} said outside {thing} on {day}.",
    "Some {n} passengers spent the night at {thing} in {place}.",
    "{Body} puts the cost of the {noun} at {n} million crowns.",
    "Volunteers from {place2} brought {n} blankets to {thing}.",
    "The river gauge at {place} showed {n} centimetres shortly before dawn, {body} notes.",
    "{name} said {body} had {verb} {thing} twice since {day}.",
    "A ship carrying {n} containers is waiting off {place} for calmer water.",
    "Helicopters {verb} {thing} while {body} looked for a way through the {noun}.",
    "There is {adj} {noun} on every road into {place2}, and {body} is turning lorries back.",
    "{Body} expects {adj} {noun} around {thing} until at least {day}.",
    "The bakery on the corner in {place} gave away {n} loaves, {name} says.",
    "Rescuers led by {name} {verb} {thing} within {n} minutes.",
    "“{speech},” {body} wrote in a short statement from {place}.",
    "Insurance adjusters counted {n} damaged roofs between {place} and {place2}.",
)  # fmt: skip
HEADLINES: Final = (
    "{n} treated for injuries in {place}",
    "{Thing} in {place} closed over {noun}",
    "{name} calls for an inquiry",
    "{Body} warns of {adj} {noun}",
    "Power cut hits {n} homes near {place}",
    "{place} and {place2} cut off by {noun}",
    "{Body}: {thing} to stay shut until {day}",
    "“{speech}”",
    "Trains halted between {place} and {place2}",
    "Cost of {noun} put at {n} million crowns",
    "{name} visits {place}",
    "Crews reach {thing} in {place}",
)  # fmt: skip
SHARED_HEADLINES: Final = ("Latest from the coast", "In pictures", "What we know so far", "Your messages")
"""Headlines that many posts carry, as they do on real pages."""

CLOSERS: Final = ("More follows.", "We will bring you more as we get it.", "Details are still coming in.")
BYLINES: Final = tuple(f"{first} {last}" for first, last in zip(FIRST[:9], LAST[5:14], strict=True))

SYNONYMS: Final = {
    "treated": "looked after", "evening": "night", "reports": "claims", "shut": "closed", "reached": "hit",
    "expects": "foresees", "asks": "urges", "confirmed": "said", "moved": "towed", "visited": "toured",
    "found": "discovered", "open": "running", "announced": "declared", "spent": "passed", "brought": "carried",
    "showed": "read", "waiting": "anchored", "looked": "searched", "roads": "routes", "turning": "sending",
    "around": "near", "counted": "listed", "damaged": "broken", "calmer": "quieter", "inquiry": "investigation",
    "drivers": "motorists", "people": "residents", "minor": "slight", "stay": "remain", "without": "lacking",
    "running": "operating", "change": "improvement", "avoid": "keep off", "beneath": "under", "keep": "hold",
    "notes": "adds", "twice": "two times", "lorries": "trucks", "wrote": "stated", "short": "brief",
    "while": "as", "according": "owing", "outside": "beside", "within": "inside", "gave": "handed",
}  # fmt: skip
"""Word → another wording of about the same sense; none differs from its word by two letters or fewer."""

CHROME: Final = (
    "Weather", "Sport", "Culture", "Puzzles", "Subscribe", "Contact us", "Most read", "Newsletters", "Podcasts",
    "Jobs", "Archive", "Crossword", "Opinion", "Travel", "Recipes", "Television guide",
)  # fmt: skip
ADVERTS: Final = (
    "Advertisement: boots for every weather, now half price",
    "Sponsored: plan your summer on the islands",
    "Advertisement: a new phone from 9 crowns a month",
    "Partner offer: three months of audiobooks for the price of one",
    "Advertisement: insulate your roof before winter",
)
CONSENT: Final = "We and our 812 partners value your privacy. Accept all cookies or manage your choices to continue."
