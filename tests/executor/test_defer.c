/* Work put off to the next pass: order, removal, and a loop that may sleep again. */
#include "executor/defer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

struct step {
	struct deferred deferred;
	struct defer_queue *queue;
	struct step *also; /* added while this one runs */
	struct step *drop; /* removed while this one runs */
	char *seen;
	char name;
};

static void step_run(struct deferred *deferred)
{
	struct step *step = (struct step *)deferred;
	size_t n = strlen(step->seen);

	cr_expect(!deferred->queued);
	step->seen[n] = step->name;
	if (step->also)
		defer_add(step->queue, &step->also->deferred);
	if (step->drop)
		defer_remove(step->queue, &step->drop->deferred);
	step->also = NULL;
}

Test(defer, rows)
{
	static const struct {
		const char *comment, *add; /* names in order of adding */
		char runs, also, drop;     /* step `runs` adds `also` and removes `drop` */
		const char *first_pass, *all;
	} rows[] = {
		{"nothing", "", 0, 0, 0, "", ""},
		{"one", "a", 0, 0, 0, "a", "a"},
		{"in order of adding", "cab", 0, 0, 0, "cab", "cab"},
		{"added while it runs: the next pass", "ab", 'a', 'c', 0, "ab", "abc"},
		{"itself again: the next pass", "ab", 'a', 'a', 0, "ab", "aba"},
		{"removed before its turn", "abc", 'a', 0, 'b', "ac", "ac"},
		{"the last removed", "ab", 'a', 0, 'b', "a", "a"},
		{"removed when it is not queued", "ab", 'b', 0, 'a', "ab", "ab"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct defer_queue *queue;
		struct step steps[3];
		char seen[16] = "";
		uv_loop_t loop;

		uv_loop_init(&loop);
		queue = defer_queue_new(&loop);
		for (int k = 0; k < 3; k++)
			steps[k] = (struct step){{.run = step_run}, queue, NULL, NULL, seen, (char)('a' + k)};
		if (rows[i].also)
			steps[rows[i].runs - 'a'].also = &steps[rows[i].also - 'a'];
		if (rows[i].drop)
			steps[rows[i].runs - 'a'].drop = &steps[rows[i].drop - 'a'];
		for (const char *name = rows[i].add; *name; name++)
			defer_add(queue, &steps[*name - 'a'].deferred);
		cr_expect_str_eq(seen, "", "%s: nothing runs at once", rows[i].comment);
		uv_run(&loop, UV_RUN_NOWAIT);
		cr_expect_str_eq(seen, rows[i].first_pass, "%s", rows[i].comment);
		/* Returns only because an empty queue keeps no loop alive. */
		uv_run(&loop, UV_RUN_DEFAULT);
		cr_expect_str_eq(seen, rows[i].all, "%s", rows[i].comment);
		defer_queue_free(queue);
		uv_run(&loop, UV_RUN_DEFAULT);
		cr_expect_eq(uv_loop_close(&loop), 0, "%s", rows[i].comment);
	}
}

Test(defer, what_waits_is_forgotten_with_the_queue)
{
	struct defer_queue *queue;
	char seen[4] = "";
	struct step step = {.deferred.run = step_run, .seen = seen, .name = 'a'};
	uv_loop_t loop;

	uv_loop_init(&loop);
	queue = defer_queue_new(&loop);
	defer_add(queue, &step.deferred);
	defer_queue_free(queue);
	cr_expect(!step.deferred.queued);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_str_eq(seen, "");
	cr_expect_eq(uv_loop_close(&loop), 0);
}

#define CROWD 100

struct runner {
	struct deferred deferred;
	struct defer_queue *queue;
	size_t *steps; /* of all of them */
	size_t left, last;
};

static void runner_run(struct deferred *deferred)
{
	struct runner *runner = (struct runner *)deferred;

	runner->last = ++*runner->steps;
	if (--runner->left)
		defer_add(runner->queue, &runner->deferred);
}

/* Many that take several steps: the first are through before the last have begun, but those who never come to
 * an end keep nobody from it. */
Test(defer, many_go_by_batches)
{
	static const struct {
		const char *comment;
		size_t steps;
		bool first_is_through;
	} rows[] = {{"a few steps", 10, true}, {"very many", 1000, false}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct runner runners[CROWD];
		struct defer_queue *queue;
		uv_loop_t loop;
		size_t steps = 0, begun = 0;

		uv_loop_init(&loop);
		queue = defer_queue_new(&loop);
		for (size_t n = 0; n < CROWD; n++) {
			runners[n] = (struct runner){{.run = runner_run}, queue, &steps, rows[i].steps, 0};
			defer_add(queue, &runners[n].deferred);
		}
		while (!runners[CROWD - 1].last)
			uv_run(&loop, UV_RUN_NOWAIT);
		for (size_t n = 0; n < CROWD; n++)
			begun += runners[n].last > 0;
		cr_expect_eq(begun, CROWD, "%s: in order of adding", rows[i].comment);
		cr_expect_eq(!runners[0].left, rows[i].first_is_through, "%s", rows[i].comment);
		uv_run(&loop, UV_RUN_DEFAULT);
		cr_expect_eq(steps, CROWD * rows[i].steps, "%s: every step once", rows[i].comment);
		defer_queue_free(queue);
		uv_run(&loop, UV_RUN_DEFAULT);
		cr_expect_eq(uv_loop_close(&loop), 0);
	}
}
