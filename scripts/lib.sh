# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Shared by the build scripts: where things are, what is said while they are
# built, and how the cache outside the tree stays right. Source it, don't run it.
#
# The cache holds what is expensive to make and does not depend on the checkout:
# Debian's sources, the QEMU build trees and binaries, the guest kernels. Every
# entry is named by a hash of what went into it, is written under a lock, and
# counts only once it has a `.complete` stamp (a program of QEMU's once it has its
# name), so that a build that was interrupted is noticed and two at once do not spoil
# each other.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

cache=${IPU_CACHE:-}
if [ -z "$cache" ]; then
	[ -n "${XDG_CACHE_HOME:-}${HOME:-}" ] ||
		die 'HOME is not set: set it, or IPU_CACHE to a folder for the cache'
	cache=${XDG_CACHE_HOME:-${HOME:-}/.cache}/ipu
fi
for folder in "$cache" "$top/build"; do
	mkdir -p "$folder" 2>/dev/null && [ -w "$folder" ] ||
		die "cannot write to $folder: use a checkout and a cache (IPU_CACHE) of your own"
done
# Scripts call each other from other folders.
cache=$(cd "$cache" && pwd)
export IPU_CACHE=$cache

# Debian's own compiler and Python, whatever else is first in the PATH: a Python
# of pyenv or conda lacks the modules that come as Debian packages. And what a cache
# entry is named after holds no compiler's options of the environment.
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
export PATH
unset CC CXX CPP LD AR CFLAGS CXXFLAGS CPPFLAGS LDFLAGS ARCH CROSS_COMPILE LLVM MAKEFLAGS

# Scripts call each other. The first one of a run has the clock start, and an empty
# list of what took how long: a line a step, with seconds of the clock, seconds of
# processors (user and sys), and what it was.
times=$top/build/times
if [ -z "${IPU_T0:-}" ]; then
	IPU_T0=$(date +%s)
	export IPU_T0
	: >"$times"
fi

minutes() {
	printf '%3d:%02d' $(($1 / 60)) $(($1 % 60))
}

elapsed() {
	minutes $(($(date +%s) - IPU_T0))
}

# Milliseconds that the ended commands of this shell, and theirs, have had of processors.
# It sets variables, as a subshell would see the times of its own commands.
processor_times() {
	local line file=$top/build/.times.$BASHPID
	times >"$file"
	line=$(tail -n 1 "$file")
	rm -f "$file"
	user_ms=$(milliseconds "${line% *}") sys_ms=$(milliseconds "${line#* }")
}

# 1m2.345s
milliseconds() {
	local text=${1%s}
	echo $((10#${text%m*} * 60000 + 10#$(tr -d . <<<"${text#*m}")))
}

# Progress goes to stderr: stdout belongs to what a script has to say.
step() {
	printf '[%s] %s\n' "$(elapsed)" "$*" >&2
}

# run MESSAGE LOG HOW COMMAND...
#
# Run a long command with its output in LOG and say how far it is. HOW is
# `ninja` (its own [n/total] is shown), a number (how many objects kbuild will
# compile, about), or `-` (nothing to count: the last line of the log is shown).
run() {
	local message=$1 log=$2 how=$3 pid begun=$SECONDS tick=0 status=0 signal user_before sys_before
	shift 3
	processor_times
	user_before=$user_ms sys_before=$sys_ms
	mkdir -p "$(dirname "$log")"
	step "$message"
	# In a process group of its own, all of which can be ended: otherwise it
	# would ignore an interrupt from the terminal, and go on.
	set -m
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	set +m
	for signal in INT:130 TERM:143 HUP:129; do
		# shellcheck disable=SC2064  # expanded now
		trap "kill -TERM -- -$pid 2>/dev/null; exit ${signal#*:}" "${signal%:*}"
	done
	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.5
		tick=$((tick + 1))
		if [ -t 2 ]; then
			printf '\r[%s] %s %s\033[K' "$(elapsed)" "$message" "$(progress "$log" "$how")" >&2
		elif [ $((tick % 30)) -eq 0 ]; then
			step "$message $(progress "$log" "$how")"
		fi
	done
	wait "$pid" || status=$?
	trap - INT TERM HUP
	[ ! -t 2 ] || printf '\r\033[K' >&2
	if [ $status -ne 0 ]; then
		step "FAILED: $message. The end of the log:"
		tail -n 30 "$log" >&2
		step "All of it: $log"
		return 1
	fi
	processor_times
	user_ms=$((user_ms - user_before)) sys_ms=$((sys_ms - sys_before))
	step "$message: done in $((SECONDS - begun)) s (user $((user_ms / 1000)) s, sys $((sys_ms / 1000)) s)"
	printf '%d %d %s\n' $((SECONDS - begun)) $(((user_ms + sys_ms) / 1000)) "$message" >>"$times"
}

# What all steps of this run took so far, if there were any.
show_total() {
	local cpu
	cpu=$(awk '{ cpu += $2 } END { print cpu + 0 }' "$times")
	[ "$cpu" -eq 0 ] || step "Building took$(minutes "$cpu") minutes of processor time"
}

progress() {
	local log=$1 how=$2 n
	case $how in
	ninja)
		tail -c 4000 "$log" | tr '\r' '\n' | sed -n 's/^\(\[[0-9]*\/[0-9]*\]\).*/\1/p' | tail -n 1
		;;
	[0-9]*)
		n=$(grep -c -E '^  (CC|AS|HOSTCC|LD|AR) ' "$log") || n=0
		printf '[%d of about %d]' "$n" "$how"
		;;
	-)
		tail -n 1 "$log" | tr -d '\r' | cut -c 1-60
		;;
	esac
}

# hash_of PATH...: one short hash of the names and contents of files and folders,
# named relative to the current folder.
hash_of() {
	find "$@" -type f ! -name '*~' ! -name '.*' -print0 | LC_ALL=C sort -z |
		xargs -0 sha256sum | sha256sum | cut -c 1-16
}

# hash_text WORDS...: one short hash of the words.
hash_text() {
	printf '%s\n' "$@" | sha256sum | cut -c 1-16
}

# lock NAME: hold the lock of that name until the script ends (and until the
# last command that it started ends, since they inherit the descriptor: a build
# that outlives a killed script must not meet a second one in the same folder).
# A NAME with a slash is the lock's file, for what is not in the cache.
lock() {
	local file=$cache/locks/$1
	case $1 in
	*/*) file=$1 ;;
	esac
	mkdir -p "$(dirname "$file")"
	exec 9>"$file"
	if ! flock -n 9; then
		step "Waiting for another run that holds $file"
		flock 9
	fi
}

# tiles: how many TILES in the environment asks for, 64 if it is not set.
tiles() {
	case ${TILES:-64} in
	0* | *[!0-9]* | ?????*) die "TILES=$TILES: a card has 1 to 1472 tiles" ;;
	esac
	[ "${TILES:-64}" -le 1472 ] || die "TILES=$TILES: a card has 1 to 1472 tiles"
	echo "${TILES:-64}"
}

complete() {
	[ -e "$1/.complete" ]
}

# use ENTRY NAME: link build/NAME to an entry of the cache, and note the use.
use() {
	touch "$1"
	ln -sfn "$1" "$top/build/$2"
}

# forget DAYS PATTERN: remove the entries of the cache that were not used lately.
forget() {
	find "$cache" -mindepth 2 -maxdepth 2 -path "$cache/$2" -mtime "+$1" -exec rm -rf {} +
}
