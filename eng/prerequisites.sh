# Sourced: says what is missing and how to get it.
need() { # command, what it is, how to install it
  command -v "$1" >/dev/null 2>&1 && return 0
  echo "Missing: $2. Install it with: $3" >&2
  return 1
}

need_dotnet() {
  need dotnet "the .NET 10 SDK" "https://dot.net/download, or: apt-get install dotnet-sdk-10.0" || return 1
  dotnet --list-sdks | grep -q '^10\.' && return 0
  echo "Missing: version 10 of the .NET SDK (there is $(dotnet --version)). Install it with: https://dot.net/download" >&2
  return 1
}

# Builds what is run or tested, not changed: without the analyzers, which `make check` runs; and a compiler that measures itself to be
# compiled again is slower until then. One compiler for all projects takes half the time of one for each, which is what some machines are set to.
quick_dotnet() { RunAnalyzers=false DOTNET_TieredPGO=0 UseSharedCompilation=true dotnet "$@"; }

# Where the machine is set to keep no compiler, none stays for its ten minutes.
release_compiler() { [ "${UseSharedCompilation:-}" != false ] || dotnet build-server shutdown --vbcscompiler >/dev/null 2>&1 || true; }

need_node() {
  local node="Node.js 20.19, 22.12 or later"
  need node "$node" "https://nodejs.org, or: apt-get install nodejs npm" || return 1
  # What the page's bundler runs on.
  [ "$(node -p 'const [a, b] = process.versions.node.split(".").map(Number); (a === 20 && b >= 19) || (a === 22 && b >= 12) || a > 22')" = true ] && return 0
  echo "Missing: $node (there is $(node --version)). Install it with: https://nodejs.org" >&2
  return 1
}

has_linker() { command -v clang >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1; }

has_postgres() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || [ -n "${NERVE_TEST_POSTGRES:-}" ]; }

update_once() { [ -n "$(find /var/lib/apt/lists -name '*Packages*' -cmin -60 -print -quit 2>/dev/null)" ] || apt-get update -qq; }

# Debian's package for the tests; without it they say so and are skipped. The last thing that apt says is why it did not work.
install_for_tests() { # name, packages…
  local name=$1 said; shift
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 0
  echo "Installing $name for the tests…"
  said=$({ update_once && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } 2>&1) && return 0
  echo "$name could not be installed; its tests are skipped. apt said: $(grep . <<<"$said" | tail -1). By hand: apt-get install $*" >&2
}

offer_redis() {
  [ -x /usr/bin/redis-server ] || install_for_tests Redis redis-server
}

offer_postgres() {
  has_postgres || install_for_tests PostgreSQL postgresql
}

# Sets the clock of a center that runs.
offer_faketime() {
  ls /usr/lib/*-linux-gnu/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || install_for_tests libfaketime faketime
}

# The browser tests drive Debian's Chromium, and say so where there is none.
offer_chromium() {
  command -v chromium >/dev/null || install_for_tests Chromium chromium fonts-noto-cjk
}
