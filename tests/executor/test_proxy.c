/* Requests through proxies, and past them. */
#include "tests/executor/rig.h"
#include "tests/executor/tls_peer.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A server that reads requests makes a proxy for plain http: only the request's first line differs. */
Test(proxy, proxy_in_absolute_form)
{
	static const struct {
		const char *proxy, *present, *comment;
	} rows[] = {
		{"http://127.0.0.1:${PROXY}", "GET http://api.invalid/rooms HTTP/1.1\r\n", "another host"},
		{"http://ann:${SECRET}@127.0.0.1:${PROXY}",
			/* base64 of ann:open-sesame */
			"Proxy-Authorization: Basic YW5uOm9wZW4tc2VzYW1l\r\n", "with a password"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data = xasprintf("{'integrationType':'rest','url':'http://api.invalid/rooms',"
				       "'testpanel':{'proxy':'%s'}}",
			rows[i].proxy);
		struct rig rig;
		char *record;

		rig_init(&rig);
		rig_set_port(&rig, "PROXY", script_server_port(rig.server));
		env_set(rig.env, "SECRET", "open-sesame");
		script_answer(rig.server, 200, "application/json", "", "{\"proxy\":\"open-sesame\"}");
		rig_expect(&rig, data, "", rows[i].comment);
		cr_expect(strstr(script_request(rig.server, 0), rows[i].present), "%s: %s", rows[i].comment,
			script_request(rig.server, 0));
		record = rig_record(&rig);
		if (i)
			cr_expect_null(strstr(record, "open-sesame"), "%s", record);
		free(record);
		free(data);
		rig_done(&rig);
	}
}

/* The mock backend lives here, and a proxy elsewhere cannot reach it. */
Test(proxy, whose_proxy_counts_for_this_machine)
{
	static const struct {
		const char *member;
		bool proxied;
		const char *comment;
	} rows[] = {
		{"", false, "the environment's does not"},
		{"'proxy':'none'", false, "none at all"},
		{"'proxy':'http://127.0.0.1:${PROXY}'", true, "the node's does"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data = xasprintf(
			"{'integrationType':'rest','url':'${URL}/','testpanel':{%s}}", rows[i].member);
		struct script_server *proxy;
		struct rig rig;
		char *url;

		rig_init(&rig);
		proxy = script_server_new(&rig.loop);
		url = xasprintf("http://127.0.0.1:%u", script_server_port(proxy));
		setenv("http_proxy", url, 1);
		rig_set_port(&rig, "PROXY", script_server_port(proxy));
		script_answer(proxy, 200, "application/json", "", "{}");
		script_answer(rig.server, 200, "application/json", "", "{}");
		rig_expect(&rig, data, "", rows[i].comment);
		cr_expect_eq(script_requests(proxy), rows[i].proxied, "%s", rows[i].comment);
		cr_expect_eq(script_requests(rig.server), !rows[i].proxied, "%s", rows[i].comment);
		unsetenv("http_proxy");
		script_server_free(proxy);
		free(url);
		free(data);
		rig_done(&rig);
	}
}

Test(proxy, none_overrules_the_environment)
{
	struct rig rig;
	char *url;

	rig_init(&rig);
	url = xasprintf("http://127.0.0.1:%u", script_server_port(rig.server));
	setenv("http_proxy", url, 1);
	script_answer(rig.server, 200, "application/json", "", "{}");
	rig_expect(&rig, "{'integrationType':'rest','url':'http://api.invalid/'}", "", "the environment's");
	cr_expect_eq(script_requests(rig.server), 1);
	rig_expect(&rig,
		"{'integrationType':'rest','url':'http://api.invalid/','testpanel':{'proxy':'none',"
		"'retry':{'max':0}}}",
		"REST_NETWORK_ERROR", "none");
	cr_expect_eq(script_requests(rig.server), 1);
	unsetenv("http_proxy");
	free(url);
	rig_done(&rig);
}

/* Nothing was sent; a proxy that forbids goes on forbidding. */
Test(proxy, proxy_that_will_not)
{
	static const struct {
		int status;
		size_t attempts;
		const char *message;
	} rows[] = {
		{407, 1,
			"the proxy answered CONNECT with 407 Proxy Authentication Required: write "
			"user:password@"},
		{403, 1, "the proxy answered CONNECT with 403 Forbidden"},
		{503, 2, "503"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct result *result;
		struct rig rig;

		rig_init(&rig);
		rig_set_port(&rig, "PROXY", script_server_port(rig.server));
		script_answer(rig.server, rows[i].status, NULL, "", "");
		result = rig_run(&rig,
			"{'integrationType':'rest','method':'POST','url':'https://api.invalid/','testpanel':{"
			"'proxy':'http://127.0.0.1:${PROXY}','retry':{'max':1,'initialMs':1}}}",
			NULL);
		cr_expect_str_eq(result->error_code, "REST_NETWORK_ERROR");
		cr_expect(strstr(result->error, rows[i].message), "%d: %s", rows[i].status, result->error);
		cr_expect_eq(result->attempt_count, rows[i].attempts, "%d: %zu", rows[i].status,
			result->attempt_count);
		cr_expect(strstr(script_request(rig.server, 0), "CONNECT api.invalid:443 HTTP/1.1\r\n"));
		result_free(result);
		rig_done(&rig);
	}
}

/* The host that cannot be reached is not the URL's. */
Test(proxy, proxy_that_is_not_there)
{
	static const struct {
		const char *url, *proxy, *message, *comment;
	} rows[] = {
		{"http://api.example/", "http://ann:p%40ss-4711@127.0.0.1:1",
			"no connection to the proxy http://127.0.0.1:1: Failed to connect", "its password"},
		{"https://api.example/", "http://127.0.0.1:1",
			"no connection to the proxy http://127.0.0.1:1: ", "a tunnel"},
		{"http://api.example/", "socks5://127.0.0.1:1",
			"no connection to the proxy socks5://127.0.0.1:1", "SOCKS"},
		{"http://api.example/", "http://proxy.invalid:3128",
			"no connection to the proxy http://proxy.invalid:3128: Could not resolve proxy",
			"its name"},
	};
	struct integration_defaults defaults = INTEGRATION_DEFAULTS;
	struct result *result;
	struct rig rig;
	cJSON *all;

	rig_init(&rig);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data =
			xasprintf("{'integrationType':'rest','url':'%s','testpanel':{'proxy':'%s','retry':{"
				  "'max':0}}}",
				rows[i].url, rows[i].proxy);

		result = rig_run(&rig, data, NULL);
		cr_expect_str_eq(result->error_code, "REST_NETWORK_ERROR", "%s", rows[i].comment);
		cr_expect(strstr(result->error, rows[i].message), "%s: %s", rows[i].comment, result->error);
		cr_expect(!strstr(result->error, "4711"), "%s: %s", rows[i].comment, result->error);
		result_free(result);
		free(data);
	}
	/* The workflow's does not count for this machine, so it is not to blame. */
	all = rig_json("{'testpanel':{'proxy':'http://127.0.0.1:2'}}");
	integration_defaults_parse(&defaults, all, "", NULL);
	cJSON_Delete(all);
	all = rig_json(
		"{'integrationType':'rest','url':'http://127.0.0.1:1/','testpanel':{'retry':{'max':0}}}");
	integration_free(rig.integration);
	rig.integration = integration_parse("node", all, &defaults, "", NULL);
	result = rig_execute(&rig, rig.integration, NULL);
	cr_expect(!strstr(result->error, "proxy"), "%s", result->error);
	result_free(result);
	cJSON_Delete(all);
	rig_done(&rig);
	integration_defaults_done(&defaults);
}

/* A proxy in a process of its own, CONNECT and SOCKS 5 (RFC 1928): whatever it is asked for, it connects to
 * one port of this machine, so that an answer proves that we went through it. */
static int dial(unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&address, sizeof address))
		_exit(1);
	return fd;
}

static void relay(int from, int to)
{
	struct pollfd fds[] = {{from, POLLIN, 0}, {to, POLLIN, 0}};
	char chunk[4096];

	while (poll(fds, 2, -1) > 0)
		for (int i = 0; i < 2; i++) {
			ssize_t n = fds[i].revents ? read(fds[i].fd, chunk, sizeof chunk) : -1;

			if (n == 0 || (n > 0 && write(fds[!i].fd, chunk, (size_t)n) != n))
				return;
		}
}

static void serve(int fd, unsigned port)
{
	char chunk[4096];
	ssize_t n = read(fd, chunk, sizeof chunk);

	if (n > 0 && *chunk == 5) {
		(void)!write(fd, "\5\0", 2);
		n = read(fd, chunk, sizeof chunk);
		(void)!write(fd, "\5\0\0\1\0\0\0\0\0\0", 10);
	} else {
		(void)!write(fd, "HTTP/1.1 200 Connection established\r\n\r\n", 39);
	}
	if (n > 0)
		relay(fd, dial(port));
	close(fd);
}

static pid_t proxy_start(unsigned port, unsigned *own)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	pid_t pid;

	cr_assert(!bind(listener, (struct sockaddr *)&address, sizeof address));
	cr_assert(!listen(listener, 4));
	getsockname(listener, (struct sockaddr *)&address, &len);
	*own = ntohs(address.sin_port);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid) {
		close(listener);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		serve(accept(listener, NULL, NULL), port);
}

Test(proxy, tunnels)
{
	static const char *const schemes[] = {"http", "socks5", "socks5h"};
	struct certificates certificates;
	struct tls_peer peer;
	unsigned port;
	pid_t proxy;

	if (!certificates_make(&certificates))
		cr_skip_test("there is no openssl command");
	tls_peer_start(&peer, &certificates, "good", "");
	proxy = proxy_start(peer.port, &port);
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
		char *data = xasprintf("{'integrationType':'rest','url':'https://localhost:1/','testpanel':{"
				       "'proxy':'%s://127.0.0.1:%u','tls':{'caFile':'%s/ca.pem'}}}",
			schemes[i], port, certificates.dir);
		struct rig rig;

		rig_init(&rig);
		rig_expect(&rig, data, "", schemes[i]);
		rig_done(&rig);
		free(data);
	}
	kill(proxy, SIGKILL);
	waitpid(proxy, NULL, 0);
	tls_peer_stop(&peer);
	certificates_remove(&certificates);
}
