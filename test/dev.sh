#!/usr/bin/env bash
# The server with Vite in front of it: open the printed http://localhost address
# (a secure origin for browsers, so that cameras work). Ends with Ctrl-C.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${DATA:-data}
go build -o bin/roundel ./cmd/roundel
bin/roundel serve --data "$data" &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null' EXIT
cd web
ROUNDEL_BACKEND=${ROUNDEL_BACKEND:-https://localhost:8443} npm run --silent dev
