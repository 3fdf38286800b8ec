# shellcheck shell=bash disable=SC2154
# Sourced by build.sh, which sets every variable used here (the reason for SC2154): the application's wheel.

# A push to a registry that others use takes the wheel that Git names, and a version is the name of one wheel: who has
# pulled the tag of a version gets no other software under it.
refuse_other_wheels() {
	local other
	[[ -n $locked ]] ||
		fail "docker/application.lock has no hash: --push takes only a wheel whose hash is there (--hash=sha256:HEX)"
	[[ $sha256 == "$locked" ]] ||
		fail "--sha256 $sha256: --push takes only the wheel in docker/application.lock, which has the SHA-256 $locked"
	other=$(git -C "$root" log --format= --patch --unified=0 HEAD -- docker/application.lock |
		sed -n "s/^+quantacirc==${version//./\\.} --hash=sha256://p" | grep -vx "$locked") || return 0
	fail "docker/application.lock: quantacirc $version was another wheel before (SHA-256 ${other%%$'\n'*}); give the new one a new version"
}

check_wheel() { # FILE
	python3 "$here/application.py" "$1" "$version" "$here/requirements" || exit 2
}

# Checked before the build, whose steps would end with errors of pip, or not at all.
download_wheel() {
	printf 'quantacirc==%s --hash=sha256:%s\n' "$version" "$sha256" >"$scratch/wheel.txt"
	run env ${pip_conf:+"PIP_CONFIG_FILE=$pip_conf"} python3 -m pip --quiet --disable-pip-version-check download \
		--no-deps --only-binary :all: --require-hashes --requirement "$scratch/wheel.txt" --dest "$scratch/wheel"
	check_wheel "$scratch/wheel/quantacirc-$version-py3-none-any.whl"
}
