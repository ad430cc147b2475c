"""Copies that are not the page: cut off on their way, or a wall with status 200 (consent, challenge, login, error).

Only what the bytes prove counts. A wall is small, holds no list of posts, and says what it wants; a page that shows a
consent banner over its posts is no wall.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from monitor.core.extract import dom

_TAIL = 8_192
_HEAD = 4_096
_LONG = 6_000
_SHORT = 1_500
_HTML = re.compile(rb"<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE)
_END = re.compile(rb"</(?:html|body)\s*>", re.IGNORECASE)
_RAW = re.compile(rb"<!--.*?-->|<(script|style|textarea|template|title)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
# Ends whatever a cut left open, so that no pattern looks in vain for an end again and again.
_ENDS = b"--></script></style></textarea></template></title>"
_CONTAINER = re.compile(rb"<(/?)(?:div|article|section|main|table|ul|ol)\b", re.IGNORECASE)

_CHALLENGES = (
    b"cf-chl", b"challenge-platform", b"_Incapsula_Resource", b"px-captcha", b"captcha-delivery.com",
    b"/_sec/cp_challenge", b"g-recaptcha", b"h-captcha", b"cf-turnstile", b"aws-waf-token", b"awsWafCookieDomainList",
)  # fmt: skip

_WORDS: tuple[tuple[str, int, re.Pattern[str]], ...] = tuple(
    (kind, enough, re.compile("|".join(words), re.IGNORECASE))
    for kind, enough, words in (
        ("a challenge page", 1, (
            r"checking (?:if )?(?:the site connection|your browser)", r"verif(?:y|ying) (?:that )?you are (?:a )?human",
            r"are you a (?:robot|human)", r"enable javascript and cookies", r"unusual traffic", r"unusual activity",
            r"access denied", r"request (?:was |has been )?blocked", r"attention required", r"\bcaptcha\b",
            r"pardon our interruption", r"just a moment\W", r"security check", r"ddos protection",
            r"browser wird überprüft", r"dass sie ein mensch sind", r"kein roboter", r"sicherheitsüberprüfung",
            r"vérification de votre navigateur", r"que vous êtes (?:un )?humain", r"pas un robot", r"accès refusé",
            r"comprobando (?:su|tu) navegador", r"que eres (?:un )?human", r"no (?:soy|eres) un robot",
            r"acceso denegado",
            r"controllo del (?:tuo )?browser", r"non (?:sono|sei) un robot", r"accesso negato",
            r"verificando (?:o )?seu navegador", r"não é um robô", r"acesso negado",
            r"browser wordt gecontroleerd", r"geen robot", r"toegang geweigerd",
            r"sprawdzanie przeglądarki", r"проверка (?:вашего )?браузера", r"вы не робот",
        )),
        ("a consent wall", 2, (
            r"before you continue", r"your privacy", r"(?:we and )?our partners", r"accept all", r"reject all",
            r"manage (?:options|cookies|preferences)", r"use(?:s)? cookies", r"consent",
            r"bevor sie (?:fortfahren|weiter)", r"ihre privatsphäre", r"unsere(?:n)? partner",
            r"alle(?:s)? akzeptieren",
            r"einwilligung", r"zustimm", r"avant de continuer", r"vie privée", r"nos partenaires", r"tout accepter",
            r"consentement", r"antes de continuar", r"(?:su|tu) privacidad", r"nuestros socios", r"aceptar todo",
            r"consentimiento", r"prima di (?:continuare|procedere)", r"tua privacy", r"nostri partner", r"accetta tutt",
            r"sua privacidade", r"nossos parceiros", r"aceitar tudo", r"voordat (?:je|u) verder", r"je privacy",
            r"onze partners", r"alle(?:s)? accepteren", r"toestemming", r"prywatność", r"naszych partnerów", r"cookie",
        )),
        ("a login page", 1, (
            r"(?:log|sign) in to (?:continue|read|view|access)", r"please (?:log|sign) in", r"you must be logged in",
            r"subscribe to (?:continue|keep) reading", r"bitte (?:melden|loggen) sie sich", r"anmelden, um",
            r"connectez-vous pour", r"identifiez-vous", r"inicia(?:r)? sesión para",
            r"accedi per (?:continuare|leggere)",
            r"fa(?:ça|zer) login para", r"log in om (?:verder|door)",
        )),
        ("an error page", 1, (
            r"\A.{0,40}\b(?:404|403|429|500|502|503|504)\b", r"page (?:not found|cannot be found)", r"bad gateway",
            r"service (?:temporarily )?unavailable", r"internal server error", r"too many requests",
            r"seite (?:wurde )?nicht gefunden", r"page (?:non trouvée|introuvable)", r"página no encontrada",
            r"pagina non trovata", r"página não encontrada", r"pagina niet gevonden", r"under maintenance",
        )),
    )
)  # fmt: skip


def truncated(body: bytes) -> str | None:
    """Why a body is a page cut off, None when it ends as a page may.

    HTML may leave out its last end tags. A page that does so and was cut besides ends within a tag, a script or a
    comment, or with containers still open.
    """
    if _HTML.search(body, 0, _HEAD) is None or _END.search(body, max(0, len(body) - _TAIL)) is not None:
        return None
    if _END.search(body) is not None:
        return None
    bare, place = bytearray(), 0
    for raw in _RAW.finditer(body + _ENDS):
        if raw.end() > len(body):
            if raw.start() < len(body):
                return f"truncated: the page ends within a script or comment, after {len(body)} bytes"
            break
        bare += body[place : raw.start()]
        place = raw.end()
    bare += body[place:]
    if bare.rfind(b"<") > bare.rfind(b">"):
        return f"truncated: the page ends within a tag, after {len(body)} bytes"
    left = sum(-1 if closing else 1 for closing in _CONTAINER.findall(bare))
    if left > 0:
        return f"truncated: the page ends with {left} elements open and no </html>, after {len(body)} bytes"
    return None


def wall(page: LexborHTMLParser, body: bytes) -> str | None:
    """Why a page without known posts is a wall, in words; None when it may be a page."""
    root = page.body
    if root is None or len(page.css("time, article")) > 4:
        return None
    shown = dom.flat(root)
    title = page.css_first("title")
    said = f"{title.text(deep=True)[:300] if title is not None else ''} {shown}"
    if len(shown) > _LONG:
        return None
    if len(shown) <= _SHORT and any(mark in body for mark in _CHALLENGES):
        return _reason("a challenge page", "it loads a bot check")
    for kind, enough, pattern in _WORDS:
        found = {match[0].strip().casefold() for match in pattern.finditer(said)}
        needed = enough if len(shown) <= _SHORT else enough * 2
        if len(found) >= needed:
            return _reason(kind, f"it says {min(found, key=said.casefold().find)!r}")
    return None


def _reason(kind: str, evidence: str) -> str:
    return f"the server sent {kind}, not the live page ({evidence}): check cookies, headers or access"
