#!/usr/bin/env bash
# What is too long for every landing: half an hour of people coming and going
# (arguments go to that program), long random histories of groups (CHURN seeds),
# the longest attacks, then the journeys in browsers ten times in a row (JOURNEYS).
set -euo pipefail
cd "$(dirname "$0")/.."
go run ./test/soak "$@"
printf '\n== random histories of groups\n'
ROUNDEL_CHURN=${CHURN:-100} go test -timeout 0 -run 'Churn|Flipped|Lying|ManyJoin|NonceRepeats' ./e2ee/...
printf '\n== attacks, at their full length\n'
ROUNDEL_LONG=1 go test -timeout 0 -run 'Churn|NonceReuse' -v ./test/attacks
for i in $(seq "${JOURNEYS:-10}"); do
	printf '\n== journeys, round %d\n' "$i"
	web/e2e/run.sh
done
