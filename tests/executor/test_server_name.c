/* tls.serverName: the name in SNI and in the certificate is the node's, everything else the URL's. */
#include "executor/server_name.h"
#include "tests/executor/rig.h"
#include "tests/executor/tls_peer.h"

#include <criterion/criterion.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

/* Over TLS, with the certificate of other.example. It says which host it was asked as, and sends on whoever
 * comes with a path that it knows. */
struct named_peer {
	struct MHD_Daemon *daemon;
	struct certificates certificates;
	char *cert, *key;
	unsigned port;
};

static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *path,
	const char *method, const char *version, const char *upload, size_t *upload_size, void **state)
{
	const struct named_peer *peer = cls;
	const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
	char *body = xasprintf("{\"host\":\"%s\",\"path\":\"%s\"}", host ? host : "", path), *location = NULL;
	struct MHD_Response *response =
		MHD_create_response_from_buffer(strlen(body), body, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result queued;

	(void)method, (void)version, (void)upload, (void)upload_size, (void)state;
	if (!strcmp(path, "/relative"))
		location = xstrdup("there?a=1");
	else if (!strcmp(path, "/absolute"))
		location = xasprintf("https://127.0.0.1:%u/there", peer->port);
	else if (!strcmp(path, "/elsewhere"))
		location = xasprintf("https://localhost:%u/there", peer->port);
	MHD_add_response_header(response, "Content-Type", "application/json");
	if (location)
		MHD_add_response_header(response, "Location", location);
	queued = MHD_queue_response(connection, location ? 307 : 200, response);
	MHD_destroy_response(response);
	free(location);
	free(body);
	return queued;
}

static char *read_certificate(const struct named_peer *peer, const char *name)
{
	char *path = xasprintf("%s/%s", peer->certificates.dir, name), *error = NULL, *text;
	size_t len;

	text = file_read(path, (size_t)1 << 16, &len, &error);
	cr_assert(text, "%s", error);
	free(path);
	return text;
}

static void peer_start(struct named_peer *peer)
{
	if (!certificates_make(&peer->certificates))
		cr_skip_test("there is no openssl command");
	peer->cert = read_certificate(peer, "other.pem");
	peer->key = read_certificate(peer, "other.key");
	peer->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0, NULL, NULL, answer,
		peer, MHD_OPTION_HTTPS_MEM_CERT, peer->cert, MHD_OPTION_HTTPS_MEM_KEY, peer->key,
		MHD_OPTION_END);
	cr_assert(peer->daemon, "libmicrohttpd without TLS");
	peer->port = MHD_get_daemon_info(peer->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

static void peer_stop(struct named_peer *peer)
{
	MHD_stop_daemon(peer->daemon);
	free(peer->cert);
	free(peer->key);
	certificates_remove(&peer->certificates);
}

#define NAMED ",'serverName':'other.example'"

Test(server_name, only_tls_sees_it)
{
	static const struct {
		const char *path, *tls, *more, *code, *host, *arrives; /* host NULL: the URL's */
		const char *comment;
	} rows[] = {
		{"/x", "", "", "TLS_ERROR", NULL, NULL, "without it the certificate is another's"},
		{"/x", NAMED, "", "", NULL, "/x", "the Host stays the URL's"},
		{"/x", ",'serverName':'${NAME}'", "", "", NULL, "/x", "from a variable"},
		{"/x", ",'serverName':'OTHER.example'", "", "", NULL, "/x", "names have no case"},
		{"/x", ",'serverName':'wrong.example'", "", "TLS_ERROR", NULL, NULL, "checked against it"},
		{"/x", ",'serverName':'${BAD}'", "", "INTEGRATION_CONFIG_ERROR", NULL, NULL, "no name"},
		{"/x", NAMED, ",'headers':{'Host':'own.example'}", "", "own.example", "/x",
			"a Host of its own"},
		{"/relative", NAMED, "", "", NULL, "/there", "a redirect on the same server"},
		{"/absolute", NAMED, "", "", NULL, "/there", "a redirect by its whole URL"},
		{"/elsewhere", NAMED, "", "TLS_ERROR", NULL, NULL, "another origin has no such excuse"},
	};
	struct named_peer peer;
	char own_host[32];
	struct rig rig;

	peer_start(&peer);
	rig_init(&rig);
	env_set(rig.env, "DIR", peer.certificates.dir);
	env_set(rig.env, "NAME", "other.example");
	env_set(rig.env, "BAD", "other.example/x?");
	snprintf(own_host, sizeof own_host, "127.0.0.1:%u", peer.port);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data = xasprintf("{'integrationType':'rest','url':'https://%s%s'%s,'testpanel':{"
				       "'tls':{'caFile':'${DIR}/ca.pem'%s},'retry':{'max':0}}}",
			own_host, rows[i].path, rows[i].more, rows[i].tls);
		struct result *result = rig_run(&rig, data, NULL);

		cr_expect_str_eq(result->error_code, rows[i].code, "%s: %s %s", rows[i].comment,
			result->error_code, result->error);
		if (rows[i].arrives) {
			cr_expect_str_eq(json_string(result->data, "host", ""),
				rows[i].host ? rows[i].host : own_host, "%s", rows[i].comment);
			cr_expect_str_eq(json_string(result->data, "path", ""), rows[i].arrives, "%s",
				rows[i].comment);
		}
		result_free(result);
		free(data);
	}
	rig_done(&rig);
	peer_stop(&peer);
}

/* The same node without a name must not be given the connection that was made under one. */
Test(server_name, connections_are_not_mixed)
{
	static const char *const names[] = {NAMED, "", NAMED, ",'serverName':'wrong.example'", NAMED};
	struct named_peer peer;
	struct rig rig;

	peer_start(&peer);
	rig_init(&rig);
	env_set(rig.env, "DIR", peer.certificates.dir);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char *data =
			xasprintf("{'integrationType':'rest','url':'https://127.0.0.1:%u/x','testpanel':{"
				  "'tls':{'caFile':'${DIR}/ca.pem'%s},'retry':{'max':0}}}",
				peer.port, names[i]);
		struct result *result = rig_run(&rig, data, NULL);

		cr_expect_str_eq(result->error_code, strcmp(names[i], NAMED) ? "TLS_ERROR" : "", "%zu: %s", i,
			result->error);
		result_free(result);
		free(data);
	}
	rig_done(&rig);
	peer_stop(&peer);
}

/* A server with two certificates chooses by SNI. */
Test(server_name, it_is_what_the_server_is_asked_for)
{
	struct certificates certificates;
	struct result *result;
	struct tls_peer peer;
	char *options, *data;
	struct rig rig;

	if (!certificates_make(&certificates))
		cr_skip_test("there is no openssl command");
	rig_init(&rig);
	env_set(rig.env, "DIR", certificates.dir);
	options = xasprintf("-servername other.example -cert2 %s/other.pem -key2 %s/other.key",
		certificates.dir, certificates.dir);
	tls_peer_start(&peer, &certificates, "stranger", options);
	data = xasprintf(
		"{'integrationType':'rest','url':'https://localhost:%u/','testpanel':{'retry':{'max':0},"
		"'tls':{'caFile':'${DIR}/ca.pem'" NAMED "}}}",
		peer.port);
	result = rig_run(&rig, data, NULL);
	cr_expect(result->success, "%s", result->error);
	result_free(result);
	free(data);
	free(options);
	tls_peer_stop(&peer);
	rig_done(&rig);
	certificates_remove(&certificates);
}

Test(server_name, of_a_url)
{
	static const struct {
		const char *url, *name, *named, *connect_to, *authority;
	} rows[] = {
		{"https://10.0.0.1/a?b=c", "n.example", "https://n.example/a?b=c",
			"n.example:443:10.0.0.1:443", "10.0.0.1"},
		{"https://u:p@h.example:8443/", "n.example", "https://u:p@n.example:8443/",
			"n.example:8443:h.example:8443", "h.example:8443"},
		{"https://[::1]:8443/", "n.example", "https://n.example:8443/", "n.example:8443:[::1]:8443",
			"[::1]:8443"},
		{"https://h.example/", NULL, NULL, NULL, NULL},
		{"http://h.example/", "n.example", NULL, NULL, NULL},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct server_name server;

		server_name_apply(&server, rows[i].url, rows[i].name);
		cr_expect_eq(server.url != NULL, rows[i].named != NULL, "%s", rows[i].url);
		if (server.url && rows[i].named) {
			cr_expect_str_eq(server.url, rows[i].named);
			cr_expect_str_eq(server.connect_to, rows[i].connect_to);
			cr_expect_str_eq(server.authority, rows[i].authority);
		}
		server_name_done(&server);
	}
}
