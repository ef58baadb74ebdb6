#!/bin/sh
# certificates.sh DIR: keys and certificates for the tests of TLS, made anew each time. In DIR: ca.pem, and for good,
# other, expired, future, selfsigned, stranger and client a NAME.pem with its NAME.key; client-locked.key has the
# password "open sesame".
set -e
cd "$1"
exec 2>openssl.log

key() {
	openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
}

# self NAME SUBJECT ALTERNATIVE-NAMES
self() {
	key "$1"
	openssl req -x509 -new -key "$1.key" -days 2 -subj "/CN=$2" -out "$1.pem" ${3:+-addext "subjectAltName=$3"}
}

# signed NAME CA ALTERNATIVE-NAMES [START END]: dates as YYMMDDhhmmssZ
signed() {
	key "$1"
	openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
	mkdir -p "$2.d"
	: >"$2.d/index"
	printf '[ca]\ndefault_ca=c\n[c]\ndatabase=%s.d/index\nnew_certs_dir=%s.d\nrand_serial=yes\n' "$2" "$2" >ca.conf
	printf 'default_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=%s\n' "$3" \
		>>ca.conf
	if [ "$4" ]; then
		set -- "$1" "$2" -startdate "$4" -enddate "$5"
	else
		set -- "$1" "$2" -days 2
	fi
	name=$1 ca=$2
	shift 2
	openssl ca -batch -notext -config ca.conf -extensions e -cert "$ca.pem" -keyfile "$ca.key" -in "$name.csr" \
		-out "$name.pem" "$@" >&2
}

self ca testpanel-test-ca
self strange-ca another-ca
self selfsigned localhost DNS:localhost,IP:127.0.0.1
signed good ca DNS:localhost,IP:127.0.0.1
signed other ca DNS:other.example
signed expired ca DNS:localhost,IP:127.0.0.1 200101000000Z 200102000000Z
signed future ca DNS:localhost,IP:127.0.0.1 460101000000Z 460102000000Z
signed stranger strange-ca DNS:localhost,IP:127.0.0.1
signed client ca DNS:client
openssl ec -in client.key -aes128 -passout 'pass:open sesame' -out client-locked.key
