#!/usr/bin/env bash
# dist/: the agent as one native file, the center and the swarm as folders, checksums.
set -euo pipefail
cd "$(dirname "$0")/.."
rm -rf dist && mkdir -p dist
npm --prefix web ci --no-audit --no-fund && npm --prefix web run build
dotnet restore Nerve.slnx -v q
dotnet publish src/Nerve.Agent --no-restore -c Release -r linux-x64 -o artifacts/publish/agent -v q --nologo
cp artifacts/publish/agent/nerve-agent dist/nerve-agent-linux-x64
cp artifacts/publish/agent/nerve-agent.dbg dist/nerve-agent-linux-x64.dbg # to read its stack traces: docs/decisions/0002-agent-size.md
dotnet publish src/Nerve.Center -c Release -r linux-x64 --self-contained -o dist/nerve-center-linux-x64 -v q --nologo
dotnet publish bench/Nerve.Swarm -c Release -r linux-x64 --self-contained -o dist/nerve-swarm-linux-x64 -v q --nologo
(cd dist && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum > SHA256SUMS)
ls -lh dist
