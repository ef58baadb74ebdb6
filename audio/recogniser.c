/* The table of recognisers and what all kinds have in common. */
#include "audio/recogniser.h"

#include <stdlib.h>
#include <string.h>

const struct recogniser_ops *const recognisers[] = {
#ifdef HAVE_POCKETSPHINX
	&recogniser_auto,
	&recogniser_pocketsphinx,
#endif
	&recogniser_http,
	NULL,
};

const struct recogniser_ops *recogniser_find(const char *name)
{
	for (size_t i = 0; recognisers[i]; i++)
		if (strcmp(recognisers[i]->name, name) == 0)
			return recognisers[i];
	return NULL;
}

struct recogniser *recogniser_open(const struct recogniser_ops *ops, const struct recogniser_options *options,
	const struct recogniser_listener *listener, char **error)
{
	struct recogniser *recogniser = ops->open(options, error);

	if (!recogniser)
		return NULL;
	recogniser->ops = ops;
	recogniser->listener = *listener;
	return recogniser;
}

void recogniser_hear(struct recogniser *recogniser, const float *frames, size_t count)
{
	recogniser->ops->hear(recogniser, frames, count);
}

void recogniser_pause(struct recogniser *recogniser, bool silent)
{
	if (recogniser->ops->pause)
		recogniser->ops->pause(recogniser, silent);
}

void recogniser_end(struct recogniser *recogniser, bool keep)
{
	recogniser->ops->end(recogniser, keep);
}

void recogniser_close(struct recogniser *recogniser)
{
	if (recogniser)
		recogniser->ops->close(recogniser);
}

void transcript_done(struct transcript *transcript)
{
	free(transcript->text);
	free(transcript->fallback);
	free(transcript->request_id);
	for (size_t i = 0; i < transcript->alternative_count; i++)
		free(transcript->alternatives[i].text);
	*transcript = (struct transcript){0};
}

static void add_unless_negative(cJSON *object, const char *name, double value)
{
	if (value < 0)
		cJSON_AddNullToObject(object, name);
	else
		cJSON_AddNumberToObject(object, name, value);
}

cJSON *transcript_to_json(const struct transcript *transcript)
{
	cJSON *object = cJSON_CreateObject(), *list, *item;

	cJSON_AddStringToObject(object, "text", transcript->text);
	add_unless_negative(object, "confidence", transcript->confidence);
	cJSON_AddStringToObject(object, "by", transcript->by);
	json_add_string(object, "fallback", transcript->fallback);
	json_add_string(object, "requestId", transcript->request_id);
	add_unless_negative(object, "agreement", transcript->agreement);
	list = cJSON_AddArrayToObject(object, "alternatives");
	for (size_t i = 0; i < transcript->alternative_count; i++) {
		item = cJSON_CreateObject();
		cJSON_AddStringToObject(item, "text", transcript->alternatives[i].text);
		add_unless_negative(item, "confidence", transcript->alternatives[i].confidence);
		cJSON_AddItemToArray(list, item);
	}
	cJSON_AddNumberToObject(object, "audioMs", transcript->audio_ms);
	cJSON_AddNumberToObject(object, "workMs", transcript->work_ms);
	cJSON_AddNumberToObject(object, "waitMs", transcript->wait_ms);
	return object;
}
