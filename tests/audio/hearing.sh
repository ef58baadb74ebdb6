#!/bin/bash
# Callers in a noisy room, by two synthesisers: what is said to the hotel is understood, what is not is not taken for it,
# and nothing is cut off. A few sentences with room to spare; `make bench-speech` has the figures.
set -u
. tests/check.sh

for tool in espeak-ng sox jq; do
	command -v $tool >/dev/null || { skip "callers in a noisy room" "$tool is not installed"; finish; }
done
export XDG_CONFIG_HOME=$work XDG_STATE_HOME=$work HOME=$work
VOICES="flite-rms espeak-en-us" tests/bench/speech/corpus.sh tests/audio/hearing.tsv "$work/speech" 2>"$work/err"
check "the sentences are said: $(cat "$work/err")" test -s "$work/speech/hotel.espeak-en-us.20.wav"
"$BUILD/tests/bench/bench_speech" fast assets/hotel.json "$work"/speech/*.20.wav >"$work/heard" 2>"$work/err"
check "they are heard: $(cat "$work/err")" test -s "$work/heard"

# counted FILTER: of the sentences those that jq's filter is true of.
counted() {
	jq -s "map(select(.wanted) | select($1)) | length" "$work/heard"
}
check "all of them" test "$(counted true)" = 14
exact=$(counted '.wanted != "-" and (.heard | ascii_downcase) == (.wanted | ascii_downcase)')
check "exact: $exact of 10: $(cat "$work/heard")" test "$exact" -ge 8
false=$(counted '.wanted == "-" and .by == "grammar"')
check "taken for a command: $false of 4: $(cat "$work/heard")" test "$false" -le 1
check "whole: $(counted .whole) of 14" test "$(counted .whole)" -ge 13
finish
