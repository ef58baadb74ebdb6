/* Numbers in and out, exactly. See json_number.h. */
#include "executor/json_number.h"

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

/* Most numbers: without an exponent, and so few digits that they are a double, as the power of ten behind the
 * point is. One division rounds once, which is right. */
static bool read_short(const char *text, size_t len, double *d)
{
	static const double tens[EXACT_DIGITS + 1] = {
		1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
	size_t i = *text == '-', point = len;
	int64_t digits = 0;

	if (len > EXACT_DIGITS)
		return false;
	for (; i < len; i++) {
		if (text[i] >= '0' && text[i] <= '9')
			digits = digits * 10 + text[i] - '0';
		else if (text[i] == '.')
			point = i + 1;
		else
			return false;
	}
	*d = (double)digits / tens[len - point];
	if (*text == '-')
		*d = -*d;
	return true;
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

	if (read_short(text, len, &d))
		return d;
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

/* May the text be one that a double loses? Cheap; true for more than really do. */
static bool is_suspect(const char *text, size_t len)
{
	return len > EXACT_DIGITS || memchr(text, 'e', len) || memchr(text, 'E', len);
}

/* True where a double would print as something that is not the number. A short number with an exponent is
 * only another way of writing it, unless it lies beyond all doubles. */
static bool is_lost(const char *text, size_t len, double d)
{
	char printed[JSON_NUMBER_SIZE];
	size_t zeros = 0;

	if (len > EXACT_DIGITS) {
		json_number_print(d, printed);
		return strlen(printed) != len || memcmp(printed, text, len) != 0;
	}
	if (fabs(d) == DBL_MAX)
		return true;
	while (zeros < len && strchr("-0.", text[zeros]))
		zeros++;
	return d == 0 && zeros < len && (text[zeros] | 32) != 'e';
}

void json_number_set(cJSON *value, const char *text, size_t len)
{
	double d = json_number_read(text, len);

	value->type = cJSON_Number;
	cJSON_SetNumberHelper(value, d);
	if (is_suspect(text, len) && is_lost(text, len, d))
		value->valuestring = xstrndup(text, len);
}
