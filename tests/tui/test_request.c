/* The table of requests: every key asks for one thing, footer and help are made of it. */
#include "tui/request.h"

#include <criterion/criterion.h>
#include <string.h>

Test(request, keys_are_unique)
{
	static const int keys[] = {
#define KEY_OF(name, key, group, label, footer, help) key,
		REQUESTS(KEY_OF)
#undef KEY_OF
#define ALIAS_OF(name, key) key,
			REQUEST_ALIASES(ALIAS_OF)
#undef ALIAS_OF
	};
	size_t n = sizeof keys / sizeof keys[0];

	for (size_t i = 0; i < n; i++) {
		cr_expect_neq(request_of_key(keys[i]), REQUEST_NONE);
		for (size_t j = 0; j < i; j++)
			cr_expect_neq(keys[i], keys[j], "key %d asks for two things", keys[i]);
	}
	cr_expect_eq(request_of_key('a'), REQUEST_NONE, "letters are text");
	cr_expect_eq(request_of_key(KEY_F(10)), REQUEST_QUIT);
	cr_expect_eq(request_of_key('\n'), REQUEST_ENTER);
}

Test(request, footer_fits)
{
	struct buffer out;

	for (int width = 0; width < 100; width++) {
		buffer_init(&out, BUFFER_MAX_TEXT);
		request_footer(&out, width);
		cr_expect(out.len <= (size_t)width, "%zu columns in %d", out.len, width);
		buffer_done(&out);
	}
	buffer_init(&out, BUFFER_MAX_TEXT);
	request_footer(&out, 100);
	cr_expect_str_eq(
		buffer_text(&out), "F1 Help  F2 Orchestrator  F3 Compare  F4 Workflow  F5 Mic  F10 Quit");
	buffer_done(&out);
}

Test(request, help_tells_every_row)
{
	struct buffer out;

	buffer_init(&out, BUFFER_MAX_TEXT);
	request_help(&out);
#define TOLD(name, key, group, label, footer, help)                                                          \
	cr_expect(strstr(buffer_text(&out), help), "%s is not in the help", #name);                          \
	cr_expect(strlen(label) <= 11, "%s does not fit its column", label);
	REQUESTS(TOLD)
#undef TOLD
	buffer_done(&out);
}
