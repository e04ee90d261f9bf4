#!/usr/bin/env bash
# Runs every test once: Go with the race detector, the web client's unit tests,
# then whole-program journeys in real browsers.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s (%(%H:%M:%S)T)\n' "$*" -1; }

step web: types and unit tests
make --no-print-directory web/node_modules/.package-lock.json
(cd web && npm run --silent check && npm test --silent)

step build
make --no-print-directory build

step every screen: accessibility, content policy, nothing wider than the page
(cd web && npm run --silent look -- --widths 1280,320)

step go test -race
CGO_ENABLED=1 go test -race -timeout 15m ./...

step go test: what the race detector would distort, allocations and memory
go test -run 'Alloc|IdleCost|Budget' ./media/... ./e2ee/... ./cmd/...

step journeys in browsers
web/e2e/run.sh
