"""Names of time zones as pages write them, and how a zone's readers write dates and clocks."""

from __future__ import annotations

from typing import Final

ZONES: Final[dict[str, str | float]] = {
    # Names that follow daylight saving, as pages mean them, are IANA zones; the others are hours east of UTC.
    "GMT": 0, "UTC": 0, "UT": 0, "Z": 0, "BST": 1, "IST": 5.5, "WET": "Europe/Lisbon", "WEST": 1,
    "CET": "Europe/Paris", "CEST": 2, "MEZ": "Europe/Berlin", "MESZ": 2, "EET": "Europe/Athens", "EEST": 3,
    "MSK": 3, "МСК": 3, "TRT": 3, "TSI": 3, "IDT": 3, "SAST": 2, "WAT": 1, "CAT": 2, "EAT": 3, "GST": 4,
    "PKT": 5, "NPT": 5.75, "WIB": 7, "WITA": 8, "WIT": 9, "HKT": 8, "SGT": 8, "PHT": 8, "MYT": 8, "AWST": 8,
    "JST": 9, "KST": 9, "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "AET": "Australia/Sydney", "NZST": 12,
    "NZDT": 13, "NZT": "Pacific/Auckland", "ET": "America/New_York", "EST": -5, "EDT": -4, "CT": "America/Chicago",
    "CST": -6, "CDT": -5, "MT": "America/Denver", "MST": -7, "MDT": -6, "PT": "America/Los_Angeles", "PST": -8,
    "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "AST": -4, "ADT": -3, "BRT": -3, "ART": -3,
    "CLT": "America/Santiago", "NST": -3.5, "NDT": -2.5,
}  # fmt: skip

NAMED: Final[dict[str, str]] = {
    # Words for a zone, in any case; a value is a key of ZONES or an IANA name.
    "eastern_time": "ET", "central_time": "CT", "mountain_time": "MT", "pacific_time": "PT", "uk_time": "Europe/London",
    "london_time": "Europe/London", "мск": "MSK", "по_москве": "MSK", "московскому_времени": "MSK",
    "за_києвом": "Europe/Kyiv", "по_киеву": "Europe/Kyiv", "heure_de_paris": "Europe/Paris",
    "hora_de_madrid": "Europe/Madrid", "hora_peninsular": "Europe/Madrid", "ora_italiana": "Europe/Rome",
    "horário_de_brasília": "America/Sao_Paulo", "hora_de_brasília": "America/Sao_Paulo",
    "deutscher_zeit": "Europe/Berlin", "mez": "MEZ", "mesz": "MESZ", "日本時間": "JST", "北京时间": "Asia/Shanghai",
    "北京時間": "Asia/Shanghai", "台北時間": "Asia/Taipei", "台灣時間": "Asia/Taipei", "香港時間": "HKT",
    "한국시간": "KST", "한국_시간": "KST", "بتوقيت_غرينتش": "GMT", "بتوقيت_جرينتش": "GMT", "توقيت_غرينتش": "GMT",
    "بتوقيت_مكة": "Asia/Riyadh", "بتوقيت_مكة_المكرمة": "Asia/Riyadh", "توقيت_مكة_المكرمة": "Asia/Riyadh",
    "بتوقيت_القاهرة": "Africa/Cairo", "שעון_ישראל": "Asia/Jerusalem", "भारतीय_समयानुसार": "Asia/Kolkata",
}  # fmt: skip

AMERICAN_LABELS: Final = frozenset(
    "ET EST EDT CT CST CDT MT MST MDT PT PST PDT AKST AKDT HST eastern central mountain pacific".split()  # noqa: SIM905
)
_UNITED_STATES = (
    "America/New_York America/Detroit America/Chicago America/Menominee America/Denver America/Boise America/Phoenix "
    "America/Los_Angeles America/Anchorage America/Juneau America/Sitka America/Metlakatla America/Yakutat "
    "America/Nome America/Adak Pacific/Honolulu America/Puerto_Rico Pacific/Guam Asia/Manila"
)
_AMERICAN = frozenset(_UNITED_STATES.split())
_CANADIAN = frozenset(
    "America/Toronto America/Vancouver America/Edmonton America/Winnipeg America/Halifax America/Regina "  # noqa: SIM905
    "America/St_Johns".split()
)
_YEAR_FIRST = frozenset("Asia/Tokyo Asia/Seoul Asia/Shanghai Asia/Taipei Japan ROK PRC ROC".split())  # noqa: SIM905
_HOURS_WITH_H = frozenset(
    "America/Montreal Africa/Abidjan Africa/Dakar Africa/Tunis Africa/Algiers Africa/Casablanca Africa/Luanda "  # noqa: SIM905
    "Africa/Maputo Atlantic/Azores Atlantic/Madeira Atlantic/Canary Indian/Reunion".split()
)
_ENGLISH = frozenset({"Europe/London", "Europe/Dublin", "Europe/Belfast", "Europe/Malta"})


def month_first(zone: str) -> bool | None:
    """Whether readers in an IANA zone take 3/4 for March 4; None where both are usual, or nothing is known."""
    if zone in _AMERICAN or zone.startswith(("US/", "America/Indiana/", "America/Kentucky/", "America/North_Dakota/")):
        return True
    return None if zone in _CANADIAN or zone.startswith(("UTC", "Etc/", "GMT")) else False


def year_first(zone: str) -> bool:
    """Whether readers in an IANA zone take 23/3/21 for 2023."""
    return zone in _YEAR_FIRST


def twelve_hours(zone: str) -> bool:
    """Whether readers in an IANA zone count to twelve, so that "5:40" alone may be either half of the day."""
    return month_first(zone) is True or zone in _CANADIAN


def h_is_oclock(zone: str) -> bool:
    """Whether readers in an IANA zone may take "14h" for two in the afternoon rather than an age."""
    if zone in _HOURS_WITH_H:
        return True
    return zone.startswith(("Europe/", "America/")) and zone not in _ENGLISH and not twelve_hours(zone)
