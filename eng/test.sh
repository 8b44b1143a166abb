#!/usr/bin/env bash
# Every test of the project. Last line: N passed, N failed, N skipped.
set -uo pipefail
cd "$(dirname "$0")/.."
source eng/prerequisites.sh
need_dotnet && need_node || exit 2
offer_postgres
offer_redis
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
passed=0 failed=0 skipped=0

# The browser tests drive Debian's Chromium, and say so where there is none.
command -v chromium >/dev/null || install_for_tests Chromium chromium fonts-noto-cjk

# The end-to-end tests drive the programs as users get them.
eng/build.sh || exit 1
export NERVE_RUN_IS_BUILT=1

log=$(mktemp) names=$(mktemp); trap 'rm -f "$log" "$names"' EXIT
# As the programs were just built, so that what they share is not built twice.
dotnet build Nerve.slnx -c Release -v q --nologo || exit 1
rm -rf artifacts/test-results
dotnet test --solution Nerve.slnx -c Release --no-build --report-xunit-xml --results-directory "$PWD/artifacts/test-results" 2>&1 | tee "$log"
dotnet_rc=${PIPESTATUS[0]}
count() { grep -E "^ +$1: [0-9]+" "$log" | tail -1 | grep -oE '[0-9]+' || echo 0; }
passed=$((passed + $(count succeeded))) failed=$((failed + $(count failed))) skipped=$((skipped + $(count skipped)))
[ "$dotnet_rc" -ne 0 ] && [ "$failed" -eq 0 ] && failed=1
grep -E '^failed ' "$log" >>"$names"

# One suite of the page: its name, the npm script. The last line counts what its report counts.
page_tests() {
  local report=artifacts/$1.json p f s
  rm -f "$report"
  npm --prefix web run "$2" -- --reporter=default --reporter=json --outputFile.json="$PWD/$report" || true
  if [ -f "$report" ]; then
    read -r p f s < <(node -p 'const r=require(process.argv[1]); [r.numPassedTests, r.numFailedTests + (r.success || r.numFailedTests ? 0 : 1), r.numPendingTests + (r.numTodoTests||0)].join(" ")' "$PWD/$report")
    node -p 'require(process.argv[1]).testResults.flatMap(file => file.assertionResults).filter(test => test.status === "failed").map(test => "failed " + test.fullName + "\n").join("")' "$PWD/$report" >>"$names"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  else
    failed=$((failed + 1))
  fi
}
page_tests web-tests test
page_tests browser-tests e2e

grep . "$names"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
