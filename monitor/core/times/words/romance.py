"""French, Spanish, Italian, Portuguese. Months and weekdays as in CLDR 48, and what newsrooms write."""

from __future__ import annotations

from monitor.core.times.words.language import Language

FRENCH = Language(
    code="fr",
    months=(
        "janvier janv jan", "février févr fév fevrier", "mars", "avril avr", "mai", "juin", "juillet juil",
        "août aout", "septembre sept sep", "octobre oct", "novembre nov", "décembre déc decembre",
    ),
    weekdays=("lundi lun", "mardi mar", "mercredi mer", "jeudi jeu", "vendredi ven", "samedi sam", "dimanche dim"),
    units={
        "s": "secondes seconde sec s", "min": "minutes minute min mn", "h": "heures heure h",
        "d": "jours jour j", "w": "semaines semaine sem", "mo": "mois", "y": "ans an années année",
    },
    lead="il_y_a ilya y_a depuis",
    one="une un",
    two="deux",
    joiners="et",
    recent="à_l'instant a_l'instant il_y_a_quelques_secondes tout_de_suite",
    moments="il_y_a_un_instant il_y_a_quelques_instants il_y_a_quelques_minutes",
    now_words="maintenant",
    today="aujourd'hui",
    yesterday="hier",
    before_yesterday="avant-hier avant_hier",
    less="moins_de moins_d'",
    about="environ presque près_de",
    more="plus_de plus_d'",
    clock="heures heure h",
    of="de",
    ordinals="er",
    labels="publié publiée publie mis mise màj maj à jour le la dernière mise_à_jour modifié modifiée actualisé "
           "créé posté à vers du heure_de_paris depuis_le l'",
)  # fmt: skip
SPANISH = Language(
    code="es",
    months=(
        "enero ene", "febrero feb", "marzo mar", "abril abr", "mayo may", "junio jun", "julio jul", "agosto ago",
        "septiembre setiembre sept sep set", "octubre oct", "noviembre nov", "diciembre dic",
    ),
    weekdays=(
        "lunes lun", "martes mar", "miércoles miercoles mié mie", "jueves jue", "viernes vie",
        "sábado sabado sáb sab", "domingo dom",
    ),
    units={
        # CLDR's short month is "m" as well: beside "hace" it may be either, and is left unread.
        "s": "segundos segundo seg s", "min": "minutos minuto mins min m", "h": "horas hora hs hrs h",
        "d": "días día dias dia d", "w": "semanas semana sem", "mo": "meses mes m", "y": "años año",
    },
    lead="hace",
    tail="atrás atras",
    one="una un",
    two="dos",
    joiners="y",
    recent="ahora_mismo justo_ahora recién hace_unos_segundos hace_pocos_segundos hace_segundos",
    moments="hace_un_momento hace_unos_momentos hace_instantes hace_unos_minutos hace_minutos hace_un_instante",
    now_words="ahora",
    today="hoy",
    yesterday="ayer",
    before_yesterday="anteayer antier antes_de_ayer",
    less="menos_de",
    about="aproximadamente unos unas casi cerca_de",
    more="más_de mas_de",
    at="a_las a_la",
    clock="horas hs hrs h",
    am="de_la_mañana a._m. a.m. a.m am",
    pm="de_la_tarde de_la_noche p._m. p.m. p.m pm",
    of="de del",
    labels="actualizado actualizada actualización actualizacion act publicado publicada última ultima a las la el "
           "los del de creado modificado desde fecha",
)  # fmt: skip
ITALIAN = Language(
    code="it",
    months=(
        "gennaio gen genn", "febbraio feb febbr", "marzo mar", "aprile apr", "maggio mag", "giugno giu",
        "luglio lug", "agosto ago", "settembre set sett", "ottobre ott", "novembre nov", "dicembre dic",
    ),
    weekdays=(
        "lunedì lunedi lun", "martedì martedi mar", "mercoledì mercoledi mer", "giovedì giovedi gio",
        "venerdì venerdi ven", "sabato sab", "domenica dom",
    ),
    units={
        "s": "secondi secondo sec s", "min": "minuti minuto min m", "h": "ore ora h", "d": "giorni giorno gg g",
        "w": "settimane settimana sett", "mo": "mesi mese", "y": "anni anno",
    },
    tail="fa",
    one="un' una un uno",
    two="due",
    joiners="e",
    recent="proprio_ora pochi_secondi_fa alcuni_secondi_fa qualche_secondo_fa in_questo_momento",
    moments="poco_fa un_attimo_fa pochi_minuti_fa qualche_minuto_fa alcuni_minuti_fa pochi_istanti_fa",
    now_words="adesso ora",
    today="oggi",
    yesterday="ieri",
    before_yesterday="l'altro_ieri ieri_l'altro altroieri",
    less="meno_di",
    about="circa quasi",
    more="più_di oltre",
    at="ore alle_ore",
    clock="h",
    of="di del",
    labels="aggiornato aggiornata aggiornamento aggiornati pubblicato pubblicata ultimo ultima modifica alle ore "
           "il del della dalle da lo",
)  # fmt: skip
PORTUGUESE = Language(
    code="pt",
    months=(
        "janeiro jan", "fevereiro fev", "março mar marco", "abril abr", "maio mai", "junho jun", "julho jul",
        "agosto ago", "setembro set", "outubro out", "novembro nov", "dezembro dez",
    ),
    weekdays=(
        "segunda-feira segunda seg", "terça-feira terça ter", "quarta-feira quarta qua", "quinta-feira quinta qui",
        "sexta-feira sexta sex", "sábado sáb sab", "domingo dom",
    ),
    units={
        "s": "segundos segundo seg s", "min": "minutos minuto mins min m", "h": "horas hora h",
        "d": "dias dia d", "w": "semanas semana sem", "mo": "meses mês", "y": "anos ano",
    },
    lead="há faz ha",
    tail="atrás atras",
    one="uma um",
    two="dois duas",
    joiners="e",
    recent="agora_mesmo há_poucos_segundos há_alguns_segundos há_segundos",
    moments="há_instantes há_pouco há_poucos_minutos há_alguns_minutos agora_há_pouco há_um_momento",
    now_words="agora",
    today="hoje",
    yesterday="ontem",
    before_yesterday="anteontem",
    less="menos_de",
    about="cerca_de aproximadamente quase",
    more="mais_de",
    at="às",
    clock="horas h",
    am="da_manhã",
    pm="da_tarde da_noite",
    of="de do",
    ordinals="º ª",
    labels="atualizado atualizada atualização actualizado publicado publicada última ultima às as à em de do da o "
           "postado criado modificado data",
)  # fmt: skip
