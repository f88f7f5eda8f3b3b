#!/usr/bin/env bash
# Functions are short: none over 80 lines, the median at most 15, as universal-ctags counts.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

longest=80
median=15

if ! ctags --version 2>/dev/null | grep -q 'Universal Ctags'; then
    echo "universal-ctags is not installed"
    exit 77
fi

# "LENGTH FILE:LINE NAME" of every function, shortest first.
lengths() {
    sources common daemon client | ctags -L - --languages=C --map-C=+.h --kinds-C=f \
        --fields=+ne -x --_xformat='%{end} %n %F %N' -f - |
        awk '{ print $1 - $2 + 1, $3 ":" $2 ":", $4 }' | sort -n
}

figures() {
    awk '{ n[NR] = $1 } END {
        if (NR) printf "%d functions, median %d, 90th percentile %d, longest %d lines\n",
            NR, n[int((NR + 1) / 2)], n[int((NR * 9 + 9) / 10)], n[NR] }'
}

# Prints the figures on stderr, for a reader; findings on stdout.
check_tree() (
    cd "$1" || exit
    local all
    all=$(lengths)
    [ -n "$all" ] || { echo "no function found"; return; }
    figures <<<"$all" >&2
    awk -v most="$longest" '$1 > most { print $2, $3, "has", $1, "lines, more than", most }' \
        <<<"$all"
    awk -v most="$median" '{ n[NR] = $1 } END { m = n[int((NR + 1) / 2)]
        if (m > most) print "the median is", m, "lines, more than", most }' <<<"$all"
)

# function_of LINES
function_of() {
    printf 'int f(void)\n{\n'
    for ((i = 4; i <= $1; i++)); do printf '    g();\n'; done
    printf '}\n'
}

self_test() {
    new_tree
    put common/a.c "$(function_of 15)"
    put common/b.c "$(function_of 3)"
    put common/c.c "$(function_of 80)"
    expect_clean 2>/dev/null
    put common/c.c "$(function_of 81)"
    expect_finding "common/c.c:1: f has 81 lines" 2>/dev/null
    put common/b.c "$(function_of 16)"
    put common/a.c "$(function_of 16)"
    expect_finding "the median is 16" 2>/dev/null
}

lint_main "$@"
