/* What callers of a workflow are likely to say, out of what stands in it: the examples of its tools with
 * kinds of words in the place of values, what answers the questions that are asked for parameters, and what
 * belongs to every call. */
#ifndef TUI_SPOKEN_H
#define TUI_SPOKEN_H

#include "audio/audio.h"
#include "orchestrator/orchestrator.h"

/* workflow NULL: only what belongs to every call. vocabulary_free it. */
struct vocabulary *spoken_vocabulary(const struct workflow *workflow);

#endif
