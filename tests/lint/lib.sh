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

# Perl that leaves of a whole file in $_ the code: comments go, strings outside #include lines are
# emptied; lines keep their numbers.
# shellcheck disable=SC2016 # the dollars are perl's
strip='
    s{(^[ \t]*\#[ \t]*include[^\n]*)|"(?:\\.|[^"\\\n])*"|(\x27(?:\\.|[^\x27\\\n])+\x27)
      |//[^\n]*|/\*.*?\*/}{
        defined $1 ? $1 : defined $2 ? "0" : $& =~ /^"/ ? q("") : $& =~ s/[^\n]//gr
    }gsmex;'

# code_lines FILE...: FILE:LINE:text for each line of code that has any. One process for
# all files: there are hundreds.
code_lines() {
    [ $# -eq 0 ] || perl -0777 -ne "$strip"'
        my $line = 0;
        for (split /\n/) { $line++; print "$ARGV:$line:$_\n" if /\S/; }' "$@"
}

# find_in_code PATTERN FILE...: FILE:LINE:text where the code matches.
find_in_code() {
    local pattern=$1
    shift
    code_lines "$@" | match_code "$pattern"
}

# match_code PATTERN: those of code_lines' lines whose code matches.
match_code() {
    grep -E -- "^[^:]*:[0-9]+:.*($1)" || true
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
