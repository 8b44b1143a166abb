#!/bin/sh
# Native AOT is a property that is tested: publishes the agent and fails on any trimming or AOT warning,
# if the file does not run, if it needs a newer C library than README.md says, or if it grows beyond 10 MiB.
set -eu

cd "$(dirname "$0")/.."
rid=${1:-linux-x64}
limit=$((10 * 1024 * 1024))
out=artifacts/aot-gate/$rid

if ! command -v clang >/dev/null && ! command -v gcc >/dev/null; then
    echo "aot-gate: a C compiler is needed as the linker; install clang or gcc and zlib (Debian: apt install clang zlib1g-dev)" >&2
    exit 1
fi

linker=
command -v clang >/dev/null || linker=-p:CppCompilerAndLinker=gcc

rm -rf "$out"
mkdir -p "$out"
log=$out/publish.log
# shellcheck disable=SC2086 # $linker is one word or none.
if ! { dotnet restore src/Nerve.Agent && dotnet publish src/Nerve.Agent --no-restore -c Release -r "$rid" -o "$out" $linker; } >"$log" 2>&1; then
    cat "$log" >&2
    echo "aot-gate: the agent does not publish" >&2
    exit 1
fi

if grep -E 'IL[23][0-9]{3}' "$log" >&2; then
    echo "aot-gate: trimming or AOT warnings, see above" >&2
    exit 1
fi

agent=$out/nerve-agent
"$agent" version
"$agent" inventory --root / >"$out/inventory.json"
grep -q '"schema": 1' "$out/inventory.json" || { echo "aot-gate: inventory printed no inventory" >&2; exit 1; }

# The linker takes the newest version of each function that the C library of this machine has, so this is the machine's doing.
if ! command -v readelf >/dev/null; then
    echo "aot-gate: readelf is needed to see which C library the agent needs; install binutils" >&2
    exit 1
fi
documented=$(sed -n 's/.*glibc \([0-9][0-9.]*[0-9]\) or later.*/\1/p' README.md | head -n 1)
needed=$(readelf --version-info --wide "$agent" | grep -o 'GLIBC_[0-9][0-9.]*' | sed 's/GLIBC_//' | sort -V | tail -n 1)
echo "aot-gate: glibc ${needed:-unknown} needed, ${documented:-none} documented"
if [ -z "$documented" ] || [ -z "$needed" ] || [ "$(printf '%s\n%s\n' "$needed" "$documented" | sort -V | tail -n 1)" != "$documented" ]; then
    echo "aot-gate: nerve-agent needs a newer glibc than README.md says; link it on an older system, or correct README.md and README.zh-CN.md" >&2
    exit 1
fi

size=$(wc -c <"$agent")
echo "aot-gate: $size bytes of $limit"
if [ "$size" -gt "$limit" ]; then
    echo "aot-gate: nerve-agent is larger than $limit bytes; docs/decisions/0002-agent-size.md says where to look" >&2
    exit 1
fi
