/* The meter and the latency's bar. */
#include "tui/latency_bar.h"
#include "tui/meter.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(meter, eighths)
{
	static const struct {
		double db;
		unsigned eighths;
	} rows[] = {{-96, 0}, {-72, 0}, {-66, 1}, {-63, 1}, {-36, 4}, {-9, 7}, {-4, 8}, {0, 8}, {6, 8}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		cr_expect_eq(meter_eighths(rows[i].db), rows[i].eighths, "%g: %u", rows[i].db,
			meter_eighths(rows[i].db));
}

Test(meter, a_bar_is_the_loudest_of_its_frames)
{
	static const double levels[] = {-50, -20, -40, -60, -70};
	struct activity_decision decision = {.floor_db = -60.4, .threshold_db = -51.4};
	struct meter meter;
	char *text;

	meter_reset(&meter);
	cr_expect_null(meter_text(&meter), "nothing is known");
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
		decision.level_db = levels[i];
		decision.voiced = levels[i] > -51.4;
		cr_expect_eq(
			meter_note(&meter, &decision), i % METER_FRAMES_PER_BAR == METER_FRAMES_PER_BAR - 1);
	}
	cr_expect_eq(meter.bars[METER_BARS - 2], -20);
	cr_expect_eq(meter.bars[METER_BARS - 1], -70);
	text = meter_text(&meter);
	cr_expect_str_eq(text, "-70 dB, floor -60, speech over -51");
	free(text);
	decision.voiced = true;
	meter_note(&meter, &decision);
	text = meter_text(&meter);
	cr_expect_eq(*text, '+', "speech is told without colour: %s", text);
	free(text);
}

Test(latency_bar, shares)
{
	static const struct {
		struct turn_latency latency;
		const char *bar, *legend, *comment;
	} rows[] = {
		{{0}, "", "= 0 ms", "nothing"},
		{{.tools_ms = 10}, "TTTTTTTTTTTTTTTTTTTT", "T tools 10  = 10 ms", "one"},
		{{.endpoint_ms = 600,
			 .recognition_ms = 100,
			 .model_ms = 1,
			 .tools_ms = 200,
			 .synthesis_ms = 95,
			 .other_ms = 4},
			"WWWWWWWWWWWRRMTTTTS.", "W 600  R 100  M 1  T 200  S 95  . 4  = 1000 ms",
			"all: each is seen"},
		{{.endpoint_ms = 500, .other_ms = 500}, "WWWWWWWWWW..........",
			"W wait 500  . other 500  = 1000 ms", "halves"},
		{{.model_ms = -1, .tools_ms = 1}, "TTTTTTTTTTTTTTTTTTTT", "T tools 1  = 1 ms",
			"no negative ones"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buffer out;

		buffer_init(&out, BUFFER_MAX_TEXT);
		latency_bar(&out, &rows[i].latency, 20);
		cr_expect_str_eq(
			buffer_text(&out), rows[i].bar, "%s: %s", rows[i].comment, buffer_text(&out));
		buffer_reset(&out);
		latency_legend(&out, &rows[i].latency, 50);
		cr_expect_str_eq(
			buffer_text(&out), rows[i].legend, "%s: %s", rows[i].comment, buffer_text(&out));
		buffer_done(&out);
	}
	for (int width = 36; width < 60; width++) {
		struct buffer out;

		buffer_init(&out, BUFFER_MAX_TEXT);
		latency_legend(&out, &rows[2].latency, width);
		cr_expect_leq((int)out.len, width, "%d: %s", width, buffer_text(&out));
		buffer_done(&out);
	}
	for (int width = 0; width < 40; width++) {
		struct buffer out;

		buffer_init(&out, BUFFER_MAX_TEXT);
		latency_bar(&out, &rows[2].latency, width);
		cr_expect_eq(out.len, width < LATENCY_PHASES ? 0 : (size_t)width, "%d: %zu", width, out.len);
		buffer_done(&out);
	}
}
