#!/bin/bash
# corpus.sh SENTENCES FOLDER [LIMIT]: says the sentences of a file into FOLDER, half of the voices each, at four
# speeds, as a caller would be heard who says one after the other: a session for each workflow and voice, with pauses
# between, clean and with pink noise 20 and 10 dB below the speech. Beside WORKFLOW.VOICE.{clean,20,10}.wav stands
# WORKFLOW.VOICE.tsv: first sample, sample after the last, what is to be heard ("-": no command of the workflow), what was
# said.
# The same files whenever it runs: what is random in them has sox's fixed seed. LIMIT: only the first so many sentences
# of each workflow. VOICES: others than the eight.
#
# A line of SENTENCES: workflow, tab, transcript, and where it is said otherwise: tab, what is said. Sentences of the
# workflow "-" belong to none and are said in all.
set -euo pipefail

: "${BUILD:=build}" "${TESTPANEL:=$BUILD/testpanel}"
sentences=$1 folder=$2 limit=${3:-1000}
voices=(${VOICES:-flite-slt espeak-en-us flite-rms espeak-en-gb flite-awb espeak-en-us+f2 flite-kal16 espeak-en-gb-x-rp})
speeds=(0.85 1 1.1 1.25)
workflows=($(cut -f 1 "$sentences" | grep -v '^[-#]' | sort -u))
rate=16000 pause=1.4 # seconds between sentences: longer than any hangover
mkdir -p "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
format=(-r $rate -c 1 -b 16)

rms() {
	sox "$1" -n stat 2>&1 | awk '/^RMS +amplitude/ { print $3 }'
}

# say VOICE SPEED TEXT FILE: without the silence around it, 0.06 (-24 dBFS) loud.
say() {
	case $1 in
	flite-*) $TESTPANEL speak "$3" --voice "${1#flite-}" --speed "$2" --output "$work/raw.wav" ;;
	# To which A is an article, and not a letter, wherever words follow.
	espeak-*) espeak-ng -v "${1#espeak-}" -s "$(awk "BEGIN { print int(160 * $2) }")" -w "$work/raw.wav" \
		"$(sed -E "s/(^| )A( |$)/\\1[['eI]]\\2/g" <<<"$3")" ;;
	esac
	sox "$work/raw.wav" "${format[@]}" "$work/said.wav" silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse
	sox -v "$(awk "BEGIN { print 0.06 / $(rms "$work/said.wav") }")" "$work/said.wav" "$4"
}

# The sentences of a workflow and its share of those of none, every other one for every other voice, commands and others
# in turn: number, transcript, what is said.
share() {
	awk -F '\t' -v workflow="${workflows[$1]}" -v mine="$1" -v count="${#workflows[@]}" -v voice="$2" -v limit="$limit" '
		$1 == workflow && commands++ < limit && (commands + voice) % 2 { print commands * 2 "\t" $2 "\t" ($3 ? $3 : $2) }
		$1 == "-" && others++ < limit * count && (others + voice) % 2 && int(others / 2) % count == mine {
			print int(others / count) * 2 + 1 "\t-\t" $2 }' "$sentences" | sort -n
}

# mix NAME DB FILE: with noise so far below the speech.
mix() {
	sox -m -v 1 "$1.wav" -v "$(awk "BEGIN { print 0.06 / 10 ^ ($2 / 20) / $noise }")" "$work/noise.wav" "${format[@]}" "$3" \
		trim 0 "$(soxi -s "$1.wav")s"
}

sox -R -n "${format[@]}" "$work/pause.wav" trim 0 $pause
sox -R -n "${format[@]}" "$work/noise.wav" synth 400 pinknoise vol 0.5
noise=$(rms "$work/noise.wav")
for w in "${!workflows[@]}"; do
	for v in "${!voices[@]}"; do
		name=${workflows[w]}.${voices[v]} parts=("$work/pause.wav" "$work/pause.wav") n=0
		at=$((2 * $(soxi -s "$work/pause.wav")))
		while IFS=$'\t' read -r _ transcript said; do
			say "${voices[v]}" "${speeds[(n + v) % 4]}" "$said" "$work/$n.wav"
			end=$((at + $(soxi -s "$work/$n.wav")))
			printf '%d\t%d\t%s\t%s\n' $at $end "$transcript" "$said"
			parts+=("$work/$n.wav" "$work/pause.wav")
			at=$((end + $(soxi -s "$work/pause.wav"))) n=$((n + 1))
		done < <(share "$w" "$v") >"$folder/$name.tsv"
		sox "${parts[@]}" "$work/all.wav"
		mix "$work/all" 46 "$folder/$name.clean.wav"
		mix "$work/all" 20 "$folder/$name.20.wav"
		mix "$work/all" 10 "$folder/$name.10.wav"
	done
done
