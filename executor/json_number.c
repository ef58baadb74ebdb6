/* See json_number.h. The tree and the text hold the same numbers in the same order, so a walk over both finds
 * the text of each. */
#include "executor/json_number.h"
#include "executor/buffer.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_DIGITS 15      /* a double gives back any number of so many */
#define COUNTED_DIGITS 800   /* no digit behind these can change the double that is nearest */
#define EXPONENT_MAX 1000000 /* beyond any double, within a long however long the number is */

/* printf writes the locale's decimal point, which JSON does not know. */
static void fix_point(char *text)
{
	char *out = text;

	for (const char *in = text; *in; in++) {
		if (strchr("0123456789+-eE", *in))
			*out++ = *in;
		else if (out == text || out[-1] != '.')
			*out++ = '.';
	}
	*out = '\0';
}

/* Most numbers are; printf takes ten times as long. */
static void print_integer(int64_t value, char text[JSON_NUMBER_SIZE])
{
	char digits[20];
	size_t n = 0;

	if (value < 0) {
		*text++ = '-';
		value = -value;
	}
	do
		digits[n++] = (char)('0' + value % 10);
	while (value /= 10);
	while (n)
		*text++ = digits[--n];
	*text = '\0';
}

void json_number_print(double d, char text[JSON_NUMBER_SIZE])
{
	if (!isfinite(d)) {
		memcpy(text, "null", 5);
		return;
	}
	if (d == floor(d) && fabs(d) < 1e15) {
		print_integer((int64_t)d, text);
		return;
	}
	for (int digits = EXACT_DIGITS; digits <= 17; digits++) {
		snprintf(text, JSON_NUMBER_SIZE, "%.*g", digits, d);
		if (strtod(text, NULL) == d)
			break;
	}
	fix_point(text);
}

static long read_exponent(const char *text, const char *end)
{
	long exponent = 0;

	for (const char *p = text; p < end; p++)
		if (*p >= '0' && *p <= '9' && exponent < EXPONENT_MAX)
			exponent = exponent * 10 + *p - '0';
	return *text == '-' ? -exponent : exponent;
}

/* strtod sees the digits without their point, because which point it wants depends on the locale. */
double json_number_read(const char *text, size_t len)
{
	const char *p = text, *end = text + len;
	char plain[COUNTED_DIGITS + 32];
	bool after_point = false;
	size_t n = 0, zeros; /* zeros: where leading ones still stand */
	long exponent = 0;
	double d;

	if (*p == '-')
		plain[n++] = *p++;
	zeros = n;
	for (; p < end && (*p | 32) != 'e'; p++) {
		if (*p == '.') {
			after_point = true;
			continue;
		}
		if (n < COUNTED_DIGITS && (n > zeros || *p != '0'))
			plain[n++] = *p;
		else if (n >= COUNTED_DIGITS)
			exponent++;
		exponent -= after_point;
	}
	if (p < end)
		exponent += read_exponent(p + 1, end);
	snprintf(plain + n, sizeof plain - n, "%se%ld", n > zeros ? "" : "0", exponent);
	d = strtod(plain, NULL);
	return isinf(d) ? copysign(DBL_MAX, d) : d;
}

bool json_number_is_suspect(const char *text, size_t len)
{
	return len > EXACT_DIGITS || memchr(text, 'e', len) || memchr(text, 'E', len);
}

/* The next number from *at on, strings passed over. False behind the last one. */
static bool next_number(const char **at, const char *end, const char **number, size_t *len)
{
	const char *p = *at;

	for (; p < end && *p != '-' && !(*p >= '0' && *p <= '9'); p++) {
		if (*p != '"')
			continue;
		for (p++; p < end && *p != '"'; p++)
			p += *p == '\\';
	}
	if (p >= end)
		return false;
	*number = p;
	while (p < end &&
		((*p >= '0' && *p <= '9') || *p == '-' || *p == '+' || *p == '.' || (*p | 32) == 'e'))
		p++;
	*len = (size_t)(p - *number);
	*at = p;
	return true;
}

char *json_number_shorten(const char *text, size_t len, size_t *out_len)
{
	const char *at = text, *copied = text, *end = text + len, *number;
	struct buffer out;
	size_t n;

	buffer_init(&out, SIZE_MAX / 4);
	while (next_number(&at, end, &number, &n)) {
		if (n <= JSON_NUMBER_CJSON_MAX)
			continue;
		buffer_append(&out, copied, (size_t)(number - copied));
		buffer_append_char(&out, '0');
		copied = at;
	}
	buffer_append(&out, copied, (size_t)(end - copied));
	*out_len = out.len;
	return buffer_take(&out);
}

/* True where a double would print as something that is not the number. A short number with an exponent is
 * only another way of writing it, unless it lies beyond all doubles. */
static bool is_lost(const char *text, size_t len, double d)
{
	char printed[JSON_NUMBER_SIZE];
	size_t zeros;

	if (len > EXACT_DIGITS) {
		json_number_print(d, printed);
		return strlen(printed) != len || memcmp(printed, text, len) != 0;
	}
	if (fabs(d) == DBL_MAX)
		return true;
	zeros = strspn(text, "-0.");
	return d == 0 && zeros < len && (text[zeros] | 32) != 'e';
}

struct numbers {
	const char *at, *end;
};

static void keep(cJSON *number, struct numbers *numbers)
{
	const char *text;
	size_t len;

	if (!next_number(&numbers->at, numbers->end, &text, &len) || !json_number_is_suspect(text, len))
		return;
	if (len > JSON_NUMBER_CJSON_MAX || !isfinite(number->valuedouble))
		number->valuedouble = json_number_read(text, len);
	if (is_lost(text, len, number->valuedouble))
		number->valuestring = xstrndup(text, len);
}

/* The parser has bounded the depth. */
static void keep_all(cJSON *value, struct numbers *numbers)
{
	for (; value; value = value->next) {
		if (cJSON_IsNumber(value))
			keep(value, numbers);
		else if (value->child)
			keep_all(value->child, numbers);
	}
}

void json_number_keep(cJSON *value, const char *text, size_t len)
{
	struct numbers numbers = {text, text + len};

	keep_all(value, &numbers);
}
