#!/usr/bin/env bash
# The journeys in real browsers. Arguments are test files; without any, all.
set -euo pipefail
cd "$(dirname "$0")"
[ -x ../../bin/roundel ] || { echo "web/e2e/run.sh: build first (make build)" >&2; exit 1; }
[ $# -gt 0 ] || set -- *.test.mjs
exec ./stage.sh node --test --test-concurrency=1 --test-timeout=300000 --test-reporter=spec "$@"
