#!/usr/bin/env bash
# The journeys in real browsers. Arguments are test files; without any, all.
set -euo pipefail
cd "$(dirname "$0")"
[ -x ../../bin/roundel ] || { echo "web/e2e/run.sh: build first (make build)" >&2; exit 1; }
[ $# -gt 0 ] || set -- *.test.mjs

# Firefox runs no AudioContext on a machine without a sound card: a sink that
# plays to nobody is one.
sound=$(mktemp -d)
HOME=$sound PULSE_RUNTIME_PATH=$sound pulseaudio -n --daemonize=no --use-pid-file=no --exit-idle-time=-1 \
	-L "module-null-sink sink_name=silence" \
	-L "module-native-protocol-unix auth-anonymous=1 socket=$sound/native" >"$sound/log" 2>&1 &
sink=$!
trap 'kill $sink 2>/dev/null; wait $sink 2>/dev/null; rm -rf "$sound"' EXIT
for _ in $(seq 50); do [ -S "$sound/native" ] && break; sleep 0.1; done
[ -S "$sound/native" ] || { cat "$sound/log" >&2; exit 1; }
export PULSE_SERVER=unix:$sound/native

./namespace.sh node --test --test-concurrency=1 --test-timeout=300000 --test-reporter=spec "$@"
