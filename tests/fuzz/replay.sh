#!/bin/bash
# Every fuzz target over its corpus, without a fuzzer: each input counts as a test.
set -u
. tests/check.sh

for corpus in tests/fuzz/corpus/*/; do
	target=$(basename "$corpus")
	inputs=("$corpus"*)
	if timeout 120 "$BUILD/tests/fuzz/replay-$target" "${inputs[@]}" >"$work/log" 2>"$work/errors"; then
		passed=$((passed + ${#inputs[@]}))
	else
		fail "$target" "$(tail -n 1 "$work/log"): $(tail -n 20 "$work/errors")"
	fi
done

finish
