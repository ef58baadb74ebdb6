/* How soon the first token of a streamed reply is there: from just before a chat-completions server writes it
 * to the turn's event for it, and, as the floor, to the write callback of a bare curl. Both ask one server,
 * in a process of its own, by turns; the token is the time at which it was written.
 *
 *   bench-token N
 *
 * One line of JSON with both sides' microseconds. */
#include "orchestrator/orchestrator.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
#define DIGITS "abcdefghij" /* letters: a long number may be taken for a secret */
#define MARK "at-"
#define THINKING_NS 2000000 /* a model does before it speaks */

struct samples {
	double *us;
	size_t count;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now_ns(void)
{
	return clock_monotonic_ns(&clock_system);
}

static void write_event(int fd, const char *delta, const char *finish)
{
	char event[256], chunk[320];
	int len;

	snprintf(event, sizeof event,
		"data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":%s,"
		"\"finish_reason\":%s}]}\n\n",
		delta, finish);
	len = snprintf(chunk, sizeof chunk, "%zx\r\n%s\r\n", strlen(event), event);
	if (write(fd, chunk, (size_t)len) != len)
		_exit(1);
}

static void write_token(int fd)
{
	char delta[96], digits[24], *at = digits + sizeof digits;

	*--at = '\0';
	for (uint64_t ns = now_ns(); ns; ns /= 10)
		*--at = DIGITS[ns % 10];
	snprintf(delta, sizeof delta, "{\"role\":\"assistant\",\"content\":\"" MARK "%s\"}", at);
	write_event(fd, delta, "null");
}

/* The head at once, the token when it was thought of. */
static void answer(int fd)
{
	static const char end[] = "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";
	struct timespec thinking = {.tv_nsec = THINKING_NS};

	if (write(fd, HEAD, strlen(HEAD)) < 0)
		_exit(1);
	nanosleep(&thinking, NULL);
	write_token(fd);
	nanosleep(&thinking, NULL);
	write_event(fd, "{}", "\"stop\"");
	if (write(fd, end, strlen(end)) < 0)
		_exit(1);
}

/* A whole request; false when the other side has closed. */
static bool read_request(int fd)
{
	char text[65536];
	size_t len = 0;

	while (len + 1 < sizeof text) {
		ssize_t n = read(fd, text + len, sizeof text - 1 - len);
		const char *body, *length;

		if (n <= 0)
			return false;
		len += (size_t)n;
		text[len] = '\0';
		body = strstr(text, "\r\n\r\n");
		length = strcasestr(text, "content-length:");
		if (body && length &&
			len >= (size_t)(body + 4 - text) +
					strtoul(length + strlen("content-length:"), NULL, 10))
			return true;
	}
	return false;
}

/* Both sides keep their connection: a child for each. */
static void serve(int listener)
{
	for (;;) {
		int fd = accept(listener, NULL, NULL), on = 1;

		/* As servers that stream do: else the kernel keeps small writes until the last is
		 * acknowledged. */
		if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on))
			_exit(1);
		if (fork() == 0) {
			close(listener);
			while (read_request(fd))
				answer(fd);
			_exit(0);
		}
		close(fd);
	}
}

static pid_t start_server(char *url, size_t size)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	pid_t pid;

	if (listener < 0 || bind(listener, (struct sockaddr *)&address, len) || listen(listener, 16) ||
		getsockname(listener, (struct sockaddr *)&address, &len))
		die("bench: cannot listen");
	snprintf(url, size, "http://127.0.0.1:%u/v1", ntohs(address.sin_port));
	pid = fork();
	if (pid < 0)
		die("bench: fork");
	if (pid == 0) {
		signal(SIGCHLD, SIG_IGN);
		serve(listener);
	}
	close(listener);
	return pid;
}

/* Takes the time in text, when it has one, as a sample. */
static void take(struct samples *samples, const char *text, uint64_t now)
{
	const char *mark = strstr(text, MARK);
	uint64_t ns = 0;

	if (!mark)
		return;
	for (mark += strlen(MARK); *mark && strchr(DIGITS, *mark); mark++)
		ns = ns * 10 + (uint64_t)(*mark - *DIGITS);
	samples->us[samples->count++] = (double)(now - ns) / 1000;
}

static void on_event(void *ctx, const struct turn_event *event)
{
	if (event->type == TURN_EVENT_PART)
		take(ctx, event->text, now_ns());
}

static size_t on_bytes(char *bytes, size_t size, size_t n, void *ctx)
{
	uint64_t now = now_ns();
	char text[1024];

	snprintf(text, sizeof text, "%.*s", (int)(size * n), bytes);
	take(ctx, text, now);
	return size * n;
}

static struct engine *open_engine(uv_loop_t *loop, const char *url)
{
	static const char text[] = "{\"nodes\": [{\"id\": \"desk\", \"type\": \"routerNode\", \"data\": "
				   "{\"agentName\": \"Desk\"}}], \"edges\": []}";
	struct workflow *workflow;
	struct engine *engine;
	struct faults faults;
	cJSON *settings = cJSON_CreateObject();
	char *error;

	faults_init(&faults);
	workflow = workflow_parse(text, strlen(text), "bench", &faults);
	faults_done(&faults);
	uv_loop_init(loop);
	engine = engine_new(loop, &clock_system, 1, workflow);
	cJSON_AddStringToObject(settings, "baseUrl", url);
	cJSON_AddStringToObject(settings, "model", "bench");
	if (!engine_use_model(engine, &model_openai, settings, &error)) {
		fprintf(stderr, "bench: %s\n", error);
		exit(1);
	}
	cJSON_Delete(settings);
	return engine;
}

static void say(uv_loop_t *loop, struct session *session)
{
	session_say(session, "good morning");
	while (session->current)
		uv_run(loop, UV_RUN_ONCE);
}

static CURL *open_curl(const char *url, struct samples *samples)
{
	CURL *easy = curl_easy_init();
	char where[128];

	snprintf(where, sizeof where, "%s/chat/completions", url);
	curl_easy_setopt(easy, CURLOPT_URL, where);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "{}");
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, samples);
	return easy;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print(const char *name, struct samples *samples)
{
	size_t n = samples->count;

	qsort(samples->us, n, sizeof *samples->us, by_size);
	printf("\"%s\":{\"count\":%zu,\"p50\":%.1f,\"p99\":%.1f}", name, n, n ? samples->us[n / 2] : 0,
		n ? samples->us[n * 99 / 100] : 0);
}

int main(int argc, char **argv)
{
	size_t n = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	struct samples event = {0}, bare = {0};
	struct engine *engine;
	struct session *session;
	uv_loop_t loop;
	char url[64];
	CURL *easy;
	pid_t server;

	if (!n) {
		fprintf(stderr, "usage: bench-token N\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	server = start_server(url, sizeof url);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	event.us = xcalloc(n, sizeof *event.us);
	bare.us = xcalloc(n, sizeof *bare.us);
	engine = open_engine(&loop, url);
	session = session_new(engine, &orchestrator_testpanel, on_event, &event);
	easy = open_curl(url, &bare);
	for (size_t i = 0; i < n; i++) {
		say(&loop, session);
		curl_easy_perform(easy);
	}
	printf("{");
	print("event", &event);
	printf(",");
	print("curl", &bare);
	printf("}\n");
	curl_easy_cleanup(easy);
	session_free(session);
	engine_free(engine);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	kill(server, SIGTERM);
	waitpid(server, NULL, 0);
	free(event.us);
	free(bare.us);
	return event.count == n && bare.count == n ? 0 : 1;
}
