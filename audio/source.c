/* The table of sources and what all kinds have in common: who listens, whether it runs, how much was
 * delivered. */
#include "audio/source.h"

#include <string.h>

const struct audio_source_ops *const audio_sources[] = {
	&audio_source_portaudio,
	&audio_source_file,
	&audio_source_null,
	NULL,
};

const struct audio_source_ops *audio_source_find(const char *name)
{
	for (size_t i = 0; audio_sources[i] != NULL; i++)
		if (strcmp(audio_sources[i]->name, name) == 0)
			return audio_sources[i];
	return NULL;
}

struct audio_source *audio_source_open(const struct audio_source_ops *ops, uv_loop_t *loop,
	const struct clock *clock, const struct audio_source_options *options,
	const struct audio_listener *listener, char **error)
{
	static const struct audio_source_options defaults;
	struct audio_source *source = ops->open(loop, clock, options != NULL ? options : &defaults, error);

	if (source == NULL)
		return NULL;
	source->ops = ops;
	source->listener = *listener;
	return source;
}

bool audio_source_start(struct audio_source *source, char **error)
{
	if (source->running)
		return true;
	source->delivered = 0;
	source->running = source->ops->start(source, error);
	return source->running;
}

void audio_source_stop(struct audio_source *source)
{
	if (!source->running)
		return;
	source->running = false;
	source->ops->stop(source);
}

void audio_source_close(struct audio_source *source)
{
	if (source == NULL)
		return;
	audio_source_stop(source);
	source->ops->close(source);
}

void audio_source_deliver(struct audio_source *source, const float *frames, size_t count)
{
	source->delivered += count;
	if (source->listener.frames != NULL)
		source->listener.frames(source->listener.ctx, frames, count);
}

void audio_source_ended(struct audio_source *source, const char *reason)
{
	audio_source_stop(source);
	if (source->listener.ended != NULL)
		source->listener.ended(source->listener.ctx, reason);
}
