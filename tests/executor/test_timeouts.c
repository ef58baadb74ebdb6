/* Each limit by itself: which one ends an attempt, what it is called, and what it leaves alone. */
#include "tests/executor/rig.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"

Test(timeouts, the_limit_says_its_name)
{
	static const struct {
		const char *bytes, *method, *limits, *message;
		size_t arrivals;
		const char *comment;
	} rows[] = {
		{NULL, "GET", "'ttfbTimeoutMs':40", "no first byte of the answer within 40 ms", 2,
			"silence, first byte"},
		{NULL, "POST", "'ttfbTimeoutMs':40", "(ttfbTimeoutMs)", 1, "a POST may have been applied"},
		{NULL, "GET", "'stallTimeoutMs':40", "no byte for 40 ms before an answer", 2,
			"silence is a stall where no first byte is asked for"},
		{NULL, "GET", "'stallTimeoutMs':20,'ttfbTimeoutMs':60", "(ttfbTimeoutMs)", 2,
			"first byte before stall"},
		{HEAD "{\"a\":", "GET", "'stallTimeoutMs':40,'ttfbTimeoutMs':30",
			"no byte for 40 ms after 5 of the body (stallTimeoutMs)", 2, "stops in the body"},
		{"HTTP/1.1 200 OK\r\nContent", "GET", "'stallTimeoutMs':40,'ttfbTimeoutMs':500",
			"(stallTimeoutMs)", 2, "stops in the headers"},
		{HEAD "{\"a\":", "GET", "'ttfbTimeoutMs':30,'timeoutMs':90",
			"no complete answer within 90 ms", 2, "the whole of it"},
		{NULL, "GET", "'timeoutMs':50,'ttfbTimeoutMs':0,'stallTimeoutMs':0,'connectTimeoutMs':0",
			"no complete answer within 50 ms", 2, "nought is no limit"},
		{NULL, "GET", "'connectTimeoutMs':30,'timeoutMs':80", "no complete answer within 80 ms", 2,
			"a connection that stands is no longer waited for"},
	};
	struct rig rig;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data = xasprintf("{'integrationType':'rest','url':'${URL}/','method':'%s','testpanel':{"
				       "%s,'retry':{'max':1,'initialMs':1,'maxMs':1}}}",
			rows[i].method, rows[i].limits);
		struct result *result;

		rig_init(&rig);
		script_raw(rig.server, rows[i].bytes, SCRIPT_KEEP);
		result = rig_run(&rig, data, NULL);
		cr_expect_str_eq(result->error_code, "INTEGRATION_TIMEOUT", "%s: %s", rows[i].comment,
			result->error_code);
		cr_expect(result->error && strstr(result->error, rows[i].message), "%s: %s", rows[i].comment,
			result->error);
		cr_expect_eq(script_requests(rig.server), rows[i].arrivals, "%s: %zu arrived",
			rows[i].comment, script_requests(rig.server));
		result_free(result);
		free(data);
		rig_done(&rig);
	}
}

/* A server that sends its answer line by line, and byte by byte where there are no lines. */
struct trickle {
	uv_tcp_t listener, peer;
	uv_timer_t timer;
	const char *text;
	size_t at;
	bool open;
	char chunk[4096];
};

static void on_tick(uv_timer_t *timer)
{
	struct trickle *trickle = timer->data;
	const char *rest = trickle->text + trickle->at, *line = strchr(rest, '\n');
	uv_buf_t piece = uv_buf_init((char *)rest, line ? (unsigned)(line + 1 - rest) : 1);
	int n = uv_try_write((uv_stream_t *)&trickle->peer, &piece, 1);

	if (n > 0)
		trickle->at += (size_t)n;
	if (!trickle->text[trickle->at])
		uv_timer_stop(timer);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct trickle *trickle = handle->data;

	(void)suggested;
	*buf = uv_buf_init(trickle->chunk, sizeof trickle->chunk);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct trickle *trickle = stream->data;

	(void)buf;
	if (n < 0) {
		uv_read_stop(stream);
		uv_timer_stop(&trickle->timer);
	} else {
		uv_timer_start(&trickle->timer, on_tick, 10, 10);
	}
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct trickle *trickle = listener->data;

	cr_assert_eq(status, 0);
	uv_tcp_init(listener->loop, &trickle->peer);
	trickle->peer.data = trickle;
	trickle->open = true;
	uv_accept(listener, (uv_stream_t *)&trickle->peer);
	uv_read_start((uv_stream_t *)&trickle->peer, on_alloc, on_read);
}

static unsigned trickle_start(struct trickle *trickle, uv_loop_t *loop, const char *text)
{
	struct sockaddr_in address;
	int len = sizeof address;

	*trickle = (struct trickle){.text = text};
	uv_timer_init(loop, &trickle->timer);
	uv_tcp_init(loop, &trickle->listener);
	trickle->timer.data = trickle->listener.data = trickle;
	uv_ip4_addr("127.0.0.1", 0, &address);
	cr_assert_eq(uv_tcp_bind(&trickle->listener, (struct sockaddr *)&address, 0), 0);
	cr_assert_eq(uv_listen((uv_stream_t *)&trickle->listener, 4, on_connection), 0);
	uv_tcp_getsockname(&trickle->listener, (struct sockaddr *)&address, &len);
	return ntohs(address.sin_port);
}

static void trickle_stop(struct trickle *trickle)
{
	uv_close((uv_handle_t *)&trickle->timer, NULL);
	uv_close((uv_handle_t *)&trickle->listener, NULL);
	if (trickle->open)
		uv_close((uv_handle_t *)&trickle->peer, NULL);
}

/* Slow is not stalled: the whole answer takes several times the limit. */
Test(timeouts, a_trickle_is_no_stall)
{
	static const char answer[] = "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n"
				     "Content-Length: 40\r\n\r\n[1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,10]";
	struct trickle trickle;
	struct result *result;
	struct rig rig;
	char *data;

	rig_init(&rig);
	data = xasprintf("{'integrationType':'rest','url':'http://127.0.0.1:%u/','testpanel':{"
			 "'stallTimeoutMs':200,'ttfbTimeoutMs':200,'retry':{'max':0}}}",
		trickle_start(&trickle, &rig.loop, answer));
	result = rig_run(&rig, data, NULL);
	cr_expect(result->success, "%s", result->error);
	cr_expect_geq(result->duration_ms, 300, "took %.0f ms", result->duration_ms);
	result_free(result);
	free(data);
	trickle_stop(&trickle);
	rig_done(&rig);
}

/* Over and over the same handle: what the first asked for must not last. */
Test(timeouts, a_limit_ends_with_its_request)
{
	struct result *result;
	struct rig rig;

	rig_init(&rig);
	script_raw(rig.server, NULL, SCRIPT_KEEP);
	result = rig_run(&rig,
		"{'integrationType':'rest','url':'${URL}/"
		"','testpanel':{'stallTimeoutMs':30,'retry':{'max':0}}}",
		NULL);
	cr_expect(strstr(result->error, "stallTimeoutMs"), "%s", result->error);
	result_free(result);
	result = rig_run(&rig,
		"{'integrationType':'rest','url':'${URL}/','testpanel':{'timeoutMs':90,'retry':{'max':0}}}",
		NULL);
	cr_expect(strstr(result->error, "no complete answer within 90 ms"), "%s", result->error);
	result_free(result);
	rig_done(&rig);
}

#define FILLERS 8

/* A listener whose line of waiting connections is full answers no SYN: the connection is never made. */
Test(timeouts, connect)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int listener = socket(AF_INET, SOCK_STREAM, 0), fillers[FILLERS];
	socklen_t len = sizeof address;
	struct result *result;
	struct rig rig;
	char *data;

	cr_assert(!bind(listener, (struct sockaddr *)&address, sizeof address));
	cr_assert(!listen(listener, 0));
	getsockname(listener, (struct sockaddr *)&address, &len);
	for (size_t i = 0; i < FILLERS; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(fillers[i], (struct sockaddr *)&address, sizeof address);
	}
	rig_init(&rig);
	data = xasprintf(
		"{'integrationType':'rest','method':'POST','url':'http://127.0.0.1:%u/','testpanel':{"
		"'connectTimeoutMs':50,'ttfbTimeoutMs':20,'stallTimeoutMs':20,"
		"'retry':{'max':1,'initialMs':1,'maxMs':1}}}",
		ntohs(address.sin_port));
	result = rig_run(&rig, data, NULL);
	cr_expect_str_eq(result->error_code, "INTEGRATION_TIMEOUT");
	cr_expect(
		strstr(result->error, "no connection within 50 ms (connectTimeoutMs)"), "%s", result->error);
	cr_expect_eq(result->attempt_count, 2);
	cr_expect_str_eq(result->attempts[0].reason, "never sent", "even a POST may try again");
	result_free(result);
	free(data);
	rig_done(&rig);
	for (size_t i = 0; i < FILLERS; i++)
		close(fillers[i]);
	close(listener);
}

Test(timeouts, faults)
{
	static const struct {
		const char *testpanel, *pointer;
		enum fault_severity severity;
		const char *comment;
	} rows[] = {
		{"{'connectTimeoutMs':'1s'}", "/testpanel/connectTimeoutMs", FAULT_ERROR, "text"},
		{"{'ttfbTimeoutMs':-1}", "/testpanel/ttfbTimeoutMs", FAULT_ERROR, "negative"},
		{"{'stallTimeoutMs':1e9}", "/testpanel/stallTimeoutMs", FAULT_ERROR, "absurd"},
		{"{'stallTimeoutMs':500,'timeoutMs':400}", "/testpanel/stallTimeoutMs", FAULT_WARNING,
			"above the attempt's"},
		{"{'ttfbTimeoutMs':20000}", "/testpanel/ttfbTimeoutMs", FAULT_WARNING, "above the default"},
		{"{'connectTimeoutMs':0,'ttfbTimeoutMs':100,'stallTimeoutMs':10000}", NULL, FAULT_ERROR,
			"fine"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct policy policy = POLICY_DEFAULT;
		cJSON *json = rig_json(rows[i].testpanel);
		struct faults faults;

		faults_init(&faults);
		policy_parse(&policy, json, "/testpanel", &faults);
		cr_expect_eq(faults.count, rows[i].pointer ? 1 : 0, "%s: %zu", rows[i].comment, faults.count);
		if (faults.count && rows[i].pointer) {
			cr_expect_str_eq(faults.items[0].pointer, rows[i].pointer, "%s", rows[i].comment);
			cr_expect_eq(faults.items[0].severity, rows[i].severity, "%s", rows[i].comment);
		}
		faults_done(&faults);
		cJSON_Delete(json);
	}
}
