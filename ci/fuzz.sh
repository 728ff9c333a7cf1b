#!/usr/bin/env bash
# Fuzz targets over loup-text, with the pinned toolchain: libFuzzer needs coverage counters, not a nightly compiler.
#   ci/fuzz.sh build                     builds all targets
#   ci/fuzz.sh run TARGET [SECONDS]      runs one (60 seconds if not said); a finding is left in fuzz/artifacts
set -euo pipefail
cd "$(dirname "$0")/.."

host=$(rustc -vV | sed -n 's/^host: //p')
# A folder of its own: these flags would otherwise make every other build start anew.
target_dir="${CARGO_TARGET_DIR:-$PWD/fuzz/target}/fuzz"
coverage=(--cfg fuzzing -Cpasses=sancov-module)
for option in level=4 inline-8bit-counters pc-table trace-compares; do
    coverage+=("-Cllvm-args=-sanitizer-coverage-$option")
done

build() {
    # With a target named, the flags are for it alone: build scripts and macros of the host have no libFuzzer to count for.
    RUSTFLAGS="${coverage[*]}" cargo build --release --manifest-path fuzz/Cargo.toml --target "$host" --target-dir "$target_dir"
}

case "${1:-}" in
    build) build ;;
    run)
        target=${2:?"usage: ci/fuzz.sh run TARGET [SECONDS]"}
        build
        mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
        "$target_dir/$host/release/$target" -max_total_time="${3:-60}" -timeout=10 \
            -artifact_prefix="fuzz/artifacts/$target/" "fuzz/corpus/$target"
        ;;
    *)
        echo "usage: ci/fuzz.sh build | run TARGET [SECONDS]" >&2
        exit 2
        ;;
esac
