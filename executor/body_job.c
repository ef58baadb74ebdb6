/* See body_job.h. What has begun on the pool cannot be stopped, so a cancelled job lives on until it is
 * through. */
#include "executor/body_job.h"

#include <stdlib.h>

struct body_job {
	uv_work_t work;
	char *content_type, *text;
	size_t len;
	struct body body;
	const struct redactor *redactor;
	struct redactor *known;                     /* what redactor knew when the job began */
	void (*done)(struct body *body, void *ctx); /* NULL once cancelled */
	void *ctx;
};

static void read_on_pool(uv_work_t *work)
{
	struct body_job *job = work->data;

	body_read(&job->body, job->content_type, job->text, job->len);
	body_redact(&job->body, job->known);
}

static void job_free(struct body_job *job)
{
	redactor_free(job->known);
	body_done(&job->body);
	free(job->content_type);
	free(job->text);
	free(job);
}

static void after_reading(uv_work_t *work, int status)
{
	struct body_job *job = work->data;

	if (!status && job->done) {
		/* Seldom: another execution has taught it a secret meanwhile. */
		if (redactor_count(job->redactor) != redactor_count(job->known))
			body_redact(&job->body, job->redactor);
		job->done(&job->body, job->ctx);
	}
	job_free(job);
}

struct body_job *body_job_start(uv_loop_t *loop, const struct redactor *redactor, const char *content_type,
	char *text, size_t len, void (*done)(struct body *body, void *ctx), void *ctx)
{
	struct body_job *job = xcalloc(1, sizeof *job);

	job->work.data = job;
	job->content_type = xstrdup_null(content_type);
	job->text = text;
	job->len = len;
	job->redactor = redactor;
	job->known = redactor_copy(redactor);
	job->done = done;
	job->ctx = ctx;
	uv_queue_work(loop, &job->work, read_on_pool, after_reading);
	return job;
}

void body_job_cancel(struct body_job *job)
{
	job->done = NULL;
	uv_cancel((uv_req_t *)&job->work);
}
