#!/usr/bin/env bash
# Every test of the project. Last line: N passed, N failed, N skipped.
set -uo pipefail
cd "$(dirname "$0")/.."
source eng/prerequisites.sh
need_dotnet && need_node || exit 2
# None is needed before the tests are built.
{ offer_postgres; offer_redis; offer_faketime; offer_chromium; } &
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Hundreds of programs start here, each of which compiles some of itself: a twelfth of that goes into guarding the compiled pages.
export DOTNET_EnableWriteXorExecute=0

trap release_compiler EXIT

echo "Building the tests"
quick_dotnet build Nerve.slnx -c Release -v q --nologo || exit 1
wait

# Of each runner its output, how it ended and its report. Shown when it is done, for two run at a time.
export results=$PWD/artifacts/test-results
rm -rf "$results" && mkdir -p "$results"
dotnet_tests() {
  "artifacts/bin/$1/release/$1" --no-ansi --no-progress --report-xunit-xml --report-xunit-xml-filename "$1.xunit.xml" --results-directory "$results" "${@:2}"
}
# They drive the programs as users get them, and wait for them most of the time.
program_tests() { eng/build.sh && dotnet_tests "$1" --max-threads 1.5x; }
page_tests() { npm --prefix web run "$1" -- --reporter=default --reporter=json --outputFile.json="$results/$1.json"; }
report() { # one of the functions above, what it runs
  echo "Running $2"
  "$1" "$2" >"$results/$2.log" 2>&1
  echo "$?" >"$results/$2.rc"
  cat "$results/$2.log"
}
export -f dotnet_tests program_tests page_tests report
export NERVE_RUN_IS_BUILT=1

# The longest first; but those on Redis, which mostly wait, while the programs are built. The page in a browser comes last and alone: it
# takes two processors by itself.
programs=(Nerve.EndToEnd Nerve.{Redis,Agent,Storage,Server,Configuration,Protocol,Swarm}.Tests)
{
  echo "program_tests ${programs[0]}"
  printf 'dotnet_tests %s\n' "${programs[@]:1}"
  echo "page_tests test"
} | xargs -P 2 -L 1 bash -c 'report "$0" "$1"'
report page_tests e2e

passed=0 failed=0 skipped=0 names=()
# What ran, the counts of its report, the names of what failed. A runner that came to no end has not passed.
add() {
  local rc f=$3; rc=$(cat "$results/$1.rc")
  [ "$rc" = 0 ] || [ "$f" -gt 0 ] || { f=1; names+=("failed $1: ended with $rc"); }
  passed=$((passed + $2)) failed=$((failed + f)) skipped=$((skipped + $4))
}
for program in "${programs[@]}"; do
  count() { grep -E "^ +$1: [0-9]+" "$results/$program.log" | tail -1 | grep -oE '[0-9]+' || echo 0; }
  add "$program" "$(count succeeded)" "$(count failed)" "$(count skipped)"
  mapfile -t -O "${#names[@]}" names < <(grep -E '^failed ' "$results/$program.log")
done
for suite in test e2e; do
  read -r p f s < <(node eng/page-report.mjs "$results/$suite.json" counts)
  add "$suite" "$p" "$f" "$s"
  mapfile -t -O "${#names[@]}" names < <(node eng/page-report.mjs "$results/$suite.json" failed)
done

[ "${#names[@]}" -eq 0 ] || printf '%s\n' "${names[@]}"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
