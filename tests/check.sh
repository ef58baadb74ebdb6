# Sourced by the shell tests: counts, names and sums up. A script gets $TESTPANEL (the program, used unquoted so that a
# checker may stand before it), $BUILD (where it may write) and stands in the project's top folder. Its last line,
# "N passed, N failed, N skipped", is what `make test` adds up.

passed=0 failed=0 skipped=0
: "${BUILD:=build}" "${TESTPANEL:=$BUILD/testpanel}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

pass() {
	passed=$((passed + 1))
}

# fail NAME [DETAIL]
fail() {
	failed=$((failed + 1))
	echo "FAILED $1${2:+: $2}"
}

# skip NAME WHY
skip() {
	skipped=$((skipped + 1))
	echo "SKIPPED $1: $2"
}

# check NAME COMMAND...: passes when the command does.
check() {
	check_name=$1
	shift
	if "$@"; then
		pass
	else
		fail "$check_name" "$*"
	fi
}

finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
	exit
}
