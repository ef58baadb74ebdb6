/* testpanel exec --repeat: the load, a line that says how far it is, and the report. The line is for eyes:
 * it goes to standard error, only where that is a terminal, and is gone when the report comes. */
#include "tui/exec_target.h"
#include "tui/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define REPEAT_MAX 1000000000.0
#define CONCURRENCY_MAX 10000.0
#define RATE_MAX 1000000.0
#define OPEN_CONCURRENCY 256 /* the open model wants no bound; memory and the other side do */
#define PROGRESS_MS 200
#define KEPT_SPANS 1000       /* nobody looks at a trace afterwards */
#define QUEUE_SHOWN_NS 100000 /* less is nobody's waiting */
#define SPARE_DESCRIPTORS 64

struct run {
	struct exec_target *target;
	const struct exec_load *options;
	struct load_integration integration;
	struct load *load;
	uv_timer_t progress;
	bool shows_progress, progress_closed, done;
};

int exec_load_parse(struct exec_load *load, const struct options *options)
{
	static const enum option_id needing[] = {OPTION_CONCURRENCY, OPTION_RATE};
	double repeat = 0, concurrency = 0;
	char *error = NULL;

	*load = (struct exec_load){0};
	for (size_t i = 0; i < sizeof needing / sizeof needing[0]; i++) {
		if (options_given(options, needing[i]) && !options_given(options, OPTION_REPEAT)) {
			complain("--%s needs --repeat N: how many executions", option_name(needing[i]));
			return STATUS_USAGE;
		}
	}
	if (options_given(options, OPTION_REPEAT) && options_given(options, OPTION_PLAN)) {
		complain("--plan sends nothing: leave out --repeat");
		return STATUS_USAGE;
	}
	if (options_given(options, OPTION_REPEAT) && options_given(options, OPTION_INTROSPECT)) {
		complain("--introspect asks once: leave out --repeat");
		return STATUS_USAGE;
	}
	if (options_given(options, OPTION_PLAN) && options_given(options, OPTION_INTROSPECT)) {
		complain("--plan sends nothing: leave out --introspect");
		return STATUS_USAGE;
	}
	if (!options_number(options, OPTION_REPEAT, 1, REPEAT_MAX, true, &repeat, &error) ||
		!options_number(
			options, OPTION_CONCURRENCY, 1, CONCURRENCY_MAX, true, &concurrency, &error) ||
		!options_number(options, OPTION_RATE, 0.001, RATE_MAX, false, &load->rate, &error))
		return complain_take(STATUS_USAGE, error);
	load->repeat = (uint64_t)repeat;
	load->concurrency = (size_t)concurrency;
	if (!load->concurrency)
		load->concurrency = load->rate > 0 ? OPEN_CONCURRENCY : 1;
	return STATUS_OK;
}

static void *start_tool(void *ctx, execute_cb done, void *done_ctx)
{
	struct exec_target *target = ctx;

	return tool_run(target->program->engine, &target->set, target->tool->name, target->arguments, NULL,
		NULL, 0, done, done_ctx);
}

static void cancel_tool(void *started, void *ctx)
{
	(void)ctx;
	tool_run_cancel(started);
}

static struct load_work work_of(struct run *run)
{
	struct exec_target *target = run->target;

	if (target->tool)
		return (struct load_work){start_tool, cancel_tool, target};
	run->integration = (struct load_integration){
		target->program->engine->executor, target->node->integration, target->arguments};
	return load_work_integration(&run->integration);
}

/* 0.0123 s as "12.3 ms": three digits that mean something. */
static void format_ms(char *buf, size_t size, double ns)
{
	double ms = ns / 1e6;

	snprintf(buf, size, "%.*f", ms < 10 ? 3 : ms < 100 ? 2 : ms < 1000 ? 1 : 0, ms);
}

static void format_bytes(char *buf, size_t size, double bytes)
{
	static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
	size_t i = 0;

	for (; bytes >= 1024 && i + 1 < sizeof units / sizeof units[0]; i++)
		bytes /= 1024;
	snprintf(buf, size, "%.*f %s", i ? 1 : 0, bytes, units[i]);
}

static void draw_progress(const struct run *run)
{
	const struct load_report *report = load_report(run->load);
	uint64_t ended = load_report_ended(report);
	char p50[16], p99[16];
	char *line;

	format_ms(p50, sizeof p50, (double)histogram_percentile(&report->latency, 50));
	format_ms(p99, sizeof p99, (double)histogram_percentile(&report->latency, 99));
	line = xasprintf("%llu of %llu (%.0f %%)  %.0f/s  p50 %s ms  p99 %s ms  %llu failed",
		(unsigned long long)ended, (unsigned long long)run->options->repeat,
		floor(100.0 * (double)ended / (double)run->options->repeat), load_report_per_second(report),
		p50, p99, (unsigned long long)report->failed);
	output_progress(line);
	free(line);
}

static void on_progress(uv_timer_t *timer)
{
	draw_progress(timer->data);
}

static void begin_progress(struct run *run)
{
	run->shows_progress = output_has_progress();
	uv_timer_init(&run->target->program->loop, &run->progress);
	run->progress.data = run;
	if (run->shows_progress)
		uv_timer_start(&run->progress, on_progress, PROGRESS_MS, PROGRESS_MS);
}

static void on_progress_closed(uv_handle_t *handle)
{
	struct run *run = handle->data;

	run->progress_closed = true;
}

static void end_progress(struct run *run)
{
	uv_close((uv_handle_t *)&run->progress, on_progress_closed);
	program_wait(run->target->program, &run->progress_closed);
	output_progress(NULL);
}

static void on_done(struct load *load, void *ctx)
{
	struct run *run = ctx;

	(void)load;
	run->done = true;
}

static void on_interrupt(void *ctx)
{
	struct run *run = ctx;

	load_stop(run->load);
}

static void print_latency(const char *name, const struct histogram *h)
{
	static const double percents[] = {50, 90, 99, 99.9};
	char cells[7][16];

	if (!h->count)
		return;
	format_ms(cells[0], sizeof cells[0], (double)h->min);
	format_ms(cells[1], sizeof cells[1], histogram_mean(h));
	for (size_t i = 0; i < 4; i++)
		format_ms(cells[2 + i], sizeof cells[0], (double)histogram_percentile(h, percents[i]));
	format_ms(cells[6], sizeof cells[6], (double)h->max);
	output_line("%-10s %9s %9s %9s %9s %9s %9s %9s", name, cells[0], cells[1], cells[2], cells[3],
		cells[4], cells[5], cells[6]);
}

static void print_errors(const struct load_report *report)
{
	if (!report->error_count)
		return;
	output_line("%-10s %9s  first one's message", "errors", "count");
	for (size_t i = 0; i < report->error_count; i++)
		output_line("  %-28s %9llu  %s", report->errors[i].code,
			(unsigned long long)report->errors[i].count,
			report->errors[i].message ? report->errors[i].message : "");
}

/* Of all integrations: a tool's is chosen by its arguments. False where it has none, or was not called. */
static bool read_breaker(const struct run *run, const struct node *node, struct breaker_view *view)
{
	const struct engine *engine = run->target->program->engine;

	return node->integration && node->integration->policy.breaker.on &&
		executor_breaker_read(engine->executor, node->integration->id, view);
}

static void print_breakers(const struct run *run)
{
	const struct workflow *workflow = run->target->program->engine->workflow;
	struct breaker_view view;

	for (size_t i = 0; i < workflow->node_count; i++)
		if (read_breaker(run, &workflow->nodes[i], &view))
			output_line("circuit breaker of %s: %s; opened %llu, half-opened %llu, closed again "
				    "%llu times",
				workflow->nodes[i].id, breaker_state_name(view.state),
				(unsigned long long)view.changes[BREAKER_OPEN],
				(unsigned long long)view.changes[BREAKER_HALF_OPEN],
				(unsigned long long)view.changes[BREAKER_CLOSED]);
}

static cJSON *breakers_to_json(const struct run *run)
{
	const struct workflow *workflow = run->target->program->engine->workflow;
	cJSON *list = cJSON_CreateArray(), *json;
	struct breaker_view view;

	for (size_t i = 0; i < workflow->node_count; i++) {
		if (!read_breaker(run, &workflow->nodes[i], &view))
			continue;
		json = cJSON_CreateObject();
		cJSON_AddStringToObject(json, "integration", workflow->nodes[i].id);
		cJSON_AddStringToObject(json, "state", breaker_state_name(view.state));
		cJSON_AddNumberToObject(json, "opened", (double)view.changes[BREAKER_OPEN]);
		cJSON_AddNumberToObject(json, "halfOpened", (double)view.changes[BREAKER_HALF_OPEN]);
		cJSON_AddNumberToObject(json, "closed", (double)view.changes[BREAKER_CLOSED]);
		cJSON_AddItemToArray(list, json);
	}
	return list;
}

static void print_report(const struct run *run, const struct load_report *report)
{
	const struct exec_load *options = run->options;
	char bytes[32], at[64] = "";

	format_bytes(bytes, sizeof bytes, (double)report->bytes);
	if (options->rate > 0)
		snprintf(at, sizeof at, "%g a second asked for, ", options->rate);
	output_line("%llu executions in %.2f s: %.1f a second (%sat most %zu at a time)",
		(unsigned long long)load_report_ended(report), (double)report->elapsed_ns / 1e9,
		load_report_per_second(report), at, options->concurrency);
	output_line("%llu succeeded, %llu failed, %llu cancelled of %llu",
		(unsigned long long)report->succeeded, (unsigned long long)report->failed,
		(unsigned long long)report->cancelled, (unsigned long long)options->repeat);
	output_line("%llu attempts, %llu of them retries, %s received", (unsigned long long)report->attempts,
		(unsigned long long)report->retries, bytes);
	if (report->latency.count)
		output_line("%-10s %9s %9s %9s %9s %9s %9s %9s", "ms", "min", "mean", "p50", "p90", "p99",
			"p99.9", "max");
	print_latency(options->rate > 0 ? "from start" : "latency", &report->latency);
	print_latency("corrected", &report->corrected);
	if (report->queue.count && report->queue.max >= QUEUE_SHOWN_NS)
		print_latency("in line", &report->queue);
	print_latency("rate limit", &report->rate_wait);
	if (report->corrected.count)
		output_line("corrected: from the moment each was meant to start (coordinated omission)");
	if (report->late)
		output_line("%llu started over %d ms late: %zu were in flight already",
			(unsigned long long)report->late, LOAD_LATE_NS / 1000000, options->concurrency);
	print_breakers(run);
	print_errors(report);
}

static void print_json(const struct run *run, const struct load_report *report)
{
	const struct exec_load *options = run->options;
	cJSON *json = load_report_to_json(report);

	cJSON_AddItemToObject(json, "breakers", breakers_to_json(run));
	cJSON_AddStringToObject(json, "node", run->target->node->id);
	cJSON_AddNumberToObject(json, "repeat", (double)options->repeat);
	cJSON_AddNumberToObject(json, "concurrency", (double)options->concurrency);
	if (options->rate > 0)
		cJSON_AddNumberToObject(json, "rate", options->rate);
	else
		cJSON_AddNullToObject(json, "rate");
	cJSON_AddBoolToObject(json, "interrupted", run->target->program->interrupted != 0);
	output_json(json);
}

static bool sends_requests(const struct exec_target *target)
{
	const struct workflow *workflow = target->program->engine->workflow;

	if (!target->tool)
		return target->node->integration->url != NULL;
	for (size_t i = 0; i < workflow->node_count; i++)
		if (workflow->nodes[i].integration && workflow->nodes[i].integration->url)
			return true;
	return false;
}

/* Every request under way has a connection, and the mock backend has its other end in this process. False,
 * with a complaint, where not so many files may be open. */
static bool descriptors_suffice(const struct exec_target *target, size_t running)
{
	size_t each = target->program->mock ? 2 : 1, needed = running * each + SPARE_DESCRIPTORS, most;
	struct rlimit limit;

	if (!sends_requests(target) || getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= needed)
		return true;
	most = limit.rlim_cur >= SPARE_DESCRIPTORS + each
		? (size_t)(limit.rlim_cur - SPARE_DESCRIPTORS) / each
		: 1;
	complain("--concurrency %zu needs %zu open files and the system allows %llu: raise that (ulimit -n) "
		 "or ask for %zu at most",
		running, needed, (unsigned long long)limit.rlim_cur, most);
	return false;
}

int exec_load_run(struct exec_target *target, const struct exec_load *options)
{
	size_t at_a_time = options->concurrency < options->repeat ? options->concurrency : options->repeat,
	       allowed = engine_allow(target->program->engine, at_a_time);
	struct program *program = target->program;
	struct run run = {.target = target, .options = options};
	const struct load_report *report;
	struct load_config config = {
		.loop = &program->loop,
		.clock = program->engine->clock,
		.work = work_of(&run),
		.repeat = options->repeat,
		.concurrency = options->concurrency,
		.rate = options->rate,
	};
	int status;

	if (!descriptors_suffice(target, at_a_time < allowed ? at_a_time : allowed))
		return STATUS_SYSTEM;
	tracer_set_max_spans(program->engine->tracer, KEPT_SPANS);
	program->on_interrupt = on_interrupt;
	program->ctx = &run;
	/* Before the first execution starts: who sees it in the log may interrupt it. */
	program_catch_signals(program);
	run.load = load_start(&config, on_done, &run);
	if (!run.load) {
		complain("--rate: the system refuses a timer: raise the limit of open files (ulimit -n)");
		return STATUS_SYSTEM;
	}
	begin_progress(&run);
	program_wait(program, &run.done);
	end_progress(&run);
	report = load_report(run.load);
	if (program->json)
		print_json(&run, report);
	else
		print_report(&run, report);
	status = report->failed ? STATUS_FAILED : STATUS_OK;
	load_free(run.load);
	return status;
}
