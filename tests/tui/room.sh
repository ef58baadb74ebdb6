# Sourced after tests/check.sh by tests that need sound: a sound daemon of the test's own. "room" is a sink that leads
# nowhere and whose monitor is the microphone, so that what is played is heard; with start_daemon apart the microphone hears
# only what is played into "mouth", and testpanel plays into "ear"; with start_daemon line these are the left and the right
# channel of one sink. A test's own EXIT trap calls stop_daemon.

export XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state HOME=$work XDG_RUNTIME_DIR=$work/runtime
export PULSE_RUNTIME_PATH=$XDG_RUNTIME_DIR/pulse
mkdir -p "$PULSE_RUNTIME_PATH" && chmod 700 "$XDG_RUNTIME_DIR"
unset PULSE_SERVER PULSE_SINK PULSE_SOURCE "${!TESTPANEL_@}"
# ALSA's plugins leak and are unloaded at the end, so that nothing is left to know them by.
sound_asan=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0:verify_asan_link_order=0
printf 'pcm.!default pulse\nctl.!default pulse\npcm.pulse { type pulse }\n' >"$work/.asoundrc"
printf '%s\n' 'load-module module-null-sink sink_name=room' 'set-default-sink room' \
	'set-default-source room.monitor' 'load-module module-native-protocol-unix' >"$work/room.pa"
printf '%s\n' 'load-module module-null-sink sink_name=mouth' 'load-module module-null-sink sink_name=ear' \
	'set-default-sink ear' 'set-default-source mouth.monitor' 'load-module module-native-protocol-unix' >"$work/apart.pa"
one='channels=1 channel_map=mono remix=no'
printf '%s\n' 'load-module module-null-sink sink_name=line channels=2 channel_map=front-left,front-right rate=16000' \
	"load-module module-remap-sink sink_name=mouth master=line master_channel_map=front-left $one" \
	"load-module module-remap-sink sink_name=ear master=line master_channel_map=front-right $one" \
	"load-module module-remap-source source_name=mic master=line.monitor master_channel_map=front-left $one" \
	'set-default-sink ear' 'set-default-source mic' 'load-module module-native-protocol-unix' >"$work/line.pa"

daemon=
# start_daemon [room|apart|line]
start_daemon() {
	pulseaudio -n -F "$work/${1:-room}.pa" --exit-idle-time=-1 --daemonize=no >"$work/pulse.log" 2>&1 &
	daemon=$!
	for _ in $(seq 100); do
		[ -S "$PULSE_RUNTIME_PATH/native" ] && return
		sleep 0.1
	done
	fail "the sound daemon starts" "$(cat "$work/pulse.log")"
}
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
