/* What a TLS failure means and what to do about it, from what curl and its TLS library say. See http_state.h.
 */
#include "executor/http_state.h"

#include <string.h>

#define OTHER_HOST                                                                                           \
	"the server's certificate is for another host: use the name it was made for in the URL or in "       \
	"tls.serverName"
#define BROKEN_OFF "the connection was closed within the TLS handshake"

/* In order: the first row whose words stand in the text counts. */
static const struct {
	const char *words; /* of OpenSSL's or GnuTLS's message, as curl passes it on */
	const char *meaning;
} causes[] = {
	{"certificate has expired", "the server's certificate has expired: it must be renewed there"},
	{"expired certificate", "the server's certificate has expired: it must be renewed there"},
	{"alert certificate expired", "the client certificate has expired: renew tls.certFile"},
	{"not yet valid", "the server's certificate is not valid yet: check the clocks on both sides"},
	{"does not match target host", OTHER_HOST},
	{"no alternative certificate subject name matches", OTHER_HOST},
	{"self-signed certificate in certificate chain",
		"an unknown CA signed the server's certificate: name that CA's file in tls.caFile"},
	{"self-signed certificate", "the server's certificate is self-signed: name it in tls.caFile"},
	{"unable to get local issuer certificate",
		"an unknown CA signed the server's certificate: name that CA's file in tls.caFile"},
	{"unable to get issuer certificate",
		"the server does not send the whole chain of certificates: add what is missing to "
		"tls.caFile"},
	{"unable to verify the first certificate",
		"the server does not send the whole chain of certificates: add what is missing to "
		"tls.caFile"},
	{"certificate revoked", "the server's certificate has been revoked"},
	{"error setting certificate verify locations",
		"tls.caFile cannot be read: it must be a PEM file of CA certificates"},
	{"error setting certificate file",
		"tls.caFile cannot be read: it must be a PEM file of CA certificates"},
	{"error adding trust anchors", "tls.caFile cannot be read: it must be a PEM file of CA certificates"},
	{"could not load PEM client certificate", "tls.certFile cannot be read: it must be a PEM file"},
	{"unable to set private key file",
		"the client's key cannot be read: check tls.keyFile and tls.keyPassword"},
	{"does not match the certificate public key", "tls.keyFile does not belong to tls.certFile"},
	{"unable to set client key",
		"the client's key cannot be read: check tls.keyFile and tls.keyPassword"},
	{"alert certificate required",
		"the server asks for a client certificate: set tls.certFile and "
		"tls.keyFile"},
	{"alert handshake failure",
		"the server broke off: it may ask for a client certificate (tls.certFile), or for a "
		"version or cipher that we do not have"},
	{"alert unknown ca", "the server does not know the CA of our client certificate: check tls.certFile"},
	{"alert bad certificate", "the server does not accept our client certificate: check tls.certFile"},
	{"alert protocol version", "the server has no version of TLS in common with us: see tls.minVersion"},
	{"unsupported protocol", "the server only has an old version of TLS"},
	{"wrong version number", "there is no TLS at this port: write http:// if that is meant"},
	{"SSL_ERROR_SYSCALL", BROKEN_OFF},
	{"unexpected eof while reading", BROKEN_OFF},
	{"non-properly terminated", BROKEN_OFF},
	{"packet length too long", "there is no TLS at this port: write http:// if that is meant"},
};

static const char *cause_of(const char *text)
{
	for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++)
		if (strcasestr(text, causes[i].words))
			return causes[i].meaning;
	return NULL;
}

bool http_tls_is_alert(const char *error)
{
	return strcasestr(error, " alert ") && (strstr(error, "SSL") || strcasestr(error, "TLS"));
}

bool http_tls_broke_off(const char *error)
{
	const char *cause = cause_of(error);

	return cause && !strcmp(cause, BROKEN_OFF);
}

const char *http_tls_message(struct http_transfer *t, CURLcode code)
{
	const char *said = *t->handle->error ? t->handle->error : curl_easy_strerror(code),
		   *cause = cause_of(said);

	if (!cause)
		return said;
	/* The header lines have been sent: their memory is free. */
	buffer_reset(&t->lines);
	buffer_appendf(&t->lines, "%s (%s)", cause, said);
	return buffer_text(&t->lines);
}
