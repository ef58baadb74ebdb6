#!/bin/bash
# Speech on the command line: into files and out of them, and over a real sound path: PulseAudio with a sink that leads
# nowhere, whose monitor is the microphone.
set -u
. tests/check.sh

. tests/tui/room.sh

out=$work/out err=$work/err hotel=assets/hotel.json

# run STATUS NAME ARGUMENT...: runs testpanel; the status must be STATUS.
run() {
	local expected=$1 name=$2 status
	shift 2
	# shellcheck disable=SC2086
	timeout 120 $TESTPANEL "$@" >"$out" 2>"$err" </dev/null
	status=$?
	check "$name: status $status, $(head -c 300 "$err" "$out")" test "$status" = "$expected"
}

# says NAME TEXT: standard error is one line of ours with TEXT.
says() {
	if grep -qF -- "$2" "$err" && [ "$(wc -l <"$err")" = 1 ] && grep -q '^testpanel: ' "$err"; then
		pass
	else
		fail "$1" "not '$2' but '$(head -c 400 "$err")'"
	fi
}

# holds FILTER FILE: jq's filter for one of the file's values.
holds() {
	jq -es "any(.[]; $1)" "$2" >/dev/null 2>&1
}

printed() {
	check "$1: not '$2' but $(head -c 300 "$out")" grep -qixF -- "$2" "$out"
}

run 2 "speak: a name of no format" speak hello -o "$work/hello.xyz"
says "speak: a name of no format" ".wav, .flac or .ogg"
run 2 "speak: a voice there is not" speak hello --voice bob -o "$work/hello.wav"
says "speak: a voice there is not" "there are: slt"
run 2 "speak: a speed that is none" speak hello --speed fast -o "$work/hello.wav"
says "speak: a speed that is none" "0.25 to 4"
run 3 "speak: a folder there is not" speak hello -o "$work/none/hello.wav"
run 2 "transcribe: no such file" transcribe "$work/none.wav"
says "transcribe: no such file" "none.wav"

for format in wav flac ogg; do
	run 0 "speak: $format" speak "check reservation A B C one two three" --voice rms -o "$work/check.$format" --json
	check "speak: $format has sound" holds '.audioMs > 1500 and .firstSoundMs > 0' "$out"
done
run 0 "transcribe: with a workflow" transcribe "$work/check.wav" -w "$hotel"
printed "transcribe: with a workflow" "$work/check.wav: check reservation ABC123"
run 0 "transcribe: json" transcribe "$work/check.flac" -w "$hotel" --json
check "transcribe: json" holds '.text == "check reservation ABC123" and .by == "grammar" and .agreement > 0.5' "$out"

# Turns out of sound files, among typed ones.
run 2 "run: no such file" run "$hotel" --wav "$work/check.wav" "$work/none.wav"
check "run: no such file: before any turn" eval '[ ! -s "$out" ]'
check "run: no such file: $(cat "$err")" grep -q "none.wav" "$err"
run 0 "run: speak" speak "what is the weather like tomorrow" --voice rms -o "$work/weather.wav"
sox "$work/check.wav" "$work/long.wav" pad 0.3 1 && sox "$work/long.wav" "$work/weather.wav" "$work/both.wav"
run 0 "run: two in a file" run "$hotel" --mock assets/hotel.mock.json --json --fast --say "what time is breakfast" \
	--wav "$work/both.wav"
check "run: what was heard, in its order: $(jq -r .utterance "$out")" eval \
	'[ "$(jq -r .utterance "$out" | paste -sd"|")" = "what time is breakfast|check reservation ABC123|what is the weather like tomorrow" ]'
check "run: how it was heard" holds '.turn == 2 and .heard.by == "grammar" and .heard.confidence > 0.3 and .heard.recording == null' "$out"
check "run: typed words were not heard" holds '.turn == 1 and .heard == null and .latency.endpoint == 0' "$out"
check "run: the wait adds up" holds '.turn == 2 and .latency.endpoint == 600 and (.durationMs - (.latency | add) | fabs) < 0.01' "$out"
run 0 "run: files one after the other" run "$hotel" --mock assets/hotel.mock.json --json --fast --wav "$work/long.wav" "$work/weather.wav"
check "run: files one after the other: $(jq -r .utterance "$out")" eval \
	'[ "$(jq -r .utterance "$out" | paste -sd"|")" = "check reservation ABC123|what is the weather like tomorrow" ]'
run 0 "run: in real time" run "$hotel" --mock assets/hotel.mock.json --json --wav "$work/weather.wav"
check "run: in real time" holds '.utterance == "what is the weather like tomorrow" and .latency.recognition > 0' "$out"
sox -n -r 16000 -c 1 "$work/silence.wav" trim 0 2
run 1 "run: silence" run "$hotel" --mock assets/hotel.mock.json --json --fast --wav "$work/silence.wav"
says "run: silence" "nothing was said in it"

run 2 "tune: a setting there is not" tune "$work/check.wav" --set hangover=300
says "tune: a setting there is not" "hangoverMs"
run 2 "tune: a value out of bounds" tune "$work/check.wav" --set hangoverMs=300,20
says "tune: a value out of bounds" "hangoverMs is to be a number from 40 to 5000"
run 2 "tune: no such file" tune "$work/none.wav"
run 0 "tune" tune "$work/check.wav" "$work/check.flac" --set hangoverMs=200,300 --set leastMs=200,4000
check "tune: a table" test "$(grep -c '^\* defaults ' "$out")" = 3
check "tune: all of it" grep -q '^all 2 files$' "$out"
sox "$work/check.wav" "$work/long.wav" repeat 30
for signal in INT TERM; do
	rm -f "$out"
	# shellcheck disable=SC2046,SC2086
	$TESTPANEL tune $(yes "$work/long.wav" | head -n 2000) >"$out" 2>"$err" </dev/null &
	pid=$!
	for _ in $(seq 200); do
		grep -q '^\* defaults ' "$out" 2>/dev/null && break
		sleep 0.05
	done
	kill -$signal $pid
	wait $pid
	check "tune: SIG$signal: status" test "$?" = $((128 + $(kill -l $signal)))
	says "tune: SIG$signal" "interrupted: what was heard so far is above"
	check "tune: SIG$signal: not all of it" test "$(grep -c '^all ' "$out")" = 0
done
run 0 "tune: json" tune "$work/check.wav" --set leastMs=4000 --workflow "$hotel" --json
check "tune: json, the defaults" holds '.defaults and .utterances == 1 and .cutMs == 0 and .heard[0].text == "check reservation ABC123"' "$out"
check "tune: json, what cuts" holds '.settings.leastMs == 4000 and .utterances == 0 and .dropped == 1 and .cutMs == .voiceMs' "$out"

if ! command -v pulseaudio >/dev/null; then
	skip "sound through devices" "pulseaudio is not installed"
	finish
fi
export ASAN_OPTIONS=$sound_asan
trap 'stop_daemon; rm -rf "$work"' EXIT

run 3 "devices: none" devices
says "devices: none" "no sound device was found"
run 3 "speak: no speaker" speak hello
says "speak: no speaker" "there is no speaker"
run 3 "transcribe: no microphone" transcribe
says "transcribe: no microphone" "there is no microphone"

start_daemon
run 0 "devices" devices --json
check "devices: the daemon's" holds '.name == "pulse" and .inputs > 0 and .outputs > 0' "$out"
check "devices: no chatter of libraries" test ! -s "$err"
run 3 "transcribe: a device there is not" transcribe --device nosuch
says "transcribe: a device there is not" "no microphone is called \"nosuch\"; there are: pulse"

# Said in the room by one testpanel, heard by another; on a machine that is busy with other things a sound may be torn.
converse() {
	# shellcheck disable=SC2086
	timeout 120 $TESTPANEL transcribe -w "$hotel" --json >"$work/heard" 2>"$work/heard.err" </dev/null &
	listener=$!
	wait_for_listener
	run 0 "speak: into the room" speak "what is the weather like tomorrow" --voice rms
	wait "$listener"
	holds '.text == "what is the weather like tomorrow" and .by == "grammar"' "$work/heard"
}
check "transcribe: out of the room" eval 'converse || converse || converse'

# The daemon dies while somebody listens.
# shellcheck disable=SC2086
timeout 60 $TESTPANEL transcribe >"$work/heard" 2>"$work/heard.err" </dev/null &
listener=$!
wait_for_listener
stop_daemon
wait "$listener"
status=$?
check "transcribe: the daemon dies: $status" test "$status" = 3
check "transcribe: the daemon dies: $(cat "$work/heard.err")" grep -q "pulse is gone" "$work/heard.err"

finish
