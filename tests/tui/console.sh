#!/bin/bash
# The console in a real terminal: tmux gives it a pty, types, and tells what stands on the screen. Whole screens are
# compared with tests/tui/golden/*.txt; UPDATE_GOLDEN=1 writes them anew.
. tests/check.sh

if ! command -v tmux >/dev/null; then
	skip console "tmux is not installed"
	finish
fi
. tests/tui/terminal.sh

workflow=tests/tui/console.json
backend=tests/tui/console.mock.json
n=0

# start COLUMNS ROWS [ENVIRONMENT...]: a console of its own; the pane stays when it has ended.
start() {
	local columns=$1 rows=$2
	shift 2
	n=$((n + 1))
	session=s$n
	rm -f "$work/status"
	$tmux new-session -d -s $session -x "$columns" -y "$rows" \
		"stty -a >$work/before; env $* $TESTPANEL ${arguments-$workflow --mock $backend} 2>$work/stderr; echo \$? >$work/status; stty -a >$work/after; echo 'it has ended'; exec cat"
}

ended_with() {
	until_shown 'it has ended' && [ "$(cat "$work/status")" = "$1" ] && return 0
	echo "status $(cat "$work/status" 2>/dev/null), not $1"
	return 1
}

# Times, durations, bars and ports are of the moment; what stands behind them in a line moves with them. What the log
# says is its writers' affair.
mask() {
	sed -E -e '/Log ─/,/^├─/{ /Log ─/! { /^├/! s/│[^│]*│$/│ LOG │/ } }' \
		-e 's/[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?/TIME/g' -e 's/127\.0\.0\.1:[0-9]+/ADDRESS/g' \
		-e 's/ *▕[█▏▎▍▌▋▊▉ ]*/ BAR /g' -e 's/(success|retry) in [^│]*/\1 in MS /' -e 's/[0-9]+(\.[0-9]+)? ms/MS/g' -e 's/ +│/ │/g' -e 's/─+/─/g' -e 's/ +$//'
}

# Every row ends at the last column: no character was taken for wider or narrower than it is.
aligned() {
	screen | awk -v columns="$1" 'NR > 1 && !/[│┤┘┐]$/ { print "ragged row " NR ": " $0; bad = 1 } END { exit bad }'
}

golden() {
	local file=tests/tui/golden/$1.txt
	screen | mask >"$work/screen"
	if [ -n "${UPDATE_GOLDEN:-}" ]; then
		cp "$work/screen" "$file"
	fi
	diff -u "$file" "$work/screen"
}

same_terminal() {
	diff "$work/before" "$work/after"
}

quit() {
	keys F10
	check "$1: quits" ended_with 0
	check "$1: terminal as before" same_terminal
	check "$1: nothing on standard error" [ ! -s "$work/stderr" ]
}

for size in 80x24 120x40; do
	start "${size%x*}" "${size#*x}"
	check "$size: first screen" until_shown 'F10 Quit'
	check "$size: greeting" until_shown 'good day'
	check "$size: golden start" golden "start-$size"
	say 'track parcel P1234'
	check "$size: answer" until_shown 'is in 京都.'
	check "$size: attempts" until_shown 'GET attempt 1 ✗ 503'
	check "$size: the log too" until_shown 'INFO  '
	check "$size: golden turn" golden "turn-$size"
	check "$size: rows end alike" aligned "${size%x*}"
	say 'read the label'
	check "$size: it answers" until_shown 'The label says: café'
	check "$size: control bytes are shown" until_shown 'Label␛[2J'
	check "$size: so are directional ones" until_shown '<U+202E>'
	check "$size: golden hostile" golden "hostile-$size"
	keys F1
	check "$size: help" until_shown 'this help'
	check "$size: golden help" golden "help-$size"
	keys F4
	check "$size: workflow" until_shown '├ Tracking'
	check "$size: golden workflow" golden "workflow-$size"
	keys Down Down Down Enter
	check "$size: node" until_shown '"id": "depot"'
	keys Escape
	check "$size: back in the workflow" until_shown '├ Tracking'
	keys F2
	check "$size: orchestrators" until_shown 'SystemOrchestrator'
	check "$size: golden menu" golden "menu-$size"
	keys Down Enter
	check "$size: a new session" until_shown '● SystemOrchestrator'
	check "$size: the conversation says so" until_shown '── SystemOrch'
	say 'read the label'
	check "$size: it answers too" until_shown 'turn 1 ─'
	keys F3
	check "$size: compare with" until_shown 'Compare with'
	keys Enter
	check "$size: side by side" until_shown 'F3 leaves'
	say 'track parcel P1234'
	check "$size: both compared" until_shown ' ms / '
	check "$size: golden side by side" golden "compare-$size"
	keys F3
	check "$size: back to one" until_shown 'Log ─'
	quit "$size"
done

# Looking inside, with the keys alone.
start 100 30
until_shown 'good day' && say 'track parcel P1234'
check 'detail: a turn' until_shown 'is in 京都.'
keys Tab Enter
check 'detail: turn JSON' until_shown '"utterance": "track parcel P1234"'
keys Escape Tab End Up Up
check 'focus is seen without colour' until_shown '▸Trace'
keys Enter
check 'detail: a span' until_shown '"spanId"'
keys Escape Tab
check 'the log follows' until_shown '▸Log ─ following'
keys Up Up
check 'the log says what is below' until_shown '▸Log ─ 2 below'
keys Enter
check 'detail: a record' until_shown '"level"'
keys Escape End
check 'the log follows again' until_shown 'Log ─ following'
say 'read the label'
check 'typing goes to the line from any pane' until_shown 'label says'
keys BTab BTab Up
check 'an older turn shows its trace' until_shown 'Trace ─ turn 1'
keys End
check 'and back' until_shown 'Trace ─ turn 2'
quit detail

# The line.
start 100 30
until_shown 'good day'
keys -l 'größe 東京'
check 'UTF-8 is typed' until_shown '› größe 東京'
keys BSpace BSpace C-a
keys -l '¿'
check 'and edited' until_shown '› ¿größe '
keys C-k C-y C-y C-u
check 'killed' until_gone '¿größe'
printf 'two\nlines\033[2J' >"$work/paste"
$tmux load-buffer "$work/paste"
$tmux paste-buffer -p -t $session:
check 'a paste is one line' until_shown '› two lines[2J'
keys C-c
check 'Ctrl-C clears it' until_gone 'two lines'
say 'read the label'
until_shown 'label says' && keys Up
check 'history' until_shown '› read the label'
keys C-u
keys -l ':q'
keys Enter
check ':q quits' ended_with 0

# A turn that runs: cancelled, waited for, quit from.
start 100 30
until_shown 'good day' && say 'wait for the depot gate'
check 'a running turn' until_shown 'Esc cancels'
check 'its spans are open' until_shown 'wait_for_depot_wait …'
say 'read the label'
check 'typing goes on' until_shown 'queued read the label'
keys Escape
check 'the queue is dropped first' until_gone 'queued read the label'
check 'and the turn still runs' until_shown 'Esc cancels'
say 'read the label'
until_shown 'queued read the label'
keys Escape Escape
check 'then the turn' until_shown 'CANCELLED'
say 'wait for the depot gate'
until_shown 'Esc cancels'
quit 'from a running turn'

# A reply as it is made, from an orchestrator that streams; then the whole one.
jq '.testpanel.remote = {url: "${MOCK_URL}/stream", stream: true}' $workflow >"$work/streamed.json"
jq '.routes += [{method: "POST", path: "/stream", contentType: "text/event-stream", fault: "trickle", trickleMs: 20,
	text: "data: {\"delta\": \"Your parcel\"}\n\ndata: {\"delta\": \" is on its\"}\n\ndata: {\"done\": {\"reply\": \"It is in Kyoto.\"}}\n\n"}]' \
	$backend >"$work/streamed.mock.json"
arguments="$work/streamed.json --mock $work/streamed.mock.json --orchestrator remote" start 80 24
until_shown 'good day' && say 'where is it'
check 'a part of the reply' until_shown '   Your parcel'
check 'while the turn runs' until_shown 'Esc cancels'
check 'the next part behind it' until_shown '   Your parcel is on its'
check 'the reply' until_shown '   It is in Kyoto.'
check 'and nothing of its parts' until_gone 'Your parcel'
quit 'streamed'

# Sizes, while it runs.
start 80 24
until_shown 'good day' && say 'track parcel P1234' && until_shown 'is in 京都.'
for size in 60x20 40x10 39x9 10x3 1x1 3x50 200x50 240x60 80x24; do
	$tmux resize-window -t $session: -x "${size%x*}" -y "${size#*x}"
	case $size in
	60x20) check 'folds' until_shown 'Tab: Trace' ;;
	40x10) check 'the smallest' until_shown 'Tab: Trace' ;;
	39x9) check 'too small' until_shown 'testpanel needs 40x10, this is 39x9' ;;
	200x50) check 'large' until_shown '└ model' ;;
	esac
done
check 'and back' until_shown 'GET attempt 2 ✓ 200'
check 'resized: golden' golden turn-80x24
quit resized

# Terminals of other kinds.
start 80 24 NO_COLOR=1
until_shown 'good day' && say 'track parcel P1234' && until_shown 'is in 京都.'
check 'NO_COLOR: golden' golden turn-80x24
colours() { $tmux capture-pane -e -p -t $session: | grep -qE $'\033\\[[0-9;]*(3[0-7]|4[0-7])m'; }
check 'NO_COLOR: no colour' eval '! colours'
quit NO_COLOR
start 80 24 LC_ALL=C
until_shown 'good day' && say 'track parcel P1234'
check 'ASCII: boxes' until_shown '+ Trace - turn 1'
check 'ASCII: marks' until_shown 'GET attempt 2 + 200'
check 'ASCII: nothing else' eval '! screen | LC_ALL=C grep -q "[^ -~]"'
quit ASCII
start 80 24 TERM=vt100
check 'vt100' until_shown 'good day'
quit vt100
start 80 24 TERM=dumb
check 'dumb: says why not' ended_with 3
check 'dumb: with a cure' grep -q 'set TERM' "$work/stderr"
start 80 24 TERM=nonesuch
check 'unknown: says why not' ended_with 3
check 'unknown: by name' grep -q nonesuch "$work/stderr"

# Faults that come and go.
TESTPANEL="$TESTPANEL --fault 404" start 80 24
check 'a fault: first screen' until_shown 'good day'
say 'track parcel P1234'
check 'a fault: it happens' until_shown '404'
check 'a fault: why' until_shown 'injected'
keys F8
check 'a fault: removed' until_shown '1 fault removed.'
say 'track parcel P1234'
check 'a fault: it happens no more' until_shown 'is in 京都.'
keys F8
check 'a fault: there are no more' until_shown 'There are no faults'
quit 'a fault'

# A workflow that is edited while it is open.
cp tests/tui/console.json "$work/edited.json"
workflow=$work/edited.json start 100 30
until_shown 'good day' && say 'read the label' && until_shown 'The label says: café'
keys F4
check 'reload: the tree is open' until_shown '├ Tracking'
jq '(.nodes[] | select(.id == "label") | .data.testpanel.replyTemplate) = "It reads {{label.text}}." | .nodes |= map(select(.id != "gate")) | .edges |= map(select(.target != "gate")) | .testpanel.name = "Edited desk"' \
	tests/tui/console.json >"$work/saved.json"
mv "$work/saved.json" "$work/edited.json"
check 'reload: it says so' until_shown 'The workflow was saved: the next turn uses it.'
check 'reload: the tree is the new one' until_gone 'Gate'
check 'reload: so is the name' until_shown 'Edited desk'
keys End Enter
check 'reload: a node of the new tree' until_shown '"id": "wait"'
keys Escape
until_gone '"id": "wait"' && keys F4
until_gone '├ Tracking' && say 'read the label'
check 'reload: the next turn uses it' until_shown 'It reads café'
check 'reload: the turn before stays' until_shown 'The label says: café'
keys Tab Up Enter
check 'reload: and can be looked into' until_shown '"utterance": "read the label"'
keys Escape
until_gone '"utterance"' && keys Tab Tab Tab
printf '{"nodes": [,]}' >"$work/edited.json"
check 'reload: a broken one is refused' until_shown "Not used: $work/edited.json:1:"
check 'reload: the log has it' until_shown 'ERROR'
say 'read the label'
check 'reload: the old one stays' until_shown 'turn 3'
check 'reload: it answers' until_shown 'Edited desk'
say 'track parcel P1234'
until_shown 'is in 京都.'
cp tests/tui/console.json "$work/edited.json"
check 'reload: mended' until_shown 'The workflow was saved'
keys F3
until_shown 'Compare with' && keys Enter
until_shown 'F3 leaves' && say 'wait for the depot gate'
until_shown 'Esc cancels'
sed 's/"Parcel desk"/"Third desk"/' tests/tui/console.json >"$work/edited.json"
until_shown 'Esc cancels' && keys Escape
check 'reload: swapped in when the turns have ended' until_shown 'Third desk'
say 'read the label'
check 'reload: side by side' until_shown ' ms / '
quit reload

# A session that is kept, gone on with, and played again.
kept=$work/kept.jsonl
TESTPANEL="$TESTPANEL --session $kept" start 100 30
until_shown 'good day' && say 'track parcel P1234' && until_shown 'is in 京都.'
keys F2
until_shown 'SystemOrchestrator' && keys Down Enter
check 'kept: it goes on under another orchestrator' until_shown 'SystemOrchestrator, the session'
say 'read the label'
check 'kept: with its turns counted on' until_shown 'Trace ─ turn 2'
say 'wait for the depot gate'
until_shown 'Esc cancels' && keys F2
until_shown 'TestPanel flow' && keys Home Enter
until_shown 'Esc cancels' && keys Escape
check 'kept: not while a turn runs' until_shown 'CANCELLED'
check 'kept: one session' test "$(jq -r '.result.session // empty' "$kept" | sort -u | wc -l)" = 1
check 'kept: of two orchestrators' test "$(jq -r '.result.orchestrator // empty' "$kept" | tr '\n' ' ')" = "testpanel testpanel system system "
quit kept
TESTPANEL="$TESTPANEL --session $kept" start 100 30
check 'kept: its turns are there' until_shown 'Parcel P1234 is in 京都.'
check 'kept: the last one is selected' until_shown 'Trace ─ turn 3'
check 'kept: and the session goes on' until_shown '── the session goes on'
check 'kept: without another greeting' test "$(screen | grep -c 'どうぞ')" = 1
say 'where is my parcel'
check 'kept: it remembers' until_shown 'Trace ─ turn 4'
check 'kept: what it is about' until_shown 'track_parcel'
check 'kept: it ends' until_shown 'turn 4: success'
keys Tab Home
check 'kept: the first turn has its trace' until_shown 'Trace ─ greeting'
quit 'kept, again'
printf '{"event": "started", "turn": 5, "ms": 0, "utterance": "is any", ' >>"$kept"
printf '"time": "2026-01-01T00:00:00.000Z"}\n{"event": "sp' >>"$kept"
TESTPANEL="$TESTPANEL --session $kept" start 100 30
check 'kept: a turn that was cut off' until_shown 'cut off: is any'
quit 'kept, cut off'
cp "$kept" "$work/played.jsonl"
arguments="replay $work/played.jsonl --fast" start 100 30
check 'played: at once' until_shown 'The recording ends here.'
check 'played: its turns' until_shown 'The label says: café'
check 'played: its workflow' until_shown 'testpanel  Parcel desk'
check 'played: its log' until_shown 'turn 4: success'
keys Tab Home Down
check 'played: a trace' until_shown 'GET attempt 2 ✓ 200'
keys Enter
check 'played: a turn in full' until_shown '"utterance": "track parcel P1234"'
keys Escape
until_gone '"utterance"' && keys F2
check 'played: nothing runs' until_shown 'nothing runs in it'
keys F4
until_shown 'nothing runs in it' && keys F3
check 'played: nor beside it' until_shown 'nothing runs in it'
quit played
arguments="replay $work/played.jsonl" start 100 30
check 'played: in its time' until_shown 'playing, speed 1'
keys Space
check 'played: paused' until_shown 'paused'
keys +
check 'played: faster' until_shown 'paused, speed 2'
keys + + + +
until_shown 'speed 32' && keys Space
check 'played: to its end' until_shown 'The recording ends here.'
quit 'played in time'
arguments="replay $work/none.jsonl" start 80 24
check 'played: no such file' ended_with 2
TESTPANEL="$TESTPANEL --session $work" start 80 24
check 'kept: nowhere' ended_with 2
check 'kept: nowhere, says why' grep -q 'testpanel: .*: ' "$work/stderr"

# Signals. The program is the one child of the pane's shell.
program() {
	pgrep -P "$($tmux list-panes -t $session: -F '#{pane_pid}')"
}
for signal in TERM:143 INT:130 HUP:129 QUIT:131; do
	start 80 24
	until_shown 'good day' && say 'wait for the depot gate' && until_shown 'Esc cancels'
	kill -"${signal%:*}" "$(program)"
	check "SIG${signal%:*}: ends" ended_with "${signal#*:}"
	check "SIG${signal%:*}: terminal as before" same_terminal
done
# A sanitizer would take the signal for a fault it has found.
start 80 24 "ASAN_OPTIONS=${ASAN_OPTIONS:-}:handle_segv=0"
until_shown 'good day'
kill -SEGV "$(program)"
check 'a crash: ends' ended_with 139
check 'a crash: terminal as before' same_terminal
check 'a crash: the screen is left' until_gone 'F10 Quit'

finish
