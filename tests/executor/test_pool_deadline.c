/* Work on the pool has the execution's deadline, however long the pool takes. */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#define POOL_THREADS 4
#define LARGE ((size_t)600 << 10) /* read on the pool */

/* Every thread of the pool waits, which keeps whatever comes later in line. */
struct blocked {
	uv_work_t works[POOL_THREADS];
	sem_t go;
};

static void wait_for_go(uv_work_t *work)
{
	struct blocked *blocked = work->data;

	sem_wait(&blocked->go);
}

static void after_go(uv_work_t *work, int status)
{
	(void)work;
	(void)status;
}

static void block(struct rig *rig, struct blocked *blocked)
{
	sem_init(&blocked->go, 0, 0);
	for (size_t i = 0; i < POOL_THREADS; i++) {
		blocked->works[i].data = blocked;
		uv_queue_work(&rig->loop, &blocked->works[i], wait_for_go, after_go);
	}
}

static void unblock(struct blocked *blocked)
{
	for (size_t i = 0; i < POOL_THREADS; i++)
		sem_post(&blocked->go);
}

static void answer_large(struct rig *rig)
{
	char *text = xmalloc(LARGE + 1);

	memset(text, 'x', LARGE);
	text[0] = text[LARGE - 1] = '"';
	text[LARGE] = '\0';
	script_answer(rig->server, 200, "application/json", "", text);
	free(text);
}

#define REST(more) "{'integrationType':'rest','url':'${URL}/','testpanel':{'deadlineMs':300" more "}}"
#define MOCK "{'integrationType':'mock','mockOutput':'[1]','testpanel':{'deadlineMs':300,"

static const struct {
	const char *data;
	bool large, warm; /* warm: its filters are compiled */
	size_t attempts;
	const char *message;
} rows[] = {
	{REST(""), true, false, 1, "the answer was still being read"},
	{REST(",'retry':{'max':3,'initialMs':1}"), true, false, 1, "the answer was still being read"},
	{MOCK "'select':'.[0]'}}", false, false, 0, "still being compiled"},
	{MOCK "'select':'.[0]'}}", false, true, 1, "expect or select was still at work"},
	{MOCK "'expect':'.[0]'}}", false, true, 1, "expect or select was still at work"},
};

Test(pool_deadline, ends_the_execution, .timeout = 60)
{
	setenv("UV_THREADPOOL_SIZE", "4", 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct blocked blocked;
		struct result *result;
		struct rig rig;

		rig_init(&rig);
		if (rows[i].large)
			answer_large(&rig);
		if (rows[i].warm)
			result_free(rig_run(&rig, rows[i].data, NULL));
		block(&rig, &blocked);
		result = rig_run(&rig, rows[i].data, NULL);
		cr_expect_str_eq(result->error_code, "INTEGRATION_TIMEOUT", "%zu: %s", i, result->error_code);
		cr_expect(strstr(result->error, "the deadline of 300 ms has passed") &&
				strstr(result->error, rows[i].message),
			"%zu: %s", i, result->error);
		cr_expect(result->duration_ms >= 300 && result->duration_ms < 5000, "%zu: %f", i,
			result->duration_ms);
		cr_expect_eq(result->attempt_count, rows[i].attempts, "%zu", i);
		cr_expect(!result->data && !result->summary, "%zu", i);
		result_free(result);
		/* What was given up is heard of no more; the loop ends, which rig_done sees to. */
		unblock(&blocked);
		rig_done(&rig);
		sem_destroy(&blocked.go);
	}
}

struct cancelling {
	struct execution *execution;
	char code[ERRCODE_SIZE];
	bool done;
};

static void on_cancelled(struct result *result, void *ctx)
{
	struct cancelling *cancelling = ctx;

	memcpy(cancelling->code, result->error_code, sizeof cancelling->code);
	cancelling->done = true;
	result_free(result);
}

static void cancel(uv_timer_t *timer)
{
	struct cancelling *cancelling = timer->data;

	execution_cancel(cancelling->execution);
	uv_close((uv_handle_t *)timer, NULL);
}

Test(pool_deadline, so_does_cancelling, .timeout = 60)
{
	setenv("UV_THREADPOOL_SIZE", "4", 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct cancelling cancelling = {0};
		struct integration *integration;
		struct blocked blocked;
		uv_timer_t timer;
		struct rig rig;

		rig_init(&rig);
		if (rows[i].large)
			answer_large(&rig);
		if (rows[i].warm)
			result_free(rig_run(&rig, rows[i].data, NULL));
		block(&rig, &blocked);
		integration = rig_integration(rows[i].data);
		cancelling.execution =
			execute(rig.executor, integration, NULL, NULL, on_cancelled, &cancelling);
		uv_timer_init(&rig.loop, &timer);
		timer.data = &cancelling;
		uv_timer_start(&timer, cancel, 100, 0);
		while (!cancelling.done)
			uv_run(&rig.loop, UV_RUN_ONCE);
		cr_expect_str_eq(cancelling.code, "CANCELLED", "%zu: %s", i, cancelling.code);
		unblock(&blocked);
		integration_free(integration);
		rig_done(&rig);
		sem_destroy(&blocked.go);
	}
}
