/* Headers of an answer. Numbers in them are decimal and durations Go's, whatever the locale. See
 * openai_headers.h. */
#include "orchestrator/openai_headers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LONGEST_MS (365.0 * 86400 * 1000)

const char *const openai_wanted_headers[] = {"x-request-id", "apim-request-id", "request-id",
	"openai-processing-ms", "retry-after-ms", "server", "x-ratelimit-limit-requests",
	"x-ratelimit-remaining-requests", "x-ratelimit-reset-requests", "x-ratelimit-limit-tokens",
	"x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens", NULL};

/* A decimal number at *text, which is moved behind it. Negative: there is none. */
static double read_number(const char **text)
{
	size_t len = strspn(*text, "0123456789.");
	char digits[32], *end;
	double value;

	if (!len || len >= sizeof digits)
		return -1;
	memcpy(digits, *text, len);
	digits[len] = '\0';
	value = strtod(digits, &end);
	if (*end)
		return -1;
	*text += len;
	return value;
}

static double read_unit_ms(const char **text)
{
	static const struct {
		const char *name;
		double ms;
	} units[] = {{"ms", 1}, {"us", 0.001}, {"µs", 0.001}, {"ns", 0.000001}, {"s", 1000}, {"m", 60000},
		{"h", 3600000}, {"d", 86400000}};

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (!strncasecmp(*text, units[i].name, strlen(units[i].name))) {
			*text += strlen(units[i].name);
			return units[i].ms;
		}
	return -1;
}

double openai_duration_ms(const char *text)
{
	double total_ms = 0, number, unit_ms;

	text += strspn(text, " \t");
	number = read_number(&text);
	if (number < 0)
		return -1;
	if (!text[strspn(text, " \t")])
		return fmin(number * 1000, LONGEST_MS);
	for (;;) {
		unit_ms = read_unit_ms(&text);
		if (unit_ms < 0)
			return -1;
		total_ms += number * unit_ms;
		if (!text[strspn(text, " \t")])
			return fmin(total_ms, LONGEST_MS);
		number = read_number(&text);
		if (number < 0)
			return -1;
	}
}

/* A header that is a number; negative where it is none. */
static double number_of(const struct http_response *response, const char *name)
{
	const char *text = http_response_header(response, name);
	double number;

	if (!text)
		return -1;
	text += strspn(text, " \t");
	number = read_number(&text);
	return text[strspn(text, " \t")] ? -1 : number;
}

static double reset_of(const struct http_response *response, const char *name)
{
	const char *text = http_response_header(response, name);

	return text ? openai_duration_ms(text) : -1;
}

static const char *text_of(const struct http_response *response, const char *name)
{
	const char *text = http_response_header(response, name);

	return text && *text ? text : NULL;
}

void openai_headers_read(struct openai_headers *headers, const struct http_response *response)
{
	const char *id = text_of(response, "x-request-id");
	double retry_ms = number_of(response, "retry-after-ms");

	if (!id)
		id = text_of(response, "apim-request-id");
	if (!id)
		id = text_of(response, "request-id");
	*headers = (struct openai_headers){
		.request_id = id,
		.server = text_of(response, "server"),
		.processing_ms = number_of(response, "openai-processing-ms"),
		.retry_after_ms = retry_ms >= 0 && response->status >= 300 ? fmin(retry_ms, LONGEST_MS)
									   : response->retry_after_ms,
		.requests = {number_of(response, "x-ratelimit-limit-requests"),
			number_of(response, "x-ratelimit-remaining-requests"),
			reset_of(response, "x-ratelimit-reset-requests")},
		.tokens = {number_of(response, "x-ratelimit-limit-tokens"),
			number_of(response, "x-ratelimit-remaining-tokens"),
			reset_of(response, "x-ratelimit-reset-tokens")},
	};
}
