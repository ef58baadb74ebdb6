/* Where the time went that a caller waited, as one line of letters and one of figures. Pure. */
#ifndef TUI_LATENCY_BAR_H
#define TUI_LATENCY_BAR_H

#include "orchestrator/orchestrator.h"

/* W wait for the endpoint, R recognition, M model, T tools, S synthesis to the first sound, . other */
#define LATENCY_PHASES 6

/* Appends width letters, as many of each as its share of the sum; what took any time has one at least, where
 * there is room. Nothing for a sum of 0. */
void latency_bar(struct buffer *out, const struct turn_latency *latency, int width);
/* Appends "W wait 613  R recognition 280  …  = 1375 ms" without what took none; only letters and figures
 * where width is too little for the names. */
void latency_legend(struct buffer *out, const struct turn_latency *latency, int width);

#endif
