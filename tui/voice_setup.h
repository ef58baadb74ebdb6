/* From options and settings to a headset, or to a microphone alone. */
#ifndef TUI_VOICE_SETUP_H
#define TUI_VOICE_SETUP_H

#include "tui/headset.h"
#include "tui/speech_settings.h"

struct voice_setup {
	struct speech_settings speech;
	struct headset_options headset; /* without an engine and a folder for recordings */
};

/* The program is open. False with *error (caller frees) naming place and cure. voice_setup_done in any case.
 */
bool voice_setup(struct voice_setup *setup, const struct program *program, char **error);
/* After all that was opened with it is closed. */
void voice_setup_done(struct voice_setup *setup);
/* Voice activity as the workflow's top-level testpanel.voiceActivity has it; what is missing there stays.
 * False with *error (caller frees) naming file, member and bounds. workflow may be NULL. */
bool voice_setup_activity(struct activity_settings *settings, const struct workflow *workflow, char **error);
/* What a recorded session is heard again with: no microphone, and the voice that is built in. */
struct headset_options voice_setup_playback(const struct options *options);

#endif
