"""Ages as newsrooms of 23 languages write them, each with the interval it must be read as."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

import pytest

from monitor.core.times import line_kind, read
from monitor.core.times.words import LANGUAGES

LANGUAGE_CODES: Final = frozenset(language.code for language in LANGUAGES)

# An age: "5m" five minutes, "1h~" an hour in words, "2h22m" compound, "now", "soon" (ten minutes at most).
AGES: Final = {
    "en": """
        5m | 5 minutes ago; 1m | 1 minute ago; 1m~ | a minute ago; 36m | 36 min ago; 4m | 4m; 4m | 4m ago
        3h | 3h ago; 2h | 2 hrs ago; 2h22m | 2 hr 22 min ago; 2h22m | last updated 2 hr 22 min ago
        2h22m | 2 hours, 22 minutes ago; 2h5m | Updated 2 hours and 5 minutes ago; 1h~ | an hour ago
        2h | two hours ago; 30s | 30 seconds ago; 2d | 2 days ago; 3w | 3 weeks ago; 4mo | 4 months ago
        1y | 1 year ago; now | just now; now | now; now | a few seconds ago; soon | moments ago
        5m | Posted 5 min. ago; 5m | \u20665 minutes ago\u2069; 5m | 5\u00a0minutes\u00a0ago
        5m | 5\u202fmin ago; 5m | ５ minutes ago; 10m | 10 MINUTES AGO; 7h | 7h
    """,
    "de": """
        5m | vor 5 Minuten; 1m | vor 1 Minute; 1m~ | vor einer Minute; 3h | vor 3 Stunden; 3h | vor 3 Std.
        2h5m | vor 2 Std. 5 Min.; 2h5m | vor 2 Stunden und 5 Minuten; 2d | vor 2 Tagen; 3w | vor 3 Wochen
        4mo | vor 4 Monaten; 1y~ | vor einem Jahr; now | gerade eben; now | jetzt; now | soeben
        5m | Aktualisiert vor 5 Minuten; 30s | vor 30 Sekunden; 1h~ | vor einer Stunde
        soon | vor wenigen Minuten
    """,
    "fr": """
        5m | il y a 5 minutes; 2h | il y a 2 h; 2h30m | il y a 2h30; 2h5m | il y a 2 heures et 5 minutes
        1h~ | il y a une heure; 3d | il y a 3 jours; 3d | il y a 3 j; 1w~ | il y a une semaine
        4mo | il y a 4 mois; 1y | il y a 1 an; now | à l’instant; now | à l'instant
        5m | Mis à jour il y a 5 minutes; 20s | il y a 20 s; soon | il y a quelques minutes; now | maintenant
        5m | il y a 5\u202fmin
    """,
    "es": """
        5m | hace 5 minutos; 3h | hace 3 horas; 3h | hace 3 h; 1h~ | hace una hora; 2d | hace 2 días
        1w | hace 1 semana; 4mo | hace 4 meses; 1y~ | hace un año; now | ahora mismo; now | hace unos segundos
        5m | hace 5 min.; 5m | Actualizado hace 5 minutos; 1h10m | hace 1 hora y 10 minutos
        soon | hace un momento; 8s | hace 8 segundos
    """,
    "it": """
        5m | 5 minuti fa; 3h | 3 ore fa; 1h~ | un'ora fa; 1h~ | un’ora fa; 1m~ | un minuto fa; 2d | 2 giorni fa
        3w | 3 settimane fa; 4mo | 4 mesi fa; 2y | 2 anni fa; now | proprio ora; 5m | Aggiornato 5 minuti fa
        1h5m | 1 ora e 5 minuti fa; soon | poco fa; now | adesso; 2d | 2 gg fa
    """,
    "pt": """
        5m | há 5 minutos; 5m | 5 minutos atrás; 3h | há 3 horas; 1h~ | há uma hora; 2d | há 2 dias
        3w | há 3 semanas; 4mo | há 4 meses; 1y | há 1 ano; now | agora mesmo; soon | há instantes
        5m | Atualizado há 5 minutos; 3h | faz 3 horas; 1h20m | há 1 hora e 20 minutos; 5m | há 5 min.
        now | agora
    """,
    "nl": """
        5m | 5 minuten geleden; 1m~ | een minuut geleden; 3h | 3 uur geleden; 1h~ | een uur geleden
        2d | 2 dagen geleden; 1w | 1 week geleden; 4mo | 4 maanden geleden; 2y | 2 jaar geleden; now | zojuist
        5m | 5 min. geleden; 5m | Laatst bijgewerkt 5 minuten geleden; 1h5m | 1 uur en 5 minuten geleden
        now | nu; 2d | 2 dgn geleden
    """,
    "sv": """
        5m | för 5 minuter sedan; 5m | 5 min sedan; 3h | för 3 timmar sedan; 1h~ | för en timme sedan
        3h | för 3 tim sedan; 2d | för 2 dagar sedan; 1w~ | för en vecka sedan; 4mo | för 4 månader sedan
        1y | för 1 år sedan; now | just nu; now | nyss; 5m | Uppdaterad för 5 minuter sedan; 5m | för 5 min sen
        soon | för några minuter sedan
    """,
    "no": """
        5m | for 5 minutter siden; 5m | 5 min siden; 3h | for 3 timer siden; 1h~ | for en time siden
        3h | 3 t siden; 2d | for 2 dager siden; 3w | for 3 uker siden; 4mo | for 4 måneder siden
        1y~ | for ett år siden; now | akkurat nå; now | nettopp; 5m | Oppdatert for 5 minutter siden
        3w | for 3 u. siden
    """,
    "da": """
        5m | for 5 minutter siden; 5m | 5 min. siden; 3h | for 3 timer siden; 1h~ | for en time siden
        2d | 2 dage siden; 3w | for 3 uger siden; 4mo | 4 mdr. siden; now | lige nu
        5m | Opdateret for 5 minutter siden; 1m | 1 minut siden
    """,
    "fi": """
        5m | 5 minuuttia sitten; 5m | 5 min sitten; 1m~ | minuutti sitten; 3h | 3 tuntia sitten; 3h | 3 t sitten
        1h~ | tunti sitten; 2d | 2 päivää sitten; 2d | 2 pv sitten; 3w | 3 viikkoa sitten
        4mo | 4 kuukautta sitten; 1y | 1 vuosi sitten; now | juuri nyt; 5m | Päivitetty 5 minuuttia sitten
        now | hetki sitten; 1y | 1 v sitten
    """,
    "pl": """
        5m | 5 minut temu; 2m | 2 minuty temu; 1m~ | minutę temu; 3h | 3 godziny temu; 3h | 3 godz. temu
        1h~ | godzinę temu; 5h | 5 godzin temu; 2d | 2 dni temu; 1d | 1 dzień temu; 3w | 3 tygodnie temu
        5mo | 5 miesięcy temu; 1y~ | rok temu; now | przed chwilą; 5m | Aktualizacja: 5 minut temu
        5m | 5 min temu; soon | chwilę temu; 3h | 3 g. temu
    """,
    "cs": """
        5m | před 5 minutami; 1m~ | před minutou; 3h | před 3 hodinami; 1h~ | před hodinou; 2d | před 2 dny
        1d | před 1 dnem; 3w | před 3 týdny; 4mo | před 4 měsíci; 1y~ | před rokem; now | právě teď
        5m | před 5 min; soon | před chvílí; 5m | Aktualizováno před 5 minutami; 3h | před 3 h
    """,
    "ru": """
        5m | 5 минут назад; 5m | 5 мин. назад; 1m~ | минуту назад; 3h | 3 часа назад; 3h | 3 ч назад
        1h~ | час назад; 2d | 2 дня назад; 5d | 5 дней назад; 1w~ | неделю назад; 4mo | 4 месяца назад
        1y | 1 год назад; now | только что; 5m | Обновлено 5 минут назад; 2h5m | 2 часа 5 минут назад
        now | сейчас; 5m | 5 минут тому назад
    """,
    "uk": """
        5m | 5 хвилин тому; 5m | 5 хв тому; 1m~ | хвилину тому; 3h | 3 години тому; 1h | 1 год тому
        1h~ | годину тому; 2d | 2 дні тому; 3w | 3 тижні тому; 4mo | 4 місяці тому; 1y | 1 рік тому; now | щойно
        5m | Оновлено 5 хвилин тому
    """,
    "tr": """
        5m | 5 dakika önce; 5m | 5 dk önce; 5m | 5 dk. önce; 3h | 3 saat önce; 3h | 3 sa. önce
        1h~ | bir saat önce; 2d | 2 gün önce; 3w | 3 hafta önce; 4mo | 4 ay önce; 1y | 1 yıl önce; now | az önce
        now | şimdi; 5m | Güncelleme: 5 dakika önce; 1m | 1 DAKİKA ÖNCE; soon | biraz önce
    """,
    "ar": """
        5m | منذ 5 دقائق; 5m | قبل 5 دقائق; 5m | منذ ٥ دقائق; 1m~ | منذ دقيقة; 2m | منذ دقيقتين
        3h | منذ 3 ساعات; 1h~ | قبل ساعة واحدة; 2h | قبل ساعتين; 2d | منذ يومين; 3d | منذ ٣ أيام
        1w~ | منذ أسبوع; 4mo | منذ 4 أشهر; 1y~ | منذ سنة; now | الآن; now | منذ لحظات; soon | منذ قليل
        5m | آخر تحديث: منذ 5 دقائق; 30m | قبل ٣٠ دقيقة; 11m | قبل 11 دقيقةً
    """,
    "he": """
        5m | לפני 5 דקות; 1m~ | לפני דקה; 3h | לפני 3 שעות; 1h~ | לפני שעה; 2h | לפני שעתיים; 1h~ | לפני שעה (1)
        2d | לפני יומיים; 3d | לפני 3 ימים; 1w~ | לפני שבוע; 4mo | לפני 4 חודשים; 1y~ | לפני שנה; now | עכשיו
        5m | לפני 5 דק׳; 5m | עודכן לפני 5 דקות; soon | לפני זמן קצר
    """,
    "hi": """
        5m | 5 मिनट पहले; 5m | ५ मिनट पहले; 3h | 3 घंटे पहले; 1h | 1 घंटा पहले; 1h~ | एक घंटे पहले
        2d | 2 दिन पहले; 3w | 3 सप्ताह पहले; 4mo | 4 महीने पहले; 1y | 1 साल पहले; now | अभी-अभी
        5m | अपडेटेड 5 मिनट पहले; 5m | 5 मि॰ पहले
    """,
    "ja": """
        5m | 5分前; 5m | 5 分前; 5m | ５分前; 3h | 3時間前; 1h30m | 1時間30分前; 2d | 2日前; 3w | 3週間前
        4mo | 4か月前; 4mo | 4ヶ月前; 1y | 1年前; now | たった今; 20s | 20秒前; 5m | 5分前に更新; soon | 先ほど
    """,
    "zh": """
        5m | 5分钟前; 5m | 5 分鐘前; 5m | 5分鐘前; 3h | 3小时前; 3h | 3 小時前; 3h | 3个小时前; 2d | 2天前
        3w | 3周前; 3w | 3 週前; 4mo | 4个月前; 4mo | 4個月前; 1y | 1年前; now | 刚刚; now | 剛剛
        5m | 更新于5分钟前; 20s | 20秒前; 2h5m | 2小时5分钟前; 5m | 5分钟之前; 5m | 5分钟以前
    """,
    "ko": """
        5m | 5분 전; 5m | 5분전; 3h | 3시간 전; 3h | 3시간전; 1h30m | 1시간 30분 전; 2d | 2일 전; 3w | 3주 전
        4mo | 4개월 전; 1y | 1년 전; now | 방금; now | 방금 전; 20s | 20초 전; 5m | 업데이트 5분 전
    """,
    "id": """
        5m | 5 menit lalu; 5m | 5 menit yang lalu; 3h | 3 jam lalu; 3h | 3 jam yang lalu; 2d | 2 hari lalu
        2d | 2 h lalu; 3w | 3 minggu lalu; 4mo | 4 bulan lalu; 1y | 1 tahun lalu; now | baru saja
        5m | Diperbarui 5 menit lalu; 5m | 5 mnt lalu
    """,
}

UNIT_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "mo": 2592000, "y": 31536000}


def _rows(tables: dict[str, str]) -> list[tuple[str, str, str]]:
    """Language, expected, text: rows end at a line's end or a semicolon."""
    cells = [(code, cell.strip()) for code, table in tables.items() for cell in re.split(r"[;\n]", table)]
    parted = [(code, *cell.partition(" | ")) for code, cell in cells if cell]
    return [(code, expected.strip(), text.strip()) for code, expected, _, text in parted]


def _bounds(expected: str) -> tuple[int, int]:
    """Seconds ago at least and at most, as the rules of docs/detection.md have it."""
    if expected in ("now", "soon"):
        return 0, 60 if expected == "now" else 600
    runs = re.findall(r"(\d+)([a-z]+)", expected)
    total, unit = sum(int(count) * UNIT_S[unit] for count, unit in runs), runs[-1][1]
    width = UNIT_S[unit]
    match unit:
        case "d":
            return total - width, total + width
        case "w":
            return total - width // 2, total + width
        case "mo":
            return (total - width // 2) * 28 // 30, (total + width) * 31 // 30
        case "y":
            return total - width // 2, (total + width) * 31 // 30 + 86400
        case _:
            return total - (width // 4 if expected.endswith("~") else 0), total + width


@pytest.mark.parametrize(("code", "expected", "text"), _rows(AGES))
def test_ages_in_the_words_of_a_language(code: str, expected: str, text: str) -> None:
    """An age is the interval of its last unit before the copy was made, whatever the language."""
    assert code in LANGUAGE_CODES
    anchor = datetime(2023, 3, 21, 23, 47, tzinfo=UTC)
    found = read(text, anchor, UTC)
    assert found is not None
    assert ((anchor - found.latest).total_seconds(), (anchor - found.earliest).total_seconds()) == _bounds(expected)
    assert found.kind == "relative"


def test_every_language_has_its_ages() -> None:
    """No language of the tables is left out, and there are at least two hundred texts."""
    assert set(AGES) == LANGUAGE_CODES
    assert len(_rows(AGES)) >= 200


@pytest.mark.parametrize("text", sorted({text for _, said, text in _rows(AGES) if said not in ("now", "soon")}))
def test_an_age_alone_on_a_line_begins_a_post(text: str) -> None:
    """Each of these texts alone on a line is told from prose."""
    assert line_kind(text) == "relative"
