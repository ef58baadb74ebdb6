#!/bin/bash
# Secrets in every place through which one can enter, a server that gives away all it is told, every command over them,
# and not one in anything that came out: as it is, URL-encoded, in base64, as JSON, HTML or hexadecimal, or by half. Each
# must have reached the server, or the search would prove nothing. See secrets.py.
set -u
. tests/check.sh

python=/usr/bin/python3
if ! $python -c 'import ssl, http.server' 2>/dev/null || ! command -v openssl >/dev/null; then
	skip secrets "$python and openssl are not installed"
	finish
fi
. tests/tui/terminal.sh
server=
trap 'kill $server 2>/dev/null; terminal_end' EXIT
unset "${!TESTPANEL_@}" http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy
export TESTPANEL XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/out/state HOME=$work
mkdir -p "$work/out"

certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 2 -subj /CN=localhost \
		-addext subjectAltName=DNS:localhost -keyout "$work/$1.key" -out "$work/$1.pem" "${@:2}" 2>>"$work/openssl.log"
}
certificate server -nodes
$python tests/tui/secrets.py serve "$work" >"$work/server.log" 2>&1 &
server=$!
for _ in $(seq 200); do
	[ -s "$work/ports" ] && break
	sleep 0.05
done
$python tests/tui/secrets.py prepare "$work"
certificate client -passout "pass:$(jq -r .KEY_PASS "$work/secrets.json")"

$python tests/tui/secrets.py run "$work" >"$work/ended"
check "every command ends as it should" test ! -s "$work/ended"

# The console, so wide that no secret is broken over two lines. capture NAME: what stands there.
capture() {
	screen >"$work/out/screen-$1"
}
if command -v tmux >/dev/null; then
	session=secrets
	$tmux new-session -d -s $session -x 1000 -y 120 "PROCESS_KEY=$(cat "$work/process") $TESTPANEL $work/workflow.json \
		--env $work/env --log $work/out/console.log 2>$work/out/console.stderr; echo 'it has ended'; exec cat"
	check "console" until_shown 'good day'
	for word in wardrobe umbrella lantern violin; do
		say "find the $word"
		check "console: $word" until_shown "find_$word"
		until_gone 'Esc cancels' >/dev/null
		capture "$word"
	done
	keys Tab Enter
	check "console: the turn" until_shown '"utterance"'
	capture turn
	keys Escape Tab End Enter
	check "console: a span" until_shown '"spanId"'
	capture span
	keys Escape Tab End Enter
	check "console: a record" until_shown '"level"'
	capture record
	keys Escape F4
	check "console: the workflow" until_shown '├ '
	capture workflow
	shown=0
	mapfile -t rows < <(sed -n '/master agent/,$p' "$work/out/screen-workflow")
	for row in "${rows[@]}"; do
		case $row in *-literal* | *-encoded* | *basic* | *oauth2-odd*)
			keys Enter
			until_shown '"id":' >/dev/null
			capture "node-$((shown += 1))"
			keys Escape
			until_gone '"id":' >/dev/null
			;;
		esac
		keys Down
	done
	check "console: nodes" test "$(cat "$work"/out/screen-node-* | grep -o '"id": "[^"]*"' | sort -u | wc -l)" = "$shown"
	check "console: most of those with literals" test "$shown" -ge 10
	keys Escape F10
	check "console: ends" until_shown 'it has ended'
else
	skip "secrets on the console" "tmux is not installed"
fi

while read -r name arrived where; do
	check "$name was sent" test "$arrived" = arrived
	if [ "$where" = clean ]; then
		pass
	else
		fail "$name came out" "$where"
	fi
done < <($python tests/tui/secrets.py search "$work")
check "fifty secrets" test "$(jq length "$work/secrets.json")" -ge 50
check "outputs" test "$(find "$work/out" -size +0 | wc -l)" -ge 400
finish
