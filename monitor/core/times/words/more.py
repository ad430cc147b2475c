"""Finnish, Polish, Czech, Turkish, Indonesian: inflected forms as in CLDR 48, and what newsrooms write."""

from __future__ import annotations

from monitor.core.times.words.language import Language

FINNISH = Language(
    code="fi",
    months=(
        "tammikuuta tammikuu tammi", "helmikuuta helmikuu helmi", "maaliskuuta maaliskuu maalis",
        "huhtikuuta huhtikuu huhti", "toukokuuta toukokuu touko", "kesäkuuta kesäkuu kesä",
        "heinäkuuta heinäkuu heinä", "elokuuta elokuu elo", "syyskuuta syyskuu syys", "lokakuuta lokakuu loka",
        "marraskuuta marraskuu marras", "joulukuuta joulukuu joulu",
    ),
    weekdays=(
        "maanantai maanantaina ma", "tiistai tiistaina ti", "keskiviikko keskiviikkona ke", "torstai torstaina to",
        "perjantai perjantaina pe", "lauantai lauantaina la", "sunnuntai sunnuntaina su",
    ),
    units={
        "s": "sekuntia sekunti sek s", "min": "minuuttia minuutti min m", "h": "tuntia tunti t h",
        "d": "päivää päivä pv vrk", "w": "viikkoa viikko vk", "mo": "kuukautta kuukausi kk", "y": "vuotta vuosi v",
    },
    alone="sekunti minuutti tunti päivä viikko kuukausi vuosi",
    tail="sitten",
    one="yksi",
    two="kaksi",
    joiners="ja",
    recent="juuri_nyt juuri_äsken hetki_sitten muutama_sekunti_sitten",
    moments="äsken muutama_minuutti_sitten",
    now_words="nyt",
    today="tänään",
    yesterday="eilen",
    before_yesterday="toissapäivänä toissa_päivänä",
    less="alle",
    about="noin n",
    more="yli",
    at="klo kello",
    am="ap",
    pm="ip",
    labels="päivitetty julkaistu viimeksi muokattu luotu",
)  # fmt: skip
POLISH = Language(
    code="pl",
    months=(
        "stycznia styczeń sty", "lutego luty lut", "marca marzec mar", "kwietnia kwiecień kwi", "maja maj",
        "czerwca czerwiec cze", "lipca lipiec lip", "sierpnia sierpień sie", "września wrzesień wrz",
        "października październik paź", "listopada listopad lis", "grudnia grudzień gru",
    ),
    weekdays=(
        "poniedziałek pon pn", "wtorek wt", "środa śr środę", "czwartek czw cz", "piątek pt", "sobota sob sobotę",
        "niedziela niedz nd niedzielę",
    ),
    units={
        "s": "sekundę sekundy sekund sekunda sek s", "min": "minutę minuty minut minuta min m",
        "h": "godzinę godziny godzin godzina godz g h", "d": "dzień dni d", "w": "tydzień tygodnie tygodni tydz tyg",
        "mo": "miesiąc miesiące miesięcy mies", "y": "rok lata lat",
    },
    alone="sekundę minutę godzinę dzień tydzień miesiąc rok",
    tail="temu",
    one="jedną jeden",
    two="dwie dwa",
    joiners="i",
    recent="przed_chwilą właśnie_teraz kilka_sekund_temu",
    moments="chwilę_temu kilka_minut_temu",
    now_words="teraz",
    today="dziś dzisiaj",
    yesterday="wczoraj",
    before_yesterday="przedwczoraj",
    less="mniej_niż",
    about="około ok prawie",
    more="ponad więcej_niż",
    at="godz godzina o_godz o_godzinie",
    labels="aktualizacja aktualizowano zaktualizowano ostatnia opublikowano publikacja dodano data utworzono o w we "
           "dnia r",
)  # fmt: skip
CZECH = Language(
    code="cs",
    months=(
        "ledna leden led", "února únor úno", "března březen bře", "dubna duben dub", "května květen kvě",
        "června červen čvn čer", "července červenec čvc", "srpna srpen srp", "září zář", "října říjen říj",
        "listopadu listopad lis", "prosince prosinec pro",
    ),
    weekdays=(
        "pondělí po", "úterý út", "středa st středu", "čtvrtek čt", "pátek pá", "sobota so sobotu", "neděle ne neděli",
    ),
    units={
        "s": "sekundami sekundou sekundy sekund sekunda sek s", "min": "minutami minutou minuty minut minuta min m",
        "h": "hodinami hodinou hodiny hodin hodina hod h", "d": "dny dnem dní den",
        "w": "týdny týdnem týdnů týden týd", "mo": "měsíci měsícem měsíců měsíc měs", "y": "lety rokem roky let rok",
    },
    alone="sekundou minutou hodinou dnem týdnem měsícem rokem",
    lead="před",
    tail="zpět zpátky",
    one="jednou jedním",
    two="dvěma",
    joiners="a",
    recent="právě_teď právě před_několika_sekundami před_pár_sekundami",
    moments="před_chvílí před_okamžikem před_několika_minutami před_pár_minutami",
    now_words="nyní teď",
    today="dnes",
    yesterday="včera",
    before_yesterday="předevčírem",
    less="méně_než",
    about="asi přibližně cca téměř",
    more="více_než přes",
    clock="hod hodin h",
    am="dop dopoledne",
    pm="odp odpoledne",
    labels="aktualizováno aktualizace poslední publikováno vydáno zveřejněno upraveno v ve dne od",
)  # fmt: skip
TURKISH = Language(
    code="tr",
    months=(
        "ocak oca", "şubat şub", "mart mar", "nisan nis", "mayıs may", "haziran haz", "temmuz tem", "ağustos ağu",
        "eylül eyl", "ekim eki", "kasım kas", "aralık ara",
    ),
    weekdays=(
        "pazartesi pzt", "salı sal", "çarşamba çar", "perşembe per", "cuma cum", "cumartesi cmt", "pazar paz",
    ),
    units={
        "s": "saniye sn", "min": "dakika dk", "h": "saat sa", "d": "gün", "w": "hafta hf", "mo": "ay", "y": "yıl sene",
    },
    tail="önce evvel",
    one="bir",
    two="iki",
    joiners="ve",
    recent="az_önce şimdi_paylaşıldı birkaç_saniye_önce hemen_şimdi",
    moments="biraz_önce birkaç_dakika_önce demin",
    now_words="şimdi",
    today="bugün",
    yesterday="dün",
    before_yesterday="evvelsi_gün önceki_gün",
    about="yaklaşık",
    at="saat",
    am="öö",
    pm="ös",
    labels="güncelleme güncellendi güncellenme son yayınlanma yayınlandı yayın tarihi tarih saat giriş oluşturulma "
           "eklenme",
)  # fmt: skip
INDONESIAN = Language(
    code="id",
    months=(
        "januari jan", "februari feb peb", "maret mar", "april apr", "mei", "juni jun", "juli jul",
        "agustus agu agt ags", "september sep sept", "oktober okt", "november nov nop", "desember des",
    ),
    weekdays=("senin sen", "selasa sel", "rabu rab", "kamis kam", "jumat jum'at jum", "sabtu sab", "minggu min"),
    units={
        # CLDR's short day is "h" (hari): beside "lalu" that, not the hour, is meant.
        "s": "detik dtk", "min": "menit mnt", "h": "jam", "d": "hari h", "w": "minggu mgg", "mo": "bulan bln",
        "y": "tahun thn",
    },
    tail="yang_lalu lalu yg_lalu",
    one="satu",
    two="dua",
    joiners="dan",
    recent="baru_saja barusan beberapa_detik_yang_lalu beberapa_detik_lalu",
    moments="beberapa_saat_lalu beberapa_saat_yang_lalu beberapa_menit_lalu beberapa_menit_yang_lalu",
    now_words="sekarang",
    today="hari_ini",
    yesterday="kemarin",
    before_yesterday="kemarin_dulu",
    less="kurang_dari",
    about="sekitar",
    more="lebih_dari",
    at="pukul jam pkl",
    am="pagi",
    pm="siang sore malam",
    labels="diperbarui diperbaharui terakhir terbit diterbitkan dipublikasikan tayang update pada tanggal dibuat "
           "waktu",
)  # fmt: skip
