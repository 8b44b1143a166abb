#!/usr/bin/env bash
# A PostgreSQL of the caller's own, from the newest installed programs (15 or later): prints its URL when it is ready, and is gone with its files when
# standard input ends, which also happens when the caller is killed. What follows is given to the server, such as: -c fsync=off
# The password is NERVE_PG_PASSWORD. Exit code 3: none is installed.
set -euo pipefail
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | awk -F/ '$5 >= 15' | sort -t/ -k5 -n | tail -1)
[ -x "${bin:-}/initdb" ] || { echo "PostgreSQL 15 or later is not installed. Install it with: apt-get install postgresql" >&2; exit 3; }
dir=$(mktemp -d "${TMPDIR:-/tmp}/nerve-postgres-XXXXXX")
as=()
if [ "$(id -u)" = 0 ]; then # the server refuses to run as root
  user=postgres; id -u postgres >/dev/null 2>&1 || user=nobody
  chown "$user" "$dir"
  as=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups)
fi
(umask 077; printf %s "$NERVE_PG_PASSWORD" >"$dir/password"; [ -z "${user:-}" ] || chown "$user" "$dir/password")
"${as[@]}" "$bin/initdb" -D "$dir/data" -U nerve --pwfile="$dir/password" --auth=scram-sha-256 \
  --encoding=UTF8 --locale=C.UTF-8 --data-checksums --no-sync >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; rm -rf "$dir"; exit 1; }
port=$PORT
"${as[@]}" "$bin/postgres" -D "$dir/data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= "$@" >"$dir/postgres.log" 2>&1 &
pid=$!
trap 'kill -QUIT $pid 2>/dev/null || true; wait $pid 2>/dev/null || true; rm -rf "$dir"' EXIT
for _ in $(seq 600); do
  "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" && break
  kill -0 $pid 2>/dev/null || { cat "$dir/postgres.log" >&2; exit 1; }
  sleep 0.1
done
echo "postgres://nerve:$NERVE_PG_PASSWORD@127.0.0.1:$port"
cat >/dev/null
