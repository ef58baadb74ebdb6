/* Large bodies on the pool: what has to be taken out of them does not keep the loop, and nothing is missed.
 */
#include "executor/body_job.h"
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LARGE ((size_t)4 << 20)
#define SECRET "s3cret-0123456789abcdef"
#define LATE "learnt-0123456789abcdef"

/* The processor's time of each pass of the loop. */
struct passes {
	uv_prepare_t prepare;
	double last_ms, most_ms;
};

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void on_pass(uv_prepare_t *prepare)
{
	struct passes *passes = prepare->data;
	double now = cpu_ms();

	if (now - passes->last_ms > passes->most_ms)
		passes->most_ms = now - passes->last_ms;
	passes->last_ms = now;
}

static char *large(const char *item)
{
	struct buffer out;

	buffer_init(&out, 2 * LARGE);
	while (out.len < LARGE)
		buffer_appendf(&out, "%s%s", out.len ? "," : "[", item);
	buffer_append_str(&out, "]");
	return buffer_take(&out);
}

/* What redaction takes by itself. */
static double redaction_ms(const struct redactor *redactor, const char *text)
{
	struct body body;
	double start;

	body_read(&body, "application/json", text, strlen(text));
	start = cpu_ms();
	body_redact(&body, redactor);
	start = cpu_ms() - start;
	body_done(&body);
	return start;
}

Test(body_job, redaction_does_not_keep_the_loop, .timeout = 60)
{
	static const char *const items[] = {"{\"name\":\"with an \\n escape\",\"n\":12345}",
		"{\"name\":\"a " SECRET "\",\"n\":12345,\"m\":67890}"};

	for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
		struct passes passes = {.most_ms = 0};
		char *text = large(items[i]);
		struct result *result;
		double alone_ms;
		struct rig rig;

		rig_init(&rig);
		env_set(rig.env, "TOKEN", SECRET);
		script_answer(rig.server, 200, "application/json", "", text);
		uv_prepare_init(&rig.loop, &passes.prepare);
		passes.prepare.data = &passes;
		passes.last_ms = cpu_ms();
		uv_prepare_start(&passes.prepare, on_pass);
		uv_unref((uv_handle_t *)&passes.prepare);
		result = rig_run(&rig,
			"{'integrationType':'rest','url':'${URL}/','authType':'bearer','authToken':'${TOKEN}'"
			"}",
			NULL);
		on_pass(&passes.prepare);
		cr_expect(result->success, "%s", result->error);
		cr_expect_null(strstr(json_string(cJSON_GetArrayItem(result->data, 0), "name", ""), SECRET));
		alone_ms = redaction_ms(rig.redactor, text);
		cr_expect_lt(passes.most_ms, 0.6 * alone_ms, "%s: %.1f ms on the loop, redaction takes %.1f",
			items[i], passes.most_ms, alone_ms);
		result_free(result);
		uv_close((uv_handle_t *)&passes.prepare, NULL);
		rig_done(&rig);
		free(text);
	}
}

struct outcome {
	bool done;
	char *text;
};

static void on_body(struct body *body, void *ctx)
{
	struct outcome *outcome = ctx;

	outcome->text = xstrdup(body->text);
	outcome->done = true;
}

/* What another execution teaches the redactor while the pool is at it. */
Test(body_job, nothing_is_missed, .timeout = 60)
{
	struct redactor *redactor = redactor_new();
	struct outcome outcome = {false, NULL};
	uv_loop_t loop;

	uv_loop_init(&loop);
	redactor_add(redactor, SECRET);
	body_job_start(&loop, redactor, "text/plain", xstrdup("one " SECRET ", two " LATE),
		strlen("one " SECRET ", two " LATE), on_body, &outcome);
	redactor_add(redactor, LATE);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_assert(outcome.done);
	cr_expect_str_eq(outcome.text, "one " REDACTED ", two " REDACTED);
	free(outcome.text);
	redactor_free(redactor);
	cr_expect_eq(uv_loop_close(&loop), 0);
}
