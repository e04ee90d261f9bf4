#!/usr/bin/env bash
# Runs "$@" where journeys and the bench's browsers run: in a network of its own
# (namespace.sh), and with a sink for sound.
set -euo pipefail
cd "$(dirname "$0")"

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

./namespace.sh "$@"
