#!/usr/bin/env bash
# The only list of checks: developers and CI run this same script.
#   ci/check.sh             formatting, lints, docs, tests, fuzz targets, licences
#   ci/check.sh --no-tests  the same without the tests, for a caller that runs them itself
set -euo pipefail
cd "$(dirname "$0")/.."

tests=yes
if [[ "${1:-}" == "--no-tests" ]]; then
    tests=no
elif [[ $# -gt 0 ]]; then
    echo "usage: ci/check.sh [--no-tests]" >&2
    exit 2
fi

step() {
    echo "== $*" >&2
    "$@"
}

step cargo fmt --all --check
step cargo clippy --workspace --all-targets -- -D warnings
RUSTDOCFLAGS="-D warnings" step cargo doc --workspace --no-deps
if [[ "$tests" == yes ]]; then
    step cargo test --workspace
fi
# Built, not run: what a target finds in an hour is a matter for a person.
step ci/fuzz.sh build
if cargo deny --version >/dev/null 2>&1; then
    # Advisories need the database of the day: `cargo deny check advisories`, before a release.
    step cargo deny --log-level error check bans licenses sources
else
    echo "== cargo-deny is not installed: licences and sources not checked" >&2
fi
echo "== all checks passed" >&2
