/* What HTTP/2 has of its own to end a request with (RFC 9113 §5.4, §6.8): a server that goes away, or refuses
 * a stream. It speaks HTTP/2 from the first byte, and each of its connections says the same. */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define SETTINGS "\0\0\0\x04\0\0\0\0\0"
#define GOAWAY(last, error) "\0\0\x08\x07\0\0\0\0\0\0\0\0" last "\0\0\0" error
#define RESET(error) "\0\0\x04\x03\0\0\0\0\x01\0\0\0" error
/* ":status: 200" and an end of the stream; the same without one, and a DATA frame that ends it. */
#define NO_CONTENT "\0\0\x01\x01\x05\0\0\0\x01\x88"
#define HEAD "\0\0\x01\x01\x04\0\0\0\x01\x88"
#define DATA "\0\0\x02\0\x01\0\0\0\x01{}"

#define BYTES(text) text, sizeof(text) - 1

/* Reasons of a GET's attempts, of which one may follow, and of a POST's. */
#define LOST "repeatable, retries used up", "not repeatable"
#define UNSENT "never sent, retries used up"
#define FIVE                                                                                                 \
	"re-sent on a new connection, re-sent on a new connection, re-sent on a new connection, "            \
	"re-sent on a new connection, re-sent on a new connection, "

static char *reasons(const struct result *result)
{
	struct buffer out;

	buffer_init(&out, BUFFER_MAX_TEXT);
	for (size_t i = 0; i < result->attempt_count; i++)
		buffer_appendf(&out, "%s%s", i ? ", " : "",
			result->attempts[i].reason ? result->attempts[i].reason : "");
	return buffer_take(&out);
}

Test(http2, a_request_is_ended, .timeout = 60)
{
	static const struct {
		const char *comment, *bytes;
		size_t len;
		enum script_then then;
		bool success;
		const char *reasons[2];
	} rows[] = {
		{"an answer", BYTES(SETTINGS NO_CONTENT), SCRIPT_KEEP, true, {"", ""}},
		{"an answer, and it goes away", BYTES(SETTINGS HEAD DATA GOAWAY("\x01", "\0")), SCRIPT_CLOSE,
			true, {"", ""}},
		{"goes away before the request", BYTES(SETTINGS GOAWAY("\0", "\0")), SCRIPT_CLOSE, false,
			{LOST}},
		{"goes away with the request", BYTES(SETTINGS GOAWAY("\x01", "\0")), SCRIPT_CLOSE, false,
			{LOST}},
		{"goes away for an error", BYTES(SETTINGS GOAWAY("\x01", "\x02")), SCRIPT_CLOSE, false,
			{LOST}},
		{"goes away within the answer", BYTES(SETTINGS HEAD GOAWAY("\x01", "\0")), SCRIPT_CLOSE,
			false, {LOST}},
		{"refuses the stream", BYTES(SETTINGS RESET("\x07")), SCRIPT_KEEP, false,
			{FIVE "repeatable, " FIVE "retries used up", UNSENT}},
		{"resets the stream", BYTES(SETTINGS RESET("\x02")), SCRIPT_KEEP, false, {LOST}},
		{"resets it within the answer", BYTES(SETTINGS HEAD RESET("\x02")), SCRIPT_KEEP, false,
			{LOST}},
	};
	static const char *const methods[] = {"GET", "POST"};

	for (size_t i = 0; i < 2 * (sizeof rows / sizeof rows[0]); i++) {
		const char *comment = rows[i / 2].comment, *method = methods[i % 2];
		struct result *result;
		struct rig rig;
		char *why;

		rig_init(&rig);
		script_greet_bytes(rig.server, rows[i / 2].bytes, rows[i / 2].len, rows[i / 2].then);
		result = rig_call(
			&rig, method, "'httpVersion':'2','timeoutMs':9000,'retry':{'max':1,'initialMs':1}");
		why = reasons(result);
		cr_expect_eq(
			result->success, rows[i / 2].success, "%s, %s: %s", comment, method, result->error);
		cr_expect_str_eq(result->error_code, result->success ? "" : "REST_NETWORK_ERROR",
			"%s, %s: %s", comment, method, result->error_code);
		cr_expect_str_eq(why, rows[i / 2].reasons[i % 2], "%s, %s: %s: %s", comment, method, why,
			result->error);
		free(why);
		result_free(result);
		rig_expect_idle(&rig);
		rig_done(&rig);
	}
}
