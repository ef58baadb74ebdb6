#!/bin/bash
# The console spoken to: a caller plays words into a virtual room, PortAudio records them, the console shows what was heard
# and answers aloud, and the answer is recorded and recognised again.
set -u
. tests/check.sh
for tool in tmux pulseaudio parec sox; do
	if ! command -v $tool >/dev/null; then
		skip voice "$tool is not installed"
		finish
	fi
done
. tests/tui/terminal.sh
. tests/tui/room.sh
trap 'stop_daemon; terminal_end' EXIT
hotel=assets/hotel.json
n=0

# console ARGUMENT...: a console of its own, with $preload.
preload=
console() {
	n=$((n + 1))
	session=v$n
	$tmux new-session -d -s $session -x 120 -y 36 \
		"LD_PRELOAD=$preload DAEMON=$daemon ASAN_OPTIONS=$sound_asan $TESTPANEL $hotel --mock assets/hotel.mock.json $*; echo \$? >$work/status; echo 'it has ended'; exec cat"
	until_shown 'F10 Quit' >/dev/null
}
quit() {
	keys F10
	check "$1: quits" until_shown 'it has ended'
	check "$1: status $(cat "$work/status")" test "$(cat "$work/status")" = 0
	$tmux kill-session -t $session 2>/dev/null
}
# A reply of two lines takes longer to be spoken than until_shown waits.
until_listening() {
	until_shown 'mic ● on' >/dev/null || until_shown 'mic ● on'
}
# A machine that is busy with other things tears sound: what was not heard is said again, as a caller does. heard TEXT
# SPOKEN...: until TEXT is shown.
heard() {
	local text=$1
	shift
	for _ in 1 2; do
		until_listening >/dev/null
		play "$@"
		for _ in $(seq 100); do
			screen | grep -qF -- "$text" && return 0
			sleep 0.1
		done
	done
	screen
	return 1
}
# A player with a long buffer: what is torn then is torn by testpanel.
play() {
	local file=$work/${1// /_}.wav
	[ -f "$file" ] || $TESTPANEL speak "$1" --voice rms -o "$file"
	paplay -d mouth "$file" 2>/dev/null
}

# kept_turn FILTER FILE
kept_turn() {
	jq -es "$1" "$2" >/dev/null 2>&1
}

# No daemon: a state with a reason, that is tried again until there is one.
console
keys F5
check 'no daemon: says so' until_shown 'there is no microphone'
check 'no daemon: the header too' until_shown 'mic ✗ lost'
check 'no daemon: with a cure' until_shown 'tried again, F5 stops it'
start_daemon apart
check 'the daemon comes: it listens' until_listening
check 'the meter says what it compares with' until_shown 'speech over -50'
check 'heard' heard 'check reservation ABC123' 'check reservation A B C one two three'
check 'who spoke is told from who typed' until_shown 'you, heard'
check 'answered' until_shown 'Reservation ABC123 is confirmed'
check 'where the time went' until_shown 'WWWW'
check 'the microphone waits while it speaks' until_shown 'mic ○ waits'
check 'and listens again' until_listening
keys F5
check 'off' until_shown 'mic ○ off'

# The answer's sound is an answer.
parec -d ear.monitor --format=s16le --rate=16000 --channels=1 >"$work/ear.raw" 2>/dev/null &
recorder=$!
keys F7
check 'played again' until_shown 'F10 Quit'
sleep 1
for _ in $(seq 150); do
	pactl list short sink-inputs | grep -q . || break
	[ "$(stat -c %s "$work/ear.raw")" -lt 500000 ] || break
	sleep 0.1
done
kill "$recorder"
wait "$recorder" 2>/dev/null
sox -t raw -r 16000 -e signed -b 16 -c 1 "$work/ear.raw" "$work/ear.wav"
# shellcheck disable=SC2086
timeout 60 $TESTPANEL transcribe "$work/ear.wav" -w $hotel >"$work/ear.txt" 2>/dev/null </dev/null
check "what was said sounds again: $(cat "$work/ear.txt")" grep -q 'check reservation ABC123' "$work/ear.txt"
check "and the reply: $(cat "$work/ear.txt")" grep -qE 'confirmed|double|december|hundred' "$work/ear.txt"
keys Escape

# Words again, edited.
keys F9
check 'F9 takes the words' until_shown '› check reservation ABC123'
keys F9
check 'F9 again: what else it may have been' until_shown 'It may have been this (1 of'
for _ in 1 2 3 4 5; do
	screen | grep -q 'As it was heard' || keys F9
	sleep 0.2
done
check 'and round' until_shown '› check reservation ABC123'
keys C-w
say 'DEF456'
check 'said again' until_shown 'Reservation DEF456'
check 'what was changed is marked' until_shown '{+DEF456+}'

# Looked at first.
keys F6 Down Enter
check 'review' until_shown 'goes into the line first'
keys Escape F5
check 'listening, after the reply' until_listening
check 'heard into the line' heard '› what is the weather like tomorrow' 'what is the weather like tomorrow'
keys F5
keys C-a Delete
keys -l 'W'
keys Enter
check 'said as it was edited' until_shown 'What is the weather'
check 'heard and edited' until_shown '{+What+}'
quit console

# The other orchestrators, a session that is kept with its sound, and a caller who speaks into a reply.
for orchestrator in voice testpanel; do
	console --orchestrator $orchestrator --headphones --keep-audio --session $orchestrator
	keys F5
	check "$orchestrator: listens" until_listening
	interrupted() {
		for _ in 1 2; do
			heard 'Reservation ABC123 is' 'check reservation A B C one two three' || return 1
			until_shown 'speaking' >/dev/null
			play 'what is the weather like tomorrow'
			for _ in $(seq 50); do
				screen | grep -q 'interrupted' && return 0
				sleep 0.1
			done
		done
		return 1
	}
	check "$orchestrator: a reply is interrupted" interrupted
	check "$orchestrator: and the words count" until_shown 'degrees'
	quit "$orchestrator"
	file=$work/state/testpanel/sessions/$orchestrator.jsonl
	turn='select(.event == "ended") | .result | select(.heard)'
	check "$orchestrator: what was heard is kept" \
		kept_turn "any(.[]; $turn | .heard.text == \"check reservation ABC123\" and .heard.by == \"grammar\")" "$file"
	check "$orchestrator: and what it may have been" kept_turn "any(.[] | $turn; .heard.alternatives | length > 0)" "$file"
	sum='(.durationMs - (.latency | add) | fabs) < 0.01 and .latency.endpoint >= 590'
	check "$orchestrator: the parts of the wait add up" kept_turn "all(.[] | $turn; $sum)" "$file"
	check "$orchestrator: interrupted is kept" kept_turn "any(.[]; $turn | .spoken.interrupted)" "$file"
	recording=$(jq -rs "[.[] | $turn | .heard.recording][0]" "$file")
	# shellcheck disable=SC2086
	timeout 60 $TESTPANEL transcribe "${file%.jsonl}.audio/$recording" -w $hotel >"$work/again.txt" 2>/dev/null </dev/null
	check "$orchestrator: its sound is kept: $(cat "$work/again.txt")" grep -q 'check reservation ABC123' "$work/again.txt"
done

# The daemon is killed in the middle of an utterance, and comes back.
console --log "$work/log"
keys F5
for round in $(seq "${DEATHS:-3}"); do
	check "death $round: listens" until_listening
	play 'check reservation A B C one two three' &
	player=$!
	check "death $round: hears" until_shown 'hearing'
	stop_daemon
	check "death $round: says so" until_shown 'mic ✗ lost'
	wait "$player"
	start_daemon apart
done
check 'after all deaths: listens' until_listening
check 'after all deaths: hears' heard 'what is the weather like tomorrow' 'what is the weather like tomorrow'
check 'after all deaths: answers' until_shown 'degrees'
check 'what libraries say of it is in the log' grep -q '"area":"stderr"' "$work/log"
quit deaths
check 'and not on the screen' until_gone 'Expression'

# It is killed in the moment in which PortAudio starts the microphone, and PortAudio never comes back from that.
preload=$PWD/$BUILD/tests/tui/daemon_dies.so
console
keys F5
check 'death at the start: says so' until_shown 'mic ✗ lost'
check 'death at the start: with a cure' until_shown 'restart the sound daemon, and try again'
stop_daemon
start_daemon apart
check 'death at the start: listens' until_listening
check 'death at the start: hears' heard 'what is the weather like tomorrow' 'what is the weather like tomorrow'
check 'death at the start: answers' until_shown 'degrees'
quit 'death at the start'
finish
