#include "audio/said.h"

#include <ctype.h>

static void add_below_thousand(struct buffer *out, unsigned long n)
{
	static const char *const small[] = {"zero", "one", "two", "three", "four", "five", "six", "seven",
		"eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen",
		"seventeen", "eighteen", "nineteen"};
	static const char *const tens[] = {
		"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"};

	if (n >= 100) {
		buffer_appendf(out, "%s hundred ", small[n / 100]);
		n %= 100;
		if (!n)
			return;
	}
	if (n >= 20)
		buffer_appendf(out, "%s ", tens[n / 10 - 2]);
	if (n < 20 || n % 10)
		buffer_appendf(out, "%s ", small[n < 20 ? n : n % 10]);
}

void said_number(struct buffer *out, unsigned long n)
{
	if (n >= 1000) {
		add_below_thousand(out, n / 1000);
		buffer_append_str(out, "thousand ");
		n %= 1000;
		if (!n)
			return;
	}
	add_below_thousand(out, n);
}

void said_spelled(struct buffer *out, const char *word)
{
	for (const char *p = word; *p; p++) {
		if (isdigit((unsigned char)*p))
			said_number(out, (unsigned long)(*p - '0'));
		else if (isalpha((unsigned char)*p))
			buffer_appendf(out, "%c. ", tolower((unsigned char)*p));
	}
}
