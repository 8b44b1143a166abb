#!/usr/bin/env bash
# Every test of the project. Last line: N passed, N failed, N skipped.
set -uo pipefail
cd "$(dirname "$0")/.."
source eng/prerequisites.sh
need_dotnet && need_node || exit 2
offer_postgres
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
passed=0 failed=0 skipped=0

# The end-to-end tests drive the programs as users get them.
eng/build.sh || exit 1
export NERVE_RUN_IS_BUILT=1

log=$(mktemp); trap 'rm -f "$log"' EXIT
dotnet build Nerve.slnx -v q --nologo || exit 1
dotnet test --solution Nerve.slnx --no-build 2>&1 | tee "$log"
dotnet_rc=${PIPESTATUS[0]}
count() { grep -E "^ +$1: [0-9]+" "$log" | tail -1 | grep -oE '[0-9]+' || echo 0; }
passed=$((passed + $(count succeeded))) failed=$((failed + $(count failed))) skipped=$((skipped + $(count skipped)))
[ "$dotnet_rc" -ne 0 ] && [ "$failed" -eq 0 ] && failed=1

npm --prefix web run test -- --reporter=default --reporter=json --outputFile.json=../artifacts/web-tests.json || true
if [ -f artifacts/web-tests.json ]; then
  read -r p f s < <(node -p 'const r=require("./artifacts/web-tests.json"); [r.numPassedTests, r.numFailedTests + (r.success || r.numFailedTests ? 0 : 1), r.numPendingTests + (r.numTodoTests||0)].join(" ")')
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
else
  failed=$((failed + 1))
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
