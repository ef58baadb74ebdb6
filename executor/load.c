/* Slots, one for each execution in flight, and whoever becomes free starts the next that is due. The open
 * model waits on a timerfd: a loop timer's milliseconds would be seen in the latencies of fast answers. See
 * load.h. */
#include "executor/load.h"
#include "executor/alloc.h"
#include "executor/json.h"

#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct slot {
	struct load *load;
	void *started; /* NULL while it is free */
	uint64_t start_ns, intended_ns;
	struct slot *next_free;
};

struct load {
	struct load_config config;
	load_done done;
	void *ctx;
	struct load_report report;
	struct slot *slots, *free_ones;
	size_t slot_count, in_flight;
	uint64_t begin_ns;
	bool stopping, ended;
	int timer_fd; /* -1 in the closed model */
	uv_poll_t timer;
	uv_timer_t end; /* calls done from the loop */
	int open;       /* handles not closed yet */
};

static uint64_t now_ns(const struct load *load)
{
	return clock_monotonic_ns(load->config.clock);
}

static void fill(struct load *load);

static void count_error(struct load_report *report, const struct result *result)
{
	struct load_error *error = report->errors, *end = error + report->error_count;

	while (error < end && strcmp(error->code, result->error_code))
		error++;
	if (error == end) {
		report->errors =
			xreallocarray(report->errors, report->error_count + 1, sizeof *report->errors);
		error = &report->errors[report->error_count++];
		*error = (struct load_error){.message = result->error ? xstrdup(result->error) : NULL};
		memcpy(error->code, result->error_code, sizeof error->code);
	}
	error->count++;
}

static void count_attempts(struct load_report *report, const struct result *result)
{
	report->attempts += result->attempt_count;
	if (result->attempt_count)
		report->retries += result->attempt_count - 1;
	for (size_t i = 0; i < result->attempt_count; i++)
		report->bytes += result->attempts[i].bytes;
}

static uint64_t queued_ns(const struct result *result)
{
	double ms = 0;

	for (size_t i = 0; i < result->attempt_count; i++)
		ms += result->attempts[i].timing.queue_ms;
	return (uint64_t)(ms * 1e6);
}

static void count_rate_wait(struct load_report *report, const struct result *result)
{
	const cJSON *limit = json_get(result->metadata, "rateLimit");

	if (limit)
		histogram_add(&report->rate_wait, (uint64_t)(json_number(limit, "waitedMs", 0) * 1e6));
}

static void count(struct slot *slot, const struct result *result)
{
	struct load *load = slot->load;
	struct load_report *report = &load->report;
	uint64_t now = now_ns(load);

	count_attempts(report, result);
	if (load->stopping && result->code == ERR_CANCELLED) {
		report->cancelled++;
		return;
	}
	histogram_add(&report->latency, now - slot->start_ns);
	histogram_add(&report->queue, queued_ns(result));
	count_rate_wait(report, result);
	if (load->config.rate > 0)
		histogram_add(&report->corrected, now - slot->intended_ns);
	if (result->success) {
		report->succeeded++;
	} else {
		report->failed++;
		count_error(report, result);
	}
}

static void on_done(struct result *result, void *ctx)
{
	struct slot *slot = ctx;
	struct load *load = slot->load;

	slot->started = NULL;
	slot->next_free = load->free_ones;
	load->free_ones = slot;
	load->in_flight--;
	count(slot, result);
	result_free(result);
	fill(load);
}

static void start(struct load *load, uint64_t now, uint64_t intended)
{
	struct slot *slot = load->free_ones;

	load->free_ones = slot->next_free;
	load->in_flight++;
	load->report.started++;
	load->report.late += now - intended > LOAD_LATE_NS;
	slot->start_ns = now;
	slot->intended_ns = intended;
	slot->started = load->config.work.start(load->config.work.ctx, on_done, slot);
}

/* When the next one is meant to start. */
static uint64_t due_ns(const struct load *load, uint64_t now)
{
	if (load->config.rate <= 0)
		return now;
	return load->begin_ns + (uint64_t)((double)load->report.started * 1e9 / load->config.rate);
}

static int by_count(const void *a, const void *b)
{
	const struct load_error *x = a, *y = b;

	return (x->count < y->count) - (x->count > y->count);
}

static void on_end(uv_timer_t *timer)
{
	struct load *load = timer->data;

	load->done(load, load->ctx);
}

static void end(struct load *load)
{
	struct load_report *report = &load->report;

	load->ended = true;
	report->elapsed_ns = now_ns(load) - load->begin_ns;
	if (report->error_count)
		qsort(report->errors, report->error_count, sizeof *report->errors, by_count);
	uv_timer_start(&load->end, on_end, 0, 0);
}

static void wait_until(struct load *load, uint64_t now, uint64_t due)
{
	uint64_t ns = due - now;
	struct itimerspec when = {.it_value = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)}};

	timerfd_settime(load->timer_fd, 0, &when, NULL);
}

/* Starts what is due, then ends or waits: for a free slot, or for the time of the next. */
static void fill(struct load *load)
{
	uint64_t now = now_ns(load), due;

	while (!load->stopping && load->free_ones && load->report.started < load->config.repeat) {
		due = due_ns(load, now);
		if (due > now && due > (now = now_ns(load))) {
			wait_until(load, now, due);
			return;
		}
		start(load, now, due);
		now = now_ns(load);
	}
	if (!load->ended && !load->in_flight)
		end(load);
}

static void on_timer(uv_poll_t *poll, int status, int events)
{
	struct load *load = poll->data;
	uint64_t fired;

	(void)events;
	if (status == 0 && read(load->timer_fd, &fired, sizeof fired) > 0 && !load->ended)
		fill(load);
}

static bool open_timer(struct load *load)
{
	load->timer_fd = -1;
	if (load->config.rate <= 0)
		return true;
	load->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (load->timer_fd < 0)
		return false;
	if (uv_poll_init(load->config.loop, &load->timer, load->timer_fd)) {
		close(load->timer_fd);
		return false;
	}
	load->timer.data = load;
	load->open++;
	uv_poll_start(&load->timer, UV_READABLE, on_timer);
	return true;
}

struct load *load_start(const struct load_config *config, load_done done, void *ctx)
{
	struct load *load = xcalloc(1, sizeof *load);

	load->config = *config;
	load->done = done;
	load->ctx = ctx;
	if (!open_timer(load)) {
		free(load);
		return NULL;
	}
	uv_timer_init(config->loop, &load->end);
	load->end.data = load;
	load->open++;
	load->slot_count = config->concurrency < config->repeat ? config->concurrency : config->repeat;
	load->slots = xcalloc(load->slot_count, sizeof *load->slots);
	for (size_t i = load->slot_count; i-- > 0;) {
		load->slots[i] = (struct slot){.load = load, .next_free = load->free_ones};
		load->free_ones = &load->slots[i];
	}
	load->begin_ns = now_ns(load);
	fill(load);
	return load;
}

void load_stop(struct load *load)
{
	if (load->stopping || load->ended)
		return;
	load->stopping = true;
	for (size_t i = 0; i < load->slot_count; i++)
		if (load->slots[i].started)
			load->config.work.cancel(load->slots[i].started, load->config.work.ctx);
	if (!load->in_flight)
		end(load);
}

const struct load_report *load_report(struct load *load)
{
	if (!load->ended)
		load->report.elapsed_ns = now_ns(load) - load->begin_ns;
	return &load->report;
}

static void on_closed(uv_handle_t *handle)
{
	struct load *load = handle->data;

	if (--load->open)
		return;
	for (size_t i = 0; i < load->report.error_count; i++)
		free(load->report.errors[i].message);
	free(load->report.errors);
	free(load->slots);
	free(load);
}

void load_free(struct load *load)
{
	if (!load)
		return;
	if (load->timer_fd >= 0) {
		uv_poll_stop(&load->timer);
		close(load->timer_fd);
		uv_close((uv_handle_t *)&load->timer, on_closed);
	}
	uv_close((uv_handle_t *)&load->end, on_closed);
}

static void *start_integration(void *ctx, execute_cb done, void *done_ctx)
{
	struct load_integration *work = ctx;

	return execute(work->executor, work->integration, work->arguments, NULL, done, done_ctx);
}

static void cancel_integration(void *started, void *ctx)
{
	(void)ctx;
	execution_cancel(started);
}

struct load_work load_work_integration(struct load_integration *work)
{
	return (struct load_work){start_integration, cancel_integration, work};
}
