/* The ways a request travels: HTTP/2, compression, cookies. */
#include "tests/executor/rig.h"
#include "tests/executor/tls_peer.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	rig_expect(&rig, GET("${URL}/", "'cookies':true"), "", "first");
	rig_expect(&rig, GET("${URL}/", "'cookies':true"), "", "second");
	rig_expect(&rig, GET("${URL}/", ""), "", "a node that did not ask");
	rig_expect(&rig, GET("${OTHER}/", "'cookies':true"), "", "another origin");
	rig_expect(&rig, GET("${URL}/", "'cookies':true"), "", "once more");
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
		rig_expect(&rig, GET("${URL}/", ""), "", "no cookies");
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
	rig_set_port(&rig, "TLS", nginx.tls);
	rig_set_port(&rig, "OLD", nginx.old);
	rig_set_port(&rig, "PLAIN", nginx.plain);
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
	rig_set_port(&many.rig, "PLAIN", nginx.plain);
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
	rig_set_port(&rig, "TLS", nginx.tls);
	result = rig_run(&rig,
		GET("https://127.0.0.1:${TLS}/away", "'tls':{'insecure':true},'retry':{'max':0}"), NULL);
	cr_expect_str_eq(result->error_code, "TLS_ERROR", "%s: %s", result->error_code, result->error);
	cr_expect(result->error && strstr(result->error, "self-signed"), "%s", result->error);
	result_free(result);
	rig_done(&rig);
	nginx_stop(&nginx);
}
