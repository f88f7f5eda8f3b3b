#!/usr/bin/env bash
# C sources are as clang-format leaves them (.clang-format; version 14, Debian 12's).
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

if ! clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
    echo "clang-format 14 is not installed"
    exit 77
fi

# Only the first finding of each file; `clang-format -i` mends the rest.
check_tree() (
    cd "$1" || exit
    local files
    mapfile -t files < <(sources common daemon client tests bench)
    [ ${#files[@]} -eq 0 ] || clang-format --dry-run -Werror "${files[@]}" 2>&1 |
        grep -E '^[^ ].*: error:' | sort -t: -k1,1 -u || true
)

self_test() {
    new_tree
    cp "$here/.clang-format" "$tree"
    put common/a.c 'int x;'
    expect_clean
    put common/a.c 'int   x ;'
    expect_finding common/a.c:1:
}

lint_main "$@"
