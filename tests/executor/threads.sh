#!/bin/bash
# What runs on libuv's pool beside the loop, jq filters and large bodies: many at a time, and stopped in the middle.
# `make test-tsan` runs it with a testpanel that notices two threads at one place.
set -u
. tests/check.sh

unset "${!TESTPANEL_@}"
export XDG_CONFIG_HOME=$work HOME=$work

# Above 256 KiB a body is read on the pool.
jq -nc '{routes: [
	{method: "GET", path: "/small", body: {a: [1, 2, {b: "x"}], id: 12345678901234567890}},
	{method: "GET", path: "/large", body: {rows: [range(9000) | {id: ., name: "row \(.) of a large answer"}]}},
	{method: "GET", path: "/late", latencyMs: {uniform: [0, 40]}, body: {ok: true}}]}' >"$work/mock.json"

# node ID PATH TESTPANEL: one integration node.
node() {
	jq -nc --arg id "$1" --arg path "$2" --argjson testpanel "$3" \
		'{id: $id, type: "integrationNode", data: {label: $id, integrationType: "rest",
			url: "${MOCK_URL}\($path)", testpanel: ({retry: {max: 0}} + $testpanel)}}'
}
{
	node filter /small '{"select": "{id: $arguments.n, b: .a[2].b, env: env}", "expect": ".a | length == 3"}'
	node large /large '{"select": ".rows | length"}'
	node plain /large '{}'
	node short /large '{"deadlineMs": 15, "select": ".rows | map(.name | length) | add"}'
	node endless /small '{"select": "def f: f; f", "deadlineMs": 300}'
	node late /late '{"timeoutMs": 20, "retry": {"max": 2, "initialMs": 1}}'
} | jq -sc '{nodes: ([{id: "r", type: "routerNode", data: {}}] + .), edges: []}' >"$work/threads.json"

# load STATUS NODE TIMES CONCURRENCY ARGUMENT...: executions at a time; each must come to an end.
load() {
	local expected=$1 node=$2 times=$3 concurrency=$4 status
	shift 4
	# shellcheck disable=SC2086
	timeout 120 $TESTPANEL exec "$work/threads.json" "$node" --mock "$work/mock.json" --json --repeat "$times" \
		--concurrency "$concurrency" "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
	check "$node: status $status, $(head -c 300 "$work/err")" grep -qx "$expected" <<<"$status"
	check "$node: as many as were asked for" test "$(jq -r .count "$work/out" 2>/dev/null)" = "$times"
}
load 0 filter 300 32 --args '{"n": 7}'
load 0 large 24 8
load 0 plain 24 8
load 1 short 40 16
load 1 endless 6 3
load '[01]' late 60 20

# An interruption while the pool is busy: what runs is cancelled, and the report still comes.
for node in endless plain; do
	rm -f "$work/log"
	# shellcheck disable=SC2086
	timeout 120 $TESTPANEL exec "$work/threads.json" $node --mock "$work/mock.json" --json --log "$work/log" \
		--repeat 100000 --concurrency 8 >"$work/out" 2>"$work/err" </dev/null &
	pid=$!
	for ((i = 0; i < 600; i++)); do
		! grep -q "GET" "$work/log" 2>/dev/null || break
		sleep 0.05
	done
	kill -INT "$pid"
	wait "$pid"
	check "$node: interrupted, $(head -c 300 "$work/err")" test "$(jq -r .interrupted "$work/out")" = true
done
finish
