#!/bin/bash
# The command line as a user meets it: messages, exit statuses, JSON shapes, and that secrets stay inside.
set -u
. tests/check.sh

export XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state HOME=$work
unset "${!TESTPANEL_@}"
hotel=assets/hotel.json backend=assets/hotel.mock.json
out=$work/out err=$work/err

# run STATUS NAME ARGUMENT...: runs testpanel; the status must be STATUS. Output stays in $out and $err.
run() {
	local expected=$1 name=$2 status
	shift 2
	# shellcheck disable=SC2086
	timeout 60 $TESTPANEL "$@" >"$out" 2>"$err" </dev/null
	status=$?
	if [ "$status" = "$expected" ]; then
		pass
	else
		fail "$name" "status $status instead of $expected: $(head -c 400 "$err" "$out")"
	fi
}

# says NAME TEXT: standard error holds TEXT, begins with the program's name and is one line.
says() {
	if grep -qF -- "$2" "$err" && [ "$(wc -l <"$err")" = 1 ] && grep -q '^testpanel: ' "$err"; then
		pass
	else
		fail "$1" "not '$2' but '$(head -c 400 "$err")'"
	fi
}

silent() {
	check "$1: nothing on standard error" test ! -s "$err"
}

# json NAME FILTER: every line of the output is JSON and FILTER holds for all of it (as an array).
json() {
	if jq -es "$2" "$out" >/dev/null 2>&1; then
		pass
	else
		fail "$1" "$2 does not hold for $(head -c 600 "$out")"
	fi
}

# --- wrong usage and invalid files: one clear message, status 2

printf '{"nodes": [\n  {"id": }\n]}' >"$work/broken.json"
printf '\177ELF\000\001\002' >"$work/binary.json"
printf '{"nodes": [{"id": "n", "type": "noteNode", "data": {"text": "hi"}}], "edges": []}' >"$work/norouter.json"
printf '' >"$work/empty.json"
printf '\n# nothing\n' >"$work/empty.txt"

for command in "run FILE --say hi" "exec FILE n" "validate FILE" "tools FILE" "compare FILE --say hi" "mock FILE"; do
	# shellcheck disable=SC2086
	{
		run 2 "$command: missing" ${command/FILE/$work/missing.json}
		says "$command: missing" "missing.json: no such file"
		run 2 "$command: directory" ${command/FILE/$work}
		says "$command: directory" "is a directory"
		run 2 "$command: binary" ${command/FILE/$work/binary.json}
		says "$command: binary" "is a binary file"
		run 2 "$command: broken" ${command/FILE/$work/broken.json}
		cat "$out" >>"$err"
		check "$command: broken names the place" grep -q 'broken.json:2:[0-9]*:.*error' "$err"
		run 2 "$command: empty" ${command/FILE/$work/empty.json}
	}
done
run 2 "no router" run "$work/norouter.json" --say hi
says "no router" "router"
run 2 "unknown node" exec $hotel pmss
says "unknown node" "no node 'pmss' in $hotel: did you mean pms?"
run 2 "unknown node, none near" exec $hotel zzzzzzzzzz
says "unknown node, none near" "its nodes are front-desk"
run 2 "a node that cannot run" exec $hotel front-desk
says "a node that cannot run" "front-desk is a routerNode"
run 2 "--args broken" exec $hotel pms --args '{"a":'
says "--args broken" "--args: no valid JSON: line 1"
run 2 "--args no object" exec $hotel pms --args '[1]'
says "--args no object" "--args: must be a JSON object"
run 2 "unknown flag" run $hotel --sya hi
says "unknown flag" "unknown option --sya: did you mean --say?"
run 2 "flag without value" run $hotel --say
says "flag without value" "--say needs a value"
run 2 "nothing to say" run $hotel
says "nothing to say" "nothing to say: testpanel run $hotel --say TEXT"
run 2 "empty utterance" run $hotel --say "  "
says "empty utterance" "--say: nothing to say"
run 2 "empty script" run $hotel --script "$work/empty.txt"
says "empty script" "empty.txt: says nothing"
run 2 "missing script" run $hotel --script "$work/none.txt"
says "missing script" "none.txt: no such file"
run 2 "unknown orchestrator" run $hotel --say hi --orchestrator sytem
says "unknown orchestrator" "--orchestrator: no orchestrator 'sytem': did you mean system?"
run 2 "one orchestrator to compare" compare $hotel --say hi --orchestrators system
says "one orchestrator to compare" "--orchestrators: 'system' is not two names"
run 2 "unknown orchestrator to compare" compare $hotel --say hi --orchestrators system,banana
says "unknown orchestrator to compare" "no orchestrator 'banana'"
run 2 "bad seed" run $hotel --say hi --seed x
says "bad seed" "--seed: 'x' is no seed"
run 2 "missing env file" run $hotel --say hi --env "$work/none.env"
says "missing env file" "none.env"
run 2 "mistyped command" rnu
says "mistyped command" "did you mean testpanel run?"
run 2 "tools of a tool" tools $hotel pms
says "tools of a tool" "pms is a integrationNode: only the router and departments have tools"
run 2 "bad port" mock $backend --port 70000
says "bad port" "--port: '70000' is no port"
run 2 "a mock that is a workflow" mock $hotel
run 2 "console without terminal" $hotel
says "console without terminal" "use testpanel run $hotel --say TEXT"
mkdir -p "$XDG_CONFIG_HOME/testpanel"
printf '{"orchestratr": "system"}' >"$XDG_CONFIG_HOME/testpanel/config.json"
run 2 "typo in config.json" run $hotel --say hi
says "typo in config.json" "config.json:1:17: error: /orchestratr: unknown setting: did you mean orchestrator?"
rm "$XDG_CONFIG_HOME/testpanel/config.json"

# --- help and version

run 0 "version" --version
check "version" grep -q '^testpanel [0-9]' "$out"
run 0 "help" --help
check "help lists the commands" grep -q '^  compare WORKFLOW' "$out"
run 0 "help of a command" exec --help
check "help of exec" grep -q -- '--args JSON' "$out"

for command in "" run exec validate tools mock compare doctor; do
	# shellcheck disable=SC2086
	run 0 "help of '$command'" $command --help
	for flag in $(grep -o '^ .*--[a-z-]*' "$out" | grep -o -- '--[a-z-]*$'); do
		check "the man page knows $flag" grep -q -- "${flag//-/\\\\-}" assets/testpanel.1
	done
done

# --- validate, tools

run 0 "validate" validate $hotel $backend
silent "validate"
check "validate: workflow" grep -q "^$hotel: a valid workflow" "$out"
check "validate: mock" grep -q "^$backend: a valid mock backend" "$out"
run 2 "validate --json" validate "$work/broken.json" $hotel --json
json "validate --json" 'length == 2 and .[0].valid == false and .[0].errors > 0 and .[0].faults[0].line == 2
	and .[0].faults[0].severity == "error" and .[1].valid == true and .[1].kind == "workflow"'
jq '.nodes |= map(if .id == "ledger" then .data.authToken = "abc-literal" else . end)' $hotel >"$work/risky.json"
run 0 "validate: warnings alone are no failure" validate "$work/risky.json"
check "validate: a warning bears its rule" grep -q '^.*risky.json:[0-9:]* warning: .*authToken: .* \[secret-literal\]$' "$out"
check "validate: not the secret" test "$(grep -c abc-literal "$out")" = 0
check "validate: valid with warnings" grep -q 'risky.json: a valid workflow' "$out"
jq '.nodes |= map(if .id == "pms" then .data.url = "https://${TESTPANEL_TEST_HOST}/" else . end)' $hotel >"$work/variables.json"
run 0 "validate: a variable that is not set" validate "$work/variables.json"
check "validate: a variable that is not set" grep -q 'variables.json:[0-9:]* warning: /nodes/[0-9]*/data/url: ${TESTPANEL_TEST_HOST} is set nowhere: .*\[unset-variable\]$' "$out"
TESTPANEL_TEST_HOST=a.example run 0 "validate: the environment's" validate "$work/variables.json"
check "validate: the environment's" grep -qx "$work/variables.json: a valid workflow" "$out"
check "validate: the environment's is all" test "$(wc -l <"$out")" = 1
printf 'TESTPANEL_TEST_HOST=a.example\n' >"$work/variables.env"
run 0 "validate --env" validate "$work/variables.json" --env "$work/variables.env"
check "validate --env" test "$(wc -l <"$out")" = 1
run 2 "validate --env: missing" validate $hotel --env "$work/none.env"
says "validate --env: missing" "none.env"
run 0 "validate --json: warnings" validate "$work/risky.json" --json
json "validate --json: warnings" '.[0] | .valid and .errors == 0 and .warnings == 1 and .faults[0].severity == "warning"
	and .faults[0].rule == "secret-literal"'
for rule in $(sed -n 's/^\t_([A-Z_]*, "\([a-z-]*\)".*/\1/p' executor/fault_rule.h); do
	check "the man page knows the rule $rule" grep -q -- "^\.B ${rule//-/\\\\-}$" assets/testpanel.1
done
for code in $(sed -n 's/^\t_(\([A-Z0-9_]*\), .*/\1/p' executor/errcode.h); do
	check "the man page knows $code" grep -q -w -- "${code%STATUS}\(\\\\fIstatus\)\?" assets/testpanel.1
done
for member in $(jq -r '.. | objects | select(has("timeoutMs") and has("retry")) | keys[]' assets/workflow.schema.json | sort -u); do
	check "the man page knows the member $member" grep -q -w -- "$member" assets/testpanel.1
done
run 0 "tools" tools $hotel
check "tools: the router's" grep -q '^Front desk (routerNode, front-desk)' "$out"
run 0 "tools --json of one agent" tools $hotel reservations --json
json "tools --json" 'length == 1 and .[0].agent == "reservations" and (.[0].tools | length) > 0
	and all(.[0].tools[]; .type == "function" and (.function.name | test("^[A-Za-z0-9_]{1,64}$"))
		and .function.parameters.type == "object")'

# --- run

for orchestrator in testpanel system; do
	run 0 "run $orchestrator" run $hotel --mock $backend --orchestrator $orchestrator --seed 1 \
		--say "check reservation ABC123" --json
	silent "run $orchestrator"
	json "run $orchestrator: the line" 'length == 1 and (.[0] | .turn == 1 and .status == "success" and .errorCode == null
		and .orchestrator == "'$orchestrator'" and .utterance == "check reservation ABC123"
		and (.reply | test("ABC123")) and (.agents | index("front-desk") != null)
		and (.session | type) == "string" and (.traceId | test("^[0-9a-f]{32}$"))
		and (.tokens | .input >= 0 and .output >= 0))'
	json "run $orchestrator: the tool call" '.[0].toolCalls | length == 1 and (.[0]
		| .node == "lookup" and .integration == "pms" and .source == "rest" and .success and .errorCode == null
		and .attempts >= 1 and .durationMs > 0 and (.arguments | to_entries | any(.value == "ABC123")))'
	json "run $orchestrator: latency adds up" '.[0] | (.latency | .recognition + .model + .tools + .synthesis + .other)
		- .durationMs | . < 0.5 and . > -0.5'
	run 0 "dialogue $orchestrator" run $hotel --mock $backend --orchestrator $orchestrator \
		--say "check reservation ABC123" --say "what is on my bill" --say "cancel my booking" --json
	json "dialogue $orchestrator" 'length == 3 and ([.[].turn] == [1, 2, 3]) and all(.[]; .status == "success")
		and .[2].toolCalls[-1].source == "graphql" and any(.[].toolCalls[]; .attempts == 3)
		and ([.[].session] | unique | length) == 1'
done
TESTPANEL_ORCHESTRATOR=system run 0 "orchestrator from the environment" run $hotel --mock $backend --say hello --json
json "orchestrator from the environment" '.[0].orchestrator == "system"'
jq '.testpanel.confirm = true' $hotel >"$work/confirm.json"
run 0 "confirm" run "$work/confirm.json" --mock $backend --orchestrator system --json --say "cancel booking ABC123" --say yes \
	--say "what is my refund"
json "confirm" 'map(.status) == ["needs_info", "success", "success"] and map(.toolCalls | length) == [0, 1, 0]
	and (.[0].reply | startswith("Shall I cancel booking")) and .[2].reply == "The refund is 420.50."'
run 0 "confirm in the flow" run "$work/confirm.json" --mock $backend --json --say "cancel booking ABC123" --say yes
json "confirm in the flow" 'map(.status) == ["needs_info", "success"] and map(.toolCalls | length) == [0, 1]
	and .[0].orchestrator == "testpanel" and (.[0].reply | startswith("Shall I cancel booking"))'
for fault in '{"timeout": {"subAgentLoop": "long"}}' '{"retry": {"maxRetries": 99}}'; do
	jq ".testpanel.communicationConfig = $fault" $hotel >"$work/communication.json"
	run 2 "communicationConfig $fault" validate "$work/communication.json"
	check "communicationConfig $fault: where" grep -q '/testpanel/communicationConfig/' "$out" "$err"
done
printf '# a script\ncheck reservation ABC123\n\n  what is on my bill  \r\n' >"$work/script.txt"
run 0 "script" run $hotel --mock $backend --script "$work/script.txt" --json
json "script" '[.[].utterance] == ["check reservation ABC123", "what is on my bill"]'
run 0 "plain lines" run $hotel --mock $backend --say "check reservation ABC123"
check "plain lines: who" grep -q '^Front desk$' "$out"
check "plain lines: what" grep -q '^    .*ABC123' "$out"
check "plain lines: sum" grep -q '^    \[turn 1: success, lookup_reservation_lookup.* ms\]$' "$out"
mapfile -t said < <(jq -r 'select(.workflow == "shop") | .turns[] | "--say", .say' tests/suite/dialogues.jsonl)
for orchestrator in testpanel system; do
	for process in first second; do
		run 0 "same seed, same words: $orchestrator, $process process" run tests/suite/shop.json \
			--orchestrator $orchestrator --seed 7 --json "${said[@]}"
		jq -S 'del(.durationMs, .latency, .toolCalls[]?.durationMs)' "$out" >"$work/$process"
	done
	check "same seed, same words: $orchestrator" cmp "$work/first" "$work/second"
	check "same seed, same words: $orchestrator, all of them" \
		[ "$(jq -s length "$work/first")" = $((${#said[@]} / 2)) ]
done
run 0 "log" run $hotel --mock $backend --say "what is on my bill" --log "$work/log.jsonl"
check "log: JSON lines" jq -es "length > 0" "$work/log.jsonl"
check "log: private" test "$(stat -c %a "$work/log.jsonl")" = 600
run 3 "log into nowhere" run $hotel --mock $backend --say hi --log "$work/none/log.jsonl"
says "log into nowhere" "$work/none/log.jsonl"
run 2 "log: a dash" run $hotel --say hi --log -
says "log: a dash" "--log /dev/stderr"
run 0 "log: on standard error" run $hotel --mock $backend --say "check reservation ABC123" --log /dev/stderr
check "log: on standard error" jq -es "length > 0" "$err"
run 0 "log: a level alone" run $hotel --mock $backend --say "check reservation ABC123" --log-level warn
says "log: a level alone" "--log-level has no effect without --log"
run 3 "log: disk full" run $hotel --mock $backend --say "check reservation ABC123" --log /dev/full
says "log: disk full" "records could not be written: is the disk full?"
check "log: disk full: the run goes on" grep -q ABC123 "$out"

# A script goes on with a workflow that is saved meanwhile, and without one that is broken.
slow=$work/slow.json
jq '(.nodes[] | select(.id == "gate") | .data.latency) = 150' tests/tui/console.json >"$slow"
yes "wait for the depot gate" | head -n 12 >"$work/gates.txt"
# saves FILE [PLACE [OPTION...]]: puts it in the place (without one, of the workflow) as soon as the first turn was told of.
saves() {
	local file=$1 place=${2:-$slow}
	shift $(($# < 2 ? $# : 2))
	: >"$out"
	# shellcheck disable=SC2086
	$TESTPANEL run "$slow" --script "$work/gates.txt" --json "$@" >"$out" 2>"$err" </dev/null &
	while [ ! -s "$out" ] && kill -0 $! 2>/dev/null; do sleep 0.02; done
	cp "$file" "$work/saving" && mv "$work/saving" "$place"
	wait $!
	check "a workflow is saved: status" test $? = 0
}
sed 's/\\"open\\"/\\"shut\\"/' "$slow" >"$work/other.json"
saves "$work/other.json"
json "a workflow is saved" 'length == 12 and (.[0].reply | test("open")) and (.[-1].reply | test("shut"))'
check "a workflow is saved: nothing to say" test ! -s "$err"
echo '{"nodes": 7, "edges": []}' >"$work/other.json"
saves "$work/other.json"
json "a broken workflow is saved" 'length == 12 and all(.[].reply; test("shut"))'
says "a broken workflow is saved" "the workflow stays as it was: $slow:1:"

# So it goes on with a variant that is saved, and with the workflow below one.
jq '(.nodes[] | select(.id == "gate") | .data.latency) = 150' tests/tui/console.json >"$slow"
variant=$work/gate.variant.json
jq -n '{templateId: "t", name: "Variant", version: "1", masterAgent: {agentId: "m", systemPrompt: "p", intents: ["i"]},
	subAgents: [{config: {agentId: "wait", specialty: "depots", tasks: ["wait_for_depot"]}}]}' >"$variant"
sed 's/\\"open\\"/\\"shut\\"/' "$slow" >"$work/other.json"
saves "$work/other.json" "$slow" --variant "$variant"
json "the workflow below a variant is saved" 'length == 12 and (.[0].reply | test("open")) and (.[-1].reply | test("shut"))'
jq '.masterAgent.guardrails = {bannedPhrases: ["depot"], fallbackResponse: "No depots."}' "$variant" >"$work/other.json"
saves "$work/other.json" "$variant" --variant "$variant"
json "a variant is saved" 'length == 12 and (.[0].reply | test("shut")) and .[-1].reply == "No depots."'
check "a variant is saved: nothing to say" test ! -s "$err"
echo '{"templateId": "t"' >"$work/other.json"
jq '.masterAgent.guardrails = {}' "$variant" >"$work/good.json" && mv "$work/good.json" "$variant"
saves "$work/other.json" "$variant" --variant "$variant"
json "a broken variant is saved" 'length == 12 and all(.[].reply; test("shut"))'
says "a broken variant is saved" "the workflow stays as it was: $variant:2:1: error: not JSON"

# --- cassettes

tape=$work/hotel.cassette
words=(--say "check reservation ABC123" --say "what is on my bill" --say "cancel my booking" --json)
same='del(.session, .traceId, .durationMs, .latency, .toolCalls[]?.durationMs)'
run 0 "record" run $hotel --mock $backend "${words[@]}" --record "$tape"
silent "record"
jq -S "$same" "$out" >"$work/recorded"
check "record: JSON lines" jq -es '.[0].cassette == 1 and length == 6' "$tape"
check "record: private" test "$(stat -c %a "$tape")" = 600
for how in "--replay" "--fast --replay" "--cassette"; do
	# shellcheck disable=SC2086
	run 0 "$how" run $hotel "${words[@]}" $([ "$how" = --cassette ] && echo "--mock $backend") $how "$tape"
	silent "$how"
	check "$how: the same" diff "$work/recorded" <(jq -S "$same" "$out")
done
check "--cassette: nothing new" jq -es 'length == 6' "$tape"
run 1 "replay: a miss" exec $hotel pms --args '{"reservationNumber": "DEF456"}' --replay "$tape" --fast --json
json "replay: a miss" '.[0] | .errorCode == "CASSETTE_MISS" and (.error | test("nearest is .*hotel.cassette:2.*ABC123.*DEF456"))'
check "replay: unused" test "$(grep -c 'hotel.cassette:[2-6]: .*recorded and not asked for' "$err")" = 5
run 0 "replay: a load" exec $hotel pms --args '{"reservationNumber": "ABC123"}' --mock $backend --record "$work/load.cassette" \
	--repeat 20 --concurrency 4
run 0 "replay: a load again" exec $hotel pms --args '{"reservationNumber": "ABC123"}' --replay "$work/load.cassette" \
	--repeat 20 --concurrency 4 --fast
run 2 "record and replay" run $hotel --say hi --record "$work/x" --replay "$tape"
says "record and replay" "--record and --replay do not go together"
run 2 "replay: missing" run $hotel --say hi --replay "$work/none"
says "replay: missing" "none: no such file"
run 2 "record over a workflow" run $hotel --say hi --record $hotel
says "record over a workflow" "$hotel: is not a cassette and is left alone"
printf '{"cassette": 1}\n{"request": 1}\n' >"$work/bad.cassette"
run 2 "replay: faulty" run $hotel --say hi --replay "$work/bad.cassette"
check "replay: faulty" grep -q 'bad.cassette:2:13: error: /request: must be an object' "$err"
run 2 "validate: a cassette" validate "$work/bad.cassette"
check "validate: a cassette's line" grep -q 'bad.cassette:2:13: error: /request: must be an object' "$out"
run 0 "validate: a good cassette" validate "$tape"
check "validate: a good cassette" grep -qx "$tape: a valid cassette" "$out"
{
	head -n 2 "$tape"
	printf '{"request": {"method": "GET", "ulr": "x"}, "response": {"status": 200}}\n\n{"request": \n'
	printf '{"request": {"method": "GET", "url": "x"}, "response": {"status": "200"}}\n{"request": {"method"'
} >"$work/many.tape"
run 2 "validate: each bad line" validate "$work/many.tape" --json
json "validate: each bad line" '.[0] | .kind == "cassette" and .valid == false and .warnings == 1
	and ([.faults[] | select(.severity == "error").line] == [3, 3, 5, 6]) and .faults[-1].line == 7
	and any(.faults[].message; test("did you mean url"))'
head -n 3 "$tape" | tail -n 1 >"$work/headless.cassette"
run 2 "validate: a cassette without its first line" validate "$work/headless.cassette"
check "validate: a cassette without its first line" grep -q 'headless.cassette:1:1: error: .*the first line of one is {"cassette": 1}' "$out"
printf '{"cassette": 7}\n' >"$work/later.json"
run 2 "validate: a later cassette" validate "$work/later.json"
check "validate: a later cassette" grep -q 'later.json:1:14: error: /cassette: a cassette of version 7' "$out"
: >"$work/nothing.cassette"
run 2 "validate: an empty cassette" validate "$work/nothing.cassette"
check "validate: an empty cassette" grep -q 'is empty: record it with --record' "$out"
for how in --record --cassette; do
	run 3 "$how: into nowhere" run $hotel --say hi $how "$work/none/x.cassette"
	says "$how: into nowhere" "none/x.cassette: the folder does not exist: make it first"
	run 3 "$how: a directory" run $hotel --say hi $how "$work"
	says "$how: a directory" "$work: is a directory"
done
head -n 4 "$tape" >"$work/auto.cassette" # a mock of its own begins its sequences anew
run 0 "--cassette: adds" run $hotel --mock $backend "${words[@]}" --cassette "$work/auto.cassette"
check "--cassette: adds what is missing" jq -es 'length == 6' "$work/auto.cassette"
run 0 "--cassette: then has all" run $hotel "${words[@]}" --fast --replay "$work/auto.cassette" --json
silent "--cassette: then has all"
check "--cassette: then has all" diff "$work/recorded" <(jq -S "$same" "$out")
run 3 "record: disk full" run $hotel --mock $backend --say "check reservation ABC123" --record /dev/full
says "record: disk full" "/dev/full: 4 lines could not be written"
check "record: disk full: the run goes on" grep -q ABC123 "$out"

# --- the demo without a terminal

run 0 "demo" 
check "demo: every orchestrator that can" test "$(grep -c '^== ' "$out")" = 3
check "demo: all turns well" test "$(grep -c '^    \[turn [123]: success' "$out")" = 9

# --- with a voice, in silence

run 0 "voice" run $hotel --mock assets/hotel.mock.json --orchestrator voice --say "check reservation ABC123" --session "$work/voice.jsonl" --json
json "voice" '.[-1] | .orchestrator == "voice" and .spoken.heard == .reply and (.spoken.interrupted | not) and
	((.latency | add) - .durationMs | fabs) < 0.001'
check "voice: the session has its states" test "$(jq -r 'select(.event == "voice") | .state' "$work/voice.jsonl" | tr '\n' ' ')" = \
	"speaking listening thinking speaking listening "
run 0 "voice: replayed" replay "$work/voice.jsonl" --json
json "voice: replayed" '.[-1] | .spoken.heard == .reply'
run 0 "voice: compared" compare $hotel --mock assets/hotel.mock.json --orchestrators system,voice --say "check reservation ABC123" --json
json "voice: compared" '.[-1] | .same and (.a | has("spoken") | not) and .b.spoken.heard == .b.reply'

# --- compare

# --- the user's own orchestrator: a mock backend plays its part

run 2 "remote: not configured" run $hotel --orchestrator remote --say hi
says "remote: not configured" 'hotel.json: remote: the workflow does not say where the remote orchestrator is: add "remote": {"url":'
run 2 "remote: not configured, compared" compare $hotel --orchestrators system,remote --say hi
says "remote: not configured, compared" 'remote: the workflow does not say where'
for how in json stream openai gone; do
	jq --arg how $how '.testpanel.remote = {url: ("${MOCK_URL}/" + $how), headers: {"X-API-Key": "${OWN_KEY}"},
		stream: ($how == "stream"), protocol: (if $how == "openai" then "openai" else "json" end)}' \
		$hotel >"$work/remote-$how.json"
done
jq '.routes += [
	{method: "POST", path: "/json", body: {reply: "You said: {{body.utterance}}, key-of-mine-77", status: "needs_info",
		agents: ["reservations"], toolCalls: [{tool: "lookup_reservation", arguments: {reservationNumber: "ABC123"}}],
		spans: [{spanId: "00000000000000aa", name: "think", durationMs: 1.5}]}},
	{method: "POST", path: "/stream", contentType: "text/event-stream",
		text: "data: {\"delta\": \"One \"}\n\ndata: {\"delta\": \"two.\"}\n\ndata: {\"done\": {}}\n\n"},
	{method: "POST", path: "/openai", body: {choices: [{message: {content: "{{body.messages.0.content}} to you."}, finish_reason: "stop"}]}}
]' $backend >"$work/own.mock.json"
export OWN_KEY=key-of-mine-77
run 0 "remote" run "$work/remote-json.json" --mock "$work/own.mock.json" --orchestrator remote --say "is it confirmed" --json
json "remote" '.[-1] | .orchestrator == "remote" and .reply == "You said: is it confirmed, [redacted]" and .status == "needs_info" and
	.agents == ["front-desk", "reservations"] and .toolCalls[0].node == "lookup" and .toolCalls[0].integration == "pms"'
run 0 "remote: stream" run "$work/remote-stream.json" --mock "$work/own.mock.json" --orchestrator remote --say hi --json
json "remote: stream" '.[-1].reply == "One two."'
run 0 "remote: openai" run "$work/remote-openai.json" --mock "$work/own.mock.json" --orchestrator remote --say hi --json
json "remote: openai" '.[-1] | .reply | endswith(" to you.")'
run 1 "remote: an error" run "$work/remote-gone.json" --mock "$work/own.mock.json" --orchestrator remote --say hi --json
json "remote: an error" '.[-1] | .status == "error" and .errorCode == "REST_404"'
run 1 "remote: a fault for all" run "$work/remote-json.json" --mock "$work/own.mock.json" --orchestrator remote --fault 503 --say hi --json
json "remote: a fault for all" '.[-1] | .status == "error" and .errorCode == "REST_503" and (.reply | startswith("I am sorry"))'
run 1 "remote: a fault of its own" run "$work/remote-stream.json" --mock "$work/own.mock.json" --orchestrator remote \
	--fault remote=truncate --say hi --json
json "remote: a fault of its own" '.[-1] | .status == "error" and .errorCode == "REST_NETWORK_ERROR"'
run 0 "remote: another one's fault" run "$work/remote-json.json" --mock "$work/own.mock.json" --orchestrator remote --fault pms=503 --say hi --json
run 2 "remote: no fault without it" run $hotel --fault remote=503 --say hi
says "remote: no fault without it" "no node 'remote'"
run 0 "remote: compared" compare "$work/remote-json.json" --mock "$work/own.mock.json" --orchestrators system,remote \
	--say "check reservation ABC123" --json
json "remote: compared" '.[0] | .sameTools and .sameArguments and (.sameReply | not) and .b.orchestrator == "remote"'
unset OWN_KEY

run 0 "compare" compare $hotel --mock $backend --orchestrators testpanel,system \
	--say "check reservation ABC123" --say "what is on my bill"
check "compare: a heading and a row each" test "$(grep -c ' ms  ' "$out")" = 2
run 0 "compare --json" compare $hotel --mock $backend --orchestrators system,testpanel --say "check reservation ABC123" --json
json "compare --json" 'length == 1 and (.[0] | (.same | type) == "boolean" and .sameStatus == true and .sameTools == true
	and .a.orchestrator == "system" and .b.orchestrator == "testpanel" and .a.session != .b.session
	and .a.turn == 1 and .b.turn == 1)'

# Each side sees a mock's sequence from its beginning, on the backend and in process.
json "compare: the backend's sequence is fair" '.[0] | .a.toolCalls[0].attempts == 3 and .b.toolCalls[0].attempts == 3'
jq '(.nodes[] | select(.id == "pms") | .data) |= {label: "PMS", integrationType: "mock", mockOutput: "{\"number\": \"{{count}}\"}",
	testpanel: {retry: {max: 2, initialMs: 1}, sequence: [{status: 503}, {status: 503}, {}]}}' $hotel >"$work/own.json"
run 0 "compare a mock node" compare "$work/own.json" --orchestrators system,testpanel --say "check reservation ABC123" --json
json "compare: a mock node's sequence is fair" '.[0] | .a.toolCalls[0].attempts == 3 and .b.toolCalls[0].attempts == 3
	and .a.toolCalls[0].success and .b.toolCalls[0].success'

# --- exec: each integration failing on purpose

cat >"$work/faults.mock.json" <<'JSON'
{"routes": [
  {"method": "GET", "path": "/ok", "body": {"hello": "world"}},
  {"method": "GET", "path": "/echo", "body": {"query": "{{query.name}}"}},
  {"method": "GET", "path": "/404", "status": 404, "body": {"error": "none"}},
  {"method": "GET", "path": "/503", "status": 503},
  {"method": "GET", "path": "/slow", "latencyMs": 5000, "body": {}},
  {"method": "GET", "path": "/close", "fault": "close"},
  {"method": "GET", "path": "/badjson", "text": "{\"a\":", "contentType": "application/json"},
  {"method": "GET", "path": "/big", "body": {"a": "0123456789012345678901234567890123456789"}}
], "graphql": [{"path": "/graphql", "operations": [
  {"name": "Good", "data": {"a": 1}},
  {"name": "Bad", "errors": [{"message": "no such thing"}]},
  {"name": "IntrospectionQuery", "data": {"__schema": {"queryType": {"name": "Query"}, "types": [{"kind": "OBJECT",
    "name": "Query", "fields": [{"name": "a", "args": [], "type": {"kind": "SCALAR", "name": "Int"}}]}]}}}
]}, {"path": "/guarded", "operations": [
  {"name": "IntrospectionQuery", "match": {"headers": {"Authorization": "Bearer tok-98765", "X-Tenant": "blue"}},
    "data": {"__schema": {"queryType": {"name": "Query"}, "types": [{"kind": "OBJECT",
    "name": "Query", "fields": [{"name": "guarded", "args": [], "type": {"kind": "SCALAR", "name": "Int"}}]}]}}}
]}]}
JSON
# node ID KIND MEMBERS: an integration node.
node() {
	printf ',{"id":"%s","type":"integrationNode","data":{"label":"%s","integrationType":"%s"%s}}' "$1" "$1" "$2" "${3:+,$3}"
}
rest() {
	node "$1" rest "\"url\":\"\${MOCK_URL}/$1\",\"method\":\"GET\",\"testpanel\":{\"timeoutMs\":200,\"retry\":{\"max\":1,\"initialMs\":1}${2:-}}"
}
{
	printf '{"nodes":[{"id":"desk","type":"routerNode","data":{"agentName":"Desk"}}'
	printf ',{"id":"tool","type":"subAgentNode","data":{"agentName":"Tool","functionName":"tool","parameters":[{"name":"name","type":"string","description":"a name","required":true}]}}'
	printf ',{"id":"stray","type":"subAgentNode","data":{"agentName":"Stray","functionName":"stray","parameters":[]}}'
	rest ok; rest echo; rest 404; rest 503; rest slow; rest close; rest badjson; rest big ',"maxBytes":10'
	node patient rest '"url":"${MOCK_URL}/slow","method":"GET","testpanel":{"timeoutMs":20000}'
	node nourl rest; node nooutput mock; node badoutput mock '"mockOutput":"{"'; node mock mock '"mockOutput":"{\"a\":1}"'
	node scalar mock '"mockOutput":"12"'
	node refused rest '"url":"http://127.0.0.1:1/","method":"GET","testpanel":{"retry":{"max":0}}'
	node scheme rest '"url":"file:///etc/passwd","method":"GET"'
	node unknown carrier
	node secret rest '"url":"${MOCK_URL}/ok?token=${MY_SECRET}","method":"GET","authType":"bearer","authToken":"${MY_SECRET}"'
	node unset rest '"url":"${NOT_SET_ANYWHERE}/ok","method":"GET"'
	node good graphql '"url":"${MOCK_URL}/graphql","graphQLQuery":"query Good { a }"'
	node bad graphql '"url":"${MOCK_URL}/graphql","graphQLQuery":"query Bad { a }"'
	node noquery graphql '"url":"${MOCK_URL}/graphql"'
	node badvariables graphql '"url":"${MOCK_URL}/graphql","graphQLQuery":"query Good { a }","graphQLVariables":"[1]"'
	node guarded graphql '"url":"${MOCK_URL}/guarded","graphQLQuery":"query Q($a: Int!) { a }","authType":"bearer","authToken":"tok-98765","headers":"{\"X-Tenant\": \"{{tenant}}\"}","testpanel":{"method":"GET"}'
	node needs graphql '"url":"${MOCK_URL}/graphql","graphQLQuery":"query Good($id: ID!) { a }"'
	printf '],"edges":[{"id":"e1","source":"desk","target":"tool"},{"id":"e2","source":"tool","target":"echo"}]}'
} >"$work/faults.json"

execute() {
	run "$1" "exec $3" exec "$work/faults.json" "$2" --mock "$work/faults.mock.json" --json "${@:4}"
	silent "exec $3"
}
execute 0 ok "a good one"
json "exec: the result" 'length == 1 and (.[0] | .success and .data == {"hello": "world"} and .error == null
	and .errorCode == null and .retryable == false and .source == "rest" and (.summary | type) == "string"
	and .structure == "object with fields: hello" and .durationMs > 0 and (.traceId | length) == 32
	and (.attempts | length) == 1 and .attempts[0].n == 1 and .attempts[0].status == 200
	and (.attempts[0].timing | has("queueMs") and has("dnsMs") and has("connectMs") and has("tlsMs") and has("ttfbMs")
		and has("totalMs")) and (.metadata | type) == "object")'
while read -r id code attempts; do
	execute 1 "$id" "$id fails"
	json "exec $id: $code" '.[0] | .success == false and .errorCode == "'"$code"'" and (.error | length) > 0
		and (.attempts | length) == '"$attempts"
done <<'CASES'
404 REST_404 1
503 REST_503 2
slow INTEGRATION_TIMEOUT 2
close REST_NETWORK_ERROR 2
badjson RESPONSE_INVALID_JSON 1
big RESPONSE_TOO_LARGE 1
refused REST_NETWORK_ERROR 1
bad GRAPHQL_QUERY_ERROR 1
needs GRAPHQL_INVALID_VARIABLES 0
CASES
execute 0 needs "a required variable" --args '{"id": "7"}'
execute 0 good "GraphQL"
json "exec good" '.[0].data == {"a": 1}'
execute 0 mock "a mock"
json "exec mock" '.[0] | .data == {"a": 1} and .source == "mock"'
# What cannot run at all is a fault of the file where validation finds it, and a failed execution where it does not.
while read -r id code; do
	# shellcheck disable=SC2086
	timeout 60 $TESTPANEL exec "$work/faults.json" "$id" --mock "$work/faults.mock.json" --json >"$out" 2>"$err" </dev/null
	status=$?
	check "exec $id: status" test "$status" = 1
	json "exec $id: $code" '.[0].errorCode == "'"$code"'"'
done <<'CASES'
nourl REST_NO_URL
nooutput MOCK_NO_OUTPUT
badoutput MOCK_JSON_PARSE_ERROR
scalar MOCK_INVALID_FORMAT
scheme URL_NOT_ALLOWED
noquery GRAPHQL_NO_QUERY
badvariables GRAPHQL_INVALID_VARIABLES
unset INTEGRATION_CONFIG_ERROR
unknown INTEGRATION_CONFIG_ERROR
CASES
run 1 "exec without the mock backend" exec "$work/faults.json" ok --json
json "exec without the mock backend" '.[0].error | contains("MOCK_URL is not set") and endswith("or start a mock backend with --mock FILE")'
run 1 "run without the mock backend" run $hotel --say "check reservation ABC123"
check "run without the mock backend: why, and the cure" grep -q '^    lookup_reservation_lookup: the variable MOCK_URL is not set: .*--mock FILE$' "$out"
run 1 "run without the mock backend, as JSON" run $hotel --say "check reservation ABC123" --session failed --json
json "run without the mock backend: why" '.[-1].toolCalls[0].error | startswith("the variable MOCK_URL is not set")'
OPENAI_BASE_URL=http://127.0.0.1:1/v1 run 1 "run without a model's server" run $hotel --model openai --say "check reservation ABC123"
check "run without a model's server: why, and the cure" grep -q '^    Front desk: http://127.0.0.1:1/v1/.*OPENAI_BASE_URL says where it is$' "$out"
OPENAI_BASE_URL=http://127.0.0.1:1/v1 run 1 "run without a model's server, as JSON" run $hotel --model openai --say hello --session failed --json
json "run without a model's server: why" '.[-1] | .errorCode == "MODEL_UNREACHABLE" and (.error | contains("OPENAI_BASE_URL"))'
run 1 "a failed session goes on" run $hotel --say "check reservation ABC123" --session failed --json
execute 0 tool "a tool" --args '{"name": "Ann Bo"}'
json "exec tool" '.[0].data.query == "Ann Bo"'
execute 1 tool "a tool without its argument"
json "exec tool without its argument" '.[0].errorCode == "MISSING_ARGUMENT"'
run 2 "exec stray" exec "$work/faults.json" stray --mock "$work/faults.mock.json"
says "exec stray" "stray is nobody's tool"
run 0 "exec for people" exec "$work/faults.json" ok --mock "$work/faults.mock.json"
check "exec for people: first line" grep -q '^success  rest  [0-9.]* ms  trace [0-9a-f]\{32\}$' "$out"
check "exec for people: the data" grep -q '"hello": "world"' "$out"

# --- exec without a router: an integration has no need of one, a dialogue does

cat >"$work/alone.json" <<'JSON'
{"nodes": [{"id": "mock", "type": "integrationNode", "data": {"integrationType": "mock", "mockOutput": "{\"a\": 1}"}}],
  "edges": []}
JSON
run 0 "no router: exec" exec "$work/alone.json" mock --json
silent "no router: exec"
json "no router: exec" '.[0].data == {"a": 1}'
run 0 "no router: plan" exec "$work/alone.json" mock --plan
run 0 "no router: tools" tools "$work/alone.json"
run 2 "no router: validate" validate "$work/alone.json"
check "no router: validate" grep -q 'alone.json:1:11: error: /nodes: no router' "$out"
for how in "run %s --say hello" "compare %s --orchestrators system,testpanel --say hello"; do
	# shellcheck disable=SC2059,SC2046,SC2086
	run 2 "no router: $how" $(printf "$how" "$work/alone.json")
	says "no router: $how" "alone.json:1:11: error: /nodes: no router: a workflow needs one node"
done

# --- files that a workflow names start from its own folder

mkdir -p "$work/there/pem"
: >"$work/there/pem/ca.pem"
: >"$work/there/own.pem"
cat >"$work/there/files.json" <<'JSON'
{"testpanel": {"tls": {"caFile": "pem/ca.pem"}},
 "nodes": [{"id": "desk", "type": "routerNode", "data": {"agentName": "Desk"}},
  {"id": "all", "type": "integrationNode", "data": {"integrationType": "rest", "url": "https://h.example/"}},
  {"id": "own", "type": "integrationNode", "data": {"integrationType": "rest", "url": "https://h.example/",
    "testpanel": {"tls": {"caFile": "./own.pem", "certFile": "/etc/cert.pem", "keyFile": "${KEY}"}}}}], "edges": []}
JSON
plan() {
	run 0 "files: $1" exec "${@:2}" --plan --json
}
export KEY=pem/key.pem
plan "of all" "$work/there/files.json" all
json "files: of all" '.[0].curl | contains("--cacert '"$work/there/pem/ca.pem"'")'
plan "a node's" "$work/there/files.json" own
json "files: a node's" '.[0].curl | contains("--cacert '"$work/there/./own.pem"'") and contains("--cert /etc/cert.pem")
	and contains("--key '"$work/there/pem/key.pem"'")'
run 0 "files: validate" validate "$work/there/files.json"
check "files: validate finds them" test "$(grep -c 'cannot read' "$out")" = 1 # /etc/cert.pem
timeout 60 $TESTPANEL exec - all --plan --json <"$work/there/files.json" >"$out" 2>"$err"
json "files: from standard input" '.[0].curl | contains("--cacert pem/ca.pem")'
unset KEY

# --- exec --plan speaks of the request that exec sends

cat >"$work/keyed.mock.json" <<'JSON'
{"routes": [{"method": "POST", "path": "/key", "body": {"key": "{{headers.Idempotency-Key}}"}}]}
JSON
cat >"$work/keyed.json" <<'JSON'
{"nodes": [{"id": "desk", "type": "routerNode", "data": {"agentName": "Desk"}},
  {"id": "tool", "type": "subAgentNode", "data": {"agentName": "Tool", "functionName": "tool", "parameters": []}},
  {"id": "post", "type": "integrationNode", "data": {"integrationType": "rest", "url": "${MOCK_URL}/key", "method": "POST",
    "testpanel": {"idempotencyKey": true}}}],
 "edges": [{"id": "e1", "source": "desk", "target": "tool"}, {"id": "e2", "source": "tool", "target": "post"}]}
JSON
for id in post tool; do
	keyed=(exec "$work/keyed.json" $id --mock "$work/keyed.mock.json" --seed 41 --json)
	run 0 "key of $id" "${keyed[@]}"
	key=$(jq -r .data.key "$out")
	run 0 "planned key of $id" "${keyed[@]}" --plan
	planned=$(jq -r '.request.headers[] | select(.name == "Idempotency-Key") | .value' "$out")
	check "planned key of $id: '$planned' is '$key'" test -n "$key" -a "$planned" = "$key"
done

# --- exec --introspect

run 0 "introspect" exec "$work/faults.json" bad --mock "$work/faults.mock.json" --introspect
silent "introspect"
check "introspect: the schema" test "$(cat "$out")" = $'type Query {\n  a: Int\n}'
run 0 "introspect --json" exec "$work/faults.json" good --mock "$work/faults.mock.json" --introspect --json
json "introspect --json" '.[0].__schema.queryType.name == "Query"'
run 0 "introspect with the node's own authentication" exec "$work/faults.json" guarded --mock "$work/faults.mock.json" \
	--introspect --args '{"tenant": "blue"}'
check "introspect with the node's own authentication: the schema" grep -qx '  guarded: Int' "$out"
run 1 "introspect with other arguments" exec "$work/faults.json" guarded --mock "$work/faults.mock.json" --introspect \
	--args '{"tenant": "red"}'
says "introspect with other arguments" "GRAPHQL_QUERY_ERROR"
run 2 "introspect a REST node" exec "$work/faults.json" ok --mock "$work/faults.mock.json" --introspect
says "introspect a REST node" "ok is no GraphQL integration"

run 2 "introspect many times" exec "$work/faults.json" good --mock "$work/faults.mock.json" --introspect --repeat 2
says "introspect many times" "asks once"

# --- select and expect

cat >"$work/jq.json" <<'JSON'
{"nodes": [{"id": "desk", "type": "routerNode", "data": {"agentName": "Desk"}},
  {"id": "id", "type": "integrationNode", "data": {"label": "id", "integrationType": "mock",
    "mockOutput": "{\"items\": [{\"id\": 12345678901234567890}]}",
    "testpanel": {"select": ".items[0].id", "expect": ".items"}}},
  {"id": "never", "type": "integrationNode", "data": {"label": "never", "integrationType": "mock", "mockOutput": "{}",
    "testpanel": {"expect": {"filter": ".done", "retry": true, "intervalMs": 1, "max": 2}}}},
  {"id": "wrong", "type": "integrationNode", "data": {"label": "wrong", "integrationType": "mock", "mockOutput": "{}",
    "testpanel": {"select":
      ".a | nope"}}}], "edges": []}
JSON
run 0 "select" exec "$work/jq.json" id --json
check "select: a long number as it came" grep -q '"data":12345678901234567890,' "$out"
run 1 "expect" exec "$work/jq.json" never --json
json "expect" '.[0] | .errorCode == "EXPECT_FAILED" and [.attempts[].reason] == ["expect not met", "expect not met",
	"expect not met, polls used up"] and .metadata.body == {}'
run 1 "select: an unknown name" exec "$work/jq.json" wrong --json
json "select: an unknown name" '.[0] | .errorCode == "INTEGRATION_CONFIG_ERROR" and .attempts == []'
run 2 "select: validate" validate "$work/jq.json"
check "select: validate" grep -q 'jq.json:9:7: error: /nodes/3/data/testpanel/select: is no jq filter: line 1: nope/0' "$out"

# --- exec, many times

execute 0 mock "a load" --repeat 500 --concurrency 7
json "exec --repeat" 'length == 1 and (.[0] | .node == "mock" and .repeat == 500 and .concurrency == 7 and .rate == null
	and .count == 500 and .succeeded == 500 and .failed == 0 and .cancelled == 0 and .attempts == 500 and .retries == 0
	and .perSecond > 0 and .elapsedMs > 0 and .queueMs.max == 0 and .errors == [] and .correctedLatencyMs == null and .interrupted == false
	and (.latencyMs | .min <= .p50 and .p50 <= .p90 and .p90 <= .p99 and .p99 <= .p999 and .p999 <= .max
		and .min <= .mean and .mean <= .max))'
execute 0 tool "a load on a tool" --args '{"name": "Ann"}' --repeat 20 --concurrency 3
json "exec --repeat of a tool" '.[0] | .succeeded == 20 and .bytes > 0'
execute 0 mock "a load at a rate" --repeat 50 --rate 1000
json "exec --rate" '.[0] | .rate == 1000 and .elapsedMs >= 49 and (.correctedLatencyMs | .p50 > 0 and .max >= .p50)'
cat >"$work/gates.json" <<'JSON'
{"nodes": [{"id": "weak", "type": "integrationNode", "data": {"integrationType": "rest", "url": "${MOCK_URL}/503",
    "testpanel": {"retry": {"max": 0}, "breaker": {"minimumCalls": 2, "window": 4, "openMs": 60000}}}},
  {"id": "paced", "type": "integrationNode", "data": {"integrationType": "mock", "mockOutput": "{}",
    "testpanel": {"rateLimit": {"perSecond": 100, "burst": 1}}}}], "edges": []}
JSON
gates=(exec "$work/gates.json" --mock "$work/faults.mock.json" --repeat 5)
run 1 "a load on a breaker" "${gates[@]}" weak --json
json "a load on a breaker" '.[0] | .breakers == [{"integration": "weak", "state": "open", "opened": 1, "halfOpened": 0,
	"closed": 0}] and .rateLimitMs == null and (.errors | map(.errorCode) | sort) == ["CIRCUIT_OPEN", "REST_503"]'
run 1 "a load on a breaker, for people" "${gates[@]}" weak
check "a load on a breaker, for people" grep -qx \
	"circuit breaker of weak: open; opened 1, half-opened 0, closed again 0 times" "$out"
run 0 "a load on a rate limit" "${gates[@]}" paced --json
json "a load on a rate limit" '.[0] | .breakers == [] and .rateLimitMs.max > 5 and .rateLimitMs.min < 1'
run 0 "a load on a rate limit, for people" "${gates[@]}" paced
check "a load on a rate limit, for people" grep -qE '^rate limit  *0\.00[0-9] ' "$out"
execute 1 503 "a load that fails" --repeat 5 --concurrency 5
json "exec --repeat, errors" '.[0] | .failed == 5 and .attempts == 10 and .retries == 5
	and (.errors | length) == 1 and (.errors[0] | .errorCode == "REST_503" and .count == 5 and (.message | test("503")))'
run 1 "a load for people" exec "$work/faults.json" 404 --mock "$work/faults.mock.json" --repeat 3
silent "a load for people: no progress where there is no terminal"
check "a load for people: figures" grep -q '^3 executions in .* a second (at most 1 at a time)$' "$out"
check "a load for people: percentiles" grep -q '^ms  *min  *mean  *p50  *p90  *p99  *p99.9  *max$' "$out"
check "a load for people: errors" grep -q '^  REST_404  *3  404' "$out"
while IFS='|' read -r flags message; do
	# shellcheck disable=SC2086
	run 2 "exec $flags" exec "$work/faults.json" mock $flags
	says "exec $flags" "$message"
done <<'CASES'
--repeat 0|--repeat: '0' is no whole number from 1 to
--repeat 1.5|--repeat: '1.5' is no whole number
--repeat nan|--repeat: 'nan' is no whole number
--repeat 5 --concurrency -1|--concurrency: '-1' is no whole number from 1 to 10000
--repeat 5 --rate 0|--rate: '0' is no number from 0.001
--concurrency 5|--concurrency needs --repeat N
--rate 5|--rate needs --repeat N
CASES

# --- exec, planned

plan() {
	run "$1" "plan $2" exec "$work/faults.json" "$2" --mock "$work/faults.mock.json" --plan "${@:3}"
}
plan 0 503 --json --log "$work/plan.log"
silent "plan"
json "plan" 'length == 1 and (.[0] | .node == "503" and .source == "rest" and .error == null and .errorCode == null
	and (.request | .method == "GET" and (.url | test("^http://127.0.0.1:[0-9]+/503$")) and .body == null
		and (.headers | any(.name == "traceparent") and any(.name == "Host")))
	and (.schedule | .timeoutMs == 200 and (.attempts | length) == 2 and .attempts[1].startMs == {"min": 200, "max": 201}
		and .attempts[0].backoffMs == {"min": 0, "max": 1} and .attempts[1].backoffMs == null
		and .worstMs == 401 and .unreachable == 0 and (.retriedAfter | index("503") != null))
	and (.curl | test("^curl http://127.0.0.1:[0-9]+/503 ")))'
check "plan: the backend was not asked" test "$(grep -c 'GET /503\|attempt' "$work/plan.log")" = 0
plan 0 tool --json --args '{"name": "Ann & Bo"}'
json "plan of a tool" '.[0] | .tool == "tool_tool" and .node == "echo" and .arguments == {"name": "Ann & Bo"}
	and (.request.url | test("/echo\\?name=Ann%20%26%20Bo$"))'
plan 1 tool --json
json "plan without an argument" '.[0] | .errorCode == "MISSING_ARGUMENT" and (.error | length) > 0'
plan 1 nourl --json
json "plan without an URL" '.[0] | .errorCode == "REST_NO_URL" and .request == null and .schedule == null and .curl == null'
plan 0 mock --json
json "plan of a mock" '.[0] | .answer == {"a": 1} and .latencyMs == 0 and .request == null and .curl == null'
plan 0 good
check "plan for people: the request" grep -q '^POST http://127.0.0.1:[0-9]*/graphql$' "$out"
check "plan for people: the body" grep -q '^  "query": "query Good { a }"' "$out"
check "plan for people: attempts" grep -q '^ *1  *0  *10000  *0 to 1000$' "$out"
check "plan for people: curl" grep -q '^  --data-raw ' "$out"
plan 0 mock
check "plan of a mock for people" grep -q '^would answer after 0 ms, success:$' "$out"
run 2 "a plan of a load" exec "$work/faults.json" ok --plan --repeat 5
says "a plan of a load" "--plan sends nothing: leave out --repeat"

# --- secrets

echo 'MY_SECRET=sesame-open-4711' >"$work/secret.env"
run 0 "exec with a secret" exec "$work/faults.json" secret --mock "$work/faults.mock.json" --env "$work/secret.env" --json \
	--log "$work/secret.log" --log-level trace
cat "$out" "$err" "$work/secret.log" >"$work/all"
for flags in "" --json; do
	# shellcheck disable=SC2086
	run 0 "plan with a secret $flags" exec "$work/faults.json" secret --mock "$work/faults.mock.json" --env "$work/secret.env" \
		--plan $flags
	check "plan with a secret $flags: by its name" grep -qF 'Bearer '"'"'"$MY_SECRET"' <(sed 's/\\"/"/g' "$out")
	cat "$out" "$err" >>"$work/all"
done
check "a secret is nowhere" test "$(grep -c 'sesame-open\|c2VzYW1l' "$work/all")" = 0

# --- text from outside, standard output that fails, interruption

printf '{"nodes":[{"id":"desk","type":"routerNode","data":{"agentName":"Desk \\u001b]0;x\\u0007"}}],"edges":[]}' >"$work/escape.json"
run 0 "control bytes in a name" tools "$work/escape.json"
check "control bytes are shown, not sent" test "$(tr -dc '\033\007' <"$out" | wc -c)" = 0
for command in "tools $hotel" "validate $hotel" "--help" "run $hotel --mock $backend --say hello" \
	"exec $work/faults.json mock" "compare $hotel --mock $backend --say hello --json"; do
	# shellcheck disable=SC2086
	timeout 60 $TESTPANEL $command >/dev/full 2>"$err" </dev/null
	status=$?
	check "$command > /dev/full: status" test "$status" = 3
	says "$command > /dev/full" "standard output cannot be written to"
done

# await FILE PATTERN: until a line of FILE matches; ten seconds at most.
await() {
	for _ in $(seq 200); do
		grep -q "$2" "$1" 2>/dev/null && return 0
		sleep 0.05
	done
	return 1
}

# shellcheck disable=SC2086
$TESTPANEL exec "$work/faults.json" patient --mock "$work/faults.mock.json" --json --log "$work/patient.log" \
	>"$out" 2>"$err" </dev/null &
pid=$!
check "the request is under way" await "$work/patient.log" patient
kill -INT $pid
wait $pid
status=$?
check "interrupted: status" test "$status" = 130
json "interrupted" '.[0].errorCode == "CANCELLED"'

# shellcheck disable=SC2086
$TESTPANEL exec "$work/faults.json" patient --mock "$work/faults.mock.json" --repeat 100 --concurrency 3 --json \
	--log "$work/load.log" >"$out" 2>"$err" </dev/null &
pid=$!
check "the load is under way" await "$work/load.log" patient
kill -INT $pid
wait $pid
status=$?
check "load interrupted: status" test "$status" = 130
json "load interrupted" '.[0] | .interrupted and .count == 0 and .cancelled == 3 and .latencyMs == null'

# --- injected faults

cat >"$work/target.mock.json" <<'END'
{"routes": [{"path": "/a", "method": "GET", "body": {"hello": "world"}}]}
END
cat >"$work/target.json" <<'END'
{"nodes": [
  {"id": "master", "type": "routerNode", "data": {"agentName": "Master"}},
  {"id": "get", "type": "integrationNode", "data": {"label": "Get", "integrationType": "rest", "url": "${MOCK_URL}/a",
    "testpanel": {"timeoutMs": 300, "retry": {"max": 1, "initialMs": 1, "jitter": "none"}}}},
  {"id": "still", "type": "integrationNode", "data": {"label": "Still", "integrationType": "mock", "mockOutput": "{}"}},
  {"id": "tool", "type": "subAgentNode", "data": {"functionName": "get_it", "description": "Gets it"}}],
 "edges": [{"id": "e1", "source": "master", "target": "tool"}, {"id": "e2", "source": "tool", "target": "get"}]}
END

# KIND, error code, attempts, requests that reach the server
while read -r kind code attempts arrivals; do
	log=$work/fault.log
	rm -f "$log"
	run 1 "fault $kind" exec "$work/target.json" get --mock "$work/target.mock.json" --fault "$kind" --log "$log" --json
	json "fault $kind" ".[0] | .errorCode == \"$code\" and (.attempts | length) == $attempts"
	check "fault $kind: $arrivals arrive" test "$(grep -c '"message":"GET /a' "$log")" = "$arrivals"
done <<'END'
429 REST_429 2 0
429:5ms REST_429 2 0
500 REST_500 2 0
503 REST_503 2 0
reset REST_NETWORK_ERROR 2 0
close REST_NETWORK_ERROR 2 0
timeout INTEGRATION_TIMEOUT 2 0
dns REST_NETWORK_ERROR 2 0
refused REST_NETWORK_ERROR 2 0
tls TLS_ERROR 1 0
slow:2s INTEGRATION_TIMEOUT 2 0
truncate REST_NETWORK_ERROR 2 2
garbage REST_NETWORK_ERROR 2 2
oversize RESPONSE_TOO_LARGE 1 1
invalid-json RESPONSE_INVALID_JSON 1 1
END
run 0 "fault slow" exec "$work/target.json" get --mock "$work/target.mock.json" --fault slow:50ms --json
json "fault slow" '.[0] | .data == {"hello": "world"} and .durationMs >= 50'
run 0 "fault elsewhere" exec "$work/target.json" get --mock "$work/target.mock.json" --fault still=503 --json
run 1 "fault of a mock" exec "$work/target.json" still --fault still=503 --json
json "fault of a mock" '.[0] | .errorCode == "REST_503" and .source == "mock"'
run 1 "fault below a tool" exec "$work/target.json" tool --mock "$work/target.mock.json" --fault get=reset --json
json "fault below a tool" '.[0].errorCode == "REST_NETWORK_ERROR"'
run 1 "fault in a turn" run $hotel --mock $backend --say "check reservation ABC123" --fault pms=tls --json
json "fault in a turn" '.[0].toolCalls[0].errorCode == "TLS_ERROR"'
for try in 1 2; do
	run 1 "faults by chance" exec "$work/target.json" get --mock "$work/target.mock.json" --repeat 40 --concurrency 1 \
		--fault tls:0.5 --seed 5 --json
	json "faults by chance" '.[-1] | .errors[0] | .errorCode == "TLS_ERROR" and .count > 5 and .count < 35'
	jq -c .errors "$out" >"$work/chance.$try"
done
check "faults by chance: the seed decides" cmp -s "$work/chance.1" "$work/chance.2"
cat >"$work/mocks.json" <<'END'
{"nodes": [
  {"id": "master", "type": "routerNode", "data": {"agentName": "Master"}},
  {"id": "m", "type": "integrationNode", "data": {"label": "M", "integrationType": "mock",
    "mockOutput": "{\"hello\": \"{{args.name}}\", \"turn\": \"{{count}}\"}",
    "testpanel": {"sequence": [{"status": 503}, {"fault": "reset"}, {}], "retry": {"max": 2, "initialMs": 1}}}}],
 "edges": []}
END
run 0 "a mock's sequence" exec "$work/mocks.json" m --args '{"name": "Ada"}' --json
json "a mock's sequence" '.[0] | .data == {"hello": "Ada", "turn": 3} and
	[.attempts[].errorCode] == ["REST_503", "REST_NETWORK_ERROR", null]'
run 0 "a mock's sequence is valid" validate "$work/mocks.json"
sed 's/"status": 503/"status": 5030/' "$work/mocks.json" >"$work/wrong.json"
run 2 "a mock's wrong status" validate "$work/wrong.json"
check "a mock's wrong status has its place" grep -q '/nodes/1/data/testpanel/sequence/0/status: must be' "$out"
run 2 "unknown fault" exec "$work/target.json" get --fault rest
says "unknown fault" "--fault: 'rest' is no fault: did you mean reset?"
run 2 "fault of no integration" exec "$work/target.json" get --fault tool=503
says "fault of no integration" "tool is a subAgentNode: faults happen to integrations: get still"
run 2 "fault of no node" exec "$work/target.json" get --fault gte=503
says "fault of no node" "did you mean get?"

# --- a thousand in flight

cat >"$work/many.mock.json" <<'JSON'
{"routes": [{"method": "GET", "path": "/slow", "body": {"ok": true}, "latencyMs": 100}]}
JSON
cat >"$work/many.json" <<'JSON'
{"nodes": [{"id": "desk", "type": "routerNode", "data": {"agentName": "Desk"}},
  {"id": "slow", "type": "integrationNode", "data": {"label": "slow", "integrationType": "rest", "method": "GET",
    "url": "${MOCK_URL}/slow", "testpanel": {"timeoutMs": 20000, "retry": {"max": 0}}}},
  {"id": "mock", "type": "integrationNode", "data": {"label": "mock", "integrationType": "mock", "mockOutput": "{}"}}],
 "edges": []}
JSON
sed 's/"edges": \[\]/"edges": [], "testpanel": {"maxConcurrent": 100}/' "$work/many.json" >"$work/few.json"
if [ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -ge 2200 ]; then
	# shellcheck disable=SC2086
	prlimit --nofile=64:2200 $TESTPANEL mock "$work/many.mock.json" --json >"$work/many.out" 2>&1 </dev/null &
	pid=$!
	check "the mock of a thousand" await "$work/many.out" url
	MOCK_URL=$(head -n 1 "$work/many.out" | jq -r .url)
	export MOCK_URL
	TESTPANEL="prlimit --nofile=64:2200 $TESTPANEL" run 0 "a thousand in flight" \
		exec "$work/many.json" slow --repeat 3000 --concurrency 1000 --json
	json "a thousand in flight, none in line" '.[0] | .succeeded == 3000 and .failed == 0 and .attempts == 3000
		and .latencyMs.min >= 99 and .queueMs.max < 90'
	run 0 "a thousand, a hundred of them in flight" exec "$work/few.json" slow --repeat 1000 --concurrency 1000 --json
	json "a thousand, nine hundred in line" '.[0] | .succeeded == 1000 and .queueMs.p50 >= 390 and .queueMs.max < .latencyMs.max
		and .latencyMs.p50 >= .queueMs.p50 + 90'
	unset MOCK_URL
	kill -TERM $pid
	wait $pid
else
	skip "a thousand in flight" "$(ulimit -Hn) files may be open"
fi
TESTPANEL="prlimit --nofile=500 $TESTPANEL"
run 3 "more in flight than files" exec "$work/many.json" slow --repeat 3000 --concurrency 1000 --json
says "more in flight than files" \
	"--concurrency 1000 needs 1064 open files and the system allows 500: raise that (ulimit -n) or ask for 436 at most"
run 3 "a mock backend has the other ends" exec "$work/many.json" slow --repeat 400 --concurrency 400 --mock "$work/many.mock.json"
says "a mock backend has the other ends" "needs 864 open files and the system allows 500: raise that (ulimit -n) or ask for 218"
run 0 "a mock needs no files" exec "$work/many.json" mock --repeat 3000 --concurrency 1000 --json
TESTPANEL=${TESTPANEL#prlimit --nofile=500 }

# --- recorded times meet the limits as live ones do

cat >"$work/slow.mock.json" <<'END'
{"routes": [
  {"method": "GET", "path": "/late", "latencyMs": 150, "body": {}},
  {"method": "GET", "path": "/trickle", "text": "0123456789", "fault": "trickle", "trickleMs": 120}],
 "graphql": [{"path": "/graphql", "operations": [{"name": "Q", "data": {"a": 1}}]}]}
END
# slow TESTPANEL-MEMBERS: a workflow whose limits those are.
slow() {
	jq -n --argjson limits "$1" '{nodes: [{id: "r", type: "routerNode"},
		(("late", "trickle") | {id: ., type: "integrationNode", data: {integrationType: "rest", method: "GET",
			url: ("${MOCK_URL}/" + .), testpanel: ({retry: {max: 0}} + $limits)}}),
		{id: "q", type: "integrationNode", data: {integrationType: "graphql", url: "${MOCK_URL}/graphql",
			graphQLQuery: "query Q($n: Int) { a }", graphQLVariables: "{\"n\": 1}"}}], edges: []}' >"$work/slow.json"
}
slow '{}'
for id in late trickle; do
	run 0 "record $id" exec "$work/slow.json" $id --mock "$work/slow.mock.json" --record "$work/$id.cassette" --json
done
check "the silence is recorded" jq -es '.[1].timing.silenceMs >= 100' "$work/trickle.cassette"
while read -r id status limits; do
	slow "$limits"
	run "$status" "$id live under $limits" exec "$work/slow.json" "$id" --mock "$work/slow.mock.json" --json
	jq -S '[.errorCode, .retryable, (.attempts[0] | .status, .errorCode, .reason),
		(.error | tostring | sub(" (after [0-9]+ of|within) the body"; ""))]' "$out" >"$work/live"
	for fast in "" --fast; do
		run "$status" "$id replayed under $limits $fast" exec "$work/slow.json" "$id" --replay "$work/$id.cassette" --json $fast
		silent "$id replayed under $limits $fast"
		check "$id under $limits $fast: the same" diff "$work/live" <(jq -S '[.errorCode, .retryable,
			(.attempts[0] | .status, .errorCode, .reason),
			(.error | tostring | sub(" (after [0-9]+ of|within) the body"; ""))]' "$out")
	done
done <<'CASES'
late 0 {"ttfbTimeoutMs":5000}
late 1 {"ttfbTimeoutMs":50}
late 1 {"stallTimeoutMs":50}
late 1 {"timeoutMs":50}
trickle 0 {"ttfbTimeoutMs":50}
trickle 1 {"stallTimeoutMs":40}
CASES
slow '{}'
run 0 "record GraphQL" exec "$work/slow.json" q --mock "$work/slow.mock.json" --record "$work/q.cassette"
run 0 "replay GraphQL" exec "$work/slow.json" q --replay "$work/q.cassette" --fast --json
json "replay GraphQL" '.[0] | .data == {"a": 1} and .source == "graphql"'
run 1 "replay GraphQL: a miss" exec "$work/slow.json" q --args '{"n": 2}' --replay "$work/q.cassette" --fast --json
json "replay GraphQL: a miss" '.[0] | .errorCode == "CASSETTE_MISS" and (.error | test("q.cassette:2.*variables.*n"))'
says "replay GraphQL: unused" "q.cassette:2: POST \${MOCK_URL}/graphql: recorded and not asked for"

# --- variants: another app of the same workflow, whose file stays what it is

for variant in assets/hotel.variant.json assets/hotel.de.variant.json; do
	run 0 "validate $variant" validate $hotel --variant $variant --json
	json "validate $variant" 'length == 2 and .[0].kind == "workflow" and .[1].kind == "variant" and all(.valid)
		and .[1].file == "'$variant'"'
	run 0 "validate $variant alone" validate $variant
	check "validate $variant alone" grep -q "$variant: a valid variant" "$out"
done
cp $hotel "$work/own.json"
cp assets/hotel.variant.json "$work/club.json"
for orchestrator in testpanel system; do
	run 1 "variant: $orchestrator" run "$work/own.json" --variant "$work/club.json" --mock $backend -o $orchestrator --json \
		--session "$work/variant-$orchestrator.jsonl" --say "order 25 coffees to room 204" --say "order 2 coffees to room 204"
	json "variant: $orchestrator" '.[-2:] | (.[0] | .errorCode == "INVALID_ARGUMENT" and (.reply | test("dial 8")))
		and .[1].status == "success"'
	check "variant: $orchestrator: the session names it" test "$(head -n 1 "$work/variant-$orchestrator.jsonl" |
		jq -r '.variant, .workflow' | tr '\n' ' ')" = "harbour_business_v1 Harbour Business Club "
	check "variant: $orchestrator: so do the turns" grep -q '"testpanel.variant":"harbour_business_v1"' \
		"$work/variant-$orchestrator.jsonl"
	check "variant: $orchestrator: and the event" grep -q '"name":"business_rule.broken"' "$work/variant-$orchestrator.jsonl"
done
run 0 "variant: tools" tools "$work/own.json" front-desk --variant "$work/club.json"
check "variant: tools: the new department" grep -q 'consult_loyalty_programme_loyaltyagent(' "$out"
run 0 "variant: tools of a department" tools "$work/own.json" billing --variant "$work/club.json" --json
json "variant: tools of a department" '[.[0].tools[].function.name] == ["get_bill_bill", "get_payment_methods_payment"]'
run 1 "variant: exec" exec "$work/own.json" room-service --variant "$work/club.json" --mock $backend --json \
	--args '{"room": "204", "item": "tea", "quantity": 21}'
json "variant: exec" '.[0] | .errorCode == "INVALID_ARGUMENT" and .metadata.rule == "large-orders" and .attempts == []'
run 1 "variant: exec --plan" exec "$work/own.json" room-service --variant "$work/club.json" --mock $backend --plan --json \
	--args '{"room": "204", "item": "tea", "quantity": 21}'
json "variant: exec --plan" '.[0].errorCode == "INVALID_ARGUMENT"'
run 0 "variant: compare" compare "$work/own.json" --variant "$work/club.json" --mock $backend \
	--say "check reservation ABC123"
check "variant: the workflow's file stays" cmp $hotel "$work/own.json"

run 2 "variant: missing" run $hotel --variant "$work/nowhere.json" --say hi
says "variant: missing" "nowhere.json: no such file"
run 2 "variant: broken" run $hotel --variant "$work/broken.json" --say hi
check "variant: broken names its place" grep -q 'broken.json:2:[0-9]*: error: not JSON' "$err"
run 2 "variant: a workflow" run $hotel --variant $hotel --say hi
check "variant: a workflow" grep -q "$hotel:1:1: error: not a variant but a workflow" "$err"
run 2 "variant: both from standard input" run - --variant - --say hi
says "variant: both from standard input" "--variant -: the workflow is standard input already"
run 2 "variant: for what is no workflow" validate $backend --variant "$work/club.json"
says "variant: for what is no workflow" "--variant: none of these is a workflow"
jq '.subAgents[1].config += {specialty: "x", agentId: "y", tools: ["get_bil"]} | .subAgents[0].config.businessRules.suites.condition = "nosuch(1)"' \
	assets/hotel.variant.json >"$work/wrong.json"
run 2 "variant: faults" validate $hotel --variant "$work/wrong.json" --json
json "variant: faults" '(.[0].valid) and (.[1] | .valid == false and ([.faults[] | select(.severity == "error") | .pointer]
	== ["/subAgents/0/config/businessRules/suites/condition", "/subAgents/1/config/tools/0"])
	and all(.faults[]; .line > 1) and (.faults[] | select(.pointer == "/subAgents/1/config/tools/0").message | test("did you mean \"get_bill\"")))'

# --- mock by itself

# shellcheck disable=SC2086
$TESTPANEL mock "$work/faults.mock.json" --json >"$work/mock.out" 2>"$work/mock.err" </dev/null &
pid=$!
check "mock says where it is" await "$work/mock.out" url
url=$(head -n 1 "$work/mock.out" | jq -r .url)
MOCK_URL=$url run 0 "mock answers" exec "$work/faults.json" ok --json
json "mock answers" '.[0].data == {"hello": "world"}'
run 3 "port in use" mock "$work/faults.mock.json" --port "${url##*:}"
says "port in use" "${url##*:}"
kill -TERM $pid
wait $pid
status=$?
check "mock ends well" test "$status" = 0
check "mock told of the request" test "$(wc -l <"$work/mock.out")" -ge 2

# --- doctor

run 0 "doctor" doctor
silent "doctor"
check "doctor: configuration" grep -q "^ok  *configuration  *no $XDG_CONFIG_HOME/testpanel/config.json: defaults$" "$out"
check "doctor: workflow" grep -q '^ok  *workflow .*hotel.json$' "$out"
check "doctor: embedded model" grep -q '^ok  *embedded model  *3 tools planned for in' "$out"
check "doctor: it makes nothing" test ! -e "$XDG_STATE_HOME/testpanel/doctor"
run 0 "doctor: variables" doctor "$work/variables.json" --json
json "doctor: variables" 'map(select(.check == "variables"))[0] | .verdict == "deviates" and .failed == false
	and (.seen | startswith("${TESTPANEL_TEST_HOST} is set nowhere; ${MOCK_URL} waits"))'
json "doctor: the last line" '.[-1] == {ok: true}'
run 0 "doctor: --env" doctor "$work/variables.json" --env "$work/variables.env" --mock $backend --json
json "doctor: --env" 'map(select(.check == "variables"))[0].verdict == "ok"'
run 2 "doctor: a broken workflow" doctor "$work/broken.json"
check "doctor: a broken workflow" grep -q '^cannot  *workflow  *.*broken.json:2:[0-9]*: error' "$out"
run 2 "doctor: no workflow there" doctor "$work/none.json" --json
json "doctor: no workflow there" '.[-1] == {ok: false} and (map(select(.failed)) | length == 1 and (.[0].seen | test("no such file")))'
mkdir -p "$XDG_CONFIG_HOME/testpanel"
printf '{"modle": "openai"}' >"$XDG_CONFIG_HOME/testpanel/config.json"
run 2 "doctor: config.json" doctor $hotel
check "doctor: config.json" grep -q '^cannot  *configuration .*/modle: unknown setting: did you mean model?' "$out"
rm "$XDG_CONFIG_HOME/testpanel/config.json"
XDG_STATE_HOME=/dev/null/state run 3 "doctor: no folder for sessions" doctor $hotel
check "doctor: no folder for sessions" grep -q '^cannot  *sessions  *.*Not a directory' "$out"
run 2 "doctor: --timeout" doctor --timeout 0
says "doctor: --timeout" "--timeout: '0' is no number from 1 to 3600"
OPENAI_API_KEY='' OPENAI_BASE_URL='' run 2 "doctor: no key" doctor $hotel --model openai
check "doctor: no key" grep -q '^cannot  *server  *the model openai needs OPENAI_API_KEY' "$out"

# A server that calls tools, streams, knows max_tokens alone and tells nothing of its tokens.
cat >"$work/chat.mock.json" <<'END'
{"routes": [
	{"method": "GET", "path": "/v1/models", "body": {"data": [{"id": "small"}]}},
	{"method": "POST", "path": "/v1/chat/completions", "match": {"body": {"messages": "none"}}, "status": 400,
		"body": {"error": {"message": "messages must be an array", "type": "invalid_request_error"}}},
	{"method": "POST", "path": "/v1/chat/completions", "match": {"body": {"max_completion_tokens": 16}}, "status": 400,
		"body": {"error": {"message": "max_completion_tokens is unknown"}}},
	{"method": "POST", "path": "/v1/chat/completions", "match": {"body": {"max_tokens": 16}},
		"body": {"choices": [{"message": {"content": "1 2 3 4"}, "finish_reason": "length"}]}},
	{"method": "POST", "path": "/v1/chat/completions", "match": {"body": {"tool_choice": "auto"}},
		"body": {"choices": [{"message": {"content": null, "tool_calls": [{"id": "a", "type": "function",
			"function": {"name": "get_weather_sky", "arguments": "{\"city\": \"Paris\"}"}}]}, "finish_reason": "tool_calls"}]}},
	{"method": "POST", "path": "/v1/chat/completions", "match": {"body": {"stream": true}}, "contentType": "text/event-stream",
		"text": "data: {\"choices\": [{\"index\": 0, \"delta\": {\"content\": \"1 2 3\"}, \"finish_reason\": \"stop\"}]}\n\ndata: [DONE]\n\n"},
	{"method": "POST", "path": "/v1/chat/completions",
		"body": {"choices": [{"message": {"content": "pong, said {{headers.authorization}}"}, "finish_reason": "stop"}]}}
]}
END
jq '.testpanel.openai = {baseUrl: "${MOCK_URL}/v1", model: "small"}' $hotel >"$work/chat.json"
export OPENAI_API_KEY=sk-doctor-0123456789
run 0 "doctor: a server" doctor "$work/chat.json" --mock "$work/chat.mock.json" --model openai --log "$work/doctor.log" --json
silent "doctor: a server"
json "doctor: a server's checks" 'map({(.check // ""): .verdict}) | add | .reachable == "ok" and .TLS == "skipped"
	and ."model list" == "ok" and .authentication == "ok" and ."token limit" == "deviates" and .streaming == "ok"
	and ."streamed usage" == "cannot" and ."tool call" == "deviates" and .arguments == "ok" and ."tool result" == "deviates"
	and ."parallel calls" == "cannot" and ."tool_choice none" == "ok" and .seed == "ok" and .errors == "ok" and ."rate limits" == "cannot"'
json "doctor: a server's summary" '.[-1] | .ok and .model == "small" and .requests == 13 and .uncounted == 10 and
	.tokens == {input: 0, output: 0} and .settings == {maxTokensField: "max_tokens"}'
check "doctor: not the key" test "$(cat "$out" "$err" "$work/doctor.log" | grep -c sk-doctor)" = 0
run 0 "doctor: a server in words" doctor "$work/chat.json" --mock "$work/chat.mock.json" --model openai
check "doctor: what follows" grep -q '^  *-> set testpanel.openai.maxTokensField to "max_tokens"$' "$out"
check "doctor: what it took" grep -q '^small: 13 requests, 0 + 0 tokens, not counting 10 answers' "$out"
check "doctor: what to set" grep -qx "put into the workflow's testpanel.openai: {\"maxTokensField\":\"max_tokens\"}" "$out"
jq '.routes |= map(select(.match.body.tool_choice == null))' "$work/chat.mock.json" >"$work/wordy.mock.json"
run 1 "doctor: a server that calls no tools" doctor "$work/chat.json" --mock "$work/wordy.mock.json" --model openai --json
json "doctor: a server that calls no tools" '.[-1].ok == false and (map(select(.failed) | .check) == ["tool call"])'
OPENAI_BASE_URL=http://127.0.0.1:1/v1 run 1 "doctor: nobody there" doctor $hotel --model openai
check "doctor: nobody there" grep -q '^cannot  *reachable ' "$out"
check "doctor: nothing else was asked" grep -q '^skipped  *TLS, model list, .*: there is no answer to go on from$' "$out"
jq '.routes[0].latencyMs = 20000' "$work/chat.mock.json" >"$work/slow.mock.json"
run 1 "doctor: its time is up" doctor "$work/chat.json" --mock "$work/slow.mock.json" --model openai --timeout 1 --json
json "doctor: its time is up" '.[-1].timedOut and (map(select(.seen == "the time was up")) | length) == 18'
# shellcheck disable=SC2086
$TESTPANEL doctor "$work/chat.json" --mock "$work/slow.mock.json" --model openai --log "$work/asked.log" >"$out" 2>"$err" </dev/null &
pid=$!
check "doctor: under way" await "$work/asked.log" "asks: reachable"
kill -INT $pid
wait $pid
status=$?
check "doctor: interrupted" test "$status" = 130
says "doctor: interrupted" "interrupted after 1 request"
unset OPENAI_API_KEY

finish
