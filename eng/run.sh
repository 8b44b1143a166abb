#!/usr/bin/env bash
# Starts a center with the embedded store and one agent of this machine; Ctrl-C stops both.
set -euo pipefail
cd "$(dirname "$0")/.."
port=${PORT:-8090}
eng/build.sh
umask 077
export TERM=dumb # as in eng/build.sh
mkdir -p .nerve
center=artifacts/run/center/nerve-center agent=artifacts/run/agent/nerve-agent data=.nerve/center
url="http://localhost:$port"

# The agent needs a token only until it is enrolled.
token_file=.nerve/enroll-token
if [ ! -f .nerve/agent/identity.json ]; then
  "$center" enroll-token create --name "make run" --ttl 1h --data "$data" > "$token_file"
fi

pids=()
stop() { trap - INT TERM EXIT; kill "${pids[@]}" 2>/dev/null || true; wait "${pids[@]}" 2>/dev/null || true; rm -f "$token_file"; echo "Stopped."; }
trap 'stop; exit 0' INT TERM
trap stop EXIT

"$center" --addr ":$port" --data "$data" > .nerve/center.out 2> .nerve/center.log &
pids+=($!)
for _ in $(seq 100); do
  curl -sf "$url/health/ready" >/dev/null 2>&1 && break
  kill -0 "${pids[0]}" 2>/dev/null || { cat .nerve/center.log >&2; exit 2; }
  sleep 0.1
done

token=(); [ -f "$token_file" ] && token=(--token-file "$token_file")
"$agent" --server "$url" --state .nerve/agent "${token[@]}" 2> .nerve/agent.log &
pids+=($!)

echo
echo "  Nerve is running:  $url/web/"
if [ -f "$data/initial-admin-password" ]; then
  echo "  Sign in as:        admin / $(cat "$data/initial-admin-password")"
else
  echo "  Sign in as:        admin, with the password you chose"
fi
echo "  The API:           $url/api-reference"
echo "  Logs:              .nerve/center.log  .nerve/agent.log"
echo "  Ctrl-C stops both."
wait -n "${pids[@]}" || { tail -n 5 .nerve/center.log .nerve/agent.log >&2; exit 1; }
