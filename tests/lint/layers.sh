#!/usr/bin/env bash
# Includes point only to the right (DESIGN.md section 2):
#   main -> net -> rpc -> service -> { domain | store } -> common -> proto
# domain and store never see each other; the client sees only itself, common and proto.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

declare -A rank=([main]=6 [net]=5 [rpc]=4 [service]=3 [domain]=2 [store]=2 [common]=1 [proto]=0
    [client]=-1)

# Answers stand in `reply`: a process for each of thousands of includes takes its time.
reply=''

# A file straight in daemon/ is main.
layer_of_file() {
    local path=${1#daemon/}
    case $1 in
    daemon/*/*) reply=${path%%/*} ;;
    daemon/*) reply=main ;;
    *) reply=${1%%/*} ;;
    esac
}

# layer_of_include FILE NAME QUOTE: empty for the system's and the libraries' own headers.
layer_of_include() {
    local file=$1 name=${2#daemon/} first
    first=${name%%/*}
    reply=''
    case $name in
    *.pb-c.h) reply=proto ;;
    ../* | */../*) reply="a relative path" ;;
    */*) [ -z "${rank[$first]:-}" ] && [ "$3" = '<' ] || reply=$first ;;
    *)
        if [ "$3" = '<' ]; then return; fi
        if [ -f "${file%/*}/$name" ]; then
            layer_of_file "$file"
        elif [ -f "daemon/$name" ]; then
            reply=main
        else
            reply="an unknown place"
        fi
        ;;
    esac
}

allowed() {
    local from=$1 to=$2
    [ "$from" != "$to" ] || return 0
    [ -n "${rank[$from]:-}" ] && [ -n "${rank[$to]:-}" ] || return 1
    case $from:$to in
    client:common | client:proto) return 0 ;;
    client:* | *:client) return 1 ;;
    esac
    [ "${rank[$to]}" -lt "${rank[$from]}" ]
}

check_tree() (
    cd "$1" || exit
    local file line name quote from to files
    mapfile -t files < <(sources common daemon client)
    code_lines "${files[@]}" |
        sed -nE 's/^([^:]*):([0-9]+):[ \t]*#[ \t]*include[ \t]*(["<])([^">]*).*/\1\t\2\t\3\t\4/p' |
        while IFS=$'\t' read -r file line quote name; do
            layer_of_file "$file"
            from=$reply
            layer_of_include "$file" "$name" "$quote"
            to=$reply
            [ -z "$to" ] || allowed "$from" "$to" ||
                echo "$file:$line: $from must not include $name ($to)"
        done
)

self_test() {
    new_tree
    put daemon/config.h ''
    put daemon/store/txn.h ''
    put daemon/main.c $'#include "config.h"\n#include "net/listen.h"\n#include "store/txn.h"'
    put daemon/net/conn.c $'#include "rpc/call.h"\n#include <uv.h>\n#include <sys/un.h>'
    put daemon/service/submit.c $'#include "domain/value.h"\n#include "store/txn.h"'
    put daemon/store/txn.c $'#include "txn.h"\n#include "common/buf.h"\n// #include "rpc/x.h"'
    put daemon/domain/value.c '#include "provost/v1/resources.pb-c.h"'
    put client/main.c $'#include "client/flags.h"\n#include "common/json.h"'
    expect_clean
    local bad
    for bad in common/buf.c:domain/value.h common/buf.c:client/flags.h \
        daemon/domain/value.c:store/txn.h daemon/store/txn.c:domain/value.h \
        daemon/store/txn.c:daemon/service/submit.h daemon/service/submit.c:rpc/call.h \
        daemon/rpc/call.c:net/conn.h daemon/net/conn.c:config.h \
        daemon/rpc/call.c:client/flags.h client/main.c:store/txn.h \
        client/main.c:../daemon/store/txn.h; do
        new_tree
        put daemon/config.h ''
        put "${bad%%:*}" "#include \"${bad#*:}\""
        expect_finding "${bad%%:*}:1: "
    done
    new_tree
    put daemon/domain/value.c '#include <store/txn.h>'
    expect_finding "domain must not include"
}

lint_main "$@"
