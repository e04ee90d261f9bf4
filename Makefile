# Roundel's verbs. `make run` needs Go, Node and make; `make test` installs what
# else it needs from Debian (see test/setup.sh).
GOFUMPT    := mvdan.cc/gofumpt@v0.12.0
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
VERSION    ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GOFLAGS_BUILD := -trimpath -ldflags "-s -w -X main.version=$(VERSION)"
DATA       ?= data
export CGO_ENABLED ?= 0

.PHONY: run build web test quick lint fuzz bench soak dev clean generate

run: build ## build everything and start the server in ./data
	bin/roundel serve --data $(DATA) $(ARGS)

build: web bin
	go build $(GOFLAGS_BUILD) -o bin/roundel ./cmd/roundel
	go build $(GOFLAGS_BUILD) -o bin/roundelctl ./cmd/roundelctl

bin:
	mkdir -p bin

# The web client is built again only when something below web/, or of the program
# that keeps its keys (vite/wasm.ts compiles it), is newer.
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -path web/e2e -prune -o -type f -print 2>/dev/null) $(shell find e2ee/mls e2ee/session e2ee/wasm -name '*.go' ! -name '*_test.go' 2>/dev/null)
web: web/dist/index.html
web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	cd web && npm run --silent build
	touch $@
web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	touch $@

test: ## everything once: Go with -race, web, journeys in real browsers
	test/setup.sh
	test/run.sh

quick: ## under 3 minutes, no browser
	go vet ./...
	go test -short ./...
	cd web && npm run --silent check && npm test --silent

lint: web/node_modules/.package-lock.json .tools/gofumpt .tools/staticcheck
	test/lint.sh

.tools/gofumpt:
	GOBIN=$(CURDIR)/.tools go install $(GOFUMPT)
.tools/staticcheck:
	GOBIN=$(CURDIR)/.tools go install $(STATICCHECK)

generate: ## docs/protocol.md and web/src/api/wire.ts from core/wire
	go generate ./...

fuzz: ## every fuzz target for FUZZTIME each
	test/fuzz.sh $(or $(FUZZTIME),1m)

bench: build ## our figures beside the floor; writes bench/results.json
	go run ./bench $(ARGS)

soak: build ## 30 minutes of people coming and going, long histories of groups, ten rounds of journeys
	test/soak.sh $(ARGS)

dev: web/node_modules/.package-lock.json ## the server with Vite behind it, for work on the client
	test/dev.sh

clean:
	rm -rf bin .tools web/node_modules test-results bench/results.json
	find web/dist -mindepth 1 ! -name placeholder.html -delete 2>/dev/null || true
