#!/bin/bash
# Speech on the command line: into files and out of them, and over a real sound path: PulseAudio with a sink that leads
# nowhere, whose monitor is the microphone.
set -u
. tests/check.sh

export XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state HOME=$work XDG_RUNTIME_DIR=$work/runtime
export PULSE_RUNTIME_PATH=$XDG_RUNTIME_DIR/pulse
mkdir -p "$PULSE_RUNTIME_PATH" && chmod 700 "$XDG_RUNTIME_DIR"
unset PULSE_SERVER "${!TESTPANEL_@}"
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

run 2 "tune: a setting there is not" tune "$work/check.wav" --set hangover=300
says "tune: a setting there is not" "hangoverMs"
run 2 "tune: a value out of bounds" tune "$work/check.wav" --set hangoverMs=300,20
says "tune: a value out of bounds" "hangoverMs is to be a number from 40 to 5000"
run 2 "tune: no such file" tune "$work/none.wav"
run 0 "tune" tune "$work/check.wav" "$work/check.flac" --set hangoverMs=200,300 --set leastMs=200,4000
check "tune: a table" test "$(grep -c '^\* defaults ' "$out")" = 3
check "tune: all of it" grep -q '^all 2 files$' "$out"
run 0 "tune: json" tune "$work/check.wav" --set leastMs=4000 --workflow "$hotel" --json
check "tune: json, the defaults" holds '.defaults and .utterances == 1 and .cutMs == 0 and .heard[0].text == "check reservation ABC123"' "$out"
check "tune: json, what cuts" holds '.settings.leastMs == 4000 and .utterances == 0 and .dropped == 1 and .cutMs == .voiceMs' "$out"

if ! command -v pulseaudio >/dev/null; then
	skip "sound through devices" "pulseaudio is not installed"
	finish
fi
# ALSA's plugins leak and are unloaded at the end, so that nothing is left to know them by.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
printf 'pcm.!default pulse\nctl.!default pulse\npcm.pulse { type pulse }\n' >"$work/.asoundrc"
printf '%s\n' 'load-module module-null-sink sink_name=room' 'set-default-sink room' \
	'set-default-source room.monitor' 'load-module module-native-protocol-unix' >"$work/room.pa"
start_daemon() {
	pulseaudio -n -F "$work/room.pa" --exit-idle-time=-1 --daemonize=no >"$work/pulse.log" 2>&1 &
	daemon=$!
	for _ in $(seq 100); do
		[ -S "$PULSE_RUNTIME_PATH/native" ] && return
		sleep 0.1
	done
	fail "the sound daemon starts" "$(cat "$work/pulse.log")"
}
daemon=
stop_daemon() {
	[ -n "$daemon" ] || return
	kill -9 "$daemon" 2>/dev/null
	wait "$daemon" 2>/dev/null
	rm -rf "${PULSE_RUNTIME_PATH:?}"/*
	daemon=
}
# Until somebody records.
wait_for_listener() {
	for _ in $(seq 200); do
		[ -z "$(pactl list short source-outputs 2>/dev/null)" ] || return
		sleep 0.1
	done
	fail "somebody listens" "nobody does"
}
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
