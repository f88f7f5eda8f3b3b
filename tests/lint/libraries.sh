#!/usr/bin/env bash
# Each library stays in its layer, by its names and by its header (STYLE.md section 3, rule 27).
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# library, what its use looks like, where it may be used. jansson's prefix is also that of our
# own common/json, so its type stands for it: nothing can be done without one.
rules() {
    cat <<'END'
libuv	\buv_[a-z]|<uv\.h>	^daemon/(main\.c|daemon\.h|second\.[ch]|watch_pace\.[ch]|notify\.[ch]|checkpoint_line\.[ch]|metrics_http\.[ch]|net/|rpc/|store/)
nghttp2	\bnghttp2_|<nghttp2/	^(daemon/net/|client/channel[^/]*$)
SQLite	\bsqlite3(_|\b)|<sqlite3\.h>	^daemon/store/
jansson	\bjson_t\b|<jansson\.h>	^(common/json[^/]*|daemon/rpc/auth_jw[^/]*)$
libsmartcols	\bscols_|<libsmartcols	^client/
libmicrohttpd	\bMHD_|<microhttpd\.h>	^daemon/metrics_http\.c$
libsystemd	\bsd_[a-z]+_|<systemd/	^daemon/[^/]*$
inih	\bini_parse|<ini\.h>	^daemon/config_file\.c$
END
}

check_tree() (
    cd "$1" || exit
    local library pattern home files lines
    mapfile -t files < <(sources common daemon client)
    lines=$(code_lines "${files[@]}")
    while IFS=$'\t' read -r library pattern home; do
        home=$home awk -F: '$1 !~ ENVIRON["home"]' <<<"$lines" | match_code "$pattern" |
            sed "s/^/$library outside its layer: /"
    done < <(rules)
)

self_test() {
    new_tree
    put daemon/main.c 'uv_run();'
    put daemon/net/h2.c $'#include <nghttp2/nghttp2.h>\nuv_close(h); nghttp2_submit();'
    put daemon/store/db.c $'#include <sqlite3.h>\nsqlite3 *db = sqlite3_open();'
    put daemon/service/submit.c $'/* sqlite3_step()\n and uv_run() */ f("uv_run", json_text());'
    put common/json_read.c '#include <jansson.h>'
    put client/channel.c 'nghttp2_session_recv();'
    expect_clean
    local file bad
    while IFS='|' read -r file bad; do
        new_tree
        put "$file" "$bad"
        expect_finding "$file:1:"
    done <<'END'
daemon/service/submit.c|sqlite3_step(s);
daemon/service/submit.c|#include <sqlite3.h>
daemon/domain/value.c|uv_now(loop);
client/main.c|uv_run(loop);
client/main.c|nghttp2_session_del(s);
daemon/rpc/call.c|#include <nghttp2/nghttp2.h>
daemon/rpc/call.c|json_t *object;
common/csv.c|#include <jansson.h>
common/buf.c|#include <uv.h>
daemon/config.c|scols_new_table();
daemon/metrics.c|MHD_run(http);
daemon/net/listen.c|sd_listen_fds(1);
daemon/config.c|#include <ini.h>
daemon/reload.c|uv_now(loop);
END
}

lint_main "$@"
