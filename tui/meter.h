/* The level meter: what the microphone hears, against the noise floor and the threshold of speech. Pure. */
#ifndef TUI_METER_H
#define TUI_METER_H

#include "audio/audio.h"

#define METER_BARS 12          /* the newest is the last */
#define METER_FRAMES_PER_BAR 4 /* 80 ms */

struct meter {
	float bars[METER_BARS]; /* dBFS, the loudest frame of each */
	unsigned frames;        /* of the newest bar */
	struct activity_decision last;
	bool any;
};

void meter_reset(struct meter *meter);
/* Takes in 20 ms. True when a bar is finished: it is time to draw. */
bool meter_note(struct meter *meter, const struct activity_decision *decision);
/* Eighths of a cell, 0 to 8, from METER_SILENT_DB to 0 dBFS. */
#define METER_SILENT_DB (-72.0)
unsigned meter_eighths(double db);
/* "-23 dB, floor -58, speech over -49"; what is heard is speech where a "+" stands in front. NULL before the
 * first frame. The caller frees it. */
char *meter_text(const struct meter *meter);

#endif
