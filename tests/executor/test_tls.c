/* Whom we believe: certificates of every bad kind, against a real server. */
#include "tests/executor/rig.h"
#include "tests/executor/tls_peer.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct result *run(struct rig *rig, const struct certificates *certificates,
	const struct tls_peer *peer, const char *host, const char *method, const char *tls)
{
	char *data = xasprintf("{'integrationType':'rest','method':'%s','url':'https://%s:%u/','testpanel':{"
			       "'retry':{'max':1,'initialMs':1,'maxMs':1}%s%s}}",
		method, host, peer->port, *tls ? ",'tls':" : "", tls);
	struct result *result;

	env_set(rig->env, "DIR", certificates->dir);
	result = rig_run(rig, data, NULL);
	free(data);
	return result;
}

#define CA "{'caFile':'${DIR}/ca.pem'}"

Test(tls, whom_we_believe)
{
	static const struct {
		const char *certificate, *options, *host, *tls, *code, *message;
		const char *comment;
	} rows[] = {
		{"good", "", "127.0.0.1", CA, "", NULL, "the CA is named"},
		{"good", "", "localhost", CA, "", NULL, "by name"},
		{"good", "", "127.0.0.1", "", "TLS_ERROR", "an unknown CA signed", "the CA is not known"},
		{"stranger", "", "127.0.0.1", CA, "TLS_ERROR", "an unknown CA signed", "another CA"},
		{"expired", "", "127.0.0.1", CA, "TLS_ERROR", "has expired", "expired"},
		{"future", "", "127.0.0.1", CA, "TLS_ERROR", "not valid yet", "not valid yet"},
		{"other", "", "127.0.0.1", CA, "TLS_ERROR", "for another host", "wrong host, an address"},
		{"other", "", "localhost", CA, "TLS_ERROR", "for another host", "wrong host, a name"},
		{"selfsigned", "", "127.0.0.1", CA, "TLS_ERROR", "is self-signed", "self-signed"},
		{"selfsigned", "", "127.0.0.1", "{'caFile':'${DIR}/selfsigned.pem'}", "", NULL,
			"self-signed and named"},
		{"expired", "", "127.0.0.1", "{'insecure':true}", "", NULL, "insecure: expired"},
		{"other", "", "127.0.0.1", "{'insecure':true}", "", NULL, "insecure: wrong host"},
		{"good", "", "127.0.0.1", "{'insecure':false}", "TLS_ERROR", "an unknown CA", "not insecure"},
		{"good", "", "127.0.0.1", "{'caFile':'${DIR}/none.pem'}", "TLS_ERROR",
			"tls.caFile cannot be read", "no such file"},
		{"good", "-tls1_2", "127.0.0.1", "{'caFile':'${DIR}/ca.pem','minVersion':'1.3'}", "TLS_ERROR",
			"no version of TLS in common", "too old"},
		{"good", "-tls1_2", "127.0.0.1", "{'caFile':'${DIR}/ca.pem','minVersion':'1.2'}", "", NULL,
			"old enough"},
		{"good", "-Verify 1 -verify_return_error", "127.0.0.1", CA, "TLS_ERROR",
			"asks for a client certificate", "client certificate required, 1.3"},
		{"good", "-Verify 1 -verify_return_error -tls1_2", "127.0.0.1", CA, "TLS_ERROR",
			"may ask for a client certificate", "client certificate required, 1.2"},
		{"good", "-Verify 1 -verify_return_error", "127.0.0.1",
			"{'caFile':'${DIR}/ca.pem','certFile':'${DIR}/client.pem','keyFile':'${DIR}/"
			"client.key'}",
			"", NULL, "client certificate given"},
		{"good", "-Verify 1 -verify_return_error", "127.0.0.1",
			"{'caFile':'${DIR}/ca.pem','certFile':'${DIR}/client.pem','keyFile':'${DIR}/"
			"client-locked.key','keyPassword':'open sesame'}",
			"", NULL, "its key has a password"},
		{"good", "", "127.0.0.1",
			"{'caFile':'${DIR}/ca.pem','certFile':'${DIR}/client.pem','keyFile':'${DIR}/"
			"client-locked.key','keyPassword':'wrong'}",
			"TLS_ERROR", "check tls.keyFile and tls.keyPassword", "wrong password"},
		{"good", "", "127.0.0.1",
			"{'caFile':'${DIR}/ca.pem','certFile':'${DIR}/client.pem','keyFile':'${DIR}/"
			"client-locked.key'}",
			"TLS_ERROR", "check tls.keyFile and tls.keyPassword",
			"no password: nobody is asked at the terminal"},
		{"good", "", "127.0.0.1",
			"{'caFile':'${DIR}/ca.pem','certFile':'${DIR}/client.pem','keyFile':'${DIR}/"
			"other.key'}",
			"TLS_ERROR", "tls.keyFile", "another's key"},
		{"good", "-Verify 1 -verify_return_error", "127.0.0.1",
			"{'caFile':'${DIR}/ca.pem','certFile':'${DIR}/selfsigned.pem','keyFile':'${DIR}/"
			"selfsigned.key'}",
			"TLS_ERROR", "client certificate", "a client certificate nobody knows"},
	};
	struct certificates certificates;

	if (!certificates_make(&certificates))
		cr_skip_test("there is no openssl command");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (int post = 0; post < 2; post++) {
			struct result *result;
			struct tls_peer peer;
			struct rig rig;

			if (post && !*rows[i].code)
				continue; /* s_server answers GET alone */
			rig_init(&rig);
			tls_peer_start(&peer, &certificates, rows[i].certificate, rows[i].options);
			result = run(
				&rig, &certificates, &peer, rows[i].host, post ? "POST" : "GET", rows[i].tls);
			cr_expect_str_eq(result->error_code, rows[i].code, "%s: %s %s", rows[i].comment,
				result->error_code, result->error);
			if (rows[i].message)
				cr_expect(result->error && strstr(result->error, rows[i].message), "%s: %s",
					rows[i].comment, result->error);
			cr_expect_eq(
				result->attempt_count, 1, "%s: trying again cannot help", rows[i].comment);
			cr_expect(!result->retryable, "%s", rows[i].comment);
			result_free(result);
			tls_peer_stop(&peer);
			rig_done(&rig);
		}
	certificates_remove(&certificates);
}

/* Nodes differ in whom they believe, and share handles and connections. */
Test(tls, one_nodes_exception_is_no_others)
{
	static const struct {
		const char *tls, *code;
	} rows[] = {{"{'insecure':true}", ""}, {"", "TLS_ERROR"}, {"{'insecure':true}", ""}, {CA, ""},
		{"", "TLS_ERROR"}, {"{'caFile':'${DIR}/strange-ca.pem'}", "TLS_ERROR"}, {CA, ""}};
	struct certificates certificates;
	struct tls_peer peer;
	struct rig rig;

	if (!certificates_make(&certificates))
		cr_skip_test("there is no openssl command");
	rig_init(&rig);
	tls_peer_start(&peer, &certificates, "good", "");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct result *result = run(&rig, &certificates, &peer, "127.0.0.1", "GET", rows[i].tls);

		cr_expect_str_eq(result->error_code, rows[i].code, "row %zu: %s", i, result->error);
		result_free(result);
	}
	tls_peer_stop(&peer);
	rig_done(&rig);
	certificates_remove(&certificates);
}

Test(tls, insecure_is_loud)
{
	struct certificates certificates;
	const struct attribute *attribute;
	struct result *result;
	struct tls_peer peer;
	struct rig rig;
	char *record;

	if (!certificates_make(&certificates))
		cr_skip_test("there is no openssl command");
	rig_init(&rig);
	tls_peer_start(&peer, &certificates, "good", "");
	result = run(&rig, &certificates, &peer, "127.0.0.1", "GET", "{'insecure':true}");
	cr_expect(result->success, "%s", result->error);
	attribute = span_get(rig_span(&rig, "integration node", 0), "testpanel.tls.insecure");
	cr_assert(attribute);
	cr_expect(attribute->value.boolean);
	record = rig_record(&rig);
	cr_expect(strstr(record, "tls.insecure is on"));
	cr_expect(strstr(record, "\"WARN\""));
	free(record);
	result_free(result);
	tls_peer_stop(&peer);
	rig_done(&rig);
	certificates_remove(&certificates);
}

Test(tls, passwords_of_keys_leave_no_trace)
{
	struct certificates certificates;
	struct result *result;
	struct tls_peer peer;
	struct rig rig;
	char *record;

	if (!certificates_make(&certificates))
		cr_skip_test("there is no openssl command");
	rig_init(&rig);
	tls_peer_start(&peer, &certificates, "good", "");
	env_set(rig.env, "PASS", "open sesame");
	result = run(&rig, &certificates, &peer, "127.0.0.1", "GET",
		"{'caFile':'${DIR}/ca.pem','certFile':'${DIR}/client.pem','keyFile':'${DIR}/"
		"client-locked.key','keyPassword':'${PASS}'}");
	cr_expect(result->success, "%s", result->error);
	cr_expect(redact_needed(rig.redactor, "open sesame", 11));
	record = rig_record(&rig);
	cr_expect_null(strstr(record, "open sesame"));
	free(record);
	result_free(result);
	tls_peer_stop(&peer);
	rig_done(&rig);
	certificates_remove(&certificates);
}

Test(tls, faults)
{
	static const struct {
		const char *testpanel, *pointer;
		enum fault_severity severity;
		const char *comment;
	} rows[] = {
		{"{'tls':true}", "/testpanel/tls", FAULT_ERROR, "no object"},
		{"{'tls':{'caFile':''}}", "/testpanel/tls/caFile", FAULT_ERROR, "empty"},
		{"{'tls':{'caFile':7}}", "/testpanel/tls/caFile", FAULT_ERROR, "no text"},
		{"{'tls':{'caFile':'{{name}}'}}", "/testpanel/tls/caFile", FAULT_ERROR,
			"an argument chooses no file"},
		{"{'tls':{'caFile':'/no/such/file'}}", "/testpanel/tls/caFile", FAULT_WARNING, "missing"},
		{"{'tls':{'caFile':'${HOME}/ca.pem'}}", NULL, FAULT_ERROR, "not known yet"},
		{"{'tls':{'keyFile':'${K}'}}", "/testpanel/tls/keyFile", FAULT_ERROR, "no certificate"},
		{"{'tls':{'serverName':'https://x'}}", "/testpanel/tls/serverName", FAULT_ERROR, "a URL"},
		{"{'tls':{'serverName':'x:443'}}", "/testpanel/tls/serverName", FAULT_ERROR, "with a port"},
		{"{'tls':{'serverName':'${NAME}'}}", NULL, FAULT_ERROR, "not known yet"},
		{"{'tls':{'insecure':'yes'}}", "/testpanel/tls/insecure", FAULT_ERROR, "no flag"},
		{"{'tls':{'insecure':true}}", "/testpanel/tls/insecure", FAULT_WARNING, "insecure"},
		{"{'tls':{'minVersion':1.2}}", "/testpanel/tls/minVersion", FAULT_ERROR, "a number"},
		{"{'tls':{'minVersion':'1.1'}}", "/testpanel/tls/minVersion", FAULT_ERROR, "too old"},
		{"{'tls':{'ca/file':'x'}}", "/testpanel/tls/ca~1file", FAULT_ERROR, "unknown"},
		{"{'proxy':'localhost:3128'}", "/testpanel/proxy", FAULT_ERROR, "no scheme"},
		{"{'proxy':'ftp://localhost'}", "/testpanel/proxy", FAULT_ERROR, "wrong scheme"},
		{"{'proxy':true}", "/testpanel/proxy", FAULT_ERROR, "no text"},
		{"{'proxy':'none'}", NULL, FAULT_ERROR, "none"},
		{"{'proxy':'socks5h://u:${P}@localhost:1'}", NULL, FAULT_ERROR, "fine"},
		{"{'httpVersion':2}", "/testpanel/httpVersion", FAULT_ERROR, "a number"},
		{"{'httpVersion':'3'}", "/testpanel/httpVersion", FAULT_ERROR, "not yet"},
		{"{'httpVersion':'2','cookies':false}", NULL, FAULT_ERROR, "fine"},
		{"{'cookies':'yes'}", "/testpanel/cookies", FAULT_ERROR, "no flag"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data = xasprintf(
			"{'integrationType':'rest','url':'https://x/','testpanel':%s}", rows[i].testpanel);
		cJSON *json = rig_json(data);
		struct integration *integration;
		struct faults faults;

		faults_init(&faults);
		integration = integration_parse("node", json, NULL, "", &faults);
		cr_expect_eq(faults.count, rows[i].pointer ? 1 : 0, "%s: %zu", rows[i].comment, faults.count);
		if (faults.count && rows[i].pointer) {
			cr_expect_str_eq(faults.items[0].pointer, rows[i].pointer, "%s", rows[i].comment);
			cr_expect_eq(faults.items[0].severity, rows[i].severity, "%s", rows[i].comment);
		}
		integration_free(integration);
		faults_done(&faults);
		cJSON_Delete(json);
		free(data);
	}
}
