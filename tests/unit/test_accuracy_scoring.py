"""The scoring: what is right counts once, what is wrong counts against, and floors hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.accuracy import cells, floors, gate, peers, readers, scoring, series
from benchmarks.accuracy.bars import at_least, at_most
from benchmarks.accuracy.frame import Template
from benchmarks.accuracy.newsroom import Habits
from benchmarks.accuracy.readers import Line
from benchmarks.accuracy.scoring import Cell, Told
from benchmarks.accuracy.series import TYPES
from benchmarks.accuracy.templates_plain import TEMPLATES
from monitor.core.extract import extract
from monitor.model import Page, Snapshot, Source

JSON = next(template for template in TEMPLATES if template.name == "json")


def test_telling_the_truth_scores_one() -> None:
    """Told exactly what is true, every type has F1 1.0 and nothing is a false alert."""
    cell = Cell(JSON, "stable", "kept")
    made = series.copies(4, Habits(), clocked=True)
    truth = series.truth(made, cell.shown)
    tally = scoring.score(made, truth, [Told(one.first, one.type, one.uid, "") for one in truth if not one.open], TYPES)
    assert [tally.f1(name) for name in TYPES] == [1.0] * len(TYPES)
    assert tally.alarms == 0


def test_silence_and_noise_score_badly() -> None:
    """Told nothing, recall is 0; a change told twice is right once and wrong once."""
    cell = Cell(JSON, "stable", "kept")
    made = series.copies(4, Habits(), clocked=True)
    truth = [one for one in series.truth(made, cell.shown) if not one.open]
    assert scoring.score(made, truth, [], TYPES).recall("added") == 0.0
    twice = [Told(one.first, one.type, one.uid, "") for one in truth for _ in range(2)]
    tally = scoring.score(made, truth, twice, TYPES)
    assert tally.precision("added") == 0.5
    assert tally.recall("added") == 1.0


def test_a_change_of_another_post_or_at_another_time_is_wrong() -> None:
    """The right type of the wrong post, or three copies late, is invented and leaves the true one missed."""
    made = series.copies(4, Habits(), clocked=True)
    truth = [one for one in series.truth(made, Cell(JSON, "stable", "kept").shown) if one.type == "edited"][:1]
    for told in (Told(truth[0].first, "edited", -1, ""), Told(truth[0].last + 3, "edited", truth[0].uid, "")):
        tally = scoring.score(made, truth, [told], TYPES)
        assert (tally.right["edited"], tally.invented["edited"], tally.missed["edited"]) == (0, 1, 1)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_a_template_prints_every_post(template: Template) -> None:
    """Every headline's and body's words of a copy stand in its bytes, in every regime of ids."""
    made = series.copies(7, Habits(), clocked=True)[:1]
    for ids in template.regimes:
        body = scoring.rendered(Cell(template, ids, "kept"), 7, made[0]).decode()
        for story in made[0].view.stories:
            assert any(word in body for word in story.text.body[0].split()[:3])


def test_json_and_jsonld_are_read_as_they_were_written() -> None:
    """What extraction finds in two templates is the view that was rendered: the truth is about what is on the page."""
    made = series.copies(7, Habits(), clocked=True)[0]
    for template in TEMPLATES:
        if template.name in ("json", "jsonld"):
            source = Source(name="storm", url="https://coast.example/live/storm", extract=template.rules)
            seen, body = scoring.observed(Cell(template, "stable", "kept"), 7, made)
            assert isinstance(seen, Snapshot)
            assert body is not None
            page = extract(body, seen, source)
            assert isinstance(page, Page)
            assert [post.body for post in page.posts] == [story.text.body for story in made.view.stories]


def test_what_cannot_exist_is_not_measured() -> None:
    """A feed has no removals and a page without times no re-timed posts."""
    rss = next(template for template in TEMPLATES if template.name == "rss")
    assert Cell(rss, "stable", "kept").types == ("added", "edited", "retimed")
    assert "retimed" not in Cell(JSON, "absent", "none").types


def test_cells_cover_the_issue() -> None:
    """At least eight templates under five regimes of ids, every cell under one bar."""
    every = list(cells.every())
    whole = {cell.template.name for cell in every if len(cell.template.regimes) == 5}
    assert len(whole) >= 8
    assert len({cell.name for cell in every}) == len(every)
    assert all(cells.group_of(cell) in cells.GROUPS for cell in every)


def test_a_floor_sinks_only_when_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pinning refuses a lower share or a higher count and writes nothing; it obeys the flag; better values rise."""
    monkeypatch.setattr(floors, "FILE", tmp_path / "floors.json")
    monkeypatch.setattr(floors, "fingerprints", lambda: {"generator": "a", "corpus": None})
    good = [at_least("share", 0.9, None), at_most("count", 1, None)]
    assert floors.pin("fast", good, allow_regression=False) == []
    for worse in ([at_least("share", 0.8, None)], [at_most("count", 2, None)]):
        assert [one.bar.name for one in floors.pin("fast", worse, allow_regression=False)] == [worse[0].name]
        assert dict(floors.pinned("fast")) == {"share": 0.9, "count": 1}
    assert floors.pin("fast", [at_least("share", 0.8, None)], allow_regression=True) == []
    assert floors.pinned("fast")["share"] == 0.8
    assert floors.pinned("full") == {}


def test_a_reader_reads_its_ticker() -> None:
    """The hand-written readers give clock and words of each post, and nothing of adverts and boards."""
    both = '<td class="tdTickerIcon"><div class="tickerZeit">{}</div></td><td><div class="ltereigtxt">{}</div></td>'
    row = f"<tr>{both}</tr>"
    advert = '<tr class="livecom"><td>Boots<script>1</script></td></tr>'
    html = "<table>" + row.format("18:01", "Kick-off.") + advert + row.format("18:00", "Teams!") + "</table>"
    assert readers.html_ticker(html.encode()) == [
        Line("18:01", "kick off", "Kick-off."),
        Line("18:00", "teams", "Teams!"),
    ]
    newer, older = "20:25\n   68.\n\n   A header, saved.\n\n   Wer gewinnt?\n\n", "20:24\n   67.\n   A goal\n"
    text = f"   20:00\n   Alle Tore\n   {newer}   {older}"
    read = [Line("20:25", "a header saved", "Aheader,saved."), Line("20:24", "a goal", "Agoal")]
    assert readers.text_ticker(text.encode()) == read


def test_aligned_by_text() -> None:
    """A reader's posts keep their identity through an edit, an empty snapshot and a new post above them."""
    one, two = Line("18:01", "the first corner of the match"), Line("18:05", "a yellow card for the captain")
    longer = Line("18:01", "the first corner of the match brings nothing", "longer")
    sights = readers.aligned([[one], [], [two, longer]])
    assert [(set(sight.added), set(sight.edited)) for sight in sights] == [(set(), set()), (set(), set()), ({1}, {0})]


def test_the_comparison_is_told_right() -> None:
    """Of the ten scenarios of the comparison each is told as it is, in one alert an event and none for noise."""
    assert [(one.name, one.types) for one in peers.measure() if not one.is_right] == []


def test_the_comparison_in_the_docs_is_what_the_command_prints() -> None:
    """Each row of docs/accuracy.md ends with the alerts and the size measured; of one alert its type and class too."""
    docs = (Path(__file__).parents[2] / "docs" / "accuracy.md").read_text(encoding="utf-8")
    ours = {row[1].strip(): row[-2].strip() for line in docs.splitlines() if len(row := line.split("|")) == 8}
    measured = {one.name: one for one in peers.measure()}

    assert {name for name in ours if name in measured} == set(measured)
    for name, one in measured.items():
        size = f" · {one.size / 1000:.1f} kB" if one.types else ""
        told = f", {one.in_words}" if len(one.types) == 1 else ""
        assert ours[name].startswith(f"{len(one.types)}{size}{told}"), (name, ours[name])
    assert "class `number`" in measured["a number, 12 → 13"].in_words


def test_where_all_cells_are_alike_none_is_called_the_worst() -> None:
    """With one F1 in every cell of a group the table says so; with two it names the lowest."""
    perfect = scoring.Tally()
    tallies = {cell.name: perfect for cell in cells.every() if cells.group_of(cell) == cells.BARE}

    notes = [bar.note for bar in gate._of_cells(tallies) if "F1" in bar.name]

    assert notes
    assert all(note.startswith("every cell; ") for note in notes)
