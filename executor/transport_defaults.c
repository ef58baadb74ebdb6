/* A workflow's own way of travelling, which its nodes share. See transport.h. */
#include "executor/json.h"
#include "executor/transport.h"

#include <stdlib.h>

/* What is said of one server holds for no other. */
static bool is_for_all(const struct integration_draft *draft, const cJSON *tls)
{
	static const char *const of_one[][2] = {
		{"insecure", "only a node may be insecure: name the servers' CA in caFile instead"},
		{"serverName", "the name of one server: write it into that server's node"},
	};
	bool all = true;

	for (size_t i = 0; i < sizeof of_one / sizeof of_one[0]; i++) {
		char *place = xasprintf("testpanel/tls/%s", of_one[i][0]);

		if (json_get(tls, of_one[i][0])) {
			integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, place, "%s: %s", of_one[i][0],
				of_one[i][1]);
			all = false;
		}
		free(place);
	}
	return all;
}

struct http_transport *transport_parse_defaults(
	const cJSON *holder, const char *pointer, const char *folder, struct faults *faults)
{
	const cJSON *testpanel = json_get(holder, "testpanel"), *tls = json_get(testpanel, "tls");
	struct integration_defaults defaults = {.folder = (char *)folder};
	struct integration all = {0};
	struct integration_draft draft = {&all, holder, pointer, faults, &defaults};
	struct faults own;

	if (!tls && !json_get(testpanel, "proxy"))
		return NULL;
	faults_init(&own);
	if (!faults)
		draft.faults = &own;
	if (is_for_all(&draft, tls))
		transport_parse(&draft);
	free(all.error_message);
	faults_done(&own);
	return all.transport;
}

static void inherit(const char **to, const char *from)
{
	if (!*to)
		*to = xstrdup_null(from);
}

void transport_inherit(
	struct http_transport *to, const struct http_transport *from, const struct transport_own *own)
{
	if (!from)
		return;
	if (!own->ca)
		inherit(&to->ca_file, from->ca_file);
	if (!own->cert) {
		inherit(&to->cert_file, from->cert_file);
		inherit(&to->key_file, from->key_file);
		inherit(&to->key_password, from->key_password);
	}
	if (!own->version)
		to->tls13 = from->tls13;
	to->proxy_elsewhere = !to->proxy;
	inherit(&to->proxy, from->proxy);
}
