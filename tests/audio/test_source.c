/* Sources: the table, and silence in real time (on a clock the test turns) and as fast as the loop does. */
#include "audio/audio.h"

#include <criterion/criterion.h>
#include <string.h>

/* A clock that moves by step_ns with every reading. */
struct turned_clock {
	uint64_t now_ns, step_ns;
};

static uint64_t turned_now(void *ctx)
{
	struct turned_clock *turned = ctx;

	turned->now_ns += turned->step_ns;
	return turned->now_ns;
}

struct heard {
	struct audio_source *source;
	uint64_t frames, stop_after, close_after;
	double loudest;
	size_t largest_block;
	int ended;
	char *reason;
	bool close_at_end;
};

static void on_frames(void *ctx, const float *frames, size_t count)
{
	struct heard *heard = ctx;

	heard->frames += count;
	if (count > heard->largest_block)
		heard->largest_block = count;
	for (size_t i = 0; i < count; i++)
		if (frames[i] * frames[i] > heard->loudest)
			heard->loudest = frames[i] * frames[i];
	if (heard->stop_after > 0 && heard->frames >= heard->stop_after)
		audio_source_stop(heard->source);
	if (heard->close_after > 0 && heard->frames >= heard->close_after) {
		audio_source_close(heard->source);
		heard->source = NULL;
	}
}

static void on_ended(void *ctx, const char *reason)
{
	struct heard *heard = ctx;

	heard->ended++;
	heard->reason = xstrdup_null(reason);
	if (heard->close_at_end) {
		audio_source_close(heard->source);
		heard->source = NULL;
	}
}

static void guard_fired(uv_timer_t *timer)
{
	(void)timer;
	cr_assert_fail("the loop did not come to an end");
}

static void guarded_run(uv_loop_t *loop)
{
	uv_timer_t guard;

	uv_timer_init(loop, &guard);
	uv_timer_start(&guard, guard_fired, 5000, 0);
	uv_unref((uv_handle_t *)&guard);
	uv_run(loop, UV_RUN_DEFAULT);
	uv_close((uv_handle_t *)&guard, NULL);
	uv_run(loop, UV_RUN_DEFAULT);
}

Test(source, kinds_are_found_by_name)
{
	for (size_t i = 0; audio_sources[i] != NULL; i++)
		cr_expect_eq(audio_source_find(audio_sources[i]->name), audio_sources[i]);
	cr_expect_eq(audio_source_find("null"), &audio_source_null);
	cr_expect_null(audio_source_find("nul"));
	cr_expect_null(audio_source_find(""));
}

struct silence_case {
	const char *comment;
	bool as_fast, close_at_end;
	double limit_ms;
	uint64_t step_ms, stop_after, close_after;
	uint64_t frames, dropped;
	int ended;
};

static const struct silence_case silence_cases[] = {
	{"as fast as it can ends at the limit", true, false, 100, 0, 0, 0, 1600, 0, 1},
	{"a limit that is no whole block", true, false, 25, 0, 0, 0, 400, 0, 1},
	{"real time follows the clock", false, false, 60, 20, 0, 0, 960, 0, 1},
	{"late ticks lose nothing", false, false, 1500, 500, 0, 0, 24000, 0, 1},
	{"a long pause is dropped and counted", false, false, 1500, 10000, 0, 0, 24000, 288000, 1},
	{"stopped from its own callback", true, false, 0, 0, 640, 0, 640, 0, 0},
	{"closed from its own callback", true, false, 0, 0, 0, 640, 640, 0, 0},
	{"closed in real time, in the middle of a burst", false, false, 0, 500, 0, 320, 320, 0, 0},
	{"closed when it ended", true, true, 40, 0, 0, 0, 640, 0, 1},
};

Test(source, silence)
{
	for (size_t i = 0; i < sizeof(silence_cases) / sizeof(*silence_cases); i++) {
		const struct silence_case *c = &silence_cases[i];
		struct turned_clock turned = {.step_ns = c->step_ms * 1000000};
		struct clock clock = {.monotonic_ns = turned_now, .realtime_ns = turned_now, .ctx = &turned};
		struct audio_source_options options = {.as_fast = c->as_fast, .limit_ms = c->limit_ms};
		struct heard heard = {.stop_after = c->stop_after,
			.close_after = c->close_after,
			.close_at_end = c->close_at_end};
		struct audio_listener listener = {.frames = on_frames, .ended = on_ended, .ctx = &heard};
		char *error = NULL;
		uv_loop_t loop;

		uv_loop_init(&loop);
		heard.source =
			audio_source_open(&audio_source_null, &loop, &clock, &options, &listener, &error);
		cr_assert_not_null(heard.source, "%s", c->comment);
		cr_assert(audio_source_start(heard.source, &error), "%s", c->comment);
		cr_assert(audio_source_start(heard.source, &error), "%s: twice", c->comment);
		cr_expect_eq(heard.frames, 0, "%s: nothing comes from inside start", c->comment);
		guarded_run(&loop);
		cr_expect_eq(
			heard.frames, c->frames, "%s: %lu frames", c->comment, (unsigned long)heard.frames);
		cr_expect_eq(heard.ended, c->ended, "%s: ended %d times", c->comment, heard.ended);
		cr_expect_null(heard.reason, "%s", c->comment);
		cr_expect_leq(heard.largest_block, (size_t)AUDIO_BLOCK_FRAMES, "%s", c->comment);
		cr_expect_eq(heard.loudest, 0.0, "%s", c->comment);
		if (heard.source != NULL) {
			cr_expect_not(heard.source->running, "%s", c->comment);
			cr_expect_eq(heard.source->dropped, c->dropped, "%s: %lu dropped", c->comment,
				(unsigned long)heard.source->dropped);
		}
		audio_source_close(heard.source);
		uv_run(&loop, UV_RUN_DEFAULT);
		cr_expect_eq(uv_loop_close(&loop), 0, "%s: a handle is left", c->comment);
	}
}

Test(source, starts_again_after_its_end)
{
	struct heard heard = {0};
	struct audio_listener listener = {.frames = on_frames, .ended = on_ended, .ctx = &heard};
	struct audio_source_options options = {.as_fast = true, .limit_ms = 40};
	char *error = NULL;
	uv_loop_t loop;

	uv_loop_init(&loop);
	heard.source =
		audio_source_open(&audio_source_null, &loop, &clock_system, &options, &listener, &error);
	for (int i = 0; i < 2; i++) {
		cr_assert(audio_source_start(heard.source, &error));
		guarded_run(&loop);
	}
	cr_expect_eq(heard.frames, 1280);
	cr_expect_eq(heard.ended, 2);
	audio_source_close(heard.source);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&loop), 0);
}
