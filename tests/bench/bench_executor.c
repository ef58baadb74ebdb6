/* What an execution costs. N of them, C in flight, on mocks or over REST, and beside them the floor: the same
 * requests over one bare curl multi that decodes and parses each body and does nothing else. Floor and
 * executor take turns in one process, so that what else the machine does weighs on both.
 *
 *   bench-executor mock N C            executions of a mock
 *   bench-executor rest URL N C        executions over REST, and the floor, in turns
 *   bench-executor floor URL N C       the floor alone
 *   bench-executor executor URL N C    the executor alone (for a profiler)
 *
 * One line of JSON for each round and one with the medians. */
#include "executor/executor.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define ROUNDS 5

struct figures {
	double per_s, cpu_us;
};

static double cpu_us(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e6 +
		(double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

static struct figures measure(uint64_t from_ns, double from_cpu_us, size_t n)
{
	double ms = clock_ms(from_ns, clock_monotonic_ns(&clock_system));

	return (struct figures){(double)n * 1000 / ms, (cpu_us() - from_cpu_us) / (double)n};
}

static void print_figures(const char *what, struct figures f)
{
	printf("{\"what\":\"%s\",\"perSecond\":%.0f,\"cpuMicros\":%.2f}\n", what, f.per_s, f.cpu_us);
}

static size_t append(char *bytes, size_t size, size_t n, void *ctx)
{
	return buffer_append(ctx, bytes, size * n) ? size * n : 0;
}

/* What the executor sends, byte for byte but for the ids: curl's work grows with the bytes of a request. */
static const char *const floor_headers[] = {
	"Content-Type: application/json",
	"traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
	"User-Agent: testpanel/" TESTPANEL_VERSION,
	"Accept-Encoding: gzip, br",
};

/* The floor. The easy handles live for one round; the multi handle, and with it the connections, for one as
 * well. */
static struct figures run_floor(const char *url, size_t total, size_t width)
{
	struct curl_slist *headers = NULL;
	struct buffer *bodies = xcalloc(width, sizeof *bodies);
	CURLM *multi = curl_multi_init();
	uint64_t from_ns = clock_monotonic_ns(&clock_system);
	double from_cpu_us = cpu_us();
	size_t started = 0, done = 0, bad = 0;
	int running, queued;
	CURLMsg *message;

	for (size_t i = 0; i < sizeof floor_headers / sizeof floor_headers[0]; i++)
		headers = curl_slist_append(headers, floor_headers[i]);
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)width * 2);
	for (; started < width && started < total; started++) {
		CURL *easy = curl_easy_init();

		buffer_init(&bodies[started], BUFFER_MAX_TEXT);
		curl_easy_setopt(easy, CURLOPT_URL, url);
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, append);
		curl_easy_setopt(easy, CURLOPT_WRITEDATA, &bodies[started]);
		curl_easy_setopt(easy, CURLOPT_PRIVATE, &bodies[started]);
		curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
		curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
		curl_multi_add_handle(multi, easy);
	}
	while (done < total) {
		curl_multi_perform(multi, &running);
		while ((message = curl_multi_info_read(multi, &queued))) {
			CURL *easy = message->easy_handle;
			struct buffer *body;
			char *private;
			long status = 0;
			cJSON *json;

			curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
			body = (struct buffer *)private;
			curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
			json = message->data.result || status != 200
				? NULL
				: cJSON_ParseWithLength(body->data, body->len);
			bad += json == NULL;
			cJSON_Delete(json);
			buffer_reset(body);
			done++;
			curl_multi_remove_handle(multi, easy);
			if (started < total) {
				started++;
				curl_multi_add_handle(multi, easy);
			} else {
				curl_easy_cleanup(easy);
			}
		}
		if (done < total)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	for (size_t i = 0; i < width; i++)
		buffer_done(&bodies[i]);
	free(bodies);
	curl_multi_cleanup(multi);
	curl_slist_free_all(headers);
	if (bad)
		fprintf(stderr, "bench-executor: %zu of %zu answers were no JSON\n", bad, total);
	return measure(from_ns, from_cpu_us, total);
}

struct bench {
	uv_loop_t loop;
	struct executor *executor;
	struct integration *integration;
	size_t total, started, done, bad;
};

static void start_one(struct bench *bench);

static void on_result(struct result *result, void *ctx)
{
	struct bench *bench = ctx;

	if (!result->success && !bench->bad++)
		fprintf(stderr, "bench-executor: %s: %s\n", result->error_code, result->error);
	result_free(result);
	bench->done++;
	if (bench->started < bench->total)
		start_one(bench);
}

static void start_one(struct bench *bench)
{
	bench->started++;
	execute(bench->executor, bench->integration, NULL, NULL, on_result, bench);
}

static struct figures run_executor(cJSON *data, size_t total, size_t width)
{
	struct bench bench = {.total = total};
	struct redactor *redactor = redactor_new();
	struct tracer *tracer = tracer_new(&clock_system, 1, redactor, 0);
	struct logger *logger = logger_new(&clock_system, redactor, 0);
	struct env *env = env_new();
	struct figures figures;
	uint64_t from_ns;
	double from_cpu_us;

	uv_loop_init(&bench.loop);
	bench.executor = executor_new(
		&(struct executor_config){&bench.loop, &clock_system, tracer, logger, redactor, env, 1});
	bench.integration = integration_parse("bench", data, NULL, "", NULL);
	from_ns = clock_monotonic_ns(&clock_system);
	from_cpu_us = cpu_us();
	for (size_t i = 0; i < width && i < total; i++)
		start_one(&bench);
	while (bench.done < total)
		uv_run(&bench.loop, UV_RUN_ONCE);
	figures = measure(from_ns, from_cpu_us, total);
	executor_free(bench.executor);
	uv_run(&bench.loop, UV_RUN_DEFAULT);
	uv_loop_close(&bench.loop);
	integration_free(bench.integration);
	env_free(env);
	logger_free(logger);
	tracer_free(tracer);
	redactor_free(redactor);
	return figures;
}

static int by_cpu(const void *a, const void *b)
{
	double x = ((const struct figures *)a)->cpu_us, y = ((const struct figures *)b)->cpu_us;

	return (x > y) - (x < y);
}

static struct figures median(struct figures *figures)
{
	qsort(figures, ROUNDS, sizeof *figures, by_cpu);
	return figures[ROUNDS / 2];
}

static cJSON *rest_data(const char *url)
{
	cJSON *data = cJSON_CreateObject();

	cJSON_AddStringToObject(data, "label", "bench");
	cJSON_AddStringToObject(data, "integrationType", "rest");
	cJSON_AddStringToObject(data, "url", url);
	return data;
}

static cJSON *mock_data(void)
{
	cJSON *data = cJSON_CreateObject();

	cJSON_AddStringToObject(data, "label", "bench");
	cJSON_AddStringToObject(data, "integrationType", "mock");
	cJSON_AddStringToObject(
		data, "mockOutput", "{\"reservation\":{\"number\":\"ABC123\",\"status\":\"confirmed\"}}");
	return data;
}

static int usage(void)
{
	fprintf(stderr, "usage: bench-executor mock N C | rest URL N C | floor URL N C | executor URL N C\n");
	return 2;
}

int main(int argc, char **argv)
{
	bool mock = argc == 4 && !strcmp(argv[1], "mock");
	struct figures executor[ROUNDS], floor[ROUNDS], e, f;
	size_t total, width;
	cJSON *data;

	if (!mock && argc != 5)
		return usage();
	total = strtoul(argv[argc - 2], NULL, 10);
	width = strtoul(argv[argc - 1], NULL, 10);
	if (!total || !width)
		return usage();
	signal(SIGPIPE, SIG_IGN);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	data = mock ? mock_data() : rest_data(argv[2]);
	for (int i = 0; i < ROUNDS; i++) {
		if (!strcmp(argv[1], "rest") || !strcmp(argv[1], "floor"))
			print_figures("floor", floor[i] = run_floor(argv[2], total, width));
		if (strcmp(argv[1], "floor") != 0)
			print_figures(
				mock ? "mock" : "executor", executor[i] = run_executor(data, total, width));
	}
	cJSON_Delete(data);
	if (!strcmp(argv[1], "rest")) {
		e = median(executor);
		f = median(floor);
		printf("{\"what\":\"median\",\"inFlight\":%zu,\"floorCpuMicros\":%.2f,\"executorCpuMicros\":%"
		       ".2f,\"ratio\":%.3f,"
		       "\"floorPerSecond\":%.0f,\"executorPerSecond\":%.0f}\n",
			width, f.cpu_us, e.cpu_us, e.cpu_us / f.cpu_us, f.per_s, e.per_s);
	}
	return 0;
}
