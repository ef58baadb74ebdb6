#!/bin/bash
# Sessions: kept, listed, gone on with, played again, and what kill -9 leaves of one.
set -u
. tests/check.sh

export XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state HOME=$work
unset "${!TESTPANEL_@}"
store=$work/state/testpanel/sessions
kills=${KILLS:-200}

# The hotel without its backend: what is asked here is answered in the process.
turn() {
	# shellcheck disable=SC2086
	$TESTPANEL run assets/hotel.json "$@" </dev/null 2>>"$work/err"
}

check "no sessions yet" grep -q "No sessions yet" <($TESTPANEL sessions)
check "no sessions, no JSON" test -z "$($TESTPANEL sessions --json)"
for orchestrator in testpanel system; do
	turn --session "$orchestrator" -o $orchestrator --json --say "can I pay by card" --say "bring 2 coffees please" \
		>"$work/first.json"
	turn --session "$orchestrator" -o $orchestrator --json --say "never mind" --say "when is breakfast" >"$work/second.json"
	check "$orchestrator: turns are counted on" test "$(jq -c .turn "$work"/{first,second}.json | tr '\n' ' ')" = "1 2 3 4 "
	check "$orchestrator: one session" test "$(jq -c .session "$work"/{first,second}.json | sort -u | wc -l)" = 1
	$TESTPANEL replay "$orchestrator" --fast --json >"$work/replayed.json" 2>>"$work/err"
	check "$orchestrator: the replay says the same" cmp -s <(cat "$work"/{first,second}.json) "$work/replayed.json"
	check "$orchestrator: private" test "$(stat -c %a "$store/$orchestrator.jsonl" "$store" | tr '\n' ' ')" = "600 700 "
done
check "listed, newest first" test "$($TESTPANEL sessions --json | jq -r '.name + " \(.turns) " + .utterance' | tr '\n' ,)" = \
	"system 4 when is breakfast,testpanel 4 when is breakfast,"
check "a path will do" test "$($TESTPANEL replay "$store/system.jsonl" --fast --json | wc -l)" = 4
check "people read it, too" grep -q "turn 4: success" <($TESTPANEL replay system --fast)

# Who comes back is welcomed, by name, and asked again; long after, only the name is left.
turn --session ada -o system --say "my name is Ada, cancel my booking" >"$work/asked.txt"
check "asked" grep -q "reservation number, please" "$work/asked.txt"
turn --session ada -o system --say "when is breakfast" >"$work/back.txt"
check "welcomed back" grep -qF "Welcome back, Ada! I was still waiting for your answer. Could you" "$work/back.txt"
check "the turn after it is the second" grep -q "turn 2: success" "$work/back.txt"
$TESTPANEL replay ada --fast >"$work/replayed.txt" 2>>"$work/err"
check "the welcome is replayed" cmp -s <(sed 's/^Front desk$/reply/' "$work"/{asked,back}.txt) "$work/replayed.txt"
check "a welcome is no turn" grep -q "ada .* 2 turns .*when is breakfast" <($TESTPANEL sessions)
turn --session ada -o testpanel --say "when is breakfast" >"$work/flow.txt"
check "the flow welcomes nobody" test "$(grep -c Welcome "$work/flow.txt")" = 0
jq '.testpanel.stateManagement = {sessionTimeout: 60000}' assets/hotel.json >"$work/short.json"
sed -i 's/"lastTurn":"2[^"]*"/"lastTurn":"2026-01-02T03:04:05.678Z"/' "$store/ada.jsonl"
$TESTPANEL run "$work/short.json" --session ada -o system --log "$work/log" --say "yes" </dev/null >"$work/expired.txt" 2>>"$work/err"
check "welcomed back, expired" grep -qF "Welcome back, Ada! Your previous session has expired. How" "$work/expired.txt"
check "the log tells" grep -q "expired after .* without a turn" "$work/log"
last=$(tail -n 1 "$store/ada.jsonl" | jq -c '.saved | [.memory.name, .learned.session, (.messages | length)]')
check "what is left" test "$last" = '["Ada",{},3]'

# refused NAME STATUS MESSAGE ARGUMENT...
refused() {
	local name=$1 status=$2 message=$3
	shift 3
	$TESTPANEL "$@" >"$work/out" 2>"$work/refused" </dev/null
	check "$name: status" test $? = "$status"
	check "$name: message" grep -qF "$message" "$work/refused"
}
refused "no such session" 2 "testpanel sessions lists" replay nobody
refused "a workflow" 2 "is no session's file" replay ./assets/hotel.json
refused "a folder" 2 "is no file" replay "$work/state/"
refused "no name" 2 "is no name for a session" run assets/hotel.json --session .x --say hi
refused "a device" 2 "is no file" run assets/hotel.json --session /dev/full --say hi
# What is written goes into a pipe: the limit counts for every file.
(trap '' XFSZ; ulimit -f 0; turn --session full --say "when is breakfast" 2>&1; echo "status $?") | cat >"$work/full"
check "a full disk" grep -qx "status 3" "$work/full"
check "a full disk: the run goes on" grep -q "turn 1: success" "$work/full"
mkdir -m 500 "$work/shut"
if [ -w "$work/shut" ]; then
	skip "a folder that is shut" "nothing is shut to root"
else
	XDG_STATE_HOME=$work/shut refused "a folder that is shut" 2 "cannot be made" run assets/hotel.json --session a --say hi
fi
printf '{"session": 1}\n{\n' >"$work/broken.jsonl"
refused "a broken session" 2 "broken.jsonl:2: " replay "$work/broken.jsonl"
refused "a broken session is not written to" 2 "broken.jsonl:2: " run assets/hotel.json --session "$work/broken.jsonl" --say hi

# A session is killed at random moments: it loads each time, and has at least the turns that were reported.
RANDOM=7
yes "can I pay by card
when is breakfast
cancel my booking" | head -n 300 >"$work/script.txt"
bad=0
declare -A before
for n in $(seq "$kills"); do
	file=$work/kill$((n % 4)).jsonl
	# shellcheck disable=SC2086
	$TESTPANEL run assets/hotel.json --session "$file" -o $([ $((n % 2)) = 0 ] && echo system || echo testpanel) \
		--script "$work/script.txt" --json >"$work/told" 2>/dev/null </dev/null &
	pid=$!
	sleep 0.0$((RANDOM % 60 + 10))
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	told=$(wc -l <"$work/told")
	: >>"$file" # it may not have come to making it
	[ ! -s "$file" ] && : >"$work/kept" || $TESTPANEL replay "$file" --fast --json >"$work/kept" 2>"$work/err" || {
		bad=$((bad + 1))
		echo "kill $n: $(cat "$work/err")"
	}
	kept=$(($(wc -l <"$work/kept") - ${before[$file]:-0}))
	before[$file]=$(wc -l <"$work/kept")
	[ $kept -ge "$told" ] && [ $kept -le $((told + 1)) ] || {
		bad=$((bad + 1))
		echo "kill $n: $told turns were told of and $kept kept"
	}
	if [ $((n % 40)) = 0 ]; then
		rm -f "$work"/kill*.jsonl
		before=()
	fi
done
check "killed $kills times" test $bad = 0
finish
