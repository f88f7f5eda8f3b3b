#!/usr/bin/env bash
# Nothing in the repository names the machine it was written on or a package registry: it is
# built by strangers, some of them behind mirrors.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

pattern='(^|[^A-Za-z0-9_./~$}-])/(work|home|root|Users)/[A-Za-z0-9._-]'
pattern+='|registry\.npmjs|npmjs\.(org|com)/|(deb|security|snapshot|ftp\.[a-z.]*)\.debian\.org'
pattern+='|pypi\.org|pythonhosted|crates\.io|proxy\.golang|nodesource'

# Files git knows or would take; ignored ones are the machine's own affair.
check_tree() (
    cd "$1" || exit
    git rev-parse --git-dir >/dev/null 2>&1 || return 0
    git grep --untracked -nIE -e "$pattern" -- . ':!tests/lint/tracked.sh' || true
)

self_test() {
    new_tree
    git -C "$tree" init -q
    # shellcheck disable=SC2016
    put README.md 'see docs/home/x, /usr/share/work and $HOME/work/'
    put package-lock.json '"url": "https://example.org/sponsor"'
    put .gitignore 'build/'
    put build/log '/work/main/x.c'
    expect_clean
    local bad
    for bad in 'cd /work/main' '"/home/someone/provost"' 'deb http://deb.debian.org/debian' \
        '"resolved": "https://registry.npmjs.org/x/-/x-1.tgz"'; do
        put docs/bad.md "$bad"
        expect_finding docs/bad.md:1:
    done
}

lint_main "$@"
