#!/usr/bin/env bash
# What must hold besides the tests: formatting, linters, types, the agent's AOT gate.
set -euo pipefail
cd "$(dirname "$0")/.."
trap 'echo "failed check: $BASH_COMMAND"' ERR
[ -d web/node_modules ] || npm --prefix web ci --no-audit --no-fund
# With all analyzers, which the builds for running and testing leave out.
dotnet build Nerve.slnx --no-restore -v q --nologo
dotnet format Nerve.slnx --verify-no-changes --no-restore
npm --prefix web run lint
npm --prefix web run format:check
npm --prefix web run typecheck
eng/aot-gate.sh
