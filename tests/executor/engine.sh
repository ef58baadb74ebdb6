# Sourced after tests/check.sh by tests against servers that are not ours: start one, run the nodes of $work/engine.json.

server=
trap 'kill $server 2>/dev/null; rm -rf "$work"' EXIT

# engine_start NAME COMMAND...: the command prints its URL, which becomes $engine_url. False, and a failure, when it does not.
engine_start() {
	: >"$work/url"
	"${@:2}" >"$work/url" 2>"$work/server.err" &
	server=$!
	for _ in $(seq 200); do
		[ -s "$work/url" ] && break
		sleep 0.05
	done
	engine_url=$(cat "$work/url")
	[ "$engine_url" ] || fail "$1" "$(head -c 400 "$work/server.err")"
	[ "$engine_url" ]
}

engine_stop() {
	kill $server
	wait $server 2>/dev/null
	server=
}

# execute STATUS ID FILTER [ARGS]: runs the node; the status must be STATUS and FILTER hold for what it says.
execute() {
	# shellcheck disable=SC2086
	timeout 30 $TESTPANEL exec "$work/engine.json" "$2" --args "${4:-{\}}" --json >"$work/out" 2>"$work/err" </dev/null
	local status=$?
	if [ "$status" = "$1" ] && jq -e "$3" "$work/out" >/dev/null 2>&1; then
		pass
	else
		fail "${engine_name:+$engine_name: }$2" "status $status, $3 does not hold for $(head -c 800 "$work/out" "$work/err")"
	fi
}
