#!/usr/bin/env bash
# Runs the agent's tests of containment in user-mode Linux, which has all controllers of cgroup v2 when this machine has not (Debian: apt install
# user-mode-linux). Its root is this machine's, read as it is; what is written goes to /tmp and /run of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
uml=${UML:-$(command -v linux.uml || true)}
if [ -z "$uml" ]; then
  echo "test-limits: user-mode Linux is needed: apt-get install user-mode-linux, or UML=/path/to/linux.uml" >&2
  exit 2
fi
dotnet build tests/Nerve.Agent.Tests -v q --nologo
out=artifacts/test-limits
mkdir -p "$out"
cat >"$out/init" <<END
#!/bin/sh
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t cgroup2 none /sys/fs/cgroup
mount -t tmpfs tmp /run; mount -t tmpfs -o size=600m tmp /tmp
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root USER=root LOGNAME=root
ip link set lo up
cd "$PWD"
artifacts/bin/Nerve.Agent.Tests/debug/Nerve.Agent.Tests --progress off --no-ansi --filter-class '*Cgroups.ContainmentTests' --filter-class '*Tasks.StoppingTests'
echo "test-limits: exit code \$?"
echo o >/proc/sysrq-trigger
sleep 5
END
chmod +x "$out/init"
"$uml" mem=1400M root=/dev/root rootfstype=hostfs rootflags=/ rw init="$PWD/$out/init" con=null con0=null,fd:1 quiet </dev/null 2>&1 | tee "$out/log"
grep -q '^test-limits: exit code 0' "$out/log"
