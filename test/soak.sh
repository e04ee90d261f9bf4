#!/usr/bin/env bash
# What is too long for every landing: half an hour of people coming and going
# (arguments go to that program), then the journeys in browsers ten times in a row.
set -euo pipefail
cd "$(dirname "$0")/.."
go run ./test/soak "$@"
for i in $(seq "${JOURNEYS:-10}"); do
	printf '\n== journeys, round %d\n' "$i"
	web/e2e/run.sh
done
