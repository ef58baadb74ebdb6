/* The queue before each program: its worker runs one input at a time. The loop's thread owns all of it; the
 * pool's has the running job's members and the worker from work to after_work, and the three flags are what
 * the two tell each other meanwhile. See filter.h. */
#include "executor/filter.h"
#include "executor/filter_worker.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct filter;

struct filter_job {
	uv_work_t work;
	struct filter *filter;
	struct filter_job *next;
	cJSON *arguments;
	double limit_ms;
	bool compile_only, first;
	filter_done done; /* NULL once cancelled */
	void *ctx;
	atomic_bool started, stopped, ended; /* it runs; it shall not go on; it is through */
	bool died;                           /* the worker, while it ran */
	struct filter_answer answer;
};

struct filter {
	struct filters *filters;
	struct filter *next;
	char *program, *error; /* error: why it does not compile */
	struct filter_worker
		worker; /* made when first needed, and again after a run that had to be stopped */
	bool known;     /* it has been compiled once */
	struct filter_job *line, **line_end, *running;
	uv_timer_t timer; /* of the running job */
};

struct filters {
	uv_loop_t *loop;
	struct filter *first;
	size_t open; /* timers not closed yet, jobs on the pool */
	bool closing;
};

static void start_next(struct filter *filter);

/* Who sets stopped looks at started next: one of the two sees the other. */
static void run(struct filter_job *job)
{
	atomic_store(&job->started, true);
	if (atomic_load(&job->stopped))
		return;
	if (!filter_worker_run(&job->filter->worker, job->arguments, job->first, &job->answer) &&
		!atomic_load(&job->stopped)) {
		job->died = true;
		job->answer.outcome = FILTER_ERROR;
		job->answer.error =
			xasprintf("it takes more than %zu MiB, or nests too deeply", FILTER_MAX_BYTES >> 20);
	}
	atomic_store(&job->ended, true);
}

static void on_pool(uv_work_t *work)
{
	struct filter_job *job = work->data;
	struct filter *filter = job->filter;
	char *error = filter->error ? xstrdup(filter->error) : NULL;
	bool wrong = filter->error;

	job->answer.outcome = FILTER_EMPTY;
	if (!error && !filter->worker.pid)
		filter_worker_start(&filter->worker, filter->program, &wrong, &error);
	if (error) {
		job->answer.outcome = wrong ? FILTER_INVALID : FILTER_ERROR;
		job->answer.error = error;
		if (wrong && !filter->error)
			filter->error = xstrdup(error);
	} else if (!job->compile_only) {
		run(job);
	}
}

static void free_job(struct filter_job *job)
{
	cJSON_Delete(job->arguments);
	cJSON_Delete(job->answer.input);
	cJSON_Delete(job->answer.value);
	free(job->answer.error);
	free(job);
}

static void free_when_closed(struct filters *filters)
{
	struct filter *filter, *next;

	if (!filters->closing || filters->open)
		return;
	for (filter = filters->first; filter; filter = next) {
		next = filter->next;
		filter_worker_stop(&filter->worker);
		free(filter->program);
		free(filter->error);
		free(filter);
	}
	free(filters);
}

static void after_work(uv_work_t *work, int status)
{
	struct filter_job *job = work->data;
	struct filter *filter = job->filter;
	struct filters *filters = filter->filters;

	filter->running = NULL;
	filter->known |= !status;
	if (!filters->closing)
		uv_timer_stop(&filter->timer);
	if (job->died || (atomic_load(&job->stopped) && atomic_load(&job->started)))
		filter_worker_stop(&filter->worker);
	if (atomic_load(&job->stopped))
		job->answer.outcome = FILTER_STOPPED;
	if (!status && job->done)
		job->done(&job->answer, job->ctx);
	free_job(job);
	filters->open--;
	if (!filters->closing)
		start_next(filter);
	free_when_closed(filters);
}

static void stop(struct filter_job *job)
{
	if (atomic_exchange(&job->stopped, true))
		return;
	if (atomic_load(&job->started) && !atomic_load(&job->ended))
		filter_worker_kill(&job->filter->worker);
}

static void on_timer(uv_timer_t *timer)
{
	struct filter *filter = timer->data;

	/* Waiting for the pool, and compiling, do not count. */
	if (filter->running && !atomic_load(&filter->running->started))
		uv_timer_again(timer);
	else if (filter->running)
		stop(filter->running);
}

static void start_next(struct filter *filter)
{
	struct filter_job *job = filter->line;

	if (!job || filter->running)
		return;
	filter->line = job->next;
	if (!filter->line)
		filter->line_end = &filter->line;
	filter->running = job;
	job->work.data = job;
	filter->filters->open++;
	uv_update_time(filter->filters->loop);
	uv_timer_start(&filter->timer, on_timer, (uint64_t)job->limit_ms, (uint64_t)job->limit_ms);
	uv_queue_work(filter->filters->loop, &job->work, on_pool, after_work);
}

static struct filter *find(const struct filters *filters, const char *program)
{
	struct filter *filter = filters->first;

	while (filter && strcmp(filter->program, program) != 0)
		filter = filter->next;
	return filter;
}

static struct filter *add(struct filters *filters, const char *program)
{
	struct filter *filter = xcalloc(1, sizeof *filter);

	filter->filters = filters;
	filter->program = xstrdup(program);
	filter->line_end = &filter->line;
	uv_timer_init(filters->loop, &filter->timer);
	filter->timer.data = filter;
	filters->open++;
	filter->next = filters->first;
	filters->first = filter;
	return filter;
}

struct filter_job *filter_start(struct filters *filters, const char *program, cJSON *input, cJSON *arguments,
	double limit_ms, bool first, filter_done done, void *ctx)
{
	struct filter_job *job = xcalloc(1, sizeof *job);

	job->filter = find(filters, program);
	if (!job->filter)
		job->filter = add(filters, program);
	job->answer.input = input;
	job->arguments = arguments;
	job->compile_only = !input;
	job->limit_ms = limit_ms > 1 ? limit_ms : 1;
	job->first = first;
	job->done = done;
	job->ctx = ctx;
	*job->filter->line_end = job;
	job->filter->line_end = &job->next;
	start_next(job->filter);
	return job;
}

void filter_cancel(struct filter_job *job)
{
	struct filter *filter = job->filter;
	struct filter_job **at = &filter->line;

	job->done = NULL;
	if (job == filter->running) {
		stop(job);
		return;
	}
	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	if (!*at)
		filter->line_end = at;
	free_job(job);
}

bool filters_has(const struct filters *filters, const char *program)
{
	const struct filter *filter = find(filters, program);

	return filter && filter->known;
}

struct filters *filters_new(uv_loop_t *loop)
{
	struct filters *filters = xcalloc(1, sizeof *filters);

	filters->loop = loop;
	return filters;
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct filter *filter = handle->data;

	filter->filters->open--;
	free_when_closed(filter->filters);
}

void filters_free(struct filters *filters)
{
	struct filter_job *job, *next;
	struct filter *filter;

	if (!filters)
		return;
	filters->closing = true;
	for (filter = filters->first; filter; filter = filter->next) {
		for (job = filter->line; job; job = next) {
			next = job->next;
			free_job(job);
		}
		filter->line = NULL;
		if (filter->running)
			filter_cancel(filter->running);
		uv_close((uv_handle_t *)&filter->timer, on_timer_closed);
	}
	free_when_closed(filters);
}
