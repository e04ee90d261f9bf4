#!/usr/bin/env bash
# Format, vet, static analysis, types, generated files: prints what to mend.
set -euo pipefail
cd "$(dirname "$0")/.."

unformatted=$(git ls-files '*.go' | xargs -r .tools/gofumpt -l)
if [ -n "$unformatted" ]; then
	echo "gofumpt would change:" $unformatted >&2
	exit 1
fi
go vet ./...
.tools/staticcheck ./...
go mod verify >/dev/null
go mod tidy -diff
(cd web && npm run --silent lint && npm run --silent check)
if grep -n '"resolved"' web/package-lock.json | head -1; then
	echo "web/package-lock.json names a registry; run npm with omit-lockfile-registry-resolved" >&2
	exit 1
fi
bash -n .ci/run test/*.sh web/e2e/*.sh
