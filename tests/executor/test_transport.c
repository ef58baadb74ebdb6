/* The ways a request travels: proxies, HTTP/2, compression, cookies. */
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

static void run(struct rig *rig, const char *data, const char *code, const char *comment)
{
	struct result *result = rig_run(rig, data, NULL);

	cr_expect_str_eq(result->error_code, code, "%s: %s: %s", comment, result->error_code, result->error);
	result_free(result);
}

static void set_port(struct rig *rig, const char *name, unsigned port)
{
	char text[16];

	snprintf(text, sizeof text, "%u", port);
	env_set(rig->env, name, text);
}

/* A server that reads requests makes a proxy for plain http: only the request's first line differs. */
Test(transport, proxy_in_absolute_form)
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
		set_port(&rig, "PROXY", script_server_port(rig.server));
		env_set(rig.env, "SECRET", "open-sesame");
		script_answer(rig.server, 200, "application/json", "", "{\"proxy\":\"open-sesame\"}");
		run(&rig, data, "", rows[i].comment);
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
Test(transport, whose_proxy_counts_for_this_machine)
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
		set_port(&rig, "PROXY", script_server_port(proxy));
		script_answer(proxy, 200, "application/json", "", "{}");
		script_answer(rig.server, 200, "application/json", "", "{}");
		run(&rig, data, "", rows[i].comment);
		cr_expect_eq(script_requests(proxy), rows[i].proxied, "%s", rows[i].comment);
		cr_expect_eq(script_requests(rig.server), !rows[i].proxied, "%s", rows[i].comment);
		unsetenv("http_proxy");
		script_server_free(proxy);
		free(url);
		free(data);
		rig_done(&rig);
	}
}

Test(transport, none_overrules_the_environment)
{
	struct rig rig;
	char *url;

	rig_init(&rig);
	url = xasprintf("http://127.0.0.1:%u", script_server_port(rig.server));
	setenv("http_proxy", url, 1);
	script_answer(rig.server, 200, "application/json", "", "{}");
	run(&rig, "{'integrationType':'rest','url':'http://api.invalid/'}", "", "the environment's");
	cr_expect_eq(script_requests(rig.server), 1);
	run(&rig,
		"{'integrationType':'rest','url':'http://api.invalid/','testpanel':{'proxy':'none',"
		"'retry':{'max':0}}}",
		"REST_NETWORK_ERROR", "none");
	cr_expect_eq(script_requests(rig.server), 1);
	unsetenv("http_proxy");
	free(url);
	rig_done(&rig);
}

/* Nothing was sent; a proxy that forbids goes on forbidding. */
Test(transport, proxy_that_will_not)
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
		set_port(&rig, "PROXY", script_server_port(rig.server));
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
Test(transport, proxy_that_is_not_there)
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

Test(transport, tunnels)
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
		run(&rig, data, "", schemes[i]);
		rig_done(&rig);
		free(data);
	}
	kill(proxy, SIGKILL);
	waitpid(proxy, NULL, 0);
	tls_peer_stop(&peer);
	certificates_remove(&certificates);
}

Test(transport, compression)
{
	static const char gzip[] =
		"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\x4a\x54\xb2\x32\xac\x05\x00"
		"\xaf\xac\x1b\x56\x07\x00\x00\x00";
	/* One piece that is not compressed (RFC 7932 §9.2), and the last, empty one. */
	static const char brotli[] = "\x60\x00\x10{\"a\":1}\x03";
	static const struct {
		const char *name, *body;
		size_t len;
	} rows[] = {{"gzip", gzip, sizeof gzip - 1}, {"br", brotli, sizeof brotli - 1}};
	struct rig rig;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct result *result;
		struct buffer answer;
		char *text;

		rig_init(&rig);
		buffer_init(&answer, BUFFER_MAX_TEXT);
		buffer_appendf(&answer,
			"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: %s\r\n"
			"Content-Length: %zu\r\n\r\n",
			rows[i].name, rows[i].len);
		buffer_append(&answer, rows[i].body, rows[i].len);
		script_raw_bytes(rig.server, answer.data, answer.len, SCRIPT_KEEP);
		result = rig_run(&rig, "{'integrationType':'rest','url':'${URL}/'}", NULL);
		cr_expect(result->success, "%s: %s", rows[i].name, result->error);
		text = json_print(result->data);
		cr_expect_str_eq(text, "{\"a\":1}", "%s: %s", rows[i].name, text);
		cr_expect(strstr(script_request(rig.server, 0), "Accept-Encoding: gzip, br\r\n"));
		free(text);
		buffer_done(&answer);
		result_free(result);
		rig_done(&rig);
	}
}

#define GET(base, more) "{'integrationType':'rest','url':'" base "','testpanel':{" more "}}"

Test(transport, cookies)
{
	struct script_server *other;
	struct rig rig;
	char *url;

	rig_init(&rig);
	other = script_server_new(&rig.loop);
	url = xasprintf("http://127.0.0.1:%u", script_server_port(other));
	env_set(rig.env, "OTHER", url);
	script_answer(rig.server, 200, "application/json", "Set-Cookie: sid=abc; Path=/\r\n", "{}");
	script_answer(rig.server, 200, "application/json", "", "{}");
	script_answer(other, 200, "application/json", "", "{}");
	run(&rig, GET("${URL}/", "'cookies':true"), "", "first");
	run(&rig, GET("${URL}/", "'cookies':true"), "", "second");
	run(&rig, GET("${URL}/", ""), "", "a node that did not ask");
	run(&rig, GET("${OTHER}/", "'cookies':true"), "", "another origin");
	run(&rig, GET("${URL}/", "'cookies':true"), "", "once more");
	cr_expect_null(strstr(script_request(rig.server, 0), "Cookie:"));
	cr_expect(strstr(script_request(rig.server, 1), "Cookie: sid=abc\r\n"));
	cr_expect_null(strstr(script_request(rig.server, 2), "Cookie:"));
	cr_expect_null(strstr(script_request(other, 0), "Cookie:"));
	cr_expect(strstr(script_request(rig.server, 3), "Cookie: sid=abc\r\n"));
	script_server_free(other);
	free(url);
	rig_done(&rig);
}

Test(transport, no_cookies_unless_asked)
{
	struct rig rig;

	rig_init(&rig);
	script_answer(rig.server, 200, "application/json", "Set-Cookie: sid=abc; Path=/\r\n", "{}");
	for (int i = 0; i < 2; i++)
		run(&rig, GET("${URL}/", ""), "", "no cookies");
	cr_expect_null(strstr(script_request(rig.server, 1), "Cookie:"));
	rig_done(&rig);
}

/* nginx with HTTP/2, with and without TLS. */
struct nginx {
	struct certificates certificates;
	unsigned plain, tls, old;
};

static unsigned free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert(!bind(fd, (struct sockaddr *)&address, sizeof address));
	getsockname(fd, (struct sockaddr *)&address, &len);
	close(fd);
	return ntohs(address.sin_port);
}

static void command(const struct nginx *nginx, const char *more)
{
	char *text = xasprintf("nginx -p %s -c nginx.conf -e nginx.log %s", nginx->certificates.dir, more);

	cr_assert_eq(system(text), 0, "%s", text);
	free(text);
}

/* It comes back from its start when it listens. */
static void nginx_start(struct nginx *nginx)
{
	const char *dir = nginx->certificates.dir;
	char *path;
	FILE *file;

	if (system("command -v nginx >/dev/null") != 0)
		cr_skip_test("there is no nginx");
	if (!certificates_make(&nginx->certificates))
		cr_skip_test("there is no openssl command");
	nginx->plain = free_port();
	nginx->tls = free_port();
	nginx->old = free_port();
	path = xasprintf("%s/nginx.conf", dir);
	file = fopen(path, "w");
	cr_assert(file);
	fprintf(file,
		"master_process off; pid nginx.pid; error_log nginx.log; events {}\n"
		"http { access_log off; default_type application/json;\n"
		"client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c; uwsgi_temp_path d;\n"
		"scgi_temp_path e; ssl_certificate good.pem; ssl_certificate_key good.key;\n"
		"server { listen 127.0.0.1:%u http2;\n"
		"location / { return 200 '{\"version\":\"$server_protocol\"}'; } }\n"
		"server { listen 127.0.0.1:%u ssl http2;\n"
		"location / { return 200 '{\"version\":\"$server_protocol\"}'; }\n"
		"location /away { return 302 https://127.0.0.1:%u/; } }\n"
		"server { listen 127.0.0.1:%u ssl; ssl_certificate selfsigned.pem;\n"
		"ssl_certificate_key selfsigned.key;\n"
		"location / { return 200 '{\"version\":\"$server_protocol\"}'; } } }\n",
		nginx->plain, nginx->tls, nginx->old, nginx->old);
	fclose(file);
	free(path);
	command(nginx, "2>/dev/null");
}

static void nginx_stop(struct nginx *nginx)
{
	command(nginx, "-s stop 2>/dev/null");
	certificates_remove(&nginx->certificates);
}

Test(transport, http_version)
{
	static const struct {
		const char *url, *more, *version;
	} rows[] = {
		{"https://127.0.0.1:${TLS}/", "", "HTTP/2.0"},
		{"https://127.0.0.1:${TLS}/", ",'httpVersion':'auto'", "HTTP/2.0"},
		{"https://127.0.0.1:${TLS}/", ",'httpVersion':'2'", "HTTP/2.0"},
		{"https://127.0.0.1:${TLS}/", ",'httpVersion':'1.1'", "HTTP/1.1"},
		{"https://127.0.0.1:${TLS}/", ",'httpVersion':'2'", "HTTP/2.0"},
		{"https://127.0.0.1:${OLD}/", ",'httpVersion':'2'", "HTTP/1.1"},
		{"http://127.0.0.1:${PLAIN}/", ",'httpVersion':'2'", "HTTP/2.0"},
	};
	struct nginx nginx;
	struct rig rig;

	nginx_start(&nginx);
	rig_init(&rig);
	set_port(&rig, "TLS", nginx.tls);
	set_port(&rig, "OLD", nginx.old);
	set_port(&rig, "PLAIN", nginx.plain);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data = xasprintf("{'integrationType':'rest','url':'%s','testpanel':{'tls':{"
				       "'insecure':true}%s,'retry':{'max':0}}}",
			rows[i].url, rows[i].more);
		struct result *result = rig_run(&rig, data, NULL);
		const struct attribute *version =
			span_get(rig_span(&rig, "GET", i), "network.protocol.version");

		cr_expect(result->success, "row %zu: %s", i, result->error);
		cr_expect_str_eq(json_string(result->data, "version", ""), rows[i].version, "row %zu", i);
		cr_expect_str_eq(version ? version->value.string : "",
			strchr(rows[i].version, '2') ? "2" : "1.1", "row %zu", i);
		result_free(result);
		free(data);
	}
	rig_done(&rig);
	nginx_stop(&nginx);
}

#define MANY 200

struct many {
	struct rig rig;
	size_t done, good;
	bool all;
};

static void on_one(struct result *result, void *ctx)
{
	struct many *many = ctx;

	many->good += result->success;
	many->all = ++many->done == MANY;
	if (many->all)
		uv_stop(&many->rig.loop);
	result_free(result);
}

/* Streams of one connection, and some that end early. */
Test(transport, many_streams)
{
	struct execution *executions[MANY];
	struct many many = {.done = 0};
	struct nginx nginx;

	nginx_start(&nginx);
	rig_init(&many.rig);
	set_port(&many.rig, "PLAIN", nginx.plain);
	many.rig.integration =
		rig_integration("{'integrationType':'rest','url':'http://127.0.0.1:${PLAIN}/','testpanel':{"
				"'httpVersion':'2','retry':{'max':0}}}");
	for (size_t i = 0; i < MANY; i++)
		executions[i] = execute(many.rig.executor, many.rig.integration, NULL, NULL, on_one, &many);
	for (size_t i = 0; i < MANY; i += 4)
		execution_cancel(executions[i]);
	rig_wait(&many.rig, &many.all);
	cr_expect_eq(many.good, MANY - MANY / 4, "%zu", many.good);
	rig_done(&many.rig);
	nginx_stop(&nginx);
}

/* The exception is the node's origin's, wherever that sends us. */
Test(transport, insecure_ends_with_the_origin)
{
	struct result *result;
	struct nginx nginx;
	struct rig rig;

	nginx_start(&nginx);
	rig_init(&rig);
	set_port(&rig, "TLS", nginx.tls);
	result = rig_run(&rig,
		GET("https://127.0.0.1:${TLS}/away", "'tls':{'insecure':true},'retry':{'max':0}"), NULL);
	cr_expect_str_eq(result->error_code, "TLS_ERROR", "%s: %s", result->error_code, result->error);
	cr_expect(result->error && strstr(result->error, "self-signed"), "%s", result->error);
	result_free(result);
	rig_done(&rig);
	nginx_stop(&nginx);
}
