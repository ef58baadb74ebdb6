/* What a workflow says of TLS and proxy for all its nodes. */
#include "executor/http.h"
#include "tests/executor/rig.h"
#include "tests/executor/tls_peer.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void read_defaults(struct integration_defaults *defaults, const char *testpanel, struct faults *faults)
{
	static const struct integration_defaults standard = INTEGRATION_DEFAULTS;
	char *text = xasprintf("{'testpanel':%s}", testpanel);
	cJSON *holder = rig_json(text);

	*defaults = standard;
	integration_defaults_parse(defaults, holder, "", faults);
	cJSON_Delete(holder);
	free(text);
}

/* testpanel is the node's. */
static struct integration *make_node(
	const struct integration_defaults *defaults, const char *url, const char *testpanel)
{
	char *text = xasprintf("{'integrationType':'rest','url':'%s','testpanel':%s}", url, testpanel);
	cJSON *data = rig_json(text);
	struct integration *integration = integration_parse("node", data, defaults, "", NULL);

	cJSON_Delete(data);
	free(text);
	return integration;
}

static const char *shown(const char *text)
{
	return text ? text : "-";
}

Test(transport_defaults, a_nodes_own_wins)
{
	static const struct {
		const char *all, *node, *result; /* CA, certificate, key, password, proxy, version */
		const char *comment;
	} rows[] = {
		{"{'tls':{'caFile':'a','certFile':'c','keyFile':'k','keyPassword':'p','minVersion':'1.3'},"
		 "'proxy':'http://p'}",
			"{}", "a c k p http://p* 1.3", "all of it"},
		{"{'tls':{'caFile':'a','certFile':'c','keyFile':'k'}}", "{'tls':{'caFile':'b'}}",
			"b c k - - 1.2", "member by member"},
		{"{'tls':{'caFile':'a','certFile':'c','keyFile':'k','keyPassword':'p'}}",
			"{'tls':{'certFile':'d'}}", "a d - - - 1.2", "a certificate has its own key"},
		{"{'tls':{'caFile':'a','certFile':'c','keyFile':'k'}}", "{'tls':{'certFile':'none'}}",
			"a - - - - 1.2", "no certificate"},
		{"{'tls':{'caFile':'a'}}", "{'tls':{'caFile':'system'}}", "- - - - - 1.2",
			"the system's CAs"},
		{"{'tls':{'minVersion':'1.3'}}", "{'tls':{'minVersion':'1.2'}}", "- - - - - 1.2",
			"older TLS"},
		{"{'proxy':'http://p'}", "{'proxy':'none'}", "- - - -  1.2", "no proxy"},
		{"{'proxy':'http://p'}", "{'proxy':'http://q'}", "- - - - http://q 1.2", "another proxy"},
		{"{'proxy':'none'}", "{}", "- - - - * 1.2", "no proxy for anybody"},
		{"{'tls':{'caFile':'a'}}", "{'cookies':true}", "a - - - - 1.2", "beside other members"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct integration_defaults defaults;
		struct integration *node;
		const struct http_transport *t;
		char *text;

		read_defaults(&defaults, rows[i].all, NULL);
		node = make_node(&defaults, "https://x.example/", rows[i].node);
		t = node->transport;
		cr_assert(t, "%s", rows[i].comment);
		text = xasprintf("%s %s %s %s %s%s %s", shown(t->ca_file), shown(t->cert_file),
			shown(t->key_file), shown(t->key_password), shown(t->proxy),
			t->proxy && t->proxy_elsewhere ? "*" : "", t->tls13 ? "1.3" : "1.2");
		cr_expect_str_eq(text, rows[i].result, "%s: %s", rows[i].comment, text);
		free(text);
		integration_free(node);
		integration_defaults_done(&defaults);
	}
}

Test(transport_defaults, faults)
{
	static const struct {
		const char *testpanel, *pointer, *message;
	} rows[] = {
		{"{'tls':{'insecure':true}}", "/testpanel/tls/insecure", "only a node"},
		{"{'tls':{'serverName':'x'}}", "/testpanel/tls/serverName", "one server"},
		{"{'tls':{'keyFile':'${K}'}}", "/testpanel/tls/keyFile", "needs its certificate"},
		{"{'tls':7}", "/testpanel/tls", "must be an object"},
		{"{'proxy':'ftp://x'}", "/testpanel/proxy", "http://"},
		{"{'tls':{'caFile':'${CA}'},'proxy':'${PROXY}'}", NULL, NULL},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct integration_defaults defaults;
		struct faults faults;

		faults_init(&faults);
		read_defaults(&defaults, rows[i].testpanel, &faults);
		cr_expect_eq(
			faults.count, rows[i].pointer ? 1 : 0, "%s: %zu", rows[i].testpanel, faults.count);
		if (faults.count && rows[i].pointer) {
			cr_expect_str_eq(faults.items[0].pointer, rows[i].pointer);
			cr_expect_eq(faults.items[0].severity, FAULT_ERROR);
			cr_expect(strstr(faults.items[0].message, rows[i].message), "%s",
				faults.items[0].message);
		}
		faults_done(&faults);
		integration_defaults_done(&defaults);
	}
}

Test(transport_defaults, over_tls)
{
	static const struct {
		const char *node, *code;
	} rows[] = {{"{}", ""}, {"{'tls':{'caFile':'system'}}", "TLS_ERROR"},
		{"{'tls':{'minVersion':'1.3'}}", ""},
		{"{'tls':{'caFile':'${DIR}/strange-ca.pem'}}", "TLS_ERROR"}};
	struct integration_defaults defaults;
	struct certificates certificates;
	struct tls_peer peer;
	struct rig rig;
	char *url;

	if (!certificates_make(&certificates))
		cr_skip_test("there is no openssl command");
	rig_init(&rig);
	env_set(rig.env, "DIR", certificates.dir);
	tls_peer_start(&peer, &certificates, "good", "");
	url = xasprintf("https://127.0.0.1:%u/", peer.port);
	read_defaults(&defaults, "{'tls':{'caFile':'${DIR}/ca.pem'},'retry':{'max':0}}", NULL);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct integration *node = make_node(&defaults, url, rows[i].node);
		struct result *result = rig_execute(&rig, node, NULL);

		cr_expect_str_eq(result->error_code, rows[i].code, "%s: %s", rows[i].node, result->error);
		result_free(result);
		integration_free(node);
	}
	integration_defaults_done(&defaults);
	free(url);
	tls_peer_stop(&peer);
	rig_done(&rig);
	certificates_remove(&certificates);
}

/* As with the environment's: the mock backend lives here. */
Test(transport_defaults, the_proxy_is_not_for_this_machine)
{
	static const struct {
		const char *url;
		size_t proxied;
	} rows[] = {{"http://api.invalid/", 1}, {"${URL}/", 0}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct integration_defaults defaults;
		struct script_server *proxy;
		struct integration *node;
		struct result *result;
		struct rig rig;
		char *text;

		rig_init(&rig);
		proxy = script_server_new(&rig.loop);
		script_answer(proxy, 200, "application/json", "", "{}");
		script_answer(rig.server, 200, "application/json", "", "{}");
		text = xasprintf("{'proxy':'http://127.0.0.1:%u'}", script_server_port(proxy));
		read_defaults(&defaults, text, NULL);
		node = make_node(&defaults, rows[i].url, "{}");
		result = rig_execute(&rig, node, NULL);
		cr_expect(result->success, "%s: %s", rows[i].url, result->error);
		cr_expect_eq(script_requests(proxy), rows[i].proxied, "%s", rows[i].url);
		result_free(result);
		integration_free(node);
		integration_defaults_done(&defaults);
		free(text);
		script_server_free(proxy);
		rig_done(&rig);
	}
}
