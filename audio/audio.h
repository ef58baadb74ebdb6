/* audio/: samples. Capture, voice activity, recognisers, speech and playback. Knows neither graph
 * nor screen. */
#ifndef AUDIO_AUDIO_H
#define AUDIO_AUDIO_H

#include "audio/activity.h"
#include "audio/microphone.h"
#include "audio/player.h"
#include "audio/recogniser.h"
#include "audio/service.h"
#include "audio/sound.h"
#include "audio/source.h"
#include "audio/speaker.h"
#include "audio/synthesiser.h"
#include "audio/tuning.h"
#include "audio/utterance.h"

#endif
