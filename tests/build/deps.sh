#!/bin/bash
# .ci/deps against a dpkg-query and an apt-get that only write down what they are asked.
set -u
. tests/check.sh

bin=$work/bin
mkdir "$bin"
for tool in sh sed tr id env mktemp rm tail cat echo; do
	ln -s "$(command -v $tool)" "$bin/$tool"
done
cat >"$bin/dpkg-query" <<'SH'
#!/bin/sh
printf 'installed gcc\ninstalled pkgconf\nconfig-files tmux\n'
SH
cat >"$bin/apt-get" <<'SH'
#!/bin/sh
echo "$DEBIAN_FRONTEND $*" >>"$0.log"
case $* in
*update*) : >"$0.updated" ;;
*unlisted*) [ -e "$0.updated" ] || { echo "E: Unable to locate package" >&2; exit 100; } ;;
*impossible*) echo "E: no way" >&2; exit 100 ;;
esac
SH
printf '#!/bin/sh\nshift 0; "$@"\n' >"$bin/sudo"
chmod +x "$bin"/{dpkg-query,apt-get,sudo}

deps() {
	rm -f "$bin"/apt-get.log "$bin"/apt-get.updated
	PATH=$bin .ci/deps "$@" >"$work/out" 2>&1
	status=$?
	touch "$bin/apt-get.log"
}

deps 'to test' gcc 'pkg-config|pkgconf'
check "nothing is missing: status" test $status = 0
check "nothing is missing: not a word" test ! -s "$work/out"
check "nothing is missing: nothing asked" test ! -s "$bin/apt-get.log"
deps 'to test' gcc tmux 'jq|gojq'
check "two are missing: status" test $status = 0
check "two are missing: one line" test "$(cat "$work/out")" = "testpanel: installing tmux jq (to test)"
check "two are missing: how" grep -q '^noninteractive .*install .*--no-install-recommends tmux jq$' "$bin/apt-get.log"
check "two are missing: lists are not fetched for nothing" test "$(wc -l <"$bin/apt-get.log")" = 1
deps 'to test' unlisted
check "lists are fetched when they must be" test "$status $(wc -l <"$bin/apt-get.log")" = "0 3"
deps 'to test' impossible
check "cannot be installed: status" test $status = 2
check "cannot be installed: why" grep -q 'no way' "$work/out"
check "cannot be installed: what" grep -q '^testpanel: apt-get could not install impossible' "$work/out"
if [ "$(id -u)" != 0 ]; then
	rm "$bin/sudo"
	deps 'to test' tmux
	check "no root and no sudo: status" test $status = 2
	check "no root and no sudo: the cure" grep -q 'as root: apt-get install tmux' "$work/out"
fi
rm "$bin/dpkg-query"
deps 'to test' tmux jq
check "elsewhere: status" test $status = 2
check "elsewhere: names them" grep -q 'to test needs these Debian packages.*: tmux jq$' "$work/out"
DEPS_PROBE=true deps 'to test' tmux
check "elsewhere with all of it: status" test "$status" = 0
check "elsewhere with all of it: not a word" test ! -s "$work/out"

finish
