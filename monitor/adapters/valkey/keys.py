"""Every key Stetwatch writes, in one table. Every value carries a version where its shape may change.

======================  ======  ==================================================================================
key                     type    holds
======================  ======  ==================================================================================
due                     zset    source → when to poll next, or when its lease ends (ms)
src:<source>            hash    ``def`` (JSON of Source), ``poll_token``, ``etag``, ``last_modified``, ``body``
                                (sha256 of the last body), ``failures``, ``polls``, ``eager``, ``heat``, ``heat_at``,
                                ``epoch``, ``tries``, ``state`` (packed SourceState), ``last_error``, ``last_poll_at``,
                                ``committed`` and ``finished`` (the last epoch and token that wrote: a resend is known)
inbox:<source>          list    observations waiting, oldest first (JSON)
ready                   zset    source → ready since, or when the worker's lease ends (ms)
bell                    string  set while a drain job is on its way
snap:<sha256>           string  one body: a codec byte, then the bytes; expires
text:<source>           hash    track → packed text of its current version
aside                   list    observations that killed their worker (JSON, newest first)
changes                 stream  ``id``, ``type``, ``source``, ``subject``; the body stands at ``change:<id>``
change:<id>             string  one change's frozen wire form; expires with retention
history:<pst>           list    ids of a post's changes, oldest first
lanes:<dest>            zset    lane → when its head is due (ms), or when its lease ends
lane:<dest>:<lane>      list    change ids waiting, oldest first; a lane is ``<source>/<subject>``
delivery:<dest>         hash    change id → JSON: attempts, first_at, last error, lane, redelivery
memory:<dest>           hash    lane → JSON the sender left (Slack: channel and parent message)
leases:<dest>           hash    lane → fencing token of its claim; the field with no name counts them
dead:<dest>             zset    change id → when it was given up (ms)
delivered:<dest>        stream  log of acknowledged deliveries, trimmed
wake                    channel published to when a lane gains work
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
