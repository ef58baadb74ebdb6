/* Load on mocks and on a server: how many run at a time, what is counted, what a stall does to the open
 * model's figures, stopping, and that nothing piles up. */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct stand {
	struct rig rig;
	struct load_integration work;
	struct load *load;
	bool done;
};

static void stand_init(struct stand *stand, const char *data)
{
	*stand = (struct stand){0};
	rig_init(&stand->rig);
	stand->rig.integration = rig_integration(data);
	stand->work = (struct load_integration){stand->rig.executor, stand->rig.integration, NULL};
}

static void stand_done(struct stand *stand)
{
	load_free(stand->load);
	rig_done(&stand->rig);
}

static void on_done(struct load *load, void *ctx)
{
	struct stand *stand = ctx;

	cr_expect_eq(load, stand->load);
	cr_expect(!stand->done, "once only");
	stand->done = true;
	uv_stop(&stand->rig.loop);
}

static struct load_config config_for(struct stand *stand, uint64_t repeat, size_t concurrency, double rate)
{
	return (struct load_config){.loop = &stand->rig.loop,
		.clock = &clock_system,
		.work = load_work_integration(&stand->work),
		.repeat = repeat,
		.concurrency = concurrency,
		.rate = rate};
}

static const struct load_report *run(struct stand *stand, uint64_t repeat, size_t concurrency, double rate)
{
	struct load_config config = config_for(stand, repeat, concurrency, rate);

	stand->load = load_start(&config, on_done, stand);
	cr_assert(stand->load);
	cr_assert(!stand->done, "never inside load_start()");
	rig_wait(&stand->rig, &stand->done);
	return load_report(stand->load);
}

Test(load, counts_every_execution)
{
	static const struct {
		uint64_t repeat;
		size_t concurrency;
		double rate;
		const char *comment;
	} rows[] = {
		{1, 1, 0, "one"},
		{1000, 1, 0, "one after the other"},
		{1000, 64, 0, "many at a time"},
		{3, 64, 0, "fewer than may run at a time"},
		{500, 8, 20000, "open model"},
		{1, 1, 0.001, "the first one starts at once"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct stand stand;
		const struct load_report *report;

		stand_init(&stand, "{'integrationType':'mock','mockOutput':'{}'}");
		report = run(&stand, rows[i].repeat, rows[i].concurrency, rows[i].rate);
		cr_expect_eq(report->started, rows[i].repeat, "%s", rows[i].comment);
		cr_expect_eq(report->succeeded, rows[i].repeat, "%s", rows[i].comment);
		cr_expect_eq(report->failed + report->cancelled + report->retries, 0, "%s", rows[i].comment);
		cr_expect_eq(report->attempts, rows[i].repeat, "%s", rows[i].comment);
		cr_expect_eq(report->latency.count, rows[i].repeat, "%s", rows[i].comment);
		cr_expect_eq(report->corrected.count, rows[i].rate > 0 ? rows[i].repeat : 0, "%s",
			rows[i].comment);
		cr_expect(report->elapsed_ns > 0, "%s", rows[i].comment);
		stand_done(&stand);
	}
}

/* Work that is counted, and ends when the test says so. */
struct gauge {
	struct load_work work;
	size_t running, most;
};

struct gauged {
	struct gauge *gauge;
	execute_cb done;
	void *ctx;
};

static void on_gauged(struct result *result, void *ctx)
{
	struct gauged gauged = *(struct gauged *)ctx;

	free(ctx);
	gauged.gauge->running--;
	gauged.done(result, gauged.ctx);
}

static void *start_gauged(void *ctx, execute_cb done, void *done_ctx)
{
	struct gauge *gauge = ctx;
	struct gauged *gauged = xmalloc(sizeof *gauged);

	*gauged = (struct gauged){gauge, done, done_ctx};
	if (++gauge->running > gauge->most)
		gauge->most = gauge->running;
	return gauge->work.start(gauge->work.ctx, on_gauged, gauged);
}

Test(load, keeps_to_its_concurrency)
{
	static const size_t at_a_time[] = {1, 7, 50};

	for (size_t i = 0; i < sizeof at_a_time / sizeof at_a_time[0]; i++) {
		struct stand stand;
		struct gauge gauge = {0};
		struct load_config config;

		stand_init(&stand, "{'integrationType':'mock','mockOutput':'{}','latency':2}");
		config = config_for(&stand, 200, at_a_time[i], 0);
		gauge.work = config.work;
		config.work.start = start_gauged;
		config.work.ctx = &gauge;
		stand.load = load_start(&config, on_done, &stand);
		rig_wait(&stand.rig, &stand.done);
		cr_expect_eq(gauge.most, at_a_time[i], "%zu at a time, not %zu", at_a_time[i], gauge.most);
		stand_done(&stand);
	}
}

Test(load, open_model_starts_at_its_rate)
{
	struct stand stand;
	const struct load_report *report;
	double ms;

	stand_init(&stand, "{'integrationType':'mock','mockOutput':'{}'}");
	report = run(&stand, 101, 64, 500);
	ms = (double)report->elapsed_ns / 1e6;
	cr_expect(ms >= 199 && ms < 1000, "100 intervals of 2 ms took %.1f ms", ms);
	stand_done(&stand);
}

/* One slow answer at a time, asked for every 2 ms: who measures from the start of each sees 20 ms always; who
 * measures from the intended start sees the line growing. */
Test(load, a_stall_shows_in_the_corrected_figures_alone)
{
	struct stand stand;
	const struct load_report *report;
	double plain, corrected;

	stand_init(&stand, "{'integrationType':'mock','mockOutput':'{}','latency':20}");
	report = run(&stand, 30, 1, 500);
	plain = (double)histogram_percentile(&report->latency, 90) / 1e6;
	corrected = (double)histogram_percentile(&report->corrected, 90) / 1e6;
	cr_expect(plain >= 19, "%.1f", plain);
	/* The 27th starts after 26 others of 20 ms and was meant to at 52 ms. */
	cr_expect(corrected >= 26 * 18 + 20, "%.1f", corrected);
	cr_expect(corrected > 5 * plain, "%.1f against %.1f", corrected, plain);
	cr_expect_gt(report->late, 20);
	stand_done(&stand);
}

/* Mocks of which the third is slow. */
struct moody {
	struct load_integration fast, slow;
	int n;
};

static void *start_moody(void *ctx, execute_cb done, void *done_ctx)
{
	struct moody *moody = ctx;
	struct load_integration *work = ++moody->n == 3 ? &moody->slow : &moody->fast;

	return execute(work->executor, work->integration, NULL, NULL, done, done_ctx);
}

Test(load, one_stall_counts_for_all_it_delayed)
{
	struct stand stand;
	const struct load_report *report;
	struct load_config config;
	struct moody moody;

	stand_init(&stand, "{'integrationType':'mock','mockOutput':'{}'}");
	moody = (struct moody){stand.work, stand.work, 0};
	moody.slow.integration =
		rig_integration("{'integrationType':'mock','mockOutput':'{}','latency':200}");
	config = config_for(&stand, 40, 1, 50);
	config.work.start = start_moody;
	config.work.ctx = &moody;
	stand.load = load_start(&config, on_done, &stand);
	rig_wait(&stand.rig, &stand.done);
	report = load_report(stand.load);
	cr_expect_eq(report->succeeded, 40);
	cr_expect(histogram_percentile(&report->latency, 90) < 50e6, "uncorrected, one in forty is slow");
	/* Nine others were meant to start in these 200 ms; the first five of them wait 100 ms and more. */
	cr_expect(histogram_percentile(&report->corrected, 90) > 90e6, "corrected, it shows: %.1f ms",
		(double)histogram_percentile(&report->corrected, 90) / 1e6);
	integration_free((struct integration *)moody.slow.integration);
	stand_done(&stand);
}

Test(load, errors_are_counted_by_code)
{
	struct stand stand;
	const struct load_report *report;
	cJSON *json, *errors;

	stand_init(&stand,
		"{'integrationType':'rest','url':'${URL}/x','method':'GET','testpanel':{'retry':{'max':1,"
		"'initialMs':1}}}");
	script_answer(stand.rig.server, 404, "application/json", "", "{}");
	script_answer(stand.rig.server, 200, "application/json", "", "{\"a\":1}");
	for (int i = 0; i < 4; i++)
		script_answer(stand.rig.server, 503, NULL, "", "");
	script_answer(stand.rig.server, 503, NULL, "", "");
	script_answer(stand.rig.server, 200, "application/json", "", "{\"a\":1}");
	report = run(&stand, 10, 1, 0);
	/* 404; 200; 503 503; 503 503; 503 200; then 200. */
	cr_expect_eq(report->failed, 3);
	cr_expect_eq(report->succeeded, 7);
	cr_expect_eq(report->attempts, 13);
	cr_expect_eq(report->retries, 3);
	cr_expect_eq(report->bytes, 2 + 7 * 7);
	cr_assert_eq(report->error_count, 2);
	cr_expect_str_eq(report->errors[0].code, "REST_503");
	cr_expect_eq(report->errors[0].count, 2);
	cr_expect_str_eq(report->errors[1].code, "REST_404");
	cr_expect_eq(report->errors[1].count, 1);
	json = load_report_to_json(report);
	errors = (cJSON *)json_get(json, "errors");
	cr_expect_eq(json_number(json, "count", 0), 10);
	cr_expect_str_eq(json_string(errors->child, "errorCode", ""), "REST_503");
	cr_expect(strstr(json_string(errors->child, "message", ""), "503"));
	cr_expect(json_number(json_get(json, "latencyMs"), "p50", -1) > 0);
	cr_expect(cJSON_IsNull(json_get(json, "correctedLatencyMs")), "closed model");
	cJSON_Delete(json);
	stand_done(&stand);
}

Test(load, tells_the_time_in_line)
{
	static const struct {
		size_t running;
		bool waits;
		const char *comment;
	} rows[] = {
		{8, false, "a place for each"},
		{2, true, "three quarters of them wait"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct stand stand;
		const struct load_report *report;
		double p90_ms, max_ms, latency_ms;

		/* Nobody answers, so that each holds its place until its timeout. */
		stand_init(&stand,
			"{'integrationType':'rest','url':'${URL}/x','method':'GET',"
			"'testpanel':{'timeoutMs':30,'retry':{'max':0}}}");
		script_raw(stand.rig.server, NULL, SCRIPT_KEEP);
		executor_limit(stand.rig.executor, rows[i].running, rows[i].running);
		report = run(&stand, 8, 8, 0);
		p90_ms = (double)histogram_percentile(&report->queue, 90) / 1e6;
		max_ms = (double)report->queue.max / 1e6;
		latency_ms = (double)report->latency.max / 1e6;
		cr_expect_eq(report->queue.count, 8, "%s", rows[i].comment);
		cr_expect_eq(p90_ms >= 30, rows[i].waits, "%s: %.1f ms", rows[i].comment, p90_ms);
		cr_expect(max_ms <= latency_ms, "%s: %.1f of %.1f ms", rows[i].comment, max_ms, latency_ms);
		stand_done(&stand);
	}
}

/* No more than what is open may be open. The test has a process of its own. */
static void forbid_descriptors(void)
{
	int next = dup(STDERR_FILENO);
	struct rlimit limit = {(rlim_t)next, (rlim_t)next};

	close(next);
	cr_assert(!setrlimit(RLIMIT_NOFILE, &limit));
}

Test(load, a_socket_refused_by_the_system_is_named)
{
	struct stand stand;
	const struct load_report *report;

	stand_init(&stand,
		"{'integrationType':'rest','url':'${URL}/x','method':'GET','testpanel':{'retry':{'max':0}}}");
	script_answer(stand.rig.server, 200, "application/json", "", "{}");
	forbid_descriptors();
	report = run(&stand, 4, 2, 0);
	cr_assert_eq(report->failed, 4);
	cr_expect_str_eq(report->errors[0].code, "REST_NETWORK_ERROR");
	cr_expect(strstr(report->errors[0].message, "Too many open files: raise the limit"), "%s",
		report->errors[0].message);
	stand_done(&stand);
}

static void on_stop(uv_timer_t *timer)
{
	struct stand *stand = timer->data;

	load_stop(stand->load);
	load_stop(stand->load);
}

Test(load, stops_early)
{
	static const struct {
		const char *data;
		double rate;
		uint64_t cancelled;
		const char *comment;
	} rows[] = {
		{"{'integrationType':'mock','mockOutput':'{}','latency':9000}", 0, 4, "in flight"},
		{"{'integrationType':'mock','mockOutput':'{}'}", 0.1, 0, "between two starts"},
		{"{'integrationType':'rest','url':'${URL}/x','method':'GET'}", 1000, 4, "over HTTP"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct stand stand;
		const struct load_report *report;
		struct load_config config;
		uv_timer_t stopper;

		stand_init(&stand, rows[i].data);
		script_raw(stand.rig.server, NULL, SCRIPT_KEEP);
		uv_timer_init(&stand.rig.loop, &stopper);
		stopper.data = &stand;
		uv_timer_start(&stopper, on_stop, 30, 0);
		config = config_for(&stand, 1000000, 4, rows[i].rate);
		stand.load = load_start(&config, on_done, &stand);
		rig_wait(&stand.rig, &stand.done);
		report = load_report(stand.load);
		cr_expect_eq(report->cancelled, rows[i].cancelled, "%s", rows[i].comment);
		cr_expect_eq(report->failed, 0, "%s", rows[i].comment);
		cr_expect_eq(report->started, report->cancelled + report->succeeded, "%s", rows[i].comment);
		cr_expect_eq(report->latency.count, report->succeeded, "%s", rows[i].comment);
		uv_close((uv_handle_t *)&stopper, NULL);
		stand_done(&stand);
	}
}

/* A timer that rings a little early is not the latency being too long for the time allowed. */
Test(load, simulated_latency_is_waited_in_full)
{
	struct stand stand;
	const struct load_report *report;

	stand_init(&stand, "{'integrationType':'mock','mockOutput':'{}','latency':5}");
	report = run(&stand, 400, 8, 0);
	cr_expect_eq(report->retries, 0, "%llu retries", (unsigned long long)report->retries);
	cr_expect_geq(report->latency.min, 5000000);
	stand_done(&stand);
}

/* Pages resident now. */
static long resident_kib(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long total = 0, resident = 0;

	cr_assert(file && fscanf(file, "%ld %ld", &total, &resident) == 2);
	fclose(file);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

Test(load, memory_stays_flat)
{
	struct stand stand;
	long before;

	stand_init(&stand, "{'integrationType':'mock','mockOutput':'{\\'a\\':[1,2,3]}'}");
	tracer_set_max_spans(stand.rig.tracer, 1000);
	run(&stand, 20000, 64, 0); /* the log's ring is full, pools have grown */
	load_free(stand.load);
	stand.done = false;
	before = resident_kib();
	run(&stand, 100000, 64, 0);
	cr_expect(resident_kib() - before < 1024, "%ld KiB before, %ld after", before, resident_kib());
	cr_expect_gt(tracer_evicted(stand.rig.tracer), 100000);
	stand_done(&stand);
}
