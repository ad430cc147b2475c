"""Every key Stetwatch writes, in one table. Every value carries a version where its shape may change.

======================  ======  ==================================================================================
key                     type    holds
======================  ======  ==================================================================================
sources                 zset    every source that is watched, paused ones too (score 0: read by name)
configured              zset    those of the configuration file → number of the reading that named them last
configuration           string  counts the readings of configuration files by pollers that started
added                   hash    those added while running → JSON: name, URL, definition, host; a configured name wins
due                     zset    source → when to poll next, or when its lease ends (ms); paused ones are not in it
paused, closed,         zset    source → since when it is so (ms); each stands in one of them at most, the first that
failing, retrying, new          holds: marking.lua
src:<source>            hash    ``def`` (JSON of Source), ``poll_token``, ``etag``, ``last_modified``, ``body``
                                (sha256 of the last body), ``host``, ``failures``, ``unreadable`` (copies in a row),
                                ``polls``, ``eager``, ``heat``, ``heat_at``, ``epoch``, ``tries``, ``generation``
                                (pages the name stood for before), ``state`` (packed SourceState), ``trouble`` (why it
                                is failing), ``last_error``, ``last_poll_at``, ``committed`` and ``finished`` (the
                                last epoch and token that wrote: a resend is known), ``asked`` (likewise, of an
                                operator's call); ``mark`` (in which of the indexes above, since when), ``failing_at``,
                                ``closed_at``, ``successor`` (the page a closed one goes on at), ``paused_at``,
                                ``paused_why``, ``paused_by``; expires, as ``inbox``, ``text``, ``polls`` and ``m:src``
                                do, with retention after the source is no longer watched
polls:<source>          list    the last 30 to 40 visits, newest first: ms, outcome, ms it took, bytes, seconds until
                                the next one, reason of a failure (standings.encode_visit)
inbox:<source>          list    observations waiting, oldest first (JSON)
ready                   zset    source → ready since, or when the worker's lease ends (ms)
bell                    string  set while a drain job is on its way
snap:<sha256>           string  one body: a codec byte, then the bytes; expires, soon when it told no change
told:<sha256>           string  set while that body is kept as the evidence of a change
copy:<source>:<name>    string  a snapshot that told a change, by its name: JSON with ``sha256``, ``url``,
                                ``fetched_at``, ``content_type``, ``encoding``; expires with its body
text:<source>           hash    track → packed text of its current version
aside                   list    observations that killed their worker (JSON, newest first), the last 200
changes                 stream  the log: ``id``, ``type``, ``source``, ``subject``, ``score`` (significance × 1000, or
                                empty), ``find`` (what text filters look through); the body stands at ``change:<id>``.
                                The last two are absent from what versions before them wrote
log:<source>            stream  the changes of one source, under the same places: ``id``, ``type``, ``subject``,
                                ``score``; expires with retention
tellers:<tag>           zset    source → when it last told a change under the tag (ms); each expires with retention
change:<id>             string  one change's frozen wire form; expires with retention, but not within 8 days of an
                                attempt in a lane that holds it, nor within 30 days of its being given up
                                or of the pause of a destination it waits for
whole:<id>              string  the change uncut (JSON, packed as bodies are), where its wire form was cut for size;
                                expires with retention
wholes:<source>         list    changes of the source that are kept uncut, oldest first: the last 100, and 2 MiB of them
history:<pst>           list    ids of a post's changes whose bodies are kept, oldest first, the last 1,000
destinations            set     names that ever had a delivery queued
lanes:<dest>            zset    lane → when its head is due (ms), or when its lease ends
lane:<dest>:<lane>      list    change ids waiting, oldest first; a lane is ``<source>/<subject>``
delivery:<dest>         hash    change id → JSON: attempts, first_at, tried_at, last error, lane, redelivery, batch and
                                batch_count (frozen into a message with so many behind it), not_before_ms and held
                                (quiet hours), failing_told
queued:<dest>           zset    change id → when it was queued (ms), of what waits
memory:<dest>:<lane>    string  JSON the sender left (Slack: channel and parent message; ``origin`` names a change whose
                                body a claim returns too); expires with the change it was left with
batch:<dest>:<batch>    list    the lanes a frozen message settles, while it is on its way
ack:<dest>:<lane>       string  JSON: who acknowledged a post's alert (``by``) and when (``at_ms``); for seven days
leases:<dest>           hash    lane → fencing token of its claim; the field with no name counts them
flights:<dest>          zset    token of a message on its way → when its lease ends (ms)
dst:<dest>              hash    how the destination fares: ``state`` (paused, disabled; absent: active), ``reason``,
                                ``since_ms``, ``by``, ``kept_at_ms`` (bodies of what waits last prolonged);
                                ``wish_until_ms`` (Retry-After); ``tat_ms`` (rate: when the next message is expected);
                                breaker: ``fails`` in a row, ``open_until_ms``, ``open_for_ms``, ``probe`` (token);
                                long failure: ``failing_since_ms``, ``failed``, ``warned`` (per cent), ``failing_told``
                                (somebody has heard of it since the last arrival)
health:<dest>:<part>    hash    ``n`` attempts and ``trips`` among them in a part of the breaker's window; expires
mutes:<dest>            hash    lane or source → JSON: until_ms (absent: for good), by
dead:<dest>             zset    change id → when it was given up (ms, with its fraction)
delivered:<dest>        stream  log of acknowledged deliveries, and of muted ones, trimmed
attempts:<dest>         stream  log of attempts: id, lane, n, outcome, status, address, duration_ms, reason, next_ms,
                                answer (its beginning), message; trimmed
tally:<process>         string  which of a poller's summed-up numbers were added last: none is added twice
wake                    channel published to when a lane gains work
rounds                  hash    the rounds: ``at_ms`` (the last ones), ``watched_ms`` (since when without a gap),
                                ``slot`` (the last rollup row), ``up:<role>`` and ``last:<role>`` (since when it
                                lives, its last beat)
troubles                hash    ``role:<role>`` or ``source:<source>`` told of as stopped or stalled → since (ms)
stalls                  string  how many stalled sources were told of lately; expires
rollup                  string  JSON: what the next rollup row is measured against
m:c, m:g, m:h:*, m:*    hash    metrics (monitor.metrics): a read-only user sees these and nothing else
======================  ======  ==================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keys:
    """The table above under one prefix (default ``stet:``)."""

    prefix: str = "stet:"

    def key(self, *parts: str) -> str:
        """``key("lane", "desk", "x/page")`` → ``stet:lane:desk:x/page``."""
        return self.prefix + ":".join(parts)
