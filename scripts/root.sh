# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2154  # entry and debs are the caller's
#
# Shared by the scripts that make the root folder of a system in $entry, of the packages
# in $debs. Source it after lib.sh, don't run it.

# unpack FILE...: without translations and manuals
unpack() {
	local file
	for file in "$@"; do
		dpkg-deb --fsys-tarfile "$file" | tar -x -C "$entry" --keep-directory-symlink \
			--exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' \
			--exclude='./usr/share/info/*' --exclude='./usr/share/doc/*/html'
	done
}

# The first one has the links of folders that the others are unpacked through.
unpack_all() {
	export -f unpack
	export entry
	unpack "$debs"/base-files_*.deb
	# shellcheck disable=SC2016  # the inner shell's
	printf '%s\n' "$debs"/*.deb | xargs -d '\n' -n 8 -P "$(nproc)" \
		bash -o pipefail -euc 'unpack "$@"; echo "${1##*/}"' unpack
}
