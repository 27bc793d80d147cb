#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: run.sh CMAKE CTEST BUILD CC CONFIG
# Installs BUILD under a temporary prefix, moves that once (nothing may hold its path), and there builds and
# runs the consumer by find_package and by pkg-config, with the shared library and with the static one, both
# installed.
set -euo pipefail

cmake=$1 ctest=$2 build=$3 cc=$4 config=$5
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export HARNESS_FIXTURES=check
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() {
  printf '== %s\n' "$*"
}

say "install"
"$cmake" --install "$build" --prefix "$work/first" --config "$config" >"$work/install.log" || {
  cat "$work/install.log"
  exit 1
}
mv "$work/first" "$work/prefix"
prefix=$work/prefix
if grep -rIl --exclude-dir=fixtures -e "$work/first" -e "$build" "$prefix"; then
  echo "The files above hold a path of the build or of the first prefix"
  exit 1
fi

say "find_package"
"$cmake" -S "$here/consumer" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" \
  -DCMAKE_BUILD_TYPE=Debug 2>&1 | tee "$work/cmake.log"
"$cmake" --build "$work/cmake"
"$ctest" --test-dir "$work/cmake" --output-on-failure --no-tests=error

say "pkg-config, shared"
pc=$(find "$prefix" -name harness.pc -printf '%h\n')
lib=$(dirname "$pc")
export PKG_CONFIG_PATH=$pc${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
read -ra flags < <(pkg-config --cflags --libs harness)
"$cc" -std=c11 -Wall -Wextra -o "$work/shared" "$here/consumer/exchange.c" "${flags[@]}"
LD_LIBRARY_PATH=$lib "$work/shared"
LD_LIBRARY_PATH=$lib ldd "$work/shared" | grep -F "$lib/libharness.so.0" || {
  echo "The program does not find the shared library by its soname"
  exit 1
}

say "pkg-config, cmocka and echo"
read -ra flags < <(pkg-config --cflags --libs harness-cmocka harness-echo)
version=$(pkg-config --modversion harness)
"$cc" -std=c11 -Wall -Wextra -DCONSUMER_EXPECTS="\"$version\"" -o "$work/test" \
  "$here/consumer/consumer_test.c" "${flags[@]}"
HARNESS_FIXTURES_DIR=$here/consumer/fixtures LD_LIBRARY_PATH=$lib "$work/test"

if [ -e "$prefix/bin/harness" ]; then
  say "command"
  "$prefix/bin/harness" --version
  for file in share/man/man1/harness.1 share/man/man5/harness-fixture.5 share/bash-completion/completions/harness; do
    [ -s "$prefix/$file" ] || {
      echo "$file is not installed"
      exit 1
    }
  done

  # What no test of the consumer checks, by the records of a whole run of ctest and of a part of one.
  mkdir -p "$work/extra/suite"
  cp "$here/consumer/fixtures/consumer/echo_answers.json" "$work/extra/suite/unused.json"
  "$ctest" --test-dir "$work/cmake" --show-only=json-v1 >"$work/tests.json"
  orphans() { # the argument of ctest; prints what it found
    rm -rf "$work/touched"
    HARNESS_TOUCHED=$work/touched "$ctest" --test-dir "$work/cmake" "$@" >"$work/touched.log"
    "$prefix/bin/harness" orphans --tests "$work/tests.json" --touched "$work/touched" "$here/consumer/fixtures" \
      "$work/extra"
  }
  found=$(orphans --verbose) && status=0 || status=$?
  [ "$status $found" = "1 $work/extra/suite/unused.json" ] || {
    echo "harness orphans: $status $found"
    exit 1
  }
  found=$(orphans -R echo_answers) && status=0 || status=$?
  [ "$status $found" = "2 " ] || {
    echo "harness orphans after a part of the tests: $status $found"
    exit 1
  }
  # It finds the fixtures that were installed with it, also where that was moved.
  env -u HARNESS_FIXTURES_DIR "$prefix/bin/harness" demo >"$work/demo.log" || {
    cat "$work/demo.log"
    exit 1
  }
fi

# Both libraries are there, and -lharness would take the shared one, also with --static.
say "pkg-config, static"
read -ra flags < <(pkg-config --cflags --libs harness-static)
"$cc" -std=c11 -Wall -Wextra -o "$work/static" "$here/consumer/exchange.c" "${flags[@]}"
"$work/static"
if ldd "$work/static" | grep -F libharness; then
  echo "The program uses the shared library"
  exit 1
fi

say "enable_testing() forgotten"
warns() { # further arguments of cmake; prints what it said
  "$cmake" -S "$here/untested" -B "$work/untested" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" "$@" \
    >"$work/untested.log" 2>&1 || {
    cat "$work/untested.log"
    exit 1
  }
  grep -F "testing is off" "$work/untested.log"
}
warns || {
  echo "Nobody was told"
  exit 1
}
if warns -DBUILD_TESTING=OFF; then
  echo "A project that wants no tests was warned"
  exit 1
fi

say "an environment that would take the fixtures away"
if "$cmake" -S "$here/untested" -B "$work/untested" -DBUILD_TESTING=OFF "-DPROPERTIES=ENVIRONMENT;A=1" \
  >"$work/environment.log" 2>&1 || ! grep -F "ENVIRONMENT_MODIFICATION" "$work/environment.log"; then
  echo "It was taken"
  exit 1
fi
if grep "CMake Warning" "$work/cmake.log"; then
  echo "A project that calls it was warned"
  exit 1
fi
