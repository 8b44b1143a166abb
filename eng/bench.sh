#!/usr/bin/env bash
# Measures the programs as users get them. SCENARIO… picks some; docs/performance.md explains the numbers.
set -euo pipefail
cd "$(dirname "$0")/.."
eng/build.sh
dotnet build bench/Nerve.Swarm -c Release -v q --nologo
dotnet build bench/Nerve.Bench -c Release -v q --nologo
exec artifacts/bin/Nerve.Bench/release/nerve-bench "$@"
