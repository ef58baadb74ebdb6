/* audio/: samples. Capture, and later voice activity, recognisers, speech and playback. Knows neither graph
 * nor screen. */
#ifndef AUDIO_AUDIO_H
#define AUDIO_AUDIO_H

#include "audio/source.h"

#endif
