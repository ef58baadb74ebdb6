/* The floor starts no higher than what is no speech anyway: who speaks with the first frame is heard, and a
 * noisy room costs one false beginning until the floor has risen. Later, while an utterance goes on, it rises
 * four times slower, or a long vowel would become the noise that the next one has to exceed. */
#include "audio/activity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define QUIETEST_DB (-96.0) /* of 16 bits; digital silence is no level at all */
#define BEGIN_FRAMES 3      /* voiced ones among */
#define BEGIN_AMONG 5
#define SPEAKING_SLOWER 4

struct activity_settings activity_defaults(void)
{
	return (struct activity_settings){
#define ACTIVITY_DEFAULT(name, json, value, least, most, meaning) .name = value,
		ACTIVITY_SETTINGS(ACTIVITY_DEFAULT)
#undef ACTIVITY_DEFAULT
	};
}

static char *setting_read(double *setting, const cJSON *item, const char *name, double least, double most)
{
	if (!item)
		return NULL;
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= least && item->valuedouble <= most))
		return xasprintf("%s is to be a number from %g to %g", name, least, most);
	*setting = item->valuedouble;
	return NULL;
}

char *activity_settings_read(struct activity_settings *settings, const cJSON *json)
{
	struct activity_settings read = *settings;
	char *wrong = NULL;

	if (json && !cJSON_IsObject(json))
		return xstrdup("the settings of voice activity are to be an object");
#define ACTIVITY_READ(name, member, value, least, most, meaning)                                             \
	if (!wrong)                                                                                          \
		wrong = setting_read(&read.name, json_get(json, member), member, least, most);
	ACTIVITY_SETTINGS(ACTIVITY_READ)
#undef ACTIVITY_READ
	if (!wrong && read.exit_db > read.enter_db)
		wrong = xasprintf("exitDb (%g) is to be at most enterDb (%g)", read.exit_db, read.enter_db);
	if (!wrong)
		*settings = read;
	return wrong;
}

const char *activity_event_name(enum activity_event event)
{
	static const char *const names[] = {
		[ACTIVITY_NONE] = "none",
		[ACTIVITY_BEGAN] = "began",
		[ACTIVITY_ENDED] = "ended",
		[ACTIVITY_CUT] = "cut",
		[ACTIVITY_DROPPED] = "dropped",
	};

	return names[event];
}

void activity_init(struct activity *activity, const struct activity_settings *settings)
{
	*activity = (struct activity){.settings = *settings};
}

static double level_of(const float *frame, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (double)frame[i] * (double)frame[i];
	sum = count ? sum / (double)count : 0;
	return sum > 0 ? fmax(10 * log10(sum), QUIETEST_DB) : QUIETEST_DB;
}

static uint64_t samples(double ms)
{
	return (uint64_t)(ms * AUDIO_RATE_HZ / 1000);
}

static bool floor_is_known(const struct activity *activity)
{
	return activity->heard > samples(activity->settings.floor_up_ms);
}

/* One pole. */
static void floor_follow(struct activity *activity, double level, size_t count)
{
	const struct activity_settings *settings = &activity->settings;
	double time = settings->floor_down_ms;

	if (!activity->heard)
		activity->floor_db = fmin(level, settings->least_dbfs);
	if (level > activity->floor_db)
		time = settings->floor_up_ms *
			(floor_is_known(activity) && activity->speaking ? SPEAKING_SLOWER : 1);
	activity->floor_db +=
		(level - activity->floor_db) * (1 - exp(-(double)count * 1000 / AUDIO_RATE_HZ / time));
}

static unsigned bits(unsigned recent)
{
	unsigned n = 0;

	for (unsigned i = 0; i < BEGIN_AMONG; i++)
		n += recent >> i & 1;
	return n;
}

static enum activity_event utterance_begin(struct activity *activity)
{
	uint64_t pre_roll = samples(activity->settings.pre_roll_ms);
	unsigned oldest = BEGIN_AMONG;

	while (!(activity->recent >> (oldest - 1) & 1))
		oldest--;
	activity->speaking = true;
	activity->voice = (uint64_t)bits(activity->recent) * AUDIO_BLOCK_FRAMES;
	activity->voice_first = activity->heard - (uint64_t)oldest * AUDIO_BLOCK_FRAMES;
	activity->voice_end = activity->heard;
	activity->first = activity->voice_first > activity->utterance + pre_roll
		? activity->voice_first - pre_roll
		: activity->utterance;
	return ACTIVITY_BEGAN;
}

static enum activity_event utterance_end(struct activity *activity, enum activity_event event)
{
	activity->speaking = false;
	activity->recent = 0;
	activity->utterance = activity->heard;
	return activity->voice < samples(activity->settings.least_ms) ? ACTIVITY_DROPPED : event;
}

static enum activity_event utterance_step(struct activity *activity, size_t count)
{
	if (!activity->speaking)
		return activity->voiced && bits(activity->recent) >= BEGIN_FRAMES ? utterance_begin(activity)
										  : ACTIVITY_NONE;
	if (activity->voiced) {
		activity->voice += count;
		activity->voice_end = activity->heard;
	}
	if (activity->heard - activity->voice_end >= samples(activity->settings.hangover_ms))
		return utterance_end(activity, ACTIVITY_ENDED);
	if (activity->heard - activity->first >= samples(activity->settings.most_ms))
		return utterance_end(activity, ACTIVITY_CUT);
	return ACTIVITY_NONE;
}

static struct activity_decision decide(
	const struct activity *activity, enum activity_event event, double level, double threshold)
{
	return (struct activity_decision){
		.event = event,
		.level_db = level,
		.floor_db = activity->floor_db,
		.threshold_db = threshold,
		.voiced = activity->voiced,
		.first = activity->first,
		.voice_first = activity->voice_first,
		.voice_end = activity->voice_end,
	};
}

struct activity_decision activity_step(struct activity *activity, const float *frame, size_t count)
{
	const struct activity_settings *settings = &activity->settings;
	double level = level_of(frame, count), threshold;

	floor_follow(activity, level, count);
	threshold = activity->floor_db + (activity->voiced ? settings->exit_db : settings->enter_db);
	threshold = fmax(threshold, settings->least_dbfs);
	activity->voiced = level > threshold;
	activity->recent = activity->recent << 1 | activity->voiced;
	activity->heard += count;
	return decide(activity, utterance_step(activity, count), level, threshold);
}

struct activity_decision activity_finish(struct activity *activity)
{
	enum activity_event event =
		activity->speaking ? utterance_end(activity, ACTIVITY_ENDED) : ACTIVITY_NONE;

	activity->voiced = false;
	return decide(activity, event, QUIETEST_DB, activity->floor_db);
}
