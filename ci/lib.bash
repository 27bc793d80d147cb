# SPDX-License-Identifier: MIT
# Taken in by the scripts of this folder. They run from any directory; here is the top of the repository.
# shellcheck shell=bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit

jobs=${JOBS:-$(nproc)}

# Presets that differ only in how tests are run share what they compile, where ccache is there.
if command -v ccache >/dev/null; then
  export CMAKE_C_COMPILER_LAUNCHER=ccache CCACHE_NOHASHDIR=1
fi

# Configures and builds a preset, of which $build_target may be set to a part; quiet unless that fails.
build() {
  local preset=$1 log
  shift
  log=$(mktemp)
  if ! { cmake --preset "$preset" "$@" &&
    cmake --build "build-$preset" -j "$jobs" ${build_target:+--target "$build_target"}; } >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    echo "ci: preset $preset does not build" >&2
    return 1
  fi
  rm -f "$log"
}

say() {
  printf '\n== %s\n' "$*"
}
