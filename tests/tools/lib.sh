# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# For the tests of the tools: TAP, a folder to work in, and what runs are
# expected to do. Sourced; the test's arguments are its own.

top=$(cd "$(dirname "$0")/../.." && pwd)
build=${IPU_BUILD:-$top/build/host}
programs=$build/tests/tools
# shellcheck disable=SC2034  # the tests use it
examples=$build/examples
PATH=$build/tools:$top/tools:$programs:$PATH

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1

count=0
failed=0
echo 'TAP version 13'
if [ ! -d "$build/tests" ]; then
	echo "Bail out! $build is not built: run 'make build'"
	exit 1
fi

# test_that NAME COMMAND...: COMMAND succeeds; what it prints says why not.
test_that() {
	count=$((count + 1))
	name=$1
	shift
	if "$@" >"$work/.log" 2>&1; then
		echo "ok $count - $name"
	else
		failed=$((failed + 1))
		echo "not ok $count - $name"
		head -n 40 "$work/.log" | sed 's/^/# /'
	fi
}

# eventually COMMAND...: COMMAND succeeds within a minute, tried again and again.
eventually() {
	for _ in $(seq 600); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	echo "not within a minute: $*"
	return 1
}

finish() {
	echo "1..$count"
	[ "$failed" -eq 0 ]
	exit
}

# fails STATUS PATTERN COMMAND...: COMMAND ends with STATUS, prints nothing on
# standard output and exactly one message on standard error, which matches
# PATTERN. A message starts with the tool's name and continues in indented
# lines.
fails() {
	want=$1
	pattern=$2
	shift 2
	status=0
	"$@" >"$work/.out" 2>"$work/.err" </dev/null || status=$?
	cat "$work/.out" "$work/.err"
	if [ "$status" -ne "$want" ]; then
		echo "exit status $status instead of $want"
		return 1
	elif [ -s "$work/.out" ]; then
		echo 'something on standard output'
		return 1
	elif [ "$(grep -c '^[^ ]' "$work/.err")" -ne 1 ]; then
		echo 'not exactly one message on standard error'
		return 1
	elif ! tr '\n' ' ' <"$work/.err" | grep -qE -e "$pattern"; then
		echo "no \"$pattern\" in the message"
		return 1
	fi
}
