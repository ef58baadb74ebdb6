/* The `http` recogniser in time: servers that load, are slow or are asked one question after the other, and a
 * recogniser that is closed at any moment. */
#include "tests/audio/recogniser_rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(recogniser_http, it_loads_and_then_it_is_there, .timeout = 30)
{
	struct hearing hearing;

	hearing_init(&hearing);
	hearing_open(&hearing);
	hearing_answers(&hearing, 503, "{\"error\":\"loading\"}");
	script_raw(hearing.service.rig.server, NULL, SCRIPT_RESET);
	hearing_answers(&hearing, 200, SAYS("there"));
	hearing_hear(&hearing);
	cr_assert(hearing.text, "%s", hearing.error);
	cr_expect_str_eq(hearing.text, "there");
	cr_expect_eq(hearing_requests(&hearing), 3);
	cr_expect_str_eq(service_field(&hearing.service, 2, "response_format", NULL), "verbose_json",
		"503 says nothing about the form");
	hearing_done(&hearing);
}

/* It is waited for while it says something, and what it says may be torn within a character. */
Test(recogniser_http, a_slow_answer, .timeout = 30)
{
	struct hearing hearing;

	hearing_init(&hearing);
	hearing.service.settings.first_byte_ms = 5000;
	hearing.service.settings.stall_ms = 500;
	hearing_open(&hearing);
	hearing_answers(&hearing, 200, SAYS("gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80"));
	script_pace(hearing.service.rig.server, 600, 2);
	hearing_hear(&hearing);
	cr_assert(hearing.text, "%s", hearing.error);
	cr_expect_str_eq(hearing.text, "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80");
	cr_expect_gt(hearing.wait_ms, 600);
	cr_expect_eq(hearing_requests(&hearing), 1);
	hearing_done(&hearing);
}

struct busy {
	int asked, at_once;
};

static char *one_at_a_time(void *ctx, const char *request, enum script_then *then)
{
	static const char *const says[] = {SAYS("one"), SAYS("two"), SAYS("three")};
	struct busy *busy = ctx;
	const char *body = says[busy->asked++ % 3];

	(void)request;
	*then = SCRIPT_KEEP;
	return xasprintf("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
}

/* While one is asked about, the next are heard; each is told, in order, over one connection. */
Test(recogniser_http, one_at_a_time_in_their_order, .timeout = 30)
{
	struct busy busy = {0};
	struct hearing hearing;
	float nothing[160] = {0};

	hearing_init(&hearing);
	hearing_open(&hearing);
	script_answer_by(hearing.service.rig.server, one_at_a_time, &busy);
	hearing_say(&hearing, 200);
	/* Forgotten: nobody is asked, and nothing is told. */
	recogniser_hear(hearing.recogniser, nothing, 160);
	recogniser_end(hearing.recogniser, false);
	hearing_say(&hearing, 200);
	hearing_say(&hearing, 50);
	recogniser_end(hearing.recogniser, true);
	hearing_say(&hearing, 200);
	while (hearing.count < 5) {
		hearing.got = false;
		rig_wait(&hearing.service.rig, &hearing.got);
	}
	cr_expect_str_eq(buffer_text(&hearing.all), "one|two|||three|", "what is too short says nothing");
	cr_expect_eq(hearing_requests(&hearing), 3);
	cr_expect_eq(script_connections(hearing.service.rig.server), 1);
	hearing_done(&hearing);
}

Test(recogniser_http, closed_while_it_is_asked, .timeout = 30)
{
	for (int told = 0; told < 3; told++) {
		struct hearing hearing;

		hearing_init(&hearing);
		hearing_open(&hearing);
		script_raw(hearing.service.rig.server, NULL, SCRIPT_KEEP);
		hearing_say(&hearing, 200);
		hearing_say(&hearing, 200);
		if (told)
			rig_settle(&hearing.service.rig);
		cr_expect_eq(hearing_requests(&hearing), told ? 1 : 0, "one at a time");
		if (told == 2) {
			recogniser_hear(hearing.recogniser, (float[]){0}, 1);
			recogniser_end(hearing.recogniser, false);
		}
		hearing_done(&hearing);
		cr_expect_eq(hearing.count, 0);
	}
}

Test(recogniser_http, closed_between_attempts_and_from_inside, .timeout = 30)
{
	struct hearing hearing;

	hearing_init(&hearing);
	hearing.service.settings.retry.initial_ms = hearing.service.settings.retry.max_ms = 60000;
	hearing_open(&hearing);
	hearing_answers(&hearing, 503, "");
	hearing_say(&hearing, 200);
	rig_settle(&hearing.service.rig);
	cr_expect_eq(hearing_requests(&hearing), 1);
	hearing_done(&hearing);

	hearing_init(&hearing);
	hearing.close = true;
	hearing_open(&hearing);
	hearing_answers(&hearing, 200, SAYS("last"));
	hearing_say(&hearing, 200);
	hearing_hear(&hearing);
	cr_expect_eq(hearing.count, 1);
	hearing_done(&hearing);
}
