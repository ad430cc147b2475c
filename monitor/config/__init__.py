"""The configuration: one table of keys, from which reading, the JSON Schema and the documentation's check are made.

``load`` reads text, ``load_file`` what the command line names; both return ``Settings`` or raise one ``ConfigError``
that holds every fault.
"""

from monitor.config.added import added_source
from monitor.config.files import default_path, default_text, duration_of, load_file, read_private
from monitor.config.json_schema import schema
from monitor.config.load import load, load_recording
from monitor.config.settings import Network, RedisSettings, Retention, Settings, Web, Work

__all__ = [
    "Network",
    "RedisSettings",
    "Retention",
    "Settings",
    "Web",
    "Work",
    "added_source",
    "default_path",
    "default_text",
    "duration_of",
    "load",
    "load_file",
    "load_recording",
    "read_private",
    "schema",
]
