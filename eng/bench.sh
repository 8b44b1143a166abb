#!/usr/bin/env bash
# Measures the programs as users get them. SCENARIO… picks some; docs/performance.md explains the numbers.
set -euo pipefail
cd "$(dirname "$0")/.."
eng/build.sh
case "$(uname -m)" in aarch64) rid=linux-arm64 ;; *) rid=linux-x64 ;; esac
dotnet publish bench/Nerve.Swarm -c Release -r "$rid" --self-contained false -o artifacts/run/swarm -v q --nologo
dotnet build bench/Nerve.Bench -c Release -v q --nologo
exec artifacts/bin/Nerve.Bench/release/nerve-bench "$@"
