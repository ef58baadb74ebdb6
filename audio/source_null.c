/* Silence: for machines without a microphone and for tests. */
#include "audio/source_paced.h"

#include <stdlib.h>
#include <string.h>

static size_t null_read(struct paced *paced, float *out, size_t count, char **reason)
{
	(void)paced;
	(void)reason;
	if (out)
		memset(out, 0, count * sizeof *out);
	return count;
}

static void null_done(struct paced *paced)
{
	free(paced);
}

static struct audio_source *null_open(
	uv_loop_t *loop, const struct clock *clock, const struct audio_source_options *options, char **error)
{
	struct paced *paced = xcalloc(1, sizeof *paced);

	(void)error;
	paced->read = null_read;
	paced->done = null_done;
	paced_init(paced, loop, clock, options);
	return &paced->source;
}

const struct audio_source_ops audio_source_null = {
	.name = "null",
	.title = "Silence",
	.summary = "no microphone: silence at the pace of one",
	.open = null_open,
	.start = paced_start,
	.stop = paced_stop,
	.close = paced_close,
};
