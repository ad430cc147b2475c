"""The words pages write times with, a table a language; another market is another row, no code.

Abbreviations stand beside the full words; a trailing full stop is understood. Words shared by languages may mean
one thing only (``mar`` is a month beside a day number, a weekday else).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """How one language says when.

    ``months`` and ``weekdays`` hold the variants of each, in order (Monday first). ``units`` maps ``s``, ``min``,
    ``h``, ``d``, ``w``, ``mo``, ``y`` to words. ``before`` and ``after`` mark a span as past ("vor 5 Minuten",
    "5 minutes ago"). ``labels`` may stand around a time and mean nothing.
    """

    code: str
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    units: dict[str, str]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    one: str = ""
    joiners: str = ""
    now: tuple[str, ...] = ()
    today: tuple[str, ...] = ()
    yesterday: tuple[str, ...] = ()
    labels: str = ""


ENGLISH = Language(
    code="en",
    months=(
        "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
        "september sept sep", "october oct", "november nov", "december dec",
    ),
    weekdays=(
        "monday mon", "tuesday tue tues", "wednesday wed", "thursday thu thur thurs", "friday fri", "saturday sat",
        "sunday sun",
    ),
    units={
        "s": "seconds second secs sec s", "min": "minutes minute mins min m", "h": "hours hour hrs hr h",
        "d": "days day d", "w": "weeks week wk w", "mo": "months month mo", "y": "years year yrs yr y",
    },
    after=("ago",),
    one="an a one",
    joiners="and",
    now=("just now", "now", "moments ago", "a moment ago", "seconds ago", "a few seconds ago",
         "less than a minute ago"),
    today=("today",),
    yesterday=("yesterday",),
    labels="updated update posted published last first created modified at on the time local",
)  # fmt: skip
GERMAN = Language(
    code="de",
    months=(
        "januar jan jänner", "februar feb", "märz mär mrz", "april apr", "mai", "juni jun", "juli jul", "august aug",
        "september sept sep", "oktober okt", "november nov", "dezember dez",
    ),
    weekdays=("montag mo", "dienstag di", "mittwoch mi", "donnerstag do", "freitag fr", "samstag sa", "sonntag so"),
    units={
        "s": "sekunden sekunde sek", "min": "minuten minute min", "h": "stunden stunde std h", "d": "tagen tage tag",
        "w": "wochen woche", "mo": "monaten monate monat", "y": "jahren jahre jahr",
    },
    before=("vor",),
    one="einer einem eine ein",
    joiners="und",
    now=("gerade eben", "soeben", "jetzt", "vor wenigen sekunden", "vor wenigen augenblicken"),
    today=("heute",),
    yesterday=("gestern",),
    labels="aktualisiert stand veröffentlicht zuletzt am um uhr der den",
)  # fmt: skip
FRENCH = Language(
    code="fr",
    months=(
        "janvier janv", "février févr fév", "mars", "avril avr", "mai", "juin", "juillet juil", "août aout",
        "septembre sept", "octobre oct", "novembre nov", "décembre déc",
    ),
    weekdays=("lundi lun", "mardi mar", "mercredi mer", "jeudi jeu", "vendredi ven", "samedi sam", "dimanche dim"),
    units={
        "s": "secondes seconde sec", "min": "minutes minute min mn", "h": "heures heure h", "d": "jours jour j",
        "w": "semaines semaine", "mo": "mois", "y": "ans an années année",
    },
    before=("il y a",),
    one="une un",
    joiners="et",
    now=("à l'instant", "à l’instant", "maintenant", "il y a quelques secondes", "il y a un instant"),
    today=("aujourd'hui", "aujourd’hui"),
    yesterday=("hier",),
    labels="publié mis à jour le la dernière",
)  # fmt: skip
SPANISH = Language(
    code="es",
    months=(
        "enero ene", "febrero feb", "marzo mar", "abril abr", "mayo may", "junio jun", "julio jul", "agosto ago",
        "septiembre setiembre sept sep", "octubre oct", "noviembre nov", "diciembre dic",
    ),
    weekdays=(
        "lunes lun", "martes mar", "miércoles mié", "jueves jue", "viernes vie", "sábado sáb", "domingo dom",
    ),
    units={
        "s": "segundos segundo seg", "min": "minutos minuto min", "h": "horas hora h", "d": "días día dias dia",
        "w": "semanas semana", "mo": "meses mes", "y": "años año",
    },
    before=("hace",),
    one="una un",
    joiners="y",
    now=("ahora mismo", "ahora", "hace unos segundos", "hace un momento", "justo ahora"),
    today=("hoy",),
    yesterday=("ayer",),
    labels="actualizado publicado última actualización a las la el del de",
)  # fmt: skip
ITALIAN = Language(
    code="it",
    months=(
        "gennaio gen", "febbraio feb", "marzo mar", "aprile apr", "maggio mag", "giugno giu", "luglio lug",
        "agosto ago", "settembre set", "ottobre ott", "novembre nov", "dicembre dic",
    ),
    weekdays=(
        "lunedì lun", "martedì mar", "mercoledì mer", "giovedì gio", "venerdì ven", "sabato sab", "domenica dom",
    ),
    units={
        "s": "secondi secondo sec", "min": "minuti minuto min", "h": "ore ora h", "d": "giorni giorno g",
        "w": "settimane settimana", "mo": "mesi mese", "y": "anni anno",
    },
    after=("fa",),
    one="un' un’ una un",
    joiners="e",
    now=("proprio ora", "adesso", "ora", "poco fa", "pochi secondi fa"),
    today=("oggi",),
    yesterday=("ieri",),
    labels="aggiornato pubblicato ultimo aggiornamento alle ore il del",
)  # fmt: skip
PORTUGUESE = Language(
    code="pt",
    months=(
        "janeiro jan", "fevereiro fev", "março mar", "abril abr", "maio mai", "junho jun", "julho jul", "agosto ago",
        "setembro set", "outubro out", "novembro nov", "dezembro dez",
    ),
    weekdays=(
        "segunda-feira segunda seg", "terça-feira terça ter", "quarta-feira quarta qua", "quinta-feira quinta qui",
        "sexta-feira sexta sex", "sábado sáb", "domingo dom",
    ),
    units={
        "s": "segundos segundo seg", "min": "minutos minuto min", "h": "horas hora h", "d": "dias dia",
        "w": "semanas semana", "mo": "meses mês", "y": "anos ano",
    },
    before=("há", "faz"),
    after=("atrás",),
    one="uma um",
    joiners="e",
    now=("agora mesmo", "agora", "há instantes", "há poucos segundos"),
    today=("hoje",),
    yesterday=("ontem",),
    labels="atualizado publicado última atualização às as em de do",
)  # fmt: skip
DUTCH = Language(
    code="nl",
    months=(
        "januari jan", "februari feb", "maart mrt", "april apr", "mei", "juni jun", "juli jul", "augustus aug",
        "september sept sep", "oktober okt", "november nov", "december dec",
    ),
    weekdays=(
        "maandag ma", "dinsdag di", "woensdag wo", "donderdag do", "vrijdag vr", "zaterdag za", "zondag zo",
    ),
    units={
        "s": "seconden seconde sec", "min": "minuten minuut min", "h": "uren uur u", "d": "dagen dag",
        "w": "weken week", "mo": "maanden maand", "y": "jaren jaar",
    },
    after=("geleden",),
    one="een één",
    joiners="en",
    now=("zojuist", "zonet", "nu", "net", "een paar seconden geleden"),
    today=("vandaag",),
    yesterday=("gisteren",),
    labels="bijgewerkt laatst gepubliceerd om op uur",
)  # fmt: skip

LANGUAGES: tuple[Language, ...] = (ENGLISH, GERMAN, FRENCH, SPANISH, ITALIAN, PORTUGUESE, DUTCH)

ZONES: dict[str, str | float] = {
    # Names that follow daylight saving, as pages mean them, are IANA zones; the others are hours east of UTC.
    "GMT": 0, "UTC": 0, "UT": 0, "Z": 0, "BST": 1, "IST": 5.5, "WET": "Europe/Lisbon", "WEST": 1,
    "CET": "Europe/Paris", "CEST": 2, "MEZ": "Europe/Berlin", "MESZ": 2, "EET": "Europe/Athens", "EEST": 3,
    "MSK": 3, "TRT": 3, "SAST": 2, "WAT": 1, "CAT": 2, "EAT": 3, "GST": 4, "PKT": 5, "NPT": 5.75, "WIB": 7,
    "HKT": 8, "SGT": 8, "PHT": 8, "AWST": 8, "JST": 9, "KST": 9, "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11,
    "AET": "Australia/Sydney", "NZST": 12, "NZDT": 13, "NZT": "Pacific/Auckland",
    "ET": "America/New_York", "EST": -5, "EDT": -4, "CT": "America/Chicago", "CST": -6, "CDT": -5,
    "MT": "America/Denver", "MST": -7, "MDT": -6, "PT": "America/Los_Angeles", "PST": -8, "PDT": -7,
    "AKST": -9, "AKDT": -8, "HST": -10, "BRT": -3, "ART": -3, "NST": -3.5, "NDT": -2.5,
}  # fmt: skip
