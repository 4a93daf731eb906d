# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by ./check, ./demo and .ci/run: run stages, each with a timeout, a
# log, progress and a duration.
#   stage NAME SECONDS COMMAND...
# A stage that fails or runs out of time is remembered; stage_end prints the
# sum and gives the status.  A command that exits with 77 was skipped.

stage_logs=${stage_logs:-build/logs}
stage_passed=0 stage_failed=0 stage_skipped=0 stage_known=
stage_start=$(date +%s)
stage_only=${stage_only:-}
stage_list=${stage_list:-no}

stage() {
    stage_name=$1 stage_limit=$2
    shift 2
    stage_known="$stage_known $stage_name "
    if [ "$stage_list" = yes ]; then
        printf '%-22s at most %s s: %s\n' "$stage_name" "$stage_limit" "$*"
        return 0
    fi
    case " $stage_only " in
    "  " | *" $stage_name "*) ;;
    *) return 0 ;;
    esac
    mkdir -p "$stage_logs"
    stage_log=$stage_logs/$stage_name.log
    printf '== %s\n' "$stage_name"
    stage_t0=$(date +%s)
    timeout -k 10 "$stage_limit" "$@" >"$stage_log" 2>&1 </dev/null &
    stage_pid=$!
    # Progress: a line every 15 seconds with the last line of the log.
    (
        while sleep 15; do
            printf '   ... %s s: %s\n' "$(($(date +%s) - stage_t0))" \
                "$(tail -n 1 "$stage_log" | cut -c1-70)"
        done
    ) &
    stage_ticker=$!
    wait $stage_pid
    stage_rc=$?
    kill $stage_ticker 2>/dev/null
    wait $stage_ticker 2>/dev/null
    stage_time=$(($(date +%s) - stage_t0))
    grep -a '^SKIP' "$stage_log" | sort -u | sed 's/^/   /'
    case $stage_rc in
    0)
        stage_passed=$((stage_passed + 1))
        grep -a '^RESULT' "$stage_log" | sed 's/^RESULT/  /'
        printf '   passed in %s s\n' "$stage_time"
        ;;
    77)
        stage_skipped=$((stage_skipped + 1))
        printf '   SKIPPED in %s s\n' "$stage_time"
        ;;
    *)
        stage_failed=$((stage_failed + 1))
        grep -a '^FAIL\|^ERROR\|error:' "$stage_log" | head -n 20 |
            sed 's/^/   | /'
        tail -n 40 "$stage_log" | sed 's/^/   | /'
        [ $stage_rc = 124 ] && printf '   out of time (%s s)\n' "$stage_limit"
        printf '   FAILED with status %s in %s s; log: %s\n' "$stage_rc" \
            "$stage_time" "$stage_log"
        ;;
    esac
    return $stage_rc
}

stage_end() {
    [ "$stage_list" = yes ] && return 0
    for stage_name in $stage_only; do
        case $stage_known in
        *" $stage_name "*) ;;
        *)
            echo "no stage is called '$stage_name'; --list has the names" >&2
            return 2
            ;;
        esac
    done
    printf 'all stages: %s s\n' "$(($(date +%s) - stage_start))"
    printf '%s passed, %s failed, %s skipped\n' $stage_passed $stage_failed \
        $stage_skipped
    [ $stage_failed = 0 ]
}
