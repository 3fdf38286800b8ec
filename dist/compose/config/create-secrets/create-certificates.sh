#!/bin/sh
# Makes certificates signed by authorities of their own, whose keys are thrown away. They are good for ten years: make
# new ones by deleting the Secret that holds them and running the job that created it again.
#
# Input, one certificate a line: NAME HOST...
#
# CERTIFICATES_FILE  that input
# CERTIFICATES       directory to write NAME/ca.crt, NAME/tls.crt and NAME/tls.key to
set -eu
umask 077

days=3650

while read -r name hosts; do
	[ -n "$name" ] || continue
	place="$CERTIFICATES/$name"
	mkdir -p "$place"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days "$days" -subj "/CN=$name-ca" \
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
		-keyout "$place/ca.key" -out "$place/ca.crt" 2>/dev/null
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" \
		-keyout "$place/tls.key" -out "$place/tls.csr" 2>/dev/null
	names=
	for host in $hosts; do names="$names${names:+,}DNS:$host"; done
	cat >"$place/extensions" <<-END
		basicConstraints=critical,CA:FALSE
		keyUsage=critical,digitalSignature
		extendedKeyUsage=serverAuth,clientAuth
		subjectAltName=$names
	END
	openssl x509 -req -in "$place/tls.csr" -CA "$place/ca.crt" -CAkey "$place/ca.key" -CAcreateserial \
		-days "$days" -sha256 -extfile "$place/extensions" -out "$place/tls.crt" 2>/dev/null
	rm -f "$place/ca.key" "$place/ca.srl" "$place/tls.csr" "$place/extensions"
	echo "$name: made"
done <"$CERTIFICATES_FILE"
