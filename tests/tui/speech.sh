#!/bin/bash
# Hearing and speaking by a service elsewhere, on the command line: where it is set and which setting wins, what it is
# asked, what stands in for it, and that its key is seen by nobody else. The service is speech_server.py's.
set -u
. tests/check.sh

python=/usr/bin/python3
if ! $python -c 'import http.server, wave' 2>/dev/null; then
	skip speech "$python is not installed"
	finish
fi
export XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state HOME=$work
unset "${!TESTPANEL_@}" "${!OPENAI_@}" http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy
out=$work/out err=$work/err asked=$work/asked hotel=assets/hotel.json config=$XDG_CONFIG_HOME/testpanel/config.json
mkdir -p "$XDG_CONFIG_HOME/testpanel"
key=sk-speech-0123456789abcdef other=sk-openai-fedcba9876543210

$python tests/tui/speech_server.py "$work" 2>"$work/server.log" &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 200); do
	[ -s "$work/port" ] && break
	sleep 0.05
done
at=http://127.0.0.1:$(cat "$work/port")

# run STATUS NAME [VARIABLE=VALUE...] ARGUMENT...: the status must be STATUS, and no key may be seen.
run() {
	local expected=$1 name=$2 status variables=()
	shift 2
	while [[ $1 == *=* ]]; do
		variables+=("$1")
		shift
	done
	: >"$asked"
	# shellcheck disable=SC2086
	env "${variables[@]}" timeout 120 $TESTPANEL "$@" >"$out" 2>"$err" </dev/null
	status=$?
	check "$name: status $status, $(head -c 300 "$err" "$out")" test "$status" = "$expected"
	check "$name: a key is seen" eval '! grep -qF -e "$key" -e "$other" "$out" "$err"'
}

# says NAME TEXT: standard error is one line of ours with TEXT.
says() {
	if grep -qF -- "$2" "$err" && [ "$(wc -l <"$err")" = 1 ] && grep -q '^testpanel: ' "$err"; then
		pass
	else
		fail "$1" "not '$2' but '$(head -c 400 "$err")'"
	fi
}

matches() {
	jq -es "$1" "$2" >/dev/null 2>&1
}

# holds NAME FILTER [FILE]: jq's filter for all values of standard output, or of FILE, as an array.
holds() {
	check "$1: $(head -c 400 "${3:-$out}")" matches "$2" "${3:-$out}"
}

# --- a sound to be heard: the words where there is a voice, else a tone

if $TESTPANEL speak "check reservation A B C one two three" --voice rms -o "$work/said.wav" 2>"$err"; then
	words=yes
else
	words=
	$python -c 'import wave, struct, math, sys
w = wave.open(sys.argv[1], "w"); w.setparams((1, 2, 16000, 0, "NONE", ""))
w.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(i / 5)) if i > 8000 else i % 7) for i in range(32000)))' \
		"$work/said.wav"
fi
printf 'TESTPANEL_SPEECH_API_KEY=%s\n' "$key" >"$work/env"

# --- transcribe

run 0 "http" TESTPANEL_SPEECH_BASE_URL=$at/v1 transcribe "$work/said.wav" --recogniser http --env "$work/env" -w $hotel --json \
	--log "$work/log"
holds "http" 'length == 1 and (.[0] | .by == "http" and (.text | startswith("heard from afar été")) and .fallback == null and
	.requestId == "req-1" and (.confidence * 100 | round) == 78 and .agreement == null and .waitMs > 0)'
holds "http: asked" 'length == 1 and (.[0] | .path == "/v1/audio/transcriptions" and .key == "Bearer '$key'" and
	.model == "whisper-1" and .language == "en" and .response_format == "verbose_json" and (.prompt | contains("double")) and
	.file.file == "utterance.wav" and .file.type == "audio/wav" and .file.rate == 16000 and .file.channels == 1 and
	.file.bits == 16 and .file.ms > 800 and .file.peak > 3000)' "$asked"
holds "http: log" 'any(.[]; .area == "speech" and .level == "INFO" and .attributes["http.response.status_code"] == 200)' "$work/log"
check "http: no key in the log" eval '! grep -qF "$key" "$work/log"'

run 0 "http: plain" TESTPANEL_SPEECH_BASE_URL=$at/v1 transcribe "$work/said.wav" --recogniser http
check "http: plain, and nothing that moves a cursor" grep -qx "$work/said.wav: heard from afar été[^$(printf '\033')]*" "$out"
holds "http: no key" '.[0].key == null' "$asked"

run 0 "json alone" TESTPANEL_SPEECH_BASE_URL=$at/json TESTPANEL_RECOGNISER=http transcribe "$work/said.wav" "$work/said.wav"
holds "json alone: asked for once in vain" '[.[].response_format] == ["verbose_json", "json", "json"]' "$asked"

run 0 "silence" TESTPANEL_SPEECH_BASE_URL=$at/silent transcribe "$work/said.wav" --recogniser http --json
holds "silence: what was invented is no text" '.[0].text == "" and .[0].alternatives[0].text == "Thank you."'

run 1 "it fails" TESTPANEL_SPEECH_BASE_URL=$at/loud transcribe "$work/said.wav" --recogniser http --env "$work/env" --log "$work/log"
says "it fails" "$at/loud/audio/transcriptions answered 500 Internal Server Error: no decoder for Bearer [redacted]"
check "it fails: no key in the log" eval '! grep -qF "$key" "$work/log"'
holds "it fails: tried again" 'length == 3' "$asked"

run 1 "nobody is there" TESTPANEL_SPEECH_BASE_URL=http://127.0.0.1:1/v1 transcribe "$work/said.wav" --recogniser http
says "nobody is there" "is the speech service running there? TESTPANEL_SPEECH_BASE_URL or speech.baseUrl says where it is"

run 2 "no service" transcribe "$work/said.wav" --recogniser http
says "no service" "no speech service is known: set TESTPANEL_SPEECH_BASE_URL"
run 2 "no URL" TESTPANEL_SPEECH_BASE_URL=localhost:1 transcribe "$work/said.wav" --recogniser http
says "no URL" 'TESTPANEL_SPEECH_BASE_URL: "baseUrl" must begin with http:// or https://'
run 2 "a recogniser there is not" transcribe "$work/said.wav" --recogniser htp
says "a recogniser there is not" "--recogniser: no recogniser 'htp': did you mean http?"
run 2 "a synthesiser there is not" TESTPANEL_SYNTHESISER=loud speak hello
says "a synthesiser there is not" "TESTPANEL_SYNTHESISER: no synthesiser 'loud'"

if [ -n "$words" ] && $TESTPANEL transcribe --recogniser pocketsphinx "$work/said.wav" >"$out" 2>"$err"; then
	run 0 "auto" TESTPANEL_SPEECH_BASE_URL=$at/v1 transcribe "$work/said.wav" -w $hotel --json
	holds "auto: the service" '.[0].by == "http"'
	run 0 "auto: down" TESTPANEL_SPEECH_BASE_URL=$at/down transcribe "$work/said.wav" "$work/said.wav" -w $hotel --json
	holds "auto: PocketSphinx in its place" 'length == 2 and all(.[]; .by == "grammar" and .text == "check reservation ABC123" and
		(.fallback | contains("answered 503: Service Unavailable")))'
	holds "auto: asked once, and the second waits for nobody" 'length == 1' "$asked"
	run 0 "auto: down, in words" TESTPANEL_SPEECH_BASE_URL=$at/down transcribe "$work/said.wav" -w $hotel
	says "auto: down, in words" "PocketSphinx heard it"
	check "auto: down, in words" grep -qx "$work/said.wav: check reservation ABC123" "$out"
	run 0 "auto: the model's server is none for sound" OPENAI_BASE_URL=$at/v1 OPENAI_API_KEY=$other \
		transcribe "$work/said.wav" -w $hotel --json
	holds "auto: the model's server is none for sound" '.[0].by == "grammar" and .[0].fallback == null'
	check "auto: nobody was asked" test ! -s "$asked"
else
	skip "auto" "there is no PocketSphinx, or no voice"
fi

# --- where the settings come from

run 0 "OPENAI_BASE_URL, asked for" OPENAI_BASE_URL=$at/v1/ OPENAI_API_KEY=$other transcribe "$work/said.wav" --recogniser http
holds "OPENAI_BASE_URL, asked for" '.[0].key == "Bearer '$other'"' "$asked"
printf '{"recogniser": "http", "synthesiser": "http", "speech": {"baseUrl": "${PLACE}/v1", "transcriptionModel": "large",
	"voice": "nova", "timeouts": {"firstByteMs": 5000}}}' >"$config"
run 0 "config.json" PLACE=$at OPENAI_API_KEY=$other transcribe "$work/said.wav"
holds "config.json" '.[0].model == "large" and .[0].key == "Bearer '$other'"' "$asked"
run 0 "environment over config.json" PLACE=$at TESTPANEL_SPEECH_BASE_URL=$at/json TESTPANEL_TRANSCRIPTION_MODEL=tiny \
	TESTPANEL_SPEECH_API_KEY=$key OPENAI_API_KEY=$other transcribe "$work/said.wav"
holds "environment over config.json" '.[1] | .path == "/json/audio/transcriptions" and .model == "tiny" and .key == "Bearer '$key'"' \
	"$asked"
run 2 "a variable there is not" transcribe "$work/said.wav"
says "a variable there is not" "PLACE"
printf '{"speech": {\n "baseURL": 1}}' >"$config"
run 2 "config.json: mistyped" transcribe "$work/said.wav"
says "config.json: mistyped" 'config.json:2:13: error: /speech/baseURL: unknown member "baseURL"; did you mean "baseUrl"?'
rm "$config"

jq --arg url "$at/v1" '.testpanel += {recogniser: "http", speech: {baseUrl: $url, transcriptionModel: "w"}}' $hotel \
	>"$work/speech.json"
run 0 "a workflow" OPENAI_API_KEY=$other transcribe "$work/said.wav" -w "$work/speech.json"
holds "a workflow: it gets no key that is another server's" '.[0].model == "w" and .[0].key == null' "$asked"
run 0 "a workflow, the key's own server" OPENAI_BASE_URL=$at/else OPENAI_API_KEY=$other transcribe "$work/said.wav" \
	-w "$work/speech.json"
holds "a workflow, the key's own server" '.[0].key == "Bearer '$other'"' "$asked"
run 0 "a workflow is valid" validate "$work/speech.json"
jq '.testpanel.speech = {key: "x", speechPath: "audio", timeouts: {stallMs: -1}}' $hotel >"$work/wrong.json"
run 2 "a workflow that names a key" validate "$work/wrong.json"
for place in /testpanel/speech/key /testpanel/speech/speechPath /testpanel/speech/timeouts/stallMs; do
	check "validate: $place: $(cat "$out" "$err")" grep -q "error: $place: " "$out" "$err"
done

# --- doctor

# doctor NAME VERDICT SEEN: the line of JSON that the last run has printed of speech.
doctor() {
	holds "$1" 'any(.[]; .check == "speech" and .verdict == "'"$2"'" and (.seen | test("'"$3"'")))'
}
run 0 "doctor" TESTPANEL_RECOGNISER=auto TESTPANEL_SYNTHESISER=none doctor --json
[ -z "$words" ] || doctor "doctor" ok '^auto hears; none speaks$'
run 0 "doctor: a service" TESTPANEL_SPEECH_BASE_URL=http://u:$key@localhost:8000/v1 TESTPANEL_SPEECH_API_KEY=$key \
	TESTPANEL_RECOGNISER=http doctor --json
doctor "doctor: a service" ok '^http hears at http://REDACTED:REDACTED@localhost:8000/v1, with a key; '
run 0 "doctor: no service" TESTPANEL_SYNTHESISER=http doctor
check "doctor: no service: $(cat "$out")" grep -q -- '-> set TESTPANEL_SPEECH_BASE_URL' "$out"
run 2 "doctor: a URL that is none" TESTPANEL_SPEECH_BASE_URL=nowhere doctor --json
doctor "doctor: a URL that is none" cannot 'TESTPANEL_SPEECH_BASE_URL: '
check "doctor: nobody was asked" test ! -s "$asked"

# --- cassettes

run 0 "record" TESTPANEL_SPEECH_BASE_URL=$at/v1 TESTPANEL_SPEECH_API_KEY=$key transcribe "$work/said.wav" --recogniser http \
	--record "$work/tape.jsonl"
check "record: no key" eval '! grep -qF "$key" "$work/tape.jsonl"'
run 0 "replay" transcribe "$work/said.wav" --recogniser http --replay "$work/tape.jsonl" --fast --json
holds "replay" '.[0].by == "http" and (.[0].text | startswith("heard from afar"))'
check "replay: nobody was asked" test ! -s "$asked"

# --- speak

for way in v1 wav; do
	run 0 "speak: $way" TESTPANEL_SPEECH_BASE_URL=$at/$way speak "Good day." --synthesiser http -o "$work/spoken.wav" --json \
		--env "$work/env" --voice onyx --speed 1.5
	holds "speak: $way" '.[0].synthesiser == "http" and (.[0].audioMs | . > 990 and . < 1010) and .[0].firstSoundMs > 0'
	holds "speak: $way: asked" '.[0] == {"path": "/'$way'/audio/speech", "key": "Bearer '$key'", "model": "gpt-4o-mini-tts",
		"input": "Good day.", "voice": "onyx", "response_format": "pcm", "speed": 1.5}' "$asked"
	check "speak: $way: a tone of a second" $python -c 'import wave, struct, sys
w = wave.open(sys.argv[1]); s = struct.unpack("<%dh" % w.getnframes(), w.readframes(w.getnframes()))
crossings = sum(a < 0 <= b for a, b in zip(s, s[1:]))
sys.exit(not (w.getframerate() == 16000 and 436 <= crossings <= 444 and 15000 < max(s) < 18000))' "$work/spoken.wav"
done
run 1 "speak: it fails" TESTPANEL_SPEECH_BASE_URL=$at/loud speak hello --synthesiser http -o "$work/spoken.wav"
says "speak: it fails" "answered 400 Bad Request: no such voice"
run 2 "speak: no service" speak hello --synthesiser http -o "$work/spoken.wav"
says "speak: no service" "no speech service is known"
run 0 "speak: nobody" speak hello --synthesiser none --json
holds "speak: nobody" '.[0].synthesiser == "none" and .[0].audioMs == 0'

finish
