# Sourced after tests/check.sh by tests of the console in a real terminal: tmux gives it a pty, types, and tells what stands
# on the screen of $session. Waiting is for a text, never for a time. A test's own EXIT trap calls terminal_end.

tmux="tmux -L testpanel-$$ -f /dev/null"
export LC_ALL=C.UTF-8 TZ=UTC
unset NO_COLOR TMUX LINES COLUMNS

terminal_end() {
	$tmux kill-server 2>/dev/null
	rm -rf "$work"
}
trap terminal_end EXIT

screen() {
	$tmux capture-pane -p -t $session:
}

keys() {
	$tmux send-keys -t $session: "$@"
}

# Types text as it stands, then the keys.
say() {
	$tmux send-keys -t $session: -l "$1"
	keys Enter
}

# until_shown TEXT: within ten seconds.
until_shown() {
	for _ in $(seq 200); do
		screen | grep -qF -- "$1" && return 0
		sleep 0.05
	done
	echo "not shown: $1"
	screen
	return 1
}

until_gone() {
	for _ in $(seq 200); do
		screen | grep -qF -- "$1" || return 0
		sleep 0.05
	done
	echo "still shown: $1"
	screen
	return 1
}

