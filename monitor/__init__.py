"""Stetwatch: watches live news pages post by post and tells who needs to know.

The way of the data is the way through the rooms: ``adapters.http`` fetches, ``core.extract`` reads posts,
``core.compare`` finds changes, ``core.deliver`` decides what is sent, ``adapters.webhook`` and ``adapters.slack``
send it. ``roles`` drive that way and decide nothing; ``bootstrap`` is the one place that knows every adapter.
"""

__version__ = "0.1.0"
