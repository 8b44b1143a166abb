#!/usr/bin/env bash
# Writes docs/openapi.json as the center serves it. A test compares the two.
set -euo pipefail
cd "$(dirname "$0")/.."
data=$(mktemp -d)
trap 'kill %1 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$data"' EXIT
port=${PORT:-18199}
dotnet build src/Nerve.Center -v q --nologo >/dev/null
artifacts/bin/Nerve.Center/debug/nerve-center --addr "127.0.0.1:$port" --data "$data/center" >/dev/null 2>"$data/log" &
for _ in $(seq 100); do
  curl -sf "http://127.0.0.1:$port/health/ready" >/dev/null && break
  sleep 0.1
done
curl -sf "http://127.0.0.1:$port/openapi/v1.json" | sed -e '$a\' > docs/openapi.json
echo "docs/openapi.json: $(grep -c '"summary"' docs/openapi.json) operations"
