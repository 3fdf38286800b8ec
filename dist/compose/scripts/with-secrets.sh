#!/bin/sh
# with-secrets.sh NAME=FILE|NAME:=TEXT... -- COMMAND...: run COMMAND with the content of each FILE in the environment as
# NAME, which is how a pod gets a variable from a Secret. In TEXT, $(OTHER) is replaced by the variable OTHER, and $$ is $.
set -eu
while [ "$1" != -- ]; do
	name=${1%%=*} value=${1#*=}
	case $name in
	*:)
		name=${name%:} rest=$value value=
		while [ "${rest#*\$}" != "$rest" ]; do
			value=$value${rest%%\$*} rest=${rest#*\$}
			case $rest in
			'('*)
				other=${rest#?} rest=${rest#*)}
				value=$value$(printenv "${other%%)*}")
				;;
			*) value=$value\$ rest=${rest#\$} ;;
			esac
		done
		value=$value$rest
		;;
	*) value=$(cat "$value") ;;
	esac
	export "$name=$value"
	shift
done
shift
exec "$@"
