#!/usr/bin/env bash
# Functions that cannot be used safely, or hide errors, are not used at all.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

banned='\b(strcpy|strcat|sprintf|vsprintf|atoi|gets|alloca)[ \t]*\('

check_tree() (
    cd "$1" || exit
    local files
    mapfile -t files < <(sources common daemon client tests bench)
    find_in_code "$banned" "${files[@]}"
)

self_test() {
    new_tree
    put common/buf.c $'snprintf(a, n, "strcpy(");\n// gets(x)\nfgets(b, n, f); my_atoi(s);'
    put tests/unit/node_modules.txt 'gets(x)'
    expect_clean
    local name
    for name in strcpy strcat sprintf vsprintf atoi gets alloca; do
        new_tree
        put tests/unit/test_buf.c "x = $name (y);"
        expect_finding test_buf.c:1:
    done
}

lint_main "$@"
