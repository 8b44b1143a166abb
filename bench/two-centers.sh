#!/usr/bin/env bash
# Two centers as one, on this machine and without containers: a PostgreSQL and a Redis of their own, and both centers on them. Nothing of it stays.
# Without arguments it goes on until Ctrl-C; with arguments it runs nerve-swarm with them against both centers, and ends with it:
#   bench/two-centers.sh --agents 1000 --duration 60s
# PORT (8090) is the first of four ports in a row: the centers', PostgreSQL's, Redis'. CENTER and SWARM name other programs.
set -euo pipefail
cd "$(dirname "$0")/.."
port=${PORT:-8090}
center=${CENTER:-artifacts/run/center/nerve-center}
swarm=${SWARM:-artifacts/bin/Nerve.Swarm/release/nerve-swarm}
command -v redis-server >/dev/null || { echo "Redis is not installed. Install it with: apt-get install redis-server" >&2; exit 3; }
for each in "$port" $((port + 1)) $((port + 2)) $((port + 3)); do
  (exec 4<>"/dev/tcp/127.0.0.1/$each") 2>/dev/null || continue
  echo "Port $each is in use. Name the first of four free ones: PORT=18090 $0" >&2
  exit 3
done
[ -x "$center" ] || eng/build.sh >&2
[ $# -eq 0 ] || [ -x "$swarm" ] || dotnet build bench/Nerve.Swarm -c Release -v q --nologo >&2

work=$(mktemp -d /tmp/nerve-two-centers-XXXXXX)
started=()
finish() {
  trap - EXIT INT TERM
  for pid in "${started[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
  exec 3>&- # the database ends with its input
  wait
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

mkfifo "$work/hold" "$work/url"
NERVE_PG_PASSWORD=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
export NERVE_PG_PASSWORD
PORT=$((port + 2)) setsid eng/private-postgres.sh -c max_connections=200 <"$work/hold" >"$work/url" &
exec 3>"$work/hold"
read -r url <"$work/url" || exit 1
redis-server --port $((port + 3)) --bind 127.0.0.1 --save '' --dir "$work" >"$work/redis.log" 3>&- &
started+=($!)

export NERVE_STORAGE=postgres NERVE_STORAGE_URL=$url/postgres NERVE_REDIS=redis://127.0.0.1:$((port + 3))
for number in 0 1; do
  "$center" --addr "127.0.0.1:$((port + number))" --data "$work/center-$number" >"$work/center-$number.log" 2>&1 3>&- &
  started+=($!)
  for _ in $(seq 600); do
    curl -fsS -o "$work/health" "http://127.0.0.1:$((port + number))/health/ready" 2>"$work/curl.log" && continue 2
    kill -0 $! 2>/dev/null || break
    sleep 0.1
  done
  echo "A center did not start:" >&2
  tail -20 "$work/center-$number.log" >&2
  exit 1
done

token() { "$center" "$@" --data "$work/center-0" 3>&-; }
NERVE_TOKEN=$(token enroll-token create --name swarm --ttl 24h)
NERVE_API_TOKEN=$(token token create --role viewer)
export NERVE_TOKEN NERVE_API_TOKEN
centers=http://127.0.0.1:$port,http://127.0.0.1:$((port + 1))
echo "Two centers: $centers"
echo "  processes ${started[1]} and ${started[2]}, Redis ${started[0]}; files in $work"
if [ $# -gt 0 ]; then
  "$swarm" --server "$centers" "$@" 3>&-
else
  echo "  admin's password: $(cat "$work"/center-*/initial-admin-password)"
  echo "  an agent joins with: NERVE_TOKEN=$NERVE_TOKEN nerve-agent --server $centers"
  echo "Ctrl-C ends all of it."
  wait "${started[1]}" "${started[2]}"
fi
