"""``python -m monitor``: the same command as ``stetwatch``."""

from monitor.cli import main

if __name__ == "__main__":
    main()
