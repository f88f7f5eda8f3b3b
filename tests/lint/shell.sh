#!/usr/bin/env bash
# Shell scripts pass shellcheck.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

if ! command -v shellcheck >/dev/null; then
    echo "shellcheck is not installed"
    exit 77
fi

# By first line, since most have no suffix.
shell_files() {
    find scripts .ci tests bench systemd -name node_modules -prune -o -type f -print 2>/dev/null |
        LC_ALL=C sort | while IFS= read -r file; do
        case $file in
        *.sh) echo "$file" ;;
        *) head -n 1 "$file" | grep -aqE '^#!.*\b(ba)?sh$' && echo "$file" ;;
        esac || true
    done
}

check_tree() (
    cd "$1" || exit
    local files
    mapfile -t files < <(shell_files)
    [ ${#files[@]} -eq 0 ] || shellcheck -x -P SCRIPTDIR -f gcc "${files[@]}" || true
)

self_test() {
    new_tree
    put scripts/good $'#!/bin/sh\necho "$1"'
    put scripts/table $'#!/usr/bin/python3\nx = $y'
    expect_clean
    put scripts/bad $'#!/bin/sh\nrm $1'
    expect_finding scripts/bad:2:
}

lint_main "$@"
