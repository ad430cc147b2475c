"""Takes Stetwatch's webhooks with nothing but the standard library: copy it, and put your own code into `tell`.

    STETWATCH_SECRET=whsec_… python receiver_python.py 8787

STETWATCH_SECRET may hold two secrets, parted by a space, while one replaces the other. Behind a proxy that ends TLS
this is all a consumer needs. Written for Python 3.9 and newer.
"""
# ruff: noqa: INP001, T201

import base64
import hashlib
import hmac
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_S = 300
MOST_BYTES = 1_000_000
KEEP_IDS_S = 5 * 86_400  # so long may a delivery be tried; keep ids in your database to survive a restart

KEYS = [base64.b64decode(one.removeprefix("whsec_")) for one in os.environ.get("STETWATCH_SECRET", "").split()]
SEEN: "dict[str, float]" = {}
ONE_AT_A_TIME = threading.Lock()


def tell(change):
    """Your code. Raise to have the change sent again later; it will have the same id."""
    post = change["data"].get("post") or {}
    print(json.dumps([change["id"], change["type"], post.get("headline")], ensure_ascii=False), flush=True)


def verified(headers, body, now):
    """The id of a request that a holder of the secret signed within five minutes, else None. Never raises."""
    try:
        id_, sent_at = headers["webhook-id"], headers["webhook-timestamp"]
        if abs(now - int(sent_at)) > TOLERANCE_S:
            return None
        signed = f"{id_}.{sent_at}.".encode() + body
        ours = [base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()) for key in KEYS]
        theirs = [one[3:].encode() for one in headers["webhook-signature"].split(" ") if one.startswith("v1,")]
        return id_ if any([hmac.compare_digest(a, b) for a in ours for b in theirs]) else None  # noqa: C419
    except Exception:  # noqa: BLE001  # whatever a stranger sends is refused, never a stack trace
        return None


class Hook(BaseHTTPRequestHandler):
    """Answers 204 when a change was taken (or had been before), 401 to strangers, 500 when `tell` raised."""

    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_POST(self):
        length = self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            return self.answer(413, connection="close")
        body = self.rfile.read(int(length))  # the raw bytes: parsing and writing them again would break the signature
        id_ = verified(self.headers, body, time.time())
        return self.answer(401 if id_ is None else take(id_, body))

    def answer(self, status, **headers):
        self.send_response(status)
        for name, value in {"content-length": "0", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_):
        pass


def take(id_, body):
    """Tell each id once; a duplicate is answered like the first."""
    with ONE_AT_A_TIME:
        for old in [one for one, at in SEEN.items() if at < time.time() - KEEP_IDS_S]:
            del SEEN[old]
        if id_ in SEEN:
            return 204
        try:
            tell(json.loads(body))
        except Exception as error:  # noqa: BLE001  # Stetwatch tries again by its schedule
            print(f"not taken: {error!r}", file=sys.stderr, flush=True)
            return 500
        SEEN[id_] = time.time()
        return 204


if __name__ == "__main__":
    if not KEYS:
        sys.exit("set STETWATCH_SECRET to the secret of the destination: whsec_…")
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8787), Hook)
    print(f"listening on http://127.0.0.1:{server.server_port}/", file=sys.stderr, flush=True)
    server.serve_forever()
