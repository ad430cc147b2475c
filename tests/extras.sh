#!/usr/bin/env bash
# Fetches what some tests need beyond the packages of `make test`: Playwright, a Chromium for it to drive, and packages
# of other people's from npm; into .venv, the system and .extras. Any part may be impossible here: that is told in one
# line, and the tests that need it are skipped.
set -uo pipefail
cd "$(dirname "$0")/.."
NPM=(standardwebhooks@1.0.0 axe-core@4.14.1)
said=$(mktemp)
trap 'rm -f "$said"' EXIT

fetch() { # WHAT COMMAND…: run it for at most ten minutes; where it fails, tell with the last line it said
  timeout 600 "${@:2}" >"$said" 2>&1 && return
  echo "extras: $1 cannot be had here ($(grep . "$said" | tail -n 1 | cut -c 1-160)); the tests that need it are skipped"
}

apt='apt-get install -qq -y --no-install-recommends chromium'
as=$([ "$(id -u)" = 0 ] || echo "sudo -n")
fetch Playwright .venv/bin/pip install --disable-pip-version-check --quiet --require-hashes -r requirements-extras.lock
command -v chromium >/dev/null ||
  fetch Chromium $as env DEBIAN_FRONTEND=noninteractive sh -c "$apt || { apt-get update -qq && $apt; }"
fetch "what comes from npm" npm install --no-save --no-package-lock --no-audit --no-fund --ignore-scripts \
  --loglevel=error --prefix .extras "${NPM[@]}"
exit 0
