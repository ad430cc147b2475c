"""Significance: each edit has one class, with reasons a person can read."""

from __future__ import annotations

import time

import pytest
from hypothesis import given

from monitor.core.compare import redline
from monitor.core.compare.identity import digest
from monitor.core.compare.notices import notice
from monitor.core.compare.significance import SCORES, judge
from monitor.model import Significance, Version
from tests.kit.strategies import paragraphs


def version(headline: str, *body: str, author: str | None = None, media: tuple[str, ...] = ()) -> Version:
    """A version without times."""
    return Version(
        headline=headline,
        body=body,
        author=author,
        published=None,
        modified=None,
        media=media,
        sha256=digest(headline, body, author, media),
    )


def judged(before: Version, after: Version) -> Significance:
    """The significance of an edit, with the fields and redlines tracking would give."""
    fields = [name for name in ("headline", "body", "author", "media") if getattr(before, name) != getattr(after, name)]
    lines = {
        "headline": redline.of_line(before.headline, after.headline),
        "body": redline.of_paragraphs(before.body, after.body),
    }
    return judge(before, after, fields, lines)


QUIET = "Police said on Monday that at least 14 people were hurt when the old roof of the hall came down."

CASES = [
    ("number", QUIET.replace("14", "17"), "14 → 17"),
    ("name", QUIET.replace("Monday", "Tuesday"), "Monday → Tuesday"),
    ("typo", QUIET.replace("people", "poeple"), "people → poeple"),
    ("wording", QUIET.replace("hurt", "badly injured"), "“hurt” → “badly injured”"),
    ("wording", QUIET.replace("old ", ""), "removed “old”"),
    ("punctuation", QUIET.replace("Monday", "Monday,"), "added “,”"),
    ("correction", QUIET + " An earlier version of this post gave another day.", "“an earlier version of this”"),
]


@pytest.mark.parametrize(("name", "text", "reason"), CASES, ids=[case[2] for case in CASES])
def test_an_edit_of_one_kind_has_its_class(name: str, text: str, reason: str) -> None:
    """A single edit of a known kind gets that kind's class and names what changed."""
    found = judged(version("Roof collapse", QUIET), version("Roof collapse", text))
    assert (found.name, found.reasons[0], found.score) == (name, reason, SCORES[name])


def test_a_number_outweighs_the_rewording_around_it() -> None:
    """One edit, one class: the number."""
    text = QUIET.replace("14", "17").replace("came down", "collapsed")
    assert judged(version("", QUIET), version("", text)).name == "number"


def test_another_grouping_of_digits_is_no_other_number() -> None:
    """1,000 and 1000 are the same number."""
    found = judged(version("", "It cost 1,000 pounds in all."), version("", "It cost 1000 pounds in all."))
    assert found.name != "number"


def test_curly_quotes_are_typography() -> None:
    """Quotes and dashes of another shape are the least of edits but white space."""
    found = judged(version("", 'He said "no" - twice.'), version("", "He said “no” – twice."))
    assert found.name == "typography"


def test_a_space_taken_out_is_white_space() -> None:
    """Text that is equal without its white space is a white-space edit."""
    assert judged(version("", "Pizarro ( 41 ) scored."), version("", "Pizarro (41) scored.")).name == "whitespace"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("Volunteers carried sandbags.", "Volunteers carried sand bags.", "a space added: “sand bags”"),
        ("Volunteers carried sand bags.", "Volunteers carried sandbags.", "a space removed: “sand bags”"),
        ("The rate is unchanged, they said.", "The rate is unchanged , they said.", "a space added"),
        ("The rate is unchanged , they said.", "The rate is unchanged, they said.", "a space removed"),
        ("The rate is un changed.", "The rate isun changed.", "a space removed: “is un”"),
        ("The rate is now here.", "The rate isnow here.", "a space removed: “is now”"),
        ("The rate is nowhere.", "The rate isnow here.", "a space moved: “isnow here”"),
    ],
)
def test_an_edit_of_spaces_says_so(old: str, new: str, reason: str) -> None:
    """A space that came or went where no other word did is told in words."""
    found = judged(version("", old), version("", new))
    assert (found.name, found.reasons) == ("whitespace", (reason,))


def test_a_reworded_quote_is_a_quote() -> None:
    """What stands between quotation marks is somebody's words."""
    before = version("", "She told us: “We will never ever leave this town”, and left.")
    after = version("", "She told us: “We will perhaps leave this town”, and left.")
    assert judged(before, after).name == "quote"


def test_a_quote_is_found_among_very_many_in_time() -> None:
    """1,000 quotes reworded: each is compared with the one in its place (with every other, this took 12 s)."""
    text = "He said “we will go up there {}{} times a year” to all."
    old, new = ([text.format(sign, n) for n in range(1_000)] for sign in ("", "A"))
    began = time.process_time()
    assert judged(version("", *old), version("", *new)).name == "quote"
    assert time.process_time() - began < 3


def test_german_nouns_are_no_names() -> None:
    """Where a quarter of the words inside sentences is capitalised, a capital tells nothing."""
    before = version("", "Im Stadion steht der Stürmer vor dem Tor und wartet auf den Pass.")
    after = version("", "Im Stadion steht der Stürmer vor dem Kasten und wartet auf den Pass.")
    assert judged(before, after).name == "wording"


def test_another_headline_is_a_headline() -> None:
    """A reworded headline over the same text."""
    found = judged(version("Vote delayed", QUIET), version("Vote called off", QUIET))
    assert (found.name, found.reasons) == ("headline", ("“Vote delayed” → “Vote called off”",))


def test_paragraphs_come_and_go() -> None:
    """A paragraph more is an addition, one less a removal, whatever else is kept."""
    assert judged(version("", QUIET), version("", QUIET, "More soon.")).name == "paragraph-added"
    assert judged(version("", QUIET, "More soon."), version("", QUIET)).name == "paragraph-removed"


def test_a_placeholder_filled_in_is_a_rewrite() -> None:
    """Hardly a word is kept and many are new."""
    found = judged(version("", "More to follow shortly."), version("", QUIET))
    assert found.name == "rewrite"


def test_bylines_and_pictures_have_classes_of_their_own() -> None:
    """Author and media edits are told as such."""
    assert judged(version("", QUIET, author="A. Ray"), version("", QUIET, author="B. Low")).name == "author"
    assert judged(version("", QUIET), version("", QUIET, media=("https://cdn.example/1.jpg",))).name == "media"


@pytest.mark.parametrize(
    "text",
    [
        "Correction: the vote is on Tuesday.",
        "Berichtigung: Die Abstimmung ist am Dienstag.",
        "Rectificatif - le vote aura lieu mardi.",
        "Fe de errata: la votación es el martes.",
        "In einer früheren Version hieß es, die Abstimmung sei heute.",
        "訂正:投票は火曜日です。",
    ],
)
def test_correction_notices_are_known_in_several_languages(text: str) -> None:
    """A newsroom's own words for a correction are recognised."""
    assert notice(text) is not None


@pytest.mark.parametrize("text", ["Updated at noon.", "The market correction went on.", "A corrected forecast is due."])
def test_an_update_is_no_correction(text: str) -> None:
    """Being updated, or writing of corrections, announces none."""
    assert notice(text) is None


@given(old=paragraphs, new=paragraphs)
def test_every_edit_has_a_class(old: list[str], new: list[str]) -> None:
    """Whatever is edited, the class is one of the table's, its reasons are few and short."""
    found = judged(version("", *old), version("", *new))
    assert found.score == SCORES[found.name]
    assert len(found.reasons) <= 3
    assert all(len(reason) <= 80 for reason in found.reasons)


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("قتل ١٤ شخصا في الهجوم", "قتل ١٧ شخصا في الهجوم", "14 → 17"),
        ("हमले में १४ लोग मारे गए", "हमले में १७ लोग मारे गए", "14 → 17"),
        ("地震で14人が負傷した。", "地震で17人が負傷した。", "14 → 17"),
        ("Les dégâts: 1\u202f400 euros.", "Les dégâts: 1\u202f700 euros.", None),
        ("Die Kosten: 1.400 Euro.", "Die Kosten: 1.700 Euro.", "1400 → 1700"),
        ("Es kostet 3,5 Prozent.", "Es kostet 4,5 Prozent.", "3,5 → 4,5"),
    ],
)
def test_numbers_in_any_script(before: str, after: str, reason: str | None) -> None:
    """Digits of other scripts, decimal commas and groupings: the class is number, the reason in Latin digits."""
    found = judged(version("", before), version("", after))
    assert found.name == "number"
    assert reason is None or found.reasons == (reason,)


@pytest.mark.parametrize("grouping", ["\u202f", "’", "'", ",", "."])
def test_groupings_of_digits_are_no_numbers_of_their_own(grouping: str) -> None:
    """1000 written with a narrow space, an apostrophe, a comma or a point is 1000."""
    found = judged(version("", "It cost 1000 pounds."), version("", f"It cost 1{grouping}000 pounds."))
    assert found.name != "number"


GERMAN = "Die Polizei hat den Fahrer nach der Flucht aus dem Wagen in einem Wald bei der Grenze gefasst."


def test_a_noun_is_no_name_in_german() -> None:
    """A language that capitalises its nouns: one noun for another is wording."""
    found = judged(version("", GERMAN), version("", GERMAN.replace("Wald", "Parkhaus")))
    assert found.name == "wording"


def test_names_are_told_where_sentences_are_full_of_them() -> None:
    """Line-ups of a match are a quarter names, and no German."""
    text = "Manchester United beat Real Madrid after goals by Rashford and Casemiro, while Vinicius missed twice."
    assert judged(version("", text), version("", text.replace("Casemiro", "Fernandes"))).name == "name"


def test_a_name_in_a_plain_headline_is_a_name() -> None:
    """Sentence case: the capital inside says that it is a name; in Title Case it says nothing."""
    body = "The minister told reporters that talks would go on through the night, and that nobody had left yet."
    plain = judged(version("Talks with Kovacs go on", body), version("Talks with Novak go on", body))
    title = judged(version("Talks With Partners Go On", body), version("Talks With Allies Go On", body))
    assert (plain.name, title.name) == ("name", "headline")


@pytest.mark.parametrize("marks", ["“{}”", "„{}“", "«{}»", "»{}«", "‹{}›", '"{}"', "”{}”", "‘{}’", "「{}」", "『{}』"])
def test_words_inside_a_quotation_make_it_a_quote(marks: str) -> None:
    """Somebody's words are changed, in the quotation marks of any market."""
    before = f"She said {marks.format('we will never give up the fight')} and left."
    after = f"She said {marks.format('we will probably give up the fight')} and left."
    assert judged(version("", before), version("", after)).name == "quote"


def test_an_apostrophe_opens_no_quotation() -> None:
    """Words between two apostrophes are nobody's words."""
    text = "The council’s plan didn’t survive, and the mayor’s office said so."
    assert judged(version("", text), version("", text.replace("survive", "succeed"))).name == "wording"


def test_a_cut_is_no_rewrite() -> None:
    """Most of the text goes and the rest stays word for word: paragraphs were removed."""
    rest = "Trains run again on the northern line."
    long = "The roof of the old hall came down before dawn, and crews are still searching the rubble for survivors."
    assert judged(version("", rest, long, long), version("", rest)).name == "paragraph-removed"


def test_numbers_inside_a_rewrite_are_not_the_news() -> None:
    """Where every sentence but one is new, a number that differs somewhere is part of the rewrite."""
    before = "At least 14 people were hurt. The hall was old. Crews found 3 cars. Nobody knows why it fell."
    after = "At least 14 people were hurt. A minister came at noon. Schools stay shut for 9 days in Norvik and Corrie."
    assert judged(version("", before), version("", after)).name == "rewrite"


@pytest.mark.parametrize(
    "words",
    [
        "Correction: the vote is on Thursday.",
        "This post was amended on 3 March 2026 to give the right figure.",
        "Korrektur: Die Abstimmung ist am Donnerstag.",
        "In einer früheren Version dieses Beitrags stand ein falscher Name.",
        "Rectificatif : le vote a lieu jeudi.",
        "Une version précédente de cet article donnait un autre chiffre.",
        "Fe de errores y fe de erratas: la votación es el jueves.",
        "Una versión anterior de esta noticia daba otra cifra.",
        "Errata corrige: si vota giovedì.",
        "Una versione precedente riportava un altro nome.",
        "Uma versão anterior deste texto trazia outro número.",
        "Rectificatie: de stemming is donderdag.",
        "In een eerdere versie van dit bericht stond een verkeerde naam.",
        "Rättelse: omröstningen är på torsdag.",
        "I en tidigare version angavs fel siffra.",
        "Sprostowanie: głosowanie jest w czwartek.",
        "We wcześniejszej wersji podaliśmy błędną liczbę.",
        "【訂正】投票は木曜日です。",
        "お詫びして訂正いたします。",
        "更正：投票在星期四。",
        "本文较早版本的数字有误。",
        "Уточнение: голосование в четверг.",
    ],
)
def test_corrections_are_recognised_in_the_markets_languages(words: str) -> None:
    """A notice added to a text makes the edit a correction, whatever else changed."""
    assert judged(version("", QUIET), version("", QUIET, words)).name == "correction"


@pytest.mark.parametrize(
    "words",
    [
        "Correction in share prices deepens.",
        "Updated at noon with more details.",
        "Korrektur an den Börsen geht weiter.",
        "The correction facility was evacuated.",
    ],
)
def test_what_sounds_like_a_correction_is_none(words: str) -> None:
    """Markets correct, posts are updated: neither is a notice."""
    assert notice(words) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("now", "new"),
        ("port", "import"),
        ("form", "inform"),
    ],
)
def test_another_word_is_no_slip_of_the_keyboard(before: str, after: str) -> None:
    """A prefix makes another word, and so does a keystroke among short words: wording, not a typo."""
    text = "Judges said at noon in London that the new law is {} under the old treaty of the union."
    assert judged(version("", text.format(before)), version("", text.format(after))).name == "wording"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("議会は法案を可決した。", "議会は法案を否決した。"),
        ("山田氏が勝利した。", "山本氏が勝利した。"),
        ("서울은 맑음", "서울은 밝음"),
    ],
)
def test_one_sign_of_a_cjk_script_is_no_slip(before: str, after: str) -> None:
    """A sign is a word there: passed and rejected, Yamada and Yamamoto."""
    assert judged(version("", before), version("", after)).name != "typo"


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("two million", "two billion", "million → billion"),
        ("$1.5m", "$1.5bn", "million → billion"),
        ("3 Mio. Euro", "3 Mrd. Euro", "million → milliard"),
        ("2-1", "1-2", "2-1 → 1-2"),
        ("2–1", "1–2", "2-1 → 1-2"),
        ("-5", "5", "−5 → 5"),
        ("5", "−5", "5 → −5"),
        ("2,53km", "2,61km", "2,53 → 2,61"),
    ],
)
def test_numbers_of_the_same_digits(before: str, after: str, reason: str) -> None:
    """A scale, a sign and the order of a score are part of the number."""
    text = "Officials told reporters on the steps of the hall that it was {} at the last count in the early evening."
    found = judged(version("", text.format(before)), version("", text.format(after)))
    assert (found.name, found.reasons) == ("number", (reason,))


@pytest.mark.parametrize(
    ("before", "after"),
    [("$1.5m", "$1.5 million"), ("2-1", "2–1"), ("10-15", "10 to 15"), ("3 Mio. Euro", "3 Millionen Euro")],
)
def test_numbers_written_otherwise(before: str, after: str) -> None:
    """Another way to write the same number is no other number."""
    text = "Officials told reporters on the steps of the hall that it was {} at the last count in the early evening."
    assert judged(version("", text.format(before)), version("", text.format(after))).name != "number"


def test_a_figure_alone_in_its_paragraph_is_a_number() -> None:
    """What stands between headings of a table."""
    found = judged(version("", "DISTANCE", "2,53km", QUIET), version("", "DISTANCE", "2,61km", QUIET))
    assert (found.name, found.reasons) == ("number", ("2,53 → 2,61",))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("rises", "falls"),
        ("is up", "is down"),
        ("will increase", "will decrease"),
        ("won", "lost"),
        ("is guilty", "is not guilty"),
        ("is guilty", "is innocent"),
        ("can win", "can’t win"),
        ("is now closed", "is not closed"),
        ("confirmed it", "denied it"),
        ("is likely", "is unlikely"),
        ("is legal", "is illegal"),
        ("is constitutional", "is unconstitutional"),
        ("approved it", "has not approved it"),
        ("ist schuldig", "ist nicht schuldig"),
        ("ist möglich", "ist unmöglich"),
        ("gagne", "perd"),
        ("es culpable", "no es culpable"),
        ("was found guilty", "was acquitted"),
        ("was found guilty", "was cleared"),
        ("was convicted", "was acquitted"),
        ("was convicted", "was cleared"),
        ("was alive", "was dead"),
        ("survived", "died"),
        ("confirms it", "denies it"),
        ("wins", "loses"),
        ("was approved", "was refused"),
        ("was passed", "was rejected"),
        ("was arrested", "was released"),
        ("agreed to go", "refused to go"),
        ("decided to go", "declined to go"),
        ("apologised", "refused to apologise"),
        ("did apologise", "did decline to apologise"),
        ("ist verurteilt", "ist freigesprochen"),
        ("ist am Leben, lebt", "ist am Leben, starb"),
        ("bestätigt es", "bestreitet es"),
        ("wurde genehmigt", "wurde abgelehnt"),
        ("wurde festgenommen", "wurde freigelassen"),
        ("entschuldigte sich", "weigerte sich zu entschuldigen"),
        ("est condamnée", "est acquittée"),
        ("est vivante", "est morte"),
        ("confirme", "dément"),
        ("a été approuvée", "a été refusée"),
        ("a été arrêté", "a été libéré"),
        ("s’excuse", "refuse de s’excuser"),
        ("fue condenada", "fue absuelta"),
        ("está viva", "está muerta"),
        ("confirma", "niega"),
        ("fue aprobada", "fue rechazada"),
        ("fue detenido", "fue liberado"),
        ("se disculpó", "se negó a disculparse"),
        ("è stata condannata", "è stata assolta"),
        ("è vivo", "è morto"),
        ("conferma", "smentisce"),
        ("è approvata", "è bocciata"),
        ("è stato arrestato", "è stato rilasciato"),
        ("si è scusato", "si è rifiutato di scusarsi"),
        ("ha detto", "ha mai detto"),
        ("is stable", "is unstable"),
        ("is dependent", "is independent"),
        ("was found sane", "was found insane"),
    ],
)
def test_a_word_that_turns_a_statement_round_is_a_reversal(before: str, after: str) -> None:
    """A direction flipped, a negation that came or went: an editor hears of it, in the text and in the headline."""
    text = "Officials told reporters on the steps of the hall that the party {} after the vote in the early evening."
    head = "The party {} after the vote"
    for was, now in ((before, after), (after, before)):
        in_text = judged(version("", text.format(was)), version("", text.format(now)))
        in_headline = judged(version(head.format(was), QUIET), version(head.format(now), QUIET))
        assert (in_text.name, in_headline.name, in_text.score) == ("reversal", "reversal", 0.8)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("hurt", "badly injured"),
        ("can’t win", "can't win"),
        ("is not well", "is not quite well"),
        ("was no", "was na"),
        ("was not guilty", "was acquitted"),
        ("has not won", "has lost"),
        ("refused to go", "refused to leave"),
        ("moved to", "decided to"),
        ("was released", "was freed"),
        ("est condamné", "est condamnée"),
        ("en avril", "en mai"),
        ("har en plan", "har ei plan"),
        ("was installed", "was stalled"),
        ("was invested", "was vested"),
        ("was insured", "was sured"),
        ("ist nicht möglich", "ist unmöglich"),
        ("is not fit", "is unfit"),
        ("could not be called possible", "could be called impossible"),
    ],
)
def test_other_words_reverse_nothing(before: str, after: str) -> None:
    """What says no more than it did, whatever it means, is wording or less."""
    text = "Officials told reporters on the steps of the hall that the party {} after the vote in the early evening."
    found = judged(version("", text.format(before)), version("", text.format(after)))
    assert found.score <= SCORES["wording"]


CHINESE = "官员对记者表示{}，投票将在晚上举行。"


@pytest.mark.parametrize(
    ("before", "after"),
    [("他无罪", "他有罪"), ("是好的", "不是好的"), ("已通过", "未通过"), ("可能", "不可能"), ("没有", "有")],
)
def test_one_sign_that_turns_a_statement_round_is_a_reversal(before: str, after: str) -> None:
    """A negation of one sign that came or went, alone, or gave way to the sign that says the opposite."""
    for was, now in ((before, after), (after, before)):
        found = judged(version("", CHINESE.format(was)), version("", CHINESE.format(now)))
        assert found.name == "reversal"


@pytest.mark.parametrize(
    ("before", "after"), [("现在很好", "未来很好"), ("不错", "很好"), ("上海", "下午"), ("有关部门", "无论谁")]
)
def test_a_sign_of_a_longer_word_reverses_nothing(before: str, after: str) -> None:
    """A sign that negates by itself is part of many a word that does not."""
    for was, now in ((before, after), (after, before)):
        found = judged(version("", CHINESE.format(was)), version("", CHINESE.format(now)))
        assert found.name == "wording"


def test_a_month_is_no_negation_in_a_headline() -> None:
    """*Mai* is a month in German and French, and never in Italian."""
    found = judged(version("Le vote en avril", QUIET), version("Le vote en mai", QUIET))
    assert found.name == "headline"


SLOPE = (
    "Police closed the coastal road between the two harbours at dawn after a slope gave way above the old quarry. "
    "Nobody was hurt, the fire brigade said."
)


@pytest.mark.parametrize("headline", ["", "Slope gives way"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["More follows"], [f"{SLOPE} {n}." for n in "abcdef"]),
        (["More follows"], ["More follows", *[f"{SLOPE} {n}." for n in "abcdef"]]),
        (["More follows"], [f"More follows. {SLOPE}"]),
        ([], [SLOPE]),
        (["Police closed the coastal road."], [f"Police closed the coastal road. {SLOPE} {SLOPE}"]),
        ([f"{QUIET} {QUIET}"], [f"{QUIET} {SLOPE} {QUIET}"]),
    ],
)
def test_a_text_that_grew_by_a_paragraph_weighs_as_much(headline: str, before: list[str], after: list[str]) -> None:
    """A placeholder filled in, a passage added: more than a route's ``min_significance`` of a half, and named so."""
    grown = judged(version(headline, *before), version(headline, *after))
    assert (grown.name in ("paragraph-added", "rewrite"), grown.score >= 0.6) == (True, True)
    if before:
        cut = judged(version(headline, *after), version(headline, *before))
        assert (cut.name in ("paragraph-removed", "rewrite"), cut.score >= 0.6) == (True, True)


def test_a_sentence_more_is_wording() -> None:
    """A few words more in a long text are no paragraph."""
    assert judged(version("", SLOPE), version("", f"{SLOPE} Trains run as they should.")).name == "wording"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("14 hurt in the hall", QUIET), ("17 parties register", SLOPE)),
        (("Corner for City", "Minute 14 brings a corner."), ("Yellow card", "United lose 2 men in 17 minutes.")),
        (("Talks with Kovacs", "She met “the whole 14” today."), ("Rain over Novak", "He lost “the whole 17” again.")),
    ],
)
def test_another_post_in_a_posts_place_is_a_rewrite(before: tuple[str, str], after: tuple[str, str]) -> None:
    """Headline and text are all new: no number, name or headline is the news, and the reason says what is."""
    found = judged(version(*before), version(*after))
    assert (found.name, found.reasons[0].partition(":")[0]) == ("rewrite", "headline and text are new")
    assert found.reasons[1] == f"“{before[0]}” → “{after[0]}”"


def test_a_number_in_the_headline_of_a_rewritten_text_is_told() -> None:
    """The headline stays but for its toll: that is the news, whatever became of the text."""
    found = judged(version("Storm: 14 people dead", QUIET), version("Storm: 17 people dead", SLOPE))
    assert (found.name, found.reasons) == ("number", ("14 → 17",))


VERDICT = "A jury found the former treasurer guilty of stealing from the pensioners' fund."
COURT = "Our correspondent adds that more details are expected later in the day from the court."
ACQUITTAL = VERDICT.replace("guilty", "not guilty")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ((f"{VERDICT} {COURT}",), (ACQUITTAL, COURT)),
        ((VERDICT, COURT), (f"{ACQUITTAL} {COURT}",)),
        ((VERDICT + COURT,), (ACQUITTAL, COURT)),
        ((f"{VERDICT} {COURT}", QUIET), (ACQUITTAL, f"{COURT} {QUIET}")),
        ((VERDICT, COURT), (f"The trial is over. {ACQUITTAL} {COURT}",)),
    ],
    ids=["split", "joined", "split without a space", "moved", "joined, with a sentence"],
)
def test_a_break_between_paragraphs_hides_no_verdict(old: tuple[str, ...], new: tuple[str, ...]) -> None:
    """Paragraphs that were split or joined are no paragraphs added or removed: the word that changed is the news."""
    found = judged(version("Verdict", *old), version("Verdict", *new))
    assert (found.name, found.reasons[-1]) == ("reversal", "added “not”")


def test_a_paragraph_is_new_whatever_breaks_around_it() -> None:
    """Words that came between two halves of what was one paragraph are a paragraph added; gone again, removed."""
    one, three = version("", f"{VERDICT} {COURT}"), version("", VERDICT, QUIET, COURT)
    assert judged(one, three).name == "paragraph-added"
    assert judged(three, one).name == "paragraph-removed"


def test_a_break_without_a_space_is_white_space() -> None:
    """Two sentences that stood without a space between them, now in two paragraphs: nothing else is told."""
    found = judged(version("", VERDICT + COURT), version("", VERDICT, COURT))
    assert (found.name, found.reasons) == ("whitespace", ("a break between paragraphs moved",))


def test_a_break_is_no_reason() -> None:
    """Another headline over a text whose breaks moved: the headline alone is told."""
    found = judged(version("Vote delayed", f"{VERDICT} {COURT}"), version("Vote called off", VERDICT, COURT))
    assert (found.name, len(found.reasons)) == ("headline", 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("found the former treasurer guilty of", "acquitted the former treasurer of"),
        ("found the former treasurer guilty of", "cleared the former treasurer of"),
        ("a déclaré le trésorier coupable de", "a acquitté le trésorier de"),
    ],
)
def test_a_verdict_told_in_two_places_of_a_sentence_is_a_reversal(old: str, new: str) -> None:
    """The verb stands before the accused and the adjective after: together they turn the verdict."""
    text = "A jury {} stealing from the fund for pensioners after a trial of nine weeks in the old court."
    for was, now in ((old, new), (new, old)):
        assert judged(version("", text.format(was)), version("", text.format(now))).name == "reversal"


def test_verdicts_of_two_sentences_are_not_set_against_each_other() -> None:
    """Somebody's being cleared in the next sentence says nothing of the one that lost its verdict."""
    before = "The jury heard that the man was guilty by his own word. The treasurer and two aides sat and waited there."
    after = "The jury heard that the man was sorry by his own word. The treasurer and two aides sat cleared and waited."
    assert judged(version("", before), version("", after)).name == "wording"
