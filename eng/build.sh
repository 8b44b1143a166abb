#!/usr/bin/env bash
# Builds the page, the center and the agent into artifacts/run; quick when nothing changed.
set -euo pipefail
cd "$(dirname "$0")/.."
source eng/prerequisites.sh
need_dotnet && need_node && need npm "npm" "apt-get install npm" || exit 2
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
export TERM=dumb # or .NET programs switch the terminal's keypad, though their output goes to a file

step() { printf '  %-34s' "$1"; local log; log=$(mktemp); shift
  local from=$SECONDS
  if "$@" >"$log" 2>&1; then echo "done in $((SECONDS - from)) s"; rm -f "$log"; else echo "failed"; cat "$log" >&2; exit 1; fi; }

page() {
  if [ ! -d web/node_modules ] || [ web/package-lock.json -nt web/node_modules/.package-lock.json ]; then npm --prefix web ci --no-audit --no-fund; fi
  if [ ! -f web/dist/index.html ] || [ -n "$(find web/src web/index.html web/package-lock.json web/vite.config.ts -newer web/dist/index.html -print -quit)" ]; then
    npm --prefix web run build
  fi
}
case "$(uname -m)" in aarch64) rid=linux-arm64 ;; *) rid=linux-x64 ;; esac
center() { quick_dotnet publish src/Nerve.Center -c Release -r "$rid" --self-contained false -p:FirstLook=true -o artifacts/run/center -v q --nologo; }
agent() {
  dotnet restore src/Nerve.Agent -v q
  if has_linker; then
    quick_dotnet publish src/Nerve.Agent --no-restore -c Release -r "$rid" -o artifacts/run/agent -v q --nologo
  else
    quick_dotnet publish src/Nerve.Agent -c Release -p:PublishAot=false --self-contained false -o artifacts/run/agent -v q --nologo
  fi
}
echo "Building Nerve (the first time takes three minutes or so):"
# The page beside the agent: neither needs the other, and the center has the page in it.
page_log=$(mktemp)
page >"$page_log" 2>&1 &
page=$!
trap 'kill "$page" 2>/dev/null || true; release_compiler' EXIT
finish_page() { wait "$page" || { cat "$page_log"; return 1; }; rm -f "$page_log"; }
has_linker || echo "  No C linker here: the agent is built for the .NET runtime. For the native one: apt-get install gcc"
step "nerve-agent" agent
step "the page, beside it" finish_page
step "nerve-center" center
