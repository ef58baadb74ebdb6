#include "tui/meter.h"

#include <math.h>
#include <string.h>

void meter_reset(struct meter *meter)
{
	*meter = (struct meter){0};
	for (size_t i = 0; i < METER_BARS; i++)
		meter->bars[i] = (float)METER_SILENT_DB;
}

bool meter_note(struct meter *meter, const struct activity_decision *decision)
{
	float level = (float)decision->level_db;

	if (!meter->any || meter->frames == METER_FRAMES_PER_BAR) {
		memmove(meter->bars, meter->bars + 1, (METER_BARS - 1) * sizeof *meter->bars);
		meter->bars[METER_BARS - 1] = level;
		meter->frames = 0;
	}
	if (level > meter->bars[METER_BARS - 1])
		meter->bars[METER_BARS - 1] = level;
	meter->last = *decision;
	meter->any = true;
	return ++meter->frames == METER_FRAMES_PER_BAR;
}

unsigned meter_eighths(double db)
{
	double part = (db - METER_SILENT_DB) / -METER_SILENT_DB * 8;

	return part <= 0 ? 0 : part >= 8 ? 8 : (unsigned)lround(part);
}

char *meter_text(const struct meter *meter)
{
	const struct activity_decision *last = &meter->last;

	if (!meter->any)
		return NULL;
	return xasprintf("%s%.0f dB, floor %.0f, speech over %.0f", last->voiced ? "+" : "", last->level_db,
		last->floor_db, last->threshold_db);
}
