/* The table of voices. */
#include "audio/synthesiser.h"

#include <math.h>
#include <string.h>

#define SILENT 0.003f /* -50 dBFS, where voice activity begins, too */

const struct synthesiser_ops *const synthesisers[] = {
#ifdef HAVE_FLITE
	&synthesiser_flite,
#endif
	&synthesiser_http,
	&synthesiser_none,
	NULL,
};

const struct synthesiser_ops *synthesiser_find(const char *name)
{
	for (size_t i = 0; synthesisers[i]; i++)
		if (strcmp(synthesisers[i]->name, name) == 0)
			return synthesisers[i];
	return NULL;
}

struct synthesiser *synthesiser_open(
	const struct synthesiser_ops *ops, const struct synthesiser_options *options, char **error)
{
	struct synthesiser *synthesiser = ops->open(options, error);

	if (synthesiser)
		synthesiser->ops = ops;
	return synthesiser;
}

void synthesiser_speak(struct synthesiser *synthesiser, const struct synthesis *synthesis,
	const struct synthesis_listener *listener)
{
	synthesiser->ops->speak(synthesiser, synthesis, listener);
}

void synthesiser_hush(struct synthesiser *synthesiser)
{
	synthesiser->ops->hush(synthesiser);
}

size_t synthesis_lead(const float *frames, size_t count)
{
	size_t onset = SYNTHESIS_ONSET_MS * AUDIO_RATE_HZ / 1000, at = 0;

	while (at < count && fabsf(frames[at]) < SILENT)
		at++;
	return at == count ? count : at > onset ? at - onset : 0;
}

void synthesiser_close(struct synthesiser *synthesiser)
{
	if (synthesiser)
		synthesiser->ops->close(synthesiser);
}
