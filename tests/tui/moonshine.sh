#!/bin/bash
# Hearing by an engine that is not ours: Moonshine, a neural model, behind OpenAI's audio API (moonshine.mjs), through
# testpanel transcribe and run. Skipped, and said so, where node and npm are missing or the registry does not answer.
set -u
. tests/check.sh
. tests/executor/engine.sh

engine=$BUILD/moonshine
model=$engine/package/dist/model/tiny/quantized
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
	skip Moonshine "node and npm are not installed"
	finish
fi
fetch() {
	cd "$engine" &&
		timeout 90 npm install --ignore-scripts --no-audit --no-fund --no-save --no-package-lock --fetch-retries=0 \
			onnxruntime-web@1.22.0 llama-tokenizer-js@1.2.2 &&
		timeout 90 npm pack --fetch-retries=0 @moonshine-ai/moonshine-js@0.1.29 && # its own dependencies are a browser's
		tar xzf moonshine-ai-moonshine-js-*.tgz package/dist/model/tiny && rm moonshine-ai-moonshine-js-*.tgz
}
if [ ! -e "$model/decoder_model_merged.onnx" ] || [ ! -d "$engine/node_modules/llama-tokenizer-js" ]; then
	mkdir -p "$engine"
	echo '{"private": true}' >"$engine/package.json"
	if ! (fetch) >"$engine/npm.log" 2>&1 </dev/null; then
		rm -rf "$engine"
		skip Moonshine "the npm registry does not answer"
		finish
	fi
fi
cp tests/tui/moonshine.mjs "$engine/server.mjs"
export XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state
unset "${!TESTPANEL_@}" "${!OPENAI_@}"
hotel=assets/hotel.json

engine_start Moonshine node "$engine/server.mjs" "$model" || finish
export TESTPANEL_SPEECH_BASE_URL=$engine_url

# says FILTER COMMAND...: it succeeds, and FILTER holds for what it says.
says() {
	# shellcheck disable=SC2086
	if timeout 60 $TESTPANEL "${@:2}" --json >"$work/out" 2>"$work/err" </dev/null && jq -es "$1" "$work/out" >/dev/null 2>&1; then
		pass
	else
		fail "${*:2}" "$1 does not hold for $(head -c 800 "$work/out" "$work/err")"
	fi
}
says '.[0].audioMs > 500' speak "Show me the charges for G V H six one four." --synthesiser flite -o "$work/charges.wav"
says '.[0].audioMs > 500' speak "Please order a club sandwich." --synthesiser flite -o "$work/sandwich.wav"

says 'length == 1 and .[0].by == "http" and .[0].fallback == null and (.[0].text | test("^show me the charges for"; "i"))' \
	transcribe "$work/charges.wav" --workflow $hotel
says '.[0].by == "http" and (.[0].text | test("club sandwich"; "i"))' transcribe "$work/sandwich.wav" --recogniser http
says 'map(.by) == ["http", "http"]' transcribe "$work/charges.wav" "$work/sandwich.wav"
asked=$(jq -s 'map(select(.url == "/v1/audio/transcriptions" and .file == "utterance.wav" and .type == "audio/wav" and .head == "RIFF"
	and .rate == 16000 and .bytes > 16000 and .model == "whisper-1" and .response_format == "verbose_json")) | length' "$work/server.err")
check "asked as OpenAI's server is: $(head -c 400 "$work/server.err")" test "$asked" = 4
check "the workflow's words are told" jq -es '.[0].prompt | test("club sandwich")' "$work/server.err" >/dev/null
# Spelled as a server spells, "G. V. H. six, one, four": what the tools get is the code.
for orchestrator in testpanel system; do
	says 'any(.[]; .toolCalls[0]?.arguments.reservationNumber == "GVH614")' \
		run $hotel --mock assets/hotel.mock.json --orchestrator $orchestrator --wav "$work/charges.wav" --fast
done

engine_stop
says '.[0].by == "grammar" and (.[0].fallback | test("connect"; "i"))' transcribe "$work/charges.wav" --workflow $hotel
# shellcheck disable=SC2086
timeout 60 $TESTPANEL transcribe "$work/charges.wav" --recogniser http --json >"$work/out" 2>"$work/err" </dev/null
status=$?
check "no server: status $status, $(head -c 400 "$work/out" "$work/err")" test "$status" = 1

finish
