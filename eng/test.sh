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

names=$(mktemp); trap 'rm -f "$names"' EXIT
# As the programs were just built, so that what they share is not built twice.
quick_dotnet build Nerve.slnx -c Release -v q --nologo || exit 1

# One program of tests. What it says is shown when it is done, for two run at a time; its report is kept.
results=$PWD/artifacts/test-results
rm -rf "$results" && mkdir -p "$results"
dotnet_tests() {
  local log=$1/$2.log rc
  echo "Running $2"
  "artifacts/bin/$2/release/$2" --no-ansi --no-progress --report-xunit-xml --report-xunit-xml-filename "$2.xunit.xml" --results-directory "$1" >"$log" 2>&1
  rc=$?
  echo "$rc" >"$1/$2.rc"
  cat "$log"
}
export -f dotnet_tests
# The longest first.
tests=(Nerve.EndToEnd Nerve.{Agent,Storage,Server,Redis,Configuration,Protocol}.Tests)
printf '%s\n' "${tests[@]}" | xargs -P 2 -I{} bash -c 'dotnet_tests "$0" {}' "$results"
count() { grep -E "^ +$2: [0-9]+" "$results/$1.log" | tail -1 | grep -oE '[0-9]+' || echo 0; }
for test in "${tests[@]}"; do
  f=$(count "$test" failed)
  # A program that came to no end has not passed.
  [ "$(cat "$results/$test.rc")" = 0 ] || [ "$f" -gt 0 ] || { f=1; echo "failed $test: ended with $(cat "$results/$test.rc")" >>"$names"; }
  passed=$((passed + $(count "$test" succeeded))) failed=$((failed + f)) skipped=$((skipped + $(count "$test" skipped)))
  grep -E '^failed ' "$results/$test.log" >>"$names"
done

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
