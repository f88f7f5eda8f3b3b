# shellcheck shell=bash
# What the lint scripts share; sourced. Each script is called as
#   NAME.sh [ROOT]        checks the tree at ROOT (default: this checkout), exits 1 on findings
#   NAME.sh --self-test   proves on small made-up trees that it finds what it should
# and defines check_tree ROOT, which prints findings as FILE:LINE: text, and self_test.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# Sources under the given folders of the present directory, as lines; none is not an error.
sources() {
    local folder
    for folder in "$@"; do
        [ ! -d "$folder" ] || find "$folder" -name node_modules -prune -o \
            -name '*.[ch]' -type f -print
    done | LC_ALL=C sort
}

# code FILE: the file without comments, and with strings emptied outside #include lines; lines
# keep their numbers.
code() {
    perl -0777 -pe '
        s{(^[ \t]*\#[ \t]*include[^\n]*)|"(?:\\.|[^"\\\n])*"|(\x27(?:\\.|[^\x27\\\n])+\x27)
          |//[^\n]*|/\*.*?\*/}{
            defined $1 ? $1 : defined $2 ? "0" : $& =~ /^"/ ? q("") : $& =~ s/[^\n]//gr
        }gsmex' "$1"
}

# find_in_code PATTERN FILE...: FILE:LINE:text where the code matches.
find_in_code() {
    local pattern=$1 file
    shift
    for file in "$@"; do
        code "$file" | grep -nE -- "$pattern" | sed "s|^|$file:|" || true
    done
}

# Self-tests: a tree of one-line files, then what the check must say of it.
tree=''
new_tree() {
    [ -z "$tree" ] || rm -rf "$tree"
    tree=$(mktemp -d)
    trap 'rm -rf "$tree"' EXIT
}
put() {
    mkdir -p "$tree/$(dirname "$1")"
    printf '%s\n' "$2" >"$tree/$1"
}
expect_clean() {
    local found
    found=$(check_tree "$tree") || true
    [ -z "$found" ] || { printf 'self-test: false alarm: %s\n' "$found"; exit 1; }
}
expect_finding() {
    local found
    found=$(check_tree "$tree") || true
    [[ $found == *"$1"* ]] || { printf 'self-test: did not find %s\n' "$1"; exit 1; }
}

lint_main() {
    local found
    if [ "${1:-}" = --self-test ]; then
        self_test
        printf 'self-test passed\n'
        return
    fi
    found=$(check_tree "${1:-$here}")
    [ -z "$found" ] || { printf '%s\n' "$found"; return 1; }
}
