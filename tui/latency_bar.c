#include "tui/latency_bar.h"

#include <math.h>
#include <string.h>

static const struct {
	char letter;
	const char *name;
} phases[LATENCY_PHASES] = {
	{'W', "wait"},
	{'R', "recognition"},
	{'M', "model"},
	{'T', "tools"},
	{'S', "synthesis"},
	{'.', "other"},
};

static double read_phases(const struct turn_latency *latency, double ms[LATENCY_PHASES])
{
	const double values[LATENCY_PHASES] = {latency->endpoint_ms, latency->recognition_ms,
		latency->model_ms, latency->tools_ms, latency->synthesis_ms, latency->other_ms};
	double sum = 0;

	for (size_t i = 0; i < LATENCY_PHASES; i++) {
		ms[i] = values[i] > 0 ? values[i] : 0;
		sum += ms[i];
	}
	return sum;
}

/* The one that is furthest from its share gets, or gives, a cell. */
static size_t furthest(const double *share, const int *cells, int step)
{
	size_t at = 0;
	double most = -INFINITY;

	for (size_t i = 0; i < LATENCY_PHASES; i++) {
		double off = step * (share[i] - cells[i]);

		if (share[i] > 0 && off > most && (step > 0 || cells[i] > 1)) {
			most = off;
			at = i;
		}
	}
	return at;
}

void latency_bar(struct buffer *out, const struct turn_latency *latency, int width)
{
	double share[LATENCY_PHASES], sum = read_phases(latency, share);
	int cells[LATENCY_PHASES], used = 0;

	if (sum <= 0 || width < LATENCY_PHASES)
		return;
	for (size_t i = 0; i < LATENCY_PHASES; i++) {
		share[i] *= width / sum;
		cells[i] = share[i] > 0 && share[i] < 1 ? 1 : (int)share[i];
		used += cells[i];
	}
	for (; used < width; used++)
		cells[furthest(share, cells, 1)]++;
	for (; used > width; used--)
		cells[furthest(share, cells, -1)]--;
	for (size_t i = 0; i < LATENCY_PHASES; i++)
		for (int n = 0; n < cells[i]; n++)
			buffer_append_char(out, phases[i].letter);
}

/* From the widest to the narrowest way to say it. */
enum manner {
	WITH_NAMES,
	WITH_LETTERS,
	NARROW,
	MANNERS
};

static void legend(struct buffer *out, const double *ms, double sum, enum manner manner)
{
	for (size_t i = 0; i < LATENCY_PHASES; i++)
		if (ms[i] > 0)
			buffer_appendf(out, "%c%s%s%s%.0f%s", phases[i].letter, manner == NARROW ? "" : " ",
				manner == WITH_NAMES ? phases[i].name : "", manner == WITH_NAMES ? " " : "",
				ms[i], manner == NARROW ? " " : "  ");
	buffer_appendf(out, "= %.0f ms", sum);
}

void latency_legend(struct buffer *out, const struct turn_latency *latency, int width)
{
	double ms[LATENCY_PHASES], sum = read_phases(latency, ms);
	size_t before = out->len;

	for (enum manner manner = WITH_NAMES; manner < MANNERS; manner++) {
		buffer_truncate(out, before);
		legend(out, ms, sum, manner);
		if ((int)(out->len - before) <= width)
			return;
	}
}
