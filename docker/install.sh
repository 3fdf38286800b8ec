#!/bin/sh
# install.sh LOCK [REQUIREMENT]: runs inside a build. Installs what LOCK pins, and REQUIREMENT, into /opt/quantacirc.
#
# Every file is checked against its hash. Files come from /wheelhouse alone when that holds any wheel, else from the
# package index that /etc/pip.conf, or pip's default, names.
set -eu

target=/opt/quantacirc
lock=$1
requirement=${2-}

python3 -m venv --without-pip "$target"
rm -f "$target"/bin/activate* "$target"/bin/Activate.ps1
# The installer lives outside of what ships.
python3 -m venv /tmp/installer

set -- --require-hashes --only-binary :all: --no-compile --disable-pip-version-check --root-user-action ignore
for wheel in /wheelhouse/*.whl; do
	if [ -e "$wheel" ]; then
		set -- "$@" --no-index --find-links /wheelhouse
		break
	fi
done
printf '%s\n' "$requirement" >/tmp/requirement.txt
/tmp/installer/bin/pip --python "$target/bin/python" install "$@" --requirement "$lock" --requirement /tmp/requirement.txt

# The root is read-only at run time, so bytecode is written now. Hash-based files hold no time, and a fixed hash seed
# orders the constants in them, so that the same sources give the same bytes.
PYTHONHASHSEED=0 python3 -m compileall -q --invalidation-mode unchecked-hash "$target"
